"""Every address of the flows that take more than one person, for everybody who might try it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import time
from functools import cached_property
from zoneinfo import ZoneInfo

import pytest
from django.test import Client

from escalation import urls
from escalation.casework import acts, calls, incidents, named_persons, servicing, volunteers
from escalation.casework.cohorts import Cohort
from escalation.guarding import conversations, objections
from escalation.guarding.conversations import Review
from escalation.guarding.models import Against, Conversation
from escalation.models import Case, CaseEvent, Incident, NamedPerson, Staff
from escalation.team.rota import Hours
from tests.escalation.conftest import Desk
from tests.escalation.test_feeling import helped
from tests.escalation.test_named_persons import PAUL, PURPOSES

PEOPLE = (
    *("stranger", "technician", "untrained", "colleague", "holder", "supervisor", "guardian"),
    "left",
)
"""``colleague`` is a trained reviewer who never had the case; ``left`` works here no more."""

REACHED = "+33 1 99 00 66 55"
"""How a volunteer is reached: for whoever keeps the circle."""

LOGIN, NO, NONE, DONE = "login", 403, 404, "done"

HOLDER_ONLY = {"holder": DONE, "supervisor": "refused"}
"""A supervisor sees the case, and cannot act in somebody else's claim."""
SUPERVISOR_ONLY = dict.fromkeys(
    ("technician", "untrained", "colleague", "holder", "guardian"), NO
)
TECHNICIAN_ONLY: Mapping[str, object] = {**dict.fromkeys(PEOPLE, NO), "technician": DONE}
TRAINED = {"technician": NO, "untrained": NO, "guardian": NO}
GUARDIAN_ONLY: Mapping[str, object] = {**dict.fromkeys(PEOPLE, NO), "guardian": DONE}
WHO_WROTE: Mapping[str, object] = {**dict.fromkeys(PEOPLE, NONE), "holder": DONE}

POSTS: Mapping[str, tuple[str, Mapping[str, object]]] = {
    "talk": ("cases/{case}/talk", HOLDER_ONLY),
    "hang_up": ("cases/{case}/hang-up", HOLDER_ONLY),
    "hand_over": ("cases/{case}/hand-over", HOLDER_ONLY),
    "emergency": ("cases/{case}/emergency", HOLDER_ONLY),
    "step": ("cases/{case}/step", HOLDER_ONLY),
    "note_wishes": ("cases/{case}/wishes", HOLDER_ONLY),
    "apologise": ("cases/{case}/apologise", {"holder": DONE, "supervisor": DONE}),
    "go_on": ("cases/{case}/go-on", {"holder": NO, "supervisor": NO}),
    "end_part": ("parts/{part}/end", TECHNICIAN_ONLY),
    "look_again": ("cases/{case}/look-again", {"holder": NO, "supervisor": NO}),
    "invite": ("cases/{case}/invite", HOLDER_ONLY),
    "ask_person": ("cases/{case}/ask-person", HOLDER_ONLY),
    "propose": ("cases/{case}/propose", HOLDER_ONLY),
    "enter_volunteer": ("circle/enter", SUPERVISOR_ONLY),
    "change_volunteer": ("circle/{volunteer}/change", SUPERVISOR_ONLY),
    "invite_volunteer": ("circle/{volunteer}/invite", SUPERVISOR_ONLY),
    "volunteer_hours": ("circle/{volunteer}/hours", SUPERVISOR_ONLY),
    "remove_volunteer_hours": ("circle/{volunteer}/hours/remove", SUPERVISOR_ONLY),
    "remove_volunteer": ("circle/{volunteer}/remove", SUPERVISOR_ONLY),
    "second_word": (
        "cases/{case}/second-word",
        {"holder": "refused", "supervisor": "refused"},
    ),
    "contact": ("cases/{case}/contact", {"holder": "refused", "supervisor": "refused"}),
    "take_over": (
        "cases/{case}/take-over",
        {
            "technician": NO,
            "untrained": NO,
            "supervisor": NO,
            "guardian": NO,
            "colleague": "refused",
            "holder": NONE,
        },
    ),
    "called": ("called/", TRAINED),
    "answer_call": ("called/answer", TRAINED),
    "open_incident": ("incidents/open", SUPERVISOR_ONLY),
    "tell_incident": ("incidents/{incident}/tell", SUPERVISOR_ONLY),
    "release_incident": ("incidents/{incident}/release", SUPERVISOR_ONLY),
    "answer_objection": ("guardian/objections/{objection}/answer", GUARDIAN_ONLY),
    "write_conversation": ("guardian/conversations/{conversation}/words", GUARDIAN_ONLY),
    "suspend_wording": ("guardian/wordings/first-minute-you/suspend", GUARDIAN_ONLY),
    "lift_wording": ("guardian/wordings/first-minute-you/lift", GUARDIAN_ONLY),
    "answer_guardian": ("me/words/{written}/answer", WHO_WROTE),
    "was_me": ("me/tried/mine", {}),
    "was_not_me": ("me/tried/not-mine", {}),
}
"""What a press leads to; who is not named is told that there is no such page, or is let in."""

GETS: Mapping[str, tuple[str, Mapping[str, object]]] = {
    "called": ("called/", TRAINED),
    "incidents": ("incidents/", SUPERVISOR_ONLY),
    "incident": ("incidents/{incident}/", SUPERVISOR_ONLY),
    "parts": ("parts/", {**TECHNICIAN_ONLY, "supervisor": DONE}),
    "circle": ("circle/", SUPERVISOR_ONLY),
    "volunteer": ("circle/{volunteer}/", SUPERVISOR_ONLY),
    "guardian": ("guardian/", GUARDIAN_ONLY),
    "objection": ("guardian/objections/{objection}/", GUARDIAN_ONLY),
    "conversation": ("guardian/conversations/{conversation}/", GUARDIAN_ONLY),
    "wordings": ("guardian/wordings/", GUARDIAN_ONLY),
    "take_over": POSTS["take_over"],
    "tried": ("me/tried", {}),
    "lockouts": ("people/tried", SUPERVISOR_ONLY),
}

ELSEWHERE = {
    *("waiting", "waiting_now", "help_next", "case", "case_news", "case_journey", "claim"),
    *("renew", "give_back", "decide", "pause", "end_shift", "practice", "login", "logout"),
    *("practice_household", "people", "person", "sign_off", "end_skill", "add_hours"),
    *("remove_hours", "not_heard", "kept_aside", "kept_bytes", "language", "metrics"),
    *("enrol_certificate", "healthz", "security_txt"),
    *("login_code", "second_factor", "begin_second_factor", "confirm_second_factor"),
    *("new_recovery_codes", "remove_second_factor"),
    *("me", "keep_wishes", "add_channel", "try_channel", "remove_channel"),
    *("asked", "volunteers_page", "felt", "came_back", "how_hard", "my_password"),
    *("my_organisation", "may_link", "go_to_link", "unlink"),
    *("to_organisation", "from_organisation", "left_organisation"),
}
"""Addresses whose own tests say who may; ``asked`` and ``volunteers_page`` are opened by their
link alone."""

FORMS: Mapping[str, Mapping[str, str]] = {
    "step": {"step": "ask"},
    "ask_person": {"why": "So", "request": "Ring?"},
    "apologise": {"text": "Sorry.", "repair": "Done."},
    "end_part": {"end": "sent"},
    "go_on": {"text": "The switch is on its way.", "part": "Tank switch"},
    "open_incident": {"cohort": "Reference machine\n\nrise"},
    "tell_incident": {"text_fr": "Oui.", "text_en": "Yes."},
    "answer_objection": {"done": "We write less."},
    "write_conversation": {"was_kind": "Yes."},
    "suspend_wording": {"reason": "It sounds like a diagnosis."},
    "answer_guardian": {"text": "Thank you."},
}


@dataclass
class House:
    """A case in Camille's hands, an incident, and everybody who might try something."""

    desk: Desk
    case: Case
    incident: Incident
    people: dict[str, Staff]

    def browser(self, who: str) -> Client:
        """Return the browser of one of ``PEOPLE``."""
        return self.desk.browser(self.people.get(who))

    def address(self, pattern: str) -> str:
        """Fill in the numbers."""
        rows = {"case": self.case.pk, "incident": self.incident.pk}
        if any(f"{{{name}}}" in pattern for name in ("objection", "conversation", "written")):
            rows |= self.guarded
        if "{volunteer}" in pattern:
            rows["volunteer"] = self.volunteer
        if "{part}" in pattern:
            rows["part"] = self.part
        return "/" + pattern.format(**rows)

    @cached_property
    def part(self) -> int:
        """Have a machine that needs a part; return the number of the note that promises it."""
        technician, now = self.people["technician"], self.desk.clock()
        case = self.desk.service_case()
        case.decided_by = technician
        case.save()
        return servicing.go_on(case, technician, part="Switch", text="So.", now=now).pk

    @cached_property
    def volunteer(self) -> int:
        """Have somebody in the circle who is there at every hour; return their number."""
        by, now, zone = self.people["supervisor"], self.desk.clock(), "Europe/Paris"
        details = volunteers.Details(
            first_name="Zoé", speaks_fr=True, speaks_en=True, timezone=zone, reached_by=REACHED
        )
        found = volunteers.enter(details, by, now)
        for day in range(7):
            hours = Hours(weekday=day, begins=time(0), ends=time(0), zone=ZoneInfo(zone))
            volunteers.add_hours(found, hours, by, now)
        volunteers.invite(found, by, link_of=str, now=now)
        volunteers.accept(found, now)
        return found.pk

    @cached_property
    def guarded(self) -> dict[str, int]:
        """Let Camille have decided twice, both drawn, one of them written about; and an
        objection to that one.
        """
        now = self.desk.clock()
        cases = [helped(self.desk, self.people["holder"], minutes=0)[1] for _ in range(2)]
        objections.keep(cases[0], Against.OBJECTS, now)
        drawn, written = (Conversation.objects.create(case=one, drawn_at=now) for one in cases)
        review = Review(was_kind="Yes.", was_factual="", left_room="")
        conversations.write(written, self.people["guardian"], review, now)
        return {
            "objection": objections.unanswered().get().pk,
            "conversation": drawn.pk,
            "written": written.pk,
        }


@pytest.fixture
def house(the_desk: Desk) -> House:
    """Return it, with nothing of the household told to anybody but Camille."""
    home = the_desk.enroll(trusted_person=PAUL, purposes=PURPOSES)
    the_desk.receive(home, home.seal(home.alert()))
    people = {
        "technician": the_desk.staff("malik", "technician"),
        "untrained": the_desk.staff("alex", "reviewer", trained=False),
        "colleague": the_desk.staff("sacha", "reviewer"),
        "holder": the_desk.staff("camille", "reviewer"),
        "supervisor": the_desk.staff("nadia", "supervisor"),
        "guardian": the_desk.staff("ines", "guardian"),
        "left": the_desk.staff("gone", "reviewer", "supervisor"),
    }
    Staff.objects.filter(username="gone").update(is_active=False)
    case = Case.objects.get()
    acts.claim(case, people["holder"], the_desk.clock())
    cohort = Cohort(model="Another machine", noticed="rise")
    incident = incidents.open_by_hand(cohort, people["supervisor"], the_desk.clock())
    return House(the_desk, case, incident, people)


def expected(who: str, rules: Mapping[str, object], *, about_a_case: bool) -> object:
    """Return what ``who`` should meet."""
    if who in ("stranger", "left"):
        return LOGIN
    return rules.get(who, NONE if about_a_case else DONE)


def met(house: House, who: str, answer: object, before: int) -> object:
    """Return in a word what the answer was."""
    status = answer.status_code  # type: ignore[attr-defined]
    if status in (NO, NONE):
        return status
    if "/login" in answer.headers.get("Location", ""):  # type: ignore[attr-defined]
        return LOGIN
    moved = CaseEvent.objects.filter(actor=house.people.get(who)).exclude(event="look").count()
    return DONE if moved > before or "cases" not in answer.request["PATH_INFO"] else "refused"  # type: ignore[attr-defined]


@pytest.mark.parametrize("who", PEOPLE)
@pytest.mark.parametrize("name", POSTS)
def test_a_press_does_what_it_may_and_nothing_else(house: House, name: str, who: str) -> None:
    """Somebody else's case is not there; a refusal changes nothing and tells nobody."""
    pattern, rules = POSTS[name]
    address = house.address(pattern)
    _prepare(house, name)
    house.case.refresh_from_db()
    form = {"fence": house.case.fence, "name": "zz", **FORMS.get(name, {})}
    if name == "propose":
        form["volunteer"] = house.volunteer
    seen = CaseEvent.objects.exclude(event="look").count()
    mine = CaseEvent.objects.filter(actor=house.people.get(who)).exclude(event="look").count()
    answer = house.browser(who).post(address, form)
    wanted = expected(who, rules, about_a_case=pattern.startswith("cases"))
    assert met(house, who, answer, mine) == wanted
    if wanted != DONE:
        assert CaseEvent.objects.exclude(event="look").count() == seen
    assert PAUL.channel not in answer.text
    assert REACHED not in answer.text or (who, wanted) == ("supervisor", DONE)


def _prepare(house: House, name: str) -> None:
    """Bring the case to where the button is offered."""
    case, holder, now = house.case, house.people["holder"], house.desk.clock()
    if name in ("hang_up", "hand_over"):
        calls.begin(case, holder, fence=case.fence, now=now)
    if name == "step":
        house.browser("holder").post(f"/cases/{case.pk}/emergency", {"fence": case.fence})
    if name == "ask_person":
        _accepted(house)


def _accepted(house: House) -> None:
    case, holder, now = house.case, house.people["holder"], house.desk.clock()
    named_persons.invite(case, holder, fence=case.fence, link_of=str, now=now)
    named_persons.accept(NamedPerson.objects.get(), now)


@pytest.mark.parametrize("who", PEOPLE)
@pytest.mark.parametrize("name", GETS)
def test_a_page_opens_for_whom_it_is(house: House, name: str, who: str) -> None:
    pattern, rules = GETS[name]
    answer = house.browser(who).get(house.address(pattern))
    wanted = expected(who, rules, about_a_case=pattern.startswith("cases"))
    assert met(house, who, answer, 0) in (wanted, "refused" if wanted == DONE else wanted)


@pytest.mark.parametrize("name", [name for name in POSTS if name not in GETS])
def test_nothing_happens_by_looking(house: House, name: str) -> None:
    """A link, a preview, a crawler: only a press counts."""
    answer = house.browser("holder").get(house.address(POSTS[name][0]))
    assert answer.status_code == 405


@pytest.mark.parametrize("name", POSTS)
def test_a_press_from_another_site_counts_nothing(house: House, name: str) -> None:
    """Without the form's own token."""
    client = Client(enforce_csrf_checks=True, headers={"x-forwarded-proto": "https"})
    client.force_login(house.people["holder"])
    assert client.post(house.address(POSTS[name][0]), FORMS.get(name, {})).status_code == 403


def test_every_address_of_the_console_has_its_place() -> None:
    """Whoever adds one says here who may, or where that is tested."""
    names = {pattern.name for pattern in urls.urlpatterns}
    assert names <= set(POSTS) | set(GETS) | ELSEWHERE

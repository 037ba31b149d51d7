"""Every address of the flows that take more than one person, for everybody who might try it."""

from collections.abc import Mapping
from dataclasses import dataclass

import pytest
from django.test import Client

from escalation import urls
from escalation.casework import acts, calls, incidents, named_persons
from escalation.casework.cohorts import Cohort
from escalation.models import Case, CaseEvent, Incident, NamedPerson, Staff
from tests.escalation.conftest import Desk
from tests.escalation.test_named_persons import PAUL, PURPOSES

PEOPLE = ("stranger", "technician", "untrained", "colleague", "holder", "supervisor", "left")
"""``colleague`` is a trained reviewer who never had the case; ``left`` works here no more."""

LOGIN, NO, NONE, DONE = "login", 403, 404, "done"

HOLDER_ONLY = {"holder": DONE, "supervisor": "refused"}
"""A supervisor sees the case, and cannot act in somebody else's claim."""
SUPERVISOR_ONLY = {"technician": NO, "untrained": NO, "colleague": NO, "holder": NO}
TRAINED = {"technician": NO, "untrained": NO}

POSTS: Mapping[str, tuple[str, Mapping[str, object]]] = {
    "talk": ("cases/{case}/talk", HOLDER_ONLY),
    "hang_up": ("cases/{case}/hang-up", HOLDER_ONLY),
    "hand_over": ("cases/{case}/hand-over", HOLDER_ONLY),
    "emergency": ("cases/{case}/emergency", HOLDER_ONLY),
    "step": ("cases/{case}/step", HOLDER_ONLY),
    "note_wishes": ("cases/{case}/wishes", HOLDER_ONLY),
    "apologise": ("cases/{case}/apologise", {"holder": DONE, "supervisor": DONE}),
    "look_again": ("cases/{case}/look-again", {"holder": NO, "supervisor": NO}),
    "invite": ("cases/{case}/invite", HOLDER_ONLY),
    "ask_person": ("cases/{case}/ask-person", HOLDER_ONLY),
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
            "colleague": "refused",
            "holder": NONE,
        },
    ),
    "called": ("called/", TRAINED),
    "answer_call": ("called/answer", TRAINED),
    "open_incident": ("incidents/open", SUPERVISOR_ONLY),
    "tell_incident": ("incidents/{incident}/tell", SUPERVISOR_ONLY),
    "release_incident": ("incidents/{incident}/release", SUPERVISOR_ONLY),
}
"""What a press leads to; who is not named is told that there is no such page, or is let in."""

GETS: Mapping[str, tuple[str, Mapping[str, object]]] = {
    "called": ("called/", TRAINED),
    "incidents": ("incidents/", SUPERVISOR_ONLY),
    "incident": ("incidents/{incident}/", SUPERVISOR_ONLY),
    "take_over": POSTS["take_over"],
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
    *("asked", "felt", "came_back", "how_hard"),
}
"""Addresses whose own tests say who may; ``asked`` is opened by its link alone."""

FORMS: Mapping[str, Mapping[str, str]] = {
    "step": {"step": "ask"},
    "ask_person": {"why": "So", "request": "Ring?"},
    "apologise": {"text": "Sorry.", "repair": "Done."},
    "open_incident": {"cohort": "Reference machine\n\nrise"},
    "tell_incident": {"text_fr": "Oui.", "text_en": "Yes."},
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
        return "/" + pattern.format(case=self.case.pk, incident=self.incident.pk)


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
    _prepare(house, name)
    house.case.refresh_from_db()
    form = {"fence": house.case.fence, "name": "zz", **FORMS.get(name, {})}
    seen = CaseEvent.objects.exclude(event="look").count()
    mine = CaseEvent.objects.filter(actor=house.people.get(who)).exclude(event="look").count()
    answer = house.browser(who).post(house.address(pattern), form)
    wanted = expected(who, rules, about_a_case=pattern.startswith("cases"))
    assert met(house, who, answer, mine) == wanted
    if wanted != DONE:
        assert CaseEvent.objects.exclude(event="look").count() == seen
    assert PAUL.channel not in answer.text


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

"""A circle of volunteers: proposed by a person, named by the owner, reached with every yes."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from itertools import pairwise

import pytest
from django.utils import translation

from escalation.cases import LEASE, CaseError, Event, NotThere, State
from escalation.casework import (
    acts,
    circle,
    contact_requests,
    named_persons,
    proposals,
    volunteers,
)
from escalation.casework.circle import Place
from escalation.casework.contact_requests import Answer
from escalation.casework.named_persons import Standing
from escalation.casework.volunteers import ASKED_AGAIN, INVITED_FOR, STAYS_FOR
from escalation.keeping import giving_back, retention
from escalation.models import Case, CaseEvent, NamedPerson, Volunteer
from escalation.notices.models import Notice
from escalation.team.rota import Hours
from tests.escalation.circle_story import ALWAYS, CARE_ONLY, NUMBER, PARIS, CircleStory
from tests.escalation.conftest import Desk
from tests.escalation.test_named_persons import PAUL
from wire.messages import Language, TrustedPerson

pytestmark = pytest.mark.both_databases

INES = TrustedPerson(name="Inès", relation="volunteer", channel="through the desk")


@pytest.fixture
def story(the_desk: Desk) -> CircleStory:
    """Return a claimed case of an owner who may be spoken with and names nobody."""
    return CircleStory(the_desk)


def events(case: Case) -> list[str]:
    """Return what happened to the case, in order."""
    return list(
        CaseEvent.objects.filter(case=case).order_by("pk").values_list("event", flat=True)
    )


def place(volunteer: Volunteer, now: datetime) -> Place:
    """Return how somebody stands, as the database has it."""
    return circle.place(Volunteer.objects.get(pk=volunteer.pk), now)


# ---------------------------------------------------------------------------- the circle


def test_nobody_is_in_the_circle_who_has_not_said_so(story: CircleStory) -> None:
    ines = story.entered()
    for hours in ALWAYS:
        volunteers.add_hours(ines, hours, story.nadia, story.desk.clock())
    assert place(ines, story.desk.clock()) is Place.ENTERED
    token = story.invite(ines)
    assert place(ines, story.desk.clock()) is Place.INVITED
    assert story.candidate() is None
    assert token not in str(Volunteer.objects.values())
    volunteers.accept(ines, story.desk.clock())
    assert story.candidate() == ines


def test_an_invitation_lapses_and_a_new_one_ends_the_old_link(story: CircleStory) -> None:
    ines = story.entered()
    first, second = story.invite(ines), story.invite(ines)
    now = story.desk.clock()
    assert volunteers.at_the_link(first, now) is None
    assert volunteers.at_the_link(second, now) == ines
    assert volunteers.at_the_link(second, now + INVITED_FOR) is None
    volunteers.accept(ines, now + INVITED_FOR)
    assert place(ines, now) is Place.INVITED


def test_whoever_is_invited_anew_is_asked_anew(story: CircleStory) -> None:
    ines = story.volunteer()
    story.invite(ines)
    assert story.candidate() is None


def test_half_a_year_later_they_are_asked_again(story: CircleStory) -> None:
    """Not before it is time; without an answer they are in the circle no more."""
    ines, began = story.volunteer(), story.desk.clock()
    volunteers.accept(ines, began + timedelta(days=1))
    assert story.doings().count("accepted") == 1
    assert "stayed" not in story.doings()
    late = began + STAYS_FOR - ASKED_AGAIN
    assert volunteers.is_asked_again(Volunteer.objects.get(), late)
    assert place(ines, began + STAYS_FOR) is Place.OVER
    volunteers.accept(ines, late)
    assert place(ines, began + STAYS_FOR) is Place.IN
    assert place(ines, late + STAYS_FOR) is Place.OVER


@pytest.mark.parametrize(
    ("hour", "there"),
    [("07:59", False), ("08:00", True), ("10:59", True), ("11:00", False)],
)
def test_hours_are_those_of_the_volunteers_own_place(
    story: CircleStory, hour: str, there: bool
) -> None:
    """Tuesdays from four to seven in Tokyo are the morning in Paris."""
    hours = Hours(weekday=1, begins=time(16), ends=time(19), zone=PARIS)
    story.volunteer(hours=(hours,), timezone="Asia/Tokyo")
    local = datetime.fromisoformat(f"2026-03-03T{hour}").replace(tzinfo=PARIS)
    assert bool(circle.there("fr", local.astimezone(UTC))) is there


def test_without_hours_or_without_the_language_nobody_is_there(story: CircleStory) -> None:
    story.volunteer("Léa", hours=())
    story.volunteer("Noé", speaks_en=False)
    assert story.candidate() is None


def test_whoever_waits_longest_is_proposed_first(story: CircleStory, the_desk: Desk) -> None:
    ines, leo = story.volunteer(), story.volunteer("Léo")
    assert story.candidate() == ines
    story.propose()
    other = CircleStory.__new__(CircleStory)
    other.desk, other.purposes = the_desk, story.purposes
    home = the_desk.enroll(language=Language.EN, purposes=story.purposes)
    the_desk.receive(home, home.seal(home.alert()))
    second = Case.objects.get(device=home.device_id)
    acts.claim(second, story.camille, the_desk.clock())
    assert proposals.standing(second, the_desk.clock()).candidate == leo


def test_days_with_the_same_hours_stand_together(story: CircleStory) -> None:
    """So that an owner reads all of them at a glance."""
    mornings = tuple(replace(one, begins=time(9), ends=time(12)) for one in ALWAYS[:3])
    ines = story.volunteer(hours=(*mornings, ALWAYS[6]))
    said = circle.hours_in_words(ines.promised())
    assert said == "Mon Tue Wed 09:00–12:00, Sun all day"


# -------------------------------------------------------------------------- the proposal


@pytest.mark.parametrize("language", list(Language))
def test_the_owner_reads_who_it_is_what_they_would_see_and_how_to_say_yes(
    the_desk: Desk, language: Language
) -> None:
    """And how the volunteer is reached is nowhere in it."""
    story = CircleStory(the_desk, language=language)
    ines = story.volunteer()
    story.propose()
    (note,) = story.said()
    assert note.offers == circle.as_named(ines, language)
    assert note.sender == "Camille"
    for line in ('name = "Inès"', f'channel = "{note.offers.channel}"'):
        assert line in note.text
    assert "[contact_trusted_person]" in note.text
    assert {"en": "all day", "fr": "toute la journée"}[language] in note.text
    assert NUMBER not in note.text
    assert events(story.case)[-1] == Event.PROPOSE
    assert story.doings()[-1] == "proposed"


@pytest.mark.parametrize("language", list(Language))
def test_the_longest_proposal_fits_a_message(the_desk: Desk, language: Language) -> None:
    """As many hours as there may be, two languages, long names, somebody to be replaced."""
    story = CircleStory(the_desk, language=language)
    hours = [Hours(weekday=d, begins=time(d, d), ends=time(d), zone=PARIS) for d in range(7)]
    ines = story.volunteer("É" * volunteers.NAME_MAX, hours=tuple(hours))
    assert 4 <= ines.hours.count() < 7
    with translation.override(language):
        text = proposals.words_of(ines, circle.as_named(ines, language), "É" * 80)
    assert len(text) <= 600


def test_it_says_plainly_whose_place_it_takes(story: CircleStory) -> None:
    story.owner_names(PAUL)
    story.volunteer()
    story.propose()
    assert "This takes the place of Paul" in story.said()[-1].text


def test_without_a_consent_to_a_word_nobody_is_told_of_anybody(the_desk: Desk) -> None:
    story = CircleStory(the_desk, purposes=CARE_ONLY)
    ines = story.volunteer()
    assert story.candidate() is None
    with pytest.raises(CaseError):
        story.propose(ines)
    assert story.said() == []


def test_one_proposal_a_claim_and_one_volunteer_a_home(story: CircleStory) -> None:
    _ines, leo = story.volunteer(), story.volunteer("Léo")
    story.propose()
    assert story.candidate() is None
    with pytest.raises(CaseError):
        story.propose(leo)
    story.owner_names()
    story.go(acts.give_back)
    acts.claim(story.case, story.camille, story.desk.clock())
    assert story.candidate() is None
    assert len(story.said()) == 1


def test_two_volunteers_of_one_name_are_never_taken_for_each_other(story: CircleStory) -> None:
    """The owner's yes was for the first one; the second could be anybody."""
    first = story.volunteer()
    story.propose()
    story.owner_names()
    Volunteer.objects.update(until=story.desk.clock())
    second = story.volunteer(reached_by="+33 1 99 00 99 99")
    story.go(acts.give_back)
    acts.claim(story.case, story.camille, story.desk.clock())
    with pytest.raises(CaseError):
        story.propose(second)
    assert story.person().volunteer == first
    with pytest.raises(NotThere):
        story.ask()


def test_who_is_gone_when_the_button_is_pressed_is_not_proposed(story: CircleStory) -> None:
    ines = story.volunteer()
    proposals.pause(ines, story.desk.clock())
    with pytest.raises(NotThere):
        story.propose(ines)
    assert not NamedPerson.objects.exists()


# -------------------------------------------------------------------------- the whole way


def test_with_everybodys_yes_one_reviewer_reads_once_how_to_reach_them(
    story: CircleStory,
) -> None:
    """The number is at the desk alone; the file at home says no more than through whom."""
    story.volunteer()
    story.propose()
    story.owner_names()
    assert story.whole_way() == replace(INES, channel=NUMBER)
    case = story.case
    assert events(case)[-5:] == ["propose", "named", "ask_person", "approve", "contact"]
    assert NUMBER not in str(case.payload)
    assert NUMBER not in " ".join(note.text for note in story.said())


def test_without_the_owners_own_yes_nobody_is_asked(story: CircleStory) -> None:
    story.volunteer()
    story.propose()
    with pytest.raises(CaseError):
        story.ask()


def test_a_name_that_nobody_proposed_reaches_nobody(story: CircleStory) -> None:
    """Also where the owner wrote it as a volunteer's, and there is one of that name."""
    story.volunteer()
    story.owner_names(INES)
    with pytest.raises(CaseError):
        story.ask()
    with pytest.raises(CaseError):
        story.go(named_persons.invite, link_of=str)


NOS = ("pauses", "resigns", "removed", "over", "hours", "invited anew", "language", "withdraws")


def _no(story: CircleStory, ines: Volunteer, no: str) -> None:
    now = story.desk.clock()
    match no:
        case "pauses":
            proposals.pause(ines, now)
        case "resigns" | "removed":
            proposals.leave(ines, now)
        case "over":
            Volunteer.objects.update(until=now)
        case "hours":
            ines.hours.all().delete()
        case "invited anew":
            story.invite(ines)
        case "language":
            Volunteer.objects.update(speaks_en=False)
        case _:
            story.owner_withdraws()


@pytest.mark.parametrize("step", ["named", "asked", "approved"])
@pytest.mark.parametrize("no", NOS)
def test_one_no_is_enough_at_any_moment(story: CircleStory, step: str, no: str) -> None:
    ines = story.volunteer()
    story.propose()
    story.owner_names()
    if step != "named":
        story.ask()
    if step == "approved":
        story.approve()
    _no(story, ines, no)
    next_act = {"named": story.ask, "asked": story.approve, "approved": story.contact}
    with pytest.raises(CaseError):
        next_act[step]()
    assert Event.CONTACT not in events(story.case)
    if no in ("pauses", "resigns", "removed", "withdraws"):
        assert story.case.state == State.CLAIMED


@pytest.mark.parametrize("no", ["pauses", "resigns", "over"])
def test_who_says_no_after_the_contact_is_on_no_page_any_more(
    story: CircleStory, no: str
) -> None:
    ines = story.volunteer()
    story.propose()
    story.owner_names()
    story.whole_way()
    page = story.desk.browser(story.camille).get(f"/cases/{story.case.pk}/").text
    assert NUMBER in page
    _no(story, ines, no)
    page = story.desk.browser(story.camille).get(f"/cases/{story.case.pk}/").text
    assert NUMBER not in page


def test_who_comes_back_from_a_pause_may_be_asked_again(story: CircleStory) -> None:
    ines = story.volunteer()
    story.propose()
    story.owner_names()
    proposals.pause(ines, story.desk.clock())
    volunteers.come_back(ines, story.desk.clock())
    assert story.whole_way().channel == NUMBER


def test_whoever_leaves_is_emptied_and_every_owner_who_was_told_learns_of_it(
    story: CircleStory,
) -> None:
    ines = story.volunteer()
    story.propose()
    story.owner_names()
    for _ in range(2):
        proposals.leave(ines, story.desk.clock())
    assert "Inès is one of our volunteers no more" in story.said()[-1].text
    assert len(story.said()) == 2
    known = str(Volunteer.objects.values()) + str(NamedPerson.objects.values())
    assert "Inès" not in known
    assert NUMBER not in known
    assert not ines.hours.exists()
    assert story.person().resigned_at is not None
    assert story.doings()[-1] == "resigned"


def test_what_came_of_it_reaches_staff_and_owner_in_words(story: CircleStory) -> None:
    story.volunteer()
    story.propose()
    story.owner_names()
    story.whole_way()
    person, now = story.person(), story.desk.clock()
    contact_requests.answer(person, Answer.YES, now)
    for _ in range(2):
        contact_requests.came_of_it(person, "We had tea.", now)
    assert [note.text for note in story.said()][-1] == "Inès writes: “We had tea.”"
    page = story.desk.browser(story.camille).get(f"/cases/{story.case.pk}/").text
    assert "We had tea." in page
    given = giving_back.lines_of(story.case.device)
    assert {line.text for line in given if line.what == "contact_came_of_it"} == {"We had tea."}
    assert NUMBER not in str(given)


def test_nobody_is_notified_of_anything_on_that_way(story: CircleStory) -> None:
    """But the supervisors of the second word they are asked for, as always without a name."""
    story.volunteer()
    story.propose()
    story.owner_names()
    story.whole_way()
    assert not Notice.objects.exists()


def test_a_withdrawal_forgets_the_volunteer_too_and_they_stay_in_the_circle(
    story: CircleStory,
) -> None:
    ines = story.volunteer()
    story.propose()
    story.owner_names()
    story.owner_withdraws()
    assert not NamedPerson.objects.exists()
    assert place(ines, story.desk.clock()) is Place.IN
    assert "Inès" not in str(Case.objects.values())


def test_what_is_long_over_goes_with_its_time(story: CircleStory) -> None:
    ines, kept = story.volunteer(), timedelta(days=30)
    story.propose()
    assert story.person().token_until == story.case.consent_until
    over = story.desk.clock() + STAYS_FOR + kept
    retention.let_go(over - timedelta(seconds=1), kept)
    assert place(ines, over) is Place.OVER
    retention.let_go(over, kept)
    assert place(ines, over) is Place.LEFT
    retention.let_go(over + timedelta(days=200), kept)
    assert not NamedPerson.objects.filter(resigned_at=None).exists()


def test_a_lapsed_approval_is_none_and_the_whole_way_is_bound_to_the_claim(
    story: CircleStory,
) -> None:
    """As for anybody whom an owner named: the machinery is the same."""
    story.volunteer()
    story.propose()
    story.owner_names()
    story.ask()
    story.approve()
    story.desk.clock.time += timedelta(minutes=16)
    Case.objects.update(lease_until=story.desk.clock() + LEASE)
    with pytest.raises(CaseError):
        story.contact()


def test_the_audit_of_a_case_that_went_that_way_is_whole(story: CircleStory) -> None:
    story.volunteer()
    story.propose()
    story.owner_names()
    story.whole_way()
    contact_requests.read(story.request, story.desk.clock())
    assert retention.broken_cases() == []
    links = list(story.case.events.values_list("link", flat=True))
    assert all(one != other for one, other in pairwise(links))
    standing = named_persons.standing(story.person(), story.desk.clock())
    assert standing is Standing.ACCEPTED

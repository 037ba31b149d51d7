"""Nobody trained in time: the owner knows at once, and a supervisor; nobody else is asked."""

from datetime import time, timedelta

import pytest

from escalation.casework import acts, next_case, unstaffed
from escalation.casework.unstaffed import IN_TIME, IN_TIME_CALLED
from escalation.models import Case, CaseEvent, RotaHours, Staff
from escalation.team import presence
from tests.escalation.conftest import Desk
from tests.escalation.household import Household
from tests.escalation.notes import notes
from wire.messages import Asked, Language

pytestmark = pytest.mark.both_databases


def a_case(the_desk: Desk, **changes: object) -> tuple[Household, Case]:
    """Return a household and its waiting case."""
    home = the_desk.enroll(**changes)
    the_desk.receive(home, home.seal(home.alert()))
    return home, Case.objects.get(device_id=home.device_id)


def promise(staff: Staff, weekday: int, begins: int, ends: int) -> None:
    """Write hours into the rota."""
    RotaHours.objects.create(staff=staff, weekday=weekday, begins=time(begins), ends=time(ends))


def test_where_nobody_has_the_skill_the_owner_is_told_at_once(the_desk: Desk) -> None:
    """In their language: that nobody is there, whom to call meanwhile, and the numbers."""
    the_desk.staff("camille", "reviewer", trained=False)
    the_desk.staff("theo", "technician")
    home, case = a_case(the_desk, language=Language.FR)
    assert unstaffed.review(the_desk.clock()) == 1
    case.refresh_from_db()
    assert case.state == "unstaffed"
    (note,) = notes(home)
    assert (note.alert_id, note.sender) == (case.alert_id, "")
    assert "Aucune personne formée" in note.text
    assert "une personne de confiance" in note.text
    assert "le 15 ou le 112" in note.text
    line = CaseEvent.objects.get(event="nobody")
    assert (line.actor, line.to_state) == (None, "unstaffed")
    assert line.told_owner is not None


def test_the_owner_is_told_once_however_often_the_clock_looks(the_desk: Desk) -> None:
    """Also when somebody took the case meanwhile and gave it back."""
    home, case = a_case(the_desk)
    unstaffed.review(the_desk.clock())
    assert unstaffed.review(the_desk.clock()) == 0
    camille = the_desk.staff("camille", "reviewer")
    acts.claim(Case.objects.get(), camille, the_desk.clock())
    the_desk.clock.time += timedelta(minutes=9)
    acts.give_back(Case.objects.get(), camille, fence=1, now=the_desk.clock())
    the_desk.clock.time += IN_TIME - timedelta(minutes=9)
    assert unstaffed.review(the_desk.clock()) == 0
    the_desk.clock.time += timedelta(minutes=9)
    assert unstaffed.review(the_desk.clock()) == 1
    case.refresh_from_db()
    assert case.state == "unstaffed"
    assert len(notes(home)) == 1


def test_when_somebody_skilled_comes_it_goes_on(the_desk: Desk) -> None:
    """Straight to them, as the next case."""
    _home, case = a_case(the_desk)
    unstaffed.review(the_desk.clock())
    camille = the_desk.staff("camille", "reviewer")
    assert next_case.take(camille, the_desk.clock()) == case
    case.refresh_from_db()
    assert (case.state, case.holder) == ("claimed", camille)


@pytest.mark.parametrize(("asked", "in_time"), [(None, IN_TIME), ("called", IN_TIME_CALLED)])
def test_who_might_come_any_moment_is_waited_for_and_no_longer(
    the_desk: Desk, asked: str | None, in_time: timedelta
) -> None:
    """An hour; three minutes for whoever has asked for a call."""
    the_desk.staff("camille", "reviewer")
    home = the_desk.enroll()
    outcome = Asked.OWNER_CALLED if asked else Asked.NO_ANSWER
    the_desk.receive(home, home.seal(home.alert(asked=outcome)))
    the_desk.clock.time += in_time - timedelta(seconds=1)
    assert unstaffed.review(the_desk.clock()) == 0
    the_desk.clock.time += timedelta(seconds=1)
    assert unstaffed.review(the_desk.clock()) == 1


def test_a_rota_that_brings_nobody_in_time_is_told_at_once_with_the_hour(
    the_desk: Desk,
) -> None:
    """It is Tuesday half past ten in Paris; Camille comes at two, by the owner's clock."""
    promise(the_desk.staff("camille", "reviewer"), 1, 14, 17)
    home, _case = a_case(the_desk, language=Language.EN)
    assert unstaffed.review(the_desk.clock()) == 1
    (note,) = notes(home)
    assert "Somebody is expected: 14:00." in note.text


def test_a_rota_that_brings_somebody_in_time_worries_nobody(the_desk: Desk) -> None:
    """At half past eleven on the second: that is in time."""
    promise(the_desk.staff("camille", "reviewer"), 1, 11, 17)
    _home, case = a_case(the_desk)
    assert unstaffed.review(the_desk.clock()) == 0
    case.refresh_from_db()
    assert case.state == "waiting"


def test_a_rota_of_somebody_without_the_skill_helps_nobody(the_desk: Desk) -> None:
    """Their hours do not count, and they are not asked."""
    promise(the_desk.staff("camille", "reviewer", trained=False), 1, 9, 17)
    a_case(the_desk)
    assert unstaffed.review(the_desk.clock()) == 1


def test_whoever_is_there_counts_whatever_the_rota_says(the_desk: Desk) -> None:
    """And on a pause they do not: the rota counts again."""
    camille = the_desk.staff("camille", "reviewer")
    promise(camille, 4, 9, 12)
    presence.arrive(camille, the_desk.clock())
    a_case(the_desk)
    assert unstaffed.review(the_desk.clock()) == 0
    presence.pause(camille)
    assert unstaffed.review(the_desk.clock()) == 1


def test_the_person_whom_the_owner_named_is_named_to_them(the_desk: Desk) -> None:
    """Nobody calls that person for them: they may, if they like."""
    home, case = a_case(the_desk, language=Language.EN)
    case.payload["owner"]["trusted_person"] = {
        "name": "Lucie",
        "relation": "my daughter",
        "channel": "+33 1 99 00 56 78",
    }
    case.save()
    unstaffed.review(the_desk.clock())
    (note,) = notes(home)
    assert "Meanwhile you could call Lucie." in note.text


def test_the_supervisors_see_it_and_nobody_else_is_asked(the_desk: Desk) -> None:
    """With how many they are, and a tag at each name."""
    a_case(the_desk)
    unstaffed.review(the_desk.clock())
    page = the_desk.browser(the_desk.staff("nadia", "supervisor")).get("/").text
    assert 'role="alert">Nobody trained is there for 1 person.' in page
    assert "nobody there yet" in page
    for role in ("technician", "reviewer"):
        other = the_desk.browser(the_desk.staff(role, role, trained=False)).get("/").text
        assert "Madeleine" not in other
        assert "Nobody trained is there" not in other


def test_a_machine_is_never_unstaffed(the_desk: Desk) -> None:
    """It can wait."""
    the_desk.service_case()
    the_desk.clock.time += IN_TIME * 5
    assert unstaffed.review(the_desk.clock()) == 0


def test_the_owner_who_is_back_or_withdraws_wins_here_too(the_desk: Desk) -> None:
    """From this state as from any other."""
    home, case = a_case(the_desk)
    unstaffed.review(the_desk.clock())
    the_desk.receive(home, home.seal(home.resolved(case.alert_id)))
    case.refresh_from_db()
    assert (case.state, case.closed_by_event) == ("closed", "owner_resolve")


def test_what_the_owner_reads_fits_into_a_message(the_desk: Desk) -> None:
    """The longest of it, in both languages."""
    homes = []
    for language in Language:
        home, case = a_case(the_desk, language=language)
        homes.append(home)
        case.payload["owner"]["trusted_person"] = {
            "name": "L" * 80,
            "relation": "x",
            "channel": "x",
        }
        case.save()
    assert unstaffed.review(the_desk.clock()) == 2
    assert [len(notes(home)) for home in homes] == [1, 1]


def test_who_may_help_nobody_is_not_told_that_nobody_waits(the_desk: Desk) -> None:
    """Without the skill the page says nothing of who waits: neither yes nor no."""
    a_case(the_desk)
    page = the_desk.browser(the_desk.staff("camille", "reviewer", trained=False)).get("/").text
    assert "Nobody is waiting" not in page
    assert "Somebody is waiting" not in page

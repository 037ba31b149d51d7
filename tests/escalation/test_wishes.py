"""How an owner likes to be spoken with: their hours, their person, in their own words."""

from datetime import time, timedelta

import pytest

from escalation.cases import OutsideHours
from escalation.casework import acts, calls, next_case, wishes
from escalation.casework.wishes import Wishes
from escalation.models import Case, OwnerWishes, Staff
from tests.escalation.conftest import Desk
from tests.escalation.household import Household
from tests.escalation.notes import notes
from wire.messages import Asked, Choice, Decision, Language

pytestmark = pytest.mark.both_databases


def wished(**changes: object) -> Wishes:
    """Return that nothing is wished but what is given."""
    nothing: dict[str, object] = {
        "call_from": None,
        "call_until": None,
        "rather_written": False,
        "prefers": None,
        "words": "",
    }
    return Wishes(**{**nothing, **changes})  # type: ignore[arg-type]


def a_claimed_case(the_desk: Desk, staff: Staff) -> tuple[Household, Case]:
    """Return a home in Paris, and its case in the hands of ``staff``."""
    home = the_desk.enroll(language=Language.EN)
    the_desk.receive(home, home.seal(home.alert()))
    case = Case.objects.get(device_id=home.device_id)
    acts.claim(case, staff, the_desk.clock())
    return home, case


def note(the_desk: Desk, case: Case, staff: Staff, **changes: object) -> None:
    """Note what the owner wishes."""
    wishes.note(case, staff, wished(**changes), fence=case.fence, now=the_desk.clock())


def test_the_owner_reads_how_they_were_understood(the_desk: Desk) -> None:
    camille = the_desk.staff("camille", "reviewer")
    home, case = a_claimed_case(the_desk, camille)
    note(
        the_desk,
        case,
        camille,
        call_from=time(14),
        call_until=time(18, 30),
        rather_written=True,
        prefers=camille,
        words="Ring twice, I am slow.",
    )
    (told,) = notes(home)
    assert told.sender == "Camille"
    for words in ("14:00 and 18:30", "rather write", "Camille", "Ring twice, I am slow."):
        assert words in told.text


@pytest.mark.parametrize(
    ("begins", "ends", "inside"),
    [
        (time(9), time(11), True),  # It is half past ten in Paris.
        (time(10, 30), time(11), True),
        (time(9), time(10, 30), False),
        (time(11), time(12), False),
        (time(20), time(11), True),
        (time(20), time(9), False),
    ],
)
def test_hours_are_those_of_the_household(
    the_desk: Desk, begins: time, ends: time, *, inside: bool
) -> None:
    """Half past nine in UTC; the desk's own zone does not matter."""
    camille = the_desk.staff("camille", "reviewer")
    _home, case = a_claimed_case(the_desk, camille)
    note(the_desk, case, camille, call_from=begins, call_until=ends)
    assert wishes.outside_hours(case, the_desk.clock()) is not inside


def test_a_home_far_from_the_desk_has_its_own_evening(the_desk: Desk) -> None:
    """Half past nine in UTC is half past six in the evening in Tokyo."""
    camille = the_desk.staff("camille", "reviewer")
    _home, case = a_claimed_case(the_desk, camille)
    note(the_desk, case, camille, call_from=time(18), call_until=time(19))
    assert wishes.outside_hours(case, the_desk.clock())
    OwnerWishes.objects.update(timezone="Asia/Tokyo")
    assert not wishes.outside_hours(case, the_desk.clock())


def test_hours_stay_those_of_the_wall_clock_when_clocks_change(the_desk: Desk) -> None:
    """In Paris, half past nine in UTC is half past eleven after the last Sunday of March."""
    camille = the_desk.staff("camille", "reviewer")
    _home, case = a_claimed_case(the_desk, camille)
    note(the_desk, case, camille, call_from=time(10), call_until=time(11))
    assert not wishes.outside_hours(case, the_desk.clock())
    assert wishes.outside_hours(case, the_desk.clock() + timedelta(days=30))


def test_a_call_outside_the_hours_takes_a_reason_that_the_owner_reads(
    the_desk: Desk,
) -> None:
    """Without one it is refused, decided or begun."""
    camille = the_desk.staff("camille", "reviewer")
    home, case = a_claimed_case(the_desk, camille)
    note(the_desk, case, camille, call_from=time(15), call_until=time(16))
    with pytest.raises(OutsideHours):
        calls.begin(case, camille, fence=case.fence, now=the_desk.clock())

    def decide(why_now: str) -> None:
        acts.decide(
            Case.objects.get(pk=case.pk),
            camille,
            fence=case.fence,
            choice=Choice.CALL,
            reason="A word seems kind.",
            message="Until then!",
            why_now=why_now,
            now=the_desk.clock(),
        )

    with pytest.raises(OutsideHours):
        decide("  ")
    decide("You wrote that you are awake.")
    sent = home.open(bytes(case.outgoingmessage_set.get(type="decision").envelope)).message
    assert isinstance(sent, Decision)
    assert sent.message is not None
    assert "because: You wrote that you are awake." in sent.message
    assert sent.message.endswith("Until then!")


def test_a_call_that_began_for_a_reason_tells_it(the_desk: Desk) -> None:
    camille = the_desk.staff("camille", "reviewer")
    home, case = a_claimed_case(the_desk, camille)
    note(the_desk, case, camille, call_from=time(15), call_until=time(16))
    calls.begin(case, camille, fence=case.fence, why="It is urgent.", now=the_desk.clock())
    assert "because: It is urgent." in notes(home)[-1].text


def test_whoever_asked_for_a_call_is_called(the_desk: Desk) -> None:
    """Asking is an answer to the question of the hour."""
    camille = the_desk.staff("camille", "reviewer")
    home, case = a_claimed_case(the_desk, camille)
    note(the_desk, case, camille, call_from=time(15), call_until=time(16))
    the_desk.receive(home, home.seal(home.resolved(case.alert_id)))
    the_desk.receive(home, home.seal(home.alert(asked=Asked.OWNER_CALLED)))
    again = Case.objects.exclude(pk=case.pk).get()
    assert not wishes.outside_hours(again, the_desk.clock())


def test_whom_the_owner_prefers_comes_first_for_them(the_desk: Desk) -> None:
    """Before whoever spoke with them last, while they are there."""
    camille, sacha = the_desk.staff("camille", "reviewer"), the_desk.staff("sacha", "reviewer")
    home, case = a_claimed_case(the_desk, camille)
    note(the_desk, case, camille, prefers=sacha)
    Case.objects.update(state="closed", decided_by=camille, holder=None)
    the_desk.care_case(call_me="Waits longer")
    the_desk.clock.time += timedelta(minutes=1)
    for person in (camille, sacha):
        presence_of(the_desk, person)
    the_desk.receive(home, home.seal(home.alert()))
    other = next_case.take(camille, the_desk.clock())
    mine = next_case.take(sacha, the_desk.clock())
    assert other is not None
    assert mine is not None
    assert (other.call_me, mine.call_me) == ("Waits longer", "Madeleine")


def presence_of(the_desk: Desk, staff: Staff) -> None:
    """Let ``staff`` be there."""
    until = the_desk.clock() + timedelta(hours=3)
    Staff.objects.filter(pk=staff.pk).update(here_until=until)


def test_wishes_are_erased_with_the_household(the_desk: Desk) -> None:
    camille = the_desk.staff("camille", "reviewer")
    home, case = a_claimed_case(the_desk, camille)
    note(the_desk, case, camille, words="Ring twice.")
    the_desk.receive(home, home.seal(home.withdrawal("care_alert")))
    assert not OwnerWishes.objects.exists()

"""Reminders are recomputed from the rows: nobody is told twice, and nobody unskilled ever."""

from datetime import time, timedelta

import pytest

from escalation.cases import State
from escalation.casework import acts, unstaffed
from escalation.models import Case, Incident, RotaHours, Staff, TakeOver
from escalation.notices import outbox, review, sealed_text
from escalation.notices.ends import End
from escalation.notices.kinds import Kind
from escalation.notices.models import Channel, Notice, Wishes
from escalation.team import presence
from tests.escalation.conftest import Desk
from wire.messages import Asked

pytestmark = pytest.mark.both_databases


class Team:
    """Members of staff with a channel each, and who has been told what."""

    def __init__(self, the_desk: Desk) -> None:
        """Nobody works here yet."""
        self.desk = the_desk

    def add(self, name: str, *roles: str, here: bool = False, trained: bool = True) -> Staff:
        """Employ somebody who can be reached."""
        staff = self.desk.staff(name, *roles, trained=trained)
        Channel.objects.create(
            staff=staff,
            service="json",
            sealed=sealed_text.close("json://127.0.0.1/", "channel"),
            added_at=self.desk.clock(),
        )
        if here:
            presence.arrive(staff, self.desk.clock())
        return staff

    def after(self, **passed: float) -> list[tuple[str, str]]:
        """Let time pass, look, and return who was told of what by this look."""
        self.desk.clock.time += timedelta(**passed)
        last = Notice.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
        review.review(self.desk.clock())
        new = Notice.objects.filter(pk__gt=last).order_by("channel__staff__username")
        return list(new.values_list("channel__staff__username", "kind"))

    def call(self) -> Case:
        """Let an owner ask for a call."""
        home = self.desk.enroll()
        self.desk.receive(home, home.seal(home.alert(asked=Asked.OWNER_CALLED)))
        return Case.objects.get(device_id=home.device_id)


@pytest.fixture
def team(the_desk: Desk) -> Team:
    """Return a team of nobody."""
    return Team(the_desk)


def test_a_call_climbs_the_ladder_and_never_reaches_anybody_unskilled(team: Team) -> None:
    """Whoever is there, the supervisors, everybody skilled; each of them once."""
    team.add("camille", "reviewer", here=True)
    team.add("at-home", "reviewer")
    team.add("untrained", "reviewer", here=True, trained=False)
    team.add("theo", "technician", here=True)
    team.add("nadia", "supervisor")
    team.call()
    assert team.after() == [("camille", Kind.CALLED)]
    assert team.after(seconds=5) == []
    assert team.after(seconds=25) == [("nadia", Kind.CALLED)]
    assert team.after(seconds=89) == []
    assert team.after(seconds=1) == [("at-home", Kind.CALLED), ("camille", Kind.CALLED)]
    for _ in range(3):
        assert team.after(seconds=5) == []


def test_once_somebody_has_the_call_nobody_else_is_called_for_nothing(team: Team) -> None:
    """What was still on its way ends."""
    camille = team.add("camille", "reviewer", here=True)
    team.add("sacha", "reviewer", here=True)
    case = team.call()
    assert len(team.after()) == 2
    acts.claim(case, camille, team.desk.clock())
    assert team.after(seconds=5) == []
    assert not Notice.objects.exists()
    team.call()
    assert len(team.after(seconds=5)) == 2


def test_a_desk_that_starts_anew_tells_nobody_twice(team: Team) -> None:
    """All there is to remember are rows; what was slept through is told once, and now."""
    team.add("camille", "reviewer", here=True)
    team.add("nadia", "supervisor")
    team.call()
    assert team.after(minutes=20) == [("camille", Kind.CALLED), ("nadia", Kind.CALLED)]
    assert team.after() == []


def test_a_clock_that_ran_ahead_keeps_nobody_in_peace_for_a_day(team: Team) -> None:
    """Whoever calls after it was put right is heard, and what was on its way goes."""
    team.add("camille", "reviewer", here=True)
    team.desk.clock.time += timedelta(hours=7)
    ahead = team.call()
    assert team.after() == [("camille", Kind.CALLED)]
    outbox.take(1, team.desk.clock())
    team.desk.clock.time -= timedelta(hours=7)
    Case.objects.filter(pk=ahead.pk).update(waits_since=team.desk.clock())
    assert team.after() == [("camille", Kind.CALLED)]
    # The one that was taken then is free again, and not for seven hours.
    assert len(outbox.take(5, team.desk.clock())) == 2


def test_of_a_flood_everybody_hears_once(team: Team) -> None:
    """One by one they are helped, and nobody's telephone rings each time."""
    camille = team.add("camille", "reviewer")
    told = []
    for _ in range(5):
        team.desk.care_case()
        told += team.after(seconds=30)
    assert told == [("camille", Kind.WAITING)]
    presence.arrive(camille, team.desk.clock())
    for case in Case.objects.order_by("pk")[:4]:
        acts.claim(case, camille, team.desk.clock())
        assert team.after(seconds=5) == []


def test_whoever_waits_longest_is_remembered_by_those_who_can_do_something(
    team: Team,
) -> None:
    """A quarter of an hour, half an hour, three quarters; then it is unstaffed."""
    team.add("camille", "reviewer", here=True)
    team.add("at-home", "reviewer")
    team.add("nadia", "supervisor")
    team.desk.care_case()
    assert team.after() == []
    assert team.after(minutes=15) == [("camille", Kind.REMINDER)]
    assert team.after(minutes=15) == [("nadia", Kind.REMINDER)]
    assert team.after(minutes=15) == [("at-home", Kind.REMINDER), ("camille", Kind.REMINDER)]
    team.desk.clock.time += timedelta(minutes=15)
    unstaffed.review(team.desk.clock())
    assert team.after() == [("nadia", Kind.UNSTAFFED)]
    assert team.after(minutes=59) == [("nadia", Kind.UNSTAFFED)] * 0
    assert team.after(hours=1) == [("nadia", Kind.UNSTAFFED)]


def test_a_machine_waits_for_technicians_and_longer(team: Team) -> None:
    """It is not hurt by half a day."""
    team.add("camille", "reviewer", here=True)
    team.add("theo", "technician")
    team.desk.service_case()
    assert team.after(hours=3) == []
    assert team.after(hours=1) == [("theo", Kind.REMINDER)]
    assert team.after(hours=23) == []
    assert team.after(hours=1) == [("theo", Kind.REMINDER)]


def test_whoever_is_on_a_pause_or_not_on_the_rota_is_left_in_peace(team: Team) -> None:
    """It is Tuesday, half past ten in Paris and half past four in Montréal."""
    resting = team.add("resting", "reviewer", here=True)
    presence.pause(resting)
    away = team.add("away", "reviewer")
    RotaHours.objects.create(staff=away, weekday=2, begins=time(9), ends=time(12))
    far = team.add("far", "reviewer")
    Staff.objects.filter(pk=far.pk).update(timezone="America/Toronto")
    RotaHours.objects.create(staff=far, weekday=1, begins=time(9), ends=time(12))
    there = team.add("there", "reviewer")
    RotaHours.objects.create(staff=there, weekday=1, begins=time(9), ends=time(12))
    team.desk.care_case()
    assert team.after() == [("there", Kind.WAITING)]


def test_quiet_hours_are_in_the_persons_own_time_and_do_not_lose_what_lasts(
    team: Team,
) -> None:
    """From 22 to 7 where they are; afterwards what still holds is told."""
    camille = team.add("camille", "reviewer")
    Staff.objects.filter(pk=camille.pk).update(timezone="America/Toronto")
    Wishes.objects.create(staff=camille, quiet_from=time(22), quiet_until=time(7))
    team.desk.care_case()
    assert team.after() == []
    assert team.after(hours=2, minutes=29) == []
    assert team.after(minutes=1) == [("camille", Kind.REMINDER)]
    assert team.after(seconds=5) == []


def test_quiet_hours_do_not_hold_for_whoever_has_come_to_be_asked(team: Team) -> None:
    """Somebody who works at night wants to hear."""
    camille = team.add("camille", "reviewer", here=True)
    Wishes.objects.create(staff=camille, quiet_from=time(0), quiet_until=time(23))
    team.call()
    assert team.after() == [("camille", Kind.CALLED)]


def test_what_is_not_wanted_is_not_told(team: Team) -> None:
    """And whatever has no wish written down is."""
    camille = team.add("camille", "reviewer", here=True)
    team.add("sacha", "reviewer", here=True)
    Wishes.objects.create(staff=camille, unwanted=[Kind.CALLED])
    team.call()
    assert team.after() == [("sacha", Kind.CALLED)]


def test_a_colleague_who_needs_somebody_is_heard_until_somebody_comes(team: Team) -> None:
    """An emergency calls the supervisors; a call to be taken over, whoever could take it."""
    camille = team.add("camille", "reviewer", here=True)
    team.add("sacha", "reviewer", here=True)
    team.add("nadia", "supervisor")
    case, now = team.desk.care_case(), team.desk.clock()
    acts.claim(case, camille, now)
    Case.objects.update(state=State.TALKING, lease_until=now + timedelta(hours=1))
    assert team.after() == []
    offer = TakeOver.objects.create(case=case, by=camille, fence=1, at=now)
    assert team.after() == [("sacha", Kind.COLLEAGUE)]
    offer.delete()
    assert team.after(minutes=3) == []
    Case.objects.update(emergency_at=team.desk.clock())
    assert team.after() == [("nadia", Kind.COLLEAGUE)]
    assert team.after(minutes=4) == []
    assert team.after(minutes=1) == [("nadia", Kind.COLLEAGUE)]


def test_a_wave_is_told_to_the_supervisors_until_it_is_released(team: Team) -> None:
    """Again every hour."""
    team.add("camille", "reviewer", here=True)
    team.add("nadia", "supervisor")
    incident = Incident.objects.create(opened_at=team.desk.clock())
    assert team.after() == [("nadia", Kind.INCIDENT)]
    assert team.after(minutes=59) == []
    assert team.after(minutes=1) == [("nadia", Kind.INCIDENT)]
    incident.released_at = team.desk.clock()
    incident.save()
    assert team.after(hours=1) == []


def test_what_the_audit_finds_is_told_to_the_supervisors_once_an_hour(team: Team) -> None:
    """As long as it lasts."""
    team.add("nadia", "supervisor")
    told = []
    for _ in range(24):
        review.review(team.desk.clock(), neglected=True)
        sent = Notice.objects.filter(ended_at=None)
        told.append(sent.update(ended_at=team.desk.clock(), end=End.SENT))
        team.desk.clock.time += timedelta(minutes=5)
    assert sum(told) == 2
    assert Notice.objects.first().kind == Kind.SELF_AUDIT  # type: ignore[union-attr]


def test_whoever_left_the_team_is_told_nothing(team: Team) -> None:
    """Their channel stays sealed and unused."""
    camille = team.add("camille", "reviewer", here=True)
    Staff.objects.filter(pk=camille.pk).update(is_active=False)
    team.call()
    assert team.after() == []


def test_what_was_told_is_forgotten_after_a_while(team: Team) -> None:
    """Nobody's month at the desk can be read from it."""
    team.add("camille", "reviewer", here=True)
    team.call()
    team.after()
    (notice,) = outbox.take(1, team.desk.clock())
    outbox.settle(notice.pk, sent=True, certain=True, now=team.desk.clock())
    outbox.let_go(team.desk.clock() + outbox.KEPT_FOR - timedelta(seconds=1))
    assert Notice.objects.count() == 1
    outbox.let_go(team.desk.clock() + outbox.KEPT_FOR)
    assert Notice.objects.count() == 0

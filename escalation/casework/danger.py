"""Decides what is done before anything else when somebody may be in danger.

The steps of ``Step`` are then open. Each is done, or left out for a reason that is written
down; before that nobody decides, hangs up, or gives the case back. This desk sends no help: the
page says when to call the emergency number, and who does.
"""

from datetime import datetime
from enum import StrEnum

from django.db import transaction

from escalation.cases import Event, ForbiddenMove, StepsOpen
from escalation.casework.holding import require_hold, settle_first
from escalation.casework.moves import write_down
from escalation.models import Case, EmergencyStep, Staff


class Step(StrEnum):
    """What is done when somebody may be in danger, in this order."""

    ASK = "ask"
    """How are you, where are you, can you speak?"""
    CALL = "call"
    """The emergency number: they call, or you do from another telephone."""
    STAY = "stay"
    """On the line, until help or somebody they trust is there."""
    TELL = "tell"
    """A supervisor, at once."""


@transaction.atomic
def emergency(case: Case, staff: Staff, *, fence: int, now: datetime) -> None:
    """Open the steps: somebody may be in danger. Pressed twice, it is once."""
    settle_first(case, now)
    require_hold(case, staff, fence, now)
    untouched = Case.objects.filter(pk=case.pk, emergency_at=None, fence=fence)
    if untouched.update(emergency_at=now):
        case.emergency_at = now
        write_down(case, Event.EMERGENCY, now=now, from_state=case.state, actor=staff)


@transaction.atomic
def take_step(
    case: Case,
    staff: Staff,
    *,
    fence: int,
    step: Step,
    left_out_because: str = "",
    now: datetime,
) -> None:
    """Note that a step is done, or why it was left out."""
    settle_first(case, now)
    require_hold(case, staff, fence, now)
    if case.emergency_at is None:
        raise ForbiddenMove("nobody has said that there is danger")
    _row, new = EmergencyStep.objects.get_or_create(
        case=case,
        step=step,
        defaults={"left_out_because": left_out_because, "by": staff, "at": now},
    )
    if new:
        write_down(case, Event.STEP, now=now, from_state=case.state, actor=staff)


def open_steps(case: Case) -> list[Step]:
    """Return the steps that are neither done nor left out for a reason."""
    if case.emergency_at is None:
        return []
    taken = set(case.emergency_steps.values_list("step", flat=True))
    return [step for step in Step if step not in taken]


def require_steps(case: Case) -> None:
    """Raise ``StepsOpen`` while one is open."""
    if open_steps(case):
        raise StepsOpen

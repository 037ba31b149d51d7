"""Keeps a call in somebody's hands: begun, taken over, ended; and what danger asks for.

Whoever is on the line cannot give the case back, nor go home. They hang up and still have it,
they decide, or they ask a colleague to take over: until that colleague has pressed, the first
one has the call, and from then on the other. There is no moment in between.
"""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from escalation.cases import (
    Event,
    ForbiddenMove,
    NotForYou,
    SomeoneElseFirst,
    State,
)
from escalation.casework import wishes
from escalation.casework.danger import require_steps
from escalation.casework.holding import lease, require_hold, settle_first
from escalation.casework.moves import apply, write_down
from escalation.casework.telling import tell
from escalation.models import Case, Staff, TakeOver


@transaction.atomic
def begin(case: Case, staff: Staff, *, fence: int, why: str = "", now: datetime) -> None:
    """Note that ``staff`` is on the line with the owner.

    Outside the owner's hours it takes a reason, which the owner reads; not in their quiet ones.
    """
    settle_first(case, now)
    require_hold(case, staff, fence, now)
    wishes.require_no_quiet(case, now)
    told = None
    if wishes.outside_hours(case, now):
        reason = wishes.reason_for_the_hour(why)
        told = tell(
            case,
            lambda: wishes.words_about_the_hour(reason),
            now,
            sender=staff.first_name,
        )
    apply(case, Event.TALK, now=now, actor=staff, told_owner=told)


@transaction.atomic
def hang_up(case: Case, staff: Staff, *, fence: int, now: datetime) -> None:
    """Note that the call has ended; the case stays with ``staff``."""
    settle_first(case, now)
    require_hold(case, staff, fence, now)
    require_steps(case)
    apply(case, Event.HANG_UP, now=now, actor=staff)


@transaction.atomic
def offer(case: Case, staff: Staff, *, fence: int, now: datetime) -> None:
    """Ask the colleagues to take the call over. Until one does, it stays where it is."""
    settle_first(case, now)
    require_hold(case, staff, fence, now)
    if case.state != State.TALKING:
        raise ForbiddenMove("only a call is taken over")
    _made, new = TakeOver.objects.get_or_create(
        case=case, defaults={"by": staff, "fence": fence, "at": now}
    )
    if new:
        write_down(case, Event.OFFER, now=now, from_state=case.state, actor=staff)


def offered(staff: Staff, now: datetime) -> list[Case]:
    """Return the calls that a colleague asks somebody to take over."""
    calls = Case.objects.filter(
        state=State.TALKING, lease_until__gt=now, take_over__isnull=False
    )
    calls = calls.exclude(holder=staff).exclude(kept_from=staff)
    return list(calls.select_related("holder").order_by("take_over__at"))


@transaction.atomic
def take_over(case: Case, staff: Staff, *, now: datetime) -> None:
    """Have the call from now on, instead of whoever asked."""
    settle_first(case, now)
    asked = TakeOver.objects.filter(case=case, fence=case.fence).first()
    if asked is None or not case.held_at(now) or case.holder is None:
        raise SomeoneElseFirst
    if staff.pk in (case.kept_from_id, case.holder_id):
        raise NotForYou
    before = case.holder.first_name
    told = tell(
        case,
        lambda: (
            _("%(other)s is with you now, in place of %(name)s.")
            % {"other": staff.first_name, "name": before}
        ),
        now,
        sender=staff.first_name,
    )
    apply(
        case,
        Event.TAKE_OVER,
        now=now,
        actor=staff,
        told_owner=told,
        holder=staff,
        fence=case.fence + 1,
        lease_until=lease(case, now, since=now),
    )

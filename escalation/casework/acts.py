"""What staff do to cases: each act is one transaction, with audit row and message.

``cases`` says what may happen and ``moves`` makes it happen once. Consent, skill and lease are
read again inside every act, and a write whose claim is no longer the running one is refused.
A lease is renewed while its page lives, for ``HELD_AT_MOST``, and ends with consent or skill.

An act that fails leaves nothing behind, with one exception on purpose: if the lease or the
consent turns out to have ended, that is committed first, because it is true either way.
"""

from contextlib import nullcontext
from datetime import datetime

from django.db import transaction

from escalation.cases import (
    ACCESS_NOTICE_EVERY,
    IN_HAND,
    ChoiceNotOffered,
    Event,
    LeaseLost,
    Matter,
    NotForYou,
    SomeoneElseFirst,
    State,
    offered_choices,
)
from escalation.casework import wishes
from escalation.casework.danger import require_steps
from escalation.casework.holding import lease, require_hold, settle_first
from escalation.casework.moves import apply, is_as_read, tell_owner, write_down
from escalation.keeping.queries import Given, PreparedQuery
from escalation.models import Case, CaseEvent, Staff
from escalation.notices import tallies
from escalation.team import skills
from wire import schema
from wire.messages import Access, Alert, Asked, Choice, Decision, Help, ServiceReport


def message_of(case: Case) -> Alert | ServiceReport | Help:
    """Return the message that the case was made of, as far as it was kept."""
    if case.matter == Matter.SERVICE:
        return schema.from_plain(ServiceReport, case.payload)
    if "change" in case.payload:
        return schema.from_plain(Alert, case.payload)
    return schema.from_plain(Help, case.payload)


def choices_of(case: Case) -> tuple[Choice, ...]:
    """Return the decisions that this case allows."""
    message = message_of(case)
    return offered_choices(
        Matter(case.matter),
        has_contact=message.owner.contact is not None,
        owner_called=isinstance(message, Help)
        or (isinstance(message, Alert) and message.question.outcome is Asked.OWNER_CALLED),
    )


@transaction.atomic
def look(case: Case, staff: Staff, *, now: datetime) -> None:
    """Write down that ``staff`` reads the case, and let the owner know who it was."""
    since = now - ACCESS_NOTICE_EVERY
    told = None
    if not case.erased and not _TOLD_OF_LOOKS.fetch(case=case.pk, staff=staff.pk, since=since):
        access = Access(alert_id=case.alert_id, reviewer=staff.first_name, looked_at=now)
        told = tell_owner(case, access, now)
    write_down(case, Event.LOOK, now=now, from_state=case.state, actor=staff, told_owner=told)


_TOLD_OF_LOOKS = PreparedQuery(
    lambda: CaseEvent.objects.filter(
        case=Given("case"),
        actor=Given("staff"),
        event=Event.LOOK,
        told_owner__isnull=False,
        at__gt=Given("since"),
    ).values_list("pk")[:1],
    keeps_plan=True,
)


def claim(case: Case, staff: Staff, now: datetime) -> None:
    """Give the case to ``staff`` for one lease. Claiming one's own case changes nothing."""
    settle_first(case, now)
    if case.held_at(now):
        if case.holder_id == staff.pk:
            return
        raise SomeoneElseFirst
    if case.kept_from_id == staff.pk:
        raise NotForYou
    if not is_as_read(case):
        raise SomeoneElseFirst  # Whoever comes too late does not queue for a transaction.
    waited = now - (case.waits_since or now)
    with transaction.atomic() if case.owner_called else nullcontext():
        apply(
            case,
            Event.CLAIM,
            now=now,
            actor=staff,
            holder=staff,
            lease_until=lease(case, now, since=now),
            fence=case.fence + 1,
        )
        if case.owner_called:
            tallies.call_answered(waited)


def had_before(case: Case, staff: Staff) -> bool:
    """Return whether ``staff`` has had this case: then they may take it again by its page.

    Any other care case is given by ``next_case``: nobody chooses between people.
    """
    taken = (Event.CLAIM, Event.TAKE_OVER)
    return CaseEvent.objects.filter(case=case, actor=staff, event__in=taken).exists()


def renew(case: Case, staff: Staff, *, fence: int, now: datetime) -> None:
    """Let the running claim go on for another lease."""
    settle_first(case, now)
    require_hold(case, staff, fence, now)
    skill_ends = skills.require(staff, Matter(case.matter), now)
    taken = (Event.CLAIM, Event.TAKE_OVER)
    claims = CaseEvent.objects.filter(case=case, event__in=taken, fence=fence)
    until = lease(case, now, since=claims.get().at)
    until = min(until, skill_ends) if skill_ends else until
    running = Case.objects.filter(
        pk=case.pk, state__in=IN_HAND, holder=staff, fence=fence, lease_until__gt=now
    )
    if not running.update(lease_until=until):
        raise LeaseLost
    case.lease_until = until


def give_back(case: Case, staff: Staff, *, fence: int, now: datetime) -> None:
    """Let the case wait for somebody else."""
    settle_first(case, now)
    require_hold(case, staff, fence, now)
    require_steps(case)
    with transaction.atomic():
        apply(
            case,
            Event.GIVE_BACK,
            now=now,
            actor=staff,
            holder=None,
            lease_until=None,
            waits_since=now,
        )


def decide(
    case: Case,
    staff: Staff,
    *,
    fence: int,
    choice: Choice,
    reason: str,
    message: str,
    why_now: str = "",
    now: datetime,
) -> None:
    """Record what ``staff`` decided, and send it home with its reason.

    The same decision a second time, from a repeated click, changes nothing. To call outside the
    owner's hours takes a reason of its own, ``why_now``, which they read as well.
    """
    settle_first(case, now)
    if _is_repetition(case, staff, fence, choice):
        return
    require_hold(case, staff, fence, now)
    if choice not in choices_of(case):
        raise ChoiceNotOffered(choice)
    require_steps(case)
    if choice is Choice.CALL and case.state != State.TALKING:
        wishes.require_no_quiet(case, now)
        if wishes.outside_hours(case, now):
            message = wishes.with_the_reason(case, message, why_now)
    decision = Decision(
        alert_id=case.alert_id,
        reviewer=staff.first_name,
        choice=choice,
        reason=reason,
        message=message or None,
        decided_at=now,
    )
    with transaction.atomic():
        told = tell_owner(case, decision, now)
        apply(
            case,
            Event.DECIDE,
            now=now,
            actor=staff,
            told_owner=told,
            lease_until=None,
            decided_by=staff,
            decided_at=now,
            choice=choice,
            reason=reason,
            message=message,
        )


def _is_repetition(case: Case, staff: Staff, fence: int, choice: Choice) -> bool:
    return (
        case.state in (State.DECIDED, State.CLOSED)
        and case.decided_by_id == staff.pk
        and case.fence == fence
        and case.choice == choice
    )

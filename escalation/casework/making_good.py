"""What follows when an owner was not heard, or when we were wrong.

*I was not heard* is looked at again by somebody else: a case of its own, kept from whoever
decided, with the same message and the same consent. It cannot be declined, and it is no mark
against anybody: listening twice is how one learns.

*We were wrong* is said to the owner in plain words, by a person with a name, together with what
is put right. A supervisor or whoever had the case says it; the owner can answer.
"""

from datetime import datetime

from django.db import transaction

from escalation.cases import (
    UNDECIDED,
    ConsentEnded,
    Event,
    Matter,
    Role,
    WrongRole,
)
from escalation.casework import acts, deskwork
from escalation.casework.deskwork import Birth
from escalation.casework.moves import write_down
from escalation.casework.telling import tell
from escalation.intake.matters import NewCase
from escalation.models import Apology, Case, Staff
from wire.facts import Verdict


@transaction.atomic
def not_heard(case: Case, *, reply_id: str, now: datetime) -> Case | None:
    """Let somebody else look again; ``None`` where nobody has decided, or nothing is left.

    ``reply_id`` names the owner's own message, and so the new case: a repeat makes no second.
    """
    if case.erased or now >= case.consent_until:
        return None
    write_down(case, Event.NOT_HEARD, now=now, from_state=case.state)
    again = Case.objects.filter(looks_again_at=case, state__in=UNDECIDED).first()
    if case.decided_by_id is None or again is not None:
        return again
    new = NewCase(
        matter=Matter(case.matter),
        message=acts.message_of(case),
        consent_until=case.consent_until,
        verdict=Verdict(case.verdict),
    )
    position = (case.epoch, case.sequence)
    birth = Birth(device=case.device, new=new, alert_id=reply_id, position=position)
    (number,) = deskwork.open_cases([birth], now)
    Case.objects.filter(pk=number).update(
        looks_again_at=case, kept_from=case.decided_by_id, comes_first=True
    )
    return Case.objects.get(pk=number)


@transaction.atomic
def apologise(case: Case, staff: Staff, *, text: str, repair: str, now: datetime) -> Apology:
    """Tell the owner that we were wrong, and keep what is put right."""
    if Role.SUPERVISOR not in staff.roles and not acts.had_before(case, staff):
        raise WrongRole("a supervisor says it, or whoever had the case")
    if case.erased or now >= case.consent_until:
        raise ConsentEnded
    told = tell(case, lambda: text, now, sender=staff.first_name)
    write_down(
        case, Event.APOLOGISE, now=now, from_state=case.state, actor=staff, told_owner=told
    )
    return Apology.objects.create(case=case, by=staff, text=text, repair=repair, at=now)

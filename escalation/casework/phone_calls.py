"""Opens a case for an owner who calls us: whoever answers the telephone can help at once.

A call is consent for this one call, as the button at home is, and for nothing else: the case
has a name and a machine, no routine and no contact. Where a case of this home is open already,
that one is theirs. Who opened it is written down, and the owner reads it on their page.
"""

import uuid
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from escalation.cases import IN_HAND, UNDECIDED, CaseError, Event, Matter, Role, WrongRole
from escalation.casework import acts, calls, deskwork
from escalation.casework.deskwork import Birth
from escalation.casework.moves import write_down
from escalation.casework.telling import tell
from escalation.intake.incoming import HELP_LASTS
from escalation.intake.matters import NewCase
from escalation.keeping import locks
from escalation.models import Case, Device, Staff
from escalation.team import skills
from wire.facts import Verdict
from wire.messages import Help, Language, Machine, Owner


def may_answer(staff: Staff, now: datetime) -> bool:
    """Return whether ``staff`` may look for somebody who calls."""
    return Role.SUPERVISOR in staff.roles or Matter.CARE in skills.matters_of(staff, now)


@transaction.atomic
def answer(device: Device, staff: Staff, now: datetime) -> Case:
    """Return the case of the caller, in the hands of ``staff`` where they may have it."""
    if not may_answer(staff, now):
        raise WrongRole("a call is answered by a trained reviewer or a supervisor")
    # Locked: two colleagues who answer the same person open one case.
    device = locks.homes([device.pk]).get()
    case = _open_case(device, now) or _new_case(device, staff, now)
    told = tell(
        case,
        lambda: (
            _("You have called us, and %(name)s has answered.") % {"name": staff.first_name}
        ),
        now,
    )
    write_down(
        case, Event.CALLED_US, now=now, from_state=case.state, actor=staff, told_owner=told
    )
    Case.objects.filter(pk=case.pk).update(owner_called=True, waits_since=now)
    case.refresh_from_db()
    _take(case, staff, now)
    return case


def _open_case(device: Device, now: datetime) -> Case | None:
    # One whose consent ends in this second would take the call with it.
    open_cases = Case.objects.filter(
        device=device, matter=Matter.CARE, state__in=UNDECIDED, consent_until__gt=now
    )
    return open_cases.order_by("-pk").first()


def _new_case(device: Device, staff: Staff, now: datetime) -> Case:
    last = Case.objects.filter(device=device).order_by("-pk").first()
    language = last.owner_language if last is not None else staff.language
    message = Help(
        asked_at=now,
        owner=Owner(call_me=device.call_me, language=Language(language), contact=None),
        machine=Machine(
            model=last.machine_model if last else "",
            firmware=(last.machine_firmware or None) if last else None,
        ),
        alert_id=None,
        ledger_head=device.ledger_head,
    )
    new = NewCase(
        matter=Matter.CARE,
        message=message,
        consent_until=now + HELP_LASTS,
        verdict=Verdict.UNKNOWN,
    )
    position = (device.heard_epoch, device.heard_sequence)
    birth = Birth(device=device, new=new, alert_id=uuid.uuid4().hex, position=position)
    (number,) = deskwork.open_cases([birth], now)
    return Case.objects.select_related("device").get(pk=number)


def _take(case: Case, staff: Staff, now: datetime) -> None:
    """Put the call into the hands that hold the telephone, if they are trained and free to."""
    if Matter.CARE not in skills.matters_of(staff, now):
        return
    deskwork.speak_up(case, now)
    if case.state in IN_HAND and case.held_at(now):
        return
    try:
        acts.claim(case, staff, now)
    except CaseError:
        return
    calls.begin(case, staff, fence=case.fence, now=now)

"""How it goes on with a machine after the decision: what the owner is told, and what comes.

A technician says it, with a name, as often as there is something to say: that a part is needed,
when somebody comes, how to put it in. A part that was promised stands in a list until it has
left, or is not needed any more; the owner reads that as well. Each note can be answered.
"""

from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from escalation.cases import (
    CaseError,
    ConsentEnded,
    Event,
    ForbiddenMove,
    Matter,
    Role,
    WrongRole,
)
from escalation.casework.holding import lock_home
from escalation.casework.moves import write_down
from escalation.casework.telling import tell
from escalation.models import Case, OutgoingMessage, PartEnd, ServiceNote, Staff


class PartEnded(CaseError):
    """Somebody has sent the part already, or it is not needed any more."""


@transaction.atomic
def go_on(case: Case, staff: Staff, *, part: str, text: str, now: datetime) -> ServiceNote:
    """Tell the owner how it goes on; ``part`` is what they are to be sent, or empty."""
    _require(case, staff, now)
    told = tell(case, lambda: _words(part, text), now, sender=staff.first_name)
    _write_down(case, staff, told, now)
    return ServiceNote.objects.create(case=case, by=staff, part=part, text=text, at=now)


@transaction.atomic
def end_part(note: ServiceNote, staff: Staff, end: PartEnd, now: datetime) -> None:
    """Tell the owner that their part has left, or is not needed any more: once."""
    case = note.case
    _require(case, staff, now)
    # As a withdrawal does, which then erases the notes.
    lock_home(case.device_id)
    waits = parts_to_send(now).filter(pk=note.pk)
    if not waits.update(part_end=end, part_ended_at=now, part_ended_by=staff):
        raise PartEnded
    told = tell(case, lambda: _end_words(note.part, end), now, sender=staff.first_name)
    _write_down(case, staff, told, now)


def parts_to_send(now: datetime) -> QuerySet[ServiceNote]:
    """Return what was promised and has not left; nothing where consent has ended."""
    promised = ServiceNote.objects.exclude(part="").filter(part_end="")
    return promised.filter(case__erased=False, case__consent_until__gt=now)


def _require(case: Case, staff: Staff, now: datetime) -> None:
    if Role.TECHNICIAN not in staff.roles or case.matter != Matter.SERVICE:
        raise WrongRole("a technician says how it goes on with a machine")
    if case.decided_by_id is None:
        raise ForbiddenMove("the decision comes first")
    if case.erased or now >= case.consent_until:
        raise ConsentEnded


def _write_down(case: Case, staff: Staff, told: OutgoingMessage | None, now: datetime) -> None:
    write_down(
        case, Event.SERVICE_NOTE, now=now, from_state=case.state, actor=staff, told_owner=told
    )


def _words(part: str, text: str) -> str:
    if not part:
        return text
    return f"{text}\n{_('You will be sent a part: %(part)s.') % {'part': part}}"


def _end_words(part: str, end: PartEnd) -> str:
    if end is PartEnd.SENT:
        return _("Your part is on its way to you: %(part)s.") % {"part": part}
    return _("This part is not needed any more, and is not sent: %(part)s.") % {"part": part}

"""How it goes on with a machine after the decision: what the owner is told, and what comes.

A technician says it, with a name, as often as there is something to say: that a part is on its
way, when somebody comes, how to put it in. The owner reads each on their page and can answer.
"""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from escalation.cases import ConsentEnded, Event, ForbiddenMove, Matter, Role, WrongRole
from escalation.casework.moves import write_down
from escalation.casework.telling import tell
from escalation.models import Case, ServiceNote, Staff


@transaction.atomic
def go_on(case: Case, staff: Staff, *, part: str, text: str, now: datetime) -> ServiceNote:
    """Tell the owner how it goes on; ``part`` is what is sent to them, or empty."""
    if Role.TECHNICIAN not in staff.roles or case.matter != Matter.SERVICE:
        raise WrongRole("a technician says how it goes on with a machine")
    if case.decided_by_id is None:
        raise ForbiddenMove("the decision comes first")
    if case.erased or now >= case.consent_until:
        raise ConsentEnded
    told = tell(case, lambda: _words(part, text), now, sender=staff.first_name)
    write_down(
        case, Event.SERVICE_NOTE, now=now, from_state=case.state, actor=staff, told_owner=told
    )
    return ServiceNote.objects.create(case=case, by=staff, part=part, text=text, at=now)


def _words(part: str, text: str) -> str:
    if not part:
        return text
    return f"{text}\n{_('A part is on its way to you: %(part)s.') % {'part': part}}"

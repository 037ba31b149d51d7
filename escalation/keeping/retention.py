"""Lets go of what is personal once it is no longer needed, a little at a time.

| what | is kept |
|---|---|
| the words of a closed case: name, change, contact, decision, replies | ``closed_days`` |
| the same where its owner objects and no guardian has answered yet | until that is answered |
| the sealed copies of what was sent to a household | as long |
| which name somebody looked for | as long |
| whom an owner named, and volunteers, after consent or time in the circle ended | as long |
| how hard a month was for those who work here, which names nobody | as long |
| who did what with which case, and when: the audit | for ever, without those words |
| that a message was here, by its id and hash | for ever, so that no replay makes a case |

Computed from the rows each time: a desk that was switched off for a month catches up.
"""

from datetime import datetime, timedelta

from django.db import transaction

from escalation.cases import State
from escalation.casework import deskwork, finding, named_persons, proposals
from escalation.guarding import objections
from escalation.keeping.audit import is_whole
from escalation.models import Case, OutgoingMessage
from escalation.team import effort

ROWS_AT_A_TIME = 100
"""So that nobody at the console waits for it."""


def let_go(now: datetime, kept_for: timedelta) -> int:
    """Erase what has been kept long enough; return how many rows that were."""
    limit = now - kept_for
    over = Case.objects.filter(state=State.CLOSED, closed_at__lte=limit, erased=False)
    # Who objects is not told by the calendar that it is too late: a guardian answers first.
    over = over.exclude(pk__in=objections.unanswered().values("case"))
    finding.let_go(limit)
    named_persons.let_go(limit)
    proposals.let_go(limit, now)
    effort.let_go(limit)
    emptied = 0
    for case in over.order_by("closed_at")[:ROWS_AT_A_TIME]:
        with transaction.atomic():
            deskwork.erase(case)
        emptied += 1
    sent = OutgoingMessage.objects.filter(published_at__lte=limit).exclude(envelope=b"")
    old = list(sent.values_list("pk", flat=True)[:ROWS_AT_A_TIME])
    if old:
        rows = OutgoingMessage.objects.filter(pk__in=old)
        rows.filter(type="ack").delete()  # No line of the audit names one.
        rows.update(envelope=b"", unconfirmed=False)
    return max(emptied, len(old))


def broken_cases() -> list[int]:
    """Return the numbers of the cases whose audit is not whole."""
    broken = []
    for case in Case.objects.order_by("pk").prefetch_related("events").iterator(ROWS_AT_A_TIME):
        # Lines without a link were written before there were links.
        linked = [event for event in case.events.all() if event.link is not None]
        lines = [(event.line(), event.link or "") for event in linked]
        if not is_whole(lines, case.audit_head):
            broken.append(case.pk)
    return broken

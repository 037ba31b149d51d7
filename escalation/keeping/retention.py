"""Lets go of what is personal once it is no longer needed, a little at a time.

| what | is kept |
|---|---|
| the words of a closed case: name, change, contact, decision, replies | ``closed_days`` |
| the sealed copies of what was sent to a household | as long |
| which name somebody looked for | as long |
| how hard a month was for those who work here, which names nobody | as long |
| who did what with which case, and when: the audit | for ever, without those words |
| that a message was here, by its id and hash | for ever, so that no replay makes a case |

Computed from the rows each time: a desk that was switched off for a month catches up.
"""

from datetime import datetime, timedelta

from django.db import connection, transaction

from escalation.cases import State
from escalation.casework import deskwork, finding
from escalation.keeping.audit import is_whole
from escalation.models import Case, OutgoingMessage
from escalation.team import effort

ROWS_AT_A_TIME = 100
"""So that nobody at the console waits for it."""


def let_go(now: datetime, kept_for: timedelta) -> int:
    """Erase what has been kept long enough; return how many rows that were."""
    limit = now - kept_for
    over = Case.objects.filter(state=State.CLOSED, closed_at__lte=limit, erased=False)
    finding.let_go(limit)
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


def press_out() -> None:
    """Leave nothing of what was erased in SQLite's log; PostgreSQL's goes by its vacuum.

    Whoever reads or writes at this moment is not waited for: the next minute does as well.
    """
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            [(patience_ms,)] = cursor.execute("PRAGMA busy_timeout").fetchall()
            cursor.execute("PRAGMA busy_timeout = 0")
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            cursor.execute(f"PRAGMA busy_timeout = {patience_ms}")


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

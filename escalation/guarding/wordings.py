"""What a guardian has suspended: wordings that are offered to nobody, until one is lifted.

Which words there are is the console's matter; here they have an id. The state is the last line
of each id in a table that is only ever appended to, so it holds across processes and restarts.
The database refuses to change or remove a line; ``demitasse-desk audit`` sees it if somebody
got past. What is suspended stands in ``suspended.jsonl`` as well (``keeping.beside_keys``), so
that no backup offers it again.
"""

import logging
from collections.abc import Mapping
from datetime import UTC, datetime

from django.db import IntegrityError, transaction

from escalation.cases import Role, SomeoneElseFirst, WrongRole
from escalation.guarding.models import Did, WordingLine
from escalation.keeping import audit, beside_keys
from escalation.keeping.queries import PreparedQuery
from escalation.models import Staff

log = logging.getLogger("escalation.guarding.wordings")

JOURNAL_FILE = "suspended.jsonl"


def suspended() -> Mapping[str, WordingLine]:
    """Return by its id each wording that is offered to nobody now, with who said so and why."""
    last = {line.wording: line for line in _lines()}
    return {name: line for name, line in last.items() if line.did == Did.SUSPEND}


def suspend(wording: str, guardian: Staff, *, reason: str, now: datetime) -> None:
    """Offer the wording to nobody from now on. A second time changes nothing."""
    if wording not in suspended():
        _append(wording, Did.SUSPEND, guardian, reason, now)


def lift(wording: str, guardian: Staff, *, now: datetime) -> None:
    """Offer it again. A second time changes nothing."""
    if wording in suspended():
        _append(wording, Did.LIFT, guardian, "", now)


def suspend_again(now: datetime) -> None:
    """Suspend what was suspended after this database was backed up.

    In the name of whoever did, or of any guardian there is where that one is not known here.
    What was lifted meanwhile stays suspended: better too little than too much.
    """
    last = {line["wording"]: line for line in beside_keys.lines(JOURNAL_FILE)}
    known = suspended()
    missing = [
        line for name, line in last.items() if line["did"] == Did.SUSPEND and name not in known
    ]
    guardians = Staff.objects.filter(is_guardian=True).order_by("-is_active", "pk")
    for line in missing:
        by = guardians.filter(username=line["by"]).first() or guardians.first()
        if by is None:
            log.warning("no guardian is known who could suspend %s again", line["wording"])
        else:
            _append(line["wording"], Did.SUSPEND, by, line["reason"], now)


def is_whole() -> bool:
    """Return whether each line is still bound to the one before it."""
    before = audit.START
    for line in _lines():
        if line.before != before or line.link != audit.link(before, line.facts()):
            return False
        before = line.link
    return True


def _lines() -> list[WordingLine]:
    return _LINES.fetch()


_LINES = PreparedQuery(
    lambda: WordingLine.objects.select_related("by").order_by("pk"), keeps_plan=True
)


def _last() -> WordingLine | None:
    return WordingLine.objects.order_by("pk").last()


def _append(wording: str, did: Did, guardian: Staff, reason: str, now: datetime) -> None:
    if Role.GUARDIAN not in guardian.roles:
        raise WrongRole("a guardian suspends a wording, and lifts it")
    last = _last()
    line = WordingLine(
        # The database keeps no other zone, and what is bound has to read the same later.
        at=now.astimezone(UTC),
        wording=wording,
        did=did,
        by=guardian,
        reason=reason,
        before=last.link if last else audit.START,
    )
    line.link = audit.link(line.before, line.facts())
    said = {"wording": wording, "did": did, "by": guardian.username, "reason": reason}
    try:
        with transaction.atomic():
            line.save()
            beside_keys.append(JOURNAL_FILE, {**said, "at": line.at.isoformat()})
    except IntegrityError:
        # Another guardian's line follows the same one: look again at what it says.
        raise SomeoneElseFirst from None

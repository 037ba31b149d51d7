"""Finds an owner by the name that they chose, for whoever has them on the telephone.

    found = find("madel", staff=camille, now=now)
    found.homes[0].call_me, found.homes[0].since, found.homes[0].last_helped_by
    device_of(found.homes[0].handle, staff=camille)      # when one of them is chosen
    find("madel", staff=camille, now=now, after=found.more)

Rules:

1. Supervisors and reviewers with a valid skill find everybody whose name is known here, and
   read of no case that is not their matter. Nobody else finds anybody.
2. Every search is written down: who, when and for what. What was typed is a name: it goes
   when the words of that day's cases go, and at once with the owner whom it finds.
3. No device id goes to a page. A ``handle`` stands for a home: for one person and one shift,
   and no longer than the owner goes by that name.
4. What is looked up is the name in the device's row and nothing else: ``keep_up`` writes the
   lines of a name anew, or takes them away, in the transaction that changes it.

``folding`` decides what matches what. Names come in alphabetical order of the word that was
looked up; people called alike are told apart by since when they have been here, and by whom
they spoke with.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import islice

from django.core import signing
from django.db.models import Q, QuerySet

from escalation.cases import Matter, Role
from escalation.casework import folding
from escalation.keeping import rows
from escalation.models import Case, Device, NameLine, Search, Staff
from escalation.team import skills

PAGE_HOMES = 20
"""Nobody reads further on the telephone: another word finds sooner."""

COUNTED_MAX = 2_000
"""How many lines are counted to see which of two words is the rarer one."""

TYPED_MAX = 80
HANDLE_LASTS = timedelta(hours=10)
_SALT = "escalation.casework.finding"
_LAST = "\U0010ffff"
"""Sorts after every character that a name has."""


class MayNotSearch(Exception):
    """This person has no skill for which an owner would have to be found."""


class HandleEnded(Exception):
    """The handle is an old one, or somebody else's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Home:
    """An owner who was found, and what tells them from others of the same name."""

    call_me: str
    since: datetime
    """Since when the device has been enrolled here."""
    language: str = ""
    last_helped_by: str = ""
    last_helped_at: datetime | None = None
    waits: bool = False
    """A case of theirs is open, as far as whoever searches may know."""
    namesake: bool = False
    """Somebody else on this page is called the same."""
    handle: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One page of owners, and where the next begins, if there are more."""

    homes: tuple[Home, ...]
    more: str


def find(typed: str, *, staff: Staff, now: datetime, after: str = "") -> Found:
    """Return who is called so, and write down that ``staff`` has asked.

    ``after`` is the ``more`` of the page before. Raises ``MayNotSearch``.
    """
    matters = _matters(staff, now)
    if Matter.CARE not in matters:
        raise MayNotSearch
    typed = typed.replace("\0", " ")[:TYPED_MAX]
    beginnings = folding.typed_words(typed)
    lines: list[NameLine] = []
    if beginnings:
        first = _rarest(beginnings)
        seen = _lines(first, beginnings, after)
        lines = list(islice(_first_hits(seen, first, beginnings), PAGE_HOMES + 1))
    shown = lines[:PAGE_HOMES]
    Search.objects.create(by=staff, at=now, typed=typed, found=len(shown))
    last = lines[PAGE_HOMES - 1] if len(lines) > PAGE_HOMES else None
    return Found(
        homes=_homes(shown, matters, staff),
        more=signing.dumps([last.text, last.pk], salt=_SALT) if last else "",
    )


def device_of(handle: str, *, staff: Staff) -> Device:
    """Return the device of the home that was chosen. Raises ``HandleEnded``."""
    try:
        who, number = signing.loads(handle, salt=_SALT, max_age=HANDLE_LASTS)
    except signing.BadSignature:
        raise HandleEnded from None
    line = NameLine.objects.filter(pk=number).select_related("device").first()
    if who != staff.pk or line is None:
        raise HandleEnded
    return line.device


def keep_up(before: Mapping[str, str], devices: Iterable[Device]) -> None:
    """Make the lines of these names anew; ``before`` has by device what it was called.

    Must run in the transaction that writes the devices.
    """
    changed = [one for one in devices if one.call_me != before.get(one.device_id, "")]
    if not changed:
        return
    NameLine.objects.filter(device__in=[one.device_id for one in changed]).delete()
    lines = (
        {"device_id": one.device_id, "text": text}
        for one in changed
        for text in folding.lines_of(one.call_me)
    )
    rows.insert(NameLine, lines)
    for one in changed:
        if not one.call_me:
            _forget_who_was_typed(before.get(one.device_id, ""))


def let_go(until: datetime) -> None:
    """Empty what was typed up to then; who searched when stays."""
    Search.objects.filter(at__lte=until).exclude(typed="").update(typed="")


def _forget_who_was_typed(name: str) -> None:
    for row in Search.objects.exclude(typed="").only("typed"):
        if folding.matches(name, row.typed):
            Search.objects.filter(pk=row.pk).update(typed="")


def _matters(staff: Staff, now: datetime) -> list[Matter]:
    return list(Matter) if Role.SUPERVISOR in staff.roles else skills.matters_of(staff, now)


def _beginning(first: str) -> QuerySet[NameLine]:
    return NameLine.objects.filter(text__gte=first, text__lt=first + _LAST)


def _rarest(beginnings: tuple[str, ...]) -> str:
    """Return which word to look up: of *Jeanne X*, not the one that everybody is called."""
    if len(beginnings) == 1:
        return beginnings[0]

    def how_common(word: str) -> tuple[int, int]:
        return _beginning(word)[:COUNTED_MAX].count(), -len(word)

    return min(beginnings, key=how_common)


def _lines(first: str, beginnings: tuple[str, ...], after: str) -> QuerySet[NameLine]:
    lines = _beginning(first)
    for other in folding.others_in_line(first, beginnings):
        lines = lines.filter(text__contains=other)
    if after:
        try:
            text, number = signing.loads(after, salt=_SALT)
        except signing.BadSignature:
            raise HandleEnded from None
        lines = lines.filter(text__gte=text).filter(Q(text__gt=text) | Q(pk__gt=number))
    return lines.order_by("text", "pk")


def _first_hits(
    lines: QuerySet[NameLine], first: str, beginnings: tuple[str, ...]
) -> Iterator[NameLine]:
    """Yield each home once: by the first of its lines that is found, on whatever page."""
    at = 0
    # First the index alone, in its order: of a common name it may be a long way.
    while chunk := list(lines.values_list("pk", flat=True)[at : at + 2 * PAGE_HOMES]):
        rows_ = NameLine.objects.select_related("device").in_bulk(chunk)
        for line in (rows_[pk] for pk in chunk if pk in rows_):
            name = line.device.call_me
            if folding.lines_found(name, first, beginnings)[:1] == [line.text]:
                yield line
        at += len(chunk)


def _homes(lines: list[NameLine], matters: list[Matter], staff: Staff) -> tuple[Home, ...]:
    names = [folding.words_of(line.device.call_me) for line in lines]
    homes = {
        line.device_id: Home(
            call_me=line.device.call_me,
            since=line.device.enrolled_at,
            namesake=names.count(words) > 1,
            handle=signing.dumps([staff.pk, line.pk], salt=_SALT),
        )
        for line, words in zip(lines, names, strict=True)
    }
    known = Case.objects.filter(device__in=homes, matter__in=matters).order_by("pk")
    for case in known.select_related("decided_by").defer("payload"):
        home = homes[case.device_id]
        by = case.decided_by.first_name if case.decided_by else home.last_helped_by
        homes[case.device_id] = replace(
            home,
            language=case.owner_language,
            last_helped_by=by,
            last_helped_at=case.decided_at or home.last_helped_at,
            waits=home.waits or case.closed_at is None,
        )
    return tuple(homes.values())

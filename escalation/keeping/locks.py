"""The one order in which rows are locked: homes first, by their id, then what belongs to them.

A message from home, an act of staff, the clock and the post change the same rows. Whoever had
a case and then asked for its home would wait for somebody who has the home and asks for the
case: PostgreSQL ends one of the two. SQLite has one writer at a time, and knows no such thing.

So whatever moves a case and says something to its home has locked the home before it touches
the case; with cases of several homes, all of them before the first. Of two that are locked, a
person comes before any home: what one may hold is decided first.

Rows that only name a home may be written meanwhile (``no_key``): they wait for nobody.
"""

from collections.abc import Iterable

from django.db.models import QuerySet

from escalation.models import Device


def homes(device_ids: Iterable[str]) -> QuerySet[Device]:
    """Return these homes, which are locked when they are read, until the transaction ends."""
    known = Device.objects.filter(pk__in=device_ids).order_by("pk")
    return known.select_for_update(no_key=True)


def lock_homes(device_ids: Iterable[str]) -> None:
    """Let nobody else move anything of these homes until the transaction ends."""
    list(homes(device_ids).values_list("pk", flat=True))

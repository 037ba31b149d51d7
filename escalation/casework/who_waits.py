"""What ``next_case`` asks the database: who waits, where somebody may help, in their order.

Every query about one person takes what ``given`` returns. Whom an owner prefers, or else
whoever has spoken with them before, comes first for them: while such a colleague is there, the
case is kept for them for ``KEPT_FOR_KNOWN``, unless the owner has asked for a call.

Those that ask for one case lock it. They ask for one state at a time, because then the index
has the cases in their order: with a hundred thousand waiting, a press looks at a handful.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.db.models import Exists, OuterRef, Q, QuerySet

from escalation.cases import IN_HAND, Event, Matter, State
from escalation.keeping.queries import Given, PreparedQuery
from escalation.models import Case, CaseEvent, OwnerWishes, Staff
from escalation.team import presence

KEPT_FOR_KNOWN = timedelta(minutes=5)
"""Long enough to finish a sentence with somebody else, and short beside the hour in time."""

LAPSED_TRIED = 8
"""Of the cases whose lease has ended, how many are tried: colleagues may want them, too."""

HOMES_REMEMBERED = 500
"""How many people one remembers having spoken with: the latest, for about a month."""

KNOWN_TRIED = 32
"""Of those who wait at these homes, how many are tried."""

_WHO, _NOW, _STATE = Given("who"), Given("now"), Given("state")


def given(staff: Staff, now: datetime) -> dict[str, object]:
    """Return what every query about ``staff`` is given."""
    return {"who": staff.pk, "now": now, "kept_since": now - KEPT_FOR_KNOWN}


def _theirs() -> QuerySet[Case, Case]:
    """Say whom somebody may help, where consent lives; in their order."""
    theirs = Case.objects.filter(consent_until__gt=_NOW).exclude(kept_from=_WHO)
    return theirs.order_by("-owner_called", "opened_at", "pk")


def _now() -> QuerySet[Case, Case]:
    """Say whom they may help at this moment."""
    return _theirs().exclude(_kept())


def _kept() -> Q:
    """Say which cases wait a moment for a colleague who knows the owner."""
    colleagues = presence.trained_here(_NOW).exclude(pk=_WHO).values("pk")
    known_to_me, prefer_me = _decided(decided_by=_WHO), _preferred(prefers=_WHO)
    theirs = Q(_decided(decided_by__in=colleagues), ~Q(known_to_me), ~Q(prefer_me))
    recent = Q(
        matter=Matter.CARE,
        kept_from=None,
        owner_called=False,
        waits_since__gt=Given("kept_since"),
    )
    # What is quickly seen comes first.
    return recent & (Q(_preferred(prefers__in=colleagues)) | theirs)


def _decided(**by: Any) -> Exists:
    """Say that somebody has decided about this home before."""
    return Exists(Case.objects.filter(device=OuterRef("device"), **by))


def _preferred(**whom: Any) -> Exists:
    """Say that this owner would rather speak with somebody."""
    return Exists(OwnerWishes.objects.filter(device=OuterRef("device"), **whom))


def _first(*, keeps_plan: bool = False, **fits: object) -> PreparedQuery[Case]:
    """Find the first who waits in a state and fits."""

    def build() -> QuerySet[Case, Case]:
        return _now().filter(state=_STATE, **fits).select_for_update(skip_locked=True)[:1]

    return PreparedQuery(build, keeps_plan=keeps_plan)


class Waits(NamedTuple):
    """Somebody who waits, as far as their turn depends on it."""

    pk: int
    state: str
    owner_called: bool
    comes_first: bool


def _at(homes: Callable[[], QuerySet[Any, Any]]) -> Callable[..., list[Waits]]:
    """Return what finds who waits at these homes.

    They are few and the open cases may be many, so the cases are looked up from the homes.
    Of those that a colleague is to have, ``THIS_ONE`` finds none.
    """

    def build() -> QuerySet[Any, Any]:
        undecided = _theirs().filter(closed_at=None, decided_at=None)
        waiting = undecided.filter(holder=None, held_until=None)
        at_home = waiting.filter(device__in=homes().values("device")[:HOMES_REMEMBERED])
        return at_home.values_list(*Waits._fields)[:KNOWN_TRIED]

    query = PreparedQuery(build)
    return lambda **given: [Waits(*row) for row in query.fetch(**given)]


class Queue(NamedTuple):
    """What there is in a state, whoever may be helped by whom."""

    anybody: bool
    owner_called: bool
    held_before: bool


def queue(state: State, staff: Staff) -> Queue:
    """Return whether anybody waits in ``state``, and of which kind."""
    ((anybody, called, held),) = _QUEUE.fetch(state=state, who=staff.pk)
    return Queue(anybody, called, held)


def _any(**fits: Any) -> Exists:
    return Exists(Case.objects.filter(state=_STATE, **fits))


_QUEUE = PreparedQuery(
    # Any table will do that has one row: three questions are one then.
    lambda: Staff.objects.filter(pk=_WHO).values_list(
        _any(), _any(owner_called=True), _any(comes_first=True)
    )
)
ANYBODY_FOR_ME = PreparedQuery(lambda: _now().filter(state=_STATE).values_list("pk")[:1])

at_known_homes = _at(lambda: Case.objects.filter(decided_by=_WHO).order_by("-decided_at"))
at_homes_that_prefer = _at(
    lambda: OwnerWishes.objects.filter(prefers=_WHO).order_by("-noted_at")
)

THIS_ONE = _first(pk=Given("number"), keeps_plan=True)
CALLED = _first(owner_called=True)
HELD_BEFORE = _first(comes_first=True)
OTHERS_WHO_SPEAK = _first(comes_first=False, owner_language=Given("language"))
OTHERS = _first(comes_first=False)
WHO_SPEAK = _first(owner_language=Given("language"))
WHOEVER = _first()

LAPSED = PreparedQuery(
    # Not locked: the lease is ended first, and that begins with the home (``locks``).
    lambda: _now().filter(state__in=IN_HAND, matter=Given("matter"), lease_until__lte=_NOW)[
        :LAPSED_TRIED
    ]
)

HELPED_SINCE = PreparedQuery(
    lambda: (
        CaseEvent.objects.filter(actor=_WHO, event=Event.CLAIM, at__gt=Given("since"))
        .order_by()
        .values_list("case")
        .distinct()
    ),
    keeps_plan=True,
)
LAST_HELPED = PreparedQuery(
    lambda: (
        CaseEvent.objects.filter(actor=_WHO, event=Event.CLAIM)
        .order_by("-at", "-pk")
        .values_list("case__comes_first")[:1]
    ),
    keeps_plan=True,
)

"""Notices that wait to be handed over: committed first, tried a few times, ended once.

``take`` gives rows to one trip for ``TAKEN_FOR`` and counts the try before it begins. A
trip that never comes back is a try that failed: to staff it is made again, because a note
twice is better than none. To an owner it is not, because nobody knows whether it arrived, and
an owner is told of a question once.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Q, QuerySet

from escalation.models import Staff
from escalation.notices import answers, sealed_text, tallies
from escalation.notices.ends import PAUSES, TRIES_MAX, End, tried
from escalation.notices.kinds import PERSONAL, Kind
from escalation.notices.models import Channel, Notice, Nudge
from wire.messages import Language

LASTS = timedelta(minutes=30)
"""How long a notice to staff is news; the ladder says it again if it still holds."""
TAKEN_FOR = timedelta(seconds=45)
"""Longer than any trip lives (``trip.WITHIN_S``)."""
KEPT_FOR = timedelta(days=30)
"""That somebody was told of something; afterwards nobody needs to know."""
FACT_OF_TRIAL = "trial"


def add(kind: Kind, fact: str, people: Iterable[Staff], now: datetime) -> None:
    """Write a notice for each channel of ``people``, unless it is there already.

    Belongs into the transaction of what it is about, where there is one.
    """
    Notice.objects.bulk_create(
        (
            Notice(
                kind=kind,
                language=staff.language,
                fact=fact,
                channel=channel,
                created_at=now,
                due_at=now,
                expires_at=now + LASTS,
            )
            for staff in people
            for channel in staff.channels.all()
        ),
        ignore_conflicts=True,
    )


def add_trial(channel: Channel, now: datetime) -> None:
    """Let somebody see that their channel works. A press too many changes nothing."""
    fact = f"{FACT_OF_TRIAL}/{now:%Y%m%dT%H%M}"
    if not Notice.objects.filter(channel=channel, fact=fact).exists():
        Notice.objects.create(
            kind=Kind.TRIAL,
            language=channel.staff.language,
            fact=fact,
            channel=channel,
            created_at=now,
            due_at=now,
            expires_at=now + LASTS,
        )


def add_nudge(nudge: Nudge, language: Language, *, expires_at: datetime, now: datetime) -> None:
    """Let an owner be told once. Must run in the transaction that takes in the message."""
    Notice.objects.create(
        kind=Kind.NUDGE,
        language=language,
        fact="nudge",
        nudge=nudge,
        created_at=now,
        due_at=now,
        expires_at=expires_at,
    )


@transaction.atomic
def call_off(standing: Iterable[str], now: datetime) -> None:
    """End what still waits and is not about one of these facts: nobody comes for nothing."""
    waiting = Notice.objects.filter(ended_at=None, channel__isnull=False, taken_until=None)
    for notice in waiting.exclude(kind__in=PERSONAL).exclude(fact__in=list(standing)):
        cancel(notice, now)


@transaction.atomic
def cancel(notice: Notice, now: datetime) -> None:
    """End one notice that nobody needs any more.

    To staff it is as if it had never been: should the same hold once more, they are told.
    """
    _end(notice, End.OVER, now)
    if notice.nudge_id is None:
        notice.delete()


@transaction.atomic
def begin_anew(now: datetime) -> None:
    """End whatever a backup still had on its way: it has arrived, or is no news any more.

    An owner's address goes with it, and the device is told.
    """
    for notice in _waiting():
        cancel(notice, now)


def take(limit: int, now: datetime) -> list[Notice]:
    """Return what is due, taken for one trip, each with this try counted."""
    if not _waiting().filter(_due(now)).exists():
        return []
    with transaction.atomic():
        for notice in _waiting().filter(expires_at__lte=now).filter(_free(now)):
            _end(notice, End.EXPIRED, now)
        lost = Q(nudge__isnull=False) | Q(attempts__gte=TRIES_MAX)
        for notice in _waiting().filter(lost, taken_until__lte=now):
            _end(notice, End.FAILED, now)
        due = _waiting().filter(_free(now), _due(now)).order_by("due_at", "pk")
        taken = list(due.select_related("channel", "nudge")[:limit])
        Notice.objects.filter(pk__in=[notice.pk for notice in taken]).update(
            taken_until=now + TAKEN_FOR, attempts=F("attempts") + 1
        )
    return taken


@transaction.atomic
def settle(number: int, *, sent: bool, certain: bool, now: datetime) -> None:
    """Note how a try went; ``certain`` is false if nobody can know whether it arrived."""
    notice = _waiting().filter(pk=number).select_related("channel", "nudge").first()
    if notice is None:
        return  # Called off, or forgotten with its owner, in the meantime.
    _note_on_channel(notice, sent=sent, now=now)
    if sent:
        _end(notice, End.SENT, now)
        return
    outcome = tried(
        attempts=notice.attempts,
        expires_at=notice.expires_at,
        may_try_again=certain or notice.nudge_id is None,
        now=now,
    )
    if isinstance(outcome, End):
        _end(notice, outcome, now)
    else:
        Notice.objects.filter(pk=notice.pk).update(due_at=outcome, taken_until=None)


def address_of(notice: Notice) -> str:
    """Return where it goes; raises ``sealed_text.Unreadable``."""
    if notice.nudge is not None:
        return sealed_text.open_(bytes(notice.nudge.sealed_to), "nudge")
    assert notice.channel is not None
    return sealed_text.open_(bytes(notice.channel.sealed), "channel")


def waiting_since(now: datetime) -> datetime | None:
    """Return since when the longest overdue notice could have been handed over."""
    overdue = _waiting().filter(due_at__lte=now).order_by("due_at")
    return overdue.values_list("due_at", flat=True).first()


def reached_nobody(since: datetime) -> int:
    """Return of how many facts nobody at all could be told since then."""
    ended = Notice.objects.filter(ended_at__gt=since, channel__isnull=False)
    told = ended.filter(end=End.SENT).values("fact")
    failed = ended.filter(end=End.FAILED).exclude(kind__in=PERSONAL)
    return failed.exclude(fact__in=told).values("fact").distinct().count()


def let_go(now: datetime) -> None:
    """Forget who was told of what, after a while, and that there was a note to an owner."""
    Notice.objects.filter(ended_at__lte=now - KEPT_FOR).delete()
    Nudge.objects.filter(received_at__lte=now - KEPT_FOR, notice=None).delete()


def _waiting() -> QuerySet[Notice]:
    return Notice.objects.filter(ended_at=None)


def _free(now: datetime) -> Q:
    # What was taken for longer than is ever taken was taken by a clock that ran ahead.
    ahead = Q(taken_until__gt=now + TAKEN_FOR)
    return Q(taken_until=None) | Q(taken_until__lte=now) | ahead


def _due(now: datetime) -> Q:
    return Q(due_at__lte=now) | Q(due_at__gt=now + PAUSES[-1])


def _note_on_channel(notice: Notice, *, sent: bool, now: datetime) -> None:
    if notice.channel_id is not None:
        changes = {"reached_at": now, "failed_at": None} if sent else {"failed_at": now}
        Channel.objects.filter(pk=notice.channel_id).update(**changes)


def _end(notice: Notice, end: End, now: datetime) -> None:
    Notice.objects.filter(pk=notice.pk).update(ended_at=now, end=end, taken_until=None)
    tallies.notice_ended(end)
    if notice.nudge_id is not None:
        answers.tell_device(notice.nudge_id, delivered=end is End.SENT, now=now)

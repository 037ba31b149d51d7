"""What a guardian reads again: some of what was written to owners, without who anybody is.

``sampling`` draws once a week, when the week is over. Read are the reason, the messages and
what the owner said of how it felt; names, numbers and addresses are hidden (``hiding``), the
machine and its figures are not there at all. The guardian answers three questions in words.
What they wrote goes to the colleague who had decided, and to nobody else; that colleague can
answer. Nothing is counted, and nothing of it has to do with anybody's skill.

Whoever takes back consent takes the conversation out of the sample, and its words with it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from escalation.cases import Matter, Role, SomeoneElseFirst, WrongRole
from escalation.casework import acts
from escalation.guarding import sampling
from escalation.guarding.hiding import hide
from escalation.guarding.models import Conversation, DrawnWeek
from escalation.intake import tombstones
from escalation.models import Case, Staff


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What a guardian reads of one conversation."""

    language: str
    choice: str
    messages: tuple[str, ...]
    """The reason, the message, and what was said when we were wrong."""
    felt: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """What a guardian says of one conversation, question by question."""

    was_kind: str
    was_factual: str
    left_room: str

    @property
    def says_something(self) -> bool:
        """Whether there is any word in it."""
        return bool(self.was_kind or self.was_factual or self.left_room)


def draw(now: datetime, *, one_in: int) -> int:
    """Draw the sample of each week that is over; return how many conversations that were."""
    zone = timezone.get_default_timezone()
    mondays = list(sampling.weeks_over(now, zone))
    known = set(DrawnWeek.objects.filter(monday__in=mondays).values_list("monday", flat=True))
    drawn = 0
    for monday in (day for day in mondays if day not in known):
        with transaction.atomic():
            _, first = DrawnWeek.objects.get_or_create(
                monday=monday, defaults={"drawn_at": now}
            )
            begins, ends = sampling.bounds(monday, zone)
            week = Case.objects.filter(decided_at__gte=begins, decided_at__lt=ends)
            drawn += _draw(week, one_in, now) if first else 0
    return drawn


def _draw(week: QuerySet[Case], one_in: int, now: datetime) -> int:
    decided = week.filter(
        matter=Matter.CARE, decided_by__isnull=False, erased=False, consent_until__gt=now
    )
    hashes = {pk: _hash(pk) for pk in decided.values_list("pk", flat=True)}
    rows = [
        Conversation(case_id=number, drawn_at=now)
        for number in sampling.chosen(hashes, one_in=one_in)
    ]
    return len(Conversation.objects.bulk_create(rows, ignore_conflicts=True))


def _hash(number: int) -> str:
    return tombstones.keyed_hash(f"conversation/{number}")


def readable(now: datetime) -> QuerySet[Conversation]:
    """Return what was drawn and is consented to still, the newest first."""
    living = Conversation.objects.filter(case__erased=False, case__consent_until__gt=now)
    return living.select_related("case__decided_by").order_by("-drawn_at", "pk")


@transaction.atomic
def read(one: Conversation, guardian: Staff, now: datetime) -> Written:
    """Return what is read of it, having written down that ``guardian`` reads it."""
    _require(guardian)
    case = one.case
    acts.look(case, guardian, now=now)
    names = list(_names(case))
    texts = (case.reason, case.message, *(a.text for a in case.apologies.order_by("pk")))
    felt = case.replies.filter(felt=True).order_by("pk")
    return Written(
        language=case.owner_language,
        choice=case.choice,
        messages=tuple(hide(text, names) for text in texts if text),
        felt=tuple(hide(reply.text, names) for reply in felt),
    )


def _names(case: Case) -> Iterable[str]:
    """Return by what anybody in this conversation could be known."""
    owner = acts.message_of(case).owner
    yield owner.call_me
    if owner.trusted_person is not None:
        yield owner.trusted_person.name
    acted = Q(pk__in=case.events.values("actor")) | Q(pk=case.decided_by_id)
    yield from Staff.objects.filter(acted).values_list("first_name", flat=True)


def write(one: Conversation, guardian: Staff, review: Review, now: datetime) -> None:
    """Keep what a guardian says of it, for the colleague who had decided."""
    _require(guardian)
    written = Conversation.objects.filter(pk=one.pk, written_at=None).update(
        by=guardian,
        written_at=now,
        was_kind=review.was_kind,
        was_factual=review.was_factual,
        left_room=review.left_room,
    )
    if not written:
        raise SomeoneElseFirst


def for_whoever_decided(staff: Staff) -> QuerySet[Conversation]:
    """Return what guardians said to ``staff``, and to nobody else, the newest first."""
    mine = Conversation.objects.filter(
        case__decided_by=staff, case__erased=False, written_at__isnull=False
    )
    return mine.select_related("case", "by").order_by("-written_at", "pk")


def answer(one: Conversation, *, text: str, now: datetime) -> None:
    """Keep what the colleague says to it. Said once; the first word stays."""
    Conversation.objects.filter(pk=one.pk, answered_at=None).update(
        answer=text, answered_at=now
    )


def _require(guardian: Staff) -> None:
    if Role.GUARDIAN not in guardian.roles:
        raise WrongRole("a guardian reads a conversation that was drawn")

"""Fills a desk: owners with names, cases that wait, people who have helped before.

Call where Django is up. Cases are made by the same function that the intake calls.
"""

import random
import uuid
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import islice
from typing import TypeVar

from django.db import connection

from escalation.cases import Matter, State
from escalation.casework import deskwork, folding
from escalation.casework.deskwork import Birth
from escalation.intake.matters import NewCase
from escalation.keeping import rows
from escalation.models import Case, Device, NameLine, Skill, Staff
from scripts.benchmarks.delivery.household import alert
from scripts.benchmarks.desk.names import names
from wire.keys import DeviceKeys
from wire.messages import Choice

T = TypeVar("T")

ROWS_AT_A_TIME = 5_000
CALLED = 0.01
"""Of a hundred owners one has asked for a call."""


def owners(
    count: int,
    now: datetime,
    chance: random.Random,
    *,
    keys: bool,
    batch: str | None = None,
) -> list[Device]:
    """Enroll homes whose names are known. Without ``keys``, nothing can be sealed to them."""
    made: list[Device] = []
    for some in _chunks(names(count, chance)):
        homes = [_home(name, now, chance, keys=keys, batch=batch) for name in some]
        rows.insert(Device, (_columns(home) for home in homes))
        rows.insert(
            NameLine,
            (
                {"device_id": home.device_id, "text": text}
                for home in homes
                for text in folding.lines_of(home.call_me)
            ),
        )
        if keys:
            made += homes
    return made


def _home(
    name: str, now: datetime, chance: random.Random, *, keys: bool, batch: str | None
) -> Device:
    public = DeviceKeys.create().public() if keys else None
    return Device(
        device_id=public.device_id if public else f"{chance.getrandbits(64):016x}",
        public_keys=public.to_json() if public else {},
        enrolled_at=now - timedelta(days=chance.randrange(1, 2000)),
        call_me=name,
        batch=batch,
    )


def _columns(home: Device) -> dict[str, object]:
    return {field.attname: getattr(home, field.attname) for field in Device._meta.fields}


def care_cases(
    homes: Iterable[Device], now: datetime, chance: random.Random, *, model: str = ""
) -> None:
    """Let each of these homes wait for a person, for between a minute and an hour.

    Their machines are all of one ``model``, which is a wave, in which nobody has called; or
    each is of its own.
    """
    for some in _chunks(homes):
        since = now - timedelta(seconds=chance.randrange(60, 3600))
        deskwork.open_cases([_birth(home, since, chance, model) for home in some], since)


def _birth(home: Device, since: datetime, chance: random.Random, model: str) -> Birth:
    called = not model and chance.random() < CALLED
    model = model or f"Machine {chance.randrange(10_000)}"
    message = alert(since, call_me=home.call_me, called=called, model=model)
    new = NewCase(
        matter=Matter.CARE,
        message=message,
        consent_until=message.consent.valid_until,
        verdict=message.device_check.verdict,
    )
    return Birth(device=home, new=new, alert_id=uuid.uuid4().hex, position=(1, 1))


def reviewers(count: int, now: datetime) -> list[int]:
    """Hire trained people, half of them at work in French and half in English."""
    there = Staff.objects.count()
    people = [
        Staff.objects.create(
            username=f"reviewer{there + n}",
            first_name=f"Reviewer {there + n}",
            language="en" if n % 2 else "fr",
            is_reviewer=True,
            here_until=now + timedelta(hours=8),
        )
        for n in range(count)
    ]
    Skill.objects.bulk_create(
        Skill(staff=one, signed_off_at=now, valid_until=now + timedelta(days=300))
        for one in people
    )
    return [one.pk for one in people]


def have_helped(people: Sequence[int], homes: Sequence[Device], now: datetime) -> None:
    """Let each of ``people`` have decided, in turn, about one home after another."""
    long_ago = now - timedelta(days=30)
    care_cases(homes, long_ago, random.Random(1))
    first = {home.device_id: people[n % len(people)] for n, home in enumerate(homes)}
    for who in people:
        theirs = [device for device, by in first.items() if by == who]
        for some in _chunks(theirs):
            Case.objects.filter(device__in=some, state=State.WAITING).update(
                state=State.CLOSED,
                decided_by=who,
                decided_at=long_ago,
                choice=Choice.WRITE,
                closed_at=long_ago,
            )


def settle_down() -> None:
    """Let PostgreSQL look at what it has, as it does by itself within minutes."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")


def _chunks(things: Iterable[T]) -> Iterator[list[T]]:
    rest = iter(things)
    while some := list(islice(rest, ROWS_AT_A_TIME)):
        yield some

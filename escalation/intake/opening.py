"""Envelopes in: opened, judged and committed together, then acknowledged.

``receive_all`` is the whole decision about what the broker has handed over: topics and bytes
in, a result each out, and nothing half-done in between. What cannot be believed is kept
aside and the rest is served; what was committed already is acknowledged again and makes no
second case.

Many envelopes share one transaction, because a disk syncs no faster for one than for a
hundred. If that transaction fails on one of them, they are taken again one by one, and the
guilty one alone is kept aside. Only trouble with our own database raises, so that the
broker keeps the envelopes for later.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from django import db

from escalation.authority.generations import note_known
from escalation.desk_keys import DeskIdentity
from escalation.intake import quarantine
from escalation.intake.committing import Committing
from escalation.intake.doubts import Doubt, Unknown, doubt_of
from escalation.models import Device
from wire import topics
from wire.keys import PublicKeys
from wire.messages import Direction, Outcome
from wire.sealing import Opened, SealError, open_sealed

log = logging.getLogger("escalation.intake.opening")

KEY_ID = slice(1, 9)
"""Where an envelope names, in clear, the keys that open it."""


class Result(StrEnum):
    """What became of one envelope."""

    ACCEPTED = Outcome.ACCEPTED.value
    REPEATED = Outcome.REPEATED.value
    REFUSED = Outcome.REFUSED.value
    CLOSED = Outcome.CLOSED.value
    HEARD = "heard"
    """A sign of life. It is noted and not acknowledged."""
    KEPT_ASIDE = "kept_aside"


@dataclass(frozen=True, slots=True)
class Arrival:
    """What the broker handed over: from where, and which bytes."""

    topic: str
    envelope: bytes


def receive(topic: str, envelope: bytes, *, desk: DeskIdentity, now: datetime) -> Result:
    """Take in one envelope. Raises for nothing that a sender can do."""
    return receive_all([Arrival(topic, envelope)], desk=desk, now=now)[0]


def receive_all(
    arrivals: Sequence[Arrival], *, desk: DeskIdentity, now: datetime
) -> list[Result]:
    """Take in what arrived, in its order. Raises for nothing that a sender can do."""
    keys = _keys_of(arrivals)
    judged = [_open(arrival, keys, desk) for arrival in arrivals]
    results = _commit(arrivals, judged, now)
    if desk.previous:
        _note_generations(arrivals, judged, desk)
    return results


def _commit(
    arrivals: Sequence[Arrival], judged: Sequence[Opened | SealError], now: datetime
) -> list[Result]:
    try:
        return _commit_together(arrivals, judged, now)
    except (db.OperationalError, db.InterfaceError, db.ProgrammingError, db.InternalError):
        raise
    except Exception:
        if len(arrivals) > 1:
            return [
                _commit([arrival], [opened], now)[0]
                for arrival, opened in zip(arrivals, judged, strict=True)
            ]
        # Our own mistake must not stop everybody behind this one envelope.
        log.exception("an envelope could not be judged and was kept aside")
        (arrival,) = arrivals
        quarantine.keep(
            arrival.topic, arrival.envelope, Doubt.FAILED, "the desk failed on it", now
        )
        return [Result.KEPT_ASIDE]


def _commit_together(
    arrivals: Sequence[Arrival], judged: Sequence[Opened | SealError], now: datetime
) -> list[Result]:
    results: list[Result] = []
    with db.transaction.atomic():
        committing = Committing([o for o in judged if isinstance(o, Opened)], now)
        for arrival, opened in zip(arrivals, judged, strict=True):
            if isinstance(opened, SealError):
                doubt = doubt_of(opened, arrival.envelope)
                quarantine.keep(arrival.topic, arrival.envelope, doubt, str(opened), now)
                results.append(Result.KEPT_ASIDE)
                continue
            outcome = committing.take(opened)
            if isinstance(outcome, Doubt):
                words = "a later message of this device came before"
                quarantine.keep(arrival.topic, arrival.envelope, outcome, words, now)
                results.append(Result.KEPT_ASIDE)
            else:
                results.append(Result(outcome.value) if outcome else Result.HEARD)
        committing.write()
    return results


def _note_generations(
    arrivals: Sequence[Arrival], judged: Sequence[Opened | SealError], desk: DeskIdentity
) -> None:
    for arrival, opened in zip(arrivals, judged, strict=True):
        if isinstance(opened, Opened):
            serial, _keys = desk.addressed(arrival.envelope[KEY_ID])
            note_known(opened.header.device, serial)


def _keys_of(arrivals: Sequence[Arrival]) -> dict[str, PublicKeys]:
    senders = {topics.sender(arrival.topic) for arrival in arrivals} - {None}
    # A device that was revoked may hold a connection yet: it is nobody of ours any more.
    devices = (
        Device.objects.filter(pk__in=senders)
        .exclude(enrolment__revoked_at__isnull=False)
        .only("device_id", "public_keys")
    )
    return {device.device_id: device.keys() for device in devices}


def _open(
    arrival: Arrival, keys: dict[str, PublicKeys], desk: DeskIdentity
) -> Opened | SealError:
    device_id = topics.sender(arrival.topic)
    try:
        if device_id is None or arrival.topic != topics.up(device_id):
            raise Unknown("no device sends on this topic")
        if device_id not in keys:
            raise Unknown("the device is not enrolled")
        return open_sealed(
            arrival.envelope,
            direction=Direction.UP,
            device=device_id,
            recipient=desk.addressed(arrival.envelope[KEY_ID])[1],
            sender=keys[device_id],
        )
    except SealError as error:
        return error

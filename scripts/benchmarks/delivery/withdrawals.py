"""After a withdrawal: does a byte of the household still go over the wire?

A device's own store, mailroom and MQTT client send alerts to a real Mosquitto, through a
wire that is recorded. In a moment drawn by chance (the broker answering, stopped, or killed;
an envelope handed over, on its way, or waiting to be repeated) the owner takes the purpose
back, as the device does it: what waits is destroyed, a withdrawal takes its place, and the
connection is thrown away. From then on the wire must carry the withdrawal, and of the
alerts not one more.
"""

import os
import random
import secrets
import signal
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from agent.consent import Answer, Reason
from agent.consents.consent_file import Purpose
from agent.delivery import outbox
from agent.delivery.mailroom import Mailroom
from agent.delivery.publisher import Publisher
from agent.settings import Broker
from agent.store import Store
from scripts.benchmarks.delivery.household import CARE, HASH, House, allowed, now, parcel
from scripts.benchmarks.delivery.mosquitto import Mosquitto
from scripts.benchmarks.delivery.proxy import RecordingProxy
from wire.messages import Withdrawal

ALERTS = 4
SLOT_S = 0.02
QUIET_S = 0.05
WATCHED_S = 0.5
CARRIED_WITHIN_S = 10.0


@dataclass(slots=True)
class Withdrawals:
    """What the wire has carried."""

    interleavings: int = 0
    alerts_before: int = 0
    alerts_after: int = 0
    withdrawals_carried: int = 0


def withdrawals(folder: Path, *, interleavings: int, seed: int) -> Withdrawals:
    """Take consent back in so many moments."""
    found = Withdrawals()
    with closing(Mosquitto(folder / "broker")) as broker:
        for number in range(interleavings):
            chance = random.Random(seed * 1_000_003 + number)
            with closing(RecordingProxy(broker.port)) as wire:
                _withdraw_once(folder / f"{number}", broker, wire, chance, found)
            found.interleavings += 1
    return found


def _withdraw_once(
    folder: Path,
    broker: Mosquitto,
    wire: RecordingProxy,
    chance: random.Random,
    found: Withdrawals,
) -> None:
    home = _Home(folder, wire.port)
    try:
        alerts = [home.raise_alert() for _ in range(ALERTS)]
        home.live(chance.uniform(0, 0.4))
        with _something_wrong(broker, chance):
            home.live(chance.uniform(0, 0.05))
            withdrawal = home.take_back()
            before = _after_it_is_quiet(wire)
        found.alerts_before += sum(before.count(alert) for alert in alerts)
        after, until_s = b"", time.monotonic() + CARRIED_WITHIN_S
        while not any(one in after for one in (withdrawal, *alerts)):
            home.live(SLOT_S)
            after = wire.heard(up=True)[len(before) :]
            if time.monotonic() > until_s:
                break
        home.live(WATCHED_S)
        after = wire.heard(up=True)[len(before) :]
        found.alerts_after += sum(after.count(alert) for alert in alerts)
        found.withdrawals_carried += withdrawal in after
    finally:
        home.close()


class _Home:
    """A device that may send alerts until its owner says no."""

    def __init__(self, folder: Path, port: int) -> None:
        self._house = House()
        self._granted = True
        self._store = Store(folder / "demitasse.db")
        broker = Broker(host="127.0.0.1", port=port, tls=None)
        self._room = Mailroom(
            self._store,
            keys=self._house.device,
            desk=self._house.pinned(),
            connect=partial(
                Publisher, broker, self._house.device.device_id, uniform=lambda low, _: low
            ),
            slot_s=SLOT_S,
            journal=lambda _happening: None,
        )

    def raise_alert(self) -> bytes:
        """Commit an alert; return its envelope."""
        at = datetime.now(UTC)
        with self._store.transaction() as db:
            letter = parcel(self._house.alert(at), secrets.token_hex(16))
            self._room.commit(db, letter, at)
            return outbox.waiting(db)[-1].envelope

    def take_back(self) -> bytes:
        """Commit a withdrawal and throw the connection away; return its envelope."""
        at = datetime.now(UTC)
        message = Withdrawal(purposes=(CARE,), withdrawn_at=at, ledger_head=HASH)
        with self._store.transaction() as db:
            outbox.destroy(db, [CARE])
            self._room.commit(db, parcel(message, secrets.token_hex(16), None), at)
            withdrawal = outbox.waiting(db)[-1].envelope
        self._granted = False
        self._room.discard_connection()
        return withdrawal

    def live(self, seconds: float) -> None:
        """Step for so long."""
        until_s = time.monotonic() + seconds
        while time.monotonic() < until_s:
            self._room.step(now(), self._gate)
            time.sleep(0.002)

    def close(self) -> None:
        """Let go of everything."""
        self._room.discard_connection()
        self._store.close()

    def _gate(self, purpose: Purpose) -> Answer:
        if self._granted:
            return allowed(purpose)
        return Answer(purpose=purpose, reason=Reason.OFF)


@contextmanager
def _something_wrong(broker: Mosquitto, chance: random.Random) -> Iterator[None]:
    """Let the broker be well, stopped or killed during the block."""
    match chance.randrange(3):
        case 0:
            yield
        case 1:
            os.kill(broker.pid, signal.SIGSTOP)
            try:
                yield
            finally:
                os.kill(broker.pid, signal.SIGCONT)
        case _:
            broker.close()
            try:
                yield
            finally:
                broker.start()


def _after_it_is_quiet(wire: RecordingProxy) -> bytes:
    """Return what the wire has carried once what was under way at that moment is over."""
    heard = wire.heard(up=True)
    while True:
        time.sleep(QUIET_S)
        now = wire.heard(up=True)
        if now == heard:
            return heard
        heard = now

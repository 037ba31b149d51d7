"""A device's mail in a process of its own, to be killed: raises alerts until told to stop.

    python -m scripts.benchmarks.delivery.agent_process FOLDER PORT [--break GUARD]

The real store, mailroom and publisher. Each alert that was committed is noted in
``committed.log``, with epoch and sequence number, after the commit: what stands there is what
the device has promised. Each time that the disk refuses is noted there, too. After SIGTERM
it raises no more, and ends when the desk has signed for everything.
"""

import argparse
import json
import os
import random
import secrets
import signal
import sys
import time
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from agent.delivery import outbox
from agent.delivery.mailroom import Mailroom
from agent.delivery.publisher import Publisher
from agent.errors import StoreError
from agent.settings import Broker
from agent.store import Store
from scripts.benchmarks.delivery.guards import Guard, without
from scripts.benchmarks.delivery.household import House, allowed, now, parcel
from wire.keys import DeskKeys, DeviceKeys

SLOT_S = 0.02
ALERT_EVERY_S = 0.1
STEP_S = 0.005
COMMITTED = "committed.log"
REFUSED = "refused"


def main() -> int:
    """Live until SIGTERM, and then until nothing is unanswered."""
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("port", type=int)
    parser.add_argument("--break", dest="guard", type=Guard)
    args = parser.parse_args()
    stopping = False

    def stop(_number: int, _frame: object) -> None:
        nonlocal stopping
        stopping = True

    signal.signal(signal.SIGTERM, stop)
    with without(args.guard):
        device = Device(args.folder, args.port)
        while not stopping or device.room.unanswered:
            try:
                device.step(raise_alerts=not stopping)
            except StoreError:
                # As ``agent.device`` does: what was not committed has not happened.
                device.note(REFUSED)
            time.sleep(STEP_S)
        device.close()
    return 0


class Device:
    """Store and mailroom, on real time."""

    def __init__(self, folder: Path, port: int) -> None:
        """Open the store in ``folder``; the broker is at ``port``."""
        plain = json.loads((folder / "house.json").read_text())
        self._house = House(
            device=DeviceKeys.from_json(plain["device"]), desk=DeskKeys.from_json(plain["desk"])
        )
        self.store = Store(folder / "demitasse.db")
        broker = Broker(host="127.0.0.1", port=port, tls=None)
        device_id = self._house.device.device_id
        self.room = Mailroom(
            self.store,
            keys=self._house.device,
            desk=self._house.pinned(),
            connect=partial(Publisher, broker, device_id, uniform=_soon),
            slot_s=SLOT_S,
            journal=lambda _happening: None,
        )
        self._log = os.open(folder / COMMITTED, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        self._next_alert_s = 0.0

    def step(self, *, raise_alerts: bool) -> None:
        """Do what is due."""
        stamp = now()
        if raise_alerts and stamp.monotonic_s >= self._next_alert_s:
            self._next_alert_s = stamp.monotonic_s + ALERT_EVERY_S
            self.raise_alert()
        self.room.step(stamp, allowed)

    def close(self) -> None:
        """Let go of the connection and the store."""
        self.room.discard_connection()
        self.store.close()

    def raise_alert(self) -> None:
        """Commit an alert, and then promise it."""
        at = datetime.now(UTC)
        with self.store.transaction() as db:
            letter = parcel(self._house.alert(at), secrets.token_hex(16))
            self.room.commit(db, letter, at)
            sequence = outbox.highest_sequence(db)
        self.note(f"{self.store.epoch} {sequence}")

    def note(self, line: str) -> None:
        """Tell the observer."""
        os.write(self._log, f"{line}\n".encode())


def _soon(low: float, high: float) -> float:
    """Wait a fiftieth as long as in life, still drawn by chance."""
    return random.uniform(low, high) / 50


if __name__ == "__main__":
    sys.exit(main())

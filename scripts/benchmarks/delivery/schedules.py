"""A thousand bad days: between a real mailroom and a real intake, everything goes wrong.

Each schedule has a seed and a household. For a while the way in between drops, doubles,
delays, reorders, truncates and refuses; the broker forgets all it had; the device and its
connection come and go; and of the acknowledgements that the desk sends some are replaced by
hostile ones: altered, replayed, or signed by somebody else; and some are invented for what
was swallowed on its way up. Then the way is good again, and
in the end each alert must have made exactly one case.

No network and no clock: the publisher is a stand-in that obeys the same contract, and time
is a number. Device and desk are the real ones, on real databases.
"""
# ruff: noqa: PLC0415

import random
import secrets
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from agent.delivery.mailroom import Mailroom
from agent.store import Store
from scripts.benchmarks.delivery import desk as desks
from scripts.benchmarks.delivery.household import START, House, allowed, parcel
from scripts.benchmarks.delivery.road import GOOD, Road, Weather
from wire import topics
from wire.keys import DeskKeys
from wire.stamps import Stamp

SLOT_S = 10.0
BAD_SLOTS = 60
GOOD_SLOTS = 600
ALERTS = 8


@dataclass(slots=True)
class Schedules:
    """What was found in all schedules."""

    schedules: int = 0
    alerts: int = 0
    lost: int = 0
    doubled: int = 0
    hostile: int = 0
    """Hostile acknowledgements that devices were given."""


def schedules(folder: Path, keys: DeskKeys, *, count: int, seed: int) -> Schedules:
    """Live through ``count`` schedules; the desk of this process is in ``folder``."""
    found = Schedules()
    for number in range(count):
        device = House().device
        [house] = desks.enroll(keys, [device])
        day = _BadDay(house, folder / "device", random.Random(seed * 1_000_003 + number))
        committed = day.live()
        found.schedules += 1
        found.alerts += len(committed)
        found.hostile += day.road.hostile
        cases = desks.cases_by_position(folder / "desk.sqlite3", device.device_id)
        found.lost += sum(position not in cases for position in committed)
        found.doubled += sum(made > 1 for made in cases.values())
        for file in (folder / "device").iterdir():
            file.unlink()
    return found


class _BadDay:
    """One schedule."""

    def __init__(self, house: House, folder: Path, chance: random.Random) -> None:
        from escalation import desk

        folder.mkdir(exist_ok=True)
        self._identity = desk.identity()
        self._house = house
        self._chance = chance
        self._path = folder / "demitasse.db"
        self._slot = 0
        epoch = desk.life().desk_epoch
        self.road = Road(house, Weather.drawn(chance), chance, epoch)
        self._start()

    def live(self) -> list[tuple[int, int]]:
        """Live the bad slots and the good ones; return where the alerts stand."""
        committed: list[tuple[int, int]] = []
        due = sorted(self._chance.randrange(BAD_SLOTS) for _ in range(ALERTS))
        for slot in range(BAD_SLOTS):
            while due and due[0] <= slot:
                due.pop(0)
                committed.append(self._raise_alert(len(committed)))
            if self._chance.random() < self.road.weather.restart:
                self._restart()
            self._live_slot()
        self.road.weather = GOOD
        for _ in range(GOOD_SLOTS):
            self._live_slot()
            if not self._room.unanswered:
                break
        self._store.close()
        return committed

    def _start(self) -> None:
        self._store = Store(self._path)
        self._room = Mailroom(
            self._store,
            keys=self._house.device,
            desk=self._house.pinned(),
            connect=self.road.connect,
            slot_s=SLOT_S,
            journal=lambda _happening: None,
        )

    def _restart(self) -> None:
        self._room.discard_connection()
        self._store.close()
        self._start()

    def _raise_alert(self, number: int) -> tuple[int, int]:
        with self._store.transaction() as db:
            letter = parcel(self._house.alert(), secrets.token_hex(16))
            self._room.commit(db, letter, START)
        return self._store.epoch, number + 1

    def _live_slot(self) -> None:
        self._slot += 1
        seconds = self._slot * SLOT_S
        now = Stamp(
            utc=START + timedelta(seconds=seconds),
            monotonic_s=seconds,
            boot_id="bench",
            synced=True,
        )
        self._room.step(now, allowed)
        self.road.pass_slot()
        self._desk_takes_in(now)
        self._desk_sends(now)
        self._room.step(now, allowed)

    def _desk_takes_in(self, now: Stamp) -> None:
        from escalation.intake.opening import Arrival, receive_all

        topic = topics.up(self._house.device.device_id)
        arrived = [Arrival(topic, envelope) for envelope in self.road.at_desk()]
        if arrived:
            receive_all(arrived, desk=self._identity, now=now.utc)

    def _desk_sends(self, now: Stamp) -> None:
        from escalation.broker import outgoing

        while rows := outgoing.take("bench", now.utc):
            for row in rows:
                self.road.send_down(bytes(row.envelope))
            outgoing.published([row.pk for row in rows], now.utc)

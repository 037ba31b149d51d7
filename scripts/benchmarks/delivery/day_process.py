"""A device's day in a process of its own, so that an observer can see what it writes.

    python -m scripts.benchmarks.delivery.day_process FOLDER

Learns a household for some weeks, prints a line and waits for one; then lives a day of ten
brews and a health record a minute, prints, and waits again. Between the two lines the
process has written to its store what such a day writes, and nothing else.
"""

import json
import random
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from unittest import mock

from agent.assembly import Machine, build_device
from agent.checks.device_check import MachineLimits
from agent.consents.consent_file import Purpose
from agent.delivery import publisher
from agent.delivery.publisher import Connected, Publisher, PublisherEvent, Taken
from agent.device import Device
from agent.durable_file import write_durably
from agent.identity.desk_pin import write_pin
from agent.settings import AgentSettings, Broker
from scripts.benchmarks.delivery.household import House, consent_text
from wire.owner import OwnerLight
from wire.readings import (
    BREWS_TOTAL,
    BrewFinished,
    BrewStarted,
    Counter,
    FlagName,
    LinkUp,
    Quantity,
    Reading,
    Sample,
)
from wire.stamps import Stamp

BREWS_A_DAY = 10
LEARNED_DAYS = 42
FIRST_DAY = datetime(2026, 1, 5, tzinfo=UTC)
FIRST_CUP, LAST_CUP = timedelta(hours=6), timedelta(hours=20)
MINUTE = timedelta(minutes=1)
GRANTED = (Purpose.LEARN_ROUTINE, Purpose.DEVICE_HEALTH, Purpose.CARE_ALERT)


def main() -> int:
    """Learn, wait, live a day, wait."""
    with mock.patch.object(publisher, "Publisher", TakesEverything):
        house = Household(Path(sys.argv[1]))
        for day in range(LEARNED_DAYS):
            house.live(day, every=timedelta(minutes=30))
        _say_and_wait("learned")
        house.live(LEARNED_DAYS, every=MINUTE)
        _say_and_wait("lived")
        house.device.close()
    return 0


class Household:
    """A device whose machine is a list of readings."""

    def __init__(
        self,
        folder: Path,
        first_day: datetime = FIRST_DAY,
        *,
        house: House | None = None,
        broker_port: int = 1883,
        light: OwnerLight | None = None,
    ) -> None:
        self._first_day = first_day
        self._chance = random.Random(1)
        self._brews = 0
        self._source = _Source()
        house = house or House()
        state = folder / "state"
        (state / "keys").mkdir(parents=True)
        write_durably(state / "keys" / "device.json", json.dumps(house.device.to_json()))
        write_pin(state, house.pinned().pin)
        consent = folder / "consent.toml"
        consent.write_text(consent_text(GRANTED, "Colette"), encoding="utf-8")
        settings = AgentSettings(
            timezone="Europe/Paris",
            state_dir=state,
            consent_file=consent,
            machine_profile=folder / "machine.toml",
            machine_port=None,
            broker=Broker(host="127.0.0.1", port=broker_port, tls=None),
            slot_s=300,
        )
        machine = Machine(
            model="Reference controller",
            limits=MachineLimits(
                tank_ml=1800.0,
                boiler_temp_c=(0.0, 130.0),
                warm_up_s_max=180.0,
                flow_ml_per_s=(0.1, 50.0),
                tells=frozenset({Quantity.BOILER_TEMP_C, FlagName.HEATER_ON}),
            ),
            source=self._source,
            light=light,
        )
        self.device: Device = build_device(settings, machine, lambda _happening: None)

    def live(self, number: int, *, every: timedelta) -> None:
        """Live day ``number``, a step every ``every``."""
        day = self._first_day + timedelta(days=number)
        between = (LAST_CUP - FIRST_CUP) / (BREWS_A_DAY - 1)
        cups = [
            day + FIRST_CUP + between * cup + MINUTE * self._chance.uniform(-20, 20)
            for cup in range(BREWS_A_DAY)
        ]
        at = day
        while at < day + timedelta(days=1):
            while cups and cups[0] <= at:
                cups.pop(0)
                self._brew(_stamp(at))
            self._hear(_stamp(at))
            at += every

    def _brew(self, now: Stamp) -> None:
        self._brews += 1
        begun = BrewStarted(at=now, number=self._brews)
        done = BrewFinished(at=now, number=self._brews, duration_s=25.0, water_ml=110.0)
        count = Counter(at=now, name=BREWS_TOTAL, value=self._brews)
        self._source.waiting += [begun, done, count]

    def _hear(self, now: Stamp) -> None:
        warmth = Sample(at=now, quantity=Quantity.BOILER_TEMP_C, value=91.0)
        self._source.waiting += [LinkUp(at=now), warmth]
        self.device.step(now)


class _Source:
    """Has what is put into it."""

    def __init__(self) -> None:
        self.waiting: list[Reading] = []

    def read(self, _now: Stamp) -> list[Reading]:
        found, self.waiting = self.waiting, []
        return found

    def next_due_s(self, _now: Stamp) -> float | None:
        return None

    def fileno(self) -> int | None:
        return None

    def close(self) -> None:
        """Nothing is open."""


class TakesEverything(Publisher):
    """A broker that answers at once."""

    def __init__(self, *_arguments: object, **_options: object) -> None:
        self._news: list[PublisherEvent] = [Connected()]

    def events(self) -> list[PublisherEvent]:
        news, self._news = self._news, []
        return news

    @property
    def idle(self) -> bool:
        return True

    @property
    def unread(self) -> bool:
        return bool(self._news)

    def publish(self, _envelope: bytes, token: str) -> bool:
        self._news.append(Taken(token, None))
        return True

    def close(self) -> None:
        """There is nothing to close."""


def _stamp(at: datetime) -> Stamp:
    return Stamp(
        utc=at,
        monotonic_s=(at - FIRST_DAY).total_seconds(),
        boot_id="bench",
        synced=True,
    )


def _say_and_wait(word: str) -> None:
    print(word, flush=True)
    sys.stdin.readline()


if __name__ == "__main__":
    sys.exit(main())

"""A whole device in a household that is lived by hand: real store, keys and consent file.

Only three things are stand-ins: the machine is a list of readings, the broker answers at
once (``fake_publisher``), and the clock moves when a test says so.

    house = House(tmp_path, monkeypatch)
    house.live(hours=6)
    house.press(Press.SHORT)
    assert house.told(journal.ConcernMoved)
"""

import shutil
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import TypeVar

import pytest

from agent import assembly, journal
from agent.asking.concerns import State
from agent.assembly import Machine, build_device, store_file
from agent.consents.consent_file import Purpose
from agent.delivery import publisher
from agent.device import Device
from agent.identity.tls import TlsSource
from agent.settings import AgentSettings, Broker
from agent.store import ReadThrough, Store
from tests.agent.consents import ZONE, owner_text
from tests.agent.fake_publisher import FakePublisher, PaperDesk
from tests.agent.machine_says import LIMITS
from tests.agent.pins import write_keys
from tests.agent.resident import START, ordinary_day
from tests.wire.examples import DEVICE
from wire.messages import Outcome
from wire.owner import Light, Press, Pressed
from wire.readings import (
    BREWS_TOTAL,
    BrewFinished,
    BrewStarted,
    ControllerStarted,
    Counter,
    Flag,
    FlagName,
    LinkLoss,
    LinkLost,
    LinkUp,
    Quantity,
    Reading,
    Sample,
)
from wire.sealing import Opened
from wire.stamps import Stamp

H = TypeVar("H", bound=journal.Happening)

LEARNED_DAYS = 42
LEARNED_AT = START.astimezone(UTC) + timedelta(days=LEARNED_DAYS)
CARE = (Purpose.LEARN_ROUTINE, Purpose.CARE_ALERT, Purpose.DEVICE_HEALTH)
PATIENCE_H = 14 * 24


class Readings:
    """A source that has what a test puts into it."""

    def __init__(self) -> None:
        self.waiting: list[Reading] = []
        self.closed = False

    def read(self, _now: Stamp) -> Sequence[Reading]:
        found, self.waiting = self.waiting, []
        return found

    def next_due_s(self, _now: Stamp) -> float | None:
        return None

    def fileno(self) -> int | None:
        return None

    def close(self) -> None:
        self.closed = True


class Lamp:
    """A light that remembers what it shows, and a button that is pressed by hand."""

    def __init__(self) -> None:
        self.shown = Light.OFF
        self.numbers: tuple[int, ...] = ()
        self.pressed: list[Pressed] = []
        self.closed = False

    def show(self, light: Light, numbers: tuple[int, ...] = ()) -> None:
        self.shown, self.numbers = light, numbers

    def presses(self) -> list[Pressed]:
        found, self.pressed = self.pressed, []
        return found

    def close(self) -> None:
        self.closed = True


class House:
    """One household with its device, switched on."""

    def __init__(
        self,
        folder: Path,
        monkeypatch: pytest.MonkeyPatch,
        *,
        granted: Iterable[Purpose] = CARE,
        at: datetime = LEARNED_AT,
        lamp: bool = True,
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.desk = PaperDesk(clock=lambda: self.utc)
        self.journal: list[journal.Happening] = []
        self.publishers: list[FakePublisher] = []
        self.utc = at
        self.synced = True
        self.clock_error = timedelta(0)
        """By how much the wall clock is wrong; elapsed time is always right."""
        self.broker_is_there = True
        self._awakenings = 0
        self._brews_total = 0
        self._has_lamp = lamp
        self._monkeypatch = monkeypatch
        self.settings = AgentSettings(
            timezone=ZONE,
            state_dir=folder / "state",
            consent_file=folder / "consent.toml",
            machine_profile=folder / "machine.toml",
            machine_port=None,
            broker=Broker(host="broker.example", port=8883, tls=None),
            slot_s=300,
        )
        write_keys(self.settings.state_dir)
        if not self.settings.consent_file.exists():
            self.grant(granted)
        self.device = self._wake()

    # ------------------------------------------------------------------ what a test does

    def grant(self, purposes: Iterable[Purpose], **edits: str) -> None:
        """Save the owner's file: ``purposes`` on; ``edits`` replace other options."""
        text = owner_text(purposes)
        for option, value in edits.items():
            before = next(line for line in text.splitlines() if line.startswith(f"{option} = "))
            text = text.replace(before, f"{option} = {value}", 1)
        self.settings.consent_file.write_text(text, encoding="utf-8")

    def step(self, *, seconds: float = 0.0) -> None:
        """Let ``seconds`` pass, and the device do what is due."""
        self.utc += timedelta(seconds=seconds)
        self.device.step(self.now)
        if self.publishers and not self.line.closed and self.broker_is_there:
            self.line.answer()

    def live(self, *, hours: float, until: Callable[[], bool] = lambda: False) -> None:
        """Live on, a quarter of an hour a step, or less until ``until`` is true."""
        end = self.utc + timedelta(hours=hours)
        while self.utc < end and not until():
            self.step(seconds=min(900.0, (end - self.utc).total_seconds()))

    def live_until(self, state: State) -> None:
        """Live on without coffee until the concern is in ``state``."""
        self.live(hours=PATIENCE_H, until=lambda: self.state is state)
        assert self.state is state

    def brew(self, *, water_ml: float = 110.0, duration_s: float = 25.0) -> None:
        """Make a coffee, now."""
        self._brews_total += 1
        number = self._brews_total
        self.hear(BrewStarted(at=self.now, number=number))
        self.utc += timedelta(seconds=duration_s)
        self.hear(
            BrewFinished(at=self.now, number=number, duration_s=duration_s, water_ml=water_ml),
            Counter(at=self.now, name=BREWS_TOTAL, value=number),
        )
        self.step()

    def hear(self, *readings: Reading) -> None:
        """Let the machine say something; the device takes it in at its next step."""
        self.source.waiting += readings

    def stick_the_tank_switch(self) -> None:
        """Let the switch say empty while the tank is full, long enough to be sure."""
        self.hear(Flag(at=self.now, name=FlagName.TANK_EMPTY, on=True))
        self.step()
        self.step(seconds=61)

    def free_the_tank_switch(self) -> None:
        """Let the switch follow the water again."""
        self.hear(Flag(at=self.now, name=FlagName.TANK_EMPTY, on=False))
        self.step()

    def pull_the_plug(self) -> None:
        """Take the machine's voice away."""
        self.hear(LinkLost(at=self.now, reason=LinkLoss.SILENT))
        self.step()

    def plug_in(self) -> None:
        """Let the machine be heard, and tell that it is well."""
        self.hear(*well(self.now))
        self.step()

    def press(self, press: Press) -> None:
        """Press the button beside the machine."""
        self.lamp.pressed.append(Pressed(press, self.lamp.shown))
        self.step()

    def restart(self, *, off: timedelta = timedelta(seconds=20), stuck: bool = False) -> None:
        """Cut the power, and let the device start again after a while."""
        self.device.close()
        self.utc += off
        self.device = self._wake(tank_empty=stuck)

    def sign(self, opened: Opened, outcome: Outcome = Outcome.ACCEPTED) -> None:
        """Let the desk sign for what it got."""
        self.line.bring(self.desk.ack(opened, outcome))
        self.step()

    def decide(self, alert_id: str) -> None:
        """Let a person decide."""
        self.line.bring(self.desk.decision(alert_id))
        self.step()

    # ------------------------------------------------------------------- what a test sees

    @property
    def now(self) -> Stamp:
        return Stamp(
            utc=self.utc + self.clock_error,
            monotonic_s=(self.utc - self._woke_at).total_seconds(),
            boot_id=f"boot-{self._awakenings}",
            synced=self.synced,
        )

    @property
    def state(self) -> State | None:
        concern = self.device.concern
        return concern.state if concern else None

    @property
    def line(self) -> FakePublisher:
        return self.publishers[-1]

    def shows(self) -> Light:
        """Return what the light shows."""
        return self.lamp.shown

    def told(self, kind: type[H]) -> list[H]:
        """Return what the journal was told of one kind."""
        return [happening for happening in self.journal if isinstance(happening, kind)]

    def moves(self) -> list[State]:
        """Return the states that concerns went to, in order."""
        return [moved.concern.state for moved in self.told(journal.ConcernMoved)]

    def sent(self, *types: str) -> list[Opened]:
        """Return what was handed over, once each: of ``types``, or all but routine mail."""
        found: dict[bytes, Opened] = {}
        for line in self.publishers:
            for envelope, token in line.handed:
                if token and envelope not in found:
                    found[envelope] = self.desk.open(envelope)
        letters = [one for one in found.values() if one.header.type != "health" or types]
        return [one for one in letters if not types or one.header.type in types]

    def beside(self) -> Store:
        """Open the store as a command does that runs beside the device."""
        return Store(store_file(self.settings), mend=False)

    # ------------------------------------------------------------------------------ parts

    def _wake(self, *, tank_empty: bool = False) -> Device:
        self._awakenings += 1
        self._woke_at = self.utc
        self.source, self.lamp = Readings(), Lamp()
        machine = Machine(
            model="Demitasse reference controller",
            limits=LIMITS,
            source=self.source,
            light=self.lamp if self._has_lamp else None,
        )
        self._monkeypatch.setattr(publisher, "Publisher", self._connect)
        self._monkeypatch.setattr(assembly, "Store", self._open_store)
        self.device = build_device(self.settings, machine, self.journal.append)
        self.hear(*well(self.now, tank_empty=tank_empty))
        self.step()
        return self.device

    def _connect(self, _broker: Broker, device: str, *, tls: TlsSource) -> FakePublisher:
        assert device == DEVICE.device_id
        self.publishers.append(FakePublisher(up=self.broker_is_there))
        return self.line

    def _open_store(self, path: Path, *, read_through: ReadThrough | None = None) -> Store:
        self.store = Store(path, read_through=read_through)
        return self.store


def well(now: Stamp, *, tank_empty: bool = False) -> list[Reading]:
    """Return what a machine says that is well, or whose tank switch is stuck."""
    return [
        LinkUp(at=now),
        ControllerStarted(
            at=now,
            protocol="1.0",
            firmware="1.0.0",
            serial="DEMI0001",
            boot_count=7,
            reset_cause="power_on",
        ),
        Flag(at=now, name=FlagName.TANK_EMPTY, on=tank_empty),
        Flag(at=now, name=FlagName.HEATER_ON, on=False),
        Sample(at=now, quantity=Quantity.WATER_LEVEL_ML, value=1200.0),
        Sample(at=now, quantity=Quantity.BOILER_TEMP_C, value=21.5),
        Sample(at=now, quantity=Quantity.WATER_DRAWN_ML, value=5000.0),
    ]


def learn(house: House, days: int = LEARNED_DAYS) -> None:
    """Live ordinary days, in steps from one coffee to the next."""
    random = Random(1)
    for number in range(days):
        day = START + timedelta(days=number)
        for at in ordinary_day(day, random):
            house.utc = max(house.utc, at.astimezone(UTC))
            house.brew()
        house.utc = (day + timedelta(days=1)).astimezone(UTC)
        house.step()


def keep(house: House, folder: Path) -> None:
    """Copy what a power cut would leave of ``house`` at this moment."""
    shutil.copytree(house.folder, folder)

"""A device's whole life over a real broker: nothing on the wire is a reading or a coffee.

The device is whole but for its machine and its clock, the MQTT client its own, the broker
Mosquitto; between them a proxy keeps every byte. Every envelope is opened with the desk's key,
and what was signed in it is held against the closed schema, byte for byte. The machine says
only numbers that appear nowhere else, and coffee is never made on the full minute: none of
these numbers and moments may be found in what was signed.
"""

import struct
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import paho.mqtt.client as mqtt
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from agent.asking import errands
from agent.asking.concerns import State
from agent.asking.errands import Kind
from agent.consents.consent_file import Purpose
from agent.delivery.publisher import Publisher
from agent.giving_back.forgetting import BeginAnew, Forgotten
from agent.identity.tls import TlsSource
from agent.settings import Broker
from scripts.benchmarks.delivery.proxy import RecordingProxy
from tests.agent.house import House
from tests.agent.resident import START, ordinary_day
from tests.peers.brokers import mosquitto, needs_mosquitto
from tests.waiting import until
from tests.wire.examples import DEVICE
from wire import schema, topics
from wire.messages import TYPES, Direction, ServiceReport
from wire.readings import (
    BREWS_TOTAL,
    BrewFinished,
    BrewStarted,
    Counter,
    Quantity,
    Reading,
    Sample,
)
from wire.sealing import Opened

pytestmark = needs_mosquitto

DAYS = 42
PUBLISH = 3
ACKNOWLEDGED = frozenset(TYPES[Direction.UP]) - {"heartbeat", "health"}


class Planted:
    """Numbers and moments that nothing but the machine has said."""

    def __init__(self) -> None:
        self._chance = Random(11)
        self.numbers: set[str] = set()
        self.moments: set[str] = set()

    def number(self, about: float) -> float:
        """Return a number near ``about`` with five decimals, none of which is a zero."""
        decimals = "".join(self._chance.choices("123456789", k=5))
        said = f"{about:.0f}.{decimals}"
        self.numbers.add(said)
        return float(said)

    def moment(self, at: datetime) -> datetime:
        """Return a moment near ``at`` that is far from every full minute."""
        at = at.replace(second=self._chance.randrange(7, 53))
        self.moments.add(f"{at:%Y-%m-%dT%H:%M:%S}")
        return at

    def found_in(self, data: bytes) -> list[str]:
        """Return what of all this stands in ``data``."""
        text = data.decode(errors="replace")
        # A number that was only cut at its fourth decimal is found as well.
        return [said for said in self.moments | {n[:-1] for n in self.numbers} if said in text]


class Line(Publisher):
    """The device's own connection, of which one can see that it is over."""

    closed = False

    def close(self) -> None:
        super().close()
        self.closed = True

    def has_its_answer(self) -> bool:
        """Tell whether the broker has answered, or never will."""
        return self.unread or self.idle or self.closed


class WiredHouse(House):
    """A household whose device really sends; the desk reads along at the wire."""

    def __init__(
        self, folder: Path, patch: pytest.MonkeyPatch, wire: RecordingProxy, broker_port: int
    ) -> None:
        self.planted = Planted()
        self.wire = wire
        self.broker_port = broker_port
        self.opened: list[Opened] = []
        self._lines: list[Line] = []
        self._heard = 0
        super().__init__(folder, patch, granted=[*Purpose], at=START.astimezone(UTC))

    def step(self, *, seconds: float = 0.0) -> None:
        self.utc += timedelta(seconds=seconds)
        self.device.step(self.now)
        if self._lines:
            # It has been handed one envelope at most, and the broker answers to each.
            until(self._lines[-1].has_its_answer, "an answer")
            self._let_the_desk_read()

    def coffee(self, at: datetime) -> None:
        """Make a coffee of numbers that appear nowhere else, at such a moment."""
        # The next slot is filled before, so that no heartbeat leaves in the second of a coffee.
        slot = timedelta(seconds=self.settings.slot_s)
        free = self._woke_at + slot * -((self._woke_at - max(at, self.utc)) // slot)
        self.step(seconds=(free - self.utc).total_seconds())
        self.step(seconds=1)  # Where the connection was only made in that step.
        self.utc = self.planted.moment(free + timedelta(minutes=1))
        self._brews_total += 1
        self.hear(BrewStarted(at=self.now, number=self._brews_total), *self._samples())
        self.utc = self.planted.moment(free + timedelta(minutes=2))
        number = self.planted.number
        finished = BrewFinished(
            at=self.now,
            number=self._brews_total,
            duration_s=number(25),
            water_ml=number(110),
        )
        count = Counter(at=self.now, name=BREWS_TOTAL, value=self._brews_total)
        self.hear(finished, count, *self._samples())
        self.step()

    def days(self, first: int, number: int) -> None:
        """Live ordinary days, in steps from one coffee to the next."""
        chance = Random(first)
        for day in (START + timedelta(days=first + n) for n in range(number)):
            for at in ordinary_day(day, chance):
                self.coffee(at.astimezone(UTC))
            midnight = (day + timedelta(days=1)).astimezone(UTC)
            self.step(seconds=max(0.0, (midnight - self.utc).total_seconds()))

    def wish(self, kind: Kind, **about: str) -> None:
        """Ask for something from the command or the page."""
        store = self.beside()
        with store.transaction() as db:
            errands.leave(db, kind, self.utc, **about)
        store.close()
        self.live(hours=2)

    def types(self) -> set[str]:
        """Return what has been sent so far."""
        return {one.header.type for one in self.opened}

    def _samples(self) -> list[Reading]:
        number = self.planted.number
        return [
            Sample(at=self.now, quantity=Quantity.BOILER_TEMP_C, value=number(93)),
            Sample(at=self.now, quantity=Quantity.WATER_LEVEL_ML, value=number(1200)),
        ]

    def _connect(self, broker: Broker, device: str, *, tls: TlsSource) -> Publisher:  # type: ignore[override]
        assert device == DEVICE.device_id
        here = Broker(host="127.0.0.1", port=self.wire.port, tls=None)
        self._lines.append(Line(here, device, uniform=lambda low, _: low))
        return self._lines[-1]

    def _let_the_desk_read(self) -> None:
        envelopes = sent(self.wire.heard(up=True))
        for envelope in envelopes[self._heard :]:
            one = self.desk.open(envelope)
            self.opened.append(one)
            if one.header.type in ACKNOWLEDGED:
                self.answer(self.desk.ack(one))
        self._heard = len(envelopes)

    def answer(self, envelope: bytes) -> None:
        """Let something arrive from the desk."""
        client = mqtt.Client(CallbackAPIVersion.VERSION2, "desk", protocol=mqtt.MQTTv5)
        client.connect("127.0.0.1", self.broker_port)
        client.loop_start()
        client.publish(topics.down(DEVICE.device_id), envelope, qos=1).wait_for_publish(10)
        client.disconnect()
        client.loop_stop()


def sent(stream: bytes) -> list[bytes]:
    """Return what was published in these bytes of MQTT 5, as the device's topic has it."""
    found, at = [], 0
    while at < len(stream):
        kind, (length, body) = stream[at], number_at(stream, at + 1)
        packet, at = stream[body : body + length], body + length
        if at > len(stream):
            break  # The connection was cut in the middle of it.
        if kind >> 4 == PUBLISH:
            (letters,) = struct.unpack_from(">H", packet)
            assert kind & 0b0110, "with an identifier, because it is to be answered"
            properties, begins = number_at(packet, 2 + letters + 2)
            if packet[2 : 2 + letters] == topics.up(DEVICE.device_id).encode():
                found.append(packet[begins + properties :])
    return found


def number_at(data: bytes, at: int) -> tuple[int, int]:
    """Return MQTT's number of one to four bytes that stands there, and where it ends."""
    number, shift = 0, 0
    while True:
        number |= (data[at] & 0x7F) << shift
        shift, at = shift + 7, at + 1
        if not data[at - 1] & 0x80:
            return number, at


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WiredHouse]:
    """Return a household in which everything has happened that makes a device send."""
    folder = tmp_path_factory.mktemp("wired")
    with (
        pytest.MonkeyPatch.context() as patch,
        mosquitto(folder) as broker,
        closing(RecordingProxy(broker.port)) as wire,
    ):
        house = WiredHouse(folder / "house", patch, wire, broker.port)
        house.days(0, DAYS)
        house.stick_the_tank_switch()
        house.live(hours=3)
        house.free_the_tank_switch()
        house.live_until(State.ACKNOWLEDGED)
        [alert_id] = {o.header.message_id for o in house.opened if o.header.type == "alert"}
        house.answer(house.desk.decision(alert_id))
        for kind, text in ((Kind.REPLY, "Merci."), (Kind.FELT, "Bien."), (Kind.HELP, "")):
            house.wish(kind, about=alert_id, text=text)
        house.wish(Kind.GIVE_BACK)
        house.coffee(house.utc)
        house.live(hours=2)
        house.grant([one for one in Purpose if one is not Purpose.CONTACT_ME])
        house.live(hours=2)
        with pytest.raises(BeginAnew):
            house.wish(Kind.FORGET)
        house.device.close()
        house._wake()
        with pytest.raises(Forgotten):
            house.live(hours=2)
        house.device.close()
        # What it handed over in the step in which it forgot.
        house._let_the_desk_read()
        yield house


def test_every_type_that_a_device_knows_was_on_the_wire(lived: WiredHouse) -> None:
    """What follows says something about each of them."""
    assert lived.types() == set(TYPES[Direction.UP])


def test_what_was_signed_is_the_closed_schema_to_the_last_byte(lived: WiredHouse) -> None:
    for one in lived.opened:
        cls = TYPES[Direction.UP][one.header.type]
        assert type(one.message) is cls
        assert schema.encode(schema.decode(cls, one.payload)) == one.payload


def test_no_number_and_no_moment_of_the_machine_is_in_it(lived: WiredHouse) -> None:
    assert len(lived.planted.numbers) > 500
    assert len(lived.planted.moments) > 200
    found = {
        (one.header.type, said)
        for one in lived.opened
        for said in lived.planted.found_in(one.payload)
    }
    assert found == set()


def test_whatever_else_went_over_the_wire_says_nothing_either(lived: WiredHouse) -> None:
    """Greetings, receipts, and the retained word that a device is here."""
    stream = lived.wire.heard(up=True)
    envelopes = sent(stream)
    assert len(envelopes) == len(lived.opened)
    for envelope in envelopes:
        stream = stream.replace(envelope, b"", 1)
    assert lived.planted.found_in(stream) == []
    assert len(stream) < 100 * len(envelopes)


def test_a_number_of_the_machine_that_did_leave_would_be_found(lived: WiredHouse) -> None:
    """Whether as it was said or cut to four decimals, and a moment to the second."""
    number = float(min(lived.planted.numbers))
    moment = datetime.fromisoformat(f"{min(lived.planted.moments)}+00:00")
    for one in lived.opened:
        if isinstance(one.message, ServiceReport):
            line = one.message.device_check.evidence[0]
            for value in (number, int(number * 10_000) / 10_000):
                check = replace(
                    one.message.device_check, evidence=(replace(line, value=value),)
                )
                told = replace(one.message, device_check=check)
                assert len(lived.planted.found_in(schema.encode(told))) == 1
            told = replace(one.message, noticed_at=moment)
            assert len(lived.planted.found_in(schema.encode(told))) == 1

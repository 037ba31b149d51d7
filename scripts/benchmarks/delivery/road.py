"""The way between one device and its desk, as bad as its weather: broker and network in one.

``Road`` carries envelopes both ways and drops, doubles, delays, reorders, truncates, forgets,
refuses and disconnects as often as ``Weather`` says; some of what it brings to the device is
hostile. ``Road.connect`` gives the device a publisher that obeys the contract of the real one.
"""

import hashlib
import random
import secrets
from collections.abc import Callable
from dataclasses import dataclass

from agent.delivery.broker_events import Arrived, Connected, Disconnected, PublisherEvent, Taken
from agent.delivery.publisher import Publisher
from scripts.benchmarks.delivery.household import HASH, START, House
from wire.keys import DeskKeys
from wire.messages import Ack, Direction, Outcome
from wire.sealing import SLOT_BYTES, seal

HOSTILE_SHARE = 0.05


@dataclass(frozen=True, slots=True)
class Weather:
    """How bad the way is: the probability of each thing, for each envelope or slot."""

    drop: float
    double: float
    delay_slots_max: int
    truncate: float
    refuse: float
    disconnect: float
    forget: float
    restart: float

    @classmethod
    def drawn(cls, chance: random.Random) -> "Weather":
        """Draw the weather of one schedule."""
        return cls(
            drop=chance.uniform(0, 0.4),
            double=chance.uniform(0, 0.4),
            delay_slots_max=chance.randrange(12),
            truncate=chance.uniform(0, 0.1),
            refuse=chance.uniform(0, 0.1),
            disconnect=chance.uniform(0, 0.1),
            forget=chance.uniform(0, 0.05),
            restart=chance.uniform(0, 0.05),
        )


GOOD = Weather(
    drop=0, double=0, delay_slots_max=0, truncate=0, refuse=0, disconnect=0, forget=0, restart=0
)


class Road:
    """Broker and network between one device and its desk."""

    def __init__(
        self, house: House, weather: Weather, chance: random.Random, desk_epoch: int
    ) -> None:
        self._desk_epoch = desk_epoch
        self.weather = weather
        self.hostile = 0
        self._house = house
        self._chance = chance
        self._slot = 0
        self._up: list[tuple[int, bytes]] = []
        self._down: list[tuple[int, bytes]] = []
        self._ever_down: list[bytes] = []
        self._stranger = DeskKeys.create()
        self._seen: list[tuple[str, int, str]] = []
        self._publisher: _RoadPublisher | None = None

    def connect(self) -> Publisher:
        """Return a new connection of the device."""
        self._publisher = _RoadPublisher(self)
        return self._publisher

    def pass_slot(self) -> None:
        """Let a slot pass, with whatever happens in it."""
        self._slot += 1
        if self._chance.random() < self.weather.forget:
            self._up.clear()
            self._down.clear()
        if self._publisher is not None:
            if self._chance.random() < self.weather.disconnect:
                self._publisher.lose()
            else:
                self._publisher.be_connected()
            for envelope in self._arrived(self._down):
                self._publisher.bring(envelope)

    def send_up(self, envelope: bytes) -> None:
        """Carry what the device has handed over, or swallow it and claim that it arrived."""
        if self.weather is not GOOD and self._chance.random() < HOSTILE_SHARE:
            self.hostile += 1
            self._carry(self._down, self._forged())
        else:
            self._carry(self._up, envelope)

    def send_down(self, envelope: bytes) -> None:
        """Carry what the desk has sent, or something hostile in its place."""
        if self.weather is not GOOD and self._chance.random() < HOSTILE_SHARE:
            self.hostile += 1
            envelope = self._hostile(envelope)
        self._ever_down.append(envelope)
        self._carry(self._down, envelope)

    def note(self, named: tuple[str, int, str]) -> None:
        """Remember what a hostile acknowledgement could name."""
        self._seen.append(named)

    def at_desk(self) -> list[bytes]:
        """Return what arrives at the desk in this slot."""
        return self._arrived(self._up)

    def is_refused(self) -> bool:
        """Tell whether the broker refuses what it is handed now."""
        return self._chance.random() < self.weather.refuse

    def _carry(self, way: list[tuple[int, bytes]], envelope: bytes) -> None:
        if self._chance.random() < self.weather.drop:
            return
        for _ in range(2 if self._chance.random() < self.weather.double else 1):
            carried = envelope
            if self._chance.random() < self.weather.truncate:
                carried = envelope[: self._chance.randrange(len(envelope))]
            delay = self._chance.randrange(self.weather.delay_slots_max + 1)
            way.append((self._slot + delay, carried))

    def _arrived(self, way: list[tuple[int, bytes]]) -> list[bytes]:
        found = [envelope for at, envelope in way if at <= self._slot]
        way[:] = [(at, envelope) for at, envelope in way if at > self._slot]
        self._chance.shuffle(found)
        return found

    def _hostile(self, genuine: bytes) -> bytes:
        kinds: list[Callable[[], bytes]] = [
            lambda: self._chance.randbytes(SLOT_BYTES),
            lambda: _altered(genuine, self._chance),
            lambda: self._chance.choice(self._ever_down or [genuine]),
            *([self._forged] if self._seen else []),
        ]
        return self._chance.choice(kinds)()

    def _forged(self) -> bytes:
        """Sign, as somebody else than the desk, for what the device has sent last."""
        named, epoch, sha256 = self._seen[-1]
        ack = Ack(
            message_id=named,
            epoch=epoch,
            envelope_sha256=sha256,
            outcome=Outcome.ACCEPTED,
            ledger_head=HASH,
            acknowledged_at=START,
            desk_epoch=self._desk_epoch,
        )
        return seal(
            ack,
            direction=Direction.DOWN,
            device=self._house.device.device_id,
            message_id=secrets.token_hex(16),
            epoch=1,
            sequence=1,
            sender=self._stranger,
            recipient=self._house.device.public(),
        )


class _RoadPublisher(Publisher):
    """Keeps what ``agent.delivery.publisher`` promises, on a road instead of a network."""

    def __init__(self, road: Road) -> None:
        self._road = road
        self._up = True
        self._owed: list[str] = []
        self._news: list[PublisherEvent] = [Connected()]
        self._not_done: list[bytes] = []

    def events(self) -> list[PublisherEvent]:
        """Return what has happened since the last call."""
        news, self._news = self._news, []
        return news

    @property
    def idle(self) -> bool:
        """Whether there is a connection, and the broker owes no answer."""
        return self._up and not self._owed

    @property
    def unread(self) -> bool:
        """Whether ``events`` would return something."""
        return bool(self._news)

    def publish(self, envelope: bytes, token: str) -> bool:
        """Hand over an envelope; the answer comes when the slot has passed."""
        if not self._up:
            return False
        self._road.note((token, 1, hashlib.sha256(envelope).hexdigest()))
        if self._road.is_refused():
            self._news.append(Taken(token, "Quota exceeded"))
        else:
            self._road.send_up(envelope)
            self._owed.append(token)
        return True

    def close(self) -> None:
        """Hang up."""
        self._up = False

    def lose(self) -> None:
        """Lose the connection, and every answer that was still to come."""
        if self._up:
            self._up = False
            self._owed.clear()
            self._news.append(Disconnected("a bad day"))

    def be_connected(self) -> None:
        """Answer what is owed; come back, and bring again what was not confirmed."""
        if not self._up:
            self._up = True
            self._news.append(Connected())
            for envelope in self._not_done[:]:
                self.bring(envelope)
        self._news += [Taken(token, None) for token in self._owed]
        self._owed.clear()

    def bring(self, envelope: bytes) -> None:
        """Let an envelope of the desk arrive, unless nobody is there."""
        if not self._up:
            return
        self._not_done.append(envelope)

        def done() -> None:
            if envelope in self._not_done:
                self._not_done.remove(envelope)

        self._news.append(Arrived(envelope, done))


def _altered(envelope: bytes, chance: random.Random) -> bytes:
    changed = bytearray(envelope)
    changed[chance.randrange(len(changed))] ^= chance.randrange(1, 256)
    return bytes(changed)

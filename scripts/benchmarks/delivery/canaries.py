"""A curious broker operator: what can be read in store, log and packets?

Every message type is filled with words that appear nowhere else, in every field that can
hold a word, and with numbers that are as rare. Device and desk send them over a real
Mosquitto that logs all it can and keeps what it queues, through a wire that is recorded.
Then everything the broker has seen is searched for those words, those numbers, and the
names of the fields.
"""

import dataclasses
import random
import string
import time
import types
import typing
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Any

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from agent.delivery.publisher import Publisher
from agent.settings import Broker
from scripts.benchmarks.delivery.household import START, House
from scripts.benchmarks.delivery.mosquitto import Mosquitto
from scripts.benchmarks.delivery.proxy import RecordingProxy
from wire import topics
from wire.messages import TYPES, Direction, Message, QuietHours
from wire.schema import DEFAULT_MAX_LENGTH, MaxLength

WITHIN_S = 20.0
WORD_LETTERS_MAX = 24
PUBLIC = frozenset({"desk_keys"})
FIELD_LETTERS_MIN = 9
"""Shorter field names may stand in a log for reasons of its own."""


@dataclass(frozen=True, slots=True)
class Canaries:
    """What was planted, what was carried, and what could be read."""

    planted: int
    envelopes: int
    seen: int


def canaries(folder: Path, *, seed: int) -> Canaries:
    """Send one message of each type and search all that the broker has seen."""
    house, planter = House(), Planter(random.Random(seed))
    up, down = (
        [
            house.sealed(message, f"{number:032x}", direction=direction)
            for number, message in enumerate(planter.messages(direction))
        ]
        for direction in (Direction.UP, Direction.DOWN)
    )
    with (
        closing(Mosquitto(folder, log="all")) as broker,
        closing(RecordingProxy(broker.port)) as wire,
    ):
        _subscribe_and_leave(wire.port, topics.up(house.device.device_id))
        _device_sends(wire.port, house.device.device_id, up)
        _desk_sends(wire.port, house.device.device_id, down)
        broker.stop()
        seen_by_broker = [wire.heard(), *broker.kept().values()]
    carried = sum(seen_by_broker[0].count(envelope) > 0 for envelope in (*up, *down))
    assert carried == len(up) + len(down), "what was not carried proves nothing"
    seen = sum(any(word in seen for seen in seen_by_broker) for word in planter.planted)
    return Canaries(planted=len(planter.planted), envelopes=carried, seen=seen)


class Planter:
    """Fills messages with what appears nowhere else, and remembers it."""

    def __init__(self, chance: random.Random) -> None:
        """Draw with ``chance``."""
        self._chance = chance
        self.planted: set[bytes] = set()

    def messages(self, direction: Direction) -> Iterator[Message]:
        """Yield one message of each type that travels in ``direction``.

        All but those that are nothing but public keys, and refuse to hold anything else.
        """
        for name, cls in TYPES[direction].items():
            if name not in PUBLIC:
                yield self._filled(cls)

    def _filled(self, kind: Any) -> Any:
        length = DEFAULT_MAX_LENGTH
        if typing.get_origin(kind) is typing.Annotated:
            kind, *notes = typing.get_args(kind)
            length = next(n.characters for n in notes if isinstance(n, MaxLength))
        if typing.get_origin(kind) in (typing.Union, types.UnionType):
            return self._filled(typing.get_args(kind)[0])
        if typing.get_origin(kind) is tuple:
            return (self._filled(typing.get_args(kind)[0]),)
        if kind is QuietHours:
            # Its times of day are in every log: only the zone can be told apart.
            zone = str(self._scalar(str, WORD_LETTERS_MAX))
            return QuietHours(begins="22:00", ends="07:00", timezone=zone)
        if dataclasses.is_dataclass(kind):
            assert isinstance(kind, type)
            hints = typing.get_type_hints(kind, include_extras=True)
            self.planted |= {n.encode() for n in hints if len(n) >= FIELD_LETTERS_MIN}
            return kind(**{name: self._filled(hint) for name, hint in hints.items()})
        return self._scalar(kind, length)

    def _scalar(self, kind: Any, length: int) -> object:
        if kind is str:
            letters = self._chance.choices(
                string.ascii_letters, k=min(length, WORD_LETTERS_MAX)
            )
            word = "".join(letters)
            self.planted.add(word.encode())
            return word
        if kind is datetime:
            at = START + timedelta(microseconds=self._chance.randrange(1, 10**12))
            self.planted.add(at.isoformat()[:26].encode())
            return at
        if issubclass(kind, StrEnum):
            return self._chance.choice(list(kind))
        if kind is bool:
            return True
        number = self._chance.randrange(10**12, 10**13)
        self.planted.add(str(number).encode())
        return kind(number)


def _device_sends(port: int, device: str, envelopes: list[bytes]) -> None:
    publisher = Publisher(Broker(host="127.0.0.1", port=port, tls=None), device)
    try:
        for number, envelope in enumerate(envelopes):
            _until(partial(_handed_over, publisher, envelope, number))
        _until(lambda: publisher.events() is not None and publisher.idle)
    finally:
        publisher.close()


def _handed_over(publisher: Publisher, envelope: bytes, number: int) -> bool:
    publisher.events()
    return publisher.idle and publisher.publish(envelope, str(number))


def _desk_sends(port: int, device: str, envelopes: list[bytes]) -> None:
    desk = mqtt.Client(CallbackAPIVersion.VERSION2, "desk", protocol=MQTTProtocolVersion.MQTTv5)
    desk.connect("127.0.0.1", port)
    desk.loop_start()
    for envelope in envelopes:
        desk.publish(topics.down(device), envelope, qos=1).wait_for_publish(WITHIN_S)
    desk.disconnect()
    desk.loop_stop()


def _subscribe_and_leave(port: int, topic: str) -> None:
    """Let the broker queue, and so keep on its disk, what is sent to ``topic``."""
    subscribed: list[bool] = []
    away = mqtt.Client(CallbackAPIVersion.VERSION2, "away", protocol=MQTTProtocolVersion.MQTTv5)
    properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
    properties.SessionExpiryInterval = 3600
    away.on_subscribe = lambda *_: subscribed.append(True)
    away.connect("127.0.0.1", port, clean_start=False, properties=properties)
    away.subscribe(topic, qos=1)
    _until(partial(_served, away, subscribed))
    away.disconnect()


def _served(client: mqtt.Client, subscribed: list[bool]) -> bool:
    client.loop(0.05)
    return bool(subscribed)


def _until(condition: typing.Callable[[], bool]) -> None:
    deadline = time.monotonic() + WITHIN_S
    while not condition():
        assert time.monotonic() < deadline, "the broker did not answer in time"
        time.sleep(0.005)

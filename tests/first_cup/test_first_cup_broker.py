"""Both brokers of the demonstration do what the device and the desk need, with paho.

Each check runs against a fresh real broker of either kind. What rumqttd cannot do is
written down in docs/decisions/demo-broker.md, not tested here: nothing depends on it.
"""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import paho.mqtt.client as mqtt
import pytest
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from scripts.first_cup.broker import Broker, BrokerKind, choose, find_free_port, find_mosquitto
from scripts.first_cup.child import ChildError
from scripts.first_cup.witness import Witness

ROOT = Path(__file__).resolve().parents[2]
WITHIN_S = 10.0
ENVELOPE = bytes(range(256)) * 16
"""As large as every sealed message: 4,096 bytes."""


@pytest.fixture(params=BrokerKind)
def broker(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Broker]:
    kind: BrokerKind = request.param
    if kind is BrokerKind.MOSQUITTO and find_mosquitto() is None:
        pytest.skip("mosquitto is not installed: apt install mosquitto")
    if kind is BrokerKind.RUMQTTD:
        pytest.importorskip("iotcore", reason="pip install iotcore")
    with Broker(tmp_path / "broker", kind=kind) as running:
        yield running


class Client:
    """A paho client that remembers what it got. ``session`` survives its absence."""

    def __init__(
        self, port: int, name: str, *, session: bool = False, will: str | None = None
    ) -> None:
        self.got: list[mqtt.MQTTMessage] = []
        self.session_present = False
        self._ready = threading.Event()
        self._client = mqtt.Client(
            CallbackAPIVersion.VERSION2, client_id=name, protocol=mqtt.MQTTv5
        )
        self._client.on_connect = self._on_connect
        self._client.on_subscribe = lambda *_rest: self._ready.set()
        self._client.on_message = lambda _client, _data, message: self.got.append(message)
        if will:
            self._client.will_set(will, b"gone", qos=1, retain=True)
        properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
        properties.SessionExpiryInterval = 3600 if session else 0
        self._client.connect("127.0.0.1", port, clean_start=not session, properties=properties)
        self._client.loop_start()
        self._await_ready()

    def subscribe(self, topic: str) -> "Client":
        self._ready.clear()
        self._client.subscribe(topic, qos=1)
        self._await_ready()
        return self

    def publish(self, topic: str, *payloads: bytes, retain: bool = False) -> None:
        sent = [self._client.publish(topic, p, qos=1, retain=retain) for p in payloads]
        for info in sent:
            info.wait_for_publish(WITHIN_S)
            assert info.is_published()

    def await_payloads(self, count: int) -> list[bytes]:
        wait_until(lambda: len(self.got) >= count)
        return [bytes(message.payload) for message in self.got]

    def leave(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def vanish(self) -> None:
        """End as in a power cut: without a word to the broker."""
        wire = self._client.socket()
        self._client.loop_stop()
        assert isinstance(wire, socket.socket)
        wire.shutdown(socket.SHUT_RDWR)

    def _on_connect(
        self, _client: object, _data: object, flags: mqtt.ConnectFlags, *_rest: object
    ) -> None:
        self.session_present = flags.session_present
        self._ready.set()

    def _await_ready(self) -> None:
        assert self._ready.wait(WITHIN_S)


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + WITHIN_S
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


@contextlib.contextmanager
def clients(*all_of_them: Client) -> Iterator[None]:
    try:
        yield
    finally:
        for client in all_of_them:
            client.leave()


def test_envelopes_arrive_whole_and_in_order(broker: Broker) -> None:
    desk = Client(broker.port, "desk").subscribe("demitasse/1/+/up")
    device = Client(broker.port, "device")
    sent = [i.to_bytes(2, "big") + ENVELOPE[2:] for i in range(200)]
    with clients(desk, device):
        device.publish("demitasse/1/a/up", *sent)
        assert desk.await_payloads(200) == sent


def test_a_retained_state_is_told_to_whoever_comes_later(broker: Broker) -> None:
    device = Client(broker.port, "device")
    device.publish("demitasse/1/a/state", b"here", retain=True)
    desk = Client(broker.port, "desk").subscribe("demitasse/1/+/state")
    with clients(device, desk):
        assert desk.await_payloads(1) == [b"here"]
        assert desk.got[0].retain


def test_the_last_will_tells_that_a_device_is_gone(broker: Broker) -> None:
    desk = Client(broker.port, "desk").subscribe("demitasse/1/+/state")
    device = Client(broker.port, "device", will="demitasse/1/a/state")
    with clients(desk):
        device.vanish()
        assert desk.await_payloads(1) == [b"gone"]


def test_a_shared_subscription_gives_each_envelope_to_one_worker(broker: Broker) -> None:
    shared = "$share/desk/demitasse/1/+/up"
    one = Client(broker.port, "one").subscribe(shared)
    other = Client(broker.port, "other").subscribe(shared)
    device = Client(broker.port, "device")
    sent = [bytes([i]) for i in range(50)]
    with clients(one, other, device):
        device.publish("demitasse/1/a/up", *sent)
        wait_until(lambda: len(one.got) + len(other.got) >= 50)
        got = sorted(bytes(m.payload) for m in [*one.got, *other.got])
        assert got == sent
        assert one.got
        assert other.got


@pytest.mark.parametrize("topic", ["demitasse/1/+/up", "$share/desk/demitasse/1/+/up"])
def test_what_is_sent_while_a_session_is_away_waits_for_it(broker: Broker, topic: str) -> None:
    Client(broker.port, "desk", session=True).subscribe(topic).leave()
    device = Client(broker.port, "device")
    sent = [i.to_bytes(2, "big") + ENVELOPE[2:] for i in range(60)]
    device.publish("demitasse/1/a/up", *sent)
    desk = Client(broker.port, "desk", session=True)
    with clients(device, desk):
        assert desk.session_present
        assert desk.await_payloads(60) == sent


def test_the_witness_counts_envelopes_and_not_the_signs_of_life(broker: Broker) -> None:
    device = Client(broker.port, "device")
    with Witness(broker.port) as witness, clients(device):
        device.publish("demitasse/1/a/state", b"here", retain=True)
        device.publish("demitasse/1/a/up", ENVELOPE, ENVELOPE)
        device.publish("demitasse/1/a/down", ENVELOPE)
        wait_until(lambda: witness.envelopes() == 3)
        assert (witness.envelopes("up"), witness.envelopes("down")) == (2, 1)


def test_it_listens_on_this_computer_alone_and_frees_its_port(broker: Broker) -> None:
    listening = Path("/proc/net/tcp").read_text(encoding="ascii").split()
    assert f"0100007F:{broker.port:04X}" in listening
    assert f"00000000:{broker.port:04X}" not in listening
    broker.stop()
    broker.stop()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", broker.port), timeout=1)


def test_a_broker_ends_when_the_demonstration_is_killed(broker: Broker, tmp_path: Path) -> None:
    # The fixture's broker is only there to run this once for each kind.
    script = (
        "import pathlib, sys, time\n"
        "from scripts.first_cup.broker import Broker, BrokerKind\n"
        f"b = Broker(pathlib.Path({str(tmp_path)!r}), kind=BrokerKind({broker.kind.value!r}))\n"
        "print(b.pid, flush=True)\n"
        "time.sleep(60)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as demonstration:
        assert demonstration.stdout is not None
        child = int(demonstration.stdout.readline())
        assert not has_ended(child)
        os.kill(demonstration.pid, signal.SIGKILL)
    wait_until(lambda: has_ended(child))


def has_ended(pid: int) -> bool:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return True
    # An orphan that nobody has waited for yet is a zombie: it runs no more.
    return stat.rpartition(")")[2].split()[0] == "Z"


def test_a_port_that_was_taken_meanwhile_is_left_for_another(
    broker: Broker, tmp_path: Path
) -> None:
    free = find_free_port()
    ports = iter([broker.port, free])
    second = Broker(tmp_path / "second", kind=broker.kind, free_port=lambda: next(ports))
    with second:
        assert second.port == free


def test_mosquitto_is_chosen_where_it_is_installed(tmp_path: Path) -> None:
    program = tmp_path / "mosquitto"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    assert choose(str(tmp_path)) is BrokerKind.MOSQUITTO


def test_without_mosquitto_it_is_rumqttd(tmp_path: Path) -> None:
    pytest.importorskip("iotcore", reason="pip install iotcore")
    assert choose(str(tmp_path)) is BrokerKind.RUMQTTD


def test_a_broker_that_cannot_start_says_why(tmp_path: Path) -> None:
    pytest.importorskip("iotcore", reason="pip install iotcore")
    with pytest.raises(ChildError, match=r"rumqttd ended while starting:\n.+"):
        Broker(tmp_path, kind=BrokerKind.RUMQTTD, free_port=lambda: 99999)

"""The publisher keeps its word with a real Mosquitto that refuses, hangs, dies and returns."""

import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import paho.mqtt.client as mqtt
import pytest
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from agent import settings
from agent.delivery.publisher import (
    BACKOFF_S_MAX,
    Arrived,
    Connected,
    Disconnected,
    Publisher,
    PublisherEvent,
    Taken,
    backoff_s,
    failures_counted,
)
from tests.peers.brokers import PLAIN, Broker, mosquitto, needs_mosquitto
from tests.peers.certificates import Authority
from tests.waiting import until
from tests.wire.examples import DEVICE
from wire import topics
from wire.sealing import SLOT_BYTES

pytestmark = needs_mosquitto

NAME = DEVICE.device_id
WITHIN_S = 20.0
LOGGED = PLAIN + "log_type all\n"


def envelope(number: int) -> bytes:
    """Return bytes of an envelope's size that tell one from another."""
    return bytes([number]) * SLOT_BYTES


def soon(low: float, high: float) -> float:
    """Wait a hundredth of the longest time: no test is about chance."""
    return low + (high - low) / 100


class Line:
    """A publisher, and what it has told so far."""

    def __init__(self, port: int, tls: settings.Tls | None = None) -> None:
        broker = settings.Broker(host="127.0.0.1", port=port, tls=tls)
        self.publisher = Publisher(broker, NAME, uniform=soon)
        self.heard: list[PublisherEvent] = []

    def wait_for(self, kind: type[PublisherEvent], count: int = 1) -> list[PublisherEvent]:
        """Return the first ``count`` events of ``kind``, as soon as they are there."""

        def found() -> list[PublisherEvent]:
            self.heard += self.publisher.events()
            return [event for event in self.heard if isinstance(event, kind)]

        until(lambda: len(found()) >= count, f"{count} × {kind.__name__}")
        return found()[:count]

    def publish(self, number: int) -> None:
        """Hand over an envelope, and wait until the broker has taken it."""
        self.heard.clear()
        assert self.publisher.publish(envelope(number), f"token {number}")
        assert self.wait_for(Taken) == [Taken(f"token {number}", None)]


@contextmanager
def line(port: int, tls: settings.Tls | None = None, *, up: bool = True) -> Iterator[Line]:
    """Connect a device until the block ends."""
    device = Line(port, tls)
    try:
        if up:
            device.wait_for(Connected)
        yield device
    finally:
        device.publisher.close()


class Desk:
    """Somebody else at the broker, who hears ``topic`` and can send."""

    def __init__(self, port: int, topic: str) -> None:
        self.heard: list[tuple[bytes, bool]] = []
        self.topic = topic
        subscribed = threading.Event()
        self.client = mqtt.Client(
            CallbackAPIVersion.VERSION2, "desk", protocol=MQTTProtocolVersion.MQTTv5
        )
        self.client.on_message = lambda _c, _d, m: self.heard.append(
            (bytes(m.payload), m.retain)
        )
        self.client.on_subscribe = lambda *_: subscribed.set()
        self.client.connect("127.0.0.1", port)
        self.client.loop_start()
        self.client.subscribe(topic, qos=1)
        assert subscribed.wait(WITHIN_S)

    def wait_for(self, payload: bytes) -> bool:
        """Wait until ``payload`` has been heard; tell whether it was a retained one."""
        until(lambda: any(p == payload for p, _ in self.heard), f"{payload[:8]!r}")
        return next(retained for heard, retained in self.heard if heard == payload)

    def send(self, payload: bytes) -> None:
        """Send to the device, and wait until the broker has it."""
        self.client.publish(topics.down(NAME), payload, qos=1).wait_for_publish(WITHIN_S)


@contextmanager
def desk(port: int, topic: str) -> Iterator[Desk]:
    """Listen to ``topic`` until the block ends."""
    peer = Desk(port, topic)
    try:
        yield peer
    finally:
        peer.client.disconnect()
        peer.client.loop_stop()


def network_threads() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "publisher"]


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    """Run a broker that lets everybody in."""
    with mosquitto(tmp_path_factory.mktemp("broker")) as running:
        yield running


@pytest.fixture(autouse=True)
def _no_session_is_left(broker: Broker) -> Iterator[None]:
    """Take away what the broker kept for the device, so that no test feeds another."""
    yield
    forget = mqtt.Client(CallbackAPIVersion.VERSION2, NAME, protocol=MQTTProtocolVersion.MQTTv5)
    forget.connect("127.0.0.1", broker.port, clean_start=True)
    until(lambda: forget.loop(0.1) == 0 and forget.is_connected(), "a clean start")
    forget.publish(topics.state(NAME), b"", qos=0, retain=True)
    forget.disconnect()


def test_a_device_is_here_while_connected_and_gone_when_it_has_left(broker: Broker) -> None:
    with desk(broker.port, topics.state(NAME)) as watcher:
        with line(broker.port):
            assert watcher.wait_for(b"here") is False
        watcher.wait_for(b"gone")
    with desk(broker.port, topics.state(NAME)) as latecomer:
        assert latecomer.wait_for(b"gone") is True


def test_an_envelope_arrives_unchanged_and_the_broker_answers(broker: Broker) -> None:
    with desk(broker.port, topics.up(NAME)) as watcher, line(broker.port) as device:
        assert device.publisher.idle
        device.publish(1)
        assert device.publisher.idle
        watcher.wait_for(envelope(1))
    assert watcher.heard == [(envelope(1), False)]


def test_it_is_not_idle_before_the_broker_has_answered(tmp_path: Path) -> None:
    with mosquitto(tmp_path) as slow, line(slow.port) as device:
        slow.process.send_signal(signal.SIGSTOP)
        try:
            assert device.publisher.publish(envelope(1), "token")
            assert not device.publisher.idle
        finally:
            slow.process.send_signal(signal.SIGCONT)
        device.wait_for(Taken)
        assert device.publisher.idle


def test_what_the_access_rules_forbid_is_reported_with_the_reason(tmp_path: Path) -> None:
    # Under MQTT 3.1.1 the same publish would be a success.
    (tmp_path / "acl").write_text(f"topic write {topics.state(NAME)}\n")
    (tmp_path / "acl").chmod(0o600)
    rules = f"{PLAIN}acl_file {tmp_path / 'acl'}\n"
    with mosquitto(tmp_path, conf=rules) as strict, line(strict.port) as device:
        assert device.publisher.publish(envelope(1), "token")
        assert device.wait_for(Taken) == [Taken("token", "Not authorized")]
        assert device.publisher.idle


def test_a_broker_that_lets_nobody_in_is_named_with_its_reason(tmp_path: Path) -> None:
    closed = PLAIN.replace("anonymous true", "anonymous false")
    with mosquitto(tmp_path, conf=closed) as strict, line(strict.port, up=False) as device:
        [gone] = device.wait_for(Disconnected)
        assert isinstance(gone, Disconnected)
        assert gone.reason == (
            f"127.0.0.1:{strict.port}: the broker refuses this device: Not authorized"
        )


def test_nothing_is_handed_over_while_the_broker_is_away(tmp_path: Path) -> None:
    with mosquitto(tmp_path) as short_lived:
        port = short_lived.port
    with line(port, up=False) as device:
        [gone] = device.wait_for(Disconnected)
        assert isinstance(gone, Disconnected)
        assert "Connection refused" in gone.reason
        assert not device.publisher.publish(envelope(1), "token")
        assert not device.publisher.idle


def test_it_comes_back_when_the_broker_was_killed_and_started_again(tmp_path: Path) -> None:
    with mosquitto(tmp_path) as first:
        device = Line(first.port)
        device.wait_for(Connected)
        first.process.kill()
    try:
        device.wait_for(Disconnected)
        with mosquitto(tmp_path, port=first.port):
            device.wait_for(Connected, 2)
            device.publish(2)
    finally:
        device.publisher.close()


def test_an_unanswered_envelope_is_not_sent_again_behind_the_agents_back(
    tmp_path: Path,
) -> None:
    """The gate is asked before each send; what paho repeats by itself would pass it by."""
    with mosquitto(tmp_path) as first:
        device = Line(first.port)
        device.wait_for(Connected)
        first.process.send_signal(signal.SIGSTOP)
        assert device.publisher.publish(envelope(1), "lost")
        first.process.kill()
    try:
        device.wait_for(Disconnected)
        with mosquitto(tmp_path, conf=LOGGED, port=first.port) as second:
            device.wait_for(Connected, 2)
            assert device.publisher.idle
            device.publish(2)
            log = second.log.read_text()
    finally:
        device.publisher.close()
    assert log.count(f"Received PUBLISH from {NAME} (d0, q1, r0") == 1
    assert f"Received PUBLISH from {NAME} (d1" not in log
    assert Taken("lost", None) not in device.heard


def test_what_is_sent_while_the_device_is_off_arrives_when_it_returns(broker: Broker) -> None:
    with line(broker.port):
        pass
    with desk(broker.port, topics.down(NAME)) as sender:
        sender.send(envelope(3))
    with line(broker.port) as device:
        [arrived] = device.wait_for(Arrived)
        assert isinstance(arrived, Arrived)
        assert arrived.envelope == envelope(3)


def test_an_envelope_comes_again_until_it_was_committed(broker: Broker) -> None:
    with line(broker.port) as device, desk(broker.port, topics.state(NAME)) as sender:
        sender.send(envelope(4))
        device.wait_for(Arrived)
    with line(broker.port) as device:
        [again] = device.wait_for(Arrived)
        assert isinstance(again, Arrived)
        again.done()
        # The broker answers in order: it has heard of the commit before this.
        device.publish(5)
    with line(broker.port) as device:
        device.publish(6)
        assert not any(isinstance(event, Arrived) for event in device.heard)


def test_a_commit_that_comes_too_late_is_told_to_nobody(broker: Broker) -> None:
    """The number it names may belong to another envelope on the next connection."""
    with line(broker.port) as device, desk(broker.port, topics.state(NAME)) as sender:
        sender.send(envelope(7))
        [late] = device.wait_for(Arrived)
    with line(broker.port) as device:
        assert isinstance(late, Arrived)
        late.done()
        device.publish(8)
    with line(broker.port) as device:
        device.wait_for(Arrived)


def test_many_envelopes_at_once_are_all_answered(broker: Broker) -> None:
    """Two threads that wait for each other's lock would stop here for good."""
    with line(broker.port) as device:
        for number in range(200):
            assert device.publisher.publish(envelope(number), str(number))
        answers = device.wait_for(Taken, 200)
    assert {event.token for event in answers if isinstance(event, Taken)} == {
        str(number) for number in range(200)
    }


def test_a_callback_that_raises_ends_the_connection_and_not_the_thread(
    broker: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    genuine = Publisher._on_message
    calls: list[object] = []

    def clumsy(self: Publisher, client: mqtt.Client, data: object, message: object) -> None:
        calls.append(message)
        if len(calls) == 1:
            raise RuntimeError("a slip in a callback")
        genuine(self, client, data, message)  # type: ignore[arg-type]

    monkeypatch.setattr(Publisher, "_on_message", clumsy)
    with line(broker.port) as device, desk(broker.port, topics.state(NAME)) as sender:
        sender.send(envelope(9))
        [gone] = device.wait_for(Disconnected)
        assert isinstance(gone, Disconnected)
        assert gone.reason.endswith("a slip in a callback")
        device.wait_for(Connected, 2)
        # Nobody had confirmed it, so it came again.
        device.wait_for(Arrived)


def test_a_missing_certificate_is_reported_and_tried_again(
    broker: Broker, tmp_path: Path
) -> None:
    nothing = tmp_path / "not-there.pem"
    tls = settings.Tls(ca_file=nothing, certificate_file=nothing, key_file=nothing)
    with line(broker.port, tls, up=False) as device:
        device.wait_for(Disconnected, 2)
        assert not device.publisher.publish(envelope(1), "token")


def test_it_shows_its_certificate_and_wants_to_see_the_brokers(tmp_path: Path) -> None:
    authority = Authority.create(tmp_path)
    server, device_id = authority.issue("broker", server=True), authority.issue(NAME)
    conf = (
        f"listener 1\ncafile {authority.certificate}\ncertfile {server.certificate}\n"
        f"keyfile {server.key}\nrequire_certificate true\nuse_identity_as_username true\n"
        "allow_anonymous false\n"
    )
    shown = settings.Tls(
        ca_file=authority.certificate,
        certificate_file=device_id.certificate,
        key_file=device_id.key,
    )
    elsewhere = Authority.create(tmp_path / "elsewhere", "Another authority")
    suspicious = settings.Tls(
        ca_file=elsewhere.certificate,
        certificate_file=device_id.certificate,
        key_file=device_id.key,
    )
    with mosquitto(tmp_path, conf=conf) as safe:
        with line(safe.port, shown) as device:
            device.publish(1)
        with line(safe.port, suspicious, up=False) as device:
            [gone] = device.wait_for(Disconnected)
            assert isinstance(gone, Disconnected)
            assert "certificate verify failed" in gone.reason


@pytest.mark.parametrize("at_the_port", ["a broker", "nobody", "a broker that hangs"])
def test_closing_leaves_nothing_running(tmp_path: Path, at_the_port: str) -> None:
    before = network_threads()
    with mosquitto(tmp_path) as there:
        if at_the_port == "nobody":
            there.process.kill()
            there.process.wait()
        device = Line(there.port)
        if at_the_port != "nobody":
            device.wait_for(Connected)
        if at_the_port == "a broker that hangs":
            there.process.send_signal(signal.SIGSTOP)
            device.publisher.publish(envelope(1), "token")
        started = time.monotonic()
        device.publisher.close()
        there.process.send_signal(signal.SIGCONT)
    assert time.monotonic() - started < 3
    assert network_threads() == before


def test_who_was_let_in_and_lost_it_returns_over_half_a_minute() -> None:
    assert failures_counted(0, was_let_in=False) == 1
    assert failures_counted(7, was_let_in=False) == 8
    for attempt in (0, 7, 40):
        after = failures_counted(attempt, was_let_in=True)
        assert backoff_s(after, lambda _low, high: high) == 32.0


def test_waiting_for_a_broker_doubles_up_to_a_limit_and_is_spread_out() -> None:
    longest = [backoff_s(attempt, lambda _low, high: high) for attempt in range(12)]
    assert longest[:4] == [1.0, 2.0, 4.0, 8.0]
    assert longest[-1] == BACKOFF_S_MAX
    assert backoff_s(5, lambda low, _high: low) == 0.0
    assert backoff_s(10**9, lambda _low, high: high) == BACKOFF_S_MAX

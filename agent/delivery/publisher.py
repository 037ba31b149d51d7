"""Carries envelopes to the MQTT broker and back, on a thread of its own.

Facts about the parts that shape it: a default Mosquitto may lose what it has
acknowledged, so a PUBACK is only reported, never believed; a publish that the broker's
rules forbid is "successful" under MQTT 3.1.1 and carries a reason code under 5, so 5 is
spoken and codes are checked; paho keeps what was not answered and sends it again by
itself, so each connection has a client of its own and nothing outlives it; and an
exception in one of paho's callbacks would end its thread without a word, so the network
loop is ours and survives anything.

paho calls back while it holds its own locks, and writes on whichever thread hands it a
packet. So the network thread alone touches the socket and takes no lock of ours: it moves
facts into a queue, and all else belongs to the thread that reads them.

After a withdrawal the publisher is closed and thrown away, and with it whatever paho
still held. The session is kept at the broker (``clean_start=False``), so that what the
desk sends while this device is away arrives when it returns.
"""

import contextlib
import queue
import random
import socket
import threading
from dataclasses import dataclass

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from agent.delivery.backoff import Uniform, full_jitter_s
from agent.delivery.broker_events import (
    Arrived,
    Connected,
    Disconnected,
    News,
    PublisherEvent,
    Taken,
)
from agent.identity.tls import TlsFiles, TlsSource
from agent.settings import Broker
from wire import topics

__all__ = [
    "Arrived",
    "Connected",
    "Disconnected",
    "Publisher",
    "PublisherEvent",
    "Taken",
    "backoff_s",
    "failures_counted",
]

BACKOFF_S_MAX = 300.0
"""Nobody waits longer for a broker that is back."""
LOST_AFTER = 5
"""A connection that ends has mostly ended for every device: each then waits as if after so
many failures, up to half a minute, and ten thousand do not come back in one second."""
RECEIVE_MAXIMUM = 20
"""How many envelopes the broker may hand over before the first of them is committed."""
KEEPALIVE_S = 60
SESSION_EXPIRY_S = 430 * 24 * 60 * 60
"""How long the broker keeps what is sent to a device that is off: as long as the device can
come back by itself, which is thirteen months after a certificate of thirty days has ended.
``config/mosquitto/mosquitto.conf`` says the same."""


@dataclass(frozen=True, slots=True)
class _LetIn:
    client: mqtt.Client


@dataclass(frozen=True, slots=True)
class _Answered:
    mid: int
    refused: str | None


def backoff_s(attempt: int, uniform: Uniform) -> float:
    """Return how long to wait before connecting again after ``attempt`` failures."""
    return full_jitter_s(attempt, base_s=1.0, cap_s=BACKOFF_S_MAX, uniform=uniform)


def failures_counted(attempt: int, *, was_let_in: bool) -> int:
    """Return how many failures to count when a connection has ended or was never made."""
    return LOST_AFTER if was_let_in else attempt + 1


class Publisher:
    """One device's connection. Its thread owns the network; events come out of a queue."""

    def __init__(
        self,
        broker: Broker,
        device: str,
        *,
        tls: TlsSource | None = None,
        uniform: Uniform = random.uniform,
    ) -> None:
        """Begin to connect; ``uniform`` draws how long to wait after a failure.

        Without ``tls`` the files that ``broker`` names are used, if it names any.
        """
        self._uniform = uniform
        self._broker = broker
        self._tls = tls or TlsFiles(broker.tls)
        self._device = device
        self._facts: queue.SimpleQueue[_LetIn | _Answered | Disconnected | Arrived | News] = (
            queue.SimpleQueue()
        )
        self._stopping = threading.Event()
        # Of the reading thread: the client that is let in, and what it was handed.
        self._open: mqtt.Client | None = None
        self._tokens: dict[int, str] = {}
        # Of the network thread, and of ``close``, which cuts its connection.
        self._client: mqtt.Client | None = None
        self._was_let_in = False
        self._thread = threading.Thread(target=self._run, name="publisher", daemon=True)
        self._thread.start()

    def events(self) -> list[PublisherEvent]:
        """Return what has happened since the last call."""
        found: list[PublisherEvent] = []
        with contextlib.suppress(queue.Empty):
            while True:
                event = self._told(self._facts.get_nowait())
                found += [event] if event is not None else []
        return found

    @property
    def idle(self) -> bool:
        """Whether there is a connection and the broker has answered to all we handed over."""
        return self._open is not None and not self._tokens

    @property
    def unread(self) -> bool:
        """Whether ``events`` would return something."""
        return not self._facts.empty()

    def publish(self, envelope: bytes, token: str) -> bool:
        """Hand ``envelope`` to the broker; ``Taken(token)`` tells what it said.

        Returns ``False``, and queues nothing, while there is no connection.
        """
        if self._open is None:
            return False
        info = self._open.publish(topics.up(self._device), envelope, qos=1)
        if info.rc != MQTTErrorCode.MQTT_ERR_SUCCESS:
            # It stays in a client that is lost already, and is never used again.
            return False
        self._tokens[info.mid] = token
        return True

    def close(self) -> None:
        """Hang up, and discard whatever was still queued.

        Without a farewell: a DISCONNECT would first send what paho still holds, and would
        leave the retained "here" standing where the Last Will now says "gone".
        """
        self._stopping.set()
        with contextlib.suppress(Exception):
            connection = self._client.socket() if self._client else None
            if isinstance(connection, socket.socket):
                connection.shutdown(socket.SHUT_RDWR)
        self._thread.join(timeout=2.0)

    def _told(
        self, fact: _LetIn | _Answered | Disconnected | Arrived | News
    ) -> PublisherEvent | None:
        match fact:
            case _LetIn(client=client):
                self._open = client
                return Connected()
            case _Answered(mid=mid, refused=refused):
                token = self._tokens.pop(mid, None)
                return None if token is None else Taken(token, refused)
            case Disconnected():
                self._open = None
                self._tokens.clear()
        return fact

    # ---------------------------------------------------------------- the network thread

    def _run(self) -> None:
        attempt = 0
        while not self._stopping.is_set():
            self._was_let_in = False
            reason = self._stay_connected()
            attempt = failures_counted(attempt, was_let_in=self._was_let_in)
            self._facts.put(Disconnected(f"{self._broker.host}:{self._broker.port}: {reason}"))
            self._stopping.wait(backoff_s(attempt, self._uniform))

    def _stay_connected(self) -> str:
        """Connect and carry messages until it ends; return why it ended."""
        properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
        properties.SessionExpiryInterval = SESSION_EXPIRY_S
        properties.ReceiveMaximum = RECEIVE_MAXIMUM
        try:
            self._tend()
            if self._stopping.is_set():
                # Renewing takes a while, and consent may have ended meanwhile.
                return "hung up"
            self._client = self._new_client()
            self._client.connect(
                self._broker.host,
                self._broker.port,
                keepalive=KEEPALIVE_S,
                clean_start=False,
                properties=properties,
            )
            code = MQTTErrorCode.MQTT_ERR_SUCCESS
            while code == MQTTErrorCode.MQTT_ERR_SUCCESS and not self._stopping.is_set():
                code = self._client.loop(timeout=1.0)
                self._tend()
        except Exception as error:  # whatever the network or a callback does, we come back
            return str(error) or type(error).__name__
        finally:
            _hang_up(self._client)
        return mqtt.error_string(code)

    def _tend(self) -> None:
        news = self._tls.tend()
        if news is not None:
            self._facts.put(news)

    def _new_client(self) -> mqtt.Client:
        client = mqtt.Client(
            CallbackAPIVersion.VERSION2,
            client_id=self._device,
            protocol=mqtt.MQTTv5,
            manual_ack=True,
        )
        client.connect_timeout = 10.0
        client.will_set(topics.state(self._device), b"gone", qos=1, retain=True)
        if context := self._tls.context():
            client.tls_set_context(context)
        client.on_connect = self._on_connect
        client.on_subscribe = self._on_subscribe
        client.on_publish = self._on_publish
        client.on_message = self._on_message
        # With this set, a packet waits for the network loop instead of being written by the
        # thread that hands it over: a TLS connection has room for one thread only.
        client.on_socket_register_write = lambda *_: None
        return client

    def _on_connect(
        self,
        client: mqtt.Client,
        _data: object,
        _flags: mqtt.ConnectFlags,
        reason: ReasonCode,
        _properties: Properties | None,
    ) -> None:
        if reason.is_failure:
            raise ConnectionRefusedError(f"the broker refuses this device: {reason}")
        client.publish(topics.state(self._device), b"here", qos=1, retain=True)
        client.subscribe(topics.down(self._device), qos=1)

    def _on_subscribe(
        self,
        client: mqtt.Client,
        _data: object,
        _mid: int,
        reasons: list[ReasonCode],
        _properties: Properties | None,
    ) -> None:
        if any(reason.is_failure for reason in reasons):
            raise ConnectionRefusedError(f"the broker refuses our subscription: {reasons[0]}")
        self._was_let_in = True
        self._facts.put(_LetIn(client))

    def _on_publish(
        self,
        _client: mqtt.Client,
        _data: object,
        mid: int,
        reason: ReasonCode,
        _properties: Properties | None,
    ) -> None:
        self._facts.put(_Answered(mid, str(reason) if reason.is_failure else None))

    def _on_message(
        self, client: mqtt.Client, _data: object, message: mqtt.MQTTMessage
    ) -> None:
        mid, qos = message.mid, message.qos
        self._facts.put(Arrived(bytes(message.payload), lambda: _ack(client, mid, qos)))


def _ack(client: mqtt.Client, mid: int, qos: int) -> None:
    # A connection that ended in between redelivers; the repeat is recognised by its id.
    with contextlib.suppress(Exception):
        client.ack(mid, qos)


def _hang_up(client: mqtt.Client | None) -> None:
    """Close what is still open: paho leaves it so when a callback has raised."""
    connection = client.socket() if client is not None else None
    if connection is not None:
        with contextlib.suppress(OSError):
            connection.close()

"""One connection to the broker, from its first byte to its last.

Rules:

1. An envelope is acknowledged to the broker after its transaction has committed, never
   before. If our database fails, nothing is acknowledged and the connection is dropped, so
   that the broker delivers again.
2. A message of ours counts as published when the broker answers its PUBACK with success,
   and not while nobody listens: reason 16, "no matching subscribers", means that the
   broker dropped it.
3. A link remembers nothing of the one before it. What is still to be sent stands in the
   database alone.
"""

import logging
import random
import ssl
import time
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

import paho.mqtt.client as mqtt
from django import db
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from escalation import deskwork, intake, outgoing
from escalation.desk_config import BrokerConfig
from escalation.desk_keys import DeskIdentity
from wire import topics

log = logging.getLogger("escalation.broker_link")

SUBSCRIPTION = f"$share/desk/{topics.INTAKE_FILTER}"
SESSION_EXPIRY_S = 7 * 24 * 60 * 60
"""How long the broker keeps what arrives while the desk is away."""
RECEIVE_MAXIMUM = 20
"""How many envelopes the broker may hand over before the first is acknowledged."""
LOOP_S = 0.25
KEEPALIVE_S = 30
RETRY_S_MAX = 30.0
NO_MATCHING_SUBSCRIBERS = 16


class Refused(Exception):
    """The broker does not let the desk do its work; the operator has to allow it."""


def retry_delay_s(tries: int) -> float:
    """Return how long to wait after ``tries`` failures: doubling, bounded, with chance."""
    longest = min(RETRY_S_MAX, 0.5 * 2 ** min(tries, 10))
    return random.uniform(longest / 2, longest)


class BrokerLink:
    """One connection, from its first byte to its last."""

    def __init__(
        self,
        config: BrokerConfig,
        desk: DeskIdentity,
        clock: Callable[[], datetime],
        on_ready: Callable[[], None],
    ) -> None:
        self._config = config
        self._desk = desk
        self._clock = clock
        self._on_ready = on_ready
        self._failure: Exception | None = None
        self._ready = False
        self._in_flight: dict[int, int] = {}
        """Packet id at the broker → row."""
        self._not_before: dict[int, tuple[float, int]] = {}
        """Row → when it may be tried again, and how often it has failed."""
        self._client = self._new_client()

    def _new_client(self) -> mqtt.Client:
        client = mqtt.Client(
            CallbackAPIVersion.VERSION2,
            client_id=self._config.client_id,
            protocol=mqtt.MQTTv5,
            manual_ack=True,
        )
        client.connect_timeout = 5.0
        if self._config.ca is not None:
            context = ssl.create_default_context(cafile=str(self._config.ca))
            context.minimum_version = ssl.TLSVersion.TLSv1_3
            if self._config.certificate is not None:
                context.load_cert_chain(self._config.certificate, self._config.key)
            client.tls_set_context(context)
        client.on_connect = self._on_connect
        client.on_subscribe = self._on_subscribe
        client.on_message = self._on_message
        client.on_publish = self._on_publish
        client.on_disconnect = self._on_disconnect
        return client

    def connect(self) -> None:
        properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
        properties.SessionExpiryInterval = SESSION_EXPIRY_S
        properties.ReceiveMaximum = RECEIVE_MAXIMUM
        self._client.connect(
            self._config.host,
            self._config.port,
            keepalive=KEEPALIVE_S,
            clean_start=False,
            properties=properties,
        )

    def step(self) -> None:
        """Serve the connection for a moment, then send what is due."""
        result = self._client.loop(LOOP_S)
        if self._failure is not None:
            raise self._failure
        if result != MQTTErrorCode.MQTT_ERR_SUCCESS:
            raise ConnectionError(mqtt.error_string(result))
        if self._ready:
            self._send_due()

    def close(self) -> None:
        """Leave; the broker keeps the session."""
        if self._client.is_connected():
            self._client.disconnect()
            self._client.loop(LOOP_S)

    # ------------------------------------------------------------------- connection

    def _on_connect(
        self, client: mqtt.Client, data: Any, flags: Any, reason: ReasonCode, properties: Any
    ) -> None:
        if reason.is_failure:
            self._failure = Refused(f"it refuses the desk: {reason}")
            return
        client.subscribe(SUBSCRIPTION, qos=1)

    def _on_subscribe(
        self,
        client: mqtt.Client,
        data: Any,
        mid: int,
        reasons: Iterable[ReasonCode],
        properties: Any,
    ) -> None:
        for reason in reasons:
            if reason.is_failure:
                self._failure = Refused(
                    f"it refuses the subscription {SUBSCRIPTION}: {reason}; "
                    "allow it in the broker's access list"
                )
                return
        self._ready = True
        self._on_ready()

    def _on_disconnect(
        self, client: mqtt.Client, data: Any, flags: Any, reason: ReasonCode, properties: Any
    ) -> None:
        if reason.is_failure and self._failure is None:
            self._failure = ConnectionError(str(reason))

    # --------------------------------------------------------------------------- in

    def _on_message(self, client: mqtt.Client, data: Any, message: mqtt.MQTTMessage) -> None:
        try:
            intake.receive(
                message.topic, bytes(message.payload), desk=self._desk, now=self._clock()
            )
        except db.Error as error:
            self._failure = error
            return
        except Exception:
            # Our own mistake must not stop everybody behind this one envelope.
            log.exception("an envelope could not be judged and was kept aside")
            intake.keep_aside(
                message.topic, bytes(message.payload), "the desk failed on it", self._clock()
            )
        client.ack(message.mid, message.qos)

    # -------------------------------------------------------------------------- out

    def _send_due(self) -> None:
        busy = set(self._in_flight.values())
        for pk in outgoing.waiting():
            later, _fails = self._not_before.get(pk, (0.0, 0))
            if pk in busy or time.monotonic() < later:
                continue
            row = outgoing.get(pk)
            outgoing.tried(pk)
            sent = self._client.publish(topics.down(row.device_id), bytes(row.envelope), qos=1)
            if sent.rc != MQTTErrorCode.MQTT_ERR_SUCCESS:
                raise ConnectionError(mqtt.error_string(sent.rc))
            self._in_flight[sent.mid] = pk

    def _on_publish(
        self, client: mqtt.Client, data: Any, mid: int, reason: ReasonCode, properties: Any
    ) -> None:
        pk = self._in_flight.pop(mid, None)
        if pk is None:
            return
        if reason.is_failure or reason.value == NO_MATCHING_SUBSCRIBERS:
            _later, fails = self._not_before.get(pk, (0.0, 0))
            self._not_before[pk] = (time.monotonic() + retry_delay_s(fails + 1), fails + 1)
            if reason.is_failure and fails == 0:
                log.warning("the broker refuses a message to a device: %s", reason)
            return
        self._not_before.pop(pk, None)
        try:
            deskwork.published(pk, self._clock())
        except db.Error as error:
            self._failure = error

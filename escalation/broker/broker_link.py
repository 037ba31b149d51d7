"""One connection to the broker, from its first byte to its last.

Rules:

1. An envelope is acknowledged to the broker after its transaction has committed, never
   before. If our database fails, nothing is acknowledged and the connection is dropped, so
   that the broker delivers again.
2. What has arrived is committed together, so that many envelopes wait for one sync of the
   disk. None waits for another to arrive.
3. A message of ours counts as published when the broker answers its PUBACK with success,
   and not while nobody listens: reason 16, "no matching subscribers", means that the
   broker dropped it.
4. A link remembers nothing of the one before it. What is still to be sent stands in the
   database alone.
"""

import logging
import random
import ssl
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any

import paho.mqtt.client as mqtt
from django import db
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from escalation.broker import outgoing
from escalation.casework import deskwork
from escalation.desk_config import BrokerConfig
from escalation.desk_keys import DeskIdentity
from escalation.intake import opening
from escalation.intake.opening import Arrival
from escalation.models import OutgoingMessage
from wire import topics

log = logging.getLogger("escalation.broker.broker_link")

SUBSCRIPTION = f"$share/desk/{topics.INTAKE_FILTER}"
SESSION_EXPIRY_S = 7 * 24 * 60 * 60
"""How long the broker keeps what arrives while the desk is away."""
HELPER_SESSION_EXPIRY_S = 60
"""The same for the second and later workers: long enough for a reconnect. The session of one
that never comes back must not go on getting its share; a device sends again what was in it."""
BATCH_MAX = 200
"""How many envelopes are committed together, and how many the broker hands over before the
first is acknowledged."""
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
        self._arrived: list[mqtt.MQTTMessage] = []
        self._in_flight: dict[int, OutgoingMessage] = {}
        """Packet id at the broker → what is on its way under it."""
        self._taken: list[int] = []
        """Rows that the broker took and that are not noted yet."""
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
        first = self._config.worker == 1
        properties.SessionExpiryInterval = (
            SESSION_EXPIRY_S if first else HELPER_SESSION_EXPIRY_S
        )
        properties.ReceiveMaximum = BATCH_MAX
        self._client.connect(
            self._config.host,
            self._config.port,
            keepalive=KEEPALIVE_S,
            clean_start=False,
            properties=properties,
        )

    def step(self) -> None:
        """Serve the connection for a moment, commit what came, then send what is due."""
        self._loop(LOOP_S)
        # Whatever else has arrived already shares the transaction.
        for _packet in range(BATCH_MAX):
            before = len(self._arrived)
            if before in (0, BATCH_MAX):
                break
            self._loop(0.0)
            if len(self._arrived) == before:
                break
        self._commit_arrived()
        if self._taken:
            deskwork.published(self._taken, self._clock())
            self._taken = []
        if self._ready:
            self._send_due()

    def _loop(self, wait_s: float) -> None:
        result = self._client.loop(wait_s)
        if self._failure is not None:
            raise self._failure
        if result != MQTTErrorCode.MQTT_ERR_SUCCESS:
            raise ConnectionError(mqtt.error_string(result))

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
        if getattr(properties, "SharedSubscriptionAvailable", 1) == 0:
            # RabbitMQ 4.0 says so, grants the subscription all the same, and brings nothing.
            self._failure = Refused(
                f"it has no shared subscriptions, and the desk listens on {SUBSCRIPTION}: "
                "choose a broker that has them"
            )
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
        # What this worker had taken when it last ended is on no way any more.
        outgoing.release(self._config.client_id)
        self._ready = True
        self._on_ready()

    def _on_disconnect(
        self, client: mqtt.Client, data: Any, flags: Any, reason: ReasonCode, properties: Any
    ) -> None:
        if reason.is_failure and self._failure is None:
            self._failure = ConnectionError(str(reason))

    # --------------------------------------------------------------------------- in

    def _on_message(self, client: mqtt.Client, data: Any, message: mqtt.MQTTMessage) -> None:
        self._arrived.append(message)

    def _commit_arrived(self) -> None:
        if not self._arrived:
            return
        arrivals = [Arrival(message.topic, bytes(message.payload)) for message in self._arrived]
        opening.receive_all(arrivals, desk=self._desk, now=self._clock())
        for message in self._arrived:
            self._client.ack(message.mid, message.qos)
        self._arrived = []

    # -------------------------------------------------------------------------- out

    def _send_due(self) -> None:
        if len(self._in_flight) >= BATCH_MAX:
            return
        rows = outgoing.take(self._config.client_id, self._clock())
        for row in rows:
            sent = self._client.publish(topics.down(row.device_id), bytes(row.envelope), qos=1)
            if sent.rc != MQTTErrorCode.MQTT_ERR_SUCCESS:
                raise ConnectionError(mqtt.error_string(sent.rc))
            self._in_flight[sent.mid] = row

    def _on_publish(
        self, client: mqtt.Client, data: Any, mid: int, reason: ReasonCode, properties: Any
    ) -> None:
        row = self._in_flight.pop(mid, None)
        if row is None:
            return
        if reason.is_failure or reason.value == NO_MATCHING_SUBSCRIBERS:
            rest = timedelta(seconds=retry_delay_s(row.attempts))
            try:
                outgoing.leave(row.pk, self._clock() + rest)
            except db.Error as error:
                self._failure = error
            if reason.is_failure and row.attempts <= 1:
                log.warning("the broker refuses a message to a device: %s", reason)
            return
        self._taken.append(row.pk)

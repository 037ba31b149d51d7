"""Removes what a broker keeps of a device: its retained "here or gone", and its session.

A device that is forgotten should leave no line behind at the operator's broker. A fresh
session replaces the kept one and ends with the connection; an empty retained message takes
the place of the last one, and a farewell keeps the Last Will from writing it again.
"""

import time
from collections.abc import Callable

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from agent.identity.tls import TlsSource
from agent.settings import Broker
from wire import topics

WITHIN_S = 15.0


def clear(broker: Broker, device: str, tls: TlsSource) -> bool:
    """Clear them; return whether the broker has confirmed it."""
    client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id=device, protocol=mqtt.MQTTv5)
    if (context := tls.context()) is not None:
        client.tls_set_context(context)
    ending = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
    ending.SessionExpiryInterval = 0
    try:
        client.connect(broker.host, broker.port, clean_start=True, properties=ending)
        if not _until(client, client.is_connected):
            return False
        info = client.publish(topics.state(device), b"", qos=1, retain=True)
        cleared = _until(client, info.is_published)
        client.disconnect()
        _until(client, lambda: not client.is_connected(), within_s=2.0)
        return cleared
    except (OSError, ValueError):
        return False


def _until(client: mqtt.Client, holds: Callable[[], bool], within_s: float = WITHIN_S) -> bool:
    deadline = time.monotonic() + within_s
    while not holds():
        if time.monotonic() > deadline or client.loop(0.2) != MQTTErrorCode.MQTT_ERR_SUCCESS:
            return holds()
    return True

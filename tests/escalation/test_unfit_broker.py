"""A broker that cannot do what the desk needs is told apart from one where nobody speaks."""

import socket
import threading
from contextlib import closing

import pytest

from escalation import clock, desk
from escalation.broker.broker_link import BrokerLink, Refused
from escalation.desk_config import BrokerConfig

WITHOUT_SHARED_SUBSCRIPTIONS = bytes.fromhex("2005000002 2a00")
"""CONNACK of MQTT 5: success, and one property, Shared Subscription Available: 0."""


def answer_once(listener: socket.socket) -> None:
    near, _ = listener.accept()
    with closing(near):
        near.recv(4096)
        near.sendall(WITHOUT_SHARED_SUBSCRIPTIONS)
        near.recv(4096)


def step_often(link: BrokerLink) -> None:
    for _ in range(50):
        link.step()


def test_a_broker_without_shared_subscriptions_is_refused_by_name() -> None:
    """RabbitMQ 4.0 grants them and brings nothing, which would look like a silent night."""
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        thread = threading.Thread(target=answer_once, args=(listener,), daemon=True)
        thread.start()
        config = BrokerConfig(
            host="127.0.0.1",
            port=listener.getsockname()[1],
            ca=None,
            certificate=None,
            key=None,
            client_id="desk",
        )
        link = BrokerLink(config, desk.identity(), clock.now, lambda: None)
        link.connect()
        with pytest.raises(Refused, match="no shared subscriptions"):
            step_often(link)
        link.close()
        thread.join(5.0)

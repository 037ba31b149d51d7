"""What the broker saw: a witness that listens to every topic and can read nothing.

The promise "nothing left the house" is shown by somebody who would have noticed. Counts
envelopes by the direction of their topic; what is in them is sealed, for it as for the
broker's operator.
"""

import threading

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

from scripts.first_cup.child import ChildError
from scripts.first_cup.stoppable import Stoppable
from wire import topics

READY_WITHIN_S = 10.0


class Witness(Stoppable):
    """A client of the broker on ``port`` of 127.0.0.1, subscribed to everything."""

    def __init__(self, port: int) -> None:
        self._seen: dict[str, int] = {}
        self._lock = threading.Lock()
        self._listening = threading.Event()
        self._client = mqtt.Client(
            CallbackAPIVersion.VERSION2, client_id="witness", protocol=mqtt.MQTTv5
        )
        self._client.on_connect = lambda client, *_rest: client.subscribe(
            f"{topics.ROOT}/#", qos=1
        )
        self._client.on_subscribe = lambda *_rest: self._listening.set()
        self._client.on_message = lambda _client, _data, message: self._note(message.topic)
        self._client.connect("127.0.0.1", port)
        self._client.loop_start()
        if not self._listening.wait(READY_WITHIN_S):
            self.stop()
            raise ChildError(f"the broker on port {port} accepts no subscription")

    def envelopes(self, leaf: str | None = None) -> int:
        """Return how many messages went ``up``, ``down``, or over both."""
        leaves = ("up", "down") if leaf is None else (leaf,)
        with self._lock:
            return sum(self._seen.get(each, 0) for each in leaves)

    def stop(self) -> None:
        """Stop listening."""
        self._client.disconnect()
        self._client.loop_stop()

    def _note(self, topic: str) -> None:
        leaf = topic.rpartition("/")[2]
        with self._lock:
            self._seen[leaf] = self._seen.get(leaf, 0) + 1

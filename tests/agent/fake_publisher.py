"""A publisher without a network, and a desk on paper, both moved by hand.

publisher = FakePublisher()          # keeps what ``agent.delivery.publisher`` promises
publisher.answer()                   # the broker has taken what it was handed
publisher.bring(desk.ack(opened))    # the desk's envelope arrives
"""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from agent.delivery.publisher import (
    Arrived,
    Connected,
    Disconnected,
    Publisher,
    PublisherEvent,
    Taken,
)
from tests.wire.examples import DESK, DEVICE
from wire.keys import DeskKeys, DeviceKeys
from wire.messages import Ack, Choice, Decision, Direction, Message, Outcome
from wire.sealing import Opened, open_sealed, seal


class FakePublisher(Publisher):
    """Connected from the start, unless told otherwise."""

    def __init__(self, *, up: bool = True) -> None:
        self.handed: list[tuple[bytes, str]] = []
        """Every envelope ever handed over, with its token."""
        self.confirmed = 0
        """How many arrivals the agent has called done."""
        self.closed = False
        self._up = up
        self._unanswered: list[str] = []
        self._news: list[PublisherEvent] = [Connected()] if up else []

    def events(self) -> list[PublisherEvent]:
        assert not self.closed, "a publisher that was closed is not used again"
        news, self._news = self._news, []
        return news

    @property
    def idle(self) -> bool:
        return self._up and not self._unanswered

    @property
    def unread(self) -> bool:
        return bool(self._news)

    def publish(self, envelope: bytes, token: str) -> bool:
        assert not self.closed, "a publisher that was closed is not used again"
        if not self._up:
            return False
        self.handed.append((envelope, token))
        self._unanswered.append(token)
        return True

    def close(self) -> None:
        self.closed = True

    # ---------------------------------------------------------------- what a test does

    def answer(self, refused: str | None = None) -> None:
        """Let the broker answer to everything it was handed."""
        self._news += [Taken(token, refused) for token in self._unanswered]
        self._unanswered.clear()

    def bring(self, envelope: bytes) -> None:
        """Let an envelope arrive."""
        self._news.append(Arrived(envelope, self._confirm))

    def tell(self, event: PublisherEvent) -> None:
        """Let something else happen on the network thread."""
        self._news.append(event)

    def disconnect(self) -> None:
        """Lose the broker, and with it every answer."""
        self._up = False
        self._unanswered.clear()
        self._news.append(Disconnected("broker.example:8883: gone"))

    def connect(self) -> None:
        """Reach the broker again."""
        self._up = True
        self._news.append(Connected())

    def _confirm(self) -> None:
        self.confirmed += 1


@dataclass(slots=True, kw_only=True)
class PaperDesk:
    """Opens what a device sends and seals what it should get; keeps no case."""

    keys: DeskKeys = DESK
    device: DeviceKeys = DEVICE
    clock: Callable[[], datetime] = lambda: datetime(2026, 3, 8, 9, 0, tzinfo=UTC)

    def open(self, envelope: bytes) -> Opened:
        """Open what the device has sent, or raise ``SealError``."""
        return open_sealed(
            envelope,
            direction=Direction.UP,
            device=self.device.device_id,
            recipient=self.keys,
            sender=self.device.public(),
        )

    def ack(self, opened: Opened, outcome: Outcome = Outcome.ACCEPTED, **changes: Any) -> bytes:
        """Sign for a message; ``changes`` make the signature one for something else."""
        fields: dict[str, Any] = {
            "message_id": opened.header.message_id,
            "epoch": opened.header.epoch,
            "envelope_sha256": opened.envelope_sha256,
            "outcome": outcome,
            "ledger_head": "5e" * 32,
            "acknowledged_at": self.clock(),
        }
        return self.seal(Ack(**{**fields, **changes}))

    def decision(self, alert_id: str, reason: str = "Une longue pause.") -> bytes:
        """Let a person decide."""
        return self.seal(
            Decision(
                alert_id=alert_id,
                reviewer="Maud",
                choice=Choice.WRITE,
                reason=reason,
                message=None,
                decided_at=self.clock(),
            )
        )

    def seal(self, message: Message, message_id: str | None = None) -> bytes:
        """Seal ``message`` for the device."""
        return seal(
            message,
            direction=Direction.DOWN,
            device=self.device.device_id,
            message_id=message_id or secrets.token_hex(16),
            epoch=1,
            sequence=1,
            sender=self.keys,
            recipient=self.device.public(),
        )

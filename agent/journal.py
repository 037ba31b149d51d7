"""What the agent tells about itself while it works: typed facts, said once, calmly.

The device's shell tells each step to a journal; the log is one listener, the demo's
narrator another, and a test a third. Nothing in here leaves the house.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from agent.asking.concerns import Concern
from agent.checks.faults import matters
from agent.consents.consent_file import Purpose
from agent.learning.brews import Brew
from agent.learning.exposure import Unseen
from wire.facts import DeviceCheck
from wire.messages import Access, Decision


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """Something happened at ``at`` (aware UTC)."""

    at: datetime

    level: ClassVar[int] = logging.INFO

    def line(self) -> str:
        """Return one line for the log: no time of any coffee, no name."""
        raise NotImplementedError


@dataclass(frozen=True, slots=True, kw_only=True)
class BrewSeen(Happening):
    brew: Brew

    level: ClassVar[int] = logging.DEBUG

    def line(self) -> str:
        return f"brew seen ({self.brew.certainty})"


@dataclass(frozen=True, slots=True, kw_only=True)
class HoursUnseen(Happening):
    unseen: Unseen

    level: ClassVar[int] = logging.DEBUG

    def line(self) -> str:
        return f"{(self.unseen.end - self.unseen.start).total_seconds():.0f} s unseen"


@dataclass(frozen=True, slots=True, kw_only=True)
class ConcernNoticed(Happening):
    concern: Concern

    def line(self) -> str:
        return f"concern {self.concern.concern_id[:8]} noticed: {self.concern.change.kind}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ConcernMoved(Happening):
    """A concern went from one state to the next; ``concern`` is how it stands now."""

    concern: Concern

    def line(self) -> str:
        return f"concern {self.concern.concern_id[:8]} is {self.concern.state}"


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceChecked(Happening):
    """A fresh device check was made before a question, an alert or a report."""

    check: DeviceCheck

    def line(self) -> str:
        return f"device check: {self.check.verdict}"


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionPut(Happening):
    concern: Concern

    def line(self) -> str:
        return f"concern {self.concern.concern_id[:8]}: the owner is asked at home"


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceNoticed(Happening):
    """The machine has a fault, or wants to be looked after. ``reported`` tells whether a
    technician will read it."""

    check: DeviceCheck
    reported: bool

    def line(self) -> str:
        faults = ", ".join(line.finding for line in matters(self.check))
        return f"fault: {faults} ({'reported' if self.reported else 'kept at home'})"


@dataclass(frozen=True, slots=True, kw_only=True)
class MessagePublished(Happening):
    """The broker has taken an envelope. That proves nothing yet."""

    message_id: str
    type: str

    def line(self) -> str:
        return f"{self.type} {self.message_id[:8]} handed to the broker"


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageAcknowledged(Happening):
    """The desk has signed for a message."""

    message_id: str
    type: str
    outcome: str

    def line(self) -> str:
        return f"{self.type} {self.message_id[:8]} signed for by the desk: {self.outcome}"


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionArrived(Happening):
    decision: Decision

    def line(self) -> str:
        return f"a decision has arrived: {self.decision.choice}"


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessTold(Happening):
    access: Access

    def line(self) -> str:
        return "somebody at the desk has looked; `demitasse status` tells who"


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentChanged(Happening):
    """The ledger now records that a purpose is granted or no longer is."""

    purpose: Purpose
    granted: bool

    def line(self) -> str:
        return f"consent {self.purpose}: {'given' if self.granted else 'withdrawn'}"


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkChanged(Happening):
    """The desk can be reached now, or no longer; ``reason`` is for the operator."""

    connected: bool
    reason: str

    def line(self) -> str:
        return "connected to the broker" if self.connected else f"no broker: {self.reason}"


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateRenewed(Happening):
    """This device has its next certificate for the broker."""

    text: str

    def line(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble(Happening):
    """Something that an operator may have to look at; ``text`` says what to do."""

    text: str

    level: ClassVar[int] = logging.WARNING

    def line(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True, kw_only=True)
class BackNoticed(Happening):
    """Coffee was made during the owner's pause. The pause goes on, and nothing is asked."""

    def line(self) -> str:
        return "coffee during the pause: it goes on until the owner ends it"


@dataclass(frozen=True, slots=True, kw_only=True)
class PageOpen(Happening):
    """The owner has opened the page to the home network with the button."""

    def line(self) -> str:
        return "the owner's page is open to the home network for ten minutes"


@dataclass(frozen=True, slots=True, kw_only=True)
class PageShut(Happening):
    """Nobody new is let in any more."""

    let_in: bool
    wrong: int
    """How often somebody tried numbers that were wrong."""

    def line(self) -> str:
        outcome = "a browser was let in" if self.let_in else "no browser was let in"
        tries = f", {self.wrong} with wrong numbers" if self.wrong else ""
        return f"the owner's page lets in nobody else: {outcome}{tries}"


Journal = Callable[[Happening], None]

_log = logging.getLogger("demitasse")


def log(happening: Happening) -> None:
    """Write ``happening`` to the log."""
    _log.log(happening.level, "%s", happening.line())

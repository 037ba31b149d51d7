"""Turns what the device tells its journal into steps of the demonstration.

The device speaks to its log; the viewer is told a story. What is routine for both (each
connection, each hour that was not seen) stays in the log.
"""

from collections.abc import Callable

from agent import journal
from agent.asking.concerns import Concern, State
from scripts.first_cup import steps
from wire.messages import Outcome
from wire.sealing import SLOT_BYTES


class Teller:
    """A journal that passes on what belongs to the story."""

    def __init__(self, tell: Callable[[steps.Step], None], grace_h: float) -> None:
        self._tell = tell
        self._grace_h = grace_h
        self._brews = 0
        self._waited_h = 0.0
        self.decided = False
        self.alerts = 0
        self.reports = 0
        self.kept_at_home = False
        self.returned = False
        self.acknowledged = False

    @property
    def reported(self) -> bool:
        """Whether what has left the house is about the machine."""
        return self.reports > 0

    def hear(self, happening: journal.Happening) -> None:
        """Take one line of the device's journal."""
        step = self._step(happening)
        if step is not None:
            self._tell(step)

    def _step(self, happening: journal.Happening) -> steps.Step | None:  # noqa: PLR0911
        at = happening.at
        match happening:
            case journal.BrewSeen(brew=brew):
                self._brews += 1
                return steps.Brew(at=at, number=self._brews, water_ml=brew.water_ml)
            case journal.ConcernNoticed(concern=concern):
                return steps.ConcernRaised(at=at, change=concern.change)
            case journal.DeviceChecked(check=check):
                return steps.DeviceChecked(at=at, check=check)
            case journal.QuestionPut(concern=concern):
                return steps.QuestionAsked(at=at, change=concern.change, grace_h=self._grace_h)
            case journal.ConcernMoved(concern=concern):
                return self._moved(concern, happening)
            case journal.MessagePublished(message_id=message_id, type="alert"):
                self.alerts += 1
                return steps.AlertPublished(
                    at=at,
                    message_id=message_id,
                    size_bytes=SLOT_BYTES,
                    waited_h=self._waited_h,
                )
            case journal.MessagePublished(message_id=message_id, type="service_report"):
                self.reports += 1
                return steps.ServiceReported(
                    at=at, message_id=message_id, size_bytes=SLOT_BYTES
                )
            case journal.MessageAcknowledged(outcome=Outcome.CLOSED):
                return None
            # What was taken back, or how it felt, is signed for as well, and is another story.
            case journal.MessageAcknowledged(
                type="alert" | "service_report", message_id=message_id, outcome=outcome
            ):
                self.acknowledged = True
                return steps.DeskAcknowledged(
                    at=at, message_id=message_id, outcome=Outcome(outcome)
                )
            case journal.DecisionArrived(decision=decision):
                self.decided = True
                return steps.DecisionAtHome(
                    at=at,
                    reviewer=decision.reviewer,
                    choice=decision.choice,
                    reason=decision.reason,
                    message=decision.message,
                )
        return None

    def _moved(self, concern: Concern, happening: journal.Happening) -> steps.Step | None:
        match concern.state:
            case State.ALERTED:
                self._waited_h = round(concern.waited_s / 3600, 2)
            case State.KEPT_HOME:
                self.kept_at_home = True
                return steps.KeptAtHome(at=happening.at)
            case State.RETURNED:
                self.returned = True
                return steps.UseReturned(at=happening.at)
        return None

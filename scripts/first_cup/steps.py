"""What happens in the demonstration, as frozen facts: the narrator's only food.

The director makes one record a step; the narrator tells it in words or as a line of JSON.
``at`` is simulated time. Whatever differs between two runs of the same seed (ids,
ciphertext, addresses, wall time) is in no other fields than ``message_id``, ``console``
and ``logins``.
"""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import ClassVar

from wire.facts import DeviceCheck, RoutineChange
from wire.messages import Choice, Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """With which a viewer signs in to the console of this one demonstration."""

    first_name: str
    username: str
    password: str
    role: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One thing that happened."""

    kind: ClassVar[str]
    """The ``type`` of its JSON line."""
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Started(Step):
    """Broker, desk and device run; the first day begins."""

    kind = "started"
    seed: int | None
    """``None`` where nothing is drawn: a history is lived as it was."""
    subject: str
    """The name of the story or fault, or the household whose history is lived."""
    today: date
    console: str
    logins: tuple[Login, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Brew(Step):
    """The device has seen a brew."""

    kind = "brew"
    number: int | None
    water_ml: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Unseen(Step):
    """From ``at`` until ``until`` the device was off: no coffee then means nothing."""

    kind = "unseen"
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class WeekLived(Step):
    """A week is over. ``brews`` of each day from Monday on; ``None`` where none was seen."""

    kind = "week"
    monday: date
    brews: tuple[int | None, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DayLived(Step):
    """A day of the story is over. ``brews`` of each local hour."""

    kind = "day"
    day: date
    brews: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultBegins(Step):
    """The machine gets a fault. The device is not told; it has to find out."""

    kind = "fault"
    fault: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceChecked(Step):
    """The machine was looked at before anybody was worried."""

    kind = "device_check"
    check: DeviceCheck


@dataclass(frozen=True, slots=True, kw_only=True)
class ConcernRaised(Step):
    """The device has noticed a change of the routine. It tells nobody."""

    kind = "concern"
    change: RoutineChange


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionAsked(Step):
    """The owner is asked at home."""

    kind = "question"
    change: RoutineChange
    grace_h: float
    """How many awake hours the question waits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptAtHome(Step):
    """Nobody answered, and the owner has not allowed more: nothing leaves."""

    kind = "kept_at_home"


@dataclass(frozen=True, slots=True, kw_only=True)
class UseReturned(Step):
    """Coffee is made again: the concern has ended by itself, and nothing left the house."""

    kind = "use_returned"


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertPublished(Step):
    """The sealed alert has been given to the broker."""

    kind = "alert_published"
    message_id: str
    size_bytes: int
    waited_h: float
    """How many awake hours the question had waited without an answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceReported(Step):
    """A machine fault has been given to the broker, sealed; it says nothing of use."""

    kind = "service_report"
    message_id: str
    size_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskAcknowledged(Step):
    """The desk's signed word that it has committed what was sent."""

    kind = "desk_acknowledged"
    message_id: str
    outcome: Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class YourTurn(Step):
    """The case waits for a person: the viewer."""

    kind = "your_turn"
    console: str
    login: Login


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseClaimed(Step):
    """A person at the desk has taken the case."""

    kind = "case_claimed"
    reviewer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided(Step):
    """That person has decided."""

    kind = "decided"
    reviewer: str
    choice: Choice
    reason: str
    message: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionAtHome(Step):
    """The decision has come back to the owner."""

    kind = "decision_at_home"
    reviewer: str
    choice: Choice
    reason: str
    message: str | None


class Ending(StrEnum):
    """How a demonstration can end well."""

    DECIDED = "decided"
    USE_RETURNED = "use_returned"
    """The routine broke, and mended by itself before anybody had to be told."""
    NO_CONCERN = "no_concern"
    """A history in which the routine never broke."""
    KEPT_AT_HOME = "kept_at_home"
    SERVICE = "service"
    """A machine fault went to a technician, and no care alert left the house."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary(Step):
    """The end, with what the broker itself counted."""

    kind = "summary"
    outcome: Ending
    brews: int
    alerts_published: int
    service_reports_published: int
    nothing_left: bool
    """Whether the broker carried not one envelope from the device, heartbeats included."""

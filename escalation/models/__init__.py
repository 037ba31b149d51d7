"""What the desk remembers.

An owner's words (name, change, contact, decision, replies) are kept with the case alone,
so that a withdrawal erases them in one place. The audit rows of a case say who did what
and when, hold none of those words, and are never changed: the database itself refuses it.
"""

from escalation.models.cases import (
    Apology,
    Case,
    CaseEvent,
    ContactRequest,
    Effort,
    EmergencyStep,
    HandOver,
    Incident,
    OwnerReply,
    PartEnd,
    ServiceNote,
    TakeOver,
)
from escalation.models.circle import CircleDoing, CircleEvent, Volunteer, VolunteerHours
from escalation.models.columns import (
    BATCH_LENGTH,
    DEVICE_ID_LENGTH,
    MESSAGE_ID_LENGTH,
    SHA256_LENGTH,
)
from escalation.models.envelopes import Intake, IntakeWorker, OutgoingMessage, Quarantine
from escalation.models.homes import (
    Device,
    NamedPerson,
    NameLine,
    OwnerWishes,
    Tombstone,
    Unheard,
    Withdrawn,
)
from escalation.models.people import (
    PracticeAnswer,
    RotaHours,
    Search,
    Skill,
    Staff,
    StaffManager,
)

__all__ = [
    "BATCH_LENGTH",
    "DEVICE_ID_LENGTH",
    "MESSAGE_ID_LENGTH",
    "SHA256_LENGTH",
    "Apology",
    "Case",
    "CaseEvent",
    "CircleDoing",
    "CircleEvent",
    "ContactRequest",
    "Device",
    "Effort",
    "EmergencyStep",
    "HandOver",
    "Incident",
    "Intake",
    "IntakeWorker",
    "NameLine",
    "NamedPerson",
    "OutgoingMessage",
    "OwnerReply",
    "OwnerWishes",
    "PartEnd",
    "PracticeAnswer",
    "Quarantine",
    "RotaHours",
    "Search",
    "ServiceNote",
    "Skill",
    "Staff",
    "StaffManager",
    "TakeOver",
    "Tombstone",
    "Unheard",
    "Volunteer",
    "VolunteerHours",
    "Withdrawn",
]

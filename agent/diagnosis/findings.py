"""What a look at one subject ends with: a verdict, one sentence, and what to do.

Sentence and fix are for whoever stands before the device, and may name its files. ``Reason``
is a word out of a closed list for everybody else: a program, or support. It never holds
anything that somebody wrote, so it alone goes into a bundle.
"""

from dataclasses import dataclass
from enum import StrEnum

from wire.schema import JSON

FORMAT = "demitasse-check/1"


class Subject(StrEnum):
    """What is looked at, in this order."""

    CONFIG = "config"
    CONSENT = "consent"
    PROFILE = "profile"
    PORT = "port"
    CONTROLLER = "controller"
    PINS = "pins"
    CLOCK = "clock"
    DISK = "disk"
    STORE = "store"
    WRITE_BUDGET = "write_budget"
    PERMISSIONS = "permissions"
    IDENTITY = "identity"
    DESK = "desk"
    CERTIFICATE = "certificate"
    BROKER = "broker"


class Judgement(StrEnum):
    """How it stands; only ``WRONG`` needs somebody to act before the device can work."""

    OK = "ok"
    ATTENTION = "attention"
    WRONG = "wrong"
    NOT_LOOKED_AT = "not_looked_at"


class Reason(StrEnum):
    """Why it stands so: stable words for programs."""

    FINE = "fine"
    NEEDS_CONFIG = "needs_config"
    NEEDS_PROFILE = "needs_profile"
    NOT_PERMITTED = "not_permitted"
    NONE_USED = "none_used"
    COULD_NOT_LOOK = "could_not_look"

    CONFIG_WRONG = "config_wrong"
    ALL_OFF = "all_off"
    CONSENT_MISSING = "consent_missing"
    CONSENT_UNREADABLE = "consent_unreadable"
    CONSENT_INCOMPLETE = "consent_incomplete"

    PROFILE_WRONG = "profile_wrong"
    HELD_BY_DEVICE = "held_by_device"
    PORT_MISSING = "port_missing"
    PORT_FORBIDDEN = "port_forbidden"
    PORT_UNUSABLE = "port_unusable"
    CONTROLLER_SILENT = "controller_silent"
    CONTROLLER_UNREADABLE = "controller_unreadable"
    LINE_INVERTED = "line_inverted"
    OTHER_BAUD = "other_baud"
    PINS_UNUSABLE = "pins_unusable"

    CLOCK_NOT_SYNCED = "clock_not_synced"
    DISK_READ_ONLY = "disk_read_only"
    DISK_FULL = "disk_full"
    DISK_NEARLY_FULL = "disk_nearly_full"
    DISK_REFUSES = "disk_refuses"
    NOT_STARTED_YET = "not_started_yet"
    STORE_EARLIER = "store_earlier"
    STORE_UNUSABLE = "store_unusable"
    BUDGET_USED_UP = "budget_used_up"

    OPEN_TO_OTHERS = "open_to_others"
    OWNED_BY_ANOTHER = "owned_by_another"
    IDENTITY_WRONG = "identity_wrong"
    NOT_ENROLLED = "not_enrolled"
    DESK_WRONG = "desk_wrong"
    CERTIFICATE_MISSING = "certificate_missing"
    CERTIFICATE_ENDED = "certificate_ended"
    CERTIFICATE_ENDS_SOON = "certificate_ends_soon"
    CERTIFICATE_NOT_YET = "certificate_not_yet"
    CERTIFICATE_WRONG = "certificate_wrong"

    NOBODY_CALLED = "nobody_called"
    NAME_UNKNOWN = "name_unknown"
    BROKER_UNREACHABLE = "broker_unreachable"
    TLS_FAILED = "tls_failed"
    DEVICE_REFUSED = "device_refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One line of ``demitasse check``."""

    subject: Subject
    verdict: Judgement
    reason: Reason
    text: str
    fix: str = ""

    def to_json(self) -> dict[str, JSON]:
        """Return it as it stands in ``demitasse check --json``."""
        return {
            "subject": str(self.subject),
            "verdict": str(self.verdict),
            "reason": str(self.reason),
            "text": self.text,
            "fix": self.fix,
        }


def ok(subject: Subject, text: str, *, reason: Reason = Reason.FINE, fix: str = "") -> Found:
    """Return that all is well."""
    return Found(subject=subject, verdict=Judgement.OK, reason=reason, text=text, fix=fix)


def attention(subject: Subject, reason: Reason, text: str, fix: str) -> Found:
    """Return that it works, and somebody should know."""
    return Found(
        subject=subject, verdict=Judgement.ATTENTION, reason=reason, text=text, fix=fix
    )


def wrong(subject: Subject, reason: Reason, text: str, fix: str) -> Found:
    """Return that it cannot work like this."""
    return Found(subject=subject, verdict=Judgement.WRONG, reason=reason, text=text, fix=fix)


def not_looked_at(subject: Subject, reason: Reason, text: str, fix: str = "") -> Found:
    """Return that nothing can be said, and why."""
    return Found(
        subject=subject, verdict=Judgement.NOT_LOOKED_AT, reason=reason, text=text, fix=fix
    )


def refused(subject: Subject, reason: Reason, error: Exception) -> Found:
    """Return that it is wrong as ``error`` says; its message ends with the fix."""
    # Messages of this project read "place: what is wrong; what to do", and those about an
    # option "place = value: what to do".
    text, mark, fix = str(error).partition("; ")
    if not mark and " = " in text:
        text, _, fix = text.rpartition(": ")
    text, fix = f"{text}.", fix or "put it right, and look again"
    return wrong(subject, reason, text, fix)


def worst(found: list[Found]) -> Judgement:
    """Return the verdict on the whole: what was not looked at makes nothing worse."""
    verdicts = {one.verdict for one in found}
    for verdict in (Judgement.WRONG, Judgement.ATTENTION):
        if verdict in verdicts:
            return verdict
    return Judgement.OK

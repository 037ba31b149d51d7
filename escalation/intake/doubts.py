"""Why an envelope was not believed: a few kinds, so that staff read them in their language.

The exact words of the program are kept beside the kind, for whoever looks for the cause.
"""

from enum import StrEnum

from wire.sealing import SLOT_BYTES, Malformed, NotForUs, SealError, Unverifiable


class Doubt(StrEnum):
    """What is wrong with an envelope."""

    MALFORMED = "malformed"
    """Its bytes are no message."""
    OVERSIZED = "oversized"
    """It is larger than any message can be."""
    FOREIGN = "foreign"
    """It came on a topic of nobody who is enrolled."""
    NOT_FOR_US = "not_for_us"
    """It is sealed to keys that this desk does not have."""
    UNVERIFIABLE = "unverifiable"
    """It was altered, carried elsewhere, or signed by somebody else."""
    REPLAYED = "replayed"
    """It is genuine and older than what came after it: a sign of life from the past."""
    FAILED = "failed"
    """The desk itself failed on it."""


class Unknown(SealError):
    """Nobody who is enrolled may send on this topic."""


def doubt_of(error: SealError, envelope: bytes) -> Doubt:
    """Return the kind of what ``error`` found wrong with ``envelope``."""
    match error:
        case Unknown():
            return Doubt.FOREIGN
        case NotForUs():
            return Doubt.NOT_FOR_US
        case Unverifiable():
            return Doubt.UNVERIFIABLE
        case Malformed() if len(envelope) > SLOT_BYTES:
            return Doubt.OVERSIZED
    return Doubt.MALFORMED

"""What a look at one subject ends with: a verdict, what was found, and what to do."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """What a look ends with."""

    WELL = "well"
    LOOK = "look"
    WRONG = "wrong"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One subject, its verdict, what was found and what to do."""

    subject: str
    verdict: Verdict
    found: str
    fix: str = ""

    def plain(self) -> dict[str, str]:
        """Return it as JSON has it."""
        return {name: str(value) for name, value in asdict(self).items()}


Look = Iterator[Finding]
"""What one look yields: a finding or several."""


def well(subject: str, found: str) -> Finding:
    """Return that all is well."""
    return Finding(subject=subject, verdict=Verdict.WELL, found=found)


def look(subject: str, found: str, fix: str) -> Finding:
    """Return something worth a thought."""
    return Finding(subject=subject, verdict=Verdict.LOOK, found=found, fix=fix)


def wrong(subject: str, found: str, fix: str) -> Finding:
    """Return what keeps the desk, or its alarm, from doing its work."""
    return Finding(subject=subject, verdict=Verdict.WRONG, found=found, fix=fix)

"""How much this device may write to its memory card in a day, and what gives way.

A card wears out with what is written to it. What must be kept (alerts, consent, the
ledger) is written whatever the budget says; when it is used up, what may be lost gives way
until the next day, and is counted. The days are those of UTC.

``total`` figures come from the kernel's own account of this process, so that nothing here
has to guess what a database makes of a row.
"""

from collections import Counter
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from wire.schema import JSON

WRITE_BYTES_A_DAY = 10_000_000
"""A card of 32 GB that bears a thousand rewrites would bear this for thousands of years; the
cheap one that bears a hundredth of it, and writes ten times what it is given, for decades."""

_IO = Path("/proc/self/io")


def written_by_this_process(io: Path = _IO) -> int | None:
    """Return how many bytes this process has sent to storage, ``None`` if nobody knows."""
    try:
        lines = io.read_text(encoding="ascii").splitlines()
    except OSError:
        return None
    found = dict(line.split(": ", 1) for line in lines)
    return int(found["write_bytes"])


@dataclass(slots=True)
class WriteBudget:
    """The writing of one day."""

    bytes_a_day: int
    day: date | None = None
    written: int = 0
    deferred: Counter[str] = field(default_factory=Counter)
    """What gave way today, and how often."""
    _total: int | None = None

    @property
    def used_up(self) -> bool:
        """Whether what may be lost has to give way."""
        return self.written >= self.bytes_a_day

    def note(self, total: int | None, day: date) -> None:
        """Take in what this process has written since it started."""
        if day != self.day:
            self.day, self.written = day, 0
            self.deferred.clear()
        if total is not None:
            # What came before the first look was the start of the agent: it counts.
            self.written += total - (self._total or 0)
            self._total = total

    def defer(self, what: str, count: int = 1) -> None:
        """Count what gave way."""
        self.deferred[what] += count

    def to_json(self) -> dict[str, JSON]:
        """Return what ``demitasse status`` shows and a restart goes on from."""
        return {
            "day": self.day.isoformat() if self.day else None,
            "written_bytes": self.written,
            "bytes_a_day": self.bytes_a_day,
            "deferred": dict(self.deferred),
        }

    @classmethod
    def from_json(cls, plain: JSON, bytes_a_day: int) -> "WriteBudget":
        """Go on from what was kept; anything else begins a new day."""
        try:
            assert isinstance(plain, dict)
            return cls(
                bytes_a_day=bytes_a_day,
                day=date.fromisoformat(str(plain["day"])),
                written=int(str(plain["written_bytes"])),
                deferred=Counter(plain["deferred"]),  # type: ignore[arg-type]
            )
        except (AssertionError, KeyError, TypeError, ValueError):
            return cls(bytes_a_day=bytes_a_day)

"""What the machine says about itself, weighed: a flag by itself is never truth.

An error that the machine reports counts when it lasts. An error beside which it goes on
making coffee contradicts itself, and is not believed as long as it does; when the coffee has
stopped for a day, it may have been right after all.
"""

from dataclasses import dataclass, field

from agent.checks.limits import MachineLimits
from agent.checks.room import DAY_S, MINUTE_S, Look, Span, not_seen_yet, sound, weighed
from wire.facts import CheckName, Finding
from wire.readings import BrewFinished, Flag, FlagName, LinkLost, Reading
from wire.stamps import Stamp

ERROR_S = 10 * MINUTE_S
"""An error that goes away when the tray is put back has gone by then."""
BREW_S = 5.0
"""A shorter one may be the machine giving up."""


@dataclass(slots=True)
class SelfReportCheck:
    """The error flag, and whether coffee is made beside it."""

    limits: MachineLimits
    seen: bool = False
    contradicted_s: float | None = None
    """When coffee was last made beside the error."""
    error: Span = field(default_factory=Span)

    def receive(self, reading: Reading) -> None:
        """Take one reading into account."""
        match reading:
            case LinkLost():
                self.seen, self.contradicted_s = False, None
                self.error.hold(False, reading.at.monotonic_s)
            case Flag(name=FlagName.MACHINE_ERROR, on=on):
                self.seen = True
                self.error.hold(on, reading.at.monotonic_s)
                self.contradicted_s = self.contradicted_s if on else None
            case BrewFinished(duration_s=duration_s):
                now_s = reading.at.monotonic_s
                if self.error.lasted_s(now_s) > duration_s >= BREW_S:
                    self.contradicted_s = now_s

    def look(self, now: Stamp) -> Look | None:
        """Return what is to be believed of it."""
        if not self.limits.promise(FlagName.MACHINE_ERROR):
            return None
        if not self.seen:
            return not_seen_yet(CheckName.SELF_REPORT)
        if self.error.since_s is None:
            return sound(CheckName.SELF_REPORT, Finding.SELF_REPORT_CLEAR)
        now_s = now.monotonic_s
        if self.contradicted_s is not None and now_s - self.contradicted_s < DAY_S:
            return sound(CheckName.SELF_REPORT, Finding.SELF_REPORT_CONTRADICTED)
        score = self.error.lasted_s(now_s) / ERROR_S
        return weighed(CheckName.SELF_REPORT, Finding.SELF_REPORT_ERROR, score)

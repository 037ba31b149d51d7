"""Decides when many alerts are one matter: a wave of machines that report the same.

A bad update, a recall or an outage makes machines report the same at the same time. Families
do not do that. The rule counts what a cohort reports, and knows nothing of any household:

1. ``AT_LEAST`` cases of one cohort wait that came within ``WINDOW``, and
2. that is at least ``TIMES`` what the same cohort sends in such a time usually, by its
   last ``COMPARED``. A cohort that is always loud makes no wave by being loud.

The narrowest cohort that explains a wave is held, so that nobody else waits for it: one
firmware of a model, then a model, then all machines. When two firmwares of a model make waves,
it is the model; when two models do, it is all machines, as in an outage.

Pure: the shell brings the counts.

>>> is_wave(40, lambda: 0), is_wave(40, lambda: 2000), is_wave(3, lambda: 0)
(True, False, False)
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta

WINDOW = timedelta(hours=6)
COMPARED = timedelta(days=28)
AT_LEAST = 20
TIMES = 5
"""Busy days happen. Five times the usual within a quarter of a day does not, by itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cohort:
    """Machines that are alike, and what they report. An empty field is any."""

    model: str = ""
    firmware: str = ""
    noticed: str = ""

    def covers(self, other: "Cohort") -> bool:
        """Return whether everything in ``other`` is in this cohort, too."""
        pairs = (
            (self.model, other.model),
            (self.firmware, other.firmware),
            (self.noticed, other.noticed),
        )
        return all(mine in ("", theirs) for mine, theirs in pairs)


def is_wave(recent: int, before: Callable[[], int]) -> bool:
    """Return whether ``recent`` cases are a wave, where ``before`` came in ``COMPARED``."""
    if recent < AT_LEAST:
        return False
    return recent >= TIMES * before() * (WINDOW / COMPARED)


def waves(recent: Mapping[Cohort, int], before: Callable[[Cohort], int]) -> list[Cohort]:
    """Return the cohorts that make a wave, each as narrow as it explains one."""
    found = [c for c, n in recent.items() if is_wave(n, lambda c=c: before(c))]  # type: ignore[misc]
    for widen in (_any_firmware, _any_model):
        for wide in {widen(cohort) for cohort in recent}:
            inside = [cohort for cohort in found if wide.covers(cohort)]
            everything = sum(n for cohort, n in recent.items() if wide.covers(cohort))
            alone = not inside and is_wave(everything, lambda c=wide: before(c))  # type: ignore[misc]
            if alone or len(inside) > 1:
                found = [cohort for cohort in found if cohort not in inside] + [wide]
    return found


def _any_firmware(cohort: Cohort) -> Cohort:
    return replace(cohort, firmware="")


def _any_model(cohort: Cohort) -> Cohort:
    return Cohort(noticed=cohort.noticed)

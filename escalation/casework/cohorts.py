"""Decides when many alerts are one matter: a wave of machines that report the same.

A bad update, a recall or an outage makes machines report the same at the same time. Families
do not do that. The rule counts what a cohort reports, and knows nothing of any household:

1. ``AT_LEAST`` cases of one cohort wait that came within ``WINDOW``, and
2. that is at least ``TIMES`` what the same cohort sends in such a time usually, by its
   last ``COMPARED``. A cohort that is always loud makes no wave by being loud.

The narrowest cohort that explains a wave is held, so that nobody else waits for it: a firmware
of one maker's batch, then a firmware, or a batch, of a model, then a model, then all machines.
When two batches of one firmware make waves, it is the firmware; when two firmwares of one batch
do, it is the batch; where two of either do, it is the model; and when two models do, it is all
machines, as in an outage.

Pure: the shell brings the counts.

>>> is_wave(40, lambda: 0), is_wave(40, lambda: 2000), is_wave(3, lambda: 0)
(True, False, False)
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import astuple, dataclass, replace
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
    batch: str = ""
    """The maker's, as whoever let the machines in has written down."""
    noticed: str = ""

    def covers(self, other: "Cohort") -> bool:
        """Return whether everything in ``other`` is in this cohort, too."""
        pairs = (
            (self.model, other.model),
            (self.firmware, other.firmware),
            (self.batch, other.batch),
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
    members: dict[Cohort, list[Cohort]] = defaultdict(list)
    for cohort in recent:
        for wide in set(_wider(cohort)):
            members[wide].append(cohort)
    for wide in sorted(members, key=_breadth):
        inside = [cohort for cohort in found if wide.covers(cohort)]
        unexplained = sum(
            recent[cohort]
            for cohort in members[wide]
            if not any(one.covers(cohort) for one in found)
        )
        alone = not inside and is_wave(unexplained, lambda c=wide: before(c))  # type: ignore[misc]
        if alone or len(inside) > 1:
            found = [cohort for cohort in found if cohort not in inside] + [wide]
    return found


def _wider(cohort: Cohort) -> Iterator[Cohort]:
    """Yield what the machines of a cohort may have in common with others."""
    yield replace(cohort, batch="")
    yield replace(cohort, firmware="")
    yield Cohort(model=cohort.model, noticed=cohort.noticed)
    yield Cohort(noticed=cohort.noticed)


def _breadth(cohort: Cohort) -> tuple[object, ...]:
    """Sort narrow before wide, and of a firmware and a batch the firmware first."""
    anything = [not part for part in (cohort.model, cohort.firmware, cohort.batch)]
    return (sum(anything), *anything, *astuple(cohort))

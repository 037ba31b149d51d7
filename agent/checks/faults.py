"""Which faults of the machine are known, so that each is told once and not at every flicker.

A fault that comes and goes is one fault. It is told when it is first seen; when it has
passed it is watched, and only forgotten when its part of the machine was sound for as long
as ``SETTLED_AFTER`` says. If it is seen before that, it was never gone.

State × what the device check says of it → state:

==========  ==========  ==========  =======================
state       seen        gone        gone for long enough
==========  ==========  ==========  =======================
(unknown)   standing    (unknown)   (unknown)
standing    standing    passed      passed
passed      standing    passed      (unknown)
==========  ==========  ==========  =======================

Where the check cannot tell (not heard, not tried since the device was switched on), nothing
moves: a pump that nobody has used is not repaired. Pure: the shell keeps and sends.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from wire.facts import CheckName, DeviceCheck, Evidence, Finding, Verdict

_DAY = timedelta(days=1)

SETTLED_AFTER: Mapping[CheckName, timedelta] = {
    # A plug that was pushed in properly holds or falls out within a day.
    CheckName.LINK: _DAY,
    CheckName.CLOCK: _DAY,
    # Its check counts over a day; so two more days must bring nothing.
    CheckName.CONTROLLER: 3 * _DAY,
    # A float sticks at one height, and a tank passes each height about once a week.
    CheckName.TANK: 7 * _DAY,
    CheckName.WATER: 7 * _DAY,
    # Air in the line comes back with the next empty tank.
    CheckName.FLOW: 7 * _DAY,
    # What fails when it is cold has to be tried on some mornings.
    CheckName.HEATING: 7 * _DAY,
    CheckName.TEMPERATURE: 7 * _DAY,
    CheckName.SELF_REPORT: 3 * _DAY,
    # A median of a week may waver about the threshold for weeks.
    CheckName.SCALE: 30 * _DAY,
}
"""How long a part has to be sound before the same fault counts as a new one."""

UNTRIED = frozenset({Finding.FLOW_UNTRIED, Finding.HEATING_UNTRIED})


class State(StrEnum):
    """Where a fault stands."""

    STANDING = "standing"
    PASSED = "passed"
    """Not there now, and watched."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One service concern: a fault, or a wish of the machine to be looked after."""

    check: CheckName
    finding: Finding
    state: State
    since: datetime
    """When it was first seen."""
    last: Evidence
    """The line of the device check when it was first seen, or last reported."""
    reported: bool = False
    """Whether a technician has been told."""
    passed_at: datetime | None = None


def matters(check: DeviceCheck) -> tuple[Evidence, ...]:
    """Return the lines of ``check`` that are a service matter."""
    return (*check.faults(), *check.maintenance())


def follow(
    known: Iterable[Fault], check: DeviceCheck, now: datetime, *, synced: bool
) -> tuple[Fault, ...]:
    """Return the faults that are known after ``check``.

    While the clock is not confirmed nothing passes and nothing settles.
    """
    seen = {line.finding: line for line in matters(check)}
    cleared = {line.check for line in check.evidence if _clears(line)}
    kept = [
        followed
        for fault in known
        if (followed := _follow(fault, seen, cleared, now if synced else None)) is not None
    ]
    old = {fault.finding for fault in kept}
    new = (
        Fault(
            check=line.check,
            finding=line.finding,
            state=State.STANDING,
            since=now,
            last=line,
        )
        for line in seen.values()
        if line.finding not in old
    )
    return (*kept, *new)


def _follow(
    fault: Fault,
    seen: Mapping[Finding, Evidence],
    cleared: Iterable[CheckName],
    now: datetime | None,
) -> Fault | None:
    if fault.finding in seen:
        return replace(fault, state=State.STANDING, passed_at=None)
    if fault.check not in cleared or now is None:
        return fault
    if fault.passed_at is None:
        return replace(fault, state=State.PASSED, passed_at=now)
    settled = now - fault.passed_at >= SETTLED_AFTER[fault.check]
    return None if settled else fault


def _clears(line: Evidence) -> bool:
    return line.verdict is Verdict.SOUND and line.finding not in UNTRIED

"""Takes one guard away, so that a goal of zero proves to be a measurement.

``without(Guard.COMPARE_AND_SET)`` is the same desk in which a case is moved whatever has
become of it meanwhile. What is replaced is one small function of the product each time.
"""
# What needs Django is imported when a guard is taken away.
# ruff: noqa: PLC0415

import contextlib
from collections.abc import Callable, Iterator
from enum import StrEnum
from typing import Any
from unittest import mock


class Guard(StrEnum):
    """What ``--break`` takes away."""

    COMPARE_AND_SET = "compare-and-set"
    """A case is moved whatever it is by now."""
    SKILL = "skill"
    """Nobody asks whether somebody has the skill."""
    LEASE = "lease"
    """A lease never ends."""
    TOLD_ONCE = "told-once"
    """Nobody asks whether the owner has been told already."""
    CLOCK = "clock"
    """The clock's chores are not done."""
    COHORT = "cohort"
    """Nobody sees that many machines report the same."""


@contextlib.contextmanager
def without(guard: Guard | None) -> Iterator[None]:
    """Take ``guard`` away until the block ends."""
    with contextlib.ExitStack() as stack:
        for patch in _PATCHES[guard]() if guard else ():
            stack.enter_context(patch)
        yield


def _compare_and_set() -> tuple[Any, ...]:
    from escalation.casework import acts, moves

    return (
        mock.patch.object(moves, "READ", ()),
        mock.patch.object(acts, "is_as_read", return_value=True),
    )


def _skill() -> tuple[Any, ...]:
    from escalation.team import skills

    # Without an end to bound the lease by, no move asks for the skill a second time.
    return (mock.patch.object(skills, "require", return_value=None),)


def _lease() -> tuple[Any, ...]:
    from escalation.cases import IN_HAND
    from escalation.models import Case

    return (mock.patch.object(Case, "held_at", lambda case, _now: case.state in IN_HAND),)


def _told_once() -> tuple[Any, ...]:
    from escalation.casework import unstaffed

    return (mock.patch.object(unstaffed, "was_told", return_value=False),)


def _clock() -> tuple[Any, ...]:
    from escalation.casework import deskwork, unstaffed

    return (
        mock.patch.object(deskwork, "settle_due"),
        mock.patch.object(unstaffed, "review", return_value=0),
    )


def _cohort() -> tuple[Any, ...]:
    from escalation.casework import cohorts

    return (mock.patch.object(cohorts, "waves", return_value=[]),)


_PATCHES: dict[Guard, Callable[[], tuple[Any, ...]]] = {
    Guard.COMPARE_AND_SET: _compare_and_set,
    Guard.SKILL: _skill,
    Guard.LEASE: _lease,
    Guard.TOLD_ONCE: _told_once,
    Guard.CLOCK: _clock,
    Guard.COHORT: _cohort,
}

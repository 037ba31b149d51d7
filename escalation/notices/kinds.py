"""Of what people at the desk are told, and who may wish to be told of it.

Pure. What a notice says is in ``words``, after how long it goes is in ``ladder``.
"""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from escalation.cases import Role


class Kind(StrEnum):
    """What a notice is about; its sentence depends on nothing else."""

    CALLED = "called"
    """Somebody has asked for a call and waits now."""
    WAITING = "waiting"
    """Somebody waits, and nobody trained is there."""
    REMINDER = "reminder"
    """Somebody, or a machine, has waited for a while."""
    UNSTAFFED = "unstaffed"
    """Nobody trained comes in time."""
    INCIDENT = "incident"
    """Many homes at once: somebody has to look and release."""
    COLLEAGUE = "colleague"
    """A colleague needs a second person now: to approve, to take a call over, to stand by."""
    GUARDIAN = "guardian"
    """Something waits for a guardian: an objection, or what was drawn to be read again."""
    SELF_AUDIT = "self_audit"
    """The desk has found something out of order in itself."""
    ENTRANCE = "entrance"
    """Somebody has tried to come in with one's own name."""
    TRIAL = "trial"
    """Somebody tries whether their own channel works."""
    NUDGE = "nudge"
    """To an owner, under ``nudge_me``: the machine has a question, at home."""


class Audience(StrEnum):
    """Who is told. None of these is ever anybody unskilled who should do skilled work."""

    PRESENT = "present"
    """With a valid skill, there, and not on a pause."""
    ON_ROTA = "on_rota"
    """With a valid skill, and within their promised hours (or they have promised none)."""
    TECHNICIANS = "technicians"
    """Technicians within their promised hours (or they have promised none)."""
    SUPERVISORS = "supervisors"
    """They take no case; they see who is missing, and find somebody."""
    GUARDIANS = "guardians"
    """Of what waits for them nobody else is told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """Who may wish a kind, and how long there is peace after one."""

    roles: frozenset[Role]
    apart: timedelta
    """One person is not told of the same kind again sooner, whatever else happens."""


KINDS: dict[Kind, About] = {
    Kind.CALLED: About(
        roles=frozenset({Role.REVIEWER, Role.SUPERVISOR}), apart=timedelta(minutes=1)
    ),
    Kind.WAITING: About(roles=frozenset({Role.REVIEWER}), apart=timedelta(minutes=30)),
    Kind.REMINDER: About(
        roles=frozenset({Role.REVIEWER, Role.TECHNICIAN, Role.SUPERVISOR}),
        apart=timedelta(minutes=10),
    ),
    Kind.UNSTAFFED: About(roles=frozenset({Role.SUPERVISOR}), apart=timedelta(minutes=5)),
    Kind.COLLEAGUE: About(
        roles=frozenset({Role.REVIEWER, Role.SUPERVISOR}), apart=timedelta(minutes=2)
    ),
    Kind.INCIDENT: About(roles=frozenset({Role.SUPERVISOR}), apart=timedelta(minutes=10)),
    Kind.GUARDIAN: About(roles=frozenset({Role.GUARDIAN}), apart=timedelta(hours=1)),
    Kind.SELF_AUDIT: About(roles=frozenset({Role.SUPERVISOR}), apart=timedelta(hours=1)),
    Kind.ENTRANCE: About(roles=frozenset(Role), apart=timedelta(days=1)),
}
"""Every kind that people choose from. The other two are asked for, one at a time."""

PERSONAL = frozenset({Kind.ENTRANCE, Kind.TRIAL})
"""About somebody's own account: nothing waits at the desk because of it."""

"""Decides who may be given care cases: fails closed.

A care skill takes practice and a supervised sign-off: every invented household of ``practice``
answered lately, then read together with a supervisor, who is never the person themselves. It
lasts ``LASTS``. Whoever runs the desk may vouch for somebody on the command line: the first
people of a desk have nobody to sign for them.

No skill, a skill that has expired and one that was ended are the same: no care case. A skill
that is ended takes back at once what its owner holds. Service cases need no more than the
technician's role: a machine can wait, and is not hurt by a clumsy word.
"""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet

from escalation.cases import IN_HAND, SKILL, CaseError, Matter, NoSkill, Role
from escalation.keeping.queries import Given, PreparedQuery
from escalation.models import Case, PracticeAnswer, Skill, Staff
from escalation.team.practice import PRACTICE

LASTS = timedelta(days=365)
PRACTISED_WITHIN = timedelta(days=90)
"""Answers older than this say little about today."""


class SignOffRefused(CaseError):
    """The person may not be signed off, or not by this one."""


def lock(staff: Staff) -> Staff:
    """Return ``staff`` as they are now, and let nobody change them until the transaction ends.

    What one person may hold is decided for one press of a button at a time. (SQLite locks by
    the transaction itself.)
    """
    (still,) = _LOCKED.fetch(staff=staff.pk)
    return still


_LOCKED = PreparedQuery(
    lambda: Staff.objects.select_for_update(no_key=True).filter(pk=Given("staff")),
    keeps_plan=True,
)


def live(now: datetime | Given) -> QuerySet[Skill]:
    """Return the care skills that are valid at ``now``."""
    return Skill.objects.filter(
        ended_at=None, valid_until__gt=now, staff__is_active=True, staff__is_reviewer=True
    )


RUNNING = PreparedQuery(
    lambda: (
        live(Given("now"))
        .filter(staff=Given("staff"))
        .order_by("-valid_until")
        .values_list("valid_until")[:1]
    ),
    keeps_plan=True,
)
"""Until when ``staff`` may be given care cases, seen from ``now``."""


def valid_until(staff: Staff, now: datetime) -> datetime | None:
    """Return until when ``staff`` may be given care cases, or ``None``."""
    return next((until for (until,) in RUNNING.fetch(staff=staff.pk, now=now)), None)


def matters_of(staff: Staff, now: datetime) -> list[Matter]:
    """Return what ``staff`` may be given at ``now``."""
    found = [matter for matter in Matter if SKILL[matter] in staff.roles]
    if Matter.CARE in found and valid_until(staff, now) is None:
        found.remove(Matter.CARE)
    return found


def require(staff: Staff, matter: Matter, now: datetime) -> datetime | None:
    """Return until when ``staff`` may be given cases of ``matter``, or raise ``NoSkill``.

    ``None``: the role is enough, and has no end.
    """
    if SKILL[matter] in staff.roles:
        until = valid_until(staff, now) if matter is Matter.CARE else None
        if until is not None or matter is not Matter.CARE:
            return until
    raise NoSkill(f"no valid skill for a {matter} case")


def still_to_practise(staff: Staff, now: datetime) -> list[str]:
    """Return which invented households ``staff`` has not answered lately."""
    lately = PracticeAnswer.objects.filter(staff=staff, answered_at__gt=now - PRACTISED_WITHIN)
    answered = set(lately.values_list("practice", flat=True))
    return [slug for slug in PRACTICE if slug not in answered]


@transaction.atomic
def sign_off(staff: Staff, supervisor: Staff, now: datetime) -> Skill:
    """Let ``supervisor`` sign that ``staff`` may be given care cases."""
    staff = lock(staff)
    if Role.SUPERVISOR not in supervisor.roles or supervisor.pk == staff.pk:
        raise SignOffRefused("a supervisor signs, and never for themselves")
    if Role.REVIEWER not in staff.roles or still_to_practise(staff, now):
        raise SignOffRefused("a reviewer practises first")
    return _begin(staff, supervisor, now)


@transaction.atomic
def vouch(staff: Staff, now: datetime) -> Skill:
    """Give the skill in the name of whoever runs the desk."""
    return _begin(lock(staff), None, now)


@transaction.atomic
def end(staff: Staff, supervisor: Staff, now: datetime) -> None:
    """End the skill at once, and with it every lease on a care case."""
    lock(staff)
    Skill.objects.filter(staff=staff, ended_at=None).update(ended_at=now, ended_by=supervisor)
    held = Case.objects.filter(matter=Matter.CARE, state__in=IN_HAND, holder=staff)
    held.filter(lease_until__gt=now).update(lease_until=now)


def _begin(staff: Staff, by: Staff | None, now: datetime) -> Skill:
    Skill.objects.filter(staff=staff, ended_at=None).update(ended_at=now, ended_by=by)
    return Skill.objects.create(
        staff=staff, signed_off_by=by, signed_off_at=now, valid_until=now + LASTS
    )

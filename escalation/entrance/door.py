"""What happens at the door is written down, and whose name was tried hears of it.

A try that failed leaves a line for the person, if there is one of that name; a name that
nobody has costs the same time. Whoever wants notices gets one, at most one a day and never in
their quiet hours: somebody who tries a thousand times sends no thousand notices. All hear of
it when they next come in, until they have said whether it was them.
"""

from datetime import datetime

from django.db import transaction

from escalation.entrance import attempts, lines, sessions, tries
from escalation.entrance.attempts import LOOKED_BACK, Tried
from escalation.entrance.doings import FAILED, LOCKOUTS, PROVEN, Doing, Guess
from escalation.entrance.models import EntranceEvent
from escalation.models import Staff
from escalation.notices import outbox, review
from escalation.notices.kinds import Kind

ABOUT_TRIES = FAILED | LOCKOUTS | PROVEN | {Doing.WAS_ME, Doing.NOT_ME}
LOCKOUTS_SHOWN = 50


def wrong_password(name: str, now: datetime) -> None:
    """Note that a password for this name was wrong."""
    staff = Staff.objects.filter(username__iexact=name, is_active=True).first()
    if staff is None:
        tries.touch(Guess.PASSWORD, name)
        return
    used_up = tries.used_up(Guess.PASSWORD, name)
    _failed(staff, Doing.WRONG_PASSWORD, Doing.LOCKED if used_up else None, now)


def wrong_code(staff: Staff, now: datetime) -> None:
    """Note that a code was wrong, after the right password."""
    used_up = tries.used_up(Guess.CODE, str(staff.pk))
    _failed(staff, Doing.WRONG_CODE, Doing.GUESSED if used_up else None, now)


def came_in(staff: Staff, now: datetime, *, by_organisation: bool = False) -> None:
    """Note that somebody was let in."""
    lines.note(staff, Doing.CAME_BY_ORG if by_organisation else Doing.CAME_IN, now)


def tried(staff: Staff, now: datetime) -> Tried | None:
    """Return what ``staff`` has not been asked about yet."""
    return attempts.to_tell(_about_tries(staff, now))


def has_to_renew(staff: Staff, now: datetime) -> bool:
    """Return whether ``staff`` owes themselves a new password."""
    return attempts.has_to_renew(_about_tries(staff, now))


@transaction.atomic
def was_me(staff: Staff, now: datetime) -> None:
    """Take the person's word for it."""
    lines.note(staff, Doing.WAS_ME, now)


@transaction.atomic
def was_not_me(staff: Staff, now: datetime, *, keep: str | None) -> None:
    """End every session of ``staff`` but the one that says so."""
    lines.note(staff, Doing.NOT_ME, now)
    sessions.end(staff, keep=keep)


def lockouts(now: datetime) -> list[EntranceEvent]:
    """Return whose tries were used up lately, the newest first: for supervisors."""
    found = EntranceEvent.objects.filter(
        doing__in=LOCKOUTS, at__gt=now - LOOKED_BACK, staff__is_active=True
    )
    return list(found.select_related("staff").order_by("-at", "-pk")[:LOCKOUTS_SHOWN])


@transaction.atomic
def _failed(staff: Staff, doing: Doing, lockout: Doing | None, now: datetime) -> None:
    is_new = lines.note(staff, doing, now)
    if lockout is not None:
        is_new |= lines.note(staff, lockout, now)
    if not is_new:
        return  # Enough was written down, and told.
    found = tried(staff, now)
    if found is None or not found.is_worth_a_notice:
        return
    if review.wants(staff, Kind.ENTRANCE) and not review.in_peace(staff, now):
        outbox.add(Kind.ENTRANCE, f"entrance/{staff.pk}/{now:%Y%m%d}", [staff], now)


def _about_tries(staff: Staff, now: datetime) -> list[tuple[str, datetime]]:
    lately = EntranceEvent.objects.filter(
        staff=staff, at__gt=now - LOOKED_BACK, doing__in=ABOUT_TRIES, by_operator=False
    )
    return list(lately.order_by("at", "pk").values_list("doing", "at"))

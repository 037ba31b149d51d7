"""Decides whether an owner may be called now, from how they like to be spoken with.

What an owner says about it is kept in their own words, told back to them, and erased with all
the rest. Hours are those of the household, not of the desk. A call outside them takes a reason
that the owner reads; without one it is refused: better nothing than clumsy. In the quiet hours
of the owner's own file there is no reason good enough. Whoever has asked for a call is called.
"""

from dataclasses import dataclass
from datetime import datetime, time
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.conf import settings
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from escalation.cases import Event, OutsideHours, QuietNow
from escalation.casework.holding import lock_home, require_hold, settle_first
from escalation.casework.moves import write_down
from escalation.casework.telling import tell
from escalation.keeping.queries import Given, PreparedQuery
from escalation.models import Case, OwnerWishes, Staff
from escalation.team import quiet_hours
from wire import schema
from wire.messages import Alert, QuietHours


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """What an owner has said, as a form brings it."""

    call_from: time | None
    call_until: time | None
    rather_written: bool
    prefers: Staff | None
    words: str


def of(case: Case) -> OwnerWishes | None:
    """Return what this owner has said about it, if anything."""
    return next(iter(_OF.fetch(home=case.device_id)), None)


_OF = PreparedQuery(
    lambda: OwnerWishes.objects.filter(device=Given("home")).select_related("prefers"),
    keeps_plan=True,
)


@transaction.atomic
def note(case: Case, staff: Staff, wished: Wishes, *, fence: int, now: datetime) -> None:
    """Keep what the owner has said, and let them read what was understood."""
    lock_home(case.device_id)
    settle_first(case, now)
    require_hold(case, staff, fence, now)
    OwnerWishes.objects.update_or_create(
        device_id=case.device_id,
        defaults={
            "call_from": wished.call_from,
            "call_until": wished.call_until,
            "timezone": zone_of(case, of(case)).key,
            "rather_written": wished.rather_written,
            "prefers": wished.prefers,
            "words": wished.words,
            "noted_at": now,
        },
    )
    told = tell(case, lambda: _words_for_owner(wished), now, sender=staff.first_name)
    write_down(case, Event.WISH, now=now, from_state=case.state, actor=staff, told_owner=told)


def _words_for_owner(wished: Wishes) -> str:
    said = [_("This is how we understood you; please correct us:")]
    if wished.call_from and wished.call_until:
        hours = {"begins": _clock(wished.call_from), "ends": _clock(wished.call_until)}
        said.append(_("call between %(begins)s and %(ends)s;") % hours)
    if wished.rather_written:
        said.append(_("rather write than call;"))
    if wished.prefers is not None:
        said.append(_("best with %(name)s;") % {"name": wished.prefers.first_name})
    if wished.words:
        said.append(f"“{wished.words}”"[:400])
    return " ".join(said)


def _clock(at: time) -> str:
    return at.strftime("%H:%M")


def zone_of(case: Case, known: OwnerWishes | None) -> ZoneInfo:
    """Return the household's own time zone, as far as a message told it."""
    if known is not None and known.timezone:
        return ZoneInfo(known.timezone)
    plain = case.payload.get("change") if case.payload else None
    if plain is not None:
        return _zone(schema.from_plain(Alert, case.payload).change.timezone)
    return ZoneInfo(settings.TIME_ZONE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Quiet:
    """The quiet hours of an owner's own file."""

    begins: time
    ends: time
    zone: ZoneInfo

    def lasts(self, now: datetime) -> bool:
        """Tell whether it is quiet there."""
        return quiet_hours.quiet(self.begins, self.ends, self.zone, now)


def quiet_of(case: Case) -> Quiet | None:
    """Return the household's quiet hours, as its newest message of its own accord told them."""
    newest = _NEWEST_MESSAGE.fetch(home=case.device_id)
    plain = next((payload.get("owner", {}).get("quiet") for (payload,) in newest), None)
    if plain is None:
        return None
    hours = schema.from_plain(QuietHours, plain)
    return Quiet(
        begins=time.fromisoformat(hours.begins),
        ends=time.fromisoformat(hours.ends),
        zone=_zone(hours.timezone),
    )


_NEWEST_MESSAGE = PreparedQuery(
    # A call for help tells none: whoever asks for a call wants it.
    lambda: (
        Case.objects.filter(device=Given("home"), erased=False, payload__has_key="consent")
        .order_by("-epoch", "-sequence")
        .values_list("payload")[:1]
    ),
    keeps_plan=True,
)


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        # Of a zone that this computer does not know, the desk's own is the nearest guess.
        return ZoneInfo(settings.TIME_ZONE)


def require_no_quiet(case: Case, now: datetime) -> None:
    """Raise ``QuietNow`` in the owner's quiet hours, unless they have asked for a call."""
    quiet = None if case.owner_called else quiet_of(case)
    if quiet is not None and quiet.lasts(now):
        raise QuietNow


def outside_hours(case: Case, now: datetime) -> bool:
    """Return whether the owner does not want to be called at this hour."""
    return outside(case, of(case), now)


def outside(case: Case, wished: OwnerWishes | None, now: datetime) -> bool:
    """Return the same of an owner who is known to wish this."""
    if case.owner_called or wished is None or not (wished.call_from and wished.call_until):
        return False
    local = now.astimezone(zone_of(case, wished)).time()
    begins, ends = wished.call_from, wished.call_until
    inside = begins <= local < ends if begins < ends else local >= begins or local < ends
    return not inside


def reason_for_the_hour(why: str) -> str:
    """Return the reason for calling at another hour, or raise ``OutsideHours``."""
    why = why.strip()
    if not why:
        raise OutsideHours
    return why


def words_about_the_hour(why: str) -> str:
    """Return what the owner reads about a call outside their hours."""
    return _("I call outside the hours you wished, because: %(why)s") % {"why": why}


def with_the_reason(case: Case, message: str, why: str) -> str:
    """Return the words to the owner with the reason for calling at this hour, or raise."""
    with translation.override(case.owner_language):
        about = words_about_the_hour(reason_for_the_hour(why))
    return f"{about}\n{message}".strip()

"""The owner's word: ``consent.toml`` as frozen values, or the reason why it means no.

One source of truth. The page and the command edit this same file; nothing else grants.
A file that is missing, unreadable or contradicts itself is not an error that stops the
agent: it is an answer, and the answer is no.
"""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, time
from enum import StrEnum
from functools import lru_cache
from pathlib import Path

from agent.consents.file_lines import with_line
from wire.messages import Language, TrustedPerson
from wire.options import ConfigError, Options
from wire.schema import encode

BUDGET_DEFAULT = 1.0
"""False questions a year where the owner has said nothing else."""


OWN_LINE_MAX = 160


class Purpose(StrEnum):
    """What the owner can allow, each by itself, each off by default."""

    LEARN_ROUTINE = "learn_routine"
    DEVICE_HEALTH = "device_health"
    CARE_ALERT = "care_alert"
    CONTACT_ME = "contact_me"
    NUDGE_ME = "nudge_me"
    CONTACT_TRUSTED_PERSON = "contact_trusted_person"


@dataclass(frozen=True, slots=True, kw_only=True)
class Switch:
    """Two lines of the file: whether it is on, and which notice was read before."""

    purpose: Purpose
    on: bool
    i_have_read: str
    valid_months: int
    details: tuple[str, ...] = ()
    """What the owner wrote down for it: an address, a person. Part of what is agreed to."""
    complete: bool = True
    """Whether nothing is missing without which it could not be used."""

    def fingerprint(self) -> str:
        """Return the hash by which file and ledger agree that they mean the same."""
        return _fingerprint(self)


@lru_cache(maxsize=64)
def _fingerprint(switch: Switch) -> str:
    # Asked for at every step of the device, and different only after an edit.
    return hashlib.sha256(encode(switch)).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class QuietHours:
    """Local hours in which a question neither glows nor waits."""

    start: time
    end: time

    def contains(self, local: time) -> bool:
        """Tell whether ``local`` lies in them; they may pass midnight."""
        if self.start <= self.end:
            return self.start <= local < self.end
        return local >= self.start or local < self.end


ME, THEM = "me", "trusted_person"
"""Whom the owner may want to be called, in the order of ``[whom_to_call] order``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentFile:
    """A readable consent file."""

    call_me: str
    language: Language
    contact: str | None
    nudge_to: str | None
    """The owner's own phone or e-mail address, for a note without content."""
    trusted_person: TrustedPerson | None
    """Whom the owner has named; ``None`` unless name and channel are written down."""
    call_order: tuple[str, ...]
    switches: Mapping[Purpose, Switch]
    false_alarms_per_year: float
    answer_within_h: float
    quiet: QuietHours
    paused_until: date | None
    """The last local day on which nothing is asked and nothing is sent, or ``UNTIL_RETURN``."""
    birthday: tuple[int, int] | None = None
    """Day and month; the owner's page alone knows it."""
    own_line: str = ""
    """Written by the owner for themselves; shown on their page and nowhere else."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unreadable:
    """A consent file that cannot be read, and so means no."""

    reason: str
    """File, line or option, and the fix: written for the owner."""


RETURN = "return"
UNTIL_RETURN = date.max
"""A pause of somebody who does not know yet when they will be back."""

_SECTIONS = ("me", *Purpose, "whom_to_call", "asking", "validity", "pause")


def budget_of(file: ConsentFile | Unreadable) -> float:
    """Return how many false questions a year are all right for the owner."""
    return file.false_alarms_per_year if isinstance(file, ConsentFile) else BUDGET_DEFAULT


def read_consent_file(path: Path) -> ConsentFile | Unreadable:
    """Read ``path``. Never raises for anything that a file can contain."""
    try:
        options = Options.load(path)
        file = _read(options)
        # Some editors empty a file before they write it, and a power cut can leave it so.
        # That is nobody's word: it must not be taken for a withdrawal of everything.
        if not any(options.table(name) for name in _SECTIONS):
            raise ConfigError(f"{path}: says nothing; write down what you allow")
        return file
    except ConfigError as error:
        return Unreadable(reason=with_line(str(error), path))


def _read(options: Options) -> ConsentFile:
    me = options.section("me")
    asking = options.section("asking")
    months = options.section("validity").integer("months", default=6, low=1, high=12)
    sections = {purpose: options.section(purpose) for purpose in Purpose}
    contact = _line(me, "contact", 120)
    nudge_to = _line(sections[Purpose.NUDGE_ME], "to", 120)
    person = _person(sections[Purpose.CONTACT_TRUSTED_PERSON])
    details = {
        Purpose.CONTACT_ME: (contact,),
        Purpose.NUDGE_ME: (nudge_to,),
        Purpose.CONTACT_TRUSTED_PERSON: (person.name, person.relation, person.channel),
    }
    complete = {
        Purpose.CONTACT_ME: bool(contact),
        Purpose.NUDGE_ME: bool(nudge_to),
        Purpose.CONTACT_TRUSTED_PERSON: bool(person.name and person.channel),
    }
    file = ConsentFile(
        call_me=_line(me, "call_me", 80),
        language=Language(me.choice("language", default="en", among=("fr", "en"))),
        contact=contact or None,
        nudge_to=nudge_to or None,
        trusted_person=person if complete[Purpose.CONTACT_TRUSTED_PERSON] else None,
        call_order=_call_order(options.section("whom_to_call")),
        switches={
            purpose: Switch(
                purpose=purpose,
                on=section.switch("on", default=False),
                i_have_read=_line(section, "i_have_read", 80),
                valid_months=months,
                details=details.get(purpose, ()),
                complete=complete.get(purpose, True),
            )
            for purpose, section in sections.items()
        },
        false_alarms_per_year=asking.number(
            "false_alarms_per_year", default=BUDGET_DEFAULT, low=0.1, high=12
        ),
        answer_within_h=asking.number("answer_within_h", default=6, low=1, high=72),
        quiet=QuietHours(
            start=_time_of_day(asking, "quiet_from", "22:00"),
            end=_time_of_day(asking, "quiet_to", "08:00"),
        ),
        paused_until=_date(options.section("pause"), "until"),
        birthday=_birthday(me, "birthday"),
        own_line=_line(me, "own_line", OWN_LINE_MAX),
    )
    if not file.call_me and any(switch.on for switch in file.switches.values()):
        me.refuse("call_me", "", "write the name by which you like to be called")
    options.close()
    return file


def birthday_of(text: str) -> tuple[int, int] | None:
    """Return day and month of ``"24-12"``, ``None`` for nothing; ``ValueError`` if neither."""
    if not text:
        return None
    if not re.fullmatch(r"[0-3][0-9]-[01][0-9]", text):
        raise ValueError(text)
    day, month = map(int, text.split("-"))
    # In a leap year, so that somebody may be born on its day.
    date(2024, month, day)
    return day, month


def _birthday(options: Options, name: str) -> tuple[int, int] | None:
    value = options.text(name, default="")
    try:
        return birthday_of(value)
    except ValueError:
        fix = 'write day and month such as "24-12", or leave it empty'
        options.refuse(name, value, fix)


def _line(options: Options, name: str, max_length: int) -> str:
    return options.text(name, default="", max_length=max_length).strip()


def _person(options: Options) -> TrustedPerson:
    return TrustedPerson(
        name=_line(options, "name", 80),
        relation=_line(options, "relation", 80),
        channel=_line(options, "channel", 120),
    )


def _call_order(options: Options) -> tuple[str, ...]:
    order = options.texts("order", default=(ME,))
    if len(set(order)) != len(order) or not set(order) <= {ME, THEM}:
        options.refuse(
            "order", list(order), f'write "{ME}" and "{THEM}" in your order, or [] for nobody'
        )
    return order


def _time_of_day(options: Options, name: str, default: str) -> time:
    value = options.text(name, default=default)
    if not re.fullmatch(r"([01][0-9]|2[0-3]):[0-5][0-9]", value):
        options.refuse(name, value, 'write a time of day such as "22:00"')
    return time.fromisoformat(value)


def pause_end(text: str) -> date | None:
    """Return the last day that ``text`` means, or ``None``; ``ValueError`` if it is no day."""
    if text == RETURN:
        return UNTIL_RETURN
    return date.fromisoformat(text) if text else None


def _date(options: Options, name: str) -> date | None:
    value = options.text(name, default="")
    try:
        return pause_end(value)
    except ValueError:
        fix = 'write a day such as "2026-08-31", or "return", or leave it empty'
        options.refuse(name, value, fix)

"""The wordings that the console offers to people: each has an id that stays.

A guardian can suspend one by its id (``guarding.wordings``). From then on it is offered to
nobody, and whoever would have read it reads why. Where nothing is left for a moment, the page
says so, and people write or say their own words, which were better anyway.

Not here, because nobody chooses them: what the desk itself sends (that a call has arrived,
that nobody is there), and the steps for when somebody may be in danger.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from django.utils import translation
from django.utils.translation import gettext_lazy

from escalation.guarding import wordings
from escalation.models import Case, Staff
from wire.messages import Language


class Moment(StrEnum):
    """When words are offered."""

    FIRST_MINUTE = "first-minute"
    """Of a call, to whoever has the case."""
    INCIDENT = "incident"
    """Of a message to all owners in an incident, to a supervisor."""


MOMENTS = {
    Moment.FIRST_MINUTE: gettext_lazy("Words for the first minute"),
    Moment.INCIDENT: gettext_lazy("Words for many homes at once"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """Words that are offered at a moment."""

    id: str
    moment: Moment
    text: object
    """Lazily translated: read it in the owner's language."""


WORDINGS: tuple[Wording, ...] = (
    Wording(
        id="first-minute-hello",
        moment=Moment.FIRST_MINUTE,
        text=gettext_lazy(
            "Hello %(name)s, this is %(staff)s from the coffee desk. Is this a good moment?"
        ),
    ),
    Wording(
        id="first-minute-agreed",
        moment=Moment.FIRST_MINUTE,
        text=gettext_lazy(
            "You agreed that somebody may get in touch. If you would rather not, we stop."
        ),
    ),
    Wording(
        id="first-minute-change",
        moment=Moment.FIRST_MINUTE,
        text=gettext_lazy(
            "Your machine noticed a change. It does not know why, and neither do I."
        ),
    ),
    Wording(
        id="first-minute-you",
        moment=Moment.FIRST_MINUTE,
        text=gettext_lazy("How are you?"),
    ),
    Wording(
        id="first-minute-wish",
        moment=Moment.FIRST_MINUTE,
        text=gettext_lazy("Is there anything that you would like us to do, or not to do?"),
    ),
    Wording(
        id="incident-many-alike",
        moment=Moment.INCIDENT,
        text=gettext_lazy(
            "Many machines like yours report the same at the moment. We believe that it is "
            "the machines, and are looking into it. If you would like to speak to somebody "
            "all the same, answer here: a person reads it."
        ),
    ),
)
"""Whoever changes the sense of one gives it a new id: what was suspended is then another."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Offered:
    """What is offered at a moment, and why something is not."""

    lines: tuple[str, ...]
    reasons: tuple[str, ...]
    """What a guardian says of each wording that they have suspended."""


def first_minute(case: Case, staff: Staff) -> Offered:
    """Return words for the first minute, in the owner's language: kind, factual, no guess."""
    names = {"name": case.call_me, "staff": staff.first_name}
    return _offered(Moment.FIRST_MINUTE, case.owner_language, names)


def for_incident(language: Language) -> Offered:
    """Return the first words for the owners in an incident, for a supervisor to go on from."""
    return _offered(Moment.INCIDENT, language, {})


def _offered(moment: Moment, language: str, names: Mapping[str, str]) -> Offered:
    suspended = wordings.suspended()
    words = [one for one in WORDINGS if one.moment is moment]
    with translation.override(language):
        lines = tuple(
            # A text without places is shown as it stands, whatever signs are in it.
            str(one.text) % names if names else str(one.text)
            for one in words
            if one.id not in suspended
        )
    reasons = tuple(suspended[one.id].reason for one in words if one.id in suspended)
    return Offered(lines=lines, reasons=reasons)

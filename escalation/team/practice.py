"""Invented households to practise with. Nobody in them exists, and no answer goes anywhere.

Each is an alert as a real one looks, made fresh at the moment of practising, and one question
to think about afterwards. There is no mark and no right answer: a supervisor reads what was
answered together with the person, and then signs, or does not yet.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext_lazy

from escalation.cases import Matter
from escalation.models import Case
from wire import schema
from wire.facts import (
    CheckName,
    DeviceCheck,
    Evidence,
    Finding,
    Measure,
    RoutineChange,
    RoutineKind,
    Verdict,
)
from wire.messages import (
    Alert,
    Asked,
    ConsentReference,
    Language,
    Machine,
    Owner,
    Question,
)

NOBODYS_HASH = "0" * 64
NOBODYS_NUMBER = "+33 1 99 00 00 00"
"""From the numbers that are kept free for stories."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Practice:
    """One invented household."""

    call_me: str
    kind: RoutineKind
    measure: Measure
    observed: float
    usual: float
    days_ago: int
    asked: Asked
    contact: bool
    thought: Any
    """What is worth thinking about, shown after answering."""


PRACTICE: Mapping[str, Practice] = {
    "quiet-kitchen": Practice(
        call_me="Oriane",
        kind=RoutineKind.SILENCE,
        measure=Measure.HOURS_WITHOUT_BREW,
        observed=52.0,
        usual=31.0,
        days_ago=2,
        asked=Asked.NO_ANSWER,
        contact=True,
        thought=gettext_lazy(
            "She may be travelling, or drinking tea. What would you say in the first minute, "
            "so that a call is a pleasure even if nothing is wrong?"
        ),
    ),
    "many-coffees": Practice(
        call_me="Basile",
        kind=RoutineKind.RISE,
        measure=Measure.BREWS_PER_DAY,
        observed=9.1,
        usual=4.0,
        days_ago=5,
        asked=Asked.NO_ANSWER,
        contact=False,
        thought=gettext_lazy(
            "Visitors make more coffee, too. He has not agreed to be called: did your words "
            "leave him free not to answer?"
        ),
    ),
    "asked-for-a-call": Practice(
        call_me="Philippine",
        kind=RoutineKind.NIGHT,
        measure=Measure.NIGHT_BREWS_PER_WEEK,
        observed=4.0,
        usual=0.0,
        days_ago=6,
        asked=Asked.OWNER_CALLED,
        contact=True,
        thought=gettext_lazy(
            "She asked for you. Did you think of listening first, and of saying nothing about "
            "the nights unless she does?"
        ),
    ),
    "nobody-was-asked": Practice(
        call_me="Anatole",
        kind=RoutineKind.FALL,
        measure=Measure.BREWS_PER_DAY,
        observed=1.0,
        usual=3.0,
        days_ago=9,
        asked=Asked.OWNER_NOT_ASKED,
        contact=True,
        thought=gettext_lazy(
            "The question never reached him: asking is the first step, and knowing comes "
            "later. Would leaving him in peace have been an answer?"
        ),
    ),
}


def case_of(slug: str, language: Language, now: datetime) -> Case:
    """Return the household's case. It is in no database, and never will be."""
    alert = _alert(PRACTICE[slug], language, now)
    return Case(
        matter=Matter.CARE,
        opened_at=now - timedelta(minutes=12),
        consent_until=alert.consent.valid_until,
        call_me=alert.owner.call_me,
        owner_language=language,
        verdict=Verdict.SOUND,
        payload=schema.to_plain(alert),
    )


def _alert(practice: Practice, language: Language, now: datetime) -> Alert:
    began = now - timedelta(days=practice.days_ago)
    asked = practice.asked is not Asked.OWNER_NOT_ASKED
    purposes = ("learn_routine", "device_health", "care_alert")
    return Alert(
        change=RoutineChange(
            kind=practice.kind,
            since=began,
            noticed_at=now - timedelta(hours=7),
            measure=practice.measure,
            observed=practice.observed,
            usual=practice.usual,
            compared_days=42,
            last_brew_at=began,
            timezone="Europe/Paris",
        ),
        device_check=DeviceCheck(
            verdict=Verdict.SOUND, checked_at=now - timedelta(minutes=20), evidence=SOUND
        ),
        question=Question(
            outcome=practice.asked,
            asked_at=now - timedelta(hours=6) if asked else None,
            waited_h=4.0 if asked else 0.0,
            channels=("page", "light") if asked else (),
        ),
        owner=Owner(
            call_me=practice.call_me,
            language=language,
            contact=NOBODYS_NUMBER if practice.contact else None,
        ),
        machine=Machine(model="Reference machine", firmware="1.0.0"),
        consent=ConsentReference(
            record_id="practice",
            record_hash=NOBODYS_HASH,
            notice_id="practice",
            purposes=(*purposes, "contact_me") if practice.contact else purposes,
            valid_until=now + timedelta(days=90),
        ),
        ledger_head=NOBODYS_HASH,
    )


SOUND = tuple(
    Evidence(check=check, verdict=Verdict.SOUND, finding=finding)
    for check, finding in (
        (CheckName.LINK, Finding.LINK_STEADY),
        (CheckName.CLOCK, Finding.CLOCK_SYNCED),
        (CheckName.TANK, Finding.TANK_PLAUSIBLE),
        (CheckName.FLOW, Finding.FLOW_PLAUSIBLE),
    )
)

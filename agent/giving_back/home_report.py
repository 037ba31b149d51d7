"""``demitasse status``: what this device knows, in a glance, in the owner's language.

Reads the store beside a device that may be running, and changes nothing. Everything that
the device weighs is here, as sentences and as values: the scores of machine and routine,
what was noticed, what was noticed and not asked about, and why.
"""

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from agent import memory
from agent.asking.concerns import Concern, State
from agent.asking.service import known_faults
from agent.assembly import store_file
from agent.checks.faults import Fault
from agent.checks.faults import State as FaultState
from agent.checks.machine_memory import KeptCheck, last_check
from agent.consent import paused
from agent.consents.consent_file import (
    UNTIL_RETURN,
    ConsentFile,
    Purpose,
    Unreadable,
    budget_of,
    read_consent_file,
)
from agent.delivery import outbox
from agent.delivery.health_log import WRITES
from agent.giving_back import quiet
from agent.giving_back.home_phrases import ANSWERS, HELD_BACK, SAYINGS, STATES, Say
from agent.learning import absence
from agent.learning.absence import Back
from agent.learning.baseline import LEARNING_DAYS
from agent.learning.brews import Certainty
from agent.learning.judge import HeldBack
from agent.learning.routine import Routine
from agent.settings import AgentSettings
from agent.store import NoStoreYet, Store
from wire.messages import Access, Decision, Language
from wire.phrases import Unit
from wire.schema import JSON, to_plain
from wire.words import (
    count,
    describe_change,
    describe_check,
    describe_choice,
    describe_evidence,
    describe_return,
    kind_title,
    moment,
    question,
    typeset,
)

_SHOWN = 5
"""Of each kind: a glance is not an archive. ``--json`` has all of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HomeReport:
    """The glance, as values and as lines."""

    plain: dict[str, JSON]
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    """Everything that a glance shows."""

    now: datetime
    timezone: str
    language: Language
    allowed: frozenset[Purpose]
    """What the owner has switched on."""
    budget_per_year: float
    last_brew: tuple[datetime, Certainty] | None
    check: KeptCheck | None
    routine: Routine
    paused_until: str | None
    back: Back | None
    concerns: list[Concern]
    faults: tuple[Fault, ...]
    waiting: int
    received: list[Decision | Access]

    @property
    def learning(self) -> bool:
        return self.routine.learning(self.now)

    @property
    def held_back(self) -> tuple[HeldBack, ...]:
        return tuple(reversed(self.routine.held_back))


def report(settings: AgentSettings) -> HomeReport:
    """Read the store of ``settings`` and report what is in it."""
    file = read_consent_file(settings.consent_file)
    try:
        store = Store(store_file(settings), mend=False)
    except NoStoreYet:
        return _not_started(file, rests=quiet.lasts(settings.state_dir))
    try:
        db = store.reading()
        known = _known(db, settings.timezone, file, datetime.now(UTC))
        writes = memory.meta(db, WRITES)
    finally:
        store.close()
    plain = {"started": True} | _plain(known) | {"writes": writes}
    return HomeReport(plain=plain, lines=tuple(_lines(known)))


def _not_started(file: ConsentFile | Unreadable, *, rests: bool) -> HomeReport:
    """Return what can be said of a device that has never run, or has forgotten everything."""
    said = [Say.STAYS_QUIET if rests else Say.NOT_STARTED]
    if not _allowed(file):
        said += [Say.ALL_OFF, Say.HOW_TO_ALLOW]
    language = _language(file)
    lines = tuple(typeset(SAYINGS[language][one], language) for one in said)
    return HomeReport(plain={"started": False, "quiet": rests}, lines=lines)


def _allowed(file: ConsentFile | Unreadable) -> frozenset[Purpose]:
    if not isinstance(file, ConsentFile):
        return frozenset()
    return frozenset(purpose for purpose, switch in file.switches.items() if switch.on)


def _language(file: ConsentFile | Unreadable) -> Language:
    return file.language if isinstance(file, ConsentFile) else Language.EN


def _known(
    db: sqlite3.Connection, timezone: str, file: ConsentFile | Unreadable, now: datetime
) -> _Known:
    away = isinstance(file, ConsentFile) and paused(file, timezone, now)
    until = file.paused_until if isinstance(file, ConsentFile) and away else None
    return _Known(
        now=now,
        timezone=timezone,
        language=_language(file),
        allowed=_allowed(file),
        budget_per_year=budget_of(file),
        last_brew=next(iter(memory.last_brews(db, 1)), None),
        check=last_check(db),
        routine=_routine(memory.meta(db, "routine"), timezone, budget_of(file)),
        paused_until=until.isoformat() if until else None,
        back=absence.kept(db) if until else None,
        concerns=memory.concerns(db),
        faults=known_faults(db),
        waiting=len(outbox.waiting(db)),
        received=list(memory.received(db)),
    )


def _routine(state: object, timezone: str, budget_per_year: float) -> Routine:
    if isinstance(state, dict):
        return Routine.from_json(state, timezone=timezone, budget_per_year=budget_per_year)
    return Routine(timezone=timezone, budget_per_year=budget_per_year)


# ------------------------------------------------------------------------------- values


def _plain(known: _Known) -> dict[str, JSON]:
    scores = {} if known.learning else known.routine.scores(known.now)
    check = known.check
    return {
        "last_brew_at": to_plain(known.last_brew[0]) if known.last_brew else None,
        "learning": known.learning,
        "budget_per_year": known.budget_per_year,
        "scores": {str(kind): score for kind, score in scores.items()},
        "machine_score": check.score if check else None,
        "device_check": to_plain(check.check) if check else None,
        "faults": [to_plain(fault) for fault in known.faults],
        "held_back": [to_plain(one) for one in known.held_back],
        "paused_until": known.paused_until,
        "back_during_pause": to_plain(known.back) if _is_back(known) else None,
        "waiting": known.waiting,
        "concerns": [to_plain(concern) for concern in known.concerns],
        "received": [to_plain(message) for message in known.received],
    }


def _is_back(known: _Known) -> bool:
    return known.back is not None and known.back.until == known.paused_until


# ------------------------------------------------------------------------------- words


def _lines(known: _Known) -> Iterator[str]:
    if not known.allowed:
        yield _say(known, Say.ALL_OFF)
        yield _say(known, Say.HOW_TO_ALLOW)
        yield ""
    yield _last_brew(known)
    yield from _pause(known)
    yield _machine(known)
    if Purpose.LEARN_ROUTINE in known.allowed:
        yield _learned(known)
    elif known.allowed:
        yield _say(known, Say.NOT_LEARNING)
    if known.waiting:
        messages = count(known.waiting, Unit.MESSAGES, known.language)
        yield _say(known, Say.WAITING, messages=messages)
    else:
        yield _say(known, Say.NOTHING_WAITS)
    yield from _question(known)
    yield from _section(known, Say.CONCERNS, [_concern(known, one) for one in known.concerns])
    yield from _section(
        known, Say.HELD_BACK, [_held_back(known, one) for one in known.held_back]
    )
    yield from _section(known, Say.FAULTS, [_fault(known, one) for one in known.faults])
    yield from _section(
        known, Say.FROM_DESK, [line for one in known.received for line in _said(known, one)]
    )


def _section(known: _Known, heading: Say, lines: list[str]) -> Iterator[str]:
    if lines:
        yield from ("", _say(known, heading))
        yield from (f"  {line[0].upper()}{line[1:]}" for line in lines[:_SHOWN])


def _question(known: _Known) -> Iterator[str]:
    """Yield the question that waits, and how to answer it."""
    asked = next((one for one in known.concerns if one.state is State.ASKED), None)
    if asked is not None:
        yield from ("", question(asked.change, known.language))
        yield _say(known, Say.HOW_TO_ANSWER)
        for word, said in ANSWERS[known.language].items():
            yield f"  demitasse answer {word:<20}  {said}"


def _last_brew(known: _Known) -> str:
    if known.last_brew is None:
        return _say(known, Say.NO_BREW)
    return _say(known, Say.BREW, at=_at(known, known.last_brew[0]))


def _pause(known: _Known) -> Iterator[str]:
    if known.paused_until is None:
        return
    open_end = known.paused_until == UNTIL_RETURN.isoformat()
    until = _say(known, Say.RETURN) if open_end else known.paused_until
    yield _say(known, Say.PAUSED, until=until)
    if known.back is not None and _is_back(known):
        brews = count(known.back.brews, Unit.COFFEES, known.language)
        yield _say(known, Say.BACK, since=_at(known, known.back.since), brews=brews)


def _machine(known: _Known) -> str:
    if known.check is None:
        return _say(known, Say.MACHINE_UNCHECKED)
    at = _at(known, known.check.check.checked_at)
    check = describe_check(known.check.check, known.language)
    said = _say(known, Say.MACHINE_AT, check=check, at=at)
    if known.check.score <= 0:
        return said
    score = _score(known, known.check.score)
    return f"{said} {_say(known, Say.MACHINE_SCORE, score=score)}"


def _learned(known: _Known) -> str:
    if known.learning:
        missing = LEARNING_DAYS - known.routine.picture().seen_days
        return _say(known, Say.LEARNING, days=count(missing, Unit.DAYS, known.language))
    scores = known.routine.scores(known.now)
    kind = max(scores, key=lambda one: scores[one])
    if scores[kind] <= 0:
        return f"{_say(known, Say.LEARNED)} {_say(known, Say.CALM)}"
    title = kind_title(kind, known.language)
    named, score = title[0].lower() + title[1:], _score(known, scores[kind])
    return f"{_say(known, Say.LEARNED)} {_say(known, Say.NEAREST, kind=named, score=score)}"


def _concern(known: _Known, concern: Concern) -> str:
    lang = known.language
    text = describe_change(concern.change, lang)
    if concern.state is State.RETURNED and concern.ended_at is not None:
        text = describe_return(concern.change, concern.ended_at, lang)
    state = typeset(STATES[lang][concern.state], lang)
    if concern.state is State.ANSWERED and concern.answer is not None:
        answer = ANSWERS[lang].get(concern.answer, concern.answer)
        state = _say(known, Say.ANSWERED, state=state, answer=answer)
    at = _at(known, concern.change.noticed_at)
    return _say(known, Say.CONCERN, at=at, text=text, state=state)


def _held_back(known: _Known, held: HeldBack) -> str:
    return _say(
        known,
        Say.HELD_BACK_LINE,
        at=_at(known, held.change.noticed_at),
        text=describe_change(held.change, known.language),
        score=_score(known, held.score),
        reason=typeset(HELD_BACK[known.language][held.reason], known.language),
    )


def _fault(known: _Known, fault: Fault) -> str:
    state = Say.REPORTED if fault.reported else Say.KEPT_HOME
    said = [_say(known, state)]
    if fault.state is FaultState.PASSED:
        said.append(_say(known, Say.PASSED))
    text = describe_evidence(fault.last, known.language)
    return _say(known, Say.FAULT, at=_at(known, fault.since), text=text, state=" ".join(said))


def _said(known: _Known, message: Decision | Access) -> Iterator[str]:
    name = message.reviewer
    if isinstance(message, Access):
        yield _say(known, Say.ACCESS, reviewer=name, at=_at(known, message.looked_at))
        return
    text = describe_choice(message.choice, name, known.language)
    yield _say(known, Say.DECISION, text=text, reason=message.reason)
    if message.message:
        yield _say(known, Say.MESSAGE, reviewer=name, message=message.message)


def _at(known: _Known, when: datetime) -> str:
    return moment(
        when,
        seen_from=known.now,
        timezone=known.timezone,
        lang=known.language,
        with_time=True,
    )


def _score(known: _Known, score: float) -> str:
    text = f"{score:.2f}"
    return text.replace(".", ",") if known.language is Language.FR else text


def _say(known: _Known, what: Say, **values: object) -> str:
    return typeset(SAYINGS[known.language][what], known.language).format(**values)

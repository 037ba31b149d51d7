"""Decides whether something may be learned, or may leave the house.

Reads no clock, disk or network. Rule 1: no live record, no. Rule 2: whatever is missing,
unreadable, expired, contradictory or in doubt means no. Rule 3: a switch counts only with
the id of today's notice beside it. Rule 4: the file narrows at once; it widens only
through a record in the ledger, which the agent writes when file and notice are valid.

The gate is asked at detection, when an alert is committed, and again at every send.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from agent.consents.consent_file import ConsentFile, Purpose, Switch, Unreadable
from agent.notices import Notice


class Reason(StrEnum):
    """Why the answer is what it is. Only ``GRANTED`` means yes."""

    GRANTED = "granted"
    OFF = "off"
    UNREADABLE = "unreadable"
    NOT_CONFIRMED = "not_confirmed"
    """The switch is on, and no notice id stands beside it."""
    NOTICE_CHANGED = "notice_changed"
    """The id beside it is not one of today's notice for this purpose."""
    INCOMPLETE = "incomplete"
    """What it is about is missing: an address, or who the trusted person is."""
    NOT_RECORDED = "not_recorded"
    EXPIRED = "expired"
    CLOCK_IN_DOUBT = "clock_in_doubt"
    PAUSED = "paused"
    NEEDS_LEARN_ROUTINE = "needs_learn_routine"
    """A care alert without permission to learn the routine contradicts itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustedTime:
    """What time it is, as far as consent may rely on it.

    ``utc`` is never earlier than the highest trusted time ever seen, so that a clock set
    back extends nothing; ``certain`` is false while no time source has confirmed it.
    """

    utc: datetime
    certain: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentRecord:
    """A consent as it stands in the ledger."""

    record_id: str
    record_hash: str
    """Hash of the ledger entry that holds it."""
    purpose: Purpose
    notice_id: str
    switch_fingerprint: str
    given_at: datetime
    valid_until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the gate says about one purpose."""

    purpose: Purpose
    reason: Reason
    record: ConsentRecord | None = None
    """The record it rests on; present exactly when granted."""

    @property
    def granted(self) -> bool:
        return self.reason is Reason.GRANTED


@dataclass(frozen=True, slots=True, kw_only=True)
class Earlier:
    """A yes that a lost ledger held, as it is remembered beside the store."""

    switch_fingerprint: str
    given_at: datetime
    valid_until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentState:
    """Everything the gate looks at, apart from the time."""

    file: ConsentFile | Unreadable
    records: Mapping[Purpose, ConsentRecord]
    notices: Mapping[Purpose, tuple[Notice, ...]]
    timezone: str
    earlier: Mapping[Purpose, Earlier] = field(default_factory=dict)
    """What was given before: the same switch in a new ledger is no new consent."""
    off_meanwhile: frozenset[Purpose] = frozenset()
    """Switched off by page or command since the last look, and perhaps on again already."""


def ask(purpose: Purpose, state: ConsentState, now: TrustedTime) -> Answer:
    """Answer whether ``purpose`` is granted at ``now``, and why."""
    reason = _reason(purpose, state, now)
    if reason is Reason.GRANTED:
        return Answer(purpose=purpose, reason=reason, record=state.records[purpose])
    return Answer(purpose=purpose, reason=reason)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Request:
    purpose: Purpose
    file: ConsentFile
    state: ConsentState
    now: TrustedTime

    @property
    def switch(self) -> Switch:
        return self.file.switches[self.purpose]

    @property
    def record(self) -> ConsentRecord | None:
        return self.state.records.get(self.purpose)


def _switch_guard(request: _Request) -> Reason | None:
    return _wrong_with_switch(request.switch, request.state.notices)


def _record_guard(request: _Request) -> Reason | None:
    record = request.record
    agrees = record is not None and record.switch_fingerprint == request.switch.fingerprint()
    return None if agrees else Reason.NOT_RECORDED


def _clock_guard(request: _Request) -> Reason | None:
    return None if request.now.certain else Reason.CLOCK_IN_DOUBT


def _validity_guard(request: _Request) -> Reason | None:
    record = request.record
    valid = record is not None and record.given_at <= request.now.utc < record.valid_until
    return None if valid else Reason.EXPIRED


def _pause_guard(request: _Request) -> Reason | None:
    if request.purpose is not Purpose.CARE_ALERT:
        return None
    resting = paused(request.file, request.state.timezone, request.now.utc)
    return Reason.PAUSED if resting else None


def _learning_guard(request: _Request) -> Reason | None:
    if request.purpose is not Purpose.CARE_ALERT:
        return None
    learning = ask(Purpose.LEARN_ROUTINE, request.state, request.now)
    return None if learning.granted else Reason.NEEDS_LEARN_ROUTINE


GUARDS: tuple[Callable[[_Request], Reason | None], ...] = (
    _switch_guard,
    _record_guard,
    _clock_guard,
    _validity_guard,
    _pause_guard,
    _learning_guard,
)
"""Asked in this order; the first objection is the answer."""


def _reason(purpose: Purpose, state: ConsentState, now: TrustedTime) -> Reason:
    if isinstance(state.file, Unreadable):
        return Reason.UNREADABLE
    request = _Request(purpose=purpose, file=state.file, state=state, now=now)
    objections = (guard(request) for guard in GUARDS)
    return next((reason for reason in objections if reason), Reason.GRANTED)


def _wrong_with_switch(
    switch: Switch, notices: Mapping[Purpose, tuple[Notice, ...]]
) -> Reason | None:
    if not switch.on:
        return Reason.OFF
    if not switch.i_have_read:
        return Reason.NOT_CONFIRMED
    if switch.i_have_read not in {notice.id for notice in notices[switch.purpose]}:
        return Reason.NOTICE_CHANGED
    return None if switch.complete else Reason.INCOMPLETE


def paused(file: ConsentFile, timezone: str, utc: datetime) -> bool:
    """Tell whether the owner's pause covers the local day of ``utc``."""
    until = file.paused_until
    return until is not None and utc.astimezone(ZoneInfo(timezone)).date() <= until


def fallen(purpose: Purpose) -> tuple[Purpose, ...]:
    """Return what is taken back with ``purpose``: a care alert says what was learned."""
    if purpose is Purpose.LEARN_ROUTINE:
        return (Purpose.LEARN_ROUTINE, Purpose.CARE_ALERT)
    return (purpose,)


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """A consent that the ledger should now record."""

    purpose: Purpose
    notice: Notice
    switch_fingerprint: str
    given_at: datetime
    valid_until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Withdrawn:
    """A consent that the ledger should now record as taken back."""

    purpose: Purpose
    withdrawn_at: datetime


def reconcile(state: ConsentState, now: TrustedTime) -> Iterable[Given | Withdrawn]:
    """Yield what the ledger must record so that it agrees with the file.

    Only a switch that is off withdraws. An unreadable file, a missing or outdated notice id
    grant nothing, and the gate already says no; but a slip of the pen, or a notice that a
    new version has reworded, should not erase at the desk what the owner still wants.
    A changed validity is a new consent in the place of the old one; another address or
    person beside the same yes is not, and prolongs nothing. An expired consent is not
    renewed by time passing, nor by a ledger that was lost: switch it off and on again.
    """
    if isinstance(state.file, Unreadable):
        return
    for purpose, switch in state.file.switches.items():
        record = state.records.get(purpose)
        if record is not None and (not switch.on or purpose in state.off_meanwhile):
            yield Withdrawn(purpose=purpose, withdrawn_at=now.utc)
            record = None
        agrees = record is not None and record.switch_fingerprint == switch.fingerprint()
        valid = _wrong_with_switch(switch, state.notices) is None
        if valid and not agrees and now.certain:
            yield _given(switch, record, state, now.utc)


def _given(
    switch: Switch, record: ConsentRecord | None, state: ConsentState, now: datetime
) -> Given:
    purpose = switch.purpose
    given_at, valid_until = now, months_later(now, switch.valid_months)
    earlier = state.earlier.get(purpose)
    if record is not None and _same_yes(record, switch):
        given_at, valid_until = record.given_at, record.valid_until
    elif (
        record is None
        and earlier is not None
        and purpose not in state.off_meanwhile
        and earlier.switch_fingerprint == switch.fingerprint()
    ):
        given_at, valid_until = earlier.given_at, earlier.valid_until
    return Given(
        purpose=purpose,
        notice=next(n for n in state.notices[purpose] if n.id == switch.i_have_read),
        switch_fingerprint=switch.fingerprint(),
        given_at=given_at,
        valid_until=valid_until,
    )


def _same_yes(record: ConsentRecord, switch: Switch) -> bool:
    """Tell whether only the address or the person beside the yes was changed."""
    same_end = months_later(record.given_at, switch.valid_months) == record.valid_until
    return record.notice_id == switch.i_have_read and same_end


def months_later(start: datetime, months: int) -> datetime:
    """Return the same day of the month ``months`` later, or that month's last day."""
    month = start.month - 1 + months
    first = start.replace(year=start.year + month // 12, month=month % 12 + 1, day=1)
    after = (first + timedelta(days=32)).replace(day=1)
    return first.replace(day=min(start.day, (after - timedelta(days=1)).day))

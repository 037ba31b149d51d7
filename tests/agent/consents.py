"""A household that has said yes to everything: the tests take one thing away at a time."""

import re
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

from agent.consent import ConsentRecord, ConsentState, TrustedTime
from agent.consents.consent_file import ConsentFile, Purpose, QuietHours, Switch
from agent.notices import shipped_notices
from wire.messages import Language, TrustedPerson
from wire.stamps import Stamp

SHIPPED = Path(__file__).parents[2] / "config" / "consent.toml"
ZONE = "Europe/Paris"
NOW = datetime(2026, 3, 10, 9, 0, tzinfo=UTC)
CERTAIN = TrustedTime(utc=NOW, certain=True)
GIVEN_AT = NOW - timedelta(days=30)
VALID_UNTIL = NOW + timedelta(days=150)
NOTICE_IDS = {
    purpose: next(n.id for n in notices if n.language is Language.EN)
    for purpose, notices in shipped_notices().items()
}


CONTACT, NUDGE_TO = "01 23 45 67 89", "06 00 00 00 00"
TRUSTED = TrustedPerson(name="Agathe", relation="ma fille", channel="06 11 11 11 11")
DETAILS = {
    Purpose.CONTACT_ME: (CONTACT,),
    Purpose.NUDGE_ME: (NUDGE_TO,),
    Purpose.CONTACT_TRUSTED_PERSON: (TRUSTED.name, TRUSTED.relation, TRUSTED.channel),
}
WRITTEN_DOWN = {
    'contact = ""': f'contact = "{CONTACT}"',
    'to = ""': f'to = "{NUDGE_TO}"',
    'name = ""': f'name = "{TRUSTED.name}"',
    'relation = ""': f'relation = "{TRUSTED.relation}"',
    'channel = ""': f'channel = "{TRUSTED.channel}"',
}
"""What the owner also writes where a purpose is about an address or a person."""


def switch(purpose: Purpose, *, on: bool = True) -> Switch:
    """Return a switch beside which today's notice stands."""
    return Switch(
        purpose=purpose,
        on=on,
        i_have_read=NOTICE_IDS[purpose],
        valid_months=6,
        details=DETAILS.get(purpose, ()),
    )


YES = ConsentFile(
    call_me="Rosalie",
    language=Language.FR,
    contact=CONTACT,
    nudge_to=NUDGE_TO,
    trusted_person=TRUSTED,
    call_order=("me",),
    switches={purpose: switch(purpose) for purpose in Purpose},
    false_alarms_per_year=1.0,
    answer_within_h=6.0,
    quiet=QuietHours(start=time(22), end=time(8)),
    paused_until=None,
)


def record(of: Switch) -> ConsentRecord:
    """Return what the ledger holds of a switch that was on a month ago."""
    return ConsentRecord(
        record_id="1f" * 16,
        record_hash="5e" * 32,
        purpose=of.purpose,
        notice_id=of.i_have_read,
        switch_fingerprint=of.fingerprint(),
        given_at=GIVEN_AT,
        valid_until=VALID_UNTIL,
    )


ALL_YES = ConsentState(
    file=YES,
    records={purpose: record(switch(purpose)) for purpose in Purpose},
    notices=shipped_notices(),
    timezone=ZONE,
)


def with_switch(state: ConsentState, changed: Switch) -> ConsentState:
    """Return ``state`` after the owner saved another switch; the ledger is untouched."""
    assert isinstance(state.file, ConsentFile)
    switches = {**state.file.switches, changed.purpose: changed}
    return replace(state, file=replace(state.file, switches=switches))


def with_record(state: ConsentState, changed: ConsentRecord) -> ConsentState:
    """Return ``state`` with another record in the ledger."""
    return replace(state, records={**state.records, changed.purpose: changed})


def owner_text(
    granted: Iterable[Purpose], *, call_me: str = "Rosalie", complete: bool = True
) -> str:
    """Return the shipped file as an owner edits it: two lines for each ``granted``.

    ``complete`` also writes down the addresses and the person that some of them are about.
    """
    text = SHIPPED.read_text(encoding="utf-8").replace('call_me = ""', f'call_me = "{call_me}"')
    for empty, written in WRITTEN_DOWN.items() if complete else ():
        assert text.count(f"\n{empty}\n") == 1, empty
        text = text.replace(f"\n{empty}\n", f"\n{written}\n")
    for purpose in granted:
        yes = f'[{purpose}]\\1on = true\ni_have_read = "{NOTICE_IDS[purpose]}"'
        lines = rf'\[{purpose}\]((?:\n#.*)*\n)on = false\ni_have_read = ""'
        text, count = re.subn(lines, yes, text)
        assert count == 1, purpose
    return text


def stamp(utc: datetime, *, synced: bool = True) -> Stamp:
    """Return an instant of a device that has been awake since 1970."""
    return Stamp(utc=utc, monotonic_s=utc.timestamp(), boot_id="boot", synced=synced)

"""Looks at the owner's word: can it be read, is it complete, what does it allow?

That everything is off is no fault: it is how every device begins.
"""

import contextlib
import os
import sqlite3
from collections.abc import Mapping

from agent import ledger
from agent.assembly import store_file
from agent.consent import Answer, ConsentRecord, ConsentState, Reason, TrustedTime, ask
from agent.consents.consent_file import ConsentFile, Purpose, Unreadable, read_consent_file
from agent.diagnosis import findings
from agent.diagnosis.findings import Found, Subject, attention, not_looked_at, ok, wrong
from agent.diagnosis.scene import Scene, look_as
from agent.errors import AgentError
from agent.notices import shipped_notices
from agent.store import Store

BEGIN = (
    "nothing has to be done; whoever wants to begin reads `demitasse notice learn_routine` "
    "and then says yes in {file}"
)
_UNFINISHED = (Reason.NOT_CONFIRMED, Reason.NOTICE_CHANGED, Reason.INCOMPLETE)
"""What only the owner can put right."""


def look(scene: Scene) -> Found:
    """Return how the owner's word stands."""
    path = scene.settings.consent_file
    try:
        if not path.exists():
            return attention(
                Subject.CONSENT,
                findings.Reason.CONSENT_MISSING,
                f"There is no {path}, so everything is off: nothing is learned or sent.",
                "put the consent.toml that came with the device there; it is all off, too",
            )
        readable = os.access(path, os.R_OK)
    except PermissionError:
        readable = False
    if not readable:
        return not_looked_at(
            Subject.CONSENT,
            findings.Reason.NOT_PERMITTED,
            "The owner's word is not for this user to read.",
            look_as(path),
        )
    file = read_consent_file(path)
    if isinstance(file, Unreadable):
        return wrong(
            Subject.CONSENT,
            findings.Reason.CONSENT_UNREADABLE,
            f"The owner's word cannot be read, and so means no: {file.reason}.",
            "correct that line; `demitasse consent show` says how each purpose stands",
        )
    return _read(file, scene)


def allows_anything(scene: Scene) -> bool:
    """Tell whether the owner has switched on anything at all."""
    file = read_consent_file(scene.settings.consent_file)
    return isinstance(file, ConsentFile) and any(one.on for one in file.switches.values())


def answers(scene: Scene) -> list[Answer]:
    """Return what the gate would say to each purpose, were the clock confirmed."""
    state = ConsentState(
        file=read_consent_file(scene.settings.consent_file),
        records=_records(scene),
        notices=shipped_notices(),
        timezone=scene.settings.timezone,
    )
    now = TrustedTime(utc=scene.clock.now().utc, certain=True)
    return [ask(purpose, state, now) for purpose in Purpose]


def _read(file: ConsentFile, scene: Scene) -> Found:
    on = [answer for answer in answers(scene) if file.switches[answer.purpose].on]
    if not on:
        return ok(
            Subject.CONSENT,
            "Everything is off: nothing is learned, asked or sent. That is how it begins.",
            reason=findings.Reason.ALL_OFF,
            fix=BEGIN.format(file=scene.settings.consent_file),
        )
    unfinished = [str(answer.purpose) for answer in on if answer.reason in _UNFINISHED]
    if unfinished:
        return attention(
            Subject.CONSENT,
            findings.Reason.CONSENT_INCOMPLETE,
            f"Switched on, but not complete, so still a no: {', '.join(unfinished)}.",
            "see what is missing with: demitasse consent show",
        )
    return ok(Subject.CONSENT, f"The owner's word can be read; {len(on)} of 6 are on.")


def _records(scene: Scene) -> Mapping[Purpose, ConsentRecord]:
    try:
        with contextlib.closing(Store(store_file(scene.settings), mend=False)) as store:
            return ledger.records(store.reading())
    except (OSError, AgentError, sqlite3.Error):
        # The store has a line of its own among what is looked at.
        return {}

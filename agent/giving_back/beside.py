"""Beside a device that may be running: what the command and the page do for the owner.

They read its store and leave it word there; they edit the owner's file. They write no
ledger, send nothing, and move no broken store: that is the device's alone.
"""

import contextlib
from collections.abc import Iterator
from datetime import datetime

from agent import ledger
from agent.asking import errands
from agent.assembly import store_file
from agent.consents import consent_editor, consent_records
from agent.consents.consent_file import Purpose
from agent.errors import StoreError
from agent.identity.key_files import device_keys
from agent.settings import AgentSettings
from agent.store import Store
from wire.schema import JSON


@contextlib.contextmanager
def store_of(settings: AgentSettings) -> Iterator[Store]:
    """Yield the device's store, as it is. Raises ``StoreError`` where there is none."""
    store = Store(store_file(settings), mend=False)
    try:
        yield store
    finally:
        store.close()


def leave(
    settings: AgentSettings,
    kind: errands.Kind,
    at: datetime,
    *,
    about: str = "",
    text: str = "",
) -> None:
    """Leave word for the device, which acts on it within a second."""
    with store_of(settings) as store, store.transaction() as db:
        errands.leave(db, kind, at, about=about, text=text)


def withdraw(settings: AgentSettings, purpose: Purpose, at: datetime) -> None:
    """Say no for the owner: in the file, and to a device that may look only later.

    Without the word left for it, a yes that follows within the second would hide the no. A disk
    that refuses the word takes no yes either, and the no stands.
    """
    consent_editor.withdraw(settings.consent_file, purpose)
    if store_file(settings).exists():
        with contextlib.suppress(StoreError):
            leave(settings, errands.Kind.WITHDRAW, at, about=purpose)


def renew_if_ended(settings: AgentSettings, purpose: Purpose, at: datetime) -> None:
    """Let a yes that is said again count as a new one, if the old one has ended.

    The file says yes before and after, so the device has to be told of the moment between.
    """
    if not store_file(settings).exists():
        return
    with store_of(settings) as store:
        record = ledger.records(store.reading()).get(purpose)
    if record is not None and record.valid_until <= at:
        leave(settings, errands.Kind.WITHDRAW, at, about=purpose)


def records_of(settings: AgentSettings, now: datetime) -> list[dict[str, JSON]]:
    """Return the consent record of every purpose, from the ledger of this device."""
    with store_of(settings) as store:
        rows = list(ledger.rows(store.reading()))
    device = device_keys(settings.state_dir).device_id
    return [
        consent_records.record(
            purpose,
            consent_records.history(rows, purpose, now),
            device=device,
            operator=settings.operator,
        )
        for purpose in Purpose
    ]

"""File, ledger and gate together, with a real file and a real store."""

import os
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from agent import ledger
from agent.consent import Given, Reason, Withdrawn
from agent.consents import consent_keeper
from agent.consents.consent_file import ConsentFile, Purpose, Unreadable
from agent.consents.consent_keeper import TRUSTED_TIME_SAVED_EVERY_S, ConsentKeeper
from agent.delivery import outbox
from agent.delivery.outbox import Waiting
from agent.errors import StoreError
from agent.store import Store
from tests.agent.consents import CONTACT, NOW, ZONE, owner_text, stamp
from tests.agent.stores import SIGNER, power_cut, refusing_disk

CARE = Purpose.CARE_ALERT
LEARN = Purpose.LEARN_ROUTINE
SECOND = timedelta(seconds=1)
SOON = NOW + SECOND


class Home:
    """An owner with a file, and a device with a store."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "consent.toml"
        self.save()
        self.store = Store(folder / "demitasse.db")
        self.keeper = self.begin()

    def begin(self) -> ConsentKeeper:
        self.keeper = ConsentKeeper(self.store, self.file, ZONE, SIGNER)
        return self.keeper

    def save(self, *granted: Purpose) -> None:
        self.file.write_text(owner_text(granted), encoding="utf-8")

    def reason(self, purpose: Purpose, at: datetime = SOON, *, synced: bool = True) -> Reason:
        return self.keeper.ask(purpose, stamp(at, synced=synced)).reason

    def entries(self) -> list[object]:
        return [row.entry for row in ledger.rows(self.store.reading())]


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    """Return a household that has not said anything yet."""
    home = Home(tmp_path)
    yield home
    home.store.close()


def changed(changes: list[Given | Withdrawn]) -> set[tuple[type, Purpose]]:
    return {(type(change), change.purpose) for change in changes}


def test_before_the_first_step_everything_is_no(home: Home) -> None:
    home.save(*Purpose)
    assert {home.reason(purpose) for purpose in Purpose} == {Reason.UNREADABLE}


def test_a_saved_yes_is_granted_and_recorded_at_the_next_step(home: Home) -> None:
    assert home.keeper.step(stamp(NOW)) == []
    home.save(LEARN, CARE)
    assert changed(home.keeper.step(stamp(SOON))) == {(Given, LEARN), (Given, CARE)}
    answer = home.keeper.ask(CARE, stamp(SOON))
    assert answer.record is not None
    given = [e for e in home.entries() if isinstance(e, ledger.ConsentGiven)]
    assert {entry.purpose for entry in given} == {LEARN, CARE}
    assert answer.record.record_id in {entry.record_id for entry in given}
    assert home.reason(Purpose.DEVICE_HEALTH) is Reason.OFF
    assert ledger.first_broken(home.store.reading(), SIGNER.public_key()) is None
    assert home.keeper.step(stamp(SOON + SECOND)) == []


def test_a_saved_no_is_withdrawn_at_the_next_step_and_destroys_what_waited(home: Home) -> None:
    home.save(LEARN, CARE)
    home.keeper.step(stamp(NOW))
    with home.store.transaction() as db:
        outbox.add(db, waiting(1, CARE), NOW)
        outbox.add(db, waiting(2, Purpose.DEVICE_HEALTH), NOW)
    home.save(LEARN)
    assert changed(home.keeper.step(stamp(SOON))) == {(Withdrawn, CARE)}
    assert home.reason(CARE) is Reason.OFF
    assert [m.sequence for m in outbox.waiting(home.store.reading())] == [2]
    assert home.entries()[-1] == ledger.ConsentWithdrawn(
        purpose=CARE, withdrawn_at=SOON, destroyed=(waiting(1, CARE).message_id,)
    )


def waiting(sequence: int, purpose: Purpose) -> Waiting:
    return Waiting(
        sequence=sequence,
        message_id=f"{sequence:032x}",
        type="alert",
        purpose=purpose,
        concern_id=None,
        envelope=bytes(4096),
        envelope_sha256="5e" * 32,
    )


def test_a_withdrawal_that_destroys_very_much_is_recorded_to_the_last(home: Home) -> None:
    home.save(LEARN, CARE)
    home.keeper.step(stamp(NOW))
    with home.store.transaction() as db:
        for sequence in range(1, 151):
            outbox.add(db, waiting(sequence, CARE), NOW)
    home.save()
    home.keeper.step(stamp(SOON))
    told = [
        message_id
        for entry in home.entries()
        if isinstance(entry, ledger.ConsentWithdrawn)
        for message_id in entry.destroyed
    ]
    assert sorted(told) == [f"{sequence:032x}" for sequence in range(1, 151)]
    assert outbox.waiting(home.store.reading()) == []
    assert not home.begin().ask(CARE, stamp(SOON)).granted


def replaced(file: Path, text: str) -> None:
    """Save as many editors do: a new file takes the name of the old one."""
    fresh = file.with_suffix(".swp")
    fresh.write_text(text, encoding="utf-8")
    fresh.replace(file)


def with_its_old_time(file: Path, text: str) -> None:
    """Save as a restored copy does: other content, and the time stamp of before."""
    status = file.stat()
    file.write_text(text, encoding="utf-8")
    os.utime(file, ns=(status.st_atime_ns, status.st_mtime_ns))


@pytest.mark.parametrize("save", [replaced, with_its_old_time])
def test_however_the_file_is_saved_the_edit_takes_effect(
    home: Home, save: Callable[[Path, str], None]
) -> None:
    home.save(LEARN)
    home.keeper.step(stamp(NOW))
    # As long as before, so that only the content differs.
    text = (
        owner_text([LEARN])
        .replace("\non = true\n", "\non = false\n")
        .replace("# Your ", "#Your ", 1)
    )
    assert len(text) == len(owner_text([LEARN]))
    save(home.file, text)
    home.keeper.step(stamp(SOON))
    assert home.reason(LEARN) is Reason.OFF


def test_a_torn_file_means_no_and_costs_the_owner_nothing(home: Home) -> None:
    home.save(LEARN)
    home.keeper.step(stamp(NOW))
    before = home.entries()
    for damage in ("", "[learn_routine", "on = tru"):
        home.file.write_text(damage, encoding="utf-8")
        assert home.keeper.step(stamp(SOON)) == []
        assert home.reason(LEARN) is Reason.UNREADABLE
    home.file.unlink()
    assert home.keeper.step(stamp(SOON)) == []
    assert home.reason(LEARN) is Reason.UNREADABLE
    home.save(LEARN)
    assert home.keeper.step(stamp(SOON)) == []
    assert home.reason(LEARN) is Reason.GRANTED
    assert home.entries() == before


def test_a_file_that_could_not_be_read_for_a_moment_is_read_again(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    home.save(LEARN)
    with monkeypatch.context() as patch:
        busy = Unreadable(reason="too many open files")
        patch.setattr(consent_keeper, "read_consent_file", lambda _path: busy)
        home.keeper.step(stamp(NOW))
        assert [home.keeper.file] == [busy]
    home.keeper.step(stamp(SOON))
    assert isinstance(home.keeper.file, ConsentFile)


def test_a_consent_survives_a_restart_and_is_not_given_twice(home: Home) -> None:
    home.save(LEARN)
    home.keeper.step(stamp(NOW))
    record = home.keeper.ask(LEARN, stamp(SOON)).record
    assert home.begin().step(stamp(SOON)) == []
    assert home.keeper.ask(LEARN, stamp(SOON)).record == record


def test_a_consent_ends_by_itself_and_stays_ended_until_switched_off_and_on(
    home: Home,
) -> None:
    home.save(LEARN)
    home.keeper.step(stamp(NOW))
    ended = NOW.replace(month=9) + SECOND
    assert home.keeper.step(stamp(ended)) == []
    assert home.reason(LEARN, ended) is Reason.EXPIRED
    assert home.begin().step(stamp(ended)) == []
    assert home.reason(LEARN, ended) is Reason.EXPIRED
    home.save()
    home.keeper.step(stamp(ended))
    home.save(LEARN)
    assert changed(home.keeper.step(stamp(ended))) == {(Given, LEARN)}
    assert home.reason(LEARN, ended) is Reason.GRANTED


def test_a_clock_set_back_extends_nothing_even_after_a_restart(home: Home) -> None:
    home.save(LEARN)
    home.keeper.step(stamp(NOW))
    ended = NOW.replace(month=9) + SECOND
    home.keeper.step(stamp(ended))
    home.keeper.step(stamp(SOON))
    assert home.reason(LEARN, SOON) is Reason.EXPIRED
    home.begin().step(stamp(SOON))
    assert home.reason(LEARN, SOON) is Reason.EXPIRED
    assert home.keeper.trusted(stamp(SOON)).utc == ended


def test_trusted_time_is_on_the_disk_at_least_once_an_hour(home: Home, tmp_path: Path) -> None:
    for minutes in range(0, 181, 7):
        home.keeper.step(stamp(NOW + timedelta(minutes=minutes)))
        store = Store(power_cut(home.store, tmp_path / f"cut-{minutes}"))
        seen = ConsentKeeper(store, home.file, ZONE, SIGNER).trusted(stamp(NOW)).utc
        lost = NOW + timedelta(minutes=minutes) - seen
        assert lost < timedelta(seconds=TRUSTED_TIME_SAVED_EVERY_S)
        store.close()


def test_a_card_is_not_worn_out_by_keeping_the_time(home: Home) -> None:
    home.save(LEARN)
    home.keeper.step(stamp(NOW))
    written = home.store.reading().total_changes
    for minute in range(180):
        home.keeper.step(stamp(NOW + timedelta(minutes=minute)))
    assert home.store.reading().total_changes - written == 2


def test_a_clock_that_nothing_confirms_moves_no_trusted_time_and_grants_nothing(
    home: Home,
) -> None:
    home.save(LEARN)
    far = NOW.replace(year=2050)
    assert home.keeper.step(stamp(far, synced=False)) == []
    assert home.reason(LEARN, far, synced=False) is Reason.NOT_RECORDED
    home.keeper.step(stamp(NOW))
    assert home.keeper.trusted(stamp(NOW)).utc == NOW
    assert home.reason(LEARN) is Reason.GRANTED
    assert home.reason(LEARN, synced=False) is Reason.CLOCK_IN_DOUBT


def test_a_yes_that_cannot_be_written_down_is_no_yes(home: Home) -> None:
    home.keeper.step(stamp(NOW))
    home.save(LEARN, CARE)
    with refusing_disk(home.store):
        with pytest.raises(StoreError):
            home.keeper.step(stamp(SOON))
        assert home.reason(LEARN) is Reason.NOT_RECORDED
    assert home.entries() == []
    assert changed(home.keeper.step(stamp(SOON))) == {(Given, LEARN), (Given, CARE)}


def test_a_no_counts_even_when_it_cannot_be_written_down_and_is_told_once_it_can(
    home: Home,
) -> None:
    home.save(LEARN, CARE)
    home.keeper.step(stamp(NOW))
    home.save(LEARN)
    with refusing_disk(home.store):
        with pytest.raises(StoreError):
            home.keeper.step(stamp(SOON))
        assert home.reason(CARE) is Reason.OFF
    assert changed(home.keeper.step(stamp(SOON))) == {(Withdrawn, CARE)}


def test_what_is_recorded_is_always_told_although_the_time_could_not_be_saved(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A withdrawal that was recorded and not returned would never reach the desk."""
    home.save(LEARN)
    home.keeper.step(stamp(NOW))
    home.save()
    hours_later = NOW + timedelta(hours=2)

    def full(*_values: object) -> None:
        raise StoreError("full")

    with monkeypatch.context() as patch:
        patch.setattr("agent.memory.set_meta", full)
        with pytest.raises(StoreError):
            home.keeper.step(stamp(hours_later))
    assert changed(home.keeper.step(stamp(hours_later))) == {(Withdrawn, LEARN)}


def test_a_time_that_could_not_be_saved_still_counts(home: Home) -> None:
    home.save(LEARN)
    home.keeper.step(stamp(NOW))
    ended = NOW.replace(month=9)
    with refusing_disk(home.store), pytest.raises(StoreError):
        home.keeper.step(stamp(ended))
    assert home.reason(LEARN, SOON) is Reason.EXPIRED


def test_a_damaged_ledger_grants_nothing_and_lets_the_device_start(home: Home) -> None:
    home.save(LEARN, CARE)
    home.keeper.step(stamp(NOW))
    with home.store.transaction() as db:
        db.execute("UPDATE ledger SET body = replace(body, '2026', '2036') WHERE sequence = 2")
    keeper = home.begin()
    assert not keeper.ask(CARE, stamp(SOON)).granted
    assert changed(keeper.step(stamp(SOON))) == {(Given, LEARN), (Given, CARE)}
    assert keeper.step(stamp(SOON + SECOND)) == []


# ----------------------------------------------------------- a lost ledger, a quick change


def lose_the_store(home: Home) -> None:
    """Tear the store, as a dying card does, and begin anew beside its ruins."""
    home.store.close()
    home.store.path.write_bytes(b"torn" * 4096)
    home.store = Store(home.store.path)
    assert home.store.quarantined is not None
    assert home.entries() == []


def test_a_lost_ledger_extends_nothing(home: Home) -> None:
    home.save(LEARN, CARE)
    home.keeper.step(stamp(NOW))
    later = NOW + timedelta(days=100)
    lose_the_store(home)
    assert changed(home.begin().step(stamp(later))) == {(Given, LEARN), (Given, CARE)}
    assert home.reason(CARE, later) is Reason.GRANTED
    assert home.reason(CARE, NOW.replace(month=9)) is Reason.EXPIRED


def test_a_lost_ledger_extends_nothing_although_the_clock_was_not_set_at_first(
    home: Home,
) -> None:
    home.save(LEARN)
    home.keeper.step(stamp(NOW))
    lose_the_store(home)
    home.begin().step(stamp(NOW.replace(year=1970), synced=False))
    home.begin().step(stamp(NOW + timedelta(days=100)))
    assert home.reason(LEARN, NOW.replace(month=9)) is Reason.EXPIRED


@pytest.mark.parametrize("damage", [None, b"", b"{}", b"\xff" * 90])
def test_where_nobody_knows_until_when_a_yes_has_ended_and_can_be_given_anew(
    home: Home, damage: bytes | None
) -> None:
    home.save(LEARN)
    home.keeper.step(stamp(NOW))
    lose_the_store(home)
    beside = home.store.path.with_suffix(".consents")
    if damage is None:
        beside.unlink()
    else:
        beside.write_bytes(damage)
    home.begin().step(stamp(SOON))
    assert home.reason(LEARN) is Reason.EXPIRED
    home.begin().step(stamp(SOON))
    assert home.reason(LEARN) is Reason.EXPIRED
    home.save()
    home.keeper.step(stamp(SOON))
    home.save(LEARN)
    home.keeper.step(stamp(SOON))
    assert home.reason(LEARN) is Reason.GRANTED


def test_a_no_that_was_taken_back_within_the_second_is_a_no_and_a_new_yes(home: Home) -> None:
    """The file says yes before and after: only who changed it knows of the no between."""
    home.save(LEARN, CARE)
    home.keeper.step(stamp(NOW))
    later = NOW.replace(month=9) + SECOND
    assert home.reason(LEARN, later) is Reason.EXPIRED
    changes = home.keeper.step(stamp(later), off_meanwhile=frozenset({LEARN}))
    assert [(type(change), change.purpose) for change in changes] == [
        (Withdrawn, LEARN),
        (Given, LEARN),
    ]
    assert home.reason(LEARN, later) is Reason.GRANTED
    assert home.keeper.step(stamp(later)) == []


def test_another_address_beside_the_same_yes_is_recorded_and_prolongs_nothing(
    home: Home,
) -> None:
    contact = Purpose.CONTACT_ME
    home.save(contact)
    home.keeper.step(stamp(NOW))
    for days, address in ((50, "new@home.example"), (100, "newer@home.example")):
        text = owner_text([contact]).replace(CONTACT, address)
        home.file.write_text(text, encoding="utf-8")
        at = NOW + timedelta(days=days)
        assert changed(home.keeper.step(stamp(at))) == {(Given, contact)}
        assert home.reason(contact, at) is Reason.GRANTED
    assert home.reason(contact, NOW.replace(month=9)) is Reason.EXPIRED

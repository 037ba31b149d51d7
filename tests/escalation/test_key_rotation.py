"""The desk's next keys: each device is told, believed by what it knows, and never lost."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from escalation import desk, desk_keys
from escalation.authority import rotation
from escalation.authority.generations import signing_keys
from escalation.authority.models import Enrolment, IssuedBundle
from escalation.broker import outgoing
from escalation.intake import opening
from escalation.models import Device, OutgoingMessage
from tests.escalation.conftest import Desk
from tests.escalation.household import NOW, Household
from wire.enrolment import NextDeskKeys
from wire.keys import PublicKeys
from wire.messages import Access, Direction
from wire.options import ConfigError
from wire.sealing import Unverifiable, open_sealed


@pytest.fixture
def keys_folder(
    the_desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Path]:
    """Return a folder of keys of this test alone, in which the desk finds its identity."""
    desk_keys.create(tmp_path)
    monkeypatch.setattr("escalation.desk.desk_keys.load", lambda _folder: real_load(tmp_path))
    desk.identity.cache_clear()
    the_desk.identity = desk.identity()
    yield tmp_path
    desk.identity.cache_clear()


real_load = desk_keys.load


def enrolled(the_desk: Desk) -> Household:
    """Return a household that came in by a bundle."""
    home = the_desk.enroll()
    bundle, _ = IssuedBundle.objects.get_or_create(
        bundle_id="ab" * 16, defaults={"issued_at": NOW, "expires_at": NOW}
    )
    Enrolment.objects.create(
        device_id=home.device_id, bundle=bundle, last_request_at=NOW, certified_until=NOW
    )
    return home


def next_messages(home: Household) -> list[NextDeskKeys]:
    """Return what waits for ``home``, each believed by the keys before it alone."""
    found = []
    for row in OutgoingMessage.objects.filter(device=home.device_id, type="desk_keys"):
        opened = opened_by(home, bytes(row.envelope))
        assert isinstance(opened, NextDeskKeys)
        found.append(opened)
        home.desk = opened.desk
    return found


def opened_by(home: Household, envelope: bytes, sender: PublicKeys | None = None) -> object:
    """Return what the household reads, believing ``sender`` or the desk that it knows."""
    return open_sealed(
        envelope,
        direction=Direction.DOWN,
        device=home.device_id,
        recipient=home.keys,
        sender=sender or home.desk,
    ).message


def test_every_device_is_told_in_the_words_of_the_keys_that_it_knows(
    the_desk: Desk, keys_folder: Path
) -> None:
    home, other = enrolled(the_desk), enrolled(the_desk)
    document = rotation.rotate(keys_folder, NOW)
    assert document.serial == 2
    assert next_messages(home) == []
    assert rotation.announce(NOW) == 2
    assert document.desk == desk.identity().keys.public()
    for one in (home, other):
        [message] = next_messages(one)
        assert message.desk == document.desk


def test_a_house_that_was_away_follows_one_generation_after_the_other(
    the_desk: Desk, keys_folder: Path
) -> None:
    home = enrolled(the_desk)
    rotation.rotate(keys_folder, NOW)
    rotation.rotate(keys_folder, NOW)
    rotation.announce(NOW)
    assert [message.serial for message in next_messages(home)] == [2, 3]


def test_the_desk_signs_with_what_a_device_is_known_to_have(
    the_desk: Desk, keys_folder: Path
) -> None:
    home = enrolled(the_desk)
    old = desk.identity().keys
    rotation.rotate(keys_folder, NOW)
    row = Device.objects.get(pk=home.device_id)
    assert signing_keys(row) == old
    message = Access(alert_id="ab" * 16, reviewer="Maud", looked_at=NOW)
    sent = outgoing.queue(message, device=row, about="x", case=None, now=NOW)
    assert opened_by(home, bytes(sent.envelope)) == message
    # Its next envelope is sealed to the new keys: now it is known to have them.
    home.desk = desk.identity().keys.public()
    the_desk.identity = desk.identity()
    assert the_desk.receive(home, home.seal(home.heartbeat())) is opening.Result.HEARD
    assert signing_keys(row) == desk.identity().keys
    sent = outgoing.queue(message, device=row, about="y", case=None, now=NOW)
    assert opened_by(home, bytes(sent.envelope)) == message
    with pytest.raises(Unverifiable):
        opened_by(home, bytes(sent.envelope), old.public())


def test_what_was_sealed_to_old_keys_is_still_read(the_desk: Desk, keys_folder: Path) -> None:
    """An alert may have waited for months in a house without a network."""
    home = enrolled(the_desk)
    waited = home.seal(home.alert())
    rotation.rotate(keys_folder, NOW)
    rotation.rotate(keys_folder, NOW)
    the_desk.identity = desk.identity()
    assert the_desk.receive(home, waited) is opening.Result.ACCEPTED
    assert Enrolment.objects.get(pk=home.device_id).desk_serial == 1


def test_a_device_is_told_once_however_often_the_desk_starts(
    the_desk: Desk, keys_folder: Path
) -> None:
    home = enrolled(the_desk)
    rotation.rotate(keys_folder, NOW)
    assert rotation.announce(NOW) == 1
    assert rotation.announce(NOW) == 0
    assert len(next_messages(home)) == 1


def test_a_device_that_does_not_follow_is_told_once_more_after_a_week(
    the_desk: Desk, keys_folder: Path
) -> None:
    """The broker may have lost what it took."""
    enrolled(the_desk)
    rotation.rotate(keys_folder, NOW)
    rotation.announce(NOW)
    OutgoingMessage.objects.update(published_at=NOW)
    assert rotation.announce(NOW) == 0
    assert rotation.announce(NOW + rotation.TELL_AGAIN_AFTER) == 1


def test_a_revoked_device_is_told_nothing_and_believed_nothing(
    the_desk: Desk, keys_folder: Path
) -> None:
    home = enrolled(the_desk)
    Enrolment.objects.update(revoked_at=NOW)
    rotation.rotate(keys_folder, NOW)
    assert rotation.announce(NOW) == 0
    assert the_desk.receive(home, home.seal(home.alert())) is opening.Result.KEPT_ASIDE


def test_old_keys_stay_through_every_rotation_and_a_full_disk(
    keys_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = real_load(keys_folder)

    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("os.fsync", full)
        with pytest.raises(ConfigError, match=r"desk\.json: cannot be replaced: No space"):
            desk_keys.rotate(keys_folder)
    assert real_load(keys_folder) == first
    desk_keys.rotate(keys_folder)
    desk_keys.rotate(keys_folder)
    now = real_load(keys_folder)
    assert now.serial == 3
    assert now.epoch == first.epoch
    assert now.generation(1) == first.keys
    assert [serial for serial, _ in now.previous] == [1, 2]
    assert (keys_folder / "desk.json").stat().st_mode & 0o077 == 0

"""The pinned desk: followed from one generation to the next, and led nowhere else."""

import dataclasses
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.identity.desk_pin import DeskPin, NotFollowed, followed, read_pinned_desk, write_pin
from agent.journal import Trouble
from tests.agent.house import House
from tests.agent.pins import PIN
from tests.agent.test_mailroom import Post
from tests.wire.examples import DESK, DEVICE, EXAMPLES, NEXT_DESK
from wire.enrolment import NextDeskKeys, NextDeskKeysKind, sign
from wire.keys import DeskKeys
from wire.options import ConfigError

NOW = datetime(2026, 3, 8, 9, 0, tzinfo=UTC)
OVERLAP = timedelta(days=30)


def next_keys(
    serial: int = 2, *, new: DeskKeys = NEXT_DESK, by: DeskKeys = DESK
) -> NextDeskKeys:
    """Return generation ``serial``, signed ``by`` the one before."""
    document = NextDeskKeys(
        kind=NextDeskKeysKind.V1,
        serial=serial,
        keys=new.public().to_text(),
        issued_at=NOW,
        overlap_days=OVERLAP.days,
        signature="",
    )
    return sign(document, by.signer())


def test_the_next_keys_are_followed_and_the_old_ones_believed_a_while() -> None:
    pin = followed(PIN, next_keys(), NOW)
    assert (pin.serial, pin.desk) == (2, NEXT_DESK.public())
    assert pin.old(NOW + OVERLAP - timedelta(seconds=1)) == DESK.public()
    assert pin.old(NOW + OVERLAP) is None
    assert (pin.broker_host, pin.authorities) == (PIN.broker_host, PIN.authorities)


def test_the_same_keys_again_are_no_news_and_prolong_nothing() -> None:
    pin = followed(PIN, next_keys(), NOW)
    assert followed(pin, next_keys(), NOW + OVERLAP) == pin


def test_keys_that_somebody_else_has_signed_are_refused() -> None:
    for stranger in (NEXT_DESK, DeskKeys.create()):
        with pytest.raises(NotFollowed, match="has not signed these keys"):
            followed(PIN, next_keys(by=stranger), NOW)


def test_an_earlier_generation_is_refused_even_with_its_true_signature() -> None:
    """Whoever has stolen old keys cannot lead a device back to them."""
    second = followed(PIN, next_keys(), NOW)
    third = followed(second, next_keys(3, new=DeskKeys.create(), by=NEXT_DESK), NOW)
    for old in (next_keys(), next_keys(1, new=DESK)):
        with pytest.raises(NotFollowed, match="does not follow generation 3"):
            followed(third, old, NOW)
    with pytest.raises(NotFollowed, match="does not follow generation 2"):
        followed(second, next_keys(2, new=DeskKeys.create()), NOW)


def test_none_can_be_left_out() -> None:
    with pytest.raises(NotFollowed, match=r"generation 3 .* does not follow generation 1"):
        followed(PIN, next_keys(3), NOW)


LATER = st.datetimes(datetime(2026, 4, 1), datetime(2100, 1, 1), timezones=st.just(UTC))
CHANGES = {
    "overlap_days": st.integers(0, 396),
    "issued_at": LATER,
    "keys": st.just(DEVICE.public().to_text()),
    "signature": st.text("0123456789abcdef", min_size=128, max_size=128),
}


@given(changes=st.fixed_dictionaries({}, optional=CHANGES))
def test_nothing_in_the_document_can_be_changed(changes: dict[str, Any]) -> None:
    document = next_keys()
    changed = dataclasses.replace(document, **changes)
    if changed != document:
        with pytest.raises(NotFollowed):
            followed(PIN, changed, NOW)


# -------------------------------------------------------------------------------- on the disk


def test_a_device_knows_no_desk_until_it_is_enrolled(tmp_path: Path) -> None:
    assert read_pinned_desk(tmp_path) is None
    write_pin(tmp_path, PIN)
    pinned = read_pinned_desk(tmp_path)
    assert pinned is not None
    assert pinned.pin == PIN
    assert (tmp_path / "keys" / "desk.json").stat().st_mode & 0o077 == 0


def test_followed_keys_are_on_the_disk_before_they_count(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_pin(tmp_path, PIN)
    pinned = read_pinned_desk(tmp_path)
    assert pinned is not None

    def full(_file: Path, _text: str) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("agent.identity.desk_pin.write_durably", full)
        with pytest.raises(ConfigError, match="No space left"):
            pinned.follow(next_keys(), NOW)
    assert pinned.pin == PIN
    assert pinned.follow(next_keys(), NOW)
    again = read_pinned_desk(tmp_path)
    assert again is not None
    assert again.pin == pinned.pin != PIN


@pytest.mark.parametrize("text", ["", "{", "{}", "null", "[" * 50_000, "\xff"])
def test_a_broken_pin_is_told_and_kept(tmp_path: Path, text: str) -> None:
    write_pin(tmp_path, PIN)
    file = tmp_path / "keys" / "desk.json"
    file.write_text(text, encoding="latin-1")
    with pytest.raises(ConfigError, match=r"desk\.json: .*enroll this device again"):
        read_pinned_desk(tmp_path)
    assert file.read_text(encoding="latin-1") == text


def test_a_pin_without_usable_keys_is_refused() -> None:
    for changes in ({"keys": ""}, {"old_keys": "AAAA"}):
        with pytest.raises(ValueError, match="must be"):
            DeskPin(**{**dataclasses.asdict(PIN), **changes})


# --------------------------------------------------------------------------- down the channel


def test_new_keys_come_down_the_channel_and_the_next_envelope_is_sealed_to_them(
    tmp_path: Path,
) -> None:
    post = Post(tmp_path)
    post.exchange()
    post.line.bring(post.desk.seal(EXAMPLES["desk_keys"]))
    post.step()
    assert post.line.confirmed == 1
    post.exchange()
    envelope, _ = post.line.handed[-1]
    assert envelope[1:9] == NEXT_DESK.public().key_id


def test_new_keys_from_a_stranger_are_told_and_change_nothing(tmp_path: Path) -> None:
    post = Post(tmp_path)
    post.exchange()
    post.line.bring(post.desk.seal(next_keys(by=NEXT_DESK)))
    post.step()
    assert [t.text for t in post.told if isinstance(t, Trouble)] == [
        "new keys of the desk were refused: the desk that is pinned here has not signed "
        "these keys"
    ]
    post.exchange()
    assert post.line.handed[-1][0][1:9] == DESK.public().key_id


def test_a_device_follows_its_desk_through_a_restart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the old keys have signed still counts, and after the overlap no more."""
    house = House(tmp_path, monkeypatch)
    house.line.bring(house.desk.seal(next_keys()))
    house.step()
    house.restart()
    house.step(seconds=600)
    before = house.line.confirmed
    assert house.line.handed[-1][0][1:9] == NEXT_DESK.public().key_id
    house.line.bring(house.desk.seal(EXAMPLES["access"]))
    house.step()
    assert house.line.confirmed == before + 1
    refused = "an envelope was refused"
    assert not any(t.text.startswith(refused) for t in house.told(Trouble))
    house.utc += OVERLAP
    house.line.bring(house.desk.seal(EXAMPLES["decision"]))
    house.step()
    assert house.told(Trouble)[-1].text.startswith(refused)

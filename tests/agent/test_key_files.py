"""The keys on disk: private, kept for ever, and never quietly made anew."""

import json
import os
import stat
from pathlib import Path

import pytest

from agent.durable_file import write_durably
from agent.key_files import device_keys, pin_desk, pinned_desk, public_bundle
from tests.wire.examples import DESK, DEVICE
from wire.keys import PublicKeys
from wire.options import ConfigError

DESK_BUNDLE = json.dumps({"desk": DESK.public().to_json()})
BROKEN = [
    "",
    "{",
    "[]",
    "null",
    "{}",
    "\xff",
    "[" * 100_000,
    json.dumps({**DEVICE.to_json(), "identity": "00"}),
    json.dumps({**DEVICE.to_json(), "mlkem768": "zz" * 64}),
    json.dumps({**DEVICE.to_json(), "extra": "00"}),
    json.dumps({"identity": DEVICE.to_json()["identity"]}),
]


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_device_keeps_its_identity(tmp_path: Path) -> None:
    keys = device_keys(tmp_path)
    assert device_keys(tmp_path) == keys
    assert device_keys(tmp_path / "another") != keys


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077])
def test_only_its_owner_can_read_a_key(tmp_path: Path, umask: int) -> None:
    before = os.umask(umask)
    try:
        device_keys(tmp_path)
        bundle = tmp_path / "bundle.json"
        bundle.write_text(DESK_BUNDLE)
        pin_desk(tmp_path, bundle)
    finally:
        os.umask(before)
    keys = tmp_path / "keys"
    assert mode(keys) == 0o700
    assert {file.name: mode(file) for file in keys.iterdir()} == {
        "device.json": 0o600,
        "desk.json": 0o600,
    }


def test_what_a_power_cut_left_behind_makes_no_key_readable(tmp_path: Path) -> None:
    keys = tmp_path / "keys"
    keys.mkdir()
    left_behind = keys / "device.json.new"
    left_behind.write_text("half")
    left_behind.chmod(0o644)
    device_keys(tmp_path)
    assert [file.name for file in keys.iterdir()] == ["device.json"]
    assert mode(keys / "device.json") == 0o600


@pytest.mark.parametrize("text", BROKEN)
def test_a_broken_key_file_is_told_kept_and_not_replaced(tmp_path: Path, text: str) -> None:
    file = tmp_path / "keys" / "device.json"
    device_keys(tmp_path)
    file.write_text(text, encoding="latin-1")
    with pytest.raises(ConfigError, match="restore it, or remove it to begin as a new device"):
        device_keys(tmp_path)
    assert file.read_text(encoding="latin-1") == text


@pytest.mark.parametrize("text", BROKEN)
def test_no_message_shows_a_private_key(tmp_path: Path, text: str) -> None:
    file = tmp_path / "keys" / "device.json"
    device_keys(tmp_path)
    file.write_text(text, encoding="latin-1")
    with pytest.raises(ConfigError) as caught:
        device_keys(tmp_path)
    secrets = DEVICE.to_json().values()
    assert not any(secret[:16] in str(caught.value) for secret in secrets)


def test_a_device_knows_no_desk_until_one_is_pinned(tmp_path: Path) -> None:
    assert pinned_desk(tmp_path) is None
    bundle = tmp_path / "bundle.json"
    bundle.write_text(DESK_BUNDLE)
    assert pin_desk(tmp_path / "state", bundle) == DESK.public()
    assert pinned_desk(tmp_path / "state") == DESK.public()


def test_another_desk_takes_the_place_of_the_first(tmp_path: Path) -> None:
    bundle = tmp_path / "bundle.json"
    for keys in (DESK, DEVICE):
        bundle.write_text(json.dumps({"desk": keys.public().to_json()}))
        pin_desk(tmp_path, bundle)
    assert pinned_desk(tmp_path) == DEVICE.public()


@pytest.mark.parametrize(
    "text", [*BROKEN, json.dumps({"desk": {}}), json.dumps(DESK.public().to_json())]
)
def test_what_is_no_bundle_is_refused_and_the_pinned_desk_stays(
    tmp_path: Path, text: str
) -> None:
    bundle = tmp_path / "bundle.json"
    bundle.write_text(DESK_BUNDLE)
    pin_desk(tmp_path, bundle)
    bundle.write_text(text, encoding="latin-1")
    with pytest.raises(ConfigError, match="use the file that `demitasse-desk enroll` printed"):
        pin_desk(tmp_path, bundle)
    assert pinned_desk(tmp_path) == DESK.public()
    (tmp_path / "keys" / "desk.json").write_text(text, encoding="latin-1")
    with pytest.raises(ConfigError, match=r"keys/desk\.json: "):
        pinned_desk(tmp_path)


def test_a_bundle_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"absent\.json: No such file"):
        pin_desk(tmp_path, tmp_path / "absent.json")


def test_a_folder_that_cannot_be_written_is_told_with_the_file(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    bundle = tmp_path / "bundle.json"
    bundle.write_text(DESK_BUNDLE)
    complaint = "let the user that runs Demitasse read and write its folder"
    with pytest.raises(ConfigError, match=complaint):
        device_keys(tmp_path / "file")
    with pytest.raises(ConfigError, match=complaint):
        pin_desk(tmp_path / "file", bundle)


def test_the_public_bundle_holds_public_keys_alone() -> None:
    plain = json.loads(public_bundle(DEVICE))
    assert plain["device"] == DEVICE.device_id
    assert PublicKeys.from_json(plain["keys"]) == DEVICE.public()
    assert not any(secret in public_bundle(DEVICE) for secret in DEVICE.to_json().values())


def test_a_file_that_could_not_be_written_leaves_the_old_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "file"
    write_durably(file, "old")

    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(OSError, match="No space left"):
            write_durably(file, "new")
    assert file.read_text() == "old"
    write_durably(file, "new")
    assert file.read_text() == "new"
    assert list(tmp_path.iterdir()) == [file]

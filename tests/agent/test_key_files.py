"""The device's identity on disk: private, kept for ever, and never quietly made anew."""

import json
import os
import stat
from pathlib import Path

import pytest

from agent.durable_file import write_durably
from agent.identity.key_files import device_keys
from tests.wire.examples import DEVICE
from wire.options import ConfigError

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
    finally:
        os.umask(before)
    keys = tmp_path / "keys"
    assert mode(keys) == 0o700
    assert {file.name: mode(file) for file in keys.iterdir()} == {"device.json": 0o600}


@pytest.mark.parametrize("open_to", [0o640, 0o604, 0o666])
def test_a_key_that_others_may_read_is_refused_with_the_fix(
    tmp_path: Path, open_to: int
) -> None:
    """It may be known already; at least it is said, and not used as if nothing were."""
    device_keys(tmp_path)
    file = tmp_path / "keys" / "device.json"
    file.chmod(open_to)
    with pytest.raises(ConfigError, match=r"others may read it; run `chmod 600 .*device\.json"):
        device_keys(tmp_path)


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


def test_a_folder_that_cannot_be_written_is_told_with_the_file(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    complaint = "let the user that runs Demitasse read and write its folder"
    with pytest.raises(ConfigError, match=complaint):
        device_keys(tmp_path / "file")


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

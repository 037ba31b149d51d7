"""The desk's secrets on disk: made once, for their owner alone, never shown in a complaint."""

import json
import stat
from pathlib import Path

import pytest

from escalation import desk_keys
from wire.options import ConfigError


def test_they_are_made_once_and_readable_by_their_owner_alone(tmp_path: Path) -> None:
    """A second ``init`` changes nothing."""
    folder = tmp_path / "keys"
    desk_keys.create(folder)
    first, secret = desk_keys.load(folder), desk_keys.load_secret(folder)
    desk_keys.create(folder)
    assert desk_keys.load(folder) == first
    assert desk_keys.load_secret(folder) == secret
    assert len(secret) > 60
    assert first.epoch == 1
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert sorted(file.name for file in folder.iterdir()) == ["desk.json", "secret"]
    assert {stat.S_IMODE(file.stat().st_mode) for file in folder.iterdir()} == {0o600}


def test_without_them_the_complaint_says_init(tmp_path: Path) -> None:
    """The next step, not a traceback."""
    with pytest.raises(ConfigError, match="run `demitasse-desk init` first"):
        desk_keys.load(tmp_path)


@pytest.mark.parametrize("damage", ["", "{}", '{"keys": {}, "epoch": 1}', "[1]"])
def test_a_damaged_file_is_never_replaced_silently(tmp_path: Path, damage: str) -> None:
    """New keys would make every device a stranger: a human has to restore the old ones."""
    desk_keys.create(tmp_path)
    (tmp_path / "desk.json").write_text(damage)
    desk_keys.create(tmp_path)
    with pytest.raises(ConfigError, match="restore it from its backup"):
        desk_keys.load(tmp_path)


def test_a_complaint_never_shows_a_key(tmp_path: Path) -> None:
    """Not even half of one."""
    desk_keys.create(tmp_path)
    file = tmp_path / "desk.json"
    plain = json.loads(file.read_text())
    secret = plain["keys"]["identity"]
    plain["keys"]["identity"] = secret[:-2]
    file.write_text(json.dumps(plain))
    with pytest.raises(ConfigError) as refused:
        desk_keys.load(tmp_path)
    assert secret[:8] not in str(refused.value)


@pytest.mark.parametrize("epoch", [0, True, "1", None])
def test_an_epoch_is_a_whole_number_from_one_on(tmp_path: Path, epoch: object) -> None:
    """Raised by hand after a restored backup, so it may be mistyped."""
    desk_keys.create(tmp_path)
    file = tmp_path / "desk.json"
    file.write_text(json.dumps({**json.loads(file.read_text()), "epoch": epoch}))
    with pytest.raises(ConfigError, match="write a whole number from 1 on"):
        desk_keys.load(tmp_path)

"""Which life of the desk this is: kept in one file, replaced as a whole."""

from pathlib import Path

import pytest

from escalation.keeping import desk_epoch
from wire.options import ConfigError


def test_a_life_is_made_once_and_is_unlike_any_other(tmp_path: Path) -> None:
    """``init`` again leaves it alone; another desk has another number."""
    desk_epoch.create(tmp_path)
    first = desk_epoch.read(tmp_path)
    desk_epoch.create(tmp_path)
    assert desk_epoch.read(tmp_path) == first
    assert len({desk_epoch.new_life().desk_epoch for _ in range(50)}) == 50


def test_progress_only_rises(tmp_path: Path) -> None:
    """Several processes note it; a late one takes nothing back."""
    desk_epoch.create(tmp_path)
    for rows in (5, 9, 7):
        desk_epoch.note_progress(tmp_path, rows)
    assert desk_epoch.read(tmp_path).audit_rows == 9


@pytest.mark.parametrize(
    "text",
    ["", "junk", "[]", "{}", '{"desk_epoch": 0}', '{"desk_epoch": 1, "audit_rows": -1}'],
)
def test_a_file_that_is_none_says_what_to_do(tmp_path: Path, text: str) -> None:
    """One line; a desk with another epoch costs repeats and no alert."""
    (tmp_path / desk_epoch.FILE).write_text(text)
    with pytest.raises(ConfigError, match="delete it and run `demitasse-desk init`"):
        desk_epoch.read(tmp_path)


def test_a_missing_file_says_init(tmp_path: Path) -> None:
    """As for a desk of an earlier version."""
    with pytest.raises(ConfigError, match="run `demitasse-desk init` first"):
        desk_epoch.read(tmp_path)

"""The mutants of the delivery benchmark change decisions, one at a time, and no words."""

from itertools import islice
from pathlib import Path

from scripts.benchmarks.delivery.mutants import ROOT, TESTS, mutants_of

SOURCE = '''"""What it is, 1 and True."""


def judge(count: int, db: object) -> bool:
    """Count < 3."""
    if count < 3 and not db:
        raise ValueError(f"{count} is less than 3")
    note(db)
    rows("SELECT * FROM outbox WHERE closed_at IS NULL ORDER BY sequence")
    return True
'''


def changes(source: str, folder: Path) -> dict[str, str]:
    """Return what each mutant of ``source`` changed, and its source."""
    file = folder / "judge.py"
    file.write_text(source, encoding="utf-8")
    return {mutant.change: mutant.source for mutant in mutants_of(file)}


def test_each_decision_is_turned_round_once(tmp_path: Path) -> None:
    found = changes(SOURCE, tmp_path)
    assert set(found) == {
        *("not", "LtE", "Or", "4", "False", "left out"),
        *("IS NOT NULL for IS NULL", " for  ORDER BY sequence"),
    }
    assert "count <= 3 and" in found["LtE"]
    assert "closed_at IS NOT NULL ORDER BY" in found["IS NOT NULL for IS NULL"]
    assert "return False" in found["False"]


def test_no_mutant_touches_what_is_only_said(tmp_path: Path) -> None:
    for source in changes(SOURCE, tmp_path).values():
        assert '"""What it is, 1 and True."""' in source
        assert '"""Count < 3."""' in source
        assert "is less than 3" in source or "raise" not in source


def test_the_files_that_are_mutated_are_there_and_so_are_their_tests() -> None:
    for file, tests in TESTS.items():
        assert len(list(islice(mutants_of(ROOT / file), 31))) == 31
        assert all((ROOT / test).is_file() for test in tests)

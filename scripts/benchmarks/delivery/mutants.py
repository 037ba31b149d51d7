"""Do the tests of outbox, sealing and consent gate notice when the code is wrong?

Each mutant is a copy of one of the three files with one small thing changed: a comparison, a
condition, a number, a word of SQL, a statement left out. Its tests must then fail. What they
do not notice, they do not specify. Beside that, the same tests' branch coverage.

Texts for people (docstrings, what an error says) are left alone: they are not decisions.
"""

import ast
import copy
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from wire.options import ConfigError

ROOT = Path(__file__).parents[3]
PACKAGES = ("agent", "wire", "tests", "config", "escalation", "firmware_bridge", "scripts")
TESTS = {
    "agent/delivery/outbox.py": ("tests/agent/test_outbox.py", "tests/agent/test_inbox.py"),
    "wire/sealing.py": ("tests/wire/test_sealing.py",),
    "agent/consent.py": (
        "tests/agent/test_consent.py",
        "tests/agent/test_consent_reconcile.py",
        "tests/agent/test_consent_keeper.py",
    ),
}
WITHIN_S = 180.0
BEFORE = dict(os.environ)
"""As it was before a part of the benchmark opened a desk in this process."""
SLOW = " and ".join(
    f"not {name}"
    for name in (
        "twenty_thousand",
        "numbers_only_rise",
        "noise_is_refused",
        "every_message_that_fits",
        "whatever_is_altered",
        "taking_something_away",
    )
)
"""Tests that try many things by chance: what they catch, the others must catch too."""


@dataclass(slots=True)
class Mutants:
    """What the tests made of the mutants."""

    mutants: int = 0
    killed: int = 0
    branch_coverage: dict[str, float] = field(default_factory=dict)

    @property
    def killed_percent(self) -> float:
        """Return how many of a hundred the tests noticed."""
        return round(100 * self.killed / max(self.mutants, 1), 1)


def mutants(*, count: int | None, seed: int, at_once: int = 2) -> Mutants:
    """Judge ``count`` mutants drawn by chance, or all of them."""
    found = Mutants(branch_coverage={file: _coverage(file) for file in TESTS})
    for file in TESTS:
        same = ast.unparse(ast.parse((ROOT / file).read_text(encoding="utf-8")))
        if _is_killed((file, Mutant(0, "nothing", same))):
            raise ConfigError(f"{file}: its tests fail as it is: make them pass first")
    every = [(file, mutant) for file in TESTS for mutant in mutants_of(ROOT / file)]
    if count is not None:
        every = random.Random(seed).sample(every, min(count, len(every)))
    with ThreadPoolExecutor(max_workers=at_once) as threads:
        for (file, mutant), killed in zip(every, threads.map(_is_killed, every), strict=True):
            found.mutants += 1
            found.killed += killed
            if not killed:
                said = f"nobody noticed {file}:{mutant.line}: {mutant.change}"
                print(said, file=sys.stderr, flush=True)
    return found


# ----------------------------------------------------------------------------- the mutants


@dataclass(frozen=True, slots=True)
class Mutant:
    """One change of a file, and the whole file with it."""

    line: int
    change: str
    source: str


_SWAPS: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
}
_SQL = (
    ("IS NULL", "IS NOT NULL"),
    ("IS NOT NULL", "IS NULL"),
    (" AND ", " OR "),
    (" OR ", " AND "),
    (" < ?", " <= ?"),
    ("NOT IN", "IN"),
    (" ORDER BY sequence", ""),
    ("x''", "envelope"),
)
_SQL_WORDS = ("SELECT", "UPDATE", "DELETE", "INSERT", "WHERE", "IS NULL", " AND ", " IN ")


def mutants_of(file: Path) -> Iterator[Mutant]:
    """Yield the ways in which ``file`` could be wrong."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    texts = set(_texts_for_people(tree))
    for number, node in enumerate(ast.walk(tree)):
        if id(node) in texts:
            continue
        for change, edit in _edits(node):
            other = copy.deepcopy(tree)
            edit(next(n for k, n in enumerate(ast.walk(other)) if k == number))
            ast.fix_missing_locations(other)
            yield Mutant(getattr(node, "lineno", 0), change, ast.unparse(other))


def _texts_for_people(tree: ast.AST) -> Iterator[int]:
    """Yield what is no decision: docstrings, annotations, what a class is made of, and all
    that is raised."""
    for node in ast.walk(tree):
        match node:
            case ast.Expr(value=ast.Constant()) | ast.Raise() | ast.Import() | ast.ImportFrom():
                yield from (id(inner) for inner in ast.walk(node) if inner is not node)
                if not isinstance(node, ast.Raise):
                    yield id(node)
            case ast.AnnAssign(annotation=annotation) | ast.arg(annotation=annotation):
                yield from map(id, ast.walk(annotation)) if annotation else ()
            case ast.FunctionDef(returns=ast.expr() as returns):
                yield from map(id, ast.walk(returns))
            case ast.ClassDef(decorator_list=decorators):
                yield from (id(inner) for one in decorators for inner in ast.walk(one))


Edit = tuple[str, Callable[[ast.AST], None]]


def _edits(node: ast.AST) -> Iterator[Edit]:
    """Yield the ways in which ``node`` can be wrong."""
    match node:
        case ast.Compare(ops=[operator]) if type(operator) in _SWAPS:
            swapped = _SWAPS[type(operator)]
            yield swapped.__name__, lambda n: setattr(n, "ops", [swapped()])
        case ast.BoolOp(op=operator):
            other = ast.Or() if isinstance(operator, ast.And) else ast.And()
            yield type(other).__name__, lambda n: setattr(n, "op", other)
        case ast.BinOp(op=ast.Add()) if not _is_text(node):
            yield "-", lambda n: setattr(n, "op", ast.Sub())
        case ast.If() | ast.IfExp() | ast.While():
            yield "not", _negate
        case ast.Constant(value=bool() as value):
            yield f"{not value}", lambda n: setattr(n, "value", not value)
        case ast.Constant(value=int() as number):
            yield f"{number + 1}", lambda n: setattr(n, "value", number + 1)
        case ast.Constant(value=str() as text) if any(word in text for word in _SQL_WORDS):
            for before, after in _SQL:
                if before in text:
                    wrong = text.replace(before, after, 1)
                    yield f"{after} for {before}", lambda n, w=wrong: setattr(n, "value", w)  # type: ignore[misc]
        case ast.Raise() | ast.Expr(value=ast.Call() | ast.Yield()):
            yield "left out", _leave_out


def _negate(node: ast.AST) -> None:
    assert isinstance(node, ast.If | ast.IfExp | ast.While)
    node.test = ast.UnaryOp(op=ast.Not(), operand=node.test)


def _leave_out(node: ast.AST) -> None:
    """Turn a statement into one that does nothing."""
    assert isinstance(node, ast.stmt)
    vars(node).update(vars(ast.Expr(value=ast.Constant(value=None))))
    node.__class__ = ast.Expr


def _is_text(node: ast.BinOp) -> bool:
    return any(isinstance(side, ast.JoinedStr) for side in (node.left, node.right))


# -------------------------------------------------------------------------------- the tests


def _is_killed(found: tuple[str, Mutant]) -> bool:
    file, mutant = found
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for package in PACKAGES:
            (folder / package).symlink_to(ROOT / package)
        shutil.copy(ROOT / "pyproject.toml", folder)
        _put(folder, file, mutant.source)
        try:
            return _pytest(folder, file, "-x", "-k", SLOW).returncode != 0
        except subprocess.TimeoutExpired:
            return True


def _put(folder: Path, file: str, source: str) -> None:
    """Put ``source`` in the place of ``file``, beside links to everything else."""
    for above in reversed(Path(file).parents[:-1]):
        (folder / above).unlink()
        (folder / above).mkdir()
        for each in (ROOT / above).iterdir():
            if each.name != "__pycache__":
                (folder / above / each.name).symlink_to(each)
    (folder / file).unlink()
    (folder / file).write_text(source, encoding="utf-8")


def _pytest(
    folder: Path, file: str, *options: str, program: tuple[str, ...] = ("-m", "pytest")
) -> "subprocess.CompletedProcess[bytes]":
    command = [sys.executable, *program, "-q", "-p", "no:cacheprovider", *options, *TESTS[file]]
    environment = {**BEFORE, "PYTHONPATH": str(folder), "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, timeout=WITHIN_S, check=False
    )


def _coverage(file: str) -> float:
    """Return how many of a hundred lines and branches of ``file`` its tests take."""
    with tempfile.TemporaryDirectory() as name:
        data, report = Path(name) / "data", Path(name) / "report.json"
        run = ("-m", "coverage", "run", "--branch", f"--data-file={data}", f"--include={file}")
        tests = _pytest(ROOT, file, "-k", SLOW, program=(*run, "-m", "pytest"))
        if tests.returncode:
            raise ConfigError(f"{file}: its tests fail as it is: make them pass first")
        subprocess.run(
            [sys.executable, "-m", "coverage", "json", f"--data-file={data}", "-o", report],
            cwd=ROOT,
            capture_output=True,
            check=True,
        )
        return float(json.loads(report.read_text())["totals"]["percent_covered"])

"""Imports point one way: {agent, firmware_bridge, escalation} → wire, and to few others.

``agent/main.py`` is the one exception: as the device's composition root it wires bridge and
agent together. The table is also the list of all that a package needs from outside, so the
device never loads Django and the desk never opens a port.
"""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

MAY_IMPORT = {
    "wire": {"cryptography"},
    "agent": {"wire", "cryptography", "numpy", "paho", "tomlkit"},
    "firmware_bridge": {"wire", "gpiozero", "serial"},
    "escalation": {
        *("wire", "apprise", "cryptography", "django", "gunicorn", "joserfc", "paho", "segno"),
        "whitenoise",
    },
}
EXCEPTIONS = {"agent/main.py": {"firmware_bridge"}}

FILES = sorted(
    path.relative_to(ROOT).as_posix()
    for package in MAY_IMPORT
    for path in (ROOT / package).rglob("*.py")
)


def imported(source: str, package: str) -> Iterator[str]:
    """Yield the top-level name of everything that ``source`` imports, anywhere in it."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Import():
                yield from (alias.name.partition(".")[0] for alias in node.names)
            case ast.ImportFrom(level=0, module=str(module)):
                yield module.partition(".")[0]
            case ast.ImportFrom():
                yield package
            case ast.Call(
                func=ast.Name(id=name) | ast.Attribute(attr=name),
                args=[ast.Constant(value=str(module)), *_],
            ) if name in ("import_module", "__import__"):
                yield module.partition(".")[0]


def forbidden(source: str, file: str) -> set[str]:
    """Return what the file imports although the table does not allow it."""
    package = file.partition("/")[0]
    allowed = MAY_IMPORT[package] | EXCEPTIONS.get(file, set()) | {package}
    return set(imported(source, package)) - allowed - sys.stdlib_module_names


def test_there_is_something_to_look_at() -> None:
    assert {file.partition("/")[0] for file in FILES} == set(MAY_IMPORT)


@pytest.mark.parametrize("file", FILES)
def test_a_file_imports_what_its_package_may(file: str) -> None:
    assert forbidden((ROOT / file).read_text(encoding="utf-8"), file) == set()


@pytest.mark.parametrize(
    ("file", "source", "found"),
    [
        ("agent/x.py", "import firmware_bridge.reference.cobs", {"firmware_bridge"}),
        ("agent/x.py", "def late():\n    from escalation import cases", {"escalation"}),
        ("agent/x.py", "import importlib\nimportlib.import_module('django.db')", {"django"}),
        ("escalation/x.py", "import serial, gpiozero", {"serial", "gpiozero"}),
        ("wire/x.py", "from agent.delivery.outbox import Outbox", {"agent"}),
        ("wire/x.py", "from scripts import first_cup", {"scripts"}),
        ("agent/main.py", "from firmware_bridge import driver", set()),
        (
            "agent/x.py",
            "from . import clock\nfrom agent import clock\nimport wire, json",
            set(),
        ),
    ],
)
def test_a_wrong_arrow_is_found_wherever_it_hides(
    file: str, source: str, found: set[str]
) -> None:
    assert forbidden(source, file) == found

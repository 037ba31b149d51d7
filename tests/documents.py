"""Reads the documents: their prose, their code, their links, their headings."""

import ast
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])

_FENCE = re.compile(r"^ *```(\w*)\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"(!?)\[((?:[^\[\]]|\[[^\]]*\])*)\]\(([^)\s]+)\)")


@dataclass(frozen=True)
class Link:
    """A link or a picture; ``text`` is what stands for a picture that is not seen."""

    text: str
    target: str
    is_picture: bool


def name_of(page: Path) -> str:
    """Return how a page is called from the root."""
    return page.relative_to(ROOT).as_posix()


def read(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def prose(page: Path) -> str:
    """Return the page without its code blocks."""
    return _FENCE.sub("", read(page))


def blocks(page: Path, language: str) -> list[str]:
    """Return the code blocks in ``language``."""
    return [code for found, code in _FENCE.findall(read(page)) if found == language]


def spans(page: Path) -> list[str]:
    """Return what stands between backticks, on one line each."""
    return [" ".join(span.split()) for span in re.findall(r"`([^`]+)`", prose(page))]


def links(page: Path) -> list[Link]:
    return [
        Link(text=text, target=target, is_picture=bool(mark))
        for mark, text, target in _LINK.findall(prose(page))
    ]


def headings(page: Path) -> list[tuple[int, str]]:
    """Return level and text of each heading."""
    found = re.findall(r"^(#+) (.+)$", prose(page), re.MULTILINE)
    return [(len(marks), text) for marks, text in found]


def anchors(page: Path) -> set[str]:
    """Return the anchors that git hosts give to the headings."""
    return {
        re.sub(r"[^\w\- ]", "", text.lower()).replace(" ", "-") for _, text in headings(page)
    }


@cache
def names_in(file: Path) -> frozenset[str]:
    """Return what a Python file defines: ``name``, ``Class`` and ``Class.method``."""
    found: set[str] = set()
    for node in ast.parse(file.read_text(encoding="utf-8")).body:
        match node:
            case ast.FunctionDef(name=name):
                found.add(name)
            case ast.ClassDef(name=name, body=body):
                found |= {name, *(f"{name}.{method}" for method in _methods(body))}
            case (
                ast.Assign(targets=[ast.Name(id=name)])
                | ast.AnnAssign(target=ast.Name(id=name))
            ):
                found.add(name)
    return frozenset(found)


def _methods(body: list[ast.stmt]) -> list[str]:
    return [node.name for node in body if isinstance(node, ast.FunctionDef)]

"""The texts that an owner reads before consenting, and the ids that prove which text.

A notice's id carries a hash of its own text: whoever changes a word changes the id, and
every consent given to the old words is asked for again.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from agent.consents.consent_file import Purpose
from wire.messages import Language

_HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """One text in one language for one purpose."""

    purpose: Purpose
    language: Language
    text: str
    sha256: str

    @property
    def id(self) -> str:
        return f"notice-{self.purpose.replace('_', '-')}-{self.language}-{self.sha256[:8]}"


@cache
def shipped_notices() -> Mapping[Purpose, tuple[Notice, ...]]:
    """Return the notices of this version, every purpose in every language."""
    return {
        purpose: tuple(_load(purpose, language) for language in Language) for purpose in Purpose
    }


def _load(purpose: Purpose, language: Language) -> Notice:
    text = (_HERE / f"{purpose}.{language}.md").read_text(encoding="utf-8")
    return Notice(
        purpose=purpose,
        language=language,
        text=text,
        sha256=hashlib.sha256(text.encode()).hexdigest(),
    )

"""Reads ``[guardian]`` of ``desk.toml``."""

from dataclasses import dataclass

from wire.options import Options


@dataclass(frozen=True, slots=True, kw_only=True)
class GuardianConfig:
    """How much a guardian reads again."""

    one_in: int
    """Of so many conversations that were decided, about one is drawn."""


def read(options: Options) -> GuardianConfig:
    """Return the section."""
    return GuardianConfig(one_in=options.integer("one_in", default=10, low=1, high=1000))

"""Reads the options of one TOML section strictly, and says what to write instead.

Each getter takes one option with its type and range; ``finish`` then refuses what nobody
has asked for, so that a typing slip cannot pass as a default. An error always names the
file, ``[section] option = value``, the allowed range and thereby the fix.

>>> options = Options(Path("tea.toml"), "water", {"tank_ml": 18})
>>> try:
...     options.number("tank_ml", 100, 20_000, "millilitres")
... except ConfigError as error:
...     print(error)
tea.toml [water] tank_ml = 18: write a number from 100 to 20000 (millilitres)
"""

import difflib
from collections.abc import Mapping
from pathlib import Path

import wire.options


class ConfigError(wire.options.ConfigError):
    """The operator's fault: where it is and what to write instead."""

    def __init__(self, where: str, advice: str) -> None:
        super().__init__(f"{where}: {advice}")
        self.where = where
        self.advice = advice


class Options:
    """Reads one section strictly: each getter takes one option, ``finish`` allows no other."""

    def __init__(self, file: Path, section: str, table: Mapping[str, object]) -> None:
        self._file = file
        self._section = section
        self._table = table
        self._known: set[str] = set()

    def text(self, option: str) -> str:
        """Return a text of 1 to 200 printable characters."""
        value = self._required(option, "a text in quotes")
        if isinstance(value, str) and 0 < len(value) <= 200 and value.isprintable():
            return value
        raise self.error(option, "write 1 to 200 printable characters in quotes")

    def choice(self, option: str, allowed: tuple[int, ...]) -> int:
        """Return one of the ``allowed`` whole numbers."""
        shown = f"{', '.join(map(str, allowed[:-1]))} or {allowed[-1]}"
        value = self._required(option, shown)
        if isinstance(value, int) and not isinstance(value, bool) and value in allowed:
            return value
        raise self.error(option, f"choose {shown}")

    def number(self, option: str, low: float, high: float, unit: str) -> float:
        """Return a number between ``low`` and ``high``, both included."""
        advice = f"a number from {low} to {high} ({unit})"
        value = self._required(option, advice)
        if (number := _number(value, low, high)) is not None:
            return number
        raise self.error(option, f"write {advice}")

    def integer(self, option: str, low: int, high: int, unit: str) -> int:
        """Return a whole number between ``low`` and ``high``, both included."""
        advice = f"a whole number from {low} to {high} ({unit})"
        value = self._required(option, advice)
        if isinstance(value, int) and _number(value, low, high) is not None:
            return value
        raise self.error(option, f"write {advice}")

    def optional_integer(self, option: str, low: int, high: int, unit: str) -> int | None:
        """Return a whole number, or ``None`` where the option is left out."""
        self._known.add(option)
        return self.integer(option, low, high, unit) if option in self._table else None

    def span(self, option: str, low: float, high: float, unit: str) -> tuple[float, float]:
        """Return a ``[lowest, highest]`` pair within ``low`` and ``high``."""
        advice = f"[lowest, highest], two numbers from {low} to {high} ({unit})"
        value = self._required(option, advice)
        if isinstance(value, list) and len(value) == 2:
            first, second = (_number(item, low, high) for item in value)
            if first is not None and second is not None and first < second:
                return first, second
        raise self.error(option, f"write {advice}")

    def finish(self) -> None:
        """Refuse an option that nobody has asked for: a typing slip must not pass."""
        for option in self._table.keys() - self._known:
            near = difflib.get_close_matches(option, self._known, 1)
            known = ", ".join(sorted(self._known)) or "none"
            advice = f"did you mean {near[0]}?" if near else f"the options are {known}"
            raise self.error(option, f"no such option; {advice}")

    def error(self, option: str, advice: str) -> ConfigError:
        """Return the error that names file, section, option and value."""
        value = f" = {_shown(self._table[option])}" if option in self._table else ""
        return ConfigError(f"{self._file} [{self._section}] {option[:60]}{value}", advice)

    def _required(self, option: str, advice: str) -> object:
        self._known.add(option)
        if option not in self._table:
            raise self.error(option, f"missing; add {advice}")
        return self._table[option]


def _number(value: object, low: float, high: float) -> float | None:
    # A TOML ``true`` is an int to Python, and NaN is in no range.
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if low <= value <= high else None


def _shown(value: object) -> str:
    text = str(value).lower() if isinstance(value, bool) else repr(value)
    return text if len(text) <= 60 else text[:57] + "..."

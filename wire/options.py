"""Reading options out of a TOML file so that every complaint says what to do next.

All three packages are configured in TOML and owe the operator the same kind of message:
file, section, option, value, allowed range, fix.

>>> options = Options({"broker": {"port": 0}}, "agent.toml")
>>> options.section("broker").integer("port", default=8883, low=1, high=65535)
Traceback (most recent call last):
    ...
wire.options.ConfigError: agent.toml [broker] port = 0: choose a whole number from 1 to 65535
"""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NoReturn


class ConfigError(ValueError):
    """The operator's fault: the message names file, option, value, range and fix."""


class Options:
    """One table of a TOML file. Options that nobody asked for are refused by ``close``."""

    def __init__(self, table: Mapping[str, Any], file: str, section: str = "") -> None:
        self._table = table
        self._file = file
        self._section = section
        self._asked: set[str] = set()
        self._sections: list[Options] = []

    @classmethod
    def load(cls, path: Path) -> "Options":
        """Read ``path``, or raise ``ConfigError`` with line and column."""
        try:
            return cls(tomllib.loads(path.read_text(encoding="utf-8")), str(path))
        except FileNotFoundError:
            raise ConfigError(f"{path}: there is no such file") from None
        except OSError as error:
            raise ConfigError(f"{path}: cannot be read: {error.strerror}") from None
        except UnicodeDecodeError:
            raise ConfigError(f"{path}: is not UTF-8 text; save it as UTF-8") from None
        except (ValueError, RecursionError) as error:  # a number may also be too long
            raise ConfigError(f"{path}: is not valid TOML: {error}") from None

    def section(self, name: str) -> "Options":
        """Return the table ``[name]``; an absent one is empty."""
        value = self._take(name, {})
        if not isinstance(value, Mapping):
            raise ConfigError(f"{self._file} {name}: write it as a table, [{name}]")
        child = Options(value, self._file, name)
        self._sections.append(child)
        return child

    def text(self, name: str, *, default: str, max_length: int = 200) -> str:
        """Return a text option."""
        value = self._take(name, default)
        if not isinstance(value, str) or len(value) > max_length:
            self.refuse(name, value, f'write a text of at most {max_length} characters in "…"')
        return value

    def texts(self, name: str, *, default: tuple[str, ...]) -> tuple[str, ...]:
        """Return a list of short texts."""
        value = self._take(name, list(default))
        if not isinstance(value, list) or not all(
            isinstance(item, str) and 0 < len(item) <= 200 for item in value
        ):
            self.refuse(name, value, 'write a list of texts, such as ["one", "two"]')
        return tuple(value)

    def choice(self, name: str, *, default: str, among: tuple[str, ...]) -> str:
        """Return a text option that must be one of ``among``."""
        value = self._take(name, default)
        if value not in among:
            self.refuse(name, value, f"choose {' or '.join(f'{c!r}' for c in among)}")
        return str(value)

    def switch(self, name: str, *, default: bool) -> bool:
        """Return a yes-or-no option."""
        value = self._take(name, default)
        if not isinstance(value, bool):
            self.refuse(name, value, "write true or false, without quotes")
        return value

    def integer(self, name: str, *, default: int, low: int, high: int) -> int:
        """Return a whole number from ``low`` to ``high``."""
        value = self._take(name, default)
        if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
            self.refuse(name, value, f"choose a whole number from {low} to {high}")
        return value

    def number(self, name: str, *, default: float, low: float, high: float) -> float:
        """Return a number from ``low`` to ``high``."""
        value = self._take(name, default)
        if (
            not isinstance(value, int | float)
            or isinstance(value, bool)
            or not low <= value <= high
        ):
            self.refuse(name, value, f"choose a number from {low:g} to {high:g}")
        return float(value)

    def refuse(self, name: str, value: object, fix: str) -> NoReturn:
        """Raise ``ConfigError``; also for what only the caller can judge."""
        shown = str(value).lower() if isinstance(value, bool) else repr(value)
        raise ConfigError(f"{self._file} [{self._section}] {name} = {shown[:60]}: {fix}")

    def close(self) -> None:
        """Refuse options that nobody asked for: a typing error must not pass as a default."""
        for child in self._sections:
            child.close()
        if unknown := sorted(self._table.keys() - self._asked):
            known = ", ".join(sorted(self._asked))
            place = f" [{self._section}]" if self._section else ""
            raise ConfigError(
                f"{self._file}{place} {unknown[0]}: unknown option; known here: {known}"
            )

    def _take(self, name: str, default: object) -> Any:
        self._asked.add(name)
        return self._table.get(name, default)

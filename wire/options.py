"""Reading options out of a TOML file so that every complaint says what to do next.

All packages are configured in TOML and owe the operator the same kind of message: file,
section, option, value, allowed range, fix. Rules that every getter keeps:

1. An option without a ``default`` is required, and an absent one is told with its range.
2. Nothing is corrected silently: a wrong type or range is a ``ConfigError``.
3. ``close`` refuses what nobody asked for, so that a typing slip cannot pass as a default.

>>> options = Options({"broker": {"port": 0}}, "agent.toml")
>>> options.section("broker").integer("port", default=8883, low=1, high=65535)
Traceback (most recent call last):
    ...
wire.options.ConfigError: agent.toml [broker] port = 0: choose a whole number from 1 to 65535
"""

import os
import stat
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NoReturn, TypeVar

FILE_BYTES_MAX = 64 * 1024
"""A configuration is a few pages of text; whatever is larger is some other file."""

_TOML = (
    'see that line: a text stands in quotes, "…", true and false without, and each name once'
)

Word = TypeVar("Word", int, str)


class ConfigError(ValueError):
    """The operator's fault: the message names file, option, value, range and fix."""


class Options:
    """One table of a TOML file: each getter takes one option, ``close`` allows no other."""

    def __init__(
        self,
        table: Mapping[str, Any],
        file: str,
        section: str = "",
        origins: Mapping[str, str] | None = None,
    ) -> None:
        """``origins`` names the file of each ``section.option`` that is not from ``file``."""
        self._table = table
        self._file = file
        self._section = section
        self._origins = origins or {}
        self._asked: set[str] = set()
        self._sections: list[Options] = []

    @classmethod
    def load(cls, path: Path, *, overrides: Sequence[Path] = ()) -> "Options":
        """Read ``path``, or raise ``ConfigError`` with line and column.

        What ``overrides`` say takes precedence, option by option, the last of them first.
        """
        table = _parsed(path)
        origins: dict[str, str] = {}
        for other in overrides:
            table = _laid_over(table, _parsed(other), str(other), origins)
        return cls(table, str(path), origins=origins)

    def section(self, name: str, *, required: bool = False) -> "Options":
        """Return the table ``[name]``; an absent one is empty unless it is required."""
        if required and name not in self._table:
            raise ConfigError(
                f"{self._file} [{self._path(name)}]: the section is missing; add it"
            )
        child = Options(self.table(name), self._file, self._path(name), self._origins)
        self._sections.append(child)
        return child

    def optional_section(self, name: str) -> "Options | None":
        """Return the table ``[name]``, or ``None`` where it is left out."""
        if name in self._table:
            return self.section(name)
        self._asked.add(name)
        return None

    def table(self, name: str) -> Mapping[str, Any]:
        """Return the table ``[name]`` as it is, for somebody else to read strictly."""
        value = self._table.get(name, {})
        self._asked.add(name)
        if not isinstance(value, Mapping):
            path = self._path(name)
            raise ConfigError(f"{self._file_of(name)} {path}: write it as a table, [{path}]")
        return value

    def text(self, name: str, *, default: str | None = None, max_length: int = 200) -> str:
        """Return a text option; a required one is not empty."""
        low = 1 if default is None else 0
        fix = f'write a text of {low} to {max_length} printable characters in "…"'
        value = self._take(name, default, fix)
        if not isinstance(value, str) or not low <= len(value) <= max_length:
            self.refuse(name, value, fix)
        if not value.isprintable():
            self.refuse(name, value, fix)
        return value

    def texts(self, name: str, *, default: tuple[str, ...] | None = None) -> tuple[str, ...]:
        """Return a list of short texts."""
        fix = 'write a list of texts, such as ["one", "two"]'
        value = self._take(name, None if default is None else list(default), fix)
        if not isinstance(value, list) or not all(
            isinstance(item, str) and 0 < len(item) <= 200 for item in value
        ):
            self.refuse(name, value, fix)
        return tuple(value)

    def choice(
        self, name: str, *, among: tuple[Word, ...], default: Word | None = None
    ) -> Word:
        """Return an option that must be one of ``among``, all texts or all whole numbers."""
        *others, last = map(repr, among)
        fix = f"choose {', '.join(others)} or {last}" if others else f"choose {last}"
        value = self._take(name, default, fix)
        # By type, too: a TOML ``true`` equals 1 and ``1.0`` as well.
        word = next((w for w in among if type(w) is type(value) and w == value), None)
        if word is None:
            self.refuse(name, value, fix)
        return word

    def switch(self, name: str, *, default: bool | None = None) -> bool:
        """Return a yes-or-no option."""
        fix = "write true or false, without quotes"
        value = self._take(name, default, fix)
        if not isinstance(value, bool):
            self.refuse(name, value, fix)
        return value

    def integer(
        self, name: str, *, low: int, high: int, default: int | None = None, unit: str = ""
    ) -> int:
        """Return a whole number from ``low`` to ``high``, both included."""
        fix = f"choose a whole number from {low} to {high}{_bracketed(unit)}"
        value = self._take(name, default, fix)
        if not isinstance(value, int) or not _within(value, low, high):
            self.refuse(name, value, fix)
        return value

    def optional_integer(self, name: str, *, low: int, high: int, unit: str = "") -> int | None:
        """Return a whole number, or ``None`` where the option is left out."""
        if name in self._table:
            return self.integer(name, low=low, high=high, unit=unit)
        self._asked.add(name)
        return None

    def integers(
        self, name: str, *, low: int, high: int, default: tuple[int, ...] | None = None
    ) -> tuple[int, ...]:
        """Return a list of whole numbers from ``low`` to ``high``."""
        fix = f"write a list of whole numbers from {low} to {high}, such as [{low}, {high}]"
        value = self._take(name, None if default is None else list(default), fix)
        if not isinstance(value, list) or not all(
            isinstance(item, int) and _within(item, low, high) for item in value
        ):
            self.refuse(name, value, fix)
        return tuple(value)

    def number(
        self,
        name: str,
        *,
        low: float,
        high: float,
        default: float | None = None,
        unit: str = "",
    ) -> float:
        """Return a number from ``low`` to ``high``, both included."""
        fix = f"choose a number from {low} to {high}{_bracketed(unit)}"
        value = self._take(name, default, fix)
        if not _within(value, low, high):
            self.refuse(name, value, fix)
        return float(value)

    def span(
        self, name: str, *, low: float, high: float, unit: str = ""
    ) -> tuple[float, float]:
        """Return a ``[lowest, highest]`` pair within ``low`` and ``high``."""
        fix = f"write [lowest, highest], two numbers from {low} to {high}{_bracketed(unit)}"
        value = self._take(name, None, fix)
        if not isinstance(value, list) or len(value) != 2:
            self.refuse(name, value, fix)
        first, second = value
        if not (_within(first, low, high) and _within(second, low, high) and first < second):
            self.refuse(name, value, fix)
        return float(first), float(second)

    def refuse(self, name: str, value: object, fix: str) -> NoReturn:
        """Raise ``ConfigError``; also for what only the caller can judge."""
        raise ConfigError(f"{self._place(name)} = {_shown(value)}: {fix}")

    def close(self) -> None:
        """Refuse what nobody asked for: a typing error must not pass as a default."""
        for child in self._sections:
            child.close()
        for name in sorted(self._table.keys() - self._asked):
            value = self._table[name]
            if isinstance(value, Mapping):
                place = f"{self._file_of(name)} [{self._path(name)[:60]}]: unknown section"
            else:
                place = f"{self._place(name)} = {_shown(value)}: unknown option"
            raise ConfigError(f"{place}; {self._near(name)}")

    def _near(self, name: str) -> str:
        # Late: a file without a mistake, which is nearly every one, needs no comparing.
        import difflib  # noqa: PLC0415

        if near := difflib.get_close_matches(name, self._asked, 1):
            return f"did you mean {near[0]}?"
        return f"known here: {', '.join(sorted(self._asked)) or 'none'}"

    def _take(self, name: str, default: object, fix: str) -> Any:
        self._asked.add(name)
        value = self._table.get(name, default)
        if value is None:  # TOML has no null: the option is neither written nor defaulted
            raise ConfigError(f"{self._place(name)}: missing; {fix}")
        return value

    def _place(self, name: str) -> str:
        section = f" [{self._section}]" if self._section else ""
        return f"{self._file_of(name)}{section} {name[:60]}"

    def _file_of(self, name: str) -> str:
        return self._origins.get(self._path(name), self._file)

    def _path(self, name: str) -> str:
        return f"{self._section}.{name}" if self._section else name


def _parsed(path: Path) -> dict[str, Any]:
    try:
        with open(path, "rb", opener=_at_once) as it:
            if not stat.S_ISREG(os.fstat(it.fileno()).st_mode):
                raise ConfigError(f"{path}: is no ordinary file; name another")
            data = it.read(FILE_BYTES_MAX + 1)
    except FileNotFoundError:
        raise ConfigError(f"{path}: there is no such file") from None
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}") from None
    if len(data) > FILE_BYTES_MAX:
        raise ConfigError(f"{path}: has more than {FILE_BYTES_MAX} bytes; name another file")
    try:
        return tomllib.loads(data.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise ConfigError(f"{path}: is not UTF-8 text; save it as UTF-8") from None
    except (ValueError, RecursionError) as error:  # a number may also be too long
        raise ConfigError(f"{path}: is not valid TOML: {error}; {_TOML}") from None


def _at_once(path: str, flags: int) -> int:
    # Whatever lies there under this name, looking at it must not wait for anybody.
    return os.open(path, flags | os.O_NONBLOCK)


def _laid_over(
    below: Mapping[str, Any],
    above: Mapping[str, Any],
    file: str,
    origins: dict[str, str],
    section: str = "",
) -> dict[str, Any]:
    """Return ``below`` with every option of ``above``; note in ``origins`` which those are."""
    merged = dict(below)
    for name, value in above.items():
        path = f"{section}.{name}" if section else name
        old = below.get(name)
        if name not in below or not isinstance(value, Mapping):
            origins[path] = file
        if isinstance(value, Mapping) and (old is None or isinstance(old, Mapping)):
            merged[name] = _laid_over(old or {}, value, file, origins, path)
        else:
            merged[name] = value
    return merged


def _within(value: object, low: float, high: float) -> bool:
    # A TOML ``true`` is an int to Python, and NaN is in no range.
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return low <= value <= high


def _bracketed(unit: str) -> str:
    return f" ({unit})" if unit else ""


def _shown(value: object) -> str:
    try:
        text = str(value).lower() if isinstance(value, bool) else repr(value)
    except (ValueError, RecursionError):
        # Python refuses to write out a number of thousands of digits, or dots without end.
        text = "..."
    return text if len(text) <= 60 else text[:57] + "..."

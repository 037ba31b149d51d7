"""Strict decoding of a closed schema: frozen dataclasses to canonical JSON and back.

A dataclass is the schema. ``decode`` accepts exactly its fields with exactly their types
and nothing else: no extra field, no missing field, no number for a text, no NaN, no
naive time, no text over its length. ``encode`` writes the one canonical form (sorted keys,
no spaces, UTC with a ``Z``), so that equal messages have equal hashes.

>>> from wire.messages import Heartbeat
>>> from datetime import datetime, UTC
>>> beat = Heartbeat(sent_at=datetime(2026, 3, 1, 7, 10, tzinfo=UTC), ledger_head="00")
>>> encode(beat)
b'{"ledger_head":"00","received":[],"sent_at":"2026-03-01T07:10:00Z"}'
>>> decode(Heartbeat, encode(beat)) == beat
True
"""

import dataclasses
import functools
import json
import math
import re
import types
import typing
from collections.abc import Callable, Iterable, Mapping, Set
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, TypeVar

T = TypeVar("T")

JSON = None | bool | int | float | str | list["JSON"] | dict[str, "JSON"]

MAX_DEPTH = 8
"""No schema here nests deeper; hostile input must not reach the interpreter's limit."""
MAX_ITEMS = 64
"""No list of a schema here is longer."""
DEFAULT_MAX_LENGTH = 200
"""Characters of a text whose field names no length of its own."""

_TIME = re.compile(r"(?:19[7-9]|[2-8]\d\d)\d-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{6})?Z", re.ASCII)
"""The one spelling that ``to_plain`` writes; later Pythons read more of them than earlier
ones. The far ends of the calendar stay out, where local time would overflow."""


_PLAIN = frozenset({type(None), bool, int, float, str})
"""What JSON can say as it is."""

_UNPRINTABLE = re.compile("[\\0\ud800-\udfff]")


class SchemaError(ValueError):
    """The peer's fault: the bytes are not a message of this schema."""


@dataclasses.dataclass(frozen=True, slots=True)
class MaxLength:
    """How many characters a text field may have."""

    characters: int


def encode(value: object) -> bytes:
    """Return the canonical JSON of a dataclass instance.

    Raises ``SchemaError`` when the value breaks its own schema, so that what this side
    sends is always what the other side accepts.
    """
    # The second pass gives what is equal the same spelling: 4 and 4.0, 0.0 and -0.0.
    plain = to_plain(from_plain(type(value), to_plain(value)))
    return json.dumps(
        plain, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    ).encode()


def decode(cls: type[T], data: bytes) -> T:
    """Return the ``cls`` that ``data`` describes, or raise ``SchemaError``."""
    try:
        plain = json.loads(
            data.decode("utf-8"),
            object_pairs_hook=_object_without_doubles,
            parse_constant=_refuse_constant,
        )
    except SchemaError:
        raise
    except (UnicodeDecodeError, ValueError, RecursionError) as error:
        raise SchemaError(f"not JSON: {error}") from None
    return from_plain(cls, plain)


def to_plain(value: object) -> JSON:
    """Return ``value`` (dataclass, enum, time, tuple, mapping) as plain JSON values."""
    if type(value) in _PLAIN:
        return typing.cast(JSON, value)
    match value:
        case StrEnum():
            return value.value
        case datetime():
            if value.tzinfo is None:
                raise SchemaError("a time without its zone cannot be sent")
            text = value.astimezone(UTC).isoformat(timespec="auto")
            return text.removesuffix("+00:00") + "Z"
        case tuple() | list():
            return [to_plain(item) for item in value]
        case _ if dataclasses.is_dataclass(value) and not isinstance(value, type):
            return {name: to_plain(getattr(value, name)) for name in _names(type(value))}
    raise SchemaError(f"a {type(value).__name__} cannot be sent")


@functools.cache
def _names(cls: Any) -> tuple[str, ...]:
    return tuple(field.name for field in dataclasses.fields(cls))


def from_plain(cls: type[T], plain: JSON) -> T:
    """Return the ``cls`` that plain JSON values describe, or raise ``SchemaError``."""
    return typing.cast(T, _reader(typing.cast(Any, cls))(plain, (cls.__name__,), 0))


def _object_without_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    # Two fields of one name are read differently by different parsers: a smuggling route.
    result = dict(pairs)
    if len(result) != len(pairs):
        raise SchemaError("a field appears twice")
    return result


def _refuse_constant(name: str) -> None:
    raise SchemaError(f"{name} is not a number that can be sent")


Where = tuple[Any, ...]
"""Where a value stands: the place around it, if any, and its name or number there. It is put
into words by ``_said`` when something is refused: most messages are as they should be."""

Reader = Callable[[JSON, Where, int], object]
"""Takes a plain value, where it stands and how deep; returns what it means, or refuses it."""


@functools.cache
def _reader(kind: Any) -> Reader:
    """Return what reads values of ``kind``: a type is taken apart once, not a message."""
    max_length = DEFAULT_MAX_LENGTH
    if typing.get_origin(kind) is typing.Annotated:
        kind, *notes = typing.get_args(kind)
        max_length = next(n.characters for n in notes if isinstance(n, MaxLength))
    origin = typing.get_origin(kind)
    if origin in (typing.Union, types.UnionType):
        read = _optional_reader(kind)
    elif origin is tuple:
        item_kind, _ellipsis = typing.get_args(kind)
        read = _list_reader(item_kind)
    elif dataclasses.is_dataclass(kind):
        read = _dataclass_reader(kind)
    else:
        read = _scalar_reader(kind, max_length)
    return read


@functools.cache
def _fields(cls: type) -> tuple[dict[str, Reader], frozenset[str]]:
    hints = typing.get_type_hints(cls, include_extras=True)
    optional = frozenset(
        field.name
        for field in dataclasses.fields(cls)
        if field.default is not dataclasses.MISSING
    )
    return {name: _reader(hint) for name, hint in hints.items()}, optional


def _optional_reader(kind: Any) -> Reader:
    members = typing.get_args(kind)
    rest = [member for member in members if member is not type(None)]
    if len(rest) != 1:
        raise TypeError(f"{kind}: a schema field has one type, or one type and None")
    read = _reader(rest[0])

    def read_optional(plain: JSON, where: Where, depth: int) -> object:
        return None if plain is None else read(plain, where, depth)

    return read_optional


def _list_reader(item_kind: Any) -> Reader:
    read = _reader(item_kind)

    def read_list(plain: JSON, where: Where, depth: int) -> object:
        _check_depth(where, depth)
        if not isinstance(plain, list) or len(plain) > MAX_ITEMS:
            raise SchemaError(f"{_said(where)} must be a list of at most {MAX_ITEMS}")
        return tuple([read(item, (where, i), depth + 1) for i, item in enumerate(plain)])

    return read_list


def _dataclass_reader(cls: Any) -> Reader:
    def read_dataclass(plain: JSON, where: Where, depth: int) -> object:
        _check_depth(where, depth)
        if not isinstance(plain, dict):
            raise SchemaError(f"{_said(where)} must be an object")
        readers, optional = _fields(cls)
        if plain.keys() != readers.keys():
            _check_names(plain, readers, optional, where)
        values = {
            name: readers[name](value, (where, name), depth + 1)
            for name, value in plain.items()
        }
        try:
            return cls(**values)
        except ValueError as error:
            raise SchemaError(f"{_said(where)}: {error}") from None

    return read_dataclass


def _scalar_reader(kind: Any, max_length: int) -> Reader:
    if kind is str:
        return functools.partial(_read_text, max_length)
    if kind is datetime:
        return _read_time
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        return functools.partial(_read_choice, {member.value: member for member in kind})
    return functools.partial(_read_number, kind)


def _said(where: Where) -> str:
    """Return ``where`` as a person reads it: ``Alert.device_check.evidence[2].value``."""
    *around, here = where
    if not around:
        return str(here)
    return _said(around[0]) + (f"[{here}]" if isinstance(here, int) else f".{here}")


def _check_names(
    plain: dict[str, JSON], known: Iterable[str], optional: Set[str], where: Where
) -> None:
    if extra := plain.keys() - known:
        raise SchemaError(f"{_said(where)} has no field {sorted(extra)[0][:40]!r}")
    if missing := set(known) - plain.keys() - optional:
        raise SchemaError(f"{_said(where)} lacks {sorted(missing)[0]!r}")


def _check_depth(where: Where, depth: int) -> None:
    if depth > MAX_DEPTH:
        raise SchemaError(f"{_said(where)} nests too deep")


def _read_text(max_length: int, plain: JSON, where: Where, depth: int) -> object:
    if isinstance(plain, str) and len(plain) <= max_length and _printable(plain):
        return plain
    raise SchemaError(f"{_said(where)} must be a text of at most {max_length} characters")


def _read_choice(
    members: Mapping[str, StrEnum], plain: JSON, where: Where, depth: int
) -> object:
    if isinstance(plain, str) and plain in members:
        return members[plain]
    raise SchemaError(f"{_said(where)} must be one of {', '.join(members)}")


def _read_number(kind: Any, plain: JSON, where: Where, depth: int) -> object:
    if kind is bool and isinstance(plain, bool):
        return plain
    if kind is int and isinstance(plain, int) and not isinstance(plain, bool):
        if abs(plain) < 2**53:
            return plain
    if kind is float and isinstance(plain, int | float) and not isinstance(plain, bool):
        if abs(plain) < 2**53 and math.isfinite(plain):
            return float(plain) + 0.0
    raise SchemaError(f"{_said(where)} must be a {getattr(kind, '__name__', kind)}")


def _printable(text: str) -> bool:
    # A lone surrogate cannot be written as UTF-8; a NUL is refused by PostgreSQL.
    return _UNPRINTABLE.search(text) is None


def _read_time(plain: JSON, where: Where, depth: int) -> datetime:
    if isinstance(plain, str) and _TIME.fullmatch(plain):
        try:
            return datetime.fromisoformat(plain)
        except ValueError:
            pass
    raise SchemaError(f"{_said(where)} must be a time such as 2026-03-01T07:10:00Z")

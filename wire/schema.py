"""Strict decoding of a closed schema: frozen dataclasses to canonical JSON and back.

A dataclass is the schema. ``decode`` accepts exactly its fields with exactly their types
and nothing else: no extra field, no missing field, no number for a text, no NaN, no
naive time, no text over its length. ``encode`` writes the one canonical form (sorted keys,
no spaces, UTC with a ``Z``), so that equal messages have equal hashes.

>>> from wire.messages import Heartbeat
>>> from datetime import datetime, UTC
>>> beat = Heartbeat(sent_at=datetime(2026, 3, 1, 7, 10, tzinfo=UTC), ledger_head="00")
>>> encode(beat)
b'{"ledger_head":"00","sent_at":"2026-03-01T07:10:00Z"}'
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
    match value:
        case StrEnum():
            return value.value
        case None | bool() | int() | float() | str():
            return value
        case datetime():
            if value.tzinfo is None:
                raise SchemaError("a time without its zone cannot be sent")
            text = value.astimezone(UTC).isoformat(timespec="auto")
            return text.removesuffix("+00:00") + "Z"
        case tuple() | list():
            return [to_plain(item) for item in value]
        case _ if dataclasses.is_dataclass(value) and not isinstance(value, type):
            return {
                field.name: to_plain(getattr(value, field.name))
                for field in dataclasses.fields(value)
            }
    raise SchemaError(f"a {type(value).__name__} cannot be sent")


def from_plain(cls: type[T], plain: JSON) -> T:
    """Return the ``cls`` that plain JSON values describe, or raise ``SchemaError``."""
    return typing.cast(T, _read(cls, plain, cls.__name__, 0))


def _object_without_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    # Two fields of one name are read differently by different parsers: a smuggling route.
    result = dict(pairs)
    if len(result) != len(pairs):
        raise SchemaError("a field appears twice")
    return result


def _refuse_constant(name: str) -> None:
    raise SchemaError(f"{name} is not a number that can be sent")


@functools.cache
def _fields(cls: type) -> tuple[dict[str, Any], frozenset[str]]:
    hints = typing.get_type_hints(cls, include_extras=True)
    optional = frozenset(
        field.name
        for field in dataclasses.fields(cls)
        if field.default is not dataclasses.MISSING
    )
    return hints, optional


def _read(kind: Any, plain: JSON, where: str, depth: int) -> object:
    if depth > MAX_DEPTH:
        raise SchemaError(f"{where} nests too deep")
    max_length = DEFAULT_MAX_LENGTH
    if typing.get_origin(kind) is typing.Annotated:
        kind, *notes = typing.get_args(kind)
        max_length = next(n.characters for n in notes if isinstance(n, MaxLength))
    origin = typing.get_origin(kind)
    if origin in (typing.Union, types.UnionType):
        return _read_optional(kind, plain, where, depth)
    if origin is tuple:
        item_kind, _ellipsis = typing.get_args(kind)
        if not isinstance(plain, list) or len(plain) > MAX_ITEMS:
            raise SchemaError(f"{where} must be a list of at most {MAX_ITEMS}")
        return tuple(
            _read(item_kind, item, f"{where}[{i}]", depth + 1) for i, item in enumerate(plain)
        )
    if dataclasses.is_dataclass(kind):
        return _read_dataclass(kind, plain, where, depth)
    return _read_scalar(kind, plain, where, max_length)


def _read_optional(kind: Any, plain: JSON, where: str, depth: int) -> object:
    members = typing.get_args(kind)
    if plain is None and type(None) in members:
        return None
    rest = [member for member in members if member is not type(None)]
    if len(rest) != 1:
        raise TypeError(f"{where}: a schema field has one type, or one type and None")
    return _read(rest[0], plain, where, depth)


def _read_dataclass(cls: Any, plain: JSON, where: str, depth: int) -> object:
    if not isinstance(plain, dict):
        raise SchemaError(f"{where} must be an object")
    hints, optional = _fields(cls)
    if extra := plain.keys() - hints.keys():
        raise SchemaError(f"{where} has no field {sorted(extra)[0][:40]!r}")
    if missing := hints.keys() - plain.keys() - optional:
        raise SchemaError(f"{where} lacks {sorted(missing)[0]!r}")
    values = {
        name: _read(hints[name], value, f"{where}.{name}", depth + 1)
        for name, value in plain.items()
    }
    try:
        return cls(**values)
    except ValueError as error:
        raise SchemaError(f"{where}: {error}") from None


def _read_scalar(kind: Any, plain: JSON, where: str, max_length: int) -> object:
    if kind is datetime:
        return _read_time(plain, where)
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        if isinstance(plain, str) and plain in kind._value2member_map_:
            return kind(plain)
        raise SchemaError(f"{where} must be one of {', '.join(kind)}")
    if kind is str:
        if isinstance(plain, str) and len(plain) <= max_length and _printable(plain):
            return plain
        raise SchemaError(f"{where} must be a text of at most {max_length} characters")
    if kind is bool and isinstance(plain, bool):
        return plain
    if kind is int and isinstance(plain, int) and not isinstance(plain, bool):
        if abs(plain) < 2**53:
            return plain
    if kind is float and isinstance(plain, int | float) and not isinstance(plain, bool):
        if abs(plain) < 2**53 and math.isfinite(plain):
            return float(plain) + 0.0
    raise SchemaError(f"{where} must be a {getattr(kind, '__name__', kind)}")


def _printable(text: str) -> bool:
    # A lone surrogate cannot be written as UTF-8; a NUL is refused by PostgreSQL.
    return not any(c == "\0" or "\ud800" <= c <= "\udfff" for c in text)


def _read_time(plain: JSON, where: str) -> datetime:
    if isinstance(plain, str) and _TIME.fullmatch(plain):
        try:
            return datetime.fromisoformat(plain)
        except ValueError:
            pass
    raise SchemaError(f"{where} must be a time such as 2026-03-01T07:10:00Z")

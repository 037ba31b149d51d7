"""Tells the steps as JSON, one object a line, for tests and for other programs.

{"type":"brew","at":"2026-03-05T07:12:04+01:00","number":12,"water_ml":110.0}
"""

import dataclasses
import json
from datetime import date, datetime, tzinfo
from enum import StrEnum
from typing import TextIO
from zoneinfo import ZoneInfo

from scripts.first_cup.steps import Step


class JsonVoice:
    """Writes each step as one line; times are the household's local ones, with offset."""

    def __init__(self, out: TextIO, *, timezone: str) -> None:
        self._out = out
        self._zone = ZoneInfo(timezone)

    def tell(self, step: Step) -> None:
        """Write ``step``; the line is flushed, so that a reader sees it at once."""
        fields = _plain(step, self._zone)
        line = json.dumps({"type": step.kind, **fields}, ensure_ascii=False)
        self._out.write(line + "\n")
        self._out.flush()


def _plain(value: object, zone: tzinfo) -> dict[str, object]:
    if not dataclasses.is_dataclass(value):
        raise TypeError(f"{type(value).__name__} is no record of a step")
    fields = {
        field.name: _value(getattr(value, field.name), zone)
        for field in dataclasses.fields(value)
    }
    # ``at`` comes first in a line that people may read too.
    return {"at": fields.pop("at"), **fields} if "at" in fields else fields


def _value(value: object, zone: tzinfo) -> object:
    match value:
        case StrEnum():
            return value.value
        case None | bool() | int() | float() | str():
            return value
        case datetime():
            return value.astimezone(zone).isoformat(timespec="seconds")
        case date():
            return value.isoformat()
        case tuple():
            return [_value(item, zone) for item in value]
    return _plain(value, zone)

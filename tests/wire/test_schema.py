"""A closed schema takes what it describes, and answers everything else with one error."""

import json
from collections.abc import Iterator
from dataclasses import MISSING, fields, replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.wire.examples import ALL_TYPES, EXAMPLES, any_of
from wire.messages import Ack, Alert, Decision, Heartbeat, Message, Reply, type_name
from wire.schema import MAX_ITEMS, SchemaError, decode, encode

any_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)
each_type = pytest.mark.parametrize(
    ("name", "cls"), [(name, cls) for _, name, cls in ALL_TYPES]
)


def plain(name: str) -> Any:
    """Return the JSON value of the example of type ``name``, free to be spoiled."""
    return json.loads(encode(EXAMPLES[name]))


def decode_plain(cls: type[Message], value: Any) -> Message:
    """Decode a JSON value as it would arrive."""
    return decode(cls, json.dumps(value).encode())


def places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Yield (container, key) of everything inside ``value``."""
    items = (
        value.items()
        if isinstance(value, dict)
        else enumerate(value)
        if isinstance(value, list)
        else ()
    )
    for key, inner in list(items):
        yield value, key
        yield from places(inner)


def objects(value: Any) -> Iterator[dict[str, Any]]:
    """Yield every object inside ``value``, itself included."""
    if isinstance(value, dict):
        yield value
    for container, key in places(value):
        if isinstance(container[key], dict):
            yield container[key]


def test_every_type_has_an_example() -> None:
    assert sorted(EXAMPLES) == sorted(name for _, name, _ in ALL_TYPES)
    assert [type_name(message) for message in EXAMPLES.values()] == list(EXAMPLES)


@each_type
@given(data=st.data())
def test_whatever_a_schema_allows_survives_the_journey(
    name: str, cls: type[Message], data: st.DataObject
) -> None:
    message = data.draw(any_of(cls))
    assert decode(cls, encode(message)) == message
    assert encode(decode(cls, encode(message))) == encode(message)


@each_type
@given(value=any_json)
def test_arbitrary_json_is_refused_with_a_schema_error(
    name: str, cls: type[Message], value: Any
) -> None:
    with pytest.raises(SchemaError):
        decode_plain(cls, value)


@each_type
@given(data=st.binary(max_size=300))
def test_arbitrary_bytes_are_refused_with_a_schema_error(
    name: str, cls: type[Message], data: bytes
) -> None:
    with pytest.raises(SchemaError):
        decode(cls, data)


@each_type
@given(data=st.data())
def test_a_message_with_one_spoiled_place_is_refused_or_still_canonical(
    name: str, cls: type[Message], data: st.DataObject
) -> None:
    value = plain(name)
    container, key = data.draw(st.sampled_from(list(places(value))))
    container[key] = data.draw(any_json)
    try:
        message = decode_plain(cls, value)
    except SchemaError:
        return
    assert decode(cls, encode(message)) == message


@each_type
def test_an_extra_field_is_refused_at_every_depth(name: str, cls: type[Message]) -> None:
    for i in range(len(list(objects(plain(name))))):
        value = plain(name)
        list(objects(value))[i]["mood"] = "fine"
        with pytest.raises(SchemaError, match="has no field 'mood'"):
            decode_plain(cls, value)


@each_type
def test_a_missing_field_is_refused(name: str, cls: type[Message]) -> None:
    added_later = {f.name for f in fields(cls) if f.default is not MISSING}
    for key in plain(name).keys() - added_later:
        value = plain(name)
        del value[key]
        with pytest.raises(SchemaError, match=f"lacks '{key}'"):
            decode_plain(cls, value)


def test_a_field_that_appears_twice_is_refused() -> None:
    data = encode(EXAMPLES["heartbeat"]).replace(b"{", b'{"ledger_head":"00",', 1)
    with pytest.raises(SchemaError, match="twice"):
        decode(Heartbeat, data)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{",
        b"\xff\xfe",
        b"\xef\xbb\xbf{}",
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b"1" * 10_000,
        b"NaN",
        b"null",
    ],
    ids=lambda data: repr(data[:12]),
)
def test_bytes_that_upset_parsers_are_refused(data: bytes) -> None:
    with pytest.raises(SchemaError):
        decode(Heartbeat, data)


@pytest.mark.parametrize(
    "number", ["NaN", "Infinity", "-Infinity", "1e999", "1e17", '"3"', "true"]
)
def test_a_number_is_finite_exact_and_not_something_else(number: str) -> None:
    data = encode(EXAMPLES["alert"]).replace(
        b'"waited_h":12.0', f'"waited_h":{number}'.encode()
    )
    with pytest.raises(SchemaError):
        decode(Alert, data)


@pytest.mark.parametrize("number", ["1.0", "true", "9007199254740992", "null"])
def test_a_whole_number_is_whole(number: str) -> None:
    data = encode(EXAMPLES["ack"]).replace(b'"epoch":1', f'"epoch":{number}'.encode())
    with pytest.raises(SchemaError):
        decode(Ack, data)


@pytest.mark.parametrize(
    "time",
    [
        "2026-03-01T07:10:00",
        "2026-03-01T07:10:00+00:00",
        "2026-03-01T07:10Z",
        "2026-03-01 07:10:00Z",
        "20260301T071000Z",
        "2026-W09-7T07:10:00Z",
        "2026-02-30T07:10:00Z",
        "2026-03-01T24:00:00Z",
        "2026-03-01T07:10:00.1Z",
        "٢٠٢٦-03-01T07:10:00Z",
        "0001-01-01T00:00:00Z",
        "9999-12-31T23:59:59Z",
        "2026-03-01T07:10:00Z\n",
    ],
)
def test_a_time_has_one_spelling(time: str) -> None:
    with pytest.raises(SchemaError, match="must be a time"):
        decode_plain(Heartbeat, {"ledger_head": "00", "sent_at": time})


@pytest.mark.parametrize("text", ["a\0b", "\ud800", "x" * 601])
def test_a_text_that_databases_or_readers_cannot_hold_is_refused(text: str) -> None:
    value = plain("reply")
    value["text"] = text
    with pytest.raises(SchemaError, match="at most 600"):
        decode_plain(Reply, value)


def test_a_text_of_exactly_its_length_is_accepted() -> None:
    value = plain("reply")
    value["text"] = "é" * 600
    assert isinstance(decode_plain(Reply, value), Reply)


def test_a_list_is_bounded() -> None:
    value = plain("alert")
    value["question"]["channels"] = ["page"] * (MAX_ITEMS + 1)
    with pytest.raises(SchemaError, match="at most 64"):
        decode_plain(Alert, value)


def test_what_breaks_its_own_schema_is_not_sent() -> None:
    decision = EXAMPLES["decision"]
    assert isinstance(decision, Decision)
    with pytest.raises(SchemaError, match="at most 600"):
        encode(replace(decision, reason="x" * 601))
    with pytest.raises(SchemaError, match="zone"):
        encode(replace(decision, decided_at=datetime(2026, 3, 1)))


def test_equal_messages_have_equal_bytes() -> None:
    alert = EXAMPLES["alert"]
    assert isinstance(alert, Alert)
    other_zone = replace(
        alert.change,
        noticed_at=alert.change.noticed_at.astimezone(timezone(timedelta(hours=5))),
        usual=31,
    )
    assert encode(replace(alert, change=other_zone)) == encode(alert)
    nought = replace(alert, change=replace(alert.change, observed=0.0))
    minus_nought = replace(alert, change=replace(alert.change, observed=-0.0))
    assert encode(nought) == encode(minus_nought)


def test_the_canonical_form_is_sorted_compact_and_in_utc() -> None:
    beat = Heartbeat(sent_at=datetime(2026, 3, 1, 7, 10, tzinfo=UTC), ledger_head="é")
    said = '{"ledger_head":"é","received":[],"sent_at":"2026-03-01T07:10:00Z"}'
    assert encode(beat).decode() == said

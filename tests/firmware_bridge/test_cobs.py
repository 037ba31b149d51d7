"""COBS takes the zeros out and puts them back, and calls everything else damage."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from firmware_bridge.reference import cobs

short = st.binary(max_size=cobs.MAX_DATA_BYTES)


@given(short)
@example(b"")
@example(b"\0")
@example(bytes(cobs.MAX_DATA_BYTES))
@example(b"\xff" * cobs.MAX_DATA_BYTES)
def test_what_was_encoded_is_decoded(data: bytes) -> None:
    assert cobs.decode(cobs.encode(data)) == data


@given(short)
def test_an_encoding_is_one_byte_longer_and_has_no_zero(data: bytes) -> None:
    encoded = cobs.encode(data)

    assert len(encoded) == len(data) + 1
    assert 0 not in encoded


@given(st.binary(max_size=300))
def test_bytes_are_either_the_encoding_of_their_data_or_refused(encoded: bytes) -> None:
    """No two encodings of one data: damage cannot hide as another spelling."""
    try:
        data = cobs.decode(encoded)
    except cobs.CobsError:
        return
    assert cobs.encode(data) == encoded


@pytest.mark.parametrize(
    "encoded",
    [b"", b"\0", b"\x03\x11", b"\x02\0", b"\x01\0\x01", b"\xff" + b"\x11" * 254],
)
def test_damage_is_refused(encoded: bytes) -> None:
    with pytest.raises(cobs.CobsError):
        cobs.decode(encoded)


def test_data_that_would_need_a_longer_run_is_our_own_mistake() -> None:
    with pytest.raises(ValueError, match="at most 253"):
        cobs.encode(bytes(254))

"""Consistent Overhead Byte Stuffing: bytes without a zero, so that zero can end a frame.

A receiver that joins in the middle, or loses bytes, is back in step at the next zero.
The price is one byte a frame. Each zero of the data is replaced by the distance to the
next one, and a first byte tells the distance to the first.

Frames here are short, so the rule for runs of 254 bytes and more is left out: ``encode``
refuses such data, and to ``decode`` whatever is so long is the damage that it must be.

>>> encode(b"\\x11\\x00\\x22").hex(" ")
'02 11 02 22'
>>> decode(b"\\x02\\x11\\x02\\x22").hex(" ")
'11 00 22'
"""

MAX_DATA_BYTES = 253


class CobsError(ValueError):
    """These bytes cannot be the encoding of anything."""


def encode(data: bytes) -> bytes:
    """Return ``data`` with one byte more and without any zero."""
    if len(data) > MAX_DATA_BYTES:
        raise ValueError(f"{len(data)} bytes: a frame has at most {MAX_DATA_BYTES}")
    return b"".join(bytes((len(run) + 1,)) + run for run in data.split(b"\0"))


def decode(encoded: bytes) -> bytes:
    """Return the data behind ``encoded``, which has no zero, or raise ``CobsError``."""
    end = len(encoded)
    if not 0 < end <= MAX_DATA_BYTES + 1 or 0 in encoded:
        raise CobsError("no encoding is empty, so long, or has a zero")
    runs = []
    at = 0
    while at < end:
        following = at + encoded[at]
        runs.append(encoded[at + 1 : following])
        at = following
    if at != end:
        raise CobsError("the distances do not fit the bytes")
    return b"\0".join(runs)

"""Reads a recording of a line: raw bytes, or the same as hex.

Hex may have spaces, colons and line breaks anywhere between the digits. It is recognised by
its beginning having nothing else; a pipe is read as it comes. What cannot be read is a
``ConfigError`` that names the file.
"""

import re
import sys
from collections.abc import Iterator
from typing import BinaryIO

from wire.options import ConfigError

PIECE_BYTES = 64 * 1024
HEX_SURE_BYTES = 32
HEX_TEXT = re.compile(rb"[0-9a-fA-F\s:]*[0-9a-fA-F][0-9a-fA-F\s:]*")


def pieces(file: str, size: int) -> Iterator[bytes]:
    """Yield the recording in pieces of at most ``size`` bytes, hex already decoded."""
    try:
        with sys.stdin.buffer if file == "-" else open(file, "rb") as opened:
            for piece in _binary(file, opened):
                for start in range(0, len(piece), size):
                    yield piece[start : start + size]
    except KeyboardInterrupt:
        return  # the end of a pipe that has none: the summary still follows
    except OSError as error:
        if isinstance(error, BrokenPipeError):
            raise
        raise ConfigError(f"{file}: {error.strerror}; give a readable file, or -") from None


def _binary(file: str, opened: BinaryIO) -> Iterator[bytes]:
    piece = opened.read1(PIECE_BYTES)  # type: ignore[attr-defined]
    # A pipe may begin with very little: the "C1" of "C1.06,116" is not hex yet.
    while HEX_TEXT.fullmatch(piece) and len(piece) < HEX_SURE_BYTES:
        more = opened.read1(PIECE_BYTES)  # type: ignore[attr-defined]
        if not more:
            break
        piece += more
    hexadecimal = HEX_TEXT.fullmatch(piece) is not None
    digits = b""
    while piece:
        if not hexadecimal:
            yield piece
        else:
            digits += _digits(file, piece)
            even = len(digits) // 2 * 2
            yield bytes.fromhex(digits[:even].decode())
            digits = digits[even:]
        piece = opened.read1(PIECE_BYTES)  # type: ignore[attr-defined]
    if digits:
        raise ConfigError(
            f"{file}: hex with an odd number of digits; the last byte is cut in half"
        )


def _digits(file: str, piece: bytes) -> bytes:
    if wrong := re.search(rb"[^0-9a-fA-F\s:]", piece):
        shown = ascii(wrong.group().decode("latin-1"))
        raise ConfigError(
            f"{file}: began as hex, then has {shown}; keep digits, spaces and colons"
        )
    return re.sub(rb"[\s:]", b"", piece)

"""The requests that may be sent to a Jura, and the only place where one becomes bytes.

A Jura obeys whatever arrives on this line: ``FA:`` presses keys, ``WE:`` writes memory,
``AN:0A`` erases it. So a request is a member of ``Request`` and nothing else can be turned
into bytes: there is no function from text to the line. All three only read.

Each character travels as four UART bytes, of which each carries two bits.
"""

from enum import Enum

GROUP_BYTES = 4
"""UART bytes a character."""
GROUP_EVERY_S = 0.0125
"""A group takes 4.2 ms at 9600 baud, and then the machine needs a pause of 8 ms."""

_BASE = 0xDB
_LOW_BIT, _HIGH_BIT = 2, 5
"""Which bits of a UART byte carry data; the others may be anything."""


class Request(Enum):
    """Everything that is ever asked; each only reads."""

    TYPE = "TY:"
    COUNTERS = "RT:0000"
    INPUTS = "IC:"


def request_groups(request: Request) -> list[bytes]:
    """Return the bytes of ``request``, one group a character."""
    line = Request(request).value + "\r\n"
    return [_group(ord(character)) for character in line]


def symbol(uart_byte: int) -> int:
    """Return the two bits that one UART byte carries."""
    return (uart_byte >> _LOW_BIT & 1) | (uart_byte >> _HIGH_BIT & 1) << 1


def _group(character: int) -> bytes:
    return bytes(
        _BASE | (character >> 2 * k & 1) << _LOW_BIT | (character >> 2 * k + 1 & 1) << _HIGH_BIT
        for k in range(GROUP_BYTES)
    )

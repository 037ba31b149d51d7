"""The driver of the Philips 5400, which listens between the machine and its display.

Source: public protocol notes. Covers the EP5400 family. A frame is ``AA AA AA``, id,
sequence, length, data, CRC-32, ``55``; only the status, id ``B0``, tells something here.
Quirks, and what is done:

* The length byte has no check of its own: noise may promise 255 bytes that never come. So
  while bytes are missing, a whole sound frame further on wins at once.
* There is no number of cups. A brew is grinding or pouring, until another main state comes;
  what happens in between (the same main state, other details) belongs to it.
* Warnings are one state among others. A machine that grinds and pours has water, a tray,
  beans and room for grounds; in any other state nothing is known about them, and so
  nothing is told.
* Running programs (rinsing, descaling) are no brews, and not a wish to be descaled.

Nothing is ever sent.
"""

import zlib

from firmware_bridge.lines.brew_span import BrewSpan
from firmware_bridge.lines.frame_scanner import FrameScanner
from firmware_bridge.lines.listener import Listener
from firmware_bridge.lines.steady import SteadyFlags
from firmware_bridge.profile import MachineProfile
from wire.readings import FlagName, Reading
from wire.stamps import Stamp

HEADER = b"\xaa\xaa\xaa"
END = 0x55
HEAD_BYTES = 6
"""Header, id, sequence, length."""
TAIL_BYTES = 5
"""CRC-32, little endian, and the end."""
LONGEST = HEAD_BYTES + 255 + TAIL_BYTES

STATUS = 0xB0
OTHER_IDS = frozenset({0xB5, 0xFE, 0xFF})
"""Known to be sent, and to tell nothing about coffee."""

DRINK, WARNING, PROGRAM = 0x07, 0x0E, 0x08
GRINDING, POURING = (DRINK, 0x0D), (DRINK, 0x11)
BEANS_EMPTY = (PROGRAM, 0x05)
NO_WATER, TRAY_OUT = 0x40, 0x80

AT_WORK = {
    FlagName.TANK_EMPTY: False,
    FlagName.TRAY_MISSING: False,
    FlagName.GROUNDS_FULL: False,
    FlagName.BEANS_EMPTY: False,
}


class Philips5400Driver(Listener):
    """Understands the status of a Philips 5400."""

    tells = frozenset(AT_WORK)

    def __init__(self, profile: MachineProfile) -> None:
        super().__init__(profile, FrameScanner(measure, LONGEST))
        options = profile.driver_options()
        equal = options.integer("equal_frames", low=1, high=100, unit="frames")
        options.close()
        self._flags = SteadyFlags(equal)
        self._brew = BrewSpan(equal)
        self._drinking = False

    def understand(self, frame: bytes, at: Stamp) -> list[Reading]:
        """Return what one frame tells."""
        if frame[3] != STATUS:
            if frame[3] not in OTHER_IDS:
                self._reader.tally.skipped()
            return []
        data = frame[HEAD_BYTES:-TAIL_BYTES]
        if len(data) < 4:
            self._reader.tally.skipped()
            return []
        state = (data[0], data[1])
        self._drinking = state in (GRINDING, POURING) or (self._drinking and state[0] == DRINK)
        return [
            *self._flags.see(shown_flags(data), at),
            *self._brew.see(self._drinking, at),
        ]

    def forget(self) -> None:
        """Forget the state."""
        self._flags.forget()
        self._brew.forget()
        self._drinking = False


def shown_flags(data: bytes) -> dict[FlagName, bool]:
    """Return what one status says about what the machine lacks."""
    state = (data[0], data[1])
    if state in (GRINDING, POURING):
        return AT_WORK
    if state == BEANS_EMPTY:
        return {FlagName.BEANS_EMPTY: True}
    if data[0] == WARNING:
        return {
            FlagName.TANK_EMPTY: bool(data[3] & NO_WATER),
            FlagName.TRAY_MISSING: bool(data[3] & TRAY_OUT),
            FlagName.GROUNDS_FULL: data[3] == 0,
        }
    return {}


def measure(held: bytearray, place: int) -> int | None:
    """Return the length of the frame at ``place``; see ``frame_scanner``."""
    head = bytes(held[place : place + HEAD_BYTES])
    if not HEADER.startswith(head[: len(HEADER)]):
        return 0
    if len(head) == HEAD_BYTES:
        length = HEAD_BYTES + head[-1] + TAIL_BYTES
        if len(held) - place >= length:
            return length if _sound(held, place, length) else 0
    return 0 if _sound_frame_behind(held, place) else None


def _sound(held: bytearray, place: int, length: int) -> bool:
    frame = held[place : place + length]
    check = zlib.crc32(frame[len(HEADER) : -TAIL_BYTES])
    return frame[-TAIL_BYTES:] == check.to_bytes(4, "little") + bytes([END])


def _sound_frame_behind(held: bytearray, place: int) -> bool:
    while (place := held.find(HEADER, place + 1)) >= 0:
        length_place = place + HEAD_BYTES - 1
        if length_place >= len(held):
            return False
        length = HEAD_BYTES + held[length_place] + TAIL_BYTES
        if len(held) - place >= length and _sound(held, place, length):
            return True
    return False

"""The driver of the Philips 2200 and 3200, which listens on the ribbon of the display.

Source: public protocol notes; the check holds on every published frame. Covers EP22xx and
EP32xx with lamps; the byte map differs on the EP3243, so its lamps would be misread.

Two lines carry frames of one form: ``D5 55``, payload, two check bytes; 12 bytes from the
display to the machine (buttons), 19 back (lamps). The lamps alone tell all that is told here;
the other line may be listened to as well, on a port of its own (``second_line``). Buttons are
understood and counted, and never taken for a brew: pressing is not brewing. Nor are they the
machine: the display goes on talking to one that is off. Quirks, and what is done:

* Lamps blink, with a period of 750 ms. A state is believed once it was repeated
  ``equal_frames`` times and has lasted ``blink_ms``.
* A chosen drink leaves one drink lamp lit, and the play lamp blinks until the machine
  really brews. Hot water and steam light a lamp as well: a brew is one use of the machine.
* All warnings together are an internal error, and then say nothing about water or grounds.
* A machine that is switched off sends nothing: the link is lost after 500 ms.

Nothing is ever sent.
"""

import binascii

from firmware_bridge.driver import FrameCounts
from firmware_bridge.lines.brew_span import BrewSpan
from firmware_bridge.lines.frame_scanner import FrameScanner
from firmware_bridge.lines.listener import Listener
from firmware_bridge.lines.steady import Steady, SteadyFlags
from firmware_bridge.profile import MachineProfile
from wire.readings import FlagName, Reading
from wire.stamps import Stamp

HEADER = b"\xd5\x55"
BUTTONS_BYTES = 12
LAMPS_BYTES = 19
CHECK_BYTES = 2
CRC_START = 0xAAAA

DRINKS = slice(3, 8)
CALC, WATER, WARNINGS, PLAY = 12, 14, 15, 16
LEFT, RIGHT = 0x07, 0x38
"""The two lamps that share a byte."""
BREW_FRAMES = 2
"""That the play lamp has stopped blinking was believed before."""
LAMP_VALUES = frozenset({0x00, 0x03, LEFT, RIGHT})


class Philips2200Driver(Listener):
    """Understands the lamps of a Philips 2200 or 3200."""

    tells = frozenset(
        {
            FlagName.TANK_EMPTY,
            FlagName.GROUNDS_FULL,
            FlagName.DESCALE_DUE,
            FlagName.MACHINE_ERROR,
        }
    )

    def __init__(self, profile: MachineProfile) -> None:
        super().__init__(profile, FrameScanner(measure, LAMPS_BYTES))
        options = profile.driver_options()
        frames = options.integer("equal_frames", low=1, high=1000, unit="frames")
        blink_s = options.integer("blink_ms", low=0, high=5000, unit="milliseconds") / 1000
        options.close()
        self._choice = Steady[tuple[bool | int, ...]](frames, blink_s)
        self._flags = SteadyFlags(frames, blink_s)
        self._brew = BrewSpan(BREW_FRAMES)
        self._buttons = ButtonsLine()

    def understand(self, frame: bytes, at: Stamp) -> list[Reading]:
        """Return what the lamps of one frame tell; buttons tell nothing."""
        if len(frame) == BUTTONS_BYTES:
            return []
        lit = tuple(map(bool, frame[DRINKS]))
        steady = self._choice.see((*lit, frame[PLAY]), at)
        return [
            *self._flags.see(shown_flags(frame), at),
            *self._brew.see(steady and sum(lit) == 1, at, lasted_s=self._choice.lasted_s(at)),
        ]

    def is_from_machine(self, frame: bytes) -> bool:
        """Tell lamps from buttons."""
        return len(frame) == LAMPS_BYTES

    def second_line(self) -> "ButtonsLine":
        """Return what understands the line from the display."""
        return self._buttons

    @property
    def counts(self) -> FrameCounts:
        """What has been seen of both lines so far."""
        return super().counts + self._buttons.counts

    def forget(self) -> None:
        """Forget the lamps."""
        self._choice.forget()
        self._flags.forget()
        self._brew.forget()


class ButtonsLine:
    """The line from the display: its frames are found and counted, and tell nothing."""

    tells = frozenset[FlagName]()

    def __init__(self) -> None:
        self._reader = FrameScanner(measure, LAMPS_BYTES)

    @property
    def counts(self) -> FrameCounts:
        """What has been seen of this line so far."""
        return self._reader.tally.counts()

    def receive(self, data: bytes, at: Stamp) -> list[Reading]:
        """Count the frames of what has arrived; lamps on this line are wires swapped."""
        for frame in self._reader.receive(data):
            if len(frame) == LAMPS_BYTES:
                self._reader.tally.skipped()
        return []

    def poll(self, at: Stamp) -> bytes:
        """Return nothing: this line is listened to."""
        return b""

    def unplugged(self, at: Stamp) -> list[Reading]:
        """Forget half a frame. The machine is heard on its own line, or not."""
        self._reader.forget()
        return []

    def next_due_s(self, at: Stamp) -> float | None:
        """Return nothing: time alone changes nothing here."""
        return None


def shown_flags(frame: bytes) -> dict[FlagName, bool]:
    """Return what the warning lamps of one frame say, blinking or not."""
    no_water = bool(frame[WATER] & RIGHT)
    grounds_full = bool(frame[WARNINGS] & LEFT)
    error = no_water and grounds_full and bool(frame[WARNINGS] & RIGHT)
    flags = {FlagName.MACHINE_ERROR: error, FlagName.DESCALE_DUE: bool(frame[CALC] & RIGHT)}
    if not error:
        flags |= {FlagName.TANK_EMPTY: no_water, FlagName.GROUNDS_FULL: grounds_full}
    return flags


def check_bytes(body: bytes) -> bytes:
    """Return the two check bytes behind ``body``, header included: six bits in each."""
    crc = binascii.crc_hqx(body, CRC_START)
    return bytes([(crc & 0xFF) >> 2, crc >> 10])


def measure(held: bytearray, place: int) -> int | None:
    """Return the length of the frame at ``place``; see ``frame_scanner``."""
    available = len(held) - place
    if held[place] != HEADER[0] or (available > 1 and held[place + 1] != HEADER[1]):
        return 0
    if available < BUTTONS_BYTES:
        return None
    if _sound(held, place, BUTTONS_BYTES) and not _could_be_lamps(held, place):
        return BUTTONS_BYTES
    if available < LAMPS_BYTES:
        return None
    if _sound(held, place, LAMPS_BYTES):
        return LAMPS_BYTES
    return BUTTONS_BYTES if _sound(held, place, BUTTONS_BYTES) else 0


def _sound(held: bytearray, place: int, length: int) -> bool:
    end = place + length
    return held[end - CHECK_BYTES : end] == check_bytes(bytes(held[place : end - CHECK_BYTES]))


def _could_be_lamps(held: bytearray, place: int) -> bool:
    # Twelve check bits are few: the first twelve bytes of a longer frame may have them right
    # by chance, and would for as long as these lamps stay lit. Buttons never look like lamps.
    drinks = held[place + DRINKS.start : place + DRINKS.stop]
    return LAMP_VALUES.issuperset(drinks)

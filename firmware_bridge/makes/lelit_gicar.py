"""The driver of the Gicar 8.5.04 board, which listens between the board and its display.

Source: public protocol notes. Covers the Lelit Bianca and Elizabeth, which have this board.
The display sends ``80``, three bytes, check; the board answers ``81``, status, five values of
three bytes, check; about nine times a second. Quirks, and what is done:

* The line is inverted. Turn it round in the wiring; where that was forgotten, and the profile
  says ``polarity = "inverted"``, the board's frames are turned round here, as far as their
  check brings back what is lost on the way (``gicar_inverted``). If one could have been two
  frames that differ in what is told, it is dropped.
* Only a first byte has its highest bit set, and the check has just seven bits. So a frame
  must also have the right form: no other high bit, and values that end in ``00`` or ``7F``.
* The five values are raw readings of the sensors. What they mean in degrees differs from
  machine to machine and is not published, so no temperature is told rather than a guess.
* The board does not fail safe when its line is driven. Nothing is ever sent; leave the
  transmit wire of the adapter unconnected.

A brew is the brew switch, by the rule in ``brew_span``.
"""

from firmware_bridge.lines.brew_span import BrewSpan
from firmware_bridge.lines.frame_scanner import FrameScanner
from firmware_bridge.lines.listener import Listener
from firmware_bridge.lines.steady import SteadyFlags
from firmware_bridge.makes.gicar_inverted import RECEIVED_BYTES, RECEIVED_FIRST, restored
from firmware_bridge.profile import MachineProfile, Polarity
from wire.readings import FlagName, Reading
from wire.stamps import Stamp

DISPLAY, BOARD = 0x80, 0x81
FRAME_BYTES = {DISPLAY: 5, BOARD: 18}
STATUS = 1
BREW_SWITCH, TANK_EMPTY = 0x02, 0x04
VALUE_ENDS = slice(4, 17, 3)
"""Where the last bytes of the five values are."""
VALUE_END_BYTES = frozenset({0x00, 0x7F})


class LelitGicarDriver(Listener):
    """Understands the Gicar board of a Lelit."""

    tells = frozenset({FlagName.TANK_EMPTY})

    def __init__(self, profile: MachineProfile) -> None:
        inverted = profile.serial.polarity is Polarity.INVERTED
        super().__init__(
            profile, FrameScanner(measure_inverted if inverted else measure, FRAME_BYTES[BOARD])
        )
        options = profile.driver_options()
        equal = options.integer("equal_frames", low=1, high=100, unit="frames")
        brewing = options.integer("brew_frames", low=1, high=100, unit="frames")
        options.close()
        self._flags = SteadyFlags(equal)
        self._brew = BrewSpan(brewing)

    def understand(self, frame: bytes, at: Stamp) -> list[Reading]:
        """Return what one frame of the board tells; the display's frames tell nothing."""
        if not self.is_from_machine(frame):
            return []
        status = board_frame(frame)[STATUS]
        return [
            *self._flags.see({FlagName.TANK_EMPTY: bool(status & TANK_EMPTY)}, at),
            *self._brew.see(bool(status & BREW_SWITCH), at),
        ]

    def is_from_machine(self, frame: bytes) -> bool:
        """Tell the board from its display, which tells nothing."""
        return frame[0] != DISPLAY

    def forget(self) -> None:
        """Forget the tank and a brew under way."""
        self._flags.forget()
        self._brew.forget()


def measure(held: bytearray, place: int) -> int | None:
    """Return the length of the frame at ``place``; see ``frame_scanner``."""
    length = FRAME_BYTES.get(held[place])
    if length is None:
        return 0
    frame = held[place : place + length]
    if not frame[1:].isascii():
        return 0
    if len(frame) < length:
        return None
    sound = sum(frame[:-1]) & 0x7F == frame[-1]
    if frame[0] == BOARD:
        sound = sound and VALUE_END_BYTES.issuperset(frame[VALUE_ENDS])
    return length if sound else 0


def measure_inverted(held: bytearray, place: int) -> int | None:
    """Return the length of the frame at ``place``, also of one that arrived inverted."""
    if held[place] != RECEIVED_FIRST:
        return measure(held, place)
    received = bytes(held[place : place + RECEIVED_BYTES])
    if len(received) < RECEIVED_BYTES:
        return None
    return RECEIVED_BYTES if board_frame(received) else 0


def board_frame(frame: bytes) -> bytes:
    """Return the board's frame as it was sent, or nothing where that cannot be known."""
    if frame[0] == BOARD:
        return frame
    found = [sent for sent in restored(frame) if measure(bytearray(sent), 0)]
    agreed = len({sent[STATUS] for sent in found}) == 1
    return found[0] if agreed else b""

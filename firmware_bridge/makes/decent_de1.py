"""The driver of the Decent DE1 over USB, which asks to be told and never commands.

Source: public protocol notes; the state of a brew is from the maker's published state table.
Covers the DE1 family over its USB serial port. Notifications are lines ``[M]``, ``[N]`` and
``[Q]`` with hex. Quirks, and what is done:

* A line has no checksum and is sometimes short: its length must be exact.
* Start-up notifications get lost: each subscription is asked for again until it is answered.
* State ``[N]`` comes on change only, so brews are followed at the pace of the samples. The
  machine has more states than brewing; the profile says which number is the brew.
* The water level comes in millimetres of an unknown tank: no amount is told, only that it is
  empty, by level and threshold or by the machine's own word.

``boiler_temp_c`` is the group head. What can be sent is in ``Subscription``, and nothing else
can be made into bytes.
"""

import re
import struct
from enum import Enum

from firmware_bridge.lines.brew_span import BrewSpan
from firmware_bridge.lines.listener import Listener
from firmware_bridge.lines.steady import SteadyFlags
from firmware_bridge.lines.text_lines import TextLines
from firmware_bridge.profile import MachineProfile
from wire.readings import FlagName, Quantity, Reading, Sample
from wire.stamps import Stamp

LINE_FORM = re.compile(rb"\[([A-Z])\]((?:[0-9A-Fa-f]{2})*)")
REQUEST_FORM = re.compile(rb"<[+-][A-Z]>")
LENGTHS = {b"M": 19, b"N": 2, b"Q": 4}
LONGEST = 64
ASK_AGAIN_S = 2.0

SAMPLE = struct.Struct(">HHHHHB")
"""Time, pressure, flow, mix temperature, and three bytes of head temperature. The rest are
targets and the steam heater."""
WATER = struct.Struct(">HH")
"""Level, and the level at which the machine asks to be refilled."""

REFILL_STATE, REFILL_ERROR, FIRST_ERROR = 0x11, 206, 200
PREINFUSION, POURING = 4, 5


class Subscription(Enum):
    """Everything that is ever asked: to be told samples, state and water."""

    SAMPLES = b"M"
    STATE = b"N"
    WATER = b"Q"


def request(subscriptions: list[Subscription]) -> bytes:
    """Return the bytes that ask for ``subscriptions``."""
    return b"".join(b"<+" + Subscription(one).value + b">\n" for one in subscriptions)


def has_its_form(line: bytes) -> bool:
    """Tell whether ``line`` is a notification, of the right length where that is known, or
    a request: a recording may have both sides."""
    form = LINE_FORM.fullmatch(line)
    if form is None:
        return REQUEST_FORM.fullmatch(line) is not None
    length = len(form[2]) // 2
    return LENGTHS.get(form[1], length) == length


class DecentDe1Driver(Listener):
    """Understands a Decent DE1."""

    tells = frozenset(
        {
            Quantity.PRESSURE_BAR,
            Quantity.FLOW_ML_PER_S,
            Quantity.BOILER_TEMP_C,
            FlagName.TANK_EMPTY,
            FlagName.MACHINE_ERROR,
        }
    )

    def __init__(self, profile: MachineProfile) -> None:
        super().__init__(profile, TextLines(LONGEST, has_its_form))
        options = profile.driver_options()
        equal = options.integer("equal_notifications", low=1, high=100, unit="notifications")
        brewing = options.integer("brew_samples", low=1, high=100, unit="samples")
        self._brew_state = options.integer("brew_state", low=0, high=255)
        options.close()
        self._flags = SteadyFlags(equal)
        self._brew = BrewSpan(brewing)
        self._state: tuple[int, int] | None = None
        self._water_low: bool | None = None
        self._unanswered = set(Subscription)
        self._asked_s: float | None = None

    def understand(self, frame: bytes, at: Stamp) -> list[Reading]:
        """Return what one notification tells."""
        if not self.is_from_machine(frame):
            return []
        letter, body = frame[1:2], bytes.fromhex(frame[3:].decode("ascii"))
        if letter not in LENGTHS:
            self._reader.tally.skipped()
            return []
        subscription = Subscription(letter)
        self._unanswered.discard(subscription)
        readings: list[Reading] = []
        match subscription:
            case Subscription.SAMPLES:
                readings += sampled(body, at)
                readings += self._brew.see(self._brewing(), at)
            case Subscription.STATE:
                self._state = (body[0], body[1])
            case Subscription.WATER:
                level, refill_at = WATER.unpack(body)
                self._water_low = level <= refill_at
        return [*readings, *self._flags.see(self._shown_flags(), at)]

    def is_from_machine(self, frame: bytes) -> bool:
        """Tell a notification from a request."""
        return frame.startswith(b"[")

    def forget(self) -> None:
        """Forget the state, and ask anew: the machine may have been switched off and on."""
        self._flags.forget()
        self._brew.forget()
        self._state = None
        self._water_low = None
        self._unanswered = set(Subscription)
        self._asked_s = None

    def _brewing(self) -> bool:
        return self._state is not None and (
            self._state[0] == self._brew_state and self._state[1] in (PREINFUSION, POURING)
        )

    def _shown_flags(self) -> dict[FlagName, bool]:
        if self._state is None:
            return {} if self._water_low is None else {FlagName.TANK_EMPTY: self._water_low}
        state, substate = self._state
        refill = state == REFILL_STATE or substate == REFILL_ERROR
        return {
            FlagName.TANK_EMPTY: refill or bool(self._water_low),
            FlagName.MACHINE_ERROR: substate >= FIRST_ERROR and substate != REFILL_ERROR,
        }

    def poll(self, at: Stamp) -> bytes:
        """Return the subscriptions that are not answered yet, every two seconds."""
        if not self._unanswered or self._wait_s(at) > 0:
            return b""
        self._asked_s = at.monotonic_s
        return request([one for one in Subscription if one in self._unanswered])

    def next_due_s(self, at: Stamp) -> float | None:
        """Return when to ask again, or when silence alone loses the link."""
        lost_s = self._link.next_due_s(at)
        if not self._unanswered:
            return lost_s
        return self._wait_s(at) if lost_s is None else min(self._wait_s(at), lost_s)

    def _wait_s(self, at: Stamp) -> float:
        if self._asked_s is None:
            return 0.0
        return max(0.0, self._asked_s + ASK_AGAIN_S - at.monotonic_s)


def sampled(body: bytes, at: Stamp) -> list[Reading]:
    """Return the measurements of one ``[M]``."""
    _time, pressure, flow, _mix, head_high, head_low = SAMPLE.unpack_from(body)
    values = {
        Quantity.PRESSURE_BAR: pressure / 4096,
        Quantity.FLOW_ML_PER_S: flow / 4096,
        Quantity.BOILER_TEMP_C: (head_high << 8 | head_low) / 65536,
    }
    return [Sample(at=at, quantity=name, value=value) for name, value in values.items()]

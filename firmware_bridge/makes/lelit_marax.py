"""The driver of the Lelit MaraX, which prints one line of text every 400 to 500 ms.

Source: public protocol notes. Covers the first MaraX (``C1.06,116,124,093,0840,1,0``: mode
and firmware, steam °C, target °C, heat-exchanger °C, boost countdown in s, heater, pump),
firmware 1.23, and the V2, whose mode is ``+``. Quirks, and what is done:

* Firmware 1.23 leaves out the pump: then there is no pump flag and no brew.
* There is no checksum, so a line must have the exact form and temperatures that such a
  machine can have, and a flag must come twice in a row.
* There is no tank switch on the line: nothing is said about water.
* Some units invert the line. That is mended at the adapter; here it shows as unreadable.

``boiler_temp_c`` is the steam boiler, which is what the heater heats. Nothing is ever sent.
"""

import re

from firmware_bridge.lines.brew_span import BrewSpan
from firmware_bridge.lines.listener import Listener
from firmware_bridge.lines.steady import SteadyFlags
from firmware_bridge.lines.text_lines import TextLines
from firmware_bridge.profile import MachineProfile
from wire.readings import FlagName, Quantity, Reading, Sample
from wire.stamps import Stamp

LINE = re.compile(
    rb"[A-Z+]\d\.\d\d,(?P<steam_c>[012]\d\d),[012]\d\d,[012]\d\d,\d{4},"
    rb"(?P<heater>[01])(?:,(?P<pump>[01]))?"
)
LONGEST = 32


class LelitMaraXDriver(Listener):
    """Understands a Lelit MaraX."""

    tells = frozenset({Quantity.BOILER_TEMP_C, FlagName.HEATER_ON, FlagName.PUMP_ON})

    def __init__(self, profile: MachineProfile) -> None:
        super().__init__(profile, TextLines(LONGEST, LINE.fullmatch))
        options = profile.driver_options()
        self._flags = SteadyFlags(options.integer("equal_lines", low=1, high=100, unit="lines"))
        self._brew = BrewSpan(options.integer("brew_lines", low=1, high=100, unit="lines"))
        options.close()

    def understand(self, frame: bytes, at: Stamp) -> list[Reading]:
        """Return what one line tells."""
        line = LINE.fullmatch(frame)
        assert line is not None
        temp_c = float(line["steam_c"])
        shown = {FlagName.HEATER_ON: line["heater"] == b"1"}
        brews: list[Reading] = []
        if line["pump"] is not None:
            shown[FlagName.PUMP_ON] = line["pump"] == b"1"
            brews = self._brew.see(shown[FlagName.PUMP_ON], at)
        boiler = Sample(at=at, quantity=Quantity.BOILER_TEMP_C, value=temp_c)
        return [boiler, *self._flags.see(shown, at), *brews]

    def forget(self) -> None:
        """Forget the flags and a brew under way."""
        self._flags.forget()
        self._brew.forget()

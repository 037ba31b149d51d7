"""What the controller makes of its pins (twin of ``firmware/core/sensing.c``).

Integer arithmetic only, so that C and Python agree to the bit.
"""

from bisect import bisect_left

ADC_MAX = 1023
ADC_SHORT = 8
ADC_OPEN = 1015
"""From here up, and from ``ADC_SHORT`` down, it is the wire and not the boiler."""

ADC_MS = 250
TANK_MS = 200
TANK_EQUAL_READS = 3
AFTER_PUMP_MS = 2000
"""How long the samples stay fast after the pump: the boiler recovers, the water drips."""

BOILER_TEMP_TENTHS_C = (
    4045, 2526, 2063, 1820, 1657, 1534, 1435, 1352, 1279, 1215, 1157,
    1103, 1053, 1006, 961, 918, 877, 836, 795, 756, 716, 675,
    634, 591, 547, 500, 450, 394, 331, 255, 158, 9, -311,
)  # fmt: skip
"""One entry each 32 steps of the ADC: NTC 100 kΩ β 3950 to ground, 10 kΩ to the supply.

Between 80 and 135 °C the straight lines in between are at most 0.2 °C off. The outermost
two entries are chosen so that the last valid steps, 9 and 1014, come out right.
"""


def boiler_temp_tenths_c(adc: int) -> int | None:
    """Return the boiler temperature behind ``adc``; ``None`` if the sensor is broken."""
    if adc <= ADC_SHORT or adc >= ADC_OPEN:
        return None
    entry, step = divmod(adc, 32)
    here, there = BOILER_TEMP_TENTHS_C[entry], BOILER_TEMP_TENTHS_C[entry + 1]
    # Written so that only a positive number is divided: C and Python round those alike.
    return here - ((here - there) * step + 16) // 32


def water_level_permille(adc: int) -> int:
    """Return how full the tank is."""
    return adc * 1000 // ADC_MAX


_VALID_ADC = range(ADC_SHORT + 1, ADC_OPEN)
_FALLING_TEMPS = [-(boiler_temp_tenths_c(adc) or 0) for adc in _VALID_ADC]


def adc_of_temp(temp_c: float) -> int:
    """Return the ADC value that a boiler of ``temp_c`` gives: the way back, for simulators."""
    at = bisect_left(_FALLING_TEMPS, round(-10 * temp_c))
    return _VALID_ADC[min(at, len(_VALID_ADC) - 1)]


class TankSwitch:
    """A float switch that chatters: believed after three equal reads, 200 ms apart."""

    def __init__(self) -> None:
        self.empty = False
        self._read_ms: int | None = None
        self._last_raw = False
        self._equal_reads = 0

    def see(self, now_ms: int, raw: bool) -> None:
        """Read the switch if a read is due."""
        if self._read_ms is not None and elapsed_ms(self._read_ms, now_ms) < TANK_MS:
            return
        self._read_ms = now_ms
        self._equal_reads = self._equal_reads + 1 if raw == self._last_raw else 1
        self._last_raw = raw
        if self._equal_reads >= TANK_EQUAL_READS:
            self.empty = raw
            self._equal_reads = TANK_EQUAL_READS


class AnalogSensors:
    """Boiler temperature and water level, read every 250 ms and held in between."""

    def __init__(self) -> None:
        self.boiler_temp_tenths_c: int | None = None
        self.water_level_permille = 0
        self._read_ms: int | None = None

    def see(self, now_ms: int, adc_boiler: int, adc_level: int) -> None:
        """Read both if a read is due."""
        if self._read_ms is not None and elapsed_ms(self._read_ms, now_ms) < ADC_MS:
            return
        self._read_ms = now_ms
        self.boiler_temp_tenths_c = boiler_temp_tenths_c(adc_boiler)
        self.water_level_permille = water_level_permille(adc_level)


class RecentPump:
    """Whether the pump runs, or ran so lately that the samples are still fast."""

    def __init__(self) -> None:
        self._on = False
        self._ran = False
        self._stopped_ms = 0

    def see(self, now_ms: int, on: bool) -> None:
        """Take the pump's state from now on."""
        if self._on and not on:
            self._stopped_ms = now_ms
        self._on = on
        # Forgotten once it is long ago: the clock wraps, and would make it recent again.
        stopped_lately = elapsed_ms(self._stopped_ms, now_ms) < AFTER_PUMP_MS
        self._ran = on or (self._ran and stopped_lately)

    @property
    def recent(self) -> bool:
        """Return whether the pump runs or has stopped less than two seconds ago."""
        return self._ran


def elapsed_ms(since_ms: int, now_ms: int) -> int:
    """Return the time between on a clock of 32 bits that wraps."""
    return (now_ms - since_ms) & 0xFFFF_FFFF

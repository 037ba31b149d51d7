"""A coffee machine of physics around the reference controller's own logic.

Tank, boiler, heater, pump, flow meter and the load cell that the profile calibrates are
simulated here; what the controller makes of them is ``twin.ControllerTwin``, the firmware in
Python. Nothing here knows what the agent looks for: a fault is a property of a part, and
what follows from it follows by physics.

Time is virtual milliseconds, given by the caller and never going backwards; there is no
clock, no chance and no thread, so the same calls give the same bytes. ``step`` walks
through everything that happens on the way, finely where something moves (the pump, the
heater, a switch that settles) and in one stride where nothing does, so weeks take seconds.

    machine = SimulatedMachine(profile, serial="DEMI0001")
    machine.brew(40)
    while (at := machine.next_interesting_ms(machine.now_ms)) is not None:
        line.write(machine.step(at))
"""

import math
from collections import deque
from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

from firmware_bridge.profile import MachineProfile
from firmware_bridge.reference.frames import Capability
from firmware_bridge.simulation.boiler import Exposure
from firmware_bridge.simulation.twin import ALL_CAPABILITIES, ControllerTwin, Inputs
from firmware_bridge.simulation.twin_memory import blank_eeprom
from firmware_bridge.simulation.twin_sensing import ADC_MAX, adc_of_temp


class Fault(StrEnum):
    """What can be broken. The device check has to find it by its consequences."""

    TANK_STUCK = "tank-stuck"
    """The tank switch says empty, whatever the tank holds."""
    PUMP_DRY = "pump-dry"
    """The pump runs and moves no water: air in the line."""
    HEATER_WEAK = "heater-weak"
    """The heater has a quarter of its power: three of four windings are open."""


PUMP_STEP_MS = 250
"""The controller's own sampling interval while the pump runs."""
HEATING_STEP_MS = 2000
"""Fine enough to see a curve of about 75 s."""
SETTLE_MS = 2500
"""The controller ends a brew 2 s after the pump, and debounces the tank within 0.6 s."""

FLOW_ML_PER_S = 4.29
"""Mean of 166 pulls on a measured espresso machine."""
PREINFUSION_MS = (2000, 1000)
"""Pump on, then a pause that wets the coffee; shorter than what ends a brew."""
CUP_ML_MAX = 150.0
"""A large cup; the pump needs 35 s for it."""
NEXT_CUP_MS = 10_000
"""Time to take one cup away and put the next one there."""
BREW_MS_MAX = 60_000
"""The machine's own guard: a pump that finds no water stops after this."""

DOSE_G = 9.0
"""Ground for a cup, in the chamber from the first water until the brew is over."""

TARGET_C = (91.0, 95.0)
"""Where the thermostat switches on and off: 93 °C and two degrees of play."""
FULL_POWER_C_PER_S = 1.0
"""About 1300 W into 300 ml of water and its boiler: 20 to 93 °C in about 75 s."""
AUTO_OFF_MS = 30 * 60_000
"""Half an hour after the last use, as the European eco-design rule has it."""

TANK_EMPTY_ML = 60.0
"""Below this the float lets go: the last millilitres are not for the pump."""
REFILL_BELOW_ML = 300.0
"""Where a person who lives with the machine fills it up before the next coffee."""


@dataclass(slots=True)
class _Brew:
    """One brew under way: a short wetting, a pause, then until the cup is full."""

    water_ml: float
    started_ms: int
    drawn_before_ml: float

    def pump_on(self, now_ms: int) -> bool:
        wet_ms, pause_ms = PREINFUSION_MS
        return not wet_ms <= now_ms - self.started_ms < wet_ms + pause_ms

    def next_change_ms(self, now_ms: int) -> int:
        wet_ms, pause_ms = PREINFUSION_MS
        ends = (wet_ms, wet_ms + pause_ms, BREW_MS_MAX)
        return next(self.started_ms + end for end in ends if self.started_ms + end > now_ms)


class SimulatedMachine:
    """One coffee machine with a tank, a boiler, a pump and a reference controller."""

    def __init__(
        self,
        profile: MachineProfile,
        *,
        serial: str,
        eeprom: bytearray | None = None,
        faults: Collection[Fault] = (),
    ) -> None:
        self._tank_ml = profile.water.tank_ml
        self._ml_per_pulse = profile.water.ml_per_pulse
        self._faults = set(faults)
        self._load_cell = profile.load_cell
        self._twin = ControllerTwin(
            serial,
            eeprom if eeprom is not None else blank_eeprom(),
            capabilities=ALL_CAPABILITIES
            if self._load_cell
            else ALL_CAPABILITIES & ~Capability.COFFEE_DOSE,
        )
        self.now_ms = 0
        self.on = False
        self.water_ml = self._tank_ml
        self.boiler_c = 20.0
        self._drawn_ml = 0.0
        self._ready = False
        self._heater = False
        self._ordered_ml: deque[float] = deque()
        self._brew: _Brew | None = None
        self._cup_ready_ms = 0
        self._used_ms = 0
        self._settle_until_ms = SETTLE_MS

    # ------------------------------------------------------------- what a person does

    def switch_on(self) -> None:
        """Press the switch: the boiler begins to warm up."""
        self.on = True
        self._used_ms = self.now_ms
        self._control()

    def switch_off(self) -> None:
        """Press the switch again; a brew under way is given up."""
        self.on = self._ready = self._heater = False
        self._ordered_ml.clear()
        self._end_brew()

    def brew(self, water_ml: float) -> bool:
        """Ask for a cup; it begins when the boiler is hot and earlier cups are done.

        A person who finds little water refills first. ``False``: the machine refuses,
        because its tank switch says empty.
        """
        self._refill_if_low()
        self.switch_on()
        if self._tank_switch_open():
            return False
        self._ordered_ml.append(water_ml)
        self._control()
        return True

    def refill(self) -> None:
        """Fill the tank to the brim."""
        self.water_ml = self._tank_ml
        self._settle()

    def break_part(self, fault: Fault) -> None:
        """Let a part fail from now on."""
        self._faults.add(fault)
        self._settle()

    def _refill_if_low(self) -> None:
        if self.water_ml < REFILL_BELOW_ML:
            self.refill()

    # ------------------------------------------------------------------- what time does

    def step(self, now_ms: int, received: bytes = b"") -> bytes:
        """Let time pass until ``now_ms``; return what the controller has sent meanwhile."""
        sent = b""
        while True:
            due_ms = self.next_interesting_ms(self.now_ms)
            at_ms = now_ms if due_ms is None else min(now_ms, due_ms)
            self._pass_time(at_ms - self.now_ms)
            self._control()
            sent += self._twin.tick(at_ms, self._inputs(), received)
            received = b""
            if at_ms >= now_ms:
                return sent

    def next_interesting_ms(self, now_ms: int) -> int | None:
        """Return when something will happen next; ``None``: nothing until a person acts.

        Between such moments the controller would only repeat that it is still there.
        """
        moments = []
        if self._brew is not None:
            moments.append(self._brew.next_change_ms(self.now_ms))
        if self._brew is not None or self.now_ms < self._settle_until_ms:
            moments.append(self.now_ms + PUMP_STEP_MS)
        if self._ordered_ml and self.now_ms < self._cup_ready_ms:
            moments.append(self._cup_ready_ms)
        if self.on:
            moments.append(self._used_ms + AUTO_OFF_MS)
            moments += self._thermostat_ms()
        return max(now_ms + 1, min(moments)) if moments else None

    def _thermostat_ms(self) -> list[int]:
        low_c, high_c = TARGET_C
        seconds = self._exposure().seconds_until(
            self.boiler_c, high_c if self._heater else low_c
        )
        moments = [self.now_ms + HEATING_STEP_MS] if self._heater else []
        if seconds is not None:
            moments.append(self.now_ms + math.ceil(seconds * 1000) + 1)
        return moments

    def _pass_time(self, elapsed_ms: int) -> None:
        seconds = elapsed_ms / 1000
        exposure = self._exposure()
        drawn_ml = min(self.water_ml, exposure.inflow_ml_per_s * seconds)
        self.water_ml -= drawn_ml
        self._drawn_ml += drawn_ml
        self.boiler_c = exposure.temp_after(self.boiler_c, seconds)
        self.now_ms += elapsed_ms

    def _exposure(self) -> Exposure:
        moves_water = self._pump() and Fault.PUMP_DRY not in self._faults
        power = 0.25 if Fault.HEATER_WEAK in self._faults else 1.0
        return Exposure(
            heating_c_per_s=FULL_POWER_C_PER_S * power if self._heater else 0.0,
            inflow_ml_per_s=FLOW_ML_PER_S if moves_water else 0.0,
            room_c=_room_c(self.now_ms),
        )

    # ------------------------------------------------------- what the machine's logic does

    def _control(self) -> None:
        if self.on and self.now_ms - self._used_ms >= AUTO_OFF_MS:
            self.switch_off()
        if self.on:
            low_c, high_c = TARGET_C
            self._heater = self.boiler_c < (high_c if self._heater else low_c)
            self._ready = self._ready or self.boiler_c >= low_c
        if self._brew is not None and self._brew_is_over(self._brew):
            self._end_brew()
        free = self._brew is None and self.now_ms >= self._cup_ready_ms
        if self._ready and self._ordered_ml and free:
            self._refill_if_low()
            self._brew = _Brew(self._ordered_ml.popleft(), self.now_ms, self._drawn_ml)

    def _brew_is_over(self, brew: _Brew) -> bool:
        full = self._drawn_ml - brew.drawn_before_ml >= brew.water_ml
        given_up = self.now_ms - brew.started_ms >= BREW_MS_MAX
        return full or given_up or self._tank_switch_open()

    def _end_brew(self) -> None:
        if self._brew is not None:
            self._brew = None
            self._used_ms = self.now_ms
            self._cup_ready_ms = self.now_ms + NEXT_CUP_MS
            self._settle()

    def _settle(self) -> None:
        self._settle_until_ms = self.now_ms + SETTLE_MS

    def _pump(self) -> bool:
        return self._brew is not None and self._brew.pump_on(self.now_ms)

    def _tank_switch_open(self) -> bool:
        return Fault.TANK_STUCK in self._faults or self.water_ml < TANK_EMPTY_ML

    def _inputs(self) -> Inputs:
        return Inputs(
            pump=self._pump(),
            heater=self._heater,
            tank_raw=self._tank_switch_open(),
            flow_pulses=int(self._drawn_ml / self._ml_per_pulse),
            adc_boiler=adc_of_temp(self.boiler_c),
            adc_level=round(self.water_ml / self._tank_ml * ADC_MAX),
            load=self._load(),
        )

    def _load(self) -> int | None:
        if self._load_cell is None:
            return None
        return self._load_cell.counts(DOSE_G if self._brew is not None else 0.0) & 0xFF_FFFF


def _room_c(now_ms: int) -> float:
    # A kitchen is warmest in the afternoon; a sensor that never moved would look broken.
    return 20.0 + 1.5 * math.sin(2 * math.pi * now_ms / 86_400_000)

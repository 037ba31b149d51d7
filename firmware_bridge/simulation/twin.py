"""The reference controller's firmware, in Python: the same bytes for the same inputs.

``firmware/core`` in C is what runs on a real controller; this twin lets the simulated
machine need no compiler. Both follow ``PROTOCOL.md``, both run ``vectors.json``, and a
test feeds both the same random lives and compares every byte.

The whole controller is one function of time and inputs:

    eeprom = blank_eeprom()  # of twin_memory
    twin = ControllerTwin("DM-TWIN-0001", eeprom)
    port.write(twin.tick(now_ms, Inputs(pump=True, adc_boiler=420)))

Rules it keeps:

* ``now_ms`` counts from the controller's start and never goes back. A new start is a new
  ``ControllerTwin`` over the same ``eeprom``, which is written in place.
* An input holds from the tick that brings it until the tick that changes it. Ticks may be
  far apart: what fell due in between is sent once, at the later tick.
* Frames that are due at the same tick go out in the order in which ``tick`` names them.
"""

from dataclasses import dataclass

from firmware_bridge.reference import codec, frames
from firmware_bridge.reference.frames import Capability, ResetCause, Status
from firmware_bridge.reference.line import FrameDecoder
from firmware_bridge.simulation.twin_brewing import Brewing, FinishedBrew
from firmware_bridge.simulation.twin_dose import Dose
from firmware_bridge.simulation.twin_memory import Memory
from firmware_bridge.simulation.twin_sensing import (
    ADC_MAX,
    AnalogSensors,
    RecentPump,
    TankSwitch,
    elapsed_ms,
)

FIRMWARE_VERSION = (1, 1, 0)
ALL_CAPABILITIES = (
    Capability.FLOW
    | Capability.BOILER_TEMP
    | Capability.TANK_SWITCH
    | Capability.WATER_LEVEL
    | Capability.COFFEE_DOSE
)

KEEPALIVE_MS = 250
SAMPLE_FAST_MS = 250
SAMPLE_SLOW_MS = 1000
COUNTERS_MS = 60_000
HELLO_MS_MIN = 250
"""Requests that come faster share one answer, so that no host can flood the line."""

_U32 = 0xFFFF_FFFF


@dataclass(frozen=True, slots=True, kw_only=True)
class Inputs:
    """What the controller's pins say at a tick."""

    pump: bool = False
    heater: bool = False
    tank_raw: bool = False
    """The tank switch says empty, before debouncing."""
    flow_pulses: int = 0
    """Pulses since the controller's start, not since the last tick."""
    adc_boiler: int = ADC_MAX
    adc_level: int = 0
    load: int | None = None
    """The 24 bits that the load cell has given since the last tick, if it has."""


class ControllerTwin:
    """One controller, from one start to the next."""

    def __init__(
        self,
        serial: str,
        eeprom: bytearray,
        *,
        reset_cause: ResetCause = ResetCause.POWER_ON,
        capabilities: Capability = ALL_CAPABILITIES,
    ) -> None:
        self._serial = serial
        self._reset_cause = reset_cause
        self._capabilities = capabilities
        self._memory = Memory(eeprom)
        self._memory.boot_count = (self._memory.boot_count + 1) & 0xFFFF
        self._memory.save()
        self._pulses_before_start = self._memory.flow_pulses_total
        self._decoder = FrameDecoder()
        self._tank = TankSwitch()
        self._analog = AnalogSensors()
        self._dose = Dose()
        self._brewing = Brewing()
        self._pump = RecentPump()
        self._hello_wanted = True
        self._hello_sent = False
        self._hello_ms = self._counters_ms = self._sample_ms = self._sent_ms = 0
        self._sequence = 0
        self._now_ms = 0
        self._sending = bytearray()

    def tick(self, now_ms: int, inputs: Inputs, rx: bytes = b"") -> bytes:
        """Take the pins and the received bytes; return the bytes to send."""
        self._now_ms = now_ms & _U32
        self._sending.clear()
        self._listen(rx)
        # What the pump did until now is judged before what it does from now on.
        started = self._brewing.started(self._now_ms)
        finished = self._brewing.finished(self._now_ms, inputs.flow_pulses)
        self._see(inputs)
        counters_due = self._report_hello()
        if started:
            self._report_brew_started()
        if finished is not None:
            self._report_brew_finished(finished, inputs)
            counters_due = True
        self._report_counters(inputs, due=counters_due)
        self._report_sample(inputs)
        self._report_keepalive()
        return bytes(self._sending)

    def _listen(self, rx: bytes) -> None:
        for payload in self._decoder.receive(rx):
            try:
                frame = codec.decode_payload(payload)
            except codec.MalformedFrame:
                continue
            # Whatever major the host speaks: the answer tells it ours.
            if isinstance(frame, frames.HelloRequestFrame):
                self._hello_wanted = True

    def _see(self, inputs: Inputs) -> None:
        self._tank.see(self._now_ms, inputs.tank_raw)
        self._analog.see(self._now_ms, inputs.adc_boiler, inputs.adc_level)
        self._dose.see(self._now_ms, inputs.load)
        self._brewing.see(self._now_ms, inputs.pump, inputs.flow_pulses)
        self._pump.see(self._now_ms, inputs.pump)

    def _report_hello(self) -> bool:
        rested = not self._hello_sent or self._since(self._hello_ms) >= HELLO_MS_MIN
        if not (self._hello_wanted and rested):
            return False
        self._hello_wanted, self._hello_sent, self._hello_ms = False, True, self._now_ms
        self._send(
            frames.HelloFrame(
                sequence=self._sequence,
                device_ms=self._now_ms,
                protocol=(frames.PROTOCOL_MAJOR, frames.PROTOCOL_MINOR),
                firmware=FIRMWARE_VERSION,
                reset_cause=self._reset_cause,
                boot_count=self._memory.boot_count,
                capabilities=self._capabilities,
                serial=self._serial,
            )
        )
        return True

    def _report_brew_started(self) -> None:
        self._send(
            frames.BrewStartedFrame(
                sequence=self._sequence,
                device_ms=self._now_ms,
                brew_number=(self._memory.brews_total + 1) & _U32,
            )
        )

    def _report_brew_finished(self, brew: FinishedBrew, inputs: Inputs) -> None:
        self._memory.brews_total = (self._memory.brews_total + 1) & _U32
        self._memory.flow_pulses_total = self._flow_pulses_total(inputs)
        self._memory.save()
        self._send(
            frames.BrewFinishedFrame(
                sequence=self._sequence,
                device_ms=self._now_ms,
                brew_number=self._memory.brews_total,
                duration_ms=brew.duration_ms,
                flow_pulses=brew.flow_pulses,
            )
        )

    def _report_counters(self, inputs: Inputs, *, due: bool) -> None:
        if not due and self._since(self._counters_ms) < COUNTERS_MS:
            return
        self._counters_ms = self._now_ms
        self._send(
            frames.CountersFrame(
                sequence=self._sequence,
                device_ms=self._now_ms,
                brews_total=self._memory.brews_total,
                flow_pulses_total=self._flow_pulses_total(inputs),
                boot_count=self._memory.boot_count,
            )
        )

    def _report_sample(self, inputs: Inputs) -> None:
        period_ms = SAMPLE_FAST_MS if self._pump.recent else SAMPLE_SLOW_MS
        if self._since(self._sample_ms) < period_ms:
            return
        self._sample_ms = self._now_ms
        status = Status.PUMP_ON if inputs.pump else Status(0)
        status |= Status.HEATER_ON if inputs.heater else Status(0)
        status |= Status.TANK_EMPTY if self._tank.empty else Status(0)
        temp = self._analog.boiler_temp_tenths_c
        level = self._analog.water_level_permille
        self._send(
            frames.SampleFrame(
                sequence=self._sequence,
                device_ms=self._now_ms,
                status=status,
                boiler_temp_tenths_c=temp if self._has(Capability.BOILER_TEMP) else None,
                water_level_permille=level if self._has(Capability.WATER_LEVEL) else None,
                flow_pulses_total=self._flow_pulses_total(inputs),
                dose_counts=self._dose.counts if self._has(Capability.COFFEE_DOSE) else None,
            )
        )

    def _report_keepalive(self) -> None:
        if not self._sending and self._since(self._sent_ms) >= KEEPALIVE_MS:
            self._send(frames.KeepAliveFrame(sequence=self._sequence, device_ms=self._now_ms))

    def _send(self, frame: frames.Frame) -> None:
        self._sending += codec.encode_frame(frame)
        self._sent_ms = self._now_ms
        self._sequence = (self._sequence + 1) & 0xFFFF

    def _flow_pulses_total(self, inputs: Inputs) -> int:
        return (self._pulses_before_start + inputs.flow_pulses) & _U32

    def _has(self, capability: Capability) -> bool:
        return capability in self._capabilities

    def _since(self, then_ms: int) -> int:
        return elapsed_ms(then_ms, self._now_ms)

"""The driver of the reference protocol, version 1 (``PROTOCOL.md``).

Covers every controller with the Demitasse reference firmware. Quirks, and what is done:

* A controller that lacks a sensor sends that sensor's resting value. Until its hello has
  told what it has, only what cannot be such a resting value is reported.
* Sequence numbers show lost frames: they are counted as ``FramesMissed``, never ignored,
  because a brew may be among them. The persistent counter then shows whether one was.
* The controller's clock going backwards is a restart whose hello was lost: the hello is
  asked for again, at most every two seconds.
* The coffee dose arrives as a load cell's counts, and is told only where the profile says
  what they weigh.
* Another major version is told by its hello, once; its frames are skipped and counted.

The request for a hello is the only thing this driver can send.
"""

from collections.abc import Mapping

from firmware_bridge.driver import FrameCounts
from firmware_bridge.lines.link import LinkWatch
from firmware_bridge.profile import MachineProfile
from firmware_bridge.reference.codec import MalformedFrame, decode_payload, encode_frame
from firmware_bridge.reference.frames import (
    PROTOCOL_MAJOR,
    PROTOCOL_MINOR,
    BrewFinishedFrame,
    BrewStartedFrame,
    Capability,
    CountersFrame,
    Frame,
    HelloFrame,
    HelloRequestFrame,
    SampleFrame,
    Status,
    UnknownFrame,
)
from firmware_bridge.reference.line import FrameDecoder
from wire.readings import (
    BREWS_TOTAL,
    BrewFinished,
    BrewStarted,
    ControllerStarted,
    Counter,
    Flag,
    FlagName,
    FramesMissed,
    Quantity,
    Reading,
    Sample,
)
from wire.stamps import Stamp

HELLO_RETRY_S = 2.0
"""Long enough that a slow answer is not asked for twice, short for a person who waits."""

_CLOCK_WRAPS = 1 << 32
_SEQUENCE_WRAPS = 1 << 16
_TELLS: frozenset[Quantity | FlagName] = frozenset(
    {
        Quantity.BOILER_TEMP_C,
        Quantity.WATER_LEVEL_ML,
        Quantity.WATER_DRAWN_ML,
        FlagName.PUMP_ON,
        FlagName.HEATER_ON,
        FlagName.TANK_EMPTY,
    }
)


_SENSORS: Mapping[Capability, Quantity | FlagName] = {
    Capability.BOILER_TEMP: Quantity.BOILER_TEMP_C,
    Capability.WATER_LEVEL: Quantity.WATER_LEVEL_ML,
    Capability.FLOW: Quantity.WATER_DRAWN_ML,
    Capability.TANK_SWITCH: FlagName.TANK_EMPTY,
}
"""What each sensor would tell; the load cell is a matter of the profile."""


class ReferenceDriver:
    """Understands the reference controller."""

    def __init__(self, profile: MachineProfile) -> None:
        self._tank_ml = profile.water.tank_ml
        self._ml_per_pulse = profile.water.ml_per_pulse
        self._load_cell = profile.load_cell
        self._decoder = FrameDecoder()
        self._link = LinkWatch(profile.serial.link_lost_ms)
        self._malformed = 0
        self._skipped = 0
        self._requests = 0
        self._requested_s: float | None = None
        self._forget_controller()

    @property
    def tells(self) -> frozenset[Quantity | FlagName]:
        """What this driver can ever report; a dose only where one is calibrated."""
        return _TELLS | {Quantity.COFFEE_DOSE_G} if self._load_cell else _TELLS

    def _forget_controller(self) -> None:
        self._hello: HelloFrame | None = None
        self._previous: Frame | None = None
        self._flags: dict[FlagName, bool] = {}

    @property
    def counts(self) -> FrameCounts:
        """What has been seen of the line so far."""
        return FrameCounts(
            bytes=self._decoder.bytes_received,
            frames_ok=self._decoder.frames_ok - self._malformed - self._skipped,
            frames_bad=self._decoder.frames_bad + self._malformed,
            frames_skipped=self._skipped,
            resyncs=self._decoder.resyncs,
        )

    def receive(self, data: bytes, at: Stamp) -> list[Reading]:
        """Take what has arrived by ``at`` and return what it tells."""
        payloads = self._decoder.receive(data)
        if not payloads:
            return self._link.noise(at) if data else self._link.quiet(at)
        readings = self._link.frame(at)
        if readings:
            # Whoever heard of the silence knows no flag any more: tell them all again.
            self._flags.clear()
        for payload in payloads:
            try:
                frame = decode_payload(payload)
            except MalformedFrame:
                self._malformed += 1
            else:
                readings += self._understand(frame, at)
        return readings

    def poll(self, at: Stamp) -> bytes:
        """Return a request for a hello if the controller has not introduced itself."""
        if not self._link.up or self._hello is not None:
            return b""
        if self._request_wait_s(at) > 0:
            return b""
        request = HelloRequestFrame(
            sequence=self._requests % _SEQUENCE_WRAPS,
            device_ms=int(at.monotonic_s * 1000) % _CLOCK_WRAPS,
            protocol=(PROTOCOL_MAJOR, PROTOCOL_MINOR),
        )
        self._requests += 1
        self._requested_s = at.monotonic_s
        # The zero before it ends whatever a half-sent request or noise has left there.
        return b"\0" + encode_frame(request)

    def unplugged(self, at: Stamp) -> list[Reading]:
        """Forget half a frame, and the controller: another may be plugged in next."""
        self._decoder.receive(b"\0")
        self._forget_controller()
        return self._link.unplugged(at)

    def next_due_s(self, at: Stamp) -> float | None:
        """Return when silence alone loses the link, or the next request is due."""
        due_s = self._link.next_due_s(at)
        if self._link.up and self._hello is None and due_s is not None:
            return min(due_s, self._request_wait_s(at))
        return due_s

    def _request_wait_s(self, at: Stamp) -> float:
        if self._requested_s is None:
            return 0.0
        return max(0.0, self._requested_s + HELLO_RETRY_S - at.monotonic_s)

    def _understand(self, frame: Frame, at: Stamp) -> list[Reading]:
        if isinstance(frame, HelloFrame):
            return self._introduced(frame, at)
        if self._hello is not None and self._hello.protocol[0] != PROTOCOL_MAJOR:
            self._skipped += 1
            return []
        readings: list[Reading] = []
        if missed := self._count_missed(frame):
            readings.append(FramesMissed(at=at, count=missed))
        match frame:
            case SampleFrame():
                readings += self._sampled(frame, at)
            case BrewStartedFrame():
                readings.append(BrewStarted(at=at, number=frame.brew_number))
            case BrewFinishedFrame():
                readings.append(self._finished(frame, at))
            case CountersFrame():
                readings.append(Counter(at=at, name=BREWS_TOTAL, value=frame.brews_total))
            case UnknownFrame() | HelloRequestFrame():
                # Our own request comes back on a line that is wired in a loop.
                self._skipped += 1
        return readings

    def _introduced(self, hello: HelloFrame, at: Stamp) -> list[Reading]:
        self._hello = hello
        self._previous = hello
        return [
            ControllerStarted(
                at=at,
                protocol=".".join(map(str, hello.protocol)),
                firmware=".".join(map(str, hello.firmware)),
                serial=hello.serial,
                boot_count=hello.boot_count,
                reset_cause=_cause(hello),
                lacks=_lacks(hello),
            )
        ]

    def _count_missed(self, frame: Frame) -> int:
        previous, self._previous = self._previous, frame
        if previous is None:
            return 0
        if (frame.device_ms - previous.device_ms) % _CLOCK_WRAPS >= _CLOCK_WRAPS // 2:
            self._hello = None  # restarted unheard: its frames count from 0
            return frame.sequence
        return (frame.sequence - previous.sequence - 1) % _SEQUENCE_WRAPS

    def _sampled(self, frame: SampleFrame, at: Stamp) -> list[Reading]:
        readings = self._flagged(frame.status, at)
        temp, level = frame.boiler_temp_tenths_c, frame.water_level_permille
        if self._has(Capability.BOILER_TEMP, temp is not None):
            value = None if temp is None else temp / 10
            readings.append(Sample(at=at, quantity=Quantity.BOILER_TEMP_C, value=value))
        if self._has(Capability.WATER_LEVEL, level is not None):
            value = None if level is None else level * self._tank_ml / 1000
            readings.append(Sample(at=at, quantity=Quantity.WATER_LEVEL_ML, value=value))
        if self._has(Capability.FLOW, frame.flow_pulses_total > 0):
            value = frame.flow_pulses_total * self._ml_per_pulse
            readings.append(Sample(at=at, quantity=Quantity.WATER_DRAWN_ML, value=value))
        dose = frame.dose_counts
        if self._load_cell and self._has(Capability.COFFEE_DOSE, dose is not None):
            value = None if dose is None else self._load_cell.grams(dose)
            readings.append(Sample(at=at, quantity=Quantity.COFFEE_DOSE_G, value=value))
        return readings

    def _flagged(self, status: Status, at: Stamp) -> list[Reading]:
        seen = {
            FlagName.PUMP_ON: Status.PUMP_ON in status,
            FlagName.HEATER_ON: Status.HEATER_ON in status,
        }
        empty = Status.TANK_EMPTY in status
        if self._has(Capability.TANK_SWITCH, empty):
            seen[FlagName.TANK_EMPTY] = empty
        changed = {name: on for name, on in seen.items() if self._flags.get(name) is not on}
        self._flags |= changed
        return [Flag(at=at, name=name, on=on) for name, on in changed.items()]

    def _finished(self, frame: BrewFinishedFrame, at: Stamp) -> BrewFinished:
        metered = self._has(Capability.FLOW, frame.flow_pulses > 0)
        return BrewFinished(
            at=at,
            number=frame.brew_number,
            duration_s=frame.duration_ms / 1000,
            water_ml=frame.flow_pulses * self._ml_per_pulse if metered else None,
        )

    def _has(self, capability: Capability, proven: bool) -> bool:
        # Before the hello, a value that no absent sensor can send proves its sensor.
        return proven if self._hello is None else capability in self._hello.capabilities


def _lacks(hello: HelloFrame) -> tuple[Quantity | FlagName, ...]:
    return tuple(told for able, told in _SENSORS.items() if able not in hello.capabilities)


def _cause(hello: HelloFrame) -> str:
    names = [cause.name.lower() for cause in hello.reset_cause if cause.name]
    return "+".join(names) or "unknown"

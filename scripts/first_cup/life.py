"""One household's life on the virtual clock: the machine, its wire, and the real device.

Everything happens in lockstep. The clock jumps to the next moment at which something can
change, the machine's twin lives up to it and writes to the pty, and the device takes one
step. While nothing moves, hours pass in one jump: the twin would only have repeated that it
is there, and its sequence numbers prove to the device that nothing was missed.

The network keeps real time. So whenever something depends on it (a concern is open, a
message waits for its signature) the virtual clock stands still until the network has come
to rest; that is what makes a story with the same seed the same story.
"""

import time
from collections.abc import Callable
from datetime import datetime, timedelta

from agent.assembly import build_device
from agent.device import Device
from agent.journal import Journal
from agent.main import open_machine
from agent.settings import AgentSettings
from firmware_bridge.simulation.pty_machine import PtyMachine
from firmware_bridge.simulation.simulated_machine import Fault, SimulatedMachine
from scripts.first_cup.child import ChildError
from scripts.first_cup.virtual_clock import VirtualClock

HOUR = timedelta(hours=1)
TIME_TOLD_EVERY = timedelta(minutes=1)
"""What people read at the desk is told to the minute."""
REST_WITHIN_S = 30.0
LOOK_AGAIN_AFTER_S = 0.002


class Life:
    """A machine, a device and the clock they share."""

    def __init__(
        self,
        clock: VirtualClock,
        machine: SimulatedMachine,
        line: PtyMachine,
        settings: AgentSettings,
        *,
        journal: Journal,
        tell_time: Callable[[datetime], None],
    ) -> None:
        """``tell_time`` is told what time it is: the desk lives on the same clock."""
        self.clock = clock
        self._tell_time = tell_time
        self._told_time = clock.utc
        self._machine = machine
        self._line = line
        self._settings = settings
        self._journal = journal
        self._device = self._wake()

    @property
    def device(self) -> Device:
        return self._device

    def pass_until(self, at: datetime, *, stop: Callable[[], bool]) -> bool:
        """Live until ``at``; return early, with ``True``, once ``stop`` says so."""
        while self.clock.utc < at and not stop():
            self._step_to(min(at, self._next_hour()))
        return stop()

    def brew(self, water_ml: float) -> None:
        """Press the button now. A machine that refuses is part of life."""
        self._machine.brew(water_ml)

    def break_machine(self, fault: Fault) -> None:
        """Let a part of the machine fail. Nobody tells the device."""
        self._machine.break_part(fault)

    def be_off_until(self, at: datetime) -> None:
        """Switch the device off, and on again at ``at``; the machine lives on."""
        self._device.close()
        self.clock.advance_to(at)
        self._line.step(self.clock.elapsed_ms)
        self.clock.restart()
        self._device = self._wake()

    def rest(self, until: Callable[[], bool]) -> None:
        """Stand still in virtual time until the network has brought what is expected."""
        deadline_s = time.monotonic() + REST_WITHIN_S
        while not until():
            if time.monotonic() > deadline_s:
                raise ChildError(f"nothing came over the network within {REST_WITHIN_S:g} s")
            time.sleep(LOOK_AGAIN_AFTER_S)
            self._device.step(self.clock.now())

    def look(self) -> None:
        """Let the device look around in this very moment."""
        self._device.step(self.clock.now())

    def live_on(self, elapsed: timedelta) -> None:
        """Live ``elapsed`` in one step: real time, once the story waits for a viewer."""
        self._step_to(self.clock.utc + elapsed)

    def close(self) -> None:
        """Switch the device off for good."""
        self._device.close()

    def _wake(self) -> Device:
        device = build_device(self._settings, open_machine(self._settings), self._journal)
        # The port is open now: what the machine says from here on is heard.
        device.step(self.clock.now())
        return device

    def _step_to(self, at: datetime) -> None:
        """Live up to ``at`` in as few steps as the machine allows."""
        while self.clock.utc < at:
            due_ms = self._machine.next_interesting_ms(self._machine.now_ms)
            due = timedelta(milliseconds=due_ms - self.clock.elapsed_ms) if due_ms else None
            next_at = at if due is None else min(at, self.clock.utc + due)
            self.clock.advance_to(max(next_at, self.clock.utc + timedelta(milliseconds=1)))
            self._let_the_desk_know()
            self._line.step(self.clock.elapsed_ms)
            self._line.drain()
            self._device.step(self.clock.now())
            if self._depends_on_network():
                self.rest(lambda: self._device.settled)

    def _let_the_desk_know(self) -> None:
        if self.clock.utc - self._told_time >= TIME_TOLD_EVERY:
            self._told_time = self.clock.utc
            self._tell_time(self.clock.utc)

    def _depends_on_network(self) -> bool:
        return self._device.concern is not None or self._device.unanswered

    def _next_hour(self) -> datetime:
        now = self.clock.utc
        return now.replace(minute=0, second=0, microsecond=0) + HOUR

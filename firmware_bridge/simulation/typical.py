"""What a machine says on an ordinary day, as its simulated one does.

Whoever misreads a line (``misread``) and whoever measures drivers (``./scripts/bench bridge``)
has to know how a machine usually sounds.
"""

from datetime import UTC, datetime
from typing import Protocol

from firmware_bridge.driver import load_driver
from firmware_bridge.profile import MachineProfile
from firmware_bridge.simulation.pty_machine import Machine
from firmware_bridge.simulation.simulated_machine import SimulatedMachine
from firmware_bridge.simulation.simulated_makes import MAKES, simulated_make
from wire.stamps import Stamp

TICKS_PER_S = 50
CUP_ML = 40.0


class CoffeeMachine(Machine, Protocol):
    """A simulated machine of either kind."""

    def brew(self, water_ml: float) -> bool:
        """Ask for a cup."""
        ...


def simulated(profile: MachineProfile) -> CoffeeMachine | None:
    """Return a machine that speaks what the profile's driver understands, if there is one."""
    if profile.driver == "reference":
        return SimulatedMachine(profile, serial="DM-SIMULATED")
    return simulated_make(profile) if profile.driver in MAKES else None


def typical(profile: MachineProfile, seconds: int) -> list[bytes]:
    """Return what is said while a coffee is made, a piece a moment; nothing if not known."""
    machine = simulated(profile)
    if machine is None:
        return []
    driver = load_driver(profile.driver, profile)
    machine.brew(CUP_ML)
    pieces = []
    for tick in range(seconds * TICKS_PER_S):
        now = Stamp(
            utc=datetime(2026, 1, 1, tzinfo=UTC),
            monotonic_s=tick / TICKS_PER_S,
            boot_id="typical",
            synced=False,
        )
        piece = machine.step(tick * 1000 // TICKS_PER_S, driver.poll(now))
        driver.receive(piece, now)
        pieces.append(piece)
    return [piece for piece in pieces if piece]

"""``demitasse simulate``: a coffee machine to talk to, without a coffee machine.

It lives on a pseudo-terminal in real time and makes a coffee every so often, or when Enter
is pressed. Any program that opens a serial port can read it. ``--machine`` says which one,
``--fault`` breaks a part of the reference machine, ``--line`` spoils the line of any.
"""

import argparse
import select
import sys
import time
from dataclasses import dataclass

from firmware_bridge.profile import BARE_SENSORS, MachineProfile, load_profile, profile_path
from firmware_bridge.simulation.misbehaving import Misbehaving, Trouble
from firmware_bridge.simulation.pty_machine import PtyMachine
from firmware_bridge.simulation.simulated_machine import CUP_ML_MAX, Fault, SimulatedMachine
from firmware_bridge.simulation.simulated_makes import MAKES, SimulatedMake, simulated_make
from wire.options import ConfigError

TICK_S = 0.05
"""The controller's finest interval is 200 ms; this keeps every frame near its time."""

_CoffeeMachine = SimulatedMachine | SimulatedMake


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what ``demitasse simulate`` takes."""
    parser.add_argument(
        "--machine",
        metavar="P",
        default="reference",
        help="a name from config/machines, or a .toml file (default: reference)",
    )
    parser.add_argument(
        "--fault",
        action="append",
        choices=[str(fault) for fault in Fault],
        default=[],
        help="something to be broken, reference only; may be given again",
    )
    parser.add_argument(
        "--line",
        action="append",
        choices=[str(trouble) for trouble in Trouble],
        default=[],
        help="something wrong with the line; may be given again",
    )
    parser.add_argument(
        "--seed", type=int, default=1, help="repeats what the line does (default: 1)"
    )
    parser.add_argument(
        "--every",
        type=float,
        default=60,
        metavar="SECONDS",
        help="time between coffees (default: 60; 0: only on Enter)",
    )
    parser.add_argument(
        "--cup",
        type=float,
        default=40,
        metavar="ML",
        help=f"water of a coffee, 1 to {CUP_ML_MAX:.0f} ml (default: 40)",
    )


def run(args: argparse.Namespace) -> int:
    """Live until Ctrl-C. Raises ``ConfigError`` for what the operator can correct."""
    if not 0 <= args.every <= 86_400:
        raise ConfigError(f"--every {args.every}: write seconds from 0 to 86400")
    if not 1 <= args.cup <= CUP_ML_MAX:
        raise ConfigError(f"--cup {args.cup}: write 1 to {CUP_ML_MAX:.0f} (millilitres)")
    profile = load_profile(profile_path(args.machine))
    machine = _machine(profile, args)
    troubles = [Trouble(name) for name in args.line]
    line = PtyMachine(Misbehaving(machine, troubles, seed=args.seed))
    print(f"{profile.model} is on {line.port}", flush=True)
    print("Enter: a coffee. Ctrl-C: the end.", flush=True)
    try:
        _live(_Kitchen(machine, line, every_s=args.every, cup_ml=args.cup))
    except KeyboardInterrupt:
        print("\nThe machine is switched off.")
    finally:
        line.close()
    return 0


def _machine(profile: MachineProfile, args: argparse.Namespace) -> _CoffeeMachine:
    if profile.driver == "reference":
        faults = [Fault(name) for name in args.fault]
        return SimulatedMachine(profile, serial="DM-SIMULATED", faults=faults)
    if args.fault:
        raise ConfigError(
            f"--fault {args.fault[0]}: only the reference machine has parts that break; "
            f"leave it out, or choose --machine reference"
        )
    if profile.driver == BARE_SENSORS:
        raise profile.no_port()
    if profile.driver not in MAKES:
        known = ", ".join(sorted([*MAKES, "reference"]))
        raise ConfigError(
            f"--machine {args.machine}: no simulated machine speaks {profile.driver}; "
            f"choose one of {known}"
        )
    return simulated_make(profile)


@dataclass(slots=True)
class _Kitchen:
    machine: _CoffeeMachine
    line: PtyMachine
    every_s: float
    cup_ml: float
    coffees: int = 0

    def coffee(self) -> None:
        self.coffees += 1
        if self.machine.brew(self.cup_ml):
            print(f"coffee {self.coffees}: {self.cup_ml:.0f} ml", flush=True)
        else:
            print(f"coffee {self.coffees}: refused, the tank switch says empty", flush=True)


def _live(kitchen: _Kitchen) -> None:
    started_s = time.monotonic()
    watched = [sys.stdin]
    next_coffee_s = 0.0
    while True:
        now_s = time.monotonic() - started_s
        kitchen.line.step(int(now_s * 1000))
        if kitchen.every_s and now_s >= next_coffee_s:
            next_coffee_s = now_s + kitchen.every_s
            kitchen.coffee()
        readable, _, _ = select.select(watched, [], [], TICK_S)
        if readable:
            if sys.stdin.readline():
                kitchen.coffee()
            else:
                watched = []  # no keyboard: coffees come by the clock alone

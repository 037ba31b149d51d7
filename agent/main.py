"""The ``demitasse`` command, and the composition root of the device.

This is the only file of the project that knows both the agent and the bridge. It reads
like a wiring diagram; what the commands do is in the modules they name, and those are
imported when their command is called, so that each starts as light as it can.
"""

import argparse
import importlib
import logging
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from agent.errors import AgentError
from agent.settings import AgentSettings, load_settings
from wire.options import ConfigError

if TYPE_CHECKING:
    from agent.assembly import Machine
    from agent.diagnosis.scene import MachineParts
    from firmware_bridge.pins.light_and_button import LightAndButton

Command = Callable[[argparse.Namespace], int]

CONFIG = Path("/etc/demitasse/agent.toml")
BAD_INPUT = 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return its exit status."""
    words = sys.argv[1:] if arguments is None else arguments
    args = _parser(words).parse_args(words)
    command: Command = args.command
    try:
        return command(args)
    except (ConfigError, AgentError) as error:
        print(f"demitasse: {error}", file=sys.stderr)
        return BAD_INPUT
    except BrokenPipeError:
        # Whoever read our output (head, less) has gone: nothing is wrong.
        sys.stderr.close()
        return 0
    except KeyboardInterrupt:
        return 130


# ------------------------------------------------------------------------------- wiring


def run(args: argparse.Namespace) -> int:
    """Run the device until it is told to stop."""
    from agent import running  # noqa: PLC0415

    return running.run(load_settings(args.config), open_machine)


def open_machine(settings: AgentSettings) -> "Machine":
    """Open the machine that ``settings`` name: its port or pins, its light and button."""
    from agent.assembly import Machine  # noqa: PLC0415
    from agent.checks.limits import MachineLimits  # noqa: PLC0415
    from firmware_bridge.machine_source import open_source  # noqa: PLC0415
    from firmware_bridge.profile import load_profile  # noqa: PLC0415

    profile = load_profile(settings.machine_profile)
    # An adapter may be plugged in later, or come back under another number.
    source = open_source(
        profile,
        port=settings.machine_port or "",
        tell=logging.getLogger("demitasse").warning,
    )
    light = None
    if profile.pins.light_gpio is not None and profile.pins.button_gpio is not None:
        from firmware_bridge.pins.light_and_button import LightAndButton  # noqa: PLC0415

        light = LightAndButton(
            profile.pins.light_gpio, profile.pins.button_gpio, profile=profile.file
        )
    return Machine(
        model=profile.model,
        limits=MachineLimits(
            tank_ml=profile.water.tank_ml,
            boiler_temp_c=profile.plausible.boiler_temp_c,
            flow_ml_per_s=profile.plausible.flow_ml_per_s,
            warm_up_s_max=profile.plausible.warm_up_s_max,
            tells=source.tells,
        ),
        source=source,
        light=light,
    )


def machine_parts(settings: AgentSettings) -> "MachineParts":
    """Say of what the machine consists, and open nothing: for ``demitasse check``."""
    import tempfile  # noqa: PLC0415

    from agent.diagnosis.scene import ANOTHER, MachineParts  # noqa: PLC0415
    from firmware_bridge.driver import OWN_DRIVERS  # noqa: PLC0415
    from firmware_bridge.machine_source import open_source  # noqa: PLC0415
    from firmware_bridge.profile import BARE_SENSORS, load_profile  # noqa: PLC0415

    # The pin library writes into the folder where it is started, which is anybody's here.
    os.environ.setdefault("LG_WD", tempfile.gettempdir())
    profile = load_profile(settings.machine_profile)
    serial, port = profile.serial_port, settings.machine_port or ""
    ports = (port or serial.port, serial.second_port) if serial else ()
    has_pins = (profile.pins.light_gpio, profile.pins.button_gpio) != (None, None)

    def open_light() -> "LightAndButton":
        from firmware_bridge.pins.light_and_button import LightAndButton  # noqa: PLC0415

        pins = profile.pins
        return LightAndButton(pins.light_gpio, pins.button_gpio, profile=profile.file)

    return MachineParts(
        model=profile.model,
        driver=profile.driver if profile.driver in (*OWN_DRIVERS, BARE_SENSORS) else ANOTHER,
        ports=tuple(filter(None, ports)),
        listen_s=min(30.0, max(6.0, serial.link_lost_ms / 1000 + 3)) if serial else 3.0,
        open_source=lambda: open_source(profile, port=port),
        open_light=open_light if has_pins else None,
    )


# -------------------------------------------------------------------------------- parser


@dataclass(frozen=True, slots=True)
class _Mounted:
    """A command whose options are in the module that does its work."""

    module: str
    summary: str


MOUNTED = {
    "enroll": _Mounted("agent.commands.enroll", "give this device to its desk, by a bundle"),
    "identity": _Mounted("agent.commands.identity", "who this device is, and whose"),
    "notice": _Mounted("agent.commands.notice", "read what a purpose means before consenting"),
    "consent": _Mounted("agent.commands.consent", "what the owner has allowed"),
    "answer": _Mounted("agent.commands.answer", "answer the question that waits at home"),
    "check": _Mounted("agent.commands.check", "is everything in place, and what to do if not"),
    "diag": _Mounted("agent.commands.diag", "a file for support, without anything personal"),
    "status": _Mounted("agent.commands.status", "what this device knows, in a glance"),
    "routine": _Mounted(
        "agent.giving_back.routine_report", "what is usual here, and what a choice costs"
    ),
    "page": _Mounted("agent.commands.page", "the owner's page, for a browser right here"),
    "call-me": _Mounted("agent.commands.call", "ask for a call, whatever the switches say"),
    "live": _Mounted("agent.commands.live", "the machine's readings, as they come"),
    "export": _Mounted("agent.commands.export", "take everything away, to read and to use"),
    "withheld": _Mounted("agent.commands.withheld", "what is not shown to you, and why"),
    "forget": _Mounted("agent.commands.forget", "have everything erased, here and at the desk"),
    "begin": _Mounted("agent.commands.begin", "after that, let the device begin again, as new"),
    "reset": _Mounted("agent.commands.reset", "as it came from the factory, for a new owner"),
    "ledger": _Mounted("agent.commands.ledger", "the book of consent and of all that was sent"),
    "decode": _Mounted("firmware_bridge.decode", "show what recorded bytes of a machine say"),
    "simulate": _Mounted("firmware_bridge.simulate", "be a coffee machine on a serial port"),
    "backtest": _Mounted("agent.learning.backtest", "replay a history through the routine"),
}


def whole_parser() -> argparse.ArgumentParser:
    """Return the parser with the options of every command: for its man page."""
    return _parser([*MOUNTED])


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        # One line: argparse would print the whole usage before it.
        print(f"{self.prog}: {message}; see {self.prog} --help", file=sys.stderr)
        sys.exit(BAD_INPUT)


def _parser(arguments: Sequence[str]) -> argparse.ArgumentParser:
    parser = _Parser(
        prog="demitasse",
        description="A coffee machine that notices, a person who calls: the device.",
        epilog="First steps: demitasse notice learn_routine, then edit consent.toml.",
    )
    parser.add_argument(
        "--config",
        type=Path,
        default=CONFIG,
        metavar="FILE",
        help="where agent.toml is (default: %(default)s)",
    )
    parser.set_defaults(machine_parts=machine_parts)
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    _add(commands, "run", run, "run the device until it is told to stop")
    for name, mounted in MOUNTED.items():
        _mount(commands, name, mounted, chosen=name in arguments)
    return parser


def _add(
    commands: "argparse._SubParsersAction[_Parser]",
    name: str,
    command: Command,
    summary: str,
) -> argparse.ArgumentParser:
    parser = commands.add_parser(name, help=summary, description=f"{summary.capitalize()}.")
    parser.set_defaults(command=command)
    return parser


def _mount(
    commands: "argparse._SubParsersAction[_Parser]",
    name: str,
    mounted: _Mounted,
    *,
    chosen: bool,
) -> None:
    if not chosen:
        commands.add_parser(name, help=mounted.summary)
        return
    module = importlib.import_module(mounted.module)
    module.add_arguments(_add(commands, name, module.run, mounted.summary))


if __name__ == "__main__":
    sys.exit(main())

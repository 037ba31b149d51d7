"""The ``demitasse`` command, and the composition root of the device.

This is the only file of the project that knows both the agent and the bridge. It reads
like a wiring diagram; what the commands do is in the modules they name, and those are
imported when their command is called, so that each starts as light as it can.
"""

import argparse
import importlib
import json
import logging
import signal
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from agent.errors import AgentError
from agent.settings import AgentSettings, load_settings
from wire.options import ConfigError

if TYPE_CHECKING:
    from agent.assembly import Machine

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
    from agent import device as shell  # noqa: PLC0415
    from agent.assembly import build_device  # noqa: PLC0415
    from agent.clock import SystemClock  # noqa: PLC0415
    from agent.journal import log  # noqa: PLC0415

    logging.basicConfig(level=logging.INFO, format="%(message)s")
    settings = load_settings(args.config)
    machine = open_machine(settings)
    device = build_device(settings, machine, log)
    stopping = False

    def stop(_signal: int, _frame: object) -> None:
        nonlocal stopping
        stopping = True

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    try:
        shell.run(device, machine.source, SystemClock(), lambda: stopping)
    finally:
        device.close()
    return 0


def open_machine(settings: AgentSettings) -> "Machine":
    """Open the machine that ``settings`` name: profile, driver, port, light and button."""
    from agent.assembly import Machine  # noqa: PLC0415
    from agent.device_check import MachineLimits  # noqa: PLC0415
    from firmware_bridge.driver import load_driver  # noqa: PLC0415
    from firmware_bridge.profile import load_profile  # noqa: PLC0415
    from firmware_bridge.serial_source import SerialSource  # noqa: PLC0415

    profile = load_profile(settings.machine_profile)
    source = SerialSource(
        settings.machine_port or profile.serial.port,
        load_driver(profile.driver, profile),
        baud_rate=profile.serial.baud_rate,
        option=f"{settings.machine_profile} [serial] port",
    )
    source.check()
    light = None
    if profile.pins.light_gpio is not None and profile.pins.button_gpio is not None:
        from firmware_bridge.gpio import LightAndButton  # noqa: PLC0415

        light = LightAndButton(
            profile.pins.light_gpio, profile.pins.button_gpio, profile=profile.file
        )
    return Machine(
        model=profile.model,
        limits=MachineLimits(
            tank_ml=profile.water.tank_ml,
            boiler_temp_c=profile.plausible.boiler_temp_c,
            warm_up_s_max=profile.plausible.warm_up_s_max,
        ),
        source=source,
        light=light,
    )


# ------------------------------------------------------------------------ other commands


def identity(args: argparse.Namespace) -> int:
    """Print what a desk needs to know of this device."""
    from agent.key_files import device_keys, public_bundle  # noqa: PLC0415

    print(public_bundle(device_keys(load_settings(args.config).state_dir)))
    return 0


def enroll(args: argparse.Namespace) -> int:
    """Pin the desk that this device writes to."""
    from agent.key_files import device_keys, pin_desk  # noqa: PLC0415

    settings = load_settings(args.config)
    pin_desk(settings.state_dir, args.bundle)
    print(f"device {device_keys(settings.state_dir).device_id} now knows its desk")
    return 0


def notice(args: argparse.Namespace) -> int:
    """Print the text that explains a purpose, and the line that confirms it was read."""
    from agent.consent_file import Purpose  # noqa: PLC0415
    from agent.notices import shipped_notices  # noqa: PLC0415

    found = shipped_notices()[Purpose(args.purpose)]
    text = next(n for n in found if n.language == args.lang)
    print(f'{text.text}\ni_have_read = "{text.id}"')
    return 0


def consent_show(args: argparse.Namespace) -> int:
    """Print what the gate answers for each purpose."""
    from agent.consent_report import show  # noqa: PLC0415

    return show(args, load_settings(args.config) if args.file is None else None)


def ledger_verify(args: argparse.Namespace) -> int:
    """Check the ledger's chain and signatures."""
    from agent import ledger  # noqa: PLC0415
    from agent.assembly import store_file  # noqa: PLC0415
    from agent.key_files import device_keys  # noqa: PLC0415
    from agent.store import Store  # noqa: PLC0415

    settings = load_settings(args.config)
    store = Store(store_file(settings), mend=False)
    public = device_keys(settings.state_dir).signer().public_key()
    broken = ledger.first_broken(store.reading(), public)
    store.close()
    if broken is None:
        print("the ledger is whole")
        return 0
    print(f"the ledger was changed at entry {broken}", file=sys.stderr)
    return 1


def answer(args: argparse.Namespace) -> int:
    """Answer the question that waits at home."""
    from agent import memory  # noqa: PLC0415
    from agent.assembly import store_file  # noqa: PLC0415
    from agent.concerns import State  # noqa: PLC0415
    from agent.store import Store  # noqa: PLC0415

    store = Store(store_file(load_settings(args.config)), mend=False)
    concern = memory.open_concern(store.reading())
    waiting = concern is not None and concern.state is not State.NOTICED
    if waiting:
        with store.transaction() as db:
            memory.ask(db, args.word, datetime.now(UTC))
    store.close()
    print("thank you, noted" if waiting else "no question is waiting")
    return 0


def status(args: argparse.Namespace) -> int:
    """Print what is known at home: concerns, what was sent, what came back."""
    from agent.home_report import report  # noqa: PLC0415

    found = report(load_settings(args.config))
    if args.json:
        print(json.dumps(found.plain, ensure_ascii=False))
    else:
        print("\n".join(found.lines))
    return 0


# -------------------------------------------------------------------------------- parser


@dataclass(frozen=True, slots=True)
class _Mounted:
    """A command whose options are in the module that does its work."""

    module: str
    summary: str


MOUNTED = {
    "decode": _Mounted("firmware_bridge.decode", "show what recorded bytes of a machine say"),
    "simulate": _Mounted("firmware_bridge.simulate", "be a coffee machine on a serial port"),
    "backtest": _Mounted("agent.backtest", "replay a history through the routine"),
}


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
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    _add(commands, "run", run, "run the device until it is told to stop")
    _add(commands, "identity", identity, "print this device's public keys for the desk")
    enrolling = _add(commands, "enroll", enroll, "pin the desk that this device writes to")
    enrolling.add_argument("bundle", type=Path, metavar="BUNDLE.json")
    reading = _add(commands, "notice", notice, "read what a purpose means before consenting")
    reading.add_argument("purpose", choices=PURPOSES)
    reading.add_argument("--lang", choices=("en", "fr"), default="en")
    _add_consent(commands)
    answering = _add(commands, "answer", answer, "answer the question that waits at home")
    answering.add_argument("word", choices=("fine",))
    glance = _add(commands, "status", status, "what this device knows, in a glance")
    glance.add_argument("--json", action="store_true")
    book = commands.add_parser("ledger", help="the book of consent and of all that was sent")
    verbs = book.add_subparsers(metavar="VERB", required=True)
    _add(verbs, "verify", ledger_verify, "check that nothing in it was changed")
    for name, mounted in MOUNTED.items():
        _mount(commands, name, mounted, chosen=name in arguments)
    return parser


PURPOSES = ("learn_routine", "device_health", "care_alert", "contact_me")


def _add_consent(commands: "argparse._SubParsersAction[_Parser]") -> None:
    consent = commands.add_parser("consent", help="what the owner has allowed")
    verbs = consent.add_subparsers(metavar="VERB", required=True)
    showing = _add(verbs, "show", consent_show, "what is allowed right now, and why")
    showing.add_argument("--file", type=Path, metavar="CONSENT.toml")
    showing.add_argument("--at", metavar="TIME", help="at another time than now")
    showing.add_argument("--json", action="store_true")


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

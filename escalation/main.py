"""``demitasse-desk``: the command of the desk, and what it is wired from.

Exit status: 0 when all is done, 1 when a part of the desk failed while it ran, 2 when
something the operator gave has to be corrected; then one line says what, where and how.
"""
# Django's settings are named by ``startup``; what needs Django is imported after that.
# ruff: noqa: PLC0415

import argparse
import json
import os
import signal
import sys
import threading
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeAlias

from escalation import startup
from escalation.desk_config import BrokerConfig
from wire.options import ConfigError

DEFAULT_CONFIG = Path("config/desk.toml")

DESCRIPTION = """\
The desk of Demitasse: a queue of alerts and service reports, and a console in which
people take them over, by name. The first time:

  demitasse-desk --config desk.toml init
  demitasse-desk --config desk.toml staff add camille --first-name Camille \\
      --role reviewer --password-stdin
  demitasse-desk --config desk.toml enroll device.json > desk-bundle.json
  demitasse-desk --config desk.toml serve
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command and return its exit status."""
    # Whatever the desk writes, keys and cases, is for its own account alone.
    os.umask(0o077)
    args = _parser().parse_args(argv)
    try:
        return int(args.run(args))
    except ConfigError as error:
        print(f"demitasse-desk: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="demitasse-desk",
        description=DESCRIPTION,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--config",
        type=Path,
        default=DEFAULT_CONFIG,
        metavar="FILE",
        help=f"the desk's options (default: {DEFAULT_CONFIG})",
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    _add_init(commands)
    _add_staff(commands)
    _add_enroll(commands)
    _add_serve(commands)
    return parser


Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"


def _add_init(commands: Commands) -> None:
    init = commands.add_parser(
        "init", help="make keys, secret and database, or bring the database up to date"
    )
    init.set_defaults(run=_init)


def _add_staff(commands: Commands) -> None:
    staff = commands.add_parser("staff", help="staff accounts")
    actions = staff.add_subparsers(required=True, metavar="ACTION")
    add = actions.add_parser("add", help="make an account; there is no default one")
    add.add_argument("username", help="the login name")
    add.add_argument("--first-name", required=True, help="what owners call this person")
    add.add_argument(
        "--role",
        required=True,
        action="append",
        choices=("reviewer", "technician", "supervisor"),
        help="give it again for a person with two roles",
    )
    add.add_argument("--language", choices=("fr", "en"), default="fr", help="default: fr")
    add.add_argument(
        "--password-stdin",
        required=True,
        action="store_true",
        help="read the password from standard input, so that it stays out of the history",
    )
    add.set_defaults(run=_staff_add)


def _add_enroll(commands: Commands) -> None:
    enroll = commands.add_parser(
        "enroll",
        help="register a device's public keys; prints the desk's, for the device",
    )
    enroll.add_argument("device", type=Path, metavar="DEVICE.json")
    enroll.set_defaults(run=_enroll)


def _add_serve(commands: Commands) -> None:
    serve = commands.add_parser(
        "serve", help="run console and intake; prints `ready http://…` when both answer"
    )
    serve.add_argument("--host", help="instead of [web] host")
    serve.add_argument("--port", type=int, help="instead of [web] port")
    intake = commands.add_parser("intake", help="run the intake alone")
    for command in (serve, intake):
        command.add_argument(
            "--clock-file",
            type=Path,
            metavar="FILE",
            help="for demonstrations: take the time from this file, not from the computer",
        )
    serve.set_defaults(run=_serve)
    intake.set_defaults(run=_intake)


# ---------------------------------------------------------------------------- commands


def _init(args: argparse.Namespace) -> int:
    startup.initialise(args.config)
    print("the desk is ready: add staff, enroll devices, serve")
    return 0


def _staff_add(args: argparse.Namespace) -> int:
    startup.start_initialised(args.config)
    from escalation import accounts

    accounts.add_staff(
        args.username,
        first_name=args.first_name,
        roles=args.role,
        language=args.language,
        password=sys.stdin.readline().rstrip("\r\n"),
    )
    print(f"{args.first_name} can log in as {args.username}")
    return 0


def _enroll(args: argparse.Namespace) -> int:
    startup.start_initialised(args.config)
    from escalation import accounts, desk

    accounts.enroll(args.device, datetime.now(UTC))
    print(json.dumps({"desk": desk.identity().keys.public().to_json()}, indent=1))
    return 0


def _serve(args: argparse.Namespace) -> int:
    config = startup.start_initialised(args.config, args.clock_file)
    from django.db import connections

    from escalation import serving

    port = config.web.port if args.port is None else args.port
    if not 0 <= port <= 65535:
        raise ConfigError(f"--port {port}: choose a whole number from 0 to 65535")
    listener = serving.bind(args.host or config.web.host, port)
    # A connection must not be shared by two processes: each child opens its own.
    connections.close_all()
    return serving.serve(
        listener,
        config.web,
        {
            "the console": lambda ready: serving.WebServer(listener, ready).run(),
            "the intake": lambda ready: _run_post(config.broker, ready),
        },
    )


def _intake(args: argparse.Namespace) -> int:
    config = startup.start_initialised(args.config, args.clock_file)
    address = f"mqtt://{config.broker.host}:{config.broker.port}"
    _run_post(config.broker, lambda: print(f"ready {address}", flush=True))
    return 0


def _run_post(broker: BrokerConfig, on_ready: Callable[[], None]) -> None:
    from escalation import clock, desk
    from escalation.post import Post

    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda _number, _frame: stop.set())
    post = Post(
        broker, desk=desk.identity(), clock=clock.now, stop=stop, on_ready=_once(on_ready)
    )
    post.run()


def _once(action: Callable[[], None]) -> Callable[[], None]:
    done = threading.Event()

    def first_time_only() -> None:
        if not done.is_set():
            done.set()
            action()

    return first_time_only


if __name__ == "__main__":
    sys.exit(main())

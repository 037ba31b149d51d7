"""``demitasse-desk``: the command of the desk, and what it is wired from.

Exit status: 0 when all is done, 1 when a part of the desk failed while it ran, 2 when
something the operator gave has to be corrected; then one line says what, where and how.
"""
# Django's settings are named by ``startup``; what needs Django is imported after that.
# ruff: noqa: PLC0415

import argparse
import functools
import json
import os
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from escalation import startup
from escalation.authority import commands as authority_commands
from escalation.desk_config import WORKERS_MAX, DeskConfig
from wire.options import ConfigError

if TYPE_CHECKING:
    from escalation.serving import Child

DEFAULT_CONFIG = Path("config/desk.toml")

DESCRIPTION = """\
The desk of Demitasse: a queue of alerts and service reports, and a console in which
people take them over, by name. The first time:

  demitasse-desk --config desk.toml init
  demitasse-desk --config desk.toml staff add camille --first-name Camille \\
      --role reviewer --skill care --password-stdin
  demitasse-desk --config desk.toml authority init
  demitasse-desk --config desk.toml authority bundle > bundle.json
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
    authority = commands.add_parser(
        "authority", help="let devices in: bundles, certificates, what was revoked"
    )
    authority_commands.add_arguments(authority)
    _add_serve(commands)
    _add_check(commands)
    _add_backup(commands)
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
        choices=("reviewer", "technician", "supervisor", "guardian"),
        help="give it again for a person with two roles; a guardian has no other",
    )
    add.add_argument(
        "--skill",
        choices=("care",),
        help="vouch that this reviewer is trained: for the first people of a desk, whom nobody "
        "could sign off in the console",
    )
    add.add_argument("--language", choices=("fr", "en"), default="fr", help="default: fr")
    add.add_argument(
        "--password-stdin",
        required=True,
        action="store_true",
        help="read the password from standard input, so that it stays out of the history",
    )
    add.set_defaults(run=_staff_add)
    vouch = actions.add_parser(
        "vouch", help="vouch for a year that a reviewer is trained, as `add --skill care` does"
    )
    vouch.add_argument("username", help="the login name")
    vouch.set_defaults(run=_staff_vouch)
    reset = actions.add_parser(
        "reset-factor", help="remove somebody's second factor, for instance a lost telephone"
    )
    reset.add_argument("username", help="the login name")
    reset.set_defaults(run=_staff_reset_factor)
    link = actions.add_parser(
        "link", help="let a sign-in at the organisation ([sign_in]) open an account"
    )
    link.add_argument("username", help="the login name")
    link.add_argument(
        "--subject",
        required=True,
        help="the organisation's own name for this person (sub), letter by letter: the console "
        "shows it to whoever comes and is not linked yet",
    )
    link.add_argument("--issuer", help="default: [sign_in] issuer; no other opens anything")
    link.set_defaults(run=_staff_link)
    unlink = actions.add_parser("unlink", help="undo `link`, and end this person's sessions")
    unlink.add_argument("username", help="the login name")
    unlink.set_defaults(run=_staff_unlink)


def _add_serve(commands: Commands) -> None:
    serve = commands.add_parser(
        "serve", help="run console and intake; prints `ready http://…` when both answer"
    )
    serve.add_argument("--host", help="instead of [web] host")
    serve.add_argument("--port", type=int, help="instead of [web] port")
    intake = commands.add_parser("intake", help="run the intake alone")
    for command in (serve, intake):
        command.add_argument(
            "--workers",
            type=int,
            metavar="N",
            help="how many processes share the intake, instead of [intake] workers",
        )
        command.add_argument(
            "--clock-file",
            type=Path,
            metavar="FILE",
            help="for demonstrations: take the time from this file, not from the computer",
        )
    serve.set_defaults(run=_serve)
    intake.set_defaults(run=_intake)


def _add_check(commands: Commands) -> None:
    check = commands.add_parser(
        "check", help="look at everything that a desk needs; each with a verdict and the fix"
    )
    check.add_argument("--json", action="store_true", help="for a program to read")
    check.set_defaults(run=_check)


def _add_backup(commands: Commands) -> None:
    backup = commands.add_parser(
        "backup", help="write a consistent copy of the database, also while the desk serves"
    )
    backup.add_argument("file", type=Path, metavar="FILE")
    backup.set_defaults(run=_backup)
    audit = commands.add_parser(
        "audit", help="check that no line of any case's audit was changed or removed"
    )
    audit.set_defaults(run=_audit)
    restore = commands.add_parser(
        "restore",
        help="put a backup in the place of the database; what owners have taken back since is "
        "erased again, and devices send again what they keep",
    )
    restore.add_argument("file", type=Path, metavar="FILE")
    restore.set_defaults(run=_restore)


# ---------------------------------------------------------------------------- commands


def _init(args: argparse.Namespace) -> int:
    startup.initialise(args.config)
    print("the desk is ready: add staff, let devices in, serve")
    return 0


def _staff_add(args: argparse.Namespace) -> int:
    startup.start_initialised(args.config)
    from escalation.team import accounts

    accounts.add_staff(
        args.username,
        first_name=args.first_name,
        roles=args.role,
        language=args.language,
        password=sys.stdin.readline().rstrip("\r\n"),
        care_skill=args.skill == "care",
    )
    print(f"{args.first_name} can log in as {args.username}")
    return 0


def _staff_vouch(args: argparse.Namespace) -> int:
    startup.start_initialised(args.config)
    from escalation.team import accounts

    until = accounts.vouch(args.username)
    print(f"{args.username} may be given care cases until {until:%Y-%m-%d}")
    return 0


def _staff_reset_factor(args: argparse.Namespace) -> int:
    startup.start_initialised(args.config)
    from escalation.team import accounts

    accounts.reset_second_factor(args.username)
    print(f"{args.username} logs in with the password alone; it is in the audit")
    return 0


def _staff_link(args: argparse.Namespace) -> int:
    config = startup.start_initialised(args.config)
    from escalation.team import accounts

    organisation = config.sign_in.organisation
    if organisation is None:
        raise ConfigError(f"{args.config} [sign_in] issuer: there is none; describe it first")
    issuer = args.issuer or organisation.issuer
    if issuer != organisation.issuer:
        raise ConfigError(
            f"--issuer {issuer}: this desk believes nobody but {organisation.issuer}; leave "
            "--issuer out, or correct [sign_in] issuer"
        )
    accounts.link(args.username, issuer=issuer, subject=args.subject)
    print(f"{args.username} comes in by {organisation.name}; it is in the audit")
    return 0


def _staff_unlink(args: argparse.Namespace) -> int:
    startup.start_initialised(args.config)
    from escalation.team import accounts

    accounts.unlink(args.username)
    print(f"no sign-in elsewhere opens the account of {args.username}; it is in the audit")
    return 0


def _serve(args: argparse.Namespace) -> int:
    config = startup.start_initialised(args.config, args.clock_file)
    from escalation import serving

    port = config.web.port if args.port is None else args.port
    if not 0 <= port <= 65535:
        raise ConfigError(f"--port {port}: choose a whole number from 0 to 65535")
    workers = _workers(config, args.workers)
    listener = serving.bind(args.host or config.web.host, port)
    _before_serving()
    console = {"the console": lambda ready: serving.WebServer(listener, ready).run()}
    return serving.serve(listener, config.web, console | workers)


def _intake(args: argparse.Namespace) -> int:
    config = startup.start_initialised(args.config, args.clock_file)
    from escalation import serving

    workers = _workers(config, args.workers)
    _before_serving()
    address = f"mqtt://{config.broker.host}:{config.broker.port}"
    return serving.supervise(workers, lambda: print(f"ready {address}", flush=True))


def _workers(config: DeskConfig, number: int | None) -> dict[str, "Child"]:
    from escalation.broker import post

    number = config.intake.workers if number is None else number
    if not 1 <= number <= WORKERS_MAX:
        raise ConfigError(f"--workers {number}: choose a whole number from 1 to {WORKERS_MAX}")
    brokers = [config.broker.for_worker(n) for n in range(1, number + 1)]
    names = ["the intake", *(f"intake worker {n}" for n in range(2, number + 1))]
    return {
        name: functools.partial(post.run, broker, config.intake)
        for name, broker in zip(names, brokers, strict=True)
    }


def _before_serving() -> None:
    from django.db import connections

    from escalation import clock
    from escalation.keeping import restoring

    restoring.hold_while_serving()
    restoring.resume(clock.now())
    # A connection must not be shared by two processes: each child opens its own.
    connections.close_all()


def _check(args: argparse.Namespace) -> int:
    config = startup.start(args.config)
    from escalation.checking.examination import check
    from escalation.checking.findings import Verdict

    findings = check(config, args.config)
    if args.json:
        print(json.dumps([finding.plain() for finding in findings], indent=1))
    else:
        for one in findings:
            print(f"{one.verdict:5}  {one.subject}: {one.found}")
            if one.fix:
                print(f"       → {one.fix}")
    return int(any(one.verdict is Verdict.WRONG for one in findings))


def _backup(args: argparse.Namespace) -> int:
    startup.start_initialised(args.config)
    from escalation.keeping import restoring

    restoring.backup(args.file)
    print(f"{args.file} holds the database; the folder of the keys is not in it")
    return 0


def _audit(args: argparse.Namespace) -> int:
    startup.start_initialised(args.config)
    from escalation.guarding import wordings
    from escalation.keeping import retention

    broken = retention.broken_cases()
    if not wordings.is_whole():
        print("demitasse-desk: the audit of suspended wordings is not whole", file=sys.stderr)
        return 1
    if not broken:
        print("the audit of every case is whole")
        return 0
    numbers = ", ".join(map(str, broken[:20]))
    print(f"demitasse-desk: the audit is not whole: cases {numbers}", file=sys.stderr)
    return 1


def _restore(args: argparse.Namespace) -> int:
    startup.start_with_keys(args.config)
    from escalation.keeping import restoring

    erased = restoring.restore(args.file, datetime.now(UTC))
    print(
        f"restored; {erased} households had taken something back, and it is erased again. "
        "Devices send again what they keep as soon as the desk serves"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""``demitasse-desk authority …``: what whoever runs the desk types.

Secrets go to files or to standard output and nowhere else; what is said about them goes to
standard error, so that ``> bundle.json`` holds a bundle and nothing more.
"""
# Django's settings are named by ``startup``; what needs Django is imported after that.
# ruff: noqa: PLC0415

import argparse
import json
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from escalation import startup
from escalation.authority import local_ca
from wire import enrolment
from wire.options import ConfigError
from wire.topics import DEVICE_ID

if TYPE_CHECKING:
    from escalation.authority.register import Entry

DESK_NAME = "demitasse-desk"
"""The name that the broker's rules give to the desk."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the actions."""
    actions = parser.add_subparsers(required=True, metavar="ACTION")
    init = _add(actions, "init", _init, "make the small authority, once")
    init.add_argument("--name", default="Demitasse", help="whose it is (default: %(default)s)")
    bundle = _add(actions, "bundle", _bundle, "make an enrolment bundle for a device or more")
    bundle.add_argument("--device", metavar="DEVICE", help="only this one may use it")
    bundle.add_argument("--uses", type=int, default=1, help="how many devices (default: 1)")
    bundle.add_argument("--days", type=int, default=30, help="for how long (default: 30)")
    bundle.add_argument(
        "--batch", metavar="TEXT", help="the maker's batch of these machines, for incidents"
    )
    _add_out(bundle)
    sign = _add(actions, "sign", _sign, "answer a device's request that came as a file")
    sign.add_argument("request", type=Path, metavar="REQUEST.json")
    _add_out(sign)
    issue = _add(actions, "issue", _issue, "make key and certificate of a broker or the desk")
    issue.add_argument("name", help=f"of the files; {DESK_NAME} is also the desk's name")
    issue.add_argument(
        "--host", action="append", help="a server's name or address; give it again for more"
    )
    issue.add_argument("--out", type=Path, required=True, metavar="FOLDER")
    listing = _add(actions, "list", _list, "show what was let in, until when, and what was not")
    listing.add_argument("--json", action="store_true")
    revoke = _add(actions, "revoke", _revoke, "take back a device, a bundle or a certificate")
    revoke.add_argument("number", metavar="NUMBER", help="as `list` shows it")
    revoke.add_argument("--because", default="", metavar="TEXT", help="for the list")
    crl = _add(actions, "crl", _crl, "write the list of what was revoked, for the broker")
    _add_out(crl)
    rotate = _add(actions, "rotate", _rotate, "make the desk's next keys, for all its devices")
    _add_out(rotate)


def _add(actions: Any, name: str, command: Any, summary: str) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = actions.add_parser(name, help=summary)
    parser.set_defaults(run=command)
    return parser


def _add_out(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--out", type=Path, metavar="FILE", help="write here instead of standard output"
    )


def _init(args: argparse.Namespace) -> int:
    config = startup.start_initialised(args.config).authority
    if config.sign_command:
        raise ConfigError(
            f"{args.config} [authority] sign_command names your own authority: take that line "
            "out to have a small one here"
        )
    from escalation.authority import register

    now = datetime.now(UTC)
    local_ca.create(config.folder, args.name, now)
    print(
        f"the authority is in {config.folder}: keep its backup where the desk's keys are\n"
        f"its list of what was revoked is {register.write_revocation_list(config, now)}"
    )
    return 0


def _bundle(args: argparse.Namespace) -> int:
    if args.device is not None and not DEVICE_ID.fullmatch(args.device):
        raise ConfigError(f"--device {args.device}: write 16 hexadecimal digits")
    for option, value, most in (("uses", args.uses, 100_000), ("days", args.days, 396)):
        if not 1 <= value <= most:
            raise ConfigError(f"--{option} {value}: choose a whole number from 1 to {most}")
    batch = _one_line("batch", args.batch)
    config = startup.start_initialised(args.config)
    from escalation import desk, desk_keys
    from escalation.authority import bundles
    from escalation.authority.signing import signer_of

    made = bundles.issue(
        desk=desk.identity(),
        desk_secret=desk_keys.load_secret(config.keys_folder),
        config=config.authority,
        signer=signer_of(config.authority),
        now=datetime.now(UTC),
        lasts=timedelta(days=args.days),
        uses_max=1 if args.device else args.uses,
        for_device=args.device,
        batch=batch,
    )
    _put(args.out, enrolment.write(made), secret=True)
    print(f"bundle {made.bundle_id}, until {made.expires_at:%Y-%m-%d}", file=sys.stderr)
    return 0


def _one_line(option: str, text: str | None) -> str | None:
    """Return ``text`` as a column keeps it, or raise ``ConfigError``."""
    if text is not None and not (text.isprintable() and 1 <= len(text.strip()) <= 64):
        raise ConfigError(f"--{option} {text!r}: write one line of 1 to 64 characters")
    return text and text.strip()


def _sign(args: argparse.Namespace) -> int:
    startup.start_initialised(args.config)
    from escalation.authority import enrolling
    from escalation.authority.signing import SigningFailed
    from escalation.authority.views import this_desk

    try:
        answer = enrolling.answer(_read(args.request), this_desk(), online=False)
    except (enrolling.Refused, SigningFailed) as error:
        raise ConfigError(f"{args.request}: {error}") from None
    _put(args.out, enrolment.write(answer))
    return 0


def _issue(args: argparse.Namespace) -> int:
    if not args.name.replace("-", "").replace("_", "").isalnum() or DEVICE_ID.fullmatch(
        args.name
    ):
        raise ConfigError(
            f"issue {args.name}: choose letters, digits, - and _; a device gets its "
            "certificate by `demitasse enroll` alone"
        )
    config = startup.start_initialised(args.config).authority
    if config.sign_command:
        raise ConfigError("[authority] sign_command names your own authority: ask it for this")
    ca, key, now = local_ca.load(config.folder), local_ca.new_key(), datetime.now(UTC)
    signed = (
        ca.sign_server(key.public_key(), args.host, now)
        if args.host
        else ca.sign_client(key.public_key(), args.name, now, local_ca.SERVICE_LASTS)
    )
    from escalation.authority.models import IssuedCertificate

    files = {
        args.out / "ca.crt": (local_ca.pem(ca.certificate), 0o644),
        args.out / f"{args.name}.crt": (local_ca.pem(signed), 0o644),
        args.out / f"{args.name}.key": (local_ca.key_pem(key), 0o600),
    }
    IssuedCertificate.objects.create(
        serial=f"{signed.serial_number:x}",
        name=args.name,
        issued_at=now,
        expires_at=signed.not_valid_after_utc,
    )
    try:
        args.out.mkdir(parents=True, exist_ok=True)
        for path, (data, mode) in files.items():
            local_ca.write_file(path, data, mode)
    except OSError as error:
        raise ConfigError(f"--out {args.out}: {error.strerror}") from None
    print("\n".join(map(str, files)))
    print(f"until {signed.not_valid_after_utc:%Y-%m-%d}", file=sys.stderr)
    return 0


def _list(args: argparse.Namespace) -> int:
    startup.start_initialised(args.config)
    from escalation.authority import register

    found = register.entries()
    now = datetime.now(UTC)
    if args.json:
        print(json.dumps([_plain(entry, now) for entry in found], indent=1))
    else:
        print("\n".join(_line(entry, now) for entry in found) or "nobody was let in yet")
    return 0


def _revoke(args: argparse.Namespace) -> int:
    config = startup.start_initialised(args.config).authority
    from escalation.authority import register

    now = datetime.now(UTC)
    kind = register.revoke(config.folder, args.number, args.because[:200], now)
    print(f"{kind} {args.number} is revoked")
    if kind != "bundle" and not config.sign_command:
        path = register.write_revocation_list(config, now)
        done = "published" if config.publish_command else "give it to the broker and reload it"
        print(f"{path}: {done}")
    return 0


def _crl(args: argparse.Namespace) -> int:
    config = startup.start_initialised(args.config).authority
    from escalation.authority import register

    path = register.write_revocation_list(config, datetime.now(UTC))
    _put(args.out, path.read_text(encoding="ascii"))
    return 0


def _rotate(args: argparse.Namespace) -> int:
    config = startup.start_initialised(args.config)
    from escalation.authority import rotation

    document = rotation.rotate(config.keys_folder, datetime.now(UTC))
    _put(args.out, enrolment.write(document))
    print(
        f"generation {document.serial} of the desk's keys: restart `demitasse-desk serve` now, "
        "and it tells every device",
        file=sys.stderr,
    )
    return 0


def _plain(entry: "Entry", now: datetime) -> dict[str, str]:
    return {
        "number": entry.name,
        "kind": entry.kind,
        "state": _state(entry, now),
        "since": entry.since.isoformat(),
        "until": entry.until.isoformat(),
        "note": entry.note,
    }


def _line(entry: "Entry", now: datetime) -> str:
    state = _state(entry, now)
    return (
        f"{entry.kind:8}{entry.name:34}{state:9}until {entry.until:%Y-%m-%d}  {entry.note}"
    ).rstrip()


def _state(entry: "Entry", now: datetime) -> str:
    if entry.revoked_at is not None:
        return "revoked"
    return "good" if now < entry.until else "ended"


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(enrolment.DOCUMENT_BYTES_MAX + 1)
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}") from None


def _put(path: Path | None, text: str, *, secret: bool = False) -> None:
    if path is None:
        print(text, end="")
        return
    try:
        local_ca.write_file(path, text.encode(), 0o600 if secret else 0o644)
    except OSError as error:
        raise ConfigError(f"--out {path}: {error.strerror}") from None

"""``demitasse consent``: what is allowed, saying yes, saying no, and the record to keep.

``grant`` and ``withdraw`` write the same lines into the owner's file that an editor would.
The device alone writes the ledger, within a second; ``withdraw`` leaves it word, so that a
no counts although a yes may follow before the device has looked.
"""

import argparse
import json
from datetime import UTC, datetime
from pathlib import Path

from agent import ledger
from agent.consents import consent_editor, consent_report
from agent.consents.consent_file import Purpose, Unreadable, read_consent_file
from agent.consents.consent_records import history
from agent.giving_back import beside
from agent.notices import shipped_notices
from agent.settings import load_settings
from wire.messages import Language
from wire.options import ConfigError

_PURPOSES = [*map(str, Purpose)]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the verbs."""
    verbs = parser.add_subparsers(metavar="VERB", required=True)
    showing = _verb(verbs, "show", "what is allowed right now, and why")
    showing.add_argument("--file", type=Path, metavar="CONSENT.toml")
    showing.add_argument("--at", metavar="TIME", help="at another time than now")
    showing.add_argument("--json", action="store_true")
    showing.set_defaults(verb=_show)
    granting = _verb(verbs, "grant", "say yes to one purpose, after reading its notice")
    granting.add_argument("purpose", choices=_PURPOSES)
    granting.add_argument("--lang", choices=[*map(str, Language)])
    granting.add_argument(
        "--i-have-read",
        metavar="ID",
        help="the id at the end of the notice; asked for if absent",
    )
    granting.set_defaults(verb=_grant)
    withdrawing = _verb(verbs, "withdraw", "say no to one purpose, with effect at once")
    withdrawing.add_argument("purpose", choices=_PURPOSES)
    withdrawing.set_defaults(verb=_withdraw)
    recording = _verb(verbs, "record", "the consent record of each purpose, ISO/IEC TS 27560")
    recording.add_argument("--json", action="store_true", help="all of it, to keep or pass on")
    recording.set_defaults(verb=_record)


def run(args: argparse.Namespace) -> int:
    """Do what the verb says."""
    return int(args.verb(args))


def _show(args: argparse.Namespace) -> int:
    settings = load_settings(args.config) if args.file is None else None
    return consent_report.show(args, settings)


def _grant(args: argparse.Namespace) -> int:
    settings = load_settings(args.config)
    file = settings.consent_file
    purpose, language = Purpose(args.purpose), _language(args, file)
    notice = next(n for n in shipped_notices()[purpose] if n.language is language)
    said = args.i_have_read
    if said is None:
        print(f'{notice.text}\ni_have_read = "{notice.id}"\n', flush=True)
        said = _typed("To say yes, type the last eight characters of that line: ")
        said = notice.id if said == notice.sha256[:8] else said
    if said != notice.id:
        raise ConfigError(
            f"that is not the id of today's notice for {purpose}: nothing was changed; "
            f"read it with `demitasse notice {purpose} --lang {language}`"
        )
    consent_editor.grant(file, purpose, language)
    beside.renew_if_ended(settings, purpose, datetime.now(UTC))
    print(f"{purpose}: on. `demitasse consent withdraw {purpose}` takes it back.")
    return 0


def _typed(question: str) -> str:
    try:
        return input(question).strip()
    except EOFError:
        return ""


def _withdraw(args: argparse.Namespace) -> int:
    settings = load_settings(args.config)
    purpose = Purpose(args.purpose)
    beside.withdraw(settings, purpose, datetime.now(UTC))
    print(f"{purpose}: off.")
    return 0


def _record(args: argparse.Namespace) -> int:
    settings = load_settings(args.config)
    now = datetime.now(UTC)
    if args.json:
        records = beside.records_of(settings, now)
        print(json.dumps(records, ensure_ascii=False, indent=2))
        return 0
    with beside.store_of(settings) as store:
        rows = list(ledger.rows(store.reading()))
    for purpose in Purpose:
        last = history(rows, purpose, now).events[-1]
        state = last.state.removeprefix("dpv:Consent").removeprefix("dpv:")
        print(f"{purpose:<22}  {state}, {last.at:%Y-%m-%d %H:%M} UTC")
    return 0


def _language(args: argparse.Namespace, file: Path) -> Language:
    if args.lang:
        return Language(args.lang)
    read = read_consent_file(file)
    return Language.EN if isinstance(read, Unreadable) else read.language


def _verb(
    verbs: "argparse._SubParsersAction[argparse.ArgumentParser]", name: str, summary: str
) -> argparse.ArgumentParser:
    return verbs.add_parser(name, help=summary, description=f"{summary.capitalize()}.")

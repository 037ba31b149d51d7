"""``demitasse enroll``: give this device to its desk, or tell it the desk's next keys."""

import argparse
from datetime import UTC, datetime
from pathlib import Path

from agent.durable_file import write_durably
from agent.giving_back import quiet
from agent.identity import enrolment
from agent.identity.desk_pin import NotFollowed, read_pinned_desk
from agent.identity.enrolment import NotEnrolled, read_document
from agent.identity.enrolment_line import BrokerRefuses, DeskAway, DeskRefuses
from agent.identity.key_files import device_keys
from agent.settings import AgentSettings, load_settings
from wire import enrolment as documents
from wire.enrolment import Bundle, Certificate, Document, NextDeskKeys
from wire.options import ConfigError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the bundle, and the two files of a desk that cannot be reached."""
    parser.add_argument(
        "bundle", type=Path, metavar="BUNDLE.json", help="or the file of a desk's next keys"
    )
    by_file = parser.add_mutually_exclusive_group()
    by_file.add_argument(
        "--request", type=Path, metavar="FILE", help="ask nobody: write the request here"
    )
    by_file.add_argument(
        "--answer", type=Path, metavar="FILE", help="what the desk made of that request"
    )


def run(args: argparse.Namespace) -> int:
    """Do what the kind of the file asks for."""
    settings = load_settings(args.config)
    state_dir = settings.state_dir
    if quiet.lasts(state_dir):
        # Nobody gives it away again behind the back of whoever had it forget everything.
        raise ConfigError(
            "everything was forgotten here, and this device stays quiet: whoever lives here "
            "lets it begin again with `demitasse begin`"
        )
    document = read_document(args.bundle)
    try:
        match document:
            case NextDeskKeys():
                print(_follow(state_dir, document))
            case Bundle() if args.request is not None:
                print(_request(state_dir, document, args))
            case Bundle():
                print(_enroll(settings, document, args))
            case _:
                raise ConfigError(
                    f"{args.bundle}: is {_kind(document)}; give the bundle, and this file as "
                    "--answer"
                )
    except (NotEnrolled, NotFollowed, DeskAway, DeskRefuses, BrokerRefuses) as error:
        raise ConfigError(f"{args.bundle}: {error}") from None
    return 0


def _follow(state_dir: Path, document: NextDeskKeys) -> str:
    pinned = read_pinned_desk(state_dir)
    if pinned is None:
        raise NotFollowed("this device has no desk yet; enroll it with a bundle first")
    news = pinned.follow(document, datetime.now(UTC))
    known = "now knows" if news else "knew already"
    return f"this device {known} generation {document.serial} of its desk's keys"


def _request(state_dir: Path, bundle: Bundle, args: argparse.Namespace) -> str:
    request = enrolment.write_request(state_dir, bundle, datetime.now(UTC))
    try:
        write_durably(args.request, documents.write(request))
    except OSError as error:
        raise ConfigError(f"--request {args.request}: {error.strerror}") from None
    return (
        f"carry {args.request} to the desk, have it answered there with "
        f"`demitasse-desk authority sign`, and come back with --answer"
    )


def _enroll(settings: AgentSettings, bundle: Bundle, args: argparse.Namespace) -> str:
    answer = None
    if args.answer is not None:
        found = read_document(args.answer)
        if not isinstance(found, Certificate):
            raise ConfigError(
                f"{args.answer}: is {_kind(found)}; give what `demitasse-desk authority sign` "
                "wrote"
            )
        answer = found
    elif not bundle.enrol_url:
        raise NotEnrolled(
            "the bundle names no address to ask; run again with --request FILE, and carry that "
            "file to the desk"
        )
    shown = enrolment.enroll(settings, bundle, datetime.now(UTC), answer)
    device = device_keys(settings.state_dir).device_id
    return f"device {device} now knows its desk; {shown}"


def _kind(document: Document) -> str:
    words = document.kind.value.removeprefix("demitasse ").rpartition(" ")[0]
    return f"an {words}" if words[0] in "aeiou" else f"a {words}"

"""``demitasse status``: what is known at home, in a glance."""

import argparse
import json
from datetime import UTC, datetime

from agent.commands.forget import language_of
from agent.disk import Disk, look
from agent.errors import StoreError
from agent.giving_back.home_report import HomeReport, report
from agent.page import at_home
from agent.page.phrases import say
from agent.settings import AgentSettings, load_settings
from wire.schema import JSON


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the choice between words and JSON."""
    parser.add_argument("--json", action="store_true")


def run(args: argparse.Namespace) -> int:
    """Print concerns, what was sent, what came back, and where the page is."""
    settings = load_settings(args.config)
    disk = look(settings.state_dir)
    found = _found(settings, disk)
    page = at_home.read(settings.state_dir, datetime.now(UTC))
    if args.json:
        beside: dict[str, JSON] = {"disk": str(disk), "page": _plain(page)}
        print(json.dumps(found.plain | beside, ensure_ascii=False))
    else:
        first = [] if disk is Disk.FINE else [say(f"disk_{disk}", language_of(settings)), ""]
        print("\n".join([*first, *found.lines, "", *_lines(page, settings)]))
    return 0


def _found(settings: AgentSettings, disk: Disk) -> HomeReport:
    try:
        return report(settings)
    except StoreError as error:
        if disk is Disk.FINE:
            raise
        # The disk is why, and that is said first.
        return HomeReport(plain={"store": str(error)}, lines=(str(error),))


def _plain(page: at_home.AtHome) -> dict[str, JSON]:
    since = page.paired_since
    return {
        "address": page.address,
        "fingerprint_sha256": page.fingerprint,
        "paired_since": since.isoformat() if since else None,
    }


def _lines(page: at_home.AtHome, settings: AgentSettings) -> list[str]:
    language = language_of(settings)
    lines = [say("status_home", language, address=page.address)]
    if page.fingerprint:
        lines.append(f"{say('from_home_print', language)} {page.fingerprint}")
    if page.paired_since:
        lines.append(say("status_paired", language))
    return lines

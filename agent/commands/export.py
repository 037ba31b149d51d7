"""``demitasse export FOLDER``: take everything away, to read and to use elsewhere.

The desk's part is asked for at the same time; it comes over the sealed channel, in the slots
in which everything travels. The copy is made at once with what is here, and says from when
the desk's part is; ``--wait`` makes it once the desk has answered.
"""

import argparse
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from agent.asking.errands import Kind
from agent.giving_back import beside, desk_part, desk_words, exporting
from agent.giving_back.desk_part import DeskPart, Standing
from agent.settings import AgentSettings, load_settings
from wire.options import ConfigError

STILL_FRESH = timedelta(minutes=15)
"""An answer of the desk that is younger is not asked for again."""
LOOKS_EVERY_S = 1.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the folder, and how long the desk may take."""
    parser.add_argument("folder", type=Path, metavar="FOLDER")
    parser.add_argument(
        "--wait",
        type=float,
        default=0.0,
        metavar="MINUTES",
        help="how long to wait for the desk’s part (default: not at all)",
    )


def run(args: argparse.Namespace) -> int:
    """Write JSON, CSV and a page to read into the folder."""
    settings = load_settings(args.config)
    part = _ask(settings, timedelta(minutes=args.wait))
    export = exporting.everything(settings, datetime.now(UTC))
    try:
        written = exporting.write(args.folder, export)
    except OSError as error:
        raise ConfigError(
            f"{args.folder}: {error.strerror}; name a folder that you may write into"
        ) from None
    print(f"{len(written)} files in {args.folder}; begin with {args.folder / 'index.html'}")
    contact = settings.operator.contact
    print(
        desk_words.wished(export.language)
        if part is None
        else desk_words.stands(part, export.language, contact=contact)
    )
    return 0


def _ask(settings: AgentSettings, patience: timedelta) -> DeskPart | None:
    """Ask for the desk's part, unless it is not needed; return how it stands.

    ``None``: the device was asked to ask, and nothing has come of it yet.
    """
    before = _kept(settings)
    now = datetime.now(UTC)
    fresh = before.made_at is not None and now - before.made_at < STILL_FRESH
    if fresh or before.standing is Standing.NOTHING_SENT:
        return before
    waits = before.standing is Standing.ASKED
    if not waits:
        beside.leave(settings, Kind.GIVE_BACK, now)
    deadline = time.monotonic() + patience.total_seconds()
    while time.monotonic() < deadline:
        part = _kept(settings)
        if part.standing is not Standing.ASKED and (waits or part.asked_at != before.asked_at):
            return part
        time.sleep(LOOKS_EVERY_S)
    return before if waits else None


def _kept(settings: AgentSettings) -> DeskPart:
    with beside.store_of(settings) as store:
        return desk_part.kept(store.reading())

"""``demitasse begin``: let a device that has forgotten everything begin again, as new.

Everything is off then, and it belongs to no desk, as on its first day.
"""

import argparse

from agent.commands.forget import language_of
from agent.giving_back import quiet
from agent.giving_back.home_phrases import SAYINGS, Say
from agent.settings import load_settings
from wire.words import typeset


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add nothing: there is one way to begin."""


def run(args: argparse.Namespace) -> int:
    """End the quiet; the device notices within a second."""
    settings = load_settings(args.config)
    language = language_of(settings)
    was_quiet = quiet.end(settings.state_dir)
    said = Say.BEGINS_AGAIN if was_quiet else Say.WAS_NOT_QUIET
    print(typeset(SAYINGS[language][said], language))
    return 0

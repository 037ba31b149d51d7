"""``demitasse withheld``: what is not shown to you, why, and how to object."""

import argparse

from agent.consents.consent_file import ConsentFile, read_consent_file
from agent.giving_back.withheld import register
from agent.settings import load_settings
from wire.messages import Language


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the language."""
    parser.add_argument("--lang", choices=[*map(str, Language)])


def run(args: argparse.Namespace) -> int:
    """Print the register."""
    file = read_consent_file(load_settings(args.config).consent_file)
    of_file = file.language if isinstance(file, ConsentFile) else Language.EN
    language = Language(args.lang) if args.lang else of_file
    for one in register(language):
        print(f"- {one.what}\n  {one.why}\n  {one.object_how}")
    return 0

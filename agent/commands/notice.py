"""``demitasse notice``: the text that explains a purpose, and the line that confirms it."""

import argparse

from agent.consents.consent_file import Purpose
from agent.notices import shipped_notices
from wire.messages import Language


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add purpose and language."""
    parser.add_argument("purpose", choices=[*map(str, Purpose)])
    parser.add_argument("--lang", choices=[*map(str, Language)], default=str(Language.EN))


def run(args: argparse.Namespace) -> int:
    """Print the text, and below it the line to copy."""
    found = shipped_notices()[Purpose(args.purpose)]
    text = next(notice for notice in found if notice.language == args.lang)
    print(f'{text.text}\ni_have_read = "{text.id}"')
    return 0

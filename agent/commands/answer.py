"""``demitasse answer``: the owner's answer to the question that waits at home."""

import argparse
from datetime import UTC, datetime

from agent import memory
from agent.asking.answers import Answer
from agent.asking.concerns import SENT, State
from agent.assembly import store_file
from agent.consents.consent_file import ConsentFile, read_consent_file
from agent.giving_back.home_phrases import ANSWERS, SAYINGS, THANKS, Say
from agent.settings import load_settings
from agent.store import Store
from wire.messages import Language
from wire.words import typeset


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the words that can be said."""
    spoken = ANSWERS[Language.EN]
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = "\n".join(f"  {word:<20}  {spoken[word]}" for word in Answer)
    parser.add_argument("word", choices=[*Answer], help="what you want to say; see below")


def run(args: argparse.Namespace) -> int:
    """Leave the answer for the device, which acts on it within a second."""
    settings = load_settings(args.config)
    file = read_consent_file(settings.consent_file)
    lang = file.language if isinstance(file, ConsentFile) else Language.EN
    store = Store(store_file(settings), mend=False)
    try:
        concern = memory.open_concern(store.reading())
        if concern is None or concern.state is State.NOTICED:
            print(typeset(SAYINGS[lang][Say.NO_QUESTION], lang))
            return 0
        with store.transaction() as db:
            memory.ask(db, args.word, datetime.now(UTC))
    finally:
        store.close()
    print(typeset(THANKS[lang][args.word], lang))
    if concern.state in SENT:
        print(typeset(SAYINGS[lang][Say.DESK_IS_TOLD], lang))
    return 0

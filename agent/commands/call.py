"""``demitasse call-me``: ask for a call, as a long press on the button does.

It goes at once, whatever the consent file says: it is consent for that one call.
"""

import argparse
from datetime import UTC, datetime

from agent.asking.errands import Kind
from agent.consents.consent_file import ConsentFile, read_consent_file
from agent.giving_back import beside
from agent.settings import load_settings
from wire.messages import Language

_TEXTS = {
    Language.EN: "Your wish is on its way. This is no emergency service: in an emergency call "
    "112 now.",
    Language.FR: "Votre demande part. Ce n’est pas un service d’urgence\N{NO-BREAK SPACE}: en "
    "cas d’urgence, appelez le 112 ou le 15 maintenant.",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add nothing: it is meant to be short."""


def run(args: argparse.Namespace) -> int:
    """Leave the wish for the device."""
    settings = load_settings(args.config)
    beside.leave(settings, Kind.HELP, datetime.now(UTC))
    file = read_consent_file(settings.consent_file)
    print(_TEXTS[file.language if isinstance(file, ConsentFile) else Language.EN])
    return 0

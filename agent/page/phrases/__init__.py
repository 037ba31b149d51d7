"""What the owner's page says, in English and in French: one table a page.

Plain tables; French spaces are ordinary there and are set by ``say``. The page never says a
score of a person, a cause or a mood.
"""

from collections.abc import Mapping

from agent.page.phrases import choices, every_page, home, mine, routine, sent, today
from wire.messages import Language
from wire.words import typeset

ROOMS = (every_page, today, routine, sent, choices, mine, home)

TEXTS: Mapping[Language, Mapping[str, str]] = {
    language: {key: text for room in ROOMS for key, text in room.TEXTS[language].items()}
    for language in Language
}


def say(key: str, language: Language, **values: object) -> str:
    """Return one sentence; what people wrote is put in after the spaces are set."""
    return typeset(TEXTS[language][key], language).format(**values)

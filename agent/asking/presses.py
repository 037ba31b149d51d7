"""What a press of the owner's button means: one table, by what the light was showing.

A short press answers a question, and only while the light asks one. A long press asks for a
call whatever the light shows. A very long one opens the owner's page to the home network
(``agent.page.doorway``); it can never become a call on its way, because nothing counts
before the finger has left and the light has said what that will mean.
"""

from collections.abc import Mapping
from enum import StrEnum

from wire.owner import Light, Press, Pressed


class Meaning(StrEnum):
    """What the owner wants."""

    NOTHING = "nothing"
    FINE = "fine"
    CALL_ME = "call_me"
    OPEN_PAGE = "open_page"


MEANINGS: Mapping[tuple[Light, Press], Meaning] = {
    (Light.OFF, Press.SHORT): Meaning.NOTHING,
    (Light.BREATHING, Press.SHORT): Meaning.FINE,
    (Light.COUNTING, Press.SHORT): Meaning.NOTHING,
    (Light.ON, Press.SHORT): Meaning.NOTHING,
    (Light.TROUBLE, Press.SHORT): Meaning.NOTHING,
    **{(light, Press.LONG): Meaning.CALL_ME for light in Light},
    **{(light, Press.VERY_LONG): Meaning.OPEN_PAGE for light in Light},
}


def meaning_of(pressed: Pressed) -> Meaning:
    """Return what a press means."""
    return MEANINGS[pressed.light, pressed.press]

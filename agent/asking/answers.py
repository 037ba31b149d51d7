"""What the owner can answer to a question, and what each answer teaches.

Every answer ends the question, and nothing leaves the house. Only two of them change what
the device takes as usual, because only they say something about the routine:

=======================  ==========================================================
answer                   what it says, and what is learned
=======================  ==========================================================
``fine``                 all is well: nothing, a decline does not become normal
``knew``                 I know, I meant it so: nothing
``not_noticed``          I had not noticed: nothing
``not_me``               it was not me, guests: those days are set aside as unseen
``thats_how_it_is_now``  that is how it is now: the new habit becomes the usual
=======================  ==========================================================

A word that is not in the table, of an older or newer version, ends the question and teaches
nothing.
"""

from collections.abc import Mapping
from enum import StrEnum


class Answer(StrEnum):
    """The owner's word; also what ``demitasse answer`` takes."""

    FINE = "fine"
    KNEW = "knew"
    NOT_NOTICED = "not_noticed"
    NOT_ME = "not_me"
    """Guests were here, somebody else made the coffee, the machine stood elsewhere."""
    NEW_NORMAL = "thats_how_it_is_now"


class Lesson(StrEnum):
    """What an answer does to the routine."""

    NOTHING = "nothing"
    SET_ASIDE = "set_aside"
    ACCEPT = "accept"


LESSONS: Mapping[str, Lesson] = {
    Answer.FINE: Lesson.NOTHING,
    Answer.KNEW: Lesson.NOTHING,
    Answer.NOT_NOTICED: Lesson.NOTHING,
    Answer.NOT_ME: Lesson.SET_ASIDE,
    Answer.NEW_NORMAL: Lesson.ACCEPT,
}


def lesson_of(word: str) -> Lesson:
    """Return what ``word`` teaches."""
    return LESSONS.get(word, Lesson.NOTHING)

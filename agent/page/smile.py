"""What the page begins with: something worth a smile, and never a score of anybody.

A birthday that the owner wrote down, a round number of coffees, a line from the owner to
themselves; else a plain kind word. Values in, words out.
"""

from calendar import isleap
from datetime import date

from agent.consents.consent_file import ConsentFile
from agent.page.household import Household
from agent.page.phrases import say

ROUND = 100
SHOWN_FOR = 3
"""So many coffees long a round number is still news."""


def greeting(home: Household) -> str:
    """Return the first sentence of the page."""
    file = home.file if isinstance(home.file, ConsentFile) else None
    name = file.call_me if file else ""
    lang = home.language
    hello = say("hello", lang, name=name) if name else say("hello_nobody", lang)
    if file and file.birthday and is_birthday(file.birthday, home.now.astimezone(home.zone)):
        return f"{hello} {say('birthday', lang)}"
    if home.brews >= ROUND and home.brews % ROUND < SHOWN_FOR:
        return f"{hello} {say('milestone', lang, n=home.brews // ROUND * ROUND)}"
    return hello if own_line(home) else f"{hello} {say('warm', lang)}"


def own_line(home: Household) -> str:
    """Return the line that the owner wrote for themselves, or nothing."""
    return home.file.own_line if isinstance(home.file, ConsentFile) else ""


def is_birthday(birthday: tuple[int, int], today: date) -> bool:
    """Tell whether today is the day; who was born on 29 February has the 28th otherwise."""
    if birthday == (29, 2) and not isleap(today.year):
        birthday = (28, 2)
    return (today.day, today.month) == birthday

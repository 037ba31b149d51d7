"""Who may look at the page from the home network, and for how long.

1. Nobody, unless the button beside the machine was pressed for five seconds: an *opening* of
   ten minutes (``opening``).
2. Then one browser, by the numbers that the light counts: whoever cannot see the light does
   not know them. Three wrong ones end the opening. So does the browser that is let in.
3. A browser that was let in before needs no numbers, but the press: the network reaches
   this page only after somebody has stood at the machine.
4. It may go on for ten minutes after the last look, and for an hour at most after a press.

Elapsed time is counted on the clock that never steps. Several requests may be answered at
once: each takes its turn here.
"""

import re
import secrets
import threading
from collections.abc import Callable
from datetime import datetime
from enum import StrEnum
from http.cookies import CookieError, SimpleCookie
from pathlib import Path

from agent.page import opening, pairing
from agent.page.gate import form_token, is_form_token
from agent.page.opening import OPEN_S, Answer, Opening

COOKIE = "__Host-demitasse"
"""The prefix makes the browser itself insist on TLS, and on this very host."""
ASKING_COOKIE = "__Host-demitasse_asking"
USED_S_MAX = 3600.0


class Tried(StrEnum):
    """What became of numbers that somebody wrote."""

    LET_IN = "let_in"
    UNREADABLE = "unreadable"
    """Not five numbers from one to five: a slip, and no guess."""
    WRONG = "wrong"
    SHUT = "shut"


class HomeGate:
    """The door of one page to the home network."""

    def __init__(
        self,
        folder: Path,
        *,
        key: str,
        clock: Callable[[], datetime],
        elapsed_s: Callable[[], float] = opening.boottime_s,
    ) -> None:
        self._folder = folder
        self._key = key
        self._clock = clock
        self._elapsed_s = elapsed_s
        self._turn = threading.RLock()
        self._used_until_s = 0.0
        """Until when the browser that is in may go on without another press."""
        self._out_at_s = 0.0
        self._begun = ""
        """The opening that those two belong to."""

    # ------------------------------------------------------------------------- the opening

    def is_open(self) -> bool:
        """Tell whether anybody at all can be answered."""
        with self._turn:
            now_s = self._elapsed_s()
            return now_s < self._used_until_s or self._opening() is not None

    def lets_in(self) -> Opening | None:
        """Return the opening in which a browser can still be let in."""
        with self._turn:
            found = self._opening()
            over = found is None or opening.read_answer(self._folder, found).over
            return None if over else found

    def tries_left(self) -> int:
        """Return how many wrong numbers the opening still forgives."""
        found = self.lets_in()
        wrong = opening.read_answer(self._folder, found).wrong if found else opening.WRONG_MAX
        return opening.WRONG_MAX - wrong

    def try_numbers(self, text: str) -> tuple[Tried, str]:
        """Compare what somebody wrote; return the outcome, and a browser's new secret."""
        numbers = tuple(int(digit) for digit in re.findall(r"[0-9]", text[:80]))
        with self._turn:
            found = self.lets_in()
            if found is None:
                return Tried.SHUT, ""
            possible = set(range(1, opening.HIGHEST + 1))
            if len(numbers) != len(found.numbers) or not possible.issuperset(numbers):
                return Tried.UNREADABLE, ""
            before = opening.read_answer(self._folder, found)
            right = secrets.compare_digest(bytes(numbers), bytes(found.numbers))
            # Written first: a guess that was cut off by a restart counts.
            wrong = before.wrong + (not right)
            opening.write_answer(self._folder, Answer(id=found.id, wrong=wrong, let_in=right))
            if not right:
                return Tried.WRONG, ""
            self._begin(found)
            return Tried.LET_IN, pairing.pair(self._folder, self._clock())

    # ------------------------------------------------------------------------ the browsers

    def session(self, cookies: str | None) -> str | None:
        """Return the session of the browser that was let in, or ``None``."""
        secret = cookie_of(cookies, COOKIE)
        with self._turn:
            known = pairing.paired(self._folder, self._clock())
            if not secret or known is None or not known.is_of(secret):
                return None
            now_s = self._elapsed_s()
            found = self._opening()
            if found is not None:
                self._recognise(found)
            elif now_s >= self._used_until_s:
                return None
            self._used_until_s = min(now_s + OPEN_S, self._out_at_s)
            return secret

    def asking(self, cookies: str | None) -> str | None:
        """Return who is asking to be let in, so that no other site can ask for them."""
        return cookie_of(cookies, ASKING_COOKIE)

    def token(self, session: str) -> str:
        """Return what every form of this session carries."""
        return form_token(self._key, f"home {session}")

    def is_own_form(self, session: str, token: str) -> bool:
        """Tell whether a form was made by this page for this session."""
        return is_form_token(self._key, f"home {session}", token)

    # ------------------------------------------------------------------------------- parts

    def _opening(self) -> Opening | None:
        return opening.read_opening(self._folder, self._elapsed_s())

    def _recognise(self, found: Opening) -> None:
        """The browser of before is here again: nobody else is let in by this press."""
        answer = opening.read_answer(self._folder, found)
        if not answer.over:
            let_in = Answer(id=found.id, wrong=answer.wrong, let_in=True)
            opening.write_answer(self._folder, let_in)
        # A stranger's wrong numbers end the letting in, and not what the owner pressed for.
        if found.id != self._begun:
            self._begin(found)

    def _begin(self, found: Opening) -> None:
        self._begun = found.id
        self._out_at_s = found.until_s - OPEN_S + USED_S_MAX
        self._used_until_s = min(self._elapsed_s() + OPEN_S, self._out_at_s)


def cookie_of(cookies: str | None, name: str) -> str | None:
    """Return the value of one cookie, or ``None``."""
    try:
        morsel = SimpleCookie(cookies or "").get(name)
    except CookieError:
        return None
    return morsel.value if morsel and morsel.value else None


def session_cookie(secret: str) -> str:
    """Return the ``Set-Cookie`` header of the browser that was let in."""
    age_s = int(pairing.PAIRED_FOR.total_seconds())
    return f"{COOKIE}={secret}; Path=/; Max-Age={age_s}; Secure; HttpOnly; SameSite=Strict"


def asking_cookie() -> tuple[str, str]:
    """Return a new name for somebody who asks to be let in, and its ``Set-Cookie`` header."""
    asking = secrets.token_urlsafe(16)
    age = f"Max-Age={OPEN_S:.0f}"
    return asking, f"{ASKING_COOKIE}={asking}; Path=/; {age}; Secure; HttpOnly; SameSite=Strict"

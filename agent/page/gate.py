"""Who may look at the page: pure answers about headers, keys and forms.

1. The Host header is one of this page's own names: a web site that made a name of its own
   point here (DNS rebinding) gets nothing.
2. A browser has been let in with the key that ``demitasse page`` prints, and carries a
   session cookie that other sites cannot send (SameSite=Strict) and scripts cannot read.
3. Every form carries a token of that session, so no other page can post in its name.

The key is in a file that only the user of the device can read. Sessions are remembered
nowhere: the cookie proves itself.
"""

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie
from pathlib import Path

from agent.durable_file import write_durably

COOKIE = "demitasse_page"
KEY_FILE = "page.key"
SESSION_S = 30 * 24 * 3600


def page_key(state_dir: Path) -> str:
    """Return the key of this page; make it the first time."""
    file = state_dir / KEY_FILE
    if not file.exists():
        state_dir.mkdir(parents=True, exist_ok=True)
        write_durably(file, secrets.token_urlsafe(24))
    return file.read_text(encoding="ascii").strip()


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """The door of one page."""

    key: str
    hosts: frozenset[str]
    """``Host`` headers that are meant for this page."""

    def knows_host(self, host: str | None) -> bool:
        """Tell whether a request was meant for this page."""
        return host is not None and host.lower() in self.hosts

    def opens(self, offered: str) -> bool:
        """Tell whether ``offered`` is the key."""
        return hmac.compare_digest(offered.encode(), self.key.encode())

    def new_cookie(self) -> str:
        """Return the ``Set-Cookie`` header of a browser that has shown the key."""
        session = secrets.token_urlsafe(16)
        value = f"{session}.{signed(self.key, 'session', session)}"
        return f"{COOKIE}={value}; Path=/; Max-Age={SESSION_S}; HttpOnly; SameSite=Strict"

    def session(self, cookies: str | None) -> str | None:
        """Return the session that the ``Cookie`` header proves, or ``None``."""
        try:
            morsel = SimpleCookie(cookies or "").get(COOKIE)
        except CookieError:
            return None
        session, _, proof = (morsel.value if morsel else "").partition(".")
        genuine = hmac.compare_digest(
            proof.encode(), signed(self.key, "session", session).encode()
        )
        return session if session and genuine else None

    def token(self, session: str) -> str:
        """Return what every form of this session carries."""
        return form_token(self.key, session)

    def is_own_form(self, session: str, token: str) -> bool:
        """Tell whether a form was made by this page for this session."""
        return is_form_token(self.key, session, token)


def form_token(key: str, session: str) -> str:
    """Return what every form of ``session`` carries."""
    return signed(key, "form", session)


def is_form_token(key: str, session: str, token: str) -> bool:
    """Tell whether a form was made by this page for ``session``."""
    return hmac.compare_digest(token.encode(), form_token(key, session).encode())


def signed(key: str, what: str, value: str) -> str:
    """Return a proof that whoever holds ``key`` has said ``value``."""
    return hmac.new(key.encode(), f"{what}\0{value}".encode(), hashlib.sha256).hexdigest()

"""A request in, a response out: the owner's page on the home network, without any HTTP.

Whoever was let in finds the same page as on the device itself. Whoever was not finds one
form for five numbers, and only while the light counts them.
"""

import re
from collections.abc import Callable
from datetime import UTC, datetime

from agent.commands import forget
from agent.page import door
from agent.page.exchange import Request, Response, html, see
from agent.page.home_gate import HomeGate, Tried, asking_cookie, session_cookie
from agent.page.inside import Inside, simple
from agent.page.site import same_for_all
from agent.settings import AgentSettings
from wire.messages import Language

HTTPS_PORT = 443
_NUMBERED = re.compile(r"-\d{1,3}(\.local)$", re.ASCII)
"""What the home network's name service makes of a name that two devices want."""


class HomeSite:
    """The page of one device, for the home network."""

    def __init__(
        self,
        settings: AgentSettings,
        gate: HomeGate,
        *,
        names: frozenset[str],
        port: int,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._settings = settings
        self._gate = gate
        self._names = names
        self._port = port
        self._inside = Inside(settings, gate, clock)

    def answer(self, request: Request) -> Response:
        """Answer one request. Raises for nothing that a browser can send."""
        if (same := same_for_all(request, known=self._is_meant(request))) is not None:
            return same
        if (session := self._gate.session(request.cookies)) is not None:
            return self._inside.answer(request, session)
        if self._gate.lets_in() is None:
            return simple(self._settings, 403, "shut")
        if request.method == "POST":
            return self._try(request)
        return self._ask(request)

    def _is_meant(self, request: Request) -> bool:
        """Tell whether this page was meant, by a name of its own or by its address.

        A web site that makes a name of its own point here (DNS rebinding) sends that name.
        """
        name, _, port = (request.host or "").lower().partition(":")
        name = _NUMBERED.sub(r"\1", name)
        meant_port = port == str(self._port) or (not port and self._port == HTTPS_PORT)
        return meant_port and (name in self._names or (bool(name) and name == request.here))

    def _ask(self, request: Request, problem: str = "", *, status: int = 200) -> Response:
        asking, cookie = self._gate.asking(request.cookies), ""
        if asking is None:
            asking, cookie = asking_cookie()
        page = door.page(
            self._language(request),
            token=self._gate.token(asking),
            tries_left=self._gate.tries_left(),
            problem=problem,
        )
        headers = {"Set-Cookie": cookie} if cookie else {}
        return html(page, status=status, headers=headers)

    def _try(self, request: Request) -> Response:
        form, asking = request.form(), self._gate.asking(request.cookies)
        own = asking is not None and self._gate.is_own_form(asking, form.get("token", ""))
        if request.path != "/pair" or not own:
            return simple(self._settings, 403, "wrong")
        tried, secret = self._gate.try_numbers(form.get("numbers", ""))
        match tried:
            case Tried.LET_IN:
                return see("/", {"Set-Cookie": session_cookie(secret)})
            case Tried.UNREADABLE:
                return self._ask(request, "not_numbers", status=422)
            case Tried.WRONG if self._gate.lets_in() is not None:
                return self._ask(request, "wrong_numbers", status=422)
        return simple(self._settings, 403, "shut")

    def _language(self, request: Request) -> Language:
        wanted = request.query.get("in") or request.form().get("in", "")
        return (
            Language(wanted) if wanted in set(Language) else forget.language_of(self._settings)
        )

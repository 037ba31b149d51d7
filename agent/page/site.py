"""A request in, a response out: the owner's page on this computer, without any HTTP."""

from collections.abc import Callable
from datetime import UTC, datetime
from importlib.resources import files

from agent.page.exchange import Request, Response, see
from agent.page.gate import Gate
from agent.page.inside import Inside, simple
from agent.settings import AgentSettings

_SHIPPED = {"/style.css": "text/css; charset=utf-8", "/cup.svg": "image/svg+xml"}
"""What everybody may see, because it says nothing."""


class Site:
    """The page of one device."""

    def __init__(
        self,
        settings: AgentSettings,
        gate: Gate,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._settings = settings
        self._gate = gate
        self._inside = Inside(settings, gate, clock)

    def answer(self, request: Request) -> Response:
        """Answer one request. Raises for nothing that a browser can send."""
        known = self._gate.knows_host(request.host)
        if (same := same_for_all(request, known=known)) is not None:
            return same
        if request.method != "POST" and (offered := request.query.get("key")):
            return self._let_in(offered)
        session = self._gate.session(request.cookies)
        if session is None:
            return simple(self._settings, 403, "locked")
        return self._inside.answer(request, session)

    def _let_in(self, key: str) -> Response:
        if not self._gate.opens(key):
            return simple(self._settings, 403, "locked")
        return see("/", {"Set-Cookie": self._gate.new_cookie()})


def same_for_all(request: Request, *, known: bool) -> Response | None:
    """Return the answer that depends on nobody, or ``None`` where it matters who asks.

    ``known`` tells whether the request names this page as its host.
    """
    if not known:
        return Response(status=421, body=b"this page has another name", kind="text/plain")
    if request.method not in ("GET", "HEAD", "POST"):
        return Response(status=405, headers={"Allow": "GET, HEAD, POST"})
    if (kind := _SHIPPED.get(request.path)) is not None:
        return Response(status=200, body=_shipped(request.path[1:]), kind=kind)
    return None


def _shipped(name: str) -> bytes:
    return files("agent.page").joinpath(name).read_bytes()

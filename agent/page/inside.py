"""What whoever was let in can see and do, whichever door it came through.

Looking changes nothing; whatever changes something is a POST with the session's token, and
ends in a redirect, so that going back or loading again repeats nothing.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Protocol

from agent.commands import forget
from agent.consents.consent_editor import NotEdited
from agent.disk import Disk, look
from agent.errors import StoreError
from agent.page.exchange import Request, Response, see
from agent.page.forms import Forms
from agent.page.frame import plain_page
from agent.page.looking import Looking
from agent.page.phrases import say
from agent.settings import AgentSettings


class FormGate(Protocol):
    """Knows which forms are the page's own."""

    def token(self, session: str) -> str:
        """Return what every form of this session carries."""
        ...

    def is_own_form(self, session: str, token: str) -> bool:
        """Tell whether a form was made by this page for this session."""
        ...


class Inside:
    """The page of one device, for somebody who was let in."""

    def __init__(
        self, settings: AgentSettings, gate: FormGate, clock: Callable[[], datetime]
    ) -> None:
        self._settings = settings
        self._gate = gate
        self._clock = clock

    def answer(self, request: Request, session: str) -> Response:
        """Answer a request of ``session``. Raises for nothing that a browser can send."""
        if request.method == "POST":
            return self._post(request, session)
        looking = Looking(self._settings, self._gate.token(session), self._clock())
        return looking.answer(request) or simple(self._settings, 404, "nothing_here")

    def _post(self, request: Request, session: str) -> Response:
        form, now = request.form(), self._clock()
        if not self._gate.is_own_form(session, form.get("token", "")):
            return simple(self._settings, 403, "wrong")
        try:
            done = Forms(self._settings, now).carry_out(request.path, form)
        except NotEdited as error:
            token = self._gate.token(session)
            return Looking(self._settings, token, now).refused(request.path, str(error))
        except (StoreError, OSError):
            if (disk := look(self._settings.state_dir)) is Disk.FINE:
                # The device has never started, and what was asked means nothing yet.
                return see("/")
            token, language = self._gate.token(session), forget.language_of(self._settings)
            problem = say(f"disk_{disk}", language)
            return Looking(self._settings, token, now).refused(request.path, problem)
        return done or simple(self._settings, 404, "nothing_here")


def simple(settings: AgentSettings, status: int, key: str) -> Response:
    """Return a page that says one thing."""
    language = forget.language_of(settings)
    says = f"{key}_says" if key != "nothing_here" else key
    page = plain_page(language, say(key, language), say(says, language))
    return Response(status=status, body=page.encode())

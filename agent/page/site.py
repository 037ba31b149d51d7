"""A request in, a response out: every route of the owner's page, without any HTTP.

Looking changes nothing; whatever changes something is a POST with the session's token, and
ends in a redirect, so that going back or loading again repeats nothing.
"""

import io
import json
import tempfile
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from agent import memory
from agent.asking.answers import Answer
from agent.asking.errands import Kind
from agent.commands import forget
from agent.consents import consent_editor
from agent.consents.consent_editor import NotEdited
from agent.consents.consent_file import Purpose, pause_end
from agent.errors import StoreError
from agent.giving_back import beside, exporting
from agent.giving_back.routine_report import picture_svg
from agent.notices import shipped_notices
from agent.page import household
from agent.page.frame import REPLY_MAX, plain_page
from agent.page.gate import Gate
from agent.page.household import Household
from agent.page.pages import Pages
from agent.page.phrases import say
from agent.page.switches import ORDERS
from agent.page.today import WORDS_MAX
from agent.settings import AgentSettings
from wire.messages import Language

HTML = "text/html; charset=utf-8"
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}
_SHIPPED = {"/style.css": "text/css; charset=utf-8", "/cup.svg": "image/svg+xml"}
"""What everybody may see, because it says nothing."""
PICTURE_POLICY = "default-src 'none'; style-src 'unsafe-inline'"
"""A picture may style itself: it is loaded as an image, in which nothing can run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What a browser asks for."""

    method: str
    target: str
    host: str | None = None
    cookies: str | None = None
    body: bytes = b""

    @property
    def path(self) -> str:
        return urlsplit(self.target).path

    @property
    def query(self) -> Mapping[str, str]:
        return _first(parse_qs(urlsplit(self.target).query))

    def form(self) -> Mapping[str, str]:
        """Return the fields of a form; what is no form has none."""
        try:
            fields = parse_qs(self.body.decode("utf-8"), max_num_fields=32)
        except ValueError:
            return {}
        return _first(fields)


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """What it gets."""

    status: int
    body: bytes = b""
    kind: str = HTML
    headers: Mapping[str, str] = field(default_factory=dict)

    def all_headers(self) -> dict[str, str]:
        """Return every header to send."""
        return HEADERS | {"Content-Type": self.kind} | dict(self.headers)


def _first(fields: Mapping[str, list[str]]) -> dict[str, str]:
    return {name: values[0] for name, values in fields.items()}


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
        self._clock = clock

    def answer(self, request: Request) -> Response:
        """Answer one request. Raises for nothing that a browser can send."""
        if not self._gate.knows_host(request.host):
            return Response(status=421, body=b"this page has another name", kind="text/plain")
        if request.method not in ("GET", "HEAD", "POST"):
            return Response(status=405, headers={"Allow": "GET, HEAD, POST"})
        if (kind := _SHIPPED.get(request.path)) is not None:
            return Response(status=200, body=_shipped(request.path[1:]), kind=kind)
        if request.method != "POST" and (offered := request.query.get("key")):
            return self._let_in(offered)
        session = self._gate.session(request.cookies)
        if session is None:
            return self._simple(403, "locked")
        return (self._post if request.method == "POST" else self._get)(request, session)

    def _let_in(self, key: str) -> Response:
        if not self._gate.opens(key):
            return self._simple(403, "locked")
        return _see("/", {"Set-Cookie": self._gate.new_cookie()})

    def _simple(self, status: int, key: str) -> Response:
        language = self._language()
        says = f"{key}_says" if key != "nothing_here" else key
        page = plain_page(language, say(key, language), say(says, language))
        return Response(status=status, body=page.encode())

    def _language(self) -> Language:
        return forget.language_of(self._settings)

    # ------------------------------------------------------------------------- looking

    def _get(self, request: Request, session: str) -> Response:
        home = household.read(self._settings, self._clock())
        pages = Pages(home, self._gate.token(session))
        said = request.query.get("said", "")
        notice = say(said, home.language) if said in _SAID else ""
        written: dict[str, Callable[[], str]] = {
            "/": lambda: pages.today(notice),
            "/routine": pages.routine,
            "/sent": lambda: pages.sent(notice),
            "/choices": lambda: pages.choices(notice),
            "/mine": lambda: pages.mine(notice),
        }
        if (page := written.get(request.path)) is not None:
            return _html(page())
        if purpose := _purpose(request.path, "/choices/"):
            return _html(self._notice(pages, home, purpose))
        return self._file(request.path, home) or self._simple(404, "nothing_here")

    def _file(self, path: str, home: Household) -> Response | None:
        if path == "/routine.svg" and home.routine is not None:
            picture = picture_svg(home.routine.picture(), home.language).encode()
            policy = {"Content-Security-Policy": PICTURE_POLICY}
            return Response(status=200, body=picture, kind="image/svg+xml", headers=policy)
        if path == "/export.zip" and home.awake:
            return _file(self._zip(), "application/zip", "demitasse.zip")
        if path == "/consent-records.json" and home.awake:
            records = beside.records_of(self._settings, self._clock())
            text = json.dumps(records, ensure_ascii=False, indent=2)
            return _file(text.encode(), "application/json", "consent-records.json")
        return None

    def _notice(
        self, pages: Pages, home: Household, purpose: Purpose, problem: str = ""
    ) -> str:
        found = shipped_notices()[purpose]
        text = next(one for one in found if one.language is home.language)
        return pages.notice(purpose, text, problem)

    def _zip(self) -> bytes:
        packed = io.BytesIO()
        with tempfile.TemporaryDirectory() as folder:
            export = exporting.everything(self._settings, self._clock())
            with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
                for file in exporting.write(Path(folder), export):
                    archive.write(file, file.name)
        return packed.getvalue()

    # ------------------------------------------------------------------------- changing

    def _post(self, request: Request, session: str) -> Response:
        form = request.form()
        if not self._gate.is_own_form(session, form.get("token", "")):
            return self._simple(403, "wrong")
        try:
            return self._do(request.path, form, session)
        except NotEdited as error:
            return self._refused(request.path, session, str(error))
        except StoreError:
            return _see("/")

    def _do(self, path: str, form: Mapping[str, str], session: str) -> Response:
        simple = {
            "/answer": self._answered,
            "/call": self._call,
            "/reply": self._reply,
            "/felt": self._felt,
            "/pause": self._pause,
            "/me": self._me,
            "/language": self._use_language,
            "/forget": self._forget,
        }
        if (does := simple.get(path)) is not None:
            return does(form)
        if purpose := _purpose(path, "/withdraw/"):
            beside.withdraw(self._settings, purpose, self._clock())
            return _see("/choices")
        if purpose := _purpose(path, "/grant/"):
            return self._grant(purpose, form)
        return self._simple(404, "nothing_here")

    def _refused(self, path: str, session: str, problem: str) -> Response:
        home = household.read(self._settings, self._clock())
        pages = Pages(home, self._gate.token(session))
        purpose = _purpose(path, "/grant/")
        if purpose:
            return _html(self._notice(pages, home, purpose, problem), status=422)
        return _html(
            pages.choices(f"{say('not_changed', home.language)} {problem}"), status=422
        )

    def _answered(self, form: Mapping[str, str]) -> Response:
        own = " ".join(form.get("own", "").split())[:WORDS_MAX]
        word = own or form.get("word", "")
        if own or word in set(Answer):
            with beside.store_of(self._settings) as store, store.transaction() as db:
                memory.ask(db, word, self._clock())
            return _see("/?said=answered")
        return _see("/")

    def _call(self, _form: Mapping[str, str]) -> Response:
        beside.leave(self._settings, Kind.HELP, self._clock())
        return _see("/?said=call_waits")

    def _reply(self, form: Mapping[str, str]) -> Response:
        self._words(Kind.REPLY, form)
        return _see("/sent?said=thanks")

    def _felt(self, form: Mapping[str, str]) -> Response:
        self._words(Kind.FELT, form)
        return _see("/?said=thanks")

    def _words(self, kind: Kind, form: Mapping[str, str]) -> None:
        text = form.get("text", "").strip().replace("\r\n", "\n")[:REPLY_MAX]
        about = form.get("about", "")
        if text and len(about) <= 64:
            beside.leave(self._settings, kind, self._clock(), about=about, text=text)

    def _pause(self, form: Mapping[str, str]) -> Response:
        until = form.get("until", "")
        try:
            day = pause_end(until)
        except ValueError:
            return _see("/choices")
        consent_editor.pause(self._settings.consent_file, day)
        return _see("/choices")

    def _me(self, form: Mapping[str, str]) -> Response:
        names = ("call_me", "contact")
        me = {name: _line(form[name]) for name in names if name in form}
        consent_editor.change(self._settings.consent_file, {"me": me})
        return _see("/choices?said=thanks")

    def _use_language(self, form: Mapping[str, str]) -> Response:
        language = form.get("language", "")
        back = form.get("back", "/")
        if language in set(Language):
            consent_editor.change(self._settings.consent_file, {"me": {"language": language}})
        return _see(back if back in ("/routine", "/sent", "/choices", "/mine") else "/")

    def _grant(self, purpose: Purpose, form: Mapping[str, str]) -> Response:
        notice = next(
            (n for n in shipped_notices()[purpose] if n.id == form.get("notice")), None
        )
        if notice is None:
            return _see(f"/choices/{purpose}")
        details = _details(purpose, form)
        yes: dict[str, consent_editor.Value] = {"on": True, "i_have_read": notice.id}
        own = details.pop(str(purpose), {})
        consent_editor.change(
            self._settings.consent_file, {**details, str(purpose): {**own, **yes}}
        )
        beside.renew_if_ended(self._settings, purpose, self._clock())
        return _see("/choices")

    def _forget(self, form: Mapping[str, str]) -> Response:
        language = self._language()
        if form.get("word", "").strip().lower() != say("forget_word", language):
            return _see("/mine#forget")
        forget.begin(self._settings, Kind.FORGET, self._clock())
        return _see("/?said=forget_begun")


_SAID = ("answered", "call_waits", "thanks", "forget_begun")
"""What an address may make this page say; everything else it keeps to itself."""


def _details(
    purpose: Purpose, form: Mapping[str, str]
) -> dict[str, dict[str, consent_editor.Value]]:
    """Return what the owner wrote beside the yes, by section of the file."""
    sections: dict[str, dict[str, consent_editor.Value]] = {"me": {}}
    for name in ("call_me", "contact"):
        if name in form:
            sections["me"][name] = _line(form[name])
    for name in ("to", "name", "relation", "channel"):
        if name in form:
            sections.setdefault(str(purpose), {})[name] = _line(form[name])
    if (order := ORDERS.get(form.get("order", ""))) is not None:
        sections["whom_to_call"] = {"order": [*order]}
    return sections


def _line(text: str) -> str:
    return " ".join(text.split())[:120]


def _purpose(path: str, before: str) -> Purpose | None:
    name = path.removeprefix(before)
    return Purpose(name) if path.startswith(before) and name in set(Purpose) else None


def _html(page: str, *, status: int = 200) -> Response:
    return Response(status=status, body=page.encode())


def _see(where: str, headers: Mapping[str, str] | None = None) -> Response:
    return Response(status=303, headers={"Location": where, **(headers or {})})


def _file(data: bytes, kind: str, name: str) -> Response:
    saved = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(status=200, body=data, kind=kind, headers=saved)


def _shipped(name: str) -> bytes:
    return files("agent.page").joinpath(name).read_bytes()

"""A tiny console to try the scripted reviewer against, written by hand, in one file.

It keeps the desk's promises about its HTML and nothing else: sign in with a form, a CSRF
token that must match a cookie, a button that gives a case, a case to decide. What can go
wrong at a desk is an attribute to set.
"""

import html
import secrets
import threading
from http.cookies import SimpleCookie
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self
from urllib.parse import parse_qs

PASSWORD = "moka-zeste-4821"


class FakeConsole:
    """The console's state, and the server that shows it."""

    def __init__(self) -> None:
        self.csrf = secrets.token_hex(8)
        self.session = secrets.token_hex(8)
        self.requests: list[str] = []
        self.case_after_looks: int | None = 0
        """How often nobody waits before the case comes; ``None``: it never comes."""
        self.token_in_forms: str | None = None
        """What the forms hand out, when it is not the right token."""
        self.claimed = False
        self.refuses_decisions = False
        self.next_action = "/next"
        self.decision: dict[str, str] | None = None
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}/"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def page(self, path: str) -> str:
        """Return the page at ``path`` for somebody who is signed in."""
        if path == "/":
            return self._list()
        if not path.startswith("/cases/1/"):
            return ""
        if self.decision:
            return f"<h1>Jeanne</h1><p>Camille decided: {self.decision['choice']}</p>" + (
                f"<p>{html.escape(self.decision['reason'])}</p>"
            )
        if self.claimed:
            return self._decide_form()
        return ""

    def token(self) -> str:
        value = self.token_in_forms or self.csrf
        return f'<input type="hidden" name="csrfmiddlewaretoken" value="{value}">'

    def _list(self) -> str:
        return f"""<main><form method="post" action="{self.next_action}" data-action="next">
{self.token()}<button>Help the next person</button></form>
Nobody is waiting. Have a coffee.</main>"""

    def _decide_form(self) -> str:
        return f"""<h1>Jeanne</h1>
<form method="post" action="decide" data-action="decide">{self.token()}
<input type="hidden" name="fence" value="3">
<label><input type="radio" name="choice" value="call" required> Call</label>
<label><input type="radio" name="choice" value="leave_in_peace" checked> Leave</label>
<textarea name="reason"></textarea><textarea name="message"></textarea>
<button name="go" value="1">Send</button></form>"""

    def act(self, path: str, fields: dict[str, str]) -> None:
        """Do what a posted form asks for."""
        if path == "/next":
            if self.case_after_looks == 0:
                self.claimed = True
            elif self.case_after_looks is not None:
                self.case_after_looks -= 1
        elif path.endswith("/decide") and not self.refuses_decisions:
            self.decision = fields

    def _handler(console: "FakeConsole") -> type[BaseHTTPRequestHandler]:  # noqa: N805
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                console.requests.append(f"GET {self.path}")
                if self.path.startswith("/login"):
                    self._answer(200, self._login_form(""))
                elif not self._signed_in():
                    self._redirect("/login?next=/")
                elif page := console.page(self.path):
                    self._answer(200, page)
                else:
                    self._answer(404, "<h1>There is nothing here</h1>")

            def do_POST(self) -> None:
                console.requests.append(f"POST {self.path}")
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                fields = {name: values[0] for name, values in parse_qs(body, True).items()}
                if not self._genuine(fields):
                    self._answer(403, "<title>No</title><h1>CSRF verification failed</h1>")
                elif self.path.startswith("/login"):
                    self._log_in(fields)
                else:
                    console.act(self.path, fields)
                    waits = self.path == "/next" and not console.claimed
                    self._redirect("/" if waits else "/cases/1/")

            def _genuine(self, fields: dict[str, str]) -> bool:
                cookie = self._cookies().get("csrftoken")
                token = fields.get("csrfmiddlewaretoken")
                return cookie is not None and cookie.value == token == console.csrf

            def _log_in(self, fields: dict[str, str]) -> None:
                if (fields["username"], fields["password"]) == ("camille", PASSWORD):
                    self._redirect("/", f"sessionid={console.session}; Path=/")
                else:
                    self._answer(200, self._login_form("They do not belong together."))

            def _login_form(self, complaint: str) -> str:
                return f"""<title>Log in · Demitasse</title><style>p {{}}</style>
<p>{complaint}</p><form method="post" action="/login">{console.token()}
<input name="username"><input name="password" type="password"></form>"""

            def _signed_in(self) -> bool:
                session = self._cookies().get("sessionid")
                return session is not None and session.value == console.session

            def _cookies(self) -> SimpleCookie:
                return SimpleCookie(self.headers.get("Cookie", ""))

            def _redirect(self, to: str, cookie: str = "") -> None:
                self.send_response(302)
                self.send_header("Location", to)
                if cookie:
                    self.send_header("Set-Cookie", cookie)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def _answer(self, status: int, page: str) -> None:
                body = page.encode()
                self.send_response(status)
                self.send_header("Set-Cookie", f"csrftoken={console.csrf}; Path=/")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:
                """Keep the test's output quiet."""

        return Handler

"""A reviewer who is not there: works the console exactly as a person's browser would.

Has nothing but the console's address and a login. Follows the login form, the CSRF token
in each form, the button that gives the next case, and the forms of a case; when a page is not
as expected, the error says which page was seen.

    reviewer = ScriptedReviewer("http://127.0.0.1:8080/")
    reviewer.log_in("camille", password)
    case = reviewer.wait_for_case(within_s=30)
    reviewer.decide(case, choice="call", reason="…", message="…")
"""

import http.client
import http.cookiejar
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from urllib.parse import urlencode, urljoin

from scripts.first_cup.pages import Form, Page, PageError

ANSWER_WITHIN_S = 20.0
LOOK_AGAIN_AFTER_S = 0.2
PAGE_BYTES_MAX = 2_000_000


class ReviewerError(Exception):
    """The console did not let the reviewer go on; the message says what it showed."""


class ScriptedReviewer:
    """One person's browser at the console."""

    def __init__(self, console: str) -> None:
        self._console = console
        cookies = urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
        # An empty proxy table: the console is on this computer, whatever the environment says.
        direct = urllib.request.ProxyHandler({})
        self._browser = urllib.request.build_opener(direct, cookies)

    def log_in(self, username: str, password: str) -> None:
        """Sign in; the console sends whoever is not signed in to its login form."""
        page = self._get(self._console)
        form = page.form_asking("username", "password")
        if form is None:
            raise ReviewerError(f"expected a login form, but {page.describe()}")
        after = self._submit(form, username=username, password=password)
        if after.status != 200 or _asks_for_login(after):
            raise ReviewerError(f"{username} was not let in: {after.describe()}")

    def find_case(self) -> str | None:
        """Ask once whom to help next; return the address of the case that is ours then."""
        page = self._get(self._console)
        if page.status != 200 or _asks_for_login(page):
            raise ReviewerError(f"expected who is waiting, but {page.describe()}")
        if page.form_with("data-action", "next") is None:
            return None
        given = self._act(page, "next")
        return given.url if given.form_with("data-action", "decide") is not None else None

    def wait_for_case(self, *, within_s: float) -> str:
        """Ask until somebody is there to be helped."""
        deadline = time.monotonic() + within_s
        while (case := self.find_case()) is None:
            if time.monotonic() > deadline:
                seen = self._get(self._console).describe()
                raise ReviewerError(f"no case came within {within_s:g} s: {seen}")
            time.sleep(LOOK_AGAIN_AFTER_S)
        return case

    def read(self, case: str) -> str:
        """Open the case; return what is on its page, as text."""
        return self._get(case).text

    def decide(self, case: str, *, choice: str, reason: str, message: str = "") -> None:
        """Decide the claimed case; an empty ``message`` says nothing beside the reason."""
        page = self._act(
            self._get(case), "decide", choice=choice, reason=reason, message=message
        )
        if page.form_with("data-action", "decide") is not None:
            raise ReviewerError(f"the decision was not taken: {page.describe()}")
        if " ".join(reason.split()) not in page.text:
            raise ReviewerError(f"the decision is not shown: {page.describe()}")

    def _act(self, page: Page, action: str, **answers: str) -> Page:
        form = page.form_with("data-action", action)
        if form is None:
            raise ReviewerError(f"there is no form to {action} with: {page.describe()}")
        after = self._submit(form, **answers)
        if after.status != 200:
            raise ReviewerError(f"could not go on with {action}: {after.describe()}")
        return after

    def _submit(self, form: Form, **answers: str) -> Page:
        try:
            fields = form.filled(**answers)
        except PageError as error:
            raise ReviewerError(f"{form.action}: {error}") from None
        return self._post(self._own(form.action), fields)

    def _get(self, url: str) -> Page:
        return self._ask(urllib.request.Request(self._own(url)))

    def _post(self, url: str, fields: Mapping[str, str]) -> Page:
        return self._ask(urllib.request.Request(url, data=urlencode(fields).encode()))

    def _ask(self, request: urllib.request.Request) -> Page:
        try:
            with self._browser.open(request, timeout=ANSWER_WITHIN_S) as answer:
                return _page(answer.url, answer.status, answer.read(PAGE_BYTES_MAX))
        except urllib.error.HTTPError as error:
            with error:
                return _page(error.url or request.full_url, error.code, error.read())
        except (OSError, http.client.HTTPException) as error:
            raise ReviewerError(f"{request.full_url} does not answer: {error}") from None

    def _own(self, url: str) -> str:
        # Never carry a login to another place, whatever a page links to.
        if not url.startswith(urljoin(self._console, "/")):
            raise ReviewerError(f"{url} is not part of the console at {self._console}")
        return url


def _asks_for_login(page: Page) -> bool:
    return page.form_asking("username", "password") is not None


def _page(url: str, status: int, body: bytes) -> Page:
    return Page.read(url, status, body.decode(errors="replace"))

"""What the owner can look at and take away. Looking changes nothing."""

import io
import json
import tempfile
import zipfile
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from agent.consents.consent_file import Purpose
from agent.giving_back import beside, exporting
from agent.giving_back.routine_report import picture_svg
from agent.notices import shipped_notices
from agent.page import at_home, household
from agent.page.exchange import Request, Response, download, html
from agent.page.household import Household
from agent.page.pages import Pages
from agent.page.phrases import say
from agent.settings import AgentSettings

PICTURE_POLICY = "default-src 'none'; style-src 'unsafe-inline'"
"""A picture may style itself: it is loaded as an image, in which nothing can run."""

SAYABLE = (
    "answered",
    "call_waits",
    "thanks",
    "forget_begun",
    "unpaired",
    "desk_asked",
    "begins",
)
"""What an address may make this page say; everything else it keeps to itself."""


class Looking:
    """One request that looks: the household as it is at ``now``."""

    def __init__(self, settings: AgentSettings, token: str, now: datetime) -> None:
        self._settings = settings
        self._now = now
        self._home = household.read(settings, now)
        self._pages = Pages(self._home, token)

    def answer(self, request: Request) -> Response | None:
        """Return what ``request`` wants to see, or ``None`` where there is nothing."""
        home, pages, folder = self._home, self._pages, self._settings.state_dir
        said = request.query.get("said", "")
        notice = say(said, home.language) if said in SAYABLE else ""
        written: dict[str, Callable[[], str]] = {
            "/": lambda: pages.today(notice),
            "/routine": pages.routine,
            "/sent": lambda: pages.sent(notice),
            "/choices": lambda: pages.choices(notice),
            "/mine": lambda: pages.mine(notice, at_home.read(folder, self._now)),
        }
        if (page := written.get(request.path)) is not None:
            return html(page())
        if purpose := purpose_in(request.path, "/choices/"):
            return html(self._notice(purpose, offered="offered" in request.query))
        return self._file(request.path, home)

    def refused(self, path: str, problem: str) -> Response:
        """Return the page of a form that was not carried out, and why."""
        if purpose := purpose_in(path, "/grant/"):
            return html(self._notice(purpose, problem), status=422)
        not_changed = say("not_changed", self._home.language)
        return html(self._pages.choices(f"{not_changed} {problem}"), status=422)

    def _notice(self, purpose: Purpose, problem: str = "", *, offered: bool = False) -> str:
        found = shipped_notices()[purpose]
        text = next(one for one in found if one.language is self._home.language)
        naming = offered and purpose is Purpose.CONTACT_TRUSTED_PERSON
        return self._pages.notice(
            purpose, text, problem, offered=self._home.offered if naming else None
        )

    def _file(self, path: str, home: Household) -> Response | None:
        if path == "/routine.svg" and home.routine is not None:
            picture = picture_svg(home.routine.picture(), home.language).encode()
            policy = {"Content-Security-Policy": PICTURE_POLICY}
            return Response(status=200, body=picture, kind="image/svg+xml", headers=policy)
        if path == "/export.zip" and home.awake:
            return download(self._zip(), "application/zip", "demitasse.zip")
        if path == "/consent-records.json" and home.awake:
            records = beside.records_of(self._settings, self._now)
            text = json.dumps(records, ensure_ascii=False, indent=2)
            return download(text.encode(), "application/json", "consent-records.json")
        return None

    def _zip(self) -> bytes:
        packed = io.BytesIO()
        with tempfile.TemporaryDirectory() as folder:
            export = exporting.everything(self._settings, self._now)
            with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
                for file in exporting.write(Path(folder), export):
                    archive.write(file, file.name)
        return packed.getvalue()


def purpose_in(path: str, before: str) -> Purpose | None:
    """Return the purpose that ``path`` names after ``before``, or ``None``."""
    name = path.removeprefix(before)
    return Purpose(name) if path.startswith(before) and name in set(Purpose) else None

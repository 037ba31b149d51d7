"""What is new on the owner's page in a real browser, in both languages, without a script:
a greeting of one's own, whether a question was welcome, fewer questions, the desk's part,
and a device that has forgotten everything. Every state is judged by axe-core.
"""

import os
import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from agent import memory
from agent.asking import errands
from agent.asking.concerns import Concern, State
from agent.asking.welcome import Welcome, said
from agent.consents.consent_file import ConsentFile, read_consent_file
from agent.delivery import outbox
from agent.giving_back import forgetting, quiet
from agent.page.phrases import say
from agent.page.server import PageServer
from tests.agent.consents import ZONE, owner_text
from tests.agent.house import CARE, House
from tests.agent.test_concerns import concern
from tests.peers.chromium import Axe, Browser, Page, expect, needs_chromium
from tests.peers.test_owners_page_in_browser import PHONE, foreign
from wire.facts import RoutineKind
from wire.messages import DeskLine, GivenBack, Language

pytestmark = needs_chromium

ASKED = "ef" * 16
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}


@dataclass(frozen=True)
class Seen:
    """A household's page in a browser."""

    house: House
    page: Page
    url: str
    lang: Language

    def says(self, key: str, **values: object) -> str:
        return say(key, self.lang, **values)

    def press(self, key: str) -> None:
        with self.page.expect_navigation():
            self.page.get_by_role("button", name=self.says(key), exact=True).click()

    def look(self, name: str, *, dark: bool = False) -> None:
        """Judge what is shown; keep a picture of it where somebody wants to see it."""
        self.page.locator("details").evaluate_all("all => all.forEach(one => one.open = true)")
        for scheme in ("light", "dark") if dark else ("light",):
            self.page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
            found = Axe().run(self.page, options=RULES)
            assert found.violations_count == 0, f"{name}: {found.generate_report()}"
            if folder := os.environ.get("DEMITASSE_SCREENSHOTS"):
                file = Path(folder) / f"{self.lang}-{name}-{scheme}.png"
                self.page.screenshot(path=file, full_page=True)
        assert self.page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]

    def file(self) -> ConsentFile:
        read = read_consent_file(self.house.settings.consent_file)
        assert isinstance(read, ConsentFile), read
        return read

    def left(self) -> list[tuple[str, str]]:
        store = self.house.beside()
        found = errands.waiting(store.reading())
        store.close()
        return [(str(one.kind), one.text) for one in found]


@pytest.fixture(params=["en", "fr"])
def seen(
    request: pytest.FixtureRequest,
    browser: Browser,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Seen]:
    """Return the page of a household whose device sleeps."""
    house = House(tmp_path / "house", monkeypatch, granted=CARE)
    house.stick_the_tank_switch()  # The desk has heard of this household.
    house.device.close()
    text = owner_text(CARE, complete=False).replace('"22:00"', '"00:00"')
    text = text.replace('"08:00"', '"00:00"')
    house.settings.consent_file.write_text(
        text.replace('language = "en"', f'language = "{request.param}"'), encoding="utf-8"
    )
    server = PageServer(house.settings, port=0)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    context = browser.new_context(viewport=PHONE)
    page = context.new_page()
    url = server.link.partition("/?")[0]
    trouble: list[str] = []
    page.on("console", lambda told: trouble.append(told.text))
    page.on("request", lambda asked: foreign(asked.url, url, trouble))
    page.goto(server.link)
    yield Seen(house=house, page=page, url=url, lang=Language(request.param))
    context.close()
    server.shutdown()
    server.server_close()
    assert trouble == []


def ended(days_ago: float, number: int) -> Concern:
    at = datetime.now(UTC) - timedelta(days=days_ago)
    one = concern(State.ANSWERED, kind=RoutineKind.RISE)
    return replace(one, concern_id=f"{number:032x}", asked_at=at, ended_at=at)


def keep(seen: Seen, *concerns: Concern) -> None:
    store = seen.house.beside()
    with store.transaction() as db:
        for one in concerns:
            memory.save_concern(db, one)
    store.close()
    seen.page.goto(seen.url)


def test_a_birthday_and_a_line_of_ones_own_greet_the_owner(seen: Seen) -> None:
    page, today = seen.page, datetime.now(ZoneInfo(ZONE))
    page.goto(f"{seen.url}/choices")
    page.fill("[name=own_line]", "La mer ne se presse pas.")
    page.select_option("[name=day]", f"{today.day:02}")
    page.select_option("[name=month]", f"{today.month:02}")
    seen.press("save")
    assert seen.file().birthday == (today.day, today.month)
    page.goto(seen.url)
    expect(page.locator(".own-line")).to_contain_text("La mer ne se presse pas.")
    seen.look("greeting", dark=True)


def test_whether_a_question_was_welcome_is_said_or_skipped(seen: Seen) -> None:
    page = seen.page
    keep(seen, ended(2, 1))
    expect(page.get_by_role("heading", name=seen.says("welcome"))).to_be_visible()
    seen.look("welcome")
    page.get_by_label(seen.says("welcome_all_right")).check()
    page.fill("section[aria-labelledby=welcome] [name=text]", "le matin plutôt")
    seen.press("welcome_keep")
    assert seen.left() == [("welcome", "all_right le matin plutôt")]
    expect(page.get_by_role("heading", name=seen.says("welcome"))).to_have_count(0)
    keep(seen, said(ended(2, 1), Welcome.ALL_RIGHT, "le matin", datetime.now(UTC)))
    page.goto(f"{seen.url}/routine")
    expect(page.get_by_text(seen.says("said_all_right"))).to_be_visible()


def test_it_is_skipped_with_one_press(seen: Seen) -> None:
    keep(seen, ended(2, 1))
    seen.press("welcome_skip")
    assert seen.left() == [("welcome", "skipped")]


def test_fewer_questions_are_offered_and_taken_with_one_press(seen: Seen) -> None:
    now = datetime.now(UTC)
    keep(seen, *(said(ended(90 + n, n), Welcome.NO, "", now) for n in (1, 2)))
    seen.look("fewer")
    seen.press("fewer_do")
    assert seen.file().false_alarms_per_year == 0.5


def test_the_desks_part_is_asked_for_and_shown(seen: Seen) -> None:
    page = seen.page
    page.goto(f"{seen.url}/mine")
    seen.press("desk_ask")
    assert seen.left() == [("give_back", "")]
    expect(page.get_by_role("button", name=seen.says("desk_ask"))).to_have_count(0)
    _let_the_desk_answer(seen)
    page.goto(f"{seen.url}/mine")
    seen.look("mine")
    expect(page.get_by_text("Maud").first).to_be_visible()


def _let_the_desk_answer(seen: Seen) -> None:
    now = datetime.now(UTC)
    lines = [
        DeskLine(about="ab" * 16, at=now, what=what, by="Maud", text=text)
        for what, text in (("look", ""), ("choice", "write"), ("reason", "Une longue pause."))
    ]
    part = GivenBack(
        asked=ASKED, number=1, of=1, made_at=now, lines=tuple(lines), withheld=("work",)
    )
    store = seen.house.beside()
    with store.transaction() as db:
        errands.done(db, errands.waiting(db))
        sequence = outbox.highest_sequence(db) + 1
        outbox.add(
            db,
            outbox.Waiting(
                sequence=sequence,
                message_id=ASKED,
                type="give_back",
                purpose=None,
                concern_id=None,
                envelope=b"",
                envelope_sha256="",
            ),
            now,
        )
        outbox.close(db, [ASKED], now)
        memory.remember_received(db, "1", part, now)
    store.close()


def test_a_device_that_has_forgotten_begins_again_with_one_press(seen: Seen) -> None:
    folder = seen.house.settings.state_dir
    forgetting.burn(forgetting.device_files(folder / "demitasse.db"))
    quiet.keep(folder)
    seen.page.goto(seen.url)
    seen.look("quiet")
    seen.press("begin")
    assert not quiet.lasts(folder)

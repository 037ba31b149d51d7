"""The owner's page in a real browser, without JavaScript of its own: every switch and the
question, in both languages, by keyboard, on a phone and on a desk, judged by axe-core.

The axe rules used are those of WCAG 2.0 to 2.2, levels A and AA.
"""

import os
import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from agent import memory
from agent.asking import errands
from agent.asking.concerns import State
from agent.consents.consent_file import ConsentFile, Purpose, read_consent_file
from agent.page.server import PageServer
from tests.agent.consents import owner_text
from tests.agent.house import CARE, House
from tests.agent.test_concerns import concern
from tests.agent.worried_house import acknowledged, worried
from tests.peers.chromium import (
    Axe,
    Browser,
    Locator,
    Page,
    ViewportSize,
    expect,
    needs_chromium,
)

pytestmark = needs_chromium

PHONE: ViewportSize = {"width": 360, "height": 740}
DESK: ViewportSize = {"width": 1280, "height": 900}
WORDS = {
    "en": {
        "yes": "I have read this, and I say yes",
        "no": "Switch off",
        "read": "Read, then decide",
        "off": "Off",
        "question": "A question",
        "fine": "I’m fine",
        "answer": "Answer",
        "noted": "Thank you, noted.",
        "call": "Call me",
        "other": "Français",
    },
    "fr": {
        "yes": "J’ai lu ceci, et je dis oui",
        "no": "Désactiver",
        "read": "Lire, puis décider",
        "off": "Désactivé",
        "question": "Une question",
        "fine": "Je vais bien",
        "answer": "Répondre",
        "noted": "Merci, c’est noté.",
        "call": "Appelez-moi",
        "other": "English",
    },
}
PATHS = ("/", "/routine", "/sent", "/choices", *(f"/choices/{p}" for p in Purpose), "/mine")
DETAILS = {
    Purpose.CONTACT_ME: {"contact": "01 23 45 67 89"},
    Purpose.NUDGE_ME: {"to": "moi@home.example"},
    Purpose.CONTACT_TRUSTED_PERSON: {"name": "Agathe", "channel": "06 11 11 11 11"},
}


@dataclass(frozen=True)
class Home:
    """A household that sleeps, and its page."""

    house: House
    server: PageServer

    @property
    def url(self) -> str:
        return self.server.link.partition("/?")[0]

    def file(self) -> ConsentFile:
        read = read_consent_file(self.house.settings.consent_file)
        assert isinstance(read, ConsentFile), read
        return read

    def left(self) -> list[tuple[str, str, str]]:
        store = self.house.beside()
        found = errands.waiting(store.reading())
        store.close()
        return [(str(one.kind), one.about, one.text) for one in found]

    def words(self) -> list[str]:
        store = self.house.beside()
        found = [request.word for request in memory.requests(store.reading())]
        store.close()
        return found


@pytest.fixture(params=["en", "fr"])
def home(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Home]:
    """Return a home that was asked before, has heard from the desk, and is asked again."""
    house = worried(tmp_path, monkeypatch, granted=CARE)
    house.decide(acknowledged(house))
    house.brew()
    with house.store.transaction() as db:
        memory.save_concern(db, replace(concern(State.ASKED), concern_id="cd" * 16))
    house.grant([Purpose.LEARN_ROUTINE])
    house.step(seconds=1)
    text = owner_text([Purpose.LEARN_ROUTINE], complete=False)
    house.settings.consent_file.write_text(
        text.replace('language = "en"', f'language = "{request.param}"'), encoding="utf-8"
    )
    house.device.close()
    server = PageServer(house.settings, port=0)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield Home(house=house, server=server)
    server.shutdown()
    server.server_close()


@pytest.fixture
def page(browser: Browser, home: Home) -> Iterator[Page]:
    """Return a browser that was let in, and that complains about anything unusual."""
    context = browser.new_context(viewport=PHONE, java_script_enabled=True)
    opened = context.new_page()
    trouble: list[str] = []
    opened.on("console", lambda said: trouble.append(said.text))
    opened.on("pageerror", lambda error: trouble.append(str(error)))
    opened.on("request", lambda asked: foreign(asked.url, home.url, trouble))
    opened.goto(home.server.link)
    yield opened
    context.close()
    assert trouble == []


def foreign(url: str, own: str, trouble: list[str]) -> None:
    if not url.startswith((own, "data:")):
        trouble.append(f"asked for {url}")


def words(home: Home) -> dict[str, str]:
    return WORDS[str(home.file().language)]


def granted(home: Home, purpose: Purpose) -> bool:
    switch = home.file().switches[purpose]
    return switch.on and bool(switch.i_have_read) and switch.complete


def test_every_switch_goes_on_after_reading_and_off_with_one_press(
    home: Home, page: Page
) -> None:
    language = home.file().language
    nothing = owner_text((), complete=False)
    home.house.settings.consent_file.write_text(
        nothing.replace('language = "en"', f'language = "{language}"'), encoding="utf-8"
    )
    page.goto(f"{home.url}/choices")
    for purpose in Purpose:
        assert switch_off(home, page, purpose, after=switch_on(home, page, purpose)) == 1


def switch_on(home: Home, page: Page, purpose: Purpose) -> int:
    """Say yes on the page; return how many steps that took."""
    said = words(home)
    card(page, purpose).get_by_role("link", name=said["read"]).click()
    for name, value in DETAILS.get(purpose, {}).items():
        page.fill(f"[name={name}]", value)
    page.get_by_role("button", name=said["yes"]).click()
    page.wait_for_url(f"{home.url}/choices")
    assert granted(home, purpose)
    return 2 + len(DETAILS.get(purpose, {}))


def switch_off(home: Home, page: Page, purpose: Purpose, *, after: int) -> int:
    """Say no on the page; return how many steps that took, which must not be more."""
    said = words(home)
    with page.expect_navigation():
        card(page, purpose).get_by_role("button", name=said["no"]).click()
    assert not home.file().switches[purpose].on
    expect(card(page, purpose).locator(".off")).to_contain_text(said["off"])
    assert ("withdraw", str(purpose), "") in home.left()
    steps = 1
    assert steps <= after
    return steps


def card(page: Page, purpose: Purpose) -> Locator:
    return page.locator(f"section[aria-labelledby='t-{purpose}']")


def test_the_question_is_answered_by_keyboard_alone(home: Home, page: Page) -> None:
    said = words(home)
    expect(page.get_by_role("heading", name=said["question"])).to_be_visible()
    tab_to(page, "input[name=word]")
    page.keyboard.press("Space")
    tab_to(page, "form[action='/answer'] button")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_have_text(said["noted"])
    assert home.words() == ["fine"]


def test_own_words_are_an_answer_too(home: Home, page: Page) -> None:
    page.fill("[name=own]", "Ma sœur était là <3")
    page.get_by_role("button", name=words(home)["answer"]).click()
    expect(page.get_by_role("status")).to_be_visible()
    assert home.words() == ["Ma sœur était là <3"]


def test_a_call_is_one_press(home: Home, page: Page) -> None:
    page.get_by_role("button", name=words(home)["call"]).click()
    expect(page.get_by_role("status")).to_be_visible()
    assert home.left() == [("help", "", "")]


def test_a_decision_can_be_answered(home: Home, page: Page) -> None:
    page.goto(f"{home.url}/sent")
    page.locator("textarea").first.fill("Merci, tout va bien.")
    page.locator("form[action='/reply'] button").first.click()
    expect(page.get_by_role("status")).to_be_visible()
    [(kind, about, text)] = home.left()
    assert (kind, text) == ("reply", "Merci, tout va bien.")
    assert about == "ab" * 16


def test_the_other_language_is_one_press_away(home: Home, page: Page) -> None:
    before = str(home.file().language)
    page.get_by_role("button", name=words(home)["other"]).click()
    page.wait_for_url(f"{home.url}/")
    assert page.get_attribute("html", "lang") == str(home.file().language) != before


def test_no_page_has_a_barrier_that_axe_can_find(home: Home, page: Page) -> None:
    options = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
    for path in PATHS:
        page.goto(f"{home.url}{path}")
        page.locator("details").evaluate_all("all => all.forEach(one => one.open = true)")
        # Colours are all that a dark screen changes; these pages have every one of them.
        for scheme in ("light", "dark") if path in ("/", "/sent", "/choices") else ("light",):
            page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
            found = Axe().run(page, options=options)
            assert found.violations_count == 0, f"{path}: {found.generate_report()}"
            assert len(found.response["passes"]) > 10


def test_no_page_is_wider_than_the_screen_or_has_a_target_too_small(
    home: Home, page: Page
) -> None:
    for path in PATHS:
        page.goto(f"{home.url}{path}")
        for size in (PHONE, DESK):
            page.set_viewport_size(size)
            assert page.evaluate("document.documentElement.scrollWidth") <= size["width"], path
            low = page.evaluate(
                "[...document.querySelectorAll('button, .button, nav a, summary')]"
                ".filter(e => e.offsetHeight < 44).map(e => e.textContent)"
            )
            assert low == [], path
            picture(home, page, path, size)


def picture(home: Home, page: Page, path: str, size: ViewportSize) -> None:
    """Keep what a person should look at, if a folder was named for it."""
    if folder := os.environ.get("DEMITASSE_SCREENSHOTS"):
        name = f"{home.file().language}-{size['width']}-{path.strip('/') or 'today'}"
        file = Path(folder) / f"{name.replace('/', '-')}.png"
        page.screenshot(path=file, full_page=True)
        page.emulate_media(color_scheme="dark")
        page.screenshot(path=file.with_suffix(".dark.png"), full_page=True)
        page.emulate_media(color_scheme="light")


def test_a_browser_without_the_link_sees_nothing(browser: Browser, home: Home) -> None:
    context = browser.new_context()
    stranger = context.new_page()
    for path in PATHS:
        answered = stranger.goto(f"{home.url}{path}")
        assert answered is not None
        assert answered.status == 403
        assert "Rosalie" not in stranger.content()
    context.close()


def tab_to(page: Page, selector: str) -> None:
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("s => document.activeElement.matches(s)", selector):
            return
    pytest.fail(f"{selector} cannot be reached with the Tab key")

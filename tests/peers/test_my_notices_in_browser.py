"""My hours and notices in a real browser: by keyboard, in both languages, for everybody."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.escalation.live_desk import PASSWORD, LiveDesk, wait_until
from tests.escalation.receivers import web_receiver
from tests.peers.brokers import mosquitto, needs_mosquitto

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
try:
    from axe_playwright_python.sync_playwright import Axe
    from playwright.sync_api import Browser, Page, expect
    from playwright.sync_api import sync_playwright as start_playwright
except ImportError:
    pytest.skip("the Python package playwright is not installed", allow_module_level=True)

pytestmark = [
    needs_mosquitto,
    pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed"),
]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Start one browser for all tests here."""
    with start_playwright() as playwright:
        started = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"]
        )
        yield started
        started.close()


def reach(page: Page, selector: str) -> None:
    """Press Tab until the element has the focus."""
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("s => document.activeElement.matches(s)", selector):
            return
    pytest.fail(f"{selector} cannot be reached with the Tab key")


def shows(page: Page, text: str) -> bool:
    """Load the page anew and look for ``text``."""
    page.reload()
    return text in (page.locator(".channel").text_content() or "")


def assert_accessible(page: Page) -> None:
    """Look with axe-core, and for sideways scrolling."""
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0


def test_an_address_is_added_tried_and_wishes_are_kept_by_keyboard_alone(
    tmp_path: Path, browser: Browser
) -> None:
    """The trial really arrives; the address is on no page afterwards, in neither language."""
    folder = tmp_path / "broker"
    folder.mkdir()
    with mosquitto(folder) as broker, web_receiver() as telephone:
        live = LiveDesk(tmp_path, broker_port=broker.port)
        live.staff("camille", "reviewer")
        with live.serve() as serving:
            page = browser.new_page(viewport={"width": 340, "height": 700})
            page.goto(serving.url)
            page.keyboard.type("camille")
            page.keyboard.press("Tab")
            page.keyboard.type(PASSWORD)
            page.keyboard.press("Enter")
            page.wait_for_url(serving.url)
            reach(page, "a[href='/me/']")
            page.keyboard.press("Enter")
            expect(page.locator("h1")).to_have_text("My hours and notices")
            reach(page, "#id_url")
            page.keyboard.type("nothing of this kind")
            page.keyboard.press("Enter")
            expect(page.locator("#url-error")).to_be_visible()
            assert_accessible(page)
            reach(page, "#id_url")
            page.keyboard.type(telephone.url("gotify"))
            page.keyboard.press("Enter")
            expect(page.locator(".channel strong")).to_have_text("Gotify")
            wait_until(lambda: shows(page, "last reached:"), "the trial")
            assert len(telephone.received) == 1
            reach(page, "input[name=wanted]")
            page.keyboard.press("Space")
            reach(page, "form[data-action=keep-wishes] button")
            page.keyboard.press("Enter")
            expect(page.locator(".notes")).to_contain_text("Your wishes are kept.")
            expect(page.locator("input[name=wanted]").first).not_to_be_checked()
            assert_accessible(page)
            page.emulate_media(color_scheme="dark")
            page.get_by_role("button", name="Français").click()
            expect(page.locator("h1")).to_have_text("Mes heures et mes messages")
            expect(page.locator(".channel")).to_contain_text("joint pour la dernière fois")
            assert "a-secret-path" not in page.content()
            assert_accessible(page)

"""My hours and notices in a real browser: by keyboard, in both languages, for everybody."""

from pathlib import Path

from tests.escalation.live_desk import PASSWORD, LiveDesk
from tests.escalation.receivers import web_receiver
from tests.peers.brokers import mosquitto, needs_mosquitto
from tests.peers.chromium import (
    Browser,
    Page,
    assert_accessible,
    expect,
    needs_chromium,
    tab_to,
)

pytestmark = [
    needs_mosquitto,
    needs_chromium,
]


def shows(page: Page, text: str) -> bool:
    """Load the page anew and look for ``text``."""
    page.reload()
    return text in (page.locator(".channel").text_content() or "")


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
            tab_to(page, "a[href='/me/']")
            page.keyboard.press("Enter")
            expect(page.locator("h1")).to_have_text("My hours and notices")
            tab_to(page, "#id_url")
            page.keyboard.type("nothing of this kind")
            page.keyboard.press("Enter")
            expect(page.locator("#url-error")).to_be_visible()
            assert_accessible(page)
            tab_to(page, "#id_url")
            page.keyboard.type(telephone.url("gotify"))
            page.keyboard.press("Enter")
            expect(page.locator(".channel strong")).to_have_text("Gotify")
            serving.until(lambda: shows(page, "last reached:"), "the trial")
            assert len(telephone.received) == 1
            tab_to(page, "input[name=wanted]")
            page.keyboard.press("Space")
            tab_to(page, "form[data-action=keep-wishes] button")
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

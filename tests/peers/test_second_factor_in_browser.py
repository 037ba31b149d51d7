"""A second factor in a real browser: by keyboard, in both languages, as a person does it."""

import base64
import re
from datetime import UTC, datetime
from pathlib import Path

from escalation.entrance import one_time_codes
from tests.escalation.live_desk import PASSWORD, LiveDesk
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


def press(page: Page, selector: str) -> None:
    """Reach the element and press Enter."""
    tab_to(page, selector)
    page.keyboard.press("Enter")


def test_it_is_set_up_and_asked_for_by_keyboard_alone(tmp_path: Path, browser: Browser) -> None:
    """Where it is required, nothing else comes first; nothing is fetched from elsewhere."""
    folder = tmp_path / "broker"
    folder.mkdir()
    with mosquitto(folder) as broker:
        live = LiveDesk(tmp_path, broker_port=broker.port)
        written = live.config.read_text(encoding="utf-8")
        required = written.replace("[web]\n", '[web]\nsecond_factor = "required"\n')
        live.config.write_text(required, encoding="utf-8")
        live.staff("camille", "reviewer")
        with live.serve() as serving:
            page = browser.new_page(viewport={"width": 340, "height": 700})
            asked: list[str] = []
            page.on("request", lambda request: asked.append(request.url))
            page.goto(serving.url)
            log_in(page)
            expect(page.locator("h1")).to_have_text("My second factor")
            assert_accessible(page)
            press(page, "form[data-action=begin-factor] button")
            expect(page.locator("svg.qr")).to_be_visible()
            assert_accessible(page)
            page.emulate_media(color_scheme="dark")
            assert_accessible(page)
            secret = secret_on(page)
            step = int(datetime.now(UTC).timestamp() // one_time_codes.STEP_S)
            tab_to(page, "#id_code")
            page.keyboard.type(one_time_codes.code_at(secret, step))
            page.keyboard.press("Enter")
            expect(page.locator("h1")).to_have_text("Your recovery codes")
            recovery = page.locator("code.letters").first.text_content() or ""
            assert_accessible(page)
            press(page, "a.button")
            page.wait_for_url(serving.url)
            page.get_by_role("button", name="Log out").click()
            expect(page.locator("h1")).to_have_text("Welcome")
            log_in(page)
            expect(page.locator("h1")).to_have_text("Your code")
            page.keyboard.type("000000")
            page.keyboard.press("Enter")
            expect(page.locator("#code-error")).to_be_visible()
            assert_accessible(page)
            page.get_by_role("button", name="Français").click()
            expect(page.locator("h1")).to_have_text("Votre code")
            page.keyboard.type(recovery)
            page.keyboard.press("Enter")
            page.wait_for_url(serving.url)
            page.goto(f"{serving.url}me/second-factor/")
            page.get_by_role("button", name="Français").click()
            expect(page.locator("h1")).to_have_text("Ma deuxième clé")
            assert_accessible(page)
            assert all(url.startswith((serving.url, "data:")) for url in asked)


def log_in(page: Page) -> None:
    """Type the name and the password."""
    page.keyboard.type("camille")
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")


def secret_on(page: Page) -> bytes:
    """Return the secret that the page spells."""
    spelled = page.locator("code.letters").text_content() or ""
    return base64.b32decode(re.sub(r"\s", "", spelled))

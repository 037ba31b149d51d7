"""Coming in by an organisation in a real browser, by keyboard alone, at a real provider.

The provider is ``oidc-provider-mock``, a process of its own on this computer: its authors have
read the standard without us. It knows no PKCE; ``tests/escalation/hostile_provider.py`` does.
"""

import contextlib
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

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
    pytest.mark.skipif(find_spec("oidc_provider_mock") is None, reason="it is not installed"),
    needs_mosquitto,
    needs_chromium,
]
WITHIN_S = 30.0
SUBJECT = "camille-4711"
NEW = "four words that rhyme not"


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


@contextlib.contextmanager
def provider() -> Iterator[str]:
    """Run the provider; yield its issuer."""
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-W", "ignore", "-m", "oidc_provider_mock", "--port", str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    issuer = f"http://localhost:{port}"
    try:
        deadline = time.monotonic() + WITHIN_S
        while not answers(f"{issuer}/.well-known/openid-configuration"):
            assert process.poll() is None, process.stderr and process.stderr.read()
            assert time.monotonic() < deadline, "the provider does not answer"
            time.sleep(0.05)
        yield issuer
    finally:
        process.kill()
        process.communicate()


def answers(url: str) -> bool:
    """Return whether somebody answers there."""
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def desk(folder: Path, broker_port: int, issuer: str) -> LiveDesk:
    """Return a desk that believes this issuer."""
    secret = folder / "secret"
    secret.write_text("shared")
    secret.chmod(0o600)
    port = free_port()
    live = LiveDesk(
        folder,
        broker_port=broker_port,
        extra=f'[notices]\nconsole_url = "http://127.0.0.1:{port}/"\n'
        f'[sign_in]\nissuer = "{issuer}"\nclient_id = "desk"\n'
        'client_secret_file = "secret"\nname = "Hospital"\n',
    )
    written = live.config.read_text(encoding="utf-8")
    live.config.write_text(written.replace("port = 0", f"port = {port}", 1), encoding="utf-8")
    return live


def press(page: Page, selector: str) -> None:
    """Reach the element and press Enter."""
    tab_to(page, selector)
    page.keyboard.press("Enter")


def sign_in_there(page: Page) -> None:
    """Go there by the button that has the focus, and do what the organisation asks for."""
    expect(page.locator("a[href^='/login/organisation']")).to_be_focused()
    page.keyboard.press("Enter")
    page.locator("input[name=sub]").focus()
    page.keyboard.type(SUBJECT)
    page.keyboard.press("Enter")


def somebody_guesses(page: Page, url: str) -> None:
    """Try passwords, come in, say that it was somebody else, and choose a new one."""
    page.emulate_media(color_scheme="light")
    page.get_by_role("button", name="English").click()
    page.goto(f"{url}login")
    for password in ("wrong", "wrong", "wrong", PASSWORD):
        page.locator("#id_username").fill("camille")
        tab_to(page, "#id_password")
        page.keyboard.type(password)
        with page.expect_navigation():
            page.keyboard.press("Enter")
        expect(page.locator("#login-error, form[data-action=was-me]")).to_be_visible()
    expect(page.locator("h1")).to_have_text("Was it you?")
    assert_accessible(page)
    press(page, "form[data-action=was-me] button[formaction]")
    expect(page.locator("h1")).to_have_text("A new password")
    page.get_by_role("button", name="Français").click()
    expect(page.locator("h1")).to_have_text("Un nouveau mot de passe")
    assert_accessible(page)
    for field in ("#id_old_password", "#id_new_password1", "#id_new_password2"):
        tab_to(page, field)
        page.keyboard.type(PASSWORD if "old" in field else NEW)
    with page.expect_navigation():
        page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("Ma deuxième clé")
    page.goto(f"{url}me/organisation/")
    expect(page.locator("h2")).to_have_text("D’abord une deuxième clé")
    assert_accessible(page)


def test_somebody_comes_in_and_goes_out_by_keyboard_alone(
    tmp_path: Path, browser: Browser
) -> None:
    """Not linked yet, then linked by whoever runs the desk; then somebody guesses."""
    folder = tmp_path / "broker"
    folder.mkdir()
    with mosquitto(folder) as broker, provider() as issuer:
        live = desk(tmp_path, broker.port, issuer)
        live.staff("camille", "reviewer")
        with live.serve() as serving:
            page = browser.new_page(viewport={"width": 340, "height": 700}, locale="en")
            page.goto(serving.url)
            assert_accessible(page)
            sign_in_there(page)
            expect(page.locator("h1")).to_have_text("Not linked yet")
            subject = page.locator("code.letters").text_content() or ""
            assert subject == SUBJECT
            assert_accessible(page)
            live.must("staff", "link", "camille", "--subject", subject)
            press(page, "main a[href='/login']")
            sign_in_there(page)
            page.wait_for_url(serving.url)
            expect(page.locator("p.who")).to_contain_text("Camille")
            press(page, "form[action='/logout'] button")
            expect(page.locator("h1")).to_have_text("You are out")
            page.get_by_role("button", name="Français").click()
            expect(page.locator("h1")).to_have_text("Vous avez quitté le service")
            assert_accessible(page)
            way_out = page.locator("main a.primary").get_attribute("href") or ""
            assert way_out.startswith(f"{issuer}/oauth2/end_session?")
            press(page, "main a[href='/login']")
            page.emulate_media(color_scheme="dark")
            expect(page.locator("a[href^='/login/organisation']")).to_contain_text("Entrer par")
            assert_accessible(page)
            page.goto(f"{serving.url}login/organisation/return?code=a&state=b")
            expect(page.locator("h1")).to_have_text("L’entrée n’a pas eu lieu")
            assert_accessible(page)
            somebody_guesses(page, serving.url)
            page.close()

"""The owner's page on the home network: a real device with a button and a light, the page as
a process of its own, TLS, and a real browser that goes in by what the light counts.
"""

import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from agent.consents.consent_file import ConsentFile, Purpose, read_consent_file
from agent.page import opening, pairing
from agent.page.home_gate import COOKIE
from tests.agent.consents import owner_text
from tests.agent.examined import Unit
from tests.peers.chromium import (
    Axe,
    Browser,
    BrowserContext,
    NoPage,
    Page,
    ViewportSize,
    chromium,
    expect,
    needs_chromium,
)
from tests.peers.home_press import Hand, pressed_by_hand
from tests.waiting import until

pytestmark = needs_chromium

ROOT = Path(__file__).parents[2]
NAME = "demitasse.local"
WITHIN_S = 60.0
HOME_NETWORK = f"--host-resolver-rules=MAP {NAME} 127.0.0.1, MAP evil.example 127.0.0.1"
"""What the home network's own name service says."""
PHONE: ViewportSize = {"width": 360, "height": 740}
DESK: ViewportSize = {"width": 1280, "height": 900}
WCAG = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
WORDS = {
    "en": {
        "door": "Let this browser in",
        "let_in": "Let me in",
        "wrong": "Those were other numbers.",
        "yes": "I have read this, and I say yes",
        "no": "Switch off",
        "out": "Let it out for good",
        "shut": "The page is closed here.",
    },
    "fr": {
        "door": "Faire entrer ce navigateur",
        "let_in": "Entrer",
        "wrong": "C’étaient d’autres nombres.",
        "yes": "J’ai lu ceci, et je dis oui",
        "no": "Désactiver",
        "out": "Le faire sortir pour de bon",
        "shut": "La page est fermée ici.",
    },
}


@dataclass(frozen=True)
class Home:
    """A device that was just unpacked, with a hand at its button."""

    unit: Unit
    hand: Hand
    language: str
    port: int

    @property
    def url(self) -> str:
        return f"https://{NAME}:{self.port}"

    @property
    def words(self) -> dict[str, str]:
        return WORDS[self.language]

    def switched_on(self, purpose: Purpose) -> bool:
        file = read_consent_file(self.unit.consent)
        assert isinstance(file, ConsentFile)
        return file.switches[purpose].on

    def until(self, holds: Callable[[], bool], what: str) -> None:
        """Wait for what the device is to bring about."""
        until(holds, what, by=self.hand.device)

    def numbers(self) -> list[int]:
        """Return what the light is counting, without waiting for it."""
        found = opening.read_opening(self.unit.state, opening.boottime_s())
        assert found
        return [*found.numbers]

    def is_listening(self) -> bool:
        file = self.unit.state / "page.port"
        return file.exists() and opening.read_opening(
            self.unit.state, opening.boottime_s()
        ) is not None  # fmt: skip


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium(HOME_NETWORK) as started:
        yield started


@pytest.fixture(params=["en", "fr"])
def home(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Home]:
    unit = Unit(tmp_path)
    text = owner_text((), complete=False)
    unit.consent.write_text(
        text.replace('language = "en"', f'language = "{request.param}"'), encoding="utf-8"
    )
    words = [sys.executable, "-m", "agent.main", "--config", str(unit.config), "page"]
    page = subprocess.Popen(
        [*words, "--home", "--port", str(free_port())],
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    try:
        assert page.stdout
        assert "five seconds" in page.stdout.readline()
        with pressed_by_hand(unit) as hand:
            until(unit.store.exists, "the device lives", by=hand.device)
            hand.press_until_flashing()
            port = int(page.stdout.readline().rpartition(":")[2])
            yield Home(unit=unit, hand=hand, language=request.param, port=port)
        assert page.poll() is None, "it waits for the next press"
    finally:
        page.terminate()
        page.wait(WITHIN_S)


@pytest.fixture
def phone(browser: Browser, home: Home) -> Iterator[BrowserContext]:
    """Return a browser whose user has gone on after the warning about the certificate."""
    context = browser.new_context(viewport=PHONE, ignore_https_errors=True)
    yield context
    context.close()


def free_port() -> int:
    with HTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler) as found:
        return found.server_port


def go_in(home: Home, page: Page, numbers: list[int]) -> None:
    """Pair by keyboard alone."""
    page.goto(home.url)
    for _ in range(12):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.name") == "numbers":
            break
    page.keyboard.type(" ".join(map(str, numbers)))
    page.keyboard.press("Enter")


def judge(home: Home, page: Page, name: str) -> None:
    """Look for barriers, for what sticks out and for what is too small; keep a picture."""
    for size in (PHONE, DESK):
        page.set_viewport_size(size)
        assert page.evaluate("document.documentElement.scrollWidth") <= size["width"], name
        if folder := os.environ.get("DEMITASSE_SCREENSHOTS"):
            file = Path(folder) / f"home-{home.language}-{size['width']}-{name}.png"
            page.screenshot(path=file, full_page=True)
    low = page.evaluate(
        "[...document.querySelectorAll('button, .button, input:not([type=hidden])')]"
        ".filter(e => e.offsetHeight < 44).map(e => e.outerHTML)"
    )
    assert low == [], name
    # Colours are all that a dark screen changes; one of these pages has every one of them.
    for scheme in ("light", "dark") if name == "door-wrong" else ("light",):
        page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
        found = Axe().run(page, options=WCAG)
        assert found.violations_count == 0, f"{name}: {found.generate_report()}"
    page.emulate_media(color_scheme="light")
    page.set_viewport_size(PHONE)


def test_from_a_sealed_device_to_consent_and_back(home: Home, phone: BrowserContext) -> None:
    """Nobody here has a shell: a hand, an eye, and a telephone."""
    page, words, learn = phone.new_page(), home.words, Purpose.LEARN_ROUTINE
    trouble: list[str] = []
    page.on("pageerror", lambda error: trouble.append(str(error)))
    page.on("request", lambda r: trouble.append(r.url) if NAME not in r.url else None)
    numbers = home.hand.count() if home.language == "fr" else home.numbers()
    assert numbers == home.numbers()

    page.goto(home.url)
    expect(page.get_by_role("heading", name=words["door"])).to_be_visible()
    judge(home, page, "door")
    go_in(home, page, [1 + n % 5 for n in numbers])
    expect(page.get_by_role("alert")).to_contain_text(words["wrong"])
    judge(home, page, "door-wrong")
    go_in(home, page, numbers)
    page.wait_for_url(f"{home.url}/")
    expect(page.get_by_role("navigation")).to_be_visible()

    page.goto(f"{home.url}/choices/{learn}")
    page.fill("[name=call_me]", "Rosalie")
    page.get_by_role("button", name=words["yes"]).click()
    page.wait_for_url(f"{home.url}/choices")
    assert home.switched_on(learn)
    page.get_by_role("button", name=words["no"]).first.click()
    home.until(lambda: not home.switched_on(learn), "switched off")

    page.goto(f"{home.url}/mine")
    judge(home, page, "mine")
    [kept] = [one for one in phone.cookies() if one["name"] == COOKIE]
    assert (kept["secure"], kept["httpOnly"], kept["sameSite"]) == (True, True, "Strict")
    page.get_by_role("button", name=words["out"]).click()
    home.until(lambda: not (home.unit.state / pairing.PAIRING_FILE).exists(), "let out")

    # The opening has ended with the browser that was let in; this one has let itself out.
    home.until(lambda: not (home.unit.state / opening.OPENING_FILE).exists(), "closed")
    home.hand.press_until_flashing()
    home.until(home.is_listening, "opened")
    page.goto(f"{home.url}/mine")
    expect(page.get_by_role("heading", name=words["door"])).to_be_visible()
    assert any(one["value"] == kept["value"] for one in phone.cookies()), "it was shown again"
    assert trouble == []


@pytest.mark.parametrize("home", ["fr"], indirect=True)
def test_others_at_the_same_network_stay_outside(
    home: Home, browser: Browser, phone: BrowserContext
) -> None:
    mine, numbers = phone.new_page(), home.numbers()
    warned = browser.new_context().new_page()
    with pytest.raises(NoPage, match="ERR_CERT_AUTHORITY_INVALID"):
        warned.goto(home.url)

    go_in(home, mine, numbers)
    mine.wait_for_url(f"{home.url}/")

    second = browser.new_context(ignore_https_errors=True).new_page()
    answered = second.goto(home.url)
    assert answered
    assert answered.status == 403
    expect(second.get_by_role("heading", name=home.words["shut"])).to_be_visible()

    renamed = second.goto(f"https://evil.example:{home.port}/")
    assert renamed
    assert renamed.status == 421

    with elsewhere(f"{home.url}/unpair") as address:
        mine.goto(address)
        mine.get_by_role("button").click()
        mine.wait_for_url(f"{home.url}/unpair")
    assert (home.unit.state / pairing.PAIRING_FILE).exists()
    mine.goto(f"{home.url}/mine")
    expect(mine.get_by_role("button", name=home.words["out"])).to_be_visible()
    for page in (warned, second):
        page.context.close()


class elsewhere:  # noqa: N801
    """Another site at the same network, whose page posts a form to ours."""

    def __init__(self, target: str) -> None:
        body = f'<form method="post" action="{target}"><button>A prize</button></form>'.encode()

        class Prize(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(200)
                self.send_header("Content-Type", "text/html")
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:
                """Say nothing."""

        self._server = HTTPServer(("127.0.0.1", 0), Prize)

    def __enter__(self) -> str:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{self._server.server_port}/"

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

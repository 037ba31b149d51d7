"""The pages about the line in a real browser: read by keyboard, by axe-core, in two languages.

axe-core's rules are those of WCAG 2.2 AA and its own best practices: none may be broken, on a
desktop and on a telephone, in light and in dark.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.escalation.live_desk import PASSWORD, Line, LiveDesk
from tests.peers.brokers import mosquitto, needs_mosquitto
from tests.peers.chromium import Axe, Browser, Page, expect, needs_chromium

pytestmark = [
    needs_mosquitto,
    needs_chromium,
]

SILENCE = """
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from escalation import startup
startup.start_initialised(Path(sys.argv[1]))
from escalation.models import Device, Unheard
since = datetime.now(UTC) - timedelta(hours=5)
for device in Device.objects.all():
    name = "Madeleine" if device.call_me else "Agathe"
    ended = None if name == "Madeleine" else datetime.now(UTC)
    Device.objects.filter(pk=device.pk).update(last_heard_at=since, call_me=name)
    Unheard.objects.create(
        device=device, kind="silent", since=since, opened_at=since, ended_at=ended
    )
"""

WORDS = {
    "en": {
        "silent": "We do not hear from Madeleine.",
        "list": "We do not hear from 1 household",
        "kept": "2 messages could not be believed and were kept aside",
        "large": "It is larger than any message can be.",
        "save": "Save as hexadecimal digits",
    },
    "fr": {
        "silent": "Nous sommes sans nouvelles de la machine de Madeleine.",
        "list": "Nous sommes sans nouvelles de 1 foyer",
        "kept": "2 messages n’étaient pas dignes de foi et ont été mis de côté",
        "large": "Il est plus grand qu’aucun message ne peut l’être.",
        "save": "Enregistrer en chiffres hexadécimaux",
    },
}
VIEWS = {
    "desktop": {"viewport": {"width": 1280, "height": 900}},
    "phone": {"viewport": {"width": 360, "height": 740}},
}


@dataclass(frozen=True)
class Site:
    """A desk that serves, with one silent household and two envelopes kept aside."""

    url: str
    device: str


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Run the desk, let things happen, and serve."""
    folder = tmp_path_factory.mktemp("line")
    (folder / "broker").mkdir()
    with mosquitto(folder / "broker") as broker:
        live = LiveDesk(folder, broker_port=broker.port)
        for language in ("en", "fr"):
            live.staff(f"malik-{language}", "technician", language=language)
        home, other = live.enroll_many(2)
        with live.serve() as serving, Line(home, broker.port) as line:
            line.send(home.alert())
            line.send_bytes(b"<script>alert(1)</script>")
            line.send_bytes(b"x" * 5000)
            line.send_bytes(other.seal(other.heartbeat()), topic=other.up)
            serving.until(lambda: live.count("Quarantine") == 2, "what is kept aside")
            live.ask(SILENCE, "")
            yield Site(url=serving.url, device=home.device_id)


def log_in(page: Page, site: Site, language: str) -> None:
    """Come in as the technician who speaks this language."""
    page.goto(site.url)
    page.fill("[name=username]", f"malik-{language}")
    page.fill("[name=password]", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(site.url)


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("language", ["en", "fr"])
def test_the_pages_can_be_read_by_everybody(
    *, site: Site, browser: Browser, language: str, scheme: str, view: str, tmp_path: Path
) -> None:
    """No rule of axe-core is broken, and a telephone needs no sideways scrolling."""
    words = WORDS[language]
    context = browser.new_context(color_scheme=scheme, locale=language, **VIEWS[view])  # type: ignore[arg-type]
    page = context.new_page()
    log_in(page, site, language)
    expect(page.locator("main")).to_contain_text(words["list"])
    expect(page.locator("main")).to_contain_text(words["kept"])
    for path, said in (("not-heard", words["silent"]), ("kept-aside", words["large"])):
        page.goto(site.url + path)
        expect(page.locator("main")).to_contain_text(said)
        for details in page.locator("details").all():
            details.evaluate("element => { element.open = true }")
        found = Axe().run(page)
        assert found.violations_count == 0, found.generate_report()
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
        page.screenshot(path=tmp_path / f"{path}-{language}-{scheme}-{view}.png")
    context.close()


def test_what_was_kept_is_saved_by_keyboard_and_never_runs(
    site: Site, browser: Browser
) -> None:
    """Tab, Enter, Tab, Enter; and the bytes arrive as digits in a file."""
    context = browser.new_context(accept_downloads=True)
    page = context.new_page()
    ran: list[str] = []
    page.on("dialog", lambda dialog: ran.append(dialog.message))
    log_in(page, site, "en")
    page.goto(site.url + "kept-aside")
    page.keyboard.press("Tab")
    assert not page.locator("dl").first.is_visible()
    for _ in range(30):
        if page.evaluate("document.activeElement.matches('summary')"):
            break
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("dl").first).to_be_visible()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == WORDS["en"]["save"]
    with page.expect_download() as download:
        page.keyboard.press("Enter")
    text = Path(download.value.path()).read_text(encoding="ascii")
    assert re.fullmatch(r"([0-9a-f]+\n)+", text)
    assert ran == []
    context.close()

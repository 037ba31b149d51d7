"""The console in a real browser: a person logs in, sees somebody wait, takes over, decides.

A whole desk runs behind it, with a broker and a household; the pages are looked at by a
headless Chromium with JavaScript and with the console's strict content policy in force.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.escalation.live_desk import PASSWORD, Line, LiveDesk
from tests.peers.brokers import mosquitto, needs_mosquitto
from tests.peers.chromium import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    expect,
    needs_chromium,
    tab_to,
)
from wire.messages import Decision

pytestmark = [
    needs_mosquitto,
    needs_chromium,
]

WITHIN_MS = 15_000
expect.set_options(timeout=WITHIN_MS)

WORDS = {
    "en": {
        "empty": "Nobody is waiting. Have a coffee.",
        "list": "Waiting",
        "change": "About 9 coffees a day since",
        "somebody": "Somebody is waiting.",
        "take": "Help the next person",
        "send": "Send the decision home",
        "decided": "Camille decided: Write",
        "home": "The decision has gone home.",
        "new": "New in the list: Somebody is waiting.",
    },
    "fr": {
        "empty": "Personne n’attend. Prenez un café.",
        "list": "En attente",
        "change": "Environ 9 cafés par jour depuis",
        "somebody": "Quelqu’un attend.",
        "take": "Aider la personne suivante",
        "send": "Envoyer la décision à la maison",
        "decided": "Camille a décidé\N{NO-BREAK SPACE}: Écrire",
        "home": "La décision est partie à la maison.",
        "new": "Nouveau dans la liste\N{NO-BREAK SPACE}: Quelqu’un attend.",
    },
}


@dataclass(frozen=True)
class Site:
    """A desk that serves, and how to reach it."""

    url: str
    live: LiveDesk
    broker_port: int


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """Run an empty desk with one reviewer."""
    folder = tmp_path / "broker"
    folder.mkdir()
    with mosquitto(folder) as broker:
        live = LiveDesk(tmp_path, broker_port=broker.port)
        with live.serve() as serving:
            yield Site(url=serving.url, live=live, broker_port=broker.port)


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """Open a fresh profile."""
    opened = browser.new_context(locale="en")
    yield opened
    opened.close()


def log_in(page: Page, site: Site) -> None:
    """Fill in the login form by keyboard; its first field has the focus already."""
    page.goto(site.url)
    expect(page.locator("[name=username]")).to_be_focused()
    page.keyboard.type("camille")
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(site.url)


@pytest.mark.parametrize("language", ["en", "fr"])
def test_somebody_waits_is_taken_over_and_answered_by_keyboard_alone(
    site: Site, context: BrowserContext, language: str
) -> None:
    """The whole path of a reviewer, in both languages, and home."""
    words = WORDS[language]
    site.live.staff("camille", "reviewer", language=language)
    home = site.live.enroll()
    page = context.new_page()
    trouble: list[str] = []
    page.on("console", lambda said: note(said, trouble))
    page.on("pageerror", lambda error: trouble.append(str(error)))
    page.on("request", lambda asked: foreign(asked.url, site.url, trouble))
    log_in(page, site)
    expect(page.locator("main")).to_contain_text(words["empty"])
    assert page.get_attribute("html", "lang") == language

    page.evaluate("window.notReloaded = true")
    with Line(home, site.broker_port) as line:
        line.send(home.alert())
        expect(page.locator("#cases [data-waits]")).to_contain_text(words["somebody"])
        expect(page.locator("main")).not_to_contain_text("Madeleine")
        expect(page.locator("#announcement")).to_have_text(words["new"])
        expect(page).to_have_title(f"(1) {words['list']} · Demitasse")
        assert page.evaluate("window.notReloaded")

        tab_to(page, "form[data-action=next] button")
        assert page.evaluate("document.activeElement.textContent") == words["take"]
        page.keyboard.press("Enter")
        expect(page.locator("h1")).to_have_text("Madeleine")
        expect(page.locator("main")).to_contain_text(words["change"])
        assert home.device_id not in page.content()
        expect(page.locator("form[data-action=decide]")).to_be_visible()

        tab_to(page, "[name=choice]")
        page.keyboard.press("Space")
        page.keyboard.press("ArrowDown")
        assert page.input_value("[name=choice]:checked") == "write"
        tab_to(page, "[name=reason]")
        page.keyboard.type("A word seems kinder than a call.")
        tab_to(page, "[name=message]")
        page.keyboard.type("Bonjour Madeleine !")
        tab_to(page, "form[data-action=decide] button")
        assert page.evaluate("document.activeElement.textContent") == words["send"]
        page.keyboard.press("Enter")

        expect(page.locator("[data-decision=write] h2")).to_have_text(words["decided"])
        decision = line.wait_for("decision").message
        expect(page.locator("[data-home]")).to_have_text(words["home"])
    assert isinstance(decision, Decision)
    assert decision.reason == "A word seems kinder than a call."
    assert decision.message == "Bonjour Madeleine !"
    assert trouble == []


def note(said: ConsoleMessage, trouble: list[str]) -> None:
    """Keep what the browser complains of; a broken content policy is told here."""
    if said.type in ("error", "warning"):
        trouble.append(said.text)


def foreign(url: str, own: str, trouble: list[str]) -> None:
    """Keep requests that leave for another place."""
    if not url.startswith(own):
        trouble.append(f"asks {url}")


def test_the_focus_stays_where_it_was_when_the_list_is_renewed(
    site: Site, context: BrowserContext
) -> None:
    """Somebody who is about to press Enter opens what they meant to open."""
    site.live.staff("camille", "supervisor")
    home, other = site.live.enroll(call_me="Ana"), site.live.enroll(call_me="Bo")
    page = context.new_page()
    with Line(home, site.broker_port) as line:
        line.send(home.alert())
        line.wait_for("ack")
    log_in(page, site)
    tab_to(page, "a[data-case]")
    with Line(other, site.broker_port) as line:
        line.send(other.alert())
        expect(page.locator("a[data-case]")).to_have_count(2)
    expect(page.locator("a[data-case]:focus")).to_contain_text("Ana")


def test_the_first_tab_skips_to_the_content_and_the_focus_can_be_seen(
    site: Site, context: BrowserContext
) -> None:
    """The skip link appears, leads to ``main``, and the next Tab is inside it."""
    site.live.staff("camille", "technician")
    home = site.live.enroll()
    with Line(home, site.broker_port) as line:
        line.send(home.service_report())
        line.wait_for("ack")
    page = context.new_page()
    log_in(page, site)
    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_focused()
    expect(page.locator(".skip")).to_be_in_viewport()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    for reached in ("main form[data-action=next] button:focus", "main a[data-case]:focus"):
        focused = page.locator(reached)
        expect(focused).to_be_visible()
        assert focused.evaluate("e => getComputedStyle(e).outlineStyle") == "solid"
        page.keyboard.press("Tab")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_can_be_read_and_every_target_be_hit_on_a_phone(
    site: Site, browser: Browser, scheme: str
) -> None:
    """Contrast of 4.5 : 1 or more, no sideways scrolling, buttons of 44 pixels."""
    site.live.staff("camille", "reviewer")
    home = site.live.enroll(call_me="Marie-Madeleine de la Tour-d’Auvergne-Lauraguais")
    with Line(home, site.broker_port) as line:
        line.send(home.alert())
        line.wait_for("ack")
    phone = browser.new_context(
        viewport={"width": 320, "height": 640},
        color_scheme="dark" if scheme == "dark" else "light",
        locale="en",
    )
    page = phone.new_page()
    page.goto(site.url)
    look_closely(page)
    log_in(page, site)
    look_closely(page)
    page.click("form[data-action=next] button")
    expect(page.locator("form[data-action=decide]")).to_be_visible()
    look_closely(page)
    for path in ("", "practice/", "practice/quiet-kitchen/"):
        page.goto(site.url + path)
        look_closely(page)
    page.click("[name=choice]")
    page.fill("[name=reason]", "To ask first.")
    page.click("form[data-action=practise] button")
    expect(page.locator("#answer")).to_be_visible()
    look_closely(page)
    phone.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_supervisors_pages_can_be_read_and_hit_on_a_phone(
    site: Site, browser: Browser, scheme: str
) -> None:
    """Nobody trained is there: it stands first, and leads to whom to ask."""
    site.live.staff("camille", "supervisor")
    site.live.staff("sacha", "reviewer", trained=False)
    home = site.live.enroll()
    with Line(home, site.broker_port) as line:
        line.send(home.alert())
        line.wait_for("message")
    phone = browser.new_context(
        viewport={"width": 320, "height": 640},
        color_scheme="dark" if scheme == "dark" else "light",
        locale="en",
    )
    page = phone.new_page()
    log_in(page, site)
    expect(page.locator("[role=alert]")).to_contain_text("Nobody trained is there")
    look_closely(page)
    page.click("[role=alert] a")
    look_closely(page)
    page.click("text=Sacha")
    expect(page.locator("form[data-action=add-hours]")).to_be_visible()
    page.fill("[name=begins]", "09:00")
    page.fill("[name=ends]", "12:00")
    page.click("form[data-action=add-hours] button")
    expect(page.locator("form[data-action=remove-hours]")).to_be_visible()
    look_closely(page)
    phone.close()


def look_closely(page: Page) -> None:
    """Measure the page that is shown."""
    page.wait_for_load_state()
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    assert page.evaluate(FAINT_TEXTS) == []
    assert page.evaluate(SMALL_TARGETS) == []


FAINT_TEXTS = """() => {
  const numbers = (colour) => colour.match(/[\\d.]+/g).map(Number);
  const luminance = ([r, g, b]) => {
    const [x, y, z] = [r, g, b].map((c) => c / 255).map(
      (c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
    return 0.2126 * x + 0.7152 * y + 0.0722 * z;
  };
  const ground = (element) => {
    for (let e = element; e; e = e.parentElement) {
      const colour = numbers(getComputedStyle(e).backgroundColor);
      if (colour.length === 3 || colour[3] === 1) return colour;
    }
    return [255, 255, 255];
  };
  const faint = [];
  for (const element of document.querySelectorAll("body *")) {
    const own = [...element.childNodes].some((n) => n.nodeType === 3 && n.data.trim());
    if (!own || !element.checkVisibility()) continue;
    const [a, b] = [numbers(getComputedStyle(element).color), ground(element)].map(luminance);
    const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (contrast < 4.5) faint.push(`${element.textContent.trim()}: ${contrast.toFixed(2)}`);
  }
  return faint;
}"""

SMALL_TARGETS = """() =>
  [...document.querySelectorAll(
    "main button, a.case, .choice, main input, main textarea, main select")]
    .filter((e) => e.checkVisibility() && e.type !== "radio" && e.type !== "hidden")
    .filter((e) => e.getBoundingClientRect().height < 44)
    .map((e) => e.outerHTML)
"""


def test_without_javascript_everything_works_one_reload_at_a_time(
    site: Site, browser: Browser
) -> None:
    """And the list says so."""
    site.live.staff("camille", "reviewer")
    home = site.live.enroll()
    plain = browser.new_context(java_script_enabled=False, locale="en")
    page = plain.new_page()
    page.goto(site.url)
    page.fill("[name=username]", "camille")
    page.fill("[name=password]", PASSWORD)
    page.click("main button")
    with Line(home, site.broker_port) as line:
        line.send(home.alert())
        line.wait_for("ack")
        page.click("text=Look again")
        page.click("form[data-action=next] button")
        page.check("[value=leave_in_peace]")
        page.fill("[name=reason]", "There is nothing to add.")
        page.click("form[data-action=decide] button")
        expect(page.locator("[data-decision=leave_in_peace]")).to_be_visible()
        line.wait_for("decision")
    plain.close()

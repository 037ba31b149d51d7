"""The flows that take more than one person, in a real browser: each page read by axe-core.

A reviewer, a supervisor and somebody whom an owner named, each at their own window; in English
on a desktop in light, in French on a telephone in dark. No rule of WCAG 2.2 AA may be broken,
and nothing needs sideways scrolling.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from escalation.casework.cohorts import AT_LEAST
from tests.escalation.household import ALL_PURPOSES
from tests.escalation.live_desk import PASSWORD, Line, LiveDesk
from tests.peers.brokers import mosquitto, needs_mosquitto
from tests.peers.chromium import Axe, Browser, Page, expect, needs_chromium
from wire.messages import Language, Note, TrustedPerson

pytestmark = [
    needs_mosquitto,
    needs_chromium,
]

PAUL = TrustedPerson(name="Paul", relation="my brother", channel="+33 1 99 00 77 88")
VIEWS = {
    "en": {"viewport": {"width": 1280, "height": 900}, "color_scheme": "light"},
    "fr": {"viewport": {"width": 360, "height": 740}, "color_scheme": "dark"},
}


@dataclass(frozen=True)
class Site:
    """A desk that serves, with a wave of one batch, and where its households send."""

    url: str
    live: LiveDesk
    broker_port: int


@dataclass
class Window:
    """One person's browser, whose every page is read by axe-core and photographed."""

    page: Page
    site: Site
    folder: Path

    def log_in(self, name: str) -> None:
        """Come in by keyboard."""
        self.page.goto(self.site.url)
        self.page.fill("[name=username]", name)
        self.page.fill("[name=password]", PASSWORD)
        self.page.keyboard.press("Enter")
        self.page.wait_for_url(self.site.url)

    def press(self, action: str, name: str = "") -> None:
        """Press the button of a form by keyboard."""
        self._unfold()
        which = f"[name={name}]" if name else ""
        button = self.page.locator(f"form[data-action={action}] button{which}").first
        button.focus()
        with self.page.expect_navigation():
            self.page.keyboard.press("Enter")

    def write(self, field: str, text: str) -> None:
        """Write into a field, wherever it is folded away."""
        self._unfold()
        self.page.fill(field, text)

    def _unfold(self) -> None:
        unfold = "for (const one of document.querySelectorAll('details')) one.open = true"
        self.page.evaluate(unfold)

    def look(self, name: str) -> None:
        """Read the page as it is, with everything unfolded."""
        self._unfold()
        found = Axe().run(self.page)
        assert found.violations_count == 0, f"{name}: {found.generate_report()}"
        fits = "document.documentElement.scrollWidth <= window.innerWidth"
        assert self.page.evaluate(fits), name
        self.page.screenshot(path=self.folder / f"{name}.png", full_page=True)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Run a desk with two reviewers and two supervisors, and let a bad update arrive."""
    folder = tmp_path_factory.mktemp("flows")
    (folder / "broker").mkdir()
    with mosquitto(folder / "broker") as broker:
        live = LiveDesk(folder, broker_port=broker.port)
        for language in VIEWS:
            live.staff(f"camille-{language}", "reviewer", language=language)
            live.staff(f"nadia-{language}", "supervisor", language=language)
        home = live.enroll(model="Lungo", firmware="2.1")
        with live.serve() as serving, Line(home, broker.port) as line:
            for _ in range(AT_LEAST):
                line.send(home.alert())
            serving.until(
                lambda: live.query("Case", "state").count("held") == AT_LEAST, "the hold"
            )
            yield Site(url=serving.url, live=live, broker_port=broker.port)


@pytest.fixture
def windows(
    site: Site, browser: Browser, tmp_path: Path, request: pytest.FixtureRequest
) -> Iterator[dict[str, Window]]:
    """Open a window for each of the three."""
    language = str(request.getfixturevalue("language"))
    contexts = {
        who: browser.new_context(locale=language, **VIEWS[language])  # type: ignore[arg-type]
        for who in ("camille", "nadia", "paul")
    }
    yield {who: Window(one.new_page(), site, tmp_path) for who, one in contexts.items()}
    for one in contexts.values():
        one.close()


@pytest.mark.parametrize("language", list(VIEWS))
def test_three_people_go_the_whole_way_and_every_page_can_be_read_by_everybody(
    site: Site, windows: dict[str, Window], language: str
) -> None:
    """Invited, accepted, asked, approved, contacted; a call with danger in it; an incident."""
    camille, nadia, paul = windows.values()
    camille.log_in(f"camille-{language}")
    nadia.log_in(f"nadia-{language}")
    home = site.live.enroll(
        trusted_person=PAUL,
        purposes=(*ALL_PURPOSES, "contact_trusted_person"),
        language=Language(language),
        model="Doppio",
    )
    with Line(home, site.broker_port) as line:
        line.send(replace(home.alert(), owner=home.owner()))
        line.wait_for("ack")
        _reach_paul(camille, nadia, paul, line)
    _a_call_with_danger_in_it(camille)
    _an_incident_and_the_telephone(nadia)


def _reach_paul(camille: Window, nadia: Window, paul: Window, line: Line) -> None:
    camille.press("next")
    expect(camille.page.locator("[data-standing=not_asked]")).to_be_visible()
    camille.look("case")
    camille.press("invite")
    note = line.wait_for("message").message
    assert isinstance(note, Note)
    found = re.search(r"https?://\S+/asked/\S+", note.text)
    assert found is not None
    paul.page.goto(found.group(0))
    paul.look("invitation")
    paul.press("accept")
    paul.look("accepted")
    camille.page.reload()
    camille.look("may-be-asked")
    camille.write("[name=why]", "No answer since Tuesday, and that is unusual here.")
    camille.write("[name=request]", "Could you ring, just to say hello?")
    camille.press("ask-person")
    nadia.page.goto(nadia.site.url)
    expect(nadia.page.locator("[data-second-word]")).to_be_visible()
    nadia.look("list-of-a-supervisor")
    with nadia.page.expect_navigation():
        nadia.page.locator("[data-second-word] a").click()
    nadia.look("second-word")
    nadia.press("second-word", "agree")
    camille.page.reload()
    expect(camille.page.locator("main")).not_to_contain_text(PAUL.channel)
    camille.press("contact")
    expect(camille.page.locator("main")).to_contain_text(PAUL.channel)
    paul.page.reload()
    paul.look("request")
    paul.press("answer")
    paul.look("answered")
    camille.page.reload()
    camille.look("contacted")


def _a_call_with_danger_in_it(camille: Window) -> None:
    camille.press("talk")
    camille.press("emergency")
    camille.look("danger")
    for step in ("ask", "call", "stay"):
        camille.press(f"step-{step}")
    camille.write("#because-tell", "She stands beside me.")
    camille.press("step-tell", "left_out")
    camille.press("hand-over")
    camille.look("hand-over")
    camille.press("hang-up")
    camille.write("[name=call_from]", "14:00")
    camille.write("[name=call_until]", "14:01")
    camille.press("wishes")
    camille.look("wishes")
    camille.page.locator("[value=write]").check()
    camille.write("[name=reason]", "Paul rings her.")
    camille.press("decide")
    camille.look("decided")


def _an_incident_and_the_telephone(nadia: Window) -> None:
    nadia.page.goto(f"{nadia.site.url}incidents/")
    nadia.look("incidents")
    with nadia.page.expect_navigation():
        nadia.page.locator("main .cases a").first.click()
    nadia.look("incident")
    nadia.press("tell")
    nadia.look("told")
    nadia.page.goto(f"{nadia.site.url}called/")
    nadia.write("[name=name]", "made")
    nadia.press("search")
    expect(nadia.page.locator("form[data-action=answer-call]").first).to_be_visible()
    nadia.look("called")

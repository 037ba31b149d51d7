"""A whole day of a reviewer, a technician and a supervisor, at the keyboard, in a real browser.

From logging in to going home, in English on a desktop in light and in French on a telephone in
dark. Every page on the way is read by axe-core, and the Tab key leads to everything on it. The
days of a guardian and of a volunteer are in files of their own.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.escalation.household import Household
from tests.escalation.live_desk import Line, LiveDesk
from tests.peers.brokers import mosquitto, needs_mosquitto
from tests.peers.chromium import Browser, expect, needs_chromium
from tests.peers.keyboard import VIEWS, KeyboardWindow
from wire.messages import Decision, Language, Note

pytestmark = [
    needs_mosquitto,
    needs_chromium,
]

COLLEAGUES = """
import json, sys
from datetime import UTC, datetime
from pathlib import Path
from escalation import startup
startup.start_initialised(Path(sys.argv[1]))
from escalation.models import PracticeAnswer, Staff
from escalation.team.practice import PRACTICE
camille = Staff.objects.get(username="camille")
for name, role in json.load(sys.stdin).items():
    staff = Staff.objects.create(
        username=name, first_name=name.title(), language=camille.language,
        password=camille.password, **{f"is_{role}": True},
    )
for slug in PRACTICE:
    PracticeAnswer.objects.create(
        staff=Staff.objects.get(username="alex"), practice=slug, choice="write",
        reason="A word is enough.", answered_at=datetime.now(UTC),
    )
"""
"""With the password of the first. Alex has practised, and waits for a signature."""

BRAND = "a.brand"
LOG_OUT = "form[action='/logout'] button"
PRESS = "form[data-action={}] button"


@dataclass
class Day:
    """A desk at which people of one language work."""

    language: str
    url: str
    live: LiveDesk
    broker_port: int
    browser: Browser
    pictures: Path
    lines: list[Line] = field(default_factory=list)

    def home(self, name: str, model: str = "Doppio") -> tuple[Household, Line]:
        """Return a household and its connection."""
        home = self.live.enroll(call_me=name, model=model, language=Language(self.language))
        line = Line(home, self.broker_port).__enter__()
        self.lines.append(line)
        return home, line

    def window(self, name: str) -> KeyboardWindow:
        """Let somebody come in."""
        context = self.browser.new_context(
            locale=self.language,
            **VIEWS[self.language],  # type: ignore[arg-type]
        )
        window = KeyboardWindow(context.new_page(), self.url, self.pictures)
        window.come_in(name)
        return window


@pytest.fixture(scope="module", params=list(VIEWS))
def day(
    request: pytest.FixtureRequest, browser: Browser, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Day]:
    """Open a desk where Camille, Alex, Theo and Nadia speak one language."""
    language = str(request.param)
    folder = tmp_path_factory.mktemp("day")
    (folder / "broker").mkdir()
    with mosquitto(folder / "broker") as broker:
        live = LiveDesk(folder, broker_port=broker.port)
        live.staff("camille", "reviewer", language=language)
        live.ask(
            COLLEAGUES, '{"alex": "reviewer", "theo": "technician", "nadia": "supervisor"}'
        )
        with live.serve() as serving:
            opened = Day(language, serving.url, live, broker.port, browser, folder)
            yield opened
            for line in opened.lines:
                line.__exit__(None, None, None)


def test_a_reviewers_day(day: Day) -> None:
    """Practice, a call, a wish, a decision, how it felt on both sides; a word, and home."""
    camille = day.window("camille")
    camille.look("nobody-waits")
    _reads_about_herself_and_practises(camille)
    madeleine, line = day.home("Madeleine")
    alert_id = madeleine.device_id * 2
    line.send(madeleine.alert(), message_id=alert_id)
    line.wait_for("ack")
    camille.press(BRAND)
    camille.press(PRESS.format("next"))
    expect(camille.page.locator("h1")).to_have_text("Madeleine")
    camille.look("case")
    _speaks_with_the_owner(camille)
    camille.choose("[name=choice]", "write")
    camille.write("[name=reason]", "You said that a word now and then is welcome.")
    camille.write("[name=message]", "Thank you for the talk.")
    camille.press(PRESS.format("decide"))
    camille.look("decided")
    decision = line.wait_for("decision").message
    assert isinstance(decision, Decision)
    assert decision.message == "Thank you for the talk."
    camille.press("form[data-action=how-hard] [value=light]")
    line.send(madeleine.reply(alert_id, "That did me good."))
    line.wait_for("ack")
    camille.press(BRAND)
    camille.look("lately")
    camille.open("Madeleine")
    expect(camille.page.locator("main")).to_contain_text("That did me good.")
    camille.press("p.back a")
    _hands_over_and_goes_home(camille, day)


def _reads_about_herself_and_practises(camille: KeyboardWindow) -> None:
    camille.press(".who a")
    camille.look("me")
    camille.write("#id_quiet_from", "10:00")
    camille.write("#id_quiet_until", "11:30")
    camille.press(PRESS.format("keep-wishes"))
    expect(camille.page.locator("#id_quiet_from")).to_have_value("10:00")
    camille.press("p.back a")
    camille.press("a[href='/practice/']")
    camille.look("practice")
    camille.press("main .cases a")
    camille.look("an-invented-household")
    camille.choose("[name=choice]", "write")
    camille.write("[name=reason]", "It is early days.")
    camille.press(PRESS.format("practise"))
    camille.look("practised")


def _speaks_with_the_owner(camille: KeyboardWindow) -> None:
    camille.press(PRESS.format("talk"))
    camille.look("on-the-line")
    camille.unfold("details:has(form[data-action=wishes]) > summary")
    camille.write("#id_call_from", "09:00")
    camille.write("#id_call_until", "11:30")
    camille.write("#id_words", "A word now and then.")
    camille.press(PRESS.format("wishes"))
    camille.press(PRESS.format("hang-up"))
    expect(camille.page.locator("main")).to_contain_text("A word now and then.")
    camille.look("what-they-have-told-us")


def _hands_over_and_goes_home(camille: KeyboardWindow, day: Day) -> None:
    georges, line = day.home("Georges", model="Lungo")
    line.send(georges.alert())
    line.wait_for("ack")
    camille.press(BRAND)
    camille.press(PRESS.format("next"))
    camille.press(BRAND)
    camille.look("in-her-hands")
    camille.write("textarea[name^=note-]", "I have only read it so far.")
    camille.press(PRESS.format("end-shift"))
    expect(camille.page.locator("main .notes")).to_be_visible()
    camille.look("gone-home")
    camille.press(LOG_OUT)
    camille.look("login")


def test_a_technicians_day(day: Day) -> None:
    """A machine that needs help and a part, and the line to the households."""
    theo = day.window("theo")
    agathe, line = day.home("Agathe")
    line.send(agathe.service_report())
    line.wait_for("ack")
    theo.press(BRAND)
    theo.look("machines")
    theo.open("Agathe")
    theo.look("machine")
    theo.press(PRESS.format("claim"))
    theo.look("machine-in-hand")
    theo.choose("[name=choice]", "repair")
    theo.write("[name=reason]", "The switch in your water tank sticks.")
    theo.write("[name=message]", "I look for a new one; it clicks in without a tool.")
    theo.press(PRESS.format("decide"))
    theo.look("machine-decided")
    decision = line.wait_for("decision").message
    assert isinstance(decision, Decision)
    assert (decision.reviewer, decision.choice) == ("Theo", "repair")
    theo.page.reload()
    theo.write("#id_note", "It arrives on Tuesday.")
    theo.write("#id_part", "Tank switch")
    theo.press(PRESS.format("go-on"))
    theo.look("part-to-send")
    told = line.wait_for("message").message
    assert isinstance(told, Note)
    assert told.text.startswith("It arrives on Tuesday.\n")
    assert "Tank switch" in told.text
    theo.press(BRAND)
    theo.press("a[href='/parts/']")
    theo.look("parts-to-send")
    theo.press(PRESS.format("end-part") + "[value=sent]")
    told = line.wait_for("message").message
    assert isinstance(told, Note)
    assert told.text.endswith("Tank switch.")
    assert "Tuesday" not in told.text
    theo.look("nothing-to-send")
    theo.press("p.back a")
    theo.press("a[href='/not-heard']")
    theo.look("not-heard")
    theo.press("p.back a")
    theo.press("a[href='/kept-aside']")
    theo.look("kept-aside")
    theo.press(LOG_OUT)


def test_a_supervisors_day(day: Day) -> None:
    """A colleague who has practised, a volunteer, a recall, the telephone, how it felt."""
    nadia = day.window("nadia")
    pauline, line = day.home("Pauline", model="Ristretto")
    line.send(pauline.alert())
    line.wait_for("ack")
    nadia.press(BRAND)
    nadia.look("whole-queue")
    _signs_for_a_colleague(nadia)
    _writes_a_volunteer_down(nadia)
    _holds_a_recall_together(nadia, line)
    nadia.press(BRAND)
    nadia.press("a[href='/called/']")
    nadia.write("#id_name", "pauline")
    nadia.press(PRESS.format("search"))
    nadia.look("called")
    nadia.press(BRAND)
    nadia.press("a[href='/felt/']")
    nadia.look("felt")
    nadia.press(BRAND)
    nadia.press("a[href='/me/words']")
    nadia.look("words-that-came-back")
    nadia.press(LOG_OUT)


def _signs_for_a_colleague(nadia: KeyboardWindow) -> None:
    nadia.press("a[href='/people/']")
    nadia.look("colleagues")
    nadia.open("Alex")
    nadia.look("has-practised")
    nadia.press(PRESS.format("sign-off"))
    expect(nadia.page.locator(PRESS.format("end-skill"))).to_be_visible()
    nadia.write("#id_begins", "09:00")
    nadia.write("#id_ends", "11:30")
    nadia.press(PRESS.format("add-hours"))
    expect(nadia.page.locator("#hours ~ ul")).to_contain_text("09:00")
    nadia.look("signed")
    nadia.press("p.back a")
    nadia.press("a[href='/people/tried']")
    nadia.look("tried-at-the-door")


def _writes_a_volunteer_down(nadia: KeyboardWindow) -> None:
    nadia.press(BRAND)
    nadia.press("a[href='/circle/']")
    nadia.look("nobody-in-the-circle")
    nadia.write("#id_first_name", "Inès")
    nadia.tick("[name=speaks_fr]")
    nadia.write("#id_reached_by", "+33 1 99 00 55 66")
    nadia.press(PRESS.format("enter-volunteer"))
    nadia.press(PRESS.format("invite-volunteer"))
    nadia.look("volunteer")


def _holds_a_recall_together(nadia: KeyboardWindow, line: Line) -> None:
    nadia.press(BRAND)
    nadia.press("a[href='/incidents/']")
    nadia.look("no-incident")
    nadia.choose("[name=cohort]", "Ristretto")
    nadia.press(PRESS.format("open-incident"))
    nadia.look("incident")
    nadia.press(PRESS.format("tell"))
    nadia.look("told")
    told = line.wait_for("message").message
    assert isinstance(told, Note)
    assert told.sender == "Nadia"
    nadia.press(PRESS.format("release"))
    nadia.look("over")

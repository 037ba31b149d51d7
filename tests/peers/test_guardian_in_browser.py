"""A guardian's day in a real browser, by keyboard: an objection, a conversation, a wording.

In English on a desktop in light, in French on a telephone in dark; every page is read by
axe-core. The desk is real: what one process suspends, another offers to nobody.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.escalation.household import Household
from tests.escalation.live_desk import Line, LiveDesk
from tests.peers.brokers import mosquitto, needs_mosquitto
from tests.peers.chromium import (
    Browser,
    expect,
    needs_chromium,
    tab_to,
)
from tests.peers.keyboard import VIEWS, KeyboardWindow
from wire.messages import Language, Note
from wire.words import objection

pytestmark = [
    needs_mosquitto,
    needs_chromium,
]

LAST_WEEK = """
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from escalation import startup
startup.start_initialised(Path(sys.argv[1]))
from escalation.guarding import conversations
from escalation.guarding.models import DrawnWeek
from escalation.models import Case, OwnerReply, Staff
now = datetime.now(UTC)
password = Staff.objects.get(username="ines-en").password
Staff.objects.create(
    username="ines-fr", first_name="Ines", language="fr", is_guardian=True, password=password
)
camille = Staff.objects.create(
    username="camille", first_name="Camille", is_reviewer=True, password=password
)
for case in Case.objects.all():
    Case.objects.filter(pk=case.pk).update(
        decided_by=camille, decided_at=now - timedelta(days=7),
        state="closed", choice="write", reason="I would like to know how you are.",
        message=f"Hello {case.call_me}, this is Camille.",
    )
    OwnerReply.objects.create(case=case, text="It was kind.", felt=True, replied_at=now)
DrawnWeek.objects.all().delete()
conversations.draw(now, one_in=1)
"""
"""As if both had been decided last week, before the desk drew that week as it started."""

OFFERED = """
import sys
from pathlib import Path
from escalation import startup
startup.start_initialised(Path(sys.argv[1]))
from escalation.console import offered_words
from wire.messages import Language
print(len(offered_words.for_incident(Language.FR).lines))
"""

WORDS = {
    "en": ("Somebody objects", "A conversation", "It is kept, and on its way to them."),
    "fr": ("Quelqu’un s’oppose", "Un échange", "C’est noté, et en route vers la personne."),
}


@dataclass(frozen=True)
class Site:
    """A desk that serves, and a household for each language that objects."""

    url: str
    live: LiveDesk
    lines: dict[str, Line]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Run a desk with a guardian for each language."""
    folder = tmp_path_factory.mktemp("guardian")
    (folder / "broker").mkdir()
    with mosquitto(folder / "broker") as broker:
        live = LiveDesk(folder, broker_port=broker.port)
        live.staff("ines-en", "guardian", language="en")
        homes = dict(zip(WORDS, live.enroll_many(len(WORDS)), strict=True))
        with (
            live.serve() as serving,
            Line(homes["en"], broker.port) as english,
            Line(homes["fr"], broker.port) as french,
        ):
            lines = {"en": english, "fr": french}
            alerts = {language: _alert(lines[language], homes[language]) for language in WORDS}
            live.ask(LAST_WEEK, "")
            for language, line in lines.items():
                text = objection("Why me?", Language(language))
                line.send(homes[language].reply(alerts[language], text))
                line.wait_for("ack")
            yield Site(serving.url, live, lines)


def _alert(line: Line, home: Household) -> str:
    """Send an alert, and return its id once the desk has it."""
    alert_id = home.device_id * 2
    line.send(home.alert(), message_id=alert_id)
    line.wait_for("ack")
    return alert_id


@pytest.mark.parametrize("language", WORDS)
def test_a_guardians_day(site: Site, browser: Browser, language: str, tmp_path: Path) -> None:
    """Read and answered, read again without a name, suspended and lifted; and answered to."""
    context = browser.new_context(
        locale=language,
        **VIEWS[language],  # type: ignore[arg-type]
    )
    window = KeyboardWindow(context.new_page(), site.url, tmp_path)
    window.come_in(f"ines-{language}")
    window.look("guardian")
    _answers_an_objection(window, language)
    _reads_again(window, language)
    _suspends_and_lifts(window, site, language)
    _is_answered(window)
    context.close()
    told = site.lines[language].wait_for("message").message
    while isinstance(told, Note) and not told.sender:
        told = site.lines[language].wait_for("message").message
    assert isinstance(told, Note)
    assert told.text == "You were right."


def _answers_an_objection(window: KeyboardWindow, language: str) -> None:
    objects, _conversation, kept = WORDS[language]
    window.open(objects)
    expect(window.page.locator("main")).to_contain_text("Why me?")
    window.look("objection")
    window.write("#id_done", "We spoke about it.")
    window.write("#id_text", "You were right.")
    window.press("form[data-action=answer-objection] button")
    expect(window.page.get_by_role("status")).to_have_text(kept)


def _reads_again(window: KeyboardWindow, language: str) -> None:
    window.open(WORDS[language][1])
    expect(window.page.locator("main")).to_contain_text("Hello […], this is […].")
    window.look("conversation")
    window.write("#id_left_room", "A question would help.")
    window.press("form[data-action=write-conversation] button")
    expect(window.page.locator("#said")).to_contain_text("Camille")


def _suspends_and_lifts(window: KeyboardWindow, site: Site, language: str) -> None:
    page, card = window.page, "[aria-labelledby=incident-many-alike]"
    page.goto(f"{site.url}guardian/wordings/")
    tab_to(page, f"{card} summary")
    page.keyboard.press("Enter")
    window.look("wordings")
    window.write("#reason-incident-many-alike", "We do not know that yet.")
    window.press(f"{card} button")
    expect(page.locator(f"{card} .note")).to_be_visible()
    if language == "en":
        # Once will do: each look is a process that starts, which takes its time.
        assert site.live.ask(OFFERED, "").strip() == "0"
    window.press("form[data-action=lift] button")
    expect(page.locator("form[data-action=lift]")).to_have_count(0)


def _is_answered(window: KeyboardWindow) -> None:
    window.come_in("camille")
    window.page.goto(f"{window.url}me/words")
    window.look("came-back")
    window.write("form[data-action=answer-guardian] textarea", "Thank you.")
    window.press("form[data-action=answer-guardian] button")
    expect(window.page.locator("main")).to_contain_text("Thank you.")

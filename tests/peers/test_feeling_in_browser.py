"""How it felt, and the words that came back, in a real browser: by keyboard, for everybody."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.escalation.live_desk import PASSWORD, Line, LiveDesk
from tests.peers.brokers import mosquitto, needs_mosquitto
from tests.peers.chromium import Browser, Page, assert_accessible, expect, needs_chromium
from tests.peers.test_line_pages_in_browser import VIEWS

pytestmark = [
    needs_mosquitto,
    needs_chromium,
]

THREE_MONTHS = """
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from escalation import startup
startup.start_initialised(Path(sys.argv[1]))
from escalation.cases import Event
from escalation.models import Case, CaseEvent, Device, OwnerReply, Staff
from escalation.notices import tallies
now = datetime.now(UTC)
WORDS = ("Je me suis sentie moins seule.", "It was kind of you to ask.", "")
device = Device.objects.get(pk=sys.stdin.read())
for number in range(12):
    began = now - timedelta(days=9 + 7 * number)
    case = Case.objects.create(
        device=device, alert_id=f"{number:032x}", matter="care", state="closed", epoch=1,
        sequence=number, opened_at=began, consent_until=now + timedelta(days=9),
        call_me="Madeleine", owner_language="en" if number % 3 else "fr", verdict="sound",
        decided_by=Staff.objects.get(username="camille"), decided_at=began + timedelta(hours=1),
        closed_at=began + timedelta(hours=1),
    )
    CaseEvent.objects.create(
        case=case, at=began + timedelta(minutes=1 + 6 * number), event=Event.CLAIM,
        from_state="waiting", to_state="claimed",
    )
    if text := WORDS[number % 3]:
        OwnerReply.objects.create(
            case=case, text=text, felt=True, replied_at=began + timedelta(days=1)
        )
tallies.call_answered(timedelta(seconds=40))
"""

WORDS = {
    "en": ("How it felt", "It was kind of you to ask.", "Words that came back"),
    "fr": (
        "Comment les personnes l’ont vécu",
        "It was kind of you to ask.",
        "Des mots en retour",
    ),
}


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Run a desk that has helped for three months."""
    folder = tmp_path_factory.mktemp("felt")
    (folder / "broker").mkdir()
    with mosquitto(folder / "broker") as broker:
        live = LiveDesk(folder, broker_port=broker.port)
        live.staff("nadia", "supervisor", language="en")
        live.staff("camille", "reviewer", language="en")
        home, other = live.enroll_many(2)
        live.ask(THREE_MONTHS, other.device_id)
        with live.serve() as serving, Line(home, broker.port) as line:
            line.send(home.alert())
            line.wait_for("ack")
            yield serving.url


def log_in(page: Page, url: str, name: str) -> None:
    """Come in."""
    page.goto(url)
    page.fill("[name=username]", name)
    page.fill("[name=password]", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(url)


def follow(page: Page, words: str) -> None:
    """Go to a link by Tab and Enter alone."""
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.textContent.trim()") == words:
            page.keyboard.press("Enter")
            return
    pytest.fail(f"{words} cannot be reached with the Tab key")


def judge(page: Page, picture: Path) -> None:
    """Look with axe-core, and for sideways scrolling of the page."""
    assert_accessible(page)
    page.screenshot(path=picture, full_page=True)


@pytest.mark.parametrize(("view", "scheme"), [("desktop", "light"), ("phone", "dark")])
def test_the_pages_can_be_read_by_everybody(
    url: str, browser: Browser, view: str, scheme: str, tmp_path: Path
) -> None:
    """Supervisor and reviewer, in both languages, and the drawing says what it shows."""
    for name, link, title in (("nadia", 0, "felt"), ("camille", 2, "words")):
        context = browser.new_context(color_scheme=scheme, **VIEWS[view])  # type: ignore[arg-type]
        page = context.new_page()
        log_in(page, url, name)
        follow(page, WORDS["en"][link])
        for language in ("en", "fr"):
            expect(page.locator("h1")).to_have_text(WORDS[language][link])
            expect(page.locator("main")).to_contain_text(WORDS[language][1])
            judge(page, tmp_path / f"{title}-{language}-{view}.png")
            if name == "nadia" and language == "en":
                drawing = page.get_by_role("img", name="Of those who were asked")
                assert drawing.locator("rect.whole").count() == _months()
                assert page.locator("tbody tr").count() == 2 * _months()
            # Kept with the account: who comes next begins in English again.
            other = "Français" if language == "en" else "English"
            page.get_by_role("button", name=other).click()
            expect(page.get_by_role("button", name=other)).to_have_count(0)
        context.close()


def test_how_hard_it_was_is_said_by_keyboard(
    url: str, browser: Browser, tmp_path: Path
) -> None:
    """Words, Tab, Tab, Enter; thanks, and the question is gone."""
    page = browser.new_page()
    log_in(page, url, "camille")
    page.locator("form[data-action=next] button").click()
    page.locator("[name=choice][value=leave_in_peace]").check()
    page.fill("[name=reason]", "All seems well.")
    page.locator("form[data-action=decide] button.primary").click()
    expect(page.locator("#effort")).to_have_text("How was it for you?")
    judge(page, tmp_path / "effort.png")
    page.focus("#id_effort_words")
    page.keyboard.type("A long evening.")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "As usual"
    page.keyboard.press("Enter")
    expect(page.locator(".notes")).to_contain_text("It is kept without your name.")
    expect(page.locator("#effort")).to_have_count(0)
    page.close()


def _months() -> int:
    """Return in how many months the weeks of ``THREE_MONTHS`` began."""
    now = datetime.now(UTC).timestamp()
    days = [datetime.fromtimestamp(now - 86_400 * (9 + 7 * n), UTC) for n in range(12)]
    return len({(day.year, day.month) for day in days})

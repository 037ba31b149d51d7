"""From the first line about a volunteer to their last word, in a real browser, by keyboard.

A supervisor and a reviewer speak one language, an owner and a volunteer the other: in English
they sit before a desktop in light, in French they hold a telephone in dark; and the other way
round. Every page is read by axe-core.
"""

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from agent import memory
from agent.consents.consent_file import ConsentFile, Purpose, read_consent_file
from agent.page.server import PageServer
from tests.agent.consents import owner_text
from tests.agent.house import CARE, House
from tests.agent.worried_house import acknowledged, worried
from tests.escalation.household import ALL_PURPOSES
from tests.escalation.live_desk import Line, LiveDesk
from tests.peers.brokers import mosquitto, needs_mosquitto
from tests.peers.chromium import (
    Browser,
    Page,
    assert_accessible,
    expect,
    needs_chromium,
    tab_to,
)
from tests.peers.test_flows_in_browser import VIEWS, Site, Window
from wire.messages import Language, Note, TrustedPerson

pytestmark = [
    needs_mosquitto,
    needs_chromium,
]

NUMBER = "+33 1 99 00 22 33"
ALERT_ID = "ab" * 16
CALLED = {
    "fr": TrustedPerson(name="Inès", relation="bénévole", channel="par cette équipe"),
    "en": TrustedPerson(name="Inès", relation="volunteer", channel="through the desk"),
}
THANKS = {"fr": "Merci", "en": "Thank you"}


@dataclass
class Four:
    """Everybody at their window."""

    language: str
    """Of the owner and the volunteer."""
    camille: Window
    nadia: Window
    ines: Window
    owner: Page


@pytest.fixture(params=["fr", "en"])
def four(request: pytest.FixtureRequest, browser: Browser, tmp_path: Path) -> Iterator[Four]:
    """Run a desk, and open a window for each of the four."""
    at_home = str(request.param)
    at_the_desk = "en" if at_home == "fr" else "fr"
    (tmp_path / "broker").mkdir()
    contexts = [
        browser.new_context(locale=language, **VIEWS[language])  # type: ignore[arg-type]
        for language in (at_the_desk, at_the_desk, at_home, at_home)
    ]
    with mosquitto(tmp_path / "broker") as broker:
        live = LiveDesk(tmp_path, broker_port=broker.port)
        live.staff("camille", "reviewer", at_the_desk)
        live.staff("nadia", "supervisor", at_the_desk)
        with live.serve() as serving:
            site = Site(url=serving.url, live=live, broker_port=broker.port)
            camille, nadia, ines, owner = (one.new_page() for one in contexts)
            yield Four(
                language=at_home,
                camille=Window(camille, site, tmp_path),
                nadia=Window(nadia, site, tmp_path),
                ines=Window(ines, site, tmp_path),
                owner=owner,
            )
    for one in contexts:
        one.close()


def test_from_the_proposal_to_the_resignation_every_page_can_be_used_by_everybody(
    four: Four, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each act is a press, each yes is the own one of whoever gives it."""
    four.nadia.log_in("nadia")
    four.camille.log_in("camille")
    link = _into_the_circle(four.nadia, four.language)
    four.ines.page.goto(link)
    four.ines.look("would-you")
    four.ines.press("accept")
    site = four.camille.site
    home = site.live.enroll(purposes=ALL_PURPOSES, language=Language(four.language))
    with Line(home, site.broker_port) as line:
        line.send(home.alert(), message_id=ALERT_ID)
        line.wait_for("ack")
        four.camille.press("next")
        four.camille.look("somebody-is-there")
        four.camille.press("propose")
        expect(four.camille.page.locator("[data-proposed]")).to_be_visible()
        note = line.wait_for("message").message
        assert isinstance(note, Note)
        named = _at_home(four, note, tmp_path, monkeypatch)
        assert named == CALLED[four.language]
        home.trusted_person = named
        home.purposes = (*ALL_PURPOSES, "contact_trusted_person")
        line.send(home.alert(), message_id=ALERT_ID)
        line.wait_for_outcome("repeated")
        _asked_with_every_yes(four)
    four.ines.press("not-now", "say")
    four.ines.page.locator("button[value=resign]").focus()
    four.ines.page.keyboard.press("Enter")
    expect(four.ines.page.get_by_role("heading")).to_have_text(THANKS[four.language])
    assert four.ines.page.goto(link).status == 404  # type: ignore[union-attr]


def _into_the_circle(nadia: Window, language: str) -> str:
    """Write somebody down who is there at every hour; return the link to pass on."""
    nadia.page.goto(f"{nadia.site.url}circle/")
    nadia.write("[name=first_name]", "Inès")
    nadia.page.locator(f"[name=speaks_{language}]").check()
    nadia.write("[name=reached_by]", NUMBER)
    nadia.press("enter-volunteer")
    today = datetime.now(UTC).weekday()
    for day in (today - 1) % 7, today, (today + 1) % 7:
        nadia.page.select_option("[name=weekday]", str(day))
        nadia.write("[name=begins]", "00:00")
        nadia.write("[name=ends]", "00:00")
        nadia.press("add-hours")
    nadia.press("invite-volunteer")
    nadia.look("volunteer")
    link = nadia.page.locator("main code").inner_text()
    nadia.page.goto(f"{nadia.site.url}circle/")
    nadia.look("circle")
    return link


def _at_home(
    four: Four, note: Note, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> TrustedPerson | None:
    """Let the owner read the note, and say yes on their own page; return whom they named."""
    house = worried(folder, monkeypatch, granted=CARE)
    acknowledged(house)
    with house.store.transaction() as db:
        memory.remember_received(db, "cd" * 16, note, house.utc)
    house.device.close()
    text = owner_text(CARE, complete=False)
    text = text.replace('language = "en"', f'language = "{four.language}"')
    house.settings.consent_file.write_text(text, encoding="utf-8")
    server = PageServer(house.settings, port=0)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        _name_on_the_page(four.owner, server.link, folder)
    finally:
        server.shutdown()
        server.server_close()
    return _named_in(house)


def _name_on_the_page(page: Page, link: str, folder: Path) -> None:
    page.goto(link)
    page.goto(link.partition("/?")[0] + "/sent")
    assert_accessible(page)
    page.screenshot(path=folder / "owner-reads.png", full_page=True)
    tab_to(page, "a[href$='offered=yes']")
    page.keyboard.press("Enter")
    expect(page.locator("[name=name]")).to_have_value("Inès")
    assert_accessible(page)
    page.screenshot(path=folder / "owner-names.png", full_page=True)
    page.locator("form[action^='/grant/'] button").focus()
    with page.expect_navigation():
        page.keyboard.press("Enter")


def _named_in(house: House) -> TrustedPerson | None:
    file = read_consent_file(house.settings.consent_file)
    assert isinstance(file, ConsentFile)
    assert file.switches[Purpose.CONTACT_TRUSTED_PERSON].on
    return file.trusted_person


def _asked_with_every_yes(four: Four) -> None:
    camille, nadia, ines = four.camille, four.nadia, four.ines
    camille.page.reload()
    expect(camille.page.locator("[data-standing=accepted]")).to_be_visible()
    camille.write("[name=why]", "No answer since Tuesday, and that is unusual here.")
    camille.write("[name=request]", "Pourriez-vous appeler, juste pour dire bonjour ?")
    camille.press("ask-person")
    nadia.page.goto(nadia.site.url)
    with nadia.page.expect_navigation():
        nadia.page.locator("[data-second-word] a").click()
    nadia.press("second-word", "agree")
    camille.page.reload()
    camille.press("contact")
    expect(camille.page.locator("main")).to_contain_text(NUMBER)
    ines.page.reload()
    ines.look("asked")
    ines.write("[name=words]", "Nous avons bu un café.")
    ines.press("came-of-it")
    camille.page.reload()
    expect(camille.page.locator("main")).to_contain_text("Nous avons bu un café.")
    camille.look("what-came-of-it")

"""An owner who is out, found by a note: device, broker, desk, mail server and page are real.

The device has no light, so nothing but the note can carry the question. Its clock is moved by
hand; the desk's is the clock of the day.
"""

import json
import re
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from agent import memory
from agent.asking.concerns import State
from agent.assembly import store_file
from agent.consents.consent_file import Purpose
from agent.identity.desk_pin import write_pin
from agent.identity.key_files import device_keys
from agent.settings import load_settings
from agent.store import Store
from tests.agent.consents import NUDGE_TO, ZONE, owner_text
from tests.agent.pins import PIN
from tests.agent.test_concerns import concern
from tests.escalation.live_desk import ROOT, LiveDesk
from tests.escalation.receivers import Mailbox, mailbox
from tests.peers.brokers import Broker, mosquitto, needs_mosquitto
from tests.waiting import until
from wire.facts import RoutineKind

pytestmark = needs_mosquitto

OWNER = "rosalie@home.example"
SLOT_S = 10
HOUR_S = 3600.0
GRACE = timedelta(hours=6)
GRANTED = (Purpose.LEARN_ROUTINE, Purpose.CARE_ALERT, Purpose.NUDGE_ME)
LEFT_OF_THE_NOTE = """
import sys
from pathlib import Path
from escalation import startup
startup.start_initialised(Path(sys.argv[1]))
from escalation.models import Case
from escalation.notices.models import Notice, Nudge
print(Nudge.objects.count(), Notice.objects.count(), Case.objects.count())
"""


class Home:
    """A household whose owner is out: the device's process, and the owner's page."""

    def __init__(self, folder: Path, desk: LiveDesk, broker: Broker) -> None:
        folder.mkdir()
        self.config = folder / "agent.toml"
        self.config.write_text(
            f'[home]\ntimezone = "{ZONE}"\n[device]\nstate_dir = "state"\n'
            f'[broker]\nhost = "127.0.0.1"\nport = {broker.port}\n'
            f"[delivery]\nslot_s = {SLOT_S}\n"
        )
        self.settings = load_settings(self.config)
        self.device_id = self._belong_to(desk)
        awake = 'quiet_from = "22:00"\nquiet_to = "08:00"'
        text = owner_text(GRANTED).replace(awake, 'quiet_from = "00:00"\nquiet_to = "00:00"')
        self.allow(text.replace(NUDGE_TO, OWNER))
        self._worry()

    def _belong_to(self, desk: LiveDesk) -> str:
        keys = device_keys(self.settings.state_dir)
        enrolled = desk.enroll(keys=keys)
        write_pin(self.settings.state_dir, replace(PIN, keys=enrolled.desk.to_text()))
        return keys.device_id

    def _worry(self) -> None:
        store = Store(store_file(self.settings))
        with store.transaction() as db:
            memory.save_concern(db, concern(State.NOTICED, kind=RoutineKind.SILENCE))
        store.close()

    def allow(self, text: str) -> None:
        """Save the owner's file."""
        self.settings.consent_file.write_text(text, encoding="utf-8")

    @contextmanager
    def awake(self) -> Iterator[None]:
        """Let the device's process live."""
        words = (sys.executable, "-m", "tests.peers.home_process", str(self.config))
        with subprocess.Popen(
            words,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=ROOT,
        ) as self.process:
            try:
                yield
            finally:
                self.process.kill()

    def live(self, seconds: float = SLOT_S) -> dict[str, Any]:
        """Let so much time pass; return how the concern stands."""
        assert self.process.stdin
        assert self.process.stdout
        print(seconds, file=self.process.stdin, flush=True)
        line = self.process.stdout.readline()
        assert line, self.process.communicate()[1]
        said: dict[str, Any] = json.loads(line)
        return said

    def live_until(self, what: str, holds: Callable[[dict[str, Any]], object]) -> Any:
        """Let slots pass until it is so; return how the concern stands."""
        found: list[dict[str, Any]] = []

        def look() -> bool:
            found[:] = [self.live()]
            return bool(holds(found[0]))

        until(look, what, by=self.process)
        return found[0]

    def live_on(self, span: timedelta) -> dict[str, Any]:
        """Let hours pass, a quarter of an hour at a time, and whatever leaves be taken."""
        said: dict[str, Any] = {}
        for _ in range(round(span / timedelta(minutes=15))):
            said = self.live(HOUR_S / 4)
        return self.live_until("all is quiet", lambda now: not now["unanswered"]) or said

    @contextmanager
    def page(self) -> Iterator["Page"]:
        """Open the owner's page: its own process, in a browser without a screen."""
        words = ("-m", "agent.main", "--config", str(self.config), "page", "--port", "0")
        with subprocess.Popen(
            (sys.executable, *words), stdout=subprocess.PIPE, text=True, cwd=ROOT
        ) as process:
            try:
                assert process.stdout
                yield Page(process.stdout.readline().strip())
            finally:
                process.kill()


class Page:
    """The owner's page."""

    def __init__(self, link: str) -> None:
        kept = urllib.request.HTTPCookieProcessor(CookieJar())
        self._browser = urllib.request.build_opener(kept)
        self._home, _, _ = link.partition("?")
        self.shown = self._browser.open(link, timeout=30).read().decode()

    def send(self, path: str, **form: str) -> None:
        """Send one of its forms."""
        token = re.search(r'name="token" value="(\w+)"', self.shown)
        assert token
        body = urlencode({"token": token[1], **form}).encode()
        self.shown = self._browser.open(self._home + path, body, timeout=30).read().decode()


@pytest.fixture(scope="module")
def around(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[Path, LiveDesk, Broker, Mailbox]]:
    """Return a folder, and in it a desk that serves, its broker, and its mail server."""
    folder = tmp_path_factory.mktemp("nudged")
    (folder / "broker").mkdir()
    (folder / "desk").mkdir()
    with mosquitto(folder / "broker") as broker, mailbox() as mails:
        desk = LiveDesk(
            folder / "desk",
            broker_port=broker.port,
            extra=f'[nudge]\nemail = "{mails.url("{to}")}"\n',
        )
        with desk.serve():
            yield folder, desk, broker, mails


def outcomes(home: Home) -> list[tuple[str, str]]:
    """Return what the device ever committed, and what the desk has signed of it."""
    store = Store(store_file(home.settings), mend=False)
    rows = store.reading().execute("SELECT type, outcome FROM outbox ORDER BY sequence")
    found = [(str(kind), str(outcome)) for kind, outcome in rows]
    store.close()
    return found


def test_one_note_finds_the_owner_the_waiting_begins_then_and_nothing_else_leaves(
    around: tuple[Path, LiveDesk, Broker, Mailbox],
) -> None:
    folder, desk, broker, mails = around
    home = Home(folder / "found", desk, broker)
    mails.opened.clear()
    with home.awake():
        home.live_until("the desk has the note", lambda _: mails.asked)
        waiting = home.live_on(GRACE - timedelta(hours=1))["concern"]
        assert (waiting["state"], waiting["nudged_at"]) == ("asked", None)
        mails.opened.set()
        found = home.live_until("the note is told", lambda now: now["concern"]["nudged_at"])
        assert found["concern"]["waited_s"] < SLOT_S
        still = home.live_on(GRACE - timedelta(hours=1))["concern"]
        assert still["state"] == "asked", (
            "twice nearly all its time, and only once from the note"
        )
        delivered = datetime.fromisoformat(found["concern"]["nudged_at"])
        assert still["waited_s"] == pytest.approx(
            (datetime.fromisoformat(home.live()["at"]) - delivered).total_seconds(),
            abs=2 * SLOT_S,
        )
        with home.page() as page:
            assert "A question" in page.shown
            page.send("answer", word="fine")
        home.live_until("it is over", lambda now: now["concern"] is None)
        home.live_on(timedelta(hours=12))
    assert mails.to == [[OWNER]]
    (mail,) = mails.mails
    parts = [part.get_content() for part in mail.walk() if not part.is_multipart()]  # type: ignore[attr-defined]
    assert {part.strip() for part in parts} == {"Your coffee machine has a question for you."}
    assert "Rosalie" not in str(mail)
    assert outcomes(home) == [("nudge", "closed")]
    assert desk.count("Case") == 0


def test_a_yes_that_is_taken_back_in_between_sends_nothing(
    around: tuple[Path, LiveDesk, Broker, Mailbox],
) -> None:
    """Neither a note that had not left the house, nor one that the desk had already."""
    folder, desk, broker, mails = around
    before = len(mails.mails)
    at_home = Home(folder / "at-home", desk, broker)
    with at_home.awake():
        until(lambda: at_home.live(0.1)["concern"]["state"] == "asked", "it asks")
        with at_home.page() as page:
            page.send("withdraw/nudge_me")
        at_home.live_on(timedelta(hours=3))
    assert "nudge" not in dict(outcomes(at_home))

    mails.refused = 99
    at_desk = Home(folder / "at-desk", desk, broker)
    with at_desk.awake():
        asked = mails.asked
        at_desk.live_until("the desk has tried", lambda _: mails.asked > asked)
        with at_desk.page() as page:
            page.send("withdraw/nudge_me")
        at_desk.live_until(
            "the desk has signed", lambda _: ("withdrawal", "accepted") in outcomes(at_desk)
        )
    # Of the first household alone it is still known that there was a note, and how it ended.
    assert desk.ask(LEFT_OF_THE_NOTE, "").split() == ["1", "1", "0"]
    assert len(mails.mails) == before

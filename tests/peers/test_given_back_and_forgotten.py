"""One household at a real desk behind a real broker that keeps everything on its disk.

First the owner takes everything away, the desk's part included; then they have everything
forgotten, and a scan of every byte that device, broker and desk have on their disks finds
none of the words that were said.
"""

import csv
import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import jsonschema
import psycopg
import pytest

from agent import memory, running
from agent.asking import errands
from agent.asking.concerns import Concern, State
from agent.asking.errands import Kind
from agent.assembly import Machine, build_device, store_file
from agent.giving_back import desk_part, exporting, forgetting
from agent.giving_back.desk_part import Standing
from agent.giving_back.forgetting import BeginAnew, Forgotten
from agent.identity.desk_pin import write_pin
from agent.main import main
from agent.settings import AgentSettings, Broker
from agent.store import Store
from tests.agent.consents import CONTACT, ZONE, owner_text
from tests.agent.house import CARE, Lamp, Readings, well
from tests.agent.machine_says import LIMITS
from tests.agent.pins import PIN, write_keys
from tests.agent.test_concerns import concern
from tests.escalation.live_desk import ROOT, LiveDesk
from tests.peers.brokers import mosquitto, needs_mosquitto
from tests.peers.postgres import needs_postgresql, postgresql
from tests.wire.examples import DEVICE
from wire.facts import RoutineKind
from wire.messages import Language
from wire.stamps import Stamp

pytestmark = needs_mosquitto

WITHIN_S = 40.0
SLOT_S = 10
ALERT_ID = "ab" * 16
KEEPS = """
listener PORT 127.0.0.1
allow_anonymous true
persistence true
persistence_location {folder}/
autosave_interval 1
autosave_on_changes true
retain_available true
"""
REASON, LETTER, REPLY = "une raison canari", "une lettre canari", "une réponse canari"
NOTE = "une note canari. "
CANARIES = [text.encode() for text in ("Rosalie", REASON, LETTER, REPLY, NOTE, CONTACT)]

REVIEW = """
import sys
from pathlib import Path
from escalation import startup
startup.start_initialised(Path(sys.argv[1]))
from datetime import UTC, datetime
from escalation.casework import acts
from escalation.models import Case, HandOver, Staff
from wire.messages import Choice
case, staff, now = Case.objects.get(), Staff.objects.get(), datetime.now(UTC)
acts.look(case, staff, now=now)
acts.claim(case, staff, now)
for _ in range(12):
    HandOver.objects.create(case=case, by=staff, text=sys.argv[4] * 30, at=now)
acts.decide(case, staff, fence=case.fence, choice=Choice.WRITE, reason=sys.argv[2],
            message=sys.argv[3], now=now)
"""
"""What a reviewer does on the console's pages."""


PRESS_OUT = """
import sys
from pathlib import Path
from escalation import startup
startup.start_initialised(Path(sys.argv[1]))
from escalation.keeping import pressing_out
assert pressing_out.press_out() != pressing_out.SOON
"""
"""What a desk that runs does by itself, every minute or every day."""


class Home:
    """A real device, whose machine and clock are moved by hand."""

    def __init__(self, folder: Path, desk: LiveDesk, broker_port: int) -> None:
        folder.mkdir()
        self.folder = folder
        self.settings = AgentSettings(
            timezone=ZONE,
            state_dir=folder / "state",
            consent_file=folder / "consent.toml",
            machine_profile=folder / "machine.toml",
            machine_port=None,
            broker=Broker(host="127.0.0.1", port=broker_port, tls=None),
            slot_s=SLOT_S,
        )
        self.config = folder / "agent.toml"
        self.config.write_text(
            f'[home]\ntimezone = "{ZONE}"\n[device]\nstate_dir = "state"\n'
            f'[broker]\nhost = "127.0.0.1"\nport = {broker_port}\n'
        )
        enrolled = desk.enroll(keys=DEVICE)
        write_keys(self.settings.state_dir)
        write_pin(self.settings.state_dir, replace(PIN, keys=enrolled.desk.to_text()))
        awake = 'quiet_from = "22:00"\nquiet_to = "08:00"'
        never = 'quiet_from = "00:00"\nquiet_to = "00:00"'
        text = owner_text(CARE).replace(awake, never)
        assert never in text
        self.settings.consent_file.write_text(text, encoding="utf-8")
        self.utc = datetime.now(UTC)
        self.wake()

    def wake(self) -> None:
        source = Readings()
        machine = Machine(
            model="Demitasse reference controller", limits=LIMITS, source=source, light=Lamp()
        )
        self.device = build_device(self.settings, machine, lambda _happening: None)
        source.waiting += well(self.now)

    @property
    def now(self) -> Stamp:
        since = self.utc.timestamp()
        return Stamp(utc=self.utc, monotonic_s=since, boot_id="boot", synced=True)

    def live(self, until: Callable[[], bool]) -> None:
        """Let a slot pass with each look, until something has come about."""
        deadline = time.monotonic() + WITHIN_S
        while not until():
            assert time.monotonic() < deadline, "it never came about"
            self.utc += timedelta(seconds=SLOT_S)
            self.device.step(self.now)
            time.sleep(0.02)

    def beside(self) -> Store:
        return Store(store_file(self.settings), mend=False)

    def worry(self, worried: Concern) -> None:
        self.device.close()
        store = Store(store_file(self.settings))
        with store.transaction() as db:
            memory.save_concern(db, worried)
        store.close()
        self.wake()

    def wish(self, kind: Kind, **about: str) -> None:
        store = self.beside()
        with store.transaction() as db:
            errands.leave(db, kind, self.utc, **about)
        store.close()

    def parts(self) -> int:
        """Return in how many envelopes the desk's part has come."""
        store = self.beside()
        sql = "SELECT count(*) FROM received WHERE type = 'given_back'"
        (count,) = store.reading().execute(sql).fetchone()
        store.close()
        return int(count)

    def signed(self, kind: str) -> Callable[[], bool]:
        """Return a look at whether the desk has signed for a message of this type."""
        sql = "SELECT count(*) FROM outbox WHERE type = ? AND outcome = 'accepted'"
        return self.here(lambda store: store.reading().execute(sql, (kind,)).fetchone() == (1,))

    def here(self, ask: Callable[[Store], bool]) -> Callable[[], bool]:
        """Return a look into the store."""

        def look() -> bool:
            store = self.beside()
            try:
                return ask(store)
            finally:
                store.close()

        return look


def run_at(desk: LiveDesk, program: str, *arguments: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", program, str(desk.config), *arguments],
        env=desk._environment(),
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def canaries_in(*folders: Path) -> dict[str, list[str]]:
    """Return, by canary, every file that holds it, whatever kind of file it is."""
    files = [file for folder in folders for file in folder.rglob("*") if file.is_file()]
    found: dict[str, list[str]] = {}
    for file in files:
        data = file.read_bytes()
        for canary in CANARIES:
            if canary in data:
                found.setdefault(canary.decode(), []).append(file.name)
    return found


class Database:
    """What the desk keeps its rows in, and the folder where that lies."""

    def __init__(self, folder: Path, url: str = "") -> None:
        self.url = url
        self.folder = folder
        if url:
            self.folder = Path(str(self._ask("SHOW data_directory")))

    def write_out(self) -> None:
        """Let nothing be in memory alone."""
        if self.url:
            self._ask("SELECT pg_switch_wal()::text")
            self._ask("CHECKPOINT", answers=False)

    def _ask(self, sql: str, *, answers: bool = True) -> object:
        with psycopg.connect(self.url, autocommit=True) as line:
            rows = line.execute(sql.encode())
            return rows.fetchall()[0][0] if answers else None


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=needs_postgresql)])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """Return each of the two databases that a desk may have.

    PostgreSQL as docs/staff.md advises: it throws its log away instead of using it again.
    """
    (tmp_path / "desk").mkdir()
    if request.param == "sqlite":
        yield Database(tmp_path / "desk")
    else:
        with postgresql(wal_recycle="off") as url:
            yield Database(tmp_path / "desk", url)


@pytest.fixture
def kept(tmp_path: Path, database: Database) -> Iterator[tuple[Home, LiveDesk, ExitStack]]:
    """Return a household, its desk, and what stops desk and broker."""
    (tmp_path / "broker").mkdir()
    with ExitStack() as stack:
        conf = KEEPS.format(folder=tmp_path / "broker")
        broker = stack.enter_context(mosquitto(tmp_path / "broker", conf=conf))
        desk = LiveDesk(tmp_path / "desk", broker_port=broker.port, database_url=database.url)
        desk.staff("camille", "reviewer")
        stack.enter_context(desk.serve())
        home = Home(tmp_path / "home", desk, broker.port)
        yield home, desk, stack
        home.device.close()


def test_everything_is_given_back_and_then_nothing_of_it_is_left_anywhere(
    kept: tuple[Home, LiveDesk, ExitStack], database: Database, tmp_path: Path
) -> None:
    home, desk, stack = kept
    _a_case_is_decided(home, desk)
    _the_copy_has_the_desks_part(home, tmp_path / "copy")
    database.write_out()
    before = canaries_in(tmp_path / "home", database.folder)
    assert before.keys() == {canary.decode() for canary in CANARIES}, "they were planted"
    _everything_is_forgotten(home)
    run_at(desk, PRESS_OUT)
    stack.close()  # Broker and desk end, and write what they still have in mind.
    database.write_out()
    assert (tmp_path / "broker" / "mosquitto.db").exists()
    places = ("home", "desk", "broker")
    assert canaries_in(database.folder, *(tmp_path / place for place in places)) == {}


def _a_case_is_decided(home: Home, desk: LiveDesk) -> None:
    worried = concern(State.ASKED, kind=RoutineKind.SILENCE, waited_s=7 * 3600.0)
    home.live(home.here(lambda store: memory.meta(store.reading(), "trusted_time") is not None))
    home.worry(replace(worried, concern_id=ALERT_ID))
    home.live(home.signed("alert"))
    run_at(desk, REVIEW, REASON, LETTER, NOTE)
    home.live(home.here(lambda store: any(memory.received(store.reading()))))
    home.wish(Kind.REPLY, about=ALERT_ID, text=REPLY)
    home.live(home.signed("reply"))


def _the_copy_has_the_desks_part(home: Home, folder: Path) -> None:
    home.wish(Kind.GIVE_BACK)
    answered = home.here(
        lambda store: desk_part.kept(store.reading()).standing is Standing.ANSWERED
    )
    home.live(answered)
    assert main(["--config", str(home.config), "export", str(folder)]) == 0
    plain = json.loads((folder / "export.json").read_text(encoding="utf-8"))
    jsonschema.validate(plain, json.loads(exporting.schema_text()))
    part = plain["desk_part"]
    assert (part["included"], part["standing"]) == (True, "answered")
    [lines] = [case["lines"] for case in part["cases"] if case["about"] == ALERT_ID]
    told = {(line["what"], line["by"], line["text"]) for line in lines}
    assert told >= {
        ("look", "Camille", ""),
        ("choice", "Camille", "write"),
        ("reason", "Camille", REASON),
        ("message", "Camille", LETTER),
        ("owner_reply", "", REPLY),
    }
    notes = [text for what, _, text in told if what == "hand_over"]
    assert notes == [NOTE * 30]
    assert sum(line["what"] == "hand_over" for line in lines) == 12
    assert home.parts() > 2, "so much is more than one envelope holds"
    assert {one["category"] for one in part["withheld"]} == {"work", "staff"}
    with (folder / "desk.csv").open(encoding="utf-8", newline="") as opened:
        assert REASON in {row["text"] for row in csv.DictReader(opened)}
    assert REASON in (folder / "index.html").read_text(encoding="utf-8")
    for file in folder.iterdir():
        file.unlink()


def _everything_is_forgotten(home: Home) -> None:
    forgetting.blank(home.settings.consent_file, Language.EN)
    home.wish(Kind.FORGET)
    with pytest.raises(BeginAnew):
        home.live(lambda: False)
    home.device.close()
    home.wake()
    with pytest.raises(Forgotten):
        home.live(lambda: False)
    home.device.close()
    proof = json.loads(running.finish_forgetting(home.settings, home.utc).read_text())
    assert proof["desk_was_told"]
    assert proof["desk"] is not None
    assert proof["retained_message_cleared"] is True

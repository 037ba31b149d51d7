"""The desk with a real broker: nothing lost, nothing doubled, nobody orphaned."""

import os
import signal
import sqlite3
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from tests.escalation.live_desk import Line, LiveDesk, pids_of_group
from tests.peers.brokers import MOSQUITTO, PLAIN, Broker, mosquitto, needs_mosquitto
from tests.waiting import until
from wire.messages import Ack, Outcome

pytestmark = needs_mosquitto


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    """Run a broker that forgets nothing while it runs."""
    folder = tmp_path / "broker"
    folder.mkdir()
    with mosquitto(folder, conf=PLAIN) as running:
        yield running


@pytest.fixture
def live(tmp_path: Path, broker: Broker) -> LiveDesk:
    """Return a desk at that broker."""
    return LiveDesk(tmp_path, broker_port=broker.port)


def rows(live: LiveDesk, sql: str) -> list[tuple[object, ...]]:
    """Return what the desk's database says."""
    with sqlite3.connect(live.config.parent / "desk.sqlite3") as db:
        return db.execute(sql).fetchall()


def test_an_alert_sent_while_the_desk_is_away_is_taken_in_when_it_is_back(
    live: LiveDesk, broker: Broker
) -> None:
    """The broker keeps the session; the desk does not ask for a clean start."""
    home = live.enroll()
    with live.serve(command="intake"):
        pass
    with Line(home, broker.port) as line:
        line.send(home.alert(), message_id="ab" * 16)
        with live.serve(command="intake"):
            ack = line.wait_for("ack").message
    assert isinstance(ack, Ack)
    assert (ack.message_id, ack.outcome) == ("ab" * 16, Outcome.ACCEPTED)


def test_poison_in_front_stops_nobody(live: LiveDesk, broker: Broker) -> None:
    """Junk of every kind, then a good alert, and the same one again."""
    home, stranger = live.enroll(), live.enroll()
    with live.serve(command="intake"), Line(home, broker.port) as line:
        good = home.seal(home.alert())
        bad = [b"", b"junk", b"\0" * 4096, good[:-1], stranger.seal(stranger.alert())]
        for envelope in (*bad, good):
            line.send_bytes(envelope)
        first = line.wait_for("ack").message
        line.send_bytes(good)
        outcomes = [first, line.wait_for("ack").message]
    assert [ack.outcome for ack in outcomes if isinstance(ack, Ack)] == ["accepted", "repeated"]
    assert rows(live, "SELECT count(*) FROM escalation_case") == [(1,)]
    # An empty payload is an envelope too: it is judged and kept like the others.
    assert rows(live, "SELECT count(*) FROM escalation_quarantine") == [(5,)]


def test_killed_between_commit_and_acknowledgement_nothing_is_lost_or_doubled(
    live: LiveDesk, broker: Broker
) -> None:
    """SIGKILL as soon as the case is there; the broker may deliver again; one case."""
    home = live.enroll()
    with Line(home, broker.port) as line:
        with live.serve(command="intake") as serving:
            line.send(home.alert())
            serving.until(lambda: rows(live, "SELECT 1 FROM escalation_case"), "the case")
            serving.process.kill()
        with live.serve(command="intake"):
            line.wait_for("ack")
    assert rows(live, "SELECT count(*) FROM escalation_case") == [(1,)]


def test_when_the_database_fails_the_broker_keeps_the_envelope(
    live: LiveDesk, broker: Broker
) -> None:
    """No acknowledgement without a commit: later, the same envelope becomes the case."""
    home, file = live.enroll(), live.config.parent / "desk.sqlite3"
    with live.serve(command="intake") as serving, Line(home, broker.port) as line:
        with sqlite3.connect(file) as db:
            db.execute("ALTER TABLE escalation_case RENAME TO elsewhere")
        line.send(home.alert())
        complaint = "the database does not answer"
        serving.until(lambda: complaint in serving.log.read_text(), complaint)
        with sqlite3.connect(file) as db:
            db.execute("ALTER TABLE elsewhere RENAME TO escalation_case")
        line.wait_for("ack")
    assert rows(live, "SELECT count(*) FROM escalation_case") == [(1,)]
    assert rows(live, "SELECT count(*) FROM escalation_quarantine") == [(0,)]


def test_a_message_is_not_published_while_nobody_listens(
    live: LiveDesk, broker: Broker
) -> None:
    """A PUBACK that says "no matching subscribers" is no delivery: it is sent again."""
    home, neighbour = live.enroll(), live.enroll()
    unread = "FROM escalation_outgoingmessage WHERE published_at IS NULL"
    with live.serve(command="intake") as serving:
        with Line(neighbour, broker.port) as theirs:
            theirs.send_bytes(home.seal(home.alert()), topic=home.up)
            again = f"SELECT 1 {unread} AND attempts > 1"
            serving.until(lambda: rows(live, again), "a new try")
        with Line(home, broker.port) as line:
            line.wait_for("ack")
        serving.until(lambda: not rows(live, f"SELECT 1 {unread}"), "the delivery")


def test_the_broker_may_come_later(tmp_path: Path) -> None:
    """The desk waits for it, says so once, and is ready when it is there."""
    folder = tmp_path / "broker"
    folder.mkdir()
    with mosquitto(folder) as first:
        port = first.port
    live = LiveDesk(tmp_path, broker_port=port)
    log = live.config.parent / "desk.err"
    with ThreadPoolExecutor(1) as pool, ExitStack() as stack:
        serving = pool.submit(stack.enter_context, live.serve())
        until(lambda: log.exists() and "cannot be used" in log.read_text(), "a word")
        stack.enter_context(_broker_at(port, folder))
        assert serving.result(60).url.startswith("http://127.0.0.1:")
        assert log.read_text().count("cannot be used") == 1


@contextmanager
def _broker_at(port: int, folder: Path) -> Iterator[None]:
    conf = folder / "late.conf"
    conf.write_text(PLAIN.replace("PORT", str(port)), encoding="utf-8")
    process = subprocess.Popen([str(MOSQUITTO), "-c", str(conf)], stderr=subprocess.DEVNULL)
    try:
        yield
    finally:
        process.terminate()
        process.wait(10)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_however_it_ends_nobody_is_left(live: LiveDesk, number: signal.Signals) -> None:
    """Console and intake both answer first; even a killed parent leaves no orphan."""
    with live.serve() as serving:
        with urllib.request.urlopen(serving.url + "healthz", timeout=10) as answer:
            assert answer.read() == b"well\n"
        group = serving.process.pid
        assert len(pids_of_group(group)) == 4
        os.kill(serving.process.pid, number)
        assert serving.process.wait(20) == (-9 if number is signal.SIGKILL else 0)
        until(lambda: not pids_of_group(group), "the end of all")
        with pytest.raises(urllib.error.URLError):
            urllib.request.urlopen(serving.url, timeout=5)


def test_when_one_part_dies_the_whole_desk_ends(live: LiveDesk) -> None:
    """With a word and a status, so that its supervisor starts a whole desk again."""
    with live.serve() as serving:
        group = serving.process.pid
        children = [pid for pid in pids_of_group(group) if _parent(pid) == group]
        os.kill(max(children), signal.SIGKILL)
        assert serving.process.wait(20) == 1
        until(lambda: not pids_of_group(group), "the end of all")
    assert "the intake ended unexpectedly" in (live.config.parent / "desk.err").read_text()


def _parent(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])

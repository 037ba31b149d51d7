"""Backup, loss, restore, with the real command, a real broker and both databases."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.escalation.live_desk import Line, LiveDesk
from tests.peers.brokers import Broker, mosquitto, needs_mosquitto
from tests.peers.postgres import needs_postgresql, postgresql
from wire.messages import Ack

pytestmark = needs_mosquitto


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    """Run a broker that forgets nothing while it runs."""
    folder = tmp_path / "broker"
    folder.mkdir()
    with mosquitto(folder) as running:
        yield running


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=needs_postgresql)])
def live(tmp_path: Path, broker: Broker, request: pytest.FixtureRequest) -> Iterator[LiveDesk]:
    """Return a desk at that broker, on each database."""
    with ExitStack() as stack:
        url = stack.enter_context(postgresql()) if request.param == "postgresql" else ""
        yield LiveDesk(tmp_path, broker_port=broker.port, database_url=url)


def test_a_desk_that_lost_its_database_gets_back_what_it_had_acknowledged(
    live: LiveDesk, broker: Broker, tmp_path: Path
) -> None:
    """The backup knows neither the newest alert nor the newest withdrawal; both hold."""
    remembered, forgotten = live.enroll(call_me="Madeleine"), live.enroll(call_me="Agathe")
    copy = str(tmp_path / "backup")
    with Line(remembered, broker.port) as one, Line(forgotten, broker.port) as two:
        with live.serve(command="intake"):
            old = one.send(remembered.alert())
            first = one.wait_for("ack").message
            live.must("backup", copy)
            newest = two.send(forgotten.alert())
            two.wait_for("ack")
            one.send(remembered.withdrawal("care_alert", "device_health"))
            one.wait_for("ack")
            assert "the desk is serving: stop it" in live.run("restore", copy).stderr
        said = live.must("restore", copy)
        assert said.startswith("restored; 1 households had taken something back")
        with live.serve(command="intake"):
            two.send(forgotten.heartbeat())
            answer = two.wait_for("ack").message
            two.send_bytes(newest)
            again = two.wait_for("ack").message
            one.send_bytes(old)
            closed = one.wait_for_outcome("closed")
    assert isinstance(first, Ack)
    assert isinstance(answer, Ack)
    assert isinstance(again, Ack)
    assert answer.desk_epoch not in (0, first.desk_epoch)
    assert again.desk_epoch == closed.desk_epoch == answer.desk_epoch
    assert again.outcome == "accepted"
    assert sorted(live.query("Case", "call_me")) == ["", "Agathe"]


def test_a_backup_is_never_overwritten_and_junk_is_never_restored(
    tmp_path: Path, broker: Broker
) -> None:
    """Each is one line that says what to do, and the desk is as it was."""
    live = LiveDesk(tmp_path, broker_port=broker.port)
    junk, copy = tmp_path / "junk", tmp_path / "backup"
    junk.write_bytes(b"SQLite format 3\0" + b"junk" * 400)
    live.must("backup", str(copy))
    assert copy.stat().st_mode & 0o077 == 0
    for arguments, fix in (
        (("backup", str(copy)), "name a file that is not"),
        (("restore", str(junk)), "take an earlier one"),
        (("restore", str(tmp_path / "missing")), "name a backup"),
    ):
        done = live.run(*arguments)
        assert (done.returncode, fix in done.stderr) == (2, True), done.stderr
    live.staff("camille", "reviewer")
    with live.serve(command="intake"):
        pass

"""Several intake workers share what arrives, on a real broker and both databases."""

import subprocess
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.escalation.live_desk import Line, LiveDesk, pids_of_group
from tests.peers.brokers import Broker, mosquitto, needs_mosquitto
from tests.peers.postgres import needs_postgresql, postgresql

pytestmark = needs_mosquitto

HOMES = 6
ALERTS = 10
"""A household."""


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


def test_workers_share_the_load_and_make_no_double(live: LiveDesk, broker: Broker) -> None:
    """Every alert is sent twice; one case and one acknowledgement each comes of it."""
    homes = live.enroll_many(HOMES)
    with ExitStack() as stack:
        serving = stack.enter_context(live.serve("--workers", "3", command="intake"))
        assert len(pids_of_group(serving.process.pid)) == 4
        lines = [stack.enter_context(Line(home, broker.port)) for home in homes]
        for n in range(ALERTS):
            for home, line in zip(homes, lines, strict=True):
                envelope = line.send(home.alert(), message_id=f"{n:032x}")
                line.send_bytes(envelope)
        for line in lines:
            line.wait_for_outcome("accepted")
        serving.until(lambda: live.count("Intake") == HOMES * ALERTS, "all of them")
        names = live.query("IntakeWorker", "name")
    assert live.count("Case") == HOMES * ALERTS
    assert len(names) == 3


def test_a_worker_that_dies_loses_nothing(live: LiveDesk, broker: Broker) -> None:
    """SIGKILL of one of three: the desk ends as a whole, is started again, and has all."""
    (home,) = live.enroll_many(1)
    with Line(home, broker.port) as line:
        with live.serve("--workers", "3", command="intake") as serving:
            sent = [line.send(home.alert()) for _ in range(20)]
            children = [
                p for p in pids_of_group(serving.process.pid) if p != serving.process.pid
            ]
            subprocess.run(["kill", "-9", str(max(children))], check=True)
            assert serving.process.wait(20) == 1
        with live.serve("--workers", "2", command="intake") as serving:
            # The device sends again whatever it has no signature for.
            for envelope in sent:
                line.send_bytes(envelope)
            serving.until(lambda: live.count("Case") == len(sent), "every case")
    assert Counter(live.query("Case", "alert_id")).most_common(1)[0][1] == 1

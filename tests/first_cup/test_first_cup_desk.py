"""The demonstration's desk is the real one, with real staff, on the demonstration's clock."""

import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from scripts.first_cup.broker import Broker
from scripts.first_cup.child import ChildError
from scripts.first_cup.desk import Desk, make_password
from scripts.first_cup.reviewer import ReviewerError, ScriptedReviewer
from wire.messages import Language

ROOT = Path(__file__).resolve().parents[2]
NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)


@dataclass(frozen=True)
class Serving:
    """A desk that serves, and where."""

    desk: Desk
    console: str


@pytest.fixture(scope="module")
def serving(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    folder = tmp_path_factory.mktemp("demonstration")
    with (
        Broker(folder / "broker") as broker,
        Desk(
            folder / "desk",
            broker_port=broker.port,
            timezone="Europe/Paris",
            language=Language.FR,
        ) as desk,
    ):
        desk.time_is(NOW)
        yield Serving(desk=desk, console=desk.serve())


def test_three_people_can_sign_in_and_nobody_waits_yet(serving: Serving) -> None:
    assert [(who.first_name, who.role) for who in serving.desk.logins] == [
        ("Camille", "reviewer"),
        ("Malik", "technician"),
        ("Dominique", "supervisor"),
    ]
    for login in serving.desk.logins:
        reviewer = ScriptedReviewer(serving.console)
        reviewer.log_in(login.username, login.password)
        assert reviewer.find_case() is None


def test_a_wrong_password_does_not_open_the_desk(serving: Serving) -> None:
    with pytest.raises(ReviewerError, match="camille was not let in"):
        ScriptedReviewer(serving.console).log_in("camille", "moka-moka-0000")


def test_a_request_that_is_none_is_refused_with_the_desks_own_words(
    serving: Serving, tmp_path: Path
) -> None:
    assert "enrolment bundle" in serving.desk.bundle()
    file = tmp_path / "request.json"
    file.write_text("{}")
    with pytest.raises(ChildError, match=r"demitasse-desk authority failed:\n.*request\.json"):
        serving.desk.sign(file)


def test_it_is_reachable_from_this_computer_alone(serving: Serving) -> None:
    assert serving.console.startswith("http://127.0.0.1:")


def test_a_desk_that_cannot_start_is_quoted(tmp_path: Path) -> None:
    desk = Desk(tmp_path / "desk", broker_port=1, timezone="Europe/Paris", language=Language.EN)
    desk.time_is(NOW)
    (tmp_path / "desk" / "desk.toml").write_text("[web]\nprot = 1\n")
    with pytest.raises(ChildError, match=r"desk ended while starting:\n.*prot"):
        desk.serve()


def test_the_desk_ends_when_the_demonstration_is_killed(tmp_path: Path) -> None:
    script = (
        "import datetime, pathlib, sys, time\n"
        "from scripts.first_cup.broker import Broker\n"
        "from scripts.first_cup.desk import Desk\n"
        "from wire.messages import Language\n"
        f"folder = pathlib.Path({str(tmp_path)!r})\n"
        "broker = Broker(folder / 'broker')\n"
        "desk = Desk(folder / 'desk', broker_port=broker.port, timezone='Europe/Paris',\n"
        "            language=Language.EN)\n"
        "desk.time_is(datetime.datetime.now(datetime.UTC))\n"
        "print(desk.serve(), flush=True)\n"
        "time.sleep(60)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as demonstration:
        assert demonstration.stdout is not None
        console = demonstration.stdout.readline().strip()
        assert answers(console)
        os.kill(demonstration.pid, signal.SIGKILL)
    deadline = time.monotonic() + 20
    while answers(console):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def answers(console: str) -> bool:
    try:
        with urllib.request.urlopen(console, timeout=5):
            return True
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False


def test_passwords_are_new_each_time_and_easy_to_type() -> None:
    passwords = {make_password() for _ in range(50)}
    assert len(passwords) > 45
    assert all(len(p) >= 12 and p.isascii() and p == p.lower() for p in passwords)

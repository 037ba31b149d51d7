"""``demitasse page`` and the page in ``demitasse status``: what a shell is good for."""

import json
import socket
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from agent.page import at_home, pairing
from agent.page.pairing import PAIRING_FILE
from tests.agent.examined import Capture, Unit

ROOT = Path(__file__).parents[2]


@pytest.fixture
def unit(tmp_path: Path) -> Unit:
    made = Unit(tmp_path)
    made.start().close()
    return made


def test_the_fingerprint_is_made_for_the_leaflet_and_stays(unit: Unit, capsys: Capture) -> None:
    assert unit("page", "--fingerprint") == 0
    first = capsys.readouterr().out
    assert unit("page", "--fingerprint") == 0
    assert capsys.readouterr().out == first
    assert len(first.strip().split(":")) == 32


def test_the_browser_of_the_home_network_is_let_out_for_good(
    unit: Unit, capsys: Capture
) -> None:
    pairing.pair(unit.state, datetime.now(UTC))
    assert unit("page", "--unpair") == 0
    assert unit("page", "--unpair") == 0
    assert capsys.readouterr().out == "The browser is out.\nNo browser was let in.\n"
    assert not (unit.state / PAIRING_FILE).exists()


def test_status_says_where_the_page_is_and_who_was_let_in(unit: Unit, capsys: Capture) -> None:
    assert unit("status") == 0
    said = capsys.readouterr().out
    assert f"https://{at_home.local_name()}" in said
    assert "was let in" not in said

    unit("page", "--fingerprint")
    fingerprint = capsys.readouterr().out.strip()
    pairing.pair(unit.state, datetime.now(UTC))
    (unit.state / at_home.PORT_FILE).write_text("8443")
    unit("status")
    said = capsys.readouterr().out
    assert {fingerprint, f"https://{at_home.local_name()}:8443"} <= set(said.split())
    assert "demitasse page --unpair" in said
    unit("status", "--json")
    page = json.loads(capsys.readouterr().out)["page"]
    assert page["fingerprint_sha256"] == fingerprint
    assert datetime.fromisoformat(page["paired_since"]) <= datetime.now(UTC)


def test_one_thing_at_a_time(unit: Unit, capsys: Capture) -> None:
    with pytest.raises(SystemExit) as refused:
        unit("page", "--home", "--unpair")
    assert refused.value.code == 2
    assert unit("page", "--home", "--port", "99999") == 2
    assert "choose 0 to 65535" in capsys.readouterr().err


def test_started_by_systemd_without_an_opening_it_ends_at_once(unit: Unit) -> None:
    script = (
        "import os, sys; os.dup2(int(sys.argv[1]), 3); os.environ['LISTEN_PID'] = "
        "str(os.getpid()); from agent.main import main\n"
        "sys.exit(main(['--config', sys.argv[2], 'page', '--home']))"
    )
    with socket.create_server(("127.0.0.1", 0)) as listening:
        done = subprocess.run(
            [sys.executable, "-c", script, str(listening.fileno()), str(unit.config)],
            cwd=ROOT,
            env={"PYTHONPATH": str(ROOT), "LISTEN_FDS": "1"},
            pass_fds=[listening.fileno()],
            timeout=60,
            check=False,
        )
    assert done.returncode == 0

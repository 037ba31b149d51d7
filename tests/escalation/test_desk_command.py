"""``demitasse-desk`` as an operator types it: what works, and one line for what does not."""

import socket
import stat
from pathlib import Path

import pytest

from tests.escalation.live_desk import LiveDesk

SET_UP = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from escalation import startup
startup.start_initialised(Path(sys.argv[1]))
from escalation.entrance import one_time_codes, second_factor
from escalation.models import Staff
camille, now = Staff.objects.get(username="camille"), datetime.now(UTC)
second_factor.begin(camille, now)
step = int(now.timestamp() // one_time_codes.STEP_S)
code = one_time_codes.code_at(second_factor.unconfirmed_secret(camille), step)
assert second_factor.confirm(camille, code, now)
"""

LAST_LINE = """
import sys
from pathlib import Path
from escalation import startup
startup.start_initialised(Path(sys.argv[1]))
from escalation.entrance.models import EntranceEvent
line = EntranceEvent.objects.latest("pk")
print(line.staff.username, line.doing, line.by_operator)
"""


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> LiveDesk:
    """Return a desk that was just made."""
    return LiveDesk(tmp_path_factory.mktemp("desk"))


def complaint(desk: LiveDesk, *arguments: str, stdin: str = "") -> str:
    """Return the one line of a command that has to fail with exit status 2."""
    done = desk.run(*arguments, stdin=stdin)
    assert done.returncode == 2, done.stdout + done.stderr
    assert done.stderr.startswith("demitasse-desk: ")
    assert done.stderr.count("\n") == 1
    assert done.stdout == ""
    return done.stderr


def test_help_shows_the_way(live: LiveDesk) -> None:
    """The first five commands, in order."""
    said = live.must("--help")
    words = ("init", "staff", "authority init", "authority bundle", "serve")
    places = [said.index(f"desk.toml {word}") for word in words]
    assert places == sorted(places)


def test_init_twice_keeps_everything(live: LiveDesk) -> None:
    """Keys, secret and rows; and the files are for the desk's account alone."""
    folder = live.config.parent
    before = (folder / "keys/desk.json").read_bytes()
    assert live.must("init").startswith("the desk is ready")
    assert (folder / "keys/desk.json").read_bytes() == before
    assert stat.S_IMODE((folder / "desk.sqlite3").stat().st_mode) == 0o600


def test_commands_before_init_say_init(tmp_path: Path, live: LiveDesk) -> None:
    """In a folder where nothing is yet, and with keys but no database."""
    file = tmp_path / "desk.toml"
    file.write_text('[database]\npath = "d.sqlite3"\n[keys]\nfolder = "keys"\n')
    other = LiveDesk.__new__(LiveDesk)
    other.config = file
    assert "run `demitasse-desk init` first" in complaint(other, "serve")
    (tmp_path / "keys").symlink_to(live.config.parent / "keys")
    assert "run `demitasse-desk init` first" in complaint(other, "serve")


def test_staff_accounts_are_made_by_hand_with_a_real_password(live: LiveDesk) -> None:
    """No default account, no weak one, no second one of the same name."""
    add = ("staff", "add", "ada", "--first-name", "Ada", "--role", "reviewer")
    for weak in ("", "short", "password1234"):
        assert "password" in complaint(live, *add, "--password-stdin", stdin=weak + "\n")
    said = live.must(
        *add, "--role", "technician", "--password-stdin", stdin="moka-et-zeste-7\n"
    )
    assert said == "Ada can log in as ada\n"
    assert "already exists" in complaint(
        live, *add, "--password-stdin", stdin="moka-et-zeste\n"
    )


def test_the_first_reviewers_are_vouched_for_by_whoever_runs_the_desk(live: LiveDesk) -> None:
    """At once or later; only a reviewer, and only one who is there."""
    add = ("staff", "add", "zoe", "--first-name", "Zoe", "--password-stdin")
    skilled = (*add, "--skill", "care")
    assert "takes --role reviewer" in complaint(
        live, *skilled, "--role", "technician", stdin="a long enough password\n"
    )
    live.must(*add, "--role", "reviewer", stdin="a long enough password\n")
    assert live.count("Skill") == 0
    assert "zoe may be given care cases until" in live.must("staff", "vouch", "zoe")
    assert live.count("Skill") == 1
    assert "there is no reviewer of this login name" in complaint(
        live, "staff", "vouch", "nobody"
    )


def test_a_second_factor_is_reset_by_whoever_runs_the_desk(live: LiveDesk) -> None:
    """With a line in the audit; of nobody who is not there, and of nobody who has none."""
    live.staff("camille", "reviewer")
    reset = ("staff", "reset-factor")
    assert "nobody has this login name" in complaint(live, *reset, "nobody")
    assert "no second factor to reset" in complaint(live, *reset, "camille")
    live.ask(SET_UP, "")
    assert "password alone" in live.must(*reset, "camille")
    assert "no second factor to reset" in complaint(live, *reset, "camille")
    assert live.ask(LAST_LINE, "").split() == ["camille", "reset", "True"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("serve", "--port", "70000"), "choose a whole number from 0 to 65535"),
        (("serve", "--clock-file", "/no/such/file"), "cannot tell the time"),
        (("serve", "--host", "203.0.113.1"), "cannot listen there"),
    ],
)
def test_what_cannot_be_served_is_said(
    live: LiveDesk, arguments: tuple[str, ...], said: str
) -> None:
    """Before anything starts."""
    assert said in complaint(live, *arguments)


def test_a_busy_port_is_said(live: LiveDesk) -> None:
    """With the option to change."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        said = complaint(live, "serve", "--port", port)
    assert f"port = {port}: cannot listen there" in said


def test_a_config_that_is_missing_or_wrong_is_said(live: LiveDesk, tmp_path: Path) -> None:
    """File, and what is wrong in it."""
    other = LiveDesk.__new__(LiveDesk)
    other.config = tmp_path / "none.toml"
    assert "there is no such file" in complaint(other, "init")
    other.config.write_text("[web]\nport = -1")
    assert "[web] port = -1" in complaint(other, "init")
    other.config.write_text('[keys]\nfolder = "/proc/nowhere"')
    assert "[keys] folder" in complaint(other, "init")


def test_postgresql_without_its_package_says_what_to_install(
    live: LiveDesk, tmp_path: Path
) -> None:
    """Or, where the package is there, that nobody answers."""
    other = LiveDesk.__new__(LiveDesk)
    other.config = tmp_path / "desk.toml"
    other.config.write_text(
        '[database]\nurl = "postgresql://u:p@127.0.0.1:1/x"\n[keys]\nfolder = "keys"'
    )
    said = complaint(other, "init")
    assert "[database]" in said
    assert "psycopg" in said or "cannot be used" in said

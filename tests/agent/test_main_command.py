"""The ``demitasse`` command: what it prints, and one clear line for each wrong input."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from datetime import UTC
from pathlib import Path
from random import Random

import pytest

from agent import ledger, memory
from agent.asking.concerns import State
from agent.assembly import STORE_FILE
from agent.consents.consent_file import Purpose
from agent.main import MOUNTED, main
from agent.store import Store
from firmware_bridge.profile import load_profile
from firmware_bridge.simulation.pty_machine import PtyMachine
from firmware_bridge.simulation.simulated_machine import SimulatedMachine
from tests.agent.consents import NOTICE_IDS, owner_text
from tests.agent.house import CARE, House, learn
from tests.agent.resident import START
from tests.agent.test_concerns import concern
from wire.keys import DeviceKeys

ROOT = Path(__file__).parents[2]
PROFILE = ROOT / "config" / "machines" / "reference.toml"
WITHIN_S = 20.0


class Command:
    """The command of one device that has a configuration and nothing else yet."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.config = folder / "agent.toml"
        self.state = folder / "state"
        self.store = self.state / STORE_FILE
        self.write_config()
        (folder / "consent.toml").write_text(owner_text(()), encoding="utf-8")

    def write_config(self, port: str = "/dev/not-there") -> None:
        """Write ``agent.toml``, with the machine at ``port``."""
        self.config.write_text(
            f'[device]\nstate_dir = "state"\n[machine]\nprofile = "{PROFILE}"\n'
            f'port = "{port}"\n[broker]\nhost = "127.0.0.1"\nport = 1\n',
            encoding="utf-8",
        )

    def __call__(self, *words: str) -> int:
        return main(["--config", str(self.config), *words])

    def make_store(self) -> Store:
        """Make a store, as the device does when it runs for the first time."""
        return Store(self.store)


@pytest.fixture
def command(tmp_path: Path) -> Command:
    return Command(tmp_path)


Capture = pytest.CaptureFixture[str]


def complaint(capsys: Capture, call: Callable[[], object]) -> str:
    """Return the one line that ``call`` complains with, while it ends with status 2."""
    try:
        status = call()
    except SystemExit as left:
        status = left.code
    said = capsys.readouterr()
    assert (status, said.out) == (2, "")
    [line] = said.err.splitlines()
    return line


# ---------------------------------------------------------------------------------- help


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("run",),
        ("consent", "show"),
        ("ledger", "verify"),
        *((name,) for name in MOUNTED),
    ],
)
def test_every_command_explains_itself(words: Sequence[str], capsys: Capture) -> None:
    with pytest.raises(SystemExit) as left:
        main([*words, "--help"])
    assert left.value.code == 0
    said = capsys.readouterr().out
    assert said.startswith(f"usage: demitasse {' '.join(words)}".rstrip())


def test_help_names_every_command(capsys: Capture) -> None:
    with pytest.raises(SystemExit):
        main(["--help"])
    said = capsys.readouterr().out
    assert "\n    run " in said
    for name, mounted in MOUNTED.items():
        assert f"\n    {name} " in said
        assert mounted.summary in said


def test_help_starts_light() -> None:
    """The shell on a small Pi should not load numpy to print a usage line."""
    script = (
        "import sys; from agent.main import main\n"
        "try: main(['--help'])\n"
        "except SystemExit: pass\n"
        "heavy = {'numpy', 'paho', 'serial', 'gpiozero', 'cryptography'} & set(sys.modules)\n"
        "sys.exit(', '.join(sorted(heavy)) or 0)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


# -------------------------------------------------------------------------- wrong input


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        ((), "COMMAND"),
        (("brew",), "brew"),
        (("notice",), "purpose"),
        (("notice", "everything"), "choose from"),
        (("notice", "care_alert", "--lang", "de"), "--lang"),
        (("answer", "no"), "choose from"),
        (("consent",), "VERB"),
        (("ledger", "burn"), "burn"),
        (("status", "--yaml"), "--yaml"),
        (("enroll",), "BUNDLE.json"),
    ],
)
def test_a_wrong_word_is_answered_in_one_line(
    words: Sequence[str], hint: str, command: Command, capsys: Capture
) -> None:
    line = complaint(capsys, lambda: command(*words))
    assert line.startswith("demitasse")
    assert hint in line
    assert line.endswith("--help")


@pytest.mark.parametrize("words", [("run",), ("identity",), ("status",), ("ledger", "verify")])
def test_a_missing_configuration_is_named(
    words: Sequence[str], tmp_path: Path, capsys: Capture
) -> None:
    file = tmp_path / "nowhere.toml"
    line = complaint(capsys, lambda: main(["--config", str(file), *words]))
    assert line == f"demitasse: {file}: there is no such file"


def test_a_wrong_option_is_named_with_file_value_and_fix(
    command: Command, capsys: Capture
) -> None:
    command.config.write_text("[delivery]\nslot_s = 5\n", encoding="utf-8")
    line = complaint(capsys, lambda: command("identity"))
    assert line == (
        f"demitasse: {command.config} [delivery] slot_s = 5: "
        "choose a whole number from 10 to 3600"
    )


def test_a_state_folder_that_cannot_be_made_is_named(command: Command, capsys: Capture) -> None:
    command.state.write_text("a file where the folder should be")
    assert str(command.state) in complaint(capsys, lambda: command("identity"))


@pytest.mark.parametrize("words", [("answer", "fine"), ("ledger", "verify")], ids=" ".join)
def test_before_the_first_run_there_is_nothing_to_look_at_and_nothing_is_made(
    words: Sequence[str], command: Command, capsys: Capture
) -> None:
    line = complaint(capsys, lambda: command(*words))
    assert line == (
        f"demitasse: {command.store}: there is no store yet; `demitasse run` makes it"
    )
    assert not command.state.exists()


def test_status_before_the_first_run_is_kind_and_makes_nothing(
    command: Command, capsys: Capture
) -> None:
    assert command("status") == 0
    assert "Everything is off" in capsys.readouterr().out
    assert not command.state.exists()


@pytest.mark.parametrize("words", [("answer", "fine"), ("ledger", "verify")], ids=" ".join)
def test_a_damaged_store_is_told_and_left_where_it_is(
    words: Sequence[str], command: Command, capsys: Capture
) -> None:
    """The device may be running on it: only the device may move it."""
    command.state.mkdir()
    command.store.write_bytes(b"not a database, by far" * 100)
    before = command.store.read_bytes()
    assert "is damaged" in complaint(capsys, lambda: command(*words))
    assert command.store.read_bytes() == before
    assert list(command.state.glob("*.broken*")) == []


# ------------------------------------------------------------------------------- consent


@pytest.mark.parametrize("purpose", Purpose)
@pytest.mark.parametrize("lang", ["en", "fr"])
def test_a_notice_ends_with_the_line_that_confirms_it(
    purpose: str, lang: str, command: Command, capsys: Capture
) -> None:
    assert command("notice", purpose, "--lang", lang) == 0
    last = capsys.readouterr().out.rstrip().splitlines()[-1]
    name = purpose.replace("_", "-")
    assert last.startswith(f'i_have_read = "notice-{name}-{lang}-')


def test_the_printed_line_is_what_the_gate_wants(command: Command, capsys: Capture) -> None:
    command("notice", "learn_routine")
    line = capsys.readouterr().out.rstrip().splitlines()[-1]
    file = command.folder / "consent.toml"
    text = owner_text(()).replace('on = false\ni_have_read = ""', f"on = true\n{line}", 1)
    file.write_text(text, encoding="utf-8")
    assert _shown(command, capsys)["learn_routine"] == "not_recorded"


def test_consent_show_tells_each_purpose_and_why(command: Command, capsys: Capture) -> None:
    assert set(_shown(command, capsys).values()) == {"off"}
    assert command("consent", "show") == 0
    said = capsys.readouterr().out
    assert said.count("no: it is switched off") == len(Purpose)


def test_consent_show_of_any_other_file_needs_no_configuration(
    tmp_path: Path, capsys: Capture
) -> None:
    file = tmp_path / "theirs.toml"
    file.write_text(owner_text(CARE).replace(NOTICE_IDS[CARE[0]], "notice-old"), "utf-8")
    assert main(["consent", "show", "--file", str(file), "--json"]) == 0
    said = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert {one["purpose"]: one["reason"] for one in said}["learn_routine"] == "notice_changed"


def test_an_unreadable_consent_file_means_no_says_where_and_exits_2(
    command: Command, capsys: Capture
) -> None:
    (command.folder / "consent.toml").write_text("on = maybe", encoding="utf-8")
    assert command("consent", "show") == 2
    said = capsys.readouterr().out
    assert said.count("no: the file cannot be read") == len(Purpose)
    assert str(command.folder / "consent.toml") in said


def test_a_time_that_is_none_is_refused(command: Command, capsys: Capture) -> None:
    line = complaint(capsys, lambda: command("consent", "show", "--at", "tomorrow"))
    assert "--at tomorrow" in line
    assert "2026-03-01T07:10:00+01:00" in line


def _shown(command: Command, capsys: Capture) -> dict[str, str]:
    assert command("consent", "show", "--json") == 0
    said = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [one["purpose"] for one in said] == [*Purpose]
    assert all(one["granted"] is (one["reason"] == "granted") for one in said)
    return {one["purpose"]: one["reason"] for one in said}


# -------------------------------------------------------------------------------- ledger


@pytest.fixture
def lived(command: Command, monkeypatch: pytest.MonkeyPatch) -> Command:
    """Return the command of a device that has learned, and sent an alert."""
    (command.folder / "consent.toml").unlink()
    house = House(command.folder, monkeypatch, at=START.astimezone(UTC))
    learn(house, days=3)
    house.stick_the_tank_switch()
    house.live(hours=1)
    house.sign(house.sent("service_report")[0])
    house.device.close()
    monkeypatch.undo()
    return command


def test_a_ledger_that_nobody_touched_is_whole(lived: Command, capsys: Capture) -> None:
    assert lived("ledger", "verify") == 0
    assert capsys.readouterr().out == "the ledger is whole\n"


def test_a_changed_byte_anywhere_in_the_ledger_is_found_and_located(
    lived: Command, capsys: Capture
) -> None:
    random = Random(11)
    db = sqlite3.connect(lived.store, isolation_level=None)
    columns = [row[1] for row in db.execute("PRAGMA table_info(ledger)")]
    rows = db.execute("SELECT * FROM ledger ORDER BY sequence").fetchall()
    assert len(rows) >= 5
    for row in rows:
        for column, value in list(zip(columns, row, strict=True))[1:]:
            data = bytearray(value if isinstance(value, bytes) else value.encode())
            data[random.randrange(len(data))] ^= 1 << random.randrange(7)
            changed = bytes(data) if isinstance(value, bytes) else data.decode("latin-1")
            where = f"UPDATE ledger SET {column} = ? WHERE sequence = ?"
            db.execute(where, (changed, row[0]))
            assert lived("ledger", "verify") == 1, column
            assert capsys.readouterr().err == f"the ledger was changed at entry {row[0]}\n"
            db.execute(where, (value, row[0]))
    assert lived("ledger", "verify") == 0
    db.close()


@pytest.mark.parametrize("gone", [1, 3])
def test_a_removed_entry_is_found(lived: Command, capsys: Capture, gone: int) -> None:
    db = sqlite3.connect(lived.store, isolation_level=None)
    db.execute("DELETE FROM ledger WHERE sequence = ?", (gone,))
    db.close()
    assert lived("ledger", "verify") == 1
    assert f"entry {gone}" in capsys.readouterr().err


def test_a_ledger_signed_by_another_device_is_not_ours(lived: Command, capsys: Capture) -> None:
    file = lived.state / "keys" / "device.json"
    file.write_text(json.dumps(DeviceKeys.create().to_json()))
    assert lived("ledger", "verify") == 1
    assert "entry 1" in capsys.readouterr().err


# --------------------------------------------------------------------- answer and status


@pytest.mark.parametrize("state", [None, *State])
def test_answer_is_noted_exactly_when_a_question_waits(
    state: State | None, command: Command, capsys: Capture
) -> None:
    store = command.make_store()
    if state is not None:
        with store.transaction() as db:
            memory.save_concern(db, concern(state))
    waits = state in (State.ASKED, State.ALERTED, State.ACKNOWLEDGED)
    assert command("answer", "fine") == 0
    said = capsys.readouterr().out
    assert said.startswith("Thank you." if waits else "No question is waiting.")
    told = state in (State.ALERTED, State.ACKNOWLEDGED)
    assert ("The desk is told" in said) is told
    assert bool(memory.requests(store.reading())) is waits
    store.close()


def test_status_tells_what_was_seen_and_what_waits(lived: Command, capsys: Capture) -> None:
    assert lived("status", "--json") == 0
    plain = json.loads(capsys.readouterr().out)
    assert plain["last_brew_at"] is not None
    assert (plain["waiting"], plain["concerns"], plain["received"]) == (0, [], [])
    assert lived("status") == 0
    said = capsys.readouterr().out.splitlines()
    assert len(said) >= 3


@pytest.mark.parametrize("state", list(State))
@pytest.mark.parametrize("lang", ["en", "fr"])
def test_status_names_a_concern_in_words(
    state: State, lang: str, command: Command, capsys: Capture
) -> None:
    text = owner_text((Purpose.LEARN_ROUTINE,)).replace(
        'language = "en"', f'language = "{lang}"'
    )
    (command.folder / "consent.toml").write_text(text, encoding="utf-8")
    store = command.make_store()
    with store.transaction() as db:
        memory.save_concern(db, concern(state))
    store.close()
    assert command("status") == 0
    said = capsys.readouterr().out
    assert ("coffees a day" if lang == "en" else "cafés par jour") in said
    spoken = [line for line in said.splitlines() if "demitasse answer" not in line]
    assert "_" not in "".join(spoken)


# ----------------------------------------------------------------------------------- run


def test_run_lives_until_it_is_told_to_stop(command: Command) -> None:
    simulated = SimulatedMachine(load_profile(PROFILE), serial="DEMI0001")
    with closing(PtyMachine(simulated)) as machine:
        command.write_config(port=machine.port)
        process = subprocess.Popen(
            [sys.executable, "-m", "agent.main", "--config", str(command.config), "run"],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )
        try:
            deadline = time.monotonic() + WITHIN_S
            while not command.store.exists() and process.poll() is None:
                assert time.monotonic() < deadline
                time.sleep(0.05)
            process.send_signal(signal.SIGTERM)
            said, _ = process.communicate(timeout=WITHIN_S)
        finally:
            process.kill()
    assert process.returncode == 0, said
    assert "Traceback" not in said
    store = Store(command.store, mend=False)
    assert ledger.head(store.reading()) == ledger.GENESIS
    store.close()

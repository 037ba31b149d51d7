"""``demitasse check``: whatever state a device is in, it says how each thing stands."""

import json
import os
import socket
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from agent import memory
from agent.clock import SystemClock
from agent.delivery.health_log import WRITES
from agent.delivery.write_budget import WriteBudget
from agent.diagnosis import broker, examination, foundations, machine
from agent.diagnosis.examination import examine
from agent.diagnosis.findings import Found, Judgement, Reason, Subject
from agent.diagnosis.scene import MachineParts, Scene
from agent.giving_back.live_stream import LiveStream, line_of, socket_file
from agent.identity import enrolment
from agent.identity.certificates import read_key
from agent.identity.key_files import device_keys
from agent.main import machine_parts
from agent.running import hold
from agent.settings import AgentSettings
from escalation.authority import local_ca
from firmware_bridge.profile import load_profile
from firmware_bridge.simulation.pty_machine import PtyMachine
from firmware_bridge.simulation.simulated_machine import SimulatedMachine
from tests.agent.consents import NOTICE_IDS, owner_text
from tests.agent.examined import (
    PROFILE,
    PROFILES,
    Capture,
    SteppingClock,
    Unit,
    Words,
    parts,
    verdicts,
)
from tests.agent.house import CARE
from tests.agent.paper_authority import Door, HttpsDesk, PaperAuthority
from wire.options import ConfigError
from wire.readings import Flag, FlagName, LinkLoss, LinkLost, LinkUp, Misread
from wire.stamps import Stamp

NOW = Stamp(utc=datetime.now(UTC), monotonic_s=0.0, boot_id="here", synced=True)
UP = LinkUp(at=NOW)


@pytest.fixture
def unit(tmp_path: Path) -> Unit:
    return Unit(tmp_path)


@pytest.fixture
def authority(tmp_path: Path) -> PaperAuthority:
    return PaperAuthority(tmp_path / "paper")


# -------------------------------------------------------------------------- a fresh unit


def test_a_fresh_unit_is_told_kindly_that_all_is_off_and_how_to_begin(
    unit: Unit, capsys: Capture
) -> None:
    found = unit.check(capsys)
    assert found["consent"]["verdict"] == "ok"
    assert "Everything is off" in found["consent"]["text"]
    assert "demitasse notice learn_routine" in found["consent"]["fix"]
    assert found["desk"]["verdict"] == "attention"
    assert {name for name, one in found.items() if one["verdict"] == "wrong"} == {"port"}


def test_each_subject_has_one_line_in_one_order(unit: Unit, capsys: Capture) -> None:
    assert [*unit.check(capsys)] == [str(subject) for subject in Subject]


def test_a_look_makes_nothing(unit: Unit, capsys: Capture) -> None:
    before = sorted(unit.folder.rglob("*"))
    unit.check(capsys, "--connect")
    assert sorted(unit.folder.rglob("*")) == before


def test_what_needs_somebody_has_a_fix(unit: Unit, capsys: Capture) -> None:
    for one in unit.check(capsys).values():
        assert one["text"].endswith(".")
        if one["verdict"] in ("wrong", "attention"):
            assert one["fix"]


def test_words_for_a_person_name_the_fix_below_the_line(unit: Unit, capsys: Capture) -> None:
    assert unit("check") == 1
    said = capsys.readouterr().out.splitlines()
    [at] = [number for number, line in enumerate(said) if line.startswith("wrong")]
    assert "/dev/not-there" in said[at]
    assert said[at + 1].strip().startswith("→ plug the machine in")


def test_a_word_that_check_does_not_know_is_the_only_way_to_2(
    unit: Unit, capsys: Capture
) -> None:
    with pytest.raises(SystemExit) as left:
        unit("check", "--yaml")
    assert left.value.code == 2
    assert "--yaml" in capsys.readouterr().err


# ------------------------------------------------------------------------- configuration


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        (None, "there is no such file"),
        ("[device", "is not valid TOML"),
        ("[delivery]\nslot_s = 5\n", "slot_s = 5"),
        ("[devise]\n", "unknown section"),
        ("\xff", "is not"),
    ],
)
def test_a_configuration_that_cannot_be_used_is_a_finding(
    text: str | None, hint: str, unit: Unit, capsys: Capture
) -> None:
    if text is None:
        unit.config.unlink()
    else:
        unit.config.write_text(text, encoding="latin-1")
    found = unit.check(capsys)
    config = found.pop("config")
    assert config["verdict"] == "wrong"
    assert hint in config["text"]
    assert config["fix"]
    assert {one["reason"] for one in found.values()} == {"needs_config"}


def test_half_a_file_of_the_makers_is_named(unit: Unit, capsys: Capture) -> None:
    (unit.folder / "conf.d").mkdir()
    (unit.folder / "conf.d" / "50-maker.toml").write_text("[machine]\nport = ")
    assert "50-maker.toml" in unit.check(capsys)["config"]["text"]


# ------------------------------------------------------------------------------- consent


def test_without_a_consent_file_everything_is_off(unit: Unit, capsys: Capture) -> None:
    unit.consent.unlink()
    assert verdicts(unit.check(capsys))["consent"] == "consent_missing"


@pytest.mark.parametrize("text", ["", "[learn_routine]\non = tr", "[me]\nname = 'Rosalie'"])
def test_an_owners_word_that_cannot_be_read_is_told(
    text: str, unit: Unit, capsys: Capture
) -> None:
    unit.consent.write_text(text)
    found = unit.check(capsys)["consent"]
    assert (found["verdict"], found["reason"]) == ("wrong", "consent_unreadable")
    assert str(unit.consent) in found["text"]


def test_a_switch_without_its_notice_is_no_yes(unit: Unit, capsys: Capture) -> None:
    text = owner_text(CARE).replace(NOTICE_IDS[CARE[0]], "")
    unit.consent.write_text(text, encoding="utf-8")
    found = unit.check(capsys)["consent"]
    assert found["reason"] == "consent_incomplete"
    assert str(CARE[0]) in found["text"]


def test_a_yes_is_told_without_a_name(unit: Unit, capsys: Capture) -> None:
    unit.consent.write_text(owner_text(CARE), encoding="utf-8")
    found = unit.check(capsys)["consent"]
    assert (found["verdict"], found["reason"]) == ("ok", "fine")
    assert f"{len(CARE)} of 6" in found["text"]


# ------------------------------------------------------------------------------- machine


def look(
    unit: Unit, made: MachineParts | ConfigError, *, clock: SteppingClock | None = None
) -> dict[Subject, Found]:
    def open_parts(_settings: AgentSettings) -> MachineParts:
        if isinstance(made, ConfigError):
            raise made
        return made

    scene = Scene(
        settings=unit.settings,
        open_parts=open_parts,
        clock=clock or SteppingClock(NOW),
        connect=False,
    )
    return {one.subject: one for one in machine.look(scene)}


def test_a_profile_that_cannot_be_used_comes_first(unit: Unit) -> None:
    found = look(unit, ConfigError("mine.toml [machine] driver: missing; write a text"))
    assert found[Subject.PROFILE].verdict is Judgement.WRONG
    assert found[Subject.PROFILE].fix == "write a text"
    assert found[Subject.PORT].reason is Reason.NEEDS_PROFILE


def test_a_machine_that_is_understood_is_let_go_of_at_once(unit: Unit) -> None:
    source = Words([[], [UP], [LinkLost(at=NOW, reason=LinkLoss.SILENT)]])
    found = look(unit, parts(lambda: source))
    assert found[Subject.CONTROLLER].verdict is Judgement.OK
    assert source.closed
    assert len(source.looks) == 1


@pytest.mark.parametrize(
    ("lost", "reason", "hint"),
    [
        (None, Reason.CONTROLLER_SILENT, "switch it on"),
        (LinkLost(at=NOW, reason=LinkLoss.SILENT), Reason.CONTROLLER_SILENT, "switch it on"),
        (
            LinkLost(at=NOW, reason=LinkLoss.UNREADABLE),
            Reason.CONTROLLER_UNREADABLE,
            "right driver",
        ),
        (
            LinkLost(at=NOW, reason=LinkLoss.UNREADABLE, because=Misread.INVERTED),
            Reason.LINE_INVERTED,
            "inverter",
        ),
        (
            LinkLost(
                at=NOW, reason=LinkLoss.UNREADABLE, because=Misread.OTHER_BAUD, baud_rate=9600
            ),
            Reason.OTHER_BAUD,
            "baud_rate = 9600",
        ),
        (
            LinkLost(at=NOW, reason=LinkLoss.UNREADABLE, because=Misread.OTHER_BAUD),
            Reason.OTHER_BAUD,
            "another baud_rate",
        ),
    ],
)
def test_a_machine_that_is_not_understood_is_told_with_the_cause(
    lost: LinkLost | None, reason: Reason, hint: str, unit: Unit
) -> None:
    clock = SteppingClock(NOW)
    source = Words([[lost]] if lost else [])
    found = look(unit, parts(lambda: source), clock=clock)[Subject.CONTROLLER]
    assert (found.verdict, found.reason) == (Judgement.WRONG, reason)
    assert hint in found.fix
    assert source.closed
    assert clock.looks <= 8, "it listens for a bounded time"


def test_a_port_that_this_user_may_not_open_is_told_with_the_group(
    unit: Unit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "access", lambda *_: False)
    found = look(unit, parts(lambda: Words([])))
    assert found[Subject.PORT].reason is Reason.PORT_FORBIDDEN
    assert "dialout" in found[Subject.PORT].fix


def fail(text: str) -> Callable[[], Words]:
    def opened() -> Words:
        raise ConfigError(text)

    return opened


def test_a_port_that_somebody_else_holds_is_told(unit: Unit) -> None:
    found = look(unit, parts(fail("port = '/dev/x': another program holds it; end it")))
    assert found[Subject.PORT].reason is Reason.PORT_UNUSABLE
    assert found[Subject.PORT].fix == "end it"
    assert found[Subject.CONTROLLER].verdict is Judgement.NOT_LOOKED_AT


def test_a_missing_chip_is_told_where_the_sensors_are_on_pins(
    unit: Unit, capsys: Capture
) -> None:
    """With gpiozero as it is on a computer without pins."""
    text = f'[device]\nstate_dir = "state"\n[machine]\nprofile = "{PROFILES}/bare-sensors.toml"'
    unit.config.write_text(text)
    found = unit.check(capsys)
    assert found["pins"]["reason"] == "pins_unusable"
    assert "no GPIO chip" in found["pins"]["text"]
    assert found["port"]["reason"] == "none_used"


def test_a_missing_chip_for_light_and_button_is_told(unit: Unit, capsys: Capture) -> None:
    text = PROFILE.read_text()
    for pin in ("light_gpio", "button_gpio"):
        text = text.replace(f"# {pin} =", f"{pin} =")
    (unit.folder / "mine.toml").write_text(text)
    unit.config.write_text(unit.config.read_text().replace(str(PROFILE), "mine.toml"))
    assert unit.check(capsys)["pins"]["reason"] == "pins_unusable"


def test_the_pin_library_finds_a_folder_wherever_somebody_looks_from(
    unit: Unit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LG_WD", "/run/demitasse")
    machine_parts(unit.settings)
    assert os.environ["LG_WD"] == "/run/demitasse"
    monkeypatch.delenv("LG_WD")
    machine_parts(unit.settings)
    assert os.access(os.environ["LG_WD"], os.W_OK)


@contextmanager
def speaking(pieces: PtyMachine) -> Iterator[None]:
    over = threading.Event()

    def speak() -> None:
        now_ms = 0
        while not over.wait(0.02):
            now_ms += 100
            pieces.step(now_ms)

    thread = threading.Thread(target=speak)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def test_a_real_port_is_opened_heard_and_let_go_of(unit: Unit, capsys: Capture) -> None:
    simulated = SimulatedMachine(load_profile(PROFILE), serial="DEMI0001")
    with closing(PtyMachine(simulated)) as line, speaking(line):
        unit.configure(port=line.port)
        for _ in ("twice, so it was let go of", "the second time"):
            found = unit.check(capsys)
            assert found["controller"]["verdict"] == "ok"
            assert found["port"]["verdict"] == "ok"


def test_a_running_device_is_not_disturbed(unit: Unit) -> None:
    def never() -> Words:
        raise AssertionError("the port is the device's")

    with hold(unit.state):
        found = look(unit, parts(never, open_light=never))  # type: ignore[arg-type]
    assert found[Subject.PORT].reason is Reason.HELD_BY_DEVICE
    assert found[Subject.PORT].verdict is Judgement.OK
    assert found[Subject.CONTROLLER].verdict is Judgement.NOT_LOOKED_AT
    assert found[Subject.PINS].verdict is Judgement.OK


@pytest.mark.parametrize(
    ("reading", "verdict"),
    [
        (Flag(at=NOW, name=FlagName.PUMP_ON, on=False), Judgement.OK),
        (LinkLost(at=NOW, reason=LinkLoss.SILENT), Judgement.WRONG),
    ],
)
def test_a_running_device_tells_what_it_hears(
    reading: Flag | LinkLost, verdict: Judgement, unit: Unit, monkeypatch: pytest.MonkeyPatch
) -> None:
    with hold(unit.state), closing(LiveStream(socket_file(unit.settings))) as stream:
        connect = socket.socket.connect

        def connect_and_hear(line: socket.socket, address: str) -> None:
            connect(line, address)
            stream.tell([reading])

        monkeypatch.setattr(socket.socket, "connect", connect_and_hear)
        assert line_of(reading)
        found = look(unit, parts(lambda: Words([])))
    assert found[Subject.CONTROLLER].verdict is verdict


# --------------------------------------------------------------------------- foundations


@pytest.mark.parametrize(
    ("synced", "verdict"), [(True, Judgement.OK), (False, Judgement.ATTENTION)]
)
def test_a_clock_that_nobody_has_confirmed_is_told(
    synced: bool, verdict: Judgement, unit: Unit
) -> None:
    clock = SteppingClock(replace(NOW, synced=synced))
    scene = Scene(settings=unit.settings, open_parts=machine_parts, clock=clock, connect=False)
    assert foundations.clock(scene).verdict is verdict


@pytest.mark.parametrize(
    ("room", "reason"),
    [
        ((10**9, 10, 0), Reason.FINE),
        ((50_000_000, 10, 0), Reason.DISK_NEARLY_FULL),
        ((1_000_000, 10, 0), Reason.DISK_FULL),
        ((10**9, 0, 0), Reason.DISK_FULL),
        ((10**9, 10, os.ST_RDONLY), Reason.DISK_READ_ONLY),
    ],
)
def test_the_disk(
    room: tuple[int, int, int], reason: Reason, unit: Unit, monkeypatch: pytest.MonkeyPatch
) -> None:
    free, files, flags = room
    told = os.statvfs_result((1, 1, free, free, free, 100, files, files, flags, 255))
    monkeypatch.setattr(os, "statvfs", lambda _: told)
    assert foundations.disk(unit.settings).reason is reason


def test_a_damaged_store_is_told_and_left_alone(unit: Unit, capsys: Capture) -> None:
    unit.start().close()
    unit.store.write_bytes(b"not a database, by far" * 100)
    before = unit.store.read_bytes()
    found = unit.check(capsys)
    assert found["store"]["reason"] == "store_unusable"
    assert found["write_budget"]["verdict"] == "not_looked_at"
    assert unit.store.read_bytes() == before


def test_an_old_store_is_no_fault(unit: Unit, capsys: Capture) -> None:
    unit.state.mkdir(mode=0o700)
    unit.store.write_bytes(Path(__file__).with_name("version-1.db").read_bytes())
    unit.store.chmod(0o600)
    found = unit.check(capsys)["store"]
    assert (found["verdict"], found["reason"]) == ("attention", "store_earlier")


def test_a_write_budget_that_is_used_up_is_told(unit: Unit, capsys: Capture) -> None:
    today = datetime.now(UTC).date().isoformat()
    budget = WriteBudget(bytes_a_day=10_000_000, written=11_000_000)
    with closing(unit.start()) as store, store.transaction() as db:
        memory.set_meta(db, WRITES, {**budget.to_json(), "day": today})
    found = unit.check(capsys)["write_budget"]
    assert found["reason"] == "budget_used_up"
    assert "11.0 of 10 MB" in found["text"]


# ---------------------------------------------------------------------------- belongings


@pytest.mark.parametrize("place", ["demitasse.db", "keys", "keys/device.json"])
def test_what_others_may_read_is_told_with_the_command(
    place: str, unit: Unit, capsys: Capture
) -> None:
    unit.start().close()
    device_keys(unit.state)
    assert unit.check(capsys)["permissions"]["verdict"] == "ok"
    file = unit.state / place
    file.chmod(0o755 if file.is_dir() else 0o644)
    found = unit.check(capsys)["permissions"]
    assert (found["verdict"], found["reason"]) == ("wrong", "open_to_others")
    assert found["fix"] == f"run: chmod {'700' if file.is_dir() else '600'} {file}"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_keys_that_belong_to_another_user_are_told(unit: Unit, capsys: Capture) -> None:
    """As they do after somebody has run a command as root once."""
    unit.start().close()
    device_keys(unit.state)
    os.chown(unit.state, 65534, 65534)
    found = unit.check(capsys)["permissions"]
    assert found["reason"] == "owned_by_another"
    assert "chown -R" in found["fix"]


def test_a_damaged_identity_is_told(unit: Unit, capsys: Capture) -> None:
    device_keys(unit.state)
    (unit.state / "keys" / "device.json").write_text("{}")
    assert unit.check(capsys)["identity"]["reason"] == "identity_wrong"


def test_a_damaged_pin_of_the_desk_is_told(unit: Unit, capsys: Capture) -> None:
    device_keys(unit.state)
    (unit.state / "keys" / "desk.json").write_text("{}")
    found = unit.check(capsys)
    assert found["desk"]["reason"] == "desk_wrong"
    assert found["broker"]["verdict"] == "not_looked_at"


# --------------------------------------------------------- certificate and broker, for real


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    # How long a broker may take to say no; on this computer it is there at once.
    monkeypatch.setattr("agent.identity.enrolment_line.ALERT_WITHIN_S", 0.3)


def enrol(unit: Unit, authority: PaperAuthority, *, broker_port: int = 1) -> None:
    with HttpsDesk(authority) as desk:
        bundle = authority.bundle(url=desk.url, broker_port=broker_port)
        enrolment.enroll(unit.settings, bundle, datetime.now(UTC), None)


def test_an_enrolled_device_is_let_in(
    unit: Unit, authority: PaperAuthority, capsys: Capture
) -> None:
    with Door(authority) as door:
        enrol(unit, authority, broker_port=door.port)
        came = len(door.let_in)
        quiet = unit.check(capsys)
        assert quiet["broker"]["reason"] == "nobody_called"
        assert len(door.let_in) == came, "with everything off nobody is called"
        found = unit.check(capsys, "--connect")
        assert len(door.let_in) == came + 1
    assert found["desk"]["verdict"] == "ok"
    assert found["certificate"]["verdict"] == "ok"
    assert found["broker"]["verdict"] == "ok"


def test_the_line_is_tried_once_the_owner_allows_something(
    unit: Unit, authority: PaperAuthority, capsys: Capture
) -> None:
    unit.consent.write_text(owner_text(CARE), encoding="utf-8")
    with Door(authority) as door:
        enrol(unit, authority, broker_port=door.port)
        assert unit.check(capsys)["broker"]["verdict"] == "ok"


def test_a_broker_that_refuses_this_device_is_told(
    unit: Unit, authority: PaperAuthority, capsys: Capture, tmp_path: Path
) -> None:
    enrol(unit, authority)
    with Door(authority, trusting=PaperAuthority(tmp_path / "other")) as door:
        pin = unit.state / "keys" / "desk.json"
        plain = {**json.loads(pin.read_bytes()), "broker_port": door.port}
        pin.write_text(json.dumps(plain, separators=(",", ":"), sort_keys=True))
        found = unit.check(capsys, "--connect")
    assert found["broker"]["reason"] == "device_refused", found["broker"]


def test_a_broker_that_is_away_is_told(
    unit: Unit, authority: PaperAuthority, capsys: Capture
) -> None:
    enrol(unit, authority)
    assert unit.check(capsys, "--connect")["broker"]["reason"] == "broker_unreachable"


@pytest.mark.parametrize(
    ("begins_in", "stands"),
    [
        (timedelta(days=-31), ("wrong", "certificate_ended")),
        (timedelta(days=2), ("wrong", "certificate_not_yet")),
        (timedelta(days=-29), ("attention", "certificate_ends_soon")),
        (timedelta(days=-1), ("ok", "fine")),
    ],
)
def test_the_dates_of_a_certificate(
    begins_in: timedelta,
    stands: tuple[str, str],
    unit: Unit,
    authority: PaperAuthority,
    capsys: Capture,
) -> None:
    enrol(unit, authority)
    pair = unit.state / "keys" / "tls.pem"
    key, _, _ = pair.read_text().partition("-----BEGIN CERTIFICATE-----")
    now = datetime.now(UTC)
    public, name = read_key(key).public_key(), device_keys(unit.state).device_id
    signed = authority.ca.sign_client(public, name, now + begins_in, timedelta(days=30))
    pair.write_text(key + local_ca.pem(signed).decode())
    found = unit.check(capsys)["certificate"]
    assert (found["verdict"], found["reason"]) == stands


def test_a_certificate_for_somebody_else_is_told(
    unit: Unit, authority: PaperAuthority, capsys: Capture
) -> None:
    enrol(unit, authority)
    (unit.state / "keys" / "device.json").unlink()
    device_keys(unit.state)
    assert unit.check(capsys)["certificate"]["reason"] == "certificate_wrong"


def test_an_enrolled_device_without_certificate_is_told(
    unit: Unit, authority: PaperAuthority, capsys: Capture
) -> None:
    enrol(unit, authority)
    (unit.state / "keys" / "tls.pem").unlink()
    assert unit.check(capsys)["certificate"]["reason"] == "certificate_missing"


def test_a_name_that_nobody_knows_is_told(
    unit: Unit, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unknown(*_: object) -> None:
        raise socket.gaierror("no such name")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    unit.configure(more='[broker]\nhost = "localhost"\nport = 1\n')
    found = unit.check(capsys, "--connect")
    assert found["broker"]["reason"] == "name_unknown"
    assert found["certificate"]["reason"] == "none_used"


def test_a_resolver_that_never_answers_is_not_waited_for(
    unit: Unit, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    over = threading.Event()
    monkeypatch.setattr(broker, "WITHIN_S", 0.1)
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_: over.wait(60))
    unit.configure(more='[broker]\nhost = "localhost"\nport = 1\n')
    assert unit.check(capsys, "--connect")["broker"]["reason"] == "name_unknown"
    over.set()


def test_files_of_the_operators_that_are_no_certificates_are_told(
    unit: Unit, capsys: Capture
) -> None:
    for name in ("ca", "own", "key"):
        (unit.folder / f"{name}.pem").write_text("-----BEGIN HALF A FILE")
    unit.configure(
        more='[broker]\nhost = "broker.example"\nca_file = "ca.pem"\n'
        'certificate_file = "own.pem"\nkey_file = "key.pem"\n'
    )
    found = unit.check(capsys, "--connect")
    assert found["certificate"]["reason"] == "certificate_wrong"
    assert found["broker"]["reason"] == "tls_failed"


# ------------------------------------------------------------------------ whoever looks


def test_another_user_is_told_how_to_look(unit: Unit) -> None:
    unit.start().close()
    device_keys(unit.state)
    status, said = _as_somebody_else(unit)
    plain = json.loads(said)
    found = {one["subject"]: one for one in plain["checks"]}
    for name in ("store", "permissions", "identity", "desk", "certificate", "broker"):
        assert (name, found[name]["reason"]) == (name, "not_permitted")
        assert "demitasse check" in found[name]["fix"]
    assert found["config"]["verdict"] == "ok"
    assert status == 1, "the port that is not there"


def _as_somebody_else(unit: Unit) -> tuple[int, str]:
    """Look as a user whom the state folder is closed to; return status and output."""
    if os.geteuid() == 0:
        # pytest's own folders are closed to everybody else, too.
        for folder in (unit.folder, *unit.folder.parents):
            if folder.stat().st_uid == 0 and folder not in (Path("/"), Path("/tmp")):
                folder.chmod(folder.stat().st_mode | 0o011)
        unit.folder.chmod(0o755)
    else:
        unit.state.chmod(0)
    reader, writer = os.pipe()
    if (child := os.fork()) == 0:
        if os.geteuid() == 0:
            os.setgroups([])
            os.setgid(65534)
            os.setuid(65534)
        os.dup2(writer, 1)
        status = 99
        try:
            found = examine(unit.config, machine_parts, connect=False)
            plain = {"checks": [one.to_json() for one in found]}
            os.write(1, json.dumps(plain).encode())
            status = int(any(one.verdict is Judgement.WRONG for one in found))
        finally:
            os._exit(status)
    os.close(writer)
    with open(reader, encoding="utf-8") as output:
        said = output.read()
    _, status = os.waitpid(child, 0)
    unit.state.chmod(0o700)
    return os.waitstatus_to_exitcode(status), said


def test_what_nobody_thought_of_is_a_line_and_the_others_are_still_there(
    unit: Unit, monkeypatch: pytest.MonkeyPatch
) -> None:
    def strange(_settings: AgentSettings) -> MachineParts:
        raise sqlite3.DatabaseError("a maker's own driver")

    found = {one.subject: one for one in examine(unit.config, strange, connect=False)}
    assert found[Subject.PROFILE].reason is Reason.COULD_NOT_LOOK
    assert "a maker's own driver" in found[Subject.PINS].text
    assert found[Subject.CLOCK].verdict in (Judgement.OK, Judgement.ATTENTION)
    assert len(found) == len(Subject)
    assert isinstance(SystemClock().now(), Stamp)
    assert [*examination.lines([*found.values()])]

"""Everything forgotten: canaries are planted wherever a household leaves traces, and sought
in the raw bytes of every file afterwards."""

import base64
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from agent import ledger, memory, running
from agent.asking import errands
from agent.asking.errands import Kind
from agent.assembly import Machine, store_file
from agent.commands import forget
from agent.consents.consent_file import ConsentFile, read_consent_file
from agent.delivery import broker_traces, outbox
from agent.giving_back import forgetting, quiet
from agent.giving_back.forgetting import BeginAnew, Forgotten
from agent.learning.brews import Brew, Certainty
from agent.main import main
from agent.settings import Tls
from firmware_bridge.profile import load_profile
from firmware_bridge.simulation.pty_machine import PtyMachine
from firmware_bridge.simulation.simulated_machine import SimulatedMachine
from tests.agent.consents import owner_text
from tests.agent.house import CARE, House, Lamp, Readings
from tests.agent.machine_says import LIMITS
from tests.agent.worried_house import acknowledged, next_slots, worried
from tests.waiting import until
from wire.messages import Erased, Language
from wire.owner import Light, Press, Pressed

ROOT = Path(__file__).parents[2]
WITHIN_S = 40.0
CANARIES = (b"Rosalie", b"canari", b"Agathe", b"2026-03-09T07:11:13")
"""A name, a reason, a trusted person, the minute of one coffee."""
ALERT_ID = b"ab" * 16
"""A random number that only the ledger still knows until the desk has answered."""


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    """Return a household that has left traces everywhere: here, at the desk, in ruins."""
    monkeypatch.setattr(broker_traces, "clear", lambda *_: True)
    house = worried(tmp_path, monkeypatch, granted=CARE)
    alert_id = acknowledged(house)
    house.line.bring(house.desk.decision(alert_id, reason="un canari"))
    house.step(seconds=1)
    with house.store.transaction() as db:
        memory.remember_brew(
            db,
            Brew(
                started_at=datetime(2026, 3, 9, 7, 11, 13, tzinfo=UTC),
                started_before=datetime(2026, 3, 9, 7, 11, 13, tzinfo=UTC),
                duration_s=25,
                water_ml=110,
                certainty=Certainty.EXACT,
            ),
        )
        memory.set_meta(db, "canari", ["Rosalie"] * 50)
    (house.settings.state_dir / "demitasse.broken-1").write_bytes(b"Rosalie" * 99)
    assert set(found(house)) == set(CANARIES)
    yield house
    house.device.close()


def found(house: House, *also: bytes) -> list[bytes]:
    """Return the canaries that some file of the household still holds."""
    files = [file for file in house.folder.rglob("*") if file.is_file()]
    data = b"\0".join(file.read_bytes() for file in files)
    return [canary for canary in (*CANARIES, *also) if canary in data]


def wish(house: House, kind: Kind) -> None:
    """Say it as the command does: the switches first, then the word."""
    forgetting.blank(house.settings.consent_file, read_language(house))
    beside = house.beside()
    with beside.transaction() as db:
        errands.leave(db, kind, house.utc)
    beside.close()


def read_language(house: House) -> Language:
    file = read_consent_file(house.settings.consent_file)
    assert isinstance(file, ConsentFile)
    return file.language


def begin(house: House, kind: Kind = Kind.FORGET) -> None:
    """Let the device carry it out, and start again without a memory."""
    wish(house, kind)
    with pytest.raises(BeginAnew):
        house.step(seconds=1)


def test_nothing_of_the_household_is_left_in_any_file_at_once(house: House) -> None:
    begin(house)
    # Asked before the store is closed, which would empty its log.
    assert found(house) == []
    house.restart()
    assert found(house) == []
    assert house.device.concern is None


def test_the_desk_is_asked_and_nothing_else_leaves_any_more(house: House) -> None:
    begin(house)
    sent_before = len(house.sent())
    house.restart()
    next_slots(house)
    assert [opened.header.type for opened in house.sent()][sent_before:] == ["erase"]
    house.live(hours=48)
    assert {o.header.type for o in house.sent()[sent_before:]} == {"erase"}
    assert found(house) == []


def sign_and_step(house: House) -> None:
    house.sign(house.sent("erase")[0])
    house.step(seconds=1)


@pytest.mark.parametrize("counted", [True, False])
def test_once_the_desk_has_signed_keys_and_store_go_and_the_proof_stays(
    house: House, counted: bool
) -> None:
    begin(house)
    house.restart()
    next_slots(house)
    if counted:
        house.line.bring(house.desk.seal(Erased(cases=1, erased_at=house.utc)))
    with pytest.raises(Forgotten):
        sign_and_step(house)
    house.device.close()
    running.finish_forgetting(house.settings, house.utc)
    state = house.settings.state_dir
    left = {file.name for file in state.rglob("*") if file.is_file()}
    assert left == {forgetting.PROOF_FILE, quiet.QUIET_FILE}
    proof = json.loads((state / forgetting.PROOF_FILE).read_text(encoding="utf-8"))
    assert (proof["desk"]["cases"], proof["desk_was_told"]) == (1 if counted else None, True)
    assert proof["retained_message_cleared"] is True
    assert found(house, ALERT_ID) == []


def test_a_proof_is_signed_and_a_changed_word_shows(house: House) -> None:
    begin(house, Kind.RESET)
    house.device.close()
    text = running.finish_forgetting(house.settings, house.utc).read_text(encoding="utf-8")
    proof = json.loads(text)
    public = Ed25519PublicKey.from_public_bytes(base64.b64decode(proof.pop("public_key")))
    signature = base64.b64decode(proof.pop("signature"))
    body = json.dumps(proof, sort_keys=True, ensure_ascii=False).encode()
    public.verify(signature, b"demitasse/1 forgotten\0" + body)
    assert proof["ledger_head"] != ledger.GENESIS
    assert "destroys the card" in proof["flash"]


def test_a_reset_asks_nobody(house: House) -> None:
    begin(house, Kind.RESET)
    assert outbox.waiting(house.store.reading()) == []
    house.device.close()
    with pytest.raises(Forgotten):
        house.restart()


def test_a_power_cut_in_between_forgets_all_or_nothing(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    wish(house, Kind.FORGET)

    class PowerCut(Exception):
        pass

    def power_cut(*_: object) -> None:
        raise PowerCut

    with monkeypatch.context() as cut:
        cut.setattr("agent.delivery.letters.Letters.erase", power_cut)
        with pytest.raises(PowerCut):
            house.step(seconds=1)
    assert memory.last_brews(house.store.reading(), 1) != []
    with pytest.raises(BeginAnew):
        house.restart()
    assert found(house) == []


def test_who_has_sent_nothing_waits_for_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = House(tmp_path / "house", monkeypatch, granted=())
    begin(house)
    assert house.publishers == []
    house.device.close()
    with pytest.raises(Forgotten):
        house.restart()
    house.device.close()


# ----------------------------------------------------------------------------- commands


@pytest.fixture
def config(house: House) -> Path:
    """Return the configuration of a device that is asleep."""
    house.device.close()
    file = house.folder / "agent.toml"
    file.write_text('[device]\nstate_dir = "state"\n[broker]\nport = 1\n', encoding="utf-8")
    return file


def test_a_sleeping_device_forgets_here_and_asks_the_desk_when_it_wakes(
    house: House, config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--config", str(config), "forget", "--yes"]) == 0
    said = capsys.readouterr().out
    assert "SD card" in said
    assert "start it" in said
    assert found(house) == []
    house.restart(off=timedelta(minutes=5))
    house.live(hours=3)
    types = [opened.header.type for opened in house.sent()]
    assert set(types[types.index("alert") + 1 :]) == {"withdrawal", "erase"}, types


def test_a_reset_leaves_nothing_but_the_proof(
    house: House, config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("page.key", "page.tls", "page.pairing", "anything.of.a.later.version"):
        (house.settings.state_dir / name).write_text("whoever lived here")
    assert main(["--config", str(config), "reset", "--yes"]) == 0
    left = {f.name for f in house.settings.state_dir.rglob("*") if f.is_file()}
    assert left == {forgetting.PROOF_FILE, running.LOCK_FILE}
    assert found(house, ALERT_ID) == []
    file = read_consent_file(house.settings.consent_file)
    assert isinstance(file, ConsentFile)
    assert not any(switch.on for switch in file.switches.values())


def test_without_the_word_nothing_is_changed(
    house: House, config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = house.settings.consent_file.read_bytes()
    monkeypatch.setattr("builtins.input", lambda _: "yes")
    assert main(["--config", str(config), "forget"]) == 1
    assert house.settings.consent_file.read_bytes() == before
    assert set(found(house)) == set(CANARIES)


def test_a_second_device_on_the_same_folder_is_refused(tmp_path: Path) -> None:
    with running.hold(tmp_path):
        assert running.is_running(tmp_path)
        with pytest.raises(ValueError, match="another `demitasse run`"), running.hold(tmp_path):
            pass
    assert not running.is_running(tmp_path)


def test_a_blank_file_is_read_and_says_no(tmp_path: Path) -> None:
    file = tmp_path / "consent.toml"
    for language in Language:
        file.write_text(owner_text(CARE), encoding="utf-8")
        forgetting.blank(file, language)
        read = read_consent_file(file)
        assert isinstance(read, ConsentFile), read
        assert (read.language, read.call_me) == (language, "")


def test_a_reset_takes_the_certificate_that_the_maker_named_and_leaves_the_makers_files(
    house: House, config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    names = {"ca_file": "ca.crt", "certificate_file": "own.crt", "key_file": "own.key"}
    lines = ['host = "127.0.0.1"']
    for option, name in names.items():
        (house.folder / name).write_text("pem")
        lines.append(f'{option} = "{name}"')
    config.write_text(f"{config.read_text(encoding='utf-8')}{chr(10).join(lines)}\n", "utf-8")
    before = config.read_bytes()
    assert main(["--config", str(config), "reset", "--yes"]) == 0
    assert [(house.folder / name).exists() for name in names.values()] == [True, False, False]
    assert config.read_bytes() == before
    assert "own.key" in capsys.readouterr().out


def test_a_certificate_that_is_not_ours_to_delete_is_named(
    house: House,
    config: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    named = Tls(ca_file=config, certificate_file=config, key_file=config)
    settings = replace(house.settings, broker=replace(house.settings.broker, tls=named))

    def refused(_files: object) -> list[str]:
        raise PermissionError(13, "Permission denied", "/etc/own.crt")

    monkeypatch.setattr(forgetting, "burn", refused)
    forget._burn_own_certificate(settings, forget._TEXTS[Language.EN])
    assert "/etc/own.crt could not be deleted (Permission denied)" in capsys.readouterr().out


# ------------------------------------------------------------------------- quiet, and anew


def test_a_device_that_has_forgotten_is_quiet_until_somebody_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    house = House(tmp_path / "house", monkeypatch, granted=())
    house.device.close()
    file = house.folder / "agent.toml"
    file.write_text('[device]\nstate_dir = "state"\n', encoding="utf-8")

    def says(*words: str) -> str:
        assert main(["--config", str(file), *words]) == 0
        return capsys.readouterr().out

    assert "stays quiet" in says("forget", "--yes")
    assert "stays quiet" in says("status")
    main(["--config", str(file), "check"])
    assert "to let it begin again, as new: demitasse begin" in capsys.readouterr().out
    assert "as new" in says("begin")
    assert not quiet.lasts(house.settings.state_dir)
    assert "was not quiet" in says("begin")
    assert "has not run yet" in says("status")


def test_power_lost_while_it_is_destroyed_does_not_let_it_begin_again(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin(house, Kind.FORGET)
    house.device.close()

    class PowerCut(Exception):
        pass

    def power_cut(_files: object) -> list[str]:
        raise PowerCut

    with monkeypatch.context() as cut:
        cut.setattr(forgetting, "burn", power_cut)
        with pytest.raises(PowerCut):
            running.finish_forgetting(house.settings, house.utc)
    assert quiet.lasts(house.settings.state_dir)
    assert store_file(house.settings).exists()
    machine = Machine(model="", limits=LIMITS, source=Readings(), light=None)
    running._rest(house.settings, machine, lambda: True)
    assert not store_file(house.settings).exists()


def test_five_seconds_on_the_button_let_it_begin_again_and_nothing_shorter(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.device.close()
    quiet.keep(house.settings.state_dir)
    source, lamp = Readings(), Lamp()
    machine = Machine(model="", limits=LIMITS, source=source, light=lamp)
    presses = [[Press.SHORT], [Press.LONG], [Press.VERY_LONG]]
    slept: list[bool] = []

    def sleep(_s: float) -> None:
        slept.append(quiet.lasts(house.settings.state_dir))
        lamp.pressed = [
            Pressed(press, Light.OFF) for press in (presses.pop(0) if presses else [])
        ]

    monkeypatch.setattr(time, "sleep", sleep)
    running._rest(house.settings, machine, lambda: len(slept) > 9)
    assert slept == [True, True, True, False]
    assert source.closed
    assert lamp.closed


def test_a_device_that_is_awake_forgets_by_itself_and_stays_quiet(tmp_path: Path) -> None:
    """The real command beside the real device; no desk has ever heard of it."""
    profile = ROOT / "config" / "machines" / "reference.toml"
    simulated = SimulatedMachine(load_profile(profile), serial="DEMI0001")
    (tmp_path / "consent.toml").write_text(owner_text(CARE), encoding="utf-8")
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    state = tmp_path / "state"
    with closing(PtyMachine(simulated)) as machine:
        config = tmp_path / "agent.toml"
        config.write_text(
            f'[device]\nstate_dir = "state"\n[machine]\nprofile = "{profile}"\n'
            f'port = "{machine.port}"\n[broker]\nport = 1\n',
            encoding="utf-8",
        )
        command = [sys.executable, "-m", "agent.main", "--config", str(config)]
        device = subprocess.Popen([*command, "run"], cwd=ROOT, env=env)

        def says(*words: str) -> str:
            done = subprocess.run(
                [*command, *words],
                cwd=ROOT,
                env=env,
                capture_output=True,
                text=True,
                timeout=WITHIN_S,
                check=False,
            )
            assert done.returncode == 0, done.stderr
            return done.stdout

        try:
            until((state / "demitasse.consents").exists, "the device lives", by=device)
            said = says("forget", "--yes")
            assert "The proof is in" in said
            assert "stays quiet" in said
            left = {file.name for file in state.rglob("*") if file.is_file()}
            assert left == {forgetting.PROOF_FILE, running.LOCK_FILE, quiet.QUIET_FILE}
            assert device.poll() is None, "it is there, and does nothing"
            says("begin")
            until((state / "demitasse.db").exists, "it begins anew", by=device)
            device.terminate()
            assert device.wait(WITHIN_S) == 0
        finally:
            device.kill()
    assert "Rosalie" not in (tmp_path / "consent.toml").read_text(encoding="utf-8")

"""A disk that is full or fails is loud: the light, the page, ``status`` and ``check`` say so.

Where this computer lets us, the disk is a real small one, really full. Everywhere, a store
stands in for one that fails.
"""

import contextlib
import json
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import timedelta
from pathlib import Path

import pytest

from agent import device, journal, memory, running
from agent.asking.concerns import State
from agent.asking.owner_wishes import NOBODY_TO_CALL
from agent.assembly import Machine, store_file
from agent.consents.consent_file import ConsentFile, Purpose, read_consent_file
from agent.device import DISK_IS_WELL
from agent.disk import LOOKED_AT_EVERY_S, TRIED_EVERY_S, Disk, DiskWatch, look
from agent.main import main
from agent.page.phrases import say
from agent.store import Store
from tests.agent.consents import NOTICE_IDS, ZONE
from tests.agent.house import CARE, House, Lamp, Readings
from tests.agent.machine_says import LIMITS
from tests.agent.stores import refusing_disk
from tests.agent.test_concerns import concern
from tests.agent.test_owners_page import Visitor
from tests.agent.worried_house import worried
from wire.facts import RoutineKind
from wire.messages import Language
from wire.owner import Light, Press

Spoil = Callable[[House], AbstractContextManager[None]]
SMALL = "6m"


@contextlib.contextmanager
def filled(folder: Path) -> Iterator[None]:
    """Fill the disk of ``folder`` to its last byte, for as long as the block lasts."""
    ballast = folder / "ballast"
    with ballast.open("wb", buffering=0) as opened, contextlib.suppress(OSError):
        while True:
            opened.write(bytes(4096))
    try:
        yield
    finally:
        ballast.unlink()


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Path]:
    """Return the folder of a real small disk."""
    folder = tmp_path / "small"
    folder.mkdir()
    words = ("mount", "-t", "tmpfs", "-o", f"size={SMALL}", "tmpfs", str(folder))
    mounted = subprocess.run(words, capture_output=True, check=False)
    if mounted.returncode != 0:
        pytest.skip("no disk can be mounted here")
    yield folder
    subprocess.run(("umount", "--lazy", folder), check=True)


@pytest.fixture(params=["full", "failing"])
def spoilt(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[House, Spoil, Disk]]:
    """Return a house that is being asked, what spoils its disk, and how that is called."""
    full = request.param == "full"
    folder: Path = request.getfixturevalue("small") if full else tmp_path
    house = worried(folder, monkeypatch, granted=CARE)

    def spoil(house: House) -> AbstractContextManager[None]:
        return filled(folder) if full else refusing_disk(house.store)

    house.live_until(State.ASKED)
    yield house, spoil, Disk.FULL if full else Disk.REFUSES
    house.device.close()


def config_of(house: House) -> str:
    """Return the configuration of a command beside the device."""
    config = house.folder / "agent.toml"
    if not config.exists():
        config.write_text(f'[home]\ntimezone = "{ZONE}"\n[device]\nstate_dir = "state"\n')
    return str(config)


def notice_the_disk(house: House) -> None:
    """Let the device have something to write, or look at its disk by itself."""
    house.step(seconds=LOOKED_AT_EVERY_S)
    house.step(seconds=900)


def test_everything_that_an_owner_looks_at_says_it_and_it_ends_by_itself(
    spoilt: tuple[House, Spoil, Disk], capsys: pytest.CaptureFixture[str]
) -> None:
    house, spoil, is_called = spoilt
    config, visitor = config_of(house), Visitor(house)
    visitor.enter()
    words = say(f"disk_{is_called}", Language.EN)

    def status() -> tuple[str, str]:
        main(["--config", config, "status"])
        shown = capsys.readouterr().out
        main(["--config", config, "status", "--json"])
        return shown, str(json.loads(capsys.readouterr().out)["disk"])

    def checked() -> str:
        main(["--config", config, "check", "--json"])
        found = json.loads(capsys.readouterr().out)["checks"]
        return str(next(one["reason"] for one in found if one["subject"] == "disk"))

    assert (house.shows(), status()[1], words in visitor.see()) == (
        Light.BREATHING,
        Disk.FINE,
        False,
    )
    before = checked()
    with spoil(house):
        notice_the_disk(house)
        assert house.shows() is Light.TROUBLE
        assert (words in status()[0], status()[1]) == (True, is_called)
        assert all(words in visitor.see(path) for path in ("/", "/choices", "/sent", "/mine"))
        assert checked() == f"disk_{is_called}"
        told = len(house.told(journal.Trouble))
        house.live(hours=3)
        assert len(house.told(journal.Trouble)) == told, "it is said once"
    house.step(seconds=TRIED_EVERY_S)
    assert house.shows() is Light.BREATHING
    assert house.told(journal.Trouble)[-1].text == DISK_IS_WELL
    assert (status()[1], words in visitor.see(), checked()) == (Disk.FINE, False, before)


def test_a_wish_for_a_call_is_not_lost_and_leaves_as_soon_as_it_can_be_kept(
    spoilt: tuple[House, Spoil, Disk],
) -> None:
    house, spoil, _ = spoilt
    with spoil(house):
        notice_the_disk(house)
        house.press(Press.LONG)
        house.live(hours=1)
        assert house.sent("help") == []
    house.step(seconds=TRIED_EVERY_S)
    house.step(seconds=1)
    assert len(house.sent("help")) == 1
    assert NOBODY_TO_CALL not in [trouble.text for trouble in house.told(journal.Trouble)]


def test_a_question_does_not_wait_while_no_answer_could_be_kept(
    spoilt: tuple[House, Spoil, Disk],
) -> None:
    """Else its time would be over at the very moment at which it could be answered again."""
    house, spoil, _ = spoilt
    with spoil(house):
        notice_the_disk(house)
        house.press(Press.SHORT)
        assert house.state is State.ASKED, "nothing was asked by that light"
        house.live(hours=30)
    house.step(seconds=TRIED_EVERY_S)
    house.live(hours=1)
    assert house.state is State.ASKED
    assert house.sent("alert") == []
    house.press(Press.SHORT)
    assert house.state is None


def test_a_form_that_could_not_be_kept_says_so(spoilt: tuple[House, Spoil, Disk]) -> None:
    house, spoil, is_called = spoilt
    visitor = Visitor(house)
    visitor.enter()
    with spoil(house), no_room_for_anybody(house, is_called):
        notice_the_disk(house)
        for path, form in (("/call", {}), ("/answer", {"word": "fine"})):
            answered = visitor.do(path, form)
            assert answered.status == 422
            assert say(f"disk_{is_called}", Language.EN) in answered.body.decode()
    assert visitor.left() == []


@contextlib.contextmanager
def no_room_for_anybody(house: House, disk: Disk) -> Iterator[None]:
    """Let the stand-in refuse the page's own process, too: a trigger stops what it writes."""
    if disk is Disk.FULL:
        yield
        return
    beside = Store(store_file(house.settings), mend=False)
    stop = "CREATE TRIGGER {0}_{1} BEFORE {1} ON {0} BEGIN SELECT RAISE(ABORT, 'full'); END"
    for table in ("errand", "request"):
        beside.reading().execute(stop.format(table, "insert"))
    try:
        yield
    finally:
        for table in ("errand", "request"):
            beside.reading().execute(f"DROP TRIGGER {table}_insert")
        beside.close()


def test_a_no_needs_no_room(small: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By the page and by the command. A yes that has no room is refused and changes nothing."""
    house = worried(small, monkeypatch, granted=(*CARE, Purpose.CONTACT_ME))
    visitor, config = Visitor(house), config_of(house)
    visitor.enter()
    text = house.settings.consent_file.read_text(encoding="utf-8")
    with filled(small):
        assert visitor.do("/withdraw/care_alert").status == 303
        assert main(["--config", config, "consent", "withdraw", "contact_me"]) == 0
        yes = {"notice": NOTICE_IDS[Purpose.NUDGE_ME]}
        refused = visitor.do("/grant/nudge_me", yes)
        assert (refused.status, b"make room there" in refused.body) == (422, True)
        notice_the_disk(house)
        read = read_consent_file(house.settings.consent_file)
        assert isinstance(read, ConsentFile)
        on = {purpose for purpose, switch in read.switches.items() if switch.on}
        assert on == {Purpose.LEARN_ROUTINE, Purpose.DEVICE_HEALTH}
        after = house.settings.consent_file.read_text(encoding="utf-8").splitlines()
        pairs = zip(text.splitlines(), after, strict=True)
        changed = [(old, new) for old, new in pairs if old != new]
        assert changed == [("on = true", "on = false")] * 2
    house.step(seconds=TRIED_EVERY_S)
    gone = [one.purpose for one in house.told(journal.ConsentChanged) if not one.granted]
    assert set(gone) == {Purpose.CARE_ALERT, Purpose.CONTACT_ME}
    house.device.close()


def test_a_device_that_is_started_on_a_full_disk_says_so_and_begins_when_there_is_room(
    small: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It would otherwise end, and nobody would start it again."""
    house = House(small / "house", monkeypatch, granted=CARE)
    with house.store.transaction() as db:
        memory.save_concern(db, concern(State.NOTICED, kind=RoutineKind.SILENCE))
    house.device.close()
    lamp, shown, over = Lamp(), threading.Event(), threading.Event()
    machine = Machine(model="a machine", limits=LIMITS, source=Readings(), light=lamp)
    monkeypatch.setattr(running, "LOOKS_EVERY_S", 0.02)
    monkeypatch.setattr(signal, "signal", lambda *_: None)
    monkeypatch.setattr(lamp, "show", lambda light, _numbers=(): show(light))

    def show(light: Light) -> None:
        lamp.shown = light
        shown.set() if light is Light.TROUBLE else None

    def lived(*_: object) -> None:
        over.set()

    monkeypatch.setattr(device, "run", lived)
    with filled(small):
        life = threading.Thread(
            target=running.run, args=(house.settings, lambda _settings: machine)
        )
        life.start()
        assert shown.wait(20)
        assert life.is_alive()
        assert not over.is_set()
        assert look(house.settings.state_dir) is Disk.FULL
    assert over.wait(20)
    life.join(20)
    assert look(house.settings.state_dir) is Disk.FINE


# ---------------------------------------------------------------------------- the word of it


def test_the_word_is_a_lock_that_ends_with_the_process(tmp_path: Path) -> None:
    watch = DiskWatch(tmp_path)
    assert look(tmp_path) is Disk.FINE
    watch.refused()
    watch.refused()
    assert look(tmp_path) is Disk.REFUSES
    assert list(tmp_path.iterdir()) == [], "nothing is written to say it"
    watch.took()
    assert look(tmp_path) is Disk.FINE
    assert look(tmp_path / "not" / "there") is Disk.FINE


def test_somebody_else_who_writes_is_no_trouble_with_the_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = House(tmp_path / "house", monkeypatch, granted=CARE)
    house.store.reading().execute("PRAGMA busy_timeout = 1")
    beside = house.beside()
    beside.reading().execute("BEGIN IMMEDIATE")
    house.utc += timedelta(hours=1)
    house.step()
    assert house.shows() is Light.OFF
    assert look(house.settings.state_dir) is Disk.FINE
    beside.reading().execute("ROLLBACK")
    beside.close()
    house.device.close()

"""What every driver owes, whatever its machine: the rules in ``driver`` and ``link``."""

import importlib
import re
import sys
import tomllib
from collections.abc import Iterable
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import firmware_bridge
from firmware_bridge.driver import OWN_DRIVERS, load_driver
from firmware_bridge.profile import BARE_SENSORS, MACHINES_FOLDER, load_profile
from firmware_bridge.simulation.typical import typical
from tests.firmware_bridge.machine_lines import MORNINGS, NOW, at, driver_of, real_frames
from tests.firmware_bridge.machine_lines import jura as jura_line
from wire.readings import (
    BREWS_TOTAL,
    BrewFinished,
    BrewStarted,
    Counter,
    Flag,
    LinkLoss,
    LinkLost,
    LinkUp,
    Reading,
    Sample,
)

MACHINES = sorted(MORNINGS)
PACKAGE = Path(firmware_bridge.__file__).parent
POLLED = ("decent-de1", "jura-f50", "jura-v1")


PARTS = st.binary(max_size=80) | st.tuples(
    st.integers(0, 999), st.integers(0, 999), st.integers(0, 255)
)


def damaged(frames: list[bytes], which: int, where: int, value: int) -> bytes:
    frame = bytearray(frames[which % len(frames)])
    frame[where % len(frame)] = value
    return bytes(frame[: len(frame) - where % 5])


def pieces(data: bytes, cuts: Iterable[int]) -> list[bytes]:
    places = sorted({0, len(data), *(cut % (len(data) + 1) for cut in cuts)})
    return [data[a:b] for a, b in pairwise(places)]


def heard(machine: str, parts: Iterable[bytes]) -> list[Reading]:
    driver = driver_of(machine)
    return [reading for part in parts for reading in driver.receive(part, NOW)]


def test_the_drivers_of_a_checkout_are_those_of_the_package() -> None:
    project = tomllib.loads((PACKAGE.parent / "pyproject.toml").read_text())["project"]
    assert project["entry-points"]["demitasse.drivers"] == OWN_DRIVERS


@pytest.mark.parametrize("name", OWN_DRIVERS)
def test_each_driver_says_where_it_is_from_what_it_covers_and_its_quirks(name: str) -> None:
    said = importlib.import_module(OWN_DRIVERS[name].partition(":")[0]).__doc__ or ""
    assert re.search(r"^Source: |PROTOCOL\.md", said, re.M)
    assert re.search(r"[Cc]overs|The protocol is that of", said)
    assert re.search(r"Quirks, and what is done:\n\n\* ", said)


def test_each_driver_has_a_shipped_profile_of_its_name() -> None:
    """``demitasse decode --driver NAME`` needs no other option."""
    for name in OWN_DRIVERS:
        profile = load_profile(MACHINES_FOLDER / f"{name}.toml")
        assert profile.driver == name
        assert load_driver(name, profile).counts.bytes == 0


def test_each_shipped_profile_has_a_morning_here() -> None:
    shipped = {file.stem for file in MACHINES_FOLDER.glob("*.toml")}
    assert shipped - {"reference", BARE_SENSORS} == set(MACHINES)


@pytest.mark.parametrize(
    "package", [PACKAGE, *(file.parent for file in PACKAGE.glob("*/__init__.py"))]
)
def test_each_module_is_named_where_its_package_explains_itself(package: Path) -> None:
    modules = {file.stem for file in package.glob("*.py")} - {"__init__"}
    modules |= {file.parent.name for file in package.glob("*/__init__.py")}
    table = (package / "__init__.py").read_text(encoding="utf-8").split("====\n")[1]
    named = {line.split("``")[1] for line in table.splitlines() if line.startswith("``")}
    assert named == modules


@pytest.mark.parametrize(
    ("machine", "key"),
    [
        ("jura-f50", "jura_v1"),
        ("philips-2200", "philips_2200_3200"),
        ("philips-5400", "philips_5400"),
        ("lelit-gicar", "gicar_8504"),
        ("lelit-marax", "lelit_marax"),
    ],
)
def test_frames_of_real_machines_are_all_understood(machine: str, key: str) -> None:
    frames = []
    for name, written in real_frames(key).items():
        if name in ("frames", "display_to_main", "main_to_display"):
            frames += [bytes.fromhex(frame) for frame in written]
        elif name == "lines":
            frames += [line.encode("ascii") + b"\r\n" for line in written]
        elif name == "replies":
            frames += [jura_line(line) for line in written]
    driver = driver_of(machine)

    driver.receive(b"".join(frames), NOW)

    counts = driver.counts
    assert counts.frames_ok == len(frames) > 1
    assert (counts.frames_bad, counts.frames_skipped, counts.resyncs) == (0, 0, 0)


@pytest.mark.parametrize("machine", MACHINES)
def test_a_morning_is_told(machine: str) -> None:
    readings = heard(machine, MORNINGS[machine])

    assert readings[0] == LinkUp(at=NOW)
    if machine.startswith("jura"):
        totals = [r.value for r in readings if isinstance(r, Counter) and r.name == BREWS_TOTAL]
        assert totals == ([5, 6] if machine == "jura-f50" else [])
    else:
        kinds = [type(r) for r in readings if isinstance(r, BrewStarted | BrewFinished)]
        assert kinds == [BrewStarted, BrewFinished]


@pytest.mark.parametrize("machine", [name for name in MACHINES if name != "jura-v1"])
def test_what_is_promised_is_what_is_told(machine: str) -> None:
    """The device check waits for what is promised, and looks at nothing else."""
    readings = heard(machine, MORNINGS[machine])
    told = {r.name for r in readings if isinstance(r, Flag)}
    measured = {r.quantity for r in readings if isinstance(r, Sample)}
    assert driver_of(machine).tells == told | measured


@pytest.mark.parametrize("name", OWN_DRIVERS)
def test_nothing_is_told_that_was_not_promised(name: str) -> None:
    profile = load_profile(MACHINES_FOLDER / f"{name}.toml")
    driver = load_driver(name, profile)
    readings = [
        r for k, piece in enumerate(typical(profile, 60)) for r in driver.receive(piece, at(k))
    ]
    told = {r.name for r in readings if isinstance(r, Flag)}
    measured = {r.quantity for r in readings if isinstance(r, Sample)}
    assert len(readings) > 3
    assert driver.tells >= told | measured


def test_without_a_map_nothing_is_promised() -> None:
    assert driver_of("jura-v1").tells == frozenset()


@pytest.mark.parametrize("machine", MACHINES)
@given(cuts=st.lists(st.integers(0, 10_000), max_size=20))
def test_readings_do_not_depend_on_how_the_bytes_are_cut(machine: str, cuts: list[int]) -> None:
    noise = b"\xff\xaa\xaa\xaa\xb0\x00\xd5\x55" * 100
    data = noise + b"".join(MORNINGS[machine]) + noise + MORNINGS[machine][0]
    whole, cut = driver_of(machine), driver_of(machine)

    readings = [r for piece in pieces(data, cuts) for r in cut.receive(piece, NOW)]

    assert readings == whole.receive(data, NOW)
    assert cut.counts == whole.counts


@pytest.mark.parametrize("machine", MACHINES)
def test_one_byte_at_a_time_tells_the_same_as_all_at_once(machine: str) -> None:
    data = b"\xaa\x81\xd5[C" + b"".join(MORNINGS[machine])
    assert heard(machine, (data[k : k + 1] for k in range(len(data)))) == heard(machine, [data])


@pytest.mark.parametrize("machine", MACHINES)
@given(noise=st.binary(max_size=700), data=st.data())
def test_after_noise_the_second_good_frame_is_understood(
    machine: str, noise: bytes, data: st.DataObject
) -> None:
    """Also when the noise has the beginning of a frame at its end."""
    driver = driver_of(machine)
    frame = data.draw(st.sampled_from(MORNINGS[machine]))
    driver.receive(noise + frame[: data.draw(st.integers(0, len(frame) - 1))], NOW)
    driver.receive(frame, NOW)
    before = driver.counts

    driver.receive(frame, NOW)

    assert driver.counts.frames_ok > before.frames_ok


@pytest.mark.parametrize("machine", MACHINES)
@given(parts=st.lists(PARTS, max_size=12), pause_s=st.floats(0, 3))
def test_any_bytes_are_survived(
    machine: str, parts: list[bytes | tuple[int, int, int]], pause_s: float
) -> None:
    """Random bytes, and real frames with one byte changed and the end cut off."""
    driver = driver_of(machine)
    frames = MORNINGS[machine]
    for number, part in enumerate(parts):
        now = at(number * pause_s)
        driver.receive(part if isinstance(part, bytes) else damaged(frames, *part), now)
        driver.poll(now)
        wait_s = driver.next_due_s(now)
        assert wait_s is None or wait_s >= 0
    driver.unplugged(at(1000))

    driver.receive(frames[-1], at(1001))

    assert driver.counts.bytes >= len(frames[-1])


@pytest.mark.parametrize("machine", MACHINES)
def test_a_flood_of_noise_is_not_kept(machine: str) -> None:
    driver = driver_of(machine)
    for _ in range(50):
        driver.receive(b"\xaa\xaa\xaa\xb0\x00\xff\xd5\x55\x5b\x43" * 500, NOW)

    reader = driver._reader  # type: ignore[attr-defined]
    assert sys.getsizeof(reader._held) < 10_000
    assert driver.counts.frames_bad > 0


@pytest.mark.parametrize("machine", MACHINES)
def test_silence_loses_the_link_and_its_flags_are_told_anew(machine: str) -> None:
    driver = driver_of(machine)
    told = [r for frame in MORNINGS[machine] for r in driver.receive(frame, NOW)]

    lost = driver.receive(b"", at(200))
    again = [r for frame in MORNINGS[machine] for r in driver.receive(frame, at(300))]

    assert lost == [LinkLost(at=at(200), reason=LinkLoss.SILENT)]
    assert again[0] == LinkUp(at=at(300))
    assert [(r.name, r.on) for r in again if isinstance(r, Flag)] == [
        (r.name, r.on) for r in told if isinstance(r, Flag)
    ]


@pytest.mark.parametrize("machine", MACHINES)
def test_bytes_that_never_make_a_frame_are_said_to_be_unreadable(machine: str) -> None:
    """A wrong baud rate, or an inverted line: not the same as a machine that is off."""
    driver = driver_of(machine)
    readings = [r for k in range(2000) for r in driver.receive(b"\x5a\x00\xf0", at(k / 20))]

    assert [type(r) for r in readings] == [LinkLost]
    assert readings[0] == LinkLost(at=readings[0].at, reason=LinkLoss.UNREADABLE)


@pytest.mark.parametrize(
    ("machine", "frame"),
    [
        ("philips-2200", bytes.fromhex("D5550A010200020000000E12")),
        ("lelit-gicar", bytes.fromhex("8011170028")),
        ("jura-f50", jura_line("RT:0000")),
        ("decent-de1", b"<+M>\n"),
    ],
    ids=["the display of a Philips", "the display of a Lelit", "our echo", "our other echo"],
)
def test_frames_that_are_not_the_machine_s_are_no_link(machine: str, frame: bytes) -> None:
    """A tap on the wrong wire hears no coffee; that must not look like a household's."""
    driver = driver_of(machine)
    stream = frame * 200
    readings = [
        r
        for k in range(0, len(stream), 3)
        for r in driver.receive(stream[k : k + 3], at(k / 50))
    ]

    assert readings == [LinkLost(at=readings[0].at, reason=LinkLoss.SILENT)]
    assert driver.counts.frames_bad == 0


@pytest.mark.parametrize("machine", MACHINES)
def test_unplugging_is_told_once_and_half_a_frame_is_forgotten(machine: str) -> None:
    driver = driver_of(machine)
    frame = MORNINGS[machine][0]
    driver.receive(frame + frame[: len(frame) // 2], NOW)

    assert driver.unplugged(at(1)) == [LinkLost(at=at(1), reason=LinkLoss.UNPLUGGED)]
    assert driver.unplugged(at(2)) == []
    assert driver.receive(frame, at(3))[0] == LinkUp(at=at(3))
    assert driver.counts.frames_bad == 0


@pytest.mark.parametrize("machine", [name for name in MACHINES if name not in POLLED])
def test_a_listener_never_sends(machine: str) -> None:
    driver = driver_of(machine)
    for frame in MORNINGS[machine]:
        driver.receive(frame, NOW)
        assert driver.poll(NOW) == b""

"""A profile is read strictly, and what is wrong with one is said with the fix."""

import re
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_bridge.profile import (
    MACHINES_FOLDER,
    ConfigError,
    load_profile,
    profile_path,
)

SHIPPED = sorted(MACHINES_FOLDER.glob("*.toml"))
REFERENCE = (MACHINES_FOLDER / "reference.toml").read_text()


@pytest.mark.parametrize("file", SHIPPED, ids=lambda file: file.stem)
def test_every_shipped_profile_loads(file: Path) -> None:
    profile = load_profile(file)

    assert profile.driver
    if profile.serial_port is not None:
        assert profile.serial.port.startswith("/dev/serial/by-id/")


@pytest.mark.parametrize("file", SHIPPED, ids=lambda file: file.stem)
def test_every_option_of_a_shipped_profile_has_a_comment_before_it(file: Path) -> None:
    lines = file.read_text().splitlines()
    for before, line in pairwise(lines):
        if re.match(r"(# )?[a-z_]+ = ", line):
            assert before.startswith("#"), line


def test_reference_profile_says_what_the_reference_controller_needs() -> None:
    profile = load_profile(profile_path("reference"))

    assert profile.driver == "reference"
    assert (profile.serial.baud_rate, profile.serial.link_lost_ms) == (115200, 1000)
    assert (profile.water.tank_ml, profile.water.ml_per_pulse) == (1800, 0.19)
    assert (profile.pins.light_gpio, profile.pins.button_gpio) == (None, None)


def changed(tmp_path: Path, old: str, new: str) -> Path:
    assert old in REFERENCE
    file = tmp_path / "mine.toml"
    file.write_text(REFERENCE.replace(old, new, 1))
    return file


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        (
            "baud_rate = 115200",
            "baud_rate = 9601",
            "[serial] baud_rate = 9601: choose 1200, 2400, 4800, 9600, 19200, 38400, 57600, "
            "115200 or 230400",
        ),
        (
            'polarity = "normal"',
            'polarity = "upside down"',
            "[serial] polarity = 'upside down': choose 'normal' or 'inverted'",
        ),
        (
            'polarity = "normal"',
            "second_port = 2",
            "[serial] second_port = 2: write a text of 0 to 200 printable characters",
        ),
        (
            'driver = "reference"',
            'driver = "bare-sensors"',
            "[serial]: unknown section",
        ),
        ("tank_ml = 1800", "", "[water] tank_ml: missing; choose a number from 100 to 20000"),
        ("ml_per_pulse = 0.19", "ml_per_pulse = true", "ml_per_pulse = true: choose a number"),
        ("tank_ml = 1800", "tank_ml = nan", "[water] tank_ml = nan: choose a number from 100"),
        (
            "tank_ml = 1800",
            "tank_ml = 1800\ntank_mm = 3",
            "[water] tank_mm = 3: unknown option; did you mean tank_ml?",
        ),
        (
            "link_lost_ms = 1000",
            "link_lost_ms = 2.5",
            "link_lost_ms = 2.5: choose a whole number",
        ),
        ("[0, 130]", "[130, 0]", "boiler_temp_c = [130, 0]: write [lowest, highest]"),
        (
            'driver = "reference"',
            'driver = ""',
            "driver = '': write a text of 1 to 200 printable",
        ),
        (
            "# light_gpio = 18",
            "light_gpio = 99",
            "light_gpio = 99: choose a whole number from 0",
        ),
        ("[water]", "[watter]", "[water]: the section is missing; add it"),
        ("[pins]", "[pins]\n[extra]", "[extra]: unknown section; known here: load_cell"),
        ("[machine]", "[machine", "is not valid TOML"),
        (
            "[machine]",
            "stray = 1\n[machine]",
            "stray = 1: unknown option; known here: load_cell",
        ),
    ],
)
def test_error_names_file_option_value_and_range(
    tmp_path: Path, old: str, new: str, says: str
) -> None:
    file = changed(tmp_path, old, new)

    with pytest.raises(ConfigError) as caught:
        load_profile(file)

    assert str(caught.value).startswith(str(file))
    assert says in str(caught.value)


def test_light_and_button_on_one_pin_are_refused(tmp_path: Path) -> None:
    file = changed(tmp_path, "# light_gpio = 18", "light_gpio = 18\nbutton_gpio = 18")

    with pytest.raises(ConfigError, match="light_gpio has this pin already"):
        load_profile(file)


def test_section_named_like_the_driver_belongs_to_the_driver(tmp_path: Path) -> None:
    file = changed(tmp_path, "[pins]", "[reference]\ncups = 3\n[pins]")

    options = load_profile(file).driver_options()

    assert options.integer("cups", low=1, high=9) == 3
    options.close()


def test_unknown_profile_name_lists_the_known_ones() -> None:
    with pytest.raises(ConfigError, match=r"'espresso9000': unknown; .*reference"):
        profile_path("espresso9000")


@pytest.mark.parametrize("content", [b"\xff\xfe", b"x" * 70_000, None])
def test_unreadable_file_is_an_error_of_the_operator(
    tmp_path: Path, content: bytes | None
) -> None:
    file = tmp_path / "mine.toml"
    if content is not None:
        file.write_bytes(content)

    with pytest.raises(ConfigError, match=re.escape(str(file))):
        load_profile(file)


@given(st.data())
def test_any_wrong_value_is_a_config_error_and_nothing_else(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    """Whatever is written behind an option, loading returns a profile or says what to fix."""
    lines = REFERENCE.splitlines()
    options = [number for number, line in enumerate(lines) if re.match(r"[a-z_]+ = ", line)]
    number = data.draw(st.sampled_from(options))
    lines[number] = lines[number].partition("=")[0] + "= " + data.draw(st.text(max_size=30))
    file = tmp_path_factory.getbasetemp() / "fuzzed.toml"
    file.write_bytes("\n".join(lines).encode("utf-8", "surrogatepass"))

    try:
        profile = load_profile(file)
    except ConfigError as error:
        said = str(error)
    else:
        said = f"{profile.file} is well"
    assert said.startswith(str(file))

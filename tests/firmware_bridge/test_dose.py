"""The coffee on the load cell: what the controller believes, and what the host makes of it."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_bridge.load_cell import COUNTS_MAX, LoadCell
from firmware_bridge.profile import ConfigError, load_profile, profile_path
from firmware_bridge.reference.driver import ReferenceDriver
from firmware_bridge.simulation.simulated_machine import DOSE_G, SimulatedMachine
from firmware_bridge.simulation.twin_dose import DOSE_LOST_MS, Dose, believable
from wire.readings import Quantity, Sample
from wire.stamps import Stamp

PROFILE = load_profile(profile_path("reference"))
NOW = Stamp(utc=datetime(2026, 3, 1, tzinfo=UTC), monotonic_s=0, boot_id="boot", synced=True)
CONVERSION_MS = 100
GARBAGE = [*(2**bits - 1 for bits in range(25)), 0x80_0000]

weights = st.integers(-COUNTS_MAX, COUNTS_MAX).filter(lambda n: believable(n & 0xFF_FFFF))


def weighed(*conversions: int | None, dose: Dose | None = None, from_ms: int = 0) -> Dose:
    """Return a dose that has seen these, one each tenth of a second; ``None``: nothing came."""
    dose = dose or Dose()
    for number, conversion in enumerate(conversions):
        bits = None if conversion is None else conversion & 0xFF_FFFF
        dose.see(from_ms + number * CONVERSION_MS, bits)
    return dose


def seen(dose: Dose, now_ms: int, conversion: int | None) -> int | None:
    """Return what ``dose`` says after this."""
    dose.see(now_ms, conversion)
    return dose.counts


# --------------------------------------------------------------------- at the controller


@given(st.lists(weights, min_size=3))
def test_the_dose_is_the_median_of_the_last_three(conversions: list[int]) -> None:
    assert weighed(*conversions).counts == sorted(conversions[-3:])[1]


@pytest.mark.parametrize("garbage", GARBAGE)
def test_what_a_bad_data_line_gives_is_no_weight(garbage: int) -> None:
    """Zeros, ones to the end, overload: alone they are nothing, in between they are ignored."""
    assert weighed(*[garbage] * 20).counts is None
    assert weighed(garbage, 500, garbage, 501, garbage, 502).counts == 501


@given(weights, st.integers(-20, 20), st.integers(-COUNTS_MAX, COUNTS_MAX))
def test_a_single_wild_number_moves_nothing_beyond_the_noise(
    weight: int, noise: int, wild: int
) -> None:
    near = [weight, weight, max(-COUNTS_MAX, min(COUNTS_MAX, weight + noise))]
    near = [number for number in near if believable(number & 0xFF_FFFF)]
    if len(near) < 3:
        return

    dose = weighed(*near, wild)

    assert dose.counts is not None
    assert abs(dose.counts - weight) <= abs(noise)


def test_nothing_is_known_before_three_numbers() -> None:
    assert weighed(500, 500).counts is None
    assert weighed(500, 500, 500).counts == 500


@pytest.mark.parametrize("silence", [None, 0, 0xFF_FFFF, 0x7F_FFFF, 0x80_0000])
def test_half_a_second_without_a_weight_makes_the_dose_unknown(silence: int | None) -> None:
    dose = weighed(500, 500, 500)
    last_ms = 2 * CONVERSION_MS

    assert seen(dose, last_ms + DOSE_LOST_MS - 1, silence) == 500
    assert seen(dose, last_ms + DOSE_LOST_MS, silence) is None

    weighed(600, 600, dose=dose, from_ms=5000)
    assert seen(dose, 5150, None) is None, "two numbers after a silence prove little"
    assert seen(dose, 5200, 600) == 600


def test_the_clock_may_wrap_in_between() -> None:
    start_ms = 2**32 - 150
    dose = weighed(500, 500, 500, from_ms=start_ms)
    lost_ms = start_ms + 2 * CONVERSION_MS + DOSE_LOST_MS

    assert seen(dose, (lost_ms - 1) % 2**32, None) == 500
    assert seen(dose, lost_ms % 2**32, None) is None


# ------------------------------------------------------------------------- at the host


def profile_with(tmp_path: Path, section: str) -> Path:
    text = profile_path("reference").read_text()
    before, _, rest = text.partition("[load_cell]")
    after = rest[rest.index("[plausible]") :]
    file = tmp_path / "mine.toml"
    file.write_text(before + section + "\n" + after)
    return file


@given(st.floats(0, 60), st.integers(-(10**6), 10**6), st.floats(1, 5000), st.booleans())
def test_counts_are_grams_and_back(
    grams: float, empty: int, per_g: float, downwards: bool
) -> None:
    cell = LoadCell(empty_counts=empty, counts_per_g=-per_g if downwards else per_g)

    assert cell.grams(cell.counts(grams)) == pytest.approx(grams, abs=0.5 / per_g + 1e-9)


def test_a_weight_beyond_the_cell_is_what_an_overloaded_cell_counts() -> None:
    cell = LoadCell(empty_counts=0, counts_per_g=1790)

    assert not believable(cell.counts(1e6) & 0xFF_FFFF)
    assert not believable(cell.counts(-1e6) & 0xFF_FFFF)


def test_a_profile_without_a_load_cell_tells_no_dose(tmp_path: Path) -> None:
    assert load_profile(profile_with(tmp_path, "")).load_cell is None


@pytest.mark.parametrize(
    ("section", "says"),
    [
        ("[load_cell]\nempty_counts = 5", "[load_cell] counts_per_g: missing; choose a number"),
        ("[load_cell]\ncounts_per_g = 5", "[load_cell] empty_counts: missing; choose a whole"),
        (
            "[load_cell]\nempty_counts = 8388608\ncounts_per_g = 5",
            "empty_counts = 8388608: choose a whole number from -8388607 to 8388607",
        ),
        (
            "[load_cell]\nempty_counts = 0\ncounts_per_g = 0.5",
            "counts_per_g = 0.5: choose at least 1, or at most -1",
        ),
        ("[load_cell]\nempty_counts = 0\ncounts_per_g = nan", "counts_per_g = nan: choose"),
        ("[load_cell]\nempty_counts = 0\ncounts_per_g = 1\ng = 2", "g = 2: unknown option"),
    ],
)
def test_a_wrong_calibration_is_refused_with_the_fix(
    tmp_path: Path, section: str, says: str
) -> None:
    with pytest.raises(ConfigError) as raised:
        load_profile(profile_with(tmp_path, section))

    assert says in str(raised.value)


# ---------------------------------------------------------------- from coffee to reading


def doses(machine: SimulatedMachine, driver: ReferenceDriver, until_ms: int) -> list[float]:
    told = []
    while machine.now_ms < until_ms:
        due_ms = machine.next_interesting_ms(machine.now_ms)
        data = machine.step(until_ms if due_ms is None else min(until_ms, due_ms))
        told += [
            reading.value
            for reading in driver.receive(data, NOW)
            if isinstance(reading, Sample)
            and reading.quantity is Quantity.COFFEE_DOSE_G
            and reading.value is not None
        ]
    return told


def test_the_dose_of_a_brew_arrives_in_grams() -> None:
    machine, driver = SimulatedMachine(PROFILE, serial="DM-TEST"), ReferenceDriver(PROFILE)
    machine.brew(40)

    told = doses(machine, driver, 10 * 60_000)

    assert max(told) == pytest.approx(DOSE_G, abs=0.01)
    assert told[0] == told[-1] == pytest.approx(0, abs=0.01)


def test_a_machine_without_a_calibrated_load_cell_tells_no_dose(tmp_path: Path) -> None:
    profile = load_profile(profile_with(tmp_path, ""))
    machine, driver = SimulatedMachine(profile, serial="DM-TEST"), ReferenceDriver(profile)
    machine.brew(40)

    assert doses(machine, driver, 10 * 60_000) == []

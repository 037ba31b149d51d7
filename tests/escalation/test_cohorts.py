"""When many alerts are one matter, decided from counts alone."""

import pytest

from escalation.casework.cohorts import AT_LEAST, TIMES, WINDOW, Cohort, is_wave, waves
from escalation.casework.cohorts import COMPARED as A_MONTH


def cohort(
    model: str = "", firmware: str = "", noticed: str = "fall", batch: str = ""
) -> Cohort:
    """Return a cohort that reports less use."""
    return Cohort(model=model, firmware=firmware, batch=batch, noticed=noticed)


ONE, TWO = cohort("Lungo", "1.0"), cohort("Lungo", "1.1")
OTHER = cohort("Ristretto", "7")


def of(firmware: str, batch: str) -> Cohort:
    """Return machines of one model by firmware and batch."""
    return cohort("Lungo", firmware, batch=batch)


def test_few_cases_are_no_wave_however_unusual() -> None:
    assert not is_wave(AT_LEAST - 1, lambda: 0)
    assert is_wave(AT_LEAST, lambda: 0)


def test_a_cohort_that_is_always_loud_makes_no_wave_by_being_loud() -> None:
    """Five times its own usual rate, and not one case less."""
    in_window = 10
    before = in_window * (A_MONTH // WINDOW)
    assert not is_wave(TIMES * in_window - 1, lambda: before)
    assert is_wave(TIMES * in_window, lambda: before)


@pytest.mark.parametrize(
    ("recent", "found"),
    [
        ({}, []),
        ({ONE: AT_LEAST}, [ONE]),
        ({ONE: AT_LEAST, TWO: 3, OTHER: 3}, [ONE]),
        ({ONE: AT_LEAST, TWO: AT_LEAST}, [cohort("Lungo")]),
        ({ONE: AT_LEAST - 1, TWO: 1}, [cohort("Lungo")]),
        ({ONE: AT_LEAST, OTHER: AT_LEAST}, [cohort()]),
        ({cohort(str(n)): 1 for n in range(AT_LEAST)}, [cohort()]),
        (
            {ONE: AT_LEAST, cohort("Lungo", "1.0", "rise"): AT_LEAST},
            [ONE, cohort("Lungo", "1.0", "rise")],
        ),
        ({of("1.0", "B7"): AT_LEAST, of("1.0", "B8"): 3}, [of("1.0", "B7")]),
        ({of("1.0", "B7"): AT_LEAST, of("1.0", "B8"): AT_LEAST}, [of("1.0", "")]),
        ({of("1.0", "B7"): AT_LEAST, of("1.1", "B7"): AT_LEAST}, [of("", "B7")]),
        ({of("1.0", "B7"): AT_LEAST - 1, of("1.1", "B7"): 1}, [of("", "B7")]),
        ({of("1.0", "B7"): AT_LEAST, of("1.1", "B8"): AT_LEAST}, [of("", "")]),
        ({of("1.0", "B7"): 10, of("1.1", "B7"): AT_LEAST - 10, ONE: 1}, [of("", "B7")]),
        ({of("", "B7"): AT_LEAST - 1, of("1.0", "B7"): 1, ONE: 3}, [of("", "B7")]),
    ],
)
def test_a_wave_is_held_as_narrowly_as_it_is_explained(
    recent: dict[Cohort, int], found: list[Cohort]
) -> None:
    """A firmware or a batch, else a model, else all; what is reported never mixes."""
    assert sorted(waves(recent, lambda _cohort: 0), key=str) == sorted(found, key=str)


def test_a_wider_cohort_covers_a_narrower_one_and_not_the_other_way() -> None:
    assert cohort("Lungo").covers(ONE)
    assert cohort().covers(ONE)
    assert Cohort().covers(OTHER)
    assert not ONE.covers(cohort("Lungo"))
    assert not ONE.covers(TWO)
    assert not cohort("Lungo", noticed="rise").covers(ONE)

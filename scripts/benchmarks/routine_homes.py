"""Eight real homes in a few numbers: what the simulated population is drawn from.

Brews in each local hour of a day with coffee (in hundredths, Monday to Friday and weekend),
absences of whole days a year, and how long each of them was. Counted by this project from
the kettles of the REFIT Electrical Load Measurements (Murray, Stankovic, Stankovic 2017,
doi:10.1038/sdata.2016.122, CC BY 4.0), on days with at least 80 % coverage.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class RealHome:
    """One home."""

    weekday: str
    weekend: str
    absences_per_year: float
    absence_days: tuple[int, ...]


HOMES = (
    RealHome(
        weekday="1 1 0 0 1 1 8 115 20 12 16 13 27 46 42 36 61 57 21 52 60 28 10 4",
        weekend="0 1 2 0 1 0 13 92 65 43 31 23 21 22 31 36 65 49 26 52 57 35 8 4",
        absences_per_year=12.0,
        absence_days=(1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 3, 3, 5, 8),
    ),
    RealHome(
        weekday="0 0 0 0 0 0 6 76 30 13 10 11 14 23 19 21 15 19 35 32 12 2 1 1",
        weekend="1 0 0 0 1 1 3 46 69 22 18 14 8 19 27 16 13 21 36 36 14 3 1 1",
        absences_per_year=7.5,
        absence_days=(1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 7),
    ),
    RealHome(
        weekday="0 0 1 1 3 33 89 49 35 18 16 14 16 14 11 14 27 34 52 52 32 7 1 0",
        weekend="0 0 1 4 3 24 38 46 68 83 59 38 54 46 39 34 35 41 47 55 25 10 3 0",
        absences_per_year=6.8,
        absence_days=(1, 1, 1, 1, 1, 1, 1, 5, 7, 8, 9),
    ),
    RealHome(
        weekday="0 0 0 0 0 0 1 8 7 5 4 5 42 30 21 14 47 19 18 21 35 9 0 0",
        weekend="0 0 0 0 0 1 0 16 6 12 9 16 33 27 17 17 26 25 11 21 32 4 2 0",
        absences_per_year=35.7,
        absence_days=(
            1,
            1,
            1,
            1,
            1,
            1,
            1,
            1,
            1,
            1,
            1,
            1,
            1,
            1,
            1,
            1,
            1,
            1,
            1,
            1,
            1,
            1,
            1,
            1,
            1,
            1,
            1,
            1,
            1,
            1,
            1,
            1,
            1,
            1,
            1,
            1,
            1,
            1,
            1,
            2,
            2,
            2,
            2,
            2,
            3,
            3,
            3,
            3,
            4,
            5,
            15,
        ),
    ),
    RealHome(
        weekday="0 0 0 1 1 1 36 86 52 47 48 42 72 22 29 60 16 68 27 12 24 11 1 0",
        weekend="0 0 0 0 0 0 21 71 37 38 41 48 64 21 16 26 13 11 43 20 16 11 3 0",
        absences_per_year=8.3,
        absence_days=(1, 1, 1, 2, 2, 2, 3, 3, 4, 5, 9),
    ),
    RealHome(
        weekday="85 74 34 14 9 5 1 0 3 11 27 18 14 23 11 10 11 20 30 31 30 39 72 53",
        weekend="68 74 25 12 12 6 4 3 6 22 15 15 8 4 10 11 4 24 25 53 43 58 50 71",
        absences_per_year=21.8,
        absence_days=(1, 1, 1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 3, 3, 3, 4, 5, 6, 9),
    ),
    RealHome(
        weekday="0 0 0 0 1 0 85 14 8 6 7 4 9 14 8 24 31 39 8 3 2 1 0 0",
        weekend="0 0 0 0 1 2 5 46 47 25 16 26 32 22 15 14 28 47 13 1 5 4 0 0",
        absences_per_year=3.5,
        absence_days=(1, 1, 2),
    ),
    RealHome(
        weekday="0 0 0 0 0 0 4 91 5 8 11 8 10 37 20 16 13 77 27 4 6 86 4 0",
        weekend="0 0 0 0 0 0 5 88 46 6 11 22 23 37 13 25 32 17 32 16 4 90 4 0",
        absences_per_year=4.5,
        absence_days=(1, 2, 2, 4, 5),
    ),
)

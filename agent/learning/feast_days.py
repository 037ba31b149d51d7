"""The days on which guests are usual in many homes: more coffee then is no news.

Christmas to New Year and Easter, because these are the feasts on which the homes that the
routine was calibrated on had their highest weeks. Households that feast at other times have
guests at other times; what one day of guests explains is left out there as well.
"""

from datetime import date, timedelta
from functools import cache

CHRISTMAS_FROM, CHRISTMAS_TO = (12, 23), (1, 2)
BEFORE_EASTER, AFTER_EASTER = timedelta(days=2), timedelta(days=1)


@cache
def is_feast(day: int) -> bool:
    """Return whether this local day (an ordinal) is one of them."""
    on = date.fromordinal(day)
    easter = easter_sunday(on.year)
    christmas = (on.month, on.day) >= CHRISTMAS_FROM or (on.month, on.day) <= CHRISTMAS_TO
    return christmas or easter - BEFORE_EASTER <= on <= easter + AFTER_EASTER


def easter_sunday(year: int) -> date:
    """Return Easter of the Gregorian calendar (by the rule that Meeus and Butcher published).

    >>> easter_sunday(2025)
    datetime.date(2025, 4, 20)
    """
    golden, (century, rest) = year % 19, divmod(year, 100)
    leap_centuries, odd_centuries = divmod(century, 4)
    moon = (8 * century + 13) // 25
    epact = (19 * golden + century - leap_centuries - moon + 15) % 30
    leaps, odd = divmod(rest, 4)
    weekday = (32 + 2 * odd_centuries + 2 * leaps - epact - odd) % 7
    late = (golden + 11 * epact + 22 * weekday) // 451
    month, day = divmod(epact + weekday - 7 * late + 114, 31)
    return date(year, month, day + 1)

"""Days around which shops have a season of their own, among them those that move by weeks.

References:
    Meeus (1998), Astronomical algorithms, chapter 8.
"""

import datetime as dt
from collections.abc import Callable, Mapping

import numpy as np
import numpy.typing as npt

from cemkit.arrays import Floats
from cemkit.forecasting.lunar_new_years import DAYS_OF_JANUARY, FIRST_YEAR
from cemkit.forecasting.years import CHRISTMAS, DOUBLE_11

YEARS = range(1600, 9999)  # in which the Gregorian calendar has all dates
THURSDAY = 3


def black_friday(year: int) -> dt.date:
    """The day after the fourth Thursday of November."""
    first = dt.date(year, 11, 1)
    return first + dt.timedelta(days=(THURSDAY - first.weekday()) % 7 + 22)


def chinese_new_year(year: int) -> dt.date | None:
    """The first day of the lunisolar year that begins in a year."""
    row = year - FIRST_YEAR
    if not 0 <= row < len(DAYS_OF_JANUARY):
        return None
    return dt.date(year, 1, 1) + dt.timedelta(days=DAYS_OF_JANUARY[row] - 1)


def easter_sunday(year: int) -> dt.date:
    """Easter Sunday of the western churches, in the Gregorian calendar."""
    golden = year % 19
    century, of_century = divmod(year, 100)
    correction = (century - (century + 8) // 25 + 1) // 3
    epact = (19 * golden + century - century // 4 - correction + 15) % 30
    sunday = (32 + 2 * (century % 4) + 2 * (of_century // 4) - epact - of_century % 4) % 7
    late = (golden + 11 * epact + 22 * sunday) // 451
    month, day = divmod(epact + sunday - 7 * late + 114, 31)
    return dt.date(year, month, day + 1)


TRADE_DAYS: Mapping[str, Callable[[int], dt.date | None]] = {
    "Christmas": lambda year: dt.date(year, *CHRISTMAS),
    "Black Friday": black_friday,
    "Double 11": lambda year: dt.date(year, *DOUBLE_11),
    "Easter": easter_sunday,
    "Chinese New Year": chinese_new_year,
}
MOVING_DAYS = ("Easter", "Chinese New Year")  # by more than a week
DAYS_OF_ANY_WEEKDAY = ("Chinese New Year",)  # whose season is of days rather than of weeks


def nearest_trade_days(middles: Floats, name: str) -> npt.NDArray[np.int64] | None:
    """The date nearest to each period on which a day of trade falls."""
    years = np.floor(middles[[0, -1]]).astype("M8[D]").astype("M8[Y]").astype(np.int64) + 1970
    around = range(years[0] - 1, years[1] + 2)
    dates = [TRADE_DAYS[name](year) if year in YEARS else None for year in around]
    known = [date for date in dates if date is not None]
    if len(known) < len(dates):
        return None
    days = np.array(known, dtype="M8[D]").astype(np.int64)
    nearest: npt.NDArray[np.int64] = days[np.abs(middles[:, None] - (days + 0.5)).argmin(axis=1)]
    return nearest

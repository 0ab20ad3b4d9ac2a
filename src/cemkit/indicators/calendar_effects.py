"""What the calendar alone does to periods that are compared: their length, and moving holidays.

References:
    Bell, Hillmer (1983), Modeling time series with calendar variation, Journal of the American
        Statistical Association 78, for the share of a holiday's window in a period as a regressor.
"""

import datetime as dt
from collections.abc import Iterable

import numpy as np
import numpy.typing as npt
import pandas as pd

from cemkit.arrays import Floats
from cemkit.checks import check_choice, check_list
from cemkit.forecasting.trade_days import TRADE_DAYS, YEARS

Flags = npt.NDArray[np.bool_]
# First and last day of the windows of a holiday, in days from it.
WINDOWS = {
    "Chinese New Year": ((-21, -1), (0, 6), (7, 20)),
    "Easter": ((-8, 1),),
    "Black Friday": ((-4, 3),),
    "Double 11": ((-10, 1),),
    "Christmas": ((-14, -1), (0, 6)),
}
MOVING = ("Chinese New Year", "Easter")
WITHIN_WEEKS = tuple(WINDOWS)  # the same week a year before is a day or two off
SMALLEST_SHIFT = 0.15  # of a window's days, below which a period counts as comparable
SMALLEST_LEFT = 0.05  # of a regressor, that seasons and other regressors do not explain


def check_holidays(holidays: Iterable[str]) -> list[str]:
    """Return the names of moving holidays, when each is known."""
    names = check_list(holidays, "holidays")
    return [check_choice(name, "holidays", MOVING) for name in dict.fromkeys(names)]


def holiday_shares(index: pd.PeriodIndex, names: Iterable[str]) -> Floats:
    """The share of each window of the holidays that lies in each period; a column per window."""
    first, last = (_days(times) for times in (index.start_time, index.end_time))
    years = [year for year in range(index[0].year - 1, index[-1].year + 2) if year in YEARS]
    columns = [np.zeros((len(index), 0))]
    for name in names:
        dates = [TRADE_DAYS[name](year) for year in years]
        known = np.array([_day(date) for date in dates if date is not None], dtype=np.float64)
        for begin, end in WINDOWS[name]:
            left = np.maximum(first[:, None], known + begin)
            right = np.minimum(last[:, None], known + end)
            shares = np.maximum(right - left + 1, 0).sum(axis=1) / (end - begin + 1)
            columns.append(shares[:, None])
    return np.hstack(columns)


def telling_columns(columns: Floats, season: int, seen: int) -> Floats:
    """The columns that differ between seasons within the periods seen, none twice."""
    rows = columns[:seen]
    left = rows - _by_season(rows, season)
    sizes = np.linalg.norm(rows, axis=0)
    kept: list[int] = []
    basis = np.zeros((seen, 0))
    for place in np.flatnonzero(sizes > 0):
        rest = left[:, place] - basis @ (basis.T @ left[:, place])
        size = np.linalg.norm(rest)
        if size > SMALLEST_LEFT * sizes[place]:
            basis = np.column_stack([basis, rest / size])
            kept.append(int(place))
    return columns[:, kept]


def shifted(shares: Floats, season: int, steps: int) -> Flags:
    """Whether a holiday fills another share of some periods together than in other seasons.

    One flag for each place where so many periods can begin.
    """
    totals = rolled(shares, steps)
    moved = np.zeros(len(totals), dtype=bool)
    for lag in range(season, len(totals), season):
        apart = np.abs(totals[lag:] - totals[:-lag]) > SMALLEST_SHIFT
        moved[lag:] |= apart.any(axis=1)
    return moved


def rolled(shares: Floats, steps: int) -> Floats:
    """The sum of each column over every run of so many periods."""
    sums = np.vstack([np.zeros(shares.shape[1]), np.cumsum(shares, axis=0)])
    totals: Floats = sums[steps:] - sums[:-steps]
    return totals


def length_slack(index: pd.PeriodIndex, season: int, steps: int) -> tuple[float, float]:
    """The least and the largest log ratio of the last periods' days to those of other seasons."""
    days = _days(index.end_time) - _days(index.start_time) + 1
    totals = np.convolve(days, np.ones(steps), "valid")
    same = totals[::-1][season::season] if season > 1 else totals[:-1]
    ratios = np.log(totals[-1] / same) if len(same) else np.zeros(1)
    return min(float(ratios.min()), 0.0), max(float(ratios.max()), 0.0)


def _by_season(rows: Floats, season: int) -> Floats:
    """The mean of each column over the same periods of all seasons."""
    if season == 1 or len(rows) < 2 * season:
        return np.broadcast_to(rows.mean(axis=0), rows.shape)
    places = np.arange(len(rows)) % season
    means: Floats = pd.DataFrame(rows).groupby(places).transform("mean").to_numpy()
    return means


def _days(times: pd.DatetimeIndex) -> Floats:
    days: Floats = times.to_numpy().astype("M8[D]").astype(np.float64)
    return days


def _day(date: dt.date) -> float:
    return float(np.datetime64(date, "D").astype(np.int64))

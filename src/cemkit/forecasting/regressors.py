"""Regressors of a forecast: promotions, the waves of a season, holidays."""

from collections.abc import Iterable
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from cemkit.arrays import Floats
from cemkit.checks import check_choice, check_integer, check_list, normal_ids
from cemkit.checks.options import shown
from cemkit.data.calendar import read_calendar
from cemkit.errors import DataError, MissingDependencyError, NotEnoughDataError
from cemkit.forecasting.series import TimeIndex, as_periods, calendar_of, quiet_periods
from cemkit.forecasting.trade_days import black_friday
from cemkit.forecasting.years import DAYS_IN_YEAR, DOUBLE_11, offset_of, year_waves

Shape = Literal["pulse", "step", "decay"]
DECAY = 0.5
LONGEST_DECAY = 30  # periods; less than a billionth of the effect is left
MOST_AFTER = 1000


@quiet_periods()
def promotion_regressors(
    index: TimeIndex, promotions: pd.DataFrame, *, shape: Shape = "pulse", after: int = 4
) -> pd.DataFrame:
    """Return regressors that separate a promotion's lift from the dip after it.

    Args:
        index: Periods of the fit and of the forecast. pandas treats a weekly date as the last day
            of the week. If yours is the first day, as from SQL's `date_trunc`, convert it to
            periods: `index.to_period("W-SUN")` for weeks that begin on Mondays.
        promotions: Calendar of promotions with `name, start_date, end_date` (dates or ISO text,
            both days included) and, optionally, `recurring`, True for promotions that repeat every
            year from then on. A column `size` is for `promotion_effect`.
        shape: `"pulse"` is the share of the period's days on promotion. `"step"` is 1 from the
            first promotion on, for a permanent change. `"decay"` adds to the pulse half of the
            previous period's value, for an effect that wears off.
        after: Number of periods after a promotion with an effect of their own.

    Returns:
        One row per period of the index: `promotion`, then `after_1` to `after_{after}`, which are 1
        in the period that many periods after the last one on promotion. Periods are counted by the
        calendar, including those missing from the index and promotions before its start.

    Raises:
        TypeError: `promotions` is not a DataFrame.
        MissingColumnsError: `name`, `start_date` or `end_date` is missing.
        DataError: The calendar has an unknown column; a name or date is missing or invalid; a
            promotion ends before it starts; or no promotion has an effect inside the index.

    Examples:
        >>> weeks = pd.period_range("2024-01-01", periods=4, freq="W-SUN")
        >>> sale = pd.DataFrame(
        ...     {"name": ["sale"], "start_date": ["2024-01-08"], "end_date": ["2024-01-14"]}
        ... )
        >>> promotion_regressors(weeks, sale, after=1)["after_1"].tolist()
        [0.0, 0.0, 1.0, 0.0]
    """
    check_choice(shape, "shape", ("pulse", "step", "decay"))
    check_integer(after, "after", minimum=0, maximum=MOST_AFTER)
    periods = as_periods(index)
    if not len(periods):
        raise NotEnoughDataError("periods in the index", have=0, need=1)
    ends = period_bounds(periods)[1]
    events = read_calendar(promotions, "promotions", pd.Timestamp.min, ends.max())
    first_start = events["start_date"].min()
    whole, rows = _without_gaps(periods, first_start, max(after, LONGEST_DECAY))
    share = promotion_share(whole, events)
    since = _periods_since(share > 0)
    columns = {"promotion": _decayed(share) if shape == "decay" else share}
    if shape == "step":
        columns = {"promotion": np.asarray(whole.end_time >= first_start).astype(np.float64)}
    columns |= {f"after_{k}": (since == k).astype(np.float64) for k in range(1, after + 1)}
    table = pd.DataFrame(columns).iloc[rows].set_axis(index)
    if not table.to_numpy().any():
        raise DataError(
            f"no promotion falls inside the index ({index[0]} to {index[-1]}); check their dates"
        )
    return table


def _without_gaps(
    periods: pd.PeriodIndex, first_start: pd.Timestamp, most_before: int
) -> tuple[pd.PeriodIndex, npt.NDArray[np.int64]]:
    """Every period from the first promotion on, or some before, and where the given ones are."""
    multiple, places = int(offset_of(periods).n), periods.asi8
    first = int(np.argmin(places))
    start = int(pd.PeriodIndex([first_start], freq=periods.freq).asi8[0])
    before = min(most_before, max(0, (int(places[first]) - start) // multiple + 1))
    rows: npt.NDArray[np.int64] = (places - places[first]) // multiple + before
    begin = periods[first] - before
    return pd.period_range(begin, periods=int(rows.max()) + 1, freq=periods.freq), rows


@quiet_periods()
def promotion_share(index: TimeIndex, events: pd.DataFrame) -> Floats:
    """The share of each period's days on which there was one of the events read."""
    first, last = period_bounds(index)
    days = pd.date_range(first.min(), last.max(), freq="D")
    on = np.zeros(len(days))
    for start, end in zip(events["start_date"], events["end_date"], strict=True):
        on[days.searchsorted(start) : days.searchsorted(end, side="right")] = 1.0
    before = np.concatenate([[0.0], np.cumsum(on)])
    begin, stop = days.searchsorted(first), days.searchsorted(last, side="right")
    share: Floats = (before[stop] - before[begin]) / np.maximum(stop - begin, 1)
    return share


@quiet_periods()
def period_bounds(index: TimeIndex) -> tuple[pd.DatetimeIndex, pd.DatetimeIndex]:
    """The first and the last day of each period."""
    periods = as_periods(index)
    return periods.start_time.normalize(), periods.end_time.normalize()


@quiet_periods()
def fourier_terms(index: TimeIndex, *, period: int, harmonics: int) -> pd.DataFrame:
    """Return sines and cosines of a season, for seasons too long for seasonal ARIMA terms.

    A yearly season (52 weeks, 365 days) follows the date: a year has 365.25 days. Any other season
    is counted in periods from 1970. Therefore the columns for any two indices of the same frequency
    are consistent, and periods can be missing.

    Args:
        index: Periods of the fit or of the forecast.
        period: Number of periods in a season, such as 52 for weeks.
        harmonics: Number of pairs of sine and cosine, at most half the period.

    Returns:
        One row per period of the index and one column per sine and cosine.

    Examples:
        >>> weeks = pd.period_range("2024-01-01", periods=2, freq="W-SUN")
        >>> fourier_terms(weeks, period=52, harmonics=1).columns.tolist()
        ['sin_1', 'cos_1']
    """
    check_integer(period, "period", minimum=2)
    check_integer(harmonics, "harmonics", minimum=1)
    if harmonics > period // 2:
        raise ValueError(
            f"harmonics must be at most {period // 2}, half the period, not {harmonics}"
        )
    periods = as_periods(index)
    year = calendar_of(periods, period) if len(periods) else None
    # A period of 2 weeks is 2 further on than the one before.
    places = periods.asi8 // int(offset_of(periods).n)
    if year is None:
        waves = year_waves(places / period, harmonics)
    else:
        turns = year.turns(0, 1) + (places - places[0]) * year.days / DAYS_IN_YEAR
        waves = year_waves(turns, harmonics)
    names = [f"{wave}_{k}" for k in range(1, harmonics + 1) for wave in ("sin", "cos")]
    table = pd.DataFrame(waves, index=index, columns=names)
    if 2 * harmonics == period:  # the last sine says no more than its cosine
        return table.drop(columns=f"sin_{harmonics}")
    return table


def seasonal_waves(first: int, last: int, period: int, count: int) -> Floats:
    """The same as an array, for periods counted from any origin."""
    return year_waves(np.arange(first, last) / period, count)


@quiet_periods()
def holiday_regressors(
    index: TimeIndex,
    *,
    country: str | None = None,
    calendar: pd.DataFrame | None = None,
    names: Iterable[str] | None = None,
) -> pd.DataFrame:
    """Count the days of each period that are holidays, shopping days or events of your own.

    Public holidays of a country come from the `holidays` package. Double 11 (11 November) and Black
    Friday (the day after the fourth Thursday of November) are added for every country. A calendar
    of your own, such as fairs, can be used instead or in addition.

    Args:
        index: Periods of the fit and of the forecast.
        country: ISO code of the country, such as `"CN"` or `"GB"`. None leaves public holidays out.
        calendar: Events of your own with `name, start_date, end_date` and, optionally, `recurring`,
            True for events that repeat every year from then on. Days with several events of the
            same name count once.
        names: Names to keep, such as `["Chinese New Year", "Double 11", "Black Friday"]`: holidays
            and events whose name contains one of them. Each has its own column, with zeros where
            the index does not reach it. None gives one column, `holiday`, and one for each name of
            the calendar.

    Returns:
        One row per period of the index; each column counts days.

    Raises:
        MissingDependencyError: The `holidays` package is not installed.
        MissingColumnsError: The calendar lacks a column.
        DataError: The calendar has a column `size`, or is not sound.
        ValueError: The country is unknown, neither country nor calendar is given, or a name does
            not occur in the years of the index.

    Examples:
        >>> weeks = pd.period_range("2024-11-04", periods=4, freq="W-SUN")
        >>> holiday_regressors(weeks, country="CN", names=["Double 11"])["Double 11"].tolist()
        [0.0, 1.0, 0.0, 0.0]
        >>> fair = {"name": "fair", "start_date": ["2024-11-16"], "end_date": ["2024-11-19"]}
        >>> holiday_regressors(weeks, calendar=pd.DataFrame(fair))["fair"].tolist()
        [0.0, 2.0, 2.0, 0.0]
    """
    wanted = None if names is None else _texts(names, "names")
    if country is None and calendar is None:
        raise ValueError("give country=, an ISO code such as 'CN', or calendar=, a table of events")
    if country is not None and not isinstance(country, str):
        raise TypeError(f"country must be an ISO code such as 'CN', not {shown(country)}")
    first, last = period_bounds(index)
    if not len(first):
        raise NotEnoughDataError("periods in the index", have=0, need=1)
    years = range(first.min().year, last.max().year + 1)
    days = {} if country is None else _holidays(country, years)
    own = {} if calendar is None else _own_days(calendar, first.min(), last.max())
    if wanted is None:
        columns = {} if country is None else {"holiday": _counted(list(days), first, last)}
        if "holiday" in columns and "holiday" in own:
            raise DataError("calendar has an event named 'holiday', which is a column; rename it")
        columns |= {name: _counted(found, first, last) for name, found in own.items()}
        return pd.DataFrame(columns, index=index)
    columns = {}
    for name in wanted:
        chosen = {day for day, label in days.items() if name.casefold() in label.casefold()}
        of_own = [found for label, found in own.items() if name.casefold() in label.casefold()]
        if not chosen and not of_own:
            raise ValueError(
                f"no holiday{f' of {country}' if country else ''} in {years[0]} to {years[-1]} is "
                f"called {name!r}; there are {', '.join(sorted({*days.values(), *own}))}"
            )
        columns[name] = _counted([*chosen.union(*of_own)], first, last)
    return pd.DataFrame(columns, index=index)


def _own_days(
    calendar: pd.DataFrame, first: pd.Timestamp, last: pd.Timestamp
) -> dict[str, list[pd.Timestamp]]:
    """The days of each event of a calendar, by its name; those that recur keep theirs."""
    if isinstance(calendar, pd.DataFrame) and "size" in calendar:
        raise DataError(
            "calendar has a column 'size', which counts of days cannot use; leave the "
            "column out, or multiply the regressor by it"
        )
    rows: dict[str, list[pd.Timestamp]] = {}
    read_calendar(calendar, "calendar", first, last)
    given = normal_ids(calendar["name"], "name of calendar").astype(str)
    for name in dict.fromkeys(given):
        events = read_calendar(calendar[np.asarray(given == name)], "calendar", first, last)
        days: set[pd.Timestamp] = set()
        for start, end in zip(events["start_date"], events["end_date"], strict=True):
            days |= set(pd.date_range(max(start, first), min(end, last), freq="D"))
        rows[name] = sorted(days)
    return rows


def _texts(values: Iterable[str], name: str) -> list[str]:
    texts = check_list(values, name)
    wrong = [value for value in texts if not isinstance(value, str)]
    if wrong:
        raise TypeError(f"{name} must be a list of texts, but contains {shown(wrong[0])}")
    return texts


def _holidays(country: str, years: range) -> dict[pd.Timestamp, str]:
    try:
        from holidays import country_holidays  # noqa: PLC0415 - optional
    except ImportError as error:
        raise MissingDependencyError("holidays") from error
    try:
        public = country_holidays(country, years=years, language="en_US")
    except NotImplementedError as error:
        raise ValueError(
            f"country={country!r} is not known to the holidays package; use an ISO code "
            "such as 'CN'"
        ) from error
    days = {pd.Timestamp(day): str(name) for day, name in public.items()}
    for year in years:
        double_11, friday = pd.Timestamp(year, *DOUBLE_11), pd.Timestamp(black_friday(year))
        # No calendar of public holidays has these.
        for day, name in ((double_11, "Double 11"), (friday, "Black Friday")):
            days[day] = f"{days[day]}; {name}" if day in days else name
    return days


def _counted(days: list[pd.Timestamp], first: pd.DatetimeIndex, last: pd.DatetimeIndex) -> Floats:
    ordered = pd.DatetimeIndex(sorted(days))
    count: Floats = (ordered.searchsorted(last, side="right") - ordered.searchsorted(first)).astype(
        np.float64
    )
    return count


def _periods_since(on: npt.NDArray[np.bool_]) -> npt.NDArray[np.intp]:
    """Periods since the last one that is on; 0 while it is, -1 before the first."""
    places = np.arange(len(on))
    latest = np.maximum.accumulate(np.where(on, places, -1))
    return np.where(latest >= 0, places - latest, -1)


def _decayed(share: Floats) -> Floats:
    decayed = share.copy()
    for i in range(1, len(decayed)):
        decayed[i] += DECAY * decayed[i - 1]
    return decayed

"""A fitted forecaster as plain values, for JSON, and back."""

import math
import re
import warnings
import zoneinfo
from typing import Any

import numpy as np
import pandas as pd

from cemkit.arrays import Floats
from cemkit.errors import DataError
from cemkit.forecasting.clock import WallClock
from cemkit.forecasting.likelihood import ArmaOrder
from cemkit.forecasting.members import Member
from cemkit.forecasting.model import ArimaModel, ArimaOrder, Observations
from cemkit.forecasting.power import LARGEST_POWER, POWERS, to_power
from cemkit.forecasting.search import LONG_SEASON
from cemkit.forecasting.seasons import (
    MOST_OF_OTHERS,
    MOST_PEAKS,
    LongSeason,
    most_harmonics,
)
from cemkit.forecasting.series import TimeIndex, calendar_of, check_orders, time_index
from cemkit.forecasting.years import COMMON_YEAR, Year
from cemkit.formats import count_text
from cemkit.storage.fields import (
    choice,
    either,
    flag,
    integer,
    many,
    named,
    number,
    numbers,
    optional,
    record,
    text,
)
from cemkit.storage.text import Layout

FIXED_ZONE = re.compile(r"UTC([+-]\d\d:\d\d)?")
FIRST_DAY, LAST_DAY = pd.Timestamp("1700-01-01"), pd.Timestamp("2200-12-31")
LARGEST_CELLS = 10_000_000  # of the columns of missing values and regressors: 80 MB
LARGEST_PARTIAL = 50.0  # unconstrained; tanh of it is 1

ORDERS = many(integer(0), 3)
MEMBER = {
    "weight": number(above=0, maximum=1),
    "period": integer(1),
    "n_harmonics": integer(0, MOST_OF_OTHERS),
    "is_calendar_year": flag,
    "peaks": many(integer(0), distinct=True),
    "removed_peaks": many(integer(0, COMMON_YEAR - 1), distinct=True),
    "removed_sizes": many(number()),
    "order": ORDERS,
    "seasonal_order": ORDERS,
    "seasonal_period": integer(1),
    "constant": flag,
    "coefficients": many(number(-LARGEST_PARTIAL, LARGEST_PARTIAL)),
}
LAYOUT = Layout(
    1,
    {
        "parameters": record(
            {
                "seasonal_period": either("auto", integer(1)),
                "order": either("auto", ORDERS),
                "seasonal_order": either("auto", ORDERS),
                "power": either("auto", number(0, LARGEST_POWER)),
                "search": choice("auto", "stepwise", "exhaustive", "average"),
            }
        ),
        "period": integer(1),
        "power": number(0, LARGEST_POWER),
        "notes": many(text),
        "index": record(
            {
                "kind": choice("PeriodIndex", "DatetimeIndex"),
                "first": text,
                "frequency": text,
                "time_zone": optional(text),
            }
        ),
        "sales": numbers("periods", missing=True),
        "regressors": named(numbers("periods")),
        "members": many(record(MEMBER), least=1),
    },
)


def forecaster_state(
    members: list[Member], series: pd.Series, regressors: pd.DataFrame
) -> dict[str, Any]:
    """Return everything that a forecast needs, in lists, numbers and text."""
    values = [None if math.isnan(value) else value for value in series.tolist()]
    times = time_index(series)
    zone = None
    if isinstance(times, pd.DatetimeIndex):
        zone, times = times.tz, times.tz_localize(None)
    index = {
        "kind": type(series.index).__name__,
        "first": str(times[0]),
        "frequency": time_index(series).freqstr,
        "time_zone": None if zone is None else str(zone),
    }
    return {
        "index": index,
        "sales": values,
        "regressors": {str(name): column.tolist() for name, column in regressors.items()},
        "members": [_member_state(member) for member in members],
    }


def restore_state(state: dict[str, Any]) -> tuple[list[Member], pd.Series, pd.DataFrame]:
    """Return members, sales and regressors from the checked fields of a text."""
    sales, power = state["sales"], state["power"]
    _check_choices(state)
    index = _index(state["index"], len(sales))
    _check_sizes(sales, len(state["regressors"]))
    regressors = pd.DataFrame(state["regressors"], index=index, dtype=np.float64)
    wall = WallClock.of(pd.Series(sales, index=index), regressors, state["period"])
    values = _on_scale(wall.series.to_numpy(), power)
    rows, year = wall.regressors.to_numpy(dtype=np.float64), calendar_of(index, state["period"])
    total = math.fsum(member["weight"] for member in state["members"])
    if state["members"] and abs(total - 1) > 1e-6:
        raise DataError(f"the weights of its members must sum to 1, not {total:g}")
    members = [
        _restored(member, state["period"], year, values, rows) for member in state["members"]
    ]
    return members, pd.Series(sales, index=index), regressors


def _check_choices(state: dict[str, Any]) -> None:
    """Raise where season or power are not what the parameters ask for."""
    asked, power = state["parameters"], state["power"]
    if power not in (POWERS if asked["power"] == "auto" else (asked["power"], 1)):
        raise DataError(f"its power is {power:g}, where power={asked['power']!r} was asked for")
    if asked["seasonal_period"] not in ("auto", state["period"]):
        raise DataError(
            f"its period is {state['period']}, where seasonal_period={asked['seasonal_period']} "
            "was asked for"
        )
    if state["period"] > len(state["sales"]):
        raise DataError(
            f"{count_text(len(state['sales']), 'sales hold')} no season of "
            f"{count_text(state['period'], 'periods')}"
        )


def _index(state: dict[str, Any], length: int) -> TimeIndex:
    """The index of a text, whose words pandas has not seen before."""
    frequency, first = state["frequency"], state["first"]
    index: TimeIndex
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # of names of frequencies that pandas will drop
        try:
            if state["kind"] == "PeriodIndex":
                index = periods = pd.period_range(first, periods=length, freq=frequency)
                days = periods.to_timestamp()
            else:
                zone = _zone(state["time_zone"])
                index = dates = pd.date_range(first, periods=length, freq=frequency, tz=zone)
                days = dates.tz_localize(None)
        except (ValueError, TypeError, OverflowError, KeyError, Warning) as error:
            raise DataError(f"its index cannot be made: {error}") from error
    if not length or days[0] < FIRST_DAY or days[-1] > LAST_DAY:
        raise DataError(
            f"its {count_text(length, 'periods')} from {first!r} must lie between {FIRST_DAY:%Y} "
            f"and {LAST_DAY:%Y}"
        )
    return index


def _zone(name: str | None) -> Any:
    """A time zone; anything but a zone's name, such as a path, is refused."""
    if name is None or FIXED_ZONE.fullmatch(name):
        return name
    try:
        return zoneinfo.ZoneInfo(name)
    except OSError as error:  # the name of a folder of zones
        raise ValueError(f"{name!r} is not a time zone") from error


def _check_sizes(sales: Floats, n_regressors: int) -> None:
    """Raise where missing values and regressors take far more room than the text."""
    missing = int(np.isnan(sales).sum())
    if len(sales) * (missing + n_regressors) > LARGEST_CELLS:
        raise DataError(
            f"{count_text(len(sales), 'periods')} with {count_text(missing, 'missing values')} and "
            f"{count_text(n_regressors, 'regressors')} are too many to compute with"
        )


def _on_scale(sales: Floats, power: float) -> Floats:
    seen = sales[~np.isnan(sales)]
    if power != 1 and (seen <= 0).any():
        raise DataError(f"power {power:g} takes sales above 0, and the least are {seen.min():g}")
    with np.errstate(over="ignore"):
        values = to_power(sales, power)
    if np.isinf(values).any():
        raise DataError(f"its sales are too large for the power {power:g}")
    return values


def _member_state(member: Member) -> dict[str, Any]:
    order, season = member.model.order, member.season
    return {
        "weight": member.weight,
        "period": season.period,
        "n_harmonics": season.n_harmonics,
        "is_calendar_year": season.year is not None,
        "peaks": list(season.peaks),
        "removed_peaks": [] if member.peaks is None else list(member.peaks.peaks),
        "removed_sizes": list(member.sizes),
        "order": order.order,
        "seasonal_order": order.seasonal_order,
        "seasonal_period": order.arma.period,
        "constant": order.constant,
        "coefficients": member.model.free.tolist(),
    }


def _restored(
    state: dict[str, Any],
    period: int,
    year: Year | None,
    values: Floats,
    regressors: Floats,
) -> Member:
    _check_season(state, period, year)
    (p, d, q), (seasonal_p, seasonal_d, seasonal_q) = state["order"], state["seasonal_order"]
    arma = ArmaOrder(p, q, seasonal_p, seasonal_q, state["seasonal_period"])
    order = ArimaOrder(arma, d, seasonal_d, state["constant"])
    if len(state["coefficients"]) != arma.size:
        raise DataError(f"{order} has {arma.size} coefficients, not {len(state['coefficients'])}")
    own = year if state["is_calendar_year"] else None
    season = LongSeason(state["period"], state["n_harmonics"], tuple(state["peaks"]), own)
    days, sizes = tuple(state["removed_peaks"]), tuple(state["removed_sizes"])
    removed = LongSeason(period, peaks=days, year=year) if days else None
    if removed is not None:
        values = values - removed.columns(0, len(values)) @ np.array(sizes)
    n_regressors = regressors.shape[1] + len(season.names)
    n_observed = int(np.isfinite(values).sum())
    check_orders(order.order, order.seasonal_order, arma.period, n_observed, n_regressors)
    rows = np.column_stack([regressors, season.columns(0, len(values))])
    free = np.array(state["coefficients"], dtype=np.float64)
    model = ArimaModel(order, free, Observations.of(values, rows))
    _check_model(model)
    return Member(state["weight"], model, season, removed, sizes)


def _check_season(state: dict[str, Any], period: int, year: Year | None) -> None:
    peaks, harmonics = state["peaks"], state["n_harmonics"]
    removed, is_year = state["removed_peaks"], state["is_calendar_year"]
    if (is_year or removed) and year is None:
        raise DataError(f"a season of {period} of its periods is not a year of the calendar")
    if len(removed) != len(state["removed_sizes"]) or len(removed) > MOST_PEAKS:
        raise DataError(f"it takes one size for each of at most {MOST_PEAKS} peaks")
    if state["period"] != period or state["seasonal_period"] not in (1, period):
        raise DataError(f"a member has another season than one of {count_text(period, 'periods')}")
    places = COMMON_YEAR if is_year else period
    if len(peaks) > MOST_PEAKS or max(peaks, default=0) >= places:
        raise DataError(f"peaks must be at most {MOST_PEAKS} places in a season of {places}")
    if (peaks or harmonics) and period <= LONG_SEASON:
        raise DataError(
            f"a season of {count_text(period, 'periods')} has no harmonics and no peaks"
        )
    if harmonics > (most := most_harmonics(period, year if is_year else None)):
        raise DataError(f"a season of {count_text(period, 'periods')} has at most {most} harmonics")


def _check_model(model: ArimaModel) -> None:
    """Raise where a model at the coefficients of a text has no finite likelihood."""
    try:
        sound = math.isfinite(model.aicc) and 0 < model.regression.variance < math.inf
    except (np.linalg.LinAlgError, FloatingPointError, OverflowError) as error:
        raise DataError(f"{model.order} cannot be computed at its coefficients") from error
    if not sound:
        raise DataError(f"{model.order} has no likelihood at its coefficients")

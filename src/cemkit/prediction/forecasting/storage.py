"""A fitted forecaster as plain values, for JSON, and back."""

import math
from typing import Any

import numpy as np
import pandas as pd

from cemkit.prediction.forecasting.clock import WallClock
from cemkit.prediction.forecasting.likelihood import ArmaOrder
from cemkit.prediction.forecasting.members import Member
from cemkit.prediction.forecasting.model import ArimaModel, ArimaOrder, Observations
from cemkit.prediction.forecasting.polynomials import FloatArray
from cemkit.prediction.forecasting.power import to_power
from cemkit.prediction.forecasting.seasons import LongSeason
from cemkit.prediction.forecasting.series import TimeIndex, time_index
from cemkit.prediction.forecasting.years import Year


def forecaster_state(
    members: list[Member], series: pd.Series, regressors: pd.DataFrame
) -> dict[str, Any]:
    """Everything that a forecast needs, in lists, numbers and text.

    Args:
        members: The fitted models.
        series: The sales.
        regressors: Theirs.

    Examples:
        >>> months = pd.period_range("2024-01", periods=2, freq="M")
        >>> state = forecaster_state([], pd.Series([1.0, 2.0], months), pd.DataFrame(index=months))
        >>> state["index"]
        {'kind': 'PeriodIndex', 'first': '2024-01', 'frequency': 'M', 'time_zone': None}
    """
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


def restore_state(
    state: dict[str, Any], power: float, period: int = 1
) -> tuple[list[Member], pd.Series, pd.DataFrame]:
    """Members, sales and regressors from what `forecaster_state` gave.

    Args:
        state: Read from JSON.
        power: Of the scale the members were fitted on.
        period: Periods in a season.

    Examples:
        >>> months = pd.period_range("2024-01", periods=2, freq="M")
        >>> state = forecaster_state([], pd.Series([1.0, 2.0], months), pd.DataFrame(index=months))
        >>> restore_state(state, 1.0)[1].tolist()
        [1.0, 2.0]
    """
    index = _index(state["index"], len(state["sales"]))
    series = pd.Series(state["sales"], index=index, dtype="float64")
    regressors = pd.DataFrame(state["regressors"], index=index)
    wall = WallClock.of(series, regressors, period)
    values = to_power(wall.series.to_numpy(), power)
    members = [
        _restored(member, values, wall.regressors.to_numpy(dtype=np.float64))
        for member in state["members"]
    ]
    return members, series, regressors


def _index(state: dict[str, Any], length: int) -> TimeIndex:
    if state["kind"] == "PeriodIndex":
        return pd.period_range(state["first"], periods=length, freq=state["frequency"])
    zone = state["time_zone"]
    return pd.date_range(state["first"], periods=length, freq=state["frequency"], tz=zone)


def _member_state(member: Member) -> dict[str, Any]:
    order = member.model.order
    return {
        "weight": member.weight,
        "season": _season_state(member.season),
        "peaks": None if member.peaks is None else _season_state(member.peaks),
        "sizes": list(member.sizes),
        "order": order.order,
        "seasonal_order": order.seasonal_order,
        "period": order.arma.period,
        "constant": order.constant,
        "coefficients": member.model.free.tolist(),
    }


def _restored(state: dict[str, Any], values: FloatArray, regressors: FloatArray) -> Member:
    (p, d, q), (seasonal_p, seasonal_d, seasonal_q) = state["order"], state["seasonal_order"]
    arma = ArmaOrder(p, q, seasonal_p, seasonal_q, state["period"])
    order = ArimaOrder(arma, d, seasonal_d, state["constant"])
    free = np.array(state["coefficients"], dtype=np.float64)
    season = _season(state["season"])
    peaks = None if state["peaks"] is None else _season(state["peaks"])
    sizes = tuple(state["sizes"])
    seen = values if peaks is None else values - peaks.columns(0, len(values)) @ np.array(sizes)
    rows = np.column_stack([regressors, season.columns(0, len(values))])
    model = ArimaModel(order, free, Observations.of(seen, rows))
    return Member(state["weight"], model, season, peaks, sizes)


def _season_state(season: LongSeason) -> dict[str, Any]:
    year = season.year
    return {
        "period": season.period,
        "harmonics": season.n_harmonics,
        "peaks": list(season.peaks),
        "year": None if year is None else [year.first, year.days],
    }


def _season(state: dict[str, Any]) -> LongSeason:
    year = None if state["year"] is None else Year(*state["year"])
    return LongSeason(state["period"], state["harmonics"], tuple(state["peaks"]), year)

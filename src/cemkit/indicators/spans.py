"""Periods of a scorecard: their days, days of trade, and holidays that move between years."""

import datetime as dt
from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd

from cemkit.arrays import Floats
from cemkit.checks import check_as_of, check_list
from cemkit.data.reductions.period_sums import spans_of
from cemkit.data.reductions.period_sums import trading_days as days_of_trade
from cemkit.errors import DataError
from cemkit.forecasting.trade_days import MOVING_DAYS, TRADE_DAYS
from cemkit.indicators.moments import Ints
from cemkit.indicators.states import Shop

YEAR = {"week": 52, "month": 12, "quarter": 4, "year": 1}  # periods back to the same one last year


def bounds_of(first: int, last: int, period: str) -> tuple[pd.PeriodIndex, Ints, Ints]:
    """The periods from one number to another, and their first and last days."""
    spans = spans_of(first, last, period)
    starts, ends = (
        moments.to_numpy().astype("datetime64[D]").astype(np.int64)
        for moments in (spans.start_time, spans.end_time)
    )
    return spans, starts, ends


def days_per_period(orders: Any, asked: Any, shop: Shop) -> Floats | None:
    """The days of trade in each finished period: those given, or those on which anyone bought."""
    if asked is False or asked is None:
        return None
    if asked is True:
        days = days_of_trade(orders, pd.Timestamp(np.datetime64(shop.end, "D")))
    else:
        days = _given(asked)
    low = np.searchsorted(days, shop.starts[: shop.finished])
    high = np.searchsorted(days, shop.ends[: shop.finished], side="right")
    count = (high - low).astype(np.float64)
    if (count == 0).any():
        first = str(np.datetime64(int(shop.starts[int(np.argmax(count == 0))]), "D"))
        raise DataError(
            f"the {shop.length} that begins on {first} has no trading day, so nothing can be shown "
            "per day; name the days of trade as trading_days, or leave it False"
        )
    return count


def _given(asked: Iterable[str | dt.date | pd.Timestamp]) -> Ints:
    named = [check_as_of(day, "each of trading_days") for day in check_list(asked, "trading_days")]
    days = np.array([day.to_datetime64() for day in named], dtype="datetime64[D]")
    return np.unique(days.astype(np.int64))


def moved_holidays(shop: Shop, lag: int) -> list[str]:
    """What to note of each finished period whose moving holidays differ from a year before."""
    years = {pd.Timestamp(np.datetime64(int(day), "D")).year for day in (*shop.starts, *shop.ends)}
    around = range(min(years) - 1, max(years) + 2)
    notes: list[list[str]] = [[] for _ in range(shop.finished)]
    for name in MOVING_DAYS:
        dates = [date for year in around if (date := TRADE_DAYS[name](year)) is not None]
        days = np.array(dates, dtype="datetime64[D]").astype(np.int64)
        inside = [
            bool(((days >= shop.starts[t]) & (days <= shop.ends[t])).any())
            for t in range(shop.finished)
        ]
        for t in range(lag, shop.finished):
            if inside[t] != inside[t - lag]:
                notes[t].append(
                    f"{name} {'now but not' if inside[t] else 'not now but'} a year ago"
                )
    return ["; ".join(lines) for lines in notes]

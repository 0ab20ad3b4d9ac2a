"""evaluate_cycles: how well repurchase cycles predict, against each customer's plain mean gap."""

import dataclasses
import datetime as dt
from typing import Any

import numpy as np
import pandas as pd

from cemkit.arrays import Floats
from cemkit.checks import check_as_of, check_fraction, check_integer
from cemkit.data.days import day_of
from cemkit.data.reductions.data_span import check_window_seen, last_order_day
from cemkit.data.reductions.gaps import purchase_gaps
from cemkit.errors import NotEnoughDataError
from cemkit.proportions.intervals import critical_value
from cemkit.recommendation.repurchase import RepurchaseCycle
from cemkit.results import Result


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class CycleScore(Result):
    """Accuracy of repurchase cycles compared with mean gaps, from `evaluate_cycles`.

    Days to the next purchase are counted up to the end of the window, also for customers who did
    not buy in it, so late buyers are not left out.

    Attributes:
        error_days: Mean absolute error of the cycle in days; `plain_mean_error_days` is that of
            each customer's mean gap.
        advantage_days: `plain_mean_error_days` minus `error_days`, with `advantage_lower,
            advantage_upper`.
        expected_share: Predicted share of customers who buy in the window; `observed_share` is the
            actual share.
        customers: Number of cycles with at least one gap, which are evaluated.

    Examples:
        >>> from cemkit import load_cdnow
        >>> score = evaluate_cycles(load_cdnow("sample"), as_of="1997-09-30", window_days=182)
        >>> score.advantage_lower > 0
        True
    """

    error_days: float
    plain_mean_error_days: float
    advantage_days: float
    advantage_lower: float
    advantage_upper: float
    expected_share: float
    observed_share: float
    customers: int
    window_days: int
    confidence_level: float


def evaluate_cycles(
    orders: Any,
    as_of: str | dt.date | pd.Timestamp,
    window_days: int,
    *,
    by: str | None = None,
    data_until: str | dt.date | pd.Timestamp | None = None,
    confidence_level: float = 0.95,
) -> CycleScore:
    """Score `RepurchaseCycle` on the window after `as_of`, compared with each customer's mean gap.

    Args:
        orders: Order table with `customer_id, order_date, amount` and the column of `by`. The data
            must cover the whole window.
        as_of: Last day of the orders used in the fit.
        window_days: Length of the window in days: `as_of < date <= as_of + window_days`.
        by: Column that separates cycles, such as `"product"`, as in `RepurchaseCycle`. None for one
            cycle per customer.
        data_until: Last day that the data cover. By default the day of the last order; give it if
            nothing was sold on the last days.
        confidence_level: Confidence level of the interval of the advantage.

    Raises:
        NotEnoughDataError: Too few gaps, or fewer than two cycles with one.
        DataError: The window ends after the data, or `data_until` lies before the last order.

    Examples:
        >>> from cemkit import load_cdnow
        >>> score = evaluate_cycles(load_cdnow("sample"), as_of="1997-09-30", window_days=182)
        >>> score.customers
        946
    """
    start, window = check_as_of(as_of), check_integer(window_days, "window_days", minimum=1)
    check_fraction(confidence_level, "confidence_level")
    end = start + pd.Timedelta(days=window)
    check_window_seen(end, last_order_day(orders), data_until)
    model = RepurchaseCycle(by=by).fit(orders, as_of=start)
    past, actual = _days_to_next(orders, start, end, [] if by is None else [by])
    first, last_day, gaps = past[["first_day", "last_day", "gap_count"]].to_numpy().T
    known = gaps > 0
    if known.sum() < 2:
        raise NotEnoughDataError("cycles with a gap", have=int(known.sum()), need=2)
    mean_gap = (last_day - first)[known] / gaps[known]
    plain = np.clip(mean_gap - (day_of(start) - last_day[known]), 0, window)
    predicted = np.clip(model.cycles_["next_purchase_days"].to_numpy()[known], 0, window)
    capped = np.minimum(actual[known], window)
    errors, plain_errors = np.abs(predicted - capped), np.abs(plain - capped)
    gained = plain_errors - errors
    half = float(critical_value(confidence_level) * gained.std(ddof=1) / np.sqrt(len(gained)))
    probability = model.buying_probability(orders, start, window).to_numpy()[known]
    return CycleScore(
        error_days=float(errors.mean()),
        plain_mean_error_days=float(plain_errors.mean()),
        advantage_days=float(gained.mean()),
        advantage_lower=float(gained.mean()) - half,
        advantage_upper=float(gained.mean()) + half,
        expected_share=float(probability.mean()),
        observed_share=float(np.isfinite(actual[known]).mean()),
        customers=int(known.sum()),
        window_days=window,
        confidence_level=confidence_level,
    )


def _days_to_next(
    orders: Any, start: pd.Timestamp, end: pd.Timestamp, by: list[str]
) -> tuple[pd.DataFrame, Floats]:
    """The purchases up to `start`, and the days from then to the next; infinite if after `end`."""
    past, _ = purchase_gaps(orders, start, by)
    later, gaps = purchase_gaps(orders, end, by)
    keys = ["customer_id", *by]
    rows = pd.MultiIndex.from_frame(later[keys]).get_indexer(pd.MultiIndex.from_frame(past[keys]))
    # The gap that was open at the start is number gap_count of the row, where there is one.
    count, firsts = past["gap_count"].to_numpy(), later["gap_count"].cumsum() - later["gap_count"]
    came = later["gap_count"].to_numpy()[rows] > count
    closing = (firsts.to_numpy()[rows] + count)[came]
    days = np.full(len(rows), np.inf)
    days[came] = (past["last_day"].to_numpy()[came] + gaps[closing]) - day_of(start)
    return past, days

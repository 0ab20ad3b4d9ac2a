"""Predict when each customer buys next, and the chance that there is no next purchase."""

from collections.abc import Iterable

import numpy as np
import pandas as pd

from cemkit.arrays import Floats
from cemkit.checks import Customers, check_frame
from cemkit.clv.clock.seasonal_clock import table_day
from cemkit.clv.purchases.histories import Histories
from cemkit.clv.purchases.history_model import HistoryModel
from cemkit.clv.purchases.quantiles import check_quantiles, on_ids, quantile_table
from cemkit.clv.terms import check_horizon
from cemkit.data.days import dates_of, day_of
from cemkit.data.reductions.data_span import day_text
from cemkit.errors import DataError

LATEST = 36_500  # days, a century: no date is named beyond


def next_purchase_dates(
    model: HistoryModel,
    customers: pd.DataFrame,
    day: pd.Timestamp,
    quantiles: Iterable[float],
    horizon_days: float | None,
) -> pd.DataFrame:
    """`no_purchase_probability` and the dates of `PurchaseModel.next_purchase`."""
    levels = check_quantiles(quantiles)
    horizon = None if horizon_days is None else check_horizon(horizon_days)
    check_frame(customers, "customers")
    rows = Customers.of(customers)
    _check_day(rows.table, day)
    histories = model._read(rows.table)
    theta, alive = model._theta(histories), model._alive(histories)
    days = _days(model, theta, histories, np.array(levels), alive)
    days[days > (LATEST if horizon is None else min(horizon, LATEST))] = np.nan
    dates = dates_of(day_of(day) + np.ceil(days))
    none = 1 - alive * _ever(model, theta, histories, horizon)
    table = quantile_table("next_purchase", levels, dates)
    table.insert(0, "no_purchase_probability", none)
    return on_ids(rows, table.iloc[histories.row])


def _days(
    model: HistoryModel, theta: list[Floats], histories: Histories, levels: Floats, alive: Floats
) -> Floats:
    """Days until the next purchase has been made with these chances; infinite where never."""
    with np.errstate(divide="ignore"):
        chance = levels / alive[:, None]
    wait = model._wait_if_alive(theta, histories, chance)
    days = np.full(wait.shape, np.inf)
    finite = np.isfinite(wait)
    days[finite] = histories.time.days_until(wait[finite])
    return days


def _ever(
    model: HistoryModel, theta: list[Floats], histories: Histories, horizon: float | None
) -> Floats:
    """P(a purchase within the horizon) of customers who are alive."""
    if horizon is None:
        return model._ever_if_alive(theta, histories)
    histories.time.check_plan(horizon)
    ahead = histories.time.until(horizon)
    return 1 - model._probability_if_alive(theta, histories, 0, ahead)


def _check_day(customers: pd.DataFrame, day: pd.Timestamp) -> None:
    made = table_day(customers)
    if made is not None and made != day:
        raise DataError(
            f"as_of={day_text(day)}, but the customers are of {day_text(made)} "
            "(last_order_date plus recency_days); use that day, or make the table for "
            "as_of with customer_table"
        )

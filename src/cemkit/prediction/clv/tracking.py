"""purchase_tracking: a cohort's purchases, period by period, against what a model expects."""

import datetime as dt

import numpy as np
import pandas as pd

from cemkit.checks import check_as_of, check_integer
from cemkit.data.reductions.tracking import cohort_purchases_by_day
from cemkit.errors import NotEnoughDataError
from cemkit.prediction.clv.contract import PurchaseModel


def purchase_tracking(
    model: PurchaseModel,
    orders: pd.DataFrame,
    as_of: str | dt.date | pd.Timestamp,
    period_days: int = 7,
) -> pd.DataFrame:
    """Repeat purchases of the customers known at `as_of`, before and after it.

    What is expected is unconditional: each customer is expected to buy, from the first purchase
    on, as a new customer of the model does.

    Args:
        model: A fitted purchase model without covariates.
        orders: The table of `prepare_orders`; those after `as_of` are the hold-out.
        as_of: The last day the model saw.
        period_days: Length of a period; a last, incomplete one is left out.

    Returns:
        One row per period, indexed by its last `day` counted from the first purchase of all:
        `actual, expected` repeat purchases within the period, and `fitted`, whether it ends by
        `as_of`.

    Raises:
        ValueError: The model has covariates.
        NotEnoughDataError: The orders span less than a period.

    Examples:
        >>> from cemkit import BetaGeoModel, load_cdnow, summarize_customers
        >>> orders = load_cdnow("sample")
        >>> model = BetaGeoModel().fit(summarize_customers(orders, "1997-09-30"))
        >>> table = purchase_tracking(model, orders, "1997-09-30")
        >>> table[["actual", "expected"]].sum().round().tolist()
        [4339.0, 4161.0]
    """
    length = check_integer(period_days, "period_days", minimum=1)
    by_day = cohort_purchases_by_day(orders, as_of)
    start = by_day.index[0]
    whole = by_day.reindex(pd.date_range(start, by_day.index[-1]), fill_value=0)
    if len(whole) < length:
        raise NotEnoughDataError("days of orders", len(whole), length, "shorten period_days")
    n_days = len(whole) // length * length
    # A day's newcomers are expected to have made E[X(t)] purchases t days later.
    of_newcomer = [0.0, *model.new_customer_curve(range(1, n_days))]
    joined = whole["first_purchases"].to_numpy(dtype=np.float64)[:n_days]
    cumulative = np.convolve(joined, of_newcomer)[:n_days]
    ends = np.arange(length, n_days + 1, length)
    actual = whole["repeat_purchases"].to_numpy()[:n_days].reshape(-1, length).sum(axis=1)
    known = (check_as_of(as_of) - start).days + 1
    return pd.DataFrame(
        {
            "actual": actual,
            "expected": np.diff(cumulative[ends - 1], prepend=0.0),
            "fitted": ends <= known,
        },
        index=pd.Index(ends, name="day"),
    )

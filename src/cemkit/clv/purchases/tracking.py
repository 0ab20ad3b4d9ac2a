"""purchase_tracking: a cohort's purchases, period by period, against what a model expects."""

import datetime as dt

import numpy as np
import numpy.typing as npt
import pandas as pd

from cemkit.arrays import Floats
from cemkit.checks import check_as_of, check_days
from cemkit.checks.options import LONGEST_WINDOW_DAYS
from cemkit.clv.clock.model_time import ModelTime
from cemkit.clv.purchases.given import check_model
from cemkit.clv.purchases.purchase_model import PurchaseModel
from cemkit.data.reductions.data_span import Day, day_text, orders_end
from cemkit.data.reductions.tracking import cohort_purchases_by_day
from cemkit.errors import DataError, NotEnoughDataError
from cemkit.formats import count_text


def purchase_tracking(
    model: PurchaseModel,
    orders: pd.DataFrame,
    as_of: str | dt.date | pd.Timestamp,
    period_days: int = 7,
    *,
    data_until: str | dt.date | pd.Timestamp | None = None,
) -> pd.DataFrame:
    """Count actual and expected repeat purchases per period, before and after `as_of`.

    The customers are those known at `as_of`. The expectation is unconditional: from the first
    purchase on, each customer is expected to buy like a new customer of the model. The periods run
    to the end of the data, so the last ones have 0 purchases if all these customers have left.

    Args:
        model: Fitted purchase model without covariates.
        orders: Order table from `prepare_orders`. Orders after `as_of` are the hold-out.
        as_of: Last day of the orders used in the fit.
        period_days: Length of a period in days. An incomplete last period is left out.
        data_until: Last day that the data cover. By default the day of the last order of any
            customer, or `as_of` if that is later.

    Returns:
        One row per period, indexed by its last `day`, counted from the first purchase of all
        customers: the `actual` and `expected` repeat purchases of the period, and `fitted`, whether
        it ends by `as_of`.

    Raises:
        ValueError: The model has covariates.
        DataError: `data_until` lies before the last order or before `as_of`.
        NotEnoughDataError: Nobody bought up to `as_of`, or the data span less than a period.

    Examples:
        >>> from cemkit import BetaGeoModel, load_cdnow, customer_table
        >>> orders = load_cdnow("sample")
        >>> model = BetaGeoModel().fit(customer_table(orders, "1997-09-30"))
        >>> table = purchase_tracking(model, orders, "1997-09-30")
        >>> table[["actual", "expected"]].sum().round().tolist()
        [4339.0, 4161.0]
    """
    length = check_days(period_days, "period_days")
    check_model(model)._check_no_covariates("purchase_tracking")
    day = check_as_of(as_of)
    by_day = cohort_purchases_by_day(orders, day)
    if by_day.empty:
        raise NotEnoughDataError(
            "purchases up to as_of", have=0, need=1, hint="choose a later as_of"
        )
    start = by_day.index[0]
    end = _data_end(orders, day, data_until)
    _check_length(start, end)
    whole = by_day.reindex(pd.date_range(start, end, unit=start.unit), fill_value=0)
    if len(whole) < length:
        raise NotEnoughDataError("days of orders", len(whole), length, "shorten period_days")
    n_days = len(whole) // length * length
    joined = whole["first_purchases"].to_numpy(dtype=np.float64)[:n_days]
    ends = np.arange(length, n_days + 1, length)
    known = (day - start).days + 1
    time = model._time_on(day)
    if time.plain:
        # A day's newcomers are expected to have made E[X(t)] purchases t days later.
        of_newcomer = [0.0, *model.new_customer_curve(range(1, n_days))]
        expected = np.convolve(joined, of_newcomer)[ends - 1]
    else:
        expected = _expected_by(ends - 1, joined, model, _moments(time, known - 1, n_days))
    actual = whole["repeat_purchases"].to_numpy()[:n_days].reshape(-1, length).sum(axis=1)
    return pd.DataFrame(
        {
            "actual": actual,
            "expected": np.diff(expected, prepend=0.0),
            "fitted": ends <= known,
        },
        index=pd.Index(ends, name="day"),
    )


def _moments(time: ModelTime, now: int, n_days: int) -> Floats:
    """The model time of each day, counted from the one that is `now` days after the first."""
    days = np.arange(n_days, dtype=np.float64) - now
    past, ahead = np.maximum(-days, 0.0), np.maximum(days, 0.0)
    time.check_plan(ahead)
    moments: Floats = time.until(ahead) - time.since(past)
    return moments


def _expected_by(
    days: npt.NDArray[np.int64], joined: Floats, model: PurchaseModel, moments: Floats
) -> Floats:
    """Purchases expected by each of some days, of customers who joined on each day."""
    first, last = np.nonzero((joined > 0)[:, None] & (np.arange(len(joined))[:, None] < days))
    ages = moments[days[last]] - moments[first]
    of_newcomer = model._newcomer_purchases(ages)
    expected = np.bincount(last, joined[first] * of_newcomer, minlength=len(days))
    return expected.astype(np.float64)


def _check_length(start: pd.Timestamp, end: pd.Timestamp) -> None:
    days = (end - start).days + 1
    if days > LONGEST_WINDOW_DAYS:
        raise DataError(
            f"the orders span {count_text(days, 'days')} from {day_text(start)} to "
            f"{day_text(end)}, more than a century; correct the dates"
        )


def _data_end(orders: pd.DataFrame, as_of: pd.Timestamp, data_until: Day | None) -> pd.Timestamp:
    """The last day of the data; the model saw them up to `as_of`, so they reach as far at least."""
    end = orders_end(orders, data_until)
    if data_until is not None and end < as_of:
        raise DataError(
            f"as_of={day_text(as_of)} lies after data_until={day_text(end)}; the data "
            "must cover the fit, so use a later data_until or an earlier as_of"
        )
    return max(end, as_of)

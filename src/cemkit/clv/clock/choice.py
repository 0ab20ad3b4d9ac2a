"""choose_clock: a seasonal clock or calendar days, as hold-outs inside the past say."""

import datetime as dt
from typing import Any

import pandas as pd

from cemkit.checks import check_as_of
from cemkit.checks.options import shown
from cemkit.clv.clock.holdouts import ClockChoice, chosen_clock
from cemkit.clv.clock.seasonal_clock import SeasonalClock
from cemkit.clv.purchases.given import check_model
from cemkit.clv.purchases.models import BetaGeoModel
from cemkit.clv.purchases.purchase_model import PurchaseModel


def choose_clock(
    orders: Any,
    as_of: str | dt.date | pd.Timestamp,
    *,
    model: PurchaseModel | None = None,
    clock: SeasonalClock | None = None,
) -> ClockChoice:
    """Choose between a seasonal clock and calendar days by hold-outs within the past.

    With fewer than 425 days of orders, calendar days are chosen. Otherwise the clock and the model
    are fitted to the orders up to several dates: every 30 days back from `as_of`, up to 8 times,
    while at least a year of orders lies before. At each date, the model with the clock and the
    model without predict the purchases of the next 30, 60, 90 and 180 days, as far as observed. The
    clock is chosen if

    - its median absolute error is at most nine tenths of that of calendar days,
    - that error is smaller by at least 10 percentage points divided by the number of dates, and
    - its worst error is at most 2 points above that of calendar days.

    `BetaGeoModel(clock="auto").fit(customers, orders=orders)` does the same.

    Args:
        orders: Order table from `prepare_orders`. Orders after `as_of` are ignored.
        as_of: Last day seen.
        model: Purchase model, unfitted and without covariates; `BetaGeoModel()` by default.
        clock: Clock to try, unfitted; `SeasonalClock()` by default.

    Returns:
        A `ClockChoice`. Pass its `clock` to the purchase model.

    Raises:
        NotEnoughDataError: Nobody bought up to `as_of`.
        DataError: The orders have a gap.

    Examples:
        >>> from cemkit import load_cdnow
        >>> choose_clock(load_cdnow("sample"), "1997-09-30").clock is None
        True
    """
    day = check_as_of(as_of)
    tried = SeasonalClock() if clock is None else clock
    if not isinstance(tried, SeasonalClock):
        raise TypeError(f"clock must be a SeasonalClock, not {shown(clock)}")
    taken = BetaGeoModel() if model is None else check_model(model)
    if taken.covariates:
        raise ValueError(
            "choose_clock needs a model without covariates, because it makes the "
            "customer tables itself; leave covariates out"
        )
    return chosen_clock(taken, orders, day, tried)

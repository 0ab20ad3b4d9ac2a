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
    """Choose between a seasonal clock and calendar days by totals predicted inside the past.

    It takes 425 days of orders; with fewer it is calendar days. Every 30 days back from `as_of`, up
    to 8 times and as long as a year of orders lies before, clock and model are fitted to the
    orders up to then. Both predict the purchases of the 30, 60, 90 and 180 days that follow, as far
    as they are seen. The clock is chosen where its median absolute error is at most nine tenths of
    that of calendar days and smaller by at least 10 percentage points over the number of dates, and
    its worst no more than 2 points above theirs. `BetaGeoModel(clock="auto").fit(customers,
    orders=orders)` does the same.

    Args:
        orders: The table of `prepare_orders`; nothing after `as_of` is looked at.
        as_of: The last day seen.
        model: The purchase model, unfitted and without covariates; `BetaGeoModel()` by default.
        clock: The clock to try, unfitted; `SeasonalClock()` by default.

    Returns:
        A `ClockChoice`; give its `clock` to the purchase model.

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
        raise ValueError("choose_clock takes a model without covariates, as it makes the tables")
    return chosen_clock(taken, orders, day, tried)

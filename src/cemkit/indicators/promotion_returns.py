"""The return on investment of all promotions together, by cemkit.impact."""

import math
from typing import Any

import numpy as np
import pandas as pd

from cemkit.checks import check_fraction
from cemkit.data.calendar import read_calendar
from cemkit.data.reductions.sales import daily_amounts
from cemkit.errors import NotEnoughDataError
from cemkit.impact import PromotionProfit, promotion_effect, promotion_profit

WEEK = "W-SUN"


def return_on_promotions(
    orders: Any,
    promotions: pd.DataFrame,
    end: pd.Timestamp,
    *,
    margin: float | None,
    spent: float,
    confidence_level: float,
) -> PromotionProfit | str:
    """The profit of the promotions that are over, or what is needed to know it."""
    sales = weekly_sales(orders, end)
    if not len(sales):
        return "a whole week of orders"
    first, last = sales.index[0].start_time, sales.index[-1].end_time.normalize()
    calendar = read_calendar(promotions, "promotions", first, last)
    if margin is None or "size" not in calendar:
        return "margin, and the size of promotions: the discount as a fraction"
    check_fraction(margin, "margin")
    seen = calendar[(calendar["end_date"] <= last) & (calendar["start_date"] >= first)]
    if seen.empty:
        return "promotions that are over within whole weeks of orders"
    try:
        effect = promotion_effect(sales, seen.reset_index(drop=True))
    except NotEnoughDataError as error:
        return f"a longer history: {error}"
    if not math.isfinite(effect.net_amount):
        return "years that show the weeks of the promotions without one"
    return promotion_profit(
        effect,
        margin=margin,
        discount=float(seen["size"].mean()),
        fixed_cost=spent,
        confidence_level=confidence_level,
    )


def weekly_sales(orders: Any, end: pd.Timestamp) -> pd.Series:
    """The amounts of the weeks that are over by `end`, from the first whole one on."""
    days = daily_amounts(orders).set_index("day")["amount"]
    days = days[days.index <= end]
    weeks = days.groupby(pd.DatetimeIndex(days.index).to_period(WEEK)).sum()
    span = pd.period_range(weeks.index[0], weeks.index[-1], freq=WEEK)
    weeks = weeks.reindex(span, fill_value=0.0)
    whole = (span.end_time.normalize() <= end) & (span.start_time >= days.index[0])
    return weeks[np.asarray(whole)]

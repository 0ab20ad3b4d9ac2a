"""The past of a customer base, week by week: what was bought, and what a model expects."""

import dataclasses
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from cemkit.arrays import Floats
from cemkit.data.reductions.data_span import day_text
from cemkit.data.reductions.sales import daily_amounts
from cemkit.data.reductions.tracking import cohort_purchases_by_day
from cemkit.errors import DataError

LONGEST_SILENCE = 28  # days without any order before as_of
EARLIEST = 20 * 365  # days of the past that are looked at


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """Days up to `as_of`: new customers, repeat purchases and net revenue of each.

    The first day is made the first of a week that ends on `as_of` after whole weeks; `lead` is how
    many days of the first week lie before the first order.
    """

    joined: Floats
    repeats: Floats
    revenue: Floats
    lead: int

    @property
    def exposure(self) -> Floats:
        """How much of each week the orders cover."""
        weeks = np.ones(len(self.joined) // 7)
        weeks[0] = 1 - self.lead / 7
        return weeks

    def weekly(self, days: Floats) -> Floats:
        """Sums of whole weeks."""
        sums: Floats = days.reshape(-1, 7).sum(axis=1)
        return sums

    def expected_repeats(self, curve: Callable[[Floats], Floats], time: Floats) -> Floats:
        """Repeat purchases that a model expects in each week; `time` is that of its day's ends."""
        ends = time[6::7]
        since = np.maximum(np.subtract.outer(ends, time), 0.0)
        expected: Floats = np.diff(curve(since) @ self.joined, prepend=0.0)
        return expected


def read_past(orders: Any, as_of: pd.Timestamp) -> Past:
    """The days of orders up to `as_of`."""
    bought = cohort_purchases_by_day(orders, as_of)
    bought = bought[bought.index <= as_of]
    amounts = daily_amounts(orders).set_index("day")["amount"]
    amounts = amounts[amounts.index <= as_of]
    silent = (as_of - bought.index[-1]).days
    if silent > LONGEST_SILENCE:
        raise DataError(
            f"the last order up to as_of={day_text(as_of)} is on "
            f"{day_text(bought.index[-1])}, {silent} days before, and a forecast would "
            "treat the days since as days without purchases; choose an as_of at the end "
            "of the data"
        )
    first = max(bought.index[0], as_of - pd.Timedelta(days=EARLIEST))
    n_weeks = -(-((as_of - first).days + 1) // 7)
    days = pd.date_range(end=as_of, periods=7 * n_weeks, unit="us")
    whole = bought.set_axis(bought.index.astype(days.dtype)).reindex(days, fill_value=0)
    revenue = amounts.set_axis(amounts.index.astype(days.dtype)).reindex(days, fill_value=0.0)
    return Past(
        joined=whole["first_purchases"].to_numpy(dtype=np.float64),
        repeats=whole["repeat_purchases"].to_numpy(dtype=np.float64),
        revenue=revenue.to_numpy(dtype=np.float64),
        lead=7 * n_weeks - (as_of - first).days - 1,
    )

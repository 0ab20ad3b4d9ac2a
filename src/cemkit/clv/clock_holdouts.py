"""Which clock a purchase model takes: the one given, or the one that past hold-outs speak for."""

import dataclasses
from typing import Any

import pandas as pd
from sklearn.base import clone

from cemkit.checks.options import shown
from cemkit.clv.clock import SeasonalClock, table_day
from cemkit.errors import DataError
from cemkit.results import Result


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ClockChoice(Result):
    """Whether past hold-outs speak for a seasonal clock or for plain days."""

    clock: SeasonalClock | None
    table: pd.DataFrame


def check_clock(clock: Any) -> SeasonalClock | None:
    """The clock of a model that is asked without a fit."""
    if clock is None or isinstance(clock, SeasonalClock):
        return clock
    if isinstance(clock, str) and clock == "auto":
        raise ValueError("clock='auto' is decided by fit: call fit(customers, orders=orders)")
    raise TypeError(f"clock must be a SeasonalClock, 'auto' or None, not {shown(clock)}")


def clock_of_fit(
    model: Any, customers: pd.DataFrame, orders: Any
) -> tuple[SeasonalClock | None, ClockChoice | None]:
    """The fitted clock of a model that is fitted to these customers, and how it was chosen."""
    clock = model.clock
    if isinstance(clock, str) and clock == "auto":
        raise NotImplementedError
    clock = check_clock(clock)
    if clock is None or hasattr(clock, "coefficients_"):
        return clock, None
    return clone(clock).fit(orders, _day_of(customers, orders)), None


def _day_of(customers: pd.DataFrame, orders: Any) -> pd.Timestamp:
    if orders is None:
        raise ValueError(
            "the clock is not fitted: call clock.fit(orders, as_of=...) first, or fit the model "
            "with fit(customers, orders=orders)"
        )
    day = table_day(customers)
    if day is None:
        raise DataError(
            "the customer table has no last_order_date, which says of which day it is; make it "
            "with customer_table, or fit the clock first: SeasonalClock().fit(orders, as_of=...)"
        )
    return day

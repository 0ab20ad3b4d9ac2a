"""Lifetime value without a model: from averages, and from a plan of cash flows."""

from collections.abc import Iterable
from numbers import Real
from typing import Any, Literal, cast

import numpy as np
import numpy.typing as npt
import pandas as pd

from cemkit.checks import check_choice, check_list, check_number, finite_values

FALLS_AT = {"start": 0.0, "middle": 0.5, "end": 1.0}


def simple_value(
    mean_amount: float, orders_per_year: float, years: float, margin: float = 1.0
) -> float:
    """Compute order value times frequency times lifespan times margin, without discounting.

    This rule of thumb assumes that every customer is average and stays for the whole lifespan.

    Args:
        mean_amount: Mean amount of an order.
        orders_per_year: Number of orders per year, at least 0.
        years: Number of years that a customer stays, at least 0.
        margin: Profit as a fraction of the amount.

    Returns:
        Value of a customer, in the currency of `mean_amount`.

    Raises:
        ValueError: A number is out of its range.

    Examples:
        >>> simple_value(mean_amount=50, orders_per_year=4, years=3, margin=0.3)
        180.0
    """
    amount = check_number(mean_amount, "mean_amount")
    frequency = check_number(orders_per_year, "orders_per_year", minimum=0)
    lifespan = check_number(years, "years", minimum=0)
    return amount * frequency * lifespan * check_number(margin, "margin")


def discounted_cash_flows(
    cash_flows: npt.ArrayLike,
    rate: float,
    timing: Literal["start", "middle", "end"] = "end",
) -> float:
    """Compute the present value of cash flows in equal periods.

    It is the sum of `cash_flows[i] / (1 + rate)^(i + when)`, where `when` is 0, 1/2 or 1 by
    `timing`.

    Args:
        cash_flows: Cash flow of each period, in order. Costs are negative.
        rate: Discount rate per period, as a fraction above -1.
        timing: Time within its period at which each cash flow occurs: its start, middle or end.

    Returns:
        Present value, in the currency of the cash flows.

    Raises:
        DataError: A cash flow is missing or infinite.
        ValueError: The rate is -1 or less, or the timing is unknown.

    Examples:
        >>> discounted_cash_flows([110, 121], rate=0.10)
        200.0
        >>> discounted_cash_flows([100, 110], rate=0.10, timing="start")
        200.0
    """
    discount = check_number(rate, "rate")
    if discount <= -1:
        raise ValueError(f"rate must be above -1, not {rate!r}")
    when = FALLS_AT[check_choice(timing, "timing", list(FALLS_AT))]
    one = isinstance(cash_flows, Real) or (
        isinstance(cash_flows, np.ndarray) and cash_flows.ndim == 0
    )
    given = [cash_flows] if one else check_list(cast("Iterable[Any]", cash_flows), "cash_flows")
    flows = finite_values(pd.Series(given, dtype=None if given else "float64"), "cash_flows")
    return float(flows @ (1 + discount) ** -(np.arange(len(flows)) + when))

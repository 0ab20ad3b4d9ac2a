"""effect_by_day: how the difference came about, against novelty and against peeking unawares."""

import datetime as dt
from typing import Any, Literal

import numpy as np
import pandas as pd

from cemkit.arrays import Floats
from cemkit.checks import check_choice, check_fraction, check_spellings, meant
from cemkit.data.reductions.data_span import check_window_seen, last_order_day
from cemkit.data.reductions.experiments import assigned_days
from cemkit.data.reductions.table_rows import count_rows
from cemkit.errors import DataError, NotEnoughDataError
from cemkit.experiments.sequential import confidence_sequence
from cemkit.experiments.table import (
    check_assignment,
    check_control,
    check_window,
    with_id_column,
)
from cemkit.proportions.intervals import critical_value, difference_bounds


def effect_by_day(
    assignment: Any,
    orders: Any,
    start_date: str | dt.date | pd.Timestamp,
    end_date: str | dt.date | pd.Timestamp,
    *,
    control: str = "control",
    metric: Literal["converted", "amount"] = "converted",
    data_until: str | dt.date | pd.Timestamp | None = None,
    confidence_level: float = 0.95,
) -> pd.DataFrame:
    """Return the cumulative and daily differences between variants for each day.

    A novelty effect appears as daily differences that fade. The `sequence_*` bounds hold on all
    days together, so you may pick the best-looking day. `lower, upper` hold only for a day chosen
    beforehand (Miettinen-Nurminen for conversions, normal for amounts).

    Args:
        assignment: `customer_id, variant`, one row per customer.
        orders: Order table with `customer_id, order_date, amount`.
        start_date: The first day.
        end_date: The last day.
        control: The variant to compare with.
        metric: `"converted"`, whether a customer has bought by that day, or `"amount"`, the money
            net of returns by that day.
        data_until: The last day that the data cover, where nothing was sold on it; by default the
            day of the last order of the whole table. A window that ends later raises an error,
            because the days after the data would count as days without purchases.
        confidence_level: Confidence level of each interval, and of the whole confidence sequence.

    Returns:
        Per variant other than the control and day: `variant, day, control_value, value,
        difference, lower, upper, sequence_lower, sequence_upper, daily_difference`, the values
        being per assigned customer from the first day on.

    Raises:
        MissingColumnsError: A table lacks a column.
        DataError: A customer has more than one row, an id, variant, order date or amount is
            missing, the control is not among the variants, the window ends after the data do, or
            `data_until` lies before the last order.
        NotEnoughDataError: There is one variant only, a variant has fewer than two customers, or
            nobody ordered in the window.

    References:
        Waudby-Smith, Arbour, Sinha, Kennedy, Ramdas (2024), Time-uniform central limit theory and
        asymptotic confidence sequences, Annals of Statistics 52.

    Examples:
        >>> assignment = pd.DataFrame({"customer_id": range(4), "variant": ["A", "A", "B", "B"]})
        >>> orders = pd.DataFrame(
        ...     {"customer_id": [2], "order_date": pd.to_datetime(["2024-03-02"]), "amount": [9.5]}
        ... )
        >>> effect_by_day(assignment, orders, "2024-03-01", "2024-03-02", control="A")[
        ...     ["variant", "day", "difference", "daily_difference"]
        ... ]
          variant        day  difference  daily_difference
        0       B 2024-03-01         0.0               0.0
        1       B 2024-03-02         0.5               0.5
    """
    check_choice(metric, "metric", ["converted", "amount"])
    control = check_control(control)
    check_fraction(confidence_level, "confidence_level")
    start, end = check_window(start_date, end_date)
    assignment, orders = with_id_column(assignment), with_id_column(orders)
    check_assignment(assignment)
    sizes = count_rows(assignment, ["variant"]).set_index("variant")["rows"]
    check_spellings(sizes.index, "variant")
    if control not in sizes.index:
        names = sizes.index.tolist()
        raise DataError(
            f"control {control!r} is not a variant{meant(control, names)}; there are {names}"
        )
    if len(sizes) < 2:
        raise NotEnoughDataError("variants", len(sizes), 2)
    if sizes.min() < 2:
        raise NotEnoughDataError("customers in a variant", int(sizes.min()), 2)
    steps = _steps(assigned_days(assignment, orders, start=start, end=end), metric)
    if steps.empty:
        raise NotEnoughDataError("assigned customers with an order in the window", 0, 1)
    check_window_seen(pd.Timestamp(end), last_order_day(orders), data_until)
    dates = pd.date_range(start, end)
    curves = {
        name: _moments(steps[steps["variant"] == name], int(size), len(dates))
        for name, size in sizes.items()
    }
    base = curves.pop(control)
    tables = [
        _effects(base, arm, metric, 1 - confidence_level).assign(
            variant=pd.Series([name] * len(dates)), day=dates
        )
        for name, arm in curves.items()
    ]
    table = pd.concat(tables, ignore_index=True)
    return table[["variant", "day", *table.columns.drop(["variant", "day"])]]


def _steps(days: pd.DataFrame, metric: str) -> pd.DataFrame:
    """By how much each customer's total and its square rise, on each day that they do."""
    days = days.sort_values(["customer_id", "day"])
    if metric == "converted":
        first = days[days["purchases"] > 0].drop_duplicates("customer_id")
        return first.assign(rise=1.0, square_rise=1.0)
    after = days.groupby("customer_id")["amount"].cumsum()
    before = after - days["amount"]
    return days.assign(rise=days["amount"], square_rise=after**2 - before**2)


def _moments(steps: pd.DataFrame, size: int, days: int) -> tuple[Floats, Floats, int]:
    """Mean and variance of the customers' totals by each day."""
    sums, squares = (
        np.cumsum(np.bincount(steps["day"], weights=steps[name], minlength=days))
        for name in ("rise", "square_rise")
    )
    mean = sums / size
    return mean, np.maximum(squares / size - mean**2, 0.0) * size / (size - 1), size


def _effects(
    base: tuple[Floats, Floats, int], arm: tuple[Floats, Floats, int], metric: str, alpha: float
) -> pd.DataFrame:
    (mean1, var1, n1), (mean2, var2, n2) = base, arm
    variance = var1 / n1 + var2 / n2
    difference = mean2 - mean1
    critical = np.full_like(difference, critical_value(1 - alpha))
    half = critical * np.sqrt(variance)
    lower, upper = difference - half, difference + half
    if metric == "converted":
        arms = [(np.rint(mean * n), np.full_like(mean, n)) for mean, _, n in (base, arm)]
        lower, upper = difference_bounds(*arms[0], *arms[1], critical)
    wide = confidence_sequence(variance, float(variance.max()), alpha)
    return pd.DataFrame(
        {
            "control_value": mean1,
            "value": mean2,
            "difference": difference,
            "lower": lower,
            "upper": upper,
            "sequence_lower": np.minimum(difference - wide, lower),
            "sequence_upper": np.maximum(difference + wide, upper),
            "daily_difference": np.diff(difference, prepend=0.0),
        }
    )

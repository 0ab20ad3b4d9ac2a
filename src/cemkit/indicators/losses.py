"""expected_loss and retained_value: what churn takes, and what is left, customer by customer."""

import pandas as pd

from cemkit.arrays import Floats
from cemkit.checks import (
    Customers,
    check_columns,
    check_days,
    check_frame,
    check_number,
    finite_values,
)
from cemkit.checks.options import shown
from cemkit.errors import DataError

VALUE = "value_if_retained"
TWICE = (
    "clv of a purchase model already contains dropout, so churn would be counted twice; give the "
    "value of a customer who stays, such as customers['clv'] / customers['alive_probability'] for "
    "one who is active today"
)


def expected_loss(
    customers: pd.DataFrame,
    value: str | float | pd.Series = VALUE,
    *,
    window_days: int | None = None,
    horizon_days: int | None = None,
) -> pd.DataFrame:
    """Return what each customer's churn is expected to cost: churn probability times value.

    Both must cover the same days. The value is that of a customer who stays; a lifetime value of a
    purchase model already contains dropout and raises an error.

    Args:
        customers: One row per customer with `churn_probability`, such as from `ChurnModel.add_to`.
        value: Value of each customer if retained: the name of a column, a Series with the same
            customers, or one number for all.
        window_days: Days that the churn probability covers, where you want them checked.
        horizon_days: Days that the value covers, where you want them checked.

    Returns:
        The same rows and index with `value_if_retained` and `expected_loss`, in the currency of the
        value. The sum of `expected_loss` is the expected loss of all customers. Customers who never
        ordered have missing values.

    Raises:
        DataError: `value` is a lifetime value (`clv`), a probability lies outside [0, 1], a value
            is missing, or window and horizon differ.
        MissingColumnsError: `churn_probability` or the column of the value is missing.

    References:
        Gupta, Lehmann (2005), Managing customers as investments, for value times retention.

    Examples:
        >>> customers = pd.DataFrame(
        ...     {"churn_probability": [0.9, 0.1], "value_if_retained": [100.0, 400.0]},
        ...     index=pd.Index(["ann", "bob"], name="customer_id"),
        ... )
        >>> expected_loss(customers)["expected_loss"].to_dict()
        {'ann': 90.0, 'bob': 40.0}
    """
    _check_horizons(window_days, horizon_days)
    rows, probability, worth = _read(customers, value)
    return rows.added({VALUE: worth, "expected_loss": probability * worth})


def retained_value(
    customers: pd.DataFrame,
    value: str | float | pd.Series = VALUE,
    *,
    unrecovered_cost: str | float | pd.Series = 0.0,
    window_days: int | None = None,
    horizon_days: int | None = None,
) -> pd.DataFrame:
    """Return what each customer is expected to be worth after churn and the cost of acquisition.

    The probability of staying times the value of a customer who stays, less the acquisition cost
    that this customer's profit has not yet paid back.

    Args:
        customers: One row per customer with `churn_probability`, such as from `ChurnModel.add_to`.
        value: Value of each customer if retained: the name of a column, a Series with the same
            customers, or one number for all.
        unrecovered_cost: Acquisition cost not yet recovered, 0 or more: the name of a column, a
            Series with the same customers, or one number for all.
        window_days: Days that the churn probability covers, where you want them checked.
        horizon_days: Days that the value covers, where you want them checked.

    Returns:
        The same rows and index with `value_if_retained` and `retained_value`, in the currency of
        the value. Customers who never ordered have missing values.

    Raises:
        DataError: `value` is a lifetime value (`clv`), a probability lies outside [0, 1], a value
            is missing, a cost is negative, or window and horizon differ.
        MissingColumnsError: `churn_probability` or a named column is missing.

    References:
        Gupta, Lehmann (2005), Managing customers as investments, for value times retention.

    Examples:
        >>> customers = pd.DataFrame(
        ...     {"churn_probability": [0.9, 0.1], "value_if_retained": [100.0, 400.0]},
        ...     index=pd.Index(["ann", "bob"], name="customer_id"),
        ... )
        >>> retained_value(customers, unrecovered_cost=15.0)["retained_value"].to_dict()
        {'ann': -5.0, 'bob': 345.0}
    """
    _check_horizons(window_days, horizon_days)
    rows, probability, worth = _read(customers, value)
    cost = _money(rows, unrecovered_cost, "unrecovered_cost")
    if (cost < 0).any():
        raise DataError(f"unrecovered_cost must be 0 or more, not {cost.min():g}")
    return rows.added({VALUE: worth, "retained_value": (1 - probability) * worth - cost})


def _read(
    customers: pd.DataFrame, value: str | float | pd.Series
) -> tuple[Customers, Floats, Floats]:
    """The customers who ordered, their churn probabilities, and their values if retained."""
    check_frame(customers, "customers")
    check_columns(customers.columns, ["churn_probability"], "add it with ChurnModel.add_to")
    named = value if isinstance(value, str) else getattr(value, "name", None)
    if named == "clv" or (named == VALUE and _has_only_clv(customers, value)):
        raise DataError(TWICE)
    rows = Customers.of(customers)
    probability = finite_values(rows.table["churn_probability"], "churn_probability")
    if not ((probability >= 0) & (probability <= 1)).all():
        wrong = probability[~((probability >= 0) & (probability <= 1))][0]
        raise DataError(f"churn_probability must lie in [0, 1], not {wrong:g}")
    return rows, probability, _money(rows, value, "value")


def _has_only_clv(customers: pd.DataFrame, value: str | float | pd.Series) -> bool:
    return isinstance(value, str) and value not in customers and "clv" in customers


def _money(rows: Customers, value: str | float | pd.Series, name: str) -> Floats:
    """Amounts of the customers who ordered, from a column, a Series or one number."""
    table: pd.DataFrame = rows.table
    if isinstance(value, str):
        check_columns(table.columns, [value], f"name the column of {name}")
        return finite_values(table[value], value)
    if isinstance(value, pd.Series):
        return finite_values(rows.column(value, name), name)
    number = check_number(value, name)
    return finite_values(pd.Series(number, index=table.index, dtype="float64"), name)


def _check_horizons(window_days: int | None, horizon_days: int | None) -> None:
    days = {"window_days": window_days, "horizon_days": horizon_days}
    given = {name: check_days(number, name) for name, number in days.items() if number is not None}
    if len(set(given.values())) > 1:
        raise DataError(
            f"churn is predicted for {shown(window_days)} days and the value covers "
            f"{shown(horizon_days)}; both must cover the same days, so predict one of them again"
        )

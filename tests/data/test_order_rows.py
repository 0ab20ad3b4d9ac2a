"""What every reader of orders refuses, in the same words on every engine."""

import numpy as np
import pandas as pd
import pytest

from cemkit.data.engines import scan
from cemkit.data.order_rows import check_complete, scan_orders
from cemkit.errors import DataError, MissingColumnsError

ORDERS = pd.DataFrame(
    {"customer_id": [7.0, 8.0], "order_date": pd.to_datetime(["2024-01-01"] * 2), "amount": [5, 0]}
)
TIMES = ORDERS["order_date"]


@pytest.mark.parametrize(
    ("column", "values", "message"),
    [
        ("order_date", ["2024-01-01"] * 2, "^order_date must hold dates without a time zone, not "),
        ("order_date", TIMES.dt.tz_localize("UTC"), "^order_date must hold dates without a time z"),
        ("amount", ["5", "0"], "^amount must be numeric, not String; make the orders table with "),
    ],
)
def test_columns_of_other_types_are_refused(column: str, values: object, message: str) -> None:
    with pytest.raises(DataError, match=message):
        scan_orders(ORDERS.assign(**{column: values}))


def test_columns_that_are_needed_must_be_there() -> None:
    assert scan_orders(ORDERS.drop(columns="customer_id"), ["order_date", "amount"])
    with pytest.raises(MissingColumnsError, match="missing column 'customer_id'"):
        scan_orders(ORDERS.drop(columns="customer_id"))


@pytest.mark.parametrize(
    ("column", "value", "problem"),
    [
        ("customer_id", np.nan, "missing or infinite"),
        ("order_date", pd.NaT, "missing"),
        ("amount", np.nan, "missing or infinite"),
        ("amount", -np.inf, "missing or infinite"),
    ],
)
def test_a_missing_value_is_told_and_counted(
    engine, column: str, value: object, problem: str
) -> None:
    orders = ORDERS.astype({"amount": "float64"})
    orders.loc[0, column] = value
    with pytest.raises(DataError, match=f"^{column} is {problem} in 1 of 2 rows; make the orders"):
        check_complete(scan(engine(orders), "orders"))


def test_rows_that_lack_nothing_are_counted(quick_engine) -> None:
    assert check_complete(scan(quick_engine(ORDERS), "orders")) == 2
    assert check_complete(scan(quick_engine(ORDERS.head(0)), "orders")) == 0
    whole = ORDERS.astype({"customer_id": "Int64", "amount": "int64"})
    assert check_complete(scan(quick_engine(whole), "orders")) == 2

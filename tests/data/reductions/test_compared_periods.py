"""What customers did in two periods, against plain pandas and on every engine."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from cemkit.data.reductions.compared_periods import BASE, CURRENT, sums_of_two_periods
from cemkit.errors import DataError, MissingColumnsError, NotEnoughDataError

BEFORE, AFTER = pd.Period("2024-02", "M"), pd.Period("2024-03", "M")


def drawn(seed: int = 0, rows: int = 400) -> pd.DataFrame:
    """Orders from January to April with returns, free items, missing channels, and times."""
    rng = np.random.default_rng(seed)
    days = pd.to_timedelta(rng.integers(0, 115 * 24, rows), "h").astype("timedelta64[us]")
    return pd.DataFrame(
        {
            "customer_id": rng.choice([f"客户{k}" for k in range(60)], rows),
            "order_date": (pd.Timestamp("2024-01-01") + days).astype("datetime64[us]"),
            "amount": rng.normal(20, 15, rows).round(2),
            "order_id": rng.integers(0, rows // 2, rows),
            "quantity": rng.integers(0, 4, rows),
            "channel": rng.choice(["网店", "shop", None], rows),
        }
    )


def by_hand(orders: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    """The same cells by plain pandas."""
    period = orders["order_date"].dt.to_period("M")
    rows = orders.assign(side=np.select([period == BEFORE, period == AFTER], [BASE, CURRENT], 0))
    rows = rows[rows["side"] > 0]
    bought = rows["amount"] >= 0
    rows = rows.assign(
        returned=rows["amount"].where(~bought, 0.0),
        quantity=rows["quantity"].where(bought, 0.0),
        order=rows["order_id"].where(bought),
        amount=rows["amount"].where(bought, 0.0),
    )
    return (
        rows.groupby(["customer_id", *by, "side"], dropna=False)
        .agg(
            orders=("order", "nunique"),
            amount=("amount", "sum"),
            returned=("returned", "sum"),
            quantity=("quantity", "sum"),
        )
        .reset_index()
    )


def in_order(cells: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    """The cells in one order, with plain types."""
    plain = cells.assign(**{name: cells[name].astype(object).fillna("none") for name in by})
    keys = ["customer_id", *by, "side"]
    numbers = ["orders", "amount", "returned", "quantity"]
    plain = plain.assign(customer_id=plain["customer_id"].astype(object))
    return plain.sort_values(keys, ignore_index=True).astype(dict.fromkeys(numbers, "float64"))[
        [*keys, *numbers]
    ]


@pytest.mark.filterwarnings("ignore:Dask:FutureWarning")
def test_every_engine_gives_the_same_cells(quick_engine: Any) -> None:
    check_cells(quick_engine)


@pytest.mark.exhaustive
def test_spark_gives_the_same_cells(given_on: Any) -> None:
    check_cells(given_on("pyspark"))


def check_cells(engine: Any) -> None:
    """Cells, first days and later rows are those of plain pandas."""
    orders = drawn()
    found = sums_of_two_periods(engine(orders), BEFORE, AFTER, ["channel"])
    expected = by_hand(orders, ["channel"])
    pd.testing.assert_frame_equal(
        in_order(found.cells, ["channel"]), in_order(expected, ["channel"]), check_dtype=False
    )
    past = orders[(orders["order_date"] < "2024-04-01") & (orders["amount"] >= 0)]
    first = past.groupby("customer_id")["order_date"].min().dt.normalize()
    assert found.later_rows == (orders["order_date"] >= "2024-04-01").sum()
    assert pd.to_datetime(found.first_day, unit="D").to_dict() == first.to_dict()


def test_without_order_ids_an_order_is_a_day() -> None:
    orders = drawn(1).drop(columns=["order_id", "quantity"])
    found = sums_of_two_periods(orders, BEFORE, AFTER, [])
    bought = orders[orders["amount"] >= 0]
    days = bought.assign(day=bought["order_date"].dt.normalize()).drop_duplicates(
        ["customer_id", "day"]
    )
    count = (days["day"].dt.to_period("M") == AFTER).sum()
    assert found.cells.loc[found.cells["side"] == CURRENT, "orders"].sum() == count
    assert not found.has_quantity


def test_row_order_does_not_matter() -> None:
    orders = drawn(2)
    one, other = (
        sums_of_two_periods(table, BEFORE, AFTER, ["channel"])
        for table in (orders, orders.sample(frac=1, random_state=1))
    )
    pd.testing.assert_frame_equal(
        in_order(one.cells, ["channel"]), in_order(other.cells, ["channel"]), rtol=1e-12
    )


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        ({"amount": None}, DataError, "amount is missing or infinite in"),
        ({"quantity": -1}, DataError, "quantity is missing or negative in"),
        ({"quantity": "two"}, DataError, "quantity must be numeric"),
        ({"order_date": None}, DataError, "order_date is missing in"),
    ],
)
def test_bad_values_are_refused(change: dict[str, Any], error: type, words: str) -> None:
    orders = drawn(3)
    for column, value in change.items():
        mixed = orders[column].astype(object)
        mixed[::2] = value
        orders[column] = mixed if isinstance(value, str) else mixed.infer_objects()
        if value is None:
            orders[column] = orders[column].astype(drawn(3)[column].dtype)
    with pytest.raises(error, match=words):
        sums_of_two_periods(orders, BEFORE, AFTER, [])


def test_a_column_or_purchases_that_are_missing() -> None:
    with pytest.raises(MissingColumnsError, match="did you mean 'channel'"):
        sums_of_two_periods(drawn(), BEFORE, AFTER, ["chanel"])
    returns = drawn().assign(amount=-1.0)
    with pytest.raises(
        NotEnoughDataError, match="need at least 1 purchase up to the end of the period, got 0"
    ):
        sums_of_two_periods(returns, BEFORE, AFTER, [])

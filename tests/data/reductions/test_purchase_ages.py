"""Purchase days per first day, on every engine."""

import duckdb
import pandas as pd
import polars as pl
import pytest

from cemkit.data.reductions.purchase_ages import purchases_by_first_day
from cemkit.errors import DataError, NotEnoughDataError

ORDERS = pd.DataFrame(
    {
        "customer_id": ["李", "李", "李", "b", "b", "c", "d"],
        "order_date": pd.to_datetime(
            [f"1970-01-{day}" for day in ("03", "05 10:00", "05", "03", "09", "20", "04")],
            format="mixed",
        ),
        "amount": [1.0, 0.0, 2.0, 3.0, 4.0, 5.0, -1.0],
    }
)
EXPECTED = [[2, 2, 2], [2, 4, 1], [2, 8, 1]]
AS_OF = pd.Timestamp("1970-01-10")


def relation(orders: pd.DataFrame) -> duckdb.DuckDBPyRelation:
    return duckdb.connect().from_df(orders)


@pytest.mark.parametrize("engine", [lambda table: table, pl.from_pandas, relation])
def test_pairs_are_counted_up_to_the_day(engine: object) -> None:
    pairs = purchases_by_first_day(engine(ORDERS), AS_OF)  # type: ignore[operator]
    assert pairs.columns.tolist() == ["first_day", "day", "purchases"]
    assert pairs.to_numpy().tolist() == EXPECTED


def test_the_order_of_rows_does_not_matter() -> None:
    pairs = purchases_by_first_day(ORDERS.sample(frac=1, random_state=3), AS_OF)
    assert pairs.to_numpy().tolist() == EXPECTED


def test_orders_that_are_refused() -> None:
    with pytest.raises(NotEnoughDataError, match="need at least 1 purchase up to as_of, got 0"):
        purchases_by_first_day(ORDERS, pd.Timestamp("1970-01-01"))
    with pytest.raises(DataError, match="order_date is missing"):
        purchases_by_first_day(ORDERS.assign(order_date=pd.NaT), AS_OF)

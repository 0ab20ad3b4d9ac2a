"""The group-bys on every engine against pandas."""

from typing import Any

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from cemkit.data.reductions.sales import daily_amounts
from cemkit.errors import DataError, MissingColumnsError

RNG = np.random.default_rng(0)
ORDERS = pd.DataFrame(
    {
        "order_date": pd.Timestamp("2023-12-20")
        + pd.to_timedelta(RNG.integers(0, 40 * 24, 500), "h"),
        "amount": RNG.normal(20, 15, 500).round(2),
        "channel": RNG.choice(["web", "shop"], 500),
    }
)
ENGINES: dict[str, Any] = {
    "pandas": lambda frame: frame,
    "polars": pl.from_pandas,
    "polars lazy": lambda frame: pl.from_pandas(frame).lazy(),
    "pyarrow": pa.Table.from_pandas,
    "duckdb": duckdb.from_df,
}


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("net", [True, False])
@pytest.mark.parametrize("by", [None, "channel"])
def test_daily_amounts(engine: str, net: bool, by: str | None) -> None:
    ours = daily_amounts(ENGINES[engine](ORDERS), by=by, net=net)
    kept = ORDERS if net else ORDERS[ORDERS["amount"] >= 0]
    keys = [kept["order_date"].dt.normalize().rename("day"), *([] if by is None else [kept[by]])]
    theirs = kept.groupby(keys)["amount"].sum().reset_index()
    assert ours.columns.tolist() == theirs.columns.tolist()
    assert ours["day"].tolist() == theirs["day"].tolist()
    assert ours["amount"].to_numpy() == pytest.approx(theirs["amount"].to_numpy())


def test_rows_without_a_date_are_refused() -> None:
    orders = pl.from_pandas(ORDERS).with_columns(
        order_date=pl.when(pl.col("amount") < 0).then(None).otherwise(pl.col("order_date"))
    )
    with pytest.raises(DataError, match="order_date is missing in "):
        daily_amounts(orders)
    with pytest.raises(MissingColumnsError, match="chanel"):
        daily_amounts(ORDERS, by="chanel")


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("net", [True, False])
def test_amounts_that_are_not_known_are_refused(engine: str, net: bool) -> None:
    gap = ORDERS.assign(amount=ORDERS["amount"].where(ORDERS.index != 3))
    with pytest.raises(DataError, match="amount is missing or infinite in 1 of"):
        daily_amounts(ENGINES[engine](gap), net=net)
    endless = ORDERS.assign(amount=ORDERS["amount"].where(ORDERS.index != 3, np.inf))
    with pytest.raises(DataError, match="amount is missing or infinite in 1 of"):
        daily_amounts(ENGINES[engine](endless), net=net)
    with pytest.raises(DataError, match="amount must be numeric, not String"):
        daily_amounts(ENGINES[engine](ORDERS.assign(amount="3")), net=net)


def test_missing_days_of_pandas_and_columns_used_here_are_refused() -> None:
    with pytest.raises(DataError, match="order_date is missing in "):
        daily_amounts(ORDERS.assign(order_date=ORDERS["order_date"].where(ORDERS.index != 3)))
    for by in ("amount", "day", ["channel"]):
        with pytest.raises(ValueError, match="by must name a column to split by, other than"):
            daily_amounts(ORDERS.assign(day=1), by=by)

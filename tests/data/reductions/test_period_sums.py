"""customer_periods is what plain group-bys and hand-written SQL give, on every engine."""

from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cemkit.data import customer_periods
from cemkit.data.reductions.period_sums import (
    PeriodSums,
    count_after,
    summed_periods,
    wanted_columns,
)
from cemkit.errors import DataError, MissingColumnsError, NotEnoughDataError

AS_OF = "2024-06-20"
END = pd.Timestamp(AS_OF)
PERIODS = {"week": "W-SUN", "month": "M", "quarter": "Q-DEC", "year": "Y-DEC"}


def drawn(n: int = 400, seed: int = 0) -> pd.DataFrame:
    """Return order lines with returns, shared order ids, promotions, missing categories."""
    rng = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "customer_id": rng.choice(["王", "ann", "bob", "cy", "di"], n),
            "order_date": pd.Timestamp("2023-11-20")
            + pd.to_timedelta(rng.integers(0, 24 * 230, n), unit="h").astype("timedelta64[us]"),
            "amount": np.round(rng.normal(20, 20, n), 2),
            "order_id": rng.integers(0, n // 2, n),
            "cost": np.round(rng.gamma(2, 3, n), 2),
            "promotion": rng.choice(["spring", "none", ""], n),
            "category": rng.choice(["tea", "pot", "mug", None], n),
            "product": rng.choice(["basic", "fine", "royal"], n),
            "channel": rng.choice(["web", "shop", "app"], n),
        }
    )


ORDERS = drawn()


def by_hand(orders: pd.DataFrame, period: str, by: list[str]) -> pd.DataFrame:
    """Return the same sums by plain group-bys of pandas."""
    past = orders[orders["order_date"].dt.normalize() <= END]
    past = past.assign(
        period=past["order_date"].dt.to_period(PERIODS[period]),
        day=past["order_date"].dt.normalize(),
        promoted=past["promotion"] == "spring",
    )
    keys = ["customer_id", *by, "period"]
    bought = past[past["amount"] >= 0]
    cells = past.groupby(keys)
    first = bought.dropna(subset="category").groupby([*keys[:-1], "category"])["period"].min()
    table = pd.DataFrame(
        {
            "orders": bought.groupby(keys)["order_id"].nunique(),
            "amount": cells["amount"].sum(),
            "purchased": bought.groupby(keys)["amount"].sum(),
            "returned": -past[past["amount"] < 0].groupby(keys)["amount"].sum(),
            "first_order_date": bought.groupby(keys)["day"].min(),
            "last_order_date": bought.groupby(keys)["day"].max(),
            "cost": cells["cost"].sum(),
            "promotion_orders": bought[bought["promoted"]].groupby(keys)["order_id"].nunique(),
            "promotion_amount": bought[bought["promoted"]].groupby(keys)["amount"].sum(),
            "new_categories": first.reset_index().groupby(keys)["category"].size(),
        }
    )
    numbers = [name for name in table if not name.endswith("_date")]
    return table.assign(**table[numbers].fillna(0)).reset_index().sort_values(keys)


def same(table: pd.DataFrame, expected: pd.DataFrame) -> None:
    pd.testing.assert_frame_equal(
        table[list(expected.columns)].reset_index(drop=True),
        expected.reset_index(drop=True),
        check_dtype=False,
        check_column_type=False,
    )


@pytest.mark.parametrize("period", PERIODS)
@pytest.mark.parametrize("by", [[], ["channel"], ["channel", "product"]])
def test_sums_are_those_of_plain_group_bys(period: Any, by: list[str]) -> None:
    same(customer_periods(ORDERS, AS_OF, period, by=by), by_hand(ORDERS, period, by))


def test_every_engine_gives_the_same(engine: Any) -> None:
    table = customer_periods(engine(ORDERS), AS_OF, "week", by="channel")
    same(table, by_hand(ORDERS, "week", ["channel"]))


def test_every_engine_gives_the_columns_in_the_same_order(engine: Any) -> None:
    names = ["customer_id", "channel", "period", "orders", "amount", "purchased", "returned"]
    found = customer_periods(engine(ORDERS), AS_OF, by="channel").columns.tolist()
    assert found[: len(names)] == names
    assert found == customer_periods(ORDERS, AS_OF, by="channel").columns.tolist()


@pytest.mark.parametrize("period", ["month", "quarter", "year"])
def test_other_periods_are_the_same_where_rows_stay(given_on: Any, period: Any) -> None:
    for name in ("polars-lazy", "duckdb"):
        same(customer_periods(given_on(name)(ORDERS), AS_OF, period), by_hand(ORDERS, period, []))


def cells(sums: PeriodSums) -> pd.DataFrame:
    """Return the cells by customer, group and period, as dates before the engines made them."""
    unit = sums.unit
    keys = {"customer": sums.customers.take(sums.customer[unit]), "period": sums.period}
    group = sums.groups.take(sums.group[unit]).reset_index(drop=True)
    table = pd.concat([pd.DataFrame(keys), group, pd.DataFrame(sums.sums)], axis=1)
    return table.sort_values([*keys, *group]).reset_index(drop=True).sort_index(axis=1)


@pytest.mark.parametrize("with_ids", [True, False])
@pytest.mark.parametrize("name", ["pandas-arrow", "polars", "duckdb", "dask-1", "pyspark"])
def test_second_orders_and_levels_are_the_same_on_every_engine(
    given_on: Any, name: str, with_ids: bool
) -> None:
    orders = ORDERS if with_ids else ORDERS.drop(columns="order_id")
    more = {"second_day": True, "level_column": "product"}
    more |= {"base": ("basic",), "higher": ("fine", "royal")}
    wanted = wanted_columns(orders, ["channel"], **more)
    found = cells(summed_periods(given_on(name)(orders), END, "month", wanted))
    expected = cells(summed_periods(orders, END, "month", wanted))
    pd.testing.assert_frame_equal(found, expected, check_dtype=False, check_column_type=False)


def test_the_second_order_is_that_of_a_window_in_sql() -> None:
    wanted = wanted_columns(ORDERS, [], second_day=True)
    sums = summed_periods(ORDERS, END, "month", wanted)
    rows = duckdb.sql(
        """
        WITH orders AS (
            SELECT customer_id, order_id, date_trunc('month', order_date) AS month,
                   min(date_diff('day', DATE '1970-01-01', CAST(order_date AS DATE))) AS day
            FROM ORDERS WHERE amount >= 0 AND order_date < DATE '2024-06-21' GROUP BY ALL
        ), numbered AS (
            SELECT *, row_number() OVER (PARTITION BY customer_id, month ORDER BY day) AS number
            FROM orders
        )
        SELECT day FROM numbered WHERE number = 2 ORDER BY day
        """
    ).fetchall()
    second = sums.sums["second_day"]
    assert sorted(second[second < 2**31 - 1].tolist()) == [day for (day,) in rows]


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2**32 - 1), st.sampled_from(sorted(PERIODS)))
def test_row_order_does_not_matter_and_nothing_is_lost(seed: int, period: Any) -> None:
    orders = drawn(60, seed)
    table = customer_periods(orders, AS_OF, period)
    shuffled = customer_periods(orders.sample(frac=1, random_state=seed), AS_OF, period)
    pd.testing.assert_frame_equal(table, shuffled)
    past = orders[orders["order_date"] < "2024-06-21"]
    assert table["amount"].sum() == pytest.approx(past["amount"].sum())
    assert (table["purchased"] - table["returned"]).sum() == pytest.approx(past["amount"].sum())


def test_a_long_span_takes_the_sort_and_gives_the_same() -> None:
    early = ORDERS.iloc[:1].assign(order_date=pd.Timestamp("1901-02-03").as_unit("us"))
    orders = pd.concat([early, ORDERS], ignore_index=True)
    same(customer_periods(orders, AS_OF, "week"), by_hand(orders, "week", []))


SOME_ENGINES = ["pandas", "polars", "duckdb", "dask-1"]


@pytest.mark.parametrize("name", SOME_ENGINES)
def test_rows_without_a_group_and_after_as_of_are_counted(given_on: Any, name: str) -> None:
    orders = ORDERS.assign(channel=ORDERS["channel"].mask(ORDERS.index % 7 == 0, None))
    given_ = given_on(name)(orders)
    past = orders[orders["order_date"] < "2024-06-21"]
    sums = summed_periods(given_, END, "month", wanted_columns(given_, ["channel"]))
    assert sums.without_group == past["channel"].isna().sum() > 0
    assert sums.sums["amount"].sum() == pytest.approx(past.dropna(subset="channel")["amount"].sum())
    assert count_after(given_, END) == len(orders) - len(past) > 0


@pytest.mark.parametrize("name", SOME_ENGINES)
@pytest.mark.parametrize("column", ["customer_id", "order_date", "amount", "cost"])
def test_a_missing_value_is_refused(given_on: Any, name: str, column: str) -> None:
    orders = ORDERS.assign(order_id=ORDERS["order_id"].astype(str))
    missing = orders.assign(**{column: orders[column].mask(orders.index == 3)})
    missing.loc[3, "order_date"] = pd.Timestamp("2024-01-05") if column != "order_date" else None
    with pytest.raises(DataError, match=f"{column} is missing"):
        customer_periods(given_on(name)(missing), AS_OF)


def test_what_is_wrong_is_named() -> None:
    with pytest.raises(NotEnoughDataError, match="need at least 1 order up to as_of, got 0"):
        customer_periods(ORDERS, "2001-01-01")
    with pytest.raises(MissingColumnsError, match="chanel"):
        customer_periods(ORDERS, AS_OF, by="chanel")
    with pytest.raises(ValueError, match="period must be one of"):
        customer_periods(ORDERS, AS_OF, "day")
    with pytest.raises(ValueError, match="by=.*amount.* must name each column once"):
        customer_periods(ORDERS, AS_OF, by=["amount"])
    with pytest.raises(TypeError, match="by must name columns"):
        customer_periods(ORDERS, AS_OF, by=[3])
    with pytest.raises(DataError, match="cost must be numeric"):
        customer_periods(ORDERS.assign(cost="3"), AS_OF)
    zoned = ORDERS["order_date"].dt.tz_localize("UTC")
    with pytest.raises(DataError, match="without a time zone"):
        customer_periods(ORDERS.assign(order_date=zoned), AS_OF)


@pytest.mark.parametrize("at_once", [1, 40, 10**9])
def test_periods_in_turn_give_the_same_sums(monkeypatch: pytest.MonkeyPatch, at_once: int) -> None:
    rng = np.random.default_rng(5)
    days = pd.Timestamp("2023-01-05") + pd.to_timedelta(rng.integers(0, 500, 300), unit="D")
    amounts = rng.integers(-5, 50, 300).astype("float64")
    orders = pd.DataFrame(
        {"customer_id": rng.integers(0, 30, 300), "order_date": days, "amount": amounts}
    )
    monkeypatch.setattr("cemkit.data.reductions.period_sums.AT_ONCE", at_once)
    found = customer_periods(duckdb.from_df(orders), "2024-05-31")
    pd.testing.assert_frame_equal(found, customer_periods(orders, "2024-05-31"))

"""One window of outcomes: by plain pandas, on every engine, and never past the end of the data."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cemkit import BetaGeoModel, compare_purchase_models, label_churn, load_cdnow
from cemkit.clv import purchase_calibration
from cemkit.data.reductions.outcomes import (
    customers_between,
    window_buyers,
    window_outcomes,
    window_products,
)
from cemkit.errors import DataError, NotEnoughDataError
from cemkit.recommendation import evaluate_cycles, evaluate_recommendations
from cemkit.segmentation import future_amount

START = pd.Timestamp("2024-01-31")
MODEL = BetaGeoModel.from_parameters(r=0.24, alpha=31, a=0.79, b=2.43)


def by_hand(orders: pd.DataFrame, start: pd.Timestamp, days: int) -> pd.DataFrame:
    day = orders["order_date"].dt.normalize()
    rows = orders.assign(day=day)
    bought = rows[rows["amount"] >= 0]
    known = sorted(bought.loc[bought["day"] <= start, "customer_id"].unique())
    within = rows[(day > start) & (day <= start + pd.Timedelta(days=days))]
    counts = within[within["amount"] >= 0].groupby("customer_id")["day"].nunique()
    amounts = within.groupby("customer_id")["amount"].sum()
    return pd.DataFrame({"purchase_days": counts, "amount": amounts}).reindex(known).fillna(0)


@pytest.mark.filterwarnings("ignore:Dask:FutureWarning")
def test_every_engine_counts_as_plain_pandas_does(engine: Any) -> None:
    rng = np.random.default_rng(0)
    orders = pd.DataFrame(
        {
            "customer_id": rng.integers(0, 60, 500),
            "order_date": (
                pd.Timestamp("2023-12-20") + pd.to_timedelta(rng.integers(0, 2400, 500), unit="h")
            ).astype("datetime64[us]"),
            "amount": rng.choice([-5.0, 0.0, 10.25, 20.5], 500),
        }
    )
    found = window_outcomes(engine(orders), START, 45)
    expected = by_hand(orders, START, 45)
    assert found.index.tolist() == expected.index.tolist()
    assert found["purchase_days"].tolist() == expected["purchase_days"].tolist()
    np.testing.assert_allclose(found["amount"], expected["amount"])


def test_cdnow_counts_as_plain_pandas_does() -> None:
    orders = load_cdnow("sample")
    found = window_outcomes(orders, "1997-09-30", 273)
    expected = by_hand(orders, pd.Timestamp("1997-09-30"), 273)
    assert found["purchase_days"].sum() == expected["purchase_days"].sum() == 1882
    np.testing.assert_allclose(found["amount"], expected["amount"])


READERS: dict[str, Callable[[pd.DataFrame, pd.Timestamp, int], Any]] = {
    "label_churn": label_churn,
    "future_amount": future_amount,
    "compare_purchase_models": compare_purchase_models,
    "purchase_calibration": lambda orders, day, n: purchase_calibration(MODEL, orders, day, n),
    "evaluate_cycles": evaluate_cycles,
    "evaluate_recommendations": evaluate_recommendations,
}
rows = st.lists(
    st.tuples(st.integers(0, 5), st.integers(0, 60), st.integers(-9, 99)), min_size=1, max_size=25
)


@pytest.mark.parametrize("name", READERS)
@given(rows=rows, window=st.integers(1, 40), missing=st.integers(1, 40))
@settings(max_examples=25, deadline=None)
def test_orders_that_end_inside_the_window_are_refused_by_every_reader(
    name: str, rows: list[tuple[int, int, int]], window: int, missing: int
) -> None:
    who, day, amount = map(np.array, zip(*rows, strict=True))
    # One early purchase, so that somebody is known; the rest ends `missing` days too early.
    orders = pd.DataFrame(
        {
            "customer_id": [0, *who],
            "order_date": START + pd.to_timedelta([-100, *(day - day.max() - 1)], unit="D"),
            "amount": [5.0, *amount.astype(float)],
            "product": "tea",
        }
    )
    as_of = orders["order_date"].max() - pd.Timedelta(days=max(window - missing, 0))
    if window <= missing:
        as_of = orders["order_date"].max()
    with pytest.raises(DataError, match="the window ends on .*, after the last order on"):
        READERS[name](orders, as_of, window)


def test_what_the_data_can_not_tell_is_refused() -> None:
    orders = pd.DataFrame(
        {
            "customer_id": ["ann", "bob", "ann"],
            "order_date": pd.to_datetime(["2024-01-01", "2024-02-01", "2024-04-30"]),
            "amount": [1.0, 2.0, 3.0],
        }
    )
    with pytest.raises(DataError, match="as_of=2023-12-31 lies before the first order, on 2024-01"):
        window_outcomes(orders, "2023-12-31", 30)
    with pytest.raises(NotEnoughDataError, match="1 order, got 0"):
        window_outcomes(orders.head(0), START, 30)
    with pytest.raises(NotEnoughDataError, match="1 purchase, got 0"):
        window_outcomes(orders.assign(amount=-1.0), START, 30)
    with pytest.raises(ValueError, match="end after the year 9999"):
        window_outcomes(orders, "9999-12-01", 60)
    # Those who came later may be the others under another spelling.
    with pytest.raises(DataError, match="another spelling of 'ann'"):
        window_outcomes(orders.replace({"bob": " ann"}), START, 30)


@pytest.mark.parametrize("column", ["customer_id", "order_date", "amount"])
@pytest.mark.filterwarnings("ignore:Dask:FutureWarning")
def test_what_is_missing_is_counted_and_refused(quick_engine: Any, column: str) -> None:
    orders = load_cdnow("sample")[["customer_id", "order_date", "amount"]].head(50)
    orders = orders.astype({"customer_id": "float64"})
    orders.loc[[3, 7], column] = pd.NaT if column == "order_date" else np.nan
    with pytest.raises(DataError, match=rf"{column} is missing.* in 2 of 50 rows; make the orders"):
        window_outcomes(quick_engine(orders), "1997-01-31", 30)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_an_amount_that_is_not_finite_is_no_purchase_anywhere(bad: float) -> None:
    orders = load_cdnow("sample")[["customer_id", "order_date", "amount"]].head(50)
    orders.loc[5, "amount"] = bad
    held = pl.from_pandas(orders, nan_to_null=False)  # where not a number is above 0
    for table in (orders, held, held.lazy()):
        with pytest.raises(DataError, match="amount is missing or infinite in 1 of 50 rows"):
            window_outcomes(table, "1997-01-31", 30)


def test_who_bought_what_before_and_within_a_window(engine: Any) -> None:
    orders = pd.DataFrame(
        {
            "customer_id": [1, 1, 1, 2, 2, 3, 4],
            "order_date": pd.to_datetime(
                [
                    *("1997-01-01", "1997-01-20", "1997-03-01", "1997-01-10", "1997-02-05"),
                    *("1997-01-31", "1997-04-01"),
                ]
            ),
            "amount": [5.0, 0.0, 9.0, 5.0, -5.0, 1.0, 1.0],
            "product": ["a", "b", "b", "a", "b", None, "c"],
        }
    )
    bought, products = window_products(engine(orders), "1997-01-19", 20)
    rows = bought.sort_values(["customer_id", "product"])[["customer_id", "product"]]
    assert rows.to_numpy().tolist() == [[1, "a"], [1, "b"], [2, "a"]]
    counts = bought.set_index(["customer_id", "product"])[["before", "within"]]
    assert counts.loc[(1, "b")].tolist() == [0, 1]
    assert counts.loc[(2, "a")].tolist() == [1, 0]
    assert sorted(products) == ["a", "b"]
    before, within = window_buyers(engine(orders), "1997-01-19", 20)
    assert (before.tolist(), within.tolist()) == ([1, 2], [1, 3])


def test_customers_between_have_any_row_from_the_first_to_the_last_day() -> None:
    days = pd.to_datetime(["2024-01-01", "2024-01-02", "2024-01-03", "2024-01-04"])
    orders = pd.DataFrame(
        {"customer_id": [4, 3, 2, 1], "order_date": days, "amount": [5.0, -5, 5, 5]}
    )
    found = customers_between(orders, days[1], days[2])
    assert found.tolist() == [2, 3]

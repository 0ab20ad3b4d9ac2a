"""The reductions give the same on every engine, and say what is missing."""

import numpy as np
import pandas as pd
import pytest

from cemkit.data.reductions.gaps import gap_counts, purchase_gaps
from cemkit.errors import DataError, MissingColumnsError, NotEnoughDataError

AS_OF = pd.Timestamp("2024-06-30")


@pytest.fixture(scope="module")
def orders() -> pd.DataFrame:
    rng = np.random.default_rng(0)
    return pd.DataFrame(
        {
            "customer_id": rng.integers(0, 40, 600),
            "order_date": pd.Timestamp("2024-01-01")
            + pd.to_timedelta(rng.integers(0, 24 * 300, 600), unit="h"),
            "amount": rng.normal(20, 15, 600),
            "product": rng.choice(["tea", "pot", "mug"], 600),
        }
    )


@pytest.mark.parametrize("by", [[], ["product"]])
def test_gaps_are_those_of_a_plain_group_by(orders: pd.DataFrame, by: list[str]) -> None:
    table, gaps = purchase_gaps(orders, AS_OF, by)
    past = orders[(orders["amount"] >= 0) & (orders["order_date"].dt.normalize() <= AS_OF)]
    days = past.assign(day=past["order_date"].dt.normalize()).drop_duplicates(
        ["customer_id", *by, "day"]
    )
    groups = days.sort_values("day").groupby(["customer_id", *by])["day"]
    expected = [gap for _, day in groups for gap in day.diff().dt.days.dropna()]
    assert gaps.tolist() == expected
    assert table["gap_count"].tolist() == (groups.size() - 1).tolist()
    epoch = pd.Timestamp("1970-01-01")
    assert table["last_day"].tolist() == (groups.max() - epoch).dt.days.tolist()
    assert table["first_day"].tolist() == (groups.min() - epoch).dt.days.tolist()


@pytest.mark.parametrize("engine", ["polars", "pyarrow", "duckdb", "arrow-backed pandas"])
def test_every_engine_gives_the_same(orders: pd.DataFrame, engine: str) -> None:
    table, gaps = purchase_gaps(_on(orders, engine), AS_OF, ["product"])
    expected, expected_gaps = purchase_gaps(orders, AS_OF, ["product"])
    pd.testing.assert_frame_equal(table, expected, check_dtype=False)
    assert gaps.tolist() == expected_gaps.tolist()


@pytest.mark.parametrize("engine", ["pandas", "polars", "pyarrow", "duckdb", "arrow-backed pandas"])
@pytest.mark.parametrize("column", ["order_date", "amount"])
def test_no_purchase_is_lost_for_want_of_a_date_or_an_amount(
    orders: pd.DataFrame, engine: str, column: str
) -> None:
    past = orders[orders["order_date"] <= AS_OF].reset_index(drop=True)
    missing = past.assign(**{column: past[column].mask(past.index == 3)})
    with pytest.raises(DataError, match=f"{column} is missing.* in 1 of 364 rows"):
        purchase_gaps(_on(missing, engine), AS_OF)


def test_a_missing_amount_after_as_of_does_not_matter(orders: pd.DataFrame) -> None:
    later = orders["order_date"] > AS_OF + pd.Timedelta(days=1)
    assert later.any()
    table, _ = purchase_gaps(orders.assign(amount=orders["amount"].mask(later)), AS_OF)
    pd.testing.assert_frame_equal(table, purchase_gaps(orders, AS_OF)[0])


@pytest.mark.parametrize("engine", ["pandas", "polars", "duckdb"])
def test_dates_that_are_text_or_have_a_time_zone_are_refused(
    orders: pd.DataFrame, engine: str
) -> None:
    date = orders["order_date"]
    for column in (date.astype(str), date.dt.tz_localize("UTC")):
        with pytest.raises(DataError, match="order_date must hold dates without a time zone"):
            purchase_gaps(_on(orders.assign(order_date=column), engine), AS_OF)
    with pytest.raises(DataError, match="amount must be numeric"):
        purchase_gaps(_on(orders.assign(amount="5"), engine), AS_OF)


def test_the_column_to_split_by_may_have_any_name(orders: pd.DataFrame) -> None:
    expected, gaps = purchase_gaps(orders, AS_OF, ["product"])
    table, same = purchase_gaps(orders.rename(columns={"product": "day"}), AS_OF, ["day"])
    assert table["day"].tolist() == expected["product"].tolist()
    assert same.tolist() == gaps.tolist()


def _on(orders: pd.DataFrame, engine: str) -> object:
    if engine == "pandas":
        return orders
    if engine == "arrow-backed pandas":
        return orders.convert_dtypes(dtype_backend="pyarrow")
    if engine == "pyarrow":
        import pyarrow as pa

        return pa.Table.from_pandas(orders)
    if engine == "polars":
        import polars as pl

        return pl.from_pandas(orders).lazy()
    import duckdb

    return duckdb.from_df(orders.astype({"product": object}))


def test_what_is_missing_is_said(orders: pd.DataFrame) -> None:
    with pytest.raises(MissingColumnsError, match="missing column 'segment'"):
        purchase_gaps(orders, AS_OF, ["segment"])
    with pytest.raises(NotEnoughDataError, match="need at least 1 purchase up to as_of, got 0"):
        purchase_gaps(orders, pd.Timestamp("2020-01-01"))
    with pytest.raises(DataError, match="product is missing in 600"):
        purchase_gaps(
            orders.assign(product=None, amount=1.0), pd.Timestamp("2025-12-31"), ["product"]
        )


@pytest.mark.parametrize("digits", [25, 38])
def test_gaps_of_decimals_are_those_of_floats(orders: pd.DataFrame, digits: int) -> None:
    pa = pytest.importorskip("pyarrow", reason="PyArrow is not installed")
    rounded = orders.assign(amount=orders["amount"].round(2))
    arrow = pa.Table.from_pandas(rounded, preserve_index=False)
    place = arrow.column_names.index("amount")
    decimals = arrow.set_column(place, "amount", arrow["amount"].cast(pa.decimal128(digits, 2)))
    table, gaps = purchase_gaps(decimals, AS_OF)
    expected, expected_gaps = purchase_gaps(rounded, AS_OF)
    pd.testing.assert_frame_equal(table, expected)
    assert sorted(gaps) == sorted(expected_gaps)


def test_an_infinite_amount_is_no_purchase(orders: pd.DataFrame) -> None:
    spoilt = orders.assign(amount=orders["amount"].mask(orders.index == 3, np.inf))
    with pytest.raises(DataError, match="amount is missing or infinite in 1 of 600 rows"):
        purchase_gaps(spoilt, AS_OF)


@pytest.mark.parametrize("engine", ["pandas", "polars", "pyarrow", "duckdb"])
def test_gaps_are_counted_closed_and_open(orders: pd.DataFrame, engine: str) -> None:
    past = orders[(orders["amount"] >= 0) & (orders["order_date"].dt.normalize() <= AS_OF)]
    days = past.assign(day=past["order_date"].dt.normalize())
    days = days.drop_duplicates(["customer_id", "day"]).sort_values("day")
    closed = days.groupby("customer_id")["day"].diff().dt.days.value_counts()
    opened = (AS_OF - days.groupby("customer_id")["day"].max()).dt.days.value_counts()
    counts = gap_counts(_on(orders, engine), AS_OF)
    expected = pd.DataFrame({"closed": closed, "open": opened}).fillna(0).sort_index()
    assert counts.to_numpy().tolist() == expected.to_numpy().tolist()
    assert counts.index.tolist() == expected.index.tolist()

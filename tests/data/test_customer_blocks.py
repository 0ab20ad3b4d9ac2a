"""Blocks of the customer table: by hand, by SQL and plain pandas, on every engine, blind to later.

The SQL and the pandas here are written another way than the blocks, from their definitions.
"""

from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cemkit import customer_table, load_cdnow, prepare_orders
from cemkit.data import simulate_events
from cemkit.data.customer_blocks import BLOCKS
from cemkit.errors import DataError, MissingColumnsError

AS_OF = pd.Timestamp("2024-03-31")
CORE = [
    "first_order_date", "last_order_date", "order_count", "total_amount", "mean_amount",
    "recency_days", "tenure_days", "repeat_count", "repeat_mean_amount",
]  # fmt: skip

ENGINES = [
    "pandas",
    "pandas-arrow",
    "polars",
    "polars-lazy",
    "pyarrow",
    "duckdb",
    "dask-1",
    "pyspark",
]


def full_orders(seed: int = 0, rows: int = 400) -> pd.DataFrame:
    """Draw orders with every column that a block takes, some values missing."""
    rng = np.random.default_rng(seed)
    hours = pd.to_timedelta(rng.integers(0, 300 * 24, rows), unit="h")
    text = {
        "product": ["tea", "cup", "pot", None],
        "category": ["drink", "ware", None],
        "brand": ["b", "a"],
        "channel": ["web", "shop"],
        "promotion": ["spring", "none", "", None, "618"],
    }
    return pd.DataFrame(
        {
            "customer_id": rng.integers(0, 40, rows),
            "order_date": (pd.Timestamp("2023-09-01") + hours).astype("datetime64[us]"),
            "amount": rng.choice([-5.0, 0.0, 10.25, 20.5, 7.0], rows, p=[0.1, 0.1, 0.3, 0.3, 0.2]),
            "order_id": rng.integers(0, 250, rows),
            **{
                name: rng.choice(np.array(values, dtype=object), rows)
                for name, values in text.items()
            },
            "cost": rng.integers(0, 900, rows) / 100,
            "discount": rng.choice([0.0, 0.1, 0.25, np.nan], rows),
        }
    )


def test_by_hand() -> None:
    orders = pd.DataFrame(
        {
            "customer_id": ["ann", "ann", "ann", "bob", "cat"],
            "order_date": pd.to_datetime(
                ["2024-01-01", "2024-01-21", "2024-03-01", "2024-03-31", "2023-12-22"]
            ),
            "amount": [10.0, 20.0, 30.0, 5.0, 8.0],
            "promotion": ["spring", None, None, None, "spring"],
        }
    )
    features = customer_table(orders, AS_OF, windows=[31], include=["activity", "promotion"])
    ann, bob, cat = (features.loc[name] for name in ["ann", "bob", "cat"])
    assert ann["silent_share"] == 30 / 90
    assert ann["mean_gap_days"] == 30
    assert ann["gap_variation"] == pytest.approx(10 / 30)  # gaps of 20 and 40 days
    # Laplace: repeat purchases 20 and 60 days into 90, mean 40, z = (40/90 - 1/2) sqrt(12 * 2)
    assert ann["order_trend"] == pytest.approx((40 / 90 - 0.5) * np.sqrt(24))
    assert ann["log_overdue"] == pytest.approx(np.log(2))
    assert ann["promotion_share"] == pytest.approx(1 / 3)
    assert ann["order_days_31"] == 1
    assert (
        bob[["silent_share", "mean_gap_days", "order_trend", "gap_variation"]].tolist() == [0] * 4
    )
    assert cat["silent_share"] == 1
    assert cat["mean_gap_days"] == cat["tenure_days"] == 100


def test_equal_gaps_vary_by_exactly_nothing() -> None:
    dates = pd.date_range("2023-01-01", periods=37, freq="7D")
    orders = pd.DataFrame({"customer_id": 1, "order_date": dates, "amount": 0.1})
    assert customer_table(orders, "2024-01-01", include="activity").loc[1, "gap_variation"] == 0


def test_activity_on_cdnow_against_plain_pandas() -> None:
    orders = load_cdnow("sample")
    table = customer_table(orders, "1997-09-30", include="activity")
    past = orders[orders["order_date"] <= "1997-09-30"]
    days = past.drop_duplicates(["customer_id", "order_date"]).sort_values("order_date")
    gaps = days.groupby("customer_id")["order_date"].diff().dt.days
    groups = gaps.groupby(days["customer_id"])
    several = table["repeat_count"] > 1
    np.testing.assert_allclose(table.loc[several, "mean_gap_days"], groups.mean()[several])
    variation = groups.std(ddof=0) / groups.mean()
    np.testing.assert_allclose(table.loc[several, "gap_variation"], variation[several], atol=1e-12)
    recent = days[days["order_date"] > pd.Timestamp("1997-09-30") - pd.Timedelta(days=90)]
    counts = recent.groupby("customer_id").size().reindex(table.index, fill_value=0)
    assert table["order_days_90"].tolist() == counts.tolist()
    assert table.notna().all(axis=None)


def test_returns_change_amounts_and_never_counts() -> None:
    orders = load_cdnow("sample")
    back = orders.iloc[[4]].assign(amount=-20.76, order_date=pd.Timestamp("1997-09-29"))
    include = ["activity", "returns", "habits"]
    before = customer_table(orders, "1997-09-30", include=include)
    after = customer_table(pd.concat([orders, back]), "1997-09-30", include=include)
    moved = ((after != before) & (after.notna() | before.notna())).any()
    assert set(moved.index[moved]) == {
        "total_amount", "mean_amount", "repeat_mean_amount", "log_total_amount", "amount_30",
        "amount_90", "amount_365", "return_count", "returned_amount", "returned_share",
        "last_return_date",
    }  # fmt: skip
    who = int(back["customer_id"].iloc[0])
    assert after.loc[who, "return_count"] == 1
    assert after.loc[who, "last_return_date"] == pd.Timestamp("1997-09-29")


def test_the_returned_share_has_no_unit() -> None:
    orders = pd.DataFrame(
        {
            "customer_id": [1, 1, 2, 2, 3],
            "order_date": [AS_OF] * 5,
            "amount": [0.0, -50.0, 100.0, -25.0, 0.0],
        }
    )
    for unit in (1.0, 1e9, 1e-9):
        shares = customer_table(
            orders.assign(amount=orders["amount"] * unit), AS_OF, include="returns"
        )
        np.testing.assert_allclose(shares["returned_share"], [1.0, 0.25, 0.0])


def test_before_the_first_order() -> None:
    orders = pd.DataFrame({"customer_id": [1], "order_date": [AS_OF], "amount": [1.0]})
    with pytest.raises(DataError, match="as_of=2024-01-01 lies before the first order"):
        customer_table(orders, "2024-01-01", include="activity")
    with pytest.raises(ValueError, match="windows must be at least 1, not 0"):
        customer_table(orders, AS_OF, windows=[0], include="activity")
    with pytest.raises(ValueError, match=r"windows must name each length once, not \[30, 30\]"):
        customer_table(orders, AS_OF, windows=[30, 30], include="activity")
    with pytest.raises(TypeError, match=r"windows must be a list of days such as \[30\], not 30"):
        customer_table(orders, AS_OF, windows=30, include="activity")  # type: ignore[arg-type]


BY_SQL = """
WITH past AS (
    SELECT *, order_date::DATE AS day,
        promotion IS NOT NULL AND promotion NOT IN ('', 'none') AS promoted
    FROM orders WHERE order_date < TIMESTAMP '2024-04-01'
), bought AS (
    SELECT * FROM past WHERE amount >= 0
), spent AS (
    SELECT customer_id, count(DISTINCT order_id) AS orders,
        count(DISTINCT order_id) FILTER (promoted) AS promotion_count,
        sum(amount) FILTER (promoted) / sum(amount) AS promotion_spend_share,
        avg(discount) FILTER (promoted) AS mean_discount,
        count(DISTINCT product) AS product_count
    FROM bought GROUP BY 1
), days AS (
    SELECT customer_id, day, sum(amount) AS amount FROM bought GROUP BY ALL
), slopes AS (
    SELECT customer_id, coalesce(
        regr_slope(amount, date_diff('day', DATE '2024-01-01', day)), 0) AS amount_slope
    FROM days GROUP BY 1
), net AS (
    SELECT customer_id, sum(amount - cost) AS contribution_margin,
        count(*) FILTER (amount < 0) AS return_count,
        coalesce(-sum(amount) FILTER (amount < 0), 0) AS returned_amount,
        max(day) FILTER (amount < 0) AS last_return_date,
        sum(amount) AS total
    FROM past GROUP BY 1
)
SELECT customer_id, promotion_count, promotion_count / orders AS promotion_share,
    coalesce(promotion_spend_share, 0) AS promotion_spend_share, mean_discount, product_count,
    amount_slope, contribution_margin, return_count, returned_amount, last_return_date,
    CASE WHEN total > 0 THEN contribution_margin / total END AS margin
FROM spent JOIN slopes USING (customer_id) JOIN net USING (customer_id) ORDER BY customer_id
"""


@pytest.mark.filterwarnings("ignore:Dask:FutureWarning")
@pytest.mark.parametrize("name", ENGINES)
def test_every_engine_gives_what_sql_does(given_on: Any, name: str) -> None:
    orders = full_orders()
    expected = duckdb.from_df(orders).query("orders", BY_SQL).df().set_index("customer_id")
    found = customer_table(given_on(name)(orders), AS_OF, include="all")
    assert found.index.tolist() == expected.index.tolist()
    dates = expected.pop("last_return_date")
    assert found["last_return_date"].isna().tolist() == dates.isna().tolist()
    assert found["last_return_date"].dropna().tolist() == dates.dropna().tolist()
    for name, values in expected.items():
        np.testing.assert_allclose(
            found[name].astype(float), values.astype(float), atol=1e-9, err_msg=str(name)
        )


@pytest.mark.filterwarnings("ignore:Dask:FutureWarning")
@pytest.mark.parametrize("name", ENGINES[1:])
def test_every_engine_gives_the_same_blocks(given_on: Any, name: str) -> None:
    orders = full_orders(seed=1)
    expected = customer_table(orders, AS_OF, include="all")
    assert list(expected)[: len(CORE)] == CORE
    found = customer_table(given_on(name)(orders), AS_OF, include="all")
    assert list(found) == list(expected)
    for column, values in expected.items():
        if values.dtype == object or str(values.dtype) == "str":
            assert found[column].fillna("").tolist() == values.fillna("").tolist(), column
        else:
            pd.testing.assert_series_equal(
                found[column],
                values,
                check_index_type=False,
                check_index=False,
                atol=1e-9,
            )


def test_favourites_and_habits_against_plain_pandas() -> None:
    orders = full_orders(seed=2, rows=900)
    table = customer_table(orders, AS_OF, include=["favourites", "habits"])
    bought = orders[(orders["amount"] >= 0) & (orders["order_date"] < "2024-04-01")]
    for name in ("product", "category", "brand", "channel"):
        for who, values in bought.groupby("customer_id")[name]:
            counts = values.value_counts()
            best = min(counts.index[counts == counts.max()])
            assert table.loc[who, f"favourite_{name}"] == best
            assert table.loc[who, f"favourite_{name}_share"] == counts.max() / counts.sum()
            assert table.loc[who, f"{name}_count"] == values.nunique()
    moments = bought.assign(
        day=bought["order_date"].dt.normalize(), hour=bought["order_date"].dt.hour
    )
    for who, rows in moments.groupby("customer_id"):
        days = rows.drop_duplicates("day")["day"].dt.day_name().value_counts()
        assert days[table.loc[who, "habitual_weekday"]] == days.max()
        assert table.loc[who, "habitual_weekday_share"] == days.max() / days.sum()
        timed = rows[rows["order_date"] != rows["day"]].drop_duplicates(["day", "hour"])
        hours = timed["hour"].value_counts()
        assert table.loc[who, "habitual_hour"] == hours.index[hours == hours.max()].min()


def test_a_day_without_a_time_has_no_hour(quick_engine: Any) -> None:
    orders = pd.DataFrame(
        {
            "customer_id": [1, 1, 2],
            "order_date": pd.DatetimeIndex(
                ["1969-12-29 00:00:00", "1970-01-05 00:00:01", "2024-01-02 00:00:00"]
            ),
            "amount": 1.0,
        }
    ).astype({"order_date": "datetime64[us]"})
    table = customer_table(quick_engine(orders), AS_OF, include="habits")
    assert table["habitual_weekday"].tolist() == ["Monday", "Tuesday"]
    assert table["habitual_hour"].fillna(-1).tolist() == [0, -1]
    dates = orders.assign(order_date=orders["order_date"].astype("date32[day][pyarrow]"))
    assert customer_table(dates, AS_OF, include="habits")["habitual_hour"].isna().all()


def test_amounts_that_do_not_change_have_no_slope() -> None:
    dates = pd.date_range("2023-01-01", periods=37, freq="9D")
    orders = pd.DataFrame({"customer_id": 1, "order_date": dates, "amount": 0.1})
    assert customer_table(orders, "2024-01-01", include="trend").loc[1, "amount_slope"] == 0


future = st.lists(
    st.tuples(st.integers(0, 50), st.integers(0, 1439), st.integers(-50, 50), st.integers(1, 400)),
    min_size=1,
    max_size=30,
)


@pytest.mark.parametrize("name", ["pandas", "polars-lazy", "duckdb"])
@settings(max_examples=10, deadline=None)
@given(future)
def test_nothing_after_as_of_enters(
    given_on: Any, name: str, future: list[tuple[int, int, int, int]]
) -> None:
    past = full_orders(seed=3, rows=150)
    past = past[past["order_date"] < AS_OF + pd.Timedelta(days=1)]
    who, minutes, amount, days = (list(column) for column in zip(*future, strict=True))
    later = pd.DataFrame(
        {
            "customer_id": who,
            "order_date": AS_OF + pd.to_timedelta(days, "D") + pd.to_timedelta(minutes, "min"),
            "amount": [float(value) for value in amount],
            "order_id": 1,
            "cost": 99.0,
            "discount": 0.5,
        }
    ).assign(**dict.fromkeys(["product", "category", "brand", "channel", "promotion"], "later"))
    events = simulate_events(60, start_date="2024-01-01", n_days=90).table
    planted = events.head(len(later)).assign(event="later", event_time=later["order_date"])
    people = pd.DataFrame({"customer_id": [1, 2, 77], "language": ["en", "zh", "en"]})

    def table(orders: pd.DataFrame, events: pd.DataFrame) -> pd.DataFrame:
        orders = orders.astype({"order_date": "datetime64[us]"})
        events = events.astype({"event_time": "datetime64[us]"})
        given_orders, given_events = given_on(name)(orders), given_on(name)(events)
        return customer_table(
            given_orders, AS_OF, include="all", people=people, events=given_events
        )

    pd.testing.assert_frame_equal(
        table(pd.concat([past, later], ignore_index=True), pd.concat([events, planted])),
        table(past, events),
    )


@given(seed=st.integers(0, 1000))
@settings(max_examples=5, deadline=None)
def test_row_order_changes_no_block(seed: int) -> None:
    orders = full_orders(seed=4)
    mixed = orders.sample(frac=1, random_state=seed)
    pd.testing.assert_frame_equal(
        customer_table(mixed, AS_OF, include="all"), customer_table(orders, AS_OF, include="all")
    )


def test_blocks_are_made_when_named_and_no_others() -> None:
    orders = full_orders()
    assert list(customer_table(orders, AS_OF)) == CORE
    together = customer_table(orders, AS_OF, include=list(BLOCKS))
    for name in BLOCKS:
        alone = customer_table(orders, AS_OF, include=name)
        assert set(CORE) < set(alone) <= set(together)
        pd.testing.assert_frame_equal(alone, together[list(alone)])
    plain = orders[["customer_id", "order_date", "amount"]]
    everything = customer_table(plain, AS_OF, include="all")
    named = customer_table(plain, AS_OF, include=["habits", "returns", "trend", "activity"])
    pd.testing.assert_frame_equal(everything, named)


def test_a_block_whose_columns_are_missing_names_them() -> None:
    plain = full_orders()[["customer_id", "order_date", "amount"]]
    with pytest.raises(MissingColumnsError, match="missing column 'promotion'.*'promotion'"):
        customer_table(plain, AS_OF, include="promotion")
    with pytest.raises(MissingColumnsError, match="missing column 'cost'"):
        customer_table(plain, AS_OF, include=["margin"])
    with pytest.raises(MissingColumnsError, match="'product', 'category', 'brand', 'channel'"):
        customer_table(plain, AS_OF, include="favourites")
    with pytest.raises(ValueError, match="include must be one of .*'activity'.*not 'activty'"):
        customer_table(plain, AS_OF, include="activty")
    with pytest.raises(
        ValueError, match="the block .events. needs the argument events, and the argument needs the"
    ):
        customer_table(plain, AS_OF, include="events")
    for arguments in ({"by": "amount"}, {"collect": False}):
        with pytest.raises(ValueError, match=r"one row per customer in pandas; leave out"):
            customer_table(plain, AS_OF, include="activity", **arguments)


def test_a_missing_cost_is_counted_and_refused(quick_engine: Any) -> None:
    orders = full_orders()
    past = orders["order_date"] < AS_OF
    spoilt = orders.assign(cost=orders["cost"].mask(past & (orders.index < 3)))
    n = int(spoilt["cost"].isna().sum())
    with pytest.raises(DataError, match=rf"cost is missing or infinite in {n} of 400 rows"):
        customer_table(quick_engine(spoilt), AS_OF, include="margin")


def test_costs_and_discounts_that_are_no_numbers_are_refused(quick_engine: Any) -> None:
    orders = full_orders()
    for name, block in (("cost", "margin"), ("discount", "promotion")):
        with pytest.raises(DataError, match=f"{name} must be numeric, not String"):
            customer_table(quick_engine(orders.assign(**{name: "3"})), AS_OF, include=block)


def test_online_retail_returns_against_plain_pandas(reference_data: Path) -> None:
    raw = pd.read_parquet(reference_data / "online_retail.parquet").dropna(subset=["CustomerID"])
    raw = raw.assign(
        amount=raw["Quantity"] * raw["UnitPrice"],
        date=pd.to_datetime(raw["InvoiceDate"], format="mixed"),
    )
    orders = prepare_orders(
        raw[["CustomerID", "date", "amount", "InvoiceNo", "StockCode"]],
        customer_id="CustomerID", order_date="date", order_id="InvoiceNo", product="StockCode",
    )  # fmt: skip
    table = customer_table(orders, "2011-12-09", include=["returns", "favourites"])
    back = orders[orders["amount"] < 0]
    returned = -back.groupby("customer_id")["amount"].sum().reindex(table.index).fillna(0)
    np.testing.assert_allclose(table["returned_amount"], returned)
    last = back.groupby("customer_id")["order_date"].max().dt.normalize().reindex(table.index)
    assert (table["last_return_date"].dropna() == last.dropna()).all()
    assert table["return_count"].sum() == back["customer_id"].isin(table.index).sum()
    counts = orders[orders["amount"] >= 0].groupby("customer_id")["product"]
    assert table["product_count"].tolist() == counts.nunique().tolist()


def test_whole_numbers_as_categories_may_be_missing() -> None:
    numbers = pd.Categorical([1, 2, None, 1])
    orders = pd.DataFrame(
        {
            "customer_id": ["ann", "ann", "ann", "bob"],
            "order_date": pd.to_datetime(["2024-01-01", "2024-01-02", "2024-01-03", "2024-01-04"]),
            "amount": 10.0,
            "product": numbers,
            "promotion": numbers,
        }
    )
    table = customer_table(orders, AS_OF, include=["favourites", "promotion"])
    assert table["favourite_product"].tolist() == [1, 1]
    assert table["product_count"].tolist() == [2, 1]
    assert table["promotion_count"].tolist() == [2, 1]


@pytest.mark.parametrize("name", ["customer_id", "order_id"])
def test_ids_as_categories_may_be_missing(name: str) -> None:
    orders = pd.DataFrame(
        {"customer_id": [1, 2, 3], "order_id": [1, 2, 3], "order_date": AS_OF, "amount": 10.0}
    )
    gaps = orders.assign(**{name: pd.Categorical([1, 2, None])})
    with pytest.raises(DataError, match=f"{name} is missing in 1 of 3 rows"):
        prepare_orders(gaps, order_id="order_id")
    reason = {"customer_id": "missing_customer", "order_id": "missing_order"}[name]
    kept = prepare_orders(gaps, order_id="order_id", drop=[reason])
    assert customer_table(kept, AS_OF)["order_count"].tolist() == [1, 1]
    if name == "customer_id":
        with pytest.raises(DataError, match="customer_id is missing in 1 of 3 rows"):
            customer_table(gaps, AS_OF)


@pytest.mark.parametrize("bad", [20.0, -0.1, np.inf])
def test_a_discount_that_is_no_fraction_is_refused(quick_engine: Any, bad: float) -> None:
    orders = full_orders(rows=60).assign(discount=np.nan, promotion="spring", amount=10.0)
    orders.loc[7, "discount"] = bad
    with pytest.raises(DataError, match="discount must be a fraction of the list price"):
        customer_table(quick_engine(orders), AS_OF, include="promotion")


def test_nullable_numbers_give_plain_floats() -> None:
    orders = full_orders()
    plain = customer_table(orders, AS_OF, include="all")
    nullable = customer_table(orders.convert_dtypes(), AS_OF, include="all")
    names = ["mean_discount", "contribution_margin", "margin"]
    assert (nullable[names].dtypes == "float64").all()
    pd.testing.assert_frame_equal(nullable[names], plain[names], check_index_type=False)


def test_who_never_ordered_has_counts_and_amounts_of_0() -> None:
    orders = full_orders(seed=3)
    people = pd.DataFrame({"customer_id": [*orders["customer_id"].head(3).unique(), 10**6]})
    table = customer_table(orders, AS_OF, include="all", people=people)
    never = table.loc[10**6]
    named = [name for name in table if "amount" in name or name.endswith("_count")]
    assert (never[[*named, "contribution_margin"]] == 0).all()
    dated = [name for name in table if name.endswith(("_date", "_days", "_share"))]
    assert never[dated].isna().all()

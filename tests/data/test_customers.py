"""One row per customer: hand-made orders, lifetimes as the reference, and every engine alike."""

import datetime as dt
import warnings
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cemkit import customer_table, load_cdnow
from cemkit.data.engines import collect, scan
from cemkit.errors import DataError, MissingColumnsError, NotEnoughDataError

DATES = ["first_order_date", "last_order_date"]


def orders_of(*rows: tuple[Any, str, float], **columns: list[Any]) -> pd.DataFrame:
    ids, dates, amounts = zip(*rows, strict=True)
    table = pd.DataFrame(
        {"customer_id": ids, "order_date": pd.to_datetime(dates), "amount": amounts}
    )
    return table.assign(order_date=table["order_date"].astype("datetime64[us]"), **columns)


@pytest.fixture(scope="module")
def orders() -> pd.DataFrame:
    """Several lines an order, several orders a day, returns before, at and after purchases."""
    return orders_of(
        ("ann", "1997-01-03 08:00", 10.0),
        ("ann", "1997-01-03 09:00", 5.5),
        ("ann", "1997-01-03 22:00", 1.25),
        ("ann", "1997-02-01 00:00", 20.0),
        ("ann", "1997-02-02 00:00", -4.0),
        ("ann", "1997-03-31 23:59", 8.0),
        ("ann", "1997-04-01 00:00", 99.0),
        ("bob", "1997-01-01 12:00", -3.0),
        ("bob", "1997-01-10 12:00", 0.0),
        ("bob", "1997-03-01 12:00", 7.0),
        ("cid", "1997-02-01 12:00", -3.0),
        ("dee", "1997-01-31 12:00", 0.1),
        order_id=["a1", "a1", "a2", "a3", "a3r", "a4", "a5", "b0", "b1", "b2", "c1", "d1"],
        channel=["web", "web", "shop", "web", "web", "shop", "web", *["web"] * 5],
    )


def expected(with_orders: bool) -> pd.DataFrame:
    table = pd.DataFrame(
        {
            "first_order_date": pd.to_datetime(["1997-01-03", "1997-01-10", "1997-01-31"]),
            "last_order_date": pd.to_datetime(["1997-03-31", "1997-03-01", "1997-01-31"]),
            "order_count": [4 if with_orders else 3, 2, 1],
            "total_amount": [40.75, 4.0, 0.1],
            "mean_amount": [40.75 / (4 if with_orders else 3), 2.0, 0.1],
            "recency_days": [0, 30, 59],
            "tenure_days": [87, 80, 59],
            "repeat_count": [2, 1, 0],
            "repeat_mean_amount": [12.0, 7.0, 0.0],
        },
        index=pd.Index(["ann", "bob", "dee"], name="customer_id"),
    )
    return table.astype(dict.fromkeys(DATES, "datetime64[us]"))


def same(left: pd.DataFrame, right: pd.DataFrame) -> None:
    assert [str(i) for i in left.index] == [str(i) for i in right.index]
    pd.testing.assert_frame_equal(
        left.reset_index(drop=True), right.reset_index(drop=True), rtol=1e-9, atol=1e-9
    )


@pytest.mark.parametrize("with_orders", [True, False])
def test_every_engine_gives_what_the_hand_counts(
    engine: Any, orders: pd.DataFrame, with_orders: bool
) -> None:
    table = orders if with_orders else orders.drop(columns="order_id")
    same(customer_table(engine(table), as_of="1997-03-31"), expected(with_orders))


@pytest.mark.parametrize("by", ["channel", ["channel"]])
def test_by_splits_each_customer_on_every_engine(
    quick_engine: Any, orders: pd.DataFrame, by: Any
) -> None:
    split = customer_table(quick_engine(orders), as_of="1997-03-31", by=by)
    assert split.index.names == ["customer_id", "channel"]
    assert [tuple(map(str, key)) for key in split.index] == [
        ("ann", "shop"),
        ("ann", "web"),
        ("bob", "web"),
        ("dee", "web"),
    ]
    for channel in ("shop", "web"):
        alone = customer_table(orders[orders["channel"] == channel], as_of="1997-03-31")
        same(split.xs(channel, level="channel"), alone)


def test_collect_false_leaves_the_table_where_it_is(engine: Any, orders: pd.DataFrame) -> None:
    given_table = engine(orders)
    left = customer_table(given_table, as_of="1997-03-31", collect=False)
    assert type(left) is type(given_table)
    table = collect(scan(left, "customers"))
    if "customer_id" in table.columns:
        table = table.set_index("customer_id")
    table = table.sort_index().astype(dict.fromkeys(DATES, "datetime64[us]"))
    same(table, expected(with_orders=True))


def test_lifetimes_gives_the_same_on_cdnow() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from lifetimes.utils import summary_data_from_transaction_data
    orders = load_cdnow("sample")
    ours = customer_table(orders, as_of="1997-09-30")
    theirs = summary_data_from_transaction_data(
        orders,
        "customer_id",
        "order_date",
        monetary_value_col="amount",
        observation_period_end=pd.Timestamp("1997-09-30"),
    )
    assert (ours["repeat_count"] == theirs["frequency"]).all()
    assert (ours["tenure_days"] == theirs["T"]).all()
    assert (ours["tenure_days"] - ours["recency_days"] == theirs["recency"]).all()
    np.testing.assert_allclose(ours["repeat_mean_amount"], theirs["monetary_value"], rtol=1e-12)


def test_cdnow_has_the_published_totals() -> None:
    """Fader and Hardie: 69,659 orders, 23,570 customers, 2,500,315.63 dollars."""
    customers = customer_table(load_cdnow(), as_of="1998-06-30")
    assert len(customers) == 23_570
    assert customers["total_amount"].sum() == pytest.approx(2_500_315.63, abs=1e-6)


rows_of_orders = st.lists(
    st.tuples(
        st.sampled_from(["a", "b", "c"]),
        st.integers(0, 5),
        st.integers(-300, 1000).map(lambda cents: cents / 100),
        st.sampled_from(["o1", "o2", "o3", "o4"]),
    ),
    min_size=1,
    max_size=30,
)


def by_hand(rows: list[tuple[str, int, float, str]], last_day: int) -> dict[str, tuple[Any, ...]]:
    answer = {}
    for customer in sorted({row[0] for row in rows}):
        mine = [row for row in rows if row[0] == customer and row[1] <= last_day]
        days = sorted({day for _, day, amount, _ in mine if amount >= 0})
        if not days:
            continue
        count = len({order for _, _, amount, order in mine if amount >= 0})
        total = sum(row[2] for row in mine)
        later = sum(amount for _, day, amount, _ in mine if day > days[0])
        mean = later / (len(days) - 1) if len(days) > 1 else 0.0
        measures = (count, total, last_day - days[-1], last_day - days[0], len(days) - 1, mean)
        answer[customer] = measures
    return answer


@pytest.mark.parametrize("name", ["pandas", "polars-lazy", "duckdb"])
@given(rows=rows_of_orders, last_day=st.integers(0, 5))
@settings(max_examples=40, deadline=None)
def test_any_orders_give_what_the_definitions_say(
    given_on: Any, name: str, rows: list[tuple[str, int, float, str]], last_day: int
) -> None:
    answer = by_hand(rows, last_day)
    start = pd.Timestamp("2024-02-27")
    table = pd.DataFrame(rows, columns=["customer_id", "order_date", "amount", "order_id"])
    dates = (start + pd.to_timedelta(table["order_date"], unit="D")).astype("datetime64[us]")
    engine = given_on(name)(table.assign(order_date=dates))
    as_of = start + pd.Timedelta(days=last_day)
    if not answer:
        with pytest.raises(DataError):
            customer_table(engine, as_of=as_of)
        return
    ours = customer_table(engine, as_of=as_of)
    assert ours.index.tolist() == list(answer)
    for customer, measures in answer.items():
        columns = ["order_count", "total_amount", "recency_days", "tenure_days", "repeat_count"]
        row = ours.loc[customer, [*columns, "repeat_mean_amount"]].astype(float)
        assert row.tolist() == pytest.approx(measures, abs=1e-9)


@given(seed=st.integers(0, 1000))
@settings(max_examples=10, deadline=None)
def test_row_order_changes_nothing(seed: int) -> None:
    orders = load_cdnow("sample").head(500)
    shuffled = orders.sample(frac=1.0, random_state=seed)
    same(customer_table(shuffled, "1998-06-30"), customer_table(orders, "1998-06-30"))


def test_nothing_is_changed_in_the_input(orders: pd.DataFrame) -> None:
    before = orders.copy()
    customer_table(orders, as_of="1997-03-31")
    pd.testing.assert_frame_equal(orders, before)


AS_OF = [
    "1997-03-31",
    dt.date(1997, 3, 31),
    dt.datetime(1997, 3, 31, 15),
    pd.Timestamp("1997-03-31 23:00"),
    np.datetime64("1997-03-31"),
]


@pytest.mark.parametrize("as_of", AS_OF, ids=lambda value: type(value).__name__)
def test_as_of_is_a_day_however_it_is_written(orders: pd.DataFrame, as_of: Any) -> None:
    same(customer_table(orders, as_of=as_of), expected(with_orders=True))


def test_dates_without_a_time_are_read_on_every_engine(quick_engine: Any) -> None:
    table = orders_of(("a", "2024-02-28", 1.0), ("a", "2024-03-01", 2.0))
    days = quick_engine(table.assign(order_date=table["order_date"].dt.normalize()))
    assert customer_table(days, as_of="2024-03-01")["tenure_days"].tolist() == [2]


def test_arrow_dates_and_decimals_are_read(given_on: Any) -> None:
    import decimal

    import pyarrow as pa

    table = pa.table(
        {
            "customer_id": ["a", "a"],
            "order_date": [dt.date(2024, 1, 1), dt.date(2024, 1, 3)],
            "amount": pa.array([decimal.Decimal("1.10"), decimal.Decimal("2.20")]),
        }
    )
    for orders in (
        table,
        table.to_pandas(types_mapper=pd.ArrowDtype),
        given_on("duckdb")(table.to_pandas(types_mapper=pd.ArrowDtype)),
    ):
        customers = customer_table(orders, as_of="2024-01-03")
        assert customers["total_amount"].tolist() == pytest.approx([3.3])
        assert customers["tenure_days"].tolist() == [2]


def test_unused_categories_make_no_customer(quick_engine: Any, orders: pd.DataFrame) -> None:
    ids = pd.Categorical(orders["customer_id"], categories=["zoe", *["ann", "bob", "cid", "dee"]])
    table = quick_engine(orders.assign(customer_id=ids))
    customers = customer_table(table, as_of="1997-03-31")
    assert sorted(map(str, customers.index)) == ["ann", "bob", "dee"]


MISTAKES = {
    "empty": (lambda t: t.head(0), NotEnoughDataError, "need at least 1 order, got 0"),
    "too early": (
        lambda t: t.assign(order_date=t["order_date"] + pd.Timedelta(days=365)),
        DataError,
        "as_of=1997-03-31 lies before the first order, on 1998-01-01",
    ),
    "returns alone": (
        lambda t: t.assign(amount=-1.0),
        NotEnoughDataError,
        "need at least 1 purchase up to as_of, got 0",
    ),
    "missing id": (
        lambda t: t.assign(customer_id=t["customer_id"].where(t["customer_id"] != "bob")),
        DataError,
        "customer_id is missing in 3 of 12 rows; make the orders table with prepare_orders",
    ),
    "missing date": (
        lambda t: t.assign(order_date=t["order_date"].where(t["customer_id"] != "dee")),
        DataError,
        "order_date is missing in 1 of 12 rows; make the orders table with prepare_orders",
    ),
    "missing channel": (
        lambda t: t.assign(channel=t["channel"].where(t["customer_id"] != "dee")),
        DataError,
        "channel is missing in 1 of 12 rows; make the orders table with prepare_orders",
    ),
    "missing amount": (
        lambda t: t.assign(amount=t["amount"].where(t["customer_id"] != "dee")),
        DataError,
        "amount is missing or infinite in 1 of 12 rows; make the orders table with prepare_orders",
    ),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_the_same_error_in_the_same_words_on_every_engine(
    quick_engine: Any, orders: pd.DataFrame, mistake: str
) -> None:
    spoil, error, message = MISTAKES[mistake]
    with pytest.raises(error) as caught:
        customer_table(quick_engine(spoil(orders)), "1997-03-31", by="channel")
    assert str(caught.value) == message


def test_an_empty_spark_table_is_no_crash(spark: Any) -> None:
    empty = spark.createDataFrame([], "customer_id string, order_date timestamp_ntz, amount double")
    with pytest.raises(NotEnoughDataError, match="need at least 1 order, got 0"):
        customer_table(empty, as_of="1997-03-31")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"order_date": "1997-01-01"}, "order_date must hold dates without a time zone, not"),
        ({"amount": "12"}, "amount must be numeric, not"),
    ],
)
def test_columns_of_another_type_are_refused(
    quick_engine: Any, orders: pd.DataFrame, change: dict[str, str], message: str
) -> None:
    with pytest.raises(DataError, match=message):
        customer_table(quick_engine(orders.assign(**change)), as_of="1997-03-31")


def test_a_missing_column_is_named(orders: pd.DataFrame) -> None:
    with pytest.raises(MissingColumnsError, match=r"did you mean .channel"):
        customer_table(orders, as_of="1997-03-31", by="chanel")


def test_what_is_no_table_is_refused() -> None:
    with pytest.raises(TypeError, match=r"orders must be a pandas, Polars, .* table, not list"):
        customer_table([1, 2], as_of="1997-03-31")


def test_what_was_taken_back_whole_leaves_nothing(engine: Any) -> None:
    """Sums in another order leave 1e-13 of it, which a model of spend would take for money."""
    rng = np.random.default_rng(0)
    first, later, last = (rng.integers(100, 100_000, 50) / 100 for _ in range(3))
    amounts = [first, later, last, -(later + last).round(2)]
    days = pd.Series(pd.to_datetime(["2024-01-01", "2024-02-01", "2024-03-01", "2024-04-01"]))
    orders = pd.DataFrame(
        {
            "customer_id": np.tile(np.arange(50), 4),
            "order_date": days.astype("datetime64[us]").repeat(50).to_numpy(),
            "amount": np.concatenate(amounts),
        }
    )
    customers = customer_table(engine(orders), as_of="2024-12-31")
    assert (customers["repeat_mean_amount"] == 0).all()
    assert np.allclose(customers["total_amount"], first, rtol=1e-12)


@pytest.mark.parametrize("name", ["day", "total", "key_0"])
def test_by_may_have_any_name(quick_engine: Any, orders: pd.DataFrame, name: str) -> None:
    split = orders.assign(**{name: np.where(orders["amount"] > 10, "much", "little")})
    expected = customer_table(split.rename(columns={name: "split"}), "1997-03-31", by="split")
    found = customer_table(quick_engine(split), "1997-03-31", by=name)
    assert found.index.names == ["customer_id", name]
    assert found["order_count"].tolist() == expected["order_count"].tolist()
    assert np.allclose(found["total_amount"], expected["total_amount"])


@pytest.mark.parametrize("by", ["customer_id", "order_count", "purchase_days", ["kind", "kind"]])
def test_by_is_no_name_of_the_table(orders: pd.DataFrame, by: Any) -> None:
    with pytest.raises(ValueError, match="which is also a column of the result; rename"):
        customer_table(orders.assign(kind="x"), "1997-03-31", by=by)


def test_the_last_day_of_all_is_a_day(quick_engine: Any, orders: pd.DataFrame) -> None:
    found = customer_table(quick_engine(orders), as_of="9999-12-31")
    assert found["tenure_days"].to_dict()["dee"] == (dt.date.max - dt.date(1997, 1, 31)).days


@pytest.mark.parametrize("lazy", [False, True])
def test_an_id_that_is_no_number_is_missing(lazy: bool) -> None:
    polars = pytest.importorskip("polars", reason="Polars is not installed")
    day = pd.Timestamp("2024-01-01").to_pydatetime()
    table = polars.DataFrame(
        {"customer_id": [1.0, float("nan")], "order_date": [day] * 2, "amount": [1.0, 2.0]}
    )
    with pytest.raises(DataError, match="customer_id is missing or infinite in 1 of 2 rows"):
        customer_table(table.lazy() if lazy else table, as_of="1997-03-31")


def test_a_day_that_stands_for_a_missing_one_is_told(orders: pd.DataFrame) -> None:
    days = orders["order_date"].astype("datetime64[s]")
    old = orders.assign(order_date=days.where(days.index != 0, np.datetime64("0001-01-01", "s")))
    with pytest.raises(DataError, match="correct the dates before 1700-01-02"):
        customer_table(old, as_of="1997-03-31")


def test_sums_beyond_a_float_are_told(quick_engine: Any, orders: pd.DataFrame) -> None:
    with pytest.raises(DataError, match="amounts add up to more than a float can hold"):
        customer_table(quick_engine(orders.assign(amount=1.7e308)), as_of="1997-03-31")

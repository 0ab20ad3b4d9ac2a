"""Labels of repurchases, upgrades and first purchases, on every engine."""

import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cemkit import label_churn, training_snapshots
from cemkit.churn import label_first_purchase, label_repurchase, label_upgrade
from cemkit.errors import DataError, MissingColumnsError, NotEnoughDataError

START = pd.Timestamp("2024-01-01")
AS_OF, WINDOW = "2024-01-11", 10  # the window is (day 10, day 20]
LADDER = ["basic", "plus", "premium"]
ENGINES = {
    "pandas": lambda table: table,
    "polars": pl.from_pandas,
    "lazy polars": lambda table: pl.from_pandas(table).lazy(),
    "pyarrow": pa.Table.from_pandas,
    "duckdb": duckdb.from_df,
}


def orders_of(rows: list[tuple]) -> pd.DataFrame:
    table = pd.DataFrame(rows, columns=["customer_id", "day", "product", "amount"])
    date = START + pd.to_timedelta(table["day"], "D")
    return table.assign(order_date=date).drop(columns="day")


ORDERS = orders_of(
    [
        *[("ann", 0, "basic", 5.0), ("ann", 20, "plus", 9.0)],  # on the last day of the window
        *[("bob", 10, "basic", 5.0), ("bob", 21, "plus", 9.0)],  # the day after it
        *[("cat", 3, "premium", 9.0), ("cat", 12, "premium", 9.0)],  # at the top already
        *[("dan", 5, "plus", 9.0), ("dan", 15, "basic", 5.0)],  # down, not up
        *[("eve", 5, "basic", 5.0), ("eve", 15, "plus", -9.0)],  # a return is no purchase
        *[("fay", 14, "plus", 9.0)],  # not known by the day
        *[("gus", 2, "gift", 1.0), ("gus", 15, "plus", 9.0)],  # off the ladder before
        *[("zoe", 30, "gift", 1.0)],
    ]
)
AT_TOP = ORDERS[ORDERS["customer_id"].isin(["cat", "zoe"])]
PEOPLE = pd.DataFrame({"customer_id": ["zoe", "fay", "ann", "hal"]})


@pytest.mark.parametrize("engine", ENGINES)
def test_windows_are_closed_on_the_right_on_every_engine(engine: str) -> None:
    orders = ENGINES[engine](ORDERS)
    again = label_repurchase(orders, AS_OF, WINDOW)
    assert again.to_dict() == {"ann": 1, "bob": 0, "cat": 1, "dan": 1, "eve": 0, "gus": 1}
    up = label_upgrade(orders, AS_OF, WINDOW, ladder=LADDER)
    assert up.to_dict() == {"ann": 1, "bob": 0, "dan": 0, "eve": 0}
    first = label_first_purchase(orders, PEOPLE, AS_OF, WINDOW)
    assert first.to_dict() == {"fay": 1, "hal": 0, "zoe": 0}
    assert [labels.name for labels in (again, up, first)] == [
        *("repurchased", "upgraded", "first_purchased")
    ]
    assert {labels.index.name for labels in (again, up, first)} == {"customer_id"}


def test_a_repurchase_is_the_other_side_of_churn() -> None:
    churned = label_churn(ORDERS, AS_OF, WINDOW)
    assert (label_repurchase(ORDERS, AS_OF, WINDOW) == 1 - churned).all()


@settings(max_examples=25, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from("abc"), st.integers(0, 30), st.sampled_from([*LADDER, "gift"]),
            st.sampled_from([-1.0, 0.0, 5.0]),
        ),
        min_size=1,
        max_size=15,
    )
)  # fmt: skip
def test_upgrades_against_brute_force(rows: list[tuple]) -> None:
    rows = [*rows, ("z", 0, "basic", 1.0), ("z", 40, "gift", 1.0)]
    rung = {product: place for place, product in enumerate(LADDER)}
    expected = {}
    for who in sorted({row[0] for row in rows}):
        own = [(day, rung.get(p, -1)) for c, day, p, amount in rows if c == who and amount >= 0]
        before = max((r for day, r in own if day <= 10), default=-1)
        if 0 <= before < 2:
            expected[who] = int(any(10 < day <= 20 and r > before for day, r in own))
    found = label_upgrade(orders_of(rows), AS_OF, WINDOW, ladder=LADDER)
    assert found.to_dict() == expected


LABELS = {
    "repurchase": label_repurchase,
    "upgrade": lambda orders, day, window, **more: label_upgrade(
        orders, day, window, ladder=LADDER, **more
    ),
    "first": lambda orders, day, window, **more: label_first_purchase(
        orders, PEOPLE, day, window, **more
    ),
}


@pytest.mark.parametrize("label", LABELS.values(), ids=LABELS)
def test_a_window_that_the_data_do_not_cover_is_refused(label: object) -> None:
    with pytest.raises(DataError, match="the window ends on 2024-02-15, after the last order"):
        label(ORDERS, "2024-01-16", 30)
    assert len(label(ORDERS, "2024-01-16", 30, data_until="2024-02-15"))
    with pytest.raises(DataError, match="data_until"):
        label(ORDERS, AS_OF, 10, data_until="2024-01-12")


def test_bad_input() -> None:
    with pytest.raises(MissingColumnsError, match="product"):
        label_upgrade(ORDERS.drop(columns="product"), AS_OF, WINDOW, ladder=LADDER)
    with pytest.raises(DataError, match="no order has a product of the ladder"):
        label_upgrade(ORDERS, AS_OF, WINDOW, ladder=["x", "y"])
    with pytest.raises(NotEnoughDataError, match="below the highest level"):
        label_upgrade(AT_TOP, AS_OF, WINDOW, ladder=LADDER)
    with pytest.raises(
        NotEnoughDataError, match="need at least 1 person who had not bought by 2024-01-11, got 0"
    ):
        label_first_purchase(ORDERS, PEOPLE.iloc[[2]], AS_OF, WINDOW)
    with pytest.raises(DataError, match="numbers in people and text in orders"):
        label_first_purchase(ORDERS, pd.DataFrame({"customer_id": [1]}), AS_OF, WINDOW)
    with pytest.raises(DataError, match="repeated customer_id"):
        label_first_purchase(ORDERS, pd.concat([PEOPLE, PEOPLE]), AS_OF, WINDOW)


def test_nobody_need_have_bought_before_a_first_purchase() -> None:
    first = label_first_purchase(ORDERS, PEOPLE, "2023-12-31", 20)
    assert first.to_dict() == {"ann": 1, "fay": 1, "hal": 0, "zoe": 0}


def test_snapshots_take_any_label() -> None:
    stacked = training_snapshots(ORDERS, [AS_OF], WINDOW, [9], label=label_repurchase)
    assert stacked["repurchased"].tolist() == label_repurchase(ORDERS, AS_OF, WINDOW).tolist()
    assert "churned" not in stacked

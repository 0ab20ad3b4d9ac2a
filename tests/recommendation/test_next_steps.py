"""next_upgrade: the next product on the user's own ladder."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cemkit.errors import DataError, MissingColumnsError, NotEnoughDataError
from cemkit.recommendation import next_upgrade, upgrade_paths

START = pd.Timestamp("2024-01-01")
LADDER = ["basic", "plus", "premium"]


def orders_of(rows: list[tuple]) -> pd.DataFrame:
    table = pd.DataFrame(rows, columns=["customer_id", "day", "product"])
    return table.assign(order_date=START + pd.to_timedelta(table["day"], "D"), amount=1.0)


ORDERS = orders_of(
    [
        *[(1, 0, "basic"), (1, 10, "plus")],
        *[(2, 0, "basic"), (2, 20, "plus")],
        *[(3, 0, "basic"), (3, 5, "premium")],
        *[(4, 3, "basic"), (5, 4, "gift"), (6, 9, "plus")],
    ]
)


def test_the_path_that_most_others_took() -> None:
    found = next_upgrade(ORDERS, "2024-01-31", ladder=LADDER, min_customers=1)
    assert found.table.loc[4, ["product", "next_product"]].tolist() == ["basic", "plus"]
    assert found.table.loc[4, "share"] == 2 / 4
    assert found.table.loc[4, "mean_days"] == 15
    assert found.table.loc[4, "days_since"] == 27
    assert found.table.loc[4, "since_date"] == pd.Timestamp("2024-01-04")
    assert found.table.index.tolist() == [4]  # nobody went on from plus
    assert (found.at_top, found.no_path, found.off_ladder) == (1, 3, 1)


def test_prices_do_not_matter_on_a_ladder_of_ones_own() -> None:
    assert upgrade_paths(ORDERS, "2024-01-31", min_customers=1).empty  # all cost the same
    paths = upgrade_paths(ORDERS, "2024-01-31", ladder=LADDER, min_customers=2)
    assert paths[["product", "next_product"]].to_numpy().tolist() == [["basic", "plus"]]
    table = pd.DataFrame({"product": ["plus", "basic", "premium"], "level": [1, 1, 2]})
    paths = upgrade_paths(ORDERS, "2024-01-31", ladder=table, min_customers=1)
    assert paths[["product", "next_product"]].to_numpy().tolist() == [["basic", "premium"]]


@settings(max_examples=20, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(1, 5), st.integers(0, 9), st.sampled_from([*LADDER, "gift"])),
        min_size=1,
        max_size=20,
    )
)
def test_every_customer_is_counted_once_and_steps_go_up(rows: list[tuple]) -> None:
    if not {product for *_, product in rows} & set(LADDER):
        return
    orders = orders_of(rows)
    found = next_upgrade(orders, "2024-12-31", ladder=LADDER, min_customers=1)
    assert found.customers == len({customer for customer, *_ in rows})
    parts = found.with_upgrade + found.at_top + found.no_path + found.off_ladder
    assert parts == found.customers
    for customer, line in found.table.iterrows():
        own = [p for c, _, p in rows if c == customer and p in LADDER]
        assert line["product"] == max(own, key=LADDER.index)
        assert LADDER.index(line["next_product"]) > LADDER.index(line["product"])
    shuffled = next_upgrade(orders.iloc[::-1], "2024-12-31", ladder=LADDER, min_customers=1)
    pd.testing.assert_frame_equal(shuffled.table, found.table)


def test_bad_input() -> None:
    with pytest.raises(DataError, match="no order has a product of the ladder"):
        next_upgrade(ORDERS, "2024-01-31", ladder=["x", "y"])
    with pytest.raises(DataError, match="no step up"):
        next_upgrade(ORDERS, "2024-01-31", ladder=["basic"])
    with pytest.raises(MissingColumnsError, match="product"):
        next_upgrade(ORDERS.drop(columns="product"), "2024-01-31", ladder=LADDER)
    with pytest.raises(NotEnoughDataError, match="need at least 1 purchase up to as_of, got 0"):
        next_upgrade(ORDERS, "2023-01-31", ladder=LADDER)
    assert np.isfinite(next_upgrade(ORDERS, "2024-01-31", ladder=LADDER, min_customers=1).customers)

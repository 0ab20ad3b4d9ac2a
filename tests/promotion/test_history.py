"""What a message may mention of what was bought."""

import pandas as pd
import pytest

from cemkit.errors import MissingColumnsError
from cemkit.promotion.history import supporting_purchases

DAY = pd.Timestamp("2024-01-31")
ORDERS = pd.DataFrame(
    [
        (1, "shoes", "sport", "2024-01-01", 50.0),
        (1, "shirt", "sport", "2024-01-05", 20.0),
        (1, "ball", "sport", "2024-01-09", 9.0),
        (1, "book", "media", "2024-01-10", 9.0),
        (2, "shoes", "sport", "2024-01-01", 50.0),
        (2, "shoes", "sport", "2024-01-11", -50.0),
        (3, "shirt", "sport", "2024-02-01", 20.0),
        (4, "sport", "media", "2024-01-01", 5.0),
        (5, "shirt", "sport", "2024-01-31", 0.0),
    ],
    columns=["customer_id", "product", "category", "order_date", "amount"],
).assign(order_date=lambda table: pd.to_datetime(table["order_date"]))


def bought(orders: pd.DataFrame, *ids: object) -> pd.DataFrame:
    scopes = pd.Index(["sport", "garden"])
    return supporting_purchases(orders, pd.Index(ids), scopes, DAY)


def test_the_latest_two_in_scope_that_were_kept() -> None:
    found = bought(ORDERS, 1, 2, 3, 4, 5)
    assert found.index.tolist() == [(1, "sport"), (4, "sport"), (5, "sport")]
    assert found.loc[(1, "sport")].tolist() == ["ball", "shirt"]
    assert found["first"].tolist() == ["ball", "sport", "shirt"]
    assert found["second"].isna().tolist() == [False, True, True]


def test_customers_who_do_not_matter_are_left_out() -> None:
    assert bought(ORDERS, 4, 99).index.tolist() == [(4, "sport")]
    assert bought(ORDERS, 99).empty


def test_any_order_of_rows_gives_the_same() -> None:
    same_day = ORDERS.assign(order_date=pd.Timestamp("2024-01-01"))
    expected = bought(same_day, 1, 5)
    assert expected.loc[(1, "sport")].tolist() == ["ball", "shirt"]
    for seed in range(5):
        shuffled = same_day.sample(frac=1, random_state=seed)
        pd.testing.assert_frame_equal(bought(shuffled, 1, 5), expected)


def test_products_alone_are_enough() -> None:
    orders = pd.DataFrame({"customer_id": [1, 2], "product": ["garden", "shoes"]})
    assert bought(orders, 1, 2).index.tolist() == [(1, "garden")]
    with pytest.raises(MissingColumnsError, match="'product'"):
        bought(orders[["customer_id"]], 1)

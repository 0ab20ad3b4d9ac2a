"""Groups from people and orders: one group a customer of people, several of orders."""

import numpy as np
import pandas as pd
import pytest

from cemkit.errors import DataError, MissingColumnsError
from cemkit.indicators import scorecard

ORDERS = pd.DataFrame(
    {
        "customer_id": [1, 1, 2, 3, 3, 4],
        "order_date": pd.to_datetime(
            ["2024-01-03", "2024-02-04", "2024-01-20", "2024-02-02", "2024-02-20", "2024-02-09"]
        ),
        "amount": [10.0, 20.0, 30.0, 40.0, 50.0, 60.0],
        "channel": ["web", "shop", "web", "web", "shop", None],
    }
)
PEOPLE = pd.DataFrame({"customer_id": [3, 1, 2], "segment": ["loyal", "新客", "loyal"]})


def amounts(**options: object) -> pd.DataFrame:
    card = scorecard(ORDERS, "2024-02-29", window_days=30, **options)  # type: ignore[arg-type]
    return card.wide("total_amount")


def test_people_split_customers_and_those_without_a_group_are_counted() -> None:
    table = amounts(by="segment", people=PEOPLE)
    assert table.to_dict("list") == {"loyal": [30.0, 90.0], "新客": [10.0, 20.0]}
    card = scorecard(ORDERS, "2024-02-29", by="segment", people=PEOPLE, window_days=30)
    left_out = card.left_out.set_index(["table", "reason"])["count"]
    assert left_out["people", "customers without a group"] == 1
    assert card.in_several_groups == 0


def test_orders_split_rows_and_customers_in_several_groups_are_counted() -> None:
    assert amounts(by="channel").to_dict("list") == {"shop": [0.0, 70.0], "web": [40.0, 40.0]}
    card = scorecard(ORDERS, "2024-02-29", by="channel", window_days=30)
    assert card.in_several_groups == 1
    left_out = card.left_out.set_index(["table", "reason"])["count"]
    assert left_out["orders", "no group"] == 1


def test_both_together_and_in_any_order() -> None:
    table = amounts(by=["segment", "channel"], people=PEOPLE.sample(frac=1, random_state=1))
    assert table.columns.tolist() == [
        *[("loyal", "shop"), ("loyal", "web")],
        *[("新客", "shop"), ("新客", "web")],
    ]
    assert table["loyal", "web"].tolist() == [30.0, 40.0]


def test_a_customer_in_two_groups_of_people_is_refused() -> None:
    twice = pd.concat([PEOPLE, PEOPLE.head(1).assign(segment="new")])
    with pytest.raises(DataError, match=r"repeated customer_id, such as 3, in the groups 'loyal'"):
        amounts(by="segment", people=twice)
    with pytest.raises(DataError, match="a customer belongs to one group"):
        amounts(by="segment", people=pd.concat([PEOPLE, PEOPLE.head(1)]))


def test_what_is_wrong_is_named() -> None:
    with pytest.raises(MissingColumnsError, match="segment.*people="):
        amounts(by="segment")
    with pytest.raises(ValueError, match="is a column of orders and of people"):
        amounts(by="channel", people=PEOPLE.rename(columns={"segment": "channel"}))
    with pytest.raises(DataError, match="none of the 3 ids in people is in orders"):
        amounts(by="segment", people=PEOPLE.assign(customer_id=[7, 8, 9]))
    with pytest.raises(DataError, match="customer_id holds text in people"):
        amounts(by="segment", people=PEOPLE.assign(customer_id=["a", "b", "c"]))
    with pytest.raises(DataError, match="no customer has a value of segment"):
        amounts(by="segment", people=PEOPLE.assign(segment=np.nan))

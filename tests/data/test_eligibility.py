"""Who may have which offer."""

import numpy as np
import pandas as pd
import pytest

from cemkit.data import eligible_customers
from cemkit.errors import CemkitWarning, DataError, MissingColumnsError

CUSTOMERS = pd.DataFrame(
    {"segment": ["At risk", "New", None, "At risk"], "clv": [120.0, 90.0, 500.0, np.nan]},
    index=pd.Index([4, 3, 2, 1], name="customer_id"),
)
OFFERS = pd.DataFrame(
    {
        "offer": ["all", "risk", "rich risk"],
        "discount": 0.1,
        "eligible": [None, "segment = At risk", "segment = At risk and clv >= 100"],
    }
)


def test_everybody_or_those_of_whom_the_condition_is_known_to_hold() -> None:
    found = eligible_customers(CUSTOMERS, OFFERS)
    assert found.eligible["all"].tolist() == [True] * 4
    assert found.eligible["risk"].tolist() == [True, False, False, True]
    assert found.eligible["rich risk"].tolist() == [True, False, False, False]
    counts = found.table[["eligible_customers", "not_eligible", "unknown"]]
    assert counts.to_numpy().tolist() == [[4, 0, 0], [2, 1, 1], [1, 1, 2]]
    assert (counts.sum(axis=1) == found.customers).all()
    assert found.conditional == 2


def test_the_same_in_any_order_and_with_ids_in_a_column() -> None:
    found = eligible_customers(CUSTOMERS, OFFERS).eligible
    other = eligible_customers(CUSTOMERS.iloc[::-1].reset_index(), OFFERS.iloc[::-1]).eligible
    pd.testing.assert_frame_equal(other.loc[found.index, found.columns], found)


def test_purchases_need_orders_and_a_day() -> None:
    offers = OFFERS.assign(eligible="bought category sports >= 1 times in 30 days")
    orders = pd.DataFrame(
        {
            "customer_id": [4, 3],
            "order_date": pd.to_datetime(["2024-01-10", "2023-01-10"]),
            "amount": 1.0,
            "category": "sports",
        }
    )
    found = eligible_customers(CUSTOMERS, offers, "2024-01-31", orders=orders)
    assert found.eligible["all"].tolist() == [True, False, False, False]
    with pytest.raises(
        ValueError, match="offer 'all' counts purchases, so it needs the last day seen"
    ):
        eligible_customers(CUSTOMERS, offers, orders=orders)
    with pytest.raises(ValueError, match="needs the order table"):
        eligible_customers(CUSTOMERS, offers, "2024-01-31")


@pytest.mark.parametrize(
    ("eligible", "error", "message"),
    [
        ("segment becomes New", ValueError, "of offer 'all' asks what has just happened"),
        ("segment", ValueError, "eligible='segment' of offer 'all' is not a condition"),
        ("segmnt = New", MissingColumnsError, "did you mean 'segment'"),
        ("segment = new", DataError, "'New' differs only in case"),
    ],
)
def test_bad_conditions(eligible: str, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        eligible_customers(CUSTOMERS, OFFERS.assign(eligible=eligible))


def test_a_segment_that_nobody_has_is_said() -> None:
    with pytest.warns(CemkitWarning, match="nobody in customers has the segment 'Gold'"):
        found = eligible_customers(CUSTOMERS, OFFERS.assign(eligible="segment = Gold"))
    assert not found.eligible.to_numpy().any()


def test_bad_tables() -> None:
    with pytest.raises(DataError, match="repeated customer_id"):
        eligible_customers(pd.concat([CUSTOMERS, CUSTOMERS]), OFFERS)
    with pytest.raises(DataError, match="offer 'all' stands in 2 rows"):
        eligible_customers(CUSTOMERS, OFFERS.assign(offer=["all", "all", "x"]))


def test_offers_with_levels_have_conditions_like_others() -> None:
    levels = pd.DataFrame(
        {"offer": "risk", "by": "clv", "at_least": [0, 100], "discount": [0.1, 0.2]}
    )
    levelled = eligible_customers(
        CUSTOMERS, OFFERS.assign(discount=[0.1, None, 0.1]), levels=levels
    )
    pd.testing.assert_frame_equal(levelled.eligible, eligible_customers(CUSTOMERS, OFFERS).eligible)


def test_what_cannot_be_read_is_answered_with_what_an_offer_may_say() -> None:
    with pytest.raises(ValueError, match="is not a condition; write 'column > 0.5'") as error:
        eligible_customers(CUSTOMERS, OFFERS.assign(eligible="segment ~ At risk"))
    assert "becomes" not in str(error.value)

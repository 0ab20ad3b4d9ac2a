"""Discounts in words, and refused everywhere alike."""

from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cemkit import issue_coupons, offer_profit, render_messages
from cemkit.catalogue import words
from cemkit.errors import DataError
from cemkit.promotion import coupons_for_returns
from cemkit.promotion.coupons import RETURN_RULES
from cemkit.promotion.discounts import discount_fraction


@pytest.mark.parametrize(
    ("discount", "en", "zh"),
    [
        (0.2, "20% off", "8折（优惠20%）"),
        (0.125, "12.5% off", "8.75折（优惠12.5%）"),
        (0.07, "7% off", "9.3折（优惠7%）"),
        (0.15, "15% off", "8.5折（优惠15%）"),
        (0.5, "50% off", "5折（优惠50%）"),
        (0.9, "90% off", "1折（优惠90%）"),
        (1 - 0.8, "20% off", "8折（优惠20%）"),
        (np.float32(0.2), "20% off", "8折（优惠20%）"),
        (1, "100% off", "免费（优惠100%）"),
        (np.float32(0.7), "70% off", "3折（优惠70%）"),
        (1 / 3, "33.333333% off", "6.6666667折（优惠33.333333%）"),
    ],
)
def test_exact_percentages_and_the_native_form(discount: float, en: str, zh: str) -> None:
    fraction = discount_fraction(discount)
    assert words("en").discount_words(fraction) == en
    assert words("zh").discount_words(fraction) == zh


@given(st.integers(1, 9999))
def test_each_hundredth_of_a_percent_is_exact(hundredths: int) -> None:
    assert discount_fraction(hundredths / 10_000) == Decimal(hundredths) / 10_000


@pytest.mark.parametrize("discount", [0, 1.01, -0.2, 30, float("nan"), 1e-12])
def test_a_discount_outside_0_and_1(discount: float) -> None:
    with pytest.raises(ValueError, match="discount"):
        discount_fraction(discount)


@pytest.mark.parametrize("wrong", [30, -0.2, 0, 1.5, np.inf])
def test_a_share_outside_0_and_1_is_refused_everywhere(wrong: float) -> None:
    day = pd.Timestamp("2024-03-31")
    coupons = pd.DataFrame({"customer_id": [1], "offer": "sale", "discount": [wrong]})
    with pytest.raises(DataError, match="discount"):
        issue_coupons(coupons.assign(valid_from=day, valid_until=day), b"a key for examples alone")
    returns = pd.DataFrame({"customer_id": [1], "order_id": ["A"], "reason": ["x"]})
    with pytest.raises(DataError, match="discount"):
        coupons_for_returns(returns, rules=RETURN_RULES.assign(discount=wrong), as_of=day)
    people = pd.DataFrame({"customer_id": [1], "preferred_channel": "sms"})
    sale = pd.DataFrame({"offer": ["sale"], "discount": [wrong], "valid_until": [day]})
    actions = coupons[["customer_id", "offer"]]
    with pytest.raises(DataError, match="discount"):
        render_messages(actions, sale, people, language="en", as_of=day)
    sale = sale.assign(valid_from=day, contact_cost=1.0)
    with pytest.raises(DataError, match="discount"):
        issue_coupons(actions, b"a key for examples alone", offers=sale)
    customers = people.assign(churn_probability=0.5, expected_mean_amount=10.0)
    with pytest.raises(DataError, match="discount"):
        offer_profit(customers, sale, 0.1, margin=0.5)

"""offer_profit, by hand: what the coupon costs counts also where the purchase came anyway."""

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LinearRegression

from cemkit import UpliftModel, offer_profit
from cemkit.data import offer_costs
from cemkit.errors import CemkitWarning, DataError, MissingColumnsError, NotEnoughDataError

CUSTOMERS = pd.DataFrame(
    {
        "churn_probability": [0.1, 0.8],
        "expected_mean_amount": [100.0, 50.0],
        "rise": [0.05, 0.2],
    },
    index=pd.Index(["loyal", "slipping"], name="customer_id"),
)
OFFERS = pd.DataFrame(
    {
        "offer": ["mail", "20%"],
        "kind": ["none", "percentage"],
        "discount": [None, 0.2],
        "contact_cost": [0.5, 1.0],
    }
)


def test_by_hand() -> None:
    table = offer_profit(CUSTOMERS, OFFERS, {"mail": 0.01, "20%": "rise"}, margin=0.4)
    assert table["customer_id"].tolist() == ["loyal", "loyal", "slipping", "slipping"]
    assert table["offer"].tolist() == ["mail", "20%", "mail", "20%"]
    # loyal, 20 %: contact 1 + 0.2 * 100 * (0.9 + 0.05); earns 0.4 * 100 * 0.05 before it.
    assert table["cost"].tolist() == pytest.approx([0.5, 20, 0.5, 5])
    assert table["profit"].tolist() == pytest.approx([-0.1, -18, -0.3, -1])
    even = [0.5 / 40, (1 + 18) / 20, 0.5 / 20, (1 + 2) / 10]
    assert table["break_even_uplift"].tolist() == pytest.approx(even)


def test_uplifts_are_taken_by_name_and_not_by_their_order() -> None:
    uplift, error = {"mail": 0.01, "20%": "rise"}, {"mail": 0.001, "20%": "rise"}
    expected = offer_profit(CUSTOMERS, OFFERS, uplift, margin=0.4, uplift_standard_error=error)
    turned = [dict(reversed(given.items())) for given in (uplift, error)]
    found = offer_profit(CUSTOMERS, OFFERS, turned[0], margin=0.4, uplift_standard_error=turned[1])
    pd.testing.assert_frame_equal(found, expected)
    # 20 %: the error of the column times what a purchase leaves, |0.4 - 0.2| of the amount.
    assert found["profit_standard_error"].tolist()[1::2] == pytest.approx([0.05 * 20, 0.2 * 10])
    with pytest.raises(MissingColumnsError, match="uplift_standard_error of offer '20%'"):
        offer_profit(
            CUSTOMERS, OFFERS, uplift, margin=0.4, uplift_standard_error={"mail": 0, "20%": "gone"}
        )


def test_at_the_break_even_uplift_the_profit_is_zero() -> None:
    even = offer_profit(CUSTOMERS, OFFERS, 0.0, margin=0.4).query("offer == '20%'")
    rise = even["break_even_uplift"].to_numpy().clip(max=0.1)
    table = offer_profit(
        CUSTOMERS.assign(rise=[0.1, even["break_even_uplift"].iloc[1]]), OFFERS, "rise", margin=0.4
    )
    assert table["profit"].iloc[3] == pytest.approx(0)
    assert rise[0] == 0.1


def test_a_discount_of_the_whole_margin_never_breaks_even() -> None:
    table = offer_profit(CUSTOMERS, OFFERS, 0.1, margin=0.2)
    assert np.isinf(table["break_even_uplift"].iloc[[1, 3]]).all()


def test_no_probability_leaves_0_to_1_and_a_warning_counts_where() -> None:
    with pytest.warns(CemkitWarning, match="2 of 4 pairs"):
        table = offer_profit(CUSTOMERS, OFFERS, 0.3, margin=0.4)
    assert table["uplift"].tolist() == pytest.approx([0.1, 0.1, 0.3, 0.3])


def test_a_model_gives_uplift_and_its_standard_error() -> None:
    rng = np.random.default_rng(0)
    X = pd.DataFrame({"expected_mean_amount": rng.uniform(0, 200, 2000)})
    treated = rng.integers(0, 2, 2000)
    y = rng.random(2000) < 0.2 + 0.001 * treated * X["expected_mean_amount"]
    model = UpliftModel(estimator=LinearRegression(), propensity=0.5).fit(X, y, treated)
    even = CUSTOMERS.assign(churn_probability=0.5)
    table = offer_profit(even, OFFERS.head(1), model, margin=0.4)
    assert table["uplift"].tolist() == pytest.approx(model.predict(CUSTOMERS).tolist())
    error = 0.4 * CUSTOMERS["expected_mean_amount"] * model.standard_error(CUSTOMERS)
    assert table["profit_standard_error"].tolist() == pytest.approx(error.tolist())


def test_inputs_stay_as_they_were_and_ids_may_be_a_column() -> None:
    before = CUSTOMERS.copy(deep=True)
    one = offer_profit(CUSTOMERS, OFFERS, 0.01, margin=0.4)
    pd.testing.assert_frame_equal(CUSTOMERS, before)
    pd.testing.assert_frame_equal(
        one, offer_profit(CUSTOMERS.reset_index(), OFFERS, 0.01, margin=0.4)
    )


@pytest.mark.parametrize(
    ("customers", "offers", "uplift", "error", "message"),
    [
        (CUSTOMERS.drop(columns="churn_probability"), OFFERS, 0.1, MissingColumnsError, "churn"),
        (CUSTOMERS.assign(churn_probability=1.2), OFFERS, 0.1, DataError, "at most 1, not 1.2"),
        (
            CUSTOMERS.assign(churn_probability=[0.1, np.nan]),
            OFFERS,
            0.1,
            DataError,
            "churn_probability has 1 missing .*first at 'slipping'",
        ),
        (CUSTOMERS.assign(expected_mean_amount=-1), OFFERS, 0.1, DataError, "2 negative values"),
        (
            CUSTOMERS,
            OFFERS.assign(contact_cost=-1),
            0.1,
            DataError,
            "contact_cost of offer 'mail' is -1",
        ),
        (
            CUSTOMERS,
            OFFERS.assign(discount=[None, 20]),
            0.1,
            DataError,
            "discount of offer '20%' is 20; it must lie above 0",
        ),
        (CUSTOMERS, OFFERS.assign(offer="mail"), 0.1, DataError, "offer 'mail' stands in 2 rows"),
        (
            CUSTOMERS,
            OFFERS.assign(contact_cost=[0.5, None]),
            0.1,
            DataError,
            "contact_cost has 1 missing .*first at '20%'",
        ),
        (CUSTOMERS, OFFERS, {"mail": 0.1}, ValueError, r"\['20%'\] are missing"),
        (
            CUSTOMERS,
            OFFERS,
            {"mail": 0.1, "20%": 0.1, "x": 0},
            ValueError,
            r"\['x'\] are not among",
        ),
        (CUSTOMERS, OFFERS[:0], 0.1, NotEnoughDataError, "need at least 1 row in offers, got 0"),
        (CUSTOMERS, OFFERS, 5, ValueError, "must be a change of a probability, not 5"),
        (CUSTOMERS, OFFERS, "lift", MissingColumnsError, "uplift of offer 'mail'"),
    ],
)
def test_bad_input_is_refused(
    customers: pd.DataFrame,
    offers: pd.DataFrame,
    uplift: object,
    error: type[Exception],
    message: str,
) -> None:
    with pytest.raises(error, match=message):
        offer_profit(customers, offers, uplift, margin=0.4)


def test_standard_errors_are_a_number_or_one_of_each_offer() -> None:
    with pytest.raises(TypeError, match="uplift_standard_error of offer 'mail' must be a number"):
        offer_profit(CUSTOMERS, OFFERS, 0.1, margin=0.4, uplift_standard_error=np.ones(2))


def test_margin_is_a_fraction() -> None:
    with pytest.raises(ValueError, match="margin must be a fraction"):
        offer_profit(CUSTOMERS, OFFERS, 0.1, margin=40)


KINDS = pd.DataFrame(
    {
        "offer": ["10%", "30 off 80", "bag", "points", "delivery", "preview", "call"],
        "kind": [
            *("percentage", "amount_off", "gift", "points", "service", "early_access", "none"),
        ],
        "discount": [0.1, *[None] * 6],
        "amount_off": [None, 30, *[None] * 5],
        "min_spend": [None, 80, *[None] * 5],
        "unit_cost": [None, None, 4, None, 6, None, None],
        "points_per_unit": [None, None, None, 2, None, None, None],
        "point_value": [None, None, None, 0.01, None, None, None],
        "contact_cost": 1.0,
        "stackable": [True, *[False] * 6],
    }
)
PER_PURCHASE = {  # of loyal, who spends 100, and of slipping, who spends 50
    "10%": (10, 5),
    "30 off 80": (30, 0),
    "bag": (4, 4),
    "points": (2, 1),
    "delivery": (6, 6),
    "preview": (0, 0),
    "call": (0, 0),
}


def test_every_kind_by_hand() -> None:
    table = offer_profit(CUSTOMERS, KINDS, 0.05, margin=0.4)
    for offer, costs in PER_PURCHASE.items():
        rows = table[table["offer"] == offer]
        for (_, row), c, p, a in zip(rows.iterrows(), costs, (0.9, 0.2), (100, 50), strict=True):
            u = 0.05 if row["holds"] else 0.0
            assert row["cost"] == pytest.approx(1 + c * (p + u))
            assert row["profit"] == pytest.approx(0.4 * a * u - 1 - c * (p + u))
            assert row["purchase_share"] == pytest.approx(c / a)
            even = (1 + c * p) / (0.4 * a - c) if row["holds"] else np.inf
            assert row["break_even_uplift"] == pytest.approx(even)
    assert table.loc[~table["holds"], "offer"].tolist() == ["30 off 80"]
    assert table.loc[table["stackable"], "offer"].tolist() == ["10%", "10%"]


def test_below_the_minimum_spend_an_offer_changes_nothing() -> None:
    model_free = offer_profit(
        CUSTOMERS, KINDS[1:2], "rise", margin=0.4, uplift_standard_error=0.1
    ).iloc[1]
    assert model_free["customer_id"] == "slipping"
    assert not model_free["holds"]
    assert model_free[["uplift", "profit_standard_error"]].tolist() == [0, 0]
    assert model_free[["cost", "profit"]].tolist() == [1, -1]
    assert model_free["break_even_uplift"] == np.inf


def test_at_the_break_even_uplift_of_every_kind_the_profit_is_zero() -> None:
    offers = KINDS.assign(contact_cost=0.1)
    even = offer_profit(CUSTOMERS, offers, 0.0, margin=0.9)
    for row in even[even["holds"] & (even["break_even_uplift"] < 0.1)].itertuples():
        one = offers[offers["offer"] == row.offer]
        again = offer_profit(
            CUSTOMERS.loc[[row.customer_id]], one, row.break_even_uplift, margin=0.9
        )
        assert again["profit"].tolist() == pytest.approx([0.0], abs=1e-9)


def test_an_uplift_of_the_amount_is_money() -> None:
    table = offer_profit(
        CUSTOMERS, KINDS, 8.0, margin=0.4, uplift_of="amount", uplift_standard_error=2.0
    )
    for offer, costs in PER_PURCHASE.items():
        rows = table[table["offer"] == offer]
        for (_, row), c, p, a in zip(rows.iterrows(), costs, (0.9, 0.2), (100, 50), strict=True):
            r = 8.0 if row["holds"] else 0.0
            assert row["uplift"] == pytest.approx(r)
            assert row["cost"] == pytest.approx(1 + c * (p + r / a))
            assert row["profit"] == pytest.approx(0.4 * r - 1 - c * (p + r / a))
            if row["holds"]:
                assert row["break_even_uplift"] == pytest.approx((1 + c * p) / (0.4 - c / a))
                assert row["profit_standard_error"] == pytest.approx(abs(0.4 - c / a) * 2)


def test_a_percentage_of_a_rise_in_money_is_the_discount_of_all_that_is_spent() -> None:
    one = offer_profit(CUSTOMERS, KINDS[:1], {"10%": "rise"}, margin=0.4, uplift_of="amount")
    spent = (1 - CUSTOMERS["churn_probability"]) * CUSTOMERS["expected_mean_amount"]
    expected = 1 + 0.1 * (spent + CUSTOMERS["rise"])
    assert one["cost"].tolist() == pytest.approx(expected.tolist())


def test_a_fall_of_the_amount_ends_at_nothing() -> None:
    with pytest.warns(CemkitWarning, match="1 of 2 pairs .* an amount below 0 and was held"):
        table = offer_profit(CUSTOMERS, KINDS[:1], -50.0, margin=0.4, uplift_of="amount")
    assert table["uplift"].tolist() == pytest.approx([-50, -10])


def test_models_say_what_their_uplift_is_of() -> None:
    rng = np.random.default_rng(0)
    X = pd.DataFrame({"expected_mean_amount": rng.uniform(1, 200, 1000)})
    treated = rng.integers(0, 2, 1000)
    amount = rng.gamma(2, 20, 1000) + 5 * treated
    converted = (amount > 40).astype(int)
    learner = {"estimator": LinearRegression(), "propensity": 0.5}
    of_amount = UpliftModel(**learner).fit(X, amount, treated)
    of_conversion = UpliftModel(**learner).fit(X, converted, treated)
    table = offer_profit(CUSTOMERS, KINDS[:1], of_amount, margin=0.4, uplift_of="amount")
    assert table["uplift"].tolist() == pytest.approx(of_amount.predict(CUSTOMERS).tolist())
    with pytest.raises(ValueError, match=r"outcome that is not 0 or 1.*uplift_of='amount'"):
        offer_profit(CUSTOMERS, KINDS[:1], of_amount, margin=0.4)
    with pytest.raises(ValueError, match=r"from a 0/1 outcome.*uplift_of='conversion'"):
        offer_profit(CUSTOMERS, KINDS[:1], of_conversion, margin=0.4, uplift_of="amount")
    with pytest.raises(ValueError, match="uplift_of must be one of 'conversion', 'amount'"):
        offer_profit(CUSTOMERS, KINDS[:1], 0.1, margin=0.4, uplift_of="revenue")
    with pytest.raises(DataError, match="expected_mean_amount is 0 for 2 customers .*'loyal'"):
        offer_profit(
            CUSTOMERS.assign(expected_mean_amount=0), KINDS[:1], 1, margin=0.4, uplift_of="amount"
        )


def test_levels_cost_what_each_customer_gets() -> None:
    levels = pd.DataFrame(
        {"offer": "10%", "by": "tier", "level": ["gold", "silver"], "discount": [0.3, 0.2]}
    )
    offers = KINDS[:3].assign(discount=None)
    tiers = CUSTOMERS.assign(tier=["silver", "basic"])
    table = offer_profit(tiers, offers, 0.05, margin=0.4, levels=levels)
    assert table["purchase_share"].tolist() == pytest.approx([0.2, 0.3, 0.04, 0, 0, 0.08])
    assert table["holds"].tolist() == [True, True, True, False, False, True]
    by_amount = pd.DataFrame(
        {"offer": "10%", "by": "amount", "at_least": [50, 100], "discount": [0.05, 0.1]}
    )
    table = offer_profit(CUSTOMERS, offers[:1], 0.05, margin=0.4, levels=by_amount)
    assert table["purchase_share"].tolist() == pytest.approx([0.1, 0.05])


def test_the_cost_is_that_of_the_one_function() -> None:
    rng = np.random.default_rng(3)
    customers = pd.DataFrame(
        {
            "churn_probability": rng.random(50),
            "expected_mean_amount": rng.uniform(0, 200, 50),
        },
        index=pd.RangeIndex(50, name="customer_id"),
    )
    table = offer_profit(customers, KINDS, 0.0, margin=0.4)
    amounts = customers["expected_mean_amount"].reindex(table["customer_id"]).to_numpy()
    per_purchase = offer_costs(pd.DataFrame({"offer": table["offer"], "amount": amounts}), KINDS)
    cost = 1 + per_purchase * (1 - table["churn_probability"])
    np.testing.assert_allclose(table["cost"], cost)

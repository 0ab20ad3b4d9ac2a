"""offer_profit, by hand: what the coupon costs counts also where the purchase came anyway."""

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LinearRegression

from cemkit import UpliftModel, offer_profit
from cemkit.errors import CemkitWarning, DataError, MissingColumnsError

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
        (CUSTOMERS, OFFERS, 5, ValueError, "is a rise in probability, not 5"),
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

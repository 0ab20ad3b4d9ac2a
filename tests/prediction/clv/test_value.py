"""CustomerLifetimeValue: its parts multiply, and its parameters are kept."""

import numpy as np
import pandas as pd
import pytest

from cemkit import BetaGeoModel, CustomerLifetimeValue, load_cdnow, summarize_customers


@pytest.fixture(scope="module")
def customers() -> pd.DataFrame:
    return summarize_customers(load_cdnow("sample"), as_of="1997-09-30")


def test_value_is_margin_times_spend_times_discounted_purchases(customers: pd.DataFrame) -> None:
    model = CustomerLifetimeValue(annual_discount_rate=0.15, horizon_days=365, margin=0.3)
    valued = model.fit(customers).add_to(customers)
    purchases = BetaGeoModel().fit(customers).expected_discounted_purchases(customers, 0.15, 365)
    np.testing.assert_allclose(valued["clv"], 0.3 * valued["expected_mean_amount"] * purchases)
    assert (purchases < valued["expected_purchases"]).all()


def test_without_discount_value_is_spend_times_purchases(customers: pd.DataFrame) -> None:
    valued = CustomerLifetimeValue(annual_discount_rate=0.0).fit(customers).add_to(customers)
    np.testing.assert_allclose(
        valued["clv"], valued["expected_mean_amount"] * valued["expected_purchases"]
    )


def test_for_ever_has_no_expected_purchases(customers: pd.DataFrame) -> None:
    valued = CustomerLifetimeValue(horizon_days=None).fit(customers).add_to(customers)
    assert "expected_purchases" not in valued
    assert np.isfinite(valued["clv"]).all()


def test_the_models_given_are_not_fitted_themselves(customers: pd.DataFrame) -> None:
    given = BetaGeoModel()
    CustomerLifetimeValue(purchases=given).fit(customers)
    assert not hasattr(given, "params_")


def test_something_else_as_purchase_model(customers: pd.DataFrame) -> None:
    with pytest.raises(
        TypeError, match="purchases must be 'auto' or a purchase model, not 'bgnbd'"
    ):
        CustomerLifetimeValue(purchases="bgnbd").fit(customers)

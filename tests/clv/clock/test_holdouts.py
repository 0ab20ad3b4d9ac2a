"""clock="auto": what hold-outs inside the past decide."""

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone

from cemkit import BetaGeoModel, compare_purchase_models, customer_table
from cemkit.clv import SeasonalClock
from cemkit.errors import DataError

AS_OF = "2023-06-30"


@pytest.fixture(scope="module")
def automatic(seasonal_orders: pd.DataFrame) -> BetaGeoModel:
    customers = customer_table(seasonal_orders, AS_OF)
    return BetaGeoModel(clock="auto").fit(customers, orders=seasonal_orders)


def test_a_season_is_taken(automatic: BetaGeoModel, seasonal_orders: pd.DataFrame) -> None:
    choice = automatic.clock_choice_
    assert choice.clock is automatic.clock_
    assert choice.n_holdouts == len(choice.table) == 24
    assert choice.clock_median_error < 0.67 * choice.plain_median_error
    given = BetaGeoModel(clock=SeasonalClock().fit(seasonal_orders, AS_OF))
    assert given.fit(customer_table(seasonal_orders, AS_OF)).params_.equals(automatic.params_)


def test_a_holdout_is_the_total_by_hand(
    automatic: BetaGeoModel, seasonal_orders: pd.DataFrame
) -> None:
    row = automatic.clock_choice_.table.set_index(["as_of", "horizon_days"]).loc[("2023-04-01", 60)]
    customers = customer_table(seasonal_orders, "2023-04-01")
    later = seasonal_orders[seasonal_orders["customer_id"].isin(customers.index)]
    made = later["order_date"].between("2023-04-02", "2023-05-31").sum()
    assert row["purchases"] == made
    plain = BetaGeoModel().fit(customers).expected_purchases(customers, 60).sum()
    assert row["plain_error"] == pytest.approx(plain / made - 1, rel=1e-9)


def test_nothing_after_as_of_enters(automatic: BetaGeoModel, seasonal_orders: pd.DataFrame) -> None:
    past = seasonal_orders[seasonal_orders["order_date"] <= AS_OF]
    again = BetaGeoModel(clock="auto").fit(customer_table(past, AS_OF), orders=past)
    assert again.clock_choice_.table.equals(automatic.clock_choice_.table)


def test_less_than_a_year_is_plain_days(seasonal_orders: pd.DataFrame) -> None:
    customers = customer_table(seasonal_orders, "2021-09-30")
    model = BetaGeoModel(clock="auto").fit(customers, orders=seasonal_orders)
    assert model.clock_ is None
    assert model.clock_choice_.sentence().startswith(
        "Calendar days, without a seasonal clock: 273 days of orders are too few"
    )
    assert model.params_.equals(BetaGeoModel().fit(customers).params_)


def test_comparisons_fit_it_and_say_so(seasonal_orders: pd.DataFrame) -> None:
    models = [BetaGeoModel(), BetaGeoModel(clock="auto"), BetaGeoModel(clock=SeasonalClock())]
    found = compare_purchase_models(seasonal_orders, AS_OF, 90, models[:1] + models[2:])
    assert found.best == "BG/NBD (seasonal clock)"
    assert found.table["rmse"].idxmin() == found.best


def test_what_auto_needs(seasonal_orders: pd.DataFrame) -> None:
    customers = customer_table(seasonal_orders, AS_OF)
    for clock in ("auto", SeasonalClock()):
        with pytest.raises(ValueError, match=r"fit\(customers, orders=orders\)"):
            BetaGeoModel(clock=clock).fit(customers)
    bare = customers[["repeat_count", "recency_days", "tenure_days"]]
    with pytest.raises(DataError, match="no last_order_date"):
        BetaGeoModel(clock="auto").fit(bare, orders=seasonal_orders)
    with pytest.raises(TypeError, match="clock must be a SeasonalClock, 'auto' or None"):
        BetaGeoModel(clock="always").fit(customers)


def test_a_clone_keeps_its_fitted_clock(automatic: BetaGeoModel) -> None:
    model = BetaGeoModel(["channel"], clock=automatic.clock_)
    copied = clone(model)
    assert copied.clock is automatic.clock_
    assert copied.covariates == ["channel"]
    assert not hasattr(copied, "params_")
    assert clone(automatic).clock == "auto"


def test_medians_are_those_of_the_table(automatic: BetaGeoModel) -> None:
    choice = automatic.clock_choice_
    size = choice.table[["plain_error", "clock_error"]].abs()
    assert choice.clock_median_error == pytest.approx(np.median(size["clock_error"]))
    assert choice.plain_worst_error == size["plain_error"].max()

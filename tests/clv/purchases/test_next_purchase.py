"""Dates of the next purchase: against probabilities, in any form of table, and bad input."""

import numpy as np
import pandas as pd
import pytest

from cemkit import BetaGeoModel, ParetoNBDModel, customer_table, load_cdnow
from cemkit.clv import ModifiedBetaGeoModel
from cemkit.clv.purchases.purchase_model import PurchaseModel
from cemkit.errors import DataError

MODELS = [
    ParetoNBDModel.from_parameters(r=0.55, alpha=74, s=0.61, beta=82),
    BetaGeoModel.from_parameters(r=0.24, alpha=31, a=0.79, b=2.43),
    ModifiedBetaGeoModel.from_parameters(r=0.52, alpha=43, a=0.89, b=1.61),
]
every_model = pytest.mark.parametrize("model", MODELS, ids=lambda model: model.display_name)
AS_OF = "1997-09-30"


@pytest.fixture(scope="module")
def customers() -> pd.DataFrame:
    return customer_table(load_cdnow("sample"), as_of=AS_OF)


@every_model
def test_the_date_is_the_first_by_whose_end_the_chance_is_reached(
    model: PurchaseModel, customers: pd.DataFrame
) -> None:
    some = customers.head(300)
    dates = model.next_purchase(some, AS_OF, [0.25])["next_purchase_p25"]
    days = (dates - pd.Timestamp(AS_OF)).dt.days.dropna().astype(int)
    for day, ids in list(days.groupby(days).groups.items())[:25]:
        there = some.loc[ids]
        assert (model.purchase_probabilities(there, 0, day) <= 0.75 + 1e-6).all()
        if day > 1:
            assert (model.purchase_probabilities(there, 0, day - 1) > 0.75 - 1e-6).all()
    never = some[dates.isna()]
    assert len(never)
    assert (model.purchase_probabilities(never, 0, 36_500) > 0.75 - 1e-4).all()


@every_model
def test_no_purchase_within_a_horizon_is_that_probability(
    model: PurchaseModel, customers: pd.DataFrame
) -> None:
    found = model.next_purchase(customers, AS_OF, [0.1, 0.6], horizon_days=90)
    none = found["no_purchase_probability"]
    exact = model.purchase_probabilities(customers, 0, 90)
    assert none.tolist() == pytest.approx(exact.tolist())
    late = pd.Timestamp(AS_OF) + pd.Timedelta(days=90)
    dates = found["next_purchase_p60"]
    assert (dates.dropna() <= late).all()
    assert (dates.isna() == (1 - none < 0.6)).all()
    assert (found["next_purchase_p10"] <= dates)[dates.notna()].all()


@every_model
def test_some_never_buy_again(model: PurchaseModel, customers: pd.DataFrame) -> None:
    none = model.next_purchase(customers, AS_OF)["no_purchase_probability"]
    gone = 1 - model.alive_probability(customers)
    if isinstance(model, BetaGeoModel):  # nobody leaves between two purchases
        assert none.tolist() == pytest.approx(gone.tolist())
    else:
        assert (none > gone).all()
    assert none.between(0, 1).all()


def test_ids_as_a_column_customers_without_orders_and_any_order(customers: pd.DataFrame) -> None:
    model = MODELS[1]
    plain = model.next_purchase(customers, AS_OF)
    shuffled = customers.sample(frac=1, random_state=0)
    pd.testing.assert_frame_equal(model.next_purchase(shuffled, AS_OF).loc[plain.index], plain)
    assert model.next_purchase(customers.reset_index(), AS_OF).index.tolist() == list(plain.index)
    never = customers.head(3).copy()
    never.iloc[1, never.columns.get_indexer(["recency_days", "tenure_days"])] = np.nan
    never.iloc[1, never.columns.get_loc("order_count")] = 0
    found = model.next_purchase(never, AS_OF)
    assert found.iloc[1].isna().all()
    pd.testing.assert_frame_equal(found.iloc[[0, 2]], plain.iloc[[0, 2]])


def test_a_table_of_another_day_is_refused(customers: pd.DataFrame) -> None:
    with pytest.raises(DataError, match="as_of=1998-01-01, but the customers are of 1997-09-30"):
        MODELS[0].next_purchase(customers, "1998-01-01")

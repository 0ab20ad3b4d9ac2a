"""Asking for quantiles of purchases: ids, missing customers, covariates, columns."""

import numpy as np
import pandas as pd
import pytest

from cemkit import BetaGeoModel, ParetoNBDModel, customer_table, load_cdnow


@pytest.fixture(scope="module")
def customers() -> pd.DataFrame:
    table = customer_table(load_cdnow("sample"), as_of="1997-09-30")
    table["size"] = np.random.default_rng(0).choice(["large", "small"], len(table))
    return table


@pytest.mark.parametrize("covariates", [None, ["size"]])
def test_ids_order_and_customers_without_orders(
    customers: pd.DataFrame, covariates: list[str] | None
) -> None:
    model = BetaGeoModel(covariates=covariates).fit(customers)
    plain = model.purchase_quantiles(customers, 365)
    assert list(plain) == ["purchases_p10", "purchases_p50", "purchases_p90"]
    assert plain.index.equals(customers.index)
    shuffled = customers.sample(frac=1, random_state=0)
    pd.testing.assert_frame_equal(model.purchase_quantiles(shuffled, 365).loc[plain.index], plain)
    as_column = model.purchase_quantiles(customers.reset_index(), 365)
    assert as_column.to_numpy().tolist() == plain.to_numpy().tolist()
    never = customers.head(3).copy()
    never.iloc[1, never.columns.get_indexer(["recency_days", "tenure_days"])] = np.nan
    never.iloc[1, never.columns.get_loc("order_count")] = 0
    found = model.purchase_quantiles(never, 365)
    assert found.iloc[1].isna().all()
    assert found.iloc[[0, 2]].to_numpy().tolist() == plain.iloc[[0, 2]].to_numpy().tolist()


def test_add_to_puts_them_behind_the_expectation(customers: pd.DataFrame) -> None:
    model = ParetoNBDModel.from_parameters(r=0.55, alpha=74, s=0.61, beta=82)
    added = model.add_to(customers, 365, quantiles=[0.1, 0.975])
    new = ["alive_probability", "expected_purchases", "purchases_p10", "purchases_p97.5"]
    assert list(added)[-4:] == new
    assert (added["purchases_p10"] <= added["purchases_p97.5"]).all()


def test_coverage_of_the_next_nine_months_of_cdnow(customers: pd.DataFrame) -> None:
    """Hold-out: at most p90 purchases for at least 88 % of the customers."""
    orders = load_cdnow("sample")
    later = orders[orders["order_date"] > "1997-09-30"]
    days = later.drop_duplicates(["customer_id", "order_date"]).groupby("customer_id").size()
    bought = days.reindex(customers.index, fill_value=0)
    quantiles = ParetoNBDModel().fit(customers).purchase_quantiles(customers, 273, [0.9])
    assert (bought <= quantiles["purchases_p90"]).mean() > 0.88

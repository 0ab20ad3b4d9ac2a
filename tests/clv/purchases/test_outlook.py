"""Asking for quantiles of purchases: ids, missing customers, covariates, columns."""

import numpy as np
import pandas as pd
import pytest

from cemkit import BetaGeoModel, ParetoNBDModel, customer_table, load_cdnow
from cemkit.clv import SeasonalClock


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


@pytest.fixture(scope="module")
def clocked() -> tuple[BetaGeoModel, pd.DataFrame, pd.DataFrame]:
    """A model on a seasonal clock, its customers, and their orders."""
    orders, as_of = load_cdnow("sample"), "1998-03-31"
    table = customer_table(orders, as_of)
    clock = SeasonalClock(harmonics=2).fit(orders, as_of)
    return BetaGeoModel(clock=clock).fit(table), table, orders


def test_on_a_clock_quantiles_are_those_of_plain_days_in_its_time(
    clocked: tuple[BetaGeoModel, pd.DataFrame, pd.DataFrame],
) -> None:
    model, table, _ = clocked
    time = model._time(table)
    recency, tenure = (
        time.since(table[name].to_numpy(dtype=np.float64))
        for name in ("recency_days", "tenure_days")
    )
    in_its_time = table[["repeat_count"]].assign(recency_days=recency, tenure_days=tenure)
    plain = BetaGeoModel.from_parameters(**dict(model.params_))
    for days in (30, 180):
        ahead = time.until(float(days))
        assert abs(ahead - days) > 0.01
        ours = model.purchase_quantiles(table, days)
        exact = plain.purchase_quantiles(in_its_time, ahead)
        assert (ours == exact).to_numpy().mean() > 0.999  # but for ties to the last digit


def test_on_a_clock_dates_and_histories_are_those_of_the_model_asked_directly(
    clocked: tuple[BetaGeoModel, pd.DataFrame, pd.DataFrame],
) -> None:
    model, table, orders = clocked
    some = table.head(200)
    dates = model.next_purchase(some, "1998-03-31", [0.2], horizon_days=365)["next_purchase_p20"]
    days = (dates - pd.Timestamp("1998-03-31")).dt.days.dropna().astype(int)
    for day, ids in list(days.groupby(days).groups.items())[:20]:
        assert (model.purchase_probabilities(some.loc[ids], 0, day) <= 0.8 + 1e-9).all()
        if day > 1:
            assert (model.purchase_probabilities(some.loc[ids], 0, day - 1) > 0.8 - 1e-9).all()
    history = model.alive_history(111, orders, "1998-03-31")
    exact = model.alive_probability(table.loc[[111]]).item()
    assert history.alive_probability == pytest.approx(exact, abs=1e-12)

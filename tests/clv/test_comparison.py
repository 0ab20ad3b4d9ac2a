"""The hold-out on CDNOW, and nested models."""

from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import chi2

from cemkit import (
    BetaGeoModel,
    ParetoNBDModel,
    compare_purchase_models,
    customer_table,
    load_cdnow,
)
from cemkit.clv import likelihood_ratio_test, purchase_calibration
from cemkit.clv.comparison import _top_decile_mean
from cemkit.errors import DataError, NotEnoughDataError


@pytest.fixture(scope="module")
def orders() -> pd.DataFrame:
    return load_cdnow("sample")


@pytest.fixture(scope="module")
def customers(orders: pd.DataFrame) -> pd.DataFrame:
    return customer_table(orders, "1997-09-30")


def test_calibration_on_the_holdout_is_that_of_btyd(
    orders: pd.DataFrame, customers: pd.DataFrame
) -> None:
    model = ParetoNBDModel().fit(customers)
    ours = purchase_calibration(model, orders, "1997-09-30", 273)
    actual = [0.237, 0.697, 1.393, 1.560, 2.532, 2.947, 3.862, 6.359]
    expected = [0.138447, 0.599471, 1.195837, 1.713843, 2.398308, 2.907208, 3.818559, 6.403067]
    assert ours["actual"].tolist() == pytest.approx(actual, abs=5e-4)
    assert ours["expected"].tolist() == pytest.approx(expected, abs=1e-6)
    assert ours["n_customers"].sum() == 2357


def test_comparison_scores_the_holdout(orders: pd.DataFrame, customers: pd.DataFrame) -> None:
    result = compare_purchase_models(orders, "1997-09-30", 273)
    assert result.actual_purchases == 1882
    assert result.n_customers == 2357
    assert list(result.table.index) == ["Pareto/NBD", "BG/NBD", "MBG/NBD", "mean of the past"]
    model = BetaGeoModel().fit(customers)
    later = customer_table(orders, "1998-06-30").loc[customers.index, "repeat_count"]
    actual = later - customers["repeat_count"]
    expected = model.expected_purchases(customers, 273)
    row = result.table.loc["BG/NBD"]
    assert row["mae"] == pytest.approx((expected - actual).abs().mean())
    assert row["rmse"] == pytest.approx(np.sqrt(((expected - actual) ** 2).mean()))
    assert row["bias"] == pytest.approx(expected.mean() - actual.mean())
    assert row["correlation"] == pytest.approx(np.corrcoef(expected, actual)[0, 1])
    assert row["aic"] == model.aic_
    assert result.table["rmse"].idxmin() == result.best != "mean of the past"
    assert np.isnan(result.table.loc["mean of the past", "aic"])
    assert (result.table["top_decile_gain"] > 4).all()
    assert result.best in result.sentence()
    assert "1,882" in result.sentence("zh")


def test_models_to_compare_may_be_named(orders: pd.DataFrame) -> None:
    result = compare_purchase_models(orders, "1997-09-30", 273, models=[BetaGeoModel()])
    assert list(result.table.index) == ["BG/NBD", "mean of the past"]


def test_models_with_and_without_covariates_have_a_row_each(orders: pd.DataFrame) -> None:
    models = [BetaGeoModel(), BetaGeoModel(covariates=["mean_amount"])]
    table = compare_purchase_models(orders, "1997-09-30", 273, models).table
    assert list(table.index) == ["BG/NBD", "BG/NBD (mean_amount)", "mean of the past"]
    assert table["log_likelihood"].iloc[1] > table["log_likelihood"].iloc[0]


def test_a_holdout_without_purchases_decides_nothing(orders: pd.DataFrame) -> None:
    before = orders[orders["order_date"] <= "1997-09-30"]
    with pytest.raises(
        NotEnoughDataError,
        match="need at least 1 purchase in the 30 days after as_of=1997-09-30, got 0",
    ):
        compare_purchase_models(before, "1997-09-30", 30, data_until="1997-10-30")


def test_calibration_takes_a_count_to_end_at(orders: pd.DataFrame) -> None:
    model = BetaGeoModel.from_parameters(r=0.24, alpha=31, a=0.79, b=2.43)
    table = purchase_calibration(model, orders, "1997-09-30", 273, largest_count=2)
    assert table["n_customers"].tolist() == [1411, 439, 507]
    with pytest.raises(ValueError, match="largest_count must be at least 0, not -1"):
        purchase_calibration(model, orders, "1997-09-30", 273, largest_count=-1)


def test_chance_covariates_are_seldom_significant(customers: pd.DataFrame) -> None:
    coded = customers.assign(coin=np.random.default_rng(4).integers(0, 2, len(customers)))
    restricted = BetaGeoModel().fit(coded)
    full = BetaGeoModel(covariates=["coin"]).fit(coded)
    test = likelihood_ratio_test(restricted, full)
    statistic = 2 * (full.log_likelihood_ - restricted.log_likelihood_)
    assert test.statistic == pytest.approx(statistic)
    assert test.degrees_of_freedom == 3
    assert test.p_value == pytest.approx(chi2.sf(statistic, 3))
    assert test.p_value > 0.01
    assert "chi-squared(3)" in test.sentence()
    assert "卡方(3)" in test.sentence("zh")


def test_models_that_are_not_nested_are_refused(customers: pd.DataFrame) -> None:
    model = BetaGeoModel().fit(customers)
    with pytest.raises(DataError, match="not nested"):
        likelihood_ratio_test(model, ParetoNBDModel().fit(customers))
    coded = customers.head(900).assign(coin=np.arange(900) % 2)
    with pytest.raises(DataError, match="fitted to 2357 and 900 customers"):
        likelihood_ratio_test(model, BetaGeoModel(covariates=["coin"]).fit(coded))


def test_customers_tied_at_the_end_of_the_top_tenth_count_alike() -> None:
    """Of 40, the best and three of the four next: the mean over every choice of three."""
    expected = pd.Series([9.0, 0.1 + 0.2 + 0.3, 0.6, 0.6, 0.3 + 0.2 + 0.1] + [0.5] * 35)
    actual = pd.Series([5.0, 0.0, 4.0, 1.0, 3.0] + [0.0] * 35)
    choices = [(5 + sum(three)) / 4 for three in combinations([0.0, 4.0, 1.0, 3.0], 3)]
    shuffled = expected.index[::-1]
    for order in (expected.index, shuffled):
        found = _top_decile_mean(expected[order], actual[order])
        assert found == pytest.approx(np.mean(choices))

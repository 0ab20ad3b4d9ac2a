"""Bounds and refits."""

import numpy as np
import pandas as pd
import pytest
from sklearn.exceptions import NotFittedError

from cemkit import BetaGeoModel, ParetoNBDModel
from cemkit.clv import bootstrap_parameters
from cemkit.clv.purchases.uncertainty import relative_variance
from cemkit.errors import DataError


@pytest.fixture(scope="module")
def customers() -> pd.DataFrame:
    truth = BetaGeoModel.from_parameters(r=0.6, alpha=40, a=0.8, b=2.4)
    return (
        truth.simulate(5000, 300, random_state=1)
        .round(0)
        .astype(int)[["repeat_count", "recency_days", "tenure_days"]]
        .query("repeat_count == 0 or recency_days < tenure_days")
    )


def test_refits_spread_as_the_standard_errors_say(customers: pd.DataFrame) -> None:
    model = BetaGeoModel().fit(customers)
    refits = bootstrap_parameters(model, customers, n_resamples=150)
    assert list(refits.columns) == list(model.params_.index)
    assert (refits.std() / model.standard_errors_).between(0.75, 1.4).all()
    assert refits.equals(bootstrap_parameters(model, customers, n_resamples=150))
    assert not refits.equals(
        bootstrap_parameters(model, customers, n_resamples=150, random_state=1)
    )


def test_a_refit_is_a_fit_to_the_drawn_customers(customers: pd.DataFrame) -> None:
    model = ParetoNBDModel().fit(customers)
    refit = bootstrap_parameters(model, customers, n_resamples=2).iloc[0]
    histories = model._read(customers)
    share = histories.counts / histories.counts.sum()
    drawn = np.random.default_rng(0).multinomial(len(customers), share)
    table = pd.DataFrame(
        {
            "repeat_count": histories.x,
            "recency_days": histories.T - histories.t_x,
            "tenure_days": histories.T,
        }
    )
    exact = ParetoNBDModel().fit(table, sample_weight=drawn).params_
    assert refit.tolist() == pytest.approx(exact.tolist(), rel=1e-4)


def test_refits_are_bounded(customers: pd.DataFrame) -> None:
    model = BetaGeoModel().fit(customers)
    with pytest.raises(ValueError, match="n_resamples must be at most 100,000, not 1000000"):
        bootstrap_parameters(model, customers, n_resamples=10**6)


def test_variance_of_a_parameter_is_its_own(customers: pd.DataFrame) -> None:
    model = BetaGeoModel().fit(customers)
    ratio = relative_variance(model, lambda at: np.array([at.params_["a"], at.params_["a"] ** 2]))
    relative = model.standard_errors_["a"] / model.params_["a"]
    assert np.sqrt(ratio) == pytest.approx([relative, 2 * relative], rel=1e-6)


def test_the_unit_and_the_origin_of_a_covariate_do_not_matter(customers: pd.DataFrame) -> None:
    income = np.random.default_rng(0).normal(5, 1, len(customers))
    variances = []
    for unit, origin in ((1, 0), (1e6, 0), (1e-9, 0), (1, 2020)):
        coded = customers.assign(income=unit * (origin + income))
        model = BetaGeoModel(covariates=["income"]).fit(coded)
        some = coded.head(300)
        variances.append(
            relative_variance(model, lambda at, few=some: at.expected_purchases(few, 90).to_numpy())
        )
    for others in variances[1:]:
        assert others == pytest.approx(variances[0], rel=1e-4)


def test_no_bound_without_errors(customers: pd.DataFrame) -> None:
    published = BetaGeoModel.from_parameters(r=0.6, alpha=40, a=0.8, b=2.4)
    with pytest.raises(NotFittedError, match="this BetaGeoModel was made from parameters"):
        relative_variance(published, lambda at: np.ones(1))
    model = BetaGeoModel().fit(customers)
    model.standard_errors_["b"] = np.nan
    with pytest.raises(DataError, match="no interval, because b is not identified"):
        relative_variance(model, lambda at: np.ones(1))

"""Expectations of cohorts against those of customers, and draws against expectations."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from cemkit import BetaGeoModel, GammaGammaModel, ParetoNBDModel, customer_table, load_cdnow
from cemkit.arrays import Floats
from cemkit.clv import FrequencyGammaGammaModel, NetSpendModel
from cemkit.clv.base.draws import (
    Base,
    Cells,
    Models,
    drawn_futures,
    drawn_parameters,
    expected_amounts,
    expected_of_known,
    expected_of_newcomers,
    future_of_newcomers,
    newcomer_curve,
)
from cemkit.clv.purchases.covariates import Covariates
from cemkit.clv.value import SpendModel

EDGES = np.array([0.0, 7.0, 14.0, 17.0])
CELLS = Cells(edges=EDGES, time=EDGES, week=np.arange(3), period=np.arange(3))
KNOWN = Models(
    purchases=BetaGeoModel.from_parameters(r=0.6, alpha=15, a=0.8, b=2.4),
    spend=GammaGammaModel.from_parameters(p=6.25, q=3.74, gamma=15.44),
)


def times(n_draws: int) -> Floats:
    """The time of the cells in each draw: known without error."""
    return np.broadcast_to(CELLS.time, (n_draws, len(CELLS.time)))


@pytest.fixture(scope="module")
def customers() -> pd.DataFrame:
    return customer_table(load_cdnow("sample"), "1997-09-30").head(400)


def base_of(customers: pd.DataFrame, models: Models = KNOWN) -> Base:
    x = customers["repeat_count"].to_numpy(dtype=float)
    z = customers["repeat_mean_amount"].to_numpy(dtype=float)
    return Base(
        histories=models.purchases._read(customers),
        cohort=np.arange(len(customers)) % 3,
        n_cohorts=3,
        x=x,
        z=z,
        first_amounts=customers["total_amount"].to_numpy(dtype=float) - x * z,
    )


def test_cohorts_are_the_sums_of_their_customers(customers: pd.DataFrame) -> None:
    base = base_of(customers)
    amounts = expected_amounts(KNOWN.spend, base.x, base.z)
    found = expected_of_known(KNOWN, base, CELLS, amounts)
    each = KNOWN.purchases.expected_purchases(customers, 14)
    each = (each - KNOWN.purchases.expected_purchases(customers, 7)).to_numpy()
    for cohort in range(3):
        own = base.cohort == cohort
        assert found[cohort, 1, 0] == pytest.approx(each[own].sum())
        assert found[cohort, 1, 1] == pytest.approx((each * amounts)[own].sum())


def test_the_curve_is_that_of_a_new_customer(customers: pd.DataFrame) -> None:
    for model in (KNOWN.purchases, ParetoNBDModel.from_parameters(r=0.6, alpha=15, s=0.6, beta=60)):
        curve = newcomer_curve(model, model._read(customers), 500.0)
        times = np.array([0.0, 0.5, 30.0, 91.0, 400.0])
        exact = [0.0, *model.new_customer_curve(times[1:])]
        assert curve(times) == pytest.approx(exact, rel=1e-3)


def test_newcomers_are_drawn_as_they_are_expected(customers: pd.DataFrame) -> None:
    base = base_of(customers)
    curve = newcomer_curve(KNOWN.purchases, base.histories, 20.0)
    daily = np.full(17, 3.0)
    daily[9:] = 1.0
    expected = expected_of_newcomers(base, curve, CELLS, daily, 35.2)
    rng = np.random.default_rng(0)
    draws = np.array(
        [_summed(future_of_newcomers(rng, KNOWN, base, CELLS, daily)) for _ in range(600)]
    )
    error = draws.std(axis=0) / np.sqrt(len(draws))
    assert (np.abs(draws.mean(axis=0) - expected) < 4 * error + 1e-3 * expected).all()
    none = future_of_newcomers(rng, KNOWN, base, CELLS, np.zeros(17))
    assert len(none.customer) == 0


def _summed(future: Any) -> Any:
    return future.summed(np.zeros_like(future.cell), 1, 3)[0]


@pytest.mark.parametrize(
    "spend",
    [
        KNOWN.spend,
        FrequencyGammaGammaModel.from_parameters(p=6.0, q=3.7, gamma=14.0, frequency=0.2),
        NetSpendModel.from_parameters(between=20, within=25, mean=-5),
    ],
    ids=lambda spend: type(spend).__name__,
)
def test_draws_have_the_mean_of_the_expectations(
    customers: pd.DataFrame, spend: SpendModel
) -> None:
    base, models = base_of(customers), Models(purchases=KNOWN.purchases, spend=spend)
    rng = np.random.default_rng(1)
    drawn = drawn_futures(models, base, CELLS, np.zeros((300, 17)), rng, times=times(300))
    assert drawn.shape == (300, 4, 3, 2)
    amounts = expected_amounts(spend, base.x, base.z)
    expected = expected_of_known(models, base, CELLS, amounts)
    error = drawn[:, :3].std(axis=0) / np.sqrt(300)
    assert (np.abs(drawn[:, :3].mean(axis=0) - expected) < 4 * error).all()
    assert (drawn[:, 3] == 0).all()


def test_parameters_are_drawn_with_the_errors_of_the_fit(customers: pd.DataFrame) -> None:
    fitted = BetaGeoModel().fit(customer_table(load_cdnow("sample"), "1997-09-30"))
    drawn = drawn_parameters(fitted, 4000, np.random.default_rng(0))
    logs = np.log(pd.DataFrame([model.params_ for model in drawn]))
    exact = fitted.covariance_ / np.outer(fitted.params_, fitted.params_)
    assert logs.cov().to_numpy() == pytest.approx(exact.to_numpy(), rel=0.12, abs=1e-3)
    assert drawn_parameters(KNOWN.purchases, 2, np.random.default_rng(0)) == [KNOWN.purchases] * 2


def test_covariates_of_newcomers_are_those_of_the_customers(customers: pd.DataFrame) -> None:
    coded = customers.assign(size=np.where(np.arange(len(customers)) % 4, "small", "large"))
    model = BetaGeoModel(covariates=["size"]).fit(coded)
    curve = newcomer_curve(model, model._read(coded), 200.0)
    new = pd.DataFrame(
        {"repeat_count": 0, "recency_days": 0, "tenure_days": 0, "size": ["small", "large"]}
    )
    small, large = model.expected_purchases(new, 100)
    share = (coded["size"] == "small").mean()
    assert curve(np.array([100.0]))[0] == pytest.approx(
        share * small + (1 - share) * large, rel=1e-3
    )


def with_size(customers: pd.DataFrame, coefficients: list[float], error: float) -> BetaGeoModel:
    """A model whose numeric covariate has these coefficients, with the same error each."""
    model = BetaGeoModel.from_parameters(r=0.6, alpha=15, a=0.8, b=2.4)
    model.covariates = ["size"]
    model._covariates = Covariates.learn(customers, ["size"])
    names = ["purchases:size", "dropout_a:size", "dropout_b:size"]
    model.params_ = pd.concat([model.params_, pd.Series(coefficients, index=names)])
    index = model.params_.index
    model.standard_errors_ = pd.Series([1e-3] * 4 + [error] * 3, index=index)
    variances = np.diag(model.standard_errors_.to_numpy() ** 2)
    model.covariance_ = pd.DataFrame(variances, index=index, columns=index)
    return model


def test_of_very_many_covariates_a_sample_says_what_newcomers_buy(customers: pd.DataFrame) -> None:
    sizes = np.random.default_rng(0).lognormal(3, 1, len(customers))
    coded = customers.assign(size=sizes)
    model = with_size(coded, [0.005, 0.0, 0.0], 1e-4)
    curve = newcomer_curve(model, model._read(coded), 200.0)
    new = coded[["size"]].assign(repeat_count=0, recency_days=0, tenure_days=0)
    each = model.expected_purchases(new, 100)
    assert curve(np.array([100.0]))[0] == pytest.approx(each.mean(), rel=0.05)


def test_a_covariate_with_a_heavy_tail_has_draws(customers: pd.DataFrame) -> None:
    """Within the errors, its coefficient takes one customer out of the range of a fit."""
    coded = customers.assign(size=np.where(np.arange(len(customers)) == 7, 3000.0, 20.0))
    model = with_size(coded, [0.0, 0.0, 0.0], 0.01)
    drawn = drawn_parameters(model, 50, np.random.default_rng(0))
    assert any(abs(each.params_["dropout_a:size"]) * 3000 > 13 for each in drawn)
    models = Models(purchases=model, spend=KNOWN.spend)
    found = drawn_futures(
        models,
        base_of(coded, models),
        CELLS,
        np.zeros((50, 17)),
        np.random.default_rng(0),
        times=times(50),
    )
    assert np.isfinite(found).all()

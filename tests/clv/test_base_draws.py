"""Expectations of cohorts against those of customers, and draws against expectations."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from cemkit import BetaGeoModel, GammaGammaModel, ParetoNBDModel, customer_table, load_cdnow
from cemkit.clv.base_draws import (
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

EDGES = np.array([0.0, 7.0, 14.0, 17.0])
CELLS = Cells(edges=EDGES, time=EDGES, week=np.arange(3), period=np.arange(3))
KNOWN = Models(
    purchases=BetaGeoModel.from_parameters(r=0.6, alpha=15, a=0.8, b=2.4),
    spend=GammaGammaModel.from_parameters(p=6.25, q=3.74, gamma=15.44),
)


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


def test_draws_have_the_mean_of_the_expectations(customers: pd.DataFrame) -> None:
    base = base_of(customers)
    rng = np.random.default_rng(1)
    drawn = drawn_futures(KNOWN, base, CELLS, np.zeros((600, 17)), rng)
    assert drawn.shape == (600, 4, 3, 2)
    amounts = expected_amounts(KNOWN.spend, base.x, base.z)
    expected = expected_of_known(KNOWN, base, CELLS, amounts)
    error = drawn[:, :3].std(axis=0) / np.sqrt(600)
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

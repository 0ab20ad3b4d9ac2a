"""repeat_frequency against the formula of the BG/NBD paper, and against simulated customers."""

import numpy as np
import pandas as pd
import pytest
from scipy.special import beta, betainc, gammaln

from cemkit import BetaGeoModel, customer_table, load_cdnow
from cemkit.clv import ModifiedBetaGeoModel, ParetoNBDModel, repeat_frequency
from cemkit.errors import DataError, MissingColumnsError

MODELS = {
    "bg": BetaGeoModel.from_parameters(r=0.24, alpha=31, a=0.79, b=2.43),
    "mbg": ModifiedBetaGeoModel.from_parameters(r=0.5, alpha=44, a=0.6, b=1.1),
    "pareto": ParetoNBDModel.from_parameters(r=0.55, alpha=74, s=0.6, beta=82),
}


@pytest.fixture(scope="module")
def customers() -> pd.DataFrame:
    return customer_table(load_cdnow("sample"), as_of="1997-09-30")


def published(n: int, t: np.ndarray) -> np.ndarray:
    """P(X(t) = n), equation 8 of Fader, Hardie and Lee (2005)."""
    r, alpha, a, b = 0.24, 31, 0.79, 2.43

    def bought(count: int) -> np.ndarray:
        ways = np.exp(gammaln(r + count) - gammaln(r) - gammaln(count + 1))
        return ways * (alpha / (alpha + t)) ** r * (t / (alpha + t)) ** count

    stays = beta(a, b + n) / beta(a, b) * bought(n)
    if n == 0:
        return stays
    at_least = betainc(n, r, t / (alpha + t))  # 1 less the chances of fewer purchases
    return stays + beta(a + 1, b + n - 1) / beta(a, b) * at_least


def test_expected_counts_are_those_of_the_paper(customers: pd.DataFrame) -> None:
    found = repeat_frequency(customers, MODELS["bg"], largest_count=5).table["expected"]
    t = customers["tenure_days"].to_numpy(dtype=float)
    ours = [published(n, t).sum() for n in range(5)]
    np.testing.assert_allclose(found[:5], ours, rtol=1e-9)
    assert found.sum() == pytest.approx(len(customers))


@pytest.mark.parametrize("name", MODELS)
def test_expected_counts_are_those_of_simulated_customers(name: str) -> None:
    tenure = np.random.default_rng(1).uniform(1, 300, 40_000)
    customers = MODELS[name].simulate(len(tenure), tenure, 2)
    table = repeat_frequency(customers, MODELS[name], largest_count=4).table
    error = np.sqrt(table["expected"])
    assert (((table["observed"] - table["expected"]) / error).abs() < 4).all()


def test_observed_counts_and_the_last_row(customers: pd.DataFrame) -> None:
    found = repeat_frequency(customers, largest_count=3)
    counts = customers["repeat_count"]
    assert found.table["observed"].tolist() == [
        *((counts == n).sum() for n in range(3)),
        (counts >= 3).sum(),
    ]
    assert found.model is None
    assert "expected" not in found.table
    shuffled = repeat_frequency(customers.sample(frac=1, random_state=0), MODELS["bg"])
    again = repeat_frequency(customers, MODELS["bg"])
    np.testing.assert_allclose(shuffled.table, again.table, rtol=1e-12)


def test_customers_of_the_last_day_have_not_bought_again() -> None:
    new = pd.DataFrame({"repeat_count": [0, 0], "recency_days": 0, "tenure_days": 0})
    expected = repeat_frequency(new, MODELS["bg"]).table["expected"]
    assert expected[0] == pytest.approx(2)


def test_bad_counts_are_refused(customers: pd.DataFrame) -> None:
    with pytest.raises(MissingColumnsError, match="repeat_count"):
        repeat_frequency(customers.drop(columns="repeat_count"))
    for wrong in (-1, 0.5):
        with pytest.raises(DataError, match="repeat_count must be whole numbers from 0 on: 1"):
            repeat_frequency(pd.DataFrame({"repeat_count": [1, wrong]}))
    with pytest.raises(DataError, match="missing"):
        repeat_frequency(pd.DataFrame({"repeat_count": [1, np.nan]}))
    with pytest.raises(ValueError, match="largest_count"):
        repeat_frequency(customers, largest_count=0)
    with pytest.raises(TypeError, match="model must be"):
        repeat_frequency(customers, "BG/NBD")

"""Sums of Gamma-Gamma amounts, against integration by mpmath and against simulation."""

import mpmath
import numpy as np
import pandas as pd
import pytest

from cemkit import BetaGeoModel, ParetoNBDModel
from cemkit.clv.purchases.predictive import PurchaseChances, purchase_chances
from cemkit.clv.spend.sums import chance_beyond, standard_quantiles

CUSTOMERS = pd.DataFrame(
    {
        "repeat_count": [0, 3, 12, 12, 150],
        "recency_days": [10, 40, 5, 60, 2],
        "tenure_days": [10, 700, 270, 270, 700],
    }
)
PARETO = ParetoNBDModel.from_parameters(r=0.55, alpha=74, s=0.6, beta=82)
BETA_GEO = BetaGeoModel.from_parameters(r=0.243, alpha=30.9, a=0.79, b=2.4)
LEVELS = np.array([0.1, 0.5, 0.9, 0.99])


def integrated(p: float, q: float, chance: np.ndarray, w: float) -> float:
    """P(sum > w) by integrating over the customer's own rate of amounts, as the model is told."""

    def given(nu: mpmath.mpf) -> mpmath.mpf:
        above = sum(
            float(c) * mpmath.gammainc(p * n, nu * w, mpmath.inf, regularized=True)
            for n, c in enumerate(chance, 1)
            if c > 1e-12
        )
        return above * nu ** (q - 1) * mpmath.exp(-nu) / mpmath.gamma(q)

    return float(mpmath.quad(given, [0, q / 4, q / 2, q, 2 * q, 4 * q, 8 * q + 20]))


@pytest.mark.parametrize(("p", "q"), [(6.25, 3.74), (0.4, 0.8)])
def test_sums_are_those_of_the_integral_over_rates(p: float, q: float) -> None:
    chance = np.array([0.3, 0.2, 0.05])
    chances = PurchaseChances(
        np.array([0.9]), np.array([0]), np.array([0, 4]), np.append(0.45, chance), np.zeros(4)
    )
    row = np.zeros(3, dtype=np.intp)
    wanted = np.array([0.05, 1.0, 7.0])
    ours = chance_beyond(chances, np.zeros(1), row, wanted, p=p, q=q)
    exact = [0.9 * integrated(p, q, chance, w) for w in wanted]
    assert ours == pytest.approx(exact, rel=1e-5)


@pytest.mark.parametrize("model", [PARETO, BETA_GEO], ids=["Pareto/NBD", "BG/NBD"])
@pytest.mark.parametrize(("p", "q"), [(6.25, 3.74), (0.3, 0.5), (400.0, 40.0), (1.0, 1e4)])
def test_beyond_a_quantile_lies_what_its_level_leaves(
    model: ParetoNBDModel | BetaGeoModel, p: float, q: float
) -> None:
    histories = model._read(CUSTOMERS)
    chances = purchase_chances(model, histories, 365.0)
    found = standard_quantiles(chances, histories.x, LEVELS, p=p, q=q)
    each = np.arange(len(histories.x))
    for level, quantile in zip(LEVELS, found.T, strict=True):
        some = quantile > 0
        beyond = chance_beyond(chances, histories.x, each[some], quantile[some], p=p, q=q)
        assert beyond == pytest.approx(np.full(some.sum(), 1 - level), rel=1e-6)
        assert (chances.at_least(1)[~some] <= 1 - level + 1e-9).all()


def test_quantiles_are_those_of_simulated_sums() -> None:
    p, q, n = 2.0, 3.0, 200_000
    random = np.random.default_rng(1)
    histories = PARETO._read(CUSTOMERS)
    chances = purchase_chances(PARETO, histories, 365.0)
    found = standard_quantiles(chances, histories.x, LEVELS, p=p, q=q)
    for at, x in enumerate(histories.x):
        bought = chances.draw(np.full(n, at), random)
        rates = random.gamma(q + p * x, 1, n)
        sums = np.where(bought > 0, random.gamma(p * np.maximum(bought, 1), 1, n), 0) / rates
        within = (sums[:, None] <= found[at]).mean(axis=0)
        error = np.sqrt(LEVELS * (1 - LEVELS) / n)
        jump = found[at] == 0
        assert (np.abs(within - LEVELS)[~jump] < 5 * error[~jump]).all()
        assert (within[jump] > LEVELS[jump] - 5 * error[jump]).all()

"""Curves of log-odds, against a distribution whose quantiles are known."""

import numpy as np
import pytest
from scipy.stats import betaprime

from cemkit.clv.purchases.odds_curves import OddsCurves


def curves() -> OddsCurves:
    """Two beta-prime distributions; the second is of 30 % of customers only."""
    low, step = -12.0, 0.1
    w = np.exp(low + step * np.arange(300))
    some = np.array([1.0, 0.3])[:, None]
    law = [betaprime(2.0, 3.0), betaprime(6.0, 0.7)]
    below, above = (np.stack([getattr(each, of)(w) for each in law]) for of in ("cdf", "sf"))
    density = np.stack([each.pdf(w) * w for each in law])
    return OddsCurves.of(low, step, some * below, some * above, some * density)


def test_quantiles_are_those_of_the_distributions() -> None:
    beyond = np.array([0.999999, 0.9, 0.5, 0.01, 1e-6])
    ours = curves().quantile(np.zeros(5, dtype=np.intp), beyond)
    assert ours == pytest.approx(betaprime(2, 3).isf(beyond), rel=1e-5)


def test_those_who_are_not_there_have_0() -> None:
    beyond = np.array([0.5, 0.3, 0.15, 0.03])
    ours = curves().quantile(np.ones(4, dtype=np.intp), beyond)
    assert ours[:2].tolist() == [0.0, 0.0]
    assert ours[2:] == pytest.approx(betaprime(6, 0.7).isf([0.5, 0.1]), rel=1e-5)


def test_what_lies_beyond_is_that_of_the_distributions_also_outside_the_grid() -> None:
    w = np.array([1e-7, 1e-3, 1.0, 50.0])
    ours = curves().beyond(np.zeros(4, dtype=np.intp), np.log(w))
    assert ours == pytest.approx(betaprime(2, 3).sf(w), rel=1e-5)


def test_a_quantile_does_not_depend_on_which_others_are_asked_for() -> None:
    random = np.random.default_rng(0)
    row, beyond = random.integers(0, 2, 500), random.uniform(1e-9, 0.3, 500)
    together = curves().quantile(row, beyond)
    alone = [curves().quantile(row[i : i + 1], beyond[i : i + 1])[0] for i in range(500)]
    assert together.tolist() == alone

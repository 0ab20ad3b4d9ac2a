"""Exact tests against scipy's, and by hand."""

import numpy as np
import pytest
from scipy.stats import binom, boschloo_exact, fisher_exact

from cemkit.proportions.exact import boschloo_p, fisher_doubled_p, fisher_log_p

TABLES = [(1, 34, 7, 34), (5, 83, 12, 99), (0, 5, 5, 5), (0, 5, 0, 7), (9, 9, 3, 8), (2, 40, 1, 7)]
ALTERNATIVES = ["two-sided", "greater", "less"]


@pytest.mark.parametrize("alternative", ALTERNATIVES)
@pytest.mark.parametrize("counts", TABLES)
def test_fisher_is_that_of_scipy(counts, alternative) -> None:
    x1, n1, x2, n2 = counts
    expected = fisher_exact([[x2, x1], [n2 - x2, n1 - x1]], alternative=alternative).pvalue
    found = np.exp(fisher_log_p(*counts, alternative))
    assert found == pytest.approx(expected, rel=1e-10)


@pytest.mark.parametrize("alternative", ALTERNATIVES)
@pytest.mark.parametrize("counts", TABLES)
def test_boschloo_is_that_of_scipy(counts, alternative) -> None:
    x1, n1, x2, n2 = counts
    peer = boschloo_exact([[x2, x1], [n2 - x2, n1 - x1]], alternative=alternative, n=256)
    expected = 1.0 if np.isnan(peer.pvalue) else peer.pvalue
    assert boschloo_p(*counts, alternative) == pytest.approx(expected, rel=1e-6)


def test_mid_p_takes_half_of_the_observed_table() -> None:
    # 0 of 5 against 5 of 5: two tables as extreme, each of probability 1 / 252.
    assert np.exp(fisher_log_p(0, 5, 5, 5, "two-sided")) == pytest.approx(2 / 252)
    assert np.exp(fisher_log_p(0, 5, 5, 5, "two-sided", mid=True)) == pytest.approx(1.5 / 252)
    assert np.exp(fisher_log_p(0, 5, 5, 5, "greater", mid=True)) == pytest.approx(0.5 / 252)


def test_the_logarithm_goes_on_where_floats_end() -> None:
    # 0 of n against n of n has probability 1 / choose(2 n, n), about sqrt(pi n) 4^-n.
    n = 5000
    expected = np.log(np.pi * n) / 2 - n * np.log(4)
    assert fisher_log_p(0, n, n, n, "greater") == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("n", [10**9, 10**12, 10**15])
def test_rare_successes_of_very_many_are_binomial(n) -> None:
    # Of 15 successes of arms of the same size, each is the second arm's with probability 1/2.
    assert np.exp(fisher_log_p(3, n, 12, n, "greater")) == pytest.approx(
        binom.sf(11, 15, 0.5), rel=1e-7
    )
    assert np.exp(fisher_log_p(3, n, 12, 3 * n, "greater")) == pytest.approx(
        binom.sf(11, 15, 0.75), rel=1e-7
    )


def test_mirrored_under_swapping_the_arms() -> None:
    for x1, n1, x2, n2 in TABLES:
        for test in (fisher_log_p, boschloo_p):
            assert test(x1, n1, x2, n2, "greater") == pytest.approx(
                test(x2, n2, x1, n1, "less"), rel=1e-9, abs=1e-12
            )


def test_tables_too_large_to_enumerate_are_refused() -> None:
    with pytest.raises(ValueError, match="would enumerate 20,000,000 tables"):
        fisher_log_p(10**7, 10**8, 10**7, 10**8, "two-sided")
    with pytest.raises(ValueError, match="at most 20,000 trials, not 40,000; use test='mid-p'"):
        boschloo_p(1, 20_000, 2, 20_000, "two-sided")


def test_many_doubled_p_values_are_those_of_scipy() -> None:
    rng = np.random.default_rng(0)
    n1, n2 = 40, 75
    x1, x2 = rng.integers(0, n1 + 1, 60).astype(float), rng.integers(0, n2 + 1, 60).astype(float)
    x1[:3], x2[:3] = [0, n1, 0], [0, n2, n2]
    found = fisher_doubled_p(x1, n1, x2, n2)
    for a, b, p in zip(x1.astype(int), x2.astype(int), found, strict=True):
        table = [[a, n1 - a], [b, n2 - b]]
        tails = [fisher_exact(table, alternative=side).pvalue for side in ("less", "greater")]
        assert p == pytest.approx(min(1.0, 2 * min(tails)), rel=1e-9)

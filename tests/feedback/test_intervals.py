"""Intervals of scores: R's values, coverage by enumeration, and what always holds."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import gammaln, xlogy
from scipy.stats import norm, t

from cemkit.feedback.intervals import (
    adjusted_wald_bounds,
    combined_bounds,
    paired_bounds,
    scaled_wilson_bounds,
    student_critical,
    tango_bounds,
    tango_statistic,
)
from cemkit.proportions.intervals import critical_value, rate_bounds

Z = np.asarray(critical_value(0.95))


def counts(*values):
    return [np.array([float(value)]) for value in values]


@pytest.mark.parametrize(
    ("case", "bounds"),
    [  # R 4.2.2, PropCIs::scoreci.mp, with the sign of promoters less detractors
        ((162, 54, 324), (0.2495402, 0.4116112)),
        ((50, 20, 100), (0.1395514, 0.4433931)),
        ((9, 2, 20), (0.0274143, 0.6016315)),
        ((5, 1, 10), (-0.0872921, 0.7201465)),
    ],
)
def test_tango_has_the_values_of_r(case, bounds) -> None:
    assert np.ravel(tango_bounds(*counts(*case), Z)) == pytest.approx(bounds, abs=1e-7)


def test_tango_has_the_published_values_of_fagerland_lydersen_and_laake() -> None:
    assert np.ravel(tango_bounds(*counts(1, 7, 21), Z)) == pytest.approx((-0.517, -0.026), abs=5e-4)


@pytest.mark.parametrize(
    ("case", "bounds"),
    [((162, 54, 324), (0.249453, 0.411098)), ((50, 20, 100), (0.140511, 0.442013))],
)
def test_adjusted_wald_has_the_values_of_rocks(case, bounds) -> None:
    assert np.ravel(adjusted_wald_bounds(*counts(*case), Z)) == pytest.approx(bounds, abs=1e-6)


def test_every_answer_alike_has_an_interval_of_some_width_that_ends_at_the_score() -> None:
    for promoters, detractors, end in ((10, 0, 1.0), (0, 10, -1.0)):
        lower, upper = (
            float(bound[0]) for bound in tango_bounds(*counts(promoters, detractors, 10), Z)
        )
        assert end in {lower, upper}
        assert upper - lower > 0.4
    lower, upper = tango_bounds(*counts(0, 0, 10), Z)
    assert lower == -upper < 0


def outcomes(n):
    """Every count of promoters and detractors among n answers."""
    promoters, detractors = (
        grid.ravel().astype(float) for grid in np.meshgrid(range(n + 1), range(n + 1))
    )
    some = promoters + detractors <= n
    return promoters[some], detractors[some]


def coverage(n, shares, bounds):
    """The exact coverage at each point of `shares` (promoters, passives, detractors)."""
    p, d = outcomes(n)
    ways = gammaln(n + 1) - gammaln(p + 1) - gammaln(d + 1) - gammaln(n - p - d + 1)
    ways = ways[:, None]
    chance = np.exp(
        ways
        + xlogy(p[:, None], shares[:, 0])
        + xlogy((n - p - d)[:, None], shares[:, 1])
        + xlogy(d[:, None], shares[:, 2])
    )
    lower, upper = bounds(p, d, np.full_like(p, n), Z)
    truth = shares[:, 0] - shares[:, 2]
    inside = (lower[:, None] <= truth) & (truth <= upper[:, None])
    assert chance.sum(axis=0) == pytest.approx(1)
    return (chance * inside).sum(axis=0)


@pytest.mark.parametrize(("n", "least"), [(10, 0.92), (20, 0.90), (30, 0.925), (100, 0.935)])
def test_coverage_by_enumeration_at_400_random_shares(n, least) -> None:
    shares = np.random.default_rng(0).dirichlet([1, 1, 1], 400)
    found = coverage(n, shares, tango_bounds)
    assert found.min() >= least
    assert found.mean() >= 0.95
    assert (found < 0.93).mean() <= 0.01  # in the corners, where nearly all answers are alike


@pytest.mark.parametrize(("n", "least"), [(10, 0.945), (30, 0.945), (100, 0.945)])
def test_coverage_by_enumeration_at_ordinary_shares(n, least) -> None:
    ordinary = np.array([[0.5, 0.3, 0.2], [0.5, 0.3, 0.2]])
    assert coverage(n, ordinary, tango_bounds).min() >= least


def test_the_usual_interval_fails_where_nearly_everybody_is_a_promoter() -> None:
    extreme = np.array([[0.97, 0.03, 0.0]])

    def wald(*cells):
        return adjusted_wald_bounds(*cells, added=0.0)

    assert coverage(30, extreme, wald)[0] == pytest.approx(0.597, abs=0.002)
    assert coverage(30, extreme, tango_bounds)[0] == pytest.approx(0.940, abs=0.002)


@given(
    st.integers(0, 60), st.integers(0, 60), st.integers(0, 60), st.sampled_from([0.5, 0.9, 0.999])
)
def test_tango_holds_the_score_and_agrees_with_its_test(promoters, passives, detractors, level):
    n = promoters + passives + detractors
    if n == 0:
        return
    critical = np.asarray(critical_value(level))
    cells = counts(promoters, detractors, n)
    lower, upper = (float(bound[0]) for bound in tango_bounds(*cells, critical))
    value = (promoters - detractors) / n
    assert -1 <= lower <= value <= upper <= 1
    for bound, sign in ((lower, 1), (upper, -1)):
        if abs(bound) < 1 - 1e-9:
            z = sign * float(tango_statistic(*cells, bound)[0])
            assert z == pytest.approx(float(critical), abs=1e-5)
    z = float(tango_statistic(*cells)[0])
    if promoters + detractors:
        assert z == pytest.approx((promoters - detractors) / np.sqrt(promoters + detractors))
    if abs(abs(z) - critical) > 1e-6:
        assert (lower <= 0 <= upper) == (abs(z) < critical)


def test_a_mean_of_zeros_and_ones_has_wilsons_interval_with_its_own_size() -> None:
    # With the divisor n - 1 the size is n - 1, so only the quantile differs from Wilson's.
    x = np.array([1.0] * 30 + [0.0] * 10)
    found = scaled_wilson_bounds(*counts(x.mean(), x.var(ddof=1), 40), Z, (0, 1))
    expected = rate_bounds(*counts(39 * 0.75, 39), student_critical(Z, np.array([40.0])))
    assert np.ravel(found) == pytest.approx(np.ravel(expected))
    assert student_critical(Z, np.array([40.0]))[0] == pytest.approx(t.ppf(0.975, 39))


@given(st.lists(st.integers(1, 7), min_size=1, max_size=40))
def test_the_interval_of_a_mean_stays_on_its_scale_and_holds_the_mean(scores) -> None:
    scores = np.array(scores, dtype=float)
    variance = scores.var(ddof=1) if len(scores) > 1 else 0.0
    lower, upper = scaled_wilson_bounds(*counts(scores.mean(), variance, len(scores)), Z, (1, 7))
    assert 1 <= lower[0] <= scores.mean() + 1e-9
    assert scores.mean() - 1e-9 <= upper[0] <= 7
    assert upper[0] > lower[0]


@pytest.mark.parametrize(
    ("shares", "n", "least"),
    [({7: 0.9, 5: 0.05, 2: 0.05}, 10, 0.95), ({7: 0.99, 1: 0.01}, 100, 0.90)],
)
def test_coverage_of_a_mean_where_students_t_fails(shares, n, least) -> None:
    rng = np.random.default_rng(0)
    values, chances = np.array(list(shares)), np.array(list(shares.values()))
    draws = rng.choice(values, (3000, n), p=chances).astype(float)
    mean, variance, truth = draws.mean(axis=1), draws.var(axis=1, ddof=1), values @ chances
    lower, upper = scaled_wilson_bounds(mean, variance, np.full(3000, float(n)), Z, (1, 7))
    half = t.ppf(0.975, n - 1) * np.sqrt(variance / n)
    assert ((lower <= truth) & (truth <= upper)).mean() >= least
    assert (np.abs(mean - truth) <= half).mean() < 0.7


@pytest.mark.parametrize("n", [10, 30, 100])
def test_coverage_of_a_mean_change_of_classes(n) -> None:
    rng = np.random.default_rng(n)
    before = rng.choice([-1, 0, 1], (4000, n), p=[0.2, 0.3, 0.5])
    after = np.where(rng.random((4000, n)) < 0.6, before, rng.choice([-1, 0, 1], (4000, n)))
    change = (after - before).astype(float)
    truth = 0.4 * (0 - 0.3)
    lower, upper = paired_bounds(change.sum(axis=1), (change**2).sum(axis=1), np.array(float(n)), Z)
    assert ((lower <= truth) & (truth <= upper)).mean() >= 0.93


def test_a_sum_of_normal_estimates_has_its_exact_interval() -> None:
    values, errors, weights = np.array([1.0, 2.0]), np.array([0.3, 0.4]), np.array([0.5, -2.0])
    z = norm.ppf(0.975)
    value, lower, upper = combined_bounds(values, values - z * errors, values + z * errors, weights)
    half = z * np.sqrt(((weights * errors) ** 2).sum())
    assert (value, lower, upper) == pytest.approx((-3.5, -3.5 - half, -3.5 + half))

"""Product-limit curves, against R's survival and statsmodels."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.duration.survfunc import SurvfuncRight, survdiff

from cemkit.journey.survival import log_rank_test, waiting_curve

# survival::aml: weeks to relapse with and without maintenance chemotherapy.
AML = {
    "maintained": ([9, 13, 13, 18, 23, 28, 31, 34, 45, 48, 161], [1, 1, 0, 1, 1, 0, 1, 1, 0, 1, 0]),
    "not": (
        [5, 5, 8, 8, 12, 16, 23, 27, 30, 33, 43, 45],
        [1, 1, 1, 1, 1, 0, 1, 1, 1, 1, 1, 1],
    ),
}


def arrays(group: str) -> tuple[np.ndarray, np.ndarray]:
    times, stopped = AML[group]
    return np.array(times, float), np.array(stopped, bool)


def test_medians_with_log_log_bounds_are_those_of_r() -> None:
    maintained, other = (waiting_curve(*arrays(group), 0.95) for group in AML)
    assert maintained.quantile(0.5) == 31
    assert maintained.bounds(0.5) == (13, pytest.approx(np.nan, nan_ok=True))
    assert (other.quantile(0.5), other.bounds(0.5)) == (23, (5, 33))


def test_the_log_rank_test_is_that_of_r() -> None:
    times, stopped = zip(*(arrays(group) for group in AML), strict=True)
    statistic, p_value = log_rank_test(times, stopped)
    assert statistic == pytest.approx(3.396389, abs=1e-6)
    assert p_value == pytest.approx(0.06533932, abs=1e-7)


@given(seed=st.integers(0, 9999), size=st.integers(8, 80), groups=st.integers(2, 4))
@settings(max_examples=40, deadline=None)
def test_curves_and_tests_are_those_of_statsmodels(seed: int, size: int, groups: int) -> None:
    rng = np.random.default_rng(seed)
    times = rng.integers(1, 15, size).astype(float)
    stopped, group = rng.random(size) < 0.7, rng.integers(0, groups, size)
    group[:groups], stopped[:groups] = np.arange(groups), True
    curve, theirs = waiting_curve(times, stopped, 0.95), SurvfuncRight(times, stopped.astype(int))
    events = np.isin(theirs.surv_times, curve.times)
    assert curve.waiting == pytest.approx(theirs.surv_prob[events])
    statistic, p_value = log_rank_test(
        [times[group == k] for k in range(groups)], [stopped[group == k] for k in range(groups)]
    )
    chi_squared, p = survdiff(times, stopped.astype(int), group)
    assert (statistic, p_value) == pytest.approx((chi_squared, p), abs=1e-8)


@pytest.mark.exhaustive
def test_bounds_of_the_median_cover_it() -> None:
    rng, covered, size = np.random.default_rng(0), 0, 100
    for _ in range(1500):
        times, until = rng.exponential(5 / np.log(2), size), rng.uniform(0, 20, size)
        curve = waiting_curve(np.minimum(times, until), times <= until, 0.95)
        lower, upper = curve.bounds(0.5)
        covered += lower <= 5 and not upper < 5
    assert 0.935 <= covered / 1500 <= 0.968


def test_nobody_stopped() -> None:
    curve = waiting_curve(np.array([3.0, 4.0]), np.array([False, False]), 0.95)
    assert len(curve.times) == 0
    assert np.isnan(curve.quantile(0.5))

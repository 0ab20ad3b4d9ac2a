"""The test of trends: its size and its power, by simulation and against Hotelling."""

import math

import numpy as np
import pytest
from scipy.stats import chi2, f, ncx2

from cemkit.impact.pretrends import NO_PRETREND, pretrend_test

COVARIANCE = np.array([[2.0, 0.5], [0.5, 1.0]])
DISTANCE = np.array([-2.0, -1.0])


def test_statistic_is_wald_and_p_value_hotelling() -> None:
    values = np.array([1.0, -2.0])
    found = pretrend_test(values, COVARIANCE, DISTANCE, 1000, 0.95)
    wald = values @ np.linalg.inv(COVARIANCE) @ values
    assert found.statistic == pytest.approx(wald)
    assert found.p_value == pytest.approx(f.sf(wald * 999 / (2 * 1000), 2, 999))
    assert found.p_value == pytest.approx(chi2.sf(wald, 2), rel=0.05)


def test_detectable_slope_has_a_power_of_80_percent() -> None:
    slope = pretrend_test(np.zeros(2), COVARIANCE, DISTANCE, 10**6, 0.95).detectable_slope
    shift = slope**2 * DISTANCE @ np.linalg.inv(COVARIANCE) @ DISTANCE
    assert ncx2.sf(chi2.isf(0.05, 2), 2, shift) == pytest.approx(0.8, abs=1e-4)


def test_a_singular_covariance_counts_its_rank() -> None:
    found = pretrend_test(np.zeros(2), np.ones((2, 2)), DISTANCE, 100, 0.95)
    assert found.terms == 1
    assert found.p_value == 1


def test_too_few_clusters_and_no_terms_cannot_be_tested() -> None:
    for found in (
        pretrend_test(np.zeros(2), COVARIANCE, DISTANCE, 4, 0.95),
        pretrend_test(np.empty(0), np.empty((0, 0)), np.empty(0), 100, 0.95),
        pretrend_test(np.zeros(2), np.zeros((2, 2)), DISTANCE, 100, 0.95),
    ):
        assert found.terms == NO_PRETREND.terms == 0
        assert math.isnan(found.p_value)

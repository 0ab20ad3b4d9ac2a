"""Measures of errors by hand."""

import numpy as np
import pytest

from cemkit.forecasting.accuracy import (
    scaled_errors,
    symmetric_percentage_error,
    winkler_score,
)

HISTORY = np.array([1.0, 5.0, 2.0, 7.0])


def test_scaled_errors_by_hand() -> None:
    mase, rmsse = scaled_errors(np.array([4.0, 6.0]), np.array([3.0, 9.0]), HISTORY, 2)
    assert mase == pytest.approx(2.0 / 1.5)
    assert rmsse == pytest.approx(np.sqrt(5.0 / 2.5))


def test_the_naive_forecast_of_its_own_history_has_mase_one() -> None:
    assert scaled_errors(HISTORY[1:], HISTORY[:-1], HISTORY, 1) == pytest.approx((1.0, 1.0))


def test_a_history_that_never_changes_has_no_scale() -> None:
    assert np.isnan(scaled_errors(np.ones(1), np.ones(1), np.ones(5), 1)).all()


def test_percentage_error_by_hand() -> None:
    assert symmetric_percentage_error(np.array([2.0, 0.0]), np.array([4.0, 1.0])) == pytest.approx(
        (2 * 2 / 6 + 2) / 2
    )


def test_winkler_by_hand() -> None:
    lower, upper = np.zeros(3), np.full(3, 10.0)
    score = winkler_score(np.array([5.0, -1.0, 12.0]), lower, upper, confidence_level=0.9)
    assert score == pytest.approx(10 + (20 * 1 + 20 * 2) / 3)

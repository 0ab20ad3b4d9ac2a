"""Scores of spend against scipy, and intervals against theory."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm, spearmanr

from cemkit.clv.value_scores import MOST_RESAMPLED, PairedMeans, deciles_of, spend_scores


def test_scores_are_those_of_their_definitions() -> None:
    rng = np.random.default_rng(0)
    actual = pd.Series(rng.gamma(0.3, 100, 500)).round(0)
    predicted = pd.Series(rng.gamma(2, 15, 500)).round(0)
    found = spend_scores(predicted, actual)
    assert found["mae"] == pytest.approx(np.mean(np.abs(predicted - actual)))
    assert found["rmse"] == pytest.approx(np.sqrt(np.mean((predicted - actual) ** 2)))
    assert found["spearman"] == pytest.approx(spearmanr(predicted, actual).statistic)
    assert found["total_error"] == pytest.approx(predicted.sum() / actual.sum() - 1)
    assert np.isnan(spend_scores(predicted * 0, actual)["spearman"])


def test_ties_share_what_they_spent_in_any_order() -> None:
    predicted = pd.Series([5.0] * 10 + [1.0] * 30)
    actual = pd.Series(np.arange(40.0))
    table = deciles_of(predicted, actual)
    assert table["n_customers"].tolist() == [4] * 10
    assert table["actual"].iloc[0] == pytest.approx(np.arange(10).mean())
    assert table["actual"].iloc[-1] == pytest.approx(np.arange(10, 40).mean())
    shuffled = predicted.sample(frac=1, random_state=1)
    pd.testing.assert_frame_equal(deciles_of(shuffled, actual[shuffled.index]), table)


@pytest.mark.parametrize("n", [4_000, MOST_RESAMPLED + 1])
def test_intervals_are_as_wide_as_the_normal_theory_says(n: int) -> None:
    rng = np.random.default_rng(2)
    values = rng.normal(3, 2, (n, 1))
    lower, upper = PairedMeans(n, rng).bounds(values, np.ones(n), 0.9)
    width = 2 * norm.ppf(0.95) * values.std(ddof=1) / np.sqrt(n)
    assert (upper - lower)[0] == pytest.approx(width, rel=0.1)
    assert lower[0] < values.mean() < upper[0]


@pytest.mark.parametrize("n", [300, MOST_RESAMPLED + 1])
def test_a_ratio_is_bounded_as_the_delta_method_says(n: int) -> None:
    rng = np.random.default_rng(3)
    base = rng.gamma(2, 10, n)
    values = base * rng.normal(1.2, 0.3, n)
    lower, upper = PairedMeans(n, rng).bounds(values[:, None], base, 0.95)
    ratio = values.mean() / base.mean()
    width = 2 * 1.96 * np.std(values - ratio * base, ddof=1) / base.mean() / np.sqrt(n)
    assert (upper - lower)[0] == pytest.approx(width, rel=0.12)


def test_a_resample_without_a_spender_has_no_ratio() -> None:
    base = np.array([5.0, *np.zeros(30)])
    lower, upper = PairedMeans(31, np.random.default_rng(0)).bounds(2 * base[:, None], base, 0.95)
    assert (lower, upper) == (2.0, 2.0)

"""The tables of an evaluation: they add up, and equal probabilities stay together."""

import numpy as np
import pandas as pd
import pytest

from cemkit import evaluate_churn


@pytest.fixture(scope="module")
def scored(churned: pd.Series) -> pd.Series:
    noise = np.random.default_rng(0).normal(size=len(churned))
    return 1 / (1 + np.exp(-churned - noise))


def test_tables_add_up(churned: pd.Series, scored: pd.Series) -> None:
    found = evaluate_churn(churned, scored, n_resamples=5)
    assert found.deciles["churned"].sum() == pytest.approx(found.events)
    assert found.deciles["cumulative_gain"].iloc[-1] == pytest.approx(1)
    assert found.deciles["cumulative_lift"].iloc[0] == pytest.approx(
        found.table.loc["lift_10", "value"]
    )
    assert found.calibration["customers"].sum() == found.customers
    assert (found.calibration["lower"] <= found.calibration["churn_rate"]).all()
    assert len(found.curve) <= 500
    assert found.curve.iloc[-1][["false_positive_rate", "recall"]].tolist() == [1, 1]


@pytest.mark.parametrize("low", [20, 50, 80])
def test_probabilities_that_many_share_have_calibration_bins_of_their_own(low: int) -> None:
    # Half of each churn: on average that is right, and of neither it is.
    probability = pd.Series([0.2] * (2 * low) + [0.8] * (200 - 2 * low))
    churned = pd.Series([0, 1] * 100)
    table = evaluate_churn(churned, probability, n_resamples=2).calibration
    assert table["churn_probability"].tolist() == pytest.approx([0.2, 0.8])
    assert table["customers"].tolist() == [2 * low, 200 - 2 * low]
    assert table["churn_rate"].tolist() == [0.5, 0.5]


def test_the_histogram_counts_every_customer_once() -> None:
    probability = pd.Series([0.0, 0.05, 0.049, 0.5, 0.99, 1.0] * 4)
    churned = pd.Series([0, 0, 1, 1, 0, 1] * 4)
    table = evaluate_churn(churned, probability, n_resamples=5).histogram
    assert table["customers"].sum() == 24
    assert table["churned"].sum() == 12
    assert table["customers"].iloc[[0, 1, 10, 19]].tolist() == [8, 4, 4, 8]
    assert table["churned"].iloc[[0, 1, 10, 19]].tolist() == [4, 0, 4, 4]

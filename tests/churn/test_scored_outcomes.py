"""Outcomes and scores of an evaluation: matched by customer, of known labels, within [0, 1]."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from cemkit import evaluate_churn
from cemkit.churn.outcomes import CHURN
from cemkit.churn.scored_outcomes import sorted_outcomes
from cemkit.errors import DataError, NotEnoughDataError

Y = pd.Series([0, 1, 0, 1])


@pytest.mark.parametrize(
    ("churned", "probability", "message"),
    [
        (Y, [0.1, 1.2, 0.3, 0.4], r"churn_probability has 1 value outside \[0, 1\], such as 1.2"),
        (Y, [0.1, np.nan, 0.3, 0.4], "churn_probability has 1 missing"),
        (Y.where(Y.index > 0), [0.1, 0.2, 0.3, 0.4], "churned is missing for 1 of 4 rows"),
        (Y * 2, [0.1, 0.2, 0.3, 0.4], "churned must be 0 and 1, or False and True, not 0, 2"),
        (
            Y,
            pd.Series([0.1] * 4, index=[1, 2, 3, 4]),
            "churned and churn_probability must hold the same ids",
        ),
    ],
)
def test_bad_input(churned: pd.Series, probability: Any, message: str) -> None:
    with pytest.raises(DataError, match=message):
        evaluate_churn(churned, pd.Series(probability))


@pytest.fixture(scope="module")
def scored(churned: pd.Series) -> pd.Series:
    noise = np.random.default_rng(0).normal(size=len(churned))
    return 1 / (1 + np.exp(-churned - noise))


def test_another_score_does_not_take_the_place_of_the_one_measured(
    churned: pd.Series, scored: pd.Series
) -> None:
    other = pd.DataFrame({"churn_probability": 1 - scored})
    with pytest.raises(
        DataError, match="has the name 'churn_probability' of the evaluated.*rename"
    ):
        evaluate_churn(churned, scored, other, n_resamples=5)
    with pytest.raises(TypeError, match="other_scores must name its scores, .* not"):
        evaluate_churn(churned, scored, scored, n_resamples=5)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="churned must be a Series on the .* not ndarray; wrap it"):
        evaluate_churn(churned.to_numpy(), scored.to_numpy())  # type: ignore[arg-type]


def test_one_outcome_only() -> None:
    with pytest.raises(NotEnoughDataError, match="outcomes in churned, got 1; one class only"):
        evaluate_churn(Y * 0, pd.Series([0.1] * 4))


def test_two_labels_need_the_name_of_the_event(known: pd.DataFrame, churned: pd.Series) -> None:
    probability = pd.Series(np.linspace(0.1, 0.9, len(churned)), churned.index)
    expected = evaluate_churn(churned, probability, n_resamples=3)
    words = churned.map({1: "No", 0: "Yes"})  # churn sorts first
    with pytest.raises(DataError, match="churned must be 0 and 1, .* not 'No', 'Yes'"):
        evaluate_churn(words, probability)
    found = evaluate_churn(words, probability, positive="No", n_resamples=3)
    pd.testing.assert_frame_equal(found.table, expected.table)


def test_other_scores_may_have_their_customers_in_a_column(churned: pd.Series) -> None:
    probability = pd.Series(np.linspace(0.1, 0.9, len(churned)), churned.index)
    other = pd.DataFrame({"recency_days": np.arange(len(churned))}, index=churned.index)
    shuffled = other.sample(frac=1, random_state=0).reset_index()
    one, two = (evaluate_churn(churned, probability, t, n_resamples=2) for t in (other, shuffled))
    assert one.comparison is not None
    pd.testing.assert_frame_equal(one.comparison, two.comparison)


def test_outcomes_and_scores_stay_together_in_the_order_of_their_values() -> None:
    probability = pd.Series([0.4, 0.1, 0.3, 0.2])
    other = {"recency_days": pd.Series([4, 1, 3, 2])}
    found = sorted_outcomes(Y[::-1], probability, other, CHURN, None)
    assert found.outcome.tolist() == [0, 0, 1, 1]
    assert found.scores["churn_probability"].tolist() == [0.3, 0.4, 0.1, 0.2]
    assert found.scores["recency_days"].tolist() == [3, 4, 1, 2]

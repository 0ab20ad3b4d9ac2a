"""Separation, collinearity and events: what the data cannot carry is named."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from sklearn.ensemble import RandomForestClassifier

from cemkit import ChurnModel
from cemkit.churn.diagnosis import ColumnSums, problems_of
from cemkit.errors import CemkitWarning, ConvergenceError


def test_the_article_is_separated_three_ways(article: pd.DataFrame) -> None:
    X = article.drop(columns="churn")
    with pytest.warns(CemkitWarning) as caught:
        model = ChurnModel().fit(X, article["churn"])
    messages = [str(warning.message) for warning in caught]
    assert (
        "complete separation: each of 'purchase_frequency', 'days_since_last_purchase'"
        in messages[0]
    )
    assert (
        "'avg_order_value' alone perfectly predicts the outcome of all 10 customers" in messages[0]
    )
    assert "too few events: 1.0 customers of the rarer outcome for each of 3 terms" in messages[1]
    assert set(model.diagnose().table["separation"]) == {"complete"}


def test_one_term_that_separates_is_not_called_each() -> None:
    X = pd.DataFrame({"recency_days": range(40), "order_count": [1, 2, 3, 4] * 10})
    with pytest.warns(CemkitWarning, match="complete separation: 'recency_days' alone perfectly"):
        ChurnModel().fit(X, pd.Series([0] * 20 + [1] * 20))


@pytest.mark.filterwarnings("ignore::cemkit.errors.CemkitWarning")
def test_kinds_of_separation() -> None:
    X = pd.DataFrame(
        {
            "complete": [1.0, 2, 3, 4, 5, 6] * 5,
            "quasi": [1.0, 2, 3, 3, 4, 5] * 5,
            "one_level": [0, 0, 0, 0, 0, 1] * 5,
            "none": [1.0, 9, 3, 2, 8, 4] * 5,
            "constant": 7,
        }
    )
    y = pd.Series([0, 0, 0, 1, 1, 1] * 5)
    diagnosis = ChurnModel().fit(X, y).diagnose()
    assert diagnosis.table["separation"].to_dict() == {
        "complete": "complete", "quasi": "quasi", "one_level": "quasi",
        "none": "none", "constant": "none",
    }  # fmt: skip
    assert diagnosis.table.index[diagnosis.table["constant"]].tolist() == ["constant"]
    with pytest.raises(ConvergenceError, match=r"set penalty (> 0|above 0)"):
        ChurnModel(penalty=0).fit(X[["quasi"]], y)


def test_features_that_separate_only_together() -> None:
    rng = np.random.default_rng(0)
    X = pd.DataFrame(rng.normal(size=(200, 2)), columns=["a", "b"])
    y = (X["a"] + X["b"] > 0).astype(int)
    with pytest.warns(CemkitWarning, match="'a', 'b' together perfectly predict"):
        model = ChurnModel(penalty=1e-4).fit(X, y)
    diagnosis = model.diagnose()
    assert (diagnosis.separation, diagnosis.separated) == ("complete", 200)
    assert set(diagnosis.table["separation"]) == {"none"}
    with pytest.raises(ConvergenceError, match="complete separation: 'a', 'b' together"):
        ChurnModel(penalty=0).fit(X, y)


def test_a_combination_that_leaves_some_open() -> None:
    rng = np.random.default_rng(1)
    X = pd.DataFrame(rng.integers(0, 6, (300, 3)), columns=["orders", "returns", "calls"])
    more = np.sign(X["orders"] - X["returns"])
    y = pd.Series(np.where(more == 0, rng.random(300) < 0.5, more < 0).astype(int))
    told = f"{(more != 0).sum()} of 300 customers"
    message = f"quasi separation: 'orders', 'returns' together perfectly predict the .* of {told}"
    for penalty in (1e-6, 1.0, 100.0):
        with pytest.warns(CemkitWarning, match=message):
            diagnosis = ChurnModel(penalty=penalty).fit(X, y).diagnose()
        assert diagnosis.table["unbounded"].tolist() == [True, True, False]
        assert set(diagnosis.table["separation"]) == {"none"}
    with pytest.raises(ConvergenceError, match=message):
        ChurnModel(penalty=0).fit(X, y)
    forest = ChurnModel(classifier=RandomForestClassifier(5, random_state=0)).fit(X, y)
    assert forest.diagnose().separation is None


def test_inflation_equals_that_of_car_vif(known: pd.DataFrame, churned: pd.Series) -> None:
    X = known[["recency_days", "tenure_days", "order_count", "silent_share"]]
    found = ChurnModel(penalty=0).fit(X, churned).diagnose().table["inflation"]
    covariance = sm.Logit(churned, sm.add_constant(X)).fit(disp=0).cov_params().iloc[1:, 1:]
    size = np.sqrt(np.diag(covariance))
    correlation = covariance / np.outer(size, size)
    # car::vif: det(R of the term) * det(R of the others) / det(R)
    for name in X:
        others = correlation.drop(index=name, columns=name)
        expected = np.linalg.det(others) / np.linalg.det(correlation)
        assert found[name] == pytest.approx(expected, rel=1e-5)


def test_exact_dependence_is_infinite(known: pd.DataFrame, churned: pd.Series) -> None:
    diagnosis = ChurnModel().fit(known, churned).diagnose()
    endless = diagnosis.table.index[np.isinf(diagnosis.table["inflation"])]
    assert set(endless) == {
        *("order_count", "repeat_count", "order_days_365", "total_amount", "amount_365")
    }
    assert "collinear terms: " in diagnosis.sentence()
    assert problems_of(diagnosis) == []


def test_sums_are_those_of_numpy() -> None:
    rng = np.random.default_rng(1)
    matrix, churned = rng.normal(5, 2, (70_000, 3)), (rng.random(70_000) < 0.3).astype(float)
    sums = ColumnSums.of(matrix, churned)
    np.testing.assert_allclose(sums.deviations, matrix.std(axis=0), rtol=1e-12)
    np.testing.assert_array_equal(sums.lowest[1], matrix[churned > 0].min(axis=0))
    np.testing.assert_array_equal(sums.highest[0], matrix[churned == 0].max(axis=0))

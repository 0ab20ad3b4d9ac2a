"""Reasons in words."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.naive_bayes import GaussianNB
from sklearn.svm import LinearSVC

from cemkit import ChurnModel
from cemkit.errors import MissingColumnsError


def test_the_largest_effects_come_first_in_both_languages(
    known: pd.DataFrame, churned: pd.Series
) -> None:
    X = known[["recency_days", "order_count"]].assign(plan="basic")
    model = ChurnModel().fit(X, churned)
    told = model.explain(X.loc[[2, 5]])
    assert told.columns.tolist() == ["churn_probability", "reason_1", "reason_2", "reason_3"]
    effect = (
        model.coefficients_
        * (X.loc[5, ["recency_days", "order_count"]] - model.center_)
        / model.scale_
    )
    assert told.loc[5, "reason_1"].startswith(effect.astype(float).abs().idxmax())
    assert told.loc[2, "reason_3"] == ""  # plan has one level and no effect
    assert "流失几率" in model.explain(X.loc[[2]], top=1, language="zh").loc[2, "reason_1"]


def test_categories_are_told_by_their_level() -> None:
    X = pd.DataFrame({"plan": ["month", "year"] * 100})
    y = pd.Series([1, 0, 1, 0, 1, 1, 0, 0] * 25)
    told = ChurnModel(penalty=0).fit(X, y).explain(X.tail(1))
    assert told["reason_1"].tolist() == ["plan is year (usually month): odds of churn x 0.111"]


@pytest.mark.parametrize("classifier", [None, LinearSVC(), GaussianNB()])
@pytest.mark.parametrize("calibrate", [None, "sigmoid"])
def test_the_odds_told_are_those_of_the_probabilities(classifier: Any, calibrate: Any) -> None:
    if calibrate is None and isinstance(classifier, LinearSVC):
        return  # has no probabilities
    rng = np.random.default_rng(0)
    X = pd.DataFrame(rng.normal(size=(2000, 2)), columns=["visits", "complaints"])
    y = pd.Series((rng.random(2000) < 1 / (1 + np.exp(-2 * X["visits"] - 0.1))).astype(int))
    model = ChurnModel(classifier=classifier, calibrate=calibrate, penalty=3000).fit(X, y)
    one = X.iloc[[5]]
    both = pd.concat([one, one.assign(visits=X["visits"].mean())])
    own, usual = model.predict_proba(both)[:, 1]
    ratio = own / (1 - own) / (usual / (1 - usual))
    told = model.explain(one, top=1)["reason_1"].iloc[0]
    assert told.startswith("visits is -0.623 (average -0.0242)")
    assert told.endswith(f"odds of churn x {ratio:.3g}")


def test_what_is_missing_is_called_so() -> None:
    X = pd.DataFrame({"plan": np.array(["month", None, "year", "year"] * 50, dtype=object)})
    model = ChurnModel().fit(X, pd.Series(([1, 1, 0, 0] * 4 + [0, 0, 1, 1]) * 10))
    assert model.explain(X.iloc[[1]])["reason_1"].iloc[0].startswith("plan is missing (usually y")
    assert model.explain(X.iloc[[1]], language="zh")["reason_1"].iloc[0].startswith("plan 为 缺失")


def test_bad_questions(known: pd.DataFrame, churned: pd.Series) -> None:
    model = ChurnModel().fit(known, churned)
    with pytest.raises(MissingColumnsError, match="pass the features of the fit"):
        model.explain(known.drop(columns="recency_days"))
    with pytest.raises(ValueError, match="top must be at least 1, not 0"):
        model.explain(known.head(), top=0)
    with pytest.raises(ValueError, match="language must be one of 'en', 'zh'"):
        model.explain(known.head(), language="de")  # type: ignore[arg-type]

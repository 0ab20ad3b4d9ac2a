"""Reasons in words."""

import pandas as pd
import pytest

from cemkit import ChurnModel, MissingColumnsError


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


def test_bad_questions(known: pd.DataFrame, churned: pd.Series) -> None:
    model = ChurnModel().fit(known, churned)
    with pytest.raises(MissingColumnsError, match="pass the features of the fit"):
        model.explain(known.drop(columns="recency_days"))
    with pytest.raises(ValueError, match="top must be at least 1, not 0"):
        model.explain(known.head(), top=0)
    with pytest.raises(ValueError, match="language must be one of 'en', 'zh'"):
        model.explain(known.head(), language="de")  # type: ignore[arg-type]

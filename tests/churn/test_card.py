"""The model card holds what was fitted, how it was tested, and its limits."""

import pandas as pd
import pytest
from sklearn.ensemble import RandomForestClassifier
from sklearn.exceptions import NotFittedError

from cemkit import ChurnModel, evaluate_churn
from cemkit.churn import model_card


def test_a_card(known: pd.DataFrame, churned: pd.Series) -> None:
    table = known[["recency_days"]].assign(gender="f")
    model = ChurnModel(allow_sensitive=["gender"]).fit(table, churned)
    evaluation = evaluate_churn(churned, model.add_to(table)["churn_probability"], n_resamples=5)
    card = model_card(model, evaluation, "1997-09-30", 182, limits=["one cohort of 1997"])
    assert card.model == "ChurnModel (logistic regression)"
    assert card.customers == 23_570
    assert card.base_rate == pytest.approx(0.7419, abs=5e-5)
    assert card.features == "recency_days, gender"
    assert card.sensitive == "gender"
    assert card.limits == "one cohort of 1997"
    assert "in the 182 days after 1997-09-30" in card.sentence()
    assert "1997-09-30" in card.sentence("zh")
    assert "| roc_auc |" in card.to_markdown()


@pytest.mark.filterwarnings("ignore::cemkit.errors.CemkitWarning")
def test_limits_that_the_diagnosis_found(known: pd.DataFrame, churned: pd.Series) -> None:
    few = known.iloc[:60]
    forest = RandomForestClassifier(5, random_state=0)
    model = ChurnModel(classifier=forest).fit(few, churned.loc[few.index])
    evaluation = evaluate_churn(
        churned.loc[few.index], model.add_to(few)["churn_probability"], n_resamples=5
    )
    card = model_card(model, evaluation, "1997-09-30", 182)
    assert card.model == "ChurnModel (RandomForestClassifier)"
    assert "too few events" in card.limits
    assert card.sensitive == "none"
    with pytest.raises(TypeError, match=r"limits must be a list, as in limits=\['one shop'\]"):
        model_card(model, evaluation, "1997-09-30", 182, limits="one shop")
    with pytest.raises(NotFittedError):
        model_card(ChurnModel(), evaluation, "1997-09-30", 182)

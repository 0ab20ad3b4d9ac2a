"""PropensityModel: any outcome by ChurnModel's engine, and never in churn's words."""

import warnings
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.ensemble import RandomForestClassifier
from sklearn.utils.estimator_checks import parametrize_with_checks

from cemkit import ChurnModel, evaluate_churn
from cemkit.churn import (
    PropensityCoefficients,
    PropensityDiagnosis,
    PropensityModel,
    check_leakage,
    evaluate_propensity,
    model_card,
)
from cemkit.errors import CemkitWarning, DataError
from cemkit.plots import churn as plots

RNG = np.random.default_rng(0)
FEATURES = pd.DataFrame(
    {
        "order_count": RNG.integers(1, 20, 400),
        "city": RNG.choice(["北京", "上海"], 400),
        "mean_amount": RNG.gamma(2.0, 10.0, 400),
    },
    index=pd.RangeIndex(400, name="customer_id"),
)
UPGRADED = pd.Series(
    (RNG.random(400) < FEATURES["order_count"] / 20).astype(int), name="upgraded"
).rename_axis("customer_id")


def texts(model: PropensityModel) -> list[str]:
    """Return everything that a model of upgrades says."""
    scored = model.add_to(FEATURES)
    read = evaluate_propensity(UPGRADED, scored["upgrade_probability"], n_resamples=9)
    card = model_card(model, read, "2024-06-30", 90)
    said = [repr(part) for part in (model.diagnose(), model.coefficients(), read, card)]
    said += [part.sentence("zh") for part in (model.diagnose(), model.coefficients(), read, card)]
    for language in ("en", "zh"):
        reasons = model.explain(FEATURES.head(5), language=language)
        said += reasons.astype(str).to_numpy().ravel().tolist()
    said += [repr(table) for table in (read.deciles, read.calibration, read.curve, scored)]
    said += [*read.deciles, *read.calibration, *model.explain(FEATURES.head(2))]
    for draw in (plots.calibration, plots.roc, plots.precision_recall, plots.lift_and_gains):
        said += _words_of(draw(read))
    return [*said, *_words_of(plots.coefficients(model.coefficients())), model.to_json()]


def _words_of(axes: Any) -> list[str]:
    said = [axes.get_title(), axes.get_title("left")]
    for one in axes.figure.axes:
        said += [one.get_xlabel(), one.get_ylabel()]
    return said


@pytest.mark.filterwarnings("ignore:no installed font")
def test_a_likely_upgrader_is_never_called_a_churner() -> None:
    for model in (PropensityModel(outcome="upgrade"), PropensityModel()):
        said = texts(model.fit(FEATURES, UPGRADED))
        assert not [text for text in said if "churn" in text.lower() or "流失" in text]
        assert any("upgrade" in text for text in said)
        assert any("升级" in text for text in said)


def test_the_engine_is_churns() -> None:
    churn, other = ChurnModel().fit(FEATURES, UPGRADED), PropensityModel().fit(FEATURES, UPGRADED)
    np.testing.assert_array_equal(
        other.add_to(FEATURES)["upgrade_probability"], churn.add_to(FEATURES)["churn_probability"]
    )
    assert type(other.diagnose()) is PropensityDiagnosis
    assert type(other.coefficients()) is PropensityCoefficients
    assert (churn.outcome_, other.outcome_) == ("churn", "upgrade")
    probability = other.add_to(FEATURES)["upgrade_probability"]
    measured = evaluate_churn(UPGRADED, probability, n_resamples=9)
    own = evaluate_propensity(UPGRADED, probability, n_resamples=9)
    pd.testing.assert_frame_equal(own.table, measured.table)
    assert own.deciles["upgraded"].tolist() == measured.deciles["churned"].tolist()


def test_sentences_name_the_outcome() -> None:
    model = PropensityModel(outcome="first_purchase", penalty=0).fit(FEATURES, UPGRADED)
    assert "the odds of first purchase by" in model.coefficients().sentence()
    assert "首次购买的几率乘以" in model.coefficients().sentence("zh")
    scored = model.add_to(FEATURES)["first_purchase_probability"]
    read = evaluate_propensity(UPGRADED, scored, outcome="opened", n_resamples=9)
    assert "had the outcome opened; AUC" in read.sentence()
    assert "出现“opened”" in read.sentence("zh")


def test_errors_speak_of_the_outcome() -> None:
    named = UPGRADED.map({0: "no", 1: "yes"})
    model = PropensityModel(outcome="upgrade").fit(FEATURES, named)
    with pytest.raises(DataError, match=r"means upgrade; .* PropensityModel\(positive="):
        model.add_to(FEATURES)
    with pytest.raises(DataError, match="'upgrade_probability' is the outcome to predict"):
        model.fit(FEATURES.assign(upgrade_probability=0.5), named)
    PropensityModel(outcome="upgrade").fit(FEATURES.assign(churn_probability=0.5), UPGRADED)
    with pytest.raises(TypeError, match="upgraded must be a Series"):
        evaluate_propensity(UPGRADED.to_numpy(), UPGRADED * 1.0, outcome="upgrade")
    with pytest.raises(DataError, match="upgrade_probability has .* outside"):
        evaluate_propensity(UPGRADED, UPGRADED * 2.0)
    with pytest.raises(DataError, match="upgraded must be 0 and 1"):
        check_leakage(FEATURES, named)
    with pytest.raises(TypeError, match="outcome must be a word"):
        PropensityModel(outcome=3).fit(FEATURES, UPGRADED)
    read = evaluate_churn(UPGRADED, UPGRADED * 0.5, n_resamples=5)
    fitted = PropensityModel().fit(FEATURES, UPGRADED)
    with pytest.raises(DataError, match="predicts 'upgrade' but the evaluation is of 'churn'"):
        model_card(fitted, read, "2024-06-30", 90)


def test_json_round_trip_keeps_the_outcome() -> None:
    model = PropensityModel(calibrate="sigmoid").fit(FEATURES, UPGRADED)
    again = PropensityModel.from_json(model.to_json())
    pd.testing.assert_frame_equal(again.add_to(FEATURES), model.add_to(FEATURES))
    assert again.outcome_ == "upgrade"
    assert again.diagnose().sentence() == model.diagnose().sentence()
    with pytest.raises(DataError, match="is a saved PropensityModel, not a saved ChurnModel"):
        ChurnModel.from_json(model.to_json())


def test_any_classifier_and_label() -> None:
    forest = RandomForestClassifier(20, random_state=0)
    named = UPGRADED.map({0: "no", 1: "yes"})
    model = PropensityModel(outcome="vip", classifier=forest, positive="yes").fit(FEATURES, named)
    assert model.add_to(FEATURES)["vip_probability"].between(0, 1).all()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", CemkitWarning)
        assert model.set_params(outcome="x").fit(FEATURES, named).outcome_ == "x"


@pytest.mark.filterwarnings("ignore::cemkit.errors.CemkitWarning")
@parametrize_with_checks([PropensityModel()])
def test_scikit_learns_checks(estimator: Any, check: Any) -> None:
    check(estimator)

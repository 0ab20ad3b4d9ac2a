"""FeatureImportance: the mean size of each feature's effect on the log-odds."""

import numpy as np
import pandas as pd
import pytest
from sklearn.ensemble import RandomForestClassifier

from cemkit import ChurnModel

RNG = np.random.default_rng(0)
X = pd.DataFrame({"a": RNG.normal(size=400), "b": RNG.gamma(1, 50, 400), "same": 1.0})
CHURNED = pd.Series((X["a"] - X["b"] / 100 + RNG.normal(size=400) > 0).astype(int))


@pytest.fixture(scope="module")
def model() -> ChurnModel:
    return ChurnModel(penalty=0).fit(X[["a", "b"]], CHURNED)


def test_it_is_the_coefficient_times_the_mean_distance(model: ChurnModel) -> None:
    table = model.importance(X).table
    slopes = model.coefficients().table["coefficient"]
    for name in ("a", "b"):
        mean = abs(slopes[name]) * (X[name] - X[name].mean()).abs().mean()
        assert table.loc[name, "mean_effect"] == pytest.approx(mean)
        assert table.loc[name, "odds_factor"] == pytest.approx(np.exp(mean))
    assert table["mean_effect"].is_monotonic_decreasing


def test_units_and_the_order_of_rows_do_not_matter(model: ChurnModel) -> None:
    first = model.importance(X).table
    cents = ChurnModel(penalty=0).fit(X[["a", "b"]] * [1, 100], CHURNED)
    other = cents.importance((X[["a", "b"]] * [1, 100]).sample(frac=1, random_state=1)).table
    pd.testing.assert_frame_equal(first, other, rtol=1e-6)


def test_a_constant_moves_nothing() -> None:
    model = ChurnModel().fit(X, CHURNED)
    assert model.importance(X).table["mean_effect"].iloc[-1] == 0


def test_any_classifier_has_an_importance() -> None:
    forest = RandomForestClassifier(20, random_state=0)
    found = ChurnModel(classifier=forest).fit(X[["a", "b"]], CHURNED).importance(X)
    assert set(found.table.index) == {"a", "b"}
    assert found.customers == 400


def test_the_sentence_names_the_first(model: ChurnModel) -> None:
    found = model.importance(X)
    first = found.table.index[0]
    assert f"Of 2 features, {first} moves the predicted odds of churn most" in found.sentence()
    assert f"{first} 对模型预测的流失几率影响最大" in found.sentence("zh")

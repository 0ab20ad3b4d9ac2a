"""There and back through JSON, to the last digit."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.naive_bayes import GaussianNB

from cemkit import ChurnModel


@pytest.mark.parametrize(
    "parameters",
    [{}, {"calibrate": "sigmoid"}, {"calibrate": "isotonic"}, {"class_weight": {0: 1.0, 1: 2.0}}],
)
def test_the_loaded_model_is_the_same(
    known: pd.DataFrame, churned: pd.Series, parameters: dict[str, Any]
) -> None:
    table = known.assign(plan=np.where(known.index % 3 == 0, "金", "basic"))
    model = ChurnModel(**parameters).fit(table, churned)
    loaded = ChurnModel.from_json(model.to_json())
    assert (loaded.predict_proba(table) == model.predict_proba(table)).all()
    assert loaded.get_params() == model.get_params() | {"allow_sensitive": []}
    pd.testing.assert_frame_equal(loaded.diagnose().table, model.diagnose().table)
    pd.testing.assert_frame_equal(loaded.explain(table.head()), model.explain(table.head()))
    assert loaded.to_json() == model.to_json()
    if not parameters:
        pd.testing.assert_frame_equal(loaded.coefficients().table, model.coefficients().table)


def test_a_model_of_arrays(known: pd.DataFrame, churned: pd.Series) -> None:
    matrix = known.to_numpy()
    model = ChurnModel().fit(matrix, churned.map({0: "stays", 1: "leaves"}).to_numpy())
    loaded = ChurnModel.from_json(model.to_json())
    assert (loaded.predict(matrix) == model.predict(matrix)).all()
    assert not hasattr(loaded, "feature_names_in_")


def test_a_classifier_of_ones_own_is_not_saved(known: pd.DataFrame, churned: pd.Series) -> None:
    with pytest.raises(TypeError, match=r"around GaussianNB is not saved to JSON; .*skops"):
        ChurnModel(classifier=GaussianNB()).fit(known, churned).to_json()

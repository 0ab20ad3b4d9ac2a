"""There and back through JSON, to the last digit."""

import functools
import json
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.naive_bayes import GaussianNB

from cemkit import ChurnModel
from cemkit.errors import CemkitWarning, DataError


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


@pytest.mark.filterwarnings("ignore::cemkit.errors.CemkitWarning")
def test_infinite_and_unknown_inflations_come_back(known: pd.DataFrame, churned: pd.Series) -> None:
    table = known.assign(same=1.0, twice=2 * known.iloc[:, 0])
    model = ChurnModel().fit(table, churned)
    inflation = model.diagnose().table["inflation"]
    assert np.isinf(inflation["twice"])
    assert np.isnan(inflation["same"])
    text = model.to_json()
    assert "Infinity" not in text
    assert "NaN" not in text
    again = ChurnModel.from_json(text)
    pd.testing.assert_series_equal(again.diagnose().table["inflation"], inflation)


def model_of(known: pd.DataFrame, churned: pd.Series, path: str, value: Any) -> str:
    """The text of a calibrated model in which one value is another."""
    table = known.assign(plan=np.where(known.index % 3 == 0, "gold", "basic"))
    state = json.loads(ChurnModel(calibrate="isotonic").fit(table, churned).to_json())
    *way, last = path.split(".")
    functools.reduce(dict.__getitem__, way, state)[last] = value
    return json.dumps(state)


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        ("classes", [1, 0], r"classes must be in order, not \[1, 0\]"),
        ("classes", [0, "1"], "classes must be a list of one kind"),
        ("parameters.classifier", "print", "parameters.classifier must be one of None"),
        ("parameters.positive_", 1, "it has the unknown 'positive_' in parameters"),
        ("parameters.penalty", -1, "parameters.penalty must be a number of at least 0"),
        ("parameters.threshold", 0, "threshold must lie strictly between 0 and 1"),
        ("parameters.calibrate", None, "its calibration does not go with calibrate=None"),
        ("calibration.y", [0.9, 0.1], "its calibration must be two numbers or a curve"),
        ("encoding.levels", [None], "encoding.levels must have length"),
        ("scale", [0.0], "scale must"),
        ("logistic.information", [[1.0]], "logistic.information must have length"),
        ("diagnosis.events", 10**9, "events of"),
        ("named", False, "it has names or levels of features, but named is false"),
    ],
)
def test_what_no_model_wrote_is_refused(
    known: pd.DataFrame, churned: pd.Series, path: str, value: Any, message: str
) -> None:
    with pytest.raises(DataError, match=f"^the saved ChurnModel is damaged: .*{message}"):
        ChurnModel.from_json(model_of(known, churned, path, value))


def test_a_model_of_arrays(known: pd.DataFrame, churned: pd.Series) -> None:
    matrix = known.to_numpy()
    model = ChurnModel().fit(matrix, churned.map({0: "stays", 1: "leaves"}).to_numpy())
    loaded = ChurnModel.from_json(model.to_json())
    assert (loaded.predict(matrix) == model.predict(matrix)).all()
    assert not hasattr(loaded, "feature_names_in_")


def test_a_classifier_of_ones_own_is_not_saved(known: pd.DataFrame, churned: pd.Series) -> None:
    with pytest.raises(
        TypeError, match=r"a model with GaussianNB cannot be saved to JSON; save it with skops"
    ):
        ChurnModel(classifier=GaussianNB()).fit(known, churned).to_json()


def test_a_loaded_model_knows_which_features_had_gaps() -> None:
    spread = pd.DataFrame({"full": [1.0, 2, 3, 4] * 30, "gaps": [None, 5.0, 1] * 40})
    churned = pd.Series([0, 1, 0, 1, 1, 1, 0] * 17 + [0])
    loaded = ChurnModel.from_json(ChurnModel().fit(spread, churned).to_json())
    assert loaded.encoding_.gaps == [False, True]
    with pytest.warns(CemkitWarning, match="^full is missing in 120 rows"):
        loaded.predict_proba(spread.assign(full=np.nan))
    loaded.predict_proba(spread.assign(gaps=np.nan))

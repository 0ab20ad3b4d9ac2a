"""A fitted churn model as JSON text, and back to the last digit."""

import dataclasses
from typing import Any

import numpy as np
import pandas as pd

from cemkit.prediction.churn.diagnosis import ChurnDiagnosis
from cemkit.prediction.churn.encoding import FeatureEncoding
from cemkit.prediction.churn.logistic import fit_of, state_of
from cemkit.prediction.churn.recalibration import Recalibration
from cemkit.storage import from_text, to_text


def model_to_json(model: Any) -> str:
    """The text of a fitted model.

    Args:
        model: A fitted `ChurnModel` without a classifier of the user's own.

    Examples:
        >>> from cemkit import ChurnModel
        >>> spread = pd.DataFrame({"recency_days": [1.0, 2.0, 3.0, 4.0] * 10})
        >>> model = ChurnModel().fit(spread, pd.Series([0, 1, 0, 1] * 9 + [0, 0, 1, 1]))
        >>> model_to_json(model)[:22]
        '{"model": "ChurnModel"'
    """
    if model.logistic_ is None:
        raise TypeError(
            f"a model around {type(model.classifier_).__name__} is not saved to JSON; "
            "save it with skops.io.dump, which does not run code when it is read"
        )
    parameters = model.get_params(deep=False)
    if isinstance(parameters["class_weight"], dict):
        parameters["class_weight"] = [[_plain(k), v] for k, v in parameters["class_weight"].items()]
    parameters["allow_sensitive"] = list(parameters["allow_sensitive"])
    state = {
        "parameters": parameters,
        "classes": [_plain(value) for value in model.classes_],
        "named": hasattr(model, "feature_names_in_"),
        "encoding": dataclasses.asdict(model.encoding_),
        "center": model.center_.tolist(),
        "scale": model.scale_.tolist(),
        "logistic": state_of(model.logistic_),
        "calibration": model._recalibration and model._recalibration._asdict(),
        "diagnosis": _diagnosis_state(model.diagnosis_),
    }
    return to_text(model, state)


def model_from_json(kind: Any, text: str) -> Any:
    """The fitted model of a text.

    Args:
        kind: The class to make.
        text: From `model_to_json`.

    Raises:
        DataError: It is not.

    Examples:
        >>> from cemkit import ChurnModel
        >>> model_from_json(ChurnModel, "{}")
        Traceback (most recent call last):
        ...
        cemkit.errors.DataError: the text is no saved model, not a saved ChurnModel; ...
    """
    state = from_text(kind, text)
    parameters = state["parameters"]
    if isinstance(parameters["class_weight"], list):
        parameters["class_weight"] = dict(parameters["class_weight"])
    model = kind(**parameters)
    model.classes_ = np.array(state["classes"])
    model.encoding_ = FeatureEncoding(**state["encoding"])
    model.n_features_in_ = len(model.encoding_.columns)
    if state["named"]:
        model.feature_names_in_ = np.array(model.encoding_.columns, dtype=object)
    model.center_, model.scale_ = np.array(state["center"]), np.array(state["scale"])
    model._scorer = fit_of(state["logistic"])
    model._recalibration = state["calibration"] and Recalibration(**state["calibration"])
    model.diagnosis_ = _diagnosis(state["diagnosis"])
    model._set_fitted()
    return model


def _plain(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else value


def _diagnosis_state(diagnosis: ChurnDiagnosis) -> dict[str, Any]:
    table = diagnosis.table.reset_index()
    return diagnosis.to_dict() | {"table": {str(name): table[name].tolist() for name in table}}


def _diagnosis(state: dict[str, Any]) -> ChurnDiagnosis:
    return ChurnDiagnosis(**state | {"table": pd.DataFrame(state["table"]).set_index("term")})

"""A fitted model of an outcome as JSON text, and back to the last digit."""

import dataclasses
from typing import Any

import numpy as np
import pandas as pd

from cemkit.arrays import Floats
from cemkit.checks import left_out_series
from cemkit.churn.diagnosis import PropensityDiagnosis, kind_of_diagnosis
from cemkit.churn.logistic import LogisticFit, state_of
from cemkit.churn.outcomes import CHURN, Outcome
from cemkit.churn.recalibration import Recalibration
from cemkit.data.encoding import FeatureEncoding
from cemkit.data.saved_encoding import ENCODING, encoding_of
from cemkit.errors import DataError
from cemkit.formats import count_text
from cemkit.storage.fields import (
    choice,
    either,
    flag,
    integer,
    label,
    labels,
    many,
    named,
    number,
    numbers,
    optional,
    record,
    row,
    text,
)
from cemkit.storage.text import Layout, from_text, to_text

SMALLEST = 1e-90  # a smaller scale takes sound values beyond what a float holds
STEEPEST = 1e9  # coefficient of a scaled term
CUSTOMERS = 2**53
INFINITE = "infinite"
SEPARATIONS = ("none", "quasi", "complete")

LOGISTIC = {
    "parameters": numbers("parameters"),
    "log_likelihood": number(maximum=0),
    "information": numbers("parameters", "parameters"),
    "mean_density": number(0),
    "density_gradient": numbers("parameters"),
    "steps": integer(0),
}
DIAGNOSIS = {
    "customers": integer(2, CUSTOMERS),
    "events": integer(1, CUSTOMERS),
    "events_per_term": number(0),
    "separation": choice(*SEPARATIONS, None),
    "separated": integer(0, CUSTOMERS),
    "table": record(
        {
            "term": many(text, "terms"),
            "separation": many(choice(*SEPARATIONS), "terms"),
            "unbounded": many(flag, "terms"),
            "inflation": many(optional(either(INFINITE, number(0))), "terms"),
            "constant": many(flag, "terms"),
        }
    ),
}
PARAMETERS = {
    "penalty": number(0),
    "scale": flag,
    "calibrate": choice("sigmoid", "isotonic", None),
    "threshold": number(0, 1),
    "class_weight": optional(either("balanced", many(row(label, number(above=0))))),
    "classifier": choice(None),
    "allow_sensitive": many(text),
    "positive": optional(label),
}
STATE = {
    "classes": labels(2),
    "named": flag,
    "encoding": ENCODING,
    "left_out": named(number(0)),
    "center": numbers("terms"),
    "scale": numbers("terms", minimum=SMALLEST),
    "logistic": record(LOGISTIC),
    "calibration": optional(
        record(
            {
                "method": choice("sigmoid", "isotonic"),
                "x": numbers("points"),
                "y": many(number(-STEEPEST, STEEPEST)),
            }
        )
    ),
    "diagnosis": record(DIAGNOSIS),
}
LAYOUT = Layout(1, {"parameters": record(PARAMETERS), **STATE})  # of a churn model
NAMED_LAYOUT = Layout(  # of a model that names its outcome
    1,
    {
        "parameters": record({"outcome": optional(text)} | PARAMETERS),
        "outcome": row(text, text),
        **STATE,
    },
)


def model_to_json(model: Any) -> str:
    """Return the text of a fitted model."""
    if model.logistic_ is None:
        raise TypeError(
            f"a model with {type(model.classifier_).__name__} cannot be saved to JSON; "
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
        "left_out": model.left_out_.to_dict(),
        "center": model.center_.tolist(),
        "scale": model.scale_.tolist(),
        "logistic": state_of(model.logistic_),
        "calibration": model._recalibration and model._recalibration._asdict(),
        "diagnosis": _diagnosis_state(model.diagnosis_),
    }
    if _is_named(type(model)):
        state["outcome"] = [model._outcome.noun, model._outcome.label]
    return to_text(model, _layout(type(model)), state)


def _is_named(kind: Any) -> bool:
    """Whether models of a class name their outcome."""
    return "outcome" in kind._get_param_names()


def _layout(kind: Any) -> Layout:
    return NAMED_LAYOUT if _is_named(kind) else LAYOUT


def model_from_json(kind: Any, text: str) -> Any:
    """Return the fitted model of a text."""
    with from_text(kind, text, _layout(kind)) as state:
        encoding = encoding_of(state["encoding"], named=state["named"])
        _check_fit(state, encoding)
        _check_calibration(state)
        return _restored(kind, state, encoding)


def _check_fit(state: dict[str, Any], encoding: FeatureEncoding) -> None:
    """Raise unless classes, terms, coefficients and diagnosis belong together."""
    terms, diagnosis = encoding.terms, state["diagnosis"]
    if not state["classes"][0] < state["classes"][1]:
        raise DataError(f"classes must be in order, not {state['classes']!r}")
    if terms != diagnosis["table"]["term"]:
        raise DataError("the terms of its diagnosis are not those of its encoding")
    if len(state["logistic"]["parameters"]) != 1 + len(terms):
        raise DataError(
            f"it has {len(state['logistic']['parameters'])} coefficients for "
            f"{count_text(len(terms), 'terms')}"
        )
    if diagnosis["events"] >= diagnosis["customers"]:
        raise DataError(f"{diagnosis['events']} events of {diagnosis['customers']} customers")
    _check_information(state["logistic"]["information"], state["parameters"]["penalty"])


def _check_information(information: Floats, penalty: float) -> None:
    ridge = np.diag(np.r_[0.0, np.full(len(information) - 1, float(penalty))])
    size = np.sqrt(np.maximum(np.diag(information + ridge), SMALLEST))
    try:
        np.linalg.cholesky((information + ridge) / np.outer(size, size))
    except np.linalg.LinAlgError as error:
        raise DataError("its information is not positive definite") from error
    if not np.allclose(information, information.T, rtol=1e-6, atol=0):
        raise DataError("its information is not symmetric")


def _check_calibration(state: dict[str, Any]) -> None:
    curve, asked = state["calibration"], state["parameters"]["calibrate"]
    if (curve and curve["method"]) != asked:
        raise DataError(f"its calibration does not go with calibrate={asked!r}")
    if curve is None:
        return
    x, y = curve["x"], np.array(curve["y"])
    sound = len(y) == 2 and not len(x)
    if asked == "isotonic":
        rises = bool((np.diff(x) > 0).all() and (np.diff(y) >= 0).all())
        sound = len(x) == len(y) > 0 and rises and y[0] >= 0 and y[-1] <= 1
    if not sound:
        raise DataError("its calibration must be two numbers or a curve that rises from 0 to 1")


def _restored(kind: Any, state: dict[str, Any], encoding: FeatureEncoding) -> Any:
    parameters, curve = state["parameters"], state["calibration"]
    if isinstance(parameters["class_weight"], list):
        parameters["class_weight"] = dict(parameters["class_weight"])
    model = kind(**parameters)
    model._check_parameters()
    model.classes_ = np.array(state["classes"])
    model.encoding_ = encoding
    model.left_out_ = left_out_series(state["left_out"])
    model.n_features_in_ = len(encoding.columns)
    if state["named"]:
        model.feature_names_in_ = np.array(encoding.columns, dtype=object)
    model.center_, model.scale_ = state["center"], state["scale"]
    model._scorer = LogisticFit(**state["logistic"])
    model._recalibration = curve and Recalibration(curve["method"], curve["x"].tolist(), curve["y"])
    model._outcome = Outcome(*state["outcome"]) if "outcome" in state else CHURN
    model.outcome_ = model._outcome.noun
    model.diagnosis_ = _diagnosis(state["diagnosis"], model._outcome)
    model._set_fitted()
    return model


def _plain(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else value


def _diagnosis_state(diagnosis: PropensityDiagnosis) -> dict[str, Any]:
    table = {str(name): values.tolist() for name, values in diagnosis.table.reset_index().items()}
    # JSON has neither: an unknown inflation is null, an infinite one a word.
    unknown = {np.inf: INFINITE}
    table["inflation"] = [
        None if np.isnan(value) else unknown.get(value, value) for value in table["inflation"]
    ]
    return diagnosis.to_dict() | {"table": table}


def _diagnosis(state: dict[str, Any], outcome: Outcome) -> PropensityDiagnosis:
    table = state["table"]
    inflation = [np.inf if value == INFINITE else value for value in table["inflation"]]
    table["inflation"] = np.array(inflation, dtype=np.float64)
    return kind_of_diagnosis(outcome)(**state | {"table": pd.DataFrame(table).set_index("term")})

"""Fitted clusters as JSON text, and back to the last digit."""

import dataclasses
from typing import Any

import numpy as np
from sklearn.cluster import KMeans

from cemkit.arrays import Floats
from cemkit.checks import left_out_series
from cemkit.data.encoding import FeatureEncoding
from cemkit.data.saved_encoding import ENCODING, encoding_of
from cemkit.errors import DataError
from cemkit.segmentation.clusters.partitions import new_mixture
from cemkit.segmentation.clusters.scaling import FeatureScaler
from cemkit.storage.fields import (
    choice,
    either,
    flag,
    integer,
    many,
    named,
    number,
    numbers,
    optional,
    record,
    text,
)
from cemkit.storage.text import Layout, from_text, to_text

SMALLEST = 1e-90  # a smaller scale takes sound values beyond what a float holds
FARTHEST = 1e9  # scaled rows lie at most the root of their number away from the mean
STEEPEST = 1e6  # scikit-learn's least variance of 1e-6 keeps these factors below 1e3

SCALER = {
    "mean_": numbers("terms"),
    "var_": numbers("terms", minimum=0),
    "scale_": numbers("terms", minimum=SMALLEST),
    "n_samples_seen_": number(1),
}
MIXTURE = {
    "weights_": numbers("clusters", above=0, maximum=1),
    "means_": numbers("clusters", "terms", minimum=-FARTHEST, maximum=FARTHEST),
    "covariances_": numbers("clusters", "terms", "terms"),
    "precisions_": numbers("clusters", "terms", "terms"),
    "precisions_cholesky_": numbers(
        "clusters", "terms", "terms", minimum=-STEEPEST, maximum=STEEPEST
    ),
}
LAYOUT = Layout(
    1,
    {
        "parameters": record(
            {
                "n_clusters": either("auto", integer(1)),
                "method": choice("kmeans", "gaussian_mixture", "ward"),
                "features": optional(many(text)),
                "skew": choice("log", None),
                "random_state": optional(integer(0, 2**32 - 1)),
                "allow_sensitive": many(text),
            }
        ),
        "encoding": ENCODING,
        "left_out": named(number(0)),
        "named": flag,
        "inertia": number(0),
        "centers": numbers("clusters", "terms", minimum=-FARTHEST, maximum=FARTHEST),
        "scaler": record(SCALER),
        "mixture": optional(record(MIXTURE)),
    },
)


def clusters_to_json(model: Any) -> str:
    """Return the text of fitted clusters."""
    parameters = model.get_params()
    if parameters["features"] is not None:
        parameters["features"] = list(parameters["features"])
    parameters["allow_sensitive"] = list(parameters["allow_sensitive"])
    scaler = model.scaler_.standard
    state = {
        "parameters": parameters,
        "encoding": dataclasses.asdict(model.encoding_),
        "left_out": model.left_out_.to_dict(),
        "named": hasattr(model, "feature_names_in_"),
        "inertia": model.inertia_,
        "centers": model._centers.tolist(),
        "scaler": _lists(scaler, SCALER) | {"n_samples_seen_": float(scaler.n_samples_seen_)},
        "mixture": None,
    }
    if model.method == "gaussian_mixture":
        state["mixture"] = _lists(model.mixture_, MIXTURE)
    return to_text(model, LAYOUT, state)


def clusters_from_json(kind: Any, text: str) -> Any:
    """Return the fitted clusters of a text."""
    with from_text(kind, text, LAYOUT) as state:
        encoding = encoding_of(state["encoding"], named=state["named"])
        _check_whole(state, encoding)
        return _restored(kind, state, encoding)


def _check_whole(state: dict[str, Any], encoding: FeatureEncoding) -> None:
    """Raise where fields that are sound alone contradict each other."""
    parameters, count = state["parameters"], len(state["centers"])
    if not count:
        raise DataError("it has no centers")
    if parameters["n_clusters"] not in ("auto", count):
        raise DataError(f"n_clusters is {parameters['n_clusters']}, but it has {count} centers")
    known = {*encoding.columns, *encoding.ignored}
    if parameters["features"] is not None and {*parameters["features"]} != known:
        raise DataError(f"features are {parameters['features']}, but the fit saw {sorted(known)}")
    if len(encoding.terms) != len(state["scaler"]["mean_"]):
        raise DataError(f"its scaler does not go with the terms {encoding.terms}")
    if (state["mixture"] is None) != (parameters["method"] != "gaussian_mixture"):
        raise DataError(f"its mixture does not go with method={parameters['method']!r}")
    if state["mixture"] is not None:
        _check_mixture(state)


def _check_mixture(state: dict[str, Any]) -> None:
    mixture, factors = state["mixture"], state["mixture"]["precisions_cholesky_"]
    if abs(mixture["weights_"].sum() - 1) > 1e-6:
        raise DataError(f"weights_ must sum to 1, not {mixture['weights_'].sum():g}")
    if not np.array_equal(mixture["means_"], state["centers"]):
        raise DataError("means_ must equal the centers")
    if np.tril(factors, -1).any() or (np.diagonal(factors, axis1=1, axis2=2) <= 0).any():
        raise DataError("precisions_cholesky_ must be upper triangular with a positive diagonal")


def _restored(kind: Any, state: dict[str, Any], encoding: FeatureEncoding) -> Any:
    model, centers, names = kind(**state["parameters"]), state["centers"], encoding.terms
    model.encoding_, model.left_out_ = encoding, left_out_series(state["left_out"])
    model.n_features_in_ = len(encoding.columns)
    if state["named"]:
        model.feature_names_in_ = np.array(encoding.columns, dtype=object)
    model.scaler_ = FeatureScaler(np.zeros((1, len(names))), model.skew, names)
    vars(model.scaler_.standard).update(state["scaler"])
    model.n_clusters_, model.inertia_, model._centers = len(centers), state["inertia"], centers
    with np.errstate(over="ignore"):
        model.cluster_centers_ = model.scaler_.original(centers)
    if not np.isfinite(model.cluster_centers_).all():
        raise DataError("its centers are infinite in their original units")
    if model.method == "kmeans":
        model.kmeans_ = _kmeans_at(centers, state["inertia"])
    elif model.method == "gaussian_mixture":
        model.mixture_ = new_mixture(len(centers), model.random_state)
        model.mixture_.n_features_in_ = len(names)
        vars(model.mixture_).update(state["mixture"])
    return model


def _lists(estimator: Any, fields: dict[str, Any]) -> dict[str, Any]:
    return {name: np.asarray(getattr(estimator, name)).tolist() for name in fields}


def _kmeans_at(centers: Floats, inertia: float) -> KMeans:
    # Fitted on rows that differ whatever the centres are, so that it has all its attributes.
    rows = np.repeat(np.arange(len(centers), dtype=np.float64)[:, None], centers.shape[1], axis=1)
    fitted = KMeans(len(centers), init=rows, n_init=1).fit(rows)
    fitted.cluster_centers_, fitted.inertia_ = centers, inertia
    return fitted

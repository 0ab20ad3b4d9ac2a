"""Fitted clusters as JSON text, and back to the last digit."""

from typing import Any

import numpy as np
from sklearn.cluster import KMeans

from cemkit.errors import DataError
from cemkit.segmentation.clusters.partitions import Matrix, new_mixture
from cemkit.segmentation.clusters.scaling import FeatureScaler
from cemkit.storage.fields import (
    choice,
    either,
    flag,
    integer,
    many,
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
    "mean_": numbers("features"),
    "var_": numbers("features", minimum=0),
    "scale_": numbers("features", minimum=SMALLEST),
    "n_samples_seen_": number(1),
}
MIXTURE = {
    "weights_": numbers("clusters", above=0, maximum=1),
    "means_": numbers("clusters", "features", minimum=-FARTHEST, maximum=FARTHEST),
    "covariances_": numbers("clusters", "features", "features"),
    "precisions_": numbers("clusters", "features", "features"),
    "precisions_cholesky_": numbers(
        "clusters", "features", "features", minimum=-STEEPEST, maximum=STEEPEST
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
            }
        ),
        "names": many(text, "features", least=1, distinct=True),
        "named": flag,
        "inertia": number(0),
        "centers": numbers("clusters", "features", minimum=-FARTHEST, maximum=FARTHEST),
        "scaler": record(SCALER),
        "mixture": optional(record(MIXTURE)),
    },
)


def clusters_to_json(model: Any) -> str:
    """Return the text of fitted clusters."""
    parameters = model.get_params()
    if parameters["features"] is not None:
        parameters["features"] = list(parameters["features"])
    scaler = model.scaler_.standard
    state = {
        "parameters": parameters,
        "names": model.scaler_.names,
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
        _check_whole(state)
        return _restored(kind, state)


def _check_whole(state: dict[str, Any]) -> None:
    """Raise where fields that are sound alone contradict each other."""
    parameters, names, count = state["parameters"], state["names"], len(state["centers"])
    if not count:
        raise DataError("it has no centers")
    if parameters["n_clusters"] not in ("auto", count):
        raise DataError(f"n_clusters is {parameters['n_clusters']}, but it has {count} centers")
    if parameters["features"] is not None and parameters["features"] != names:
        raise DataError(f"features are {parameters['features']}, but names are {names}")
    if not state["named"] and (
        parameters["features"] is not None or names != [f"x{place}" for place in range(len(names))]
    ):
        raise DataError("it has names of features, but named is false")
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


def _restored(kind: Any, state: dict[str, Any]) -> Any:
    model, centers, names = kind(**state["parameters"]), state["centers"], state["names"]
    model.n_features_in_ = len(names)
    if state["named"]:
        model.feature_names_in_ = np.array(names, dtype=object)
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


def _kmeans_at(centers: Matrix, inertia: float) -> KMeans:
    # Fitted on rows that differ whatever the centres are, so that it has all its attributes.
    rows = np.repeat(np.arange(len(centers), dtype=np.float64)[:, None], centers.shape[1], axis=1)
    fitted = KMeans(len(centers), init=rows, n_init=1).fit(rows)
    fitted.cluster_centers_, fitted.inertia_ = centers, inertia
    return fitted

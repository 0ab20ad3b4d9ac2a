"""Fitted clusters as JSON text, and back to the last digit."""

from typing import Any

import numpy as np
from sklearn.cluster import KMeans

from cemkit.segmentation.clusters.partitions import Matrix, new_mixture
from cemkit.segmentation.clusters.scaling import FeatureScaler
from cemkit.storage import from_text, to_text

SCALER = ("mean_", "var_", "scale_", "n_samples_seen_")
MIXTURE = ("weights_", "means_", "covariances_", "precisions_", "precisions_cholesky_")


def clusters_to_json(model: Any) -> str:
    """The text of fitted clusters.

    Args:
        model: A fitted `CustomerClusters`.

    Examples:
        >>> from cemkit import CustomerClusters
        >>> clusters_to_json(CustomerClusters(n_clusters=1).fit([[1.0], [2.0]]))[:29]
        '{"model": "CustomerClusters",'
    """
    parameters = model.get_params()
    if parameters["features"] is not None:
        parameters["features"] = list(parameters["features"])
    state = {
        "parameters": parameters,
        "names": model.scaler_.names,
        "named": hasattr(model, "feature_names_in_"),
        "inertia": model.inertia_,
        "centers": model._centers.tolist(),
        "scaler": _read(model.scaler_.standard, SCALER),
        "mixture": None,
    }
    if model.method == "gaussian_mixture":
        state["mixture"] = _read(model.mixture_, MIXTURE)
    return to_text(model, state)


def clusters_from_json(kind: Any, text: str) -> Any:
    """The fitted clusters of a text.

    Args:
        kind: The class to make.
        text: From `clusters_to_json`.

    Raises:
        DataError: It is not.

    Examples:
        >>> from cemkit import CustomerClusters
        >>> clusters_from_json(CustomerClusters, "{}")
        Traceback (most recent call last):
        ...
        cemkit.errors.DataError: the text is no saved model, not a saved CustomerClusters; ...
    """
    state = from_text(kind, text)
    model, centers, names = kind(**state["parameters"]), np.array(state["centers"]), state["names"]
    model.n_features_in_ = len(names)
    if state["named"]:
        model.feature_names_in_ = np.array(names, dtype=object)
    model.scaler_ = FeatureScaler(np.zeros((1, len(names))), model.skew, names)
    _write(model.scaler_.standard, state["scaler"])
    model.n_clusters_, model.inertia_, model._centers = len(centers), state["inertia"], centers
    model.cluster_centers_ = model.scaler_.original(centers)
    if model.method == "kmeans":
        model.kmeans_ = _kmeans_at(centers, state["inertia"])
    elif model.method == "gaussian_mixture":
        model.mixture_ = new_mixture(len(centers), model.random_state)
        model.mixture_.n_features_in_ = len(names)
        _write(model.mixture_, state["mixture"])
    return model


def _read(estimator: Any, attributes: tuple[str, ...]) -> dict[str, Any]:
    return {name: np.asarray(getattr(estimator, name)).tolist() for name in attributes}


def _write(estimator: Any, values: dict[str, Any]) -> None:
    for name, value in values.items():
        setattr(estimator, name, np.array(value))


def _kmeans_at(centers: Matrix, inertia: float) -> KMeans:
    fitted = KMeans(len(centers), init=centers, n_init=1).fit(centers)
    fitted.cluster_centers_, fitted.inertia_ = centers, inertia  # without the fit's rounding
    return fitted

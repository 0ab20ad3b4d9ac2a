"""How sure a fit is: what its parameters' covariance does to a prediction, and refits."""

import copy
from collections.abc import Callable
from typing import TypeVar

import numpy as np
import pandas as pd
from sklearn.utils.validation import check_is_fitted
from tqdm.auto import tqdm

from cemkit.checks import check_integer
from cemkit.errors import DataError
from cemkit.prediction.clv.contract import PurchaseModel
from cemkit.prediction.clv.estimates import MaximumLikelihoodModel
from cemkit.prediction.clv.fitting import Array

STEP = 1e-4  # of a parameter; central differences then err by 1e-8
REFITS_AT_ONCE = 10  # that share a pass over the histories

Model = TypeVar("Model", bound=MaximumLikelihoodModel)


def relative_variance(model: Model, predict: Callable[[Model], Array]) -> Array:
    """Variance of the logarithm of a prediction, from the covariance of the parameters.

    The delta method: `g' C g`, g the gradient of the logarithm.

    Args:
        model: A fitted model.
        predict: Predictions of 0 or more, of a model with other parameters; shape (n,).

    Raises:
        NotFittedError: The model has parameters alone, without a covariance.
        DataError: A parameter has no standard error, as it lies on the edge of its range.

    Examples:
        >>> from cemkit import GammaGammaModel, load_cdnow, summarize_customers
        >>> customers = summarize_customers(load_cdnow("sample"), as_of="1997-09-30")
        >>> model = GammaGammaModel().fit(customers)
        >>> relative_variance(model, lambda at: np.array([at.params_["gamma"]])) ** 0.5
        array([0.269...])
        >>> (model.standard_errors_ / model.params_)["gamma"]
        np.float64(0.269...)
    """
    check_is_fitted(model, "covariance_")
    covariance = model.covariance_.to_numpy()
    unknown = model.standard_errors_.index[model.standard_errors_.isna()]
    if len(unknown):
        raise DataError(
            f"there is no interval, as {unknown[0]} has no standard error: it lies on the edge of "
            "its range; leave confidence_level out, or take another model"
        )
    middle = predict(model)
    safe = np.where(middle == 0, 1.0, middle)
    gradient = np.stack([_slope(model, predict, name) / safe for name in model.params_.index])
    variance: Array = np.einsum("kn,kl,ln->n", gradient, covariance, gradient, optimize=True)
    return np.maximum(variance, 0)


def bootstrap_parameters(
    model: PurchaseModel,
    customers: pd.DataFrame,
    *,
    n_refits: int = 200,
    random_state: int | np.random.Generator = 0,
    progress: bool = False,
) -> pd.DataFrame:
    """Parameters refitted to customers drawn with replacement.

    Their spread is the uncertainty of the estimates without the normal approximation of
    `standard_errors_`. Distinct histories are drawn by their counts, so that a refit costs as much
    for a million customers as for their distinct histories.

    Args:
        model: A fitted purchase model.
        customers: What it was fitted to.
        n_refits: How many.
        random_state: Seed or generator.
        progress: Show a progress bar.

    Returns:
        One row per refit, one column per parameter.

    Examples:
        >>> from cemkit import BetaGeoModel, load_cdnow, summarize_customers
        >>> customers = summarize_customers(load_cdnow("sample"), as_of="1997-09-30")
        >>> model = BetaGeoModel().fit(customers)
        >>> bootstrap_parameters(model, customers, n_refits=20).std().round(3).to_dict()
        {'r': 0.01..., 'alpha': ..., 'a': 0..., 'b': ...}
    """
    check_is_fitted(model, "params_")
    n = check_integer(n_refits, "n_refits", minimum=2)
    random = np.random.default_rng(random_state)
    histories = model._read(customers)
    share = histories.counts / histories.counts.sum()
    refits: list[pd.Series] = []
    with tqdm(total=n, disable=not progress, desc="refits") as bar:
        while len(refits) < n:
            size = min(REFITS_AT_ONCE, n - len(refits))
            drawn = random.multinomial(len(customers), share, size=size).astype(np.float64)
            refits += [refit.params_ for refit in model._refits(histories, drawn)]
            bar.update(size)
    return pd.DataFrame(refits).reset_index(drop=True).rename_axis(index="refit")


def _slope(model: Model, predict: Callable[[Model], Array], name: str) -> Array:
    value = model.params_[name]
    step = STEP * (value if name in model.parameter_names else max(1.0, abs(value)))
    above, below = (predict(_with_parameter(model, name, value + move)) for move in (step, -step))
    slope: Array = (above - below) / (2 * step)
    return slope


def _with_parameter(model: Model, name: str, value: float) -> Model:
    moved = copy.copy(model)
    moved.params_ = model.params_.copy()
    moved.params_[name] = value
    return moved

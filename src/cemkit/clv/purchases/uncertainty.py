"""How sure a fit is: what its parameters' covariance does to a prediction, and refits."""

import copy
from collections.abc import Callable
from typing import TypeVar

import numpy as np
import pandas as pd
from sklearn.utils.validation import check_is_fitted
from tqdm import tqdm

from cemkit.arrays import Floats, symmetric_root
from cemkit.checks import check_flag, check_integer, check_random_state
from cemkit.clv.purchases.estimates import MaximumLikelihoodModel
from cemkit.clv.purchases.given import check_model
from cemkit.clv.purchases.purchase_model import PurchaseModel
from cemkit.errors import DataError

MOST_REFITS = 100_000
STEP = 1e-3  # of a standard error; central differences then err by about its square
REFITS_AT_ONCE = 10  # that share a pass over the histories

Model = TypeVar("Model", bound=MaximumLikelihoodModel)


def relative_variance(model: Model, predict: Callable[[Model], Floats]) -> Floats:
    """Variance of the logarithm of a prediction, from the covariance of the parameters."""
    model._check_errors()
    unknown = model.standard_errors_.index[model.standard_errors_.isna()]
    if len(unknown):
        raise DataError(
            f"there is no interval, because {unknown[0]} is not identified and has no "
            "standard error; set confidence_level=None, or use another model"
        )
    middle = predict(model)
    safe = np.where(middle == 0, 1.0, middle)
    slopes = [_slope(model, predict, move) / safe for move in covariance_moves(model)]
    variance: Floats = np.square(slopes).sum(axis=0)
    return variance


def bootstrap_parameters(
    model: PurchaseModel,
    customers: pd.DataFrame,
    *,
    n_resamples: int = 200,
    random_state: int | np.random.Generator = 0,
    progress: bool = False,
) -> pd.DataFrame:
    """Refit the parameters on bootstrap samples of the customers.

    Their spread shows the uncertainty of the estimates without the normal approximation of
    `standard_errors_`. Distinct histories are resampled by their counts, so the cost depends on the
    number of distinct histories and not on the number of customers.

    Args:
        model: Fitted purchase model.
        customers: Customer table of the fit.
        n_resamples: Number of bootstrap samples.
        random_state: Seed or generator of the random numbers.
        progress: Whether to show a progress bar.

    Returns:
        One row per refit, one column per parameter.

    Examples:
        >>> from cemkit import BetaGeoModel, load_cdnow, customer_table
        >>> customers = customer_table(load_cdnow("sample"), as_of="1997-09-30")
        >>> model = BetaGeoModel().fit(customers)
        >>> bootstrap_parameters(model, customers, n_resamples=20).std().round(3).to_dict()
        {'r': 0.01..., 'alpha': ..., 'a': 0..., 'b': ...}
    """
    check_is_fitted(check_model(model), "params_")
    n = check_integer(n_resamples, "n_resamples", minimum=2, maximum=MOST_REFITS)
    check_flag(progress, "progress")
    random = np.random.default_rng(check_random_state(random_state))
    histories = model._read(customers)
    share = histories.counts / histories.counts.sum()
    refits: list[pd.Series] = []
    with tqdm(total=n, disable=not progress, desc="refits") as bar:
        while len(refits) < n:
            size = min(REFITS_AT_ONCE, n - len(refits))
            drawn = random.multinomial(len(histories.row), share, size=size).astype(np.float64)
            refits += [refit.params_ for refit in model._refits(histories, drawn)]
            bar.update(size)
    return pd.DataFrame(refits).reset_index(drop=True).rename_axis(index="refit")


def covariance_moves(model: MaximumLikelihoodModel) -> Floats:
    """Moves of the parameters, one per row, whose squares add up to their covariance.

    A parameter without a standard error stays where it is.
    """
    errors = model.standard_errors_.to_numpy()
    known = ~np.isnan(errors)
    covariance = model.covariance_.to_numpy()[np.ix_(known, known)]
    correlation = covariance / np.outer(errors[known], errors[known])
    moves = np.zeros((len(correlation), len(errors)))
    moves[:, known] = symmetric_root(correlation) * errors[known]
    return moves


def _slope(model: Model, predict: Callable[[Model], Floats], move: Floats) -> Floats:
    above, below = (predict(moved(model, step * move)) for step in (STEP, -STEP))
    slope: Floats = (above - below) / (2 * STEP)
    return slope


def moved(model: Model, move: Floats) -> Model:
    """The model with its positive parameters moved in their logarithms, others as they are."""
    return all_moved(model, move[None])[0]


def all_moved(model: Model, moves: Floats) -> list[Model]:
    """The model under each of several moves, one per row."""
    names, params = model.params_.index, model.params_.to_numpy()
    positive = names.isin(model.parameter_names)
    # Coefficients, and the mean of net amounts, may be 0.
    growth = np.exp(np.where(positive, moves / np.where(positive, params, 1.0), 0.0))
    models = []
    for row in params * growth + np.where(positive, 0.0, moves):
        other = copy.copy(model)
        other.params_ = pd.Series(row, index=names)
        other._drawn = True
        models.append(other)
    return models

"""The nearest centre, or the most probable component of a mixture, in SQL."""

import dataclasses
from typing import Any

import numpy as np

from cemkit.arrays import Floats
from cemkit.data.sql_features import EncodedQuery, check_named
from cemkit.segmentation.clusters.scaling import FeatureScaler
from cemkit.sql.expressions import (
    Expression,
    all_of,
    case,
    column,
    is_known,
    log,
    minus,
    number,
    over,
    times,
    total,
    whole,
)
from cemkit.sql.queries import Query

DISTANCE, DEVIATION = "distance_", "deviation_"


def cluster_query(model: Any, table: str, dialect: str) -> Query:
    """The cluster of each customer: the least distance, the first of those that are equal."""
    check_named(model)
    features = EncodedQuery.of(model.encoding_, table, dialect, model.left_out_)
    features = features.with_numbers(_Scaled(model.scaler_).number)
    mixture = model.method == "gaussian_mixture"
    features = _with_mixture(features, model) if mixture else _with_distances(features, model)
    places = [column(f"{DISTANCE}{k}") for k in range(model.n_clusters_)]
    return features.answer({"cluster": _least(places)})


def _with_distances(features: EncodedQuery, model: Any) -> EncodedQuery:
    """Squared distances to the centres, without what they share: `c @ c - 2 c @ z`."""
    scaled = _Scaled(model.scaler_)
    return features.then(
        {
            f"{DISTANCE}{k}": total([number(center @ center), scaled.sum(features, -2 * center)])
            for k, center in enumerate(model._centers)
        }
    )


def _with_mixture(features: EncodedQuery, model: Any) -> EncodedQuery:
    """Minus twice the logarithm of each component's density, without what they share."""
    scaled, mixture = _Scaled(model.scaler_), model.mixture_
    factors = list(zip(mixture.means_, mixture.precisions_cholesky_, strict=True))
    deviations = {
        f"{DEVIATION}{k}_{j}": total([number(-mean @ axis), scaled.sum(features, axis)])
        for k, (mean, factor) in enumerate(factors)
        for j, axis in enumerate(factor.T)
    }
    costs = {}
    for k, (weight, (_, factor)) in enumerate(zip(mixture.weights_, factors, strict=True)):
        constant = number(-2 * (np.log(weight) + np.log(np.diag(factor)).sum()))
        own = [column(f"{DEVIATION}{k}_{j}") for j in range(len(factor))]
        costs[f"{DISTANCE}{k}"] = total([constant, *(times(part, part) for part in own)])
    return features.then(deviations).then(costs)


@dataclasses.dataclass(frozen=True, slots=True)
class _Scaled:
    """Terms in scaled units, as FeatureScaler makes them."""

    scaler: FeatureScaler

    def number(self, value: Expression, own: slice) -> Expression:
        """A number in scaled units; NULL where its logarithm does not exist."""
        if self.scaler.skew == "log":
            value = case([(value >= number(0), log(total([number(1), value])))])
        standard = self.scaler.standard
        centred = minus(value, number(standard.mean_[own][0]))
        return over(centred, number(standard.scale_[own][0]))

    def sum(self, features: EncodedQuery, weights: Floats) -> Expression:
        """A weighted sum of scaled terms."""
        standard = self.scaler.standard
        there = np.log1p(1.0) if self.scaler.skew == "log" else 1.0
        rise, none = there / standard.scale_, -standard.mean_ / standard.scale_
        return features.sum(
            lambda value, own: times(number(weights[own][0]), value),
            lambda own: weights[own] @ none[own] + np.append(weights[own] * rise[own], 0.0),
        )


def _least(values: list[Expression]) -> Expression:
    """The place of the least value; NULL where one is NULL."""
    nearest = [
        (all_of(*(value <= other for other in values[place + 1 :])), whole(place))
        for place, value in enumerate(values[:-1])
    ]
    chosen = case(nearest, whole(len(values) - 1))
    return case([(all_of(*(is_known(value) for value in values)), chosen)])

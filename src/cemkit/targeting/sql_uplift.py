"""The uplift of linear learners in SQL: their mean is one linear score for each offer."""

from typing import Any

import numpy as np
from sklearn.linear_model import (
    ElasticNet,
    ElasticNetCV,
    Lasso,
    LassoCV,
    LinearRegression,
    Ridge,
    RidgeCV,
)

from cemkit.arrays import Floats
from cemkit.data.sql_features import EncodedQuery
from cemkit.sql.queries import Query
from cemkit.targeting.learners import Models
from cemkit.targeting.propensities import columns_of
from cemkit.targeting.ridge import SummedRidge

LINEAR = (LinearRegression, Ridge, RidgeCV, Lasso, LassoCV, ElasticNet, ElasticNetCV)


def uplift_query(model: Any, table: str, dialect: str) -> Query:
    """The uplift of each offer."""
    if model.learner == "x" and columns_of(model.propensity):
        raise ValueError(
            "the X-learner weighs by the propensity in a column, so its uplift is not a linear "
            "score; score with add_to, or give propensity as numbers"
        )
    features = EncodedQuery.of(model.encoding_, table, dialect, model.left_out_)
    names = ["uplift"] if model._labels is None else list(model.uplift_columns_.values())
    weights = np.mean([_of_offers(model, models) for models in model.learners_], axis=0)
    scores = {
        name: features.linear(own[1:], own[0], np.zeros(len(own) - 1))
        for name, own in zip(names, weights, strict=True)
    }
    return features.answer(scores)


def _of_offers(model: Any, models: Models) -> Floats:
    """Intercept and slopes of each offer by one learner, shape (offers, 1 + terms)."""
    weights = np.array([_weights(one) for one in models])
    if model.learner == "dr":
        return weights
    if model.learner == "t":
        rise: Floats = weights[1:] - weights[0]
        return rise
    share = (model.shares_[1:] / (model.shares_[1:] + model.shares_[0]))[:, None]
    weighed: Floats = share * weights[::2] + (1 - share) * weights[1::2]
    return weighed


def _weights(one: Any) -> Floats:
    if isinstance(one, SummedRidge):
        return np.append(one.intercept_, one.coefficients_)
    if type(one) not in LINEAR:
        raise ValueError(
            f"UpliftModel around {type(one).__name__} has no formula for SQL; score with add_to, "
            "or fit with estimator=None or a linear regression"
        )
    return np.append(one.intercept_, one.coef_)

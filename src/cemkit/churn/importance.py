"""FeatureImportance: which features move a model's predictions, and by how much."""

import dataclasses

import numpy as np
import pandas as pd

from cemkit.churn.explanation import LARGEST_EFFECT
from cemkit.results import Result


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class FeatureImportance(Result):
    """Mean effect of each feature on the predicted odds, from `importance` of a fitted model.

    It describes the model, not causes. Of two redundant features the model may use either, and a
    feature that changes predictions need not cause the outcome.

    Attributes:
        outcome: Name of the outcome, such as `"churn"`.
        customers: Number of customers averaged over.
        table: One row per `feature`, largest first: `mean_effect`, the mean over customers of the
            absolute change in log-odds from the average customer's value to their own, and
            `odds_factor`, its exponential: the factor by which the feature typically raises or
            lowers the odds.

    Examples:
        >>> from cemkit import ChurnModel
        >>> rng = np.random.default_rng(0)
        >>> X = pd.DataFrame(rng.normal(size=(200, 2)), columns=["order_count", "recency_days"])
        >>> churned = pd.Series((X["recency_days"] + rng.normal(size=200) > 0).astype(int))
        >>> model = ChurnModel().fit(X, churned)
        >>> model.importance(X).table.index.tolist()
        ['recency_days', 'order_count']
    """

    _pictures = ("churn.importance",)

    outcome: str
    customers: int
    table: pd.DataFrame


def importance_of(effects: pd.DataFrame, outcome: str) -> FeatureImportance:
    """The importance of features from their effects on the log-odds of each customer."""
    sizes = effects.abs().mean().rename_axis("feature")
    table = pd.DataFrame(
        {"mean_effect": sizes, "odds_factor": np.exp(sizes.clip(upper=LARGEST_EFFECT))}
    )
    return FeatureImportance(
        outcome=outcome,
        customers=len(effects),
        table=table.sort_values("mean_effect", ascending=False, kind="stable"),
    )

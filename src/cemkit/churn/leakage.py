"""check_leakage: features that know too much."""

import dataclasses
import warnings
from typing import Any

import numpy as np
import pandas as pd

from cemkit.arrays import Floats
from cemkit.checks import check_fraction, check_frame
from cemkit.churn.inputs import with_outcome
from cemkit.churn.metrics import Ranking, ranking_measures
from cemkit.churn.outcomes import CHURN
from cemkit.churn.scored_outcomes import outcome_values
from cemkit.data.encoding import FeatureEncoding, numbers_of
from cemkit.errors import CemkitWarning
from cemkit.results import Result


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class LeakageCheck(Result):
    """How well each feature alone predicts the outcome, from `check_leakage`.

    Attributes:
        customers: Number of customers.
        suspects: Number of features with an AUC above `plausible_auc`.
        plausible_auc: Largest plausible AUC of a single feature.
        table: One row per `feature`, largest first: `roc_auc` of the feature alone, in the
            direction that predicts better, and `suspect`.

    Examples:
        >>> features = pd.DataFrame({"recency_days": [1, 2, 3, 4] * 5})
        >>> check_leakage(features, pd.Series([0, 1, 0, 1] * 5)).suspects
        0
    """

    customers: int
    suspects: int
    plausible_auc: float
    table: pd.DataFrame


def check_leakage(
    features: pd.DataFrame,
    churned: pd.Series,
    plausible_auc: float = 0.95,
    *,
    positive: Any = None,
) -> LeakageCheck:
    """Measure how well each feature alone predicts the outcome, and warn if it does so too well.

    A feature with information from after `as_of` (a refund on closing the account, a "last login"
    read today) predicts the outcome far better than the past can. This check finds single features
    that leak. It does not prove that the others do not leak in combination.

    Args:
        features: Features, one row per customer, as for `ChurnModel.fit`.
        churned: Outcome of the same customers, churn or any other, 1 where it happened (or
            `positive`).
        plausible_auc: Largest AUC that a single feature may have without being suspect.
        positive: Label of `churned` that means the outcome. Not needed if it holds 0 and 1, or
            False and True.

    Returns:
        A `LeakageCheck`, whose table has one row per feature.

    Raises:
        DataError: The ids differ, outcomes are missing, or outcomes are not 0 and 1 and `positive`
            is not given.
        NotEnoughDataError: Only one outcome occurs.

    Warns:
        CemkitWarning: A feature is suspect, or columns with too many levels or without a value are
            left out. Dates, identifiers and free text are left out as in `ChurnModel`.

    Examples:
        >>> features = pd.DataFrame({"recency_days": [1, 2, 3, 4] * 5})
        >>> check_leakage(features, pd.Series([0, 1, 0, 1] * 5)).table["roc_auc"].to_dict()
        {'recency_days': 0.75}
    """
    check_fraction(plausible_auc, "plausible_auc")
    given, churned = with_outcome(check_frame(features, "features"), churned)
    features = given.table
    outcome = outcome_values(churned, positive, str(getattr(churned, "name", None) or CHURN.label))
    encoding = FeatureEncoding.of(features)
    rows = {
        str(name): _auc(features[name], mean if known is None else None, outcome)
        for name, mean, known in zip(
            encoding.columns, encoding.average, encoding.levels, strict=True
        )
    }
    table = pd.DataFrame({"roc_auc": rows}).rename_axis("feature")
    table = table.sort_values("roc_auc", ascending=False, kind="stable")
    table["suspect"] = table["roc_auc"] > plausible_auc
    found = LeakageCheck(
        customers=len(outcome),
        suspects=int(table["suspect"].sum()),
        plausible_auc=plausible_auc,
        table=table,
    )
    if found.suspects:
        warnings.warn(found.sentence(), CemkitWarning, stacklevel=2)
    return found


def _auc(values: pd.Series, mean: float | None, outcome: Floats) -> float:
    """The AUC of one column: of its numbers, or of the churn rate of each of its categories."""
    if mean is not None:
        score = numbers_of(values, mean)
    else:
        codes = pd.factorize(values.astype(object), use_na_sentinel=False)[0]
        score = (np.bincount(codes, outcome) / np.bincount(codes))[codes]
    auc = ranking_measures(*Ranking.of(outcome, score).steps(np.ones(len(outcome))))["roc_auc"]
    return max(auc, 1 - auc)

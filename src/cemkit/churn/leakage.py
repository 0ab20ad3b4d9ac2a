"""check_leakage: features that know too much."""

import dataclasses
import warnings
from typing import Any

import numpy as np
import pandas as pd

from cemkit.arrays import Floats
from cemkit.checks import check_fraction, check_frame
from cemkit.churn.evaluation import outcome_values
from cemkit.churn.inputs import with_outcome
from cemkit.churn.metrics import Ranking, ranking_measures
from cemkit.churn.outcomes import CHURN
from cemkit.data.encoding import FeatureEncoding, numbers_of
from cemkit.errors import CemkitWarning
from cemkit.results import Result


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class LeakageCheck(Result):
    """How well each feature alone predicts the outcome, from `check_leakage`.

    Attributes:
        customers: Number of customers.
        suspects: Number of features that alone predict the outcome implausibly well.
        plausible_auc: The largest AUC of one feature that is held plausible.
        table: On the index `feature`, largest first: `roc_auc` of the feature alone, in
            the direction that predicts better, and `suspect`.

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
    """Measure how well each feature alone predicts the outcome, and warn where it does so too well.

    A feature that looks past `as_of` (a refund on closing the account, a "last login" read today)
    predicts the outcome far better than the past can. This finds such a feature when it stands
    alone; it proves nothing about the others.

    Args:
        features: As for `ChurnModel.fit`.
        churned: The outcome of the same customers, churn or any other, 1 where it happened (see
            `positive`).
        plausible_auc: The largest AUC that a feature alone may have without being suspect.
        positive: The label of `churned` that means the outcome; not needed where it holds 0 and 1,
            or False and True.

    Raises:
        DataError: Ids differ, or outcomes are missing, or not 0 and 1 without `positive`.
        NotEnoughDataError: Only one outcome occurs.

    Warns:
        CemkitWarning: There is a suspect, or columns of too many levels or without a value are left
            out. Dates, identifiers and free text are left out as in `ChurnModel`.

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

"""Outcomes of customers and the scores given to them, read and brought into one order."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from cemkit.arrays import Floats
from cemkit.checks import binary_labels, check_label, finite_values, side_by_side, with_id_index
from cemkit.checks.engine_tables import kind_of
from cemkit.checks.tables import check_column_names
from cemkit.churn.outcomes import CHURN, Outcome
from cemkit.errors import DataError, NotEnoughDataError
from cemkit.formats import count_text


class ScoredOutcomes(NamedTuple):
    """Outcomes, 0 or 1, and the scores of the same customers, of which the probability is one."""

    outcome: Floats
    scores: dict[str, Floats]


def sorted_outcomes(
    happened: pd.Series,
    given: pd.Series,
    other_scores: pd.DataFrame | Mapping[str, pd.Series] | None,
    named: Outcome,
    positive: Any,
) -> ScoredOutcomes:
    """Return outcomes and scores, sorted by value so that the order of rows changes no draw."""
    outcome = outcome_values(happened, positive, named.label)
    scores = {named.probability: probability_values(happened, given, named)}
    for name, score in _named_scores(other_scores, named.probability).items():
        scores[name] = _aligned(happened, score, name, named.label)
    order = np.lexsort([*scores.values(), outcome])
    return ScoredOutcomes(outcome[order], {name: score[order] for name, score in scores.items()})


def outcome_values(happened: pd.Series, positive: Any = None, name: str = CHURN.label) -> Floats:
    """The outcome as floats that are 0 or 1, both of which occur."""
    if not isinstance(happened, pd.Series):
        raise TypeError(
            f"{name} must be a Series on the customers' index, not "
            f"{kind_of(happened)}; wrap it in pandas.Series"
        )
    values = binary_labels(happened, name, check_label(positive, "positive"))
    if len(np.unique(values)) < 2:
        raise NotEnoughDataError(
            f"outcomes in {name}", have=len(np.unique(values)), need=2, hint="one class only"
        )
    return values


def probability_values(happened: pd.Series, given: pd.Series, named: Outcome) -> Floats:
    """The probabilities in the order of the outcomes, every one in [0, 1]."""
    values = _aligned(happened, given, named.probability, named.label)
    outside = (values < 0) | (values > 1)
    if outside.any():
        raise DataError(
            f"{named.probability} has {count_text(int(outside.sum()), 'values')} outside [0, 1], "
            f"such as {values[outside][0]:g}; pass probabilities, and other scores as other_scores"
        )
    return values


def _named_scores(other_scores: Any, own: str) -> dict[str, Any]:
    if other_scores is None:
        return {}
    if not isinstance(other_scores, pd.DataFrame | Mapping):
        raise TypeError(
            "other_scores must name its scores, as a DataFrame or {'name': Series} does, not "
            f"{kind_of(other_scores)}"
        )
    if isinstance(other_scores, pd.DataFrame):
        check_column_names(other_scores.columns, "other_scores")
        other_scores = with_id_index(other_scores, "other_scores")
    named = {str(name): score for name, score in other_scores.items()}
    if own in named:
        raise DataError(
            f"a score in other_scores has the name {own!r} of the evaluated probability; rename it"
        )
    return named


def _aligned(happened: pd.Series, score: Any, name: str, label: str) -> Floats:
    if name == label:
        raise DataError(f"a score has the name {name!r} of the outcome; rename it")
    columns = side_by_side({label: happened, name: score})
    return finite_values(columns[name], name)

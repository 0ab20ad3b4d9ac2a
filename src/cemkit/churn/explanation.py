"""Reasons in words: what moves each customer's odds of the outcome most."""

from typing import Any

import numpy as np
import pandas as pd

from cemkit.catalogue import check_language, words
from cemkit.checks import check_integer
from cemkit.formats import format_value

LARGEST_EFFECT = 700.0  # log-odds whose ratio is still a float
NO_EFFECT = 1e-9  # log-odds


def reasons(
    effects: pd.DataFrame,
    features: pd.DataFrame,
    average: dict[str, Any],
    *,
    top: int,
    language: str,
    outcome: str,
) -> pd.DataFrame:
    """The largest effects of each row, in words."""
    check_language(language)
    named = min(check_integer(top, "top", minimum=1), effects.shape[1])
    sizes, values = effects.to_numpy(), features.to_numpy(dtype=object)
    order = np.argsort(-np.abs(sizes), axis=1, kind="stable")[:, :named]
    columns = {
        f"reason_{rank + 1}": [
            _words(
                effects.columns[column],
                values[row, column],
                average,
                sizes[row, column],
                language=language,
                outcome=outcome,
            )
            for row, column in enumerate(order[:, rank])
        ]
        for rank in range(named)
    }
    return pd.DataFrame(columns, index=effects.index, dtype=object)


def _words(
    feature: str,
    value: Any,
    average: dict[str, Any],
    effect: float,
    *,
    language: str,
    outcome: str,
) -> str:
    if abs(effect) < NO_EFFECT:
        return ""
    own = None if pd.isna(value) else format_value(feature, value)
    usual = format_value(feature, average[feature])
    ratio = f"{np.exp(np.clip(effect, -LARGEST_EFFECT, LARGEST_EFFECT)):.3g}"
    is_mean = not isinstance(average[feature], str)
    said = words(language).outcome_reason(feature, own, usual, ratio, outcome, is_mean=is_mean)
    return str(said)

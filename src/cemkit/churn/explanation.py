"""Reasons in words: what moves each customer's odds of churn most."""

from typing import Any

import numpy as np
import pandas as pd

from cemkit.checks import check_choice, check_integer
from cemkit.results import Language, format_value

LARGEST_EFFECT = 700.0  # log-odds whose ratio is still a float
NO_EFFECT = 1e-9  # log-odds


def reasons(
    effects: pd.DataFrame,
    features: pd.DataFrame,
    average: dict[str, Any],
    top: int,
    language: Language,
) -> pd.DataFrame:
    """The largest effects of each row, in words.

    Args:
        effects: Change in log-odds by each feature, one column each.
        features: The values, with the same columns and index.
        average: The value of each feature that an effect is measured from.
        top: How many to name.
        language: `"en"` or `"zh"`.

    Returns:
        `reason_1, reason_2, ...` on the same index, the largest first.

    Examples:
        >>> effects = pd.DataFrame({"recency_days": [0.7]}, index=["ann"])
        >>> values = pd.DataFrame({"recency_days": [250]}, index=["ann"])
        >>> reasons(effects, values, {"recency_days": 181.2}, 1, "en").loc["ann", "reason_1"]
        'recency_days is 250 (average 181): odds of churn x 2.01'
    """
    check_choice(language, "language", ["en", "zh"])
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
                language,
            )
            for row, column in enumerate(order[:, rank])
        ]
        for rank in range(named)
    }
    return pd.DataFrame(columns, index=effects.index, dtype=object)


def _words(
    feature: str, value: Any, average: dict[str, Any], effect: float, language: Language
) -> str:
    if abs(effect) < NO_EFFECT:
        return ""
    own, usual = format_value(feature, value), format_value(feature, average[feature])
    if pd.isna(value):
        own = "缺失" if language == "zh" else "missing"
    ratio = f"{np.exp(np.clip(effect, -LARGEST_EFFECT, LARGEST_EFFECT)):.3g}"
    if language == "zh":
        return f"{feature} 为 {own}（一般为 {usual}）：流失几率 × {ratio}"
    word = "usually" if isinstance(average[feature], str) else "average"
    return f"{feature} is {own} ({word} {usual}): odds of churn x {ratio}"

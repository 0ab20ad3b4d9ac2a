"""What a churn model looks at before it fits: forbidden columns, the outcome, class weights."""

from collections.abc import Collection
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.utils.class_weight import compute_class_weight

from cemkit.data.sensitive import check_sensitive
from cemkit.errors import DataError, NotEnoughDataError
from cemkit.prediction.churn.logistic import Array

LABELS = frozenset({"churned", "churn_probability"})


def row_weights(
    class_weight: Any, classes: npt.NDArray[Any], outcome: npt.NDArray[Any]
) -> Array | None:
    """The weight of each row, or None where every class weighs the same.

    Args:
        class_weight: As in scikit-learn.
        classes: The two outcomes.
        outcome: One per row.

    Examples:
        >>> row_weights("balanced", np.array([0, 1]), np.array([0, 0, 1, 0])).round(2)
        array([0.67, 0.67, 2.  , 0.67])
    """
    if class_weight is None:
        return None
    per_class = compute_class_weight(class_weight, classes=classes, y=outcome)
    weights: Array = per_class[(outcome == classes[1]).astype(np.intp)]
    return weights


def two_classes(outcome: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """The two outcomes, in order.

    Args:
        outcome: One per row.

    Raises:
        NotEnoughDataError: There is one only.
        ValueError: There are more than two.

    Examples:
        >>> two_classes(np.array(["stays", "leaves"])).tolist()
        ['leaves', 'stays']
    """
    classes = np.unique(outcome)
    if len(classes) < 2:
        raise NotEnoughDataError(
            "classes in the outcome",
            have=len(classes),
            need=2,
            hint=f"all {len(outcome)} customers have {classes[0]!r} (one class only)",
        )
    if len(classes) > 2:
        raise ValueError(
            "Only binary classification is supported. The outcome has the values "
            f"{classes.tolist()}"
        )
    return classes


def check_names(features: pd.DataFrame, allowed: Collection[str]) -> None:
    """Raise where the label or a sensitive column is among the features.

    Args:
        features: The table.
        allowed: Sensitive columns that are used on purpose.

    Raises:
        DataError: One is.

    Examples:
        >>> check_names(pd.DataFrame({"age": [40]}), allowed=["age"])
    """
    labels = [name for name in features if name in LABELS]
    if labels:
        raise DataError(f"{labels[0]!r} is what is to be predicted; leave it out of the features")
    check_sensitive(list(features), allowed)

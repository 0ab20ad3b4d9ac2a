"""What a model looks at before it fits: whose rows, the label, the outcome, weights."""

from collections.abc import Hashable
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.utils.class_weight import compute_class_weight

from cemkit.arrays import Floats
from cemkit.checks import Customers, binary_labels, check_label
from cemkit.checks.engine_tables import check_no_engine_table
from cemkit.checks.options import shown
from cemkit.churn.outcomes import Outcome
from cemkit.errors import DataError, NotEnoughDataError
from cemkit.formats import count_text


def customers_of(features: Any) -> Customers:
    """The customers of a feature table who ordered, or the rows of an array."""
    check_no_engine_table(features, "X", "a pandas DataFrame or an array")
    return Customers.of(features, "X")


def with_outcome(features: Any, outcome: Any) -> tuple[Customers, Any]:
    """The customers of the features, and the outcome in the same order."""
    rows = customers_of(features)
    by_id = isinstance(rows.table, pd.DataFrame) and isinstance(outcome, pd.Series)
    return rows, rows.column(outcome, "y") if by_id or rows.ordered is not None else outcome


def row_weights(
    class_weight: Any, classes: npt.NDArray[Any], outcome: npt.NDArray[Any]
) -> Floats | None:
    """The weight of each row, or None where every class weighs the same."""
    if class_weight is None:
        return None
    try:
        per_class = compute_class_weight(class_weight, classes=classes, y=outcome)
    except (TypeError, ValueError) as error:
        raise ValueError(
            f"class_weight must be None, 'balanced' or a weight for each of {classes.tolist()}, "
            f"not {shown(class_weight)}: {error}"
        ) from error
    if not (per_class > 0).all():
        raise ValueError(f"class_weight must be above 0 for both classes, not {class_weight!r}")
    weights: Floats = per_class[(outcome == classes[1]).astype(np.intp)]
    return weights


def two_classes(outcome: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """The two outcomes, in order."""
    missing = int(pd.isna(outcome).sum())
    if missing:
        raise DataError(
            f"y is missing (NaN) for {missing} of {count_text(len(outcome), 'customers')}; leave "
            "those rows out, or find their outcome"
        )
    try:
        classes = np.unique(outcome)
    except TypeError as error:
        raise DataError(f"y mixes labels of different types: {error}") from error
    if len(classes) < 2:
        raise NotEnoughDataError(
            "classes in the outcome",
            have=len(classes),
            need=2,
            hint=f"all {count_text(len(outcome), 'customers have')} {classes.tolist()[0]!r} (one "
            "class only)",
        )
    if len(classes) > 2:
        raise ValueError(
            "Only binary classification is supported. The outcome has the values "
            f"{classes.tolist()}"
        )
    return classes


def plain_outcome(features: Any, outcome: Any) -> Any:
    """Return the outcome with labels of one type, one for each row; arrays stay as they are."""
    check_no_engine_table(outcome, "y", "a Series with one value per customer")
    if isinstance(outcome, list | tuple):
        outcome = pd.Series(list(outcome), dtype=object)
    if isinstance(features, pd.DataFrame) and np.ndim(outcome) and len(outcome) != len(features):
        raise DataError(f"X has {count_text(len(features), 'rows')} but y has {len(outcome)}")
    if isinstance(features, pd.DataFrame) and np.ndim(outcome) > 1:
        raise DataError(
            f"y must hold one value per customer, but has {np.ndim(outcome)} dimensions"
        )
    if not isinstance(outcome, pd.Series):
        return outcome
    outcome = outcome.infer_objects()
    if outcome.isna().any():
        raise DataError(
            f"y is missing (NaN) for {int(outcome.isna().sum())} of "
            f"{count_text(len(outcome), 'customers')}; leave those rows out, or find their outcome"
        )
    odd = [value for value in outcome if not isinstance(value, Hashable)]
    if odd:
        raise DataError(f"y must hold two labels, numbers or text, not {shown(odd[0])}")
    if outcome.nunique() > 2:
        raise ValueError(
            "Only binary classification is supported. The outcome has "
            f"{outcome.nunique()} values, such as {shown(outcome.iloc[0])}"
        )
    if outcome.dtype == object and outcome.map(type).nunique() > 1:
        raise DataError("y mixes labels of different types; convert them to one type")
    return outcome


def event_place(classes: npt.NDArray[Any], positive: Any) -> int:
    """Return which of the two outcomes is the event."""
    if check_label(positive, "positive") is None:
        return 1
    return int(binary_labels(pd.Series(classes), "y", positive).argmax())


def check_event_is_named(model: Any) -> None:
    """Raise where nothing but the order of the labels would say which of them is the outcome."""
    if model.positive is None and not all(label in (0, 1) for label in model.classes_.tolist()):
        labels = [shown(label) for label in model.classes_.tolist()]
        raise DataError(
            f"the fit had the labels {', '.join(labels)}, and it is unclear which one "
            f"means {model.outcome_}; name it with {type(model).__name__}(positive=...) "
            "and fit again"
        )


def check_no_label(features: pd.DataFrame, labels: Any, outcome: Outcome) -> None:
    """Raise where the label is among the features."""
    own: Any = getattr(labels, "name", None)
    found = [name for name in features if name in outcome.taken]
    if own in features and np.array_equal(features[own], labels):
        found.append(own)
    if found:
        raise DataError(f"{found[0]!r} is the outcome to predict; leave it out of the features")


def is_fitted_state(name: str) -> bool:
    """Whether an attribute of the model comes from `fit`: scikit-learn's names end in `_`."""
    own = {"_scorer", "_recalibration", "_event", "_outcome"}
    return name in own or (name.endswith("_") and not name.startswith("_"))

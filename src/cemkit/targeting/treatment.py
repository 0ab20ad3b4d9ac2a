"""Who was treated, and what came of it: labels of a trial as numbers, never by their order."""

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from cemkit.arrays import Floats
from cemkit.checks import binary_labels, check_label, finite_values, normal_ids
from cemkit.checks.options import shown
from cemkit.errors import DataError, NotEnoughDataError

LABEL_CODES = ((1, 2), (-1, 1))  # Two numbers that stand for labels, not for amounts.


def treated_rows(
    treatment: pd.Series, treated: Any = None, least: int = 1
) -> npt.NDArray[np.bool_]:
    """Return which rows were treated; of two labels that are not 0 and 1, `treated` names them."""
    missing = treatment.isna().to_numpy()
    if missing.any():
        first = treatment.index[missing].tolist()[0]
        raise DataError(
            f"treatment has {int(missing.sum())} missing and 0 infinite values (the first at "
            f"{first!r}); leave those rows out, or find out who was treated"
        )
    if treated is None:
        _check_zero_one(treatment)
    rows: npt.NDArray[np.bool_] = (
        binary_labels(treatment, "treatment", check_label(treated, "treated")) == 1
    )
    for group, count in (("untreated", (~rows).sum()), ("treated", rows.sum())):
        if count < least:
            raise NotEnoughDataError(
                f"{group} customers",
                have=int(count),
                need=least,
                hint="uplift compares those with the offer to those without",
            )
    return rows


def _check_zero_one(treatment: pd.Series) -> None:
    other = [label for label in treatment.tolist() if not (_is_number(label) and label in (0, 1))]
    if other:
        raise DataError(
            f"treatment must be 0 or 1, not {shown(other[0])}; of two other labels name the one of "
            "those treated with treated=..., and fit one model per offer"
        )


def _is_number(label: object) -> bool:
    return isinstance(label, bool | int | float | np.generic)


def outcome_numbers(outcome: pd.Series, name: str, positive: Any = None) -> Floats:
    """Return the outcome as numbers: amounts as they are, and 1 for the label `positive`."""
    if check_label(positive, "positive") is not None:
        return binary_labels(outcome, name, positive)
    values = outcome.infer_objects() if len(outcome) else outcome.astype(np.float64)
    if pd.api.types.is_bool_dtype(values.dtype) and not values.isna().any():
        values = values.astype(np.float64)
    if isinstance(values.dtype, pd.CategoricalDtype) or not pd.api.types.is_numeric_dtype(
        values.dtype
    ):
        known = values.dropna().tolist()
        raise DataError(
            f"{name} must be numeric, not {values.dtype} (first value "
            f"{shown(known[0]) if known else 'none'}); of two labels name the one that is a "
            "success, as in positive='yes'"
        )
    return finite_values(values, name)


def trial_outcome(outcome: pd.Series, name: str, positive: Any = None) -> Floats:
    """Return the outcome as numbers, unless they are two codes, as 1 = bought and 2 = did not."""
    numbers = outcome_numbers(outcome, name, positive)
    for codes in LABEL_CODES:
        if positive is None and set(np.unique(numbers)) == set(codes):
            raise DataError(
                f"{name} holds {codes[0]} and {codes[1]} alone, and neither says that it is a "
                "success; name the one that is with positive=..."
            )
    return numbers


def hashed_order(ids: pd.Index) -> npt.NDArray[np.intp]:
    """Return the rows by a hash of their id: the same however the table was sorted or typed."""
    plain = ids if isinstance(ids, pd.MultiIndex) else normal_ids(ids)
    return np.argsort(pd.util.hash_pandas_object(plain).to_numpy(), kind="stable")

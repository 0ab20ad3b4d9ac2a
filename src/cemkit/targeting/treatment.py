"""Who was treated, and what came of it: labels of a trial as numbers, never by their order."""

import dataclasses
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import pandas as pd

from cemkit.arrays import Floats
from cemkit.checks import (
    binary_labels,
    check_label,
    check_spellings,
    finite_values,
    meant,
    normal_ids,
)
from cemkit.checks.options import shown
from cemkit.errors import DataError, NotEnoughDataError
from cemkit.formats import count_text

LABEL_CODES = ((1, 2), (-1, 1))  # Two numbers that stand for labels, not for amounts.
LEAST_TO_TELL = 30  # customers: in fewer a feature may be the same as the outcome by chance
Codes = npt.NDArray[np.intp]


@dataclasses.dataclass(frozen=True, slots=True)
class Arms:
    """Who got what: 0 for nothing, then a number for each offer."""

    codes: Codes
    labels: list[Any] | None  # the control's first; None of an offer that has no name

    @classmethod
    def of(cls, treatment: pd.Series, control: Any, treated: Any, least: int) -> Self:
        """Return the arms of a treatment, of which each has at least so many customers."""
        if check_label(control, "control") is None:
            return cls(treated_rows(treatment, treated, least).astype(np.intp), None)
        if treated is not None:
            raise ValueError(
                f"control={shown(control)} treats every other label as an offer, so "
                f"treated={shown(treated)} is not needed; give only one of the two"
            )
        codes, labels = group_codes(treatment, "treatment")
        if not any(_same(label, control) for label in labels):
            raise ValueError(
                f"control={shown(control)} is not a label of treatment, which has "
                f"{labels}{meant(control, labels)}"
            )
        place = [_same(label, control) for label in labels].index(True)
        order = [place, *(number for number in range(len(labels)) if number != place)]
        _check_sizes(np.bincount(codes)[order], [labels[number] for number in order], least)
        return cls(np.argsort(order)[codes], [labels[number] for number in order])


def _same(label: object, other: object) -> bool:
    """Whether two labels are equal, text and numbers never being so."""
    return isinstance(label, str) == isinstance(other, str) and bool(label == other)


def _check_sizes(counts: npt.NDArray[np.intp], labels: list[Any], least: int) -> None:
    if len(labels) < 2:
        raise NotEnoughDataError(
            "treatments besides the control",
            have=0,
            need=1,
            hint="uplift compares those with an offer to those without",
        )
    if counts.min() < least:
        raise NotEnoughDataError(
            f"customers with treatment {labels[int(counts.argmin())]!r}",
            have=int(counts.min()),
            need=least,
            hint="leave that arm out, or take fewer folds",
        )


def group_codes(column: pd.Series, name: str) -> tuple[Codes, list[Any]]:
    """Return the number of each row's group, and the groups in order."""
    missing = column.isna().to_numpy()
    if missing.any():
        first = column.index[missing].tolist()[0]
        raise DataError(
            f"{count_text(int(missing.sum()), 'customers have')} no {name} (the first is "
            f"{first!r}); leave them out, or find out what they got"
        )
    try:
        codes, names = pd.factorize(column, sort=True)
    except TypeError as error:
        raise DataError(f"{name} must hold text or numbers, not both: {error}") from error
    labels = names.tolist()
    check_spellings(labels, name)
    return codes, labels


def treated_rows(
    treatment: pd.Series, treated: Any = None, least: int = 1
) -> npt.NDArray[np.bool_]:
    """Return which rows were treated; of two labels that are not 0 and 1, `treated` names them."""
    missing = treatment.isna().to_numpy()
    if missing.any():
        first = treatment.index[missing].tolist()[0]
        raise DataError(
            f"treatment has {int(missing.sum())} missing and 0 infinite values (the "
            f"first at {first!r}); correct them, or leave those rows out"
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
            f"treatment must be 0 or 1, not {shown(other[0])}; if it holds two other "
            "labels, name the treated one with treated=...; if it holds several offers, "
            "name the label of no offer with UpliftModel(control=...), or keep one "
            "offer and the control"
        )


def _is_number(label: object) -> bool:
    return isinstance(label, bool | int | float | np.generic)


def check_no_treatment(features: pd.DataFrame, treatment: pd.Series) -> None:
    """Raise where a feature is what each customer got, so that nobody is left to compare with."""
    codes = pd.factorize(treatment)[0]
    for name in features:
        # The first rows tell nearly every column from the treatment.
        same = (
            np.array_equal(pd.factorize(features[name].iloc[:rows])[0], codes[:rows])
            for rows in (1000, len(codes))
        )
        if all(same):
            raise DataError(
                f"the feature {name!r} contains the treatment; leave it out of X, because "
                "features must be known before the offer"
            )


def check_no_outcome(features: pd.DataFrame, outcome: Floats) -> None:
    """Raise where a feature is the outcome, which is not known before the offer."""
    if len(outcome) < LEAST_TO_TELL or (outcome == outcome[:1]).all():
        return
    for name in features:
        column = features[name]
        if pd.api.types.is_numeric_dtype(column.dtype):
            # The first rows tell nearly every column from the outcome.
            same = (
                np.array_equal(column.iloc[:rows].to_numpy(np.float64, na_value=np.nan), part)
                for rows, part in ((1000, outcome[:1000]), (len(outcome), outcome))
            )
            if all(same):
                raise DataError(
                    f"the feature {name!r} is the outcome itself; leave it out of X, because "
                    "features must be known before the offer"
                )


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
            f"{shown(known[0]) if known else 'none'}); if it holds two labels, name the "
            "one that means success, as in positive='yes'"
        )
    return finite_values(values, name)


def trial_outcome(outcome: pd.Series, name: str, positive: Any = None) -> Floats:
    """Return the outcome as numbers, unless they are two codes, as 1 = bought and 2 = did not."""
    numbers = outcome_numbers(outcome, name, positive)
    for codes in LABEL_CODES:
        if positive is None and set(np.unique(numbers)) == set(codes):
            raise DataError(
                f"{name} holds only {codes[0]} and {codes[1]}, and it is unclear which means "
                "success; name it with positive=..."
            )
    return numbers


def hashed_order(ids: pd.Index) -> npt.NDArray[np.intp]:
    """Return the rows by a hash of their id: the same however the table was sorted or typed."""
    plain = ids if isinstance(ids, pd.MultiIndex) else normal_ids(ids)
    return np.argsort(pd.util.hash_pandas_object(plain).to_numpy(), kind="stable")

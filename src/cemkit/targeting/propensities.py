"""The probability of what each customer got: as the experiment stated it, or estimated."""

import warnings
from collections.abc import Collection, Mapping
from numbers import Real
from typing import Any, cast

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.stats import chisquare
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from cemkit.arrays import Floats
from cemkit.checks import check_columns, check_number, finite_values, meant, unknown_labels
from cemkit.checks.options import shown
from cemkit.errors import CemkitWarning, DataError
from cemkit.formats import count_text

RARE = 0.01  # propensities nearer to 0 or 1 leave hardly anyone to compare with
ROUNDING = 1e-6
Given = float | str | Mapping[Any, Any] | None
Codes = npt.NDArray[np.intp]


def check_propensity(given: Any, several: bool) -> None:
    """Raise unless a propensity is of a kind that the treatment takes."""
    if given is None or (isinstance(given, Mapping) and several):
        return
    if isinstance(given, str):
        if several:
            raise ValueError(
                f"propensity={given!r} is one column, but with control=... each arm needs a "
                "propensity; give a dict, as in propensity={'none': 0.5, 'mail': 0.5}, "
                "where a value may be a column"
            )
        return
    if not isinstance(given, Real):
        kinds = "a number, one by label" if several else "a number, the name of a column of X"
        raise TypeError(
            f"propensity must be {kinds}, or None, not {type(given).__name__}; put one per "
            "customer into a column of X"
        )
    number = check_number(cast("float", given), "propensity")
    if not 0 < number < 1:
        raise ValueError(
            f"propensity must lie strictly between 0 and 1, not {number:g}: if everyone "
            "or nobody is treated, there is no comparison group"
        )


def columns_of(given: Given) -> list[str]:
    """The columns that hold propensities, which are no features."""
    values: Collection[Any] = given.values() if isinstance(given, Mapping) else [given]
    return [value for value in values if isinstance(value, str)]


def given_propensities(given: Any, X: pd.DataFrame, labels: list[Any] | None) -> Floats:
    """The propensity of each arm (the control's first) in each row, shape (arms, rows)."""
    check_columns(X.columns, columns_of(given), "propensity names a column of X")
    if labels is None:
        own = propensity_column(X[given]) if isinstance(given, str) else np.array([float(given)])
        return np.broadcast_to(np.array([1 - own, own]), (2, len(X)))
    if not columns_of(given):
        shares = stated_shares(given, labels, "treatment")
        return np.broadcast_to(shares[:, None], (len(labels), len(X)))
    by_label = _by_label(given, labels, "treatment")
    rows = np.array(
        [
            propensity_column(X[value])
            if isinstance(value, str)
            else np.full(len(X), _share(value, label))
            for label, value in by_label.items()
        ]
    )
    off = np.abs(rows.sum(axis=0) - 1) > ROUNDING
    if off.any():
        first = X.index[off].tolist()[0]
        raise DataError(
            f"the propensities of {labels} do not sum to 1 in {count_text(int(off.sum()), 'rows')} "
            f"(the first at {first!r}); give the probability of each arm"
        )
    return rows


def propensity_column(values: pd.Series) -> Floats:
    """A column of propensities, when all lie strictly between 0 and 1."""
    numbers = finite_values(values, str(values.name))
    bad = (numbers <= 0) | (numbers >= 1)
    if bad.any():
        raise DataError(
            f"{values.name} has {count_text(int(bad.sum()), 'propensities that are')} not strictly "
            f"between 0 and 1 (the first at {values.index[int(np.argmax(bad))]!r}): such "
            "customers have no comparison group; leave them out"
        )
    return numbers


def stated_shares(given: Any, labels: list[Any], what: str) -> Floats:
    """The share of each label: one number for an equal split, or a number by label."""
    by_label = _by_label(given, labels, what)
    shares = np.array([_share(value, label) for label, value in by_label.items()])
    if abs(shares.sum() - 1) > ROUNDING:
        raise ValueError(
            f"the propensities of {labels} sum to {shares.sum():g}, not 1; for an unequal split "
            f"give one by {what}"
        )
    return shares


def _by_label(given: Any, labels: list[Any], what: str) -> dict[Any, Any]:
    by_label = given if isinstance(given, Mapping) else dict.fromkeys(labels, given)
    lacking = unknown_labels(labels, by_label)
    if lacking:
        unknown = unknown_labels(by_label, labels)
        hint = meant(lacking[0], unknown)
        raise ValueError(f"propensity names {list(by_label)} but not {what} {lacking[0]!r}{hint}")
    return {label: by_label[label] for label in labels}


def _share(value: Any, label: Any) -> float:
    if not 0 < check_number(value, f"propensity of {label!r}") < 1:
        raise ValueError(
            f"propensity of {label!r} must lie strictly between 0 and 1, not {shown(value)}"
        )
    return float(value)


def check_shares(counts: npt.NDArray[np.intp], shares: Floats, labels: list[Any]) -> None:
    """Warn where the groups are not as large as their shares say."""
    if chisquare(counts, shares / shares.sum() * counts.sum()).pvalue < 0.001:
        warnings.warn(
            f"{labels} have {counts.tolist()} customers, which the propensities "
            f"{shares.tolist()} do not explain; check the assignment",
            CemkitWarning,
            stacklevel=4,
        )


def estimated_propensities(features: Floats, arm: Codes, fold: Codes) -> Floats:
    """The propensity of each arm by logistic regression on the other folds, shape (arms, rows)."""
    estimated = np.empty((int(arm.max()) + 1, len(arm)))
    for held_out in range(int(fold.max()) + 1):
        own = fold == held_out
        model = make_pipeline(StandardScaler(copy=False), LogisticRegression(max_iter=1000))
        model.fit(features[~own], arm[~own])
        estimated[:, own] = model.predict_proba(features[own]).T
    return estimated


def warn_of_rare(estimated: Floats) -> None:
    """Warn where an arm has hardly anyone like a customer."""
    rare = int(np.count_nonzero((estimated < RARE).any(axis=0)))
    if rare:
        warnings.warn(
            f"{count_text(rare, 'customers have')} an estimated propensity below {RARE} or above "
            f"{1 - RARE}: hardly anyone like them is in the other group, and their uplift is "
            "a guess",
            CemkitWarning,
            stacklevel=3,
        )

"""feature_drift: whether customers still look like those the model was fitted on."""

import dataclasses
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.stats import chi2

from cemkit.arrays import Floats
from cemkit.checks import check_columns, check_frame, check_integer, with_id_index
from cemkit.data.encoding import DATE, IDENTIFIER, check_not_numbers, is_numeric, reason_to_ignore
from cemkit.errors import DataError
from cemkit.results import Result

SHIFTING, SHIFTED = 0.1, 0.25
PSEUDO_COUNT = 0.5  # customers added to each bin, so that an empty one has a logarithm


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class FeatureDrift(Result):
    """Population stability index of each column, from `feature_drift`.

    Attributes:
        before: Number of customers in the earlier table.
        after: Number of customers in the later table.
        shifted: Number of columns whose index is above .25 and above its 95 % point under no drift.
        table: One row per feature, largest first: `psi` (population stability index); `chance`, its
            95 % point under no drift; `verdict` (`"stable"` up to .1 or up to `chance`,
            `"shifting"` up to .25, `"shifted"` above); and `missing_before, missing_after`, the
            shares of missing values.
        ignored: Columns that are not features (dates, identifiers, free text), each with its
            reason.

    Examples:
        >>> before = pd.DataFrame({"recency_days": range(1000)})
        >>> feature_drift(before, before + 500).shifted
        1
    """

    _pictures = ("churn.feature_drift",)

    before: int
    after: int
    shifted: int
    table: pd.DataFrame
    ignored: dict[str, str]


def feature_drift(before: pd.DataFrame, after: pd.DataFrame, n_bins: int = 10) -> FeatureDrift:
    """Compare two customer tables by the population stability index (PSI) of every column.

    psi = sum over bins of (after - before) * log(after / before), in shares. Numbers are binned by
    the quantiles of `before`, in the coarser of the two tables' types. Each level of text is a bin,
    and so are missing values. Half a customer is added to each bin. Include the column that
    `ChurnModel.add_to` adds to monitor the score, too.

    Args:
        before: Table on which the model was fitted. `customer_id`, dates, identifiers and free text
            are not features and are listed in `ignored`.
        after: Table on which the model is used, with the same columns.
        n_bins: Number of bins for numeric columns, from 2 to 1,000.

    Returns:
        A `FeatureDrift`, whose table has one row per feature.

    Raises:
        MissingColumnsError: A column of `before` is not in `after`.
        DataError: A column holds numbers in one table and text in the other, text that is nearly
            all numbers, or infinite values, or no column is a feature.

    References:
        Yurdakul, Naranjo (2020), Statistical properties of the population stability index, Journal
            of Risk Model Validation 14, for the distribution under no drift.

    Examples:
        >>> before = pd.DataFrame({"channel": ["web"] * 50 + ["shop"] * 50})
        >>> after = pd.DataFrame({"channel": ["web"] * 90 + ["shop"] * 10})
        >>> feature_drift(before, after).table["psi"].round(3).to_dict()
        {'channel': 0.853}
    """
    before = with_id_index(check_frame(before, "before"), "before")
    after = with_id_index(check_frame(after, "after"), "after")
    check_columns(after.columns, before.columns, "both tables need the same features")
    check_integer(n_bins, "n_bins", minimum=2, maximum=1000)
    reasons = {name: reason_to_ignore(before[name]) for name in before}
    ignored = {str(name): why for name, why in reasons.items() if why in (DATE, IDENTIFIER)}
    compared = [name for name in before if str(name) not in ignored]
    if not compared:
        raise DataError(f"no feature is left: {ignored or 'there is no column'}")
    rows = {name: _moved(before[name], after[name], n_bins) for name in compared}
    table = pd.DataFrame.from_dict(rows, orient="index").rename_axis("feature")
    return FeatureDrift(
        before=len(before),
        after=len(after),
        shifted=int((table["verdict"] == "shifted").sum()),
        table=table.sort_values("psi", ascending=False, kind="stable"),
        ignored=ignored,
    )


def _moved(before: pd.Series, after: pd.Series, n_bins: int) -> dict[str, float | str]:
    then, now = _counts(before, after, n_bins)
    n, m = len(before), len(after)
    old = (then + PSEUDO_COUNT) / (n + PSEUDO_COUNT * len(then))
    new = (now + PSEUDO_COUNT) / (m + PSEUDO_COUNT * len(now))
    psi = float((new - old) @ np.log(new / old))
    chance = float(chi2.ppf(0.95, len(then) - 1)) * (1 / n + 1 / m) if len(then) > 1 else 0.0
    verdict = "shifted" if psi > SHIFTED else "shifting"
    return {
        "psi": psi,
        "chance": chance,
        "verdict": "stable" if psi <= max(SHIFTING, chance) else verdict,
        "missing_before": float(before.isna().mean()),
        "missing_after": float(after.isna().mean()),
    }


def _counts(
    before: pd.Series, after: pd.Series, n_bins: int
) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    kinds = {is_numeric(values) for values in (before, after) if values.notna().any()}
    if len(kinds) == 2:
        raise DataError(
            f"{before.name} is {before.dtype} before and {after.dtype} after, so no "
            "value would match; convert one of them"
        )
    if kinds == {False}:
        check_not_numbers(before)
        check_not_numbers(after)
    if kinds == {True}:
        old, new = _same_precision(before, after)
        numbers: Floats = np.r_[old, new]
        edges = _edges(old[~np.isnan(old)], n_bins)
        codes: npt.NDArray[np.intp] = np.searchsorted(edges, numbers, side="left")
        codes[np.isnan(numbers)] = len(edges) + 1
    else:
        both = pd.concat([before.astype(object), after.astype(object)], ignore_index=True)
        codes = pd.factorize(both.where(both.notna(), None), use_na_sentinel=False)[0]
    used, codes = np.unique(codes, return_inverse=True)
    then = np.bincount(codes[: len(before)], minlength=len(used))
    return then, np.bincount(codes[len(before) :], minlength=len(used))


def _same_precision(before: pd.Series, after: pd.Series) -> tuple[Floats, Floats]:
    """The numbers of both in the coarser of their types, so that rounding is no shift."""
    numbers = [values.to_numpy("float64", na_value=np.nan) for values in (before, after)]
    if any(np.isinf(values).any() for values in numbers):
        raise DataError(f"{before.name} has infinite values; correct those rows first")
    coarsest = min((_stored(values) for values in (before, after)), key=lambda kind: kind.itemsize)
    with np.errstate(over="ignore"):  # beyond the range of half precision all is infinite alike
        then, now = (values.astype(coarsest).astype(np.float64) for values in numbers)
    return then, now


def _stored(values: pd.Series) -> np.dtype[Any]:
    """The floating type that a column's numbers are held in; that of float64 for all others."""
    kind = getattr(values.dtype, "numpy_dtype", values.dtype)
    if isinstance(kind, np.dtype) and kind.kind == "f" and kind.itemsize < 8:
        return kind
    return np.dtype(np.float64)


def _edges(known: Floats, n_bins: int) -> Floats:
    """An edge at each quantile; a value common enough to be two of them has a bin of its own."""
    if not len(known):
        return known
    return np.unique(np.quantile(known, np.linspace(0, 1, n_bins + 1))[1:-1])

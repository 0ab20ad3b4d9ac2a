"""profile_table: what a table holds, column by column, and how it differs from another one."""

import dataclasses
import warnings
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from cemkit.data.engines import collect, scan
from cemkit.data.order_rows import check_hashable
from cemkit.data.rounding import settled_each, widened
from cemkit.errors import DataError, NotEnoughDataError
from cemkit.results import Result

QUARTILES = {"lower_quartile": 0.25, "median": 0.5, "upper_quartile": 0.75}
FENCE = 1.5
NUMBERS = frozenset({"decimal", "integer", "floating", "mixed-integer-float"})


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class TableProfile(Result):
    """Statistics of every column of a table, from `profile_table`.

    `table` has one row per column with

    - `kind` (`"number"`, `"date"` or `"category"`), `missing`, `missing_share`, `distinct`.
    - for numbers `mean, standard_deviation, minimum, lower_quartile, median, upper_quartile,
      maximum`; `skewness` and excess `kurtosis` (as in `scipy.stats` with `bias=False`; missing
      where the numbers are infinite or differ only in the last digits); and `outliers`, the number
      of values more than 1.5 interquartile ranges beyond the quartiles.
    - with a reference table, `drift`.

    `pearson` and `spearman` are the correlation matrices of the numeric columns, from pairwise
    complete rows.

    Examples:
        >>> profile = profile_table(pd.DataFrame({"amount": [1.0, 2.0, None]}))
        >>> profile.sentence()
        '3 rows, 1 column; 1 of 3 values are missing.'
    """

    rows: int
    columns: int
    missing: int
    duplicate_rows: int
    table: pd.DataFrame
    pearson: pd.DataFrame
    spearman: pd.DataFrame


def profile_table(frame: Any, reference: Any = None) -> TableProfile:
    """Describe every column of a table, and its drift against another table.

    Args:
        frame: Table to describe, such as the customer table. It is brought into memory.
        reference: Earlier table with the same columns, to measure drift against. None for no drift.

    Returns:
        A `TableProfile` with one row per column. `drift` lies between 0 (the same distribution) and
        1. It is the two-sample Kolmogorov-Smirnov distance for numbers and dates, and the total
        variation distance for categories, both without missing values.

    Raises:
        NotEnoughDataError: A table has no rows.
        DataError: The tables have no column in common.

    Examples:
        >>> table = pd.DataFrame({"amount": [1.0, 2.0, 3.0, 50.0], "channel": list("aabb")})
        >>> profile_table(table, reference=table.head(2)).table[["distinct", "outliers", "drift"]]
                 distinct  outliers  drift
        column
        amount          4         1    0.5
        channel         2      <NA>    0.5
    """
    given = _in_memory(frame, "frame")
    table = given.apply(widened)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # infinite and nearly equal numbers
        described = {name: _described(values) for name, values in table.items()}
    columns = pd.DataFrame(described).T.rename_axis("column")
    counts = ["missing", "distinct", "outliers"]
    columns = columns.infer_objects().astype(dict.fromkeys(counts, "Int64"))
    if reference is not None:
        columns["drift"] = _drifts(given, _in_memory(reference, "reference"), columns["kind"])
    numbers = table[[name for name in table.columns if columns.loc[name, "kind"] == "number"]]
    numbers = numbers.astype("float64")
    return TableProfile(
        rows=len(table),
        columns=table.shape[1],
        missing=int(columns["missing"].sum()),
        duplicate_rows=int(table.duplicated().sum()),
        table=columns,
        pearson=numbers.corr(),
        spearman=numbers.corr(method="spearman"),
    )


def _in_memory(frame: Any, name: str) -> pd.DataFrame:
    table = collect(scan(frame, name))
    if not len(table) or not table.shape[1]:
        raise NotEnoughDataError(f"rows in {name}", have=0, need=1)
    if not table.columns.is_unique:
        raise DataError(f"{name} has two columns of the same name; rename one")
    return table.apply(_plain)


def _plain(values: pd.Series) -> pd.Series:
    """Numbers and days that are held as Python objects as what they are."""
    if pd.api.types.is_complex_dtype(values.dtype):
        raise DataError(
            f"{values.name} holds complex numbers; take their real part or leave it out"
        )
    held = pd.api.types.infer_dtype(values, skipna=True) if values.dtype == object else ""
    if held in NUMBERS:
        return values.where(values.notna(), np.nan).astype("float64")
    if held.startswith("mixed"):
        check_hashable(values, str(values.name))
    if held == "complex" or any(isinstance(value, complex) for value in values if held == "mixed"):
        raise DataError(
            f"{values.name} holds complex numbers; take their real part or leave it out"
        )
    return values.astype("datetime64[us]") if held == "date" else widened(values)


def _kind(values: pd.Series) -> str:
    if pd.api.types.is_datetime64_any_dtype(values.dtype):
        return "date"
    is_number = pd.api.types.is_numeric_dtype(values.dtype)
    return "number" if is_number and not pd.api.types.is_bool_dtype(values.dtype) else "category"


def _described(values: pd.Series) -> dict[str, Any]:
    kind = _kind(values)
    missing = int(values.isna().sum())
    line = {
        "kind": kind,
        "missing": missing,
        "missing_share": missing / len(values),
        "distinct": values.nunique(),
    }
    return {**line, **_moments(values if kind == "number" else values.head(0))}


def _moments(values: pd.Series) -> dict[str, Any]:
    numbers = values.dropna().to_numpy(dtype=np.float64) if len(values) else np.array([])
    names = ["mean", "standard_deviation", "minimum", *QUARTILES, "maximum"]
    if not len(numbers):
        return {**dict.fromkeys([*names, "skewness", "kurtosis"], np.nan), "outliers": pd.NA}
    low, middle, high = np.quantile(numbers, list(QUARTILES.values()))
    fence = FENCE * (high - low)
    varied = np.ptp(numbers) > 0
    return {
        "mean": numbers.mean(),
        "standard_deviation": numbers.std(ddof=1) if len(numbers) > 1 else np.nan,
        "minimum": numbers.min(),
        **dict(zip(QUARTILES, (low, middle, high), strict=True)),
        "maximum": numbers.max(),
        "skewness": stats.skew(numbers, bias=False) if varied and len(numbers) > 2 else np.nan,
        "kurtosis": stats.kurtosis(numbers, bias=False) if varied and len(numbers) > 3 else np.nan,
        "outliers": int(((numbers < low - fence) | (numbers > high + fence)).sum()),
    }


def _drifts(table: pd.DataFrame, reference: pd.DataFrame, kinds: pd.Series) -> pd.Series:
    common = [name for name in table.columns if name in reference.columns]
    if not common:
        raise DataError(
            "frame and reference have no column in common; give tables with the same columns"
        )
    drifts = {name: _drift(table[name], reference[name], kinds[name]) for name in common}
    return pd.Series(drifts).reindex(table.columns)


def _drift(now: pd.Series, then: pd.Series, kind: str) -> float:
    now, then = now.dropna(), then.dropna()
    if now.empty or then.empty:
        return float("nan")
    if _kind(then) != kind:
        raise DataError(
            f"{now.name} is a {kind} in frame but a {_kind(then)} in reference; convert one"
        )
    if kind == "category":
        shares = [_shares(values) for values in (now, then)]
        return float(shares[0].sub(shares[1], fill_value=0.0).abs().sum() / 2)
    # Dates in one unit, whatever unit each table holds them in.
    unit = "datetime64[us]" if kind == "date" else "float64"
    numbers = [values.to_numpy(dtype=unit).astype(np.float64) for values in (now, then)]
    # Sums that differ by rounding are the same number in both tables.
    together = (
        settled_each(np.concatenate(numbers)) if kind == "number" else np.concatenate(numbers)
    )
    numbers = [together[: len(now)], together[len(now) :]]
    grid = np.sort(together)
    steps = [np.searchsorted(np.sort(v), grid, side="right") / len(v) for v in numbers]
    return float(np.abs(steps[0] - steps[1]).max())


def _shares(values: pd.Series) -> pd.Series:
    """The share of each category, named alike whichever type holds it."""
    counts = values.value_counts(normalize=True)
    return counts.groupby([_name(value) for value in counts.index.astype(object)]).sum()


def _name(value: Any) -> str:
    whole = isinstance(value, float) and value.is_integer()
    return str(int(value)) if whole else str(value)

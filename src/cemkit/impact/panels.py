"""Panels: units by period, and the period from which each unit is treated."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from cemkit.arrays import Floats
from cemkit.checks import check_columns, check_frame, finite_values, local_dates, normal_ids
from cemkit.checks.options import shown
from cemkit.errors import DataError, NotEnoughDataError

Places = npt.NDArray[np.intp]


class Panel(NamedTuple):
    """A balanced panel, its units in the order of their ids.

    `start` is the place of a unit's first treated period, the number of periods where the panel
    ends before the unit is treated.
    """

    outcome: Floats  # shape (units, periods)
    start: Places
    cluster: Places
    periods: pd.Index
    already_treated: int


def panel_of(table: pd.DataFrame, outcome: str, unit: str, cluster: str | None) -> Panel:
    """Return the panel of a long table; units treated in the first period are left out."""
    check_frame(table, "panel")
    table = _with_unit(table, unit)
    names = [unit, "period", "first_treated", outcome, *([cluster] if cluster else [])]
    hint = "first_treated is each unit's first treated period, missing where it is never treated"
    check_columns(table.columns, names, hint)
    if outcome in (unit, "period", "first_treated"):
        raise ValueError(f"outcome={outcome!r} is not a measure; name the column with the numbers")
    codes, ids = _codes(table[unit], unit)
    periods, place = _period_places(table["period"])
    if len(periods) < 2:
        raise NotEnoughDataError(
            "periods", have=len(periods), need=2, hint="effects are changes between periods"
        )
    cells = codes * len(periods) + place
    _check_balanced(np.bincount(cells, minlength=len(ids) * len(periods)), ids, periods, unit)
    ordered = np.empty(len(cells), dtype=np.intp)
    ordered[cells] = np.arange(len(cells))
    values = finite_values(table[outcome], outcome)[ordered].reshape(len(ids), -1)
    start = _start(table["first_treated"], table["period"], periods)
    start = _constant(start[ordered].reshape(len(ids), -1), ids, "first_treated")
    groups = np.arange(len(ids))
    if cluster is not None:
        own, _ = _codes(table[cluster], cluster)
        groups = _constant(own[ordered].reshape(len(ids), -1), ids, cluster)
    kept = start > 0
    return Panel(values[kept], start[kept], groups[kept], periods, int((~kept).sum()))


def _with_unit(table: pd.DataFrame, unit: str) -> pd.DataFrame:
    return table.reset_index() if table.index.name == unit and unit not in table else table


def _codes(values: pd.Series, name: str) -> tuple[Places, pd.Index]:
    """The place of each row's id among the sorted distinct ones, and these."""
    ids = normal_ids(values, name)
    if ids.hasnans:
        raise DataError(f"{name} is missing in {int(ids.isna().sum()):,} rows of the panel")
    codes, distinct = pd.factorize(ids, sort=True)
    return codes.astype(np.intp), pd.Index(distinct)


def _period_places(values: pd.Series) -> tuple[pd.Index, Places]:
    numbers = _comparable(values, "period")
    if np.isnan(numbers).any():
        raise DataError(f"period is missing in {int(np.isnan(numbers).sum()):,} rows of the panel")
    distinct, first, place = np.unique(numbers, return_index=True, return_inverse=True)
    labels = pd.Index(values.iloc[first].to_numpy(), name="period")
    if isinstance(values.dtype, pd.PeriodDtype):
        labels = pd.PeriodIndex(values.iloc[first], name="period")
    elif not pd.api.types.is_numeric_dtype(values.dtype):
        labels = pd.DatetimeIndex(distinct.astype("int64").view("datetime64[us]"), name="period")
    return labels, place.reshape(-1).astype(np.intp)


def _comparable(values: pd.Series, name: str) -> Floats:
    """Periods as numbers in their order, NaN where missing."""
    if isinstance(values.dtype, pd.PeriodDtype):
        values = values.dt.start_time
    if values.isna().all():
        return np.full(len(values), np.nan)
    if pd.api.types.is_bool_dtype(values.dtype):
        raise DataError(f"{name} must hold dates or numbers, not {values.dtype}")
    if pd.api.types.is_numeric_dtype(values.dtype):
        known = values.notna().to_numpy()
        numbers = np.full(len(values), np.nan)
        plain = values.to_numpy(dtype=np.float64, na_value=np.nan)
        numbers[known] = plain[known]
        if name == "period":
            finite_values(values, name)
        return numbers
    days = local_dates(values, name)
    return np.where(np.isnat(days), np.nan, days.astype("int64").astype(np.float64))


def _start(first: pd.Series, period: pd.Series, periods: pd.Index) -> Places:
    """The place of each row's first treated period."""
    kinds = [_kind(values) for values in (first, period)]
    if kinds[0] not in ("nothing", kinds[1]):
        raise DataError(
            f"first_treated holds {kinds[0]} ({shown(first.dropna().iloc[0])}) and period "
            f"{kinds[1]} ({shown(period.iloc[0])}); give both alike"
        )
    numbers = _comparable(first, "first_treated")
    known = np.unique(_comparable(period, "period"))
    never = np.isnan(numbers) | (numbers > known[-1])
    place = np.searchsorted(known, np.where(never, known[0], numbers))
    found = known[place]
    odd = ~never & (numbers != found) & (numbers > known[0])
    zero = ~never & (numbers == 0) & (known[0] > 0)
    if zero.any():
        raise DataError(
            f"first_treated is {shown(first[zero].iloc[0])} in {int(zero.sum()):,} rows, before "
            "the panel; leave it missing for units that are never treated"
        )
    if odd.any():
        raise DataError(
            f"first_treated={shown(first[odd].iloc[0])} is no period of the panel, which has "
            f"{shown(str(periods[0]))} to {shown(str(periods[-1]))}; name the first period that "
            "is treated as a whole, and leave out the one it begins within"
        )
    return np.where(never, len(periods), place).astype(np.intp)


def _kind(values: pd.Series) -> str:
    if values.isna().all():
        return "nothing"
    return "numbers" if pd.api.types.is_numeric_dtype(values.dtype) else "dates"


def _check_balanced(
    counts: npt.NDArray[np.intp], ids: pd.Index, periods: pd.Index, unit: str
) -> None:
    for wrong, what in ((counts > 1, "repeats"), (counts == 0, "lacks")):
        if wrong.any():
            row, column = divmod(int(wrong.argmax()), len(periods))
            raise DataError(
                f"panel {what} {int(wrong.sum()):,} of {len(counts):,} pairs of {unit} and period, "
                f"such as {ids[row]!r} in {str(periods[column])!r}; "
                + (
                    "sum the rows of a period first"
                    if what == "repeats"
                    else "add rows of 0 where no row means nothing was bought, or leave out units "
                    "that were not seen throughout"
                )
            )


def _constant(values: Places, ids: pd.Index, name: str) -> Places:
    """The one value of each unit."""
    first: Places = values[:, 0]
    differs = (values != first[:, None]).any(axis=1)
    if differs.any():
        raise DataError(
            f"{name} changes within {int(differs.sum()):,} units, such as "
            f"{ids[int(differs.argmax())]!r}; it takes one value per unit"
        )
    return first

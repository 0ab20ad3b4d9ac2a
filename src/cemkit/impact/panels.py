"""Panels: units by period, and the period from which each unit is treated."""

from typing import NamedTuple, Self

import numpy as np
import numpy.typing as npt
import pandas as pd

from cemkit.arrays import Floats
from cemkit.checks import check_columns, check_frame, finite_values, local_dates, normal_ids
from cemkit.checks.options import shown
from cemkit.errors import DataError, NotEnoughDataError
from cemkit.formats import count_text

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
        raise ValueError(f"outcome={outcome!r} is not a column of numbers; name one")
    codes, ids = _codes(table[unit], unit)
    moments, periods, place = _period_places(table["period"])
    if len(periods) < 2:
        raise NotEnoughDataError(
            "periods", have=len(periods), need=2, hint="effects are changes between periods"
        )
    cells = codes * len(periods) + place
    _check_balanced(np.bincount(cells, minlength=len(ids) * len(periods)), ids, periods, unit)
    ordered = np.empty(len(cells), dtype=np.intp)
    ordered[cells] = np.arange(len(cells))
    values = finite_values(table[outcome], outcome)[ordered].reshape(len(ids), -1)
    start = _start(table["first_treated"], moments, periods)
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
        missing = int(np.count_nonzero(ids.isna()))
        raise DataError(f"{name} is missing in {count_text(missing, 'rows')} of the panel")
    codes, distinct = pd.factorize(ids)
    rank = np.empty(len(distinct), dtype=np.intp)
    order = distinct.argsort()
    rank[order] = np.arange(len(order))
    return rank[codes], distinct[order]


class _Moments(NamedTuple):
    """A column of periods: its distinct values, these as numbers, and which each row has."""

    distinct: pd.Series
    numbers: Floats
    codes: Places  # -1: missing

    @classmethod
    def of(cls, column: pd.Series, name: str) -> Self:
        if isinstance(column.dtype, pd.CategoricalDtype):
            column = column.astype(column.dtype.categories.dtype)
        try:
            codes, distinct = pd.factorize(column)
        except TypeError as error:
            raise DataError(f"{name} must hold dates or numbers: {error}") from error
        values = pd.Series(distinct, name=name)
        return cls(values, _numbers(values, name), codes.astype(np.intp))

    @property
    def kind(self) -> str:
        if not len(self.distinct):
            return "nothing"
        return "numbers" if pd.api.types.is_numeric_dtype(self.distinct.dtype) else "dates"


def _numbers(values: pd.Series, name: str) -> Floats:
    """Distinct periods as numbers in their order."""
    if pd.api.types.is_bool_dtype(values.dtype) or pd.api.types.is_complex_dtype(values.dtype):
        raise DataError(f"{name} must hold dates or numbers, not {values.dtype}")
    if isinstance(values.dtype, pd.PeriodDtype):
        values = values.dt.start_time
    if pd.api.types.is_numeric_dtype(values.dtype):
        return values.to_numpy(dtype=np.float64, na_value=np.nan)
    return local_dates(values, name).astype(np.int64).astype(np.float64)


def _period_places(column: pd.Series) -> tuple[_Moments, pd.Index, Places]:
    """The periods, sorted, and which each row has."""
    found = _Moments.of(column, "period")
    missing = int((found.codes < 0).sum())
    if missing:
        raise DataError(f"period is missing in {count_text(missing, 'rows')} of the panel")
    if np.isinf(found.numbers).any():
        raise DataError("period contains infinity; name each period by a date or a number")
    order = np.argsort(found.numbers)
    rank = np.empty(len(order), dtype=np.intp)
    rank[order] = np.arange(len(order))
    if len(np.unique(found.numbers)) < len(order):
        raise DataError(
            "period has dates that mean the same day in two spellings; use one spelling"
        )
    labels = found.distinct.iloc[order]
    if found.kind == "dates" and not isinstance(labels.dtype, pd.PeriodDtype):
        labels = pd.Series(local_dates(labels, "period"))
    return found, pd.Index(labels, name="period"), rank[found.codes]


def _start(column: pd.Series, period: _Moments, periods: pd.Index) -> Places:
    """The place of each row's first treated period."""
    first = _Moments.of(column, "first_treated")
    if first.kind not in ("nothing", period.kind):
        raise DataError(
            f"first_treated holds {first.kind} ({shown(first.distinct.iloc[0])}) and "
            f"period {period.kind} ({shown(period.distinct.iloc[0])}); convert them to "
            "one kind"
        )
    known = np.sort(period.numbers)
    places = [
        _place(number, known, shown(str(value)), periods)
        for number, value in zip(first.numbers, first.distinct, strict=True)
    ]
    return np.array([*places, len(known)], dtype=np.intp)[first.codes]


def _place(number: float, known: Floats, said: str, periods: pd.Index) -> int:
    """The place of one first treated period; the number of periods where it comes after all."""
    if number > known[-1]:
        return len(known)
    if number == 0 and known[0] > 0:
        raise DataError(
            f"first_treated is {said}, before the panel begins; leave it missing for units that "
            "are never treated"
        )
    place = int(np.searchsorted(known, number))
    if number > known[0] and known[place] != number:
        raise DataError(
            f"first_treated={said} is not a period of the panel, which has "
            f"{shown(str(periods[place - 1]))} and then {shown(str(periods[place]))}; name the "
            "first period that is treated as a whole, and leave out the one it begins within"
        )
    return place


def _check_balanced(
    counts: npt.NDArray[np.intp], ids: pd.Index, periods: pd.Index, unit: str
) -> None:
    for wrong, what in ((counts > 1, "repeats"), (counts == 0, "lacks")):
        if wrong.any():
            row, column = divmod(int(wrong.argmax()), len(periods))
            raise DataError(
                f"panel {what} {int(wrong.sum()):,} of {count_text(len(counts), 'pairs')} of "
                f"{unit} and period, such as {shown(ids.tolist()[row])} in "
                f"{str(periods[column])!r}; "
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
            f"{name} changes within {count_text(int(differs.sum()), 'units')}, such as "
            f"{shown(ids.tolist()[int(differs.argmax())])}; it takes one value per unit"
        )
    return first

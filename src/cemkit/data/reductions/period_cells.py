"""Sums per customer, group and period of orders in memory: each row finds its cell."""

import dataclasses
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from cemkit.arrays import Floats
from cemkit.data.purchase_days import (
    coded,
    distinct_pairs,
    is_purchase,
)
from cemkit.data.reductions.cohorts import period_number

Ints = npt.NDArray[np.int64]

NEVER = 2**31 - 1  # later than any day

ALWAYS = -(2**31)  # earlier than any day

DENSE = 8  # customers x periods may be so many times the rows before cells are found by a sort


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which sums to make: the columns of orders to use, and the levels of products."""

    columns: tuple[str, ...] = ()
    by: tuple[str, ...] = ()
    level_column: str = ""
    base: tuple[Any, ...] = ()
    higher: tuple[Any, ...] = ()
    second_day: bool = False

    @property
    def kept(self) -> dict[str, str]:
        """The columns of orders to keep, by the name they have here."""
        keys = {f"key_{k}": name for k, name in enumerate(self.by)}
        own = {f"own_{name}": name for name in self.columns}
        return keys | own | ({"own_level": self.level_column} if self.level_column else {})

    @property
    def keys(self) -> list[str]:
        """The names here of the columns that split customers."""
        return [f"key_{k}" for k in range(len(self.by))]


@dataclasses.dataclass(frozen=True, slots=True)
class Cells:
    """Which cell each row lies in; `keys` are the cells' packed periods and units."""

    day: Ints
    unit: Ints
    row: Ints
    keys: Ints
    place: npt.NDArray[np.int32] | None
    low: int
    first_day: int
    period_of: Ints
    n_units: int

    @classmethod
    def of(cls, day: Ints, unit: Ints, n_units: int, period: str) -> "Cells":
        """The cells of rows whose units are numbered below `n_units`."""
        first, last = (int(day.min()), int(day.max())) if len(day) else (0, 0)
        span = np.arange(first, last + 1).astype("datetime64[D]")
        numbers = period_number(span, period)
        low, period_of = int(numbers[0]), numbers - numbers[0]
        packed = period_of[day - first] * n_units + unit
        size = n_units * (int(period_of[-1]) + 1)
        place = None
        if size <= DENSE * len(day):
            keys, place = numbered(packed, size)
            row = place[packed].astype(np.int64)
        else:
            keys, row = np.unique(packed, return_inverse=True)
        return cls(day, unit, row, keys, place, low, first, period_of, n_units)

    def summed(self, values: Any) -> Floats:
        """The sum over the rows of each cell."""
        return np.bincount(self.row, values, len(self.keys)).astype(np.float64)

    def at(self, day: Ints, unit: Ints) -> Ints:
        """The cells of days of units."""
        packed = self.period_of[day - self.first_day] * self.n_units + unit
        if self.place is None:
            return np.searchsorted(self.keys, packed)
        return np.asarray(self.place[packed], dtype=np.int64)


def numbered(packed: Ints, size: int) -> tuple[Ints, npt.NDArray[np.int32]]:
    """The distinct numbers below `size`, sorted, and where each number is among them."""
    seen = np.zeros(size, dtype=np.bool_)
    seen[packed] = True
    present = np.flatnonzero(seen)
    place = np.zeros(size, dtype=np.int32)
    place[present] = np.arange(len(present), dtype=np.int32)
    return present, place


def sums_in_memory(rows: pd.DataFrame, cells: Cells, wanted: Wanted) -> dict[str, npt.NDArray[Any]]:
    """Every sum that is wanted, by cell."""
    amount = rows["amount"].to_numpy(dtype=np.float64, na_value=0.0)
    bought = is_purchase(amount)
    sums: dict[str, npt.NDArray[Any]] = {"amount": cells.summed(amount)}
    all_bought = bool(bought.all())
    sums["purchased"] = sums["amount"] if all_bought else cells.summed(np.where(bought, amount, 0))
    back = np.zeros(len(cells.keys)) if all_bought else cells.summed(np.where(bought, 0, -amount))
    sums["returned"] = back
    sums["missing"] = (
        cells.summed(rows["missing"].to_numpy()) if rows["missing"].any() else back[:0]
    )
    where = slice(None) if all_bought else bought
    day, unit, row = cells.day[where], cells.unit[where], cells.row[where]
    days, units = distinct_pairs(day, unit)
    at = cells.at(days, units)
    size = len(cells.keys)
    sums["first_day"] = _first(at, days, size)
    sums["last_day"] = _last(at, days, size)
    order = rows["own_order_id"][where] if "order_id" in wanted.columns else None
    code = None if order is None else coded(order)[0]
    sums["orders"] = np.bincount(at if code is None else distinct_pairs(row, code)[0], None, size)
    if wanted.second_day:
        later = days > sums["first_day"][at]
        second = _first(at[later], days[later], size)
        if code is not None:
            second = np.where(_twice(sums["first_day"], day, row, code), sums["first_day"], second)
        sums["second_day"] = second
    if "cost" in wanted.columns:
        sums["cost"] = cells.summed(rows["own_cost"].to_numpy(dtype=np.float64, na_value=np.nan))
    if "promotion" in wanted.columns:
        promoted = rows["promoted"].to_numpy()[where] > 0
        spent = np.where(promoted, amount[where], 0.0)
        sums["promotion_amount"] = np.bincount(row, spent, size).astype(np.float64)
        if code is None:
            pairs = cells.at(*distinct_pairs(day[promoted], unit[promoted]))
        else:
            pairs = distinct_pairs(row[promoted], code[promoted])[0]
        sums["promotion_orders"] = np.bincount(pairs, None, size)
    if "category" in wanted.columns:
        sums["new_categories"] = _new_categories(rows["own_category"][where], day, unit, cells)
    if wanted.level_column:
        sums |= _level_days(rows["own_level"][where], day, unit, cells, wanted)
    return sums


def _twice(first: Ints, day: Ints, row: Ints, code: Ints) -> npt.NDArray[np.bool_]:
    """Cells with two orders on their first day."""
    same = day == first[row]
    counts = np.bincount(distinct_pairs(row[same], code[same])[0], None, len(first))
    return np.asarray(counts > 1)


def _level_days(
    level: pd.Series, day: Ints, unit: Ints, cells: Cells, wanted: Wanted
) -> dict[str, Ints]:
    """The first day with the base, and the last with a higher level, of each cell."""
    found = {}
    for name, values, pick in (
        ("first_base_day", wanted.base, _first),
        ("last_higher_day", wanted.higher, _last),
    ):
        among = level.isin(values).to_numpy()
        days, units = distinct_pairs(day[among], unit[among])
        found[name] = pick(cells.at(days, units), days, len(cells.keys))
    return found


def _first(at: Ints, days: Ints, size: int) -> Ints:
    """The first of the sorted days in each cell."""
    first = np.full(size, NEVER, dtype=np.int64)
    first[at[::-1]] = days[::-1]
    return first


def _last(at: Ints, days: Ints, size: int) -> Ints:
    """The last of the sorted days in each cell."""
    last = np.full(size, ALWAYS, dtype=np.int64)
    last[at] = days
    return last


def _new_categories(categories: pd.Series, day: Ints, unit: Ints, cells: Cells) -> Ints:
    """How many categories each unit first bought in each cell; missing ones are none."""
    known = categories.notna().to_numpy()
    code, values = coded(categories[known])
    held = unit[known] * max(len(values), 1) + code
    held, days = distinct_pairs(held, day[known])
    first = np.flatnonzero(np.diff(held, prepend=-1))
    at = cells.at(days[first], held[first] // max(len(values), 1))
    return np.bincount(at, None, len(cells.keys))

"""One sweep over the periods, which knows of each customer what was bought up to then."""

import dataclasses
import itertools
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from cemkit.arrays import Floats
from cemkit.data.reductions.period_cells import ALWAYS, NEVER
from cemkit.data.reductions.period_sums import PeriodSums
from cemkit.indicators.definitions import PER_DAY
from cemkit.indicators.moments import Buyers, Flags, Ints, Moments, Rates, Ratios, counts_of

TOTALS = ("order_count", "total_amount")  # made by the customers who bought


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Shop:
    """Cells of units sorted by group, and the periods they lie in.

    A unit is a customer within a group: `customer` says which of `customers`. `unit` and `period`
    say where each cell belongs, periods of this `length` counted from the first, whose number is
    `first_period`. `starts` and `ends` are their days, and the first `finished` of them are over;
    `end` is the last day seen.
    """

    customers: pd.Index
    groups: pd.DataFrame
    group: Ints
    slices: list[slice]
    customer: Ints
    unit: Ints
    period: Ints
    sums: dict[str, npt.NDArray[Any]]
    starts: Ints
    ends: Ints
    finished: int
    end: int
    length: str
    first_period: int

    @property
    def size(self) -> tuple[int, int]:
        """How many periods are over, and how many groups there are."""
        return self.finished, len(self.slices)

    def part(self, t: int) -> slice:
        """The cells of a period."""
        return slice(*np.searchsorted(self.period, [t, t + 1]))


def arranged(sums: PeriodSums, group: Ints, groups: pd.DataFrame, **periods: Any) -> Shop:
    """The sums with units sorted by these groups; those of a group below 0 are left out."""
    order = np.argsort(group, kind="stable")
    order = order[group[order] >= 0]
    rank = np.full(len(group), -1)
    rank[order] = np.arange(len(order))
    bounds = np.searchsorted(group[order], np.arange(len(groups) + 1))
    unit, period, cells = rank[sums.unit], sums.period, sums.sums
    if len(order) < len(group):
        kept = unit >= 0
        unit, period = unit[kept], period[kept]
        cells = {name: values[kept] for name, values in cells.items()}
    return Shop(
        customers=sums.customers,
        groups=groups,
        group=group[order],
        slices=[slice(*pair) for pair in itertools.pairwise(bounds)],
        customer=sums.customer[order],
        unit=unit,
        period=period,
        sums=cells,
        **periods,
    )


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """How far back and ahead to look; `lag` is the distance to the period compared with, or 0."""

    lag: int
    window_days: int | None
    repurchase_days: int


@dataclasses.dataclass(slots=True)
class _State:
    """What each unit has done up to a day."""

    first: Ints
    last: Ints
    next: Ints
    orders: Ints
    categories: Ints
    first_base: Ints
    last_higher: Ints

    @classmethod
    def before_all(cls, units: int) -> "_State":
        def full(value: int) -> Ints:
            return np.full(units, value, dtype=np.int64)

        return cls(
            full(NEVER), full(ALWAYS), full(NEVER), full(0), full(0), full(NEVER), full(ALWAYS)
        )


class Sweep:
    """Go through the periods once, and sum what each indicator is made from.

    `marks` are periods and units of things such as complaints, each a rate of the customers active
    at the end of the period; `inactive` counts those who were not. `days` are those of trade in
    each period, by which flows are divided.
    """

    def __init__(
        self,
        shop: Shop,
        terms: Terms,
        marks: Mapping[str, tuple[Ints, Ints]] | None = None,
        days: Floats | None = None,
    ) -> None:
        self.shop, self.terms, self.days = shop, terms, days
        self.inactive = dict.fromkeys(marks or {}, 0)
        self._marks = marks or {}
        self.counts: dict[str, Floats] = {}
        self.rates: dict[str, Rates] = {}
        self.ratios: dict[str, Ratios] = {}
        self._state = _State.before_all(len(shop.group))
        self._next, self._second = _later_days(shop)
        self._place = np.full(len(shop.group), -1)

    def moments(self) -> dict[str, Moments]:
        """The sums of every indicator of orders."""
        for t in range(self.shop.finished):
            self._step(t)
        buyers, days = self.counts["buying_customers"], self.days
        made = {
            name: counts_of(
                values,
                buyers if name in TOTALS else values,
                days if name in PER_DAY else None,
            )
            for name, values in self.counts.items()
        }
        return made | {name: one.moments for name, one in (self.rates | self.ratios).items()}

    def _step(self, t: int) -> None:
        part, state = self.shop.part(t), self._state
        cells = {name: values[part] for name, values in self.shop.sums.items()}
        unit = self.shop.unit[part]
        bought = cells["orders"] > 0
        buying = self._marked(unit[bought])
        known = state.last > ALWAYS
        self._before(t, known, buying)
        self._update(unit[bought], {name: v[bought] for name, v in cells.items()}, part, bought)
        self._after(t, known, buying)
        self._flows(t, self._buyers(t, unit), cells)

    def _marked(self, units: Ints) -> Flags:
        flags = np.zeros(len(self.shop.group), dtype=np.bool_)
        flags[units] = True
        return flags

    def _before(self, t: int, known: Flags, buying: Flags) -> None:
        """Rates of those who were customers when the period began."""
        window = self.terms.window_days
        if window is None:
            return
        active = self._state.last >= int(self.shop.starts[t]) - window
        lapsed = known & ~active
        self._rate(t, "retention_rate", active, active & buying)
        self._rate(t, "reactivation_rate", lapsed, lapsed & buying)

    def _update(
        self, unit: Ints, cells: Mapping[str, npt.NDArray[Any]], part: slice, bought: Flags
    ) -> None:
        state = self._state
        state.first[unit] = np.minimum(state.first[unit], cells["first_day"])
        state.last[unit] = cells["last_day"]
        state.next[unit] = self._next[part][bought]
        state.orders[unit] += cells["orders"]
        if "new_categories" in cells:
            state.categories[unit] += cells["new_categories"]
        if "first_base_day" in cells:
            state.first_base[unit] = np.minimum(state.first_base[unit], cells["first_base_day"])
            later = np.maximum(state.last_higher[unit], cells["last_higher_day"])
            state.last_higher[unit] = later

    def _after(self, t: int, known: Flags, buying: Flags) -> None:
        """Counts and rates as they stand when the period ends."""
        shop, state, terms = self.shop, self._state, self.terms
        end, seen = int(shop.ends[t]), shop.end
        new = buying & ~known
        customers = state.last > ALWAYS
        self._count(t, "buying_customers", buying)
        self._count(t, "new_customers", new)
        self._rate(t, "repurchase_rate", customers, state.orders >= 2)
        if end + terms.repurchase_days <= seen:
            soon = self._second - state.first <= terms.repurchase_days
            self._rate(t, "early_repurchase_rate", new, new & soon)
        if "new_categories" in shop.sums:
            self._rate(t, "cross_sell_rate", known, known & (state.categories >= 2))
        if "first_base_day" in shop.sums:
            base = state.first_base < int(shop.starts[t])
            self._rate(t, "upgrade_rate", base, base & (state.last_higher > state.first_base))
        if terms.window_days is not None:
            active = state.last > end - terms.window_days
            self._count(t, "active_customers", active)
            self._count(t, "lapsed_customers", customers & ~active)
            for name, (period, unit) in self._marks.items():
                marked = self._marked(unit[period == t])
                self._rate(t, name, active, active & marked)
                self.inactive[name] += int(np.count_nonzero(marked & ~active))
            if end + terms.window_days <= seen:
                gone = active & (state.next > end + terms.window_days)
                self._rate(t, "churn_rate", active, gone)

    def _flows(self, t: int, buyers: Buyers, cells: Mapping[str, npt.NDArray[Any]]) -> None:
        """Ratios of what was bought in the period."""
        orders, amount = cells["orders"], cells["amount"]
        one = (orders > 0).astype(np.float64)
        self._total(t, "order_count", orders, buyers)
        self._total(t, "total_amount", amount, buyers)
        self._ratio(t, "average_order_value", buyers, amount, orders)
        self._ratio(t, "orders_per_customer", buyers, orders, one)
        self._ratio(t, "amount_per_customer", buyers, amount, one)
        self._ratio(t, "return_rate", buyers, cells["returned"], cells["purchased"])
        if "promotion_orders" in cells:
            promoted = cells["promotion_orders"]
            self._ratio(t, "promotion_dependence", buyers, promoted, orders)
            only = one * (promoted == orders)
            self._ratio(t, "promotion_only_rate", buyers, only, one)
        if "cost" in cells:
            self._ratio(t, "contribution_profit", buyers, amount - cells["cost"], one)

    def _buyers(self, t: int, unit: Ints) -> Buyers:
        """The units of the cells of a period, matched with those of the period compared with."""
        shop, none = self.shop, np.empty(0, dtype=np.int64)
        here = there = none
        if self.terms.lag and t >= self.terms.lag:
            before = shop.unit[shop.part(t - self.terms.lag)]
            self._place[before] = np.arange(len(before))
            place = self._place[unit]
            here = np.flatnonzero(place >= 0)
            there = place[here]
            self._place[before] = -1
        return Buyers(unit, shop.group[unit], here, there)

    def _rate(self, t: int, name: str, base: Flags, did: Flags) -> None:
        if name not in self.rates:
            self.rates[name] = Rates(self.shop.finished, self.shop.slices, self.terms.lag)
        self.rates[name].add(t, base, did)

    def _ratio(self, t: int, name: str, buyers: Buyers, numerator: Any, denominator: Any) -> None:
        if name not in self.ratios:
            self.ratios[name] = Ratios(*self.shop.size, self.terms.lag)
        self.ratios[name].add(t, buyers, numerator, denominator)

    def _count(self, t: int, name: str, flags: Flags) -> None:
        counted = [np.count_nonzero(flags[part]) for part in self.shop.slices]
        self.counts.setdefault(name, np.zeros(self.shop.size))[t] = counted

    def _total(self, t: int, name: str, values: Any, buyers: Buyers) -> None:
        total = np.bincount(buyers.group, values, len(self.shop.slices))
        self.counts.setdefault(name, np.zeros(self.shop.size))[t] = total


def _later_days(shop: Shop) -> tuple[Ints, Ints]:
    """The next purchase day after each cell, and the day of the second order of each unit."""
    first, orders = shop.sums["first_day"], shop.sums["orders"]
    ahead = np.full(len(shop.group), NEVER, dtype=np.int64)
    second = np.full(len(shop.group), NEVER, dtype=np.int64)
    later = np.full(len(first), NEVER, dtype=np.int64)
    for t in reversed(range(len(shop.starts))):
        part = shop.part(t)
        unit, bought = shop.unit[part], orders[part] > 0
        later[part] = ahead[unit]
        unit, cell = unit[bought], np.arange(part.start, part.stop)[bought]
        following = ahead[unit]
        ahead[unit] = first[cell]
        second[unit] = np.where(orders[cell] > 1, _second_in(shop, cell), following)
    return later, second


def _second_in(shop: Shop, cell: Ints) -> Ints:
    """The day of the second order in cells, or a day not before it where that is enough."""
    name = "second_day" if "second_day" in shop.sums else "last_day"
    return shop.sums[name][cell]

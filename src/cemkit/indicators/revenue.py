"""revenue_tree: why revenue changed, by customers, orders, and what they hold."""

import datetime as dt
import itertools
import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from cemkit.arrays import Floats
from cemkit.checks import check_as_of, check_choice, check_fraction, check_list
from cemkit.checks.options import shown
from cemkit.data.days import day_of
from cemkit.data.reductions.compared_periods import (
    BASE,
    CURRENT,
    ComparedPeriods,
    sums_of_two_periods,
)
from cemkit.data.reductions.period_sums import FREQUENCIES, Period
from cemkit.errors import NotEnoughDataError
from cemkit.indicators.shapley import shapley_parts, shapley_slopes
from cemkit.indicators.spans import YEAR
from cemkit.proportions.intervals import critical_value
from cemkit.results import Result

Compare = Literal["previous", "year"]
COLUMNS = ("component", "amount", "share", "lower", "upper")
TAKEN = {
    *COLUMNS,
    *("customer_id", "order_date", "order_id", "orders", "quantity", "returned"),
    *("error", "number", "side"),
}
SIDES = (BASE, CURRENT)
PURCHASES = ("new", "reactivated", "lost")


@dataclass(frozen=True, slots=True, kw_only=True)
class RevenueTree(Result):
    """Decomposition of a change of revenue, from `revenue_tree`.

    Attributes:
        as_of: Last day seen.
        base_period: Period compared with.
        current_period: Last period that was over by `as_of`.
        base_amount: Net revenue of the base period.
        current_amount: Net revenue of the current period.
        change_amount: Current minus base net revenue.
        change_amount_lower: Lower bound of the difference.
        change_amount_upper: Upper bound of the difference.
        customers: Customers who bought or returned something in either period.
        later_rows: Rows of orders after the current period, which are left out.
        confidence_level: Confidence level of the intervals, as a fraction.
        table: One row per group and component, the largest first: the columns of `by`,
            `component`, `amount`, `share` of the change (missing where that is 0), `lower, upper`.
            The amounts sum to `change_amount`.

    Examples:
        >>> from cemkit import load_cdnow
        >>> tree = revenue_tree(load_cdnow("sample"), "1997-12-31")
        >>> print(tree.sentence())
        Revenue fell by 1,038.54 (10.2%) from 1997-11 to 1997-12 (95% CI ...
    """

    _pictures = ("indicators.revenue_tree",)

    as_of: str
    base_period: str
    current_period: str
    base_amount: float
    current_amount: float
    change_amount: float
    change_amount_lower: float
    change_amount_upper: float
    customers: int
    later_rows: int
    confidence_level: float
    table: pd.DataFrame

    def groups(self) -> list[str]:
        """Return the columns that split revenue."""
        columns = list(self.table.columns)
        return columns[: columns.index("component")]


def revenue_tree(
    orders: Any,
    as_of: str | dt.date | pd.Timestamp,
    period: Period = "month",
    compare: Compare = "previous",
    by: str | Iterable[str] | None = None,
    *,
    confidence_level: float = 0.95,
) -> RevenueTree:
    """Decompose a change of revenue into the behaviour of new, lost and retained customers.

    Customers who bought in the current period are new (first purchase after the base period),
    retained (also bought in the base period) or reactivated. Lost customers bought only in the base
    period. Purchases of new and reactivated customers add to revenue, and the earlier purchases of
    lost customers are subtracted. Revenue of retained customers is the product of their number,
    orders per customer and order value; with `quantity`, order value is units per order times
    price. The change of this product is split by Shapley values: the mean over all sequences in
    which the factors can change, so the sequence does not matter. Returns are a component of their
    own.

    Args:
        orders: Order table with `customer_id, order_date, amount`, and where present `order_id,
            quantity`, on any engine. Without `order_id` an order is a customer-day.
        as_of: Last day seen. The current period is the last one that is over by then.
        period: Length of a period; weeks begin on Monday.
        compare: `"previous"` for the period before, `"year"` for the same period a year earlier
            (52 weeks for weeks).
        by: Columns of orders to split by, such as `"channel"` or `["channel", "category"]`. Whether
            a customer is new, retained, reactivated or lost is decided over all orders, not within
            a group, so components of groups sum to the change of each kind of customer.
        confidence_level: Confidence level of the intervals, as a fraction.

    Returns:
        A `RevenueTree`. Components, where `table` has one row per group of each:

        - `new`, `reactivated`: what these customers bought in the current period.
        - `lost`: minus what they bought in the base period.
        - `retained`: how many of the retained customers bought in the group; 0 without `by`, as
          they are the same customers in both periods.
        - `orders_per_customer`: orders per retained customer.
        - `order_value`: purchase amount per order of retained customers; with `quantity` in its
          place `quantity`, units per order, and `price`, amount per unit.
        - `returns`: the change of returns by all customers.

        Intervals take customers as the units, as if others of the same kind had come; they do not
        cover what all customers have in common, such as the weather. Use `monitor` to judge whether
        a change is unusual.

    Raises:
        NotEnoughDataError: There are no purchases in or before the base period.
        MissingColumnsError: A column of `by` is missing.
        DataError: A value is missing, or quantities of purchases are missing or negative.
        ValueError: `by` names a column that the table makes.

    References:
        Shorrocks (2013), Decomposition procedures for distributional analysis: a unified framework
        based on the Shapley value, Journal of Economic Inequality 11.

    Examples:
        >>> orders = pd.DataFrame(
        ...     {
        ...         "customer_id": ["ann", "ann", "bob", "cat"],
        ...         "order_date": pd.to_datetime(
        ...             ["2024-01-05", "2024-02-09", "2024-01-08", "2024-02-11"]
        ...         ),
        ...         "amount": [20.0, 25.0, 10.0, 30.0],
        ...     }
        ... )
        >>> tree = revenue_tree(orders, as_of="2024-02-29")
        >>> tree.table[["component", "amount"]].head(3)
            component  amount
        0         new    30.0
        1        lost   -10.0
        2 order_value     5.0
    """
    end = check_as_of(as_of)
    check_choice(period, "period", list(FREQUENCIES))
    check_choice(compare, "compare", ["previous", "year"])
    level = check_fraction(confidence_level, "confidence_level")
    names = _split_by(by)
    current = pd.Period(end + pd.Timedelta(days=1), freq=FREQUENCIES[period]) - 1
    base = current - (1 if compare == "previous" else YEAR[period])
    found = sums_of_two_periods(orders, base, current, names)
    _check_base(found, base, compare)
    sides = _Sides.of(found, names, day_of(base.end_time))
    return _result(sides, found, level, as_of=end, base=base, current=current)


@dataclass(frozen=True, slots=True)
class _Sides:
    """Cells of customer and group: what was bought before and after, and what kind of customer."""

    cells: pd.DataFrame
    groups: pd.DataFrame
    group: npt.NDArray[np.intp]
    kind: npt.NDArray[np.str_]
    factors: tuple[str, ...]

    @classmethod
    def of(cls, found: ComparedPeriods, by: list[str], base_end: int) -> "_Sides":
        keys = ["customer_id", *by]
        long = found.cells.set_index([*keys, "side"])
        wide = pd.DataFrame(long.unstack("side", fill_value=0.0)).reindex(
            columns=pd.MultiIndex.from_product(
                [["orders", "amount", "returned", "quantity"], [BASE, CURRENT]]
            ),
            fill_value=0.0,
        )
        customer = wide.index.get_level_values("customer_id")
        bought = (wide["orders"] > 0).groupby(customer).transform("any")
        first = found.first_day.reindex(customer).to_numpy()
        kind = np.select(
            [
                bought[BASE] & bought[CURRENT],
                bought[BASE],
                bought[CURRENT] & (first > base_end),
                bought[CURRENT],
            ],
            ["retained", "lost", "new", "reactivated"],
            default="none",
        )
        group, groups = _numbered(wide.index, by)
        value = ("quantity", "price") if found.has_quantity else ("order_value",)
        return cls(wide, groups, group, kind, ("retained", "orders_per_customer", *value))

    def summed(self, values: Floats) -> Floats:
        """The sum of each group."""
        return np.bincount(self.group, values, len(self.groups)).astype(np.float64)

    def column(self, name: str, side: int) -> Floats:
        """A column of the cells."""
        return self.cells[(name, side)].to_numpy(dtype=np.float64)

    def changes_by_customer(self) -> Floats:
        """The change of net revenue of each customer."""
        net = sum(
            sign * (self.column("amount", side) + self.column("returned", side))
            for sign, side in ((-1.0, BASE), (1.0, CURRENT))
        )
        customer = pd.factorize(self.cells.index.get_level_values("customer_id"))[0]
        return np.bincount(customer, net).astype(np.float64)

    def simple_parts(self) -> dict[str, Floats]:
        """What each cell adds by kinds of customers that bought in one period, and by returns."""
        before, after = (self.column("amount", side) for side in (BASE, CURRENT))
        signed = {"new": after, "reactivated": after, "lost": -before}
        parts = {kind: np.where(self.kind == kind, signed[kind], 0.0) for kind in PURCHASES}
        returned = self.column("returned", CURRENT) - self.column("returned", BASE)
        return {**parts, "returns": returned}

    def retained_columns(self) -> tuple[list[Floats], list[Floats]]:
        """Of retained customers before and after: 1, orders, units where known, and amount."""
        orders, amounts, units = (
            [np.where(self.kind == "retained", self.column(name, side), 0.0) for side in SIDES]
            for name in ("orders", "amount", "quantity")
        )
        if "price" not in self.factors:
            before, after = (
                [(count > 0).astype(np.float64), count, amount]
                for count, amount in zip(orders, amounts, strict=True)
            )
            return before, after
        units = self._known_units(orders, units)
        before, after = (
            [(count > 0).astype(np.float64), count, unit, amount]
            for count, unit, amount in zip(orders, units, amounts, strict=True)
        )
        return before, after

    def _known_units(self, orders: list[Floats], units: list[Floats]) -> list[Floats]:
        """Units; where a group has none, as many per order as on the other side, or 1."""
        per_order = [
            _ratio(self.summed(unit), self.summed(count))
            for unit, count in zip(units, orders, strict=True)
        ]
        known = []
        for side, other in ((0, 1), (1, 0)):
            usual = np.where(per_order[other] > 0, per_order[other], 1.0)[self.group]
            none = (self.summed(units[side]) == 0)[self.group]
            known.append(np.where(none, orders[side] * usual, units[side]))
        return known


def _retained_parts(sides: _Sides) -> tuple[Floats, Floats]:
    """The parts of retained customers, a row per factor: by group, and the influence by cell."""
    before, after = sides.retained_columns()
    old, new = _factors(sides, before), _factors(sides, after)
    values = _filled(old, new), _filled(new, old)
    influence = np.zeros((len(sides.factors), len(sides.group)))
    for slopes, columns, own in zip(
        shapley_slopes(*values), (before, after), (old, new), strict=True
    ):
        influence += np.einsum(
            "ijr,jr->ir", slopes[:, :, sides.group], _deviations(sides, columns, own)
        )
    return shapley_parts(*values), influence


def _factors(sides: _Sides, columns: list[Floats]) -> Floats:
    """Customers, and each total per unit of the one before; NaN where that is 0."""
    sums = [sides.summed(column) for column in columns]
    return np.array([sums[0], *(_ratio(b, a) for a, b in itertools.pairwise(sums))])


def _deviations(sides: _Sides, columns: list[Floats], factors: Floats) -> Floats:
    """How each cell moves each factor of its group: the linear part of a ratio of sums."""
    rows = [columns[0]]
    for place in range(1, len(columns)):
        below = sides.summed(columns[place - 1])
        usual = np.nan_to_num(factors[place])[sides.group]
        above = columns[place] - usual * columns[place - 1]
        rows.append(np.nan_to_num(_ratio(above, below[sides.group])))
    return np.array(rows)


def _filled(factors: Floats, other: Floats) -> Floats:
    """Factors of a side without orders: those of the other side, so that only customers differ."""
    known = np.where(np.isfinite(factors), factors, other)
    return np.where(np.isfinite(known), known, 1.0)


def _ratio(above: Floats, below: Floats) -> Floats:
    """The quotient; NaN where the divisor is 0."""
    return np.divide(above, below, out=np.full_like(above, np.nan), where=below != 0)


def _table(sides: _Sides, change: float, level: float) -> pd.DataFrame:
    """A row per group and component, the largest first."""
    parts, influence = _retained_parts(sides)
    simple = sides.simple_parts()
    amounts = dict(zip(sides.factors, parts, strict=True))
    amounts |= {name: sides.summed(values) for name, values in simple.items()}
    influences = dict(zip(sides.factors, influence, strict=True)) | simple
    rows = [
        sides.groups.assign(
            component=name, amount=amount, error=np.sqrt(sides.summed(influences[name] ** 2))
        )
        for name, amount in amounts.items()
    ]
    table = pd.concat(rows, ignore_index=True)
    order = np.argsort(-table["amount"].abs().to_numpy(), kind="stable")
    table = table.iloc[order].reset_index(drop=True)
    amount = table["amount"].to_numpy(dtype=np.float64, copy=True)
    amount[0] += change - math.fsum(amount)  # what rounding left
    half = critical_value(level) * table.pop("error").to_numpy(dtype=np.float64)
    share = amount / change + 0.0 if change else np.full(len(amount), np.nan)
    return table.assign(amount=amount, share=share, lower=amount - half, upper=amount + half)


def _result(
    sides: _Sides,
    found: ComparedPeriods,
    level: float,
    *,
    as_of: pd.Timestamp,
    base: pd.Period,
    current: pd.Period,
) -> RevenueTree:
    before, after = (
        math.fsum([*sides.column("amount", side), *sides.column("returned", side)])
        for side in SIDES
    )
    change = after - before
    per_customer = sides.changes_by_customer()
    half = float(critical_value(level)) * math.sqrt(float(per_customer @ per_customer))
    return RevenueTree(
        as_of=f"{as_of:%Y-%m-%d}",
        base_period=str(base),
        current_period=str(current),
        base_amount=before,
        current_amount=after,
        change_amount=change,
        change_amount_lower=change - half,
        change_amount_upper=change + half,
        customers=len(per_customer),
        later_rows=found.later_rows,
        confidence_level=level,
        table=_table(sides, change, level),
    )


def _numbered(
    index: pd.MultiIndex | pd.Index, by: list[str]
) -> tuple[npt.NDArray[np.intp], pd.DataFrame]:
    """The number of each row's group, and the groups in order."""
    if not by:
        return np.zeros(len(index), dtype=np.intp), pd.DataFrame(index=[0])
    keys = index.to_frame(index=False)[by]
    groups = keys.drop_duplicates().sort_values(by, ignore_index=True)
    numbers = keys.merge(groups.assign(number=range(len(groups))), on=by, how="left")["number"]
    return numbers.to_numpy(dtype=np.intp), groups


def _split_by(by: str | Iterable[str] | None) -> list[str]:
    """The columns of `by`, none of which the table makes itself."""
    names = [] if by is None else [by] if isinstance(by, str) else check_list(by, "by")
    for name in names:
        if not isinstance(name, str):
            raise TypeError(f"by must name columns, as in by=['channel'], not {shown(name)}")
        if name in TAKEN or names.count(name) > 1:
            raise ValueError(
                f"by names {name!r}, which is a column of the result or named twice; rename "
                "it, or name it once"
            )
    return names


def _check_base(found: ComparedPeriods, base: pd.Period, compare: Compare) -> None:
    """Raise where the history does not reach back to the base period."""
    known = found.first_day.to_numpy() <= day_of(base.end_time)
    if not known.any():
        raise NotEnoughDataError(
            f"purchases in or before {base}",
            have=0,
            need=1,
            hint="one period alone has no change; take a longer history"
            + (", or compare='previous'" if compare == "year" else ""),
        )
    if found.cells.empty:
        raise NotEnoughDataError(
            "orders in either period", have=0, need=1, hint="choose an as_of with orders before it"
        )

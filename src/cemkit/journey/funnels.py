"""funnel: how many customers go on from each step to the next, and where the others are lost."""

import dataclasses
import datetime as dt
import warnings
from collections.abc import Sequence
from itertools import combinations, pairwise
from typing import Any, Literal

import numpy as np
import pandas as pd

from cemkit.arrays import Floats
from cemkit.checks import (
    check_as_of,
    check_choice,
    check_fraction,
    check_label,
    check_list,
    check_spellings,
    meant,
)
from cemkit.checks.options import shown
from cemkit.data.reductions.chains import FAR, Chains, customer_chains, customer_kinds
from cemkit.data.reductions.journeys import DAY, span, without_time
from cemkit.errors import CemkitWarning, DataError
from cemkit.formats import count_text
from cemkit.journey.groups import check_groups, check_split
from cemkit.journey.ties import warn_of_ties
from cemkit.proportions.comparison import proportion_effects
from cemkit.proportions.corrections import CORRECTIONS, Correction
from cemkit.proportions.intervals import critical_value, rate_bounds
from cemkit.results import Result
from cemkit.segmentation.cohorts import PERIODS, Period

COLUMNS = (
    *("step", "number", "customers", "previous", "rate", "rate_lower", "rate_upper"),
    *("overall", "overall_lower", "overall_upper", "dropped"),
)
MANY_OPEN = 0.5  # a share of the customers who started


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class FunnelComparison(Result):
    """Comparison of funnel rates between groups, from `Funnel.compare`.

    Attributes:
        steps: Number of steps compared.
        compared: Number of comparisons in the table.
        detected: Number of significant differences after the correction.
        correction: Correction of all comparisons in the table.
        confidence_level: Confidence level of all intervals together, as a fraction.
        table: One row per step and pair of groups: `step, number, group, control`, `customers,
            control_customers` at the step before, `rate, control_rate`, `difference` with `lower,
            upper` (Miettinen-Nurminen), `p_value, p_value_adjusted, detected`.

    Examples:
        >>> from cemkit.data import simulate_events
        >>> events = simulate_events(2000).table
        >>> found = funnel(events, ["visit", "view"], as_of="2023-04-30", by="channel")
        >>> found.compare(control="web").detected
        0
    """

    _pictures = ("journey.funnel_comparison",)

    steps: int
    compared: int
    detected: int
    correction: str
    confidence_level: float
    table: pd.DataFrame


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Funnel(Result):
    """Customers and rates at each step of a funnel, from `funnel`.

    Attributes:
        steps: Steps in their order.
        by: Columns that split the customers.
        customers: Number of customers with a start that counts.
        open: Number of customers who started only within `window_days` of `as_of`. Their window is
            not over, so they are left out of every count.
        window_days: Number of days after a start within which steps count; None means until
            `as_of`.
        order: `"strict"` or `"any"`.
        start: `"any"` or `"first"`.
        as_of: Last day seen.
        undated: Events of the steps without a time, which are left out.
        later: Events of the steps after `as_of`, which are left out.
        ties: Events at the same time as another of the same customer; they count in the order of
            the steps.
        unknown_events: Names of events that are not steps but are spelt nearly like one, such as
            `"vist"` beside `"visit"`; they are left out.
        in_several_groups: Customers whose events have several values of `by`; each counts where the
            first start was.
        confidence_level: Confidence level of the intervals, as a fraction.
        table: One row per group and step: the columns of `by`, `step, number, customers`,
            `previous` (customers at the step before), `rate` of these with `rate_lower,
            rate_upper`, `overall` (of those who started) with `overall_lower, overall_upper`,
            `dropped` (how many did not come from the step before).
        reached: One row per customer, index `customer_id`: the columns of `by`, `number` and `step`
            of the furthest step, `next_step` (missing at the end), `start_time, reached_time`.

    Examples:
        >>> from cemkit.data import simulate_events
        >>> events = simulate_events(2000).table
        >>> found = funnel(events, ["visit", "view", "cart"], as_of="2023-04-30", window_days=7)
        >>> found.table["customers"].tolist()
        [2000, 1225, 385]
    """

    _pictures = ("journey.funnel",)

    steps: tuple[Any, ...]
    by: tuple[str, ...]
    customers: int
    open: int
    window_days: float | None
    order: str
    start: str
    as_of: str
    undated: int
    later: int
    ties: int
    unknown_events: tuple[str, ...]
    in_several_groups: int
    confidence_level: float
    table: pd.DataFrame
    reached: pd.DataFrame

    def lost_at(self, step: object) -> pd.DataFrame:
        """Return the customers who reached the step before, but not this one.

        Args:
            step: Name of a step after the first.

        Returns:
            Rows of `reached`, a table of customers that triggers and actions take.

        Raises:
            ValueError: `step` is not one of the later steps.

        Examples:
            >>> from cemkit.data import simulate_events
            >>> events = simulate_events(2000).table
            >>> found = funnel(events, ["visit", "view", "cart"], as_of="2023-04-30")
            >>> len(found.lost_at("cart"))
            840
        """
        if check_label(step, "step") not in self.steps[1:]:
            raise ValueError(
                f"step must be one of {', '.join(map(repr, self.steps[1:]))}, not {shown(step)}"
                f"{meant(step, self.steps[1:])}"
            )
        return self.reached[self.reached["number"] == self.steps.index(step, 1)]

    def largest_loss(self) -> pd.Series:
        """Return the step with the lowest rate from the step before, over all groups.

        Returns:
            A row of the table, with counts and rates of all groups together.
        """
        counts = self.table.groupby("number", as_index=False).agg(
            step=("step", "first"), customers=("customers", "sum"), previous=("previous", "sum")
        )
        rates = _with_rates(counts.iloc[1:], self.confidence_level)
        row: pd.Series = rates.astype({"step": object}).iloc[
            int(np.nanargmin(rates["rate"].to_numpy()))
        ]
        return row

    def compare(
        self, control: object = None, *, correction: Correction = "holm"
    ) -> FunnelComparison:
        """Compare the rates of each step between groups.

        Args:
            control: Group with which the others are compared: a value of `by`, or a tuple for
                several columns. None compares all pairs of groups, and each period with the one
                before.
            correction: Correction of all p-values together, and of the intervals to match.

        Returns:
            A `FunnelComparison`.

        Raises:
            DataError: There is only one group.
            ValueError: There is no such group.

        References:
            Miettinen, Nurminen (1985), Comparative analysis of two rates, Statistics in Medicine 4.

        Examples:
            >>> from cemkit.data import simulate_events
            >>> events = simulate_events(2000).table
            >>> found = funnel(events, ["visit", "view"], as_of="2023-04-30", by="channel")
            >>> found.compare(control="web").table["group"].tolist()
            ['app', 'shop']
        """
        check_choice(correction, "correction", CORRECTIONS)
        groups = _groups(self.table, self.by)
        if len(groups) < 2:
            raise DataError("there is only one group; split the funnel with by= or period=")
        pairs = _pairs(list(groups), control, in_order=self.by[-1:] == ("period",))
        parts = [_paired_rows(groups[one], groups[other]) for one, other in pairs]
        rows = pd.concat(parts, ignore_index=True)
        for name, place in (("control", 0), ("group", 1)):
            named = [
                pair[place] for pair, part in zip(pairs, parts, strict=True) for _ in part.index
            ]
            rows[name] = pd.Series(named, dtype=object)
        rows = rows[(rows["customers"] > 0) & (rows["control_customers"] > 0)]
        if rows.empty:
            raise DataError(
                "no step has customers in two groups; use a longer period, or fewer groups"
            )
        effects = proportion_effects(
            rows["control_successes"].tolist(),
            rows["control_customers"].tolist(),
            rows["successes"].tolist(),
            rows["customers"].tolist(),
            correction=correction,
            confidence_level=self.confidence_level,
        ).set_index(rows.index)
        p_value = effects["p_value"]
        adjusted = effects.get("p_value_adjusted", p_value)
        table = rows[
            ["step", "number", "group", "control", "customers", "control_customers"]
        ].assign(
            rate=effects["rate"],
            control_rate=effects["control_rate"],
            difference=effects["difference"],
            lower=effects["difference_lower"],
            upper=effects["difference_upper"],
            p_value=p_value,
            p_value_adjusted=adjusted,
            detected=adjusted < 1 - self.confidence_level,
        )
        return FunnelComparison(
            steps=table["number"].nunique(),
            compared=len(table),
            detected=int(table["detected"].sum()),
            correction=correction,
            confidence_level=self.confidence_level,
            table=table.reset_index(drop=True),
        )


def funnel(
    events: Any,
    steps: Sequence[Any],
    as_of: str | dt.date | pd.Timestamp,
    *,
    window_days: float | None = None,
    by: str | Sequence[str] = (),
    people: pd.DataFrame | None = None,
    period: Period | None = None,
    order: Literal["strict", "any"] = "strict",
    start: Literal["any", "first"] = "any",
    confidence_level: float = 0.95,
) -> Funnel:
    """Count the customers who reach each step of a funnel, in order.

    A customer reaches a step if there is a chain of events up to it: each step after the one
    before, all within `window_days` of the first. Events at the same time count in the order of the
    steps. A step named twice needs two events.

    Args:
        events: Event table with `customer_id, event, event_time` and the columns of `by`, on any
            engine.
        steps: Names of at least two events in their order.
        as_of: Last day seen. Later events are left out and counted.
        window_days: Number of days after the first step within which the others count; fractions
            such as 1 / 24 are allowed. A start whose window is not over by `as_of` does not count.
            By default the steps count until `as_of`, so that customers who started late had less
            time.
        by: Columns of the events (or of `people`) that split the customers. A customer belongs
            to the group of the first start that counts, so that later events cannot change it.
        people: Table of customers with the columns of `by`, one row each.
        period: Also split the customers by the period of that start; weeks begin on Monday.
        order: `"strict"` requires the steps in their order. `"any"` counts the customers with each
            of the first steps at any time, in any order.
        start: `"first"` counts only chains from the customer's first start, as in tools that follow
            each customer once. With `"any"` a later start can succeed where the first failed.
        confidence_level: Confidence level of the intervals, which are Wilson's.

    Returns:
        A `Funnel`. No step has more customers than the step before.

    Raises:
        MissingColumnsError: A column is missing.
        DataError: A step never occurs, nobody has a start that counts, a customer occurs twice in
            `people`, or a group is missing.
        ValueError: There are fewer than two steps, or `window_days` is not above 0.

    References:
        Wilson (1927), Probable inference, Journal of the American Statistical Association 22.

    Examples:
        >>> events = pd.DataFrame(
        ...     {
        ...         "customer_id": ["ann", "ann", "ann", "bob", "bob"],
        ...         "event": ["visit", "visit", "order", "visit", "order"],
        ...         "event_time": pd.to_datetime(
        ...             ["2024-03-01", "2024-03-20", "2024-03-21", "2024-03-02", "2024-03-30"]
        ...         ),
        ...     }
        ... )
        >>> found = funnel(events, ["visit", "order"], as_of="2024-04-30", window_days=7)
        >>> found.table[["step", "customers"]].to_dict("list")
        {'step': ['visit', 'order'], 'customers': [2, 1]}
    """
    end = check_as_of(as_of)
    steps = check_steps(steps)
    columns = check_split(by, (*COLUMNS, "next_step"))
    _check_options(order, start, period, confidence_level)
    if order == "any":
        _check_unordered(steps, window_days, start)
    window = None if window_days is None else span(window_days, "window_days")
    own = columns if people is None else []
    if order == "any":
        chains = customer_kinds(events, steps, end, columns=own)
    else:
        first: dict[str, Any] = {"window": window, "first_only": start == "first"}
        chains = customer_chains(events, steps, end, columns=own, **first)
    if chains.table.empty:
        raise DataError(_nobody(chains, steps[0], end))
    customers = _with_periods(check_groups(chains.table, columns, people), period)
    split = [*columns, *([] if period is None else ["period"])]
    _warn(chains)
    return Funnel(
        steps=tuple(steps),
        by=tuple(split),
        customers=len(customers),
        open=chains.open,
        window_days=None if window is None else window / DAY,
        order=order,
        start=start,
        as_of=f"{end:%Y-%m-%d}",
        undated=chains.undated,
        later=chains.later,
        ties=chains.ties,
        unknown_events=chains.unknown,
        in_several_groups=chains.in_several,
        confidence_level=confidence_level,
        table=_counted(customers, steps, split, confidence_level),
        reached=_furthest(customers, steps, split),
    )


def check_steps(steps: Sequence[Any]) -> list[Any]:
    """Return at least two steps as a list."""
    named = check_list(steps, "steps")
    for step in named:
        if step is None or isinstance(step, bool):
            raise TypeError(f"steps must hold names of events, not {shown(step)}")
        check_label(step, "each of steps")
    check_spellings(named, "steps")
    if len(named) < 2:
        raise ValueError(f"steps must name at least two events in their order, not {named!r}")
    return named


def _check_options(order: str, start: str, period: str | None, confidence_level: float) -> None:
    """Raise where a choice is unknown, or the level no fraction."""
    check_choice(order, "order", ["strict", "any"])
    check_choice(start, "start", ["any", "first"])
    check_fraction(confidence_level, "confidence_level")
    if period is not None:
        check_choice(period, "period", list(PERIODS))


def _check_unordered(steps: list[Any], window_days: float | None, start: str) -> None:
    """Raise where steps in any order are asked for what only an order has."""
    if window_days is not None or start == "first":
        raise ValueError(
            "order='any' has no start at which a window could begin; leave window_days and start "
            "out"
        )
    if len(set(steps)) < len(steps):
        raise ValueError(f"order='any' needs each step only once, not {steps!r}")


def _nobody(chains: Chains, first: Any, end: pd.Timestamp) -> str:
    """Why no customer is in the funnel, and what to do."""
    if not chains.open:
        return (
            f"nobody did {shown(first)} by as_of={end:%Y-%m-%d}; choose a later as_of"
            f"{without_time(chains.undated)}"
        )
    return (
        f"nobody has a {shown(first)} whose window is over by as_of={end:%Y-%m-%d}; "
        "choose a later as_of or a shorter window_days"
    )


def _with_periods(customers: pd.DataFrame, period: str | None) -> pd.DataFrame:
    """The customers with the period of their start."""
    if period is None:
        return customers
    starts = pd.Series(pd.to_datetime(customers["start"], unit="us"), index=customers.index)
    return customers.assign(period=starts.dt.to_period(PERIODS[period]))


def _warn(chains: Chains) -> None:
    started = len(chains.table) + chains.open
    if chains.open > MANY_OPEN * started:
        warnings.warn(
            f"{chains.open:,} of {count_text(started, 'customers')} started so late that their "
            "window is not over, and are left out; choose a shorter window_days or a later as_of",
            CemkitWarning,
            stacklevel=3,
        )
    warn_of_ties(chains.ties, chains.rows, "events of the steps", "the order of the steps", 4)


def _counted(
    customers: pd.DataFrame, steps: list[str], split: list[Any], confidence_level: float
) -> pd.DataFrame:
    """How many customers of each group came to each step, with rates and their bounds."""
    flags = pd.DataFrame(
        {number: customers[f"reached_{number}"] < FAR for number in range(1, len(steps) + 1)}
    )
    keys = [customers[name] for name in split] or [pd.Series(0, customers.index, name="all")]
    counts = flags.groupby(keys, sort=True, observed=True).sum()
    counts.columns.name = "number"
    rows = counts.reset_index().melt(
        [key.name for key in keys], var_name="number", value_name="customers"
    )
    rows["number"] = rows["number"].astype("int64")
    rows = rows.sort_values([*split, "number"], kind="stable", ignore_index=True)
    count = rows["customers"].to_numpy().reshape(-1, len(steps))
    previous = np.column_stack([count[:, :1], count[:, :-1]]).ravel()
    first = np.repeat(count[:, 0], len(steps))
    lower, upper = _bounds(rows["customers"].to_numpy(), first, confidence_level)
    rows["step"] = [steps[number - 1] for number in rows["number"]]
    table = _with_rates(rows.assign(previous=previous), confidence_level).assign(
        overall=rows["customers"] / first,
        overall_lower=lower,
        overall_upper=upper,
        dropped=previous - rows["customers"],
    )
    return table[[*split, *COLUMNS]]


def _with_rates(rows: pd.DataFrame, confidence_level: float) -> pd.DataFrame:
    """The share of the step before, missing where nobody came to that."""
    lower, upper = _bounds(rows["customers"], rows["previous"], confidence_level)
    rate = rows["customers"] / rows["previous"].where(rows["previous"] > 0)
    return rows.assign(rate=rate, rate_lower=lower, rate_upper=upper)


def _bounds(counts: Any, trials: Any, confidence_level: float) -> tuple[Floats, Floats]:
    successes, total = np.asarray(counts, np.float64), np.asarray(trials, np.float64)
    some = np.maximum(total, 1.0)
    lower, upper = rate_bounds(successes, some, critical_value(confidence_level))
    return np.where(total > 0, lower, np.nan), np.where(total > 0, upper, np.nan)


def _furthest(customers: pd.DataFrame, steps: list[str], split: list[Any]) -> pd.DataFrame:
    """How far each customer came."""
    times = customers[[f"reached_{number}" for number in range(1, len(steps) + 1)]].to_numpy()
    number = (times < FAR).sum(axis=1)
    following = np.array([*steps[1:], None], dtype=object)
    return customers[split].assign(
        number=number,
        step=np.array(steps, dtype=object)[number - 1],
        next_step=following[number - 1],
        start_time=customers["start"].to_numpy().view("datetime64[us]"),
        reached_time=times[np.arange(len(times)), number - 1].view("datetime64[us]"),
    )


def _groups(table: pd.DataFrame, by: Sequence[Any]) -> dict[Any, pd.DataFrame]:
    """The rows of each group, in their order; a group of one column goes by its value."""
    if not by:
        return {}
    return {
        key[0] if len(key) == 1 else key: rows
        for key, rows in table.groupby(list(by), sort=False, observed=True)
    }


def _pairs(groups: list[Any], control: object, *, in_order: bool) -> list[tuple[Any, Any]]:
    """The control and the other group of each comparison."""
    if control is not None:
        for part in control if isinstance(control, tuple) else (control,):
            if not isinstance(part, pd.Period):
                check_label(part, "control")
        # A period goes by its text, too.
        control = next((group for group in groups if _texts(group) == _texts(control)), control)
        if control not in groups:
            raise ValueError(
                f"control={shown(control)} is not one of the groups "
                f"{', '.join(map(shown, groups))}{meant(control, groups)}"
            )
        return [(control, group) for group in groups if group != control]
    if not in_order:
        return list(combinations(groups, 2))
    return [
        (one, other)
        for one, other in pairwise(groups)
        if not isinstance(one, tuple) or one[:-1] == other[:-1]
    ]


def _texts(group: object) -> tuple[object, ...]:
    """The parts of a group, with periods as text."""
    parts = group if isinstance(group, tuple) else (group,)
    return tuple(str(part) if isinstance(part, pd.Period) else part for part in parts)


def _paired_rows(control: pd.DataFrame, group: pd.DataFrame) -> pd.DataFrame:
    """Successes and trials of two groups at every step after the first."""
    one, other = control.iloc[1:].reset_index(drop=True), group.iloc[1:].reset_index(drop=True)
    return other[["step", "number"]].assign(
        control_successes=one["customers"],
        control_customers=one["previous"],
        successes=other["customers"],
        customers=other["previous"],
    )

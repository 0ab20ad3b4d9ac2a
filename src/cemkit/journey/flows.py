"""transitions and common_paths: what customers do next, and which ways they take."""

import dataclasses
import datetime as dt
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from cemkit.arrays import Floats
from cemkit.checks import (
    check_as_of,
    check_choice,
    check_flag,
    check_fraction,
    check_integer,
    check_label,
    meant,
)
from cemkit.checks.options import shown
from cemkit.data.reductions.journeys import EventRows, event_rows, in_order, span, without_time
from cemkit.data.reductions.moves import END, Moves, NumberedMoves, customer_moves, sum_moves
from cemkit.errors import DataError
from cemkit.journey.attribution.sequences import distinct_sequences, sequences_of
from cemkit.journey.groups import check_groups, check_split
from cemkit.journey.ties import warn_of_ties
from cemkit.proportions.intervals import critical_value, rate_bounds
from cemkit.results import Result

HOURS = 24
MATRICES = ("rate", "transitions", "customers")
COLUMNS = ("event", "next_event", *MATRICES, "lower", "upper")


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Transitions(Result):
    """Moves from each event to the next, from `transitions`.

    Attributes:
        by: Columns that split the customers.
        customers: Number of customers with an event.
        events: Number of distinct events.
        transitions: Number of moves from one event to the next, including ends.
        as_of: Last day seen.
        session_gap_hours: Pause in hours that ends a path; None if only the last event does.
        undated: Events without a time, which are left out.
        later: Events after `as_of`, which are left out.
        ties: Events at the same time as another of the same customer; they are in alphabetical
            order.
        confidence_level: Confidence level of the intervals, as a fraction.
        table: One row per group and move: the columns of `by`, `event, next_event` (`"(end)"` for
            the last event of a path), `transitions`, `customers` who made it, `rate` among the
            moves from `event` with `lower, upper`. The rates from an event sum to 1 in each group.

    Examples:
        >>> from cemkit.data import simulate_events
        >>> found = transitions(simulate_events(1000).table, as_of="2023-04-30")
        >>> found.matrix().loc["visit"].round(2).to_dict()
        {'cart': 0.0, 'order': 0.0, 'view': 0.63, 'visit': 0.0, '(end)': 0.37}
    """

    _pictures = ("journey.transition_graph",)

    by: tuple[Any, ...]
    customers: int
    events: int
    transitions: int
    as_of: str
    session_gap_hours: float | None
    undated: int
    later: int
    ties: int
    confidence_level: float
    table: pd.DataFrame

    def matrix(self, column: str = "rate") -> pd.DataFrame:
        """Return one row per event (and group) and one column per next event; 0 if nobody moved.

        Args:
            column: Column of the table to show: `"rate"`, `"transitions"` or `"customers"`.

        Returns:
            A table whose index is `event`, after the columns of `by`.
        """
        check_choice(column, "column", MATRICES)
        rows = [*self.by, "event"]
        wide = self.table.pivot(index=rows, columns="next_event", values=column).fillna(0)
        events = pd.Index(self.table["event"].unique()).sort_values()
        names = [*(name for name in events if name != END), END]
        return wide.reindex(columns=names, fill_value=0).rename_axis(columns=None)

    def drop_off(self) -> pd.DataFrame:
        """Return how often each event is the last one of a path, the most frequent first.

        Returns:
            The columns of `by`, `event, transitions, customers, rate, lower, upper`.
        """
        ends = self.table[self.table["next_event"] == END].drop(columns="next_event")
        up = [True] * len(self.by)
        return ends.sort_values(
            [*self.by, "rate", "event"], ascending=[*up, False, True], ignore_index=True
        )


def transitions(
    events: Any,
    as_of: str | dt.date | pd.Timestamp,
    *,
    by: str | Sequence[str] = (),
    people: pd.DataFrame | None = None,
    collapse_repeats: bool = False,
    session_gap_hours: float | None = None,
    confidence_level: float = 0.95,
) -> Transitions:
    """Count what customers do next after each event.

    Moves of one customer are not independent, so the unit of the intervals is the customer: Wilson
    intervals with the effective number of trials implied by the variance over customers. Events at
    the same time are in alphabetical order.

    Args:
        events: Event table with `customer_id, event, event_time` and the columns of `by`, on any
            engine.
        as_of: Last day seen.
        by: Columns of the events (or of `people`) that split the customers. A customer belongs
            to the group of the first event, so that later events cannot change it. A split brings
            the events into memory.
        people: Table of customers with the columns of `by`, one row each.
        collapse_repeats: Whether the same event several times in a row counts as one.
        session_gap_hours: A pause longer than this ends a path. By default a path ends with the
            customer's last event, who may yet come back.
        confidence_level: Confidence level of the intervals, as a fraction.

    Returns:
        A `Transitions`.

    Raises:
        MissingColumnsError: A column is missing.
        DataError: There is no event up to `as_of`, a customer occurs twice in `people`, or a group
            is missing.
        ValueError: `session_gap_hours` is not above 0, or `by` names a column of the result.

    Examples:
        >>> events = pd.DataFrame(
        ...     {
        ...         "customer_id": ["ann", "ann", "bob"],
        ...         "event": ["visit", "order", "visit"],
        ...         "event_time": pd.to_datetime(["2024-03-01", "2024-03-03", "2024-03-01"]),
        ...     }
        ... )
        >>> found = transitions(events, as_of="2024-03-31")
        >>> found.table[["event", "next_event", "rate"]]
           event next_event  rate
        0  order      (end)   1.0
        1  visit      (end)   0.5
        2  visit      order   0.5
    """
    end = check_as_of(as_of)
    columns = check_split(by, COLUMNS)
    check_flag(collapse_repeats, "collapse_repeats")
    check_fraction(confidence_level, "confidence_level")
    gap = None
    if session_gap_hours is not None:
        gap = span(session_gap_hours, "session_gap_hours") // HOURS
    own = columns if people is None else []
    moves = customer_moves(
        events,
        end,
        gap=gap,
        collapse_repeats=collapse_repeats,
        columns=own if columns else None,
    )
    groups = None
    if columns and isinstance(moves, NumberedMoves):
        groups = check_groups(moves.first, columns, people, "first event")[columns]
    found = sum_moves(moves, groups)
    if found.pairs.empty:
        raise DataError(
            f"there is no event up to as_of={end:%Y-%m-%d}; choose a later as_of"
            f"{without_time(moves.undated)}"
        )
    warn_of_ties(found.ties, found.rows, "events", "alphabetical order")
    return Transitions(
        by=tuple(columns),
        customers=found.customers,
        events=found.events["event"].nunique(),
        transitions=int(found.pairs["moves"].sum()),
        as_of=f"{end:%Y-%m-%d}",
        session_gap_hours=session_gap_hours,
        undated=moves.undated,
        later=moves.later,
        ties=found.ties,
        confidence_level=confidence_level,
        table=_rates(found, columns, confidence_level),
    )


def _rates(found: Moves, columns: list[Any], confidence_level: float) -> pd.DataFrame:
    """Each move as a share of those from its event, with bounds."""
    keys = [*columns, "event"]
    pairs = found.pairs.sort_values([*keys, "next_event"], ignore_index=True)
    origin = pairs[keys].merge(found.events, on=keys, how="left")
    lower, upper = _clustered(pairs, origin, confidence_level)
    return (
        pairs[[*keys, "next_event", "moves", "customers"]]
        .assign(rate=pairs["moves"] / origin["moves"], lower=lower, upper=upper)
        .rename(columns={"moves": "transitions"})
    )


def _clustered(
    pairs: pd.DataFrame, origin: pd.DataFrame, confidence_level: float
) -> tuple[Floats, Floats]:
    """Bounds of moves / all moves from the event, a ratio of two sums over customers."""
    rate = (pairs["moves"] / origin["moves"]).to_numpy()
    squares, products = pairs["squares"].to_numpy(), pairs["products"].to_numpy()
    units = origin["customers"].to_numpy(np.float64)
    spread = squares - 2 * rate * products + rate**2 * origin["squares"].to_numpy()
    variance = spread / origin["moves"].to_numpy() ** 2 * units / np.maximum(units - 1, 1)
    known = (variance > 0) & (rate < 1)
    implied = rate * (1 - rate) / np.where(known, variance, 1.0)
    # Where all customers do the same, each of them is one trial.
    trials = np.where(known, np.minimum(implied, origin["moves"].to_numpy()), units)
    return rate_bounds(rate * trials, trials, critical_value(confidence_level))


def common_paths(
    events: Any,
    as_of: str | dt.date | pd.Timestamp,
    *,
    top: int = 20,
    target: str | None = None,
    collapse_repeats: bool = True,
    max_length: int = 20,
    confidence_level: float = 0.95,
) -> pd.DataFrame:
    """Count the paths that most customers take from their first event.

    Args:
        events: Event table with `customer_id, event, event_time`, on any engine.
        as_of: Last day seen.
        top: Number of paths to return.
        target: Event at whose first occurrence each path ends, such as `"order"`. Customers without
            it are left out. None for whole paths.
        collapse_repeats: Whether consecutive repeats of the same event count as one.
        max_length: Largest number of events of a path; longer ones are cut there.
        confidence_level: Confidence level of the intervals, which are Wilson's.

    Returns:
        One row per path, the most frequent first: `path` (a tuple of events), `customers`, `share`
        of the customers who have a path with `lower, upper`, `cut` (whether the path goes on).

    Raises:
        MissingColumnsError: A column is missing.
        DataError: There is no event up to `as_of`, or the target never occurs.

    Examples:
        >>> events = pd.DataFrame(
        ...     {
        ...         "customer_id": ["ann", "ann", "bob", "bob", "cat"],
        ...         "event": ["visit", "order", "visit", "order", "visit"],
        ...         "event_time": pd.to_datetime(
        ...             ["2024-03-01", "2024-03-03", "2024-03-01", "2024-03-02", "2024-03-02"]
        ...         ),
        ...     }
        ... )
        >>> common_paths(events, as_of="2024-03-31")[["path", "customers"]].to_dict("list")
        {'path': [('visit', 'order'), ('visit',)], 'customers': [2, 1]}
    """
    end = check_as_of(as_of)
    check_integer(top, "top", minimum=1)
    check_integer(max_length, "max_length", minimum=1, maximum=1000)
    check_flag(collapse_repeats, "collapse_repeats")
    check_fraction(confidence_level, "confidence_level")
    check_label(target, "target")
    found = _some_events(events, end)
    names = found.names
    rows = in_order(found.customer, found.time, found.event, len(names))
    who, what = rows.who, rows.what
    warn_of_ties(rows.ties, len(who), "events", "alphabetical order")
    kept = np.ones(len(who), dtype=np.bool_)
    if collapse_repeats:
        kept[1:] = (who[1:] != who[:-1]) | (what[1:] != what[:-1])
    who, what = who[kept], what[kept]
    if target is not None:
        who, what = _up_to(who, what, names, target)
    sizes = np.unique(who, return_counts=True)[1]
    place = np.arange(len(who)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    inside = place < max_length
    paths = sequences_of(what[inside], np.minimum(sizes, max_length))
    # A cut path is another one than a whole path of the same events.
    distinct, number = distinct_sequences(paths, len(names))
    key, count = np.unique(number * 2 + (sizes > max_length), return_counts=True)
    order = np.lexsort((key, -count))[:top]
    trials = np.full(len(order), float(len(sizes)))
    critical = critical_value(confidence_level)
    lower, upper = rate_bounds(count[order].astype(np.float64), trials, critical)
    starts, named = distinct.starts, np.array(names, dtype=object)
    tuples = [tuple(named[distinct.codes[starts[k] : starts[k + 1]]]) for k in key[order] // 2]
    return pd.DataFrame(
        {
            "path": pd.Series(tuples, dtype=object),
            "customers": count[order],
            "share": count[order] / len(sizes),
            "lower": lower,
            "upper": upper,
            "cut": key[order] % 2 == 1,
        }
    )


def _some_events(events: Any, end: pd.Timestamp) -> EventRows:
    """The events up to a day, when there are some."""
    found = event_rows(events, end, None)
    if not len(found.time):
        raise DataError(
            f"there is no event up to as_of={end:%Y-%m-%d}; choose a later as_of"
            f"{without_time(found.undated)}"
        )
    return found


def _up_to(who: Any, what: Any, names: pd.Index, target: str) -> tuple[Any, Any]:
    """The events of each customer up to the first target; nobody without one."""
    if target not in names:
        raise DataError(
            f"event never is {shown(target)}{meant(target, names)}; choose a target that occurs"
        )
    hit = what == names.get_loc(target)
    first = np.full(int(who.max()) + 1, -1)
    rows = np.flatnonzero(hit)[::-1]
    first[who[rows]] = rows
    inside = np.arange(len(who)) <= first[who]
    return who[inside], what[inside]

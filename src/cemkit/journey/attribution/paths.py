"""conversion_paths: the touches that came before each conversion, and those that led to none."""

import dataclasses
import datetime as dt
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from cemkit.checks import (
    check_as_of,
    check_columns,
    check_flag,
    check_frame,
    check_spellings,
    finite_values,
)
from cemkit.checks.options import shown
from cemkit.data.reductions.journeys import DAY, Integers, changed, span
from cemkit.errors import DataError
from cemkit.journey.attribution.sequences import Sequences, distinct_sequences, sequences_of
from cemkit.journey.attribution.touch_rows import TouchRows, event_kinds, read_touches
from cemkit.journey.ties import warn_of_ties
from cemkit.results import Result

NULL, OPEN, CONVERTED = range(3)  # what became of a touch


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ConversionPaths(Result):
    """Paths of touches with and without conversion, from `conversion_paths`.

    Attributes:
        conversions: Number of conversions, with or without touches before them.
        untouched: Number of conversions without a touch in the days before; their credit goes to
            `"(none)"`.
        paths: Number of paths, converting and null.
        null_paths: Number of paths without a conversion.
        open_paths: Number of paths that may still convert after `as_of`; they are left out.
        customers: Number of customers with a path; None if customers are unknown.
        channels: Channels in alphabetical order; the number of a channel is its position here.
        lookback_days: Number of days before a conversion within which a touch counts; None for a
            table of paths.
        undated: Number of events without a time, which are left out.
        later: Number of events after `as_of`, which are left out.
        ties: Number of touches at the same time as the touch before; they are in alphabetical
            order.
        table: One row per distinct path: `path` (a tuple of channels), `conversions`, `nulls`,
            `amount` of the conversions. The most frequent converting paths come first.
        observed: One row per path: `path_number` (its row in `table`), `customer` (a number),
            `converted` (0 or 1), `amount`, `count` (how many such paths the row stands for).
        touches: One row per touch of a converting path: `observed_number`, `channel_number`,
            `days_before` the conversion. Empty for a table of paths.

    Examples:
        >>> paths = pd.DataFrame(
        ...     {"path": ["ad > mail", "ad"], "conversions": [2, 1], "nulls": [1, 4]}
        ... )
        >>> ConversionPaths.from_table(paths).conversions
        3
    """

    _pictures = ("journey.conversion_paths",)

    conversions: int
    untouched: int
    paths: int
    null_paths: int
    open_paths: int
    customers: int | None
    channels: tuple[Any, ...]
    lookback_days: float | None
    undated: int
    later: int
    ties: int
    table: pd.DataFrame
    observed: pd.DataFrame
    touches: pd.DataFrame

    @property
    def sequences(self) -> Sequences:
        """The paths of `table` as numbers of channels."""
        number = {channel: k for k, channel in enumerate(self.channels)}
        codes = [number[channel] for path in self.table["path"] for channel in path]
        lengths = self.table["path"].map(len).to_numpy(np.int64)
        return sequences_of(np.array(codes, dtype=np.int64), lengths)

    @classmethod
    def from_table(cls, paths: pd.DataFrame, *, sep: str = ">") -> "ConversionPaths":
        """Read a table of paths that are already counted.

        Args:
            paths: Table with `path` (text of channels separated by `sep`, or a tuple or list of
                channels), `conversions`, `nulls` and, where known, `amount` of the conversions.
                Rows of the same path are added up.
            sep: Separator between two channels of a text; blanks around it are ignored.

        Returns:
            `ConversionPaths` without customers and times.

        Raises:
            MissingColumnsError: A column is missing.
            DataError: A path is empty, or a count is missing, negative or a fraction.

        Examples:
            >>> counted = pd.DataFrame({"path": ["ad>mail"], "conversions": [2], "nulls": [1]})
            >>> ConversionPaths.from_table(counted).table["path"].tolist()
            [('ad', 'mail')]
        """
        check_columns(check_frame(paths, "paths").columns, ["path", "conversions", "nulls"])
        split = [_channels_of(path, sep) for path in paths["path"]]
        channels = sorted({channel for path in split for channel in path}, key=str)
        check_spellings(channels, "path")
        number = {channel: k for k, channel in enumerate(channels)}
        codes = np.array([number[channel] for path in split for channel in path], np.int64)
        sequences = sequences_of(codes, np.array([len(path) for path in split], np.int64))
        amount = paths["amount"] if "amount" in paths.columns else pd.Series(0.0, paths.index)
        outcomes = [
            (_counts(paths["conversions"], "conversions"), 1, finite_values(amount, "amount")),
            (_counts(paths["nulls"], "nulls"), 0, np.zeros(len(paths))),
        ]
        distinct, own = distinct_sequences(sequences, len(channels))
        observed = pd.concat(
            [
                pd.DataFrame(
                    {"path_number": own, "customer": -1, "converted": converted, "amount": money}
                ).assign(count=count)[count > 0]
                for count, converted, money in outcomes
            ],
            ignore_index=True,
        )
        return _counted(distinct, channels, observed)


def conversion_paths(
    events: Any,
    conversion: str = "order",
    *,
    as_of: str | dt.date | pd.Timestamp,
    touch: str = "channel",
    touches: Sequence[str] | None = None,
    lookback_days: float = 30,
    collapse_repeats: bool = False,
    amount: str | None = None,
) -> ConversionPaths:
    """Collect the paths of touches before conversions, and those without a conversion.

    Every touch counts once. It belongs to the customer's next conversion where that follows within
    `lookback_days`; a touch at the same time counts as before it. Where no conversion follows in
    time, the touch is part of a null path. A path that may still convert after `as_of` is open: it
    is left out and counted.

    Args:
        events: Event table with `customer_id, event, event_time` and the column `touch`, on any
            engine.
        conversion: Name of the conversion event.
        as_of: Last day seen. Later events are left out and counted.
        touch: Column that names a touch, such as `"channel"` or `"event"`.
        touches: Names of the events that are touches; by default all except the conversion.
        lookback_days: Number of days before a conversion within which a touch counts; fractions are
            allowed.
        collapse_repeats: Whether consecutive touches of the same channel count as one.
        amount: Column with the amount of money of a conversion. None leaves amounts out.

    Returns:
        `ConversionPaths`.

    Raises:
        MissingColumnsError: A column is missing.
        DataError: The conversion or a touch never occurs up to `as_of`, or a touch has no channel.
        ValueError: `lookback_days` is not above 0, or `touches` names the conversion.

    Examples:
        >>> events = pd.DataFrame(
        ...     {
        ...         "customer_id": ["ann", "ann", "ann", "bob"],
        ...         "event": ["visit", "visit", "order", "visit"],
        ...         "event_time": pd.to_datetime(
        ...             ["2024-03-01", "2024-03-02", "2024-03-02", "2024-03-03"]
        ...         ),
        ...         "channel": ["ad", "mail", "web", "ad"],
        ...     }
        ... )
        >>> paths = conversion_paths(events, as_of="2024-05-31")
        >>> paths.table[["path", "conversions", "nulls"]].to_dict("list")
        {'path': [('ad', 'mail'), ('ad',)], 'conversions': [1, 0], 'nulls': [0, 1]}
    """
    end = check_as_of(as_of)
    lookback = span(lookback_days, "lookback_days")
    check_flag(collapse_repeats, "collapse_repeats")
    kinds = event_kinds(conversion, touches)
    rows = read_touches(events, conversion, end, touch=touch, kinds=kinds, amount=amount)
    paths = paths_of(rows, lookback, collapse=collapse_repeats)
    seen = int((~rows.converts).sum())
    warn_of_ties(paths.ties, seen, "touches", "alphabetical order")
    return paths


def paths_of(rows: TouchRows, lookback: int, *, collapse: bool) -> ConversionPaths:
    """The paths of touches and conversions, with a lookback in microseconds."""
    following = rows.next_conversion()
    wait = np.append(rows.time, 0)[following] - rows.time
    fate = _fates(rows, following, wait, lookback)
    kept = np.flatnonzero(~rows.converts)
    new = changed(rows.customer[kept], following[kept], fate[kept])
    again = ~new & ~changed(rows.channel[kept])
    ties = int((~new & ~changed(rows.time[kept])).sum())
    path = np.cumsum(new) - 1
    first = kept[new]
    if collapse:
        kept, path = kept[~again], path[~again]
    ended, closed = fate[first], fate[first] != OPEN
    lengths = np.bincount(path, minlength=len(first))
    own = following[first][closed]
    converted = ended[closed] == CONVERTED
    untouched = _without_touch(rows, own[converted])
    sequences = sequences_of(rows.channel[kept], lengths).take(np.flatnonzero(closed))
    none_before = np.zeros(len(untouched), np.int64)
    distinct, number = distinct_sequences(sequences.followed_by(none_before), len(rows.names))
    amount = np.where(converted, np.append(rows.amount, 0.0)[own], 0.0)
    observed = pd.DataFrame(
        {
            "path_number": number,
            "customer": np.append(rows.customer[first][closed], rows.customer[untouched]),
            "converted": np.append(converted.astype(np.int64), none_before + 1),
            "amount": np.append(amount, rows.amount[untouched]),
            "count": 1,
        }
    )
    within = fate[kept] == CONVERTED
    renumbered = np.cumsum(closed) - 1
    columns = {
        "observed_number": renumbered[path[within]],
        "channel_number": rows.channel[kept][within],
        "days_before": wait[kept][within] / DAY,
    }
    return _counted(
        distinct,
        rows.names,
        observed,
        touches=pd.DataFrame(columns),
        untouched=len(untouched),
        open_paths=int((~closed).sum()),
        customers=len(np.unique(rows.customer)),
        lookback_days=lookback / DAY,
        undated=rows.undated,
        later=rows.later,
        ties=ties,
    )


def _fates(
    rows: TouchRows, following: npt.NDArray[np.int64], wait: npt.NDArray[np.int64], lookback: int
) -> npt.NDArray[np.int64]:
    """What became of each touch: a conversion in time, none, or it is too early to say."""
    in_time = (following < len(rows.time)) & (wait <= lookback)
    young = (following == len(rows.time)) & (rows.time + lookback >= rows.end)
    return np.where(in_time, CONVERTED, np.where(young, OPEN, NULL))


def _without_touch(rows: TouchRows, reached: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """The conversions that no touch led to."""
    has_touch = np.zeros(len(rows.time), dtype=np.bool_)
    has_touch[reached] = True
    return np.flatnonzero(rows.converts & ~has_touch)


def _counted(
    distinct: Sequences, channels: list[Any], observed: pd.DataFrame, **facts: Any
) -> ConversionPaths:
    """The paths with their counts, the most frequent converting ones first."""
    size = len(distinct)
    own, count = observed["path_number"].to_numpy(), observed["count"].to_numpy()
    converted = observed["converted"].to_numpy()
    conversions = np.bincount(own, count * converted, size)
    nulls = np.bincount(own, count * (1 - converted), size)
    order = np.lexsort((np.arange(size), -nulls, -conversions))
    place = np.empty(size, np.int64)
    place[order] = np.arange(size)
    named = np.empty(len(channels), dtype=object)
    named[:] = channels
    flat, starts = named[distinct.codes].tolist(), distinct.starts
    tuples = [tuple(flat[starts[k] : starts[k + 1]]) for k in order]
    table = pd.DataFrame(
        {
            "path": pd.Series(tuples, dtype=object),
            "conversions": conversions[order].astype(np.int64),
            "nulls": nulls[order].astype(np.int64),
            "amount": np.bincount(own, observed["amount"].to_numpy(), size)[order],
        }
    )
    nothing: dict[str, list[float]] = {
        "observed_number": [],
        "channel_number": [],
        "days_before": [],
    }
    return ConversionPaths(
        **{
            "untouched": 0,
            "open_paths": 0,
            "customers": None,
            "lookback_days": None,
            "undated": 0,
            "later": 0,
            "ties": 0,
            "touches": pd.DataFrame(nothing),
            **facts,
        },
        channels=tuple(channels),
        conversions=int(conversions.sum()),
        paths=int(count.sum()),
        null_paths=int(nulls.sum()),
        table=table,
        observed=observed.assign(path_number=place[own]),
    )


def _channels_of(path: Any, sep: str) -> tuple[Any, ...]:
    channels = [part.strip() for part in path.split(sep)] if isinstance(path, str) else path
    if not isinstance(channels, tuple | list) or not len(channels) or "" in channels:
        raise DataError(
            f"path {shown(path)} has a touch without a name; write names separated by {sep!r}"
        )
    return tuple(channels)


def _counts(values: pd.Series, name: str) -> Integers:
    counts = finite_values(values, name)
    wrong = (counts < 0) | (counts != np.round(counts))
    if wrong.any():
        raise DataError(f"{name} must hold whole numbers of at least 0, not {counts[wrong][0]:g}")
    return counts.astype(np.int64)

"""answered_in_time: complaints answered within a limit, and those that are still open."""

import dataclasses
import datetime as dt
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from cemkit.arrays import Floats
from cemkit.checks import (
    check_as_of,
    check_columns,
    check_fraction,
    check_frame,
    check_positive,
    customer_ids,
    local_dates,
)
from cemkit.errors import DataError, NotEnoughDataError
from cemkit.feedback.answers import check_period, group_codes, split_columns
from cemkit.formats import count_text
from cemkit.proportions.intervals import critical_value, rate_bounds
from cemkit.results import Result
from cemkit.segmentation.cohorts import PERIODS

HOUR = np.timedelta64(3600, "s")
HINT = "a complaint table has customer_id, opened_at, answered_at and, where known, channel"
MADE = (
    *("period", "complaints", "due", "in_time", "rate", "lower", "upper", "open"),
    *("median_hours", "median_hours_lower", "median_hours_upper"),
)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class AnswerTimes(Result):
    """Answer times of complaints, from `answered_in_time`.

    Attributes:
        table: One row per group and period of the opening: the columns of `by`, `period`,
            `complaints`, `due` (those whose limit is over), `in_time` (those of them answered
            within the limit), `rate` with `lower, upper` (missing where none is due), `open`, and
            `median_hours` to an answer with `median_hours_lower, median_hours_upper` (missing where
            the data do not reach it).
        within_hours: Limit in hours.
        as_of: Last day seen.
        complaints: Complaints opened up to then; `due`, those whose limit is over, and
            `not_due`, the others, which do not count in the rate even where they were answered.
        open: Complaints without an answer by then.
        after_as_of: Complaints opened later, left out; `ungrouped`, those without a group.
        rate: Share of the complaints due that were answered in time, with `rate_lower, rate_upper`.
        confidence_level: Confidence level of each interval.

    Examples:
        >>> complaints = pd.DataFrame(
        ...     {
        ...         "customer_id": [1, 2, 3],
        ...         "opened_at": pd.Timestamp("2024-03-01 09:00"),
        ...         "answered_at": ["2024-03-01 12:00", "2024-03-03 10:00", None],
        ...     }
        ... )
        >>> answered_in_time(complaints, as_of="2024-03-31", within_hours=24).rate
        0.3333333333333333
    """

    _pictures = ("feedback.answer_times",)

    table: pd.DataFrame
    within_hours: float
    as_of: str
    complaints: int
    due: int
    not_due: int
    open: int
    after_as_of: int
    ungrouped: int
    rate: float
    rate_lower: float
    rate_upper: float
    confidence_level: float


def answered_in_time(
    complaints: pd.DataFrame,
    as_of: str | dt.date | pd.Timestamp,
    *,
    within_hours: float = 24.0,
    by: str | Sequence[str] | None = None,
    period: str | None = None,
    confidence_level: float = 0.95,
) -> AnswerTimes:
    """Return the share of complaints answered within a limit, and the median time to an answer.

    A complaint counts in the rate once its limit is over, answered or not, because among younger
    complaints only quick answers could be observed. The median uses all complaints, with the open
    ones censored (Kaplan-Meier). The median of answered complaints alone would be too short.

    Args:
        complaints: Table with `customer_id, opened_at, answered_at`, the last one missing while the
            complaint is open, with the time of day where known.
        as_of: Last day seen, including the whole day. Later answers are ignored.
        within_hours: Limit in hours.
        by: Columns of `complaints` to split by, such as `channel`.
        period: Length of the periods of the opening: `"week"`, `"month"`, `"quarter"`, `"year"`.
        confidence_level: Confidence level of each interval, as a fraction.

    Returns:
        An `AnswerTimes`: Wilson's interval of the rate, and the log-log interval of the median.

    Raises:
        MissingColumnsError: A column is not there.
        DataError: A complaint was answered before it was opened, or has no time of opening.
        NotEnoughDataError: No complaint is due by `as_of`.
        ValueError: A parameter is not understood.

    References:
        Wilson (1927), Journal of the American Statistical Association 22. Brookmeyer, Crowley
        (1982), A confidence interval for the median survival time, Biometrics 38.

    Examples:
        >>> complaints = pd.DataFrame(
        ...     {
        ...         "customer_id": range(40),
        ...         "opened_at": pd.Timestamp("2024-03-01 09:00"),
        ...         "answered_at": [*["2024-03-01 12:00", "2024-03-04 08:00"] * 19, None, None],
        ...     }
        ... )
        >>> found = answered_in_time(complaints, "2024-03-31", within_hours=24)
        >>> found.table[["due", "in_time", "rate", "open", "median_hours"]]
           due  in_time   rate  open  median_hours
        0   40       19  0.475     2          71.0
    """
    level = check_fraction(confidence_level, "confidence_level")
    end = check_as_of(as_of)
    limit = check_positive(within_hours, "within_hours")
    check_frame(complaints, "complaints")
    names = split_columns(by, MADE)
    check_columns(complaints.columns, ["opened_at", "answered_at", *names], HINT)
    customer_ids(complaints, "complaints")
    rows = _rows(complaints, names, check_period(period), end, limit)
    kept = rows[rows["seen"] & rows["grouped"]]
    if not kept["due"].any():
        raise NotEnoughDataError(
            f"complaints whose limit of {limit:g} hours is over by as_of={end:%Y-%m-%d}",
            have=0,
            need=1,
            hint="choose a later as_of or a shorter limit",
        )
    split = [*names, *(["period"] if period is not None else [])]
    due, in_time = int(kept["due"].sum()), int(kept["in_time"].sum())
    lower, upper = rate_bounds(np.array([in_time]), np.array([due]), critical_value(level))
    return AnswerTimes(
        table=_table(kept, split, level),
        within_hours=limit,
        as_of=f"{end:%Y-%m-%d}",
        complaints=len(kept),
        due=due,
        not_due=len(kept) - due,
        open=int(kept["open"].sum()),
        after_as_of=int((~rows["seen"]).sum()),
        ungrouped=int((rows["seen"] & ~rows["grouped"]).sum()),
        rate=in_time / due,
        rate_lower=float(lower[0]),
        rate_upper=float(upper[0]),
        confidence_level=level,
    )


def _rows(
    complaints: pd.DataFrame,
    names: list[str],
    period: str | None,
    end: pd.Timestamp,
    limit: float,
) -> pd.DataFrame:
    """Groups of each complaint, hours to its answer or to the end, and what it counts for."""
    opened = local_dates(complaints["opened_at"], "opened_at")
    answered = local_dates(complaints["answered_at"], "answered_at")
    _check_times(opened, answered)
    groups = {name: group_codes(complaints[name], name) for name in names}
    last = (end + pd.Timedelta(days=1)).to_datetime64().astype("datetime64[us]")
    closed = ~np.isnat(answered) & (answered < last)
    hours = (np.where(closed, answered, last) - opened) / HOUR
    due = (last - opened) / HOUR >= limit
    columns: dict[str, Any] = {
        name: group.labels.reindex(group.codes).to_numpy() for name, group in groups.items()
    }
    if period is not None:
        columns["period"] = pd.DatetimeIndex(opened).to_period(PERIODS[period])
    return pd.DataFrame(
        {
            **columns,
            "seen": opened < last,
            "grouped": np.all([group.codes >= 0 for group in groups.values()], axis=0),
            "open": ~closed,
            "hours": hours,
            "due": due,
            "in_time": due & closed & (hours <= limit),
        }
    )


def _check_times(opened: npt.NDArray[np.datetime64], answered: npt.NDArray[np.datetime64]) -> None:
    missing = int(np.isnat(opened).sum())
    if missing:
        raise DataError(
            f"opened_at is missing in {missing:,} of {count_text(len(opened), 'complaints')}; find "
            "when they were opened, or leave those rows out"
        )
    early = answered < opened
    if early.any():
        first = int(np.argmax(early))
        raise DataError(
            f"{count_text(int(early.sum()), 'complaints were')} answered before they were opened, "
            f"such as one opened at {opened[first]} and answered at {answered[first]}; correct the "
            "times (an answer with a day alone counts as midnight)"
        )


def _table(rows: pd.DataFrame, split: list[str], level: float) -> pd.DataFrame:
    groups = rows.groupby(split) if split else [((), rows)]
    lines = []
    for key, group in groups:
        keys = key if isinstance(key, tuple) else (key,)
        sums = {"complaints": len(group), "due": int(group["due"].sum())}
        sums["in_time"] = int(group["in_time"].sum())
        median = _median(group["hours"].to_numpy(), ~group["open"].to_numpy(), level)
        lines.append(
            {
                **dict(zip(split, keys, strict=True)),
                **sums,
                "open": int(group["open"].sum()),
                **median,
            }
        )
    table = pd.DataFrame(lines)
    due, in_time = (table[name].to_numpy(np.float64) for name in ("due", "in_time"))
    some = np.maximum(due, 1)
    lower, upper = rate_bounds(in_time, some, critical_value(level))
    for at, (name, values) in enumerate(
        {"rate": in_time / some, "lower": lower, "upper": upper}.items()
    ):
        table.insert(len(split) + 3 + at, name, np.where(due > 0, values, np.nan))
    return table


def _median(hours: Floats, closed: npt.NDArray[np.bool_], level: float) -> dict[str, float]:
    """The Kaplan-Meier median with its log-log bounds; missing where the curve stays above."""
    times, place = np.unique(hours, return_inverse=True)
    answers = np.bincount(place.reshape(-1), weights=closed, minlength=len(times))
    leaving = np.bincount(place.reshape(-1), minlength=len(times))
    at_risk = len(hours) - np.cumsum(leaving) + leaving
    open_share = np.cumprod(1 - answers / at_risk)
    with np.errstate(divide="ignore", invalid="ignore"):
        hazard = np.cumsum(answers / (at_risk * (at_risk - answers)))
        reach = critical_value(level) * np.sqrt(hazard) / np.abs(np.log(open_share))
        low, high = open_share ** np.exp(reach), open_share ** np.exp(-reach)
    inside = (open_share > 0) & (open_share < 1)
    low, high = (np.where(inside, curve, open_share) for curve in (low, high))
    curves = {"median_hours": open_share, "median_hours_lower": low, "median_hours_upper": high}
    return {name: _first_below(times, curve) for name, curve in curves.items()}


def _first_below(times: Floats, curve: Floats) -> float:
    below = np.flatnonzero(curve <= 0.5)
    return float(times[below[0]]) if len(below) else float("nan")

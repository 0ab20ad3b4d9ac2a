"""The `when` of a trigger rule: its words, and for which customers it has just come true."""

import dataclasses
import math
import re

import numpy as np
import numpy.typing as npt
import pandas as pd

from cemkit.checks.options import LONGEST_WINDOW_DAYS, shown
from cemkit.data.columns import written_floats
from cemkit.promotion.snapshots import Snapshots, Values

COMPARISONS = {">": np.greater, ">=": np.greater_equal, "<": np.less, "<=": np.less_equal}
EPOCH_YEAR = 1970
WORDS = re.compile(
    r"(?P<column>\S.*?)\s*"
    r"(?:(?P<comparison>[<>]=?)\s*(?P<threshold>\S+)"
    r"|(?<=\s)(?P<date>due|yearly)(?:\s+in\s+(?P<ahead>\d+)\s+days?|\s+(?P<ago>\d+)\s+days?\s+ago)?)"
)


@dataclasses.dataclass(frozen=True, slots=True)
class Condition:
    """A column that crosses a threshold, or a date that is due, once or every year."""

    column: str
    kind: str
    number: float

    @property
    def is_date(self) -> bool:
        """Whether the column holds dates."""
        return self.kind not in COMPARISONS


def read_condition(text: str) -> Condition:
    """The condition that a cell of the rule table says."""
    match = WORDS.fullmatch(text.strip()) if isinstance(text, str) else None
    if match is None:
        raise ValueError(
            f"when={shown(text)} is no condition; write 'column > 0.5', 'column due', "
            "'column due in 30 days', 'column due 30 days ago' or 'column yearly'"
        )
    if match["date"]:
        days = float(match["ahead"] or 0) - float(match["ago"] or 0)
        if abs(days) > LONGEST_WINDOW_DAYS:
            raise ValueError(
                f"when={shown(text)} looks more than {LONGEST_WINDOW_DAYS:,} days ahead or back"
            )
        return Condition(match["column"], match["date"], days)
    try:
        threshold = float(match["threshold"])
    except ValueError:
        threshold = np.nan
    if not np.isfinite(threshold):
        raise ValueError(
            f"when={shown(text)} compares with {match['threshold']!r}, which is no finite number"
        )
    return Condition(match["column"], match["comparison"], threshold)


def newly_true(condition: Condition, snapshots: Snapshots) -> npt.NDArray[np.bool_]:
    """For which rows of the later snapshot the condition holds and did not hold before."""
    now = snapshots.now(condition.column, dates=condition.is_date)
    if condition.kind == "yearly":
        return _comes_round(now, snapshots.since, snapshots.as_of, int(condition.number))
    earlier = snapshots.earlier(condition.column, dates=condition.is_date)
    if condition.kind == "due":
        return _newly_due(now, earlier, snapshots, int(condition.number))
    return _meets(now, condition) & ~_meets(earlier, condition)


def evidence_of(
    condition: Condition, snapshots: Snapshots, rows: npt.NDArray[np.intp]
) -> list[str]:
    """The value that made the condition true in each of these rows, in words."""
    if condition.is_date:
        days = np.datetime_as_string(snapshots.now(condition.column, dates=True)[rows])
        return [f"{condition.column} {day}" for day in days]
    now, before = (
        written_floats(values[rows]).round(6).tolist()
        for values in (
            snapshots.now(condition.column, dates=False),
            snapshots.earlier(condition.column, dates=False),
        )
    )
    head, tail = f"{condition.column} ", f" {condition.kind} {condition.number:.15g}"
    return [
        f"{head}{value:.15g}{tail}" + ("" if math.isnan(was) else f", was {was:.15g}")
        for value, was in zip(now, before, strict=True)
    ]


def _meets(values: Values, condition: Condition) -> npt.NDArray[np.bool_]:
    """Which values meet the threshold, which takes their width: 0.3 is not above 0.3 in float32."""
    with np.errstate(over="ignore"):
        threshold = np.float64(condition.number).astype(values.dtype)
    met: npt.NDArray[np.bool_] = COMPARISONS[condition.kind](values, threshold)
    return met


def _newly_due(
    now: Values, earlier: Values, snapshots: Snapshots, lead: int
) -> npt.NDArray[np.bool_]:
    since, as_of = np.datetime64(snapshots.since, "D"), np.datetime64(snapshots.as_of, "D")
    ahead = np.timedelta64(lead, "D")
    was_not_due = (snapshots.earlier_rows >= 0) & ~(earlier - ahead <= since)
    due: npt.NDArray[np.bool_] = (now - ahead <= as_of) & ((now - ahead > since) | was_not_due)
    return due


def _comes_round(
    dates: Values, since: pd.Timestamp | None, as_of: pd.Timestamp, lead: int
) -> npt.NDArray[np.bool_]:
    ahead = np.timedelta64(lead, "D")
    start = np.datetime64(as_of if since is None else since, "D") + ahead
    end = np.datetime64(as_of, "D") + ahead
    months = dates.astype("datetime64[M]")
    known = np.where(np.isnat(dates), np.datetime64(0, "D"), dates)
    born = known.astype("datetime64[Y]").astype(np.int64) + EPOCH_YEAR
    hit = np.zeros(len(dates), dtype=bool)
    years = np.array([start, end]).astype("datetime64[Y]").astype(np.int64) + EPOCH_YEAR
    for year in range(years[0], years[1] + 1):
        month = months + (year - born) * np.timedelta64(12, "M")
        next_month = month + np.timedelta64(1, "M")
        last_day = next_month.astype("datetime64[D]") - np.timedelta64(1, "D")
        anniversary = np.minimum(month.astype("datetime64[D]") + (dates - months), last_day)
        hit |= (anniversary > start) & (anniversary <= end) & (year > born)
    return hit & ~np.isnat(dates)

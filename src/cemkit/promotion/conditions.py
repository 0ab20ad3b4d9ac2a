"""For whom the `when` of a trigger rule has just come true, and the evidence."""

import numpy as np
import numpy.typing as npt
import pandas as pd

from cemkit.data.conditions import Becomes, Changed, Clause, Condition, Dated
from cemkit.promotion.snapshots import Snapshots

EPOCH_YEAR = 1970
Flags = npt.NDArray[np.bool_]


def newly_true(condition: Condition, snapshots: Snapshots) -> Flags:
    """For which rows of the later snapshot the condition has come true since the earlier one.

    What happened (a value became another, rose or fell, a date came round) must have happened since
    then; what somebody is must hold now. Without anything that happened, the clauses together must
    not have held before. What is not known does not hold.
    """
    now = np.ones(len(snapshots.after), dtype=bool)
    for clause in condition.clauses:
        now &= _holds_now(clause, snapshots)
    if any(isinstance(clause, Becomes | Changed | Dated) for clause in condition.clauses):
        return now
    return now & ~condition.truth(snapshots.earlier).holds


def evidence_of(
    condition: Condition, snapshots: Snapshots, rows: npt.NDArray[np.intp]
) -> list[str]:
    """The values that made the condition true in each of these rows, in words."""
    said = [clause.evidence(snapshots.now, snapshots.earlier, rows) for clause in condition.clauses]
    return [" and ".join(parts) for parts in zip(*said, strict=True)]


def _holds_now(clause: Clause, snapshots: Snapshots) -> Flags:
    """Whether a clause holds, or what it asks for has happened since the earlier snapshot."""
    if isinstance(clause, Dated):
        return _comes_due(clause, snapshots)
    if isinstance(clause, Changed):
        return clause.happened(snapshots.now, snapshots.earlier)
    holds = clause.truth(snapshots.now).holds
    if isinstance(clause, Becomes):
        return holds & ~clause.truth(snapshots.earlier).holds
    return holds


def _comes_due(clause: Dated, snapshots: Snapshots) -> Flags:
    dates = snapshots.now.days(clause.column)
    if clause.kind == "yearly":
        return _comes_round(dates, snapshots.since, snapshots.as_of, clause.days)
    return _newly_due(dates, snapshots.earlier.days(clause.column), snapshots, clause.days)


def _newly_due(
    now: npt.NDArray[np.datetime64],
    earlier: npt.NDArray[np.datetime64],
    snapshots: Snapshots,
    lead: int,
) -> Flags:
    since, as_of = np.datetime64(snapshots.since, "D"), np.datetime64(snapshots.as_of, "D")
    ahead = np.timedelta64(lead, "D")
    was_not_due = snapshots.were_there & ~(earlier - ahead <= since)
    due: Flags = (now - ahead <= as_of) & ((now - ahead > since) | was_not_due)
    return due


def _comes_round(
    dates: npt.NDArray[np.datetime64], since: pd.Timestamp | None, as_of: pd.Timestamp, lead: int
) -> Flags:
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

"""The `when` of a trigger rule: its words, and for which customers it has just come true."""

import dataclasses
import re

import numpy as np
import numpy.typing as npt
import pandas as pd

from cemkit.checks import check_columns
from cemkit.errors import DataError

Days = npt.NDArray[np.datetime64]
COMPARISONS = {">": np.greater, ">=": np.greater_equal, "<": np.less, "<=": np.less_equal}
WORDS = re.compile(
    r"(?P<column>\S.*?)\s*"
    r"(?:(?P<comparison>[<>]=?)\s*(?P<threshold>\S+)"
    r"|(?<=\s)(?P<date>due|yearly)(?:\s+in\s+(?P<ahead>\d+)\s+days?|\s+(?P<ago>\d+)\s+days?\s+ago)?)"
)


@dataclasses.dataclass(frozen=True, slots=True)
class Condition:
    """A column that crosses a threshold, or a date that is due, once or every year.

    Attributes:
        column: The column of the snapshots.
        kind: `">"`, `">="`, `"<"`, `"<="`, `"due"` or `"yearly"`.
        number: The threshold, or how many days the date lies ahead when it is due (negative: ago).

    Examples:
        >>> Condition("churn_probability", ">", 0.5).is_date
        False
    """

    column: str
    kind: str
    number: float

    @property
    def is_date(self) -> bool:
        """Whether the column holds dates."""
        return self.kind not in COMPARISONS


def read_condition(text: str) -> Condition:
    """The condition that a cell of the rule table says.

    Args:
        text: `"churn_probability > 0.5"`, `"next_order_date due"`, `"contract_end due in 30 days"`,
            `"last_order_date due 60 days ago"`, `"birthday yearly in 7 days"`.

    Raises:
        ValueError: It is none of these.

    Examples:
        >>> read_condition("contract_end due in 30 days")
        Condition(column='contract_end', kind='due', number=30.0)
    """
    match = WORDS.fullmatch(str(text).strip())
    if match is None:
        raise ValueError(
            f"when={text!r} is no condition; write 'column > 0.5', 'column due', "
            "'column due in 30 days', 'column due 30 days ago' or 'column yearly'"
        )
    if match["date"]:
        days = float(match["ahead"] or 0) - float(match["ago"] or 0)
        return Condition(match["column"], match["date"], days)
    try:
        threshold = float(match["threshold"])
    except ValueError:
        threshold = np.nan
    if np.isnan(threshold):
        raise ValueError(f"when={text!r} compares with {match['threshold']!r}, which is no number")
    return Condition(match["column"], match["comparison"], threshold)


def newly_true(
    condition: Condition,
    before: pd.DataFrame | None,
    after: pd.DataFrame,
    rows: npt.NDArray[np.intp],
    since: pd.Timestamp | None,
    as_of: pd.Timestamp,
) -> npt.NDArray[np.bool_]:
    """For which rows of `after` the condition holds and did not hold before.

    A missing value meets no condition. A date is newly due where it fell due after `since`, or
    where the customer was known and had another date, or none, that was not due then. A yearly
    date comes round on its month and day in later years; 29 February on the 28th where it must.

    Args:
        condition: What `read_condition` gives.
        before: The earlier snapshot, where there is one.
        after: The snapshot of `as_of`.
        rows: For each row of `after` its row in `before`, or -1.
        since: The day of `before`.
        as_of: The day of `after`.

    Raises:
        MissingColumnsError: A snapshot lacks the column.
        DataError: The column is not numeric, or does not hold dates.

    Examples:
        >>> before, after = pd.DataFrame({"clv": [80, 120]}), pd.DataFrame({"clv": [110, 130]})
        >>> condition = read_condition("clv > 100")
        >>> newly_true(condition, before, after, np.arange(2), None, pd.Timestamp("2024-01-31"))
        array([ True, False])
    """
    now = _values(condition, after, "after")
    if condition.kind == "yearly":
        return _comes_round(now, _day(since), _day(as_of), int(condition.number))
    earlier = _earlier(condition, before, rows, now)
    if condition.kind != "due":
        meets = COMPARISONS[condition.kind]
        crossed: npt.NDArray[np.bool_] = meets(now, condition.number) & ~meets(
            earlier, condition.number
        )
        return crossed
    lead = np.timedelta64(int(condition.number), "D")
    was_due = earlier - lead <= _day(since)
    newly_due = (now - lead > _day(since)) | ((rows >= 0) & ~was_due)
    due: npt.NDArray[np.bool_] = (now - lead <= _day(as_of)) & newly_due
    return due


def _earlier(
    condition: Condition,
    before: pd.DataFrame | None,
    rows: npt.NDArray[np.intp],
    now: npt.NDArray[np.generic],
) -> npt.NDArray[np.generic]:
    missing = np.full(1, np.datetime64("NaT", "D") if condition.is_date else np.nan, now.dtype)
    if before is None:
        return np.repeat(missing, len(now))
    return np.append(_values(condition, before, "before"), missing)[rows]


def _values(condition: Condition, table: pd.DataFrame, name: str) -> npt.NDArray[np.generic]:
    check_columns(table.columns, [condition.column], f"a rule looks at it in the snapshot {name}")
    column = table[condition.column]
    if condition.is_date:
        if not pd.api.types.is_datetime64_dtype(column.dtype):
            raise DataError(
                f"{condition.column} must hold local dates for {condition.kind!r}, not "
                f"{column.dtype}; convert it with pandas.to_datetime"
            )
        return column.to_numpy().astype("datetime64[D]")
    if not pd.api.types.is_numeric_dtype(column.dtype):
        raise DataError(
            f"{condition.column} must be numeric for {condition.kind!r}, not {column.dtype}"
        )
    return column.to_numpy(dtype=np.float64, na_value=np.nan)


def _day(day: pd.Timestamp | None) -> np.datetime64:
    return np.datetime64("NaT", "D") if day is None else np.datetime64(day, "D")


def _comes_round(
    dates: Days, since: np.datetime64, as_of: np.datetime64, lead: int
) -> npt.NDArray[np.bool_]:
    start, end = since + lead, as_of + lead
    months = dates.astype("datetime64[M]")
    day = dates - months
    hit = np.zeros(len(dates), dtype=bool)
    for year in range(start.astype("datetime64[Y]").item().year, end.item().year + 1):
        whole_years = year - 1970 - dates.astype("datetime64[Y]").astype(np.int64)
        month = months + whole_years * np.timedelta64(12, "M")
        last_day = (month + 1).astype("datetime64[D]") - 1
        anniversary = np.minimum(month.astype("datetime64[D]") + day, last_day)
        hit |= (anniversary > start) & (anniversary <= end) & (whole_years > 0)
    return hit & ~np.isnat(dates)

"""response_rates: of the customers asked, who answered."""

import warnings
from collections.abc import Sequence

import numpy as np
import pandas as pd

from cemkit.checks import (
    check_columns,
    check_fraction,
    check_frame,
    check_same_ids,
    customer_ids,
    local_days,
)
from cemkit.data.responses import HINT
from cemkit.errors import CemkitWarning, DataError
from cemkit.feedback.answers import check_period, chosen_question, group_codes, split_columns
from cemkit.feedback.measures import score_numbers
from cemkit.formats import count_text, part_of
from cemkit.proportions.intervals import critical_value, rate_bounds
from cemkit.segmentation.cohorts import PERIODS

MADE = ("period", "contacted", "answered", "rate", "lower", "upper")
CONTACTS = "a contact table has customer_id, contact_date and, where known, channel"


def response_rates(
    responses: pd.DataFrame,
    contacts: pd.DataFrame,
    *,
    question: str | None = None,
    by: str | Sequence[str] | None = None,
    period: str | None = None,
    confidence_level: float = 0.95,
) -> pd.DataFrame:
    """Return the response rate of contacted customers, by group and period of the contact.

    Check this first, because a score describes only those who answer. If rates differ between
    groups, weight the answers to all customers with `population=` of `nps`.

    Args:
        responses: Response table with `customer_id, response_date, score`. An answer belongs to the
            last contact of that customer on or before its day.
        contacts: Contact table with `customer_id, contact_date`, one row per request to answer.
        question: The question that was asked, where `responses` holds several.
        by: Columns of `contacts` to split by, such as `channel`.
        period: Length of the periods of the contact: `"week"`, `"month"`, `"quarter"`, `"year"`.
        confidence_level: Confidence level of each interval, as a fraction.

    Returns:
        The columns of `by`, `period`, `contacted` (customers with a contact in the row), `answered`
        (those of them who answered it), `rate` with Wilson's `lower, upper`. Customers contacted
        shortly before the data end may still answer.

    Raises:
        MissingColumnsError: A column is not there.
        DataError: A date or an id is missing, or the ids of the tables are of different kinds.
        ValueError: A parameter is not understood.

    Warns:
        CemkitWarning: Answers belong to no contact; they are left out and counted.

    Examples:
        >>> contacts = pd.DataFrame(
        ...     {
        ...         "customer_id": range(100),
        ...         "contact_date": pd.Timestamp("2024-03-01"),
        ...         "channel": ["email", "sms"] * 50,
        ...     }
        ... )
        >>> responses = pd.DataFrame(
        ...     {
        ...         "customer_id": [0, 2, 4, 1],
        ...         "response_date": pd.Timestamp("2024-03-04"),
        ...         "score": [9, 10, 3, 7],
        ...     }
        ... )
        >>> response_rates(responses, contacts, by="channel").round(3)
          channel  contacted  answered  rate  lower  upper
        0   email         50         3  0.06  0.021  0.162
        1     sms         50         1  0.02  0.004  0.105
    """
    level = check_fraction(confidence_level, "confidence_level")
    check_frame(contacts, "contacts")
    names = split_columns(by, MADE)
    check_columns(contacts.columns, ["contact_date", *names], CONTACTS)
    asked = pd.DataFrame({name: _labels(contacts[name], name) for name in names})
    asked["customer_id"] = customer_ids(contacts, "contacts").to_numpy()
    asked["day"] = _days(contacts["contact_date"], "contact_date", "contacts")
    if check_period(period) is not None:
        asked["period"] = pd.DatetimeIndex(asked["day"]).to_period(PERIODS[str(period)])
    rows = [*names, *(["period"] if period is not None else [])]
    answered = _answered(_answers(responses, question), asked)
    return _rates(asked.assign(answered=answered), rows, level)


def _answers(responses: pd.DataFrame, question: str | None) -> pd.DataFrame:
    table = check_frame(responses, "responses")
    check_columns(table.columns, ["response_date", "score"], HINT)
    if question is not None:
        table = chosen_question(table, question, "")
    table = table[~np.isnan(score_numbers(table["score"]))]
    ids = customer_ids(table, "responses")
    days = _days(table["response_date"], "response_date", "responses")
    return pd.DataFrame({"customer_id": ids.to_numpy(), "day": days}).drop_duplicates()


def _days(dates: pd.Series, name: str, table: str) -> pd.Series:
    days = pd.Series(local_days(dates, name).astype("datetime64[us]"))
    if days.isna().any():
        raise DataError(
            f"{name} is missing in {int(days.isna().sum()):,} of {count_text(len(days), 'rows')} "
            f"of {table}; find the dates, or leave those rows out"
        )
    return days


def _labels(values: pd.Series, name: str) -> pd.Series:
    group = group_codes(values, name)
    if (group.codes < 0).any():
        raise DataError(
            f"{name} is missing in {int((group.codes < 0).sum()):,} of "
            f"{count_text(len(values), 'rows')} of contacts; name the group, or leave those rows "
            "out"
        )
    return group.labels.take(group.codes).reset_index(drop=True)


def _answered(answers: pd.DataFrame, asked: pd.DataFrame) -> pd.Series:
    """Whether each contact was the last one before an answer of its customer."""
    check_same_ids(
        pd.Index(answers["customer_id"]), pd.Index(asked["customer_id"]), "responses", "contacts"
    )
    days = asked[["customer_id", "day"]].drop_duplicates().sort_values("day")
    days = days.assign(contact_day=days["day"])
    found = pd.merge_asof(answers.sort_values("day"), days, on="day", by="customer_id")
    without = int(found["contact_day"].isna().sum())
    if without:
        warnings.warn(
            f"{part_of(without, len(found), 'answers belong')} to no contact: their "
            "customer was not contacted on or before that day; they are left out",
            CemkitWarning,
            stacklevel=3,
        )
    known = found.dropna(subset="contact_day")
    pairs = pd.MultiIndex.from_arrays([known["customer_id"], known["contact_day"]])
    return pd.Series(pd.MultiIndex.from_frame(asked[["customer_id", "day"]]).isin(pairs))


def _rates(asked: pd.DataFrame, rows: list[str], level: float) -> pd.DataFrame:
    keys = [*rows, "customer_id"]
    each = asked.groupby(keys, observed=True, as_index=False).agg(answered=("answered", "max"))
    if rows:
        counts = each.groupby(rows, observed=True, as_index=False).agg(
            contacted=("answered", "size"), answered=("answered", "sum")
        )
    else:
        sums = {"contacted": [len(each)], "answered": [int(each["answered"].sum())]}
        counts = pd.DataFrame(sums)
    answered, contacted = (counts[name].to_numpy(np.float64) for name in ("answered", "contacted"))
    lower, upper = rate_bounds(answered, contacted, critical_value(level))
    counts["answered"] = answered.astype(np.int64)
    return counts.assign(rate=answered / contacted, lower=lower, upper=upper)

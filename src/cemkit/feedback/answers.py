"""Answers read once for every score: who, when, to which question, in which group."""

import dataclasses
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from cemkit.arrays import Floats
from cemkit.checks import (
    by_customer,
    check_any_match,
    check_choice,
    check_columns,
    check_frame,
    check_label,
    check_list,
    check_spellings,
    customer_ids,
    is_missing_text,
    local_dates,
    meant,
    one_label_a_row,
)
from cemkit.checks.matching import as_series
from cemkit.checks.options import shown
from cemkit.data.responses import HINT
from cemkit.errors import DataError, NotEnoughDataError
from cemkit.feedback.measures import MEASURES, Measure, check_on_scale, score_numbers
from cemkit.formats import count_text
from cemkit.segmentation.cohorts import PERIODS

Codes = npt.NDArray[np.int64]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Grouping:
    """A column to split by: a code per answer (-1 where missing) and the labels of the codes."""

    name: str
    codes: Codes
    labels: pd.Series

    def of(self, kept: npt.NDArray[np.bool_]) -> "Grouping":
        """The same of some answers."""
        return dataclasses.replace(self, codes=self.codes[kept])


@dataclasses.dataclass(frozen=True, kw_only=True)
class Answers:
    """Scored answers, and what was left out of them."""

    scores: Floats
    customers: Codes
    moments: npt.NDArray[np.datetime64] | None
    groups: dict[str, Grouping]
    question: str | None
    missing: int
    ungrouped: int
    undated: int

    def grouping(self, names: Sequence[str]) -> tuple[Codes, pd.DataFrame]:
        """The cell of each answer among all that occur, and their labels, sorted."""
        codes = np.zeros(len(self.scores), dtype=np.int64)
        for name in names:
            group = self.groups[name]
            codes = codes * max(len(group.labels), 1) + group.codes
        cells, found = pd.factorize(codes, sort=True)
        columns: dict[str, pd.Series] = {}
        for name in reversed(list(names)):
            labels = self.groups[name].labels
            columns[name] = labels.take(found % len(labels)).reset_index(drop=True)
            found = found // len(labels)
        table = pd.DataFrame({name: columns[name] for name in names}, index=range(len(found)))
        return cells.astype(np.int64), table


def read_answers(
    responses: Any,
    measure: Measure,
    *,
    question: str | None = None,
    by: Sequence[str] = (),
    period: str | None = None,
    people: pd.DataFrame | None = None,
    dated: bool = False,
) -> Answers:
    """The scored answers of a response table, or of scores alone."""
    if not is_table(responses):
        return _bare_scores(responses, measure, by=by, period=period, question=question)
    table = check_frame(responses, "responses")
    check_columns(table.columns, ["score"], HINT)
    table = chosen_question(table, question, measure.name)
    scores = score_numbers(table["score"])
    ids = _customer_codes(table)
    known = ~np.isnan(scores)
    check_on_scale(scores[known], measure)
    moments = _moments(table, needed=dated or period is not None)
    groups = {name: _grouping(table, ids[1], name, people) for name in by}
    undated = np.zeros(len(table), dtype=bool)
    if period is not None and moments is not None:
        groups["period"] = _periods(moments, period)
    if (period is not None or dated) and moments is not None:
        undated = known & np.isnat(moments)
    grouped = np.all([groups[name].codes >= 0 for name in by], axis=0) if by else known
    kept = known & ~undated & grouped
    if not kept.any():
        raise NotEnoughDataError("answers with a score", have=0, need=1, hint=HINT)
    return Answers(
        scores=scores[kept],
        customers=ids[0][kept],
        moments=None if moments is None else moments[kept],
        groups={name: group.of(kept) for name, group in groups.items()},
        question=_only_question(table),
        missing=int((~known).sum()),
        ungrouped=int((known & ~undated & ~grouped).sum()),
        undated=int(undated.sum()),
    )


def is_table(responses: Any) -> bool:
    """Whether responses are a table, of whatever library, and not scores alone."""
    return hasattr(type(responses), "columns") or hasattr(responses, "table")


def split_columns(by: str | Sequence[str] | None, taken: Sequence[str] = ()) -> list[str]:
    """The columns to split by, each named once and none of them one that the table makes."""
    names = [by] if isinstance(by, str) else [] if by is None else check_list(by, "by")
    for at, name in enumerate(names):
        if not isinstance(name, str):
            raise TypeError(f"by must be names of columns, not {shown(name)}")
        if name in names[:at] or name in taken:
            raise ValueError(f"by={name!r} would stand twice in the table; rename the column")
    return names


def check_period(period: str | None) -> str | None:
    """Return the length of a period, when it is one or None."""
    return None if period is None else check_choice(period, "period", list(PERIODS))


def chosen_question(table: pd.DataFrame, question: str | None, measure: str) -> pd.DataFrame:
    """The rows that answer one question; several without a choice are refused."""
    check_label(question, "question")
    if "question" not in table.columns:
        if question is not None:
            check_columns(table.columns, ["question"], HINT)
        return table
    asked = group_codes(table["question"], "question")
    empty = int((asked.codes < 0).sum())
    if empty:
        raise DataError(
            f"question is missing in {empty:,} of {count_text(len(table), 'rows')} of responses; "
            "say what was asked there, or leave those rows out"
        )
    names = asked.labels.tolist()
    if question is None:
        _check_one_question(names, measure)
        return table
    if question not in names:
        raise DataError(
            f"question={shown(question)} is not among the questions of responses"
            f"{meant(question, names)}; there are {names}"
        )
    return table if len(names) == 1 else table[asked.codes == names.index(question)]


def _check_one_question(names: list[Any], measure: str) -> None:
    if len(names) > 1:
        raise DataError(
            f"responses hold answers to {len(names)} questions, which are not one score: "
            f"{', '.join(map(shown, names))}; choose one, as in question={shown(names[0])}"
        )
    if names[0] != measure and names[0] in MEASURES:
        raise DataError(
            f"responses answer the question {names[0]!r}, and this score is {measure}; use "
            f"{names[0]}, or pass question={names[0]!r} to score them as {measure} all the same"
        )


def _only_question(table: pd.DataFrame) -> str | None:
    return str(table["question"].iloc[0]) if "question" in table.columns else None


def _bare_scores(
    values: Any, measure: Measure, *, by: Sequence[str], period: str | None, question: str | None
) -> Answers:
    if by or period is not None or question is not None:
        raise ValueError("scores alone have no groups, periods or questions; give a response table")
    scores = score_numbers(as_series(values, "responses"))
    known = ~np.isnan(scores)
    check_on_scale(scores[known], measure)
    if not known.any():
        raise NotEnoughDataError("answers with a score", have=0, need=1)
    return Answers(
        scores=scores[known],
        customers=np.arange(int(known.sum())),
        moments=None,
        groups={},
        question=None,
        missing=int((~known).sum()),
        ungrouped=0,
        undated=0,
    )


def _customer_codes(table: pd.DataFrame) -> tuple[Codes, pd.Index]:
    ids = customer_ids(table, "responses")
    codes, _ = pd.factorize(ids)
    return codes.astype(np.int64), ids


def _moments(table: pd.DataFrame, *, needed: bool) -> npt.NDArray[np.datetime64] | None:
    if needed:
        check_columns(table.columns, ["response_date"], HINT)
    if "response_date" not in table.columns:
        return None
    return local_dates(table["response_date"], "response_date")


def _periods(moments: npt.NDArray[np.datetime64], period: str) -> Grouping:
    ordinals = pd.DatetimeIndex(moments).to_period(PERIODS[period])
    codes, labels = pd.factorize(ordinals, sort=True)
    return Grouping(name="period", codes=codes.astype(np.int64), labels=pd.Series(labels))


def _grouping(
    table: pd.DataFrame, ids: pd.Index, name: str, people: pd.DataFrame | None
) -> Grouping:
    if people is None:
        check_columns(table.columns, [name], "columns of customers come with people=")
        return group_codes(table[name], name)
    known = by_customer(people, "people")
    if name in table.columns and name in known.columns:
        raise ValueError(
            f"by={name!r} is a column of responses and of people; rename or drop one of them"
        )
    if name in table.columns:
        return group_codes(table[name], name)
    check_columns([*table.columns, *known.columns], [name])
    check_any_match(known.index, ids, "people", "responses")
    place = known.index.get_indexer(ids)
    group = group_codes(known[name], name)
    codes = np.where(place >= 0, group.codes[place], -1)
    return dataclasses.replace(group, codes=codes)


def group_codes(values: pd.Series, name: str) -> Grouping:
    """The labels of a column in their order, and which of them each row has."""
    with one_label_a_row(name):
        codes, found = pd.factorize(values)
    labels = pd.Index(found).tolist()
    check_spellings(labels, name)
    is_label = [not is_missing_text(label) for label in labels]
    order = _sorted_places(labels)
    order = [at for at in order if is_label[at]]
    new = np.full(len(labels) + 1, -1, dtype=np.int64)
    new[order] = np.arange(len(order))
    taken = pd.Series(pd.Index(found).take(order), name=name).reset_index(drop=True)
    if isinstance(taken.dtype, pd.CategoricalDtype):
        taken = taken.astype(taken.dtype.categories.dtype)
    return Grouping(name=name, codes=new[codes], labels=taken)


def _sorted_places(labels: list[Any]) -> list[int]:
    places = range(len(labels))
    try:
        return sorted(places, key=lambda at: labels[at])
    except TypeError:  # text beside numbers has no order of its own
        return sorted(places, key=lambda at: (str(labels[at]), type(labels[at]).__name__))

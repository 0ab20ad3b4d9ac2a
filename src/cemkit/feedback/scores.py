"""nps, csat, ces: what customers say in numbers, each with an interval that holds."""

import dataclasses
import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from cemkit.checks import check_choice, check_fraction
from cemkit.errors import CemkitWarning, DataError
from cemkit.feedback.answers import check_period, read_answers, split_columns
from cemkit.feedback.cells import (
    METHODS,
    NPS_METHODS,
    REPEATS,
    Cells,
    NpsMethod,
    Repeats,
    answer_cells,
    row_scores,
)
from cemkit.feedback.measures import CLASSES, Measure, checked_measure
from cemkit.feedback.populations import population_columns
from cemkit.formats import count_text, part_of
from cemkit.results import Result

FEW = 10  # answers, below which an interval is shown and nothing should be concluded
ANSWER = (  # what one answer is, and is not twice
    *("customer_id", "response_date", "question", "touchpoint", "score"),
    *("comment", "order_id", "channel"),
)
MADE = (
    *("period", "n", "promoters", "passives", "detractors", "top", "rest", "value"),
    *("lower", "upper", "mean_score", "effective_n"),
)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ScoreTable(Result):
    """Scores by group and period, from `nps`, `csat` or `ces`.

    Attributes:
        table: One row per group and period that has answers, sorted: the columns of `by`, `period`
            (a pandas Period), `n` answers, for NPS `promoters, passives, detractors`, for CSAT
            `top, rest`, then `value` with `lower, upper`, `mean_score` and `effective_n`. Counts
            are those of the answers as given; `value` and `mean_score` are weighted where a
            population was given. NPS lies between -1 and 1, CSAT between 0 and 1, CES on its scale.
        measure: `"nps"`, `"csat"` or `"ces"`.
        question: The question that was answered, None where the table does not name it.
        scale: Lowest and highest possible score.
        method: The kind of interval.
        answers: Answers that count; `customers`, the different customers who gave an answer.
        repeated: Further answers of a customer in the same row of the table: left out where only
            the last one counts.
        missing: Answers without a score, left out; `ungrouped`, those without a value of `by` or of
            a column of the population; `undated`, those without the date that a period takes.
        weighted: Whether the answers were weighted to a population.
        effective_n: Number of independent, unweighted answers with the same precision, summed over
            the rows of the table.
        confidence_level: Confidence level of each interval.

    Examples:
        >>> nps([10, 9, 9, 8, 3, 10]).table["value"].round(2).tolist()
        [0.5]
    """

    _pictures = ("feedback.score_stack",)

    table: pd.DataFrame
    measure: str
    question: str | None
    scale: tuple[int, int]
    method: str
    answers: int
    customers: int
    repeated: int
    missing: int
    ungrouped: int
    undated: int
    weighted: bool
    effective_n: float
    confidence_level: float

    @property
    def split(self) -> list[str]:
        """The columns that the table is split by."""
        return list(self.table.columns[: self.table.columns.get_loc("n")])

    def extremes(self) -> tuple[tuple[str, pd.Series], tuple[str, pd.Series]]:
        """Return the groups with the highest and lowest score, among those with 10 answers if any.

        Returns:
            The name and the row of each; intervals of two groups do not test their difference.
        """
        enough = self.table[self.table["n"] >= FEW]
        table = self.table if enough.empty else enough
        rows = [table.iloc[int(find(table["value"]))] for find in (np.argmax, np.argmin)]
        names = [", ".join(f"{name} {row[name]}" for name in self.split) for row in rows]
        return (names[0], rows[0]), (names[1], rows[1])


def nps(
    responses: Any,
    *,
    question: str | None = None,
    by: str | Sequence[str] | None = None,
    period: str | None = None,
    people: pd.DataFrame | None = None,
    population: pd.DataFrame | None = None,
    repeats: Repeats = "last",
    scale: tuple[int, int] = (0, 10),
    method: NpsMethod = "score",
    confidence_level: float = 0.95,
) -> ScoreTable:
    """Return the net promoter score, overall or by group and period, with its interval.

    The score is the share of promoters (9 and 10) minus the share of detractors (0 to 6). It is a
    difference of two paired proportions, so Tango's score interval applies. With 10 answers its
    exact coverage is .965 on average over random shares, and above .92 for more than 99 % of them.
    The interval is not degenerate if everybody is a promoter, never leaves -1 to 1, and contains 0
    exactly if McNemar's test does not reject.

    Args:
        responses: Table with `customer_id, score`, and where used `question`, `response_date` and
            the columns of `by`; or scores alone, one per customer, without groups and periods.
        question: Question to score, if `responses` has several.
        by: Columns of `responses` or `people` to split by.
        period: Length of the periods to split by: `"week"`, `"month"`, `"quarter"` or `"year"`.
        people: Table with one row per customer, such as the customer table, for columns of `by` and
            `population` that `responses` lacks.
        population: Known composition of the customers: columns to split by, and `share` or
            `customers`. Answers are then weighted to it, within each row of the result.
        repeats: Answers that count if a customer has several in the same row: `"last"` for the last
            one (the lowest of the same moment), or `"all"`, with intervals that treat the answers
            of one customer as dependent. Exact copies of a dated answer count once.
        scale: Scale offered to the customers: (0, 10), or (1, 10).
        method: Method of the interval: `"score"` (Tango), `"adjusted-wald"` (Rocks) or `"wald"`.
        confidence_level: Confidence level of each interval, as a fraction.

    Returns:
        A `ScoreTable`. The order of rows never matters.

    Raises:
        MissingColumnsError: A column is not there.
        DataError: A score is outside the scale or fractional. There are several questions and none
            was chosen. An id or a question is missing. The population lacks a group, or its shares
            do not add up to 1.
        NotEnoughDataError: There is no answer with a score.
        ValueError: A parameter is invalid, or `by` names a column of the result.

    Warns:
        CemkitWarning: Groups have fewer than 10 answers; rows are copies of others; the lowest of
            200 scores is 1, as on a scale from 1 to 10; or some group of the population did not
            answer.

    References:
        Tango (1998), Statistics in Medicine 17. Rocks (2016), Interval estimation for the net
        promoter score, The American Statistician 70. Zou, Donner (2008), Statistics in Medicine 27,
        for the interval of weighted answers.

    Examples:
        >>> from cemkit.data import simulate_responses
        >>> score = nps(simulate_responses(400).table, by="touchpoint")
        >>> score.table[["touchpoint", "n", "value", "lower", "upper"]].round(2)
          touchpoint    n  value  lower  upper
        0   delivery  131   0.29   0.15   0.42
        1    product  121   0.19   0.05   0.32
        2    service  148   0.41   0.28   0.52
    """
    check_choice(method, "method", NPS_METHODS)
    return _scored(
        responses,
        checked_measure("nps", scale),
        method=method,
        question=question,
        by=by,
        period=period,
        people=people,
        population=population,
        repeats=repeats,
        confidence_level=confidence_level,
    )


def csat(
    responses: Any,
    *,
    question: str | None = None,
    by: str | Sequence[str] | None = None,
    period: str | None = None,
    people: pd.DataFrame | None = None,
    population: pd.DataFrame | None = None,
    repeats: Repeats = "last",
    scale: tuple[int, int] = (1, 5),
    top: int = 2,
    confidence_level: float = 0.95,
) -> ScoreTable:
    """Return the share of satisfied customers, with Wilson's interval.

    Args:
        responses: Response table or scores alone, as in `nps`.
        question: Question to score, if `responses` has several.
        by: Columns of `responses` or `people` to split by.
        period: Length of the periods to split by: `"week"`, `"month"`, `"quarter"` or `"year"`.
        people: Table with one row per customer, for columns that `responses` lacks.
        population: Known composition of the customers, as in `nps`.
        repeats: `"last"` or `"all"` answers of a customer in the same row, as in `nps`.
        scale: Lowest and highest possible score.
        top: Number of highest scores that count as satisfied.
        confidence_level: Confidence level of each interval, as a fraction.

    Returns:
        A `ScoreTable` whose `value` is a fraction.

    Raises:
        MissingColumnsError: A column is not there.
        DataError: The responses are not sound; `nps` lists the cases.
        NotEnoughDataError: There is no answer with a score.
        ValueError: A parameter is not understood.

    References:
        Wilson (1927), Probable inference, Journal of the American Statistical Association 22.

    Examples:
        >>> score = csat([5, 5, 4, 2, 5, 3, 4, 5])
        >>> score.table[["n", "top", "value", "lower", "upper"]].round(2)
           n  top  value  lower  upper
        0  8    6   0.75   0.41   0.93
    """
    return _scored(
        responses,
        checked_measure("csat", scale, top),
        method=METHODS["csat"],
        question=question,
        by=by,
        period=period,
        people=people,
        population=population,
        repeats=repeats,
        confidence_level=confidence_level,
    )


def ces(
    responses: Any,
    *,
    question: str | None = None,
    by: str | Sequence[str] | None = None,
    period: str | None = None,
    people: pd.DataFrame | None = None,
    population: pd.DataFrame | None = None,
    repeats: Repeats = "last",
    scale: tuple[int, int] = (1, 7),
    confidence_level: float = 0.95,
) -> ScoreTable:
    """Return the mean customer effort score, with Wilson's interval on its scale.

    The mean is rescaled to 0 to 1, and Wilson's interval is used with the number of yes-or-no
    answers that would have the observed variance. It has good coverage where Student's t fails:
    with 90 % of the answers at the end of the scale, .97 instead of .65 for 10 answers.

    Args:
        responses: Response table or scores alone, as in `nps`.
        question: Question to score, if `responses` has several.
        by: Columns of `responses` or `people` to split by.
        period: Length of the periods to split by: `"week"`, `"month"`, `"quarter"` or `"year"`.
        people: Table with one row per customer, for columns that `responses` lacks.
        population: Known composition of the customers, as in `nps`.
        repeats: `"last"` or `"all"` answers of a customer in the same row, as in `nps`.
        scale: Lowest and highest possible score.
        confidence_level: Confidence level of each interval, as a fraction.

    Returns:
        A `ScoreTable` whose `value` is a mean on the scale, never outside it.

    Raises:
        MissingColumnsError: A column is not there.
        DataError: The responses are not sound; `nps` lists the cases.
        NotEnoughDataError: There is no answer with a score.
        ValueError: A parameter is not understood.

    Examples:
        >>> ces([7, 7, 6, 7, 5, 7, 7, 2]).table[["n", "value", "lower", "upper"]].round(2)
           n  value  lower  upper
        0  8    6.0   4.01   6.77
    """
    return _scored(
        responses,
        checked_measure("ces", scale),
        method=METHODS["ces"],
        question=question,
        by=by,
        period=period,
        people=people,
        population=population,
        repeats=repeats,
        confidence_level=confidence_level,
    )


def _scored(
    responses: Any,
    measure: Measure,
    *,
    method: str,
    question: str | None,
    by: str | Sequence[str] | None,
    period: str | None,
    people: pd.DataFrame | None,
    population: pd.DataFrame | None,
    repeats: str,
    confidence_level: float,
) -> ScoreTable:
    level = check_fraction(confidence_level, "confidence_level")
    check_choice(repeats, "repeats", REPEATS)
    names = split_columns(by, MADE)
    strata = population_columns(population)
    answers = read_answers(
        _without_copies(responses, names) if repeats == "all" else responses,
        measure,
        question=question,
        by=list(dict.fromkeys([*names, *strata])),
        period=check_period(period),
        people=people,
    )
    rows = [*names, *(["period"] if period is not None else [])]
    cells = answer_cells(
        answers, measure, by=rows, population=population, strata_by=strata, repeats=repeats
    )
    table = _score_table(cells, measure, method, level)
    if rows:
        _warn_of_small_groups(table)
    return ScoreTable(
        table=table,
        measure=measure.name,
        question=answers.question,
        scale=measure.scale,
        method=method,
        answers=cells.answers,
        customers=cells.customers,
        repeated=cells.repeated,
        missing=answers.missing,
        ungrouped=answers.ungrouped,
        undated=answers.undated,
        weighted=population is not None,
        effective_n=float(table["effective_n"].sum()),
        confidence_level=level,
    )


def _score_table(cells: Cells, measure: Measure, method: str, level: float) -> pd.DataFrame:
    value, lower, upper = row_scores(cells, measure, method, level)
    n = cells.n.sum(axis=1)
    high, low = cells.promoters.sum(axis=1), cells.detractors.sum(axis=1)
    counts = {"promoters": high, "passives": n - high - low, "detractors": low}
    counts |= {"top": high, "rest": n - high}
    means = cells.scores / np.maximum(cells.n, 1)
    shown = {name: counts[name].astype(np.int64) for name in CLASSES[measure.name]}
    return cells.rows.assign(
        n=n.astype(np.int64),
        **shown,
        value=value,
        lower=lower,
        upper=upper,
        mean_score=(cells.weights * means).sum(axis=1),
        effective_n=cells.effective_rows(),
    )


def _without_copies(responses: Any, names: Sequence[str]) -> Any:
    """The rows without copies of others, which a table has that was joined or read twice."""
    if not isinstance(responses, pd.DataFrame) or "response_date" not in responses.columns:
        return responses
    if responses.columns.has_duplicates:
        return responses  # which is refused later
    keys = responses[[name for name in responses.columns if name in {*ANSWER, *names}]]
    if responses.index.name == "customer_id":
        keys = keys.assign(customer_id=responses.index)
    try:
        copies = keys.duplicated()
    except TypeError as error:
        raise DataError(f"responses must hold plain values: {error}") from error
    if not copies.any():
        return responses
    warnings.warn(
        f"{count_text(int(copies.sum()), 'rows are')} copies of others, alike in "
        f"{', '.join(map(str, keys))}; each is counted once",
        CemkitWarning,
        stacklevel=4,
    )
    return responses[~copies.to_numpy()]


def _warn_of_small_groups(table: pd.DataFrame) -> None:
    few = int((table["n"] < FEW).sum())
    if few:
        warnings.warn(
            f"{part_of(few, len(table), 'groups have')} fewer than {FEW} answers; their "
            "intervals are shown, and nothing should be concluded from them",
            CemkitWarning,
            stacklevel=4,
        )

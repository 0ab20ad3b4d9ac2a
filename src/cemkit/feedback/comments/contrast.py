"""distinctive_terms: the words in which the comments of two groups differ."""

import dataclasses
import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from cemkit.checks import check_choice, check_fraction, check_integer, meant
from cemkit.checks.options import shown
from cemkit.errors import CemkitWarning, DataError, NotEnoughDataError
from cemkit.feedback.answers import group_codes, split_columns
from cemkit.feedback.comments.classes import (
    NPS_SCALE,
    check_one_question,
    read_scores,
    score_classes,
)
from cemkit.feedback.comments.groups import grouped
from cemkit.feedback.comments.term_tests import ComparedTerms
from cemkit.feedback.comments.terms import Analyzer, TermRules, check_analyzer
from cemkit.feedback.comments.texts import Comments, check_responses
from cemkit.formats import count_text, part_of
from cemkit.proportions.corrections import (
    CORRECTIONS,
    Correction,
    adjust_p_values,
    simultaneous_level,
)
from cemkit.results import Result

NPS_CLASSES = {"detractor": 0, "passive": -1, "promoter": 1}
CHARACTERS, WORDS = (2, 4), (1, 2)  # of a term that people can read
FEWEST = 30  # comments of a group
MADE = (
    *("term", "group", "comments", "other_comments", "share", "other_share", "difference"),
    *("lower", "upper", "log_odds", "p_value", "p_value_adjusted", "example"),
)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class DistinctiveTerms(Result):
    """Terms that differ between two groups of comments, from `distinctive_terms`.

    Attributes:
        group: Column that defines the groups.
        first, second: Names of the two groups.
        first_comments, second_comments: Numbers of comments compared in each group.
        tested: Number of terms tested, including those left out of the table as parts of others.
        found: Number of significant terms after the correction, before shorter forms are left out.
        correction: Correction of the p-values for the number of terms.
        confidence_level: Confidence level, as a fraction.
        interval_level: Level of each interval, at which together they keep `confidence_level`.
        other: Comments of neither group; `unsplit` counts those without a label of `by`.
        empty, repeated: Empty comments, and identical ones within a group, which were left out.
        cut: Comments longer than 5,000 characters, of which the beginning was read.
        table: One row per detected term, both groups ranked by `log_odds`: the columns of `by`,
            `term`, `group` (where it is more frequent), `comments` with it there and
            `other_comments` with it in the other group, `share, other_share`, `difference` of
            these with `lower, upper` (Miettinen-Nurminen), `log_odds` (shrunken), `p_value`
            (Fisher), `p_value_adjusted`, and a masked `example`.

    Examples:
        >>> from cemkit.feedback import simulate_comments
        >>> distinctive_terms(simulate_comments(1000).table).group
        'score'
    """

    _pictures = ("comments.distinctive_terms",)

    group: str
    first: str
    second: str
    first_comments: int
    second_comments: int
    tested: int
    found: int
    correction: str
    confidence_level: float
    interval_level: float
    other: int
    unsplit: int
    empty: int
    repeated: int
    cut: int
    table: pd.DataFrame

    def group_of(self, row: pd.Series) -> str:
        """Return the values of `by` of a row of the table; empty if comments were not split.

        Args:
            row: A row of the table.
        """
        names = self.table.columns[: self.table.columns.get_loc("term")]
        return ", ".join(f"{name} {row[name]}" for name in names)


def distinctive_terms(
    responses: pd.DataFrame,
    *,
    group: str = "score",
    first: Any = "detractor",
    second: Any = "promoter",
    by: str | Sequence[str] | None = None,
    min_comments: int = 10,
    correction: Correction = "benjamini-hochberg",
    confidence_level: float = 0.95,
    max_terms: int = 30,
    analyzer: Analyzer | None = None,
) -> DistinctiveTerms:
    """Return the terms that differ between the comments of two groups.

    A comment counts once for each term, however often the term occurs, because the words of one
    comment are not independent: a test that counts words "finds" terms in most random groups. Every
    term with at least `min_comments` comments is tested by Fisher's exact test (twice the smaller
    tail), and the p-values are corrected for all of them. A term counts as detected only if its
    interval does not contain 0 either.

    If a longer term has at least 60 % of the comments of a detected term inside it, only the longer
    one is kept. Terms are ranked by the log odds ratio with 10 additional comments with the term in
    each group, so that rare terms do not rank high by chance.

    A difference in words is an association: it does not show that the named things change the
    score.

    Args:
        responses: Table with `comment`, the column `group` and the columns of `by`.
        group: Column that defines the groups. With `"score"` they are `"detractor"` (0 to 6),
            `"passive"` (7, 8) and `"promoter"` (9, 10).
        first: First group: a value of the column.
        second: Second group: another value of the column.
        by: Columns to split by; groups are compared within each of their values. None for no split.
        min_comments: Smallest number of comments with a term for it to be tested.
        correction: `"benjamini-hochberg"` controls the false discovery rate; `"holm"`, `"hochberg"`
            and `"bonferroni"` control the family-wise error rate.
        confidence_level: Confidence level of tests and intervals, as a fraction.
        max_terms: Largest number of terms per group in the table.
        analyzer: Function from a text to its list of words, such as `jieba.lcut`. By default terms
            are 2 to 4 Chinese characters, or one or two words.

    Raises:
        MissingColumnsError: A column is missing.
        DataError: A group does not occur, scores are outside 0 to 10 or answer several questions,
            or a comment is not text.
        NotEnoughDataError: A group has fewer than 30 different comments.

    Warns:
        CemkitWarning: A value of `by` has too few comments of a group and is left out.

    References:
        Lijffijt et al. (2016), Significance testing of word frequencies in corpora, Digital
        Scholarship in the Humanities 31: the text is the unit.

    Examples:
        >>> from cemkit.feedback import simulate_comments
        >>> found = distinctive_terms(simulate_comments(1500, language="en").table)
        >>> found.table.loc[found.table["term"] == "highly recommend", "group"].tolist()
        ['promoter']
    """
    level = check_fraction(confidence_level, "confidence_level")
    check_choice(correction, "correction", CORRECTIONS)
    check_integer(min_comments, "min_comments", minimum=2)
    check_integer(max_terms, "max_terms", minimum=1)
    rules = TermRules(CHARACTERS, WORDS, check_analyzer(analyzer))
    names = split_columns(by, MADE)
    table = check_responses(responses, ["comment", group])
    sides = _sides(table, group, first, second)
    comments = Comments.of(table["comment"])
    cells, labels = grouped(table, names, None)
    used = comments.present & (sides >= 0)
    members = [np.flatnonzero(used & (cells == cell)) for cell in range(len(labels))]
    compared = _compared(comments.texts.to_numpy(), sides, members, rules, min_comments)
    groups = str(first), str(second)
    _check_enough(len(compared), len(labels), groups, sides[used])
    judged, tested, single = _judged(compared, correction, level)
    rows = _rows(judged, groups, single, max_terms)
    sizes = np.sum([terms.sizes for terms in judged.values()], axis=0)
    return DistinctiveTerms(
        group=group,
        first=groups[0],
        second=groups[1],
        first_comments=int(sizes[0]),
        second_comments=int(sizes[1]),
        tested=tested,
        found=int(sum(terms.detected.sum() for terms in judged.values())),
        correction=correction,
        confidence_level=level,
        interval_level=single,
        other=int((comments.present & (sides < 0)).sum()),
        unsplit=int((used & (cells < 0)).sum()),
        empty=comments.empty,
        repeated=sum(terms.repeated for terms in judged.values()),
        cut=comments.cut,
        table=_labelled(rows, labels),
    )


def _compared(
    texts: npt.NDArray[np.object_],
    sides: npt.NDArray[np.int64],
    members: list[npt.NDArray[np.intp]],
    rules: TermRules,
    min_comments: int,
) -> dict[int, ComparedTerms]:
    """The terms of both sides in each group of comments that has enough of them."""
    return {
        cell: ComparedTerms.of(texts[own], sides[own], rules, min_comments)
        for cell, own in enumerate(members)
        if _has_enough(texts[own], sides[own])
    }


def _judged(
    compared: dict[int, ComparedTerms], correction: Correction, level: float
) -> tuple[dict[int, ComparedTerms], int, float]:
    """The terms with their corrected p values, how many there are, and the level of intervals."""
    p_values = [terms.p_values for terms in compared.values()]
    adjusted = adjust_p_values(np.concatenate(p_values), correction)
    single = simultaneous_level(adjusted, correction, level)
    parts = np.split(adjusted, np.cumsum([len(values) for values in p_values])[:-1])
    judged = {
        cell: terms.judged(part, 1 - level, single)
        for (cell, terms), part in zip(compared.items(), parts, strict=True)
    }
    return judged, len(adjusted), single


def _rows(
    judged: dict[int, ComparedTerms], groups: tuple[str, str], level: float, max_terms: int
) -> pd.DataFrame:
    """The terms of both sides in each group of comments, one below the other."""
    rows = [
        terms.rows(side, name, level, max_terms).assign(cell=cell)
        for cell, terms in judged.items()
        for side, name in enumerate(groups)
    ]
    return pd.concat(rows, ignore_index=True)


def _labelled(rows: pd.DataFrame, labels: pd.DataFrame) -> pd.DataFrame:
    """The rows with the labels of their cells in front."""
    cells = labels.iloc[rows.pop("cell").to_numpy()].reset_index(drop=True)
    return pd.concat([cells, rows], axis=1)


def _has_enough(texts: npt.NDArray[np.object_], sides: npt.NDArray[np.int64]) -> bool:
    different = [len(set(texts[sides == side])) for side in (0, 1)]
    return min(different) >= FEWEST


def _sides(table: pd.DataFrame, group: str, first: Any, second: Any) -> npt.NDArray[np.int64]:
    """0 for comments of the first group, 1 for those of the second, -1 for others."""
    if not isinstance(first, type(second)) and not isinstance(second, type(first)):
        raise TypeError(
            f"first and second must be of the same type, not {shown(first)} and {shown(second)}"
        )
    if first == second:
        raise ValueError(f"first and second must be two groups, not both {shown(first)}")
    if group == "score" and isinstance(first, str):
        for name, value in (("first", first), ("second", second)):
            check_choice(value, name, tuple(NPS_CLASSES))
        check_one_question(table)
        scores = read_scores(table["score"], NPS_SCALE)
        classes = score_classes(scores, 6, 9)
        classes = np.where(np.isnan(scores), -2, classes)
        wanted = NPS_CLASSES[first], NPS_CLASSES[second]
    else:
        column = group_codes(table[group], group)
        found = column.labels.tolist()
        for value in (first, second):
            if value not in found:
                raise DataError(
                    f"no response has {group} {shown(value)}{meant(value, found)}; there are "
                    f"{', '.join(map(shown, found[:10]))}"
                )
        classes, wanted = column.codes, (found.index(first), found.index(second))
    return np.select([classes == wanted[0], classes == wanted[1]], [0, 1], -1).astype(np.int64)


def _check_enough(
    compared: int, cells: int, names: tuple[str, str], sides: npt.NDArray[np.int64]
) -> None:
    """Raise where no cell has enough comments of both groups; warn where some have not."""
    first, second = (int((sides == side).sum()) for side in (0, 1))
    if not compared:
        fewer = names[0] if first <= second else names[1]
        raise NotEnoughDataError(
            f"different comments of {fewer!r}" + (" in some group" if cells > 1 else ""),
            min(first, second) if cells == 1 else 0,
            FEWEST,
            f"there are {count_text(first, 'comments')} of {names[0]!r} and {second:,} of "
            f"{names[1]!r}, repeated ones among them",
        )
    if compared < cells:
        warnings.warn(
            f"{part_of(cells - compared, cells, 'groups have')} fewer than {FEWEST} "
            f"different comments of {names[0]!r} or of {names[1]!r} and are left out",
            CemkitWarning,
            stacklevel=3,
        )

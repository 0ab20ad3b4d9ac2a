"""distinctive_terms: the words in which the comments of two groups differ."""

import dataclasses
import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from cemkit.arrays import Floats
from cemkit.checks import check_choice, check_columns, check_fraction, check_integer, meant
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
from cemkit.feedback.comments.nesting import longest_forms, without_nested
from cemkit.feedback.comments.terms import (
    Analyzer,
    TermCounts,
    TermRules,
    check_analyzer,
    comments_with,
)
from cemkit.feedback.comments.texts import Comments, check_responses, excerpt, once_each
from cemkit.proportions.corrections import (
    CORRECTIONS,
    Correction,
    adjust_p_values,
    simultaneous_level,
)
from cemkit.proportions.exact import fisher_doubled_p
from cemkit.proportions.intervals import critical_value, difference_bounds
from cemkit.results import Result

NPS_CLASSES = {"detractor": 0, "passive": -1, "promoter": 1}
CHARACTERS, WORDS = (2, 4), (1, 2)  # of a term that people can read
FEWEST = 30  # comments of a group
PRIOR = 10  # comments with the term that each group has more, at the share of both together
GOOD_LENGTH = 60  # characters of an example
MADE = (
    *("term", "group", "comments", "other_comments", "share", "other_share", "difference"),
    *("lower", "upper", "log_odds", "p_value", "p_value_adjusted", "example"),
)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class DistinctiveTerms(Result):
    """What `distinctive_terms` found.

    Attributes:
        group: The column that parts the comments.
        first, second: The two groups.
        first_comments, second_comments: Comments of each group that were compared.
        tested: Terms tested, with those left out of the table as parts of others.
        found: Terms detected after the correction, before the shorter forms are left out.
        correction: How p values were corrected for the number of terms.
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


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class _Cell:
    """Comments of one cell of `by`, once each and sorted by text, and their terms."""

    label: int
    texts: npt.NDArray[np.object_]
    sides: npt.NDArray[np.int64]
    repeated: int
    found: TermCounts
    with_term: tuple[Floats, Floats]
    p_values: Floats

    @property
    def sizes(self) -> tuple[int, int]:
        """How many comments each side has."""
        return int((self.sides == 0).sum()), int((self.sides == 1).sum())


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

    A comment counts once for each term, however often it says it, because the words of one comment
    are not independent: a test that counts words "finds" terms in most random groups. Every term of
    at least `min_comments` comments is tested by Fisher's exact test (twice the smaller tail), and
    p values are corrected for all of them. Of the detected terms a part of a longer one gives way
    to it where the longer one has at least 60 % of its comments, and terms inside others are left
    out. They are ranked by the log odds ratio with 10 more comments with the term in each group, so
    that rare terms do not lead by chance.

    A difference in words is an association: it does not say that what they name moves the score.

    Args:
        responses: Table with `comment`, the column `group` and the columns of `by`.
        group: Column that parts the comments. With `"score"`, the groups `"detractor"` (0 to 6),
            `"passive"` (7, 8) and `"promoter"` (9, 10) are those of a net promoter score.
        first: One group: a value of the column.
        second: The other group.
        by: Columns to split by; groups are compared within each of their values.
        min_comments: Least number of comments that a term must occur in to be tested.
        correction: `"benjamini-hochberg"` bounds the share of false terms among those detected,
            `"holm"`, `"hochberg"` and `"bonferroni"` the chance of any.
        confidence_level: Confidence level of tests and intervals, as a fraction.
        max_terms: Most terms of each group in the table.
        analyzer: Function from a text to its list of words, such as `jieba.lcut`. By default terms
            are 2 to 4 Chinese characters, or one or two words.

    Raises:
        MissingColumnsError: A column is missing.
        DataError: A group does not occur, scores are off the scale 0 to 10 or answer several
            questions, or a comment is no text.
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
    used = comments.present & (sides >= 0) & (cells >= 0)
    compared = _compared(comments, sides, cells, used, rules, min_comments)
    _check_enough(compared, labels, (str(first), str(second)), sides[used])
    adjusted = adjust_p_values(np.concatenate([cell.p_values for cell in compared]), correction)
    single = simultaneous_level(adjusted, correction, level)
    ends = np.cumsum([len(cell.p_values) for cell in compared])[:-1]
    rows = [
        _rows(cell, part, (str(first), str(second)), level, single, max_terms)
        for cell, part in zip(compared, np.split(adjusted, ends), strict=True)
    ]
    found = pd.concat(
        [
            pd.concat([_repeated(labels, cell.label, len(part)), part], axis=1)
            for cell, part in zip(compared, rows, strict=True)
        ],
        ignore_index=True,
    )
    first_comments, second_comments = np.sum([cell.sizes for cell in compared], axis=0).tolist()
    return DistinctiveTerms(
        group=group,
        first=str(first),
        second=str(second),
        first_comments=first_comments,
        second_comments=second_comments,
        tested=len(adjusted),
        found=int((adjusted < 1 - level).sum()),
        correction=correction,
        confidence_level=level,
        interval_level=single,
        other=int((comments.present & (sides < 0)).sum()),
        unsplit=int((comments.present & (sides >= 0) & (cells < 0)).sum()),
        empty=comments.empty,
        repeated=sum(cell.repeated for cell in compared),
        cut=comments.cut,
        table=found,
    )


def _sides(table: pd.DataFrame, group: str, first: Any, second: Any) -> npt.NDArray[np.int64]:
    """0 for comments of the first group, 1 for those of the second, -1 for others."""
    if not isinstance(first, type(second)) and not isinstance(second, type(first)):
        raise TypeError(
            f"first and second must be of one type, not {shown(first)}, {shown(second)}"
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


def _compared(
    comments: Comments,
    sides: npt.NDArray[np.int64],
    cells: npt.NDArray[np.int64],
    used: npt.NDArray[np.bool_],
    rules: TermRules,
    min_comments: int,
) -> list[_Cell]:
    """The cells that have enough comments of both sides, with the test of every term."""
    found = []
    for label in range(int(cells.max(initial=-1)) + 1):
        own = np.flatnonzero(used & (cells == label))
        texts = comments.texts.to_numpy()[own]
        kept = once_each(texts, sides[own])
        texts, side = texts[kept], sides[own][kept]
        sizes = int((side == 0).sum()), int((side == 1).sum())
        if min(sizes) < FEWEST:
            continue
        counts = TermCounts.of(texts, rules, min_comments)
        words = [k for k, term in enumerate(counts.terms) if not term.isdecimal()]
        counts = dataclasses.replace(
            counts, terms=[counts.terms[k] for k in words], counts=counts.counts[:, words]
        )
        with_term = tuple(
            comments_with(counts.counts[side == value]).astype(np.float64) for value in (0, 1)
        )
        found.append(
            _Cell(
                label=label,
                texts=texts,
                sides=side,
                repeated=len(own) - len(kept),
                found=counts,
                with_term=(with_term[0], with_term[1]),
                p_values=fisher_doubled_p(with_term[0], sizes[0], with_term[1], sizes[1]),
            )
        )
    return found


def _check_enough(
    compared: list[_Cell],
    labels: pd.DataFrame,
    names: tuple[str, str],
    sides: npt.NDArray[np.int64],
) -> None:
    """Raise where no cell has enough comments of both groups; warn where some have not."""
    if not compared:
        counts = [int((sides == side).sum()) for side in (0, 1)]
        fewest = int(np.argmin(counts))
        raise NotEnoughDataError(
            f"different comments of {names[fewest]!r}" + (" in a group" if len(labels) > 1 else ""),
            counts[fewest] if len(labels) <= 1 else 0,
            FEWEST,
            f"there are {counts[0]:,} comments of {names[0]!r} and {counts[1]:,} of {names[1]!r}",
        )
    few = len(labels) - len(compared)
    if few:
        warnings.warn(
            f"{few} of {len(labels)} groups have fewer than {FEWEST} comments of {names[0]!r} or "
            f"of {names[1]!r} and are left out",
            CemkitWarning,
            stacklevel=3,
        )


def _rows(
    cell: _Cell,
    adjusted: Floats,
    names: tuple[str, str],
    level: float,
    single: float,
    max_terms: int,
) -> pd.DataFrame:
    """The detected terms of a cell: the first group's, then the second's."""
    odds = shrunken_log_odds(*cell.with_term, *cell.sizes)
    best = longest_forms(cell.found.terms, cell.found.counts)
    chosen, side_of = [], []
    for side, sign in ((0, 1), (1, -1)):
        detected = np.flatnonzero((adjusted < 1 - level) & (sign * odds > 0))
        ranked = detected[np.argsort(-sign * odds[detected], kind="stable")].tolist()
        detected_here = set(ranked)
        forms = [best[k] if best[k] in detected_here else k for k in range(len(best))]
        places = without_nested(ranked, cell.found.terms, forms, cell.found.counts, 2 * max_terms)
        places.sort(key=lambda k: (-sign * odds[k], cell.found.terms[k]))
        chosen += places[:max_terms]
        side_of += [side] * len(places[:max_terms])
    return _described(cell, chosen, side_of, odds, adjusted, names, single)


def shrunken_log_odds(x1: Floats, x2: Floats, n1: int, n2: int) -> Floats:
    """The log odds ratio, with so many comments more in each group at the common share."""
    share = (x1 + x2) / (n1 + n2)
    more = PRIOR * (1 / np.maximum(share, 1e-12) - 1)
    odds: Floats = np.log((x1 + PRIOR) / (n1 - x1 + more)) - np.log((x2 + PRIOR) / (n2 - x2 + more))
    return odds


def _described(
    cell: _Cell,
    places: list[int],
    side_of: list[int],
    odds: Floats,
    adjusted: Floats,
    names: tuple[str, str],
    single: float,
) -> pd.DataFrame:
    side = np.array(side_of, dtype=np.int64)
    x, n = np.array(cell.with_term)[:, places], np.array(cell.sizes, dtype=np.float64)
    every = np.arange(len(places))
    own, other = x[side, every], x[1 - side, every]
    own_n, other_n = n[side], n[1 - side]
    critical = np.broadcast_to(critical_value(single), own.shape)
    lower, upper = (
        difference_bounds(other, other_n, own, own_n, critical) if len(places) else (own, own)
    )
    return pd.DataFrame(
        {
            "term": [cell.found.terms[k] for k in places],
            "group": [names[k] for k in side_of],
            "comments": own.astype(np.int64),
            "other_comments": other.astype(np.int64),
            "share": own / own_n,
            "other_share": other / other_n,
            "difference": own / own_n - other / other_n,
            "lower": lower,
            "upper": upper,
            "log_odds": np.abs(odds[places]),
            "p_value": cell.p_values[places],
            "p_value_adjusted": adjusted[places],
            "example": [_example(cell, k, s) for k, s in zip(places, side_of, strict=True)],
        }
    )


def _example(cell: _Cell, place: int, side: int) -> str:
    """A comment of the group that has the term, of about the length that is read at a glance."""
    column = cell.found.counts[:, [place]].toarray()[:, 0]
    texts = cell.texts[(column > 0) & (cell.sides == side)]
    best = min(texts, key=lambda text: (abs(len(text) - GOOD_LENGTH), text))
    return excerpt(best, cell.found.terms[place])


def _repeated(labels: pd.DataFrame, label: int, count: int) -> pd.DataFrame:
    """The labels of a cell, once for each of its rows."""
    return labels.iloc[[label] * count].reset_index(drop=True)

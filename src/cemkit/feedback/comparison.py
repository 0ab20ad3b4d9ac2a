"""compare_scores: which groups, or the same customers before and after, score differently."""

import dataclasses
import warnings
from collections.abc import Callable
from itertools import combinations
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from cemkit.arrays import Floats
from cemkit.checks import check_choice, check_flag, check_fraction, check_label, meant
from cemkit.checks.options import shown
from cemkit.errors import CemkitWarning, DataError, NotEnoughDataError
from cemkit.feedback.answers import Answers, is_table, read_answers, split_columns
from cemkit.feedback.cells import METHODS, Cells, answer_cells, cell_bounds, counted_answers
from cemkit.feedback.intervals import (
    Bounds,
    combined_bounds,
    paired_bounds,
    scaled_wilson_bounds,
    tango_bounds,
)
from cemkit.feedback.measures import Measure, checked_measure
from cemkit.feedback.populations import population_columns
from cemkit.feedback.scores import FEW
from cemkit.formats import part_of
from cemkit.proportions.agreement import agreeing_bounds, interval_levels
from cemkit.proportions.alternatives import log_p_value
from cemkit.proportions.corrections import CORRECTIONS, Correction, adjust_p_values
from cemkit.proportions.intervals import critical_value
from cemkit.results import Result

PAIRED_METHODS = {"nps": "paired-adjusted", "csat": "paired-score", "ces": "paired-scaled-wilson"}


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ScoreComparison(Result):
    """Comparison of scores between groups, from `compare_scores`.

    Attributes:
        table: One row per comparison: `group, control, n, control_n, value, control_value`,
            `difference` (group less control) with `lower, upper`, `statistic, p_value,
            p_value_adjusted, interval_level, winner`. An interval contains 0 exactly where the
            adjusted p-value is not significant. No winner is named where a group has fewer than 10
            answers.
        measure: Measure compared: `"nps"`, `"csat"` or `"ces"`.
        by: Column that defines the groups.
        scale: Lowest and highest possible score.
        paired: Whether the same customers were compared with themselves.
        method: Method of the interval.
        correction: Correction of all comparisons in the table.
        answers: Answers that count.
        in_several: Customers with answers in several groups. Unpaired, their answers are taken as
            independent, which widens the intervals; compare two groups with `paired=True`.
        left_out: With `paired`, customers who answered only before or only after.
        missing: Answers without a score, left out; `ungrouped`, those without a group.
        weighted: Whether the answers were weighted to a population.
        confidence_level: Simultaneous confidence level of all comparisons.

    Examples:
        >>> from cemkit.data import simulate_responses
        >>> found = compare_scores(simulate_responses(400).table, "touchpoint", control="product")
        >>> found.table["group"].tolist()
        ['delivery', 'service']
    """

    _pictures = ("feedback.score_comparison",)

    table: pd.DataFrame
    measure: str
    by: str
    scale: tuple[int, int]
    paired: bool
    method: str
    correction: str
    answers: int
    in_several: int
    left_out: int
    missing: int
    ungrouped: int
    weighted: bool
    confidence_level: float

    @property
    def detected(self) -> int:
        """How many comparisons have a winner."""
        return int(self.table["winner"].notna().sum())

    def largest(self) -> pd.Series:
        """Return the comparison with the largest difference, among those with a winner if any.

        Returns:
            A row of the table.
        """
        table = self.table[self.table["winner"].notna()] if self.detected else self.table
        row: pd.Series = table.iloc[int(np.argmax(table["difference"].abs()))]
        return row


def compare_scores(
    responses: pd.DataFrame,
    by: str,
    *,
    measure: str = "nps",
    question: str | None = None,
    control: object = None,
    paired: bool = False,
    before: object = None,
    after: object = None,
    people: pd.DataFrame | None = None,
    population: pd.DataFrame | None = None,
    correction: Correction = "holm",
    scale: tuple[int, int] | None = None,
    top: int = 2,
    confidence_level: float = 0.95,
) -> ScoreComparison:
    """Compare the scores of groups, or of the same customers before and after.

    Between groups, the interval of a difference combines the intervals of both scores (those of
    `nps`, `csat` or `ces`) by the method of Zou and Donner. The p-value is from a z test with the
    pooled variance.

    With `paired=True` each customer is compared with themselves. The p-value is from `sum(d) /
    sqrt(sum(d^2))` over the changes d, which is McNemar's test for satisfaction. The interval is
    Tango's for satisfaction, that of the mean change with two additional changes for NPS, and
    Wilson's on the scale of changes for effort.

    Args:
        responses: Response table, as in `nps`. Of several answers of a customer in a group the
            last one counts.
        by: Column of `responses` or `people` that defines the groups.
        measure: Measure to compare: `"nps"`, `"csat"` or `"ces"`. Higher counts as better.
        question: Question to score, if `responses` has several.
        control: Group with which to compare all others. None compares every pair.
        paired: Whether to compare the same customers, in the groups `before` and `after`.
        before: With `paired`, the group of `by` that came first.
        after: With `paired`, the group of `by` that came later.
        people: Table with one row per customer, for columns that `responses` lacks.
        population: Known composition of the customers, as in `nps`: every group is then weighted to
            the same mix, over the strata that both groups of a comparison have.
        correction: Correction of all comparisons of the table, as in `adjust_p_values`.
        scale: Lowest and highest possible score; by default that of the measure.
        top: Number of highest scores that count as satisfied, for `"csat"`.
        confidence_level: Simultaneous confidence level of all comparisons, as a fraction.

    Returns:
        A `ScoreComparison`.

    Raises:
        MissingColumnsError: A column is not there.
        DataError: A group is unknown, two groups share no stratum, or as in `nps`.
        NotEnoughDataError: There are fewer than two groups, or two customers in both.
        ValueError: Parameters do not go together.

    Warns:
        CemkitWarning: Groups have fewer than 10 answers, so no winner is named there.

    References:
        Zou, Donner (2008), Statistics in Medicine 27. McNemar (1947), Psychometrika 12. Bonett,
        Price (2012), Adjusted Wald confidence interval for a difference of binomial proportions
        based on paired data, Journal of Educational and Behavioral Statistics 37.

    Examples:
        >>> answers = pd.DataFrame(
        ...     {
        ...         "customer_id": [*range(40), *range(40)],
        ...         "wave": ["spring"] * 40 + ["autumn"] * 40,
        ...         "score": [6, 7, 9, 10] * 10 + [7, 9, 9, 10] * 10,
        ...     }
        ... )
        >>> found = compare_scores(answers, "wave", paired=True, before="spring", after="autumn")
        >>> found.table[["group", "control", "n", "difference", "winner"]]
            group control   n  difference  winner
        0  autumn  spring  40         0.5  autumn
    """
    level = check_fraction(confidence_level, "confidence_level")
    check_choice(correction, "correction", CORRECTIONS)
    check_flag(paired, "paired")
    kind = checked_measure(measure, scale, top)
    _check_groups_of(responses, by)
    _check_pairing(paired, before, after, control, population)
    strata = population_columns(population)
    groups = list(dict.fromkeys([*split_columns(by), *strata]))
    answers = read_answers(responses, kind, question=question, by=groups, people=people)
    if paired:
        parts = _paired_parts(answers, kind, by, before, after)
    else:
        cells = answer_cells(
            answers, kind, by=[by], population=population, strata_by=strata, repeats="last"
        )
        parts = _group_parts(cells, kind, by, control)
    return ScoreComparison(
        table=_comparison_table(parts, correction, level),
        measure=kind.name,
        by=by,
        scale=kind.scale,
        paired=paired,
        method=parts.method,
        correction=correction,
        answers=parts.answers,
        in_several=_in_several(answers, by),
        left_out=parts.left_out,
        missing=answers.missing,
        ungrouped=answers.ungrouped,
        weighted=population is not None,
        confidence_level=level,
    )


@dataclasses.dataclass(frozen=True, kw_only=True)
class _Parts:
    """The comparisons before they are corrected: estimates, and bounds at any level of each."""

    keys: dict[str, Any]
    value: Floats
    control_value: Floats
    statistic: Floats
    method: str
    answers: int
    left_out: int
    bounds: Callable[[Floats], Bounds]  # at one level for each comparison


def _comparison_table(parts: _Parts, correction: Correction, level: float) -> pd.DataFrame:
    difference = parts.value - parts.control_value
    p_values = np.exp(log_p_value(parts.statistic))
    adjusted = adjust_p_values(p_values, correction)
    levels = interval_levels(p_values, adjusted, correction, level)
    found = np.where(adjusted < 1 - level, np.sign(difference), 0.0)
    lower, upper = parts.bounds(levels)
    lower, upper = agreeing_bounds(lower, upper, found)
    few = np.minimum(parts.keys["n"], parts.keys["control_n"]) < FEW
    if few.any():
        warnings.warn(
            f"{part_of(int(few.sum()), len(few), 'comparisons have')} fewer than {FEW} "
            "answers on a side; their intervals are shown, and nobody wins there",
            CemkitWarning,
            stacklevel=3,
        )
    names = zip(parts.keys["group"], parts.keys["control"], found, few, strict=True)
    winners = [
        None if not side or small else group if side > 0 else control
        for group, control, side, small in names
    ]
    return pd.DataFrame(
        {
            **parts.keys,
            "value": parts.value,
            "control_value": parts.control_value,
            "difference": difference,
            "lower": lower,
            "upper": upper,
            "statistic": parts.statistic,
            "p_value": p_values,
            "p_value_adjusted": adjusted,
            "interval_level": levels,
            "winner": pd.Series(winners, dtype=object),
        }
    )


def _group_parts(cells: Cells, measure: Measure, by: str, control: object) -> _Parts:
    groups = cells.rows[by].tolist()
    if len(groups) < 2:
        raise NotEnoughDataError(f"groups of {by}", have=len(groups), need=2)
    base, other = _pairs(groups, by, control)
    first, second = _rows(cells, base), _rows(cells, other)
    shared = (first.n > 0) & (second.n > 0)
    pairs = [(groups[one], groups[two]) for one, two in zip(base, other, strict=True)]
    weights = _shared_weights(second.weights, shared, pairs)
    error = _pooled_error(first, second, weights)
    value = (weights * second.means).sum(axis=1)
    control_value = (weights * first.means).sum(axis=1)
    difference = value - control_value
    statistic = np.divide(difference, error, out=np.zeros(len(error)), where=error > 0)
    method = "score" if measure.name == "nps" else METHODS[measure.name]

    def bounds(levels: Floats) -> Bounds:
        at = [cell_bounds(side, measure, method, levels[:, None]) for side in (second, first)]
        lower, upper = (np.hstack(ends) for ends in zip(*at, strict=True))
        means = np.hstack([second.means, first.means])
        there = np.hstack([shared, shared])
        signed = np.hstack([weights, -weights])
        _, low, high = combined_bounds(
            means, np.where(there, lower, 0.0), np.where(there, upper, 0.0), signed
        )
        return low, high

    return _Parts(
        keys={
            "group": [groups[at] for at in other],
            "control": [groups[at] for at in base],
            "n": second.n.sum(axis=1).astype(np.int64),
            "control_n": first.n.sum(axis=1).astype(np.int64),
        },
        value=value,
        control_value=control_value,
        statistic=statistic,
        method=method,
        answers=cells.answers,
        left_out=0,
        bounds=bounds,
    )


def _pairs(groups: list[Any], by: str, control: object) -> tuple[list[int], list[int]]:
    """Which groups are compared: all with the control, or every pair."""
    if control is None:
        first, second = zip(*combinations(range(len(groups)), 2), strict=True)
        return list(first), list(second)
    at = _place(groups, control, "control", by)
    others = [k for k in range(len(groups)) if k != at]
    return [at] * len(others), others


def _place(groups: list[Any], name: object, what: str, by: str) -> int:
    if check_label(name, what) not in groups:
        raise DataError(
            f"{what}={shown(name)} is not a group of {by}{meant(name, groups)}; there are "
            f"{groups[:10]}"
        )
    return groups.index(name)


def _shared_weights(
    weights: Floats, shared: npt.NDArray[np.bool_], pairs: list[tuple[Any, Any]]
) -> Floats:
    """The shares of the population among what both groups of each pair have answers of."""
    kept = np.where(shared, weights, 0.0)
    total = kept.sum(axis=1, keepdims=True)
    if (total <= 0).any():
        one, other = pairs[int(np.argmax(total[:, 0] <= 0))]
        raise DataError(
            f"{shown(one)} and {shown(other)} share no group of the population; split the "
            "population less finely"
        )
    return np.asarray(kept / total)


def _pooled_error(first: Cells, second: Cells, weights: Floats) -> Floats:
    """The standard error of each weighted difference, where both have one distribution."""
    n = np.maximum(first.n + second.n, 1)
    pooled = (first.squares + second.squares) / n - ((first.total + second.total) / n) ** 2
    each = 1 / np.maximum(first.n, 1) + 1 / np.maximum(second.n, 1)
    return np.asarray(np.sqrt((weights**2 * np.maximum(pooled, 0.0) * each).sum(axis=1)))


def _rows(cells: Cells, places: list[int]) -> Cells:
    names = ("n", "promoters", "detractors", "total", "squares", "scores", "effective", "weights")
    taken = {name: getattr(cells, name)[places] for name in names}
    return dataclasses.replace(cells, rows=cells.rows.iloc[places], **taken)


def _check_groups_of(responses: object, by: object) -> None:
    """Raise where there is no table, or not one column of groups."""
    if not isinstance(by, str):
        raise TypeError(f"by must be the name of one column, not {shown(by)}")
    if not is_table(responses):
        raise TypeError(f"responses must be a table with groups, not {shown(responses)}")


def _in_several(answers: Answers, by: str) -> int:
    """How many customers answered in more than one group."""
    codes = answers.groups[by].codes
    seen = pd.DataFrame({"customer": answers.customers, "group": codes}).drop_duplicates()
    return int(seen.loc[seen["customer"].duplicated(), "customer"].nunique())


def _check_pairing(
    paired: bool, before: object, after: object, control: object, population: object
) -> None:
    if not paired and (before is not None or after is not None):
        raise ValueError("before and after compare the same customers; set paired=True as well")
    if not paired:
        return
    if before is None or after is None:
        raise ValueError("paired=True needs the two groups to compare; give before= and after=")
    if control is not None or population is not None:
        raise ValueError("paired=True compares before with after; leave out control and population")


def _paired_parts(
    answers: Answers, measure: Measure, by: str, before: object, after: object
) -> _Parts:
    group = answers.groups[by]
    labels = group.labels.tolist()
    places = [
        _place(labels, name, what, by) for name, what in ((before, "before"), (after, "after"))
    ]
    if places[0] == places[1]:
        raise ValueError(f"before and after must be two groups, not both {shown(before)}")
    kept = counted_answers(answers, group.codes)
    classes = measure.classes(answers.scores[kept])
    sides = [
        pd.Series(classes[mine], index=answers.customers[kept][mine])
        for mine in (group.codes[kept] == at for at in places)
    ]
    both = sides[0].index.intersection(sides[1].index)
    if len(both) < 2:
        raise NotEnoughDataError(
            f"customers who answered both {shown(before)} and {shown(after)}",
            have=len(both),
            need=2,
            hint="compare the groups with paired=False",
        )
    first, second = (side.loc[both].to_numpy() for side in sides)
    change = second - first
    total, squares, n = (np.array([x]) for x in (change.sum(), (change**2).sum(), len(both)))
    statistic = np.divide(total, np.sqrt(squares), out=np.zeros(1), where=squares > 0)

    def bounds(levels: Floats) -> Bounds:
        return _change_bounds(change, measure, np.asarray(critical_value(levels)))

    return _Parts(
        keys={
            "group": [labels[places[1]]],
            "control": [labels[places[0]]],
            "n": n.astype(np.int64),
            "control_n": n.astype(np.int64),
        },
        value=np.array([second.mean()]),
        control_value=np.array([first.mean()]),
        statistic=statistic,
        method=PAIRED_METHODS[measure.name],
        answers=2 * len(both),
        left_out=len(sides[0]) + len(sides[1]) - 2 * len(both),
        bounds=bounds,
    )


def _change_bounds(change: npt.NDArray[Any], measure: Measure, critical: Floats) -> Bounds:
    n = np.array([float(len(change))])
    if measure.name == "csat":
        gained, lost = (np.array([float((sign * change > 0).sum())]) for sign in (1, -1))
        return tango_bounds(gained, lost, n, critical)
    if measure.name == "nps":
        return paired_bounds(np.array([change.sum()]), np.array([(change**2).sum()]), n, critical)
    width = float(measure.scale[1] - measure.scale[0])
    mean, variance = np.array([change.mean()]), np.array([change.var(ddof=1)])
    return scaled_wilson_bounds(mean, variance, n, critical, (-width, width))

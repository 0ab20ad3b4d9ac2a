"""score_trend: whether a score rises or falls over periods, against chance."""

import dataclasses
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import ndtr, stdtrit

from cemkit.arrays import Floats
from cemkit.checks import check_choice, check_fraction
from cemkit.errors import NotEnoughDataError
from cemkit.feedback.answers import Codes, is_table, read_answers, split_columns
from cemkit.feedback.cells import counted_answers
from cemkit.feedback.measures import checked_measure
from cemkit.proportions.agreement import agreeing_bounds, interval_levels
from cemkit.proportions.corrections import CORRECTIONS, Correction, adjust_p_values
from cemkit.results import Result
from cemkit.segmentation.cohorts import PERIODS

MADE = ("periods", "n", "customers", "slope", "slope_lower", "slope_upper", "statistic", "p_value")
DIRECTIONS = ("falling", "none detected", "rising")


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ScoreTrend(Result):
    """Trend of a score per group, from `score_trend`.

    Attributes:
        table: One row per group: the columns of `by`, `periods` from the first to the last one with
            answers, `n` answers, `customers`, `slope` per period (NPS and CSAT as fractions) with
            `slope_lower, slope_upper`, `statistic` (chi-square with 1 degree of freedom), `p_value,
            p_value_adjusted, interval_level`, `method` and `direction`: `"rising"`, `"falling"` or
            `"none detected"`. An interval contains 0 exactly if none is detected.
        measure: `"nps"`, `"csat"` or `"ces"`.
        period: The length of a period.
        scale: The least and the largest score that could be given.
        correction: Correction of all groups together.
        missing: Answers without a score, left out; `ungrouped` and `undated`, those without a group
            or a date.
        confidence_level: Confidence level of all groups together.

    Examples:
        >>> from cemkit.data import simulate_responses
        >>> score_trend(simulate_responses(600).table).table["periods"].tolist()
        [3]
    """

    _pictures = ("feedback.score_trend",)

    table: pd.DataFrame
    measure: str
    period: str
    scale: tuple[int, int]
    correction: str
    missing: int
    ungrouped: int
    undated: int
    confidence_level: float

    def steepest(self) -> pd.Series:
        """Return the group with the largest slope, among those with a detected direction if any.

        Returns:
            A row of the table.
        """
        found = self.table[self.table["direction"] != DIRECTIONS[1]]
        table = self.table if found.empty else found
        row: pd.Series = table.iloc[int(np.argmax(table["slope"].abs()))]
        return row

    def group_of(self, row: pd.Series) -> str:
        """Return the name of the group of a row of the table; empty with a single group.

        Args:
            row: A row of the table.
        """
        names = self.table.columns[: self.table.columns.get_loc("periods")]
        return ", ".join(f"{name} {row[name]}" for name in names)


def score_trend(
    responses: pd.DataFrame,
    *,
    period: str = "month",
    measure: str = "nps",
    question: str | None = None,
    by: str | Sequence[str] | None = None,
    people: pd.DataFrame | None = None,
    correction: Correction = "holm",
    scale: tuple[int, int] | None = None,
    top: int = 2,
    confidence_level: float = 0.95,
) -> ScoreTrend:
    """Test whether a score rises or falls steadily over periods.

    The statistic is that of linear-by-linear association, `(n - 1) r^2` with r the correlation of
    the class of an answer (-1, 0, 1 for NPS; 0, 1 for CSAT; the score for CES) and its period. For
    CSAT this is Cochran and Armitage's test, but for a factor of (n - 1) / n. Where customers
    answered in several periods, the variance is that of sums over customers (`"clustered"`).

    Args:
        responses: Response table with `customer_id, response_date, score`. Of several answers of a
            customer in a period the last one counts.
        period: Length of a period: `"week"`, `"month"`, `"quarter"` or `"year"`. A period that is
            not over counts with the answers it has.
        measure: `"nps"`, `"csat"` or `"ces"`.
        question: The question to score, where `responses` holds several.
        by: Columns of `responses` or `people` to split by.
        people: Table with one row per customer, for columns that `responses` lacks.
        correction: Correction of all groups, as in `adjust_p_values`.
        scale: The least and the largest score; that of the measure where not given.
        top: Number of highest scores that count as satisfied, for `"csat"`.
        confidence_level: Confidence level of all groups together, as a fraction.

    Returns:
        A `ScoreTrend`. A straight line misses a rise that is followed by a fall.

    Raises:
        MissingColumnsError: A column is not there.
        DataError: The responses are not sound; `nps` lists the cases.
        NotEnoughDataError: A group has answers in fewer than two periods, or fewer than 3 answers.
        ValueError: A parameter is not understood.

    References:
        Mantel (1963), Chi-square tests with one degree of freedom, Journal of the American
        Statistical Association 58. Armitage (1955), Tests for linear trends in proportions and
        frequencies, Biometrics 11.

    Examples:
        >>> from cemkit.data import simulate_responses
        >>> found = score_trend(simulate_responses(600, random_state=1).table)
        >>> found.table["direction"].tolist()
        ['none detected']
    """
    level = check_fraction(confidence_level, "confidence_level")
    check_choice(correction, "correction", CORRECTIONS)
    check_choice(period, "period", list(PERIODS))
    kind = checked_measure(measure, scale, top)
    names = split_columns(by, (*MADE, "period"))
    if not is_table(responses):
        raise TypeError(
            "responses must be a table with response_date, because scores alone have no trend"
        )
    answers = read_answers(
        responses, kind, question=question, by=names, period=period, people=people
    )
    rows, labels = answers.grouping(names)
    times = answers.groups["period"]
    ordinals = pd.PeriodIndex(times.labels).asi8[times.codes]
    kept = counted_answers(answers, rows * (int(times.codes.max()) + 1) + times.codes)
    classes = kind.classes(answers.scores[kept])
    lines = [
        _line(classes[mine], ordinals[kept][mine], answers.customers[kept][mine], kind.span, name)
        for name, mine in ((_name(labels, at), rows[kept] == at) for at in range(len(labels)))
    ]
    table = pd.concat([labels, pd.DataFrame(lines)], axis=1)
    return ScoreTrend(
        table=_judged(table, correction, level),
        measure=kind.name,
        period=period,
        scale=kind.scale,
        correction=correction,
        missing=answers.missing,
        ungrouped=answers.ungrouped,
        undated=answers.undated,
        confidence_level=level,
    )


def _name(labels: pd.DataFrame, at: int) -> str:
    return ", ".join(f"{name} {value}" for name, value in labels.iloc[at].items())


def _line(
    classes: Floats, periods: Codes, customers: Codes, span: tuple[float, float], name: str
) -> dict[str, Any]:
    """The slope of one group, its robust error, and its chi-square."""
    of = f" of {name}" if name else ""
    if len(set(periods.tolist())) < 2:
        raise NotEnoughDataError(
            f"periods with answers{of}", have=1, need=2, hint="choose a shorter period"
        )
    n = len(classes)
    if n < 3:
        raise NotEnoughDataError(f"answers{of}", have=n, need=3)
    x, t = classes - classes.mean(), periods - periods.mean()
    spread, score = float(t @ t), float(t @ x)
    slope = score / spread
    clusters = pd.factorize(customers, sort=True)[0]
    n_clusters = int(clusters.max()) + 1
    independent = n_clusters == n
    small = n_clusters / max(n_clusters - 1, 1)
    residual = np.bincount(clusters, weights=t * (x - slope * t))
    error = np.sqrt(small * (residual @ residual)) / spread
    if not x.any():  # alike answers vary as with one more at each end of the scale
        squares = float(((np.array(span) - classes[0]) ** 2).sum())
        error = np.sqrt(squares / (n + 2) / spread)
    if independent:
        variance = float(x @ x) * spread / (n - 1)
    else:
        under_null = np.bincount(clusters, weights=t * x)
        variance = float(under_null @ under_null)
    return {
        "periods": int(periods.max() - periods.min()) + 1,
        "n": n,
        "customers": n_clusters,
        "slope": slope,
        "error": float(error),
        "statistic": score**2 / variance if variance > 0 else 0.0,
        "method": "linear-by-linear" if independent else "clustered",
    }


def _judged(table: pd.DataFrame, correction: Correction, level: float) -> pd.DataFrame:
    p_values = 2 * ndtr(-np.sqrt(table["statistic"].to_numpy()))
    adjusted = adjust_p_values(p_values, correction)
    levels = interval_levels(p_values, adjusted, correction, level)
    slope, method = table["slope"].to_numpy(), table.pop("method")
    degrees = np.maximum(table["customers"].to_numpy(np.float64) - 2, 1.0)
    half = stdtrit(degrees, (1 + levels) / 2) * table.pop("error").to_numpy()
    found = np.where(adjusted < 1 - level, np.sign(slope), 0.0)
    lower, upper = agreeing_bounds(slope - half, slope + half, found)
    statistic = table.pop("statistic")
    return table.assign(
        slope_lower=lower,
        slope_upper=upper,
        statistic=statistic,
        p_value=p_values,
        p_value_adjusted=adjusted,
        interval_level=levels,
        method=method,
        direction=[DIRECTIONS[int(side) + 1] for side in found],
    )

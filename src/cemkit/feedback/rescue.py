"""rescue_effect: what a rescue of unhappy customers did to their score, between arms."""

import dataclasses
import datetime as dt
from typing import Any

import numpy as np
import pandas as pd

from cemkit.arrays import Floats
from cemkit.checks import (
    by_customer,
    check_as_of,
    check_columns,
    check_frame,
    check_label,
    check_same_ids,
    customer_ids,
    local_days,
    meant,
)
from cemkit.checks.options import shown
from cemkit.data.responses import HINT
from cemkit.errors import DataError, NotEnoughDataError
from cemkit.feedback.answers import group_codes
from cemkit.feedback.comparison import compare_scores
from cemkit.feedback.measures import checked_measure
from cemkit.formats import count_text
from cemkit.proportions.comparison import proportion_effects
from cemkit.proportions.corrections import Correction
from cemkit.results import Result


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class RescueEffect(Result):
    """Effect of a rescue on scores, from `rescue_effect`.

    Attributes:
        table: One row per arm that is not the control:

            - `variant, control`, `assigned, control_assigned` customers.
            - First, who answered: `answered, control_answered`, `answer_rate, control_answer_rate`,
              `answer_difference` with `answer_lower, answer_upper` and `answer_p_value` (adjusted).
            - Then the scores of those who answered: `value, control_value`, `difference` with
              `lower, upper`, `p_value, p_value_adjusted, interval_level`.
            - `least, most`: the effect on all assigned customers, whatever those who did not answer
              would have said.
            - `winner`: the better arm where the difference is detected and no difference in
              answering is; else None.
        measure: `"nps"`, `"csat"` or `"ces"`.
        scale: The least and the largest score that could be given.
        since: The day of the rescue; only later answers count.
        control: The arm that was not rescued.
        comparable: Whether no arm was found to answer more or less often than the control.
        earlier: Answers up to `since`, left out; `not_assigned`, later answers of customers without
            an arm.
        correction: Correction of all comparisons.
        confidence_level: Simultaneous confidence level of all comparisons.

    Examples:
        >>> assignment = pd.DataFrame(
        ...     {"customer_id": range(80), "variant": ["control", "call"] * 40}
        ... )
        >>> answers = assignment.assign(score=[3, 9] * 40, response_date="2024-03-20")
        >>> rescue_effect(assignment, answers, since="2024-03-01").table["winner"].tolist()
        ['call']
    """

    _pictures = ("feedback.rescue_effect",)

    table: pd.DataFrame
    measure: str
    scale: tuple[int, int]
    since: str
    control: Any
    comparable: bool
    earlier: int
    not_assigned: int
    correction: str
    confidence_level: float

    def largest(self) -> pd.Series:
        """Return the arm with the largest difference, among those with a winner if any.

        Returns:
            A row of the table, and `answering_differs`: whether its share of answers differs.
        """
        won = self.table[self.table["winner"].notna()]
        table = self.table if won.empty else won
        row = table.iloc[int(np.argmax(table["difference"].abs()))].copy()
        row["answering_differs"] = bool(row["answer_p_value"] < 1 - self.confidence_level)
        return row


def rescue_effect(
    assignment: pd.DataFrame,
    responses: pd.DataFrame,
    *,
    since: str | dt.date | pd.Timestamp,
    control: object = "control",
    measure: str = "nps",
    question: str | None = None,
    correction: Correction = "holm",
    scale: tuple[int, int] | None = None,
    top: int = 2,
    confidence_level: float = 0.95,
) -> RescueEffect:
    """Compare who answers, and the scores, between rescued customers and a control.

    Only those who answer again have a new score, and a rescue may change who answers: satisfied
    customers answer more often. So the arms are first compared on the share who answered. Where
    that share differs, the scores of those who answered do not show the effect, and no winner is
    named; the bounds `least, most` hold in any case. Outcomes that every customer has, such as
    later orders, avoid this problem (`compare_variants`).

    Never compare rescued customers with their own score from before: detractors were chosen for a
    low score, and score higher the next time without any rescue.

    Args:
        assignment: Table with `customer_id, variant`, drawn at random (`assign_variants`).
        responses: Response table with `customer_id, response_date, score`. The last answer of each
            customer after `since` counts.
        since: Day of the rescue.
        control: The arm that was not rescued.
        measure: Measure to compare: `"nps"`, `"csat"` or `"ces"`.
        question: Question to score, if `responses` has several.
        correction: Correction of the comparisons with several arms, as in `adjust_p_values`.
        scale: Lowest and highest possible score; by default that of the measure.
        top: Number of highest scores that count as satisfied, for `"csat"`.
        confidence_level: Simultaneous confidence level of all comparisons, as a fraction.

    Returns:
        A `RescueEffect`.

    Raises:
        MissingColumnsError: A column is not there.
        DataError: A customer is assigned twice or to no arm, the control is not an arm, or a date
            is missing. The errors of `nps` are raised, too.
        NotEnoughDataError: There is only one arm, or nobody in an arm answered.
        ValueError: A parameter is not understood.

    Warns:
        CemkitWarning: An arm has fewer than 10 answers.

    References:
        Horowitz, Manski (2000), Nonparametric analysis of randomized experiments with missing
        covariate and outcome data, Journal of the American Statistical Association 95.

    Examples:
        >>> assignment = pd.DataFrame(
        ...     {"customer_id": range(80), "variant": ["control", "call"] * 40}
        ... )
        >>> answers = assignment.assign(score=[3, 9] * 40, response_date="2024-03-20")
        >>> found = rescue_effect(assignment, answers[20:], since="2024-03-01")
        >>> found.table[["answer_rate", "control_answer_rate", "difference", "least", "most"]]
           answer_rate  control_answer_rate  difference  least  most
        0         0.75                 0.75         2.0    1.0   2.0
    """
    kind = checked_measure(measure, scale, top)
    day = check_as_of(since, "since")
    arms = _arms(assignment, control)
    later, earlier = _later(responses, day)
    known = _assigned(later, arms, day)
    people = arms.to_frame("variant")
    found = compare_scores(
        known.drop(columns="variant", errors="ignore"),
        "variant",
        measure=kind.name,
        question=question,
        control=_answering(known, arms, control),
        people=people,
        correction=correction,
        scale=kind.scale,
        top=top,
        confidence_level=confidence_level,
    )
    sizes = arms.value_counts()
    table = _with_answering(found.table, sizes, correction, confidence_level)
    same = table["answer_p_value"] >= 1 - confidence_level
    low, high = kind.span
    table["least"], table["most"] = _worst_cases(table, float(low), float(high))
    table["winner"] = _winners(found.table["winner"], same)
    return RescueEffect(
        table=table,
        measure=kind.name,
        scale=kind.scale,
        since=f"{day:%Y-%m-%d}",
        control=control,
        comparable=bool(same.all()),
        earlier=earlier,
        not_assigned=len(later) - len(known),
        correction=correction,
        confidence_level=found.confidence_level,
    )


def _arms(assignment: pd.DataFrame, control: object) -> pd.Series:
    """The arm of each customer."""
    table = by_customer(check_frame(assignment, "assignment"), "assignment")
    check_columns(table.columns, ["variant"])
    group = group_codes(table["variant"], "variant")
    missing = int((group.codes < 0).sum())
    if missing:
        raise DataError(
            f"variant is missing in {count_text(missing, 'rows')} of assignment; leave them out"
        )
    arms = group.labels.astype(object).take(group.codes).set_axis(table.index)
    names = group.labels.tolist()
    if check_label(control, "control") not in names:
        raise DataError(
            f"control={shown(control)} is not a variant{meant(control, names)}; there are {names}"
        )
    if len(names) < 2:
        raise NotEnoughDataError("arms", have=len(names), need=2)
    return arms


def _later(responses: pd.DataFrame, day: pd.Timestamp) -> tuple[pd.DataFrame, int]:
    """The answers after a day, and how many came earlier."""
    table = check_frame(responses, "responses")
    check_columns(table.columns, ["response_date", "score"], HINT)
    days = local_days(table["response_date"], "response_date")
    if np.isnat(days).any():
        raise DataError(
            f"response_date is missing in {int(np.isnat(days).sum()):,} of "
            f"{count_text(len(days), 'rows')} of responses; find the dates, or leave those rows out"
        )
    after = days > np.datetime64(day, "D")
    return table[after], int((~after).sum())


def _assigned(later: pd.DataFrame, arms: pd.Series, day: pd.Timestamp) -> pd.DataFrame:
    """The answers of assigned customers, when there are some."""
    ids = customer_ids(later, "responses")
    check_same_ids(ids, arms.index, "responses", "assignment")
    known = later[ids.isin(arms.index)]
    if not len(known):
        raise NotEnoughDataError(
            f"answers after since={day:%Y-%m-%d} of assigned customers", have=0, need=1
        )
    return known


def _winners(winners: pd.Series, same: pd.Series) -> pd.Series:
    """The winners among arms that answered as often as each other."""
    named = [name if as_often else None for name, as_often in zip(winners, same, strict=True)]
    return pd.Series(named, dtype=object)


def _answering(known: pd.DataFrame, arms: pd.Series, control: object) -> object:
    """The control, where somebody in every arm gave a score."""
    ids = customer_ids(known, "responses")
    there = set(arms.reindex(ids[known["score"].notna().to_numpy()]))
    silent = [name for name in arms.unique() if name not in there]
    if silent:
        raise NotEnoughDataError(f"answers in the arm {silent[0]!r}", have=0, need=1)
    return control


def _with_answering(
    table: pd.DataFrame, sizes: pd.Series, correction: Correction, level: float
) -> pd.DataFrame:
    """The comparisons of scores, after those of the share who answered."""
    found = table.rename(
        columns={"group": "variant", "n": "answered", "control_n": "control_answered"}
    )
    assigned, controls = (found[name].map(sizes).astype("int64") for name in ("variant", "control"))
    effects = proportion_effects(
        found["control_answered"].to_numpy(),
        controls.to_numpy(),
        found["answered"].to_numpy(),
        assigned.to_numpy(),
        correction=correction,
        confidence_level=level,
    )
    p_name = "p_value" if correction == "none" else "p_value_adjusted"
    answering = {
        "assigned": assigned,
        "control_assigned": controls,
        "answered": found["answered"],
        "control_answered": found["control_answered"],
        "answer_rate": effects["rate"],
        "control_answer_rate": effects["control_rate"],
        "answer_difference": effects["difference"],
        "answer_lower": effects["difference_lower"],
        "answer_upper": effects["difference_upper"],
        "answer_p_value": effects[p_name],
    }
    scores = found.drop(columns=["variant", "control", "answered", "control_answered", "winner"])
    return pd.concat([found[["variant", "control"]], pd.DataFrame(answering), scores], axis=1)


def _worst_cases(table: pd.DataFrame, low: float, high: float) -> tuple[Floats, Floats]:
    """The least and largest effect on all assigned, for any scores of those who did not answer."""
    ends = {}
    for side in ("", "control_"):
        rate = table[f"{side}answer_rate"].to_numpy()
        known = rate * table[f"{side}value"].to_numpy()
        ends[side] = known + (1 - rate) * low, known + (1 - rate) * high
    return ends[""][0] - ends["control_"][1], ends[""][1] - ends["control_"][0]

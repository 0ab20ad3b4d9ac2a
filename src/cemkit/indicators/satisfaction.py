"""NPS, CSAT and CES of each period, by cemkit.feedback, with the change of the same customers."""

import warnings
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from cemkit.checks import check_columns, check_frame, local_days
from cemkit.checks.options import check_is_frame, shown
from cemkit.data.reductions.cohorts import period_number
from cemkit.data.responses import HINT
from cemkit.errors import CemkitWarning
from cemkit.feedback import ces, csat, nps
from cemkit.feedback.answers import Answers, read_answers
from cemkit.feedback.cells import counted_answers
from cemkit.feedback.measures import Measure, checked_measure
from cemkit.indicators.contacts import Rows, ratio_moments
from cemkit.indicators.groups import Split, row_places
from cemkit.indicators.inference import Levels
from cemkit.indicators.moments import Ints, Moments
from cemkit.indicators.states import Shop

SCORES: dict[str, Any] = {"nps": nps, "csat": csat, "ces": ces}


class Asked(NamedTuple):
    """A score, the question that asks for it, its answers and the level of its interval."""

    name: str
    question: str
    responses: pd.DataFrame
    level: float


def asked(responses: pd.DataFrame, questions: Mapping[str, str] | None) -> dict[str, str]:
    """The question of each score: as given, or of its own name."""
    if questions is not None:
        unknown = [name for name in questions if name not in SCORES]
        if unknown:
            raise ValueError(
                f"questions names {shown(unknown[0])}; it takes {', '.join(map(repr, SCORES))}, as "
                "in questions={'nps': 'recommend'}"
            )
        return dict(questions)
    check_frame(responses, "responses")
    if "question" not in responses.columns:
        return {}
    there = set(responses["question"].dropna())
    return {name: name for name in SCORES if name in there}


def in_finished_periods(responses: pd.DataFrame, shop: Shop) -> tuple[pd.DataFrame, dict[str, int]]:
    """The answers of finished periods, and how many rows were left out."""
    check_is_frame(responses, "responses")
    check_columns(responses.columns, ["customer_id", "response_date", "score"], HINT)
    day = local_days(responses["response_date"], "response_date of responses")
    number = period_number(day, shop.length) - shop.first_period
    dated, after = ~np.isnat(day), day.astype(np.int64) > shop.end
    late = dated & ~after & (number >= shop.finished)
    early = dated & (number < 0)
    left_out = {
        "no customer or no date": int((~dated).sum()),
        "after as_of": int((dated & after).sum()),
        "unfinished period": int(late.sum()),
        "before the first order": int(early.sum()),
    }
    return responses[dated & ~after & ~late & ~early], left_out


def score_of(asking: Asked, shop: Shop, split: Split, lag: int) -> tuple[Moments, Levels]:
    """The score of each period and group, and its sums customer by customer."""
    given = asking.responses.drop(columns=list(split.of_people), errors="ignore")
    people = split.people if split.of_people else None
    options: dict[str, Any] = {
        "question": asking.question if "question" in given.columns else None,
        "by": list(split.names),
        "period": shop.length,
        "people": people,
    }
    with warnings.catch_warnings():
        # A period with few answers is the rule in a scorecard, whose rows show how many there are.
        warnings.filterwarnings("ignore", ".*fewer than", CemkitWarning)
        found: Any = SCORES[asking.name](given, confidence_level=asking.level, **options)
    group, number = _cells(found.table, shop)
    there, levels = group >= 0, []
    for column in Levels._fields:
        values = np.full(shop.size, np.nan)
        values[number[there], group[there]] = found.table[column][there]
        levels.append(values)
    measure = checked_measure(asking.name)
    answers = read_answers(given, measure, **options)
    return _moments(answers, measure, shop, lag), Levels(*levels)


def _cells(table: pd.DataFrame, shop: Shop) -> tuple[Ints, Ints]:
    """The group and the period of each row of a table, counted from the first."""
    by = [str(name) for name in shop.groups]
    group = row_places(table[by], shop.groups) if by else np.zeros(len(table), dtype=np.int64)
    ordinals = [one.ordinal for one in table["period"]]
    return group, np.array(ordinals, dtype=np.int64) - shop.first_period


def _moments(answers: Answers, measure: Measure, shop: Shop, lag: int) -> Moments:
    """The sums of the classes of the answers that count: the last of each customer."""
    cell, table = answers.grouping([*map(str, shop.groups), "period"])
    groups, numbers = _cells(table, shop)
    kept = counted_answers(answers, cell)
    kept = kept[groups[cell[kept]] >= 0]
    group, number = groups[cell[kept]], numbers[cell[kept]]
    rows = Rows(
        table=pd.DataFrame(index=range(len(kept))),
        unit=answers.customers[kept] * len(shop.slices) + group,
        group=group,
        period=number,
        left_out={},
    )
    classes = measure.classes(answers.scores[kept])
    return ratio_moments(rows, classes, np.ones(len(kept)), shop, lag)

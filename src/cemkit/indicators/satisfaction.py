"""NPS, CSAT and CES of each period, by cemkit.feedback, with the change of the same customers."""

import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from cemkit.checks import check_columns, check_frame, local_days
from cemkit.checks.options import shown
from cemkit.data.reductions.cohorts import period_number
from cemkit.data.reductions.period_sums import FREQUENCIES
from cemkit.errors import CemkitWarning
from cemkit.feedback import ces, csat, nps
from cemkit.feedback.answers import HINT, read_answers
from cemkit.feedback.cells import counted_answers
from cemkit.feedback.measures import checked_measure
from cemkit.indicators.contacts import Rows, ratio_moments
from cemkit.indicators.groups import Split, row_places
from cemkit.indicators.inference import Levels
from cemkit.indicators.moments import Moments
from cemkit.indicators.states import Shop

SCORES = {"nps": nps, "csat": csat, "ces": ces}


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


def score_of(
    name: str,
    question: str,
    responses: pd.DataFrame,
    shop: Shop,
    split: Split,
    lag: int,
    level: float,
) -> tuple[Moments, Levels]:
    """The score of each period and group, and its sums customer by customer."""
    responses = responses.drop(columns=list(split.of_people), errors="ignore")
    asked_here = question if "question" in responses.columns else None
    by, people = list(split.names), split.people if split.of_people else None
    options: dict[str, Any] = {"question": asked_here, "by": by, "period": shop.length}
    with warnings.catch_warnings():
        # A period with few answers is the rule in a scorecard, whose rows show how many there are.
        warnings.filterwarnings("ignore", ".*fewer than", CemkitWarning)
        table = SCORES[name](responses, people=people, confidence_level=level, **options).table
    group = row_places(table[by], shop.groups) if by else np.zeros(len(table), dtype=np.int64)
    ordinal = pd.PeriodIndex(table["period"]).asfreq(FREQUENCIES[shop.length])
    number = np.array([one.ordinal for one in ordinal]) - shop.first_period
    there = group >= 0
    found = []
    for column in Levels._fields:
        values = np.full(shop.size, np.nan)
        values[number[there], group[there]] = table[column][there]
        found.append(values)
    moments = _moments(name, responses, shop, people, options, lag)
    return moments, Levels(*found)


def _moments(
    name: str, responses: pd.DataFrame, shop: Shop, people: Any, options: dict[str, Any], lag: int
) -> Moments:
    """The sums of the classes of the answers that count: the last of each customer."""
    measure = checked_measure(name)
    by = [*options["by"], "period"]
    answers = read_answers(responses, measure, people=people, **(options | {"by": by[:-1]}))
    cell, table = answers.grouping(by)
    kept = counted_answers(answers, cell)
    group = (
        row_places(table[by[:-1]], shop.groups) if by[:-1] else np.zeros(len(table), dtype=np.int64)
    )
    number = np.array([one.ordinal for one in table["period"]]) - shop.first_period
    known = group[cell[kept]] >= 0
    kept = kept[known]
    rows = Rows(
        table=pd.DataFrame(index=range(len(kept))),
        unit=answers.customers[kept] * len(shop.slices) + group[cell[kept]],
        group=group[cell[kept]],
        period=number[cell[kept]],
        left_out={},
    )
    classes = measure.classes(answers.scores[kept])
    return ratio_moments(rows, classes, np.ones(len(kept)), shop, lag)

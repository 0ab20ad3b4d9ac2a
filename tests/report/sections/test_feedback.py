"""Feedback."""

import numpy as np
import pandas as pd
import pytest

from cemkit.data.shop_simulation import SimulatedShop
from cemkit.report import CustomerReport
from cemkit.report.content import Table
from cemkit.report.drafts import Draft
from cemkit.report.sections.feedback import write_feedback
from cemkit.report.shop import Shop, Tables

pytestmark = pytest.mark.filterwarnings("ignore::cemkit.errors.CemkitWarning")


def feedback(draft: Draft, responses: pd.DataFrame, **tables: object) -> None:
    given = Tables(responses=responses, **tables)  # type: ignore[arg-type]
    write_feedback(draft, Shop(None, pd.Timestamp("2023-12-31"), given, level=0.95, random_state=0))


def test_the_score_is_promoters_less_detractors(
    report: CustomerReport, simulated: SimulatedShop
) -> None:
    answers = simulated.responses[simulated.responses["question"] == "nps"]
    last = answers.sort_values("response_date").groupby("customer_id")["score"].last()
    expected = (last >= 9).mean() - (last <= 6).mean()
    assert np.isclose(report.table.set_index("name")["value"]["score_nps"], expected)


def test_months_of_few_answers_are_hidden(tables: dict[str, Table]) -> None:
    course = tables["score_course"].frame
    shown = course["n"].dropna()
    assert (shown >= 10).all()
    assert set(course["measure"]) == {"NPS", "CSAT", "customer effort score"}


def test_answers_after_the_last_day_are_not_seen(draft: Draft, simulated: SimulatedShop) -> None:
    early = simulated.responses[simulated.responses["question"] == "nps"]
    late = early.assign(response_date=pd.Timestamp("2024-01-01"), score=0)
    feedback(draft, pd.concat([early, late]))
    row = draft.finish().numbers[0]
    assert row.value is not None
    assert row.value > 0


def test_a_question_of_another_name_is_named(draft: Draft, simulated: SimulatedShop) -> None:
    renamed = simulated.responses.replace({"question": {"nps": "recommend"}})
    only = renamed[renamed["question"] == "recommend"]
    with pytest.raises(ValueError, match="questions="):
        feedback(draft, only)
    feedback(draft, only, questions={"nps": "recommend"})
    assert draft.finish().numbers[0].name == "score_nps"

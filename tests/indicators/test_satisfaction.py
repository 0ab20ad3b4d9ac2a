"""NPS, CSAT and CES are those of cemkit.feedback; their changes pair the same customers."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from cemkit.errors import DataError, MissingColumnsError
from cemkit.feedback import ces, csat, nps
from cemkit.indicators import Scorecard, scorecard

RNG = np.random.default_rng(0)
DAYS = pd.date_range("2024-01-01", "2024-04-09")
ORDERS = pd.DataFrame(
    {"customer_id": np.arange(300) % 60, "order_date": np.resize(DAYS, 300), "amount": 10.0}
)
PEOPLE = pd.DataFrame({"customer_id": range(60), "segment": ["a", "b", "b"] * 20})


def answered(question: str, low: int, high: int) -> pd.DataFrame:
    """Return answers of 60 customers in each of four months, like those of the month before."""
    liking = RNG.normal(0, 1, 60)
    parts = []
    for month in range(1, 5):
        score = (low + high) / 2 + (high - low) / 3 * (liking + RNG.normal(0, 0.4, 60))
        parts.append(
            pd.DataFrame(
                {
                    "customer_id": range(60),
                    "response_date": pd.Timestamp(2024, month, 8),
                    "question": question,
                    "score": np.clip(np.rint(score), low, high).astype(int),
                }
            )
        )
    return pd.concat(parts, ignore_index=True)


RESPONSES = pd.concat(
    [answered("recommend", 0, 10), answered("csat", 1, 5), answered("ces", 1, 7)],
    ignore_index=True,
)
FINISHED = RESPONSES[RESPONSES["response_date"] < "2024-04-01"]
ASKED = {"nps": "recommend", "csat": "csat", "ces": "ces"}


def card(responses: pd.DataFrame = RESPONSES, **options: Any) -> Scorecard:
    return scorecard(ORDERS, "2024-04-09", window_days=30, responses=responses, **options)


@pytest.mark.parametrize("score", [nps, csat, ces])
@pytest.mark.parametrize("by", [None, "segment"])
def test_levels_are_those_of_feedback(score: Any, by: str | None) -> None:
    name = score.__name__
    table = card(questions=ASKED, by=by, people=PEOPLE).table
    rows = table[table["indicator"] == name].reset_index(drop=True)
    people = None if by is None else PEOPLE
    own = score(FINISHED, question=ASKED[name], by=by, people=people, period="month").table
    for column in ("value", "lower", "upper"):
        np.testing.assert_allclose(rows[column].astype(float), own[column], rtol=1e-12)
    np.testing.assert_allclose(rows["denominator"], own["n"])
    np.testing.assert_allclose(rows["numerator"] / rows["denominator"], rows["value"], rtol=1e-12)


def test_changes_of_the_same_customers_are_narrower_than_of_others() -> None:
    paired = card(questions=ASKED)
    other = RESPONSES["response_date"].dt.month * 100 + RESPONSES["customer_id"]
    people = card(RESPONSES.assign(customer_id=other), questions=ASKED)
    for name in ASKED:
        widths = [
            (one.wide(name, "change_upper") - one.wide(name, "change_lower").to_numpy()).iloc[-1, 0]
            for one in (paired, people)
        ]
        assert widths[0] < 0.8 * widths[1]
        assert paired.wide(name, "change").iloc[-1, 0] == people.wide(name, "change").iloc[-1, 0]


def test_the_error_of_a_paired_change_is_that_of_the_differences() -> None:
    last = card(questions=ASKED).table.query("indicator == 'ces'").iloc[-1]
    scores = FINISHED[FINISHED["question"] == "ces"].pivot(
        index="customer_id", columns="response_date", values="score"
    )
    difference = scores.iloc[:, -1] - scores.iloc[:, -2]
    half = 2.001 * difference.std() / np.sqrt(60)
    reach = (last["change_upper"] - last["change_lower"]) / 2
    assert reach == pytest.approx(half, rel=0.12)


def test_questions_called_by_the_name_of_the_score_need_no_mapping() -> None:
    made = card()
    assert {"csat", "ces"} <= set(made.table["indicator"])
    needs = made.not_measured.set_index("indicator")["needs"]
    assert needs["nps"] == "the question that asks for it, as in questions={'nps': 'recommend'}"


def test_answers_out_of_the_periods_are_counted() -> None:
    holes = RESPONSES.assign(response_date=RESPONSES["response_date"].mask(RESPONSES.index == 3))
    left_out = card(holes, questions=ASKED).left_out.set_index(["table", "reason"])["count"]
    assert left_out["responses", "no customer or no date"] == 1
    assert left_out["responses", "unfinished period"] == 180


def test_what_is_wrong_is_named() -> None:
    with pytest.raises(ValueError, match="questions names 'npss'; it takes 'nps', 'csat', 'ces'"):
        card(questions={"npss": "recommend"})
    with pytest.raises(DataError, match="question='recomend'"):
        card(questions={"nps": "recomend"})
    with pytest.raises(MissingColumnsError, match="response_date"):
        card(RESPONSES.drop(columns="response_date"))
    with pytest.raises(DataError, match="180 scores are off the scale 0 to 10, such as 11"):
        card(RESPONSES.assign(score=11), questions=ASKED)

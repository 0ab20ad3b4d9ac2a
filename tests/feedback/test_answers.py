"""Answers: questions, groups, people, dates, and what is left out."""

import numpy as np
import pandas as pd
import pytest

from cemkit.data import customer_table, simulate_responses
from cemkit.errors import DataError, MissingColumnsError, NotEnoughDataError
from cemkit.feedback import compare_scores, csat, nps, score_trend


def answers(**columns) -> pd.DataFrame:
    table = {"customer_id": [1, 2, 3, 4], "score": [10, 9, 3, 8], **columns}
    return pd.DataFrame(table)


def test_several_questions_without_a_choice_are_refused(shop) -> None:
    with pytest.raises(DataError, match=r"3 questions.*'ces', 'csat', 'nps'; choose one, as in"):
        nps(shop.responses)
    found = nps(shop.responses, question="nps")
    assert found.question == "nps"
    assert found.answers < (shop.responses["question"] == "nps").sum()  # some answered twice
    with pytest.raises(DataError, match=r"'NPs' is not among .*did you mean 'nps'"):
        nps(shop.responses, question="NPs")


def test_the_only_question_must_be_that_of_the_score() -> None:
    with pytest.raises(DataError, match="answer the question 'csat', and this score is nps"):
        nps(answers(question="csat"))
    assert nps(answers(question="csat"), question="csat").question == "csat"
    assert nps(answers(question="recommend")).table["n"].item() == 4
    with pytest.raises(DataError, match="question is missing in 1 of 4 rows"):
        nps(answers(question=["nps", "nps", None, "nps"]))
    with pytest.raises(MissingColumnsError, match="question"):
        nps(answers(), question="nps")
    with pytest.raises(DataError, match="differ in case"):
        nps(answers(question=["nps", "nps", "NPS", "nps"]), question="nps")


def test_columns_of_people_split_answers(shop) -> None:
    from_people = nps(shop.responses, question="nps", by="segment", people=shop.people)
    joined = shop.responses.merge(shop.people[["customer_id", "segment"]], on="customer_id")
    from_answers = nps(joined, question="nps", by="segment")
    pd.testing.assert_frame_equal(from_people.table, from_answers.table)


def test_the_customer_table_gives_the_segment(shop) -> None:
    people = shop.people.set_index("customer_id")
    customers = customer_table(shop.orders, shop.as_of, people=people)
    found = nps(shop.responses, question="nps", by="segment", people=customers)
    expected = nps(shop.responses, question="nps", by="segment", people=shop.people)
    pd.testing.assert_frame_equal(found.table, expected.table)


def test_people_who_are_nobody_and_columns_of_both_are_refused() -> None:
    people = pd.DataFrame({"customer_id": [8, 9], "segment": ["a", "b"]})
    with pytest.raises(
        DataError,
        match=r"none of the \d+ ids in people is in responses: people has .*, responses has 1",
    ):
        nps(answers(), by="segment", people=people)
    with pytest.raises(DataError, match="people has none, responses has 1"):
        nps(answers(), by="segment", people=people.head(0))
    with pytest.raises(DataError, match="holds text in people and numbers in responses"):
        nps(answers(), by="segment", people=people.assign(customer_id=["a", "b"]))
    with pytest.raises(ValueError, match="is a column of responses and of people"):
        nps(answers(segment="a"), by="segment", people=people)
    with pytest.raises(MissingColumnsError, match="people="):
        nps(answers(), by="segment")


@pytest.mark.filterwarnings("ignore:.*fewer than 10 answers")
def test_what_is_left_out_is_counted() -> None:
    table = answers(
        score=[10, np.nan, 3, 8],
        group=["a", "a", None, "b"],
        response_date=["2024-01-05", "2024-01-06", "2024-02-01", None],
    )
    found = nps(table, by="group")
    assert (found.missing, found.ungrouped, found.undated, found.answers) == (1, 1, 0, 2)
    found = nps(table, period="month")
    assert (found.missing, found.ungrouped, found.undated, found.answers) == (1, 0, 1, 2)
    assert found.table["period"].astype(str).tolist() == ["2024-01", "2024-02"]
    assert "2 answers are left out" in found.sentence()


def test_no_answer_at_all_is_an_error() -> None:
    with pytest.raises(NotEnoughDataError, match="need at least 1 answer with a score, got 0"):
        nps(answers(score=np.nan))
    with pytest.raises(NotEnoughDataError):
        nps(pd.Series([np.nan]))
    with pytest.raises(NotEnoughDataError):
        nps(answers().iloc[:0])


def test_rows_without_a_customer_are_refused() -> None:
    with pytest.raises(DataError, match="1 row without a customer_id"):
        nps(answers(customer_id=[1, None, 3, 4]))
    with pytest.raises(MissingColumnsError, match="customer_id"):
        nps(answers().drop(columns="customer_id"))


def test_scores_alone_have_no_groups() -> None:
    with pytest.raises(ValueError, match="have no groups, periods or questions"):
        nps(pd.Series([9, 10]), by="group")
    assert csat([5, 4, None, 1]).missing == 1


def test_tables_of_other_libraries_are_named() -> None:
    polars = pytest.importorskip("polars")
    table = polars.DataFrame({"customer_id": [1, 2], "score": [9, 10], "group": ["a", "b"]})
    for score in (
        lambda: nps(table, by="group"),
        lambda: compare_scores(table, "group"),
        lambda: score_trend(table),
    ):
        with pytest.raises(
            TypeError, match=r"not polars\.DataFrame; bring it into pandas with its to_pa"
        ):
            score()
    with pytest.raises(TypeError, match=r"responses must be .* give its \.table"):
        nps(simulate_responses(50))


@pytest.mark.parametrize("by", ["n", "value", ["group", "group"]])
def test_columns_that_would_stand_twice_are_refused(by) -> None:
    with pytest.raises(ValueError, match="would stand twice"):
        nps(answers(group="a", n=1, value=1), by=by)


@pytest.mark.filterwarnings("ignore:.*fewer than 10 answers")
@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        (["b", "a", "b", "a"], ["a", "b"]),
        ([10, 9, 10, 9], [9, 10]),
        (["配送", "售后", "配送", "产品"], ["产品", "售后", "配送"]),
        (pd.Categorical(["x", "y", "x", "y"], ["y", "x", "unused"]), ["x", "y"]),
        ([True, False, True, False], [False, True]),
        (["nan", "a", "", "b"], ["a", "b"]),
    ],
)
def test_groups_are_sorted_and_texts_for_missing_are_none(labels, expected) -> None:
    assert nps(answers(group=labels), by="group").table["group"].tolist() == expected


def test_spellings_that_differ_in_case_alone_are_refused() -> None:
    with pytest.raises(DataError, match="differ in case, blanks or width"):
        nps(answers(group=["delivery", "Delivery", "a", "a"]), by="group")


def test_a_period_is_known_and_takes_dates() -> None:
    with pytest.raises(ValueError, match="period must be one of 'week', 'month'"):
        nps(answers(response_date="2024-01-01"), period="day")
    with pytest.raises(MissingColumnsError, match="response_date"):
        nps(answers(), period="month")
    with pytest.raises(DataError, match="not an ISO date"):
        nps(answers(response_date="01/02/2024"), period="month")

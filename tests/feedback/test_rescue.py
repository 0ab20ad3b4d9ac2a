"""rescue_effect: who answered first, then the scores, and bounds that hold in any case."""

import numpy as np
import pandas as pd
import pytest

from cemkit.errors import DataError, MissingColumnsError, NotEnoughDataError
from cemkit.feedback import compare_scores, rescue_effect
from cemkit.proportions import proportion_test

SINCE = "2024-03-01"


def trial(answers, scores, n=200):
    """Two arms of n customers, of whom so many answer with such scores in turn."""
    arms = pd.DataFrame({"customer_id": range(2 * n), "variant": ["control"] * n + ["call"] * n})
    parts = []
    for at, (count, given) in enumerate(zip(answers, scores, strict=True)):
        ids = np.arange(count) + at * n
        score = np.resize(given, count)
        parts.append(pd.DataFrame({"customer_id": ids, "score": score}))
    return arms, pd.concat(parts, ignore_index=True).assign(response_date="2024-03-20")


def test_alike_in_answering_the_scores_decide() -> None:
    arms, answers = trial((100, 104), ([3, 3, 8, 9], [9, 9, 8, 3]))
    found = rescue_effect(arms, answers, since=SINCE)
    row = found.table.iloc[0]
    answering = proportion_test([100, 104], [200, 200])
    assert row["answer_p_value"] == pytest.approx(answering.p_value)
    assert row["answer_difference"] == pytest.approx(answering.difference)
    assert (row["assigned"], row["answered"], row["control_answered"]) == (200, 104, 100)
    scores = compare_scores(answers, "variant", people=arms, control="control").table.iloc[0]
    for name in ("difference", "lower", "upper", "p_value"):
        assert row[name] == pytest.approx(scores[name])
    assert found.comparable
    assert row["winner"] == "call"
    assert "no difference detected" in found.sentence()
    assert "call scores higher" in found.sentence()
    assert "call 得分更高" in found.sentence("zh")


def test_where_answering_differs_nobody_wins_and_the_sentence_says_why() -> None:
    arms, answers = trial((60, 120), ([3, 3, 8, 9], [9, 9, 8, 3]))
    found = rescue_effect(arms, answers, since=SINCE)
    assert not found.comparable
    assert found.table["winner"].isna().all()
    assert found.table["p_value_adjusted"].item() < 0.05
    assert "answering differs" in found.sentence()
    assert "these scores do not show the effect" in found.sentence()
    assert "作答比例有差异" in found.sentence("zh")


def test_a_rescue_that_only_changes_who_answers_is_not_called_an_effect() -> None:
    rng = np.random.default_rng(0)
    n = 1000
    score = rng.integers(0, 11, 2 * n)
    called = np.arange(2 * n) >= n
    # Nobody's score changes; called, the satisfied answer more often.
    answers = rng.random(2 * n) < np.where(called & (score >= 8), 0.8, 0.4)
    arms = pd.DataFrame(
        {"customer_id": range(2 * n), "variant": np.where(called, "call", "control")}
    )
    table = arms[["customer_id"]].assign(score=score, response_date="2024-03-20")[answers]
    row = rescue_effect(arms, table, since=SINCE).table.iloc[0]
    assert row["lower"] > 0  # so it looks
    assert row["winner"] is None
    assert row["least"] <= 0 <= row["most"]


def test_the_bounds_are_those_of_filling_in_the_worst_and_best_scores() -> None:
    arms, answers = trial((150, 120), ([3, 8, 9], [9, 10]))
    row = rescue_effect(arms, answers, since=SINCE).table.iloc[0]
    for name, control_fill, call_fill in (("least", 10, 0), ("most", 0, 10)):
        silent = arms[~arms["customer_id"].isin(answers["customer_id"])]
        fill = np.where(silent["variant"] == "call", call_fill, control_fill)
        whole = pd.concat([answers, silent[["customer_id"]].assign(score=fill)])
        filled = compare_scores(whole, "variant", people=arms, control="control").table.iloc[0]
        assert row[name] == pytest.approx(filled["difference"])


def test_only_later_answers_of_assigned_customers_count() -> None:
    arms, answers = trial((100, 100), ([3, 9], [9, 9]))
    early = answers.assign(score=0, response_date=SINCE)
    strangers = answers.head(7).assign(customer_id=range(900, 907))
    found = rescue_effect(arms, pd.concat([early, answers, strangers]), since=SINCE)
    assert (found.earlier, found.not_assigned) == (200, 7)
    expected = rescue_effect(arms, answers, since=SINCE).table
    pd.testing.assert_frame_equal(found.table, expected)
    shuffled = rescue_effect(arms.sample(frac=1), answers.sample(frac=1), since=SINCE).table
    pd.testing.assert_frame_equal(shuffled, expected)


def test_several_arms_are_each_compared_with_the_control() -> None:
    arms, answers = trial((100, 100), ([3, 9], [9, 9]))
    arms.loc[300:, "variant"] = "gift"
    answers["customer_id"] = [*range(100), *range(250, 350)]
    found = rescue_effect(arms, answers, since=SINCE)
    assert found.table["variant"].tolist() == ["call", "gift"]
    assert found.largest()["variant"] in {"call", "gift"}


def test_one_of_several_questions_is_chosen(shop) -> None:
    arms = shop.people[["customer_id"]].assign(
        variant=np.where(shop.people["customer_id"] % 2, "control", "call")
    )
    with pytest.raises(DataError, match="choose one"):
        rescue_effect(arms, shop.responses, since="2023-02-01")
    found = rescue_effect(arms, shop.responses, since="2023-02-01", question="csat", measure="csat")
    assert found.table["winner"].isna().all()


@pytest.mark.parametrize(
    ("arms", "options", "error", "message"),
    [
        ({"variant": None}, {}, DataError, "variant is missing in 400 rows of assignment"),
        ({"variant": "control"}, {}, NotEnoughDataError, "need at least 2 arms, got 1"),
        ({}, {"control": "Control"}, DataError, r"did you mean 'control'\?"),
        ({"customer_id": 1}, {}, DataError, "repeated customer_id"),
        ({"customer_id": [f"c{k}" for k in range(400)]}, {}, DataError, "numbers"),
        (
            {},
            {"since": "2024-04-01"},
            NotEnoughDataError,
            "need at least 1 answer after since=2024-04-01 of assigned customers, got 0",
        ),
    ],
)
def test_trials_that_are_none_are_refused(arms, options, error, message) -> None:
    table, answers = trial((100, 100), ([3, 9], [9, 9]))
    with pytest.raises(error, match=message):
        rescue_effect(table.assign(**arms), answers, **{"since": SINCE, **options})


def test_a_silent_arm_and_missing_columns_are_refused() -> None:
    arms, answers = trial((100, 0), ([3, 9], [9, 9]))
    with pytest.raises(NotEnoughDataError, match="need at least 1 answer in the arm .call., got 0"):
        rescue_effect(arms, answers, since=SINCE)
    with pytest.raises(MissingColumnsError):
        rescue_effect(arms.drop(columns="variant"), answers, since=SINCE)
    with pytest.raises(DataError, match="response_date is missing in 100 of 100"):
        rescue_effect(arms, answers.assign(response_date=None), since=SINCE)

"""Scores are whole numbers on their scale, and make two classes."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from cemkit.errors import DataError
from cemkit.feedback.comments.classes import (
    check_limits,
    check_one_question,
    check_scale,
    read_scores,
    score_classes,
)


def test_classes_of_a_net_promoter_score() -> None:
    scores = np.array([0.0, 6, 7, 8, 9, 10, np.nan])
    assert score_classes(scores, 6, 9).tolist() == [0, 0, -1, -1, 1, 1, -1]


@pytest.mark.parametrize(
    ("scores", "message"),
    [
        ([1, 11], r"1 of 2 scores is off the scale 0 to 10, such as 11; .*scale=\(1, 100\)"),
        ([-1, 3], "off the scale 0 to 10, such as -1"),
        ([7.5, 3], "1 of 2 scores is fractional, such as 7.5; take each customer's own answer"),
        (["9", "3"], "must hold numbers, not .*pandas.to_numeric"),
        ([np.inf, 3], "infinite"),
        ([True, False], "must hold numbers, not bool"),
    ],
)
def test_odd_scores_are_refused_with_the_remedy(scores: list[Any], message: str) -> None:
    with pytest.raises(DataError, match=message):
        read_scores(pd.Series(scores), (0, 10))


def test_missing_scores_stay_missing() -> None:
    read = read_scores(pd.Series([9, None], dtype="Int64"), (0, 10))
    assert np.array_equal(read, [9, np.nan], equal_nan=True)
    assert np.isnan(read_scores(pd.Series([None, None]), (0, 10))).all()


@pytest.mark.parametrize("odd", [(10, 0), (0,), (0.5, 3), (3, 3)])
def test_a_scale_has_two_whole_ends(odd: Any) -> None:
    with pytest.raises((TypeError, ValueError), match="scale"):
        check_scale(odd)


@pytest.mark.parametrize(("negative", "positive"), [(9, 6), (6, 6), (-1, 5), (6, 11)])
def test_the_limits_part_the_scale(negative: float, positive: float) -> None:
    with pytest.raises(ValueError, match="negative must lie below positive, both on the scale"):
        check_limits(negative, positive, (0, 10))


def test_scores_of_several_questions_are_refused() -> None:
    table = pd.DataFrame({"question": ["nps", "csat", "ces"], "score": [9, 4, None]})
    with pytest.raises(DataError, match=r"answer 2 questions \('nps', 'csat'\)"):
        check_one_question(table)
    check_one_question(table.head(1))
    check_one_question(table[["score"]])

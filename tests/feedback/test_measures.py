"""Scales and classes: what is refused, and what is suspected."""

import numpy as np
import pandas as pd
import pytest

from cemkit.errors import CemkitWarning, DataError
from cemkit.feedback import ces, csat, nps
from cemkit.feedback.measures import checked_measure, score_numbers


@pytest.mark.parametrize(
    ("measure", "scores", "classes"),
    [
        ("nps", [0, 6, 7, 8, 9, 10], [-1, -1, 0, 0, 1, 1]),
        ("csat", [1, 3, 4, 5], [0, 0, 1, 1]),
        ("ces", [1, 7], [1, 7]),
    ],
)
def test_the_classes_of_answers(measure, scores, classes) -> None:
    kind = checked_measure(measure)
    assert kind.classes(np.array(scores, dtype=float)).tolist() == classes


def test_the_top_scores_of_satisfaction_can_be_chosen() -> None:
    assert csat([1, 1, 0, 1], scale=(0, 1), top=1).table["value"].item() == 0.75
    assert csat([5, 4, 4, 3], top=1).table["value"].item() == 0.25
    with pytest.raises(ValueError, match="top must be at most 4"):
        csat([5, 4], top=5)


@pytest.mark.parametrize(
    ("score", "values", "message"),
    [
        (nps, [9, 11], r"1 score is off the scale 0 to 10, such as 11; correct them"),
        (nps, [-100, 100], r"2 scores are off the scale 0 to 10, such as -100"),
        (csat, [5, 0], r"1 score is off the scale 1 to 5, such as 0"),
        (ces, [8.0], r"off the scale 1 to 7, such as 8"),
        (nps, [9.5, 10], r"1 score is fractional, such as 9.5; nps takes single answers"),
        (csat, [4.5], "fractional, such as 4.5"),
        (ces, [5.67], "fractional"),
        (nps, [np.inf, 10], "1 infinite value"),
        (nps, ["9", "10"], r"score must hold numbers, not .* \(such as '9'\); convert it first"),
        (nps, [True, False], "score must hold numbers, not bool"),
    ],
)
def test_scores_that_are_none_are_refused(score, values, message) -> None:
    with pytest.raises(DataError, match=message):
        score(pd.Series(values))


def test_a_scale_from_1_to_10_is_suspected_where_nobody_gave_0() -> None:
    scores = pd.Series([1, 5, 8, 9, 10] * 40)
    with pytest.warns(
        CemkitWarning, match=r"none of 200 scores is 0, and some are 1: where 1 to 10"
    ):
        nps(scores)
    assert nps(scores, scale=(1, 10)).scale == (1, 10)
    with pytest.raises(DataError, match="1 score is off the scale 1 to 10, such as 0"):
        nps([0, 10], scale=(1, 10))


@pytest.mark.parametrize(
    ("score", "highest", "end"), [(nps, 5, 5), (nps, 7, 7), (ces, 5, 5), (nps, 6, 7)]
)
def test_a_shorter_scale_is_suspected(score, highest, end) -> None:
    with pytest.warns(CemkitWarning, match=f"above {highest} .* looks like 1 to {end}; choose"):
        score(pd.Series([1, 2, 3, highest] * 10))


@pytest.mark.parametrize("scale", [(1, 5), (-100, 100), (0, 100), (1, 7)])
def test_nps_takes_its_own_scales_alone(scale) -> None:
    with pytest.raises(ValueError, match=r"needs scale=\(0, 10\), or \(1, 10\)"):
        nps([9, 10], scale=scale)


@pytest.mark.parametrize("scale", ["05", (5, 1), (1,), 5, (1, 1)])
def test_a_scale_has_two_ends(scale) -> None:
    with pytest.raises((TypeError, ValueError), match="scale must"):
        csat([4, 5], scale=scale)


@pytest.mark.parametrize("dtype", ["int64", "Int64", "float64", "object", "double[pyarrow]"])
def test_numbers_of_every_type_are_read(dtype) -> None:
    found = score_numbers(
        pd.Series([9, None, 3], dtype="float64")
        .astype("Int64")
        .astype("float64" if dtype == "int64" else dtype)
    )
    assert found[[0, 2]].tolist() == [9, 3]
    assert np.isnan(found[1])

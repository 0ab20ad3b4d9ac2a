"""Whose turn it is does not depend on how the numbers and texts are stored."""

from decimal import Decimal

import numpy as np
import pandas as pd
import pytest

from cemkit.errors import DataError
from cemkit.promotion.turns import repeated, turn_of_each

IDS = pd.Index([1, 1, 1])


@pytest.mark.parametrize(
    "dtype", ["int8", "float32", "Int64", "object", "category", "int64[pyarrow]"]
)
def test_priority_is_a_number_of_any_type(dtype: str) -> None:
    actions = pd.DataFrame({"priority": pd.Series([10, 9, 100], dtype=dtype)})
    assert turn_of_each(actions, IDS).tolist() == [1, 0, 2]


def test_decimals_are_numbers_and_a_missing_one_comes_last() -> None:
    actions = pd.DataFrame({"priority": [Decimal(10), None, Decimal(9)]})
    assert turn_of_each(actions, IDS).tolist() == [1, 2, 0]


@pytest.mark.parametrize("column", ["priority", "expected_profit"])
def test_a_rank_that_is_text_is_refused(column: str) -> None:
    with pytest.raises(DataError, match=f"{column} must hold numbers, not '10'; convert it first"):
        turn_of_each(pd.DataFrame({column: ["10", "9", "8"]}), IDS)


def test_ties_go_by_text_whatever_the_type() -> None:
    for dtype in ("str", "object", pd.CategoricalDtype(["c", "b", "a"])):
        actions = pd.DataFrame({"action": pd.Series(["b", "c", "a"], dtype=dtype)})
        assert turn_of_each(actions, IDS).tolist() == [1, 2, 0]
    mixed = pd.DataFrame({"action": ["x"] * 3, "offer": [2, "a", 1]})
    assert turn_of_each(mixed, IDS).tolist() == [1, 2, 0]


def test_a_purpose_is_one_in_any_case() -> None:
    actions = pd.DataFrame({"action": "a", "purpose": ["marketing", " Marketing", "service"]})
    assert repeated(actions, IDS, turn_of_each(actions, IDS)).sum() == 1


def test_words_repeat_in_every_spelling() -> None:
    ids = pd.Index([1, 1, 1])
    actions = pd.DataFrame(
        {"action": ["greet", "Greet ", "wave"], "purpose": ["news", "NEWS", "news"]}
    )
    assert repeated(actions, ids, np.arange(3)).tolist() == [False, True, False]
    offers = actions.assign(action=1, offer=["spring", " SPRING", "ｓｐｒｉｎｇ"])
    assert repeated(offers, ids, np.arange(3)).tolist() == [False, True, True]

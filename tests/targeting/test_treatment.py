"""Labels of a trial: what they mean is named, and every type of number means the same."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from cemkit.errors import DataError, NotEnoughDataError
from cemkit.targeting.treatment import (
    hashed_order,
    outcome_numbers,
    treated_rows,
    trial_outcome,
)


@pytest.mark.parametrize(
    ("labels", "treated"),
    [
        ([0, 1, 1], None),
        ([False, True, True], None),
        ([0.0, 1.0, 1.0], None),
        (["none", "offer", "offer"], "offer"),
        (["offer", "a letter", "a letter"], "a letter"),
        ([2, 1, 1], 1),
    ],
)
@pytest.mark.parametrize("dtype", [None, object, "category"])
def test_those_treated_are_those_named(labels: list[Any], treated: Any, dtype: Any) -> None:
    rows = treated_rows(pd.Series(labels, dtype=dtype), treated)
    assert rows.tolist() == [False, True, True]


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        (
            ["none", "offer"],
            "treatment must be 0 or 1, not .none.; .* with treated=[.]{3}; .*control=[.]{3}",
        ),
        ([1, 2], "treatment must be 0 or 1, not 2"),
        (["0", "1"], "treatment must be 0 or 1, not '0'"),
        ([1, None], r"treatment has 1 missing .*the first at 1"),
    ],
)
def test_labels_that_say_nothing_are_refused(labels: list[Any], message: str) -> None:
    with pytest.raises(DataError, match=message):
        treated_rows(pd.Series(labels))


def test_a_group_without_customers_is_refused() -> None:
    with pytest.raises(NotEnoughDataError, match="need at least 1 untreated customer, got 0"):
        treated_rows(pd.Series([1, 1]))


@pytest.mark.parametrize("dtype", ["bool", "object", "Int64", "float32", "int64[pyarrow]"])
def test_every_type_of_number_is_the_same_outcome(dtype: str) -> None:
    if "pyarrow" in dtype:
        pytest.importorskip("pyarrow")
    assert outcome_numbers(pd.Series([1, 0, 1]).astype(dtype), "y").tolist() == [1, 0, 1]


def test_the_label_of_success_is_named() -> None:
    answers = pd.Series(["yes", "no", "yes"])
    assert outcome_numbers(answers, "y", "yes").tolist() == [1, 0, 1]
    assert outcome_numbers(answers, "y", "no").tolist() == [0, 1, 0]
    with pytest.raises(DataError, match=r"y must be numeric, not (str|object) .*positive='yes'"):
        outcome_numbers(answers, "y")
    with pytest.raises(DataError, match="y must be numeric, not complex128"):
        outcome_numbers(pd.Series([1j, 2]), "y")


def test_the_order_by_hash_is_that_of_the_ids_and_not_of_their_type() -> None:
    ids = pd.Index(np.arange(50), name="customer_id")
    expected = hashed_order(ids)
    assert expected.tolist() != list(range(50))
    for dtype in ("float64", "Int64", "object"):
        assert (hashed_order(ids.astype(dtype)) == expected).all()


@pytest.mark.parametrize("codes", [(1, 2), (-1, 1)])
@pytest.mark.parametrize("dtype", ["int64", "float32", "Int8"])
def test_two_codes_are_no_amounts(codes: tuple[int, int], dtype: str) -> None:
    outcome = pd.Series([*codes, *codes], dtype=dtype)
    with pytest.raises(DataError, match=f"y holds only {codes[0]} and {codes[1]}, and .*positive="):
        trial_outcome(outcome, "y")
    assert trial_outcome(outcome, "y", positive=codes[0]).tolist() == [1, 0, 1, 0]


@pytest.mark.parametrize("amounts", [[0.0, 2.0], [5.0, 10.0], [1.0, 1.0], [1.0, 2.0, 3.0]])
def test_amounts_stay_as_they_are(amounts: list[float]) -> None:
    assert trial_outcome(pd.Series(amounts), "y").tolist() == amounts

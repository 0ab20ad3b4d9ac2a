from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cemkit import segment_migration
from cemkit.errors import DataError, NotEnoughDataError

BEFORE = pd.Series({"a": "New", "b": "New", "c": "New", "d": "Loyal", "e": "Gone soon"})
AFTER = pd.Series({"d": "Loyal", "b": "Loyal", "a": "New", "f": "New", "c": "New"})


def test_counts_rates_and_who_came_and_left() -> None:
    result = segment_migration(BEFORE, AFTER)
    assert (result.customers_before, result.customers_after) == (5, 5)
    assert (result.stayed, result.moved, result.stayed_rate) == (3, 1, 0.75)
    assert result.came.to_dict() == {"f": "New"}
    assert result.left.to_dict() == {"e": "Gone soon"}
    matrix = result.matrix("customers")
    assert matrix.loc["New", ["New", "Loyal"]].tolist() == [2, 1]
    assert result.matrix().loc["New", "Loyal"] == pytest.approx(1 / 3)
    left = result.table[result.table["before"].eq("Gone soon") & result.table["after"].isna()]
    assert left["rate"].tolist() == [1.0]
    came = result.table[result.table["before"].isna() & result.table["after"].eq("New")]
    assert came["customers"].tolist() == [1]
    assert came["rate"].isna().all()
    assert "1 came and 1 left" in result.sentence()
    assert "新来 1 位，离开 1 位" in result.sentence("zh")
    assert "came" in str(result)


labels = st.dictionaries(st.integers(0, 30), st.sampled_from("xyz"), min_size=1, max_size=25)


@given(labels, labels)
@settings(max_examples=50, deadline=None)
def test_everyone_is_counted_once(before: dict[int, str], after: dict[int, str]) -> None:
    one, other = pd.Series(before), pd.Series(after)
    if not set(before) & set(after):
        with pytest.raises(NotEnoughDataError):
            segment_migration(one, other)
        return
    result = segment_migration(one, other)
    table = result.table
    assert table["customers"].sum() == len(set(before) | set(after))
    rates = table.dropna(subset=["before"]).groupby("before")["rate"].sum()
    assert rates.to_numpy() == pytest.approx(1)
    known = table.dropna(subset=["rate"])
    assert known["rate"].between(known["lower"] - 1e-12, known["upper"] + 1e-12).all()
    shuffled = segment_migration(
        one.sample(frac=1, random_state=1), other.sample(frac=1, random_state=2)
    )
    assert shuffled.stayed == result.stayed
    pd.testing.assert_frame_equal(shuffled.table, result.table)
    pd.testing.assert_frame_equal(shuffled.matrix(), result.matrix())


def test_whole_number_labels_such_as_clusters() -> None:
    result = segment_migration(pd.Series([0, 1, 2]), pd.Series([0, 2, 2]))
    matrix = result.matrix("customers")
    assert matrix.loc[1, 2] == 1
    assert [str(label) for label in [*matrix.index, *matrix.columns]] == [*"012", *"012"]
    assert set(result.table["before"]) == {0, 1, 2, None}


def test_labels_of_two_truths_such_as_churned() -> None:
    before = pd.Series([True, True, False, False], index=list("abcd"))
    after = pd.Series([True, False, False, True], index=list("abce"))
    expected = [[1, 0], [1, 1]]
    for dtype in ("bool", "boolean", "category", "bool[pyarrow]"):
        matrix = segment_migration(before.astype(dtype), after.astype(dtype)).matrix("customers")
        assert matrix.to_numpy().tolist() == expected
        assert (matrix.index.tolist(), matrix.columns.tolist()) == ([False, True], [False, True])


def test_bad_input() -> None:
    with pytest.raises(DataError, match="before has 1 repeated id, such as 'a'"):
        segment_migration(pd.concat([BEFORE, BEFORE[["a"]]]), AFTER)
    with pytest.raises(DataError, match="after has 1 customer without a label"):
        segment_migration(BEFORE, pd.Series({"a": None, "b": "New"}))
    with pytest.raises(TypeError, match="before must be a Series of labels indexed by customer_id"):
        segment_migration({}, AFTER)
    with pytest.raises(NotEnoughDataError, match="customer in both"):
        segment_migration(BEFORE, pd.Series({"z": "New"}))
    with pytest.raises(DataError, match="holds text in before and numbers in after"):
        segment_migration(BEFORE, pd.Series({1: "New"}))
    with pytest.raises(
        DataError, match="labels are text in before but numbers in after, so none could match"
    ):
        segment_migration(BEFORE, pd.Series({"a": 1, "b": 2}))
    with pytest.raises(DataError, match=r"after must hold text or numbers as labels, not \['x'\]"):
        segment_migration(BEFORE, pd.Series({"a": ["x"], "b": ["y"]}))
    with pytest.raises(DataError, match="after has 1 label without an id"):
        segment_migration(BEFORE, pd.Series({"a": "New", "nan": "New"}))


@pytest.mark.parametrize("other", [float, str, lambda id_: f" {id_}.0"])
def test_ids_match_in_every_spelling(other: Callable[[int], Any]) -> None:
    """Four of five ids are in both, and three of these four keep their label: counted by hand."""
    before = pd.Series(list("aabbb"), index=[1, 2, 3, 4, 5], dtype=object)
    after = pd.Series({5: "b", 4: "b", 2: "b", 1: "a", 6: "a"})
    if other is not float:
        before = before.set_axis(before.index.astype(str))
    result = segment_migration(before, after.set_axis([other(id_) for id_ in after.index]))
    assert (result.stayed, result.moved) == (3, 1)
    assert result.came.index.tolist() == [other(6)]  # as given
    assert result.left.index.tolist() == [before.index[2]]


def test_ids_of_two_columns_are_matched_as_pairs() -> None:
    ids = pd.MultiIndex.from_arrays([[1, 1, 2, 3], list("abab")])
    before = pd.Series(list("xyxy"), ids)
    result = segment_migration(before, before.iloc[[2, 1, 0]])
    assert (result.stayed, result.moved, result.left.tolist()) == (3, 0, ["y"])
    gaps = before.set_axis(pd.MultiIndex.from_arrays([[1, None, 2, 3], list("abab")]))
    with pytest.raises(DataError, match="before has 1 label without an id"):
        segment_migration(gaps, before)


def test_labels_without_an_order_are_refused() -> None:
    months = pd.Series({"a": pd.Period("2024-01", "M"), "b": Decimal("1.5")})
    with pytest.raises(DataError, match="labels cannot be put in one order"):
        segment_migration(months, months)
    with pytest.raises(
        DataError, match=r"before must hold text or numbers as labels, not \(1, 2\)"
    ):
        segment_migration(pd.Series([(1, 2), (1, 2)], index=["a", "b"]), BEFORE)

"""Labels: the event is named, and never taken from the order of the labels."""

import re

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cemkit.checks import (
    binary_labels,
    check_spellings,
    folded,
    is_missing_text,
    meant,
    one_label_a_row,
    unknown_labels,
)
from cemkit.errors import DataError


@pytest.mark.parametrize("dtype", ["int64", "float32", "bool", "boolean", "Int64", object])
def test_zero_and_one_are_understood_in_every_type(dtype: object) -> None:
    assert binary_labels(pd.Series([1, 0, 1]).astype(dtype), "churned").tolist() == [1.0, 0.0, 1.0]


@given(st.lists(st.booleans(), min_size=2, max_size=9), st.permutations(["churned", "stayed"]))
def test_the_event_is_the_named_label_whatever_its_place_in_the_alphabet(
    events: list[bool], words: list[str]
) -> None:
    labels = pd.Series([words[event] for event in events])
    if len(set(events)) == 2:
        assert binary_labels(labels, "y", positive=words[1]).tolist() == events
        assert binary_labels(labels, "y", positive=words[0]).tolist() == [not e for e in events]


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        (["Yes", "No"], "y must be 0 and 1, or False and True, not 'No', 'Yes'; name the one"),
        ([1, 2], "y must be 0 and 1, or False and True, not 1, 2"),
        (["0", "1"], "y must be 0 and 1, or False and True, not '0', '1'"),
        ([0.5, 1], "y must be 0 and 1, or False and True, not 0.5, 1.0"),
        ([1, None], "y is missing for 1 of 2 rows"),
        ([[1], [0]], "y must hold one plain label a row"),
    ],
)
def test_other_labels_ask_for_the_event(labels: list[object], message: str) -> None:
    with pytest.raises(DataError, match=re.escape(message)):
        binary_labels(pd.Series(labels), "y")


def test_the_event_occurs_among_two_labels() -> None:
    stayed = pd.Series(["churned", "stayed"])
    with pytest.raises(
        ValueError, match="^positive='Churned' is not a label of y: 'churned', 'sta"
    ):
        binary_labels(stayed, "y", positive="Churned")
    with pytest.raises(DataError, match=r"^y has 3 labels \('a', 'b', 'c'\); it takes two$"):
        binary_labels(pd.Series(["a", "b", "c"]), "y", positive="a")


def test_zero_and_one_may_be_named_too() -> None:
    assert binary_labels(np.array([0, 1]), "y", positive=0).tolist() == [1.0, 0.0]
    assert binary_labels(np.array([0, 0]), "y", positive=1).tolist() == [0.0, 0.0]


def test_texts_of_missing_values_are_no_labels() -> None:
    labels = ["", " ", "nan", "<NA>", "none", "A", 0, None, np.nan]
    assert [is_missing_text(label) for label in labels] == [True] * 4 + [False] * 5


def test_a_word_has_one_spelling() -> None:
    words = ["Win Back", " win  back\t", "ＷＩＮ　ＢＡＣＫ", "win\u00a0back"]
    assert {folded(word) for word in words} == {"win back"}
    assert folded("微信 ") == "微信"


@pytest.mark.parametrize("other", ["A ", "a", "Ａ", " A", "A\u00a0"])
def test_labels_that_differ_in_spelling_alone_are_refused(other: str) -> None:
    message = "variant: .* and .* differ in case, blanks or width alone and would be two groups"
    with pytest.raises(DataError, match=message):
        check_spellings(["A", "B", other], "variant")
    with pytest.raises(DataError, match=message):
        binary_labels(pd.Series(["A", "B", other]), "variant", positive="A")


def test_other_labels_pass() -> None:
    check_spellings(["A", "A", "B", 1, 1.0, None, "1", "A B", "AB"], "variant")


@pytest.mark.parametrize(
    ("label", "labels", "hint"),
    [
        ("0", [0, 1], " (it is text, and 0 there is a number)"),
        (0, ["0", "1"], " (it is a number, and '0' there is text)"),
        ("0", [np.int64(0)], " (it is text, and 0 there is a number)"),
        ("Contrl", ["control", "offer"], " (did you mean 'control'?)"),
        (" CONTROL", ["control", "offer"], " (did you mean 'control'?)"),
        ("x", ["control", 5], ""),
    ],
)
def test_what_was_meant(label: object, labels: list[object], hint: str) -> None:
    assert meant(label, labels) == hint


def test_a_list_among_labels_is_named_and_other_errors_go_on() -> None:
    with (
        pytest.raises(DataError, match="event must hold one plain label a row"),
        one_label_a_row("event"),
    ):
        pd.unique(pd.Series(["visit", ["visit"]], dtype=object))
    with pytest.raises(TypeError, match="must be str"), one_label_a_row("event"):
        raise TypeError("must be str")


def test_what_equals_nothing_is_unknown() -> None:
    given = ["a", 1, pd.NA, ["a"], {}, float("nan"), "b", np.array([1, 2]), (1, [])]
    assert unknown_labels(given[:2], ["b", "a", 1]) == []
    found = unknown_labels(given, ("a", 1, "b"))
    assert [id(label) for label in found] == [id(given[place]) for place in (2, 3, 4, 5, 7, 8)]

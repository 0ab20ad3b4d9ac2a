"""Readers of single fields: what they take, what they refuse, and what they say then."""

from typing import Any

import numpy as np
import pytest

from cemkit.errors import DataError
from cemkit.storage.fields import (
    Field,
    Place,
    choice,
    either,
    flag,
    integer,
    integers,
    label,
    labels,
    many,
    named,
    number,
    numbers,
    optional,
    record,
    row,
    text,
)

HUGE = 10**400


@pytest.mark.parametrize(
    ("reader", "values"),
    [
        (text, ["", "晚"]),
        (flag, [True, False]),
        (label, ["a", 1, -(2**63), 0.5, True]),
        (choice("a", None), ["a", None]),
        (number(), [0, -1.5, 2**53]),
        (number(0, 1, above=0), [1, 0.5]),
        (integer(2, 4), [2, 4]),
        (optional(text), [None, "a"]),
        (either("auto", integer(1)), ["auto", 1]),
        (many(text), [[], ["a", "a"]]),
        (row(text, number()), [["a", 1]]),
        (record({"a": text}), [{"a": "b"}]),
        (named(number()), [{}, {"r": 1.5}]),
        (labels("ids"), [["a", "b"]]),
    ],
)
def test_sound_values_come_back_as_they_are(reader: Field, values: list[Any]) -> None:
    for value in values:
        read = reader(value, Place("field"))
        assert read == value
        assert type(read) is type(value)


@pytest.mark.parametrize(
    ("reader", "values", "expected"),
    [
        (text, [None, 1, ["a"]], "text"),
        (flag, [0, 1, "true", None], "true or false"),
        (label, [None, [], float("inf"), float("nan"), 2**63], "text or a finite number"),
        (choice("a"), ["b", None, ["a"], {}], "one of 'a'"),
        (number(), [True, None, "1", [1]], "a number"),
        (number(), [float("inf"), float("nan"), 1e91, HUGE, -HUGE], "a number of at least -1e"),
        (number(0, 1), [-1, 2], "a number of at least 0 and at most 1"),
        (number(above=0), [0, -1], "a number above 0 and at most 1e"),
        (integer(2, 4), [2.0, True, None, "2"], "a whole number"),
        (integer(2, 4), [1, 5, HUGE], "a whole number from 2 to 4"),
        (many(text), ["ab", {"a": "b"}, None], "a list"),
        (many(text, distinct=True), [["a", "a"]], "a list without repeated values"),
        (row(text, text), [["a"], ["a", "b", "c"], "ab"], "a list of 2 values"),
        (record({}), [[], None, "a"], "an object"),
        (named(text), [[], None], "an object"),
        (labels("ids"), [["a", 1], [1, 2.5]], "a list of one kind, numbers or text"),
        (numbers("n"), [[True], ["1"], [None], [[1]]], "numbers alone"),
        (numbers("n"), [[float("nan")], [1, HUGE], [-HUGE]], "numbers of at least -1e"),
        (numbers("n", missing=True), [[1, HUGE, None]], "numbers of at least -1e"),
        (numbers("n", minimum=0, missing=True), [[None, -1]], "numbers of at least 0"),
        (numbers("n", "m"), [[1], [[1], 2], 3], "lists, 2 deep"),
        (integers("n", 0), [[1.0], [True], [None]], "whole numbers alone"),
        (integers("n", 0, 9), [[-1], [10], [HUGE]], "whole numbers from 0 to 9"),
    ],
)
def test_what_is_wrong_is_named(reader: Field, values: list[Any], expected: str) -> None:
    for value in values:
        with pytest.raises(DataError, match=f"^field.* must be {expected}"):
            reader(value, Place("field"))


@pytest.mark.parametrize(
    ("reader", "value", "message"),
    [
        (record({"a": text}), {}, "^it lacks 'a' in field$"),
        (record({"a": text}), {"a": "", "__class__": ""}, "has the unknown '__class__' in field$"),
        (record({"a": many(text)}), {"a": ["", 1]}, r"^field\.a\[1\] must be text, not 1$"),
        (many(text, 2), ["a"], "^field must have length 2, not 1$"),
        (many(text, least=1), [], "^field must have at least 1 value, not 0$"),
        (numbers(2, 2), [[1, 2], [3]], "^field must have length 2, not 1$"),
        (numbers("k", "k"), [[1, 2]], "^field must have length 1, the number of k, not 2$"),
    ],
)
def test_messages_name_the_place(reader: Field, value: Any, message: str) -> None:
    with pytest.raises(DataError, match=message):
        reader(value, Place("field"))


def test_lists_of_one_size_are_equally_long() -> None:
    read = record({"names": many(text, "n"), "means": numbers("n")})
    assert read({"names": ["a"], "means": [1]}, Place(""))["means"].tolist() == [1.0]
    with pytest.raises(DataError, match="^means must have length 1, the number of n, not 2$"):
        read({"names": ["a"], "means": [1, 2]}, Place(""))


def test_arrays_have_their_shape_and_type() -> None:
    cube = numbers("a", "b", 2)([[[1, 2], [3, 4], [5, 6]]], Place("cube"))
    assert cube.shape == (1, 3, 2)
    assert cube.dtype == np.float64
    assert numbers("a", "b")([], Place("none")).shape == (0, 0)
    gaps = numbers("n", missing=True)([1, None, 0.1], Place("sales"))
    assert gaps.tolist()[::2] == [1.0, 0.1]
    assert np.isnan(gaps[1])
    assert integers("n", 0)([2**31 - 1], Place("ends")).dtype == np.int64


def test_a_long_value_is_named_in_short() -> None:
    with pytest.raises(DataError) as raised:
        text(["x" * 1000] * 1000, Place("by"))
    assert len(str(raised.value)) < 300


def test_a_million_numbers_are_read_in_a_moment() -> None:
    values = np.random.default_rng(0).random(1_000_000).tolist()
    assert numbers("n")(values, Place("weights")).tolist() == values

"""Options: what lets a number, word, flag, list or seed through, and the words that refuse."""

import re
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.linear_model import LinearRegression

from cemkit.checks import (
    check_choice,
    check_days,
    check_estimator,
    check_flag,
    check_fraction,
    check_integer,
    check_list,
    check_number,
    check_path,
    check_positive,
    check_random_state,
    check_text,
)
from cemkit.checks.options import check_is_frame


def says(message: str) -> str:
    """A pattern that matches the message to the letter."""
    return f"^{re.escape(message)}$"


@pytest.mark.parametrize("value", [0, 1, 1.2, -0.1, float("nan"), float("inf")])
def test_a_fraction_lies_strictly_inside(value: float) -> None:
    with pytest.raises(ValueError, match=r"^confidence_level must .*, not "):
        check_fraction(value, "confidence_level")


@pytest.mark.parametrize("value", ["0.9", None, True, np.bool_(True)])
def test_a_number_is_a_number(value: object) -> None:
    with pytest.raises(TypeError, match=says(f"margin must be a number, not {value!r}")):
        check_number(value, "margin")


def test_numbers_of_numpy_are_numbers() -> None:
    assert check_number(np.float64(0.5), "margin") == 0.5
    assert check_integer(np.int64(5), "n_bins", minimum=2) == 5


def test_a_number_below_its_minimum() -> None:
    with pytest.raises(
        ValueError, match=says("rate must be a finite number of at least 0, not -1")
    ):
        check_number(-1, "rate", minimum=0)


def test_a_positive_number_is_above_zero() -> None:
    with pytest.raises(ValueError, match=says("horizon_days must be above 0, not 0")):
        check_positive(0, "horizon_days")


def test_an_integer_is_whole_and_large_enough() -> None:
    with pytest.raises(TypeError, match=says("n_bins must be a whole number, not 5.0")):
        check_integer(5.0, "n_bins", minimum=2)
    with pytest.raises(ValueError, match=says("n_bins must be at least 2, not 1")):
        check_integer(1, "n_bins", minimum=2)


def test_a_choice_is_one_of_the_words() -> None:
    with pytest.raises(ValueError, match=says("test must be one of 'z', 'fisher', not 't'")):
        check_choice("t", "test", ["z", "fisher"])


ANYTHING = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.complex_numbers(),
    st.text(),
    st.binary(),
    st.lists(st.integers()),
    st.sampled_from(
        [10**400, pd.NA, pd.NaT, np.array([1, 2]), np.array(3), {}, object(), "a" * 999]
    ),
)


@pytest.mark.parametrize(
    "check",
    [
        lambda value: check_number(value, "option"),
        lambda value: check_fraction(value, "option"),
        lambda value: check_positive(value, "option"),
        lambda value: check_integer(value, "option", minimum=1),
        lambda value: check_days(value, "option"),
        lambda value: check_flag(value, "option"),
        lambda value: check_choice(value, "option", {"a": 1}),
        lambda value: check_list(value, "option"),
        lambda value: check_random_state(value, "option"),
    ],
)
@settings(max_examples=50)
@given(value=ANYTHING)
def test_whatever_is_given_is_taken_or_refused_by_name(
    check: Callable[[Any], object], value: object
) -> None:
    try:
        check(value)
    except (TypeError, ValueError) as error:
        message = str(error)
    else:
        return
    assert message.startswith("option must")
    assert len(message) < 200


def test_numbers_have_bounds() -> None:
    with pytest.raises(
        ValueError, match=says("steps must be at most 2,147,483,647, not 1000000000000")
    ):
        check_integer(10**12, "steps", minimum=1)
    with pytest.raises(ValueError, match=says("window_days must be at most 36,525, not 99999")):
        check_days(99_999, "window_days")


@pytest.mark.parametrize("value", ["no", "yes", 1, 0, None, []])
def test_a_flag_is_true_or_false_alone(value: object) -> None:
    with pytest.raises(TypeError, match=re.escape(f"net must be True or False, not {value!r}")):
        check_flag(value, "net")
    assert check_flag(np.bool_(True), "net") is True


def test_a_list_is_read_once_and_is_not_one_word() -> None:
    assert check_list((word for word in ("a", "b")), "drop") == ["a", "b"]
    with pytest.raises(TypeError, match=says("drop must be a list, as in drop=['duplicate']")):
        check_list("duplicate", "drop")


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (LinearRegression, "model must be an instance; call the class first, as in model=LinearR"),
        ("rf", "model must be a scikit-learn estimator, not 'rf'"),
        ([LinearRegression()], "model must be a scikit-learn estimator, not [LinearRegression()]"),
    ],
)
def test_what_cannot_be_cloned_is_no_estimator(value: object, message: str) -> None:
    with pytest.raises(TypeError, match=re.escape(message)):
        check_estimator(value, "model")
    assert isinstance(check_estimator(LinearRegression(), "model"), LinearRegression)


@pytest.mark.parametrize("value", [1 - 1e-16, 1 - 1e-15])
def test_a_fraction_whose_rest_is_lost_in_rounding_is_refused(value: float) -> None:
    with pytest.raises(ValueError, match=f"level must be at most 1 - 1e-12, not {value!r}"):
        check_fraction(value, "level")
    assert check_fraction(1 - 1e-12, "level") == 1 - 1e-12


def test_a_path_without_a_null_character_is_taken() -> None:
    assert check_path("folder", "path") == check_path(Path("folder"), "path") == Path("folder")
    with pytest.raises(ValueError, match="path must be text without a null character"):
        check_path("\0", "path")
    with pytest.raises(TypeError, match="path must be text or a path, not 5"):
        check_path(5, "path")


def test_a_result_is_no_table_and_the_message_says_where_its_table_is() -> None:
    table = pd.DataFrame({"a": [1]})
    assert check_is_frame(table, "actions") is table
    with pytest.raises(TypeError, match="actions must be a pandas DataFrame, not list$"):
        check_is_frame([], "actions")
    with pytest.raises(TypeError, match=r"DataFrame, not SimpleNamespace; give its \.table$"):
        check_is_frame(SimpleNamespace(table=table), "actions")


def test_text_is_text_that_is_not_blank() -> None:
    assert check_text("clv", "by") == "clv"
    for value in ("", " ", None, 3, pd.Series([1])):
        with pytest.raises(TypeError, match="by must be text"):
            check_text(value, "by")  # type: ignore[arg-type]

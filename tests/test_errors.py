"""Messages of the exceptions, and that they survive the way between processes."""

import copy

import pytest

from cemkit.errors import (
    CemkitError,
    ConvergenceError,
    DataError,
    MissingColumnsError,
    MissingDependencyError,
    NotEnoughDataError,
)

EVERY = [
    CemkitError("a"),
    DataError("b"),
    MissingColumnsError(["amount"], ["amout"], "rename it"),
    NotEnoughDataError("orders", 1, 2, "wait"),
    ConvergenceError("c"),
    MissingDependencyError("matplotlib"),
]


def test_missing_columns_are_named_with_the_nearest_and_what_is_there() -> None:
    error = MissingColumnsError(["amount", "zzz"], ["amout", "day"], "rename them")
    assert str(error) == (
        "missing columns 'amount' (did you mean 'amout'?), 'zzz'; "
        "the table has 'amout', 'day'; rename them"
    )


def test_missing_columns_of_an_empty_table() -> None:
    assert str(MissingColumnsError(["a"], [])) == "missing column 'a'; the table has no columns"


def test_not_enough_data_says_how_many_it_takes() -> None:
    assert str(NotEnoughDataError("orders", have=1, need=2)) == ("need at least 2 orders, got 1")


def test_missing_dependency_gives_the_command_that_mends_it() -> None:
    message = str(MissingDependencyError("matplotlib"))
    assert message == "matplotlib is not installed; run: python -m pip install matplotlib"


@pytest.mark.parametrize(
    ("error", "builtin"),
    [(EVERY[1], ValueError), (EVERY[4], RuntimeError), (EVERY[5], ImportError)],
)
def test_builtin_handlers_catch_them(error: Exception, builtin: type[Exception]) -> None:
    assert isinstance(error, builtin)
    assert isinstance(error, CemkitError)


@pytest.mark.parametrize("error", EVERY, ids=lambda error: type(error).__name__)
def test_copies_keep_message_and_fields(error: Exception) -> None:
    # Copying goes through __reduce__, as sending an error back from a worker process does.
    again = copy.copy(error)
    assert type(again) is type(error)
    assert str(again) == str(error)
    assert vars(again) == vars(error)

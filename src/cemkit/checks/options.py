"""Options of a call: numbers, whole numbers, words, flags, lists and seeds."""

import math
from collections.abc import Collection, Iterable
from numbers import Integral, Real
from os import PathLike, fspath
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from cemkit.checks.engine_tables import check_no_engine_table, is_engine_table, kind_of

LARGEST_INTEGER = 2**31 - 1
LARGEST_FRACTION = 1 - 1e-12  # nearer to 1, what is left to it is lost in rounding
LONGEST_WINDOW_DAYS = 36_525  # a century


def check_number(value: float, name: str, *, minimum: float = -math.inf) -> float:
    """Return `value` as a finite float of at least `minimum`."""
    if isinstance(value, bool | np.bool_) or not isinstance(value, Real):
        raise TypeError(f"{name} must be a number, not {shown(value)}")
    number = _as_float(value)
    if not math.isfinite(number) or number < minimum:
        least = f" of at least {minimum:g}" if minimum > -math.inf else ""
        raise ValueError(f"{name} must be a finite number{least}, not {shown(value)}")
    return number


def check_fraction(value: float, name: str) -> float:
    """Return `value` as a float above 0 and at most 1 - 1e-12, so that quantiles are finite."""
    number = check_number(value, name)
    if not 0 < number < 1:
        raise ValueError(f"{name} must lie strictly between 0 and 1, not {shown(value)}")
    if number > LARGEST_FRACTION:
        raise ValueError(f"{name} must be at most 1 - 1e-12, not {shown(value)}")
    return number


def check_positive(value: float, name: str) -> float:
    """Return `value` as a finite float above 0."""
    number = check_number(value, name)
    if number <= 0:
        raise ValueError(f"{name} must be above 0, not {shown(value)}")
    return number


def check_integer(value: int, name: str, *, minimum: int, maximum: int = LARGEST_INTEGER) -> int:
    """Return `value` as an int from `minimum` to `maximum`."""
    if isinstance(value, bool | np.bool_) or not isinstance(value, Integral):
        raise TypeError(f"{name} must be a whole number, not {shown(value)}")
    if value < minimum:
        raise ValueError(f"{name} must be at least {minimum}, not {shown(value)}")
    if value > maximum:
        raise ValueError(f"{name} must be at most {maximum:,}, not {shown(value)}")
    return int(value)


def check_days(value: int, name: str) -> int:
    """Return `value` as a number of days from 1 to a century."""
    return check_integer(value, name, minimum=1, maximum=LONGEST_WINDOW_DAYS)


def check_flag(value: bool, name: str) -> bool:
    """Return `value` as a bool, when it is True or False; text such as "no" is neither."""
    if not isinstance(value, bool | np.bool_):
        raise TypeError(f"{name} must be True or False, not {shown(value)}")
    return bool(value)


def check_choice(value: str, name: str, choices: Collection[str]) -> str:
    """Return `value`, when it is one of `choices`."""
    if not isinstance(value, str) or value not in choices:
        words = ", ".join(repr(choice) for choice in choices)
        raise ValueError(f"{name} must be one of {words}, not {shown(value)}")
    return value


def check_text(value: str, name: str) -> str:
    """Return `value`, when it is text that is not blank, such as the name of a column."""
    if not isinstance(value, str) or not value.strip():
        raise TypeError(f"{name} must be text, not {shown(value)}")
    return value


def is_single(values: object) -> bool:
    """Whether this is one value rather than several; text is one."""
    if isinstance(values, str | bytes) or not isinstance(values, Iterable):
        return True
    return isinstance(values, np.ndarray) and values.ndim == 0


def check_list(values: Iterable[Any], name: str) -> list[Any]:
    """Return the values as a list, read once; one text or one number alone is refused."""
    if is_single(values):
        raise TypeError(f"{name} must be a list, as in {name}=[{shown(values)}]")
    return list(values)


def check_estimator(value: Any, name: str) -> Any:
    """Return `value`, when it is an instance that scikit-learn can clone and fit."""
    if isinstance(value, type):
        raise TypeError(
            f"{name} must be an instance; call the class first, as in {name}={value.__name__}()"
        )
    if not (hasattr(value, "fit") and hasattr(value, "get_params")):
        raise TypeError(f"{name} must be a scikit-learn estimator, not {shown(value)}")
    return value


def check_path(value: object, name: str) -> Path:
    """Return `value` as a path, when it is text or a path that a file can have."""
    if not isinstance(value, str | PathLike):
        raise TypeError(f"{name} must be text or a path, not {shown(value)}")
    text = fspath(value)
    if not isinstance(text, str) or "\0" in text:
        raise ValueError(f"{name} must be text without a null character, not {shown(value)}")
    return Path(text)


def check_kind(value: object, kind: type, name: str) -> None:
    """Raise unless `value` is of the class that a picture draws."""
    if not isinstance(value, kind):
        raise TypeError(f"{name} must be of type {kind.__name__}, not {kind_of(value)}")


def check_is_frame(table: object, name: str) -> pd.DataFrame:
    """Return `table`, when it is a pandas DataFrame; for a Result say where its table is."""
    check_no_engine_table(table, name)
    if not isinstance(table, pd.DataFrame):
        is_result = isinstance(getattr(table, "table", None), pd.DataFrame)
        hint = "; give its .table" if is_result else ""
        raise TypeError(f"{name} must be a pandas DataFrame, not {type(table).__name__}{hint}")
    return table


def check_random_state(value: int | np.random.Generator, name: str = "random_state") -> Any:
    """Return `value`, when it is a seed of at least 0 or a numpy Generator."""
    if isinstance(value, np.random.Generator):
        return value
    return check_integer(value, name, minimum=0, maximum=2**32 - 1)


def shown(value: object) -> str:
    """Return the value as a message shows it: its repr, cut where it is long.

    A table of another engine is named alone, since its repr can run a query.
    """
    if is_engine_table(value):
        return f"a {kind_of(value)}"
    try:
        text = " ".join(repr(value).split())
    except ValueError:  # an integer of more than 4,300 digits has no text
        text = "a number of thousands of digits"
    return text if len(text) <= 80 else f"{text[:77]}..."


def _as_float(value: Real) -> float:
    try:
        return float(value)
    except OverflowError:
        return math.inf

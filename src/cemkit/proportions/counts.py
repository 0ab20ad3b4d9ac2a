"""What a count must be before anything is computed from it."""

import math
from collections.abc import Sequence
from numbers import Real
from typing import Any

import numpy as np
import numpy.typing as npt

from cemkit.arrays import Floats
from cemkit.checks.options import shown

Counts = Sequence[int] | npt.ArrayLike

LARGEST_EXACT_COUNT = 2**53


def check_counts(
    successes: Counts, trials: Counts, labels: Sequence[object] | None = None
) -> tuple[Floats, Floats]:
    """Successes and trials as float arrays of one shape, each success within its trials."""
    x, n = _whole(successes, "successes"), _whole(trials, "trials")
    if x.shape != n.shape:
        raise ValueError(
            f"successes and trials differ in length: {x.size} and {n.size}; give one of "
            "each per arm"
        )
    for bad, message in (
        (n == 0, "{label!r} has no trials; leave the arm out"),
        (
            x > n,
            "successes cannot exceed trials: {label!r} has {x:.0f} successes in {n:.0f} trials",
        ),
    ):
        if bad.any():
            at = int(np.argmax(bad))
            label = at if labels is None else labels[at]
            raise ValueError(message.format(label=label, x=x.flat[at], n=n.flat[at]))
    return x, n


def real_numbers(values: Any, name: str, *, allow_missing: bool = False) -> Floats:
    """Numbers as a float array of any shape; text, flags, complex and missing ones are refused."""
    try:
        array = np.asarray(values)
    except ValueError as error:
        raise ValueError(f"{name} must be numbers of one shape: {error}") from error
    if array.dtype == object:
        array = np.asarray([_real(value, name) for value in array.flat]).reshape(array.shape)
    if array.size and array.dtype.kind not in "iuf":
        raise TypeError(f"{name} must be numbers, not {shown(array.flat[0].item())}")
    numbers = array.astype(np.float64)
    if np.isnan(numbers).any() and not allow_missing:
        raise ValueError(f"{name} has {int(np.isnan(numbers).sum())} missing values; fill them in")
    return numbers


def check_pair(values: Any, name: str) -> None:
    """Raise unless there are two values."""
    if isinstance(values, str) or _shape(values) != (2,):
        raise ValueError(f"{name} must have two values, control first, not {shown(values)}")


def check_labels(labels: Sequence[object] | None) -> tuple[str, str]:
    """The names of control and treatment."""
    if labels is None:
        return "control", "treatment"
    check_pair(labels, "labels")
    control, treatment = (str(label) for label in labels)
    if control == treatment:
        raise ValueError(f"labels must differ, but both are {control!r}")
    return control, treatment


def _shape(values: Any) -> tuple[int, ...]:
    try:
        return np.shape(values)
    except ValueError:  # values of different lengths have none
        return ()


def _whole(values: Counts, name: str) -> Floats:
    try:
        array = np.asarray(values)
    except ValueError as error:
        raise ValueError(f"{name} must be whole numbers of one shape: {error}") from error
    if not array.size:
        raise ValueError(f"{name} must not be empty")
    if array.dtype == object:
        array = np.asarray([_number(value, name) for value in array.flat]).reshape(array.shape)
    if array.dtype.kind not in "iuf":
        raise TypeError(f"{name} must be whole numbers, not {shown(array.flat[0].item())}")
    numbers = array.astype(np.float64)
    fractional = ~np.isfinite(numbers) | (numbers != np.floor(numbers))
    if fractional.any():
        raise TypeError(f"{name} must be whole numbers, not {_first(numbers, fractional)!r}")
    if (numbers < 0).any():
        raise ValueError(f"{name} must not be negative, not {_first(array, numbers < 0)!r}")
    if (numbers > LARGEST_EXACT_COUNT).any():
        raise ValueError(f"{name} must not exceed 2^53, above which counts are not exact")
    return numbers


def _number(value: object, name: str) -> float:
    if isinstance(value, bool | np.bool_) or not isinstance(value, Real):
        raise TypeError(f"{name} must be whole numbers, not {shown(value)}")
    return _as_float(value)


def _real(value: object, name: str) -> float:
    if isinstance(value, bool | np.bool_) or not isinstance(value, Real):
        raise TypeError(f"{name} must be numbers, not {shown(value)}")
    return _as_float(value)


def _as_float(value: Real) -> float:
    try:
        return float(value)
    except OverflowError:
        return math.inf


def _first(array: npt.NDArray[np.generic], bad: npt.NDArray[np.bool_]) -> object:
    return array[bad].flat[0].item()

"""What a field of a saved model must be: each reader checks one value and returns it."""

import itertools
import math
import reprlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from cemkit.arrays import Floats
from cemkit.errors import DataError
from cemkit.formats import count_text

LARGEST = 1e90  # products of three such numbers are still floats
LARGEST_INTEGER = 2**31 - 1
WHOLE = 2**53
INT64 = range(-(2**63), 2**63)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a value stands in a text, and how long the lists there have been so far."""

    name: str
    sizes: dict[str, int] = field(default_factory=dict)

    def at(self, part: str | int) -> "Place":
        """Return the place of a part."""
        of_list = f"{self.name}[{part}]"
        of_record = f"{self.name}.{part}" if self.name else str(part)
        return replace(self, name=of_list if isinstance(part, int) else of_record)

    def refuse(self, expected: str, value: object) -> DataError:
        """Return the error for a value that is not what it must be."""
        return DataError(f"{self.name} must be {expected}, not {reprlib.repr(value)}")

    def check_size(self, size: int | str, length: int) -> None:
        """Raise unless a list has its length: a number, or that of others of the same name."""
        known = size if isinstance(size, int) else self.sizes.setdefault(size, length)
        if known != length:
            what = "" if isinstance(size, int) else f", the number of {size}"
            raise DataError(f"{self.name} must have length {known}{what}, not {length}")


Field = Callable[[Any, Place], Any]


def text(value: Any, place: Place) -> str:
    """Read text."""
    if not isinstance(value, str):
        raise place.refuse("text", value)
    return value


def flag(value: Any, place: Place) -> bool:
    """Read true or false."""
    if not isinstance(value, bool):
        raise place.refuse("true or false", value)
    return value


def label(value: Any, place: Place) -> str | float | bool:
    """Read text, a finite number, or true or false: an id, a class or a category."""
    if isinstance(value, str | bool) or (isinstance(value, int) and value in INT64):
        return value
    if not isinstance(value, float) or not math.isfinite(value):
        raise place.refuse("text or a finite number", value)
    return value


def choice(*words: str | None) -> Field:
    """Return a reader of one of some words, or null where None is among them."""

    def read(value: Any, place: Place) -> str | None:
        if not isinstance(value, str | None) or value not in words:
            raise place.refuse(f"one of {', '.join(map(repr, words))}", value)
        return value

    return read


def number(
    minimum: float = -LARGEST, maximum: float = LARGEST, *, above: float = -math.inf
) -> Field:
    """Return a reader of a finite number. Whole numbers stay whole, as far as floats hold them."""
    minimum, maximum = float(minimum), float(maximum)  # numpy's cannot face a huge integer

    def read(value: Any, place: Place) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise place.refuse("a number", value)
        # Comparing before converting: a huge integer does not fit into a float.
        if not (minimum <= value <= maximum and value > above):
            raise place.refuse(_range_in_words("a number", minimum, maximum, above), value)
        return value if abs(value) <= WHOLE else float(value)

    return read


def integer(minimum: int, maximum: int = LARGEST_INTEGER) -> Field:
    """Return a reader of a whole number."""

    def read(value: Any, place: Place) -> int:
        if isinstance(value, bool) or not isinstance(value, int):
            raise place.refuse("a whole number", value)
        if not minimum <= value <= maximum:
            raise place.refuse(f"a whole number from {minimum} to {maximum}", value)
        return value

    return read


def optional(reader: Field) -> Field:
    """Return a reader of null, or of what another reads."""
    return lambda value, place: None if value is None else reader(value, place)


def either(word: str, reader: Field) -> Field:
    """Return a reader of one word, or of what another reads."""
    return lambda value, place: word if value == word else reader(value, place)


def many(
    reader: Field, size: int | str | None = None, *, least: int = 0, distinct: bool = False
) -> Field:
    """Return a reader of a list."""

    def read(value: Any, place: Place) -> list[Any]:
        if not isinstance(value, list):
            raise place.refuse("a list", value)
        if len(value) < least:
            raise DataError(
                f"{place.name} must have at least {count_text(least, 'values')}, not {len(value)}"
            )
        if size is not None:
            place.check_size(size, len(value))
        values = [reader(one, place.at(number)) for number, one in enumerate(value)]
        if distinct and len(set(values)) < len(values):
            raise place.refuse("a list without repeated values", value)
        return values

    return read


def row(*readers: Field) -> Field:
    """Return a reader of a list whose values differ in kind."""

    def read(value: Any, place: Place) -> list[Any]:
        if not isinstance(value, list) or len(value) != len(readers):
            raise place.refuse(f"a list of {count_text(len(readers), 'values')}", value)
        pairs = zip(readers, value, strict=True)
        return [reader(one, place.at(number)) for number, (reader, one) in enumerate(pairs)]

    return read


def record(fields: Mapping[str, Field]) -> Field:
    """Return a reader of an object that has exactly these fields."""

    def read(value: Any, place: Place) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise place.refuse("an object", value)
        lacking = [name for name in fields if name not in value]
        unknown = [name for name in value if name not in fields]
        if lacking or unknown:
            where = f" in {place.name}" if place.name else ""
            what, names = ("lacks", lacking) if lacking else ("has the unknown", unknown)
            raise DataError(f"it {what} {reprlib.repr(names[0])}{where}")
        return {name: reader(value[name], place.at(name)) for name, reader in fields.items()}

    return read


def named(reader: Field) -> Field:
    """Return a reader of an object with any names, whose values are of one kind."""

    def read(value: Any, place: Place) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise place.refuse("an object", value)
        return {name: reader(one, place.at(name)) for name, one in value.items()}

    return read


def numbers(
    *shape: int | str,
    minimum: float = -LARGEST,
    maximum: float = LARGEST,
    above: float = -math.inf,
    missing: bool = False,
) -> Field:
    """Return a reader of an array of finite numbers."""
    kinds = {int, float, type(None)} if missing else {int, float}
    expected = _range_in_words("numbers", minimum, maximum, above)

    def read(value: Any, place: Place) -> Floats:
        flat, lengths = _flattened(value, shape, place)
        _check_kinds(flat, kinds, "numbers", place)
        try:
            array = np.array(flat, dtype=np.float64)
        except OverflowError as error:
            raise place.refuse(expected, max(filter(None, flat), key=abs)) from error
        good = (array >= minimum) & (array <= maximum) & (array > above)
        if missing:
            good |= np.array([one is None for one in flat], dtype=bool)
        if not good.all():
            raise place.refuse(expected, flat[int(np.argmin(good))])
        return array.reshape(lengths)

    return read


def integers(size: int | str, minimum: int, maximum: int = LARGEST_INTEGER) -> Field:
    """Return a reader of an array of whole numbers."""

    def read(value: Any, place: Place) -> npt.NDArray[np.int64]:
        flat, _ = _flattened(value, (size,), place)
        _check_kinds(flat, {int}, "whole numbers", place)
        for end in (min(flat, default=minimum), max(flat, default=minimum)):
            if not minimum <= end <= maximum:
                raise place.refuse(f"whole numbers from {minimum} to {maximum}", end)
        return np.array(flat, dtype=np.int64)

    return read


def labels(size: int | str, *, least: int = 0) -> Field:
    """Return a reader of ids: distinct, and all of one kind."""
    read_many = many(label, size, least=least, distinct=True)

    def read(value: Any, place: Place) -> list[Any]:
        values: list[Any] = read_many(value, place)
        if len(set(map(type, values))) > 1:
            raise place.refuse("a list of one kind, numbers or text", value)
        return values

    return read


def _range_in_words(what: str, minimum: float, maximum: float, above: float) -> str:
    low = f"above {above:g}" if above >= minimum else f"of at least {minimum:g}"
    return f"{what} {low} and at most {maximum:g}"


def _check_kinds(flat: list[Any], kinds: set[type], what: str, place: Place) -> None:
    if not set(map(type, flat)) <= kinds:
        raise place.refuse(f"{what} alone", next(one for one in flat if type(one) not in kinds))


def _flattened(
    value: Any, shape: tuple[int | str, ...], place: Place
) -> tuple[list[Any], list[int]]:
    """Nested lists as one list, and the length of each dimension."""
    parts, lengths = [value], []
    for size in shape:
        for part in parts:
            if not isinstance(part, list):
                raise place.refuse(f"lists, {len(shape)} deep", part)
            place.check_size(size, len(part))
        lengths.append(size if isinstance(size, int) else place.sizes.setdefault(size, 0))
        parts = list(itertools.chain.from_iterable(parts))
    return parts, lengths

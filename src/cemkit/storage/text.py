"""A fitted model as JSON text, and back: what every `to_json` and `from_json` shares."""

import contextlib
import json
import reprlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from cemkit import __version__
from cemkit.errors import DataError
from cemkit.storage.fields import Field, Place, integer, record, text


@dataclass(frozen=True, slots=True)
class Layout:
    """What the text of a model holds.

    Attributes:
        format: Number of the layout. It is raised when the fields change, so that an older
            cemkit refuses a text that it cannot read.
        fields: What each field must be.

    Examples:
        >>> from cemkit.storage.fields import number
        >>> Layout(1, {"rate": number(0, 1)}).format
        1
    """

    format: int
    fields: Mapping[str, Field]


def to_text(model: Any, layout: Layout, state: Mapping[str, Any]) -> str:
    """Return the JSON text of a fitted model: its name, format, the library's version and state.

    The text is read back and checked first, so that whatever is written can be loaded.

    Args:
        model: A fitted model.
        layout: What its text holds.
        state: The fields of the layout: lists, dicts, text, numbers (numpy's too) and None.

    Raises:
        TypeError: The state holds something else, such as customers named by dates.
        DataError: The state is not what the layout says, such as an infinite number.

    Examples:
        >>> from cemkit.storage.fields import number
        >>> class Model: ...
        >>> to_text(Model(), Layout(1, {"rate": number()}), {"rate": np.float64(0.5)})
        '{"model": "Model", "format": 1, "cemkit": "...", "rate": 0.5}'
    """
    name = type(model).__name__
    head = {"model": name, "format": layout.format, "cemkit": __version__}
    written = json.dumps(head | dict(state), ensure_ascii=False, default=_plain)
    try:
        _read(_parsed(written, parse_constant=float), layout)
    except DataError as error:
        raise DataError(f"this {name} cannot be saved: {error}") from error
    return written


def from_text(kind: type, source: str, layout: Layout) -> dict[str, Any]:
    """Return the checked fields that `to_text` wrote.

    Args:
        kind: The class whose text it must be.
        source: Text from its `to_json`.
        layout: What the text holds.

    Raises:
        TypeError: It is not text.
        DataError: The text is not JSON, not that of such a model, written in a later format, or
            a field is not what it must be.

    Examples:
        >>> from cemkit.storage.fields import number
        >>> class Model: ...
        >>> layout = Layout(1, {"rate": number()})
        >>> from_text(Model, to_text(Model(), layout, {"rate": 0.5}), layout)["rate"]
        0.5
    """
    if not isinstance(source, str):
        raise TypeError(
            f"{kind.__name__}.from_json takes the text that to_json returned, not "
            f"{type(source).__name__}; read a file as text first"
        )
    state = _parsed(source, parse_constant=_refuse_constant)
    written = state.get("model") if isinstance(state, dict) else None
    if written != kind.__name__:
        what = f"a saved {written:.40}" if isinstance(written, str) else "no saved model"
        raise DataError(
            f"the text is {what}, not a saved {kind.__name__}; write one with its to_json"
        )
    found = state.get("format")
    if type(found) is int and found > layout.format:
        raise DataError(
            f"the saved {kind.__name__} has format {reprlib.repr(found)}, and cemkit "
            f"{__version__} reads formats up to {layout.format}; update cemkit"
        )
    with damage_refused(kind):
        return _read(state, layout)


@contextlib.contextmanager
def damage_refused(kind: type) -> Iterator[None]:
    """Raise `DataError` where a check refuses what a text holds.

    Args:
        kind: The class whose text is read.

    Examples:
        >>> class Model: ...
        >>> with damage_refused(Model):
        ...     raise ValueError("penalty must be at least 0, not -1")
        Traceback (most recent call last):
        ...
        cemkit.errors.DataError: the saved Model is damaged: penalty must be at least 0, not -1
    """
    try:
        yield
    except (TypeError, ValueError) as error:
        raise DataError(f"the saved {kind.__name__} is damaged: {error}") from error


def _read(state: dict[str, Any], layout: Layout) -> dict[str, Any]:
    head: dict[str, Field] = {"model": text, "format": integer(1), "cemkit": text}
    fields: dict[str, Any] = record(head | dict(layout.fields))(state, Place(""))
    return {name: value for name, value in fields.items() if name not in head}


def _parsed(source: str, parse_constant: Callable[[str], Any]) -> Any:
    try:
        return json.loads(source, parse_constant=parse_constant, object_pairs_hook=_unique)
    except DataError:
        raise
    except ValueError as error:  # also a number of more digits than Python converts
        raise DataError(f"the text is not JSON: {error}") from error
    except RecursionError as error:
        raise DataError("the text is no saved model: its lists are nested too deeply") from error


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    names = dict(pairs)
    if len(names) < len(pairs):
        counts = Counter(name for name, _ in pairs)
        twice = counts.most_common(1)[0][0]
        raise DataError(f"the text is no saved model: it has {reprlib.repr(twice)} twice")
    return names


def _refuse_constant(word: str) -> Any:
    raise DataError(f"the text is not JSON: it has {word}, which no saved model holds")


def _plain(value: Any) -> Any:
    if isinstance(value, np.generic):
        return value.item()
    raise TypeError(f"{value!r} is neither a number nor text, so it cannot be saved as JSON")

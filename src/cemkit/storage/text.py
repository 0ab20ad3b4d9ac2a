"""A fitted model as JSON text, and back: what every `to_json` and `from_json` shares."""

import contextlib
import json
import reprlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from cemkit import __version__
from cemkit.errors import DataError
from cemkit.storage.fields import Field, Place, integer, record, text


@dataclass(frozen=True, slots=True)
class Layout:
    """What the text of a model holds."""

    format: int
    fields: Mapping[str, Field]
    # Fields that came with a later format than 1; in older texts they are null.
    added: Mapping[str, int] = field(default_factory=dict)


def to_text(model: Any, layout: Layout, state: Mapping[str, Any]) -> str:
    """Return the JSON text of a fitted model: its name, format, the library's version and state."""
    name = type(model).__name__
    head = {"model": name, "format": layout.format, "cemkit": __version__}
    written = json.dumps(head | dict(state), ensure_ascii=False, default=_plain)
    try:
        _read(_parsed(written, parse_constant=float), layout)
    except DataError as error:
        raise DataError(f"this {name} cannot be saved: {error}") from error
    return written


@contextlib.contextmanager
def from_text(kind: type, source: str, layout: Layout) -> Iterator[dict[str, Any]]:
    """Give the checked fields that `to_text` wrote; what is refused in the block is damage, too."""
    if not isinstance(source, str):
        raise TypeError(
            f"{kind.__name__}.from_json takes the text that to_json returned, not "
            f"{type(source).__name__}; read a file as text first"
        )
    state = _parsed(source, parse_constant=_refuse_constant)
    written = state.get("model") if isinstance(state, dict) else None
    if written != kind.__name__:
        what = f"a saved {written:.40}, " if isinstance(written, str) else ""
        raise DataError(
            f"the text is {what}not a saved {kind.__name__}; write one with its to_json"
        )
    found = state.get("format")
    if type(found) is int and found > layout.format:
        raise DataError(
            f"the saved {kind.__name__} has format {reprlib.repr(found)}, and cemkit "
            f"{__version__} reads formats up to {layout.format}; update cemkit"
        )
    if type(found) is int:
        state |= {name: None for name, since in layout.added.items() if found < since}
    try:
        yield _read(state, layout)
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
        raise DataError("the text is not a saved model: its lists are nested too deeply") from error


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    names = dict(pairs)
    if len(names) < len(pairs):
        counts = Counter(name for name, _ in pairs)
        twice = counts.most_common(1)[0][0]
        raise DataError(f"the text is not a saved model: it has {reprlib.repr(twice)} twice")
    return names


def _refuse_constant(word: str) -> Any:
    raise DataError(f"the text is not JSON: it has {word}, which a saved model never contains")


def _plain(value: Any) -> Any:
    if isinstance(value, np.generic):
        return value.item()
    raise TypeError(f"{value!r} is neither a number nor text, so it cannot be saved as JSON")

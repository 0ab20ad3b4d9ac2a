"""A fitted model as JSON text, and back: what every `to_json` and `from_json` shares."""

import json
from typing import Any

import numpy as np

from cemkit import __version__
from cemkit.errors import DataError


def to_text(model: Any, state: dict[str, Any]) -> str:
    """The JSON text of a fitted model: its name, the library's version and its state.

    Args:
        model: Whose class is named.
        state: Lists, dicts, text, numbers (numpy's too) and None.

    Raises:
        TypeError: The state holds something else, such as customers named by dates.

    Examples:
        >>> class Model: ...
        >>> to_text(Model(), {"rate": np.float64(0.5)})
        '{"model": "Model", "cemkit": "...", "rate": 0.5}'
    """
    named = {"model": type(model).__name__, "cemkit": __version__}
    return json.dumps(named | state, ensure_ascii=False, default=_plain)


def from_text(kind: type, text: str) -> dict[str, Any]:
    """The state that `to_text` wrote.

    Args:
        kind: The class whose text it must be.
        text: From its `to_json`.

    Raises:
        DataError: The text is not JSON, or not that of such a model.

    Examples:
        >>> class Model: ...
        >>> from_text(Model, to_text(Model(), {"rate": 0.5}))["rate"]
        0.5
    """
    try:
        state = json.loads(text)
    except json.JSONDecodeError as error:
        raise DataError(f"the text is not JSON: {error}") from error
    written = state.get("model") if isinstance(state, dict) else None
    if written != kind.__name__:
        raise DataError(
            f"the text is {f'a saved {written}' if written else 'no saved model'}, not a saved "
            f"{kind.__name__}; write one with its to_json"
        )
    return dict(state)


def _plain(value: Any) -> Any:
    if isinstance(value, np.generic):
        return value.item()
    raise TypeError(f"{value!r} is neither a number nor text, so it cannot be saved as JSON")

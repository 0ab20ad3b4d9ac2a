"""The text of a saved model: its head, and what is refused on the way in and out."""

import datetime as dt
import json
from typing import Any

import numpy as np
import pytest

import cemkit
from cemkit.errors import DataError
from cemkit.storage.fields import named, number
from cemkit.storage.text import Layout, from_text, to_text


class Model: ...


def anything(value: Any, place: object) -> Any:
    return value


FREE = Layout(3, dict.fromkeys(("rate", "n", "name", "none", "rows"), anything))
RATE = Layout(3, {"rate": number(0, 1)})


def read(text: str, layout: Layout) -> dict[str, Any]:
    with from_text(Model, text, layout) as state:
        return state


def test_text_names_the_model_its_format_and_the_version() -> None:
    state = {"rate": np.float64(0.1), "n": np.int64(3), "name": "晚", "none": None, "rows": [[1]]}
    text = to_text(Model(), FREE, state)
    assert "晚" in text
    head = {"model": "Model", "format": 3, "cemkit": cemkit.__version__}
    assert json.loads(text) == head | state
    assert read(text, FREE) == state


@pytest.mark.parametrize("written", [1, 2, 3])
def test_formats_up_to_the_layouts_are_read(written: int) -> None:
    text = json.dumps({"model": "Model", "format": written, "cemkit": "9.9", "rate": 0.5})
    assert read(text, RATE) == {"rate": 0.5}


@pytest.mark.parametrize("written", [4, 10**30])
def test_a_later_format_asks_for_an_update(written: int) -> None:
    text = json.dumps({"model": "Model", "format": written, "rates": "of the future"})
    with pytest.raises(DataError, match="^the saved Model has format .* update cemkit$"):
        read(text, RATE)


@pytest.mark.parametrize("written", [0, -1, True, "3", None, 2.0, [3]])
def test_what_is_no_format_is_refused(written: object) -> None:
    text = json.dumps({"model": "Model", "format": written, "cemkit": "", "rate": 0.5})
    with pytest.raises(DataError, match="damaged: format must be a whole number"):
        read(text, RATE)


def test_what_is_neither_number_nor_text_is_refused() -> None:
    with pytest.raises(TypeError, match=r"^datetime.date\(2024, 1, 1\) is neither a number nor t"):
        to_text(Model(), FREE, {"rows": [dt.date(2024, 1, 1)]})


@pytest.mark.parametrize("value", [np.inf, -np.inf, np.nan, 2.0, "x"])
def test_what_could_not_be_read_is_not_written(value: Any) -> None:
    with pytest.raises(DataError, match="^this Model cannot be saved: rate must be a number"):
        to_text(Model(), RATE, {"rate": value})


@pytest.mark.parametrize(
    "names", ['"a": 1, "a": 1', '"b": 0, "a": 1, "c": {}, "a": {}', '"z": {"a": 1, "a": 2}']
)
def test_names_that_occur_twice_are_refused(names: str) -> None:
    with pytest.raises(DataError, match="^the text is not a saved model: it has 'a' twice$"):
        read(f'{{"model": "Model", {names}}}', Layout(1, {"a": named(number())}))


@pytest.mark.parametrize("word", ["NaN", "Infinity", "-Infinity"])
def test_constants_that_are_no_json_are_refused(word: str) -> None:
    with pytest.raises(DataError, match=f"^the text is not JSON: it has {word}"):
        read(f'{{"model": "Model", "rate": {word}}}', RATE)


def test_a_number_beyond_floats_is_refused() -> None:
    text = '{"model": "Model", "format": 1, "cemkit": "", "rate": 1e400}'
    with pytest.raises(DataError, match="rate must be a number of at least 0 and at most 1"):
        read(text, RATE)


def test_checks_of_the_model_say_that_the_text_is_damaged() -> None:
    with (
        pytest.raises(DataError, match="^the saved Model is damaged: by must be text$"),
        from_text(Model, to_text(Model(), RATE, {"rate": 0.5}), RATE),
    ):
        raise TypeError("by must be text")

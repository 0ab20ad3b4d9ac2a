"""JSON text of fitted models: what all of them share, and what they refuse."""

import datetime as dt
import json

import numpy as np
import pytest
from sklearn.exceptions import NotFittedError

import cemkit
from cemkit.errors import DataError
from cemkit.storage import from_text, to_text

SAVED = [kind for name in cemkit._HOME if hasattr(kind := getattr(cemkit, name), "from_json")]
every_model = pytest.mark.parametrize("kind", SAVED, ids=lambda kind: kind.__name__)


class Model: ...


def test_text_names_the_model_and_the_version() -> None:
    state = {"rate": np.float64(0.1), "n": np.int64(3), "name": "晚", "none": None, "rows": [[1]]}
    text = to_text(Model(), state)
    assert "晚" in text
    assert json.loads(text) == {"model": "Model", "cemkit": cemkit.__version__} | state
    assert from_text(Model, text) == json.loads(text)


def test_what_is_neither_number_nor_text_is_refused() -> None:
    with pytest.raises(TypeError, match=r"^datetime.date\(2024, 1, 1\) is neither a number nor t"):
        to_text(Model(), {"customers": [dt.date(2024, 1, 1)]})


@every_model
@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("model", "^the text is not JSON: Expecting value"),
        ("{}", "^the text is no saved model, not a saved {}; write one with its to_json$"),
        ('["model"]', "^the text is no saved model, not a saved {}; "),
        ('{"model": "Model"}', "^the text is a saved Model, not a saved {}; "),
    ],
)
def test_text_of_anything_else_is_refused(kind: type, text: str, message: str) -> None:
    with pytest.raises(DataError, match=message.replace("{}", kind.__name__)):
        kind.from_json(text)


@every_model
def test_what_is_not_fitted_is_not_saved(kind: type) -> None:
    with pytest.raises(NotFittedError):
        kind().to_json()

"""A fitted CommentSentiment as JSON text, and back to the last digit."""

from typing import Any

import numpy as np
import pandas as pd

from cemkit.errors import DataError
from cemkit.storage.fields import integer, many, named, number, numbers, record, text
from cemkit.storage.text import Layout, from_text, to_text

COMMENTS = 2**53
QUALITY = ("accuracy", "auc", "brier", "true_positive_rate", "false_positive_rate", "known_share")
LAYOUT = Layout(
    1,
    {
        "parameters": record(
            {
                "negative": number(),
                "positive": number(),
                "ngram_range": many(integer(1, 5), 2),
                "min_comments": integer(2),
                "C": number(above=0),
                "scale": many(integer(-1000), 2),
            }
        ),
        "vocabulary": many(text, "terms", least=1, distinct=True),
        "idf": numbers("terms", above=0),
        "coefficients": numbers("terms"),
        "intercept": number(),
        "class_counts": many(integer(1, COMMENTS), 2),
        "quality": record({name: number(0, 1) for name in QUALITY}),
        "left_out": named(integer(0, COMMENTS)),
        "cut": integer(0, COMMENTS),
    },
)


def sentiment_to_json(model: Any) -> str:
    """Return the text of a fitted model."""
    parameters = model.get_params(deep=False)
    if parameters.pop("analyzer") is not None:
        raise TypeError(
            "a model with an analyzer of your own is not saved to JSON, which holds no functions; "
            "save it with skops.io.dump, or fit with analyzer=None"
        )
    state = {
        "parameters": {
            name: list(value) if isinstance(value, tuple | list) else value
            for name, value in parameters.items()
        },
        "vocabulary": model.vocabulary_,
        "idf": model.idf_.tolist(),
        "coefficients": model.coefficients_.tolist(),
        "intercept": model.intercept_,
        "class_counts": model.class_counts_.tolist(),
        "quality": {name: getattr(model, f"{name}_") for name in QUALITY},
        "left_out": {reason: int(count) for reason, count in model.left_out_.items()},
        "cut": model.cut_,
    }
    return to_text(model, LAYOUT, state)


def sentiment_from_json(kind: Any, source: str) -> Any:
    """Return the fitted model of a text."""
    with from_text(kind, source, LAYOUT) as state:
        if state["vocabulary"] != sorted(state["vocabulary"]):
            raise DataError("its vocabulary must be in order")
        parameters = state["parameters"]
        for name in ("ngram_range", "scale"):
            parameters[name] = tuple(parameters[name])
        model = kind(**parameters)
        model._check_parameters()
        return _restored(model, state)


def _restored(model: Any, state: dict[str, Any]) -> Any:
    model.classes_ = np.array([0, 1])
    model.class_counts_ = np.array(state["class_counts"])
    model.n_comments_ = int(model.class_counts_.sum())
    model.vocabulary_, model.idf_ = state["vocabulary"], state["idf"]
    model.coefficients_, model.intercept_ = state["coefficients"], float(state["intercept"])
    for name, value in state["quality"].items():
        setattr(model, f"{name}_", float(value))
    model.left_out_ = pd.Series(state["left_out"], name="comments").rename_axis("reason")
    model.cut_ = state["cut"]
    return model

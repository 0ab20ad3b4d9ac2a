"""The topics of comments as JSON text, and back to the last digit."""

from typing import Any

from cemkit.errors import DataError
from cemkit.feedback.comments.classes import check_scale
from cemkit.storage.fields import integer, many, number, numbers, text
from cemkit.storage.text import Layout, from_text, to_text

LAYOUT = Layout(
    1,
    {
        "names": many(text, "topics", least=2, distinct=True),
        "terms": many(many(text), "topics"),
        "vocabulary": many(text, "vocabulary", least=2, distinct=True),
        "idf": numbers("vocabulary", above=0),
        "factors": numbers("topics", "vocabulary", minimum=0),
        "scale": many(integer(-1000), 2),
        "confidence_level": number(0, 1, above=0),
    },
)


def topics_to_json(topics: Any) -> str:
    """Return the text of topics, without any comment."""
    model = topics.model
    if model.analyzer is not None:
        raise TypeError(
            "topics with an analyzer of your own are not saved to JSON, which holds no functions; "
            "learn them with analyzer=None"
        )
    state = {
        "names": model.names,
        "terms": model.terms,
        "vocabulary": model.vocabulary,
        "idf": model.idf.tolist(),
        "factors": model.factors.tolist(),
        "scale": list(model.scale),
        "confidence_level": model.confidence_level,
    }
    return to_text(topics, LAYOUT, state)


def topics_from_json(kind: Any, source: str) -> dict[str, Any]:
    """Return what topics are made from."""
    with from_text(kind, source, LAYOUT) as state:
        if state["confidence_level"] >= 1:
            raise DataError("its confidence_level must be below 1")
        return state | {"scale": check_scale(state["scale"])}

"""A fitted encoding as part of a saved model."""

from typing import Any

from cemkit.data.encoding import REASONS, FeatureEncoding
from cemkit.errors import DataError
from cemkit.storage.fields import choice, flag, label, many, named, optional, record, text

LARGEST_MEAN = 1e90

ENCODING = record(
    {
        "columns": many(text, "features", least=1, distinct=True),
        "average": many(label, "features"),
        "levels": many(optional(many(label, least=1, distinct=True)), "features"),
        "gaps": many(flag, "features"),
        "ignored": named(choice(*REASONS)),
        "every_level": flag,
    }
)


def encoding_of(state: dict[str, Any], *, named: bool) -> FeatureEncoding:
    """Return the encoding of a saved state; that of an array has no names and no levels."""
    encoding = FeatureEncoding(**state)
    for name, average, known in zip(
        encoding.columns, encoding.average, encoding.levels, strict=True
    ):
        if known is None and (isinstance(average, str | bool) or abs(average) > LARGEST_MEAN):
            raise DataError(f"the average of {name!r} must be a number, not {average!r}")
        if known is not None and average not in known:
            raise DataError(f"the average of {name!r} must be one of its levels, not {average!r}")
    numbered = [f"x{place}" for place in range(len(encoding.columns))]
    if not named and (any(encoding.levels) or encoding.columns != numbered):
        raise DataError("it has names or levels of features, but named is false")
    return encoding

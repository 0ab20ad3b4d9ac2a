"""An encoding there and back, and what no fit wrote."""

import dataclasses
from typing import Any

import pandas as pd
import pytest

from cemkit.data.encoding import FeatureEncoding
from cemkit.data.saved_encoding import ENCODING, encoding_of
from cemkit.errors import DataError
from cemkit.storage.fields import Place

TABLE = pd.DataFrame(
    {
        "recency": [1.0, None, 4.0],
        "plan": ["b", "a", None],
        "joined": pd.to_datetime(["2024-01-01"] * 3),
    }
)


def saved() -> dict[str, Any]:
    return dataclasses.asdict(FeatureEncoding.of(TABLE, every_level=True))


def test_there_and_back() -> None:
    encoding = encoding_of(ENCODING(saved(), Place("encoding")), named=True)
    assert encoding == FeatureEncoding.of(TABLE, every_level=True)
    assert encoding.matrix(TABLE).tolist() == [[1, 0, 1, 0], [2.5, 1, 0, 0], [4, 0, 0, 1]]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"average": ["many", "a"]}, "the average of 'recency' must be a number, not 'many'"),
        ({"average": [1.0, "z"]}, "the average of 'plan' must be one of its levels, not 'z'"),
        ({"gaps": [True]}, "gaps must have length 2, the number of features, not 1"),
        ({"ignored": {"joined": "dull"}}, "ignored.joined must be one of 'dates', "),
    ],
)
def test_what_no_fit_wrote_is_refused(change: dict[str, Any], message: str) -> None:
    with pytest.raises(DataError, match=message):
        encoding_of(ENCODING(saved() | change, Place("encoding")), named=True)


def test_an_encoding_of_an_array_has_no_names() -> None:
    with pytest.raises(DataError, match="it has names or levels of features, but named is false"):
        encoding_of(saved(), named=False)

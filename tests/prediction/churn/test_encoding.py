"""Encoding of tables: levels, gaps and what the fit has not seen."""

import numpy as np
import pandas as pd
import pytest

from cemkit import CemkitWarning, DataError
from cemkit.prediction.churn.encoding import FeatureEncoding

TABLE = pd.DataFrame(
    {
        "recency": [1.0, np.nan, 4.0, 7.0],
        "plan": ["b", "a", None, "b"],
        "size": pd.Categorical(["M", "L", "M", "S"], categories=["S", "M", "L", "XL"]),
        "member": [True, False, True, True],
        "visits": pd.array([1, None, 3, 4], dtype="Int64"),
    }
)


def test_terms_and_matrix() -> None:
    encoding = FeatureEncoding.of(TABLE)
    assert encoding.terms == [
        "recency", "plan=b", "plan=missing", "size=M", "size=L", "member", "visits",
    ]  # fmt: skip
    np.testing.assert_array_equal(
        encoding.matrix(TABLE),
        [
            [1, 1, 0, 1, 0, 1, 1],
            [4, 0, 0, 0, 1, 0, 8 / 3],
            [4, 0, 1, 1, 0, 1, 3],
            [7, 1, 0, 0, 0, 1, 4],
        ],
    )
    assert encoding.average[:3] == [4.0, "b", "M"]


@pytest.mark.parametrize("dtype", ["object", "str", "category", "string"])
def test_every_kind_of_text_is_the_same(dtype: str) -> None:
    plans = pd.DataFrame({"plan": ["b", "a", "b"]})
    encoding = FeatureEncoding.of(plans.astype(dtype))
    assert encoding.terms == ["plan=b"]
    assert encoding.matrix(plans.astype(dtype)).ravel().tolist() == [1, 0, 1]


def test_unseen_categories_are_counted_and_are_the_first_level() -> None:
    encoding = FeatureEncoding.of(pd.DataFrame({"plan": ["a", "b"]}))
    with pytest.warns(CemkitWarning, match=r"plan has 2 rows .* such as 'z'; they count as 'a'"):
        matrix = encoding.matrix(pd.DataFrame({"plan": ["z", "b", None]}))
    assert matrix.ravel().tolist() == [0, 1, 0]


def test_what_cannot_be_encoded() -> None:
    with pytest.raises(DataError, match="seen has no value at all"):
        FeatureEncoding.of(pd.DataFrame({"seen": [np.nan, np.nan]}))
    with pytest.raises(DataError, match="day holds dates"):
        FeatureEncoding.of(pd.DataFrame({"day": pd.to_datetime(["2024-01-01"])}))
    infinite = pd.DataFrame({"x": [1.0, np.inf]})
    with pytest.raises(DataError, match="x contains infinity"):
        FeatureEncoding.of(pd.DataFrame({"x": [1.0]})).matrix(infinite)

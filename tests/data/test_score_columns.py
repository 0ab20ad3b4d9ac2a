"""What a model reads and adds, against the kinds of a table's columns."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from cemkit.data.score_columns import ScoreColumns, pandas_kind
from cemkit.errors import DataError, MissingColumnsError


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ([1, 2], "number"),
        ([0.5, np.nan], "number"),
        (pd.array([1, None], dtype="Int64"), "number"),
        ([True, False], "flag"),
        (pd.array([True, None], dtype="boolean"), "flag"),
        (pd.array(["a", None], dtype="str"), "text"),
        (pd.Categorical(["a", "b"]), "text"),
        (pd.to_datetime(["2024-01-01"]), "date"),
        (pd.to_datetime(["2024-01-01"]).tz_localize("UTC"), "date"),
        (np.array(["a", 1], dtype=object), "unknown"),
        (pd.to_timedelta([1, 2]), "unknown"),
    ],
)
def test_kinds_of_pandas(values: Any, kind: str) -> None:
    found = pandas_kind(pd.Series(values).dtype)
    # The text of pandas before 3 is objects, which may hold anything.
    assert found == kind or (kind == "text" and found == "unknown")


def test_columns_are_checked_by_name_and_kind() -> None:
    columns = ScoreColumns.of_numbers(["age"], ["risk"]).reading({"plan": "text", "city": "any"})
    kinds = {"age": "number", "plan": "text", "city": "date"}
    columns.check(kinds)
    columns.check({**kinds, "age": "flag", "plan": "unknown"})
    with pytest.raises(MissingColumnsError, match="missing column 'city'.*the model reads it"):
        columns.check({"age": "number", "plan": "text"})
    for wrong, message in (
        ({"age": "text"}, "age must hold numbers, and holds text; convert it before scoring"),
        ({"age": "date"}, "age must hold numbers, and holds dates"),
        ({"plan": "number"}, "plan must hold text, and holds numbers"),
    ):
        with pytest.raises(DataError, match=message):
            columns.check({**kinds, **wrong})

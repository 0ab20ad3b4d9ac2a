"""Measures in any type of number, and ids as they were given."""

import pandas as pd
import pytest

from cemkit.errors import DataError
from cemkit.segmentation.measures import given_ids, measures_of

TABLE = pd.DataFrame({"customer_id": ["b", "a"], "total_amount": [12.34, 0.1]}, index=[5, 5])


@pytest.mark.parametrize("dtype", ["float32", "Float64", "double[pyarrow]", "float[pyarrow]"])
def test_the_type_of_a_measure_changes_nothing(dtype: str) -> None:
    measures = measures_of(TABLE.astype({"total_amount": dtype}), ["total_amount"])
    assert measures["total_amount"].tolist() == [12.34, 0.1]


def test_ids_are_those_of_the_column_or_else_of_the_index() -> None:
    assert given_ids(TABLE).tolist() == ["b", "a"]
    assert given_ids(TABLE.drop(columns="customer_id")).tolist() == [5, 5]
    with pytest.raises(DataError, match="customer_id holds float16"):
        given_ids(pd.DataFrame({"customer_id": [1.0, 2.0]}).astype("float16"))

"""Measures of customers: finite floats, whichever type of number holds them."""

import pandas as pd
import pytest

from cemkit.errors import DataError, MissingColumnsError
from cemkit.segmentation.measures import measures_of


@pytest.mark.parametrize("dtype", ["float32", "float64", "Float64", "double[pyarrow]"])
def test_the_type_of_a_number_does_not_change_it(dtype: object) -> None:
    table = pd.DataFrame({"total_amount": pd.Series([12.34, 0.1]).astype(dtype)})
    assert measures_of(table, ["total_amount"])["total_amount"].tolist() == [12.34, 0.1]


def test_what_is_no_measure_is_refused() -> None:
    table = pd.DataFrame({"total_amount": ["12", "7"]})
    with pytest.raises(DataError, match="total_amount must be numeric"):
        measures_of(table, ["total_amount"])
    with pytest.raises(MissingColumnsError, match="order_count"):
        measures_of(table, ["order_count"])

"""Layouts of experiments: columns that split arms, and customers whose rows are summed."""

import pandas as pd
import pytest

from cemkit.errors import DataError
from cemkit.experiments.layout import Layout, measured_data

ROWS = pd.DataFrame(
    {
        "customer_id": ["王", "王", "ann"],
        "variant": ["A", "A", "B"],
        "region": ["北", "南", "北"],
        "converted": [1, 0, 1],
    }
)


def laid_out(**given: object) -> Layout:
    options = {"by": None, "strata": None, "control": "A", "combined": None, "pairs": "control"}
    return Layout.of(**(options | given))  # type: ignore[arg-type]  # mistaken kinds, too


@pytest.mark.parametrize(
    ("given", "error", "message"),
    [
        ({"by": "lift"}, ValueError, "by='lift' would occur twice"),
        ({"by": ["segment", "segment"]}, ValueError, "by='segment' would occur twice"),
        ({"by": "region", "strata": "region"}, ValueError, "'region' is in both by and strata"),
        ({"by": [1]}, TypeError, "by must be names of columns"),
        ({"control": ["A"]}, TypeError, "control must be the label of one variant"),
    ],
)
def test_mistaken_layouts_are_named(given, error, message) -> None:
    with pytest.raises(error, match=message):
        laid_out(**given)


def test_rows_of_a_customer_are_summed_and_rates_become_ratios() -> None:
    metrics = {"converted": "proportion"}
    data, measures, unit = measured_data(ROWS, laid_out(), metrics, None, None)
    assert (unit, measures.kinds["converted"][0]) == ("customer", "converted")
    assert sorted(data["converted"]) == [1, 1]
    one_each = ROWS.drop_duplicates("customer_id")
    assert measured_data(one_each, laid_out(), metrics, None, None)[2] == "row"


def test_a_customer_in_two_strata_is_refused() -> None:
    with pytest.raises(DataError, match=r"1 customer is in more than one stratum of \['region'"):
        measured_data(ROWS, laid_out(strata="region"), {"converted": "proportion"}, None, None)

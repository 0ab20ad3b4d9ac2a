"""Tables go to lifetimes and back without a loss."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from cemkit import load_cdnow
from cemkit.data import from_lifetimes, to_lifetimes
from cemkit.errors import DataError, MissingColumnsError

COLUMNS = ["repeat_count", "recency_days", "tenure_days", "repeat_mean_amount"]


@pytest.mark.parametrize("time_unit", ["day", "week", "month", "year"])
def test_there_and_back_is_the_same(time_unit: str) -> None:
    customers = load_cdnow("sample", form="customers")
    summary = to_lifetimes(customers, time_unit=time_unit)
    back = from_lifetimes(summary, time_unit=time_unit)
    np.testing.assert_allclose(back, customers[COLUMNS], rtol=1e-12, atol=1e-9)
    assert back.index.equals(customers.index)


def test_the_papers_count_cdnow_in_weeks() -> None:
    """The tables of the papers begin with x = 2, t_x = 30.43, T = 38.86 (weeks)."""
    summary = to_lifetimes(load_cdnow("sample", form="customers"), time_unit="week")
    first = summary.iloc[0]
    assert first["frequency"] == 2
    assert first[["recency", "T"]].round(2).tolist() == [30.43, 38.86]


def test_a_table_without_amounts_has_none() -> None:
    summary = pd.DataFrame({"frequency": [0], "recency": [0], "T": [5]})
    assert list(from_lifetimes(summary, time_unit="day").columns) == COLUMNS[:3]


@pytest.mark.parametrize(
    "change", [{"recency": 9.0}, {"frequency": -1}, {"frequency": 1.5}], ids=str
)
def test_impossible_rows_are_refused(change: dict[str, float]) -> None:
    summary = pd.DataFrame({"frequency": [1], "recency": [3], "T": [5]}, index=["ann"])
    with pytest.raises(DataError, match=r"1 row has .* recency above T, the first at 'ann'"):
        from_lifetimes(summary.assign(**change), time_unit="day")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"T": np.nan}, "T has 1 missing and 0 infinite values"),
        ({"T": np.inf}, "T has 0 missing and 1 infinite value"),
        ({"monetary_value": np.nan}, "monetary_value has 1 missing"),
        ({"frequency": "1"}, "frequency must be numeric"),
    ],
)
def test_values_that_are_none_are_refused(change: dict[str, Any], message: str) -> None:
    summary = pd.DataFrame({"frequency": [1], "recency": [3], "T": [5]})
    with pytest.raises(DataError, match=message):
        from_lifetimes(summary.assign(**change), time_unit="day")


def test_bad_arguments() -> None:
    summary = pd.DataFrame({"frequency": [1], "recency": [3]})
    with pytest.raises(MissingColumnsError, match="missing column 'T'"):
        from_lifetimes(summary, time_unit="day")
    with pytest.raises(ValueError, match="time_unit must be one of 'day'"):
        from_lifetimes(summary.assign(T=5), time_unit="hour")
    with pytest.raises(MissingColumnsError, match="repeat_count"):
        to_lifetimes(summary)


def test_ids_that_stand_in_a_column_stay() -> None:
    summary = pd.DataFrame(
        {"customer_id": ["b", "a"], "frequency": [2, 0], "recency": [30.0, 0.0], "T": [39.0, 9.0]}
    )
    customers = from_lifetimes(summary, time_unit="week")
    assert customers["customer_id"].tolist() == ["b", "a"]
    assert customers.columns[0] == "customer_id"
    again = to_lifetimes(customers, time_unit="week")
    assert again["customer_id"].tolist() == ["b", "a"]
    shuffled = from_lifetimes(summary.iloc[::-1], time_unit="week")
    assert shuffled.set_index("customer_id").loc["b", "repeat_count"] == 2
    indexed = from_lifetimes(summary.set_index("customer_id"), time_unit="week")
    assert indexed.index.tolist() == ["b", "a"]
    for wrong in (["b", "b"], ["b", None], ["b", "nan"]):
        with pytest.raises(DataError, match="customer_id"):
            from_lifetimes(summary.assign(customer_id=wrong), time_unit="week")
        with pytest.raises(DataError, match="customer_id"):
            to_lifetimes(customers.assign(customer_id=wrong))


def test_counts_beyond_whole_floats_are_refused() -> None:
    summary = pd.DataFrame({"frequency": [1e80], "recency": [30.0], "T": [39.0]})
    with pytest.raises(DataError, match="1 row has a negative value, a frequency"):
        from_lifetimes(summary, time_unit="week")
    with pytest.raises(TypeError, match="summary must be a pandas DataFrame, not dict"):
        from_lifetimes({"frequency": [1]}, time_unit="week")  # type: ignore[arg-type]

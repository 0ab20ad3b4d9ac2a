"""What is no promotion: one rule for text, numbers and flags, in any mixture, on every engine."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cemkit import customer_table
from cemkit.data.engines import collect, scan
from cemkit.data.promotions import is_promotion, with_promoted

NONE = [
    "", " ", "0", "0.0", "000", "-0", "false", "False", "NO", "none", "None", "null", "NaN", "无",
    " 否 ",
]  # fmt: skip
NAMED = ["spring", "618", "1", "0.5", "yes", "true", "双11", "none of it", "00:00", "no 5"]


@pytest.mark.parametrize("value", [*NONE, None, np.nan, pd.NA, pd.NaT, 0, 0.0, False, np.False_])
def test_these_are_no_promotion(value: Any) -> None:
    assert not is_promotion(value)


@pytest.mark.parametrize("value", [*NAMED, 1, 0.2, -1, True, np.True_, np.int64(3)])
def test_these_are_promotions(value: Any) -> None:
    assert is_promotion(value)


def flags(table: Any) -> dict[int, int]:
    rows = collect(with_promoted(scan(table, "orders")))
    return dict(zip(rows["row"], rows["promoted"], strict=True))


@pytest.mark.filterwarnings("ignore:Dask:FutureWarning")
def test_text_is_read_alike_on_every_engine(engine: Any) -> None:
    values = [*NONE, *NAMED, None]
    table = pd.DataFrame({"row": range(len(values)), "promotion": pd.array(values, dtype="string")})
    expected = [int(value in NAMED) for value in values]
    assert flags(engine(table.astype({"promotion": object}))) == dict(enumerate(expected))


columns = st.one_of(
    st.lists(st.sampled_from([0.0, 1.0, 0.25, -2.0, None]), min_size=1, max_size=12),
    st.lists(st.sampled_from([True, False]), min_size=1, max_size=12),
    st.lists(st.sampled_from([0, 1, 7]), min_size=1, max_size=12),
    st.lists(st.sampled_from(["spring", "0", "1", "", "none", None]), min_size=1, max_size=12),
)


@pytest.mark.parametrize("name", ["pandas", "pandas-arrow", "polars-lazy", "pyarrow", "duckdb"])
@given(values=columns)
@settings(max_examples=25, deadline=None)
def test_any_column_is_read_as_its_values_are(given_on: Any, name: str, values: list[Any]) -> None:
    table = pd.DataFrame({"row": range(len(values)), "promotion": values})
    expected = {row: int(is_promotion(value)) for row, value in enumerate(values)}
    assert flags(given_on(name)(table)) == expected


@given(st.lists(st.sampled_from([0, 1, "0", "spring", None, np.nan, True, False, ""]), min_size=1))
@settings(max_examples=50, deadline=None)
def test_a_mixture_is_read_value_by_value(values: list[Any]) -> None:
    table = pd.DataFrame({"row": range(len(values)), "promotion": pd.Series(values, dtype=object)})
    expected = {row: int(is_promotion(value)) for row, value in enumerate(values)}
    assert flags(table) == expected
    assert flags(table.astype({"promotion": "category"})) == expected


@pytest.mark.parametrize("kind", ["int64", "bool", "boolean", "Int64", "float32", "object", "str"])
def test_zeros_and_ones_are_not_all_promotions(kind: str) -> None:
    orders = pd.DataFrame(
        {
            "customer_id": [1, 1, 1, 1],
            "order_date": pd.to_datetime(["2024-01-01", "2024-01-02", "2024-01-03", "2024-01-04"]),
            "amount": [10.0, 30.0, 40.0, 20.0],
            "promotion": pd.Series([0, 1, 0, 0]).astype(kind),
        }
    )
    table = customer_table(orders, "2024-01-31", include="promotion")
    assert table.loc[1, ["promotion_count", "promotion_share"]].tolist() == [1, 0.25]
    assert table.loc[1, "promotion_spend_share"] == pytest.approx(0.3)

"""Repeated rows are those of pandas, for every kind of column."""

import datetime as dt

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cemkit.data.repeated_rows import rows_seen_before

COLUMNS = {
    "int64": st.integers(-2, 2),
    "int8": st.integers(-2, 2),
    "uint64": st.sampled_from([0, 1, 2**64 - 1]),
    "bool": st.booleans(),
    "float64": st.sampled_from([0.0, -0.0, 1.5, float("nan"), float("inf")]),
    "float32": st.sampled_from([0.0, -0.0, 1.5, float("nan")]),
    "datetime64[ns]": st.sampled_from([None, dt.datetime(2024, 1, 1), dt.datetime(2024, 1, 2)]),
    "Int64": st.sampled_from([None, 1, 2]),
    "str": st.sampled_from([None, "王芳", "ann", ""]),
    "object": st.sampled_from([None, float("nan"), "ann", 1, True]),
    "category": st.sampled_from([None, "ann", "bob"]),
}


@st.composite
def tables(draw: st.DrawFn) -> pd.DataFrame:
    kinds = draw(st.lists(st.sampled_from([*COLUMNS]), min_size=1, max_size=4))
    n = draw(st.integers(0, 12))
    columns = [
        pd.Series(draw(st.lists(COLUMNS[kind], min_size=n, max_size=n)), dtype=kind)
        for kind in kinds
    ]
    return pd.concat(columns, axis=1, keys=range(len(kinds)))


@given(tables())
def test_the_same_rows_as_in_pandas(table: pd.DataFrame) -> None:
    assert rows_seen_before(table).tolist() == table.duplicated().tolist()


@pytest.mark.parametrize("storage", ["object", "str", "string[pyarrow]"])
def test_a_large_table_with_text_and_several_blocks(storage: str) -> None:
    rng = np.random.default_rng(0)
    table = pd.DataFrame(
        {
            "customer_id": pd.Series(rng.integers(0, 300, 70_000)).astype(str).astype(storage),
            "order_date": pd.Timestamp("2024-01-01")
            + pd.to_timedelta(rng.integers(0, 90, 70_000), unit="D"),
            "amount": rng.integers(0, 20, 70_000) / 10,
        },
        index=rng.permutation(70_000),
    )
    found = rows_seen_before(table)
    assert found.any()
    assert not found.all()
    assert found.tolist() == table.duplicated().tolist()


def test_nothing_repeats_in_a_table_without_columns_or_with_an_odd_nan() -> None:
    assert not rows_seen_before(pd.DataFrame(index=[1, 2])).any()
    quiet, other = np.array([0x7FF8000000000000, 0x7FF8000000000001], dtype=np.uint64).view(float)
    assert rows_seen_before(pd.DataFrame({"amount": [quiet, other]})).tolist() == [False, True]

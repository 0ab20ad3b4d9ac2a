"""Ids: one spelling for each customer, and no match between ids of different kinds."""

import re
import uuid
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cemkit.checks import (
    by_customer,
    check_any_match,
    check_ids,
    check_same_ids,
    customer_ids,
    normal_ids,
)
from cemkit.errors import DataError, MissingColumnsError


def says(message: str) -> str:
    """A pattern that matches the message to the letter."""
    return f"^{re.escape(message)}$"


def test_customers_are_found_in_index_or_column() -> None:
    column = pd.DataFrame({"customer_id": ["b", "a"], "clv": [1.0, 2.0]})
    index = column.set_index("customer_id")
    pd.testing.assert_frame_equal(by_customer(column, "values"), index)
    pd.testing.assert_frame_equal(by_customer(index, "values"), index)


def test_a_table_that_names_its_customers_names_each_once() -> None:
    twice = pd.DataFrame({"customer_id": ["a", "a"], "clv": 1.0})
    for table in (twice, twice.set_index("customer_id")):
        with pytest.raises(DataError, match="values has 1 repeated customer_id, such as 'a'"):
            check_ids(table, "values")
    check_ids(twice.rename(columns={"customer_id": "owner"}), "values")


@pytest.mark.parametrize(
    ("ids", "message"),
    [
        (["a", "a", "b"], "values has 1 repeated customer_id, such as 'a'; "),
        (["a", None, "b"], "values has 1 row without a customer_id"),
    ],
)
def test_customers_are_unique_and_known(ids: list[object], message: str) -> None:
    with pytest.raises(DataError, match=re.escape(message)):
        by_customer(pd.DataFrame({"customer_id": ids, "clv": 1.0}), "values")


def test_customers_without_a_name() -> None:
    with pytest.raises(MissingColumnsError, match="name the customers of values in a column or"):
        by_customer(pd.DataFrame({"clv": [1.0]}), "values")


WHOLE = st.lists(st.integers(-(2**53), 2**53), min_size=1, max_size=8)
TEXT = st.lists(st.text(min_size=1, max_size=5), min_size=1, max_size=8)


@given(WHOLE)
def test_whole_numbers_are_the_same_ids_in_every_type(numbers: list[int]) -> None:
    forms = [
        pd.Series(numbers, dtype="int64"),
        pd.Series(numbers, dtype="float64"),
        pd.Series(numbers, dtype="Int64"),
        pd.Series(numbers, dtype="int64[pyarrow]"),
        pd.Series(numbers, dtype=object),
        pd.Series(numbers, dtype="category"),
        pd.Series([Decimal(number) for number in numbers], dtype=object),
        pd.Series([float(number) for number in numbers], dtype=object),
    ]
    for form in forms:
        ids = normal_ids(form)
        assert ids.tolist() == numbers, form.dtype
        assert ids.dtype == np.int64, form.dtype


@given(WHOLE)
def test_numbers_as_text_lose_the_point_of_floats(numbers: list[int]) -> None:
    """As `astype(str)` writes them, whichever type they had."""
    expected = [str(number) for number in numbers]
    for dtype in ("int64", "Int64", object):
        assert normal_ids(pd.Series(numbers, dtype=dtype).astype(str)).tolist() == expected
    small = [number for number in numbers if abs(number) < 10**15]  # beyond, str writes exponents
    texts = pd.Series(small, dtype="float64").astype(str)
    assert normal_ids(texts).tolist() == [str(number) for number in small]


@given(TEXT)
def test_text_is_the_same_in_every_type_and_normal_only_once(texts: list[str]) -> None:
    ids = normal_ids(pd.Series(texts, dtype=object))
    again = normal_ids(ids)
    assert again.isna().tolist() == ids.isna().tolist()
    assert again[again.notna()].tolist() == ids[ids.notna()].tolist()
    for dtype in ("str", "category", "string"):
        other = normal_ids(pd.Series(texts, dtype=object).astype(dtype))
        assert other[other.notna()].tolist() == ids[ids.notna()].tolist()


@pytest.mark.parametrize("missing", ["nan", "NaN", "None", "<NA>", "NaT", "", "  ", "null", "NULL"])
def test_texts_that_stand_for_a_missing_value_are_missing(missing: str) -> None:
    assert normal_ids(["a", missing]).isna().tolist() == [False, True]
    with pytest.raises(DataError, match="people has 1 row without a customer_id"):
        customer_ids(pd.DataFrame({"customer_id": ["a", missing]}), "people")


def test_one_customer_in_three_spellings_is_one() -> None:
    assert normal_ids([1, 1.0, "1", " 1", "1.0"]).tolist() == ["1"] * 5
    with pytest.raises(DataError, match="people has 1 repeated customer_id, such as '1'"):
        by_customer(pd.DataFrame({"customer_id": ["1", "1.0"]}), "people")


def test_ids_after_a_left_merge_are_the_ids_before() -> None:
    ids = pd.DataFrame({"customer_id": [7, 8]})
    merged = ids.merge(pd.DataFrame({"customer_id": [7], "other": [7]}), how="left")["other"]
    assert merged.dtype == np.float64
    assert normal_ids(merged).tolist() == [7, pd.NA]


@pytest.mark.parametrize(
    ("ids", "message"),
    [
        ([2.0**53 + 2], "customer_id has float ids above 2^53, such as 9007199254740994"),
        ([1.5, 2.0], "customer_id has fractional ids, such as 1.5"),
        ([float("inf")], "customer_id has fractional ids, such as inf"),
        ([True, False], "customer_id holds True"),
        ([1, True], "customer_id holds True"),
        ([1 + 2j], "customer_id holds (1+2j)"),
        ([b"a"], "customer_id holds b'a'"),
        ([2**64], "customer_id has ids of more than 64 bits"),
        ([[1], [2]], "customer_id must hold text or whole numbers"),
        ([pd.Timestamp("2024-01-01"), "a"], "customer_id mixes dates with text or numbers"),
    ],
)
def test_what_cannot_be_an_id_is_refused(ids: list[object], message: str) -> None:
    with pytest.raises(DataError, match=re.escape(message)):
        normal_ids(ids)


def test_floats_of_16_bits_are_ids_too() -> None:
    assert normal_ids(pd.Series([1, 2], dtype="float16")).tolist() == [1, 2]


def test_a_uuid_is_its_text() -> None:
    code = uuid.UUID(int=7)
    assert normal_ids([code]).tolist() == [str(code)]


NUMBERS, TEXTS = pd.Index([1, 2]), pd.Index(["1", "2"])


@pytest.mark.parametrize(
    ("ids", "others"),
    [
        (NUMBERS, TEXTS),
        (NUMBERS, TEXTS.astype("category")),
        (NUMBERS.astype(float), TEXTS.astype(object)),
        (NUMBERS, pd.Index([*range(1000), "1"], dtype=object)),
        (NUMBERS, pd.to_datetime(["2024-01-01"])),
    ],
)
def test_ids_of_different_kinds_are_refused_whichever_way_round(
    ids: pd.Index, others: pd.Index
) -> None:
    for one, other in ((ids, others), (others, ids)):
        with pytest.raises(DataError, match="so none would be found; convert one of them"):
            check_same_ids(one, other, "actions", "suppression")


def test_ids_of_one_kind_pass_in_every_type() -> None:
    check_same_ids(NUMBERS, NUMBERS.astype("Float64"), "actions", "people")
    check_same_ids(TEXTS, TEXTS.astype("category"), "actions", "people")
    check_same_ids(NUMBERS, pd.Index([]), "actions", "people")


def test_ids_held_as_views_of_text_are_ids() -> None:
    pa = pytest.importorskip("pyarrow")
    views = pa.chunked_array([pa.array(["b", "a ", None], pa.string_view())])
    ids = pd.Series(pd.arrays.ArrowExtensionArray(views), name="customer_id")
    assert normal_ids(ids).astype(object).fillna("").tolist() == ["b", "a", ""]


@pytest.mark.parametrize("ids", [pd.Index([7, 8]), pd.Index([], dtype="int64"), pd.Index([None])])
def test_tables_without_a_common_id_are_refused_and_show_what_ids_they_have(ids: pd.Index) -> None:
    first = "7" if 7 in ids else "none"
    message = f"in people is in orders: people has {first}, orders has 1;"
    with pytest.raises(DataError, match=message):
        check_any_match(ids, NUMBERS, "people", "orders")
    with pytest.raises(DataError, match=f"people has 1, orders has {first};"):
        check_any_match(NUMBERS, ids, "people", "orders")
    check_any_match(NUMBERS, ids.union([1]), "people", "orders")

"""Encoding of tables: levels, gaps and what the fit has not seen."""

import datetime as dt
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest

from cemkit.data.encoding import FeatureEncoding
from cemkit.errors import CemkitWarning, DataError

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


@pytest.mark.parametrize(
    "numbers",
    [[1, 2.5, None], [Decimal(1), Decimal("2.5"), None], [np.int64(1), 2.5, pd.NA]],
    ids=["floats", "decimals", "mixed"],
)
def test_numbers_in_a_column_of_objects_stay_numbers(numbers: list[object]) -> None:
    table = pd.DataFrame({"x": pd.Series(numbers, dtype=object)})
    assert FeatureEncoding.of(table).matrix(table).ravel().tolist() == [1, 2.5, 1.75]
    nothing = pd.DataFrame({"x": pd.Series([None], dtype=object)})
    assert FeatureEncoding.of(table).matrix(nothing).tolist() == [[1.75]]


@pytest.mark.parametrize("dtype", ["object", "boolean", "bool[pyarrow]"])
def test_every_kind_of_yes_and_no_is_the_same(dtype: str) -> None:
    if "pyarrow" in dtype:
        pytest.importorskip("pyarrow")
    table = pd.DataFrame({"member": pd.Series([True, False, True, None], dtype=dtype)})
    encoding = FeatureEncoding.of(table)
    assert encoding.terms == ["member"]
    assert encoding.matrix(table).ravel().tolist() == [1, 0, 1, 2 / 3]


def test_what_says_missing_and_what_is_missing_are_one_level() -> None:
    table = pd.DataFrame({"plan": np.array(["missing", None, "a", "b"], dtype=object)})
    encoding = FeatureEncoding.of(table)
    assert encoding.terms == ["plan=b", "plan=missing"]
    assert encoding.matrix(table).tolist() == [[0, 1], [0, 1], [0, 0], [1, 0]]


def test_intervals_are_levels_by_their_text() -> None:
    table = pd.DataFrame({"age_band": pd.cut(pd.Series([1, 2, 3, 4, None]), [0, 2, 3, 9])})
    encoding = FeatureEncoding.of(table)
    assert encoding.levels == [["(0, 2]", "(2, 3]", "(3, 9]", "missing"]]
    assert encoding.average == ["(0, 2]"]
    assert encoding.matrix(table).argmax(axis=1).tolist() == [0, 0, 0, 1, 2]
    assert encoding.matrix(table).sum() == 3


def test_what_cannot_be_encoded() -> None:
    with pytest.raises(DataError, match="x0 is missing in every row"):
        FeatureEncoding.of_numbers(np.array([[np.nan], [np.nan]]))
    for kind in (complex, object):
        with pytest.raises(DataError, match="^phase holds complex numbers; use their real and"):
            FeatureEncoding.of(pd.DataFrame({"phase": pd.Series([1 + 2j, 3j], dtype=kind)}))
    real = FeatureEncoding.of(pd.DataFrame({"phase": [1.0, 2.0]}))
    with pytest.raises(DataError, match="^phase holds complex numbers"):
        real.matrix(pd.DataFrame({"phase": [1 + 2j]}))
    with pytest.raises(DataError, match="wait holds durations; turn them into days"):
        FeatureEncoding.of(pd.DataFrame({"wait": pd.to_timedelta([1], unit="D")}))
    with pytest.raises(DataError, match=r"x held numbers in the fit .* \(first value 'many'\)"):
        FeatureEncoding.of(pd.DataFrame({"x": [1.0]})).matrix(pd.DataFrame({"x": ["many"]}))
    infinite = pd.DataFrame({"x": [1.0, np.inf]})
    with pytest.raises(DataError, match="x contains infinity"):
        FeatureEncoding.of(pd.DataFrame({"x": [1.0]})).matrix(infinite)


@pytest.mark.parametrize("blank", ["", " ", "-", "n/a"])
def test_numbers_with_a_blank_among_them_are_no_categories(blank: str) -> None:
    numbers: list[object] = [k / 4 for k in range(373)]
    for column in ([*numbers, blank], [*map(str, numbers), blank], [*map(str, numbers), None]):
        table = pd.DataFrame({"amount": pd.Series(column, dtype=object)})
        with pytest.raises(DataError, match=r"amount is text that holds numbers .*to_numeric"):
            FeatureEncoding.of(table)


def test_numbers_that_are_codes_may_be_said_to_be() -> None:
    table = pd.DataFrame({"plan": ["1", "2", "2"]})
    with pytest.raises(DataError, match=r"with \.astype\('category'\) where the numbers are codes"):
        FeatureEncoding.of(table)
    assert FeatureEncoding.of(table.astype("category")).terms == ["plan=2"]


@pytest.mark.parametrize(("rows", "levels", "kept"), [(60, 50, 50), (60, 51, 0), (2000, 200, 200)])
def test_the_most_levels_that_are_kept(rows: int, levels: int, kept: int) -> None:
    city = [f"c{k % levels}" for k in range(rows)]
    table = pd.DataFrame({"city": city, "number": range(rows)})
    if kept:
        assert len(FeatureEncoding.of(table).terms) == kept
        return
    message = rf"left out 'city' \(too many levels: {levels} in {rows} rows\); group the levels"
    with pytest.warns(CemkitWarning, match=message):
        encoding = FeatureEncoding.of(table)
    assert encoding.ignored == {"city": "too many levels"}
    assert encoding.terms == ["number"]
    with pytest.raises(DataError, match=r"no feature is left: 'city' \(too many levels\)"):
        FeatureEncoding.of(table[["city"]])


def test_categories_that_became_numbers_and_flags_that_became_text_are_refused() -> None:
    flags = pd.DataFrame({"member": [True, False, True]})
    encoding = FeatureEncoding.of(flags.astype(str))
    with pytest.raises(DataError, match="member held categories such as 'False' in the fit but ho"):
        encoding.matrix(flags)
    with pytest.raises(DataError, match="member held numbers in the fit but holds"):
        FeatureEncoding.of(flags).matrix(flags.astype(str))
    with pytest.raises(DataError, match="amount holds complex numbers"):
        FeatureEncoding.of(pd.DataFrame({"amount": [1j, 2]}))


def test_a_number_that_no_float_holds_is_named() -> None:
    table = pd.DataFrame({"clicks": pd.Series([1, 10**400], dtype=object)})
    with pytest.raises(DataError, match="clicks has a number that is too large to compute with"):
        FeatureEncoding.of(table)


@pytest.mark.parametrize("dtype", ["float64", "float32", "Float64", "double[pyarrow]", object])
def test_gaps_that_the_fit_had_not_are_said(dtype: object) -> None:
    fit = pd.DataFrame({"recency": pd.Series([1.0, 3.0, 5.0]).astype(dtype), "age": [1.0, None, 3]})
    new = pd.DataFrame({"recency": pd.Series([1.0, None, None]).astype(dtype), "age": None})
    encoding = FeatureEncoding.of(fit)
    message = "^recency is missing in 2 rows, and was in none of the fit; they count as its"
    with pytest.warns(CemkitWarning, match=message) as caught:
        matrix = encoding.matrix(new.astype({"age": "float64"}))
    assert len(caught) == 1
    assert matrix.tolist() == [[1, 2], [3, 2], [3, 2]]
    assert encoding.matrix(fit).tolist() == [[1, 1], [3, 2], [5, 3]]


def test_gaps_in_an_array_are_said() -> None:
    encoding, _ = FeatureEncoding.of_numbers(np.array([[1.0], [3.0]]))
    with pytest.warns(CemkitWarning, match="^x0 is missing in 1 row"):
        assert encoding.matrix(pd.DataFrame({"x0": [np.nan]})).tolist() == [[2.0]]
    encoding, _ = FeatureEncoding.of_numbers(np.array([[1.0], [np.nan], [3.0]]))
    assert encoding.matrix(pd.DataFrame({"x0": [np.nan]})).tolist() == [[2.0]]


def named(letter: str, n: int = 40) -> list[str]:
    return [f"{letter}{k}" for k in range(n)]


IGNORED = {
    "day": (pd.date_range("2024-01-01", periods=40), "dates"),
    "local": (pd.date_range("2024-01-01", periods=40, tz="Asia/Shanghai"), "dates"),
    "python": ([dt.date(2024, 1, 1)] * 40, "dates"),
    "month": (pd.period_range("2024-01", periods=40, freq="M"), "dates"),
    "iso": (["2024-01-31", "2024-2-1", "2024/03/01 09:30", None] * 10, "dates"),
    "name": (named("name "), "identifiers or free text"),
    "code": (pd.Categorical(named("code")), "identifiers or free text"),
    "phone": ([f"138{k:08}" for k in range(40)], "identifiers or free text"),
    "some": ([*named("n", 20), *[None] * 20], "identifiers or free text"),
    "household_id": (range(100, 140), "identifiers or free text"),
    "UserID": (range(100, 140), "identifiers or free text"),
}


@pytest.mark.parametrize("column", IGNORED)
def test_what_says_nothing_of_other_customers_is_listed_with_its_reason(column: str) -> None:
    values, reason = IGNORED[column]
    encoding = FeatureEncoding.of(pd.DataFrame({"orders": range(40), column: values}))
    assert encoding.ignored == {column: reason}
    assert encoding.terms == ["orders"]


@pytest.mark.parametrize(
    ("column", "values"),
    [
        ("plan", ["a", "b", "c"] * 3),
        ("paid", range(40)),
        ("house_id", [1, 1, *range(38)]),
        ("level", named("level ", 20) * 2),
        ("few", named("x", 9)),
    ],
)
def test_what_says_something_is_a_feature(column: str, values: object) -> None:
    table = pd.DataFrame({column: values})
    assert FeatureEncoding.of(table).columns == [column]


def test_a_category_that_is_the_same_for_everyone_has_no_term() -> None:
    table = pd.DataFrame({"orders": [1, 2], "country": ["CN", "CN"]})
    assert FeatureEncoding.of(table).terms == ["orders"]
    with pytest.raises(DataError, match="no feature is left: 'country' has the same category in"):
        FeatureEncoding.of(table[["country"]])


def test_a_column_without_a_value_is_left_out_and_said() -> None:
    table = pd.DataFrame({"orders": [1, 2], "seen": [np.nan, np.nan], "plan": [None, None]})
    message = r"left out 'seen' \(no values: 0 in 2 rows\), 'plan' \(no values: 0 in 2 rows\)"
    with pytest.warns(CemkitWarning, match=message):
        encoding = FeatureEncoding.of(table)
    assert encoding.ignored == {"seen": "no values", "plan": "no values"}


def test_every_level_of_three_or_more_has_an_indicator_where_asked() -> None:
    table = pd.DataFrame({"plan": ["a", "b", "c"], "member": ["no", "yes", "no"]})
    encoding = FeatureEncoding.of(table, every_level=True)
    assert encoding.terms == ["plan=a", "plan=b", "plan=c", "member=yes"]
    assert encoding.matrix(table).tolist() == [[1, 0, 0, 0], [0, 1, 0, 1], [0, 0, 1, 0]]

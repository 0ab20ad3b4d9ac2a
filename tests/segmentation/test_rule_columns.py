"""Columns of a rule table: regions, and what each cell asks of them."""

import math
import operator

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cemkit.segmentation.rule_columns import LabelColumn, RealColumn, WholeColumn, column_of


def asked(cells: list[object], values: object) -> list[list[bool | None]]:
    """Return for each cell whether it holds for each value; None where that is unknown."""
    column, read = column_of(cells, "x", None)
    codes = column.code(values)
    return [
        [bool(sure[code]) if sure[code] or not may[code] else None for code in codes]
        for sure, may in map(column.holds, read)
    ]


def test_the_kind_follows_from_the_cells() -> None:
    kinds = {"2-4": WholeColumn, "0.5+": RealColumn, "> 3": RealColumn, "-1 to 1": RealColumn}
    kinds |= {"true": LabelColumn, "gold|silver": LabelColumn, '"5"': LabelColumn}
    for cell, kind in kinds.items():
        assert isinstance(column_of([cell, "any"], "x", None)[0], kind)
    assert isinstance(column_of([0.5], "x", None)[0], RealColumn)
    assert isinstance(column_of([True], "x", None)[0], LabelColumn)
    assert isinstance(column_of([3.0], "x", None)[0], WholeColumn)


def test_missing_values() -> None:
    nan = math.nan
    cells = ["< 0.2", "known and < 0.2", "missing or < 0.2", "missing", "known", "any"]
    assert asked(cells, [0.1, 0.2, nan]) == [
        [True, False, None],
        [True, False, False],
        [True, False, True],
        [False, False, True],
        [True, True, False],
        [True, True, True],
    ]


def test_labels() -> None:
    column, _ = column_of(["gold|silver", "known and bronze", "any"], "x", None)
    assert column.names == ["'gold'", "'silver'", "'bronze'", "another", "missing"]
    cells = ["gold|silver", "missing or bronze"]
    assert asked(cells, [0, 2, 3, -1])[0] == [True, False, False, None]
    assert asked(["true", "false"], [1, 0, -1]) == [[True, False, None], [False, True, None]]


SIGNS = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from(sorted(SIGNS)), st.sampled_from([-1.5, 0.0, 0.2, 3.25])),
        min_size=1,
        max_size=4,
    ),
    st.lists(st.sampled_from([-2.0, -1.5, 0.0, 0.1, 0.2, 0.1 + 0.1, 3.25, 9.0]), min_size=1),
)
def test_comparisons_against_brute_force(cells: list[tuple], values: list[float]) -> None:
    found = asked([f"{sign} {limit}" for sign, limit in cells], values)
    assert found == [[SIGNS[sign](value, limit) for value in values] for sign, limit in cells]


def test_a_sum_beside_an_edge_lies_on_it() -> None:
    assert asked(["0.3+", "< 0.3"], [0.1 + 0.2, 0.3, np.nextafter(0.3, 0)]) == [
        [True] * 3,
        [False] * 3,
    ]


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        ([None, "any"], "is empty; write 'any', or 'missing'"),
        (["nan"], "is empty"),
        ([">> 3"], "must be a number, a range"),
        (["> gold"], "must be a number, a range"),
        (["a||b"], "must be a number, a range"),
        (["0.8-0.2"], "contains no number: it goes from 0.8 to 0.2"),
        (
            ["5", "gold"],
            "'gold' in one rule and '5' in another, but a column must hold only numbers",
        ),
        (["true", "3"], "a column must hold only numbers, only true and false, or only text"),
    ],
)
def test_cells_that_cannot_be_read(cells: list[object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        column_of(cells, "x", None)

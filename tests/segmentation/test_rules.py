"""Rule tables: first match wins, nothing left out, nothing unreachable."""

import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cemkit.errors import CemkitWarning, MissingColumnsError
from cemkit.segmentation.rules import read_rules

LIMITS = {"recency": (1, 5), "frequency": (1, 5)}


def table(*rows: tuple[object, ...]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["name", "recency", "frequency"])


def test_the_first_match_wins() -> None:
    rules = read_rules(
        table(("a", "4-5", "any"), ("b", "any", "3"), ("c", "any", "any")), "name", LIMITS
    )
    values = {"recency": np.array([5, 3, 1]), "frequency": np.array([3, 3, 1])}
    assert rules.labels_of(values).tolist() == ["a", "b", "c"]
    assert rules.numbers_of(values).tolist() == [0, 1, 2]


@pytest.mark.filterwarnings("ignore:no rule asks for")
@given(st.data())
@settings(max_examples=60, deadline=None)
def test_labels_are_those_of_reading_the_rules_one_by_one(data: st.DataObject) -> None:
    spans = st.tuples(st.integers(1, 5), st.integers(1, 5)).map(sorted)
    drawn = data.draw(st.lists(st.tuples(spans, spans), min_size=1, max_size=5))
    rows = [
        (str(number), f"{r[0]}-{r[1]}", f"{f[0]}-{f[1]}") for number, (r, f) in enumerate(drawn)
    ]
    combinations = list(itertools.product(range(1, 6), repeat=2))
    expected = [
        next(
            (
                str(number)
                for number, (r, f) in enumerate(drawn)
                if r[0] <= recency <= r[1] and f[0] <= frequency <= f[1]
            ),
            "rest",
        )
        for recency, frequency in combinations
    ]
    rules = table(*rows, ("rest", "otherwise", "otherwise"))
    if set(expected) | {"rest"} != set(rules["name"]):
        with pytest.raises(ValueError, match="can never apply"):
            read_rules(rules, "name", LIMITS)
        return
    values = np.array(combinations).T
    found = read_rules(rules, "name", LIMITS).labels_of(
        {"recency": values[0], "frequency": values[1]}
    )
    assert found.tolist() == expected


def test_a_hole_is_named() -> None:
    rules = table(("a", "1-4", "any"), ("b", "5", "2-5"))
    with pytest.raises(
        ValueError, match="no rule holds for recency 5, frequency 1; add a last row"
    ):
        read_rules(rules, "name", LIMITS)


def test_an_unreachable_rule_is_named() -> None:
    rules = table(("a", "any", "1-3"), ("b", "2", "2"), ("c", "any", "any"))
    with pytest.raises(ValueError, match=r"rule 2 \('b'\) can never apply"):
        read_rules(rules, "name", LIMITS)


def test_an_otherwise_that_nothing_is_left_for_is_no_error() -> None:
    rules = table(("a", "any", "1-3"), ("b", "any", "4+"), ("c", "otherwise", "otherwise"))
    with pytest.warns(CemkitWarning, match="no rule asks for recency"):
        assert read_rules(rules, "name", LIMITS).labels == ("a", "b", "c")


@pytest.mark.filterwarnings("ignore:no rule asks for")
def test_a_spare_otherwise_is_no_error_where_the_first_column_is_not_asked_for() -> None:
    rules = table(("a", "any", "1-3"), ("b", "any", "4+"), ("c", "otherwise", "otherwise"))
    assert read_rules(rules.drop(columns="recency"), "name", LIMITS).labels == ("a", "b", "c")


def test_open_ranges_reach_without_limit() -> None:
    rules = pd.DataFrame({"name": ["gone", "here"], "days": ["181+", "0-180"]})
    labels = read_rules(rules, "name", {"days": (0, None)}).labels_of(
        {"days": np.array([0, 180, 180.5, 181, 10**6])}
    )
    assert labels.tolist() == ["here", "here", "here", "gone", "gone"]


def test_a_column_that_no_rule_asks_for_warns() -> None:
    rules = pd.DataFrame({"name": ["a", "b"], "recency": ["1-2", "3-5"]})
    with pytest.warns(CemkitWarning, match="no rule asks for frequency"):
        read_rules(rules, "name", LIMITS)


@pytest.mark.parametrize(
    ("cell", "message"),
    [
        (
            "high",
            "a rule's recency must be a whole number of at most 9 digits, a range such as '2-4'",
        ),
        ("1234567890", "at most 9 digits"),
        ("4-2", "'4-2' contains no number or goes outside 1 to 5"),
        ("0-3", "'0-3' contains no number or goes outside 1 to 5"),
        ("6", "'6' contains no number or goes outside 1 to 5"),
        (None, "not None"),
    ],
)
def test_cells_that_cannot_be_read(cell: object, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        read_rules(table(("a", cell, "any")), "name", LIMITS)


def test_unknown_columns_and_missing_labels() -> None:
    rules = pd.DataFrame({"name": ["a"], "money": ["any"]})
    with pytest.raises(ValueError, match=r"uses \['money'\], but can use only"):
        read_rules(rules, "name", LIMITS)
    with pytest.raises(MissingColumnsError, match="segment"):
        read_rules(rules, "segment", LIMITS)


def test_a_rule_without_a_label() -> None:
    rules = table(("a", "1-4", "any"), (None, "5", "any"))
    with pytest.raises(ValueError, match="rule 2 has no name; give one in each row"):
        read_rules(rules, "name", LIMITS)


def test_rules_that_tell_too_many_combinations_apart_are_refused_before_any_work() -> None:
    """Twenty columns with ten ranges each are 10^20 combinations: petabytes."""
    columns = [f"score_{number}" for number in range(20)]
    rules = pd.DataFrame({"tier": [str(row) for row in range(10)]})
    rules = rules.assign(**{name: [str(row) for row in range(10)] for name in columns})
    with pytest.raises(
        ValueError, match="the rules tell 672,749,994,932,560,009,201 combinations of values apart,"
    ):
        read_rules(rules, "tier", dict.fromkeys(columns, (0, None)))

"""Conditions: what their words mean, and for whom they hold."""

import itertools
import operator

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cemkit.data.column_values import ColumnValues
from cemkit.data.conditions import (
    Becomes,
    Bought,
    Changed,
    Compared,
    Dated,
    read_condition,
    read_state,
)
from cemkit.errors import DataError, MissingColumnsError

CUSTOMERS = pd.DataFrame(
    {
        "segment": ["At risk", "New", None],
        "clv": [120.0, 80.0, np.nan],
        "城市": ["北京", "上海", "北京"],
        "member": [True, False, None],
        "joined": pd.to_datetime(["2024-01-05", "2024-02-01", None]),
        "brand": ["Levi's", "Food and drink", "a >= b"],
    },
    index=pd.Index([1, 2, 3], name="customer_id"),
)


@pytest.mark.parametrize(
    ("text", "clauses"),
    [
        ("segment = At risk", [Compared("segment", "=", "At risk")]),
        ("segment=At risk", [Compared("segment", "=", "At risk")]),
        ("segment != 有流失风险", [Compared("segment", "!=", "有流失风险")]),
        ("churn_probability > 0.5", [Compared("churn_probability", ">", "0.5")]),
        ("net amount >= -1e3", [Compared("net amount", ">=", "-1e3")]),
        ("joined < 2024-01-31", [Compared("joined", "<", "2024-01-31")]),
        ("stage becomes churned", [Becomes("stage", "churned")]),
        ("clv rose by 20%", [Changed("clv", "rose", 0.2, relative=True)]),
        ("clv fell by 15", [Changed("clv", "fell", 15.0, relative=False)]),
        ("due_date due", [Dated("due_date", "due", 0)]),
        ("contract_end due in 1 day", [Dated("contract_end", "due", 1)]),
        ("last_order_date due 60 days ago", [Dated("last_order_date", "due", -60)]),
        (" birthday yearly in 7 days ", [Dated("birthday", "yearly", 7)]),
        (
            "bought category sports >= 3 times in 180 days",
            [Bought("category", "sports", ">=", 3, 180)],
        ),
        ("bought < 1 time in 1 day", [Bought(None, None, "<", 1, 1)]),
        (
            'bought "sub category" "Food and drink" = 2 times in 30 days',
            [Bought("sub category", "Food and drink", "=", 2, 30)],
        ),
        (
            "segment = At risk AND clv >= 100 and 城市 = 北京",
            [
                Compared("segment", "=", "At risk"),
                Compared("clv", ">=", "100"),
                Compared("城市", "=", "北京"),
            ],
        ),
        (
            'brand = "Food and drink" and "my and >= column" = ‘a >= b’',
            [Compared("brand", "=", "Food and drink"), Compared("my and >= column", "=", "a >= b")],
        ),
        ('brand = "say ""hi"""', [Compared("brand", "=", 'say "hi"')]),
        (
            "brand = Levi's and maker = O'Neil",
            [Compared("brand", "=", "Levi's"), Compared("maker", "=", "O'Neil")],
        ),
        (
            "band = standing and clv > 1",
            [Compared("band", "=", "standing"), Compared("clv", ">", "1")],
        ),
        ("bought > 3", [Compared("bought", ">", "3")]),
    ],
)
def test_words(text: str, clauses: list[object]) -> None:
    assert list(read_condition(text).clauses) == clauses


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is not a condition"),
        (None, "is not a condition"),
        ("churn_probability", "is not a condition"),
        ("clv == 3", "is not a condition"),
        ("clv > ", "is not a condition"),
        ("overdue", "is not a condition"),
        ("segment = ", "is not a condition"),
        ("segment becomes", "is not a condition"),
        ("segment = a and ", "'' cannot be read"),
        ("segment = Food and drink", "'drink' cannot be read.*quotes"),
        ("clv > __import__('os')", "neither a finite number nor a date"),
        ("clv > 50%", "write 50% as a fraction"),
        ("clv > inf", "neither a finite number"),
        ("clv > 1_000", "neither a finite number"),
        ("clv rose by nothing", "is not a number above 0"),
        ("clv rose by -20%", "is not a number above 0"),
        ("clv rose by 0%", "is not a number above 0"),
        ("clv fell by 120%", "more than 100 %"),
        ("d due in 99999999999 days", "more than 36,525 days"),
        ("bought category a >= 3 times in 0 days", "1 to 36,525 days"),
        ("bought category a >= 0 times in 9 days", "always holds"),
        ("bought category a < 0 times in 9 days", "never holds"),
    ],
)
def test_anything_else_is_refused(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        read_condition(text, "when", " of rule 'r'")


def test_what_happened_is_no_state() -> None:
    for text in ("stage becomes churned", "clv rose by 20%", "d due", "a = 1 and d yearly"):
        with pytest.raises(ValueError, match="of offer 'x' asks what has just happened"):
            read_state(text, "eligible", " of offer 'x'")
    assert read_state("a = 1 and b > 2", "eligible").states


def truth_of(text: str, customers: pd.DataFrame = CUSTOMERS) -> list[bool | None]:
    values = ColumnValues(customers, "customers", customers.index)
    truth = read_condition(text).truth(values)
    assert not (truth.holds & ~truth.known).any()
    pairs = zip(truth.holds, truth.known, strict=True)
    return [bool(holds) if known else None for holds, known in pairs]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("segment = At risk", [True, False, None]),
        ("segment != At risk", [False, True, None]),
        ("clv >= 120", [True, False, None]),
        ("clv = 80", [False, True, None]),
        ("clv != 80", [True, False, None]),
        ("城市 = 北京", [True, False, True]),
        ("member = true", [True, False, None]),
        ("member = No", [False, True, None]),
        ("joined >= 2024-01-06", [False, True, None]),
        ("joined = 2024-01-05", [True, False, None]),
        ("segment = At risk and clv > 0", [True, False, None]),
        ("城市 = 上海 and clv > 0", [False, True, False]),  # one that fails decides
        ('brand = "Food and drink"', [False, True, False]),
        ('brand = "a >= b"', [False, False, True]),
        ("brand = Levi's", [True, False, False]),
    ],
)
def test_unknown_is_neither_yes_nor_no(text: str, expected: list[bool | None]) -> None:
    assert truth_of(text) == expected


@pytest.mark.parametrize("dtype", ["object", "str", "category", "string[pyarrow]"])
def test_text_of_every_type_matches(dtype: str) -> None:
    customers = CUSTOMERS.assign(segment=CUSTOMERS["segment"].astype(dtype))
    assert truth_of("segment = New", customers) == [False, True, None]


@pytest.mark.parametrize("dtype", ["float32", "Float64", "double[pyarrow]"])
def test_numbers_are_compared_in_their_width(dtype: str) -> None:
    customers = pd.DataFrame({"p": pd.Series([0.3, 0.4, None], dtype=dtype)})
    assert truth_of("p > 0.3", customers) == [False, True, None]
    assert truth_of("p = 0.3", customers) == [True, False, None]


@pytest.mark.parametrize(
    ("text", "error", "message"),
    [
        ("segment = at risk", DataError, "'at risk', but 'At risk' differs only in case"),
        ("segment = At  risk", DataError, "'At risk' differs only"),
        ("segment = At Risk", DataError, "'At risk' differs only"),
        ("segment > 3", DataError, "segment must hold numbers"),
        ("clv = high", ValueError, "clv holds numbers, but 'high' is not a number"),
        ("member = maybe", ValueError, "True and False, but 'maybe' is neither"),
        ("joined = soon", ValueError, "is not a date"),
        ("clv > 2024-01-31", DataError, "clv must hold local dates"),
        ("segmnt = New", MissingColumnsError, "did you mean 'segment'"),
    ],
)
def test_a_value_that_cannot_be_meant(text: str, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        truth_of(text)


def test_a_text_that_nobody_has_is_said_unless_cemkit_knows_it() -> None:
    with pytest.warns(UserWarning, match=r"the segment 'Nww' \(did you mean 'New'\?\)"):
        assert truth_of("segment = Nww") == [False, False, None]
    assert truth_of("segment = Lost") == [False, False, None]  # a segment that nobody is in today
    with pytest.raises(DataError, match="'Lost' differs only"):
        truth_of("segment = lost")
    tiers = CUSTOMERS.assign(tier=pd.Categorical(["a", "b", None], categories=["a", "b", "c"]))
    assert truth_of("tier = c", tiers) == [False, False, None]


def test_labels_that_differ_in_case_alone_are_refused() -> None:
    customers = CUSTOMERS.assign(segment=["New", "new", "New"])
    with pytest.raises(DataError, match="'New' and 'new' differ in case"):
        truth_of("segment = New", customers)


NAMES = st.text(st.characters(categories=["L", "N", "P", "S", "Zs"]), min_size=1, max_size=12)


@settings(max_examples=40, deadline=None)
@given(column=NAMES, value=NAMES)
def test_any_name_and_value_can_be_written_in_quotes(column: str, value: str) -> None:
    def quoted(text: str) -> str:
        return '"' + text.replace('"', '""') + '"'

    found = read_condition(f"{quoted(column)} = {quoted(value)} and x > 1").clauses
    assert found == (Compared(column, "=", value), Compared("x", ">", "1"))


SIGNS = {">": operator.gt, ">=": operator.ge, "<": operator.lt, "<=": operator.le}
SIGNS |= {"=": operator.eq, "!=": operator.ne}
MAYBE = st.one_of(st.none(), st.integers(-2, 2))


@settings(max_examples=50, deadline=None)
@given(
    rows=st.lists(st.tuples(MAYBE, MAYBE), min_size=1, max_size=8),
    signs=st.tuples(*[st.sampled_from(sorted(SIGNS))] * 2),
    limits=st.tuples(st.integers(-2, 2), st.integers(-2, 2)),
)
def test_and_is_that_of_three_valued_logic(
    rows: list[tuple], signs: tuple[str, str], limits: tuple[int, int]
) -> None:
    table = pd.DataFrame(rows, columns=["a", "b"], dtype="float64")
    expected = []
    for row in rows:
        parts = [
            None if value is None else SIGNS[sign](value, limit)
            for value, sign, limit in zip(row, signs, limits, strict=True)
        ]
        expected.append(False if False in parts else None if None in parts else True)
    text = f"a {signs[0]} {limits[0]} and b {signs[1]} {limits[1]}"
    assert truth_of(text, table) == expected


def test_evidence_names_the_value_now_and_the_one_before() -> None:
    now = ColumnValues(CUSTOMERS, "after", CUSTOMERS.index)
    before = CUSTOMERS.assign(segment=["New", "New", None], clv=[100, 80.0, 3.0])
    earlier = ColumnValues(before, "before", CUSTOMERS.index)
    said = [
        clause.evidence(now, earlier, np.array([0, 1]))
        for clause in read_condition("segment = At risk and clv > 70 and clv rose by 1%").clauses
    ]
    assert list(itertools.chain(*said)) == [
        *("segment At risk, was New", "segment New"),
        *("clv 120 > 70, was 100", "clv 80 > 70"),
        *("clv 120, was 100", "clv 80"),
    ]

"""The display base: what people read, what programs get, and that neither is dangerous."""

import copy
import dataclasses
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import cemkit
from cemkit import proportion_interval, proportion_test, sample_size
from cemkit.results import Result, apart, format_value


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Ledger(Result):
    """A result with a table."""

    total_amount: float
    p_value: float
    name: str
    winner: str | None
    table: pd.DataFrame


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Rate(Result):
    """A result without one."""

    rate: float
    customers: int


@pytest.fixture
def ledger() -> Ledger:
    table = pd.DataFrame({"reason": ["a|b", "<script>"], "amount": [1234.5, 0.125]})
    return Ledger(total_amount=2500315.63, p_value=0.0033451, name="<b>", winner=None, table=table)


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("total_amount", 2500315.63, "2,500,315.63"),
        ("clv", 12.0, "12.00"),
        ("expected_profit", -0.5, "-0.50"),
        ("p_value", 0.0033451, "0.00335"),
        ("statistic", 22.774412, "22.8"),
        ("log_likelihood", -9582.43, "-9,582"),
        ("rate", np.float64(1 / 3), "0.333"),
        ("customers", np.int64(23570), "23,570"),
        ("valid", True, "True"),
        ("winner", None, "none"),
        ("lift", float("inf"), "inf"),
    ],
)
def test_values_as_people_read_them(name: str, value: object, text: str) -> None:
    assert format_value(name, value) == text


def test_printed_with_aligned_names_and_the_table(ledger: Ledger) -> None:
    lines = str(ledger).splitlines()
    assert lines[:3] == ["Ledger", "  total_amount  2,500,315.63", "  p_value       0.00335"]
    assert "1,234.50" in str(ledger)


def test_programs_get_the_values_as_they_are(ledger: Ledger) -> None:
    assert ledger.to_dict()["p_value"] == 0.0033451
    assert Rate(rate=0.5, customers=2).to_frame().to_dict("records") == [
        {"rate": 0.5, "customers": 2}
    ]


def test_the_table_that_is_given_out_is_a_copy(ledger: Ledger) -> None:
    table = ledger.to_frame()
    table["amount"] = 0.0
    assert ledger.table["amount"].tolist() == [1234.5, 0.125]


def test_markdown_is_not_broken_by_what_it_holds(ledger: Ledger) -> None:
    text = ledger.to_markdown()
    assert "| total_amount | 2,500,315.63 |" in text
    assert "a\\|b" in text
    assert "\\<b>" in text
    assert "<" not in text.replace("\\<", "")


def test_html_is_escaped(ledger: Ledger) -> None:
    page = ledger._repr_html_()
    assert "<script>" not in page
    assert "&lt;script&gt;" in page
    assert "&lt;b&gt;" in page


def test_a_result_does_not_change() -> None:
    rate = Rate(rate=0.5, customers=2)
    with pytest.raises(dataclasses.FrozenInstanceError):
        rate.rate = 0.9
    assert copy.deepcopy(rate) == rate


def test_a_result_without_a_sentence_says_so() -> None:
    with pytest.raises(NotImplementedError, match="Rate has no sentence"):
        Rate(rate=0.5, customers=2).sentence()


def test_no_sentence_rounds_a_level_of_confidence_up_to_certainty() -> None:
    """A level of 99.9 % printed without decimals reads as 100 %."""
    source = Path(cemkit.__file__).parent
    rounded = re.compile(r"\b(confidence_)?level:\.\d%")
    assert not [
        path.name for path in source.rglob("*.py") if rounded.search(path.read_text("utf-8"))
    ]


@pytest.mark.parametrize(
    ("numbers", "spec", "texts"),
    [
        ((0.5, 0.1234), ".1%", ["50.0%", "12.3%"]),
        ((0.00012, 0.5), ".1%", ["0.01%", "50.00%"]),
        ((0.001,), ",.2f", ["0.001"]),
        ((-1e-14, 0.0), "+.2%", ["+0.00%", "+0.00%"]),
        ((-0.0004, 0.0004), "+.1%", ["-0.04%", "+0.04%"]),
        ((0.1 + 0.2, 0.3), ".2f", ["0.30", "0.30"]),
        ((float("nan"), 1.0, float("inf")), ".2f", ["nan", "1.00", "inf"]),
    ],
)
def test_numbers_that_differ_look_different(
    numbers: tuple[float, ...], spec: str, texts: list[str]
) -> None:
    assert apart(*numbers, spec=spec) == texts


def test_sentences_tell_numbers_apart() -> None:
    assert "from 0.5 to 0.5000001 " in sample_size(0.5, 0.5 + 1e-7).sentence()
    rare = proportion_interval(3, 10**7).sentence()
    assert "0.00003% (95% interval 0.00001% to 0.00009%)" in rare
    sure = proportion_test([1000, 90_000], [100_000, 100_000])
    assert sure.p_value == 0
    assert "p < 1e-16" in sure.sentence()
    assert "p < 1e-16" in sure.sentence("zh")
    level = 1 - 0.05 / 10**6
    assert apart(100 * level, spec=".4g", unlike=(0.0, 100.0)) == ["99.99999"]

"""The display base: what people read, what programs get, and that neither is dangerous."""

import copy
import dataclasses

import pandas as pd
import pytest

from cemkit import proportion_test
from cemkit.results import Result


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


def test_the_repr_begins_with_the_sentence() -> None:
    found = proportion_test([143, 192], [1000, 1000], labels=["A", "B"])
    assert str(found).splitlines()[:2] == [found.sentence(), "ProportionTest"]
    assert repr(found) == str(found)
    assert found._repr_html_().startswith("<p>B converted at 19.20%, A at 14.30%: ")
    assert repr(Rate(rate=0.5, customers=2)) == "Rate\n  rate       0.5\n  customers  2"
    assert Rate(rate=0.5, customers=2)._repr_html_().startswith("<table>")


def test_a_repr_never_raises() -> None:
    found = proportion_test([143, 192], [1000, 1000], labels=["A", "B"])
    spoilt = dataclasses.replace(found, difference=None)
    with pytest.raises(TypeError):
        spoilt.sentence()
    assert repr(spoilt).startswith("ProportionTest\n")
    assert spoilt._repr_html_().startswith("<table>")


def test_what_does_not_fit_is_named_and_folded_in_html() -> None:
    found = proportion_test([143, 192], [1000, 1000], labels=["A", "B"])
    assert "  difference  0.049 (0.0163 to 0.0818)\n" in str(found)
    assert str(found).endswith("lift_method, alternative, confidence_level")
    page = found._repr_html_()
    assert "<details><summary>7 more fields</summary>" in page
    assert page.index("difference") < page.index("<details>") < page.index("lift_method")


def test_a_wide_table_says_which_columns_it_leaves_out() -> None:
    table = pd.DataFrame({f"column_{k}": ["x" * 20] * 12 for k in range(9)})
    ledger = Ledger(total_amount=1.0, p_value=0.5, name="wide", winner=None, table=table)
    lines = str(ledger).splitlines()
    assert max(map(len, lines)) <= 100
    assert lines[-2:] == [
        "... and 2 rows more",
        "more columns: column_4, column_5, column_6, column_7, column_8",
    ]

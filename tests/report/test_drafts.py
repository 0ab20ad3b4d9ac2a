"""What goes into a section has passed the gate."""

import numpy as np
import pandas as pd
import pytest

from cemkit.errors import DataError
from cemkit.proportions import proportion_test
from cemkit.report.drafts import Draft, short_note


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("customer 17 has none", "customer … has none"),
        ("the id 'ann' is there twice", "the id '…' is there twice"),
        ("of 400 customers 17.8% churned", "of 400 customers 17.8% churned"),
        ("of 400 customers 17 % churned", "of 400 customers 17 % churned"),
        ("'bob' is no customer", "'bob' is no customer"),
        ("3 of 40 customers have none", "fewer than 10 of 40 customers have none"),
        ("12 customers have none", "12 customers have none"),
        ("1,003 customers", "1,003 customers"),
        ("0.5 customers", "0.5 customers"),
    ],
)
def test_messages_neither_name_nor_count_few(draft: Draft, text: str, shown: str) -> None:
    draft.note(text)
    assert draft.finish().notes == (shown,)


def test_a_sentence_that_tells_of_few_is_not_said(draft: Draft) -> None:
    result = proportion_test([143, 192], [1000, 1000])
    draft.state(result, 143, 192)
    draft.state(result, 143, 9)
    said, unsaid = draft.finish().sentences
    assert said == result.sentence()
    assert "fewer than 10 customers" in unsaid


def test_numbers_and_rows_of_few_are_hidden(draft: Draft) -> None:
    frame = pd.DataFrame({"problem": ["a", "b"], "rows": [50, 3]})
    rows = np.array([False, True])
    columns = [("problem", "text"), ("rows", "count")]
    draft.table("ledger", frame, columns, rows=rows, kept=["problem"])
    draft.number("customers", 3, "count", "ledger", bounds=(1, 5), counts=[3])
    draft.number("order_rows", 50, "count", "ledger", counts=[50])
    section = draft.finish("why not")
    hidden, shown = section.numbers
    assert (hidden.value, hidden.lower, hidden.upper, hidden.suppressed) == (None, None, None, True)
    assert (shown.value, shown.suppressed) == (50.0, False)
    assert section.tables[0].frame["rows"].isna().tolist() == [False, True]
    assert section.tables[0].frame["problem"].tolist() == ["a", "b"]
    assert section.problem == "why not"


def test_a_number_without_its_table_is_not_shown(draft: Draft) -> None:
    draft.number("customers", 30, "count", "ledger")
    assert draft.finish(str(DataError("no"))).numbers == ()


def test_a_long_message_is_cut() -> None:
    assert len(short_note("x" * 10_000)) == 600

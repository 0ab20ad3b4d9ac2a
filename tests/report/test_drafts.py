"""What goes into a section has passed the gate."""

import dataclasses
import re

import numpy as np
import pandas as pd
import pytest

from cemkit.errors import DataError, NotEnoughDataError
from cemkit.proportions import proportion_test
from cemkit.report.drafts import Draft, Terms, short_note


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


def test_chinese_messages_do_not_count_few_either(terms: Terms) -> None:
    draft = Draft("holdings", dataclasses.replace(terms, language="zh"))
    draft.note("40 位客户中有 3 位客户，至少 5 位客户")
    assert draft.finish().notes == ("40 位客户中有 少于 10 位客户，至少 5 位客户",)


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (NotEnoughDataError("gaps", have=15, need=30), "too few gaps: at least 30 are needed"),
        (NotEnoughDataError("buyers", have=3, need=5), "too few buyers (fewer than 10)"),
        (NotEnoughDataError("buyers", have=0, need=5), "there are no buyers"),
        (
            DataError("amount is missing in 3 of 40 rows, as of customer 17"),
            "amount is missing in fewer than 10 of 40 rows, as of customer …",
        ),
        (DataError("2 repeat purchases"), "fewer than 10 repeat purchases"),
        (ValueError("needs at least 2 orders within 30 days"), None),
        (KeyError("x"), "KeyError('x')"),
    ],
)
def test_no_error_says_what_it_counted(draft: Draft, error: Exception, said: str | None) -> None:
    assert draft.reason(error) == (said or str(error))


def test_where_all_are_shown_errors_say_what_they_counted(terms: Terms) -> None:
    draft = Draft("churn", dataclasses.replace(terms, smallest=1))
    why = draft.reason(NotEnoughDataError("gaps", have=15, need=30))
    assert why == "too few gaps: 15, where at least 30 are needed"
    assert draft.reason(DataError("3 rows")) == "3 rows"


@pytest.mark.parametrize("language", ["en", "zh"])
def test_of_few_customers_no_figure_leaves_on_any_path(terms: Terms, language: str) -> None:
    few = dataclasses.replace(terms, language=language, customers=lambda: 9)
    draft = Draft("churn", few)
    result = proportion_test([143, 192], [1000, 1000])
    draft.state(result)
    draft.tell("they spent 1,234.5 on 2024-01-03")
    draft.note("the window is 47 days")
    draft.warn("left out 77 rows")
    frame = pd.DataFrame({"problem": ["a"], "rows": [77]})
    draft.table("ledger", frame, [("problem", "text"), ("rows", "count")])
    draft.number("customers", 77, "count", "ledger")
    draft.picture("churn", result, "ledger", "77")
    section = draft.finish(draft.reason(NotEnoughDataError("gaps", have=77, need=30)))
    texts = (*section.sentences, *section.notes, str(section.problem))
    assert set(re.findall(r"\d+", " ".join(texts))) <= {"10", "30"}
    assert section.tables[0].frame.empty
    assert section.numbers[0].value is None
    assert not section.pictures
    own = Draft("experiments", few)
    own.note("of 1,000 customers")
    assert own.finish().notes == ("of 1,000 customers",)


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

"""What customers read: text as it is, numbers as people write them, nothing else."""

import datetime as dt
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cemkit import render_messages
from cemkit.checks.ids import MISSING_TEXTS
from cemkit.errors import DataError
from cemkit.promotion.texts import one_line, one_lines

DAY = pd.Timestamp("2024-03-31")


@pytest.mark.parametrize("evil", ["a\nb", "a\r\nb", "a\x00b", "a\u2028b", "a\u202eb", "a\x85b"])
def test_no_text_breaks_a_line_or_turns_around(evil: str) -> None:
    assert one_line(f" {evil} ") == "a b"


def test_names_of_any_script_stay_as_they_are() -> None:
    for name in ("张三", "Zoë O'Néill-Smith", "अनिता", "👩‍🚀"):
        assert one_line(name) == name


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (8, "8"),
        (8.0, "8"),
        (np.int64(8), "8"),
        (np.float32(0.1), "0.1"),
        (Decimal("8.50"), "8.5"),
        (1e21, "1" + "0" * 21),
        (1e-7, "0.0000001"),
        (-3, "-3"),
        (None, ""),
        (float("nan"), ""),
        (pd.NA, ""),
        (pd.NaT, ""),
        ("Nan", "Nan"),  # a name
    ],
)
def test_numbers_are_written_out_and_missing_ones_are_nothing(value: object, text: str) -> None:
    assert one_line(value) == text


@given(st.sampled_from(sorted(MISSING_TEXTS)), st.sampled_from(["", " ", "\n"]))
def test_words_for_a_missing_value_are_nothing(word: str, around: str) -> None:
    assert one_line(around + word + around) == ""


@pytest.mark.parametrize(
    "value", [True, 1j, np.inf, DAY, dt.date(2024, 1, 1), [1], {}, b"x", pd.Timedelta("1D"), len]
)
def test_nothing_else_is_written(value: object) -> None:
    with pytest.raises(DataError, match="name must hold text"):
        one_line(value, "name")


def test_a_column_of_lists_is_refused() -> None:
    with pytest.raises(DataError, match="name must hold text or numbers"):
        one_lines(pd.Series([["a"]]), "name")


cells = st.one_of(
    st.none(),
    st.sampled_from(["", " ", "nan", "shoes", "T-shirt", 8, 8.0, 7.5, float("nan"), True]),
)


@settings(max_examples=25, deadline=None)
@given(
    product=cells, other=cells, scope=st.sampled_from(["shoes", 8, 8.0, None]), name=cells,
    code=cells,
)  # fmt: skip
def test_no_message_has_a_gap_or_a_missing_value(
    product: object, other: object, scope: object, name: object, code: object
) -> None:
    orders = pd.DataFrame({"customer_id": 1, "product": [product, other], "category": scope})
    actions = pd.DataFrame({"customer_id": [1], "offer": "sale", "code": [code]})
    people = pd.DataFrame({"customer_id": [1], "name": [name], "preferred_channel": "email"})
    sale = {"offer": ["sale"], "discount": 0.2, "scope": [scope], "valid_until": [DAY]}
    given_ = actions, pd.DataFrame(sale), people
    if any(value is True for value in (product, other, name, code)):
        with pytest.raises(DataError, match="must hold"):
            render_messages(*given_, language="en", as_of=DAY, orders=orders)
        return
    body = render_messages(*given_, language="en", as_of=DAY, orders=orders)["body"].item()
    assert "nan" not in body
    assert "None" not in body
    assert ("20% off everything" in body) == (scope is None)
    products = {text for text in (one_line(product), one_line(other)) if text}
    said = [line for line in body.split("\n") if line.startswith("Thank you for buying ")]
    if scope is None or not products:
        assert not said
    else:
        assert set(said[0].removeprefix("Thank you for buying ")[:-1].split(" and ")) == products
    assert ("Your code" in body) == (one_line(code) != "")

"""Values as readers see them."""

import numpy as np
import pandas as pd
import pytest

from cemkit.catalogue import words
from cemkit.report.texts import LONGEST_LABEL, bounded_text, short, value_texts


@pytest.mark.parametrize(
    ("unit", "values", "texts"),
    [
        ("count", (1234.0,), ["1,234"]),
        ("count", (12.5,), ["12.5"]),
        ("money", (1234.5,), ["1,234"]),
        ("money", (12.5, 3.0), ["12.50", "3.00"]),
        ("share", (0.1234, 0.2), ["12.3%", "20.0%"]),
        ("points", (-0.1234,), ["-12.3"]),
        ("change", (0.25, -2.0), ["+0.25", "-2"]),
        ("p_value", (0.0123,), ["0.0123"]),
        ("text", ("a\nb",), ["a b"]),
        ("date", (pd.Timestamp("2024-02-03"),), ["2024-02-03"]),
        ("share", (np.nan, 0.5), ["", "50.0%"]),
        ("number", (pd.NA,), [""]),
    ],
)
def test_values_of_a_unit(unit: str, values: tuple[object, ...], texts: list[str]) -> None:
    assert value_texts(unit, *values) == texts


def test_values_that_differ_look_different() -> None:
    assert value_texts("share", 0.12341, 0.12344) == ["12.341%", "12.344%"]


def test_an_interval_needs_both_bounds() -> None:
    say = words("en")
    assert bounded_text("share", 0.5, 0.4, 0.6, say) == ("50.0%", "40.0% to 60.0%")
    assert bounded_text("share", 0.5, None, 0.6, say) == ("50.0%", "")


def test_percentage_points_are_named() -> None:
    difference = "percentage_points", 0.05, 0.01, 0.09
    assert bounded_text(*difference, words("en")) == ("+5.0 pp", "+1.0 to +9.0")
    assert bounded_text(*difference, words("zh")) == ("+5.0 个百分点", "+1.0 至 +9.0")


def test_a_long_name_is_cut() -> None:
    assert len(short("x" * 10_000)) == LONGEST_LABEL
    assert short("a\n b") == "a b"

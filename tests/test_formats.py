"""Numbers as people read them."""

import re
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

import cemkit
from cemkit import proportion_interval, proportion_test, sample_size
from cemkit.formats import (
    apart,
    bounded,
    chance_text,
    count_text,
    days_text,
    decimal_text,
    figures,
    format_value,
    group_text,
    level_text,
    moment_text,
    money_text,
    p_text,
    part_of,
    points_bounded,
    ratio_text,
    score_texts,
    share_text,
    signed,
)


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
    assert "0.00003% (95% CI 0.00001% to 0.00009%)" in rare
    sure = proportion_test([1000, 90_000], [100_000, 100_000])
    assert sure.p_value == 0
    assert "p < 1e-16" in sure.sentence()
    assert "p < 1e-16" in sure.sentence("zh")
    level = 1 - 0.05 / 10**6
    assert apart(100 * level, spec=".4g", unlike=(0.0, 100.0)) == ["99.99999"]


def test_a_number_has_the_format_of_its_bounds() -> None:
    found = SimpleNamespace(rate=0.5, rate_lower=0.4999, rate_upper=0.6)
    assert bounded(found, "rate", ".1%") == ["50.00%", "49.99%", "60.00%"]
    assert points_bounded(found, "rate", "+.1f") == ["+50.00", "+49.99", "+60.00"]


def test_texts_of_single_numbers() -> None:
    assert [level_text(0.95), level_text(0.999)] == ["95%", "99.9%"]
    assert [money_text(1234.5), money_text(0.001)] == ["1,234.50", "0.001"]
    assert [chance_text(p) for p in (0.0, 0.5, 1.0)] == ["<0.1%", "50.0%", ">99.9%"]
    assert [share_text(0.5), share_text(0.99999)] == ["50.0%", "99.999%"]
    assert [ratio_text(1.5), ratio_text(1.00001)] == ["1.5", "1.00001"]
    assert [decimal_text(Decimal("20.00")), decimal_text(Decimal("1E+2"))] == ["20", "100"]
    assert [p_text(0.01234), p_text(0.0)] == ["p = 0.0123", "p < 1e-16"]


def test_scores_are_points_percentages_or_on_their_scale() -> None:
    assert score_texts("nps", 0.25, -0.1) == ["+25.0", "-10.0"]
    assert score_texts("csat", 0.753, 1.0) == ["75.3%", "100.0%"]
    assert score_texts("ces", 5.5) == ["5.50"]
    assert score_texts("csat", 0.1, -0.004, change=True) == ["+10.0", "-0.4"]
    assert score_texts("ces", 0.001, change=True) == ["+0.001"]


def test_a_moment_is_written_as_people_write_it() -> None:
    assert moment_text(np.datetime64("2024-03-31")) == "2024-03-31"
    assert moment_text(pd.Timestamp("2024-03-31 14:00")) == "2024-03-31 14:00"
    assert moment_text(pd.Timestamp("2024-03-31 14:00:05")) == "2024-03-31 14:00:05"
    assert moment_text(pd.NaT) == "missing"


def test_figures_of_any_size_are_told_apart() -> None:
    assert figures(0.2312, 0.3021) == ["0.231", "0.302"]
    assert figures(2_940_008.4, 1_866_916.2) == ["2,940,008", "1,866,916"]
    assert figures(0.30001, 0.30002) == ["0.30001", "0.30002"]
    assert figures(-4.0, 5_000.0) == ["-4", "5,000"]


def test_a_group_of_several_columns() -> None:
    assert group_text(("app", pd.Period("2024-02", "M"), 1)) == "app - 2024-02 - 1"
    assert group_text("app") == "app"


def test_changes_show_their_signs_and_as_many_digits_as_they_need() -> None:
    assert signed(2204.4, -20.0, 3888.6) == ["+2,204", "-20", "+3,889"]
    assert signed(-0.03102, 0.5) == ["-0.031", "+0.5"]
    assert signed(0.0, 1e-9)[0] == "+0"


@pytest.mark.parametrize(
    ("words", "one"),
    [
        ("rows", "1 row"),
        ("missing values", "1 missing value"),
        ("customers are", "1 customer is"),
        ("order rows of the time have", "1 order row of the time has"),
        ("comments have no date and are", "1 comment has no date and is"),
        ("people who had not bought", "1 person who had not bought"),
        ("classes in the outcome", "1 class in the outcome"),
        ("series with promotions", "1 series with promotions"),
        ("propensities that are", "1 propensity that is"),
        ("are", "1 is"),
        ("have no term", "1 has no term"),
    ],
)
def test_one_is_counted_in_the_singular(words: str, one: str) -> None:
    assert count_text(1, words) == count_text(np.int64(1), words) == one
    assert [count_text(n, words) for n in (0, 2, 1234)] == [
        f"{n} {words}" for n in ("0", "2", "1,234")
    ]


def test_days_are_counted_whole_or_not() -> None:
    assert [days_text(days) for days in (1, 1.0, 0.5, 30, 1234.5)] == [
        "1 day", "1 day", "0.5 days", "30 days", "1,234.5 days",
    ]  # fmt: skip


def test_the_verb_of_a_part_goes_with_the_part() -> None:
    counts = [(1, 3), (2, 3), (1, 1), (0, 1)]
    assert [part_of(*pair, "rows have") for pair in counts] == [
        "1 of 3 rows has",
        "2 of 3 rows have",
        "1 of 1 row has",
        "0 of 1 row have",
    ]

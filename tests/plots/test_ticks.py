"""Ticks are readable numbers, rates, dates and names."""

from itertools import pairwise

import matplotlib.pyplot as plt
import pandas as pd
import pytest

from cemkit.plots import style, ticks


def test_text_is_wrapped_and_keeps_its_end() -> None:
    assert ticks.wrapped("at risk of  leaving", 8) == "at risk\nof\nleaving"
    long = ticks.wrapped("customers who bought twice, group 17", 20, 1)
    assert long.startswith("customers")
    assert long.endswith("…oup 17")
    assert len(long) <= 20
    assert ticks.wrapped("不能失去的高价值老客户", 12) == "不能失去的高\n价值老客户"
    assert (
        ticks.wrapped("orders per customer, 忠诚客户 0", 24) == "orders per customer,\n忠诚客户 0"
    )
    assert ticks.text_width("冠军 a") == 6
    assert ticks.wrapped("") == ""


def test_numbers_have_separators_and_a_minus_before_the_currency() -> None:
    assert ticks.number_text(100_000_000) == "100,000,000"
    assert ticks.number_text(-0.001, "$") == "\N{MINUS SIGN}$0.001"
    assert ticks.number_text(0.1 + 0.2) == "0.3"


@pytest.mark.parametrize(
    ("largest", "text"), [(0.5, "12%"), (0.05, "12.3%"), (0.005, "12.34%"), (0.0, "12%")]
)
def test_small_rates_have_decimals(largest: float, text: str) -> None:
    assert ticks.rate_text(largest)(0.12341) == text


@pytest.mark.parametrize("scale", [1e-3, 1.0, 1e8, 1e11])
@pytest.mark.parametrize("width", [3.0, 6.4])
def test_numbers_on_an_axis_do_not_touch(scale: float, width: float) -> None:
    fig, ax = plt.subplots(figsize=(width, 3), layout="constrained")
    ax.plot([0, scale], [0, scale])
    ticks.number_ticks(ax, "y")
    ticks.number_ticks(ax, "x", currency="$")
    fig.canvas.draw()
    boxes = [t.get_window_extent() for t in ax.get_xticklabels() if t.get_text()]
    assert boxes
    assert all(left.x1 < right.x0 for left, right in pairwise(boxes))
    assert ax.xaxis.get_offset_text().get_text() == ax.yaxis.get_offset_text().get_text() == ""


@pytest.mark.parametrize(("low", "high"), [(-2400, 300), (-21e6, 26e6), (-4e11, 5.5e11)])
def test_numbers_stand_apart_where_names_come_after_them(low: float, high: float) -> None:
    fig, ax = plt.subplots(figsize=(5, 3), layout="constrained")
    ax.plot([low, high], [0, 1])
    ticks.number_ticks(ax, "x", currency="$")
    ticks.name_ticks(ax, "y", ["discount on incremental sales of all products"], [0])
    style.lettered(ax)
    fig.canvas.draw()
    boxes = [t.get_window_extent() for t in ax.get_xticklabels() if t.get_text()]
    letter = 0.5 * boxes[0].height
    assert all(left.x1 + letter < right.x0 for left, right in pairwise(boxes))


def test_counts_have_whole_ticks() -> None:
    _, ax = plt.subplots()
    ax.plot([1, 2], [1, 2])
    for which in ("x", "y"):
        ticks.number_ticks(ax, which, integer=True)
    assert all(float(tick).is_integer() for tick in [*ax.get_xticks(), *ax.get_yticks()])


@pytest.mark.parametrize(("low", "high"), [(0.999, 1.001), (0.4, 3), (1e-3, 1e4), (1e-80, 1e90)])
def test_ratios_have_several_ticks(low: float, high: float) -> None:
    fig, ax = plt.subplots(layout="constrained")
    ax.plot([low, high], [0, 1])
    ticks.ratio_ticks(ax)
    assert 2 <= len(ax.get_xticks()) <= 11
    fig.canvas.draw()
    boxes = [t.get_window_extent() for t in ax.get_xticklabels()]
    assert all(left.x1 < right.x0 for left, right in pairwise(boxes))


@pytest.mark.parametrize("days", [2, 60, 800, 20_000])
@pytest.mark.parametrize("width", [3.5, 6.4])
def test_dates_do_not_touch(days: int, width: float) -> None:
    fig, ax = plt.subplots(figsize=(width, 3), layout="constrained")
    ax.plot(pd.date_range("2024-01-01", periods=days), range(days))
    ticks.date_ticks(ax)
    fig.canvas.draw()
    boxes = [t.get_window_extent() for t in ax.get_xticklabels() if t.get_text()]
    assert len(boxes) >= 2
    assert all(left.x1 < right.x0 for left, right in pairwise(boxes))


def test_names_are_slanted_then_small_then_fewer() -> None:
    def labels(count: int, **options: bool) -> list[plt.Text]:
        _, ax = plt.subplots(figsize=(6.4, 4.8))
        ax.set_xlim(-0.5, count - 0.5)
        ticks.name_ticks(ax, "x", [f"segment {i}" for i in range(count)], **options)
        return ax.get_xticklabels()

    few, some, many, crowd = (labels(count) for count in (3, 10, 30, 400))
    assert [label.get_rotation() for label in (few[0], some[0])] == [0, 45]
    assert some[0].get_size() == few[0].get_size() > many[0].get_size()
    assert [len(few), len(some), len(many)] == [3, 10, 30]
    assert len(crowd) < 100
    ordered = labels(40, ordered=True)
    assert len(ordered) < 10
    assert (ordered[0].get_rotation(), ordered[0].get_size()) == (0, few[0].get_size())


def test_dollars_in_a_name_are_no_formula() -> None:
    _, ax = plt.subplots()
    ticks.name_ticks(ax, "y", ["a $5 and a $10 coupon"])
    assert not ax.get_yticklabels()[0].get_parse_math()


def test_rows_grow_with_their_lines() -> None:
    short = ticks.rows_height(["a"] * 10)
    assert short == pytest.approx(4.0)
    assert ticks.rows_height(["a", "a name that takes far more than a single line of text"]) > 0.8


def test_rates_have_the_decimals_they_need() -> None:
    fig, ax = plt.subplots()
    ax.set(xlim=(0, 0.3), ylim=(0, 0.001))
    ticks.rate_ticks(ax, "x")
    ticks.rate_ticks(ax, "y")
    fig.canvas.draw()
    assert [t.get_text() for t in ax.get_xticklabels()][:2] == ["0%", "5%"]
    assert ax.get_yticklabels()[1].get_text() == "0.02%"


def test_a_currency_is_text() -> None:
    with pytest.raises(TypeError, match=r"currency must be text, such as '\$', not 5"):
        ticks.number_text(1.0, 5)  # type: ignore[arg-type]


def test_the_room_in_a_figure_within_a_figure_is_known() -> None:
    part = plt.figure(layout="constrained", figsize=(8, 4)).subfigures(1, 2)[0]
    assert 100 < ticks.room(part.subplots(), "x") < 288


@pytest.mark.parametrize("width", range(12, 24))
def test_no_chinese_line_begins_with_a_mark_that_closes(width: int) -> None:
    text = "高价值客户（华东地区），流失风险（“低”）。再见《老客户》"
    lines = ticks.wrapped(text, width, lines=20).split("\n")
    assert "".join(lines) == text
    assert all(line[0] not in "，。）》”" and line[-1] not in "（《“" for line in lines)
    assert all(ticks.text_width(line) <= width for line in lines)

"""Lines, bands and bars are the numbers of the results."""

import re

import numpy as np
import pandas as pd
import pytest

from cemkit.indicators import (
    Monitoring,
    RevenueTree,
    acquisition_payback,
    monitor,
    revenue_tree,
    scorecard,
)
from cemkit.indicators.definitions import INDICATORS
from cemkit.indicators.figures import in_points
from cemkit.plots import indicators

pytestmark = pytest.mark.filterwarnings("ignore:no installed font", "ignore:Glyph")
MONTHS = pd.period_range("2022-06", periods=25, freq="M")
RNG = np.random.default_rng(0)
TABLE = pd.DataFrame(
    {
        "indicator": np.repeat(["retention_rate", "nps"], 25),
        "period": [*MONTHS, *MONTHS],
        "value": [*RNG.normal(0.3, 0.01, 24), 0.9, *RNG.normal(0.2, 0.01, 25)],
    }
)
ORDERS = pd.DataFrame(
    {
        "customer_id": RNG.integers(0, 40, 400),
        "order_date": pd.Timestamp("2024-01-01") + pd.to_timedelta(RNG.integers(0, 150, 400), "D"),
        "amount": RNG.gamma(2, 20, 400),
        "channel": RNG.choice(["网店", "shop"], 400),
    }
)


@pytest.fixture
def found() -> Monitoring:
    return monitor(TABLE)


@pytest.fixture
def tree() -> RevenueTree:
    return revenue_tree(ORDERS, "2024-05-31", by="channel")


def test_what_changed_is_marked_where_it_lies(found: Monitoring) -> None:
    ax = indicators.monitoring(found)
    assert ax.get_title() == "1 of 2 series changed"
    assert [label.get_text() for label in ax.get_yticklabels()] == ["retention rate", "NPS"]
    marks = [line for line in ax.lines if line.get_marker() == "o" and len(line.get_xdata())]
    assert len(marks) == 1
    top = ax.lines[0]
    assert marks[0].get_ydata()[0] == top.get_ydata()[-1] == min(top.get_ydata())
    day = pd.Timestamp("1970-01-01") + pd.Timedelta(days=float(marks[0].get_xdata()[0]))
    assert day == MONTHS[-1].start_time
    [beside] = ax.child_axes
    texts = [label.get_text() for label in beside.get_yticklabels()]
    forecast = found.table.sort_values("p_value")["forecast"].iloc[0]
    assert texts[0] == f"90.0% ({forecast:.1%})"


def test_the_range_holds_what_was_not_called_changed(found: Monitoring) -> None:
    ax = indicators.monitoring(found, language="en")
    quiet = ax.lines[2] if len(ax.lines[1].get_xdata()) == 1 else ax.lines[1]
    path = ax.collections[1].get_paths()[0].vertices[:, 1]
    assert path.min() <= quiet.get_ydata()[-1] <= path.max()


def test_the_scorecard_has_a_line_with_its_band_for_each_series() -> None:
    card = scorecard(ORDERS, as_of="2024-05-31", window_days=60)
    ax = indicators.scorecard(card, most=5, language="zh")
    names = [label.get_text() for label in ax.get_yticklabels()]
    assert names[0] == "购买客户数"
    assert len(names) == 5
    assert ax.get_title() == "按月统计的指标（共 15 个，显示 5 个）"
    series = card.table[card.table["indicator"] == "buying_customers"]["value"].to_numpy()
    drawn = ax.lines[0].get_ydata()
    order = np.argsort(series, kind="stable")
    assert (np.diff(drawn[order]) <= 1e-12).all()  # from the top of its row


@pytest.mark.parametrize("name", [name for name in INDICATORS if in_points(name)])
def test_what_is_a_rate_is_written_as_one(name: str) -> None:
    table = TABLE[TABLE["indicator"] == "nps"].assign(indicator=name)
    found = monitor(table)
    [beside] = indicators.monitoring(found).child_axes
    value = 100 * table["value"].iloc[-1]
    sign = "+" if name == "nps" else ""
    unit = "" if name == "nps" else "%"
    assert beside.get_yticklabels()[0].get_text().startswith(f"{sign}{value:.1f}{unit} (")
    assert "0.9" not in found.sentence()


def test_changes_of_scores_are_read_as_their_values() -> None:
    months = pd.period_range("2024-01", periods=2, freq="M")
    answers = pd.DataFrame(
        {
            "customer_id": range(60),
            "response_date": np.repeat(months.start_time, 30),
            "question": np.tile(["nps", "csat"], 30),
            "score": [*[3, 2] * 7, *[10, 5] * 8, *[3, 2] * 2, *[10, 5] * 13],
        }
    )
    orders = ORDERS.assign(order_date=pd.Timestamp("2024-01-10"))
    card = scorecard(orders, as_of="2024-02-29", responses=answers)
    ax = indicators.scorecard(card, most=50)
    [beside] = ax.child_axes
    names = [label.get_text() for label in ax.get_yticklabels()]
    texts = dict(zip(names, (label.get_text() for label in beside.get_yticklabels()), strict=True))
    assert texts["NPS"] == "+73.3  +66.7"
    assert texts["CSAT"] == "86.7%  +33.3 pp"


@pytest.mark.parametrize("draw", ["scorecard", "monitoring", "revenue_tree"])
def test_chinese_pictures_say_everything_in_chinese(draw: str) -> None:
    of = {
        "scorecard": lambda: scorecard(ORDERS, as_of="2024-05-31", window_days=60),
        "monitoring": lambda: monitor(TABLE, last=2),
        "revenue_tree": lambda: revenue_tree(ORDERS, "2024-05-31"),
    }
    ax = of[draw]().plot(language="zh", most=2)
    said = [ax.get_title(), ax.get_xlabel(), *(t.get_text() for t in ax.get_legend().get_texts())]
    assert all(re.search(r"[一-鿿]", text) for text in said if text)
    assert not re.search("[a-z]{2}", " ".join(said))


def test_the_mean_that_is_judged_is_what_is_marked() -> None:
    table = TABLE.assign(value=TABLE["value"].mask(TABLE["period"] == MONTHS[-2], 0.8))
    found = monitor(table, last=2)
    ax = indicators.monitoring(found)
    row = found.table.sort_values("p_value").iloc[0]
    line, mean, mark = ax.lines[:3]
    own = table.loc[table["indicator"] == row["indicator"], "value"].to_numpy()
    drawn = line.get_ydata()  # a linear scale, so that a mean is drawn at the mean
    assert row["changed"]
    assert row["value"] == pytest.approx(own[-2:].mean())
    assert mean.get_ydata() == pytest.approx([drawn[-2:].mean()] * 2)
    assert mark.get_ydata() == pytest.approx([drawn[-2:].mean()])
    assert mark.get_xdata() == pytest.approx(line.get_xdata()[-2:].mean())
    assert "mean of the last 2 periods" in [t.get_text() for t in ax.get_legend().get_texts()]


def test_the_waterfall_goes_from_one_revenue_to_the_other(tree: RevenueTree) -> None:
    ax = indicators.revenue_tree(tree, most=50)
    bars = ax.patches
    shown = tree.table[tree.table["amount"] != 0]
    assert [bar.get_width() for bar in bars] == pytest.approx(shown["amount"].tolist())
    assert bars[0].get_x() == pytest.approx(tree.base_amount)
    assert bars[-1].get_x() + bars[-1].get_width() == pytest.approx(tree.current_amount)
    left, right = ax.get_xlim()
    assert left < min(tree.base_amount, tree.current_amount)
    assert right > max(tree.base_amount, tree.current_amount)


def test_small_components_are_drawn_as_one(tree: RevenueTree) -> None:
    ax = indicators.revenue_tree(tree, most=3, currency="$")
    count = int((tree.table["amount"] != 0).sum()) - 3
    assert ax.get_yticklabels()[-2].get_text() == f"{count} others"
    widths = [bar.get_width() for bar in ax.patches]
    assert sum(widths) == pytest.approx(tree.change_amount)


def test_results_draw_themselves(found: Monitoring, tree: RevenueTree) -> None:
    assert found.plot().get_title() == "1 of 2 series changed"
    assert tree.plot(most=2).get_xlabel() == "revenue"
    with pytest.raises(ValueError, match="most must be at least 1"):
        tree.plot(most=0)


def test_costs_and_values_of_channels_are_points_with_intervals() -> None:
    customers = pd.DataFrame(
        {
            "customer_id": range(60),
            "first_order_date": pd.Timestamp("2024-02-10"),
            "acquisition_channel": ["search", "friends"] * 30,
        }
    )
    costs = pd.DataFrame(
        {
            "cost_date": pd.Timestamp("2024-02-10"),
            "amount": [300.0, 90.0],
            "purpose": "acquisition",
            "channel": ["search", "friends"],
        }
    )
    found = acquisition_payback(customers, costs, "2024-02-29", start="2024-02-01")
    ax = found.plot(currency="$")
    drawn = ax.lines[0].get_xdata()
    expected = found.table["acquisition_cost"].replace(np.inf, np.nan)
    np.testing.assert_allclose(drawn, expected)
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["cost"]

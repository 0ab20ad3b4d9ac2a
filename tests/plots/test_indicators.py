"""Lines, bands and bars are the numbers of the results."""

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
    assert "(5 of " in ax.get_title()
    series = card.table[card.table["indicator"] == "buying_customers"]["value"].to_numpy()
    drawn = ax.lines[0].get_ydata()
    order = np.argsort(series, kind="stable")
    assert (np.diff(drawn[order]) <= 1e-12).all()  # from the top of its row


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

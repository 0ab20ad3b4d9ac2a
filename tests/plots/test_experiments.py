"""Pictures of experiments: what is drawn is what was found."""

import dataclasses

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

import cemkit
from cemkit import compare_variants
from cemkit.errors import MissingColumnsError
from cemkit.experiments import effect_by_time_of_day, hold_out
from cemkit.plots.experiments import effect_by_day, experiment_readout, readout_metrics
from cemkit.plots.style import muted


def unwrapped(text):
    return text.replace("\n", " ")


def readout(**options):
    rng = np.random.default_rng(0)
    data = pd.DataFrame(
        {"variant": ["A", "B", "C"] * 1000, "segment": rng.choice(["x", "y"], 3000)}
    )
    data["converted"] = (rng.random(3000) < np.where(data["variant"] == "B", 0.3, 0.15)).astype(int)
    data["amount"] = data["converted"] * 10.0
    metrics = {"converted": "proportion", "amount": "mean"}
    return compare_variants(data, metrics, "A", **options)


def test_forest_plot_draws_each_comparison() -> None:
    found = readout(by="segment")
    ax = experiment_readout(found)
    rows = found.table[found.table["metric"] == "converted"]
    intervals = [line.get_xdata() for line in ax.lines if len(line.get_xdata()) == 2][1:]
    assert [list(x) for x in intervals] == rows[
        ["difference_lower", "difference_upper"]
    ].to_numpy().tolist()
    points = [line.get_xdata()[0] for line in ax.lines if len(line.get_xdata()) == 1]
    assert points == rows["difference"].tolist()
    labels = [label.get_text() for label in ax.get_yticklabels()]
    assert labels == ["x, B - A", "x, C - A", "y, B - A", "y, C - A"]
    colours = [line.get_color() for line in ax.lines if len(line.get_xdata()) == 1]
    assert [colour != muted() for colour in colours] == rows["winner"].notna().tolist()


def test_forest_plot_of_a_named_metric_on_given_axes() -> None:
    _, ax = plt.subplots()
    assert experiment_readout(readout(), metric="amount", ax=ax) is ax
    assert unwrapped(ax.get_xlabel()) == (
        "difference in amount (98.75% interval: 95% for 4 comparisons, holm)"
    )
    with pytest.raises(ValueError, match="metric must be one of 'converted', 'amount'"):
        experiment_readout(readout(), metric="orders")


def test_the_label_names_the_level_that_is_drawn() -> None:
    alone = experiment_readout(readout(correction="none"))
    assert unwrapped(alone.get_xlabel()) == "difference in converted (95% interval)"
    found = readout(by="segment", correction="bonferroni")
    label = unwrapped(experiment_readout(found).get_xlabel())
    assert label.startswith("difference in converted (99.38% interval: 95% for 8 comparisons")
    # The intervals drawn are those of one comparison at 1 - 0.05 / 8.
    row = found.table.iloc[0]
    single = readout(by="segment", correction="none", confidence_level=1 - 0.05 / 8).table.iloc[0]
    assert row["difference_lower"] == pytest.approx(single["difference_lower"])
    stepwise = found.table.assign(interval_level=[0.95, 0.99] * 4)
    label = unwrapped(experiment_readout(dataclasses.replace(found, table=stepwise)).get_xlabel())
    assert label.startswith("difference in converted (95% to 99% intervals: 95% for 8")


def test_an_invalid_experiment_says_so() -> None:
    ax = experiment_readout(readout(shares={"A": 0.5, "B": 0.25, "C": 0.25}))
    assert ax.get_title().startswith("INVALID")


def test_effect_by_day_draws_difference_and_bands() -> None:
    assignment = pd.DataFrame({"customer_id": range(300), "variant": ["A", "B", "C"] * 100})
    rng = np.random.default_rng(0)
    orders = pd.DataFrame(
        {
            "customer_id": rng.integers(0, 300, 200),
            "order_date": pd.Timestamp("2024-03-01")
            + pd.to_timedelta(rng.integers(0, 20, 200), "D"),
            "amount": 1.0,
        }
    )
    table = cemkit.experiments.effect_by_day(
        assignment, orders, "2024-03-01", "2024-03-20", control="A"
    )
    ax = effect_by_day(table, variant="C")
    drawn = table[table["variant"] == "C"]
    assert ax.lines[0].get_ydata().tolist() == drawn["difference"].tolist()
    wide, narrow = (band.get_paths()[0].get_extents() for band in ax.collections)
    assert wide.ymax == pytest.approx(drawn["sequence_upper"].max())
    assert narrow.ymax == pytest.approx(drawn["upper"].max())
    numbered = table.assign(variant=table["variant"].map({"B": 0, "C": 1}))
    for variant, name in ((1, "C"), (None, "B")):
        expected = table.loc[table["variant"] == name, "difference"]
        assert (
            effect_by_day(numbered, variant=variant).lines[0].get_ydata().tolist()
            == expected.tolist()
        )
    named = effect_by_day(table, confidence_level=0.9).get_legend().get_texts()
    assert named[0].get_text() == "90% interval, all days together"
    with pytest.raises(ValueError, match="variant must be one of 'B', 'C'"):
        effect_by_day(table, variant="D")
    with pytest.raises(MissingColumnsError, match="sequence_lower"):
        effect_by_day(table.drop(columns="sequence_lower"))


def test_all_metrics_are_drawn_in_one_forest_of_lifts() -> None:
    found = readout(pairs="all", guardrails={"amount": -1.0})
    ax = readout_metrics(found)
    rows = found.table[found.table["control"] == "A"]
    labels = [unwrapped(label.get_text()) for label in ax.get_yticklabels()]
    assert labels == ["converted, B - A", "converted, C - A", "amount, B - A", "amount, C - A"]
    intervals = [list(line.get_xdata()) for line in ax.lines if len(line.get_xdata()) == 2][1:]
    assert intervals == rows[["lift_lower", "lift_upper"]].to_numpy().tolist()
    marks = [line.get_xdata()[0] for line in ax.lines if line.get_marker() == ">"]
    guarded = rows[rows["metric"] == "amount"]
    assert marks == pytest.approx((-1.0 / guarded["control_value"]).tolist())
    assert "95% for 6 comparisons, holm" in unwrapped(ax.get_xlabel())
    assert len(readout_metrics(found, with_control_only=False).get_yticklabels()) == 6


def test_a_metric_without_a_lift_has_a_cross() -> None:
    data = pd.DataFrame({"variant": ["A", "B"] * 50, "profit": [-1.0, 1.0, 1.0, -1.0] * 25})
    found = compare_variants(data, {"profit": "mean"}, "A")
    assert [line.get_marker() for line in found.plot("readout_metrics").lines] == ["None", "x"]


def test_parts_of_the_day_are_drawn_with_their_intervals() -> None:
    rng = np.random.default_rng(0)
    rows = pd.DataFrame(
        {
            "variant": ["A", "B"] * 200,
            "time": pd.date_range("2024-03-01", periods=400, freq="h"),
            "amount": rng.gamma(2, 5, 400),
        }
    )
    found = effect_by_time_of_day(rows, {"amount": "mean"}, "A", time="time", parts=[0, 12])
    ax = found.plot(currency="$")
    _, *lines = ax.lines
    table = found.table
    assert [line.get_xdata()[0] for line in lines[:2]] == table["difference"].tolist()
    ends = [list(line.get_xdata()) for line in lines[2:]]
    assert ends == table[["difference_lower", "difference_upper"]].to_numpy().tolist()
    assert "95% for 2 comparisons, holm" in unwrapped(ax.get_xlabel())
    with pytest.raises(ValueError, match="metric must be one of 'amount'"):
        found.plot(metric="visits")


def test_actions_of_a_campaign_are_drawn_by_offer() -> None:
    actions = pd.DataFrame({"customer_id": range(50), "offer": ["mail", "call"] * 25})
    found = hold_out(actions, "2024-03-01", salt="spring", share=0.2)
    ax = found.plot()
    widths = [[bar.get_width() for bar in bars] for bars in ax.containers]
    assert widths == found.ledger[["contacted", "held_out"]].to_numpy().T.tolist()

"""Bars, curves, arrows and points are the numbers of the tables."""

import dataclasses

import numpy as np
import pandas as pd
import pytest

from cemkit.data import simulate_events, simulate_responses
from cemkit.journey import (
    ConversionPaths,
    attribute_conversions,
    credit_stability,
    fix_list,
    funnel,
    journey_map,
    step_times,
    transitions,
)
from cemkit.plots import journey

EVENTS = simulate_events(800).table
AS_OF = "2023-05-31"


def test_bars_are_the_shares_of_each_group() -> None:
    found = funnel(EVENTS, ["visit", "view", "cart"], as_of=AS_OF, by="channel")
    ax = journey.funnel(found)
    widths = [bar.get_width() for bar in ax.patches]
    assert widths == pytest.approx(found.table["overall"].tolist())
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["app", "shop", "web"]
    one = journey.funnel(funnel(EVENTS, ["visit", "view"], as_of=AS_OF))
    assert [text.get_text() for text in one.texts] == ["800", "479"]


def test_curves_end_where_the_last_customer_went_on() -> None:
    found = step_times(EVENTS, ["visit", "view"], as_of=AS_OF)
    [line] = journey.step_times(found).lines
    assert line.get_ydata()[-1] == pytest.approx(1 - found.curve["waiting"].iloc[-1])
    three = step_times(EVENTS, ["visit", "view", "cart"], as_of=AS_OF)
    assert len(journey.step_times(three).lines) == 2


def test_arrows_are_the_frequent_moves() -> None:
    found = transitions(EVENTS, as_of=AS_OF)
    for rate in (0.0, 0.2):
        ax = journey.transition_graph(found, min_rate=rate)
        arrows = sum(
            text.arrow_patch is not None for text in ax.texts if hasattr(text, "arrow_patch")
        )
        assert arrows == (found.table["rate"] >= rate).sum()


def test_of_many_moves_the_highest_rates_are_drawn_and_the_title_says_so() -> None:
    day = pd.date_range("2024-01-01", periods=400, freq="h")
    kinds = [f"step {number}" for number in range(12)]
    event = np.random.default_rng(0).choice(kinds, 400)
    events = pd.DataFrame({"customer_id": np.arange(400) % 40, "event": event, "event_time": day})
    found = transitions(events, as_of="2024-03-01")
    ax = journey.transition_graph(found, min_rate=0.0)
    arrows = [text for text in ax.texts if getattr(text, "arrow_patch", None) is not None]
    moves = (found.table["event"] != found.table["next_event"]).sum()
    assert len(arrows) == 60 < moves
    assert " ".join(ax.get_title().split()).endswith(f": the 60 of the highest rates, of {moves}")


def test_the_map_names_its_stages_and_the_worst() -> None:
    answers = simulate_responses(900, touchpoints=["visit", "cart"]).table
    answers["score"] = np.where(answers["touchpoint"] == "cart", 2, answers["score"])
    found = journey_map(EVENTS, answers, as_of=AS_OF, target="order")
    texts = [text.get_text() for text in journey.journey_map(found).texts]
    assert {"consideration", "purchase"} <= set(texts)
    assert sum("(worst)" in text for text in texts) == 1


def test_points_are_the_shares_of_each_method() -> None:
    counted = pd.DataFrame({"path": ["ad>mail", "ad"], "conversions": [9, 1], "nulls": [1, 9]})
    found = attribute_conversions(ConversionPaths.from_table(counted), ["first", "last"])
    ax = journey.attribution(found)
    rows = [label.get_text() for label in ax.get_yticklabels()]
    drawn = {line.get_label(): list(line.get_xdata()) for line in ax.lines}
    for method in ("first", "last"):
        assert drawn[method] == pytest.approx(found.wide("share").loc[rows, method].tolist())


def test_comparisons_that_are_detected_are_filled() -> None:
    compared = funnel(EVENTS, ["visit", "view"], as_of=AS_OF, by="channel").compare()
    for detected in (False, True):
        table = compared.table.assign(detected=detected)
        ax = journey.funnel_comparison(dataclasses.replace(compared, table=table))
        filled, empty = (list(line.get_xdata()) for line in ax.lines[1:])
        assert (filled if detected else empty) == table["difference"].tolist()


def test_bars_are_the_paths_of_the_table() -> None:
    counted = pd.DataFrame(
        {"path": ["ad>mail", "ad", "sms"], "conversions": [9, 1, 0], "nulls": [1, 9, 3]}
    )
    ax = journey.conversion_paths(ConversionPaths.from_table(counted), top=2)
    assert [label.get_text() for label in ax.get_yticklabels()] == ["ad > mail", "ad"]
    assert [bar.get_width() for bar in ax.patches] == [9, 1, 1, 9]


def test_grey_lines_reach_from_the_least_to_the_largest_share() -> None:
    found = credit_stability(EVENTS, as_of=AS_OF, lookbacks=[30, 7], methods=["last", "linear"])
    ax = journey.credit_stability(found)
    [lines] = ax.collections
    drawn = [tuple(segment[:, 0]) for segment in lines.get_segments()]
    expected = found.ranges.sort_values(["largest", "least"], ascending=False)
    assert drawn == [*expected[["least", "largest"]].itertuples(index=False, name=None)]


def test_what_each_source_says_is_written() -> None:
    found = fix_list(funnel=funnel(EVENTS, ["visit", "view", "cart"], as_of=AS_OF))
    texts = [text.get_text() for text in journey.fix_list(found).texts]
    columns = ["drivers", "journey_map", "funnel", "verdict"]
    assert texts == [said for name in columns for said in found.table[name]]
    assert found.plot().get_title() == "What to fix, by source"


def test_the_map_of_groups_names_them() -> None:
    found = journey_map(EVENTS, as_of=AS_OF, target="order", by="channel")
    ax = journey.journey_map(found)
    rows = [label.get_text().replace("\n", " ") for label in ax.get_yticklabels()]
    assert rows[:3] == ["visit, app", "visit, shop", "visit, web"]

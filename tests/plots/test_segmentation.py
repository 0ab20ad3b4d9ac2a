"""Pictures: what is drawn is what the table says."""

import dataclasses

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from cemkit import (
    CustomerClusters,
    RFMSegmenter,
    choose_k,
    cohort_table,
    customer_table,
    load_cdnow,
    prepare_orders,
    segment_migration,
)
from cemkit.catalogue.en.segmentation import STAGES as STAGE_WORDS
from cemkit.errors import DataError, MissingColumnsError, NotEnoughDataError
from cemkit.plots import segmentation as plots
from cemkit.segmentation import stage_durations, value_tiers
from cemkit.segmentation.rfm import CLASSIC_SEGMENTS, _tiers
from cemkit.segmentation.stages import STAGES
from cemkit.segmentation.tiers import NAMES


@pytest.fixture(scope="module")
def orders() -> pd.DataFrame:
    return prepare_orders(load_cdnow("sample"))


@pytest.fixture(scope="module")
def customers(orders: pd.DataFrame) -> pd.DataFrame:
    return customer_table(orders, as_of="1998-06-30")


def texts(ax: plt.Axes) -> list[str]:
    return [text.get_text() for text in ax.texts]


def test_rfm_heatmap_counts_customers(customers: pd.DataFrame) -> None:
    scored = RFMSegmenter().fit(customers).add_to(customers)
    ax = plots.rfm_heatmap(scored)
    assert ax.get_xlabel() == "recency score"
    assert ax.images[0].get_array().sum() == 2357
    assert sum(int(text.replace(",", "")) for text in texts(ax)) == 2357
    assert next(iter(ax.get_yticklabels())).get_text() == "5"


def test_segment_bars_show_both_shares(customers: pd.DataFrame) -> None:
    profile = RFMSegmenter().fit(customers).profile(customers)
    _, given = plt.subplots()
    ax = plots.segment_bars(profile, ax=given)
    assert ax is given
    widths = [bar.get_width() for bar in ax.patches]
    assert widths == [*profile["share"], *profile["revenue_share"]]
    assert [label.get_text() for label in ax.get_yticklabels()] == list(profile.index)


def test_cluster_count_marks_the_choice() -> None:
    features = pd.DataFrame({"amount": [1.0, 2.0, 3.0, 90.0, 91.0, 92.0] * 10})
    result = choose_k(features, [1, 2, 3])
    elbow, gap, strength = plots.cluster_count(result).child_axes
    assert elbow.lines[0].get_ydata().tolist() == result.table["inertia"].tolist()
    assert gap.lines[0].get_ydata().tolist() == result.table["gap"].tolist()
    assert strength.lines[0].get_ydata().tolist() == result.table["prediction_strength"].tolist()
    assert elbow.lines[-1].get_xdata()[0] == result.n_clusters


@pytest.mark.parametrize(
    ("pick", "said"), [(None, "picks no number"), (1, "1 cluster"), (2, "2 clusters")]
)
def test_a_criterion_may_pick_no_number(pick: int | None, said: str) -> None:
    features = pd.DataFrame({"amount": [1.0, 2.0, 3.0, 90.0, 91.0, 92.0] * 10})
    result = choose_k(features, [1, 2])
    picked = dataclasses.replace(result, picks=dict.fromkeys(result.picks, pick))
    titles = [panel.get_title() for panel in plots.cluster_count(picked).child_axes]
    assert titles == [f"Elbow: {said}", f"Gap: {said}", f"Prediction strength: {said}"]


def test_cluster_profiles_are_multiples_of_the_mean(customers: pd.DataFrame) -> None:
    features = customers[["recency_days", "order_count", "total_amount"]]
    clusters = CustomerClusters(3).fit(features)
    profile = clusters.profile(features)
    ax = plots.cluster_profiles(profile)
    expected = profile["mean_total_amount"] / features["total_amount"].mean()
    np.testing.assert_allclose(ax.images[0].get_array()[:, 2], expected)
    names = [label.get_text().replace("\n", " ") for label in ax.get_yticklabels()]
    assert names == list(profile["name"])


def test_cohort_cells_not_observed_are_masked(orders: pd.DataFrame) -> None:
    result = cohort_table(orders, as_of="1998-06-30")
    ax = plots.cohort_table(result)
    drawn = np.ma.filled(ax.images[0].get_array(), np.nan)
    np.testing.assert_array_equal(drawn, result.triangle().drop(columns=0))
    assert len(texts(ax)) == np.isfinite(drawn).sum()
    assert ax.get_xlabel() == "months after the first purchase"


def test_migration_rates() -> None:
    result = segment_migration(pd.Series(["a", "a", "b"]), pd.Series(["a", "b", "b"]))
    ax = plots.segment_migration(result)
    assert texts(ax) == ["50%", "50%", "0%", "100%"]
    assert ax.get_ylabel() == "before"


def test_segments_are_drawn_from_the_best_to_the_worst() -> None:
    segments = pd.Series(["Lost", "Champions", "At risk"])
    ax = plots.segment_migration(segment_migration(segments, segments))
    names = [label.get_text() for label in ax.get_yticklabels()]
    assert names == ["Champions", "At risk", "Lost"]
    ordered = pd.Series(pd.Categorical(["mid", "low", "top"], ["top", "mid", "low", "none"]))
    ax = plots.segment_migration(segment_migration(ordered, ordered))
    assert [label.get_text() for label in ax.get_xticklabels()] == ["top", "mid", "low"]
    ax = plots.segment_migration(segment_migration(ordered, ordered), order=["low", "mid", "top"])
    assert [label.get_text() for label in ax.get_yticklabels()] == ["low", "mid", "top"]
    with pytest.raises(ValueError, match="order lacks the segment 'top'"):
        plots.segment_migration(segment_migration(ordered, ordered), order=["low", "mid"])
    ax = plots.segment_migration(
        segment_migration(ordered, ordered), order=["low", "mid", "low", "top"]
    )
    assert [tick.get_text() for tick in ax.get_yticklabels()] == ["low", "mid", "top"], (
        "named twice"
    )
    with pytest.raises(
        TypeError, match="each of order must be one label, such as 'churned', not <NA>"
    ):
        plots.segment_migration(segment_migration(ordered, ordered), order=[pd.NA, "mid", "top"])


def test_the_known_orders_have_the_names_of_segmenters_and_stages() -> None:
    classic, tiers, values, stages = plots.ORDERS
    assert set(classic) == set(CLASSIC_SEGMENTS["segment"])
    assert set(tiers) == set(_tiers(5)["segment"])
    assert values == NAMES[3]
    assert set(stages) == set(STAGE_WORDS) >= set(STAGES["stage"])


def test_weeks_go_by_their_monday_and_amounts_have_a_currency(orders: pd.DataFrame) -> None:
    result = cohort_table(orders, period="week", measure="amount", as_of="1997-06-30")
    ax = plots.cohort_table(result, currency="$")
    assert ax.get_yticklabels()[0].get_text() == "1996-12-30"
    bar = next(other for other in ax.figure.axes if other is not ax)
    assert bar.get_yticklabels()[1].get_text().startswith("$")


def test_customers_without_a_score_are_counted_and_not_drawn() -> None:
    scored = pd.DataFrame({"recency_score": [1, 2, None], "frequency_score": [1, 2, None]})
    ax = plots.rfm_heatmap(scored)
    assert ax.get_title().replace("\n", " ") == "Customers by score (1 without a score not shown)"
    assert sum(int(text) for text in texts(ax)) == 2
    with pytest.raises(
        NotEnoughDataError, match="need at least 1 customer with both scores, got 0"
    ):
        plots.rfm_heatmap(scored.tail(1))
    with pytest.raises(DataError, match="whole numbers from 1 on"):
        plots.rfm_heatmap(scored.head(2) / 2)
    with pytest.raises(DataError, match="share must be numeric"):
        plots.segment_bars(pd.DataFrame({"share": ["a"], "revenue_share": [1.0]}))
    with pytest.raises(MissingColumnsError, match=r"mean_\.\.\."):
        plots.cluster_profiles(pd.DataFrame({"customers": [1]}))


def test_colour_bars_have_round_ticks_and_whole_customers() -> None:
    ax = plots.rfm_heatmap(pd.DataFrame({"recency_score": [1, 2], "frequency_score": [1, 2]}))
    bar = next(other for other in ax.figure.axes if other is not ax)
    assert {label.get_text() for label in bar.get_yticklabels()} == {"0", "1"}


def test_declining_and_reactivated_stages_have_their_place() -> None:
    stages = pd.Series(["reactivated", "declining", "growth", "churned"])
    ax = plots.segment_migration(segment_migration(stages, stages))
    names = [label.get_text() for label in ax.get_yticklabels()]
    assert names == ["growth", "declining", "churned", "reactivated"]


@pytest.mark.parametrize("measure", ["retention", "repeat", "amount"])
def test_retention_curves_draw_the_mean_and_its_interval(
    orders: pd.DataFrame, measure: str
) -> None:
    result = cohort_table(orders, as_of="1998-06-30", measure=measure)
    ax = result.plot("retention_curves")
    average = result.average().drop(index=0)
    np.testing.assert_allclose(ax.lines[-1].get_ydata(), average["value"])
    assert len(ax.lines) == result.table["cohort"].nunique() + 1
    if measure == "amount":
        assert not ax.collections
        return
    [band] = ax.collections
    heights = band.get_paths()[0].vertices[:, 1]
    assert heights.min() == pytest.approx(average["lower"].min())
    assert heights.max() == pytest.approx(average["upper"].max())


def test_value_concentration_goes_from_the_most_valuable_down(customers: pd.DataFrame) -> None:
    found = value_tiers(customers, by="total_amount", n_tiers=10)
    ax = found.plot()
    heights = [bar.get_height() for bar in ax.patches]
    amounts = customers["total_amount"].sort_values(ascending=False)
    assert heights[0] == pytest.approx(amounts.head(len(amounts) // 10).sum() / amounts.sum(), 0.02)
    np.testing.assert_allclose(ax.lines[0].get_ydata(), np.cumsum(heights))
    nothing = value_tiers(pd.DataFrame({"clv": [1.0, -2.0]}), n_tiers=2)
    with pytest.raises(DataError, match="'clv' sum to nothing above 0"):
        nothing.plot()


def test_stage_flow_stacks_the_customers_and_joins_those_who_moved() -> None:
    days = pd.to_datetime(["2024-01-31", "2024-02-29"] * 3)
    history = pd.DataFrame({"customer_id": [1, 1, 2, 2, 3, 3], "as_of": days})
    history["stage"] = ["growth", "churned", "growth", "growth", "acquisition", "growth"]
    ax = stage_durations(history).plot()
    heights = {bars.get_label(): [bar.get_height() for bar in bars] for bars in ax.containers}
    assert heights == {"acquisition": [1, 0], "growth": [2, 2], "churned": [0, 1]}
    ends = [band.get_paths()[0].get_extents() for band in ax.collections]
    assert len(ends) == 3
    top = max(ends, key=lambda box: box.y1)  # acquisition to growth, both on top
    assert (top.y0, top.y1) == pytest.approx((2, 3))
    assert [label.get_text() for label in ax.get_xticklabels()] == ["2024-01-31", "2024-02-29"]
    with pytest.raises(ValueError, match="order lacks the segment 'growth'"):
        stage_durations(history).plot(order=["acquisition", "churned"])


def test_silhouettes_and_map_draw_every_customer(customers: pd.DataFrame) -> None:
    features = customers[["recency_days", "order_count", "total_amount"]]
    found = CustomerClusters(3).fit(features).separation(features)
    ax = found.plot("silhouettes")
    drawn = [patch.get_data()[0] for patch in ax.patches]
    for cluster, positive, negative in zip(found.table.index, drawn[::2], drawn[1::2], strict=True):
        own = found.points["silhouette"][found.points["cluster"] == cluster]
        np.testing.assert_allclose(positive + negative, np.sort(own)[::-1])
    places = found.plot("cluster_map").collections
    assert sum(len(dots.get_offsets()) for dots in places) == found.n_sampled

"""Pictures of feedback: what is drawn is what was found."""

import numpy as np
import pandas as pd
import pytest

from cemkit.feedback import (
    answered_in_time,
    ces,
    compare_scores,
    csat,
    drivers,
    nps,
    rescue_effect,
    score_trend,
)
from cemkit.plots import style
from cemkit.plots.feedback import driver_map, score_comparison, score_stack
from cemkit.plots.style import muted

pytestmark = pytest.mark.filterwarnings("ignore:no installed font:cemkit.errors.CemkitWarning")


def answers() -> pd.DataFrame:
    rng = np.random.default_rng(0)
    group = np.repeat(["配送", "service", "产品"], 100)
    score = np.where(group == "配送", rng.integers(0, 8, 300), rng.integers(5, 11, 300))
    return pd.DataFrame({"customer_id": range(300), "group": group, "score": score})


def intervals(ax):
    return [list(line.get_xdata()) for line in ax.lines if len(set(line.get_ydata())) == 1]


def test_the_stack_draws_each_score_with_its_interval_and_the_shares() -> None:
    found = nps(answers(), by="group")
    ax = score_stack(found)
    drawn = [ends for ends in intervals(ax) if len(ends) == 2]
    assert drawn == (100 * found.table[["lower", "upper"]]).to_numpy().tolist()
    widths = [patch.get_width() for patch in ax.patches]
    assert sum(widths) == pytest.approx(300)  # every row is all of its answers
    assert [label.get_text() for label in ax.get_yticklabels()] == ["service", "产品", "配送"]


def test_satisfaction_ends_at_100_and_effort_on_its_scale() -> None:
    assert score_stack(csat([5, 4, 3, 5])).get_xlim() == (0, 100)
    ax = score_stack(ces([7, 4, 3, 5]))
    assert ax.get_xlim() == (1, 7)
    assert not ax.patches


@pytest.mark.parametrize(
    ("measure", "scores"), [("nps", [2, 9, 8, 10]), ("csat", [2, 5, 4, 4]), ("ces", [2, 6, 7, 4])]
)
def test_a_rescue_is_drawn_with_its_bounds_and_who_answered(
    measure: str, scores: list[int]
) -> None:
    arms = pd.DataFrame({"customer_id": range(400), "variant": ["control", "电话"] * 200})
    told = arms.assign(score=scores * 100, response_date="2024-03-20").iloc[100:]
    found = rescue_effect(arms, told.iloc[:-50], since="2024-03-01", measure=measure)
    ax = found.plot()
    unit = 1 if measure == "ces" else 100
    [row] = (unit * found.table[["lower", "upper", "least", "most"]]).to_numpy().tolist()
    assert [ends for ends in intervals(ax) if len(ends) == 2] == [row[:2]]
    [bar] = ax.patches
    assert [bar.get_x(), bar.get_x() + bar.get_width()] == pytest.approx(row[2:])
    [beside] = ax.child_axes
    assert beside.get_yticklabels()[0].get_text() == "62.5% answered,\n62.5% of control"
    assert [label.get_text() for label in ax.get_yticklabels()] == ["电话 - control"]


def test_a_weighted_score_says_so() -> None:
    population = pd.DataFrame({"group": ["配送", "service", "产品"], "share": [0.5, 0.3, 0.2]})
    ax = score_stack(nps(answers(), population=population))
    assert ax.get_xlabel().replace("\n", " ").endswith("weighted to the population")


def test_the_forest_draws_each_difference_and_colours_the_detected() -> None:
    found = compare_scores(answers(), "group")
    ax = score_comparison(found)
    drawn = [ends for ends in intervals(ax) if len(ends) == 2]
    assert drawn == (100 * found.table[["lower", "upper"]]).to_numpy().tolist()
    coloured = [line.get_color() != muted() for line in ax.lines if len(line.get_xdata()) == 1]
    assert coloured == found.table["winner"].notna().tolist()
    assert "for 3 comparisons, holm" in ax.get_xlabel().replace("\n", " ")


def test_the_map_draws_undecided_touchpoints_in_grey() -> None:
    rng = np.random.default_rng(1)
    ratings = rng.normal([1, 3, 5], 1, (300, 3))
    table = pd.DataFrame(ratings, columns=["配送", "service", "price"])
    table["overall"] = ratings @ [2.0, 0.2, 0.6] + rng.normal(size=300)
    found = drivers(table, "overall", n_resamples=100)
    ax = driver_map(found)
    looks = {
        bars.get_label(): bars.lines[0].get_color() for bars in ax.containers if bars.get_label()
    }
    assert set(looks) == set(found.table["quadrant"])
    assert looks["concentrate here"] != muted()
    if "undecided" in looks:
        assert looks["undecided"] == muted()
    names = {text.get_text() for text in ax.texts}
    assert names == set(found.table["touchpoint"])


def test_trends_are_drawn_per_period_and_by_direction() -> None:
    months = pd.date_range("2024-01-01", periods=4, freq="MS")
    rows = [
        {"customer_id": number, "response_date": months[number % 4], "score": score, "group": group}
        for group, scores in (("up", (1, 5, 9, 10)), ("flat", (7, 8, 7, 8)))
        for number, score in enumerate(scores * 20)
    ]
    found = score_trend(pd.DataFrame(rows), period="month", by="group")
    ax = found.plot()
    points = [line.get_xdata()[0] for line in ax.lines[1:3]]
    assert points == (100 * found.table["slope"]).tolist()
    rising = [line.get_color() == style.blue() for line in ax.lines[1:3]]
    assert rising == (found.table["direction"] == "rising").tolist()
    assert " per month, in points (9" in ax.get_xlabel().replace("\n", " ")


def test_complaints_that_are_not_due_have_no_mark() -> None:
    opened = pd.to_datetime(["2024-03-01", "2024-03-02", "2024-03-31"])
    complaints = pd.DataFrame(
        {
            "customer_id": [1, 2, 3],
            "opened_at": opened,
            "answered_at": [opened[0] + pd.Timedelta("5h"), pd.NaT, pd.NaT],
            "group": ["a", "a", "b"],
        }
    )
    found = answered_in_time(complaints, "2024-03-31", within_hours=48, by="group")
    points = [line.get_xdata()[0] for line in found.plot().lines[1:3]]
    np.testing.assert_array_equal(points, [0.5, np.nan])

"""What detectable_lift names is found as often as it says, and is what the formula says."""

import numpy as np
import pandas as pd
import pytest
from scipy.special import ndtri
from scipy.stats import t as student

from cemkit.errors import DataError, NotEnoughDataError
from cemkit.impact.detectability import detectable_lift, local_noise
from cemkit.impact.intervention import promotion_effect
from cemkit.impact.placebos import PlaceboFit
from cemkit.impact.study import forecaster_of

WEEKS = pd.period_range("2022-01-03", periods=80, freq="W-SUN")


def noise(seed: int, spread: float = 0.08, length: int = 80) -> pd.Series:
    rng = np.random.default_rng(seed)
    index = pd.period_range("2022-01-03", periods=length, freq="W-SUN")
    return pd.Series(np.exp(6 + rng.normal(0, spread, length)), index)


def test_the_detectable_lift_of_white_noise_is_the_textbook_formula() -> None:
    found = detectable_lift(noise(0), 7, after=0, seasonal_period=1)
    sales = np.log(noise(0).to_numpy())
    error = sales.std(ddof=1) * np.sqrt(1 + 1 / 79)
    degrees = 77
    expected = np.expm1(error * (student.ppf(0.975, degrees) + student.ppf(0.8, degrees)))
    # No other year shows these weeks; the others are compared with the same week of another year.
    alone = found.table["detectable_lift"].iloc[30:50]
    assert alone.median() == pytest.approx(expected, rel=0.1)
    assert found.table["detectable_dip"].isna().all()
    assert found.placebos == 80


@pytest.mark.parametrize("days", [7, 14])
def test_a_lift_of_this_size_is_found_in_eight_of_ten_windows(days: int) -> None:
    hits = []
    for seed in range(6):
        model, series = forecaster_of(noise(seed), "auto", 1)
        fit = PlaceboFit.of(series, pd.DataFrame(index=series.index), None, model, after=1)
        windows = [one for one in fit.windows(days) if one is not None]
        ratios = np.array([one.ratio for one in windows])
        places = 7.0 * np.arange(len(windows))
        # What is planted adds to what the window shows without it.
        hits.append(ratios > -local_noise(ratios, places, days) * ndtri(0.8))
    assert np.mean(hits) == pytest.approx(0.8, abs=0.03)


def test_a_planted_lift_is_found_by_the_whole_analysis_about_as_often() -> None:
    hits = []
    for seed in range(12):
        sales = noise(seed)
        row = detectable_lift(sales, 7, after=1, seasonal_period=1).table.iloc[30]
        sales.iloc[30] *= 1 + row["detectable_lift"]
        day = [row["start_date"]]
        event = pd.DataFrame(
            {"name": "x", "start_date": day, "end_date": day[0] + pd.Timedelta(days=6)}
        )
        found = promotion_effect(sales, event, after=1, seasonal_period=1, placebos=0)
        hits.append(found.lift_lower > 0)
    assert np.mean(hits) >= 0.45  # three standard errors; the proof has more series


def test_good_windows_are_those_whose_break_even_is_above_detectable() -> None:
    found = detectable_lift(noise(1), [7, 14], margin=0.4, discount=0.15, fixed_cost=20)
    table = found.table
    full = (0.15 * table["baseline_amount"] + 20) / (0.25 * table["baseline_amount"])
    assert table["break_even_full_price_lift"].to_numpy() == pytest.approx(full.to_numpy())
    paid = (1 + full) * 0.85 - 1
    assert table["break_even_lift"].to_numpy() == pytest.approx(paid.to_numpy())
    assert (table["is_good"] == (table["break_even_lift"] > table["detectable_lift"])).all()
    assert found.good == table["is_good"].sum()
    longer = table.groupby("length_days")["detectable_lift"].median()
    assert longer[14] < longer[7]
    one_week = table[table["length_days"] == 7]
    back = -one_week["detectable_dip"] / one_week["detectable_lift"]
    assert one_week["detectable_pull_forward"].to_numpy() == pytest.approx(back.to_numpy())
    ten = detectable_lift(noise(1), 7, expected_lift=10.0).table["detectable_pull_forward"]
    assert ten.to_numpy() == pytest.approx(-one_week["detectable_dip"].to_numpy() / 10)
    never = detectable_lift(noise(1), 7, margin=0.1, discount=0.2)
    assert never.good == 0
    assert np.isinf(never.table["break_even_lift"]).all()


def test_a_loud_time_of_the_year_needs_a_larger_lift() -> None:
    sales = noise(2, spread=0.05, length=156)
    late = sales.index.start_time.month >= 11
    sales *= np.exp(0.3 * late * np.random.default_rng(5).standard_normal(156))
    table = detectable_lift(sales, 7, after=0).table
    is_late = table["start_date"].dt.month >= 11
    loud = table.loc[is_late, "detectable_lift"].median()
    assert loud > 1.3 * table.loc[~is_late, "detectable_lift"].median()


def test_equal_noise_is_left_alike() -> None:
    rng = np.random.default_rng(0)
    ratios, days = rng.standard_normal(156), 7.0 * np.arange(156)
    found = local_noise(ratios, days, 7)
    assert found.mean() == pytest.approx(1, abs=0.12)
    assert found.std() < 0.15


def test_past_promotions_are_allowed_for_and_left_out() -> None:
    sales = noise(3)
    sales.iloc[[20, 50]] *= 1.6
    days = WEEKS[[20, 50]].start_time
    past = pd.DataFrame(
        {"name": ["a", "b"], "start_date": days, "end_date": days + pd.Timedelta(days=6)}
    )
    found = detectable_lift(sales, 7, past, after=1)
    assert not found.table["start_date"].isin(days).any()
    assert found.left_out == 6  # of each: the week before, its own, and the week after
    without = detectable_lift(sales, 7, after=1)
    assert found.table["detectable_lift"].median() < without.table["detectable_lift"].median()


def test_a_day_of_every_year_is_not_identified_and_the_way_out_is_named() -> None:
    days = pd.period_range("2022-06-01", "2023-12-31", freq="D")
    rng = np.random.default_rng(0)
    sales = pd.Series(np.exp(6 + rng.normal(0, 0.1, len(days))), days)
    sales[sales.index.strftime("%m-%d") == "11-11"] *= 5
    double = pd.DataFrame(
        {
            "name": ["双11"], "start_date": ["2022-11-11"], "end_date": ["2022-11-11"],
            "recurring": [True],
        }
    )  # fmt: skip
    found = detectable_lift(sales, 1, double, after=0)
    own = found.table[found.table["start_date"].dt.strftime("%m-%d") == "11-11"]
    assert len(own) == 2
    assert own["detectable_lift"].isna().all()
    assert (own["calendar"] == "not identified").all()
    assert "hold customers out" in found.sentence()
    assert "对照客户" in found.sentence("zh")
    effect = promotion_effect(sales, double, after=0, placebos=0)
    assert effect.lift_calendar == "not identified"
    assert "run an experiment, or compare shops" in effect.sentence()


def test_sales_that_are_not_all_positive_are_taken_as_amounts() -> None:
    sales = noise(4) - noise(4).mean() * 0.99
    found = detectable_lift(sales + 1, 7, after=1)
    assert found.scale == "additive"
    base = noise(4)
    added = detectable_lift(base, 7, after=0, scale="additive", seasonal_period=1)
    spread = base.std() * (student.ppf(0.975, 77) + student.ppf(0.8, 77)) / base.mean()
    assert added.table["detectable_lift"].iloc[30:50].median() == pytest.approx(spread, rel=0.12)


@pytest.mark.parametrize(
    ("given", "error", "message"),
    [
        ({"promotion_length": 0}, ValueError, "promotion_length"),
        ({"promotion_length": []}, ValueError, "promotion_length is empty"),
        ({"promotion_length": 7, "power": 0.01}, ValueError, "power must be above 0.025"),
        ({"promotion_length": 7, "expected_lift": 0}, ValueError, "expected_lift"),
        ({"promotion_length": 7, "discount": 0.1}, ValueError, "needs the profit per unit"),
        ({"promotion_length": 540}, NotEnoughDataError, "hold customers out"),
        ({"promotion_length": 7, "scale": "log"}, ValueError, "scale must be one of"),
    ],
)
def test_bad_plans_are_refused(given, error, message: str) -> None:
    with pytest.raises(error, match=message):
        detectable_lift(noise(0), **given)


def test_unknown_columns_of_the_calendar_are_refused() -> None:
    past = pd.DataFrame({"name": ["a"], "start_date": ["2022-03-01"], "end_date": ["2022-03-01"]})
    with pytest.raises(DataError, match="unknown column"):
        detectable_lift(noise(0), 7, past.assign(shop=1))

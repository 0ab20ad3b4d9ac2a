"""Differences in differences against packages, published values, t tests and simulation."""

import math
from typing import Any

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose
from scipy.stats import chi2, ttest_ind

from cemkit.errors import DataError, NotEnoughDataError
from cemkit.impact.staggered import DifferenceInDifferences, difference_in_differences


def simulated(slope: float = 0.0, seed: int = 5) -> pd.DataFrame:
    """60 units in 6 periods, 15 in each of three groups and 15 never treated."""
    rng = np.random.default_rng(seed)
    start, period = np.repeat([0, 3, 4, 6], 15), np.arange(1, 7)
    values = rng.normal(size=(60, 1)) + rng.normal(size=(60, 6)).cumsum(axis=1)
    after = period - start[:, None]
    treated = start[:, None] > 0
    values += np.where(treated & (after >= 0), 1 + 0.3 * after, 0) + slope * period * treated
    return pd.DataFrame(
        {
            "customer_id": np.repeat(np.arange(60) + 1, 6),
            "period": np.tile(period, 60),
            "first_treated": np.repeat(np.where(start > 0, start, np.nan), 6),
            "amount": values.ravel(),
        }
    )


PANEL = simulated()

# From the package `differences` 0.3.0, ATTgt(base_period="universal"), no covariates, which agrees
# with diff-diff 3.13.0 and csdid 0.4.3; its errors divide by n instead of n - 1.
NOT_YET_PAIRS = {
    (3, 1): 0.030148,
    (3, 3): 1.041105,
    (3, 6): 2.531579,
    (4, 1): -0.517646,
    (4, 4): 0.845664,
    (6, 1): -0.514315,
    (6, 6): 1.163517,
}
NOT_YET_EVENTS = {-5: -0.514315, -3: -0.407965, -2: -0.218657, 0: 1.016762, 1: 1.017538}
NOT_YET_EVENT_ERRORS = {-5: 0.766877, -3: 0.296661, -2: 0.185113, 0: 0.184275, 1: 0.346989}
NOT_YET_OVERALL = {"simple": (1.345898, 0.323856), "group": (1.265379, 0.283507)}


def test_effects_are_those_of_another_package() -> None:
    found = difference_in_differences(PANEL, "amount", controls="not_yet_treated")
    for pair, value in NOT_YET_PAIRS.items():
        assert found.table.loc[pair, "effect"] == pytest.approx(value, abs=2e-6)
    assert_allclose(
        found.events.loc[[*NOT_YET_EVENTS], "effect"], [*NOT_YET_EVENTS.values()], atol=2e-6
    )
    for name, (value, error) in NOT_YET_OVERALL.items():
        row = found.overall.loc[name]
        assert row["effect"] == pytest.approx(value, abs=2e-6)
        assert row["standard_error"] == pytest.approx(error * math.sqrt(15 / 14), rel=0.01)
    errors = found.events.loc[[*NOT_YET_EVENT_ERRORS], "standard_error"]
    assert_allclose(
        errors, np.array([*NOT_YET_EVENT_ERRORS.values()]) * (15 / 14) ** 0.5, rtol=0.01
    )
    # The same package with never-treated controls, group 6: here the correction is exact.
    never = difference_in_differences(PANEL, "amount")
    assert never.table.loc[(6, 6), "standard_error"] == pytest.approx(
        0.311017 * math.sqrt(15 / 14), abs=1e-6
    )


def reference() -> pd.DataFrame:
    moderndid = pytest.importorskip("moderndid", reason="the counties come with moderndid")
    counties = pd.DataFrame(moderndid.load_mpdta().to_dict()).rename(columns={"year": "period"})
    return counties.assign(first_treated=counties["first.treat"].replace(0, np.nan))


def test_published_effects_of_minimum_wages() -> None:
    # Callaway and Sant'Anna's R package `did` 2.1.2, vignette "Introduction to DiD", without
    # covariates. Changes before the treatment are there from the period before each.
    counties = reference()
    found = difference_in_differences(counties, "lemp", unit="countyreal")
    assert (found.n_units, found.n_treated, found.n_groups) == (500, 191, 3)
    published = {
        (2004, 2004): (-0.0105, 0.0233),
        (2004, 2005): (-0.0704, 0.0310),
        (2004, 2006): (-0.1373, 0.0364),
        (2004, 2007): (-0.1008, 0.0344),
        (2006, 2006): (-0.0046, 0.0178),
        (2006, 2007): (-0.0412, 0.0202),
        (2007, 2007): (-0.0261, 0.0167),
    }
    for pair, (value, error) in published.items():
        row = found.table.loc[pair]
        assert row["effect"] == pytest.approx(value, abs=6e-5)
        assert row["standard_error"] == pytest.approx(error, rel=0.06)  # theirs by bootstrap
    assert found.overall["effect"].round(4).to_dict() == {
        "simple": -0.0400,
        "group": -0.0310,
        "event": -0.0772,
        "calendar": -0.0417,
    }
    assert found.standard_error == pytest.approx(0.0124, abs=3e-4)
    in_large_samples = chi2.sf(found.pretrend_statistic, found.pretrend_terms)
    assert in_large_samples == pytest.approx(0.16812, abs=0.005)
    assert found.pretrend_p_value == pytest.approx(in_large_samples, abs=0.02)  # Hotelling's
    early = found.table.loc[(2007, slice(None)), "effect"]
    steps = [early[(2007, 2004)] - early[(2007, 2003)], early[(2007, 2005)] - early[(2007, 2004)]]
    assert_allclose(steps, [0.0305, -0.0027], atol=6e-5)


def test_two_groups_in_two_periods_are_welchs_test_of_the_changes() -> None:
    rng = np.random.default_rng(0)
    change = np.concatenate([rng.normal(1, 3, 12), rng.normal(0, 1, 30)])
    panel = pd.DataFrame(
        {
            "customer_id": np.tile(np.arange(42), 2),
            "period": np.repeat(["2024-01-01", "2024-02-01"], 42),
            "first_treated": np.tile(["2024-02-01"] * 12 + [None] * 30, 2),
            "amount": np.concatenate([np.zeros(42), change]) + np.tile(rng.normal(size=42), 2),
        }
    )
    found = difference_in_differences(panel, "amount", confidence_level=0.9)
    welch = ttest_ind(change[:12], change[12:], equal_var=False)
    bounds = welch.confidence_interval(0.9)
    assert found.p_value == pytest.approx(welch.pvalue)
    assert (found.effect_lower, found.effect_upper) == pytest.approx((bounds.low, bounds.high))
    assert "could not be tested" in found.sentence()
    assert "无法检验" in found.sentence("zh")


def test_two_way_fixed_effects_would_get_the_sign_wrong() -> None:
    period = np.arange(1, 31)
    start = np.repeat([5, 20], 20)
    noise = np.random.default_rng(0).normal(0, 0.1, (40, 30))
    treated = period >= start[:, None]
    values = noise + treated * (period - start[:, None] + 1.0)
    panel = pd.DataFrame(
        {
            "customer_id": np.repeat(np.arange(40), 30),
            "period": np.tile(period, 40),
            "first_treated": np.repeat(start, 30),
            "amount": values.ravel(),
        }
    )

    def demeaned(matrix: np.ndarray) -> np.ndarray:
        means = matrix.mean(axis=0), matrix.mean(axis=1, keepdims=True)
        return matrix - means[0] - means[1] + matrix.mean()

    indicator = demeaned(treated.astype(float))
    assert (indicator * demeaned(values)).sum() / (indicator**2).sum() < 0
    found = difference_in_differences(panel, "amount", controls="not_yet_treated")
    assert found.effect == pytest.approx(8.0, abs=0.1)  # mean of 1 to 15: while the others wait
    assert found.without_controls == 40


@pytest.mark.parametrize("seed", range(3))
def test_row_order_and_kind_of_periods_change_nothing(seed: int) -> None:
    found = difference_in_differences(PANEL, "amount")
    months = pd.period_range("2024-01", periods=6, freq="M")
    first = [pd.NaT if np.isnan(v) else months[int(v) - 1] for v in PANEL["first_treated"]]
    dated = PANEL.assign(period=months.take(PANEL["period"] - 1), first_treated=first)
    shuffled = dated.sample(frac=1, random_state=seed).set_index("customer_id")
    other = difference_in_differences(shuffled, "amount")
    for name in ("table", "events", "groups", "calendar", "overall"):
        one, two = getattr(found, name).to_numpy(), getattr(other, name).to_numpy()
        assert np.array_equal(one, two)
    assert other.table.index[0] == (pd.Period("2024-03"), pd.Period("2024-01"))


def test_a_cluster_that_repeats_its_units_counts_once() -> None:
    twice = pd.concat([PANEL, PANEL.assign(customer_id=PANEL["customer_id"] + 100)])
    twice["shop"] = twice["customer_id"] % 100
    one = difference_in_differences(PANEL, "amount")
    two = difference_in_differences(twice, "amount", cluster="shop")
    assert two.standard_error == pytest.approx(one.standard_error)
    assert two.p_value == pytest.approx(one.p_value)
    assert (two.n_units, two.n_clusters) == (120, 60)
    alone = difference_in_differences(twice, "amount").standard_error
    assert alone < 0.8 * one.standard_error


def test_a_trend_that_the_test_finds_is_said() -> None:
    found = difference_in_differences(simulated(slope=3.0), "amount")
    assert found.pretrend_p_value < 0.001
    assert "Trends differed already before the treatment" in found.sentence()
    assert "do not rely on this effect" in found.sentence()
    assert "不可依赖" in found.sentence("zh")


def test_the_bias_is_that_of_the_detectable_slope() -> None:
    found = difference_in_differences(PANEL, "amount")
    drifting = PANEL.assign(
        amount=PANEL["amount"]
        + found.detectable_slope * PANEL["period"] * PANEL["first_treated"].notna()
    )
    moved = difference_in_differences(drifting, "amount")
    assert moved.effect - found.effect == pytest.approx(found.detectable_bias)


def test_few_clusters_test_trends_by_event_time_or_their_slope() -> None:
    assert difference_in_differences(PANEL, "amount").pretrend_terms == 7
    few = PANEL[PANEL["customer_id"] % 15 < 7]  # about 11 degrees of freedom for four events
    assert difference_in_differences(few, "amount").pretrend_terms == 4
    fewer = PANEL[PANEL["customer_id"] % 15 < 4]
    found = difference_in_differences(fewer, "amount")
    assert found.pretrend_terms == 1
    early = found.events[found.events.index < 0]["effect"]
    slope = np.linalg.lstsq(early.index.to_numpy()[:, None] + 1.0, early, rcond=None)[0][0]
    drift = fewer["period"] * fewer["first_treated"].notna()
    level = difference_in_differences(
        fewer.assign(amount=fewer["amount"] - slope * drift), "amount"
    )
    assert level.pretrend_statistic == pytest.approx(0, abs=1e-12)


def test_nothing_is_changed_and_units_always_treated_are_counted() -> None:
    table = PANEL.assign(first_treated=PANEL["first_treated"].replace(6.0, 1.0))
    before = table.copy()
    found = difference_in_differences(table, "amount")
    pd.testing.assert_frame_equal(table, before)
    assert found.already_treated == 15
    assert "15 treated from the first period on were left out" in found.sentence()


@pytest.mark.parametrize(
    ("change", "options", "error", "message"),
    [
        ({"first_treated": np.nan}, {}, NotEnoughDataError, "treated within the panel"),
        ({"first_treated": 1}, {}, NotEnoughDataError, "60 are treated from the first period on"),
        ({"first_treated": 3}, {}, DataError, "controls='not_yet_treated'"),
        ({"first_treated": 3}, {"controls": "not_yet_treated"}, NotEnoughDataError, "every unit"),
        ({}, {"controls": "others"}, ValueError, "controls must be one of"),
        ({}, {"confidence_level": 95}, ValueError, "confidence_level"),
        ({}, {"cluster": 3}, TypeError, "cluster must be text"),
        ({}, {"outcome": None}, TypeError, "outcome must be text"),
    ],
)
def test_what_cannot_be_answered_is_refused(
    change: dict[str, Any], options: dict[str, Any], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        difference_in_differences(PANEL.assign(**change), **{"outcome": "amount"} | options)


def test_intervals_hold_what_was_planted() -> None:
    inside = []
    for seed in range(20):
        found = difference_in_differences(simulated(seed=seed), "amount")
        truth = np.mean([1 + 0.3 * 1.5, 1 + 0.3, 1.0])
        inside.append(found.effect_lower <= truth <= found.effect_upper)
    assert sum(inside) >= 15  # of 20; fewer have a probability of .1 %


def test_result_draws_itself_and_prints() -> None:
    found = difference_in_differences(PANEL, "amount")
    assert isinstance(found, DifferenceInDifferences)
    assert found.plot().get_ylabel() == "effect on amount"
    assert str(found).startswith(f"{found.sentence()}\nDifferenceInDifferences")


@pytest.mark.parametrize("values", [5.0, PANEL["period"], PANEL["customer_id"]])
def test_an_outcome_without_differences_within_groups_has_no_error(values: Any) -> None:
    with pytest.raises(DataError, match="'amount' changes by the same amount in all units of each"):
        difference_in_differences(PANEL.assign(amount=values), "amount")

"""Effects before promotions, sums of effects, and the baseline of each period."""

import numpy as np
import pandas as pd
import pytest

from cemkit.forecasting.series import time_index
from cemkit.impact.earnings import promotion_profit
from cemkit.impact.intervention import promotion_effect
from cemkit.impact.study import Estimates, study_of

WEEKS = pd.period_range("2022-01-03", periods=80, freq="W-SUN")
ON = np.array([15, 30, 45, 60])
DAYS = WEEKS[ON].start_time
CALENDAR = pd.DataFrame(
    {"name": list("abcd"), "start_date": DAYS, "end_date": DAYS + pd.Timedelta(days=6)}
)


def sales() -> pd.Series:
    sold = 100 + np.random.default_rng(0).normal(0, 2, 80)
    sold[ON] += 60
    sold[ON - 1] -= 20
    sold[ON + 1] -= 10
    return pd.Series(sold, WEEKS)


def test_what_customers_wait_with_before_a_promotion_is_measured_and_counted() -> None:
    effect = promotion_effect(sales(), CALENDAR, before=1, after=1, scale="additive", placebos=0)
    assert effect.before_amount == pytest.approx(-80, abs=8)
    assert effect.before_amount_lower < -80 < effect.before_amount_upper
    assert effect.net_amount == pytest.approx(
        effect.lift_amount + effect.dip_amount + effect.before_amount
    )
    assert "-8" in effect.sentence().split("before them")[0]
    assert "促销前变化" in effect.sentence("zh")
    profit = promotion_profit(effect, margin=0.5, fixed_cost=1)
    pulled = profit.table.loc["pulled_forward", "amount"]
    assert pulled == pytest.approx(0.5 * (effect.dip_amount + effect.before_amount))
    plain = promotion_effect(sales(), CALENDAR, after=1, scale="additive", placebos=0)
    assert plain.before_amount is None
    with pytest.raises(ValueError, match="before=1 needs method='regression'"):
        promotion_effect(sales(), CALENDAR, before=1, method="counterfactual")


@pytest.mark.parametrize("scale", ["additive", "multiplicative"])
def test_the_baseline_of_each_period_adds_up_to_the_amounts(scale: str) -> None:
    effect = promotion_effect(sales(), CALENDAR, after=1, scale=scale, placebos=0)
    gone = effect.periods["actual_amount"] - effect.periods["baseline_amount"]
    assert gone.sum() == pytest.approx(effect.net_amount)
    assert gone.iloc[ON].sum() == pytest.approx(effect.lift_amount)
    assert np.flatnonzero(gone.abs() > 1e-9).tolist() == sorted([*ON, *(ON + 1)])
    bounds = effect.periods.iloc[ON]
    assert (bounds["baseline_amount_lower"] < bounds["baseline_amount"]).all()


def test_sums_of_effects_have_the_error_of_the_delta_method() -> None:
    covariance = np.array([[0.04, 0.01], [0.01, 0.09]])
    found = Estimates(np.array([0.2, -0.3]), covariance, 10**9, ["after_1", "after_2"], np.zeros(0))
    value, error = found.sum_of("after_")
    slopes = np.exp([0.2, -0.3])
    assert value == pytest.approx(np.expm1(0.2) + np.expm1(-0.3))
    assert error == pytest.approx(np.sqrt(slopes @ covariance @ slopes), rel=1e-6)
    assert np.isnan(found.sum_of("before_")).all()


def test_estimates_of_a_design_are_those_of_the_study() -> None:
    study = study_of(
        sales(), CALENDAR, before=0, after=1, scale="auto", X=None, seasonal_period="auto"
    )
    assert time_index(study.series).equals(WEEKS)
    lift, error = study.estimates(study.design).of("promotion")
    effect = promotion_effect(sales(), CALENDAR, after=1, placebos=0)
    assert np.expm1(lift) == pytest.approx(effect.lift)
    assert np.expm1(lift - 1.96 * error) == pytest.approx(effect.lift_lower, abs=0.02)

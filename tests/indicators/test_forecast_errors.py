"""How far series are from their forecasts: against statsmodels, by design, and what is refused."""

import math
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.stats import t as student

from cemkit.forecasting.state_space import statsmodels_result
from cemkit.indicators.forecast_errors import (
    MOST_ERRORS,
    PRIOR_DEGREES,
    SHORT_HISTORY,
    History,
    Judged,
    NotJudgedError,
)

MOVING = ("Chinese New Year", "Easter")


def drawn(count: int, seed: int = 0, spread: float = 0.05, frequency: str = "M") -> pd.Series:
    """First-order errors around a season, on a log scale."""
    rng = np.random.default_rng(seed)
    errors = np.zeros(count)
    for place in range(1, count):
        errors[place] = 0.5 * errors[place - 1] + rng.normal(0, spread)
    season = {"M": 12, "W-SUN": 52, "Q-DEC": 4, "Y-DEC": 1}[frequency]
    index = pd.period_range("2012-01", periods=count, freq=frequency)
    waves = 0.2 * np.sin(2 * np.pi * np.arange(count) / season) if season > 1 else 0.0
    return pd.Series(np.exp(3 + waves + errors), index)


def history(series: pd.Series, season: int = 12, last: int = 1, **more: Any) -> History:
    return History(series=series, season=season, last=last, holidays=more.get("holidays", ()))


@pytest.mark.parametrize("last", [1, 4])
def test_the_forecast_error_is_that_of_statsmodels(last: int) -> None:
    """Of the same orders at the same coefficients, one origin of the past, without regressors."""
    series = drawn(72, seed=3)
    ours = history(series, last=last)
    ours.judged()
    value, forecast, sd = ours._compared(ours.origin)
    [member] = ours._models[ours.origin]
    model = member.model
    index = pd.PeriodIndex(series.index[:-last])
    ahead = statsmodels_result(model, index).get_forecast(last)
    mean = np.asarray(ahead.predicted_mean)
    assert forecast == pytest.approx(math.log(np.exp(mean).mean()), abs=1e-6)
    assert value == pytest.approx(math.log(series.to_numpy()[-last:].mean()))
    assert sd > 0
    if last == 1:  # ours has the uncertainty of the constant, too
        peer = float(np.asarray(ahead.se_mean)[0])
        assert peer <= sd * (1 + 1e-9)
        assert sd == pytest.approx(peer, rel=0.1)


def test_the_scale_is_that_of_the_past_errors() -> None:
    """Prior errors of size 1 and those of the past; never below 1; widened by a short history."""
    one = history(drawn(84, seed=1))
    one.judged()
    [member] = one._models[one.origin]
    widened = 1 + SHORT_HISTORY / member.model.likelihood.n_observed
    for size in (0.1, 3.0):
        sd, degrees = one._spread(2.0, np.full(MOST_ERRORS, size))
        square = (PRIOR_DEGREES + MOST_ERRORS * size**2) / (PRIOR_DEGREES + MOST_ERRORS)
        assert sd == pytest.approx(2.0 * math.sqrt(max(square, 1.0) * widened))
        assert degrees == PRIOR_DEGREES + MOST_ERRORS


def test_past_errors_end_before_the_judged_periods_begin() -> None:
    one = history(drawn(90), last=5)
    assert max(one._past_origins) + 5 <= one.origin
    changed = one.series.copy()
    changed.iloc[-5:] *= 3
    other = history(changed, last=5)
    assert other.judged().forecast == one.judged().forecast
    assert other.judged().spreads == one.judged().spreads


def test_p_value_and_bounds_agree() -> None:
    judged = history(drawn(60)).judged()
    [(sd, degrees)] = judged.spreads
    error = abs(judged.value - judged.forecast)
    assert judged.p_value == pytest.approx(2 * student.sf(error / sd, degrees))
    lower, upper = judged.bounds(1 - judged.p_value)
    edge = upper if judged.value > judged.forecast else lower
    assert edge == pytest.approx(math.exp(judged.value))


def test_what_the_calendar_may_explain_is_no_error() -> None:
    def of(error: float, **more: Any) -> float:
        made = {"slack": (0.0, 0.03), "spreads": [(0.01, 20.0)], "is_log": True}
        return Judged(value=error, forecast=0.0, year_over_year=False, **{**made, **more}).p_value

    assert of(0.02) == of(0.03) == 1
    assert of(0.04) == pytest.approx(2 * student.sf(1, 20))
    assert of(-0.01) == pytest.approx(2 * student.sf(1, 20))
    assert of(0.04, spreads=[(0.01, 20.0), (0.05, 3.0)]) == pytest.approx(2 * student.sf(0.2, 3))


def test_the_detectable_rise_is_found_in_four_of_five() -> None:
    judged = history(drawn(60)).judged()
    [(sd, degrees)] = judged.spreads
    rise = math.log(judged.detectable(0.95) / judged.in_units(judged.forecast) + 1)
    rng = np.random.default_rng(0)
    found = rise + sd * rng.standard_t(degrees, 20_000) > student.ppf(0.975, degrees) * sd
    assert found.mean() == pytest.approx(0.8, abs=0.01)


@pytest.mark.parametrize(
    ("count", "frequency", "season", "year_over_year"),
    [
        (23, "M", 12, True),
        (48, "M", 12, True),
        (49, "M", 12, False),
        (15, "Q-DEC", 4, True),
        (25, "Q-DEC", 4, False),
        (24, "Y-DEC", 1, False),
        (63, "W-SUN", 52, True),
        (117, "W-SUN", 52, False),
    ],
)
def test_how_much_history_which_method_takes(
    count: int, frequency: str, season: int, year_over_year: bool
) -> None:
    series = drawn(count, frequency=frequency)
    judged = history(series, season).judged()
    assert judged.year_over_year == year_over_year
    if count in {23, 15, 63}:
        with pytest.raises(NotJudgedError, match="short history"):
            history(series.iloc[1:], season).judged()


def test_series_that_cannot_be_judged() -> None:
    series = drawn(60)
    gone = series.copy()
    gone.iloc[-1] = np.nan
    with pytest.raises(NotJudgedError, match="no value"):
        history(gone).judged()
    season = pd.Series(np.tile(np.arange(1.0, 13.0), 5), series.index)
    rare = series.where(np.arange(60) % 3 == 0, 0.0)
    for still in (series * 0 + 5.0, series * 0, season, season * 1.01 ** np.arange(60), rare):
        with pytest.raises(NotJudgedError, match="does not vary"):
            history(still).judged()
    gaps = series.iloc[:24].copy()
    gaps.iloc[3:6] = np.nan
    with pytest.raises(NotJudgedError, match="short history"):
        history(gaps).judged()


def test_gaps_in_the_past_are_allowed() -> None:
    series = drawn(84)
    gaps = series.copy()
    gaps.iloc[[20, 70, 71]] = np.nan
    whole, holed = history(series).judged(), history(gaps).judged()
    assert holed.forecast == pytest.approx(whole.forecast, abs=0.1)


def test_a_week_without_orders_leaves_the_others_to_compare() -> None:
    """Closed in the first year and not in the second: that difference is no forecast error."""
    series = drawn(99, frequency="W-SUN")
    series.iloc[[51, 52]] = np.nan
    one = history(series, 52)
    judged = one.judged()
    assert judged.year_over_year
    assert math.isfinite(judged.p_value)
    assert 52 not in one._errors


def test_values_that_are_not_all_positive_are_compared_as_they_are() -> None:
    series = np.log(drawn(60)) - 3.0
    judged = history(series).judged()
    assert not judged.is_log
    assert judged.value == series.iloc[-1]
    scaled = history(1000 * series).judged()
    assert scaled.p_value == pytest.approx(judged.p_value, rel=1e-3)


def test_a_festival_that_was_seen_too_seldom_is_not_judged() -> None:
    """In February 2013, with one festival before; with Easter alone the same month is judged."""
    series = drawn(26)
    series.index = pd.period_range("2011-01", periods=26, freq="M")
    with pytest.raises(NotJudgedError, match="moving holiday"):
        History(series=series, season=12, last=1, holidays=MOVING).judged()
    History(series=series, season=12, last=1, holidays=("Easter",)).judged()


def test_errors_around_festivals_widen_the_spread_around_festivals() -> None:
    series = drawn(96, spread=0.02)
    series.index = pd.period_range("2012-03", periods=96, freq="M")
    judged = History(series=series, season=12, last=1, holidays=MOVING).judged()
    assert series.index[-1].month == 2
    assert len(judged.spreads) == 2
    assert judged.spreads[1][1] >= 2

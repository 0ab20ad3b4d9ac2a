"""What is averaged by default, and fits that fail or are interrupted."""

import numpy as np
import pandas as pd
import pytest

from cemkit.errors import DataError
from cemkit.forecasting import fitting
from cemkit.forecasting.forecaster import ARIMAForecaster

RNG = np.random.default_rng(0)
WEEKS = pd.period_range("2020-01-06", periods=130, freq="W-SUN")
WEEKLY = pd.Series(100 + 5 * np.sin(np.arange(130) * 0.12) + RNG.normal(0, 4, 130), WEEKS)
MONTHLY = pd.Series(
    50 + RNG.normal(size=60).cumsum(), pd.period_range("2019-01", periods=60, freq="M")
)


def state(forecaster: ARIMAForecaster) -> dict[str, object]:
    return dict(vars(forecaster))


def test_weeks_are_averaged_and_months_have_one_model() -> None:
    assert len(ARIMAForecaster().fit(MONTHLY).members_) == 1
    ours = ARIMAForecaster().fit(WEEKLY)
    average = ARIMAForecaster(search="average").fit(WEEKLY)
    assert len(ours.members_) > 1
    pd.testing.assert_frame_equal(ours.forecast(4), average.forecast(4))
    assert len(ARIMAForecaster(search="stepwise").fit(WEEKLY).members_) == 1
    named = ARIMAForecaster(order=(1, 0, 0), seasonal_order=(0, 0, 0)).fit(WEEKLY)
    assert len(named.members_) == 1


@pytest.mark.parametrize("bad", [MONTHLY * np.nan, MONTHLY.iloc[:5], MONTHLY * 0 + 1])
def test_a_refused_fit_leaves_the_forecaster_as_it_was(bad: pd.Series) -> None:
    forecaster = ARIMAForecaster().fit(MONTHLY)
    before, ahead = state(forecaster), forecaster.forecast(3)
    with pytest.raises(DataError):
        forecaster.fit(bad)
    assert state(forecaster) == before
    pd.testing.assert_frame_equal(forecaster.forecast(3), ahead)
    fresh = ARIMAForecaster()
    with pytest.raises(DataError):
        fresh.fit(bad)
    assert state(fresh) == state(ARIMAForecaster())


@pytest.mark.parametrize("step", ["fit_members", "check_errors", "choose_power", "check_orders"])
def test_an_interrupted_fit_leaves_nothing_behind(
    step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    forecaster = ARIMAForecaster(power="auto").fit(MONTHLY + 100)
    before = state(forecaster)

    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(fitting, step, interrupt)
    with pytest.raises(KeyboardInterrupt):
        forecaster.fit(MONTHLY.iloc[:40] + 200)
    assert state(forecaster) == before


def test_an_interrupted_update_leaves_nothing_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    forecaster = ARIMAForecaster().fit(MONTHLY.iloc[:50])
    before = state(forecaster)

    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(fitting, "refit_members", interrupt)
    with pytest.raises(KeyboardInterrupt):
        forecaster.update(MONTHLY.iloc[50:])
    assert state(forecaster) == before


def test_a_year_of_days_says_that_the_week_is_not_modelled() -> None:
    days = pd.date_range("2022-01-01", periods=740, freq="D")
    sales = pd.Series(np.random.default_rng(0).normal(100, 5, 740), days)
    fitted = ARIMAForecaster(365, order=(0, 0, 0)).fit(sales)
    assert any("such as the week, are not modelled" in note for note in fitted.notes_)

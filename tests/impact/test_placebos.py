"""Placebos of one fit against the whole analysis of each window."""

import numpy as np
import pandas as pd
import pytest
from scipy.linalg import toeplitz

from cemkit.forecasting.forecaster import ARIMAForecaster
from cemkit.forecasting.series import time_index
from cemkit.impact.intervention import promotion_effect
from cemkit.impact.placebos import PlaceboFit

WEEKS = pd.period_range("2022-01-03", periods=90, freq="W-SUN")


def series(seed: int = 0, ar: float = 0.5) -> pd.Series:
    rng = np.random.default_rng(seed)
    noise = np.zeros(90)
    for t in range(1, 90):
        noise[t] = ar * noise[t - 1] + rng.normal(0, 0.06)
    return pd.Series(np.exp(6 + noise), WEEKS)


def fit(sales: pd.Series, after: int = 2, order: tuple[int, int, int] = (1, 0, 0)) -> PlaceboFit:
    none = pd.DataFrame(index=time_index(sales))
    model = ARIMAForecaster(1, order, (0, 0, 0), power=0.0)
    return PlaceboFit.of(sales, none, None, model, after)


def test_estimates_are_those_of_generalised_least_squares() -> None:
    sales = series()
    placebos = fit(sales, after=4)
    found = next(one for i, one in enumerate(placebos.windows(7)) if i == 40)
    ar = placebos.model.arma_values(placebos.model.free)[0]
    inverse = np.linalg.inv(toeplitz(ar ** np.arange(90.0)))
    design = np.column_stack([np.ones(90), *(np.arange(90) == 40 + k for k in range(5))]) * 1.0
    gram = np.linalg.inv(design.T @ inverse @ design)
    effects = gram @ design.T @ inverse @ np.log(sales.to_numpy())
    rest = np.log(sales.to_numpy()) - design @ effects
    variance = rest @ inverse @ rest / (90 - 6 - 1)  # and the autoregression, as in the model
    assert found.ratio == pytest.approx(effects[1] / np.sqrt(variance * gram[1, 1]), rel=0.02)
    assert found.error == pytest.approx(np.sqrt(variance * gram[1, 1]), rel=0.02)
    dip = np.array([0, 0, 1.0, 1, 1, 1])
    assert found.dip_error == pytest.approx(np.sqrt(variance * dip @ gram @ dip), rel=0.02)


def test_the_standard_error_is_that_of_the_whole_analysis() -> None:
    sales = series(3)
    windows = list(fit(sales).windows(14))
    for place in (20, 50):
        one = windows[place]
        end = one.start + pd.Timedelta(days=13)
        event = pd.DataFrame({"name": ["x"], "start_date": [one.start], "end_date": [end]})
        effect = promotion_effect(sales, event, after=2, placebos=0)
        reach = (np.log1p(effect.lift_upper) - np.log1p(effect.lift_lower)) / 2
        assert reach / 2 == pytest.approx(one.error, rel=0.2)
        assert np.log1p(effect.lift) == pytest.approx(one.ratio * one.error, abs=0.03)


def test_windows_that_are_not_free_are_none_and_shares_of_periods_count() -> None:
    sales = series()
    sales.iloc[30] = np.nan
    windows = list(fit(sales).windows(3))
    assert windows[30] is None
    assert windows[29] is None  # its two weeks afterwards
    assert windows[31] is not None
    assert windows[31].path.tolist() == pytest.approx([3 / 7])
    assert len(windows) == 88


@pytest.mark.parametrize("after", [0, 3])
def test_nothing_after_the_window_has_no_dip(after: int) -> None:
    one = next(iter(fit(series(), after=after).windows(7)))
    assert np.isnan(one.dip_error) == (after == 0)
    assert one.steps_after == after

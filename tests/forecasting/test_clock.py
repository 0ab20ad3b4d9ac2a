"""Hours of the day across changes of the clock."""

import numpy as np
import pandas as pd
import pytest

from cemkit.errors import DataError
from cemkit.forecasting.clock import WallClock
from cemkit.forecasting.forecaster import ARIMAForecaster

DAY = np.array(
    [1, 1, 1, 1, 1, 2, 5, 9, 12, 14, 15, 18, 22, 20, 16, 14, 15, 19, 24, 20, 12, 6, 3, 1]
)


def hours(start: str, count: int) -> pd.Series:
    index = pd.date_range(start, periods=count, freq="h", tz="Europe/Berlin")
    noise = np.random.default_rng(0).normal(0, 3, count)
    return pd.Series(10.0 * DAY[index.hour] + noise, index, name="sales")


@pytest.mark.parametrize(
    "start",
    ["2024-03-01", "2024-03-08", "2024-10-01", "2024-10-06"],
    ids=["spring ahead", "spring within", "autumn ahead", "autumn within"],
)
def test_the_pattern_of_the_day_follows_the_clock(start: str) -> None:
    sales = hours(start, 24 * 29 + 72)
    past, actual = sales.iloc[:-72], sales.iloc[-72:]
    fitted = ARIMAForecaster(order=(0, 0, 0), seasonal_order=(0, 1, 1)).fit(past)
    ahead = fitted.forecast(72)
    assert ahead.index.equals(actual.index)
    # The errors have a spread of 3 and opening hours differ by 200: an hour too late is seen.
    assert (ahead["forecast"] - actual).abs().mean() < 4
    assert actual.between(ahead["lower"], ahead["upper"]).mean() > 0.85
    again = ARIMAForecaster.from_json(fitted.to_json())
    pd.testing.assert_frame_equal(again.forecast(72), ahead, check_index_type=False)


@pytest.mark.parametrize(
    ("frequency", "end"),
    [
        ("h", "2024-10-27T02:00+02:00"),
        ("30min", "2024-10-27T02:00+02:00"),
        ("30min", "2024-10-27T02:30+02:00"),
        ("30min", "2024-10-27T02:00+01:00"),
    ],
)
def test_the_second_of_two_equal_hours_is_like_the_first(frequency: str, end: str) -> None:
    """The level is known by the local hour, with errors of 1; the next hour's is 20 off."""
    last = pd.Timestamp(end).tz_convert("Europe/Berlin")
    start = pd.Timestamp("2024-10-10", tz="Europe/Berlin")
    index = pd.date_range(start, last + pd.Timedelta(hours=6), freq=frequency)
    level = 300 + 100 * np.sin(2 * np.pi * (index.hour + index.minute / 60) / 24)
    sales = pd.Series(level + np.random.default_rng(0).normal(0, 1, len(index)), index)
    past = sales[index <= last]
    period = 24 if frequency == "h" else 48
    seasonal = (0, 1, 1) if frequency == "h" else "auto"
    fitted = ARIMAForecaster(period, order=(0, 0, 0), seasonal_order=seasonal).fit(past)
    ahead = fitted.forecast(len(sales) - len(past))
    assert (ahead["forecast"] - sales[index > last]).abs().max() < 5
    again = ARIMAForecaster.from_json(fitted.to_json())
    pd.testing.assert_frame_equal(again.forecast(len(ahead)), ahead, check_index_type=False)
    fitted.update(sales[index > last])
    assert np.isfinite(fitted.log_likelihood_)


def test_regressors_and_updates_follow_the_clock() -> None:
    sales = hours("2024-03-20", 24 * 14)
    tv = pd.DataFrame({"tv": (np.arange(24 * 14) % 17 == 0) * 1.0}, sales.index)
    past, later = (sales + 50 * tv["tv"]).iloc[: 24 * 10], (sales + 50 * tv["tv"]).iloc[24 * 10 :]
    settings = {"order": (0, 0, 0), "seasonal_order": (0, 1, 1)}
    fitted = ARIMAForecaster(**settings).fit(past, X=tv)
    ahead = fitted.forecast(48, X=tv)
    assert (ahead["forecast"] - later.iloc[:48]).abs().mean() < 5
    fitted.update(later.iloc[:48], X=tv)
    whole = ARIMAForecaster(**settings).fit(pd.concat([past, later.iloc[:48]]), X=tv)
    assert fitted.log_likelihood_ == pytest.approx(whole.log_likelihood_, abs=1e-3)


def test_a_repeated_hour_is_averaged_and_a_skipped_one_is_missing() -> None:
    autumn = hours("2024-10-27", 48)
    wall = WallClock.of(autumn, pd.DataFrame(index=autumn.index), 24).series
    assert len(wall) == 47
    assert wall["2024-10-27 02:00"] == pytest.approx(autumn.iloc[2:4].mean())
    spring = hours("2024-03-31", 46)
    wall = WallClock.of(spring, pd.DataFrame(index=spring.index), 24).series
    assert len(wall) == 47
    assert wall.isna().sum() == 1
    assert np.isnan(wall["2024-03-31 02:00"])


def test_periods_that_a_change_moves_are_refused() -> None:
    index = pd.date_range("2024-03-25", periods=120, freq="2h", tz="Europe/Berlin")
    sales = pd.Series(np.random.default_rng(0).normal(10, 1, 120), index)
    with pytest.raises(
        DataError, match=r"Berlin changes by less than the period .2h.,.*tz_localize\(None\)"
    ):
        ARIMAForecaster(12).fit(sales)

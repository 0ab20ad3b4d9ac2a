"""The regressors of a long season: what is put in is found, and nothing else."""

import numpy as np
import pandas as pd
import pytest

from cemkit.forecasting.forecaster import ARIMAForecaster
from cemkit.forecasting.seasons import LongSeason, likeliest_season
from cemkit.forecasting.years import Year


def weekly(harmonics: int, seed: int, n: int = 160) -> np.ndarray:
    waves = LongSeason(52, harmonics).columns(0, n).sum(axis=1)
    return 10 + waves + 0.3 * np.random.default_rng(seed).normal(size=n)


def found(values: np.ndarray, regressors: np.ndarray | None = None) -> LongSeason:
    rows = np.empty((len(values), 0)) if regressors is None else regressors
    return likeliest_season(values, rows, 52)


@pytest.mark.parametrize("harmonics", [0, 1, 2, 4])
def test_harmonics_are_found(harmonics: int) -> None:
    counts = [found(weekly(harmonics, seed)).n_harmonics for seed in range(9)]
    assert np.median(counts) == harmonics


def test_peaks_are_found_and_noise_seldom_is_one() -> None:
    with_peak = [weekly(1, seed) for seed in range(20)]
    for values in with_peak:
        values[[50, 102, 154]] += 1.5
    assert all(50 in found(values).peaks for values in with_peak)
    chance = [len(found(weekly(1, seed)).peaks) for seed in range(60)]
    assert np.mean(chance) < 0.2


def test_what_was_seen_once_is_no_peak() -> None:
    values = weekly(1, 0)
    values[80] += 5
    assert found(values).peaks == ()


def test_a_regressor_that_explains_a_peak_leaves_none() -> None:
    values, holiday = weekly(1, 3), np.zeros(160)
    holiday[50::52] = 1.0
    assert found(values + 2 * holiday).peaks == (50,)
    assert found(values + 2 * holiday, holiday[:, None]).peaks == ()


def test_gaps_do_not_move_a_peak() -> None:
    values = weekly(0, 1)
    values[[50, 102, 154]] += 3
    values[[5, 6, 90]] = np.nan
    assert found(values).peaks == (50,)


def test_columns_go_on_and_have_names() -> None:
    season = LongSeason(52, 2, (3, 51))
    rows = season.columns(0, 110)
    assert rows[52:] == pytest.approx(season.columns(52, 110))
    assert season.names == ["sin_1", "cos_1", "sin_2", "cos_2", "peak_4", "peak_52"]
    assert rows[:, 4].nonzero()[0].tolist() == [3, 55, 107]


def test_a_series_that_is_too_short_has_none() -> None:
    assert found(weekly(1, 0, n=14)) == LongSeason(52)


YEAR = Year(first=19716.0, days=7.0)  # from 25 December 2023 on


def test_a_peak_of_the_year_is_a_day_and_noise_seldom_is_one() -> None:
    season = LongSeason(52, 1, (358,), YEAR)
    rows = season.columns(0, 160)
    assert rows[:, 2].nonzero()[0].tolist() == [0, 52, 104, 156]
    assert season.names == ["sin_1", "cos_1", "peak_12-25"]
    chance = []
    for seed in range(30):
        noise = 0.3 * np.random.default_rng(seed).normal(size=160)
        values = 10 + 2 * rows[:, 2] + noise
        assert 358 in likeliest_season(values, np.empty((160, 0)), 52, YEAR).peaks
        chance.append(len(likeliest_season(10 + noise, np.empty((160, 0)), 52, YEAR).peaks))
    assert np.mean(chance) < 0.2


@pytest.mark.parametrize("first", range(0, 52, 13))
def test_two_seasons_are_enough_wherever_the_series_begins(first: int) -> None:
    year = Year(first=19716.0 - 7 * first, days=7.0)
    values = 10 + 0.3 * np.random.default_rng(first).normal(size=106)
    peaks = year.holds([358], 0, 106)[:, 0]
    assert peaks.sum() >= 2
    found = likeliest_season(values + 3 * peaks, np.empty((106, 0)), 52, year)
    assert 358 in found.peaks


def test_a_very_long_season_has_harmonics_alone() -> None:
    assert LongSeason(1000).places(5000) == []
    assert LongSeason(300).places(900) == list(range(300))


@pytest.mark.parametrize(("frequency", "of_day"), [("h", 24), ("30min", 48)])
def test_a_season_of_a_week_keeps_the_shape_of_its_days(frequency: str, of_day: int) -> None:
    """The day is the seventh harmonic of the week; the errors have a spread of 5."""
    count = of_day * 7 * 6
    index = pd.date_range("2024-01-01", periods=count, freq=frequency)
    turns = 2 * np.pi * np.arange(count) / of_day
    level = 100 + 40 * np.sin(turns) + 20 * np.cos(2 * turns) + 15 * (index.day_of_week >= 5)
    sales = pd.Series(level + np.random.default_rng(0).normal(0, 5, count), index)
    week = 7 * of_day
    fitted = ARIMAForecaster(week, order=(0, 0, 0)).fit(sales[:-week])
    errors = fitted.forecast(week)["forecast"] - level[-week:]
    assert np.sqrt((errors**2).mean()) < 4
    assert ARIMAForecaster.from_json(fitted.to_json()).forecast(3).equals(fitted.forecast(3))

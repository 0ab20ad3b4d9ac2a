"""The season of new customers, against one that was planted."""

import numpy as np
import pytest

from cemkit.clv.base.acquisition_season import ArrivalSeason

FIRST = 19_000  # 2022-01-08
N = 1000
AHEAD = np.arange(FIRST + N, FIRST + N + 365)


def planted(days: np.ndarray, size: float) -> np.ndarray:
    return np.exp(size * np.cos(2 * np.pi * (days - FIRST - 300) / 365.25))


def found_of(size: float, seed: int, level: float = 20.0) -> ArrivalSeason:
    random = np.random.default_rng(seed)
    days = np.arange(FIRST, FIRST + N)
    start = 1 + 8 * np.exp(-np.arange(N) / 40)  # customers of old, who look new
    season = ArrivalSeason.of(
        random.poisson(level * start * planted(days, size)).astype(float), FIRST
    )
    assert season is not None
    return season


@pytest.mark.parametrize("size", [0.0, 0.3, 0.8])
def test_a_planted_season_is_found_and_none_where_there_is_none(size: float) -> None:
    today = FIRST + N - 1
    true = planted(AHEAD, size) / planted(np.arange(today - 181, today + 1), size).mean()
    errors = [np.log(found_of(size, seed).factors(AHEAD, today) / true) for seed in range(8)]
    assert np.sqrt(np.mean(np.square(errors))) < 0.12


def test_few_customers_show_a_season_less() -> None:
    today = FIRST + N - 1
    few, many = (np.ptp(found_of(0.8, 1, level).factors(AHEAD, today)) for level in (0.02, 20))
    assert few < 0.6 * many


def test_draws_lie_around_the_factors() -> None:
    season, today = found_of(0.5, 0), FIRST + N - 1
    drawn = season.drawn(AHEAD, today, 4000, np.random.default_rng(0))
    error = drawn.std(axis=0) / np.sqrt(4000)
    assert (np.abs(drawn.mean(axis=0) - season.factors(AHEAD, today)) < 5 * error + 1e-9).all()
    assert drawn.std(axis=0).max() > 0.02


def test_less_than_two_years_have_none() -> None:
    assert ArrivalSeason.of(np.ones(729), FIRST) is None
    assert ArrivalSeason.of(np.ones(730), FIRST) is not None

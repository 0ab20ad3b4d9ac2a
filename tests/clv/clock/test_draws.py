"""Draws of a clock's time, against what the errors of its effects say."""

import numpy as np
import pandas as pd
import pytest

from cemkit.clv import SeasonalClock
from cemkit.clv.clock.draws import drawn_times

RANDOM = np.random.default_rng
AS_OF = pd.Timestamp("2022-12-31")
SALES = pd.DataFrame(
    {
        "name": "sale",
        "start_date": ["2022-05-01", "2023-01-03"],
        "end_date": ["2022-05-10", "2023-01-04"],
    }
)


@pytest.fixture(scope="module")
def clock(seasonal_orders: pd.DataFrame) -> SeasonalClock:
    return SeasonalClock(2, events=SALES).fit(seasonal_orders, AS_OF)


def test_the_mean_of_the_draws_is_the_time_of_the_clock(clock: SeasonalClock) -> None:
    drawn = drawn_times(
        clock, AS_OF, 90, repeats=np.ones(400), n_draws=4000, random=np.random.default_rng(0)
    )
    own = clock.time_at(AS_OF).until(np.arange(91.0))
    error = drawn.std(axis=0) / np.sqrt(4000)
    assert drawn.shape == (4000, 91)
    assert (drawn[:, 0] == 0).all()
    assert (np.diff(drawn, axis=1) > 0).all()
    assert (np.abs(drawn.mean(axis=0) - own)[1:] < 4 * error[1:]).all()


def test_the_spread_of_a_day_is_that_of_its_effects_less_those_of_the_past(
    clock: SeasonalClock,
) -> None:
    """By hand, for the third and the second day: the sale, and none."""
    repeats = np.where(np.arange(400) % 2, 3.0, 1.0)
    drawn = drawn_times(
        clock, AS_OF, 4, repeats=repeats, n_draws=20_000, random=np.random.default_rng(0)
    )
    days = np.arange("2021-11-27", "2023-01-05", dtype="datetime64[D]").astype(np.int64)
    design, covariance = clock._design(days), clock.covariance_.to_numpy()
    before = np.average(design[:400], axis=0, weights=repeats)
    for day in (1, 2):
        apart = design[400 + day] - before
        found = np.log(np.diff(drawn, axis=1)[:, day]).std()
        assert found == pytest.approx(np.sqrt(apart @ covariance @ apart), rel=0.03)


def test_what_all_days_share_is_no_news(seasonal_orders: pd.DataFrame) -> None:
    """Errors of weekdays do not move whole weeks, where purchases were as many on each of them."""
    clock = SeasonalClock(0).fit(seasonal_orders, AS_OF)
    drawn = drawn_times(
        clock, AS_OF, 28, repeats=np.ones(364), n_draws=500, random=np.random.default_rng(0)
    )
    assert drawn[:, 28].std() < 0.3 * np.diff(drawn, axis=1).std(axis=0).sum()


def test_a_clock_read_without_covariance_takes_its_errors(clock: SeasonalClock) -> None:
    again = SeasonalClock.from_json(clock.to_json())
    del again.covariance_
    drawn = drawn_times(
        again, AS_OF, 30, repeats=np.ones(400), n_draws=500, random=np.random.default_rng(0)
    )
    assert drawn[:, 30].std() > 0

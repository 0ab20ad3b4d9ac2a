"""Time of models: days on a clock and back, and plans that end."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cemkit.clv.clock.model_time import PLAIN_DAYS, Plan, SeasonalTime
from cemkit.errors import DataError

NOW = pd.Timestamp("2024-06-30")
intensities = st.lists(st.floats(0.01, 10), min_size=1, max_size=30).map(np.array)


@given(intensities, intensities, st.floats(0, 100))
def test_days_and_back(past: np.ndarray, ahead: np.ndarray, days: float) -> None:
    time = SeasonalTime(past, ahead)
    assert time.days_since(time.since(days)) == pytest.approx(days, rel=1e-9, abs=1e-9)
    assert time.days_until(time.until(days)) == pytest.approx(days, rel=1e-9, abs=1e-9)


def test_whole_days_are_sums_of_intensities_and_fractions_are_shares() -> None:
    time = SeasonalTime(np.array([2.0, 0.5]), np.array([3.0, 1.0]))
    assert time.since(np.array([0.0, 1.0, 1.5, 2.0, 5.0])).tolist() == [0, 2, 2.25, 2.5, 5.5]
    assert time.until(np.array([0.5, 2.0, 4.0])).tolist() == [1.5, 4.0, 6.0]
    assert isinstance(time.until(2), float)
    assert np.isinf(time.until(np.inf))


def test_plain_days_are_the_same_objects() -> None:
    days = np.arange(3.0)
    for there in (PLAIN_DAYS.since, PLAIN_DAYS.until, PLAIN_DAYS.days_since, PLAIN_DAYS.days_until):
        assert there(days) is days
    PLAIN_DAYS.check_plan(None)


@pytest.mark.parametrize(
    ("until", "horizon", "words"),
    [
        ("2024-07-10", 11, r"'sale'.* ends on 2024-07-10, and the horizon on 2024-07-11; name"),
        ("2024-07-10", None, "the horizon never does"),
        ("2024-06-30", 1, "the events 'sale' of the clock have no dates after 2024-06-30; name"),
    ],
)
def test_a_plan_that_ends_before_the_horizon(until: str, horizon: float, words: str) -> None:
    time = SeasonalTime(np.ones(1), np.ones(1), NOW, Plan(("sale",), pd.Timestamp(until)))
    with pytest.raises(DataError, match=words):
        time.check_plan(horizon)


def test_a_plan_may_end_with_the_horizon() -> None:
    time = SeasonalTime(np.ones(1), np.ones(1), NOW, Plan(("sale",), pd.Timestamp("2024-07-10")))
    time.check_plan(np.array([3.0, 10.0]))

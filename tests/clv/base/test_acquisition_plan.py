"""A plan of new customers, and plans that say too little."""

import numpy as np
import pandas as pd
import pytest

from cemkit.clv.base.acquisition_plan import drawn_plan, planned_arrivals
from cemkit.errors import DataError

FIRST = pd.Timestamp("2024-01-31")
MONTHS = pd.period_range("2024-01", periods=3, freq="M")


def test_a_period_is_spread_over_its_days() -> None:
    daily = planned_arrivals(pd.Series([31.0, 58.0, 62.0], MONTHS), FIRST, 32)
    assert daily == pytest.approx([1.0] + [2.0] * 31)
    shuffled = planned_arrivals(pd.Series([62.0, 31.0, 58.0], MONTHS[[2, 0, 1]]), FIRST, 32)
    assert (shuffled == daily).all()


def test_days_may_be_named_one_by_one() -> None:
    days = pd.date_range("2024-01-31", periods=3)
    assert planned_arrivals(pd.Series([1, 2, 3], days), FIRST, 2).tolist() == [1, 2]


def test_whole_numbers_keep_to_the_plan() -> None:
    drawn = drawn_plan(np.full(10, 0.45), np.random.default_rng(0), 4000)
    assert set(np.unique(drawn)) == {0, 1}
    assert set(np.unique(drawn.sum(axis=1))) == {4, 5}
    assert drawn.mean() == pytest.approx(0.45, abs=0.01)
    assert (drawn_plan(np.full(3, 2.0), np.random.default_rng(0), 50) == 2).all()


@pytest.mark.parametrize(
    ("plan", "message"),
    [
        (pd.Series([1.0, 1.0], MONTHS[:2]), "covers 2024-01-01 to 2024-02-29.*2024-03-01.*shorten"),
        (pd.Series([1.0, 1.0], MONTHS[[0, 2]]), "are missing .the first is 2024-02-01"),
        (pd.Series([1.0, -1.0, 1.0], MONTHS), "0 or more; that of 2024-02 is -1"),
        (pd.Series([1.0, np.nan, 1.0], MONTHS), "acquisition"),
        (pd.Series([1.0, 1.0], MONTHS[[0, 0]]), "name each period once"),
        (pd.Series([], MONTHS[:0], dtype=float), "at least one"),
        (pd.Series([1.0, 1.0], pd.to_datetime(["2024-01-31", "2024-02-29"])), "one day apart"),
    ],
)
def test_plans_that_do_not_say_enough_are_refused(plan: pd.Series, message: str) -> None:
    with pytest.raises(DataError, match=message):
        planned_arrivals(plan, FIRST, 35)


def test_an_index_of_numbers_is_no_plan() -> None:
    with pytest.raises(TypeError, match="index of periods"):
        planned_arrivals(pd.Series([1.0]), FIRST, 1)

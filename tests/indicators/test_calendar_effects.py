"""What the calendar does to periods, by dates that anyone can look up."""

import numpy as np
import pandas as pd
import pytest

from cemkit.indicators.calendar_effects import (
    check_holidays,
    holiday_shares,
    length_slack,
    rolled,
    shifted,
    telling_columns,
)


def months(first: str, count: int) -> pd.PeriodIndex:
    return pd.period_range(first, periods=count, freq="M")


def test_shares_of_the_spring_festival_by_hand() -> None:
    """It began on 2024-02-10: of the 21 days before, 12 lie in January."""
    shares = holiday_shares(months("2024-01", 3), ["Chinese New Year"])
    january, february, march = shares
    assert january.tolist() == [12 / 21, 0, 0]  # 20 to 31 January
    assert february.tolist() == [9 / 21, 1, 13 / 14]  # 17 to 29 February are 13 of 14 days
    assert march.tolist() == [0, 0, 1 / 14]


def test_shares_of_a_holiday_sum_to_one_over_any_split() -> None:
    names = ["Chinese New Year", "Easter", "Christmas"]
    for frequency in ("W-SUN", "M", "Q-DEC"):
        index = pd.period_range("2015-01-01", "2024-12-31", freq=frequency)
        sums = holiday_shares(index, names).sum(axis=0)
        assert sums[:4] == pytest.approx(10)
        assert sums[4:] == pytest.approx(10, abs=1)


def test_only_months_that_the_festival_moves_through_are_shifted() -> None:
    index = months("2015-01", 60)
    moved = shifted(holiday_shares(index, ["Chinese New Year"]), 12, 1)
    assert set(index[moved].month) <= {1, 2, 3}
    assert {1, 2} <= set(index[moved].month)
    assert not moved[:12].any()  # nothing to compare with
    runs = shifted(holiday_shares(index, ["Chinese New Year"]), 12, 4)
    whole = [k for k in range(12, len(runs)) if index[k].month == 12]
    assert not runs[whole].any()  # December to March hold all of it


def test_runs_are_summed() -> None:
    assert rolled(np.array([[1.0], [2.0], [4.0], [8.0]]), 2)[:, 0].tolist() == [3, 6, 12]


def test_lengths_differ_in_february_alone() -> None:
    for year in range(2015, 2025):
        for month in range(1, 13):
            index = pd.period_range(end=f"{year}-{month:02d}", periods=50, freq="M")
            low, high = length_slack(index, 12, 1)
            if month != 2:
                assert (low, high) == (0, 0)
            elif year % 4:
                assert low == pytest.approx(np.log(28 / 29))
                assert high == 0
            else:
                assert (low, high) == (0, pytest.approx(np.log(29 / 28)))
    weeks = pd.period_range("2020-01-01", periods=120, freq="W-SUN")
    assert length_slack(weeks, 52, 1) == (0, 0)


def test_without_a_season_periods_are_compared_with_all_before() -> None:
    low, high = length_slack(months("2023-01", 14), 1, 1)  # February 2024
    assert (low, high) == (pytest.approx(np.log(29 / 31)), pytest.approx(np.log(29 / 28)))


def test_columns_that_repeat_each_season_or_each_other_are_left_out() -> None:
    rng = np.random.default_rng(0)
    season = np.tile(rng.random(12), 6)
    moving = rng.random(72)
    columns = np.column_stack([season, moving, np.zeros(72), 2 * moving + season])
    kept = telling_columns(columns, 12, 60)
    np.testing.assert_array_equal(kept, moving[:, None])


def test_unknown_holidays_are_refused() -> None:
    assert check_holidays(["Easter", "Easter"]) == ["Easter"]
    with pytest.raises(ValueError, match="holidays must be one of 'Chinese New Year', 'Easter'"):
        check_holidays(["Diwali"])
    with pytest.raises(TypeError, match=r"holidays=\['Easter'\]"):
        check_holidays("Easter")

"""What a series must be, and what is said of one that is not."""

import re

import numpy as np
import pandas as pd
import pytest

from cemkit import ARIMAForecaster
from cemkit.errors import DataError, NotEnoughDataError
from cemkit.forecasting.series import (
    aligned_regressors,
    check_rank,
    following,
    regular_series,
    season_of,
    time_index,
)

MONTHS = pd.period_range("2024-01", periods=5, freq="M")


@pytest.mark.parametrize("frequency", ["D", "W", "W-MON", "MS", "ME", "QS", "YE", "h", "B"])
def test_dates_get_their_frequency_and_go_on(frequency: str) -> None:
    dates = pd.date_range("2024-01-01", periods=10, freq=frequency)
    bare = pd.DatetimeIndex(dates[:7].to_numpy())
    index = time_index(regular_series(pd.Series(np.arange(7.0), index=bare)))
    assert list(following(index, 3)) == list(dates[7:])


@pytest.mark.parametrize(
    ("frequency", "season"),
    [("D", 7), ("W-SUN", 52), ("M", 12), ("Q-DEC", 4), ("Y-DEC", 1), ("h", 24), ("min", 1)],
)
def test_seasons_of_periods(frequency: str, season: int) -> None:
    assert season_of(pd.period_range("2024-01-01", periods=3, freq=frequency)) == season


@pytest.mark.parametrize(
    ("sales", "error", "message"),
    [
        ([1, 2], TypeError, "must be a pandas Series, not list"),
        (pd.Series([1.0, 2.0]), TypeError, "must have a PeriodIndex or DatetimeIndex"),
        (pd.Series([1.0, 2.0], MONTHS[[1, 0]]), DataError, "not in order of time"),
        (pd.Series([1.0, 2.0], MONTHS[[1, 1]]), DataError, "repeated dates, such as 2024-02"),
        (pd.Series([1.0, 2.0], MONTHS[[0, 2]]), DataError, "gaps in its periods; reindex"),
        (pd.Series([1.0, np.inf], MONTHS[:2]), DataError, "infinite values .the first at 2024-02"),
        (pd.Series([np.nan] * 2, MONTHS[:2]), DataError, "all values of sales are missing"),
        (pd.Series(list("ab"), MONTHS[:2]), DataError, "sales must be numbers, not .*'a'"),
        (
            pd.Series([1.0, 2.0], pd.DatetimeIndex(["2024-01-01", None])),
            DataError,
            "1 missing date",
        ),
        (
            pd.Series([1.0, 2.0], pd.DatetimeIndex(["2024-01-01", "2024-01-02"])),
            NotEnoughDataError,
            "need at least 10 points in sales, got 2",
        ),
        (pd.Series([], MONTHS[:0], dtype=float), NotEnoughDataError, "points in sales, got 0"),
        (
            pd.Series([1.0] * 3, pd.DatetimeIndex(["2024-01-01", "2024-01-02", "2024-01-05"])),
            DataError,
            "irregular dates; make it regular",
        ),
    ],
)
def test_a_bad_series_is_refused(sales: object, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        regular_series(sales)


def test_a_missing_value_stays_missing_and_the_input_unchanged() -> None:
    sales = pd.Series([1, None, 3], MONTHS[:3], dtype="Int64")
    assert regular_series(sales).isna().tolist() == [False, True, False]
    assert sales.dtype == "Int64"


def test_regressors_are_aligned_by_label() -> None:
    X = pd.DataFrame({"tv": [3, 2, 1]}, index=MONTHS[[2, 1, 0]])
    assert aligned_regressors(X, MONTHS[:3])["tv"].tolist() == [1.0, 2.0, 3.0]


def test_regressors_that_are_not_there_are_named() -> None:
    with pytest.raises(DataError, match="X has no row for 2 periods, the first 2024-04"):
        aligned_regressors(pd.DataFrame({"tv": [1, 2, 3]}, index=MONTHS[:3]), MONTHS)
    with pytest.raises(DataError, match="missing or infinite values in 'tv'"):
        aligned_regressors(pd.DataFrame({"tv": [1, np.nan]}, index=MONTHS[:2]), MONTHS[:2])
    with pytest.raises(DataError, match=r"X\['tv'\] must be numbers, not .*'u'"):
        aligned_regressors(pd.DataFrame({"tv": ["u", "v"]}, index=MONTHS[:2]), MONTHS[:2])
    twice = pd.DataFrame([[1.0, 2.0]], index=MONTHS[:1], columns=[1, "1"])
    with pytest.raises(DataError, match="X has several columns named '1'; give each its own name"):
        aligned_regressors(twice, MONTHS[:1])
    with pytest.raises(TypeError, match="X must be a pandas DataFrame"):
        aligned_regressors([1, 2], MONTHS)


def test_a_regressor_that_follows_from_others_is_named() -> None:
    first = np.arange(5.0)
    with pytest.raises(DataError, match="column 'double' that is constant or a linear"):
        check_rank(np.column_stack([first, 2 * first + 1]), ["one", "double"])


@pytest.mark.parametrize("place", ["sales", "X['tv']"])
def test_numbers_too_large_to_compute_with_are_refused(place: str) -> None:
    months = pd.period_range("2020-01", periods=30, freq="M")
    values = pd.Series(np.arange(30.0) ** 2 % 7 + 1, months)
    tv = pd.DataFrame({"tv": np.arange(30.0) % 5}, months)
    sizes = {"sales": values, "X['tv']": tv["tv"]}
    sizes[place] = sizes[place] * 1e300
    with pytest.raises(DataError, match=re.escape(f"{place} has values up to")):
        ARIMAForecaster(1, order=(1, 0, 0)).fit(sizes["sales"], X=sizes["X['tv']"].to_frame("tv"))

"""The profile against pandas and scipy, column by column."""

import datetime as dt
import decimal
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from cemkit import customer_table, load_cdnow
from cemkit.data import profile_table
from cemkit.errors import DataError, NotEnoughDataError


@pytest.fixture(scope="module")
def customers() -> pd.DataFrame:
    return customer_table(load_cdnow("sample"), as_of="1998-06-30")


def test_every_number_is_that_of_pandas_and_scipy(customers: pd.DataFrame) -> None:
    profile = profile_table(customers)
    line, amounts = profile.table.loc["total_amount"], customers["total_amount"]
    described = amounts.describe()
    names = ["mean", "std", "min", "25%", "50%", "75%", "max"]
    ours = ["mean", "standard_deviation", "minimum", "lower_quartile", "median", "upper_quartile"]
    found = line[[*ours, "maximum"]].astype(float)
    np.testing.assert_allclose(found, described[names], rtol=1e-12)
    assert line["skewness"] == pytest.approx(stats.skew(amounts, bias=False))
    assert line["kurtosis"] == pytest.approx(amounts.kurt())
    low, high = amounts.quantile(0.25), amounts.quantile(0.75)
    fence = 1.5 * (high - low)
    assert line["outliers"] == ((amounts < low - fence) | (amounts > high + fence)).sum()
    numbers = customers.select_dtypes("number")
    pd.testing.assert_frame_equal(profile.pearson, numbers.corr(), check_dtype=False)
    pd.testing.assert_frame_equal(profile.spearman, numbers.corr("spearman"), check_dtype=False)
    assert profile.table["kind"].value_counts().to_dict() == {"number": 7, "date": 2}


def test_missing_values_and_duplicates_are_counted() -> None:
    table = pd.DataFrame({"n": [1, None, None], "c": ["x", None, None], "b": [True, False, False]})
    profile = profile_table(table)
    assert profile.table["missing"].tolist() == [2, 2, 0]
    assert profile.table["distinct"].tolist() == [1, 1, 2]
    assert profile.table["kind"].tolist() == ["number", "category", "category"]
    assert (profile.missing, profile.duplicate_rows) == (4, 1)
    assert profile.sentence("zh") == "3 行 3 列；9 个值中缺失 4 个。"
    assert "pearson" not in str(profile)


def test_drift_is_that_of_kolmogorov_and_smirnov(customers: pd.DataFrame) -> None:
    now, then = customers.iloc[::2], customers.iloc[1::3]
    drift = profile_table(now, reference=then).table["drift"]
    for name in ("total_amount", "recency_days"):
        expected = stats.ks_2samp(now[name], then[name]).statistic
        assert drift[name] == pytest.approx(expected, abs=1e-12)
    assert (profile_table(now, reference=now).table["drift"] == 0).all()


def test_drift_of_categories_is_the_share_that_moved() -> None:
    then = pd.DataFrame({"channel": ["web"] * 3 + ["app"]})
    now = pd.DataFrame({"channel": ["web", "shop", "shop", "app"]})
    assert profile_table(now, reference=then).table.loc["channel", "drift"] == 0.5


def test_every_engine_is_profiled_alike(quick_engine: Any) -> None:
    table = pd.DataFrame({"amount": [1.0, 2.0, 30.0], "channel": ["web", "app", "web"]})
    found = profile_table(quick_engine(table)).table
    expected = profile_table(table).table
    pd.testing.assert_frame_equal(found, expected, check_dtype=False)


def test_bad_tables_are_refused() -> None:
    table = pd.DataFrame({"a": [1.0]})
    with pytest.raises(NotEnoughDataError, match="need at least 1 row in frame, got 0"):
        profile_table(table.head(0))
    with pytest.raises(DataError, match="no column in common"):
        profile_table(table, reference=table.rename(columns={"a": "b"}))
    with pytest.raises(DataError, match="a is a number in frame but a category in reference"):
        profile_table(table, reference=pd.DataFrame({"a": ["x"]}))


@pytest.mark.parametrize("name", ["pandas", "pandas-arrow", "polars", "pyarrow", "duckdb"])
def test_decimals_are_numbers_and_days_are_dates(given_on: Any, name: str) -> None:
    money = [decimal.Decimal("1.50"), decimal.Decimal("2.00"), None]
    table = pd.DataFrame({"amount": money, "day": [dt.date(2024, 1, 1), None, None]})
    found = profile_table(given_on(name)(table)).table
    assert found["kind"].tolist() == ["number", "date"]
    assert found.loc["amount", "mean"] == 1.75


@pytest.mark.parametrize("numbers", [[1.0, np.inf, 2.0, 3.0], [1e16, 1e16 + 2, 1e16, 1e16]])
def test_numbers_without_moments_have_none(numbers: list[float]) -> None:
    line = profile_table(pd.DataFrame({"a": numbers, "b": [1.0, 2.0, 3.0, 4.0]})).table.loc["a"]
    assert line["maximum"] == max(numbers)
    assert np.isnan(line["skewness"])
    assert np.isnan(line["kurtosis"])


@pytest.mark.parametrize("unit", ["s", "ms", "ns"])
@pytest.mark.parametrize("zone", [None, "Asia/Shanghai"])
def test_dates_drift_by_what_they_are_and_not_by_their_unit(unit: str, zone: str | None) -> None:
    days = pd.Series(pd.to_datetime(["2024-01-01", "2024-02-01", None])).dt.tz_localize(zone)
    now, then = (pd.DataFrame({"day": days.dt.as_unit(u)}) for u in ("us", unit))
    assert profile_table(now, reference=then).table.loc["day", "drift"] == 0.0


NUMBERS = pd.DataFrame({"amount": np.random.default_rng(0).integers(1, 99, 300) / 10})


@pytest.mark.parametrize("dtype", ["float16", "float32", "Float32", "double[pyarrow]", object])
def test_a_table_has_not_drifted_from_itself_in_another_type(dtype: Any) -> None:
    other = NUMBERS.astype(dtype)
    profile = profile_table(NUMBERS, reference=other)
    assert profile.table.loc["amount", "drift"] == 0
    mine, its = (profile_table(t).table.drop(columns="kind") for t in (NUMBERS, other))
    pd.testing.assert_frame_equal(mine, its, check_dtype=False)
    assert profile_table(other).table.loc["amount", "kind"] == "number"


def test_sums_in_another_order_have_not_drifted() -> None:
    one, other = (pd.DataFrame({"sum": [total] * 9}) for total in (0.1 + 0.2 + 0.3, 0.6))
    assert one.loc[0, "sum"] != other.loc[0, "sum"]
    assert profile_table(one, reference=other).table.loc["sum", "drift"] == 0


def test_categories_that_are_numbers_are_named_alike() -> None:
    one, other = (pd.DataFrame({"tier": pd.Categorical(c)}) for c in ([1, 2], [1.0, 2.0]))
    assert profile_table(one, reference=other).table.loc["tier", "drift"] == 0


@pytest.mark.parametrize("values", [[1 + 2j], pd.Series([1 + 2j, None], dtype=object)])
def test_complex_numbers_do_not_lose_their_imaginary_part(values: Any) -> None:
    with pytest.raises(DataError, match="z holds complex numbers"):
        profile_table(pd.DataFrame({"z": values}))

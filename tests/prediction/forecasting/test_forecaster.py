"""ARIMAForecaster against R's auto.arima on classical series, and its refusals."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from cemkit import ARIMAForecaster, DataError, NotEnoughDataError


def series(reference_data: Path, name: str, start: str, freq: str) -> pd.Series:
    values = np.loadtxt(reference_data / "series" / f"{name}.csv")
    return pd.Series(values, index=pd.period_range(start, periods=len(values), freq=freq))


def test_nile_as_r(reference_data: Path) -> None:
    forecaster = ARIMAForecaster().fit(series(reference_data, "Nile__1", "1871", "Y"))
    assert forecaster.order_ == (1, 1, 1)
    assert forecaster.aicc_ == pytest.approx(1267.5074, abs=0.05)


def test_air_passengers_with_the_order_of_r(reference_data: Path) -> None:
    sales = series(reference_data, "AirPassengers__12", "1949-01", "M")
    forecaster = ARIMAForecaster(seasonal_period=12, order=(2, 1, 1), seasonal_order=(0, 1, 0)).fit(
        sales
    )
    ahead = forecaster.forecast(3)
    assert forecaster.log_likelihood_ == pytest.approx(-504.92, abs=0.005)
    assert ahead["forecast"].tolist() == pytest.approx([445.6349, 420.3950, 449.1983], abs=0.01)
    assert ahead.index.astype(str).tolist() == ["1961-01", "1961-02", "1961-03"]
    assert ahead["lower"].iloc[0] == pytest.approx(423.0851, abs=0.5)
    assert ahead["upper"].iloc[0] == pytest.approx(468.1847, abs=0.5)


@pytest.fixture
def sales() -> pd.Series:
    rng = np.random.default_rng(0)
    days = pd.date_range("2024-01-07", periods=40, freq="W")
    return pd.Series(rng.normal(100, 10, 40), index=days)


def test_forecasts_follow_the_index_and_widen(sales: pd.Series) -> None:
    ahead = ARIMAForecaster(order=(1, 1, 0)).fit(sales).forecast(5)
    assert ahead.index.equals(pd.date_range("2024-10-13", periods=5, freq="W"))
    assert ((ahead["upper"] - ahead["lower"]).diff().dropna() > 0).all()
    narrow = ARIMAForecaster(order=(1, 1, 0)).fit(sales).forecast(5, confidence_level=0.5)
    assert (narrow["upper"] < ahead["upper"]).all()


def test_an_index_without_its_frequency_is_understood(sales: pd.Series) -> None:
    plain = pd.Series(sales.to_numpy(), index=pd.DatetimeIndex(sales.index, freq=None))
    one, other = (ARIMAForecaster(order=(1, 0, 0)).fit(s).forecast(1) for s in (sales, plain))
    pd.testing.assert_frame_equal(one, other)


def test_bad_series_are_refused(sales: pd.Series) -> None:
    with pytest.raises(TypeError, match="sales must be a pandas Series, not list"):
        ARIMAForecaster().fit([1.0])
    with pytest.raises(
        TypeError, match="sales must have a PeriodIndex or DatetimeIndex, not int64"
    ):
        ARIMAForecaster().fit(sales.reset_index(drop=True))
    with pytest.raises(DataError, match="in order of time without repeated dates; sort and sum"):
        ARIMAForecaster().fit(sales[::-1])
    with pytest.raises(DataError, match="sales has irregular dates; resample them"):
        ARIMAForecaster().fit(sales.drop(sales.index[3]))
    with pytest.raises(DataError, match="sales has gaps in its periods; fill them"):
        ARIMAForecaster().fit(sales.drop(sales.index[3]).to_period("W"))
    with pytest.raises(DataError, match="sales has 1 missing or infinite values; fill them"):
        ARIMAForecaster().fit(sales.where(sales > sales.min()))
    with pytest.raises(NotEnoughDataError, match="9 points in sales, but it takes at least 10"):
        ARIMAForecaster().fit(sales.head(9))
    with pytest.raises(NotEnoughDataError, match="40 points in sales, but it takes at least 109"):
        ARIMAForecaster(seasonal_period=52).fit(sales)
    with pytest.raises(NotEnoughDataError, match="0 points in sales, but it takes at least 10"):
        ARIMAForecaster().fit(sales.head(0))

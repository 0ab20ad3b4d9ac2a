"""Many series in one call."""

import numpy as np
import pandas as pd
import pytest

from cemkit.errors import DataError
from cemkit.forecasting.forecaster import ARIMAForecaster
from cemkit.forecasting.panel import forecast_panel

INDEX = pd.period_range("2018-01", periods=48, freq="M")
RNG = np.random.default_rng(0)
SALES = pd.DataFrame(
    {"tea": RNG.normal(10, 1, 48), "flat": 5.0, "late": RNG.normal(3, 1, 48)}, index=INDEX
)
SALES.loc[INDEX[:20], "late"] = np.nan


def test_each_series_has_its_own_forecast_and_failures_are_reported() -> None:
    table = forecast_panel(SALES, 3, forecaster=ARIMAForecaster(1))
    assert table.columns.tolist() == [
        "series", "period", "forecast", "lower", "upper", "model", "error",
    ]  # fmt: skip
    tea = table[table["series"] == "tea"]
    alone = ARIMAForecaster(1).fit(SALES["tea"]).forecast(3)
    assert tea["forecast"].to_numpy() == pytest.approx(alone["forecast"].to_numpy())
    assert tea["period"].tolist() == alone.index.tolist()
    flat = table[table["series"] == "flat"]
    assert flat["forecast"].isna().all()
    assert flat["error"].str.contains("constant series").all()
    assert (table[table["series"] != "flat"]["error"] == "").all()


def test_a_series_begins_where_it_begins() -> None:
    late = forecast_panel(SALES[["late"]], 2, forecaster=ARIMAForecaster(1))
    alone = ARIMAForecaster(1).fit(SALES["late"].iloc[20:]).forecast(2)
    assert late["forecast"].to_numpy() == pytest.approx(alone["forecast"].to_numpy())


def test_regressors_may_be_shared_or_own() -> None:
    index = pd.period_range("2018-01", periods=50, freq="M")
    X = pd.DataFrame({"tv": np.arange(50.0) % 7}, index=index)
    shared = forecast_panel(SALES[["tea", "late"]], 2, X=X)
    own = forecast_panel(SALES[["tea", "late"]], 2, X={"tea": X, "late": X})
    pd.testing.assert_frame_equal(shared, own)
    assert (forecast_panel(SALES[["tea"]], 2, X={"tea": X.iloc[:48]})["error"] != "").all()


@pytest.mark.exhaustive
def test_processes_give_the_same() -> None:
    one = forecast_panel(SALES, 2, n_jobs=1)
    pd.testing.assert_frame_equal(one, forecast_panel(SALES, 2, n_jobs=2))


def test_columns_of_any_name_keep_it_and_are_told_apart() -> None:
    names = pd.MultiIndex.from_tuples([("tea", "small"), ("tea", "large")])
    pairs = SALES[["tea", "late"]].set_axis(names, axis=1)
    assert forecast_panel(pairs, 2)["series"].unique().tolist() == names.tolist()
    with pytest.raises(DataError, match="two columns 'tea'; rename or drop one"):
        forecast_panel(SALES.set_axis(["tea", "tea", "late"], axis=1), 2)
    with pytest.raises(DataError, match=r"X has regressors for \['Tea'\], which are not columns"):
        forecast_panel(SALES, 2, X={"Tea": pd.DataFrame(index=INDEX)})

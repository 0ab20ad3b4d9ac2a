"""ARIMAForecaster against R and statsmodels, on bad input, and through its life."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.stats import t as student
from sklearn.base import clone
from sklearn.exceptions import NotFittedError

from cemkit.errors import CemkitWarning, DataError, NotEnoughDataError
from cemkit.forecasting.forecaster import ARIMAForecaster


def monthly(values: np.ndarray, start: str = "2015-01") -> pd.Series:
    index = pd.period_range(start, periods=len(values), freq="M")
    return pd.Series(np.asarray(values, dtype=float), index=index, name="sales")


def seasonal(n: int = 96, seed: int = 0) -> pd.Series:
    rng = np.random.default_rng(seed)
    return monthly(50 + 8 * np.sin(np.arange(n) * np.pi / 6) + rng.normal(size=n).cumsum() * 0.5)


@pytest.fixture(scope="module")
def air_passengers(reference_data: Path) -> pd.Series:
    return monthly(np.loadtxt(reference_data / "series/AirPassengers__12.csv"), "1949-01")


def test_forecast_of_air_passengers_is_that_of_r(air_passengers: pd.Series) -> None:
    forecaster = ARIMAForecaster().fit(air_passengers)
    assert forecaster.order_ == (2, 1, 1)
    assert forecaster.seasonal_order_ == (0, 1, 0)
    ahead = forecaster.forecast(3)
    assert ahead["forecast"].tolist() == pytest.approx([445.6349, 420.3950, 449.1983], abs=4e-3)
    # R's interval has normal quantiles where ours has those of Student's t.
    degrees = forecaster.degrees_of_freedom_
    half = (ahead["upper"] - ahead["forecast"]).iloc[0] * 1.959964 / student.ppf(0.975, degrees)
    assert half == pytest.approx((468.1847 - 423.0851) / 2, abs=0.02)


@pytest.mark.parametrize(
    "settings",
    [
        {"order": (1, 0, 1), "seasonal_period": 1},
        {"order": (0, 1, 1), "seasonal_order": (0, 1, 1)},
        {"order": (2, 1, 0), "seasonal_order": (1, 0, 0)},
        {"order": (0, 2, 1), "seasonal_order": (0, 0, 0)},
        {"order": (0, 1, 1), "seasonal_order": (0, 1, 1), "power": 0.0},
    ],
)
def test_statsmodels_has_the_same_model_and_forecast(settings: dict[str, object]) -> None:
    forecaster = ARIMAForecaster(**settings).fit(seasonal())
    theirs = forecaster.to_statsmodels().get_forecast(8)
    ours = forecaster.predictive(8)
    assert ours.mean == pytest.approx(theirs.predicted_mean.to_numpy(), rel=1e-7)
    if not forecaster.members_[0].model.order.constant:  # theirs leaves its uncertainty out
        assert np.sqrt(ours.variance) == pytest.approx(theirs.se_mean.to_numpy(), rel=1e-6)


def test_a_regressor_is_found_and_its_uncertainty_forecast() -> None:
    sales = seasonal()
    promotion = pd.DataFrame({"promotion": (np.arange(100) % 9 == 4) * 1.0})
    promotion.index = pd.period_range("2015-01", periods=100, freq="M")
    lifted = sales + 20 * promotion["promotion"].iloc[:96].to_numpy()
    forecaster = ARIMAForecaster().fit(lifted, X=promotion)
    row = forecaster.summary().table.loc["promotion"]
    assert row["estimate"] == pytest.approx(20, abs=1.5)
    assert row["p_value"] < 1e-6
    assert row["lower"] < 20 < row["upper"]
    flat = promotion.iloc[96:] * 0
    without, with_ = (forecaster.forecast(4, X=X) for X in (flat, flat + 1))
    width = [(one["upper"] - one["lower"]).iloc[0] for one in (without, with_)]
    assert width[1] > width[0]
    effects, covariance = forecaster.regressor_effects()
    assert effects["promotion"] == pytest.approx(20, abs=1.5)
    assert covariance.shape == (1, 1)


def test_gaps_are_bridged() -> None:
    sales = seasonal()
    holes = sales.copy()
    holes.iloc[[10, 50, 51, 95]] = np.nan
    forecaster = ARIMAForecaster().fit(holes)
    assert forecaster.summary().n_missing == 4
    whole = ARIMAForecaster().fit(sales).forecast(12)["forecast"]
    assert forecaster.forecast(12)["forecast"].to_numpy() == pytest.approx(
        whole.to_numpy(), rel=0.1
    )


def test_a_total_is_the_sum_with_less_than_the_sum_of_the_bounds() -> None:
    forecaster = ARIMAForecaster(seasonal_period=1, order=(1, 0, 0)).fit(seasonal())
    ahead, total = forecaster.forecast(6), forecaster.forecast_total(6)
    assert total["forecast"] == pytest.approx(ahead["forecast"].sum())
    assert ahead["lower"].sum() < total["lower"] < total["forecast"] < total["upper"]


def test_paths_agree_with_the_forecast() -> None:
    forecaster = ARIMAForecaster().fit(seasonal())
    paths = forecaster.simulate(3, n_paths=20_000)
    ahead = forecaster.forecast(3, confidence_level=0.8)
    assert paths.index.equals(ahead.index)
    assert paths.mean(axis=1).to_numpy() == pytest.approx(ahead["forecast"].to_numpy(), abs=0.1)
    assert paths.quantile(0.9, axis=1).to_numpy() == pytest.approx(
        ahead["upper"].to_numpy(), abs=0.2
    )


def test_update_goes_on_without_a_search() -> None:
    sales = seasonal()
    forecaster = ARIMAForecaster().fit(sales.iloc[:90])
    order = forecaster.order_
    forecaster.update(sales.iloc[90:])
    assert forecaster.order_ == order
    assert forecaster.future_index(1)[0] == pd.Period("2023-01", "M")
    named = ARIMAForecaster(order=order, seasonal_order=forecaster.seasonal_order_).fit(sales)
    assert forecaster.log_likelihood_ == pytest.approx(named.log_likelihood_, abs=0.05)
    with pytest.raises(DataError, match="must begin at 2023-01, right after .* not at 2015-01"):
        forecaster.update(sales.iloc[:3])


@pytest.mark.parametrize("search", ["stepwise", "average"])
def test_json_round_trip(search: str) -> None:
    sales = seasonal()
    sales.iloc[7] = np.nan
    X = pd.DataFrame(
        {"tv": np.arange(100.0) % 7}, pd.period_range("2015-01", periods=100, freq="M")
    )
    forecaster = ARIMAForecaster(search=search, power="auto").fit(sales, X=X)
    text = forecaster.to_json()
    json.loads(text)
    again = ARIMAForecaster.from_json(text)
    pd.testing.assert_frame_equal(again.forecast(4, X=X), forecaster.forecast(4, X=X))
    assert again.get_params() == forecaster.get_params()
    assert again.aicc_ == pytest.approx(forecaster.aicc_)


def test_dates_keep_their_kind() -> None:
    sales = seasonal()
    dated = pd.Series(sales.to_numpy(), index=sales.index.to_timestamp())
    ours = ARIMAForecaster().fit(dated).forecast(2)
    assert ours.index.tolist() == [pd.Timestamp("2023-01-01"), pd.Timestamp("2023-02-01")]
    periods = ARIMAForecaster().fit(sales).forecast(2)
    assert ours.to_numpy() == pytest.approx(periods.to_numpy())


def test_a_season_that_is_not_seen_twice_is_left_out_and_said() -> None:
    weeks = pd.period_range("2024-01-01", periods=60, freq="W-SUN")
    sales = pd.Series(np.random.default_rng(0).normal(100, 5, 60), index=weeks)
    forecaster = ARIMAForecaster().fit(sales)
    assert forecaster.seasonal_period_ == 1
    assert forecaster.notes_ == ["no season: 60 points, where a season of 52 takes 105"]
    assert "no season: 60 points" in str(forecaster.summary())
    with pytest.raises(NotEnoughDataError, match="need at least 104 points in sales, got 60"):
        ARIMAForecaster(seasonal_period=52).fit(sales)


def test_a_power_of_sales_that_are_not_positive_is_left_out_and_said() -> None:
    sales = seasonal() - 60
    with pytest.warns(CemkitWarning, match=r"no power: \d+ values are not positive"):
        forecaster = ARIMAForecaster(power=0.0).fit(sales)
    assert forecaster.power_ == 1.0
    assert ARIMAForecaster(power="auto").fit(sales).notes_[0].startswith("no power")


@pytest.mark.parametrize(
    ("sales", "message"),
    [
        (monthly(np.full(40, 7.0)), "sales are 7 in every period, and a constant series"),
        (monthly(np.arange(40.0)), "follow a straight line without error"),
        (monthly(np.tile(np.arange(12.0) ** 2, 4)), "follow .* without error, so no variance"),
        (
            monthly(np.random.default_rng(0).normal(size=6)),
            "points in sales that are not missing, got 6",
        ),
    ],
)
def test_series_with_nothing_to_model_are_refused(sales: pd.Series, message: str) -> None:
    with pytest.raises(DataError, match=message):
        ARIMAForecaster().fit(sales)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"search": "best"}, "search must be one of"),
        ({"order": (1, 0)}, "order must be 'auto' or three whole numbers"),
        ({"order": (1, -1, 0)}, "order must be at least 0"),
        ({"order": 5}, "order must be 'auto' or three whole numbers, not 5"),
        ({"seasonal_order": "none"}, "seasonal_order must be 'auto' or three whole numbers"),
        (
            {"seasonal_order": (0, 1, 1), "seasonal_period": 1},
            "needs a season, but there is none: seasonal_period is 1",
        ),
        (
            {"order": (2, 0, 0), "seasonal_order": (2, 6, 0), "seasonal_period": 12},
            "need at least 99 points in sales that are not missing, got 96",
        ),
        ({"seasonal_period": 0}, "seasonal_period must be at least 1"),
        ({"power": -1}, "power must be a finite number of at least 0, not -1"),
        ({"power": 3}, "power must be at most 2, not 3"),
    ],
)
def test_bad_parameters_are_refused(settings: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        ARIMAForecaster(**settings).fit(seasonal())


def test_regressors_to_come_must_be_there() -> None:
    sales = seasonal()
    X = pd.DataFrame({"tv": np.arange(96.0) % 7}, index=sales.index)
    forecaster = ARIMAForecaster().fit(sales, X=X)
    with pytest.raises(DataError, match=r"regressors \['tv'\]; give X for the 2 periods"):
        forecaster.forecast(2)
    with pytest.raises(DataError, match="X has no row for 2 periods, the first 2023-01"):
        forecaster.forecast(2, X=X)
    with pytest.raises(DataError, match="fitted without regressors"):
        ARIMAForecaster().fit(sales).forecast(2, X=X)


def test_a_seasonal_order_is_never_fitted_to_a_season_that_is_not_seen() -> None:
    with pytest.raises(DataError, match="shorter than two seasons; set seasonal_order"):
        ARIMAForecaster(seasonal_order=(0, 1, 1)).fit(seasonal(20))


@pytest.mark.parametrize(
    ("settings", "need"),
    [({"order": (12, 0, 0)}, 15), ({"order": (0, 10, 0)}, 13), ({"seasonal_order": (0, 2, 0)}, 13)],
)
def test_orders_that_leave_nothing_of_the_series_are_refused(
    settings: dict[str, object], need: int
) -> None:
    period = 5 if "seasonal_order" in settings else 1
    with pytest.raises(
        NotEnoughDataError, match=f"at least {need} points .*, got 10; that is what"
    ):
        ARIMAForecaster(period, **settings).fit(seasonal(10))


def test_regressors_given_without_their_name_are_refused() -> None:
    sales = seasonal()
    X = pd.DataFrame({"tv": np.arange(96.0) % 7}, index=sales.index)
    with pytest.raises(TypeError, match=r"give regressors by name, as in fit\(sales, X=X\)"):
        ARIMAForecaster().fit(sales, X)


def test_the_contract_of_an_estimator() -> None:
    forecaster = ARIMAForecaster(power="auto", search="average")
    assert clone(forecaster).get_params() == forecaster.get_params()
    with pytest.raises(NotFittedError):
        forecaster.forecast(1)
    sales = seasonal()
    before = sales.copy()
    forecaster.fit(sales)
    pd.testing.assert_series_equal(sales, before)
    with pytest.raises(ValueError, match="average of models cannot be converted"):
        forecaster.to_statsmodels()


@pytest.mark.parametrize(
    "index",
    [
        pd.date_range("2020-02-06", periods=60, freq="D", tz="Europe/London"),
        pd.date_range("2020-03-28", periods=60, freq="h", tz="Europe/London"),
        pd.date_range("2020-01-06 09:30", periods=60, freq="7D"),
        pd.date_range("2020-01-31", periods=60, freq="BME").as_unit("s"),
        pd.period_range("2020-01-06", periods=60, freq="2W-SUN"),
    ],
    ids=["days over a clock change", "hours over one", "7 days", "seconds", "fortnights"],
)
def test_the_index_goes_on_after_json(index: pd.DatetimeIndex | pd.PeriodIndex) -> None:
    sales = pd.Series(np.random.default_rng(0).normal(100, 5, 60), index, name=("a", 1))
    fitted = ARIMAForecaster(np.int64(1), order=(np.int64(1), 0, 0)).fit(sales)
    again = ARIMAForecaster.from_json(fitted.to_json()).forecast(5)
    pd.testing.assert_frame_equal(again, fitted.forecast(5), check_index_type=False)
    assert again.index.dtype.kind != "M" or str(again.index.tz) == str(index.tz)


def test_a_frequency_without_a_season_is_said() -> None:
    sales = pd.Series(seasonal().to_numpy(), pd.period_range("2000-01", periods=96, freq="3M"))
    assert ARIMAForecaster().fit(sales).notes_ == ["no season goes with the frequency 3M"]
    business = pd.Series(seasonal().to_numpy(), pd.date_range("2000-01-31", periods=96, freq="BME"))
    assert ARIMAForecaster().fit(business).seasonal_period_ == 12


def test_a_regressor_called_like_a_coefficient_keeps_its_row() -> None:
    sales = seasonal()
    X = pd.DataFrame({"variance": np.arange(96.0) % 7}, index=sales.index)
    params = ARIMAForecaster(1, order=(1, 0, 0)).fit(sales, X=X).params_
    assert params.index.tolist() == ["ar1", "mean", "variance", "variance"]
    assert params.iloc[2] != params.iloc[3]


def test_what_cannot_follow_is_refused() -> None:
    forecaster = ARIMAForecaster().fit(seasonal())
    for nothing in (seasonal().iloc[:0], [1.0, 2.0]):
        with pytest.raises(TypeError, match="sales must be a pandas Series of one period at least"):
            forecaster.update(nothing)


def test_an_infinite_forecast_is_refused_and_long_horizons_are_bounded() -> None:
    growth = np.exp(np.random.default_rng(0).normal(size=60).cumsum().cumsum() * 0.2)
    forecaster = ARIMAForecaster(1, order=(0, 2, 0), power=0).fit(monthly(growth))
    for call in (forecaster.forecast, forecaster.forecast_total, forecaster.simulate):
        with pytest.raises(DataError, match="too uncertain to compute with power 0"):
            call(400)
        with pytest.raises(ValueError, match="steps must be at most 4,000, not 1000000000000"):
            call(10**12)


@pytest.mark.parametrize("power", [0.0, 0.1, 0.3, 0.5, 0.75, 1.0, 1.5, 2.0])
def test_every_power_that_is_taken_gives_numbers(power: float) -> None:
    sales = seasonal() - seasonal().min() + 0.5
    forecaster = ARIMAForecaster(12, order=(1, 0, 1), seasonal_order=(0, 0, 0), power=power)
    ahead = forecaster.fit(sales).forecast(30)
    assert np.isfinite(ahead.to_numpy()).all()
    assert np.isfinite(forecaster.forecast_total(30)).all()
    assert (ahead["lower"] <= ahead["forecast"]).all()
    assert (ahead["forecast"] <= ahead["upper"]).all()
    paths = forecaster.simulate(30, n_paths=4000)
    assert paths.mean(axis=1).to_numpy() == pytest.approx(ahead["forecast"].to_numpy(), rel=0.05)

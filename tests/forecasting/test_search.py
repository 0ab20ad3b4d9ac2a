"""The order search against R's auto.arima, at R's differences."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import minimize

from cemkit.forecasting.forecaster import ARIMAForecaster
from cemkit.forecasting.model import Observations
from cemkit.forecasting.polynomials import smallest_root
from cemkit.forecasting.search import SMALLEST_ROOT, OrderSearch, Wanted

# R 4.2.2, forecast 8.20, auto.arima: d, D and the exact AICc of the order it takes.
R_ANSWERS = {
    "AirPassengers__12": (1, 1, 1018.1652),
    "logAirPassengers__12": (1, 1, -483.2101),
    "lynx__1": (0, 0, 1876.9525),
    "wineind__12": (1, 1, 3004.4849),
    "woolyrnq__4": (0, 1, 1722.2143),
    "Nile__1": (1, 0, 1267.5074),
    "USAccDeaths__12": (1, 1, 857.3164),
    "co2__12": (1, 1, 177.96),
    "UKDriverDeaths__12": (0, 1, 2299.0070),
    "lh__1": (0, 0, 65.3038),
    "LakeHuron__1": (1, 0, 220.2579),
    "JohnsonJohnson__4": (1, 1, 96.8372),
    "BJsales__1": (1, 0, 514.9016),
    "nottem__12": (0, 1, 1049.6211),
}


def search_of(folder: Path, name: str) -> OrderSearch:
    series = np.loadtxt(folder / f"series/{name}.csv")
    d, seasonal_d, _ = R_ANSWERS[name]
    seen = Observations.of(series, np.empty((len(series), 0)))
    return OrderSearch(seen, d, seasonal_d, int(name.split("__")[1]), Wanted())


@pytest.mark.parametrize("name", R_ANSWERS)
def test_aicc_is_no_worse_than_that_of_r(reference_data: Path, name: str) -> None:
    [(weight, model)] = search_of(reference_data, name).best()
    assert weight == 1
    assert model.aicc <= R_ANSWERS[name][2] + 0.01
    assert all(
        smallest_root(part) >= SMALLEST_ROOT for part in model.order.arma.coefficients(model.free)
    )


def test_air_passengers_is_the_model_of_r(reference_data: Path) -> None:
    [(_, model)] = search_of(reference_data, "AirPassengers__12").best()
    assert str(model.order) == "ARIMA(2,1,1)(0,1,0)[12]"
    assert model.arma_values(model.free) == pytest.approx([0.5960, 0.2143, -0.9819], abs=5e-4)
    assert model.log_likelihood == pytest.approx(-504.92, abs=5e-3)


def test_wineind_reaches_the_global_optimum_r_misses(reference_data: Path) -> None:
    [(_, model)] = search_of(reference_data, "wineind__12").best()
    assert model.log_likelihood == pytest.approx(-1495.43927, abs=1e-4)


def test_exhaustive_is_no_worse_than_stepwise() -> None:
    series = np.random.default_rng(0).normal(size=(60)).cumsum()
    seen = Observations.of(series, np.empty((60, 0)))
    best = {
        search: OrderSearch(seen, 1, 0, 1, Wanted(search=search)).best()[0][1].aicc
        for search in ("stepwise", "exhaustive")
    }
    assert best["exhaustive"] <= best["stepwise"] + 1e-6


def test_weights_of_an_average_are_those_of_akaike() -> None:
    series = np.random.default_rng(1).normal(size=70).cumsum() * 0.5
    seen = Observations.of(series, np.empty((70, 0)))
    members = OrderSearch(seen, 0, 0, 1, Wanted(search="average")).best()
    weights = np.array([weight for weight, _ in members])
    aicc = np.array([model.aicc for _, model in members])
    assert len(members) > 1
    assert weights.sum() == pytest.approx(1)
    assert np.log(weights[0] / weights) * 2 == pytest.approx(aicc - aicc[0], abs=1e-2)


def test_named_orders_are_kept() -> None:
    series = np.random.default_rng(2).normal(size=60)
    seen = Observations.of(series, np.empty((60, 0)))
    search = OrderSearch(seen, 1, 0, 4, Wanted(order=(3, 1, 0)))
    [(_, model)] = search.best()
    assert model.order.order == (3, 1, 0)
    assert {order.arma.p for order in search.tried} == {3}


@pytest.mark.parametrize("seed", [7, 10, 24])
def test_named_orders_next_to_a_unit_root_are_climbed_to_the_end(seed: int) -> None:
    order = (1, 0, 0) if seed == 7 else (1, 0, 1)
    walk = 1000 + np.cumsum(np.random.default_rng(seed).normal(size=80))
    sales = pd.Series(walk, pd.period_range("2015-01", periods=80, freq="M"))
    forecaster = ARIMAForecaster(1, order=order).fit(sales)
    updated = ARIMAForecaster(1, order=order).fit(sales.iloc[:60]).update(sales.iloc[60:])
    for fitted in (forecaster, updated):
        model = fitted.members_[0].model
        lowest = minimize(
            lambda free, model=model: -model.likelihood.log_likelihood(free),
            model.free,
            method="Nelder-Mead",
            options={"xatol": 1e-9, "fatol": 1e-11},
        )
        assert fitted.log_likelihood_ == pytest.approx(-lowest.fun, abs=1e-7)
    averaged = ARIMAForecaster(1, order=order, search="average").fit(sales)
    assert sum(member.weight for member in averaged.members_) == pytest.approx(1)
    assert np.isfinite(averaged.forecast(3).to_numpy()).all()

"""Moments against futures drawn one by one."""

import numpy as np
import pandas as pd
import pytest

from cemkit import BetaGeoModel, CustomerLifetimeValue, GammaGammaModel, load_cdnow
from cemkit.clv import SeasonalClock, forecast_customer_base
from cemkit.clv.base import forecast, moments
from cemkit.clv.base.draws import Future
from cemkit.clv.base.moments import _covariance, _differences

PLAN = pd.Series([600.0], pd.period_range("1997-10", periods=1, freq="Q"))


def test_both_ways_give_the_same_intervals(monkeypatch: pytest.MonkeyPatch) -> None:
    orders = load_cdnow("sample")
    ask = {"horizon_days": 14, "acquisition": PLAN, "cohort": "month", "n_draws": 2000}
    one = forecast_customer_base(BetaGeoModel(), orders, "1997-09-30", **ask)
    monkeypatch.setattr(forecast, "MOST_FUTURES", 0)
    other = forecast_customer_base(BetaGeoModel(), orders, "1997-09-30", **ask)
    monkeypatch.setattr(moments, "SAMPLE", 1000)
    sampled = forecast_customer_base(BetaGeoModel(), orders, "1997-09-30", **ask)
    for found in (other, sampled):
        assert found.revenue == one.revenue
        for table in ("cohorts", "periods"):
            ours, theirs = getattr(found, table), getattr(one, table)
            for name in ("purchases", "revenue"):
                width = ours[f"{name}_upper"] - ours[f"{name}_lower"]
                exact = theirs[f"{name}_upper"] - theirs[f"{name}_lower"]
                assert (width / exact).to_numpy() == pytest.approx(1, abs=0.3)
                assert (width / exact).mean() == pytest.approx(1, abs=0.12)


def test_both_ways_carry_the_errors_of_a_clock(
    seasonal_orders: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    day = "2022-03-31"
    model = BetaGeoModel(clock=SeasonalClock().fit(seasonal_orders, day))
    value = CustomerLifetimeValue(model, GammaGammaModel.from_parameters(p=6, q=4, gamma=15))
    ask = {"horizon_days": 28, "n_draws": 600}
    one = forecast_customer_base(value, seasonal_orders, day, **ask)
    monkeypatch.setattr(forecast, "MOST_FUTURES", 0)
    other = forecast_customer_base(value, seasonal_orders, day, **ask)
    for name in ("purchases", "revenue"):
        widths = [
            getattr(found, f"{name}_upper") - getattr(found, f"{name}_lower")
            for found in (one, other)
        ]
        assert widths[1] / widths[0] == pytest.approx(1, abs=0.2)


def test_half_the_squared_difference_is_the_covariance() -> None:
    rng = np.random.default_rng(0)
    n = 20_000

    def future() -> Future:
        counts = rng.poisson(2.0, n)
        customer = np.repeat(np.arange(n), counts)
        return Future(customer, rng.integers(0, 2, len(customer)), np.full(len(customer), 3.0))

    found = _covariance(_differences(future, n, 2), 1 / n)
    exact = np.kron(np.array([[1.0, 3.0], [3.0, 9.0]]), np.eye(2))  # of Poisson(1) in each cell
    assert found == pytest.approx(exact, abs=0.3)

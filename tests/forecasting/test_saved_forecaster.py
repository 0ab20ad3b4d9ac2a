"""Fitted models as plain values and back."""

import json
from typing import Any

import numpy as np
import pandas as pd
import pytest

from cemkit.errors import DataError
from cemkit.forecasting.forecaster import ARIMAForecaster
from cemkit.forecasting.members import Task, fit_members
from cemkit.forecasting.saved_forecaster import LAYOUT, forecaster_state, restore_state
from cemkit.storage.fields import Place, record

CHOICES = {
    "period": 52,
    "power": 1.0,
    "parameters": {"power": 1.0, "seasonal_period": "auto"},
}


def read(state: dict[str, Any]) -> dict[str, Any]:
    """The state through JSON and the readers of the layout."""
    readers = {name: LAYOUT.fields[name] for name in state}
    fields: dict[str, Any] = record(readers)(json.loads(json.dumps(state)), Place(""))
    return fields


def saved(**changes: Any) -> str:
    """The text of a small forecaster of 40 months, with changes."""
    months = pd.period_range("2020-01", periods=40, freq="M")
    sales = pd.Series(np.random.default_rng(0).normal(10, 1, 40), index=months)
    text = ARIMAForecaster(1, order=(1, 0, 0)).fit(sales).to_json()
    return json.dumps(json.loads(text) | changes)


def index(**changes: Any) -> dict[str, Any]:
    month = {"kind": "PeriodIndex", "first": "2020-01", "frequency": "M", "time_zone": None}
    return {"index": month | changes}


def parameters(**changes: Any) -> dict[str, Any]:
    return {"parameters": json.loads(saved())["parameters"] | changes}


def member(**changes: Any) -> dict[str, Any]:
    sound = json.loads(saved())["members"][0]
    return {"members": [sound | changes]}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (index(first="soon"), "its index cannot be made"),
        (index(frequency="fortnight"), "its index cannot be made"),
        (index(first="9000-01"), "its index cannot be made|must lie between 1700 and 2200"),
        (index(first="2199-01"), "must lie between 1700 and 2200"),
        (index(frequency="100Y"), "its index cannot be made|must lie between 1700 and 2200"),
        (index(kind="DatetimeIndex", frequency="MS", time_zone="/etc/passwd"), "index cannot be"),
        (index(kind="DatetimeIndex", frequency="MS", time_zone="Europe"), "index cannot be made"),
        (index(kind="DatetimeIndex", frequency="MS", time_zone="dateutil//etc/hosts"), "index can"),
        ({"power": 0}, "its power is 0, where power=1.0 was asked for"),
        ({"period": 12}, "its period is 12, where seasonal_period=1 was asked for"),
        (parameters(seasonal_period="auto") | {"period": 10**9}, "hold no season of 1,000,000,000"),
        ({"sales": [1.0] * 40}, "has no likelihood|cannot be computed"),
        (
            {"sales": [1.0, None] * 20_000},
            "are too many to compute with|must lie between|its index cannot be made",
        ),
        ({"members": []}, "members must have at least 1 value"),
        (member(weight=0.5), "the weights of its members must sum to 1, not 0.5"),
        (member(order=[10**6, 0, 0]), "has 1000000 coefficients, not 1"),
        (member(seasonal_period=10**9), "a member has another season than one of 1 period"),
        (member(order=[0, 39, 1]), "points in sales that are not missing"),
        (member(peaks=[5]), "peaks must be at most 6 places in a season of 1"),
        (member(n_harmonics=3), "a season of 1 period has no harmonics"),
        (member(coefficients=[1e6]), r"coefficients\[0\] must be a number"),
    ],
)
def test_what_no_forecaster_wrote_is_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(DataError, match=f"^the saved ARIMAForecaster is damaged: .*({message})"):
        ARIMAForecaster.from_json(saved(**changes))


@pytest.mark.parametrize("kind", ["periods", "dates"])
def test_state_survives_json(kind: str) -> None:
    index = pd.period_range("2020-01-06", periods=160, freq="W-SUN")
    index = index if kind == "periods" else index.to_timestamp(how="end").normalize()
    index = index if kind == "periods" else pd.DatetimeIndex(index, freq="W-SUN")
    sales = pd.Series(np.random.default_rng(0).normal(10, 1, 160), index=index)
    sales.iloc[3] = np.nan
    regressors = pd.DataFrame({"tv": np.arange(160.0) % 5}, index=index)
    task = Task(values=sales.to_numpy(), regressors=regressors.to_numpy(), period=52)
    members = fit_members(task)
    again, series, columns = restore_state(
        read(forecaster_state(members, sales, regressors)) | CHOICES
    )
    pd.testing.assert_series_equal(series, sales)
    pd.testing.assert_frame_equal(columns, regressors)
    assert [m.model.log_likelihood for m in again] == pytest.approx(
        [m.model.log_likelihood for m in members]
    )

"""Fitted models as plain values and back."""

import json

import numpy as np
import pandas as pd
import pytest

from cemkit.prediction.forecasting.members import Task, fit_members
from cemkit.prediction.forecasting.storage import forecaster_state, restore_state


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
    state = json.loads(json.dumps(forecaster_state(members, sales, regressors)))
    again, series, columns = restore_state(state, 1.0)
    pd.testing.assert_series_equal(series, sales)
    pd.testing.assert_frame_equal(columns, regressors)
    assert [m.model.log_likelihood for m in again] == pytest.approx(
        [m.model.log_likelihood for m in members]
    )

"""Depths and prices as changes of the logarithm of the price."""

import numpy as np
import pandas as pd
import pytest

from cemkit.impact.sizes import log_price_changes, sized_design
from cemkit.impact.study import study_of

WEEKS = pd.period_range("2022-01-03", periods=30, freq="W-SUN")
EVENTS = pd.DataFrame(
    {
        "name": ["a", "b"],
        "start_date": pd.to_datetime(["2022-03-07", "2022-05-02"]),
        "end_date": pd.to_datetime(["2022-03-13", "2022-05-08"]),
        "size": [0.2, 0.5],
    }
)


def test_depths_and_prices_are_the_same_change() -> None:
    depth = log_price_changes(EVENTS, "depth", None)
    assert depth == pytest.approx(np.log([0.8, 0.5]))
    assert log_price_changes(EVENTS.assign(size=[8.0, 5.0]), "price", 10.0) == pytest.approx(depth)


def test_the_design_has_the_change_where_the_promotion_is() -> None:
    sales = pd.Series(100 + np.sin(np.arange(30.0)), WEEKS)
    study = study_of(sales, EVENTS, before=0, after=1, scale="auto", X=None, seasonal_period="auto")
    design = sized_design(study, np.log([0.8, 0.5]))
    assert design.columns.tolist() == ["promotion", "after_1"]
    on = design.loc[design["promotion"] != 0, "promotion"]
    assert on.tolist() == pytest.approx(np.log([0.8, 0.5]).tolist())

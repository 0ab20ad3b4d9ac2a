"""Which promotions are whose, and what a panel must be."""

import numpy as np
import pandas as pd
import pytest

from cemkit.errors import DataError
from cemkit.impact.sales_panel import check_panel, mean_logarithm, promotions_by_series

WEEKS = pd.period_range("2022-01-03", periods=20, freq="W-SUN")
SALES = pd.DataFrame(np.arange(1.0, 41).reshape(20, 2), WEEKS, [1, 2])
PROMOTIONS = pd.DataFrame(
    {
        "series": [2.0, None, 1.0],
        "name": "abc",
        "start_date": "2022-02-01",
        "end_date": "2022-02-02",
    }
).assign(name=list("abc"))


def test_numbers_that_name_a_series_match_whatever_their_type() -> None:
    found = {
        name: own["name"].tolist() for name, own in promotions_by_series(PROMOTIONS, SALES.columns)
    }
    assert found == {1: ["b", "c"], 2: ["a", "b"]}


def test_sales_that_are_no_panel_are_refused() -> None:
    with pytest.raises(DataError, match="sales has two columns"):
        check_panel(SALES.set_axis(["a", "a"], axis=1))
    with pytest.raises(DataError, match="has no columns"):
        check_panel(SALES[[]])
    with pytest.raises(DataError, match="series 2: sales must be numbers"):
        check_panel(SALES.assign(**{"2": "x"}).drop(columns=2).rename(columns={"2": 2}))


def test_the_mean_logarithm_takes_what_is_known() -> None:
    gaps = SALES.copy()
    gaps.loc[WEEKS[3], 1] = np.nan
    assert mean_logarithm(gaps).notna().all()
    assert mean_logarithm(SALES).mean() == pytest.approx(0, abs=1e-12)

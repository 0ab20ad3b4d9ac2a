"""What is drawn."""

import numpy as np
import pandas as pd
import pytest
from matplotlib import pyplot as plt

from cemkit import BetaGeoModel
from cemkit.errors import DataError, MissingColumnsError
from cemkit.plots import clv as plots


@pytest.fixture
def model() -> BetaGeoModel:
    return BetaGeoModel.from_parameters(r=0.24, alpha=31, a=0.79, b=2.43)


def test_calibration_draws_both_means() -> None:
    table = pd.DataFrame(
        {"n_customers": [5, 3, 2], "actual": [0.1, 0.5, 2.0], "expected": [0.2, 0.4, 1.5]},
        index=pd.Index([0, 1, 2], name="repeat_count"),
    )
    ax = plots.calibration(table)
    actual, expected = ax.lines
    assert actual.get_ydata().tolist() == [0.1, 0.5, 2.0]
    assert expected.get_ydata().tolist() == [0.2, 0.4, 1.5]
    assert [label.get_text() for label in ax.get_xticklabels()] == ["0", "1", "2+"]
    with pytest.raises(MissingColumnsError, match="actual"):
        plots.calibration(table[["expected"]])


def test_matrices_hold_the_models_answers(model: BetaGeoModel) -> None:
    ax = plots.alive_matrix(model, tenure_days=300, max_count=5)
    values = ax.images[0].get_array()
    assert values.shape == (5, 60)
    cell = pd.DataFrame({"repeat_count": [3], "recency_days": [52.5], "tenure_days": [300]})
    assert values[2, 10] == pytest.approx(model.alive_probability(cell).item())
    assert ax.images[0].get_clim() == (0, 1)
    ax = plots.purchases_matrix(
        model, tenure_days=300, horizon_days=90, max_count=5, ax=plt.figure().add_subplot()
    )
    purchases = model.expected_purchases(cell, 90).item()
    assert ax.images[0].get_array()[2, 10] == pytest.approx(purchases)
    assert ax.get_title() == "Expected purchases in 90 days"


def test_tracking_draws_totals_or_weeks() -> None:
    table = pd.DataFrame(
        {"actual": [3, 2, 4], "expected": [2.5, 2.5, 3.0], "fitted": [True, True, False]},
        index=pd.Index([7, 14, 21], name="day"),
    )
    ax = plots.tracking(table)
    assert ax.lines[0].get_ydata().tolist() == [3, 5, 9]
    assert ax.lines[1].get_ydata().tolist() == [2.5, 5, 8]
    assert ax.lines[2].get_xdata() == [14, 14]
    weekly = plots.tracking(table, cumulative=False)
    assert weekly.lines[0].get_ydata().tolist() == [3, 2, 4]
    assert "per week" in weekly.get_title()
    monthly = plots.tracking(table.set_axis([30, 60, 90]), cumulative=False)
    assert monthly.get_title() == "Repeat purchases per 30 days"


def test_tracking_of_a_hold_out_alone_has_no_line_between() -> None:
    table = pd.DataFrame(
        {"actual": [3, 2], "expected": [2.5, 2.5], "fitted": [False, False]},
        index=pd.Index([7, 14], name="day"),
    )
    assert len(plots.tracking(table).lines) == 2


def test_the_lorenz_curve_shares_value_out() -> None:
    clv = pd.Series([1.0, 6, 2, 1])
    ax = plots.value_distribution(clv)
    assert ax.lines[0].get_ydata() == pytest.approx(np.array([0, 0.6, 0.8, 0.9, 1]))
    assert ax.lines[2].get_label() == "top 20%: 48% of the value"
    with pytest.raises(ValueError, match="not all 0"):
        plots.value_distribution(pd.Series([0.0, 0]))
    with pytest.raises(DataError, match="1 missing"):
        plots.value_distribution(pd.Series([np.nan, 1]))


def test_an_index_of_two_levels_is_no_index_of_days() -> None:
    index = pd.MultiIndex.from_tuples([(1, 7), (1, 14)])
    table = pd.DataFrame({"actual": [3, 2], "expected": [2.5, 2], "fitted": True}, index=index)
    with pytest.raises(ValueError, match="the index must hold days, and has 2 levels"):
        plots.tracking(table)

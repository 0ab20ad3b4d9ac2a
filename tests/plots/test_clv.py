"""What is drawn."""

import dataclasses

import numpy as np
import pandas as pd
import pytest
from matplotlib import pyplot as plt

from cemkit import BetaGeoModel, customer_table, load_cdnow
from cemkit.clv import compare_value_models, forecast_customer_base, repeat_frequency
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
    with pytest.raises(ValueError, match="at least one value above 0"):
        plots.value_distribution(pd.Series([0.0, 0]))
    with pytest.raises(DataError, match="1 missing"):
        plots.value_distribution(pd.Series([np.nan, 1]))


def test_an_index_of_two_levels_is_no_index_of_days() -> None:
    index = pd.MultiIndex.from_tuples([(1, 7), (1, 14)])
    table = pd.DataFrame({"actual": [3, 2], "expected": [2.5, 2], "fitted": True}, index=index)
    with pytest.raises(ValueError, match="the index must hold days, and has 2 levels"):
        plots.tracking(table)


def test_base_forecast_stacks_known_and_new_customers() -> None:
    orders = load_cdnow("sample")
    plan = pd.Series([900.0], pd.period_range("1997-10", periods=1, freq="Q"))
    ask = {"horizon_days": 62, "acquisition": plan, "period": "month", "n_draws": 100}
    found = forecast_customer_base(
        BetaGeoModel.from_parameters(r=0.24, alpha=31, a=0.79, b=2.43), orders, "1997-09-30", **ask
    )
    ax = plots.base_forecast(found, currency="$")
    known, both = (patch.get_data() for patch in ax.patches)
    assert both[0] == pytest.approx(found.periods["revenue"].to_numpy())
    assert known[0][0] == found.table["revenue"].iloc[0]
    assert len(both[1]) == 4  # October, November and a day of December
    assert ax.get_title() == "Revenue of the customer base per month"
    heights = [segment[1, 1] for segment in ax.collections[0].get_segments()]
    assert heights == pytest.approx(found.periods["revenue_upper"].to_numpy())


def test_value_deciles_draw_what_was_spent() -> None:
    found = compare_value_models(load_cdnow("sample"), "1997-09-30", 90, [BetaGeoModel()])
    ax = plots.value_deciles(found)
    assert [line.get_label() for line in ax.lines] == ["BG/NBD", "spent as before"]
    actual = found.deciles.loc["BG/NBD", "actual"].to_numpy()
    assert np.asarray(ax.lines[0].get_ydata()) == pytest.approx(actual)
    assert found.plot().get_ylabel() == "mean spend in 90 days"


def test_repeat_frequency_draws_observed_beside_expected(model: BetaGeoModel) -> None:
    customers = customer_table(load_cdnow("sample"), as_of="1997-09-30")
    found = repeat_frequency(customers, model, largest_count=4)
    ax = found.plot()
    heights = [bar.get_height() for bar in ax.patches]
    assert heights == pytest.approx([*found.table["observed"], *found.table["expected"]])
    assert [label.get_text() for label in ax.get_xticklabels()] == ["0", "1", "2", "3", "4+"]
    assert len(repeat_frequency(customers).plot().patches) == 8


def test_of_very_many_models_the_baseline_and_the_best_are_named() -> None:
    names = [*(f"m{k:02}" for k in range(19)), "spent as before"]
    index = pd.MultiIndex.from_product([names, range(1, 11)], names=["model", "decile"])
    found = compare_value_models(load_cdnow("sample"), "1997-09-30", 90, [BetaGeoModel()])
    many = dataclasses.replace(
        found,
        table=pd.DataFrame({"mae": np.arange(20.0)[::-1]}, index=pd.Index(names, name="model")),
        deciles=pd.DataFrame({"actual": 1.0}, index=index),
    )
    ax = many.plot()
    named = ax.get_legend_handles_labels()[1]
    best = [f"m{k:02}" for k in range(18, 7, -1)]
    assert named == ["spent as before", *best, "8 other models"]

"""The power curve goes through the plan."""

import numpy as np
import pytest

import cemkit
from cemkit.plots.proportions import sample_size


@pytest.mark.parametrize("options", [{}, {"standard_deviation": 0.4, "allocation": 0.5}])
def test_power_curve_goes_through_the_plan(options) -> None:
    plan = cemkit.sample_size(0.15, 0.20, **options)
    ax = sample_size(plan)
    sizes, powers = ax.lines[0].get_data()
    assert np.interp(plan.n_per_arm, sizes, powers) == pytest.approx(0.8, abs=5e-3)
    assert (np.diff(powers) > 0).all()
    assert ax.lines[1].get_xdata()[0] == plan.n_per_arm


@pytest.mark.parametrize("allocation", [0.05, 0.2, 0.4])
def test_power_curve_of_a_small_plan_of_means(allocation) -> None:
    # The curve begins at two customers in the smaller arm, which rounding put below two.
    plan = cemkit.sample_size(0, 1, standard_deviation=1, allocation=allocation)
    sizes, powers = sample_size(plan).lines[0].get_data()
    assert sizes[0] * plan.n_treatment / plan.n_per_arm == pytest.approx(2, rel=1e-3)
    assert np.isfinite(powers).all()


def test_titles_tell_close_rates_apart() -> None:
    ax = sample_size(cemkit.sample_size(0.15001, 0.15002))
    assert ax.get_title().replace("\n", " ") == (
        "Power: 15.001% in the control, 15.002% in the treatment"
    )
    ax = sample_size(cemkit.sample_size(1e8, 1.01e8, standard_deviation=1e8))
    assert ax.get_title().replace("\n", " ") == (
        "Power: a mean of 100,000,000 in the control, a mean of 101,000,000 in the treatment"
    )


def test_pairs_of_arms_are_drawn_with_the_levels_of_their_intervals() -> None:
    found = cemkit.compare_proportions([14, 29, 60], [100, 110, 120], labels=["A", "B", "C"])
    ax = found.plot()
    ends = [list(line.get_xdata()) for line in ax.lines[4:]]
    assert ends == found.table[["difference_lower", "difference_upper"]].to_numpy().tolist()
    assert "95% for 3 comparisons, holm" in ax.get_xlabel().replace("\n", " ")
    alone = cemkit.compare_proportions([14, 29], [100, 110], confidence_level=0.9).plot()
    assert alone.get_xlabel() == "difference of the rates (90% interval)"

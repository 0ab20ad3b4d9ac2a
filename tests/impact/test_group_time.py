"""Effects by group and period, and their gradients against differences."""

import dataclasses

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from cemkit.impact.cohort_means import CohortMeans, means_of_cohorts
from cemkit.impact.group_time import (
    Effects,
    covariance_of,
    degrees_of_freedom,
    group_time_effects,
    joined,
    mean_by,
    weighted_mean,
)
from cemkit.impact.panels import Panel

RNG = np.random.default_rng(1)
PANEL = Panel(
    RNG.normal(size=(30, 5)), np.repeat([2, 3, 5], [8, 10, 12]), np.arange(30), pd.RangeIndex(5), 0
)
MEANS = means_of_cohorts(PANEL, clustered=False)


def moved(means: CohortMeans, place: int, step: float) -> CohortMeans:
    """The cohorts with one parameter a little larger."""
    cohort, which = divmod(place, 6)
    if which < 5:
        values = means.means.copy()
        values[cohort, which] += step
        return dataclasses.replace(means, means=values)
    sizes = means.shares.copy()
    sizes[cohort] += step
    return dataclasses.replace(means, sizes=sizes)  # shares that need not sum to 1


def test_effects_are_changes_against_controls() -> None:
    effects, without = group_time_effects(MEANS, "never_treated")
    changes = MEANS.means[0] - MEANS.means[0, 1] - MEANS.means[2] + MEANS.means[2, 1]
    assert_allclose(effects.estimates[effects.cohort == 0], np.delete(changes, 1))
    assert without == 0


def test_controls_that_are_treated_later_serve_until_then() -> None:
    effects, _ = group_time_effects(MEANS, "not_yet_treated")
    first = effects.estimates[(effects.cohort == 0) & (effects.period == 2)]
    change = MEANS.means[:, 2] - MEANS.means[:, 1]
    assert_allclose(first, change[0] - (10 * change[1] + 12 * change[2]) / 22)
    late = effects.estimates[(effects.cohort == 0) & (effects.period == 3)]
    change = MEANS.means[:, 3] - MEANS.means[:, 1]
    assert_allclose(late, change[0] - change[2])


def test_pairs_without_controls_are_counted() -> None:
    treated = PANEL._replace(outcome=PANEL.outcome[:18], start=PANEL.start[:18])
    means = means_of_cohorts(treated._replace(cluster=np.arange(18)), clustered=False)
    effects, without = group_time_effects(means, "not_yet_treated")
    assert without == 6  # the later group always has nobody, the first one from its start on
    assert set(effects.cohort.tolist()) == {0}
    assert effects.period.tolist() == [0, 2]


@pytest.mark.parametrize("controls", ["never_treated", "not_yet_treated"])
def test_gradients_are_those_of_differences(controls: str) -> None:
    def all_means(means: CohortMeans) -> Effects:
        effects, _ = group_time_effects(means, controls)
        after = effects.where(effects.period >= means.starts[effects.cohort])
        events = mean_by(means, after, after.period - means.starts[after.cohort])
        groups = mean_by(means, after, after.cohort, equally=True)
        return joined([effects, events, groups, weighted_mean(means, groups)])

    found = all_means(MEANS)
    numeric = [
        (all_means(moved(MEANS, place, 1e-6)).estimates - found.estimates) / 1e-6
        for place in range(18)
    ]
    parameters = found.gradients.copy().reshape(-1, 3, 6)
    assert_allclose(parameters.reshape(-1, 18), np.transpose(numeric), atol=1e-5)


def test_covariance_and_degrees_of_two_groups_are_those_of_welch() -> None:
    two = PANEL._replace(outcome=PANEL.outcome[8:], start=PANEL.start[8:])
    means = means_of_cohorts(two._replace(cluster=np.arange(22)), clustered=False)
    effects, _ = group_time_effects(means, "never_treated")
    change = two.outcome[:, 4] - two.outcome[:, 2]
    variances = change[:10].var(ddof=1) / 10, change[10:].var(ddof=1) / 12
    last = effects.where(effects.period == 4)
    assert_allclose(covariance_of(means, last), [[sum(variances)]])
    welch = sum(variances) ** 2 / (variances[0] ** 2 / 9 + variances[1] ** 2 / 11)
    assert_allclose(degrees_of_freedom(means, last), [welch])

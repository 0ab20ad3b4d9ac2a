"""Balance: standardised differences against their formula."""

import numpy as np
import pytest

from cemkit.impact.balance import balance_table

RNG = np.random.default_rng(0)


def test_differences_are_in_pooled_deviations_of_all_rows() -> None:
    features, treated = RNG.normal(size=(90, 2)), np.arange(90) < 30
    weights = np.where(treated, 1.0, RNG.uniform(0.5, 2, 90))
    table = balance_table(features, ["a", "b"], treated, weights)
    one, other = features[treated, 0], features[~treated, 0]
    spread = np.sqrt((one.var() + other.var()) / 2)
    row = table.loc["a"]
    assert row["difference_before"] == pytest.approx((one.mean() - other.mean()) / spread)
    weighted = np.average(other, weights=weights[~treated])
    assert row["control_after"] == pytest.approx(weighted)
    assert row["difference_after"] == pytest.approx((one.mean() - weighted) / spread)


def test_weights_that_undo_a_choice_balance_it() -> None:
    share = np.array([0.2, 0.8])
    group = np.repeat([0, 1], 1000)
    treated = np.tile(np.arange(1000) / 1000, 2) < share[group]
    weights = np.where(treated, 1 / share[group], 1 / (1 - share[group]))
    table = balance_table(group[:, None].astype(float), ["g"], treated, weights)
    assert table.loc["g", "difference_before"] > 1
    assert table.loc["g", "difference_after"] == pytest.approx(0, abs=1e-12)


def test_constants_are_balanced_or_infinitely_apart() -> None:
    treated = np.arange(20) < 10
    features = np.column_stack([np.ones(20), treated.astype(float), -treated.astype(float)])
    table = balance_table(features, ["same", "more", "less"], treated, np.ones(20))
    assert table["difference_before"].tolist() == [0.0, np.inf, -np.inf]

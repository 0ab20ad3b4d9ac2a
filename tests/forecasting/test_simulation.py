"""The simulator makes what it says."""

import numpy as np
import pandas as pd

from cemkit.forecasting.regressors import promotion_share
from cemkit.forecasting.simulation import simulate_weekly_sales


def test_seeds_repeat_and_differ() -> None:
    one, same, other = (simulate_weekly_sales(random_state=seed).sales for seed in (1, 1, 2))
    pd.testing.assert_series_equal(one, same)
    assert (one.to_numpy() != other.to_numpy()).any()


def test_lift_and_dips_are_in_the_sales() -> None:
    """With and without dips, everything else is the same draw."""
    dipped = simulate_weekly_sales(random_state=3)
    plain = simulate_weekly_sales(random_state=3, has_dip=False)
    ratio = np.log(dipped.sales / plain.sales).to_numpy()
    on = promotion_share(dipped.sales.index, dipped.promotions) > 0
    assert np.abs(ratio[on]).max() < 0.01
    after = np.flatnonzero(on[:-1] & ~on[1:]) + 1
    assert np.abs(ratio[after] - dipped.dips[0]).max() < 0.01
    assert set(np.unique(promotion_share(dipped.sales.index, dipped.promotions))) == {0.0, 1.0}

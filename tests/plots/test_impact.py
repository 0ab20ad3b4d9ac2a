"""The bars of an effect are its amounts."""

import matplotlib.pyplot as plt
import pytest

from cemkit import promotion_effect as measure
from cemkit.forecasting import simulate_weekly_sales
from cemkit.plots import impact

WEEKLY = simulate_weekly_sales(n_weeks=80)


def test_the_bars_of_an_effect_are_its_amounts() -> None:
    effect = measure(WEEKLY.sales, WEEKLY.promotions)
    _, own = plt.subplots()
    ax = impact.promotion_effect(effect, ax=own)
    assert ax is own
    heights = [bar.get_height() for bar in ax.patches]
    assert heights == pytest.approx([effect.lift_amount, effect.dip_amount, effect.net_amount])
    assert ax.patches[1].get_y() == pytest.approx(effect.lift_amount)
    [bars] = ax.collections
    assert bars.get_segments()[2][:, 1] == pytest.approx(
        [effect.net_amount_lower, effect.net_amount_upper]
    )

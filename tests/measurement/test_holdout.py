"""Effects from a hold-out against Welch's interval."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import ttest_ind

from cemkit.errors import MissingColumnsError, NotEnoughDataError
from cemkit.measurement.holdout import holdout_effect

RNG = np.random.default_rng(0)
EXPERIMENT = pd.DataFrame(
    {
        "customer_id": np.arange(900),
        "variant": ["control"] * 300 + ["offer"] * 600,
        "amount": np.concatenate([RNG.gamma(2, 10, 300), RNG.gamma(2, 12, 600)]),
        "after_amount": np.concatenate([RNG.gamma(2, 10, 300), RNG.gamma(2, 9, 600)]),
    }
)


def test_lift_and_dip_are_differences_of_means_for_those_treated() -> None:
    effect = holdout_effect(EXPERIMENT)
    for name, column in (("lift", "amount"), ("dip", "after_amount")):
        groups = [EXPERIMENT.loc[EXPERIMENT["variant"] == v, column] for v in ("offer", "control")]
        welch = ttest_ind(*groups, equal_var=False).confidence_interval(0.95)
        assert getattr(effect, f"{name}_amount") == pytest.approx(
            600 * (groups[0].mean() - groups[1].mean())
        )
        bounds = [getattr(effect, f"{name}_amount_{end}") / 600 for end in ("lower", "upper")]
        assert bounds == pytest.approx([welch.low, welch.high], abs=0.15)


def test_every_draw_adds_up() -> None:
    effect = holdout_effect(EXPERIMENT)
    total = effect.draws["baseline"] + effect.draws["lift"]
    assert total.to_numpy() == pytest.approx(effect.actual_amount)


def test_what_is_no_experiment_is_refused() -> None:
    with pytest.raises(NotEnoughDataError, match="0 customers treated and held out"):
        holdout_effect(EXPERIMENT, control="nobody")
    with pytest.raises(MissingColumnsError, match="variant"):
        holdout_effect(EXPERIMENT.drop(columns="variant"))

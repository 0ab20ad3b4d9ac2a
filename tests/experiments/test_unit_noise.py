"""The noise of what is measured against published design effects and simulated customers."""

import numpy as np
import pandas as pd
import pytest

from cemkit.errors import NotEnoughDataError
from cemkit.experiments import experiment_plan


def test_a_covariate_saves_its_share_of_the_variance() -> None:
    plain, sharp = (
        experiment_plan(20, 21, standard_deviation=8, pre_correlation=r).n_per_arm
        for r in (0.0, 0.7)
    )
    assert sharp / plain == pytest.approx(1 - 0.49, abs=0.005)


def test_a_ratio_is_planned_by_the_delta_method() -> None:
    rng = np.random.default_rng(0)
    orders = 1 + rng.poisson(2, 200_000)
    amount = 10 * orders + rng.normal(0, 6, 200_000)
    linear = (amount - amount.sum() / orders.sum() * orders) / orders.mean()
    plan = experiment_plan(
        amount.sum() / orders.sum(),
        10.2,
        standard_deviation=amount.std(),
        denominator=(orders.mean(), orders.std(), np.corrcoef(amount, orders)[0, 1]),
    )
    assert plan.standard_deviation == pytest.approx(linear.std(), rel=1e-6)


SHOPS = {"control": 20, "treatment": 21, "standard_deviation": 8}
HISTORY = pd.DataFrame({"value": [1.0, 2.0, 4.0]})


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"control": 20, "treatment": 21}, ValueError, "control must lie strictly between 0 and 1"),
        ({**SHOPS, "intracluster_correlation": 2}, ValueError, "between 0 and 1, not 2"),
        ({**SHOPS, "intracluster_correlation": 0.2}, ValueError, "needs cluster_size; give both"),
        ({**SHOPS, "pre_correlation": 1}, ValueError, "between -1 and 1, not 1"),
        ({**SHOPS, "cluster_variation": 0.5}, ValueError, "needs cluster_size; give both"),
        ({**SHOPS, "cluster_size": 0.5}, ValueError, "cluster_size must"),
        ({**SHOPS, "denominator": (1, 2)}, ValueError, "denominator must be its mean, standard"),
        ({**SHOPS, "denominator": (1, 2, 3)}, ValueError, "between -1 and 1, not 3"),
        ({**SHOPS, "history": HISTORY}, ValueError, "history measures the noise itself"),
        ({"history": HISTORY.head(1), "treatment": 2}, NotEnoughDataError, "units in the history"),
        ({"history": HISTORY - 5, "treatment": 2}, ValueError, "must add up to more than 0"),
    ],
)
def test_bad_input(options, error, message) -> None:
    with pytest.raises(error, match=message):
        experiment_plan(**options)

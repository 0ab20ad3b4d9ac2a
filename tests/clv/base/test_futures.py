"""Futures drawn are those that the formulas expect."""

import numpy as np
import pandas as pd
import pytest

from cemkit import BetaGeoModel, ParetoNBDModel
from cemkit.clv import ModifiedBetaGeoModel
from cemkit.clv.purchases.purchase_model import PurchaseModel
from cemkit.errors import DataError

MODELS = [
    BetaGeoModel.from_parameters(r=0.8, alpha=20, a=0.8, b=2.4),
    ModifiedBetaGeoModel.from_parameters(r=0.8, alpha=20, a=0.8, b=2.4),
    ParetoNBDModel.from_parameters(r=0.8, alpha=20, s=0.6, beta=60),
]
HISTORIES = pd.DataFrame(
    {"repeat_count": [0, 3, 12], "recency_days": [90, 20, 2], "tenure_days": [90, 90, 120]}
)
N, HORIZON = 40_000, 60.0


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.display_name)
def test_counts_follow_the_distribution_of_the_formulas(model: PurchaseModel) -> None:
    histories = model._read(HISTORIES)
    each = histories.take(np.repeat(np.arange(3), N))
    alive = np.repeat(model._alive(histories), N)
    made = model._draw_future(np.random.default_rng(0), each, alive, np.full(3 * N, HORIZON))
    counts = np.bincount(made.customer, minlength=3 * N).reshape(3, N)
    rows = model._read(HISTORIES).row
    for place, row in enumerate(rows):
        for n in (0, 1, 2, 5):
            chance = model.purchase_probabilities(HISTORIES, n, HORIZON).iloc[place]
            error = np.sqrt(chance * (1 - chance) / N)
            assert abs((counts[row] == n).mean() - chance) < 4 * error
    half = np.bincount(made.customer[made.time <= HORIZON / 2], minlength=3 * N).reshape(3, N)
    expected = model.expected_purchases(HISTORIES, HORIZON / 2)
    for place, row in enumerate(rows):
        assert half[row].mean() == pytest.approx(expected.iloc[place], rel=0.06)
    assert made.time.min() >= 0
    assert made.time.max() <= HORIZON


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.display_name)
def test_more_purchases_than_memory_holds_are_refused(model: PurchaseModel) -> None:
    often = type(model).from_parameters(**(model.params_.to_dict() | {"r": 50.0, "alpha": 1e-7}))
    new = HISTORIES.iloc[[0]].assign(recency_days=0, tenure_days=0)
    histories = often._read(new)
    with pytest.raises(DataError, match="one future of 1 customer would hold"):
        often._draw_future(np.random.default_rng(0), histories, np.ones(1), np.full(1, HORIZON))

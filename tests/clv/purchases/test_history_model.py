"""Laws of every prediction that a purchase history leads to, whatever the model."""

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cemkit import BetaGeoModel, ParetoNBDModel
from cemkit.clv import ModifiedBetaGeoModel
from cemkit.clv.purchases.history_model import CHUNK, HistoryModel, slices

MODELS = [
    ParetoNBDModel.from_parameters(r=0.5, alpha=60.0, s=0.6, beta=80.0),
    BetaGeoModel.from_parameters(r=0.5, alpha=60.0, a=0.8, b=2.4),
    ModifiedBetaGeoModel.from_parameters(r=0.5, alpha=60.0, a=0.8, b=2.4),
]
every_model = pytest.mark.parametrize("model", MODELS, ids=lambda model: model.display_name)


def history(x: int, recency: float, tenure: float) -> pd.DataFrame:
    return pd.DataFrame({"repeat_count": [x], "recency_days": [recency], "tenure_days": [tenure]})


@every_model
@settings(max_examples=15, deadline=None)
@given(
    x=st.integers(0, 300),
    active=st.floats(1, 900),
    silence=st.floats(0, 900).map(lambda days: round(days, 9)),
    horizon=st.floats(0.5, 2000),
)
def test_laws_of_every_prediction(
    model: HistoryModel, x: int, active: float, silence: float, horizon: float
) -> None:
    start = active if x else 0
    now = history(x, silence, start + silence)
    later = history(x, silence + 30, start + silence + 30)
    alive = model.alive_probability(now).item()
    assert 0 <= alive <= 1
    assert model.alive_probability(later).item() <= alive + 1e-12
    purchases = model.expected_purchases(now, horizon).item()
    assert 0 <= purchases <= model.expected_purchases(now, horizon * 2).item() * (1 + 1e-10)
    at_zero = model.expected_discounted_purchases(now, 0.0, horizon).item()
    assert at_zero == pytest.approx(purchases, rel=1e-12)
    nearly = model.expected_discounted_purchases(now, 1e-12, horizon).item()
    assert nearly == pytest.approx(purchases, rel=1e-8)
    forever = model.expected_discounted_purchases(now, 0.1).item()
    long = model.expected_discounted_purchases(now, 0.1, 365 * 400).item()
    assert long == pytest.approx(forever, rel=1e-8)
    chances = [model.purchase_probabilities(now, n, 10).item() for n in range(3)]
    assert 0 <= sum(chances) <= 1 + 1e-12


def test_repeated_index_labels_and_an_id_column_are_kept() -> None:
    model = MODELS[1]
    twice = pd.concat([history(1, 3, 9), history(2, 3, 9)])
    assert model.alive_probability(twice).index.tolist() == [0, 0]
    named = twice.assign(customer_id=["a", "b"])
    assert list(model.add_to(named)["customer_id"]) == ["a", "b"]


def test_more_histories_than_are_held_at_once_have_the_answers_of_each() -> None:
    model, n = MODELS[1], CHUNK + 3
    many = pd.DataFrame({"repeat_count": 2, "recency_days": 1.0, "tenure_days": range(2, n + 2)})
    assert [part.start for part in slices(n)] == [0, CHUNK]
    alive = model.alive_probability(many)
    for place in (0, CHUNK - 1, CHUNK, n - 1):
        assert alive[place] == model.alive_probability(many.iloc[[place]]).item()

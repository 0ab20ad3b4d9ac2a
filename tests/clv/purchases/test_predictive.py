"""Distributions of purchases: against sums of single probabilities, moments, and simulation."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.stats import kstest

from cemkit import BetaGeoModel, ParetoNBDModel
from cemkit.clv import ModifiedBetaGeoModel
from cemkit.clv.purchases import predictive
from cemkit.clv.purchases.predictive import NOT_LEFT, chances_in_pieces, purchase_chances
from cemkit.clv.purchases.purchase_model import PurchaseModel
from cemkit.errors import DataError

MODELS = [
    ParetoNBDModel.from_parameters(r=0.55, alpha=74, s=0.61, beta=82),
    BetaGeoModel.from_parameters(r=0.24, alpha=31, a=0.79, b=2.43),
    ModifiedBetaGeoModel.from_parameters(r=0.52, alpha=43, a=0.89, b=1.61),
]
every_model = pytest.mark.parametrize("model", MODELS, ids=lambda model: model.display_name)
CUSTOMERS = pd.DataFrame(
    {
        "repeat_count": [0, 0, 1, 2, 12, 12, 300],
        "recency_days": [10, 900, 40, 3, 5, 100, 1],
        "tenure_days": [10, 900, 70, 700, 270, 270, 800],
    }
)


SHARES = st.just(0.0) | st.floats(1e-6, 1)  # smaller ones than 1e-100 are refused


@every_model
def test_chances_are_those_of_each_number_of_purchases(model: PurchaseModel) -> None:
    histories = model._read(CUSTOMERS)
    chances = purchase_chances(model, histories, 365.0)
    below = np.zeros(len(CUSTOMERS))
    for n in range(12):
        at_least = chances.at_least(n)[histories.row]
        assert at_least.tolist() == pytest.approx((1 - below).tolist(), abs=1e-9)
        below += model.purchase_probabilities(CUSTOMERS, n, 365).to_numpy()


@every_model
@pytest.mark.parametrize("horizon", [0.5, 90.0, 3650.0])
def test_moments_are_the_expectation_and_that_of_the_square(
    model: PurchaseModel, horizon: float
) -> None:
    histories = model._read(CUSTOMERS)
    chances = purchase_chances(model, histories, horizon)
    expected = model._expected(histories, 0.0, horizon)
    assert chances.mean() == pytest.approx(expected, rel=1e-6)
    at_least = np.array([chances.at_least(n) for n in range(1, 9_000)])
    odd = 2 * np.arange(1, 9_000) - 1  # the squares are their sums
    assert chances.variance() == pytest.approx(odd @ at_least - expected**2, rel=1e-5, abs=1e-6)


@every_model
@given(
    horizon=st.floats(1e-3, 1000),
    level=st.floats(0.001, 0.999),
    customer=st.tuples(st.integers(0, 40), SHARES, st.floats(1, 4000)),
)
@settings(max_examples=12, deadline=None)
def test_a_quantile_is_the_smallest_number_with_enough_below_it(
    model: PurchaseModel, horizon: float, level: float, customer: tuple[int, float, float]
) -> None:
    x, share, tenure = customer
    recency = tenure * share if x else tenure
    # Repeat purchases on the day of the first one are refused, whatever the model.
    assume(x == 0 or recency < tenure)
    table = pd.DataFrame({"repeat_count": [x], "recency_days": recency, "tenure_days": tenure})
    found = int(model.purchase_quantiles(table, horizon, [level]).iloc[0, 0])
    assume(found <= 60)  # each number is asked for by itself
    below = [model.purchase_probabilities(table, n, horizon).item() for n in range(found + 1)]
    assert sum(below) >= level - 1e-9
    assert sum(below[:-1]) < level + 1e-9


@every_model
def test_quantiles_rise_with_their_level_and_with_the_horizon(model: PurchaseModel) -> None:
    levels = [0.05, 0.1, 0.5, 0.9, 0.99, 0.9999]
    year, decade = (model.purchase_quantiles(CUSTOMERS, days, levels) for days in (365, 3650))
    assert (np.diff(year, axis=1) >= 0).all()
    assert (decade.to_numpy() >= year.to_numpy()).all()


@every_model
def test_draws_have_the_mean_and_the_variance_of_the_chances(model: PurchaseModel) -> None:
    histories = model._read(CUSTOMERS)
    chances = purchase_chances(model, histories, 365.0)
    many = np.repeat(np.arange(len(histories.x)), 20_000)
    drawn = chances.draw(many, np.random.default_rng(0)).reshape(-1, 20_000)
    error = np.sqrt(chances.variance() / 20_000)
    assert (np.abs(drawn.mean(axis=1) - chances.mean()) < 5 * error).all()
    assert drawn.var(axis=1) == pytest.approx(chances.variance(), rel=0.1)


@every_model
def test_in_next_to_no_time_nothing_is_bought(model: PurchaseModel) -> None:
    assert (model.purchase_quantiles(CUSTOMERS, 1e-300, [0.999]) == 0).all(axis=None)


@every_model
@pytest.mark.parametrize("held", [1, 60, 400])
def test_pieces_change_nothing(
    model: PurchaseModel, held: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    many = pd.concat([CUSTOMERS] * 3, ignore_index=True).sample(frac=1, random_state=0)
    whole = model.purchase_quantiles(many, 365, [0.1, 0.5, 0.9])
    monkeypatch.setattr(predictive, "NUMBERS_HELD", held)
    assert len(list(chances_in_pieces(model, model._read(many), 365.0, NOT_LEFT))) > 1
    pd.testing.assert_frame_equal(model.purchase_quantiles(many, 365, [0.1, 0.5, 0.9]), whole)


def test_the_tables_of_a_piece_are_about_as_long_as_predicted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Memory stays within a small multiple of what a piece may hold."""
    monkeypatch.setattr(predictive, "NUMBERS_HELD", 20_000)
    random = np.random.default_rng(0)
    tenure = random.uniform(200, 900, 2_000)
    table = pd.DataFrame({"repeat_count": random.integers(0, 60, 2_000), "tenure_days": tenure})
    table["recency_days"] = np.where(table["repeat_count"] > 0, 0.5 * tenure, tenure)
    for model in MODELS:
        for *_, chances in chances_in_pieces(model, model._read(table), 365.0, NOT_LEFT):
            assert len(chances.chance) < 60_000


def test_too_many_purchases_are_refused() -> None:
    often = ParetoNBDModel.from_parameters(r=50, alpha=0.001, s=0.01, beta=1e9)
    with pytest.raises(DataError, match="take a shorter horizon_days"):
        often.purchase_quantiles(CUSTOMERS.iloc[[6]], 10_000_000, [0.5])


def lived(model: PurchaseModel, n: int, tenure: float, horizon: float) -> pd.DataFrame:
    """Customers simulated purchase by purchase, with what they bought in the horizon."""
    random = np.random.default_rng(3)
    theta = dict(model.params_)
    rate = random.gamma(theta["r"], 1 / theta["alpha"], n)
    if "s" in theta:
        life = random.standard_exponential(n) / random.gamma(theta["s"], 1 / theta["beta"], n)
        leaves = np.zeros(n)
    else:
        life = np.full(n, np.inf)
        leaves = random.beta(theta["a"], theta["b"], n)
        if isinstance(model, ModifiedBetaGeoModel):
            life[random.random(n) < leaves] = 0.0
    x, later, last, now = np.zeros((4, n))
    going = np.arange(n)
    while len(going):
        now[going] += random.exponential(1 / rate[going])
        going = going[now[going] < np.minimum(life[going], tenure + horizon)]
        past = now[going] <= tenure
        x[going[past]] += 1
        last[going[past]] = now[going[past]]
        later[going[~past]] += 1
        going = going[random.random(len(going)) >= leaves[going]]
    return pd.DataFrame(
        {"repeat_count": x, "recency_days": tenure - last, "tenure_days": tenure, "later": later}
    )


def check_uniform(model: PurchaseModel, n: int, tenure: float, horizon: float) -> pd.DataFrame:
    """The randomised probability integral transform of simulated customers: Kolmogorov's test."""
    shop = lived(model, n, tenure=tenure, horizon=horizon)
    histories = model._read(shop)
    chances = purchase_chances(model, histories, horizon)
    later = shop["later"].to_numpy().astype(int)
    at_least = np.stack([chances.at_least(n) for n in range(later.max() + 2)], axis=1)
    above, from_here = at_least[histories.row, later + 1], at_least[histories.row, later]
    transform = above + np.random.default_rng(4).random(len(shop)) * (from_here - above)
    assert kstest(transform, "uniform").pvalue > 1e-5
    return shop


CLASSES = {type(model): model.parameter_names for model in MODELS}
SHOPS = st.fixed_dictionaries(
    {
        "kind": st.sampled_from(list(CLASSES)),
        "shapes": st.tuples(st.floats(0.2, 3), st.floats(0.2, 3), st.floats(0.5, 4)),
        "alpha": st.floats(10, 200),
        "days": st.tuples(st.floats(30, 900), st.floats(7, 400)),
    }
)


def check_shop(shop: dict[str, Any], n: int) -> None:
    r, first, second = shop["shapes"]
    scale = shop["alpha"] if shop["kind"] is ParetoNBDModel else 1.0
    values = (r, shop["alpha"], first, second * scale)
    model = shop["kind"].from_parameters(**dict(zip(CLASSES[shop["kind"]], values, strict=True)))
    check_uniform(model, n, *shop["days"])


@given(shop=SHOPS)
@settings(max_examples=12, deadline=None, derandomize=True)
def test_the_transform_is_uniform_whatever_the_parameters(shop: dict[str, Any]) -> None:
    check_shop(shop, 2_000)


@pytest.mark.exhaustive
@given(shop=SHOPS)
@settings(max_examples=60, deadline=None, derandomize=True)
def test_the_transform_is_uniform_whatever_the_parameters_in_large_shops(
    shop: dict[str, Any],
) -> None:
    check_shop(shop, 20_000)


@every_model
def test_one_customer_lies_where_the_distribution_says(model: PurchaseModel) -> None:
    shop = check_uniform(model, 40_000, tenure=300.0, horizon=200.0)
    for level in (0.5, 0.8, 0.9, 0.95):
        at_most = model.purchase_quantiles(shop, 200, [level]).iloc[:, 0]
        assert (shop["later"] <= at_most).mean() >= level - 0.01

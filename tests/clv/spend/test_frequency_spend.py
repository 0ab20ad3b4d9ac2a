"""Spend that goes with frequency: estimates of simulated shops, and what the plain model misses."""

import warnings

import numpy as np
import pandas as pd
import pytest

from cemkit import CustomerLifetimeValue, GammaGammaModel, ParetoNBDModel
from cemkit.clv import FrequencyGammaGammaModel
from cemkit.clv.spend import frequency_spend
from cemkit.errors import CemkitWarning, DataError, NotEnoughDataError

TRUTH = {"p": 5.0, "q": 6.0, "gamma": 20.0, "frequency": 0.4}


def shop(n: int, power: float, seed: int = 0) -> pd.DataFrame:
    """Customers whose scale of amounts goes with a power of their number of purchases."""
    random = np.random.default_rng(seed)
    x = random.negative_binomial(0.6, 0.15, n)
    rate = random.gamma(TRUTH["q"], 1 / (TRUTH["gamma"] * (1.0 + x) ** power), n)
    total = random.gamma(TRUTH["p"] * np.maximum(x, 1), 1 / rate)
    return pd.DataFrame(
        {
            "repeat_count": x,
            "recency_days": np.where(x > 0, 20, 300),
            "tenure_days": 300,
            "repeat_mean_amount": np.where(x > 0, total / np.maximum(x, 1), 0.0),
            "own": TRUTH["p"] / rate,
        }
    )


def test_estimates_lie_at_the_truth_of_a_simulated_shop() -> None:
    model = FrequencyGammaGammaModel().fit(shop(20_000, 0.4))
    error = (model.params_.to_numpy() - list(TRUTH.values())) / model.standard_errors_.to_numpy()
    assert (np.abs(error) < 4).all()
    assert list(model.params_.index) == ["p", "q", "gamma", "spend:frequency"]


def test_without_dependence_the_power_is_0_and_the_model_is_gamma_gamma() -> None:
    table = shop(20_000, 0.0)
    model, plain = FrequencyGammaGammaModel().fit(table), GammaGammaModel().fit(table)
    power, error = model.params_["spend:frequency"], model.standard_errors_["spend:frequency"]
    assert abs(power) < 4 * error
    assert 0 <= model.log_likelihood_ - plain.log_likelihood_ < 8
    none = FrequencyGammaGammaModel.from_parameters(**(TRUTH | {"frequency": 0.0}))
    same = GammaGammaModel.from_parameters(p=5.0, q=6.0, gamma=20.0)
    assert none.expected_mean_amount(table).equals(same.expected_mean_amount(table))


def test_the_mean_holds_for_each_frequency_where_the_plain_model_is_off() -> None:
    table = shop(20_000, 0.4, seed=1)
    model = FrequencyGammaGammaModel().fit(table)
    with pytest.warns(CemkitWarning, match="use FrequencyGammaGammaModel"):
        plain = GammaGammaModel().fit(table)
    group = table["repeat_count"].clip(upper=6)
    means = pd.DataFrame(
        {
            "own": table["own"],
            "frequency": model.expected_mean_amount(table),
            "plain": plain.expected_mean_amount(table),
        }
    )
    error = means.groupby(group).mean()
    assert (error["frequency"] / error["own"] - 1).abs().max() < 0.05
    assert error.loc[0, "plain"] / error.loc[0, "own"] > 1.5  # one-time buyers


def test_any_unit_of_money_and_the_json_of_a_value() -> None:
    table = shop(3_000, 0.4)
    model = FrequencyGammaGammaModel().fit(table)
    cents = table.assign(repeat_mean_amount=table["repeat_mean_amount"] * 100)
    scaled = FrequencyGammaGammaModel().fit(cents).params_
    assert scaled.to_numpy() == pytest.approx((model.params_ * [1, 1, 100, 1]).to_numpy(), rel=1e-6)
    purchases = ParetoNBDModel.from_parameters(r=0.55, alpha=74, s=0.61, beta=82)
    value = CustomerLifetimeValue(purchases, model).fit(table)
    read = CustomerLifetimeValue.from_json(value.to_json())
    pd.testing.assert_frame_equal(
        read.add_to(table, quantiles=[0.5]), value.add_to(table, quantiles=[0.5])
    )


def test_an_interrupted_refit_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    model = FrequencyGammaGammaModel().fit(shop(600, 0.4))
    before = model.to_json()

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(frequency_spend, "without_open_ends", interrupted)
    with pytest.raises(KeyboardInterrupt):
        model.fit(shop(400, 0.1, seed=2))
    assert model.to_json() == before


@pytest.mark.parametrize("power", [1e5, -1e5])
def test_a_power_that_no_shop_has_is_refused(power: float) -> None:
    model = FrequencyGammaGammaModel.from_parameters(**(TRUTH | {"frequency": power}))
    with pytest.raises(DataError, match="too far from 0"):
        model.expected_mean_amount(shop(50, 0.4))


def test_one_frequency_says_nothing() -> None:
    table = shop(300, 0.4).assign(repeat_count=2)
    with pytest.raises(NotEnoughDataError, match="different numbers of repeat purchases"):
        FrequencyGammaGammaModel().fit(table)
    with pytest.raises(TypeError, match="takes the parameters p, q, gamma, frequency"):
        FrequencyGammaGammaModel.from_parameters(p=1, q=2, gamma=3)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model = FrequencyGammaGammaModel.from_parameters(**TRUTH)
    with pytest.raises(ValueError, match="lifetimes has no"):
        model.to_lifetimes()

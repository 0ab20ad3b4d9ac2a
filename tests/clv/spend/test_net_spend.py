"""Net spend: derivatives, estimates of simulated shops, shrinkage, and bad input."""

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import approx_fprime
from scipy.stats import norm

from cemkit import BetaGeoModel, CustomerLifetimeValue
from cemkit.clv import NetSpendModel
from cemkit.clv.spend.net_spend import net_spend_rows
from cemkit.errors import NotEnoughDataError

TRUTH = {"between": 30.0, "within": 45.0, "mean": 12.0}


def shop(n: int, seed: int = 0) -> pd.DataFrame:
    random = np.random.default_rng(seed)
    x = random.negative_binomial(0.7, 0.2, n)
    own = random.normal(TRUTH["mean"], TRUTH["between"], n)
    mean = random.normal(own, TRUTH["within"] / np.sqrt(np.maximum(x, 1)))
    return pd.DataFrame(
        {
            "repeat_count": x,
            "recency_days": np.where(x > 0, 20, 300),
            "tenure_days": 300,
            "repeat_mean_amount": np.where(x > 0, mean, 0.0),
            "own": own,
        }
    )


def test_rows_are_the_normal_density_with_its_derivatives() -> None:
    x, z, point = np.array([1.0, 3, 10]), np.array([-0.3, 0.4, 1.2]), np.array([-0.4, 0.2, 0.3])
    rows = net_spend_rows(point, x, z)
    spread = np.sqrt(np.exp(2 * point[0]) + np.exp(2 * point[1]) / x)
    assert rows.value == pytest.approx(norm(point[2], spread).logpdf(z))

    def total(at: np.ndarray) -> float:
        return float(net_spend_rows(at, x, z).value.sum())

    assert rows.gradient.sum(axis=1) == pytest.approx(approx_fprime(point, total, 1e-7), abs=1e-5)
    for i in range(3):
        slope = approx_fprime(
            point, lambda at, i=i: float(net_spend_rows(at, x, z).gradient[i].sum()), 1e-7
        )
        assert rows.hessian[i].sum(axis=1) == pytest.approx(slope, abs=1e-5)


def test_estimates_lie_at_the_truth_of_a_simulated_shop() -> None:
    model = NetSpendModel().fit(shop(20_000))
    error = (model.params_ - pd.Series(TRUTH)) / model.standard_errors_
    assert (error.abs() < 4).all()
    assert model.summary()["identified"].all()


def test_expected_amounts_may_be_negative_and_are_right_on_average() -> None:
    table = shop(20_000, seed=1)
    model = NetSpendModel.from_parameters(**TRUTH)
    expected = model.expected_mean_amount(table)
    assert expected.min() < 0
    assert (expected[table["repeat_count"] == 0] == 12).all()
    for low, high in ((-200, -20), (-20, 0), (0, 20), (20, 60), (60, 300)):
        some = expected.between(low, high) & (table["repeat_count"] > 0)
        error = (table["own"] - expected)[some]
        assert abs(error.mean()) < 4 * error.std() / np.sqrt(some.sum())


def test_value_and_its_bounds_may_be_negative() -> None:
    truth = BetaGeoModel.from_parameters(r=0.7, alpha=60, a=0.8, b=2.5)
    table = truth.simulate(2_000, 300.0, random_state=1)
    random = np.random.default_rng(1)
    own = random.normal(12, 30, len(table))
    amounts = random.normal(own, 45 / np.sqrt(table["repeat_count"].clip(lower=1)))
    amounts = pd.Series(amounts, index=table.index)
    table["repeat_mean_amount"] = amounts.where(table["repeat_count"] > 0, 0.0)
    purchases = BetaGeoModel().fit(table)
    value = CustomerLifetimeValue(purchases, NetSpendModel()).fit(table)
    added = value.add_to(table, confidence_level=0.95, quantiles=[0.05, 0.95])
    assert (added["clv_mean_lower"] <= added["clv"]).all()
    assert (added["clv"] <= added["clv_mean_upper"]).all()
    assert (added["clv"] < 0).any()
    assert (added["spend_p5"] < 0).any()
    assert "0 with a mean repeat amount of 0 or less" in value.sentence()
    read = CustomerLifetimeValue.from_json(value.to_json())
    pd.testing.assert_frame_equal(read.add_to(table, 0.95, quantiles=[0.05, 0.95]), added)


def test_one_repeat_buyer_is_not_enough() -> None:
    table = shop(50).query("repeat_count > 0").head(1)
    with pytest.raises(NotEnoughDataError, match="need at least 2 customers with a repeat"):
        NetSpendModel().fit(table)
    with pytest.raises(TypeError, match="takes the parameters between, within, mean"):
        NetSpendModel.from_parameters(between=1, within=2)
    with pytest.raises(ValueError, match="within must be above 0"):
        NetSpendModel.from_parameters(between=1, within=0, mean=-3)

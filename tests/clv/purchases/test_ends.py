"""Parameters that could as well lie at an end of their range have no interval."""

import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from cemkit import BetaGeoModel, ParetoNBDModel, customer_table
from cemkit.arrays import Floats
from cemkit.clv import ModifiedBetaGeoModel
from cemkit.clv.purchases.ends import without_open_ends
from cemkit.clv.purchases.fitting import Derivatives
from cemkit.clv.purchases.purchase_model import PurchaseModel
from cemkit.errors import CemkitWarning

MODELS = [BetaGeoModel, ModifiedBetaGeoModel, ParetoNBDModel]
SHOPS = 20


def shop_that_nobody_leaves(seed: int, n: int = 1000) -> pd.DataFrame:
    """Purchases at a Gamma(0.8, 60) rate per day, to the end of the data."""
    random = np.random.default_rng(seed)
    tenure = random.uniform(60, 365, n)
    x = random.poisson(random.gamma(0.8, 1 / 60, n) * tenure)
    last = np.where(x > 0, tenure * random.random(n) ** (1 / np.maximum(x, 1)), 0)
    return pd.DataFrame({"repeat_count": x, "recency_days": tenure - last, "tenure_days": tenure})


def identified(model: PurchaseModel, customers: pd.DataFrame) -> pd.Series:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", CemkitWarning)
        return model.fit(customers).summary()["identified"]


@pytest.mark.parametrize("kind", [BetaGeoModel, ModifiedBetaGeoModel])
def test_dropout_is_rarely_found_where_nobody_leaves(kind: type[PurchaseModel]) -> None:
    found = [identified(kind(), shop_that_nobody_leaves(seed)) for seed in range(SHOPS)]
    assert np.mean([one.iloc[:2].all() for one in found]) == 1  # rate of purchase
    # The likelihood ratio rejects a true boundary in 2.5 %; 3 of 20 or more come in 1.3 %.
    assert sum(one.iloc[2:].any() for one in found) < 3


@pytest.mark.parametrize("seed", range(3))
def test_dropout_is_found_where_customers_leave(seed: int) -> None:
    true = BetaGeoModel.from_parameters(r=0.5, alpha=40, a=0.8, b=2.5)
    summary = BetaGeoModel().fit(true.simulate(1000, 365, random_state=seed)).summary()
    assert summary["identified"].all()
    assert summary["lower"].lt(true.params_).all()
    assert summary["upper"].gt(true.params_).all()


def test_the_three_models_agree_on_online_retail(reference_data: Path) -> None:
    raw = pd.read_parquet(reference_data / "online_retail.parquet").dropna(subset=["CustomerID"])
    raw = raw[(raw["Quantity"] > 0) & (raw["UnitPrice"] > 0)]
    orders = pd.DataFrame(
        {
            "customer_id": raw["CustomerID"].astype(int),
            "order_date": pd.to_datetime(raw["InvoiceDate"]),
            "amount": raw["Quantity"] * raw["UnitPrice"],
        }
    )
    customers = customer_table(orders, as_of="2011-12-09")
    for kind in MODELS:
        assert identified(kind(), customers).tolist() == [True, True, False, False]


def falling(by: float) -> Callable[[Floats], Derivatives]:
    """A log-likelihood that falls by so much from 0 to the lower end, and fast above 0."""

    def derivatives(point: Floats) -> Derivatives:
        x = float(point[0])
        if x > 0:
            return -(x**2) / 2, -point, -np.eye(1)
        return -by * (x / 12) ** 2, -by * point / 72, -by * np.eye(1) / 72

    return derivatives


@pytest.mark.parametrize(("fall", "unknown"), [(1.8, True), (2.1, False)])
def test_half_the_chi_squared_quantile_decides(fall: float, unknown: bool) -> None:
    one = np.array([True])
    assert without_open_ends(falling(fall), [-0.5], one).unknown.tolist() == [unknown]
    assert not without_open_ends(falling(fall), [-0.5], ~one).unknown.any()  # a coefficient

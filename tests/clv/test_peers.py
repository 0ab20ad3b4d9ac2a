"""Fitters of lifetimes that predict what we do, and an import without side effects."""

import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

from cemkit import BetaGeoModel, CustomerLifetimeValue, GammaGammaModel, ParetoNBDModel
from cemkit.clv import ModifiedBetaGeoModel

CUSTOMERS = pd.DataFrame(
    {"repeat_count": [0, 2, 9], "recency_days": [272, 59, 10], "tenure_days": [272, 272, 250]}
)
HISTORY = (
    CUSTOMERS["repeat_count"],
    CUSTOMERS["tenure_days"] - CUSTOMERS["recency_days"],
    CUSTOMERS["tenure_days"],
)


@pytest.mark.parametrize(
    "model",
    [
        ParetoNBDModel.from_parameters(r=0.55, alpha=74, s=0.61, beta=82),
        BetaGeoModel.from_parameters(r=0.24, alpha=31, a=0.79, b=2.43),
        ModifiedBetaGeoModel.from_parameters(r=0.52, alpha=43, a=0.89, b=1.61),
    ],
    ids=lambda model: model.display_name,
)
def test_lifetimes_predicts_the_same(
    model: ParetoNBDModel | BetaGeoModel | ModifiedBetaGeoModel,
) -> None:
    fitter = model.to_lifetimes()
    theirs = np.asarray(fitter.conditional_probability_alive(*HISTORY))
    assert model.alive_probability(CUSTOMERS).tolist() == pytest.approx(theirs.tolist(), rel=1e-6)
    purchases = np.asarray(fitter.conditional_expected_number_of_purchases_up_to_time(90, *HISTORY))
    ours = model.expected_purchases(CUSTOMERS, 90)
    assert ours.tolist() == pytest.approx(purchases.tolist(), rel=1e-6)


def test_spend_is_the_same() -> None:
    model = GammaGammaModel.from_parameters(p=6.25, q=3.74, gamma=15.44)
    table = pd.DataFrame({"repeat_count": [1, 5], "repeat_mean_amount": [20.0, 70.0]})
    theirs = model.to_lifetimes().conditional_expected_average_profit(
        table["repeat_count"], table["repeat_mean_amount"]
    )
    assert model.expected_mean_amount(table).tolist() == pytest.approx(list(theirs))


def test_their_lifetime_value_takes_our_fitters() -> None:
    spend = GammaGammaModel.from_parameters(p=6.25, q=3.74, gamma=15.44)
    model = BetaGeoModel.from_parameters(r=0.24, alpha=31, a=0.79, b=2.43)
    table = CUSTOMERS.assign(repeat_mean_amount=[0.0, 20.0, 70.0])
    theirs = spend.to_lifetimes().customer_lifetime_value(
        model.to_lifetimes(), *HISTORY, table["repeat_mean_amount"], time=12, discount_rate=0.01
    )
    ours = CustomerLifetimeValue(
        model, spend, annual_discount_rate=1.01 ** (365 / 30) - 1, horizon_days=360, period_days=30
    )
    assert ours.fit(table).add_to(table)["clv"].tolist() == pytest.approx(list(theirs), rel=1e-6)


def test_the_process_keeps_its_warnings_and_options() -> None:
    code = """
import warnings, pandas as pd
from cemkit import BetaGeoModel
before = list(warnings.filters)
BetaGeoModel.from_parameters(r=0.24, alpha=31, a=0.79, b=2.43).to_lifetimes()
assert [f for f in warnings.filters if f not in before] == [], warnings.filters
warnings.simplefilter("ignore")
print(pd.get_option("mode.chained_assignment"))
"""
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    assert run.stdout.strip() == "warn"

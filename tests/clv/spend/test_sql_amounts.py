"""Expected mean amounts in SQL equal those of Python."""

import numpy as np
import pandas as pd
import pytest

from cemkit.clv import FrequencyGammaGammaModel, GammaGammaModel, NetSpendModel

SPEND = [
    GammaGammaModel.from_parameters(p=6.25, q=3.744, gamma=15.444),
    FrequencyGammaGammaModel.from_parameters(p=11.01, q=3.37, gamma=5.81, frequency=0.23),
    NetSpendModel.from_parameters(between=30, within=45, mean=12),
]


@pytest.fixture
def customers() -> pd.DataFrame:
    """Return customers with amounts above and below 0, one who never ordered, one unrepeated."""
    counts = [np.nan, 0.0, 1.0, 2.0, 7.0, 40.0]
    amounts = [np.nan, 0.0, 12.5, -4.0, 0.0, 310.0]
    table = pd.DataFrame({"customer_id": range(6), "order_count": [0, 1, 2, 3, 8, 41]})
    days = [np.nan, 0.0, 9.0, 9.0, 9.0, 9.0]
    table = table.assign(recency_days=days, tenure_days=np.array(days) * 9)
    return table.assign(repeat_count=counts, repeat_mean_amount=amounts)


@pytest.mark.parametrize("spend", SPEND, ids=lambda model: type(model).__name__)
def test_mean_amounts(database, customers, spend) -> None:
    database.agree(spend, customers)


def test_a_mean_that_does_not_exist(database) -> None:
    model = GammaGammaModel.from_parameters(p=2.0, q=0.5, gamma=10.0)
    table = pd.DataFrame({"customer_id": [0, 1, 2, 3], "repeat_count": [0.0, 1.0, 1.5, -1.0]})
    database.load("customers", table.assign(repeat_mean_amount=5.0))
    found = database.answer(model.to_sql(database.dialect))["expected_mean_amount"]
    assert found.loc[range(4)].isna().tolist() == [True, False, True, True]

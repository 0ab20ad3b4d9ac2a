"""What one customer may spend: quantiles, and the chance to spend at least a sum."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from cemkit.arrays import Floats
from cemkit.clv.histories import Histories
from cemkit.clv.identification import warn_of_quantiles
from cemkit.clv.predictive import NOT_LEFT, PurchaseChances, purchase_chances
from cemkit.clv.quantiles import check_quantiles, quantile_table
from cemkit.clv.terms import check_horizon

if TYPE_CHECKING:
    from cemkit.clv.value import CustomerLifetimeValue

NOT_COUNTED = 1e-7  # of what lies beyond the largest quantile


def spend_quantile_table(
    value: "CustomerLifetimeValue", customers: pd.DataFrame, quantiles: Iterable[float]
) -> pd.DataFrame:
    """One row per customer who ordered, and one column per quantile."""
    levels = check_quantiles(quantiles)
    histories, chances = _chances(value, customers, NOT_COUNTED * (1 - max(levels)))
    spent = value.spend_._sum_quantiles(customers, histories, chances, np.array(levels))
    return quantile_table("spend", levels, spent)


def spend_probabilities(
    value: "CustomerLifetimeValue", customers: pd.DataFrame, at_least: float | str
) -> Floats:
    """The probability of each customer who ordered to spend at least a sum."""
    sums = value._setting(at_least, customers)
    histories, chances = _chances(value, customers, NOT_LEFT)
    chance: Floats = value.spend_._sum_probability(customers, histories, chances, sums)
    return chance


def _chances(
    value: "CustomerLifetimeValue", customers: pd.DataFrame, least: float
) -> tuple[Histories, PurchaseChances]:
    """The histories, and how often each may buy within the horizon."""
    if value.horizon_days is None:
        raise ValueError("spend without end has no quantiles; name a horizon_days")
    horizon = check_horizon(value.horizon_days)
    histories = value.purchases_._read(customers)
    warn_of_quantiles(value._not_identified())
    return histories, purchase_chances(value.purchases_, histories, horizon, max(least, NOT_LEFT))

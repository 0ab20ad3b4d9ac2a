"""What one customer may spend: quantiles, and the chance to spend at least a sum."""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from cemkit.arrays import Floats
from cemkit.clv.purchases.histories import Histories, Rows
from cemkit.clv.purchases.identification import warn_of_quantiles
from cemkit.clv.purchases.predictive import NOT_LEFT, PurchaseChances, in_pieces, purchase_chances
from cemkit.clv.purchases.quantiles import check_quantiles, quantile_table
from cemkit.clv.terms import check_horizon

if TYPE_CHECKING:
    from cemkit.clv.value import CustomerLifetimeValue

NOT_COUNTED = 1e-7  # of what lies beyond the largest quantile


def spend_quantile_table(
    value: "CustomerLifetimeValue", customers: pd.DataFrame, quantiles: Iterable[float]
) -> pd.DataFrame:
    """One row per customer who ordered, and one column per quantile."""
    levels = check_quantiles(quantiles)
    spent = np.empty((len(customers), len(levels)))
    for here, histories, chances in _chances(value, customers, NOT_COUNTED * (1 - max(levels))):
        some = customers.iloc[here]
        spent[here] = value.spend_._sum_quantiles(some, histories, chances, np.array(levels))
    return quantile_table("spend", levels, spent)


def spend_probabilities(
    value: "CustomerLifetimeValue", customers: pd.DataFrame, at_least: float | str
) -> Floats:
    """The probability of each customer who ordered to spend at least a sum."""
    sums = value._setting(at_least, customers)
    found = np.empty(len(customers))
    for here, histories, chances in _chances(value, customers, NOT_LEFT):
        some = customers.iloc[here]
        found[here] = value.spend_._sum_probability(some, histories, chances, sums[here])
    return found


def _chances(
    value: "CustomerLifetimeValue", customers: pd.DataFrame, least: float
) -> Iterator[tuple[Rows | slice, Histories, PurchaseChances]]:
    """Customers, their histories, and how often each may buy within the horizon."""
    if value.horizon_days is None:
        raise ValueError("quantiles of spend need a limited horizon; set horizon_days")
    horizon = check_horizon(value.horizon_days)
    histories = value.purchases_._read(customers)
    warn_of_quantiles(value._not_identified())
    for here, part in in_pieces(value.purchases_, histories, horizon):
        yield here, part, purchase_chances(value.purchases_, part, horizon, max(least, NOT_LEFT))

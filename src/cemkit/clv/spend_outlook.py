"""What one customer may spend: quantiles, and the chance to spend at least a sum."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

import numpy as np
import pandas as pd

from cemkit.arrays import Floats
from cemkit.clv.purchases.histories import Histories, Rows
from cemkit.clv.purchases.history_model import HistoryModel
from cemkit.clv.purchases.identification import warn_of_quantiles
from cemkit.clv.purchases.predictive import NOT_LEFT, PurchaseChances, chances_in_pieces
from cemkit.clv.purchases.quantiles import check_quantiles, quantile_table
from cemkit.clv.spend.gamma_gamma import GammaGammaModel
from cemkit.clv.spend.net_spend import NetSpendModel
from cemkit.clv.terms import check_horizon

NOT_COUNTED = 1e-7  # of what lies beyond the largest quantile


class SpendOutlook(NamedTuple):
    """The fitted models of purchases and spend, and how far they look ahead."""

    purchases: HistoryModel
    spend: GammaGammaModel | NetSpendModel
    horizon_days: float | None
    not_identified: list[str]


def spend_quantile_table(
    outlook: SpendOutlook, customers: pd.DataFrame, quantiles: Iterable[float]
) -> pd.DataFrame:
    """One row per customer who ordered, and one column per quantile."""
    levels = check_quantiles(quantiles)
    spent = np.empty((len(customers), len(levels)))
    least = NOT_COUNTED * (1 - max(levels))
    for here, histories, chances in _chances(outlook, customers, least):
        some = customers.iloc[here]
        spent[here] = outlook.spend._sum_quantiles(some, histories, chances, np.array(levels))
    return quantile_table("spend", levels, spent)


def spend_probabilities(outlook: SpendOutlook, customers: pd.DataFrame, sums: Floats) -> Floats:
    """The probability of each customer who ordered to spend at least a sum of their own."""
    found = np.empty(len(customers))
    for here, histories, chances in _chances(outlook, customers, NOT_LEFT):
        some = customers.iloc[here]
        found[here] = outlook.spend._sum_probability(some, histories, chances, sums[here])
    return found


def _chances(
    outlook: SpendOutlook, customers: pd.DataFrame, least: float
) -> Iterator[tuple[Rows | slice, Histories, PurchaseChances]]:
    """Customers, their histories, and how often each may buy within the horizon."""
    if outlook.horizon_days is None:
        raise ValueError("quantiles of spend need a limited horizon; set horizon_days")
    model, horizon = outlook.purchases, check_horizon(outlook.horizon_days)
    histories = model._read(customers)
    warn_of_quantiles(outlook.not_identified)
    yield from chances_in_pieces(model, histories, horizon, max(least, NOT_LEFT))

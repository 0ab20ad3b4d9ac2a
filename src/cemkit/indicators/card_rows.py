"""The rows of a scorecard: one per indicator, group and period whose outcome is known."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from cemkit.indicators.further import Measured
from cemkit.indicators.groups import Split
from cemkit.indicators.inference import Found, levelled
from cemkit.indicators.ledger import Ledger
from cemkit.indicators.moments import Moments
from cemkit.indicators.notes import Notebook
from cemkit.indicators.states import Shop

OF_ORDERS = ("churn_rate", "early_repurchase_rate")

WAITS = (
    "churn_rate",
    "early_repurchase_rate",
    "conversion_rate",
    "response_rate",
    "answered_in_time",
)

COLUMNS = (
    *("value", "lower", "upper", "numerator", "denominator", "customers"),
    *("change", "change_lower", "change_upper", "note"),
)


def without_open(
    measured: Mapping[str, Measured], shop: Shop, ledger: Ledger
) -> dict[str, Measured]:
    """The indicators with a known period; periods whose outcome is not over are counted."""
    kept = {name: pair for name, pair in measured.items() if pair[0].known.any()}
    for name in WAITS:
        if name in kept:
            waiting = int((~kept[name][0].known).sum())
            ledger.add(name, {f"{shop.length}s whose outcome is not over by as_of": waiting})
        elif name in measured or (name in OF_ORDERS and name not in ledger.needs):
            ledger.lack([name], "a later as_of, by which the outcome of a period is over")
    return kept


def rows_of_card(
    measured: Mapping[str, Measured],
    notebook: Notebook,
    split: Split,
    spans: pd.PeriodIndex,
    *,
    lag: int,
    level: float,
) -> pd.DataFrame:
    """The table of a scorecard: the rows of each indicator, one below the other."""
    parts = [
        _of_indicator(name, levelled(name, m, own, lag=lag, level=level), m, notebook, spans)
        for name, (m, own) in measured.items()
    ]
    return pd.concat(parts, ignore_index=True) if parts else _no_rows(split, spans)


def _of_indicator(
    name: str, found: Found, m: Moments, notebook: Notebook, spans: pd.PeriodIndex
) -> pd.DataFrame:
    """The rows of one indicator."""
    levels, changes = found
    notes, shop = notebook.of(name, m, levels), notebook.shop
    values = (*levels, m.numerator, m.denominator, m.customers, *changes, notes)
    known, groups = np.flatnonzero(m.known), len(shop.slices)
    columns = {
        column: array[known].T.ravel() for column, array in zip(COLUMNS, values, strict=True)
    }
    of_group = shop.groups.iloc[np.repeat(np.arange(groups), len(known))]
    head: dict[str, Any] = {"indicator": np.full(groups * len(known), name, dtype=object)}
    head |= {str(column): labels.array for column, labels in of_group.items()}
    head["period"] = spans[np.tile(known, groups)]
    return pd.DataFrame(head | columns)


def _no_rows(split: Split, spans: pd.PeriodIndex) -> pd.DataFrame:
    """A table without rows whose columns have the types of one that has some."""
    table = pd.DataFrame(columns=["indicator", *split.names, "period", *COLUMNS])
    numbers = dict.fromkeys(COLUMNS[:-1], "float64")
    return table.astype({**numbers, "period": spans.dtype})

"""Costs: what was spent on acquisition, service and promotion, by period and channel."""

from typing import Any

import numpy as np
import pandas as pd

from cemkit.arrays import Floats
from cemkit.checks import check_frame, finite_values, local_days, meant
from cemkit.checks.options import shown
from cemkit.data.columns import check_table
from cemkit.data.reductions.cohorts import period_number
from cemkit.errors import DataError
from cemkit.formats import count_text
from cemkit.indicators.states import Shop

PURPOSES = ("acquisition", "service", "promotion")
CHANNELS = ("channel", "acquisition_channel")
COLUMNS = ["cost_date", "amount", "purpose"]
HINT = "a cost table has cost_date, amount, purpose and, where known, channel"


def read_costs(costs: pd.DataFrame, shop: Shop) -> tuple[dict[str, Floats], dict[str, int]]:
    """The costs of each purpose, shape (periods, groups), and how many rows were left out."""
    check_table(check_frame(costs, "costs"), "costs", COLUMNS, hint=HINT)
    amounts = finite_values(costs["amount"], "amount of costs")
    purpose = _purposes(costs["purpose"])
    day = local_days(costs["cost_date"], "cost_date of costs")
    undated = np.isnat(day)
    if undated.any():
        raise DataError(
            f"cost_date is missing in {int(undated.sum()):,} of {count_text(len(costs), 'rows')} "
            "of costs; find the dates, or leave those rows out"
        )
    number = period_number(day, shop.length) - shop.first_period
    after = day.astype(np.int64) > shop.end
    early, late = number < 0, (number >= shop.finished) & ~after
    kept = ~early & ~late & ~after
    group = _groups(costs, shop)
    sums: dict[str, Floats] = {}
    for name in PURPOSES:
        at = kept & (purpose == name)
        if (purpose == name).any():
            sums[name] = np.zeros((shop.finished, len(shop.slices)))
            np.add.at(sums[name], (number[at], group[at]), amounts[at])
    left_out = {
        "after as_of": int(after.sum()),
        "unfinished period": int(late.sum()),
        "before the first order": int(early.sum()),
    }
    return sums, left_out


def _purposes(values: pd.Series) -> Any:
    purpose = values.astype(object).to_numpy()
    wrong = [value for value in purpose if not (isinstance(value, str) and value in PURPOSES)]
    if wrong:
        raise DataError(
            f"purpose of costs holds {shown(wrong[0])}{meant(wrong[0], PURPOSES)}; it takes "
            f"{', '.join(map(repr, PURPOSES))}"
        )
    return purpose


def channel_of(shop: Shop) -> str | None:
    """The one column of groups that costs can be split by; None where they cannot be."""
    columns = list(shop.groups.columns)
    return columns[0] if len(columns) == 1 and columns[0] in CHANNELS else None


def can_split(shop: Shop) -> bool:
    """Whether costs can be given to the groups."""
    return shop.groups.shape[1] == 0 or channel_of(shop) is not None


def _groups(costs: pd.DataFrame, shop: Shop) -> Any:
    """The group of each cost, by its channel."""
    column = channel_of(shop)
    if column is None:
        return np.zeros(len(costs), dtype=np.int64)
    check_table(costs, "costs", [*COLUMNS, "channel"], hint=HINT)
    names = shop.groups[column]
    place = pd.Index(names).get_indexer(pd.Index(costs["channel"]))
    if (place < 0).any():
        lost = costs["channel"][place < 0]
        amount = float(costs["amount"][place < 0].sum())
        first = lost.tolist()[0]
        raise DataError(
            f"costs has {count_text(len(lost), 'rows')} ({amount:,.2f}) of a channel without "
            f"customers, {shown(first)}{meant(first, names.tolist())}; correct its spelling, or "
            "leave these costs out"
        )
    return place


def new_to_the_shop(shop: Shop) -> Floats:
    """Customers whose first purchase of all lies in each period and group."""
    bought = shop.sums["orders"] > 0
    customer = shop.customer[shop.unit[bought]]
    day, period = shop.sums["first_day"][bought], shop.period[bought]
    group = shop.group[shop.unit[bought]]
    first = np.full(int(shop.customer.max(initial=0)) + 1, np.iinfo(np.int64).max)
    np.minimum.at(first, customer, day)
    new = (day == first[customer]) & (period < shop.finished)
    size = shop.finished * len(shop.slices)
    flat = period[new] * len(shop.slices) + group[new]
    counts = np.bincount(flat, minlength=size).astype(np.float64)
    return counts.reshape(shop.finished, -1)

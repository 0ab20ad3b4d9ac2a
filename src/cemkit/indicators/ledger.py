"""What a scorecard leaves out, counted, and the indicators that it cannot show, with the reason."""

import dataclasses
from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd

from cemkit.indicators.definitions import INDICATORS
from cemkit.indicators.states import Shop


@dataclasses.dataclass(slots=True)
class Ledger:
    """Counts by table and reason, and what each missing indicator needs."""

    counts: list[tuple[str, str, int]] = dataclasses.field(default_factory=list)
    needs: dict[str, str] = dataclasses.field(default_factory=dict)

    def add(self, table: str, counts: Mapping[str, int]) -> None:
        """Add counts that are above 0."""
        self.counts += [(table, reason, count) for reason, count in counts.items() if count > 0]

    def lack(self, indicators: Iterable[str], need: str) -> None:
        """Say what indicators need."""
        self.needs |= dict.fromkeys(indicators, need)

    def left_out(self) -> pd.DataFrame:
        """The counts, one row per table and reason."""
        return pd.DataFrame(self.counts, columns=["table", "reason", "count"])

    def not_measured(self, measured: Iterable[str], asked: Iterable[str]) -> pd.DataFrame:
        """The indicators asked for that are not measured, and what each needs."""
        there = set(measured)
        rows = [
            (name, self.needs.get(name, ", ".join(INDICATORS[name].needs)))
            for name in asked
            if name not in there
        ]
        return pd.DataFrame(rows, columns=["indicator", "needs"])


def several_groups(shop: Shop) -> int:
    """How many customers bought in several groups within one finished period."""
    bought = (shop.sums["orders"] > 0) & (shop.period < shop.finished)
    customer = shop.customer[shop.unit[bought]]
    width = int(shop.customer.max(initial=0)) + 1
    packed = np.sort(shop.period[bought] * width + customer)
    again = packed[1:][packed[1:] == packed[:-1]]
    return len(np.unique(again % width))


def order_counts(shop: Shop) -> dict[str, int]:
    """Orders of the period that is not over, and customers who only returned things."""
    late = shop.period >= shop.finished
    buys = np.zeros(len(shop.group), dtype=np.bool_)
    buys[shop.unit[shop.sums["orders"] > 0]] = True
    there = np.zeros(len(shop.group), dtype=np.bool_)
    there[shop.unit] = True
    return {
        "orders of an unfinished period": int(shop.sums["orders"][late].sum()),
        "customers with nothing but returns: in amounts, in no count": int((there & ~buys).sum()),
    }

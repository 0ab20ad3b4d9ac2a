"""offer_costs: what an offer costs the shop at a purchase; every other file asks here."""

from typing import NamedTuple, Self

import numpy as np
import numpy.typing as npt
import pandas as pd

from cemkit.arrays import Floats
from cemkit.checks import check_positive, finite_values
from cemkit.checks.options import shown
from cemkit.data.columns import check_table
from cemkit.data.offer_levels import LevelledOffers, Rows
from cemkit.data.offers import TERMS, offer_rows
from cemkit.errors import DataError
from cemkit.formats import count_text

COST_COLUMNS = (*TERMS, "min_spend")


class CostTerms(NamedTuple):
    """What each offer costs: `fixed`, and of the amount `rate` up to `most`, from `min_spend`."""

    fixed: Floats
    rate: Floats
    most: Floats
    min_spend: Floats

    @classmethod
    def of(cls, offers: pd.DataFrame) -> Self:
        """Read the terms of each offer; the row -1, one more, holds at no amount."""
        number = {name: offers[name].fillna(0.0).to_numpy() for name in COST_COLUMNS}
        off = (offers["kind"] == "amount_off").to_numpy()
        fixed = number["unit_cost"] + number["points"] * number["point_value"]
        rate = number["discount"] + number["points_per_unit"] * number["point_value"]
        return cls(
            fixed=np.append(fixed, 0.0),
            rate=np.append(rate + off, 0.0),
            most=np.append(np.where(off, number["amount_off"], np.inf), np.inf),
            min_spend=np.append(number["min_spend"], np.inf),
        )

    def take(self, rows: Rows) -> Self:
        """Return the terms of these rows."""
        return type(self)(*(values[rows] for values in self))

    def hold(self, amounts: Floats) -> npt.NDArray[np.bool_]:
        """Return whether each offer holds at its amount."""
        return np.asarray(amounts >= self.min_spend, dtype=bool)

    def costs(self, amounts: Floats) -> Floats:
        """Return the cost of each offer taken at its amount; 0 where it does not hold."""
        cost: Floats = amounts * self.rate
        if np.isfinite(self.most).any():
            np.minimum(cost, self.most, out=cost)
        cost += self.fixed
        if (self.min_spend > 0).any():
            cost[~self.hold(amounts)] = 0.0
        return cost


def offer_costs(
    purchases: pd.DataFrame, offers: pd.DataFrame, *, levels: pd.DataFrame | None = None
) -> pd.Series:
    """Return the shop's cost of the offer used in each purchase.

    Let a be the amount of the purchase before the offer. If it is at least `min_spend`, the cost of
    a

    - `percentage` is `discount * a`,
    - `amount_off` is the smaller of `amount_off` and a,
    - `gift` or `service` is `unit_cost`,
    - `points` is `(points + points_per_unit * a) * point_value`,
    - `early_access` or `none` is 0.

    Below `min_spend` the offer does not apply and costs nothing. The cost of the contact,
    `contact_cost`, is not included.

    Args:
        purchases: One row per offer used in a purchase: `offer`, `amount` (at full price), and the
            columns that levels depend on.
        offers: Offers table with one row per offer.
        levels: Levels of offers whose terms depend on a column, one row per level: `offer`, `by`
            and the terms of the level. `by` names a column of the purchases, such as `amount`,
            `total_amount`, `order_count` or a member tier. A level of a number starts at `at_least`
            (and may end at `below`, the next level's `at_least`); a level of a text column has its
            value in `level`. A purchase below the lowest level, or with a text that has no level,
            gets nothing. None where no offer has levels.

    Returns:
        Series `cost` on the index of the purchases, at least 0, in the currency of the amounts.

    Raises:
        MissingColumnsError: A column is missing.
        DataError: An amount is missing or negative, an offer is not among the offers, an offer
            cannot be read, or the levels of an offer overlap or have a gap.

    Examples:
        >>> offers = pd.DataFrame(
        ...     {
        ...         "offer": ["20% off", "50 off 300"],
        ...         "kind": ["percentage", "amount_off"],
        ...         "discount": [0.2, None],
        ...         "amount_off": [None, 50],
        ...         "min_spend": [None, 300],
        ...     }
        ... )
        >>> purchases = pd.DataFrame(
        ...     {"offer": ["20% off", "50 off 300", "50 off 300"], "amount": [80.0, 320, 299]}
        ... )
        >>> offer_costs(purchases, offers).tolist()
        [16.0, 50.0, 0.0]
    """
    check_table(purchases, "purchases", ["offer", "amount"])
    read = LevelledOffers.read(offers, levels)
    amounts = check_amounts(purchases["amount"], "purchases")
    rows = read.rows(offer_rows(read.offers, purchases["offer"], "purchases"), purchases)
    cost = CostTerms.of(read.terms).take(rows).costs(amounts)
    return pd.Series(cost, index=purchases.index, name="cost")


def check_amounts(values: pd.Series, name: str) -> Floats:
    """Return the amounts of purchases, each of which is there and at least 0."""
    amounts = finite_values(values, "amount")
    if (amounts < 0).any():
        first = int(np.argmax(amounts < 0))
        raise DataError(
            f"amount of {count_text(int((amounts < 0).sum()), name)} is negative, the first in row "
            f"{shown(values.index.tolist()[first])} ({amounts[first]:g}); leave returns out"
        )
    return amounts


def check_max_share(value: float) -> float:
    """Return the cap on what several offers may cost together, a share of the purchase."""
    if check_positive(value, "max_share") > 1:
        raise ValueError(
            "max_share must be a fraction of the purchase, at most 1, not "
            f"{shown(value)}; write 0.3 for 30 %"
        )
    return float(value)

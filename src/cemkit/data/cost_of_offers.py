"""offer_costs: what an offer costs the shop at a purchase; every other file asks here."""

import numpy as np
import pandas as pd

from cemkit.arrays import Floats
from cemkit.checks import finite_values
from cemkit.checks.options import shown
from cemkit.data.columns import check_table
from cemkit.data.offers import offer_rows, read_offers
from cemkit.errors import DataError


def offer_costs(purchases: pd.DataFrame, offers: pd.DataFrame) -> pd.Series:
    """Return what the offer taken at each purchase costs the shop.

    With a the amount of the purchase before the offer, at least `min_spend`, the cost of a

    - `percentage` is `discount * a`,
    - `amount_off` is the smaller of `amount_off` and a,
    - `gift` or `service` is `unit_cost`,
    - `points` is `(points + points_per_unit * a) * point_value`,
    - `early_access` or `none` is 0.

    Below `min_spend` the offer does not hold and costs nothing. The cost of the contact,
    `contact_cost`, is not part of it.

    Args:
        purchases: `offer, amount`: one row per offer taken at a purchase, with the amount of the
            purchase at full price.
        offers: The offers table, one row per offer.

    Returns:
        `cost` on the index of the purchases, at least 0.

    Raises:
        MissingColumnsError: A column is missing.
        DataError: An amount is missing or negative, an offer is not among the offers, or an offer
            cannot be read.

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
    table = read_offers(offers, [])
    amounts = finite_values(purchases["amount"], "amount")
    if (amounts < 0).any():
        first = int(np.argmax(amounts < 0))
        raise DataError(
            f"amount of {int((amounts < 0).sum()):,} purchases is negative, the first in row "
            f"{shown(purchases.index.tolist()[first])} ({amounts[first]:g}); leave returns out"
        )
    terms = cost_terms(table).take(offer_rows(table, purchases["offer"], "purchases"))
    return pd.Series(costs_at(terms, amounts), index=purchases.index, name="cost")


def cost_terms(table: pd.DataFrame) -> pd.DataFrame:
    """Return of each offer what it costs: `fixed` and, of the amount, `rate` up to `most`."""
    terms = table[["discount", "amount_off", "unit_cost"]].fillna(0.0)
    points = table[["points", "points_per_unit", "point_value"]].fillna(0.0)
    off = table["kind"] == "amount_off"
    return pd.DataFrame(
        {
            "fixed": terms["unit_cost"] + points["points"] * points["point_value"],
            "rate": terms["discount"]
            + points["points_per_unit"] * points["point_value"]
            + off.astype(float),
            "most": terms["amount_off"].where(off, np.inf),
            "min_spend": table["min_spend"].fillna(0.0),
        }
    )


def costs_at(terms: pd.DataFrame, amounts: Floats) -> Floats:
    """Return the cost of each offer at its amount, which may be a column of amounts for all."""
    cost: Floats = amounts * terms["rate"].to_numpy()
    most, least = terms["most"].to_numpy(), terms["min_spend"].to_numpy()
    if np.isfinite(most).any():
        np.minimum(cost, most, out=cost)
    cost += terms["fixed"].to_numpy()
    if (least > 0).any():
        cost[~(amounts >= least)] = 0.0
    return cost

"""eligible_customers: who may have which offer, by the conditions in the offers table."""

import dataclasses
import datetime as dt
from typing import Any

import numpy as np
import pandas as pd

from cemkit.checks import by_customer, check_as_of, check_frame
from cemkit.data.column_values import ColumnValues
from cemkit.data.conditions import Condition, Truth, read_state
from cemkit.data.offer_levels import LevelledOffers
from cemkit.data.reductions.purchase_counts import PurchaseRows
from cemkit.results import Result


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Eligibility(Result):
    """Which customers may have which offer, from `eligible_customers`.

    Attributes:
        customers: Number of customers.
        offers: Number of offers.
        conditional: Number of offers with a condition.
        table: One row per offer, with its condition `eligible` and the numbers of
            `eligible_customers`, `not_eligible` and `unknown` (a value that the condition needs is
            missing). The three add up to `customers`.
        eligible: One row per customer and one column per offer: True where the customer may have
            it. Unknown counts as not eligible.

    Examples:
        >>> customers = pd.DataFrame({"customer_id": [1, 2], "segment": ["At risk", "New"]})
        >>> offers = pd.DataFrame({"offer": ["comeback"], "discount": 0.2})
        >>> found = eligible_customers(customers, offers.assign(eligible="segment = At risk"))
        >>> found.eligible["comeback"].to_dict()
        {1: True, 2: False}
    """

    customers: int
    offers: int
    conditional: int
    table: pd.DataFrame
    eligible: pd.DataFrame

    def narrowest(self) -> tuple[str, pd.Series]:
        """Return the offer with a condition that the fewest customers may have, and its counts."""
        offers = self.table[self.table["eligible"].notna()]
        place = int(offers["eligible_customers"].to_numpy().argmin())
        return str(offers.index[place]), offers.iloc[place]


def eligible_customers(
    customers: pd.DataFrame,
    offers: pd.DataFrame,
    as_of: str | dt.date | pd.Timestamp | None = None,
    *,
    orders: Any = None,
    levels: pd.DataFrame | None = None,
) -> Eligibility:
    """Return which customers may have which offer, by the column `eligible` of the offers table.

    A condition describes customers, in the language of the rules of `fire_triggers`: `"segment = At
    risk and clv >= 100"`, `"bought category sports >= 3 times in 180 days"`. An offer without a
    condition is for everybody. Clauses that compare two snapshots (`becomes`, `rose by`, `due`)
    belong in a rule of `fire_triggers`. Where a needed value is missing, eligibility is unknown,
    and the customer is not eligible.

    Args:
        customers: One row per customer, with the columns that the conditions name.
        offers: Offers table, with `eligible` where some offers are not for everybody.
        as_of: Last day seen. Needed where a condition counts purchases.
        orders: Order table, on any engine. Needed where a condition counts purchases.
        levels: Levels of offers, as in `offer_costs`. None where no offer has levels.

    Returns:
        An `Eligibility`: the counts of each offer, and `eligible` with one column per offer.

    Raises:
        MissingColumnsError: A condition looks at a column that `customers` or `orders` lack.
        DataError: The offers are not sound, an id occurs twice, or a condition asks for text that
            differs from what the customers have in case, blanks or width alone.
        ValueError: A condition cannot be read, asks what has just happened, or counts purchases
            without `orders` and `as_of`.

    Warns:
        CemkitWarning: A condition asks for text that nobody has.

    Examples:
        >>> customers = pd.DataFrame({"customer_id": [1, 2], "clv": [250.0, None]})
        >>> offers = pd.DataFrame({"offer": ["vip", "sale"], "discount": [0.2, 0.1]})
        >>> found = eligible_customers(customers, offers.assign(eligible=["clv >= 100", None]))
        >>> print(found.sentence())
        1 of 2 offers has a condition; the narrowest, vip, may go to 1 of 2 customers (1 unknown).
    """
    table = by_customer(check_frame(customers, "customers"), "customers")
    read = LevelledOffers.read(offers, levels).offers
    truths = truth_of_offers(table, read, as_of, orders)
    everybody = Truth(np.ones(len(table), dtype=bool), np.ones(len(table), dtype=bool))
    each = {offer: truths.get(offer, everybody) for offer in read["offer"].tolist()}
    index = pd.Index(list(each), name="offer")
    counts = {
        "eligible": read["eligible"].to_numpy(),
        "eligible_customers": [int(truth.holds.sum()) for truth in each.values()],
        "not_eligible": [int((truth.known & ~truth.holds).sum()) for truth in each.values()],
        "unknown": [int((~truth.known).sum()) for truth in each.values()],
    }
    return Eligibility(
        customers=len(table),
        offers=len(each),
        conditional=len(truths),
        table=pd.DataFrame(counts, index=index),
        eligible=pd.DataFrame(
            {offer: truth.holds for offer, truth in each.items()}, index=table.index
        ),
    )


def truth_of_offers(
    customers: pd.DataFrame,
    offers: pd.DataFrame,
    as_of: str | dt.date | pd.Timestamp | None,
    orders: Any = None,
) -> dict[Any, Truth]:
    """For whom the condition of each offer read holds; offers for everybody have no condition.

    `customers` have unique normal ids as their index.
    """
    conditions = {
        offer: read_state(text, "eligible", f" of offer {offer!r}")
        for offer, text in zip(offers["offer"].tolist(), offers["eligible"].tolist(), strict=True)
        if text is not None
    }
    values = ColumnValues(
        customers,
        "customers",
        customers.index,
        orders=None if orders is None else PurchaseRows.of(orders),
        day=_day(conditions, as_of),
    )
    return {offer: condition.truth(values) for offer, condition in conditions.items()}


def _day(
    conditions: dict[Any, Condition], as_of: str | dt.date | pd.Timestamp | None
) -> pd.Timestamp | None:
    if as_of is not None:
        return check_as_of(as_of)
    for offer, condition in conditions.items():
        if condition.bought:
            raise ValueError(
                f"eligible of offer {offer!r} counts purchases, so it needs the last day "
                "seen; give it as as_of="
            )
    return None

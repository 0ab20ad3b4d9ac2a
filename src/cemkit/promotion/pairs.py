"""eligible_pairs: who may be contacted with which offer, before anything is allocated."""

import dataclasses
import datetime as dt
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from cemkit.checks import by_customer, check_as_of, check_frame
from cemkit.checks.options import shown
from cemkit.data.conditions import Truth
from cemkit.data.eligibility import truth_of_offers
from cemkit.data.offer_levels import LevelledOffers
from cemkit.data.offer_times import last_moments
from cemkit.promotion.audience import build_audience
from cemkit.results import Result

Mask = npt.NDArray[np.bool_]
NEVER = ("duplicate", "quiet hours", "held out", "kept")  # reasons that no customer has here


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class EligiblePairs(Result):
    """Who may be contacted with which offer, from `eligible_pairs`.

    Attributes:
        as_of: Last day seen.
        customers: How many there are; `ledger` sums to it.
        contactable: Customers who may be contacted at all.
        eligible_customers: Of these, customers who may have at least one offer.
        pairs: Pairs of customer and offer, the rows of `table`.
        ledger: `customers` by the first reason that holds: why a customer cannot be contacted,
            `no offer` where none is for them, and `eligible`.
        offers: One row per offer: how many of the contactable customers are `eligible`,
            `not_eligible`, or `unknown` (a value that the condition looks at is missing), or the
            offer has `ended`; the four sum to `contactable`.
        idle_guards: Tables with rows none of which belongs to a customer.
        table: `customer_id, offer, channel, purpose`, customers and offers in the order given.

    Examples:
        >>> EligiblePairs.__dataclass_fields__.keys() >= {"ledger", "offers", "table"}
        True
    """

    _pictures = ("promotion.eligible_pairs",)

    as_of: pd.Timestamp
    customers: int
    contactable: int
    eligible_customers: int
    pairs: int
    ledger: pd.DataFrame
    offers: pd.DataFrame
    idle_guards: list[str]
    table: pd.DataFrame

    @property
    def left_out(self) -> dict[str, int]:
        """How many customers are left out, by reason."""
        counts = self.ledger["customers"].drop("eligible")
        return {str(reason): int(count) for reason, count in counts[counts > 0].items()}


def eligible_pairs(
    customers: pd.DataFrame,
    offers: pd.DataFrame,
    as_of: str | dt.date | pd.Timestamp,
    *,
    people: pd.DataFrame,
    consent: pd.DataFrame,
    suppression: pd.DataFrame | None = None,
    contacts: pd.DataFrame | None = None,
    caps: pd.DataFrame | None = None,
    purpose: str = "marketing",
    orders: Any = None,
    levels: pd.DataFrame | None = None,
) -> EligiblePairs:
    """Return who may be contacted with which offer: consent, caps, suppression and conditions.

    Do this first. A budget that is allocated before it would go to customers who may not be
    contacted; a hold-out that is drawn before it would hold customers out who would not have been.
    `allocate_offers` takes the table as `eligible`.

    Args:
        customers: One row per customer, with the columns that the conditions of the offers name.
        offers: Offers table. An offer goes to those for whom its `eligible` condition holds, and
            to nobody once it has ended.
        as_of: Last day seen.
        people: `customer_id, preferred_channel`, as in `build_audience`; a customer is contacted
            through the preferred channel.
        consent: `customer_id, channel, purpose, granted, since`.
        suppression: `customer_id`, and `channel` where it holds for one channel alone.
        contacts: `customer_id, channel, contact_date`, needed with `caps`.
        caps: `max_contacts, window_days`, and `channel`. A customer without room for one further
            contact is left out.
        purpose: Purpose of the campaign, to which the customers must have agreed.
        orders: Order table, on any engine, where a condition counts purchases.
        levels: Levels of offers, as in `offer_costs`, where terms of an offer stand in them. None
            where no offer has levels.

    Returns:
        An `EligiblePairs`. Which pairs they are does not depend on the order of rows.

    Raises:
        MissingColumnsError: A table lacks a column.
        DataError: As in `build_audience` and `eligible_customers`.
        ValueError: A condition cannot be read, or caps come without contacts.

    Examples:
        >>> customers = pd.DataFrame({"customer_id": [1, 2], "segment": ["At risk", "New"]})
        >>> offers = pd.DataFrame({"offer": ["comeback", "sale"], "discount": [0.2, 0.1]})
        >>> people = pd.DataFrame({"customer_id": [1, 2], "preferred_channel": "email"})
        >>> consent = people.rename(columns={"preferred_channel": "channel"}).assign(
        ...     purpose="marketing", granted=True, since=pd.Timestamp("2024-01-01")
        ... )
        >>> found = eligible_pairs(
        ...     customers,
        ...     offers.assign(eligible=["segment = At risk", None]),
        ...     as_of="2024-01-31",
        ...     people=people,
        ...     consent=consent,
        ... )
        >>> found.table[["customer_id", "offer", "channel"]]
           customer_id     offer channel
        0            1  comeback   email
        1            1      sale   email
        2            2      sale   email
    """
    day = check_as_of(as_of)
    table = by_customer(check_frame(customers, "customers"), "customers")
    read = LevelledOffers.read(offers, levels).offers
    if not isinstance(purpose, str) or not purpose.strip():
        raise ValueError(f"purpose must name what the customers agreed to, not {shown(purpose)}")
    proposed = pd.DataFrame({"customer_id": table.index, "action": "offer", "purpose": purpose})
    audience = build_audience(
        proposed,
        day,
        people=people,
        consent=consent,
        suppression=suppression,
        contacts=contacts,
        caps=caps,
    )
    rows = audience.table.index.to_numpy()  # the places of those who may be contacted
    truths = truth_of_offers(table, read, day, orders)
    over = last_moments(read["valid_until"].to_numpy()) < np.datetime64(day)
    allowed, counts = _allowed(read["offer"].tolist(), truths, over, rows)
    pairs = _pairs(table.index[rows], read["offer"], audience.table["channel"], purpose, allowed)
    some = int(allowed.any(axis=1).sum())
    ledger = audience.ledger["actions"].drop(list(NEVER))
    ledger = pd.concat([ledger, pd.Series({"no offer": len(rows) - some, "eligible": some})])
    return EligiblePairs(
        as_of=day,
        customers=len(table),
        contactable=len(rows),
        eligible_customers=some,
        pairs=len(pairs),
        ledger=ledger.rename_axis("reason").to_frame("customers"),
        offers=counts,
        idle_guards=audience.idle_guards,
        table=pairs,
    )


def _allowed(
    offers: list[Any], truths: dict[Any, Truth], over: Mask, rows: npt.NDArray[np.intp]
) -> tuple[Mask, pd.DataFrame]:
    """Which of the contactable customers may have which offer, and the counts of each offer."""
    allowed = np.ones((len(rows), len(offers)), dtype=np.bool_)
    lines = []
    for place, (offer, ended) in enumerate(zip(offers, over.tolist(), strict=True)):
        unknown = 0
        if ended:
            allowed[:, place] = False
        elif offer in truths:
            allowed[:, place] = truths[offer].holds[rows]
            unknown = int((~truths[offer].known[rows]).sum())
        some = int(allowed[:, place].sum())
        none = 0 if ended else len(rows) - some - unknown
        lines.append((some, none, unknown, len(rows) if ended else 0))
    columns = ["eligible", "not_eligible", "unknown", "ended"]
    return allowed, pd.DataFrame(lines, columns=columns, index=pd.Index(offers, name="offer"))


def _pairs(
    ids: pd.Index, offers: pd.Series, channels: pd.Series, purpose: str, allowed: Mask
) -> pd.DataFrame:
    who, what = np.nonzero(allowed)
    names = pd.Categorical.from_codes(what, categories=pd.Index(offers))
    return pd.DataFrame(
        {
            "customer_id": ids.take(who),
            "offer": names,
            "channel": channels.astype("category").array.take(who),
            "purpose": pd.Categorical.from_codes(
                np.zeros(len(who), dtype=np.int8), pd.Index([purpose])
            ),
        }
    )

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
    """Pairs of customers and offers that may be contacted, from `eligible_pairs`.

    Attributes:
        as_of: Last day seen.
        customers: Number of customers; `ledger` adds up to it.
        contactable: Number of customers who may be contacted.
        eligible_customers: Number of contactable customers who may have at least one offer.
        pairs: Number of pairs of customer and offer, the rows of `table`.
        ledger: Number of `customers` by the first reason that applies: a reason against contact,
            `no offer`, or `eligible`.
        offers: One row per offer with the numbers of contactable customers who are `eligible`,
            `not_eligible`, `unknown` (a value that the condition needs is missing), or for whom the
            offer has `ended`. The four add up to `contactable`.
        idle_guards: Tables without a row of a customer, which therefore have no effect.
        table: One row per pair: `customer_id, offer, channel, purpose`, in the given order of
            customers and offers.

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
    """Return which customers may be contacted with which offer, by consent, caps and conditions.

    Do this before allocating a budget, or part of it goes to customers who may not be contacted. Do
    it before drawing a hold-out, or the hold-out contains customers who could not have been
    contacted. `allocate_offers` takes the table as `eligible`.

    Args:
        customers: Table with one row per customer and the columns that the conditions of the offers
            use.
        offers: Offers table. An offer is for customers who satisfy its `eligible` condition, and
            for nobody once it has ended.
        as_of: Last day seen.
        people: Table with `customer_id, preferred_channel`, as in `build_audience`. Customers are
            contacted through their preferred channel.
        consent: Consent table with `customer_id, channel, purpose, granted, since`.
        suppression: Table with `customer_id` and, for single channels, `channel`. None suppresses
            nobody.
        contacts: Earlier contacts with `customer_id, channel, contact_date`. Needed with `caps`.
        caps: Contact limits with `max_contacts, window_days`, and optionally `channel`. A customer
            without room for one more contact is left out. None for no limits.
        purpose: Purpose of the campaign, to which the customers must have consented.
        orders: Order table, on any engine. Needed if a condition counts purchases.
        levels: Levels of offers, as in `offer_costs`. None where no offer has levels.

    Returns:
        An `EligiblePairs`. The pairs do not depend on the row order.

    Raises:
        MissingColumnsError: A table lacks a column.
        DataError: A table is not sound; `build_audience` and `eligible_customers` list the cases.
        ValueError: A condition cannot be read, or caps are given without contacts.

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
        raise ValueError(
            "purpose must be the purpose that customers consented to, such as "
            f"'marketing', not {shown(purpose)}"
        )
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

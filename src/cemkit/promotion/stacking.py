"""stack_offers: which of several offers hold at one purchase, and what they cost together."""

import dataclasses
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from cemkit.arrays import Floats
from cemkit.checks import normal_ids
from cemkit.checks.options import shown
from cemkit.data.columns import check_table
from cemkit.data.cost_of_offers import CostTerms, check_amounts, check_max_share
from cemkit.data.offer_levels import LevelledOffers
from cemkit.data.offers import offer_rows
from cemkit.errors import DataError
from cemkit.formats import count_text
from cemkit.results import Result

USED, NOT_HOLDING, NOT_STACKABLE, OVER_CAP = (
    "used",
    "does not hold",
    "not stackable",
    "over the cap",
)
REASONS = (USED, NOT_HOLDING, NOT_STACKABLE, OVER_CAP)
ROUNDING = 1e-12  # of a sum of shares
Mask = npt.NDArray[np.bool_]


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class StackedOffers(Result):
    """Offers used among those claimed at each purchase, from `stack_offers`.

    Attributes:
        purchases: Number of purchases.
        claimed: Number of offers claimed: the sum of the following four.
        used: Number of offers used.
        not_holding: Number of offers left out because the purchase is below their `min_spend` or
            lowest level, or its customer has no level.
        not_stackable: Number of offers left out because they cannot be combined with those used.
        over_cap: Number of offers left out because the total would exceed the cap.
        max_share: Cap as a fraction of the purchase.
        total_cost: Cost of the offers used.
        table: One row per claim, on the index of the claims: `order_id, offer, amount, reason,
            cost`. `reason` is `"used"` or the reason for leaving the offer out, with cost 0.

    Examples:
        >>> offers = pd.DataFrame({"offer": ["10%", "20%"], "discount": [0.1, 0.2]})
        >>> claims = pd.DataFrame({"order_id": 1, "offer": ["10%", "20%"], "amount": 80.0})
        >>> print(stack_offers(claims, offers).sentence())
        2 offers were claimed at 1 purchase: 1 used, at a cost of 16.00; left out: 1 not stackable.
    """

    purchases: int
    claimed: int
    used: int
    not_holding: int
    not_stackable: int
    over_cap: int
    max_share: float
    total_cost: float
    table: pd.DataFrame


def stack_offers(
    claims: pd.DataFrame,
    offers: pd.DataFrame,
    *,
    max_share: float = 1.0,
    levels: pd.DataFrame | None = None,
) -> StackedOffers:
    """Decide which of the offers claimed at each purchase are used.

    A purchase uses either one offer or several `stackable` ones, whichever gives the customer more;
    if equal, the stackable ones. Stackable offers are added from the most to the least valuable,
    ties by name. An offer is left out if it would bring the total above `max_share` of the amount,
    but the first is always used. Each offer is computed on the full amount, not on the remainder
    after the others.

    Args:
        claims: One row per offer claimed at a purchase: `order_id, offer, amount` (of the purchase
            at full price), and the columns that levels depend on.
        offers: Offers table with one row per offer. Offers are not stackable unless `stackable` is
            True.
        max_share: Largest total cost of several offers, as a fraction of the purchase.
        levels: Levels of offers, as in `offer_costs`. None where no offer has levels.

    Returns:
        A `StackedOffers`, whose table has one row per claim.

    Raises:
        MissingColumnsError: A column is missing.
        DataError: A purchase has no id or two amounts, an offer is claimed twice at a purchase or
            is not in the offers table, an amount is missing or negative, or an offer cannot be
            read.
        ValueError: `max_share` lies outside (0, 1].

    Examples:
        >>> offers = pd.DataFrame(
        ...     {"offer": ["10%", "20%", "half"], "discount": [0.1, 0.2, 0.5], "stackable": True}
        ... )
        >>> claims = pd.DataFrame({"order_id": 1, "offer": ["10%", "20%", "half"], "amount": 80.0})
        >>> stack_offers(claims, offers, max_share=0.6).table[["offer", "reason", "cost"]]
          offer        reason  cost
        0   10%          used   8.0
        1   20%  over the cap   0.0
        2  half          used  40.0
    """
    most = check_max_share(max_share)
    check_table(claims, "claims", ["order_id", "offer", "amount"])
    read = LevelledOffers.read(offers, levels)
    numbers = offer_rows(read.offers, claims["offer"], "claims")
    amounts = check_amounts(claims["amount"], "claims")
    orders = _orders(claims, amounts, numbers)
    terms = CostTerms.of(read.terms).take(read.rows(numbers, claims))
    costs = terms.costs(amounts)
    _, names = np.unique(read.offers["offer"].astype(str).to_numpy(str), return_inverse=True)
    reasons = _reasons(
        _Claims(
            order=orders,
            holds=terms.hold(amounts),
            stackable=read.offers["stackable"].to_numpy()[numbers],
            cost=costs,
            cap=most * amounts * (1 + ROUNDING),
            name=names[numbers],
        )
    )
    table = claims[["order_id", "offer", "amount"]].assign(
        reason=reasons, cost=np.where(reasons == USED, costs, 0.0)
    )
    counts = {reason: int((reasons == reason).sum()) for reason in REASONS}
    return StackedOffers(
        purchases=int(orders.max(initial=-1)) + 1,
        claimed=len(claims),
        used=counts[USED],
        not_holding=counts[NOT_HOLDING],
        not_stackable=counts[NOT_STACKABLE],
        over_cap=counts[OVER_CAP],
        max_share=most,
        total_cost=float(table["cost"].sum()),
        table=table,
    )


def _orders(
    claims: pd.DataFrame, amounts: Floats, numbers: npt.NDArray[np.intp]
) -> npt.NDArray[np.intp]:
    """The number of each claim's purchase, which has one amount and claims an offer once."""
    ids = normal_ids(claims["order_id"], "order_id")
    if ids.hasnans:
        raise DataError(
            f"claims has {count_text(int(np.sum(ids.isna())), 'rows')} without an order_id; say at "
            "which purchase each offer was claimed"
        )
    codes, distinct = pd.factorize(ids, sort=True)
    known = pd.DataFrame({"order": codes, "amount": amounts, "offer": numbers})
    spread = known.groupby("order")["amount"].nunique().to_numpy() > 1
    if spread.any():
        raise DataError(
            f"order {shown(distinct[spread].tolist()[0])} has two amounts; give the amount of the "
            "whole purchase at full price in each of its rows"
        )
    twice = known.duplicated(["order", "offer"]).to_numpy()
    if twice.any():
        row = int(np.argmax(twice))
        raise DataError(
            f"offer {shown(claims['offer'].tolist()[row])} is claimed twice at order "
            f"{shown(distinct.tolist()[codes[row]])}; keep one row"
        )
    return codes.astype(np.intp)


class _Claims(NamedTuple):
    """The claims, by the number of their purchase."""

    order: npt.NDArray[np.intp]
    holds: Mask
    stackable: Mask
    cost: Floats
    cap: Floats
    name: npt.NDArray[np.intp]  # the place of the offer's name among all

    @property
    def purchases(self) -> int:
        """How many purchases there are."""
        return int(self.order.max(initial=-1)) + 1

    def ranked(self, able: Mask) -> npt.NDArray[np.intp]:
        """The rows that are able, purchase by purchase, the most given first."""
        rows = np.flatnonzero(able)
        return rows[np.lexsort((self.name[rows], -self.cost[rows], self.order[rows]))]

    def given(self, used: Mask) -> Floats:
        """What those used give at each purchase."""
        costs = np.where(used, self.cost, 0.0)
        return np.bincount(self.order, costs, minlength=self.purchases).astype(np.float64)


def _reasons(claims: _Claims) -> npt.NDArray[np.object_]:
    """Why each claim is used or left out."""
    together = _together(claims, claims.holds & claims.stackable)
    alone = _best(claims, claims.holds & ~claims.stackable)
    stacked = np.bincount(claims.order, together, minlength=claims.purchases) > 0
    takes_one = ((claims.given(alone) > claims.given(together)) | ~stacked)[claims.order]
    left_out = np.where(claims.stackable & ~takes_one, OVER_CAP, NOT_STACKABLE)
    reasons: npt.NDArray[np.object_] = np.where(claims.holds, left_out, NOT_HOLDING).astype(object)
    reasons[np.where(takes_one, alone, together)] = USED
    return reasons


def _best(claims: _Claims, able: Mask) -> Mask:
    """At each purchase the claim that gives most, of those that are able."""
    ranked = claims.ranked(able)
    best = np.zeros(len(able), dtype=np.bool_)
    best[ranked[np.diff(claims.order[ranked], prepend=-1) != 0]] = True
    return best


def _together(claims: _Claims, able: Mask) -> Mask:
    """The claims that hold together within the cap of their purchase."""
    ranked = claims.ranked(able)
    order = claims.order[ranked]
    turn = pd.Series(order).groupby(order).cumcount().to_numpy()
    total, together = np.zeros(claims.purchases), np.zeros(len(able), dtype=np.bool_)
    for number in range(int(turn.max(initial=-1)) + 1):
        rows = ranked[turn == number]
        sums = total[claims.order[rows]] + claims.cost[rows]
        fit = rows[(sums <= claims.cap[rows]) | (number == 0)]
        together[fit] = True
        total[claims.order[fit]] += claims.cost[fit]
    return together

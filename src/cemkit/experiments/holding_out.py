"""hold_out: a random part of those who would be contacted, so that the campaign can be measured."""

import dataclasses
import datetime as dt
import math
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from cemkit.arrays import Floats
from cemkit.checks import check_as_of, check_number, customer_ids, finite_values, normal_ids
from cemkit.data.columns import check_table
from cemkit.errors import DataError
from cemkit.experiments.assignment import hashed_numbers
from cemkit.formats import count_text
from cemkit.results import Result
from cemkit.targeting import OfferAllocation

Mask = npt.NDArray[np.bool_]
Codes = npt.NDArray[np.intp]

STATES = ("contacted", "held_out", "over_budget")
NAMED = {"profit": "expected_profit", "cost": "expected_cost"}
TOLERANCE = 1e-9  # of the budget


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class CampaignAudience(Result):
    """Actions split into contacts and hold-out, from `hold_out`.

    `contacted`, `held_out_actions` and `over_budget` add up to `actions`.

    Attributes:
        as_of: Day of the campaign.
        salt: Name of the campaign, on which the random split depends.
        holdout: Share of the customers held out.
        actions: Number of actions given.
        contacted: Number of actions to carry out.
        held_out_actions: Number of actions of the hold-out.
        over_budget: Number of actions dropped to keep the budget, equally from contacts and
            hold-out.
        budget: Largest cost of the contacts; None for no limit.
        expected_cost: Expected cost of the contacts; missing if the actions have no cost.
        ledger: One row per offer with `actions`, `contacted`, `held_out`, `over_budget` and
            `expected_cost`.
        held_out: The actions of the hold-out: the random counterpart of `table`.
        table: The actions to be carried out.

    Examples:
        >>> actions = pd.DataFrame({"customer_id": range(10), "offer": "10% off"})
        >>> hold_out(actions, "2024-03-31", salt="spring", share=0.2).sentence()
        '8 of 10 actions are carried out and 2 held out (20.0% of the customers of each offer).'
    """

    _pictures = ("experiments.campaign_audience",)

    as_of: pd.Timestamp
    salt: str
    holdout: float
    actions: int
    contacted: int
    held_out_actions: int
    over_budget: int
    budget: float | None
    expected_cost: float
    ledger: pd.DataFrame
    held_out: pd.DataFrame
    table: pd.DataFrame


def hold_out(
    actions: pd.DataFrame | OfferAllocation,
    as_of: str | dt.date | pd.Timestamp,
    *,
    salt: str,
    share: float | None = None,
    budget: float | None = None,
) -> CampaignAudience:
    """Hold out a random share of the customers of each offer, and return the actions of the others.

    Do this last, when it is decided who would be contacted, so that both groups are a random split
    of the same customers. Each customer is held out with probability `share`, and within each
    offer, or set of offers, the share is exact to one customer. The split follows from a keyed hash
    of the id. A customer with several offers is held out of all of them.

    Expected costs stay within the budget. If the contacted customers are by chance the more
    expensive ones, customers are dropped in random order from both groups, so that the groups stay
    comparable.

    Args:
        actions: `customer_id, offer`, and where present `expected_cost` (or `cost`); further
            columns stay. Or what `allocate_offers` found, with its hold-out share and budget.
        as_of: The day of the campaign.
        salt: Name of the campaign; a new one for each.
        share: Share to hold out, from 0 to below 1. By default that of the allocation.
        budget: Largest expected cost of the contacts. By default that of the allocation, or no
            limit.

    Returns:
        A `CampaignAudience`. Its actions have the columns given, with `expected_profit` and
        `expected_cost` in place of `profit` and `cost`, `action` (`"offer"` where there is none)
        and `as_of`, in the order given.

    Raises:
        MissingColumnsError: The actions have no customer or offer, or a budget is given and they
            have no cost.
        DataError: A customer has an offer twice, or an offer or cost is missing.
        ValueError: The share lies outside [0, 1), or no share or salt is given.

    References:
        Madow (1949), On the theory of systematic sampling, Annals of Mathematical Statistics 20.

    Examples:
        >>> actions = pd.DataFrame({"customer_id": range(1000), "offer": "10% off", "cost": 2.0})
        >>> audience = hold_out(actions, "2024-03-31", salt="spring", share=0.2, budget=1500)
        >>> audience.contacted, audience.held_out_actions, audience.over_budget
        (750, 189, 61)
    """
    day = check_as_of(as_of)
    table, share, budget = _given(actions, share, budget)
    table = check_table(table, "actions", ["offer"], hint="allocate_offers gives such a table")
    table = _as_actions(table, day)
    if not isinstance(salt, str) or not salt:
        raise ValueError(f"salt must be the name of the campaign, not {salt!r}")
    codes, ids = pd.factorize(customer_ids(table, "actions"), sort=True)
    cost = _costs(table, budget)
    sets = _offer_sets(table["offer"], codes, len(ids))
    held = _drawn(sets, hashed_numbers(ids, salt), share, salt)
    dropped = np.zeros(len(ids), dtype=np.bool_)
    if budget is not None:
        each = np.bincount(codes, cost, minlength=len(ids))
        order = np.argsort(hashed_numbers(ids, f"{salt} in order"), kind="stable")
        dropped[order] = np.cumsum((each * ~held)[order]) > budget * (1 + TOLERANCE)
    state = np.where(dropped, 2, held)[codes]
    return _audience(day, salt, table, state, cost, share=share, budget=budget)


def _given(
    actions: Any, share: float | None, budget: float | None
) -> tuple[Any, float, float | None]:
    """The actions with the share and the budget, from the allocation where not given."""
    if isinstance(actions, OfferAllocation):
        share = actions.holdout if share is None else share
        budget = actions.budget if budget is None else budget
        actions = actions.table
    if share is None:
        raise ValueError("share is missing; give the share of customers to hold out, such as 0.2")
    if not 0 <= check_number(share, "share") < 1:
        raise ValueError(f"share must be a fraction from 0 to below 1, not {share!r}")
    if budget is not None:
        check_number(budget, "budget", minimum=0)
    return actions, float(share), None if budget is None else float(budget)


def _as_actions(table: pd.DataFrame, day: pd.Timestamp) -> pd.DataFrame:
    """The table with the names that actions have."""
    names = {old: new for old, new in NAMED.items() if new not in table.columns}
    table = table.rename(columns=names)
    customer_ids(table, "actions")  # raises where neither a column nor the index has them
    if "customer_id" not in table.columns:
        table = table.reset_index()
    if "action" not in table.columns:
        place = table.columns.tolist().index("customer_id") + 1
        table.insert(place, "action", "offer")
    return table.assign(as_of=day)


def _costs(table: pd.DataFrame, budget: float | None) -> Floats:
    if "expected_cost" in table.columns:
        return finite_values(table["expected_cost"], "expected_cost")
    if budget is not None:
        check_table(table, "actions", ["expected_cost"], hint="a budget takes the cost of each")
    return np.full(len(table), np.nan)


def _offer_sets(offers: pd.Series, codes: Codes, n: int) -> Codes:
    """A number for each customer's offers together, in an order that rows do not change."""
    names = normal_ids(offers, "offer")
    if names.hasnans:
        raise DataError(
            f"offer is missing in {count_text(np.count_nonzero(names.isna()), 'actions')}; name it"
        )
    what, _ = pd.factorize(names, sort=True)
    pairs = pd.DataFrame({"who": codes, "what": what})
    if pairs.duplicated().any():
        raise DataError("actions have a pair of customer and offer twice; keep one of each")
    sets = np.zeros(n, dtype=np.int64)
    if len(pairs) == n:
        sets[codes] = what
        return sets
    pairs = pairs.sort_values(["who", "what"])
    texts = pairs["what"].astype(str).groupby(pairs["who"]).agg(" ".join)
    sets[texts.index] = pd.factorize(texts, sort=True)[0]
    return sets


def _drawn(sets: Codes, numbers: Floats, share: float, salt: str) -> Mask:
    """Which customers are held out, by systematic sampling in a random order within each set."""
    held = np.zeros(len(sets), dtype=np.bool_)
    start = hashed_numbers(pd.Index(["start"]), salt)[0]
    places = np.floor(np.arange(len(sets) + 1) * share + start + TOLERANCE)
    held[np.lexsort((numbers, sets))] = np.diff(places) > 0
    return held


def _audience(
    day: pd.Timestamp,
    salt: str,
    table: pd.DataFrame,
    state: npt.NDArray[np.integer],
    cost: Floats,
    *,
    share: float,
    budget: float | None,
) -> CampaignAudience:
    counts = [int((state == number).sum()) for number in range(len(STATES))]
    spent = np.where(state == 0, cost, 0.0)
    return CampaignAudience(
        as_of=day,
        salt=salt,
        holdout=share,
        actions=len(table),
        contacted=counts[0],
        held_out_actions=counts[1],
        over_budget=counts[2],
        budget=budget,
        expected_cost=math.fsum(spent) if np.isfinite(cost).all() else math.nan,
        ledger=_by_offer(table["offer"], state, spent),
        held_out=table[state == 1],
        table=table[state == 0],
    )


def _by_offer(offers: pd.Series, state: npt.NDArray[np.integer], spent: Floats) -> pd.DataFrame:
    columns = {name: (state == number).astype(np.int64) for number, name in enumerate(STATES)}
    rows = pd.DataFrame({"actions": 1, **columns, "expected_cost": spent})
    keys = pd.Series(normal_ids(offers, "offer").to_numpy(), name="offer")
    return rows.groupby(keys).sum()

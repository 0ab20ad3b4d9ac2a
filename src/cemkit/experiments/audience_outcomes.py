"""audience_experiment: what came of those who would have been contacted, and what it cost."""

import dataclasses
import datetime as dt
import math
import warnings
from typing import Any

import numpy as np
import pandas as pd

from cemkit.checks import check_choice, check_same_ids, customer_ids, normal_ids
from cemkit.checks.options import shown
from cemkit.data.offer_levels import LevelledOffers
from cemkit.data.offers import offer_rows
from cemkit.errors import CemkitWarning, DataError, NotEnoughDataError
from cemkit.experiments.holding_out import CampaignAudience
from cemkit.experiments.redemptions import PRICES, redeemed_coupons, redemption_costs
from cemkit.experiments.table import check_window, experiment_table
from cemkit.formats import count_text
from cemkit.promotion import Audience
from cemkit.results import Result

FREE = ("early_access", "none")  # kinds that cost nothing when they are taken
VARIANTS = ("contacted", "control")
COUPONS = ("redeemed", "unused", "of_other_offers")
COSTS = ("discount_cost", "gift_cost", "contact_cost")


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class AudienceExperiment(Result):
    """The experiment of a campaign, from `audience_experiment`.

    `compare_variants` and `holdout_effect` take its `table`.

    Attributes:
        start_date: First day that counts.
        end_date: Last day that counts.
        contacted: Number of customers to be contacted.
        held_out: Number of customers in the hold-out.
        redeemed: Number of coupons redeemed in the window; missing without coupons.
        unused: Number of redeemed coupons of customers without a purchase on that day. Their
            discounts cost nothing.
        of_other_offers: Number of coupons that contacted customers redeemed in the window, of an
            offer that was not planned for them. They belong to other campaigns: neither they nor
            their costs are counted elsewhere.
        discount_cost: Cost of discounts on the prices of contacted customers; like the other costs
            missing without offers.
        gift_cost: Cost of gifts, services and points.
        contact_cost: Cost of the contacts.
        offers: One row per offer: `contacted, held_out, issued, redeemed, redemption_share` (of the
            coupons issued), `discount_cost, gift_cost, contact_cost`.
        table: One row per customer: `customer_id, variant` (`"contacted"` or `"control"`), `offer`,
            `converted, orders, amount, pre_amount` as in `experiment_table`, the amount in prices
            as paid, and where there are offers `discount_cost, gift_cost, contact_cost`, realised.

    Examples:
        >>> AudienceExperiment.__dataclass_fields__.keys() >= {"table", "offers", "redeemed"}
        True
    """

    start_date: pd.Timestamp
    end_date: pd.Timestamp
    contacted: int
    held_out: int
    redeemed: int | None
    unused: int | None
    of_other_offers: int | None
    discount_cost: float | None
    gift_cost: float | None
    contact_cost: float | None
    offers: pd.DataFrame
    table: pd.DataFrame


def audience_experiment(
    audience: Audience | CampaignAudience,
    orders: pd.DataFrame,
    start_date: str | dt.date | pd.Timestamp,
    end_date: str | dt.date | pd.Timestamp,
    *,
    prices: str,
    offers: pd.DataFrame | None = None,
    coupons: pd.DataFrame | None = None,
    pre_days: int | None = None,
    customers: pd.DataFrame | None = None,
    data_until: str | dt.date | pd.Timestamp | None = None,
    levels: pd.DataFrame | None = None,
) -> AudienceExperiment:
    """Return the experiment table of a campaign: the contacted customers and the hold-out.

    Both groups are analysed as drawn (intention to treat). Customers who were not reached, or who
    redeemed nothing, stay in the contacted group; leaving them out would remove this kind of
    customer from one group only.

    All amounts are prices paid. Orders at full price are converted with the discounts of the
    redeemed coupons.

    Args:
        audience: Result of `hold_out`, or of `build_audience` with a hold-out.
        orders: Order table with `customer_id, order_date, amount` and, where present, `order_id`,
            `category`, `product`.
        start_date: First day on which customers could respond.
        end_date: Last day that counts.
        prices: Basis of the amounts of the orders: `"paid"` after discounts, or `"full"` before
            discounts, which needs `offers` and `coupons`.
        offers: Offers table, for the costs. None leaves costs out.
        coupons: Issued coupons with `customer_id, offer, redeemed_date` and, if known,
            `redeemed_amount`, as from `redeem_coupons`. Needed if an offer costs money when it is
            used. Coupons of customers outside the audience are ignored.
        pre_days: Number of days before `start_date` to sum as `pre_amount`, as in
            `experiment_table`.
        customers: Table with `customer_id` and columns to split by, as they were before the
            campaign. None for no split.
        data_until: Last day that the data cover, as in `experiment_table`. By default the day of
            the last order.
        levels: Levels of offers, as in `issue_coupons`; `by` names a column of the coupons. None
            where no offer has levels.

    Returns:
        An `AudienceExperiment`. The cost of an offer is that of `offer_costs` for the
        `redeemed_amount`. If this is missing, the customer's purchases on the day of redemption are
        used, at full price and within the scope of the offer.

    Raises:
        NotEnoughDataError: Nobody was contacted, or nobody was held out.
        DataError: A customer is both contacted and held out, or a coupon or action has an offer
            that is not in the offers table.
        ValueError: `prices` is unknown, or the tables that it needs are missing.

    Warns:
        CemkitWarning: A customer of the hold-out redeemed a coupon, of whichever offer, or coupons
            were redeemed below the minimum spend.

    Examples:
        >>> from cemkit.experiments import hold_out
        >>> actions = pd.DataFrame({"customer_id": range(10), "offer": "10% off"})
        >>> audience = hold_out(actions, "2024-03-31", salt="spring", share=0.2)
        >>> orders = pd.DataFrame(
        ...     {
        ...         "customer_id": [0, 1, 2],
        ...         "order_date": pd.to_datetime(["2024-04-02", "2024-04-03", "2024-04-30"]),
        ...         "amount": [20.0, 30.0, 40.0],
        ...     }
        ... )
        >>> found = audience_experiment(audience, orders, "2024-04-01", "2024-04-30", prices="paid")
        >>> found.table.groupby("variant")["amount"].agg(["size", "sum"])
                   size   sum
        variant
        contacted     8  90.0
        control       2   0.0
    """
    check_choice(prices, "prices", PRICES)
    start, end = check_window(start_date, end_date)
    assignment = _assignment(audience)
    table = experiment_table(
        assignment,
        orders,
        start,
        end,
        pre_days=pre_days,
        customers=customers,
        data_until=data_until,
    )
    summary, pieces, used = _counts(audience), None, dict.fromkeys(COUPONS)
    if offers is None:
        if prices == "full" or coupons is not None:
            raise ValueError(
                "prices='full' and coupons need the offers table for their costs; give it "
                "as offers="
            )
    else:
        levelled = LevelledOffers.read(offers, levels)
        read = levelled.offers
        issued = _issued(audience.table, read, coupons)
        redeemed, others = _redeemed(issued, audience, levelled, (start, end))
        redeemed = redemption_costs(redeemed, orders, prices)
        pieces = _pieces(audience.table, read, redeemed)
        table = _with_costs(table, pieces, prices)
        summary = _with_sums(summary, pieces, issued, redeemed)
        used = dict(zip(COUPONS, (len(redeemed), _unused(redeemed), others), strict=True))
    return _result((start, end), table, summary, pieces, used)


def _assignment(audience: Any) -> pd.DataFrame:
    """One row per customer who would have been contacted: `customer_id, variant, offer`."""
    if not isinstance(audience, Audience | CampaignAudience):
        raise TypeError(
            f"audience must come from hold_out or build_audience, not {type(audience).__name__}"
        )
    groups = []
    for variant, actions in zip(VARIANTS, (audience.table, audience.held_out), strict=True):
        if actions.empty:
            raise NotEnoughDataError(
                "customers contacted" if variant == "contacted" else "customers held out",
                have=0,
                need=1,
                hint="draw a hold-out with hold_out(..., share=0.2)",
            )
        groups.append(_one_row_each(actions).assign(variant=variant))
    both = pd.concat(groups, ignore_index=True)
    if both["customer_id"].duplicated().any():
        twice = both.loc[both["customer_id"].duplicated(), "customer_id"].tolist()
        raise DataError(
            f"{count_text(len(twice), 'customers are')} both contacted and held out, such as "
            f"{twice[0]!r}; hold customers out of all their actions, as hold_out does"
        )
    return both[["customer_id", "variant", "offer"]]


def _one_row_each(actions: pd.DataFrame) -> pd.DataFrame:
    """Each customer with the names of the offers, several joined by `+`."""
    ids = customer_ids(actions, "audience")
    rows = pd.DataFrame({"customer_id": ids, "offer": _offer_names(actions).array})
    if not ids.has_duplicates:
        return rows
    rows = rows.drop_duplicates().sort_values("offer")
    return rows.groupby("customer_id")["offer"].agg(" + ".join).reset_index()


def _offer_names(actions: pd.DataFrame) -> pd.Series:
    """The offer of each action as text; the action itself where there are no offers."""
    name = "offer" if "offer" in actions.columns else "action"
    return pd.Series(normal_ids(actions[name], name).astype(str), name="offer")


def _counts(audience: Audience | CampaignAudience) -> pd.DataFrame:
    """How many actions were contacted and held out, by offer."""
    sides = {"contacted": audience.table, "held_out": audience.held_out}
    counts = {name: _offer_names(actions).value_counts() for name, actions in sides.items()}
    return pd.DataFrame(counts).fillna(0).astype("int64").sort_index().rename_axis("offer")


def _issued(
    actions: pd.DataFrame, offers: pd.DataFrame, coupons: pd.DataFrame | None
) -> pd.DataFrame:
    """The coupons; none where no offer of the actions takes one."""
    kinds = offers["kind"].to_numpy()[offer_rows(offers, actions["offer"])]
    if coupons is not None:
        return coupons
    costly = ~np.isin(kinds.astype(str), FREE)
    if costly.any():
        raise ValueError(
            f"offer {shown(actions['offer'].tolist()[int(np.argmax(costly))])} costs "
            "money when it is used; give the issued coupons with their redeemed_date as "
            "coupons="
        )
    none = actions[["offer"]].head(0).assign(redeemed_date=pd.Series(dtype="datetime64[us]"))
    return none.assign(customer_id=customer_ids(actions, "audience")[:0])


def _redeemed(
    coupons: pd.DataFrame,
    audience: Audience | CampaignAudience,
    offers: LevelledOffers,
    window: tuple[dt.date, dt.date],
) -> tuple[pd.DataFrame, int]:
    """The coupons redeemed in the window by those contacted, and how many are of other offers."""
    redeemed = redeemed_coupons(coupons, offers, *window)
    ids = customer_ids(audience.table, "audience")
    check_same_ids(pd.Index(redeemed["customer_id"]), ids, "coupons", "audience")
    pairs = _pairs(redeemed)
    _warn_of_held_out(redeemed, pairs, audience.held_out)
    planned = pairs.isin(_pairs(audience.table))
    others = redeemed["customer_id"].isin(ids) & ~planned
    return redeemed[planned].reset_index(drop=True), int(others.sum())


def _warn_of_held_out(redeemed: pd.DataFrame, pairs: pd.MultiIndex, actions: pd.DataFrame) -> None:
    """Warn of coupons of the window that customers held out redeemed, of whichever offer."""
    held = pd.Index(redeemed["customer_id"]).isin(customer_ids(actions, "audience"))
    if not held.any():
        return
    others = np.count_nonzero(held & ~pairs.isin(_pairs(actions)))
    of_others = f" ({others:,} of another offer than was planned for them)" if others else ""
    warnings.warn(
        f"{count_text(np.count_nonzero(held), 'coupons were')} redeemed by customers who were held "
        f"out, such as {redeemed['customer_id'].tolist()[int(np.argmax(held))]!r}{of_others}: they "
        "got an offer all the same, which makes the effect look smaller",
        CemkitWarning,
        stacklevel=4,
    )


def _pairs(actions: pd.DataFrame) -> pd.MultiIndex:
    ids = customer_ids(actions, "audience")
    return pd.MultiIndex.from_arrays([ids, _offer_names(actions)])


def _pieces(actions: pd.DataFrame, offers: pd.DataFrame, redeemed: pd.DataFrame) -> pd.DataFrame:
    """Each cost with its customer, offer and kind of cost."""
    contact = offers["contact_cost"].fillna(0.0).to_numpy()
    contacts = {
        "customer_id": customer_ids(actions, "audience"),
        "offer": _offer_names(actions).array,
        "kind": "contact_cost",
        "cost": contact[offer_rows(offers, actions["offer"])],
    }
    taken = {
        "customer_id": redeemed["customer_id"],
        "offer": redeemed["offer"].astype(str),
        "kind": np.where(redeemed["cuts"], "discount_cost", "gift_cost"),
        "cost": redeemed["cost"],
    }
    return pd.concat([pd.DataFrame(contacts), pd.DataFrame(taken)], ignore_index=True)


def _with_costs(table: pd.DataFrame, pieces: pd.DataFrame, prices: str) -> pd.DataFrame:
    """The experiment with what each customer cost, and amounts as they were paid."""
    costs = _summed(pieces, "customer_id").reindex(table["customer_id"], fill_value=0.0)
    table = table.assign(**{name: costs[name].to_numpy() for name in COSTS})
    if prices == "full":
        table = table.assign(amount=table["amount"] - table["discount_cost"])
    return table


def _with_sums(
    summary: pd.DataFrame, pieces: pd.DataFrame, issued: pd.DataFrame, redeemed: pd.DataFrame
) -> pd.DataFrame:
    """The offers with their coupons and costs."""
    counts = {"issued": _offer_names(issued), "redeemed": redeemed["offer"].astype(str)}
    for name, offers in counts.items():
        counted = offers.value_counts().reindex(summary.index)
        summary = summary.assign(**{name: counted.fillna(0).astype("int64")})
    share = summary["redeemed"] / summary["issued"].where(summary["issued"] > 0)
    costs = _summed(pieces, "offer").reindex(summary.index, fill_value=0.0)
    return summary.assign(redemption_share=share).join(costs)


def _summed(pieces: pd.DataFrame, by: str) -> pd.DataFrame:
    sums = pieces.pivot_table(index=by, columns="kind", values="cost", aggfunc="sum")
    return sums.reindex(columns=list(COSTS)).fillna(0.0).rename_axis(columns=None)


def _unused(redeemed: pd.DataFrame) -> int:
    """How many coupons were redeemed without a purchase on that day."""
    return int((~redeemed["used"]).sum())


def _result(
    window: tuple[dt.date, dt.date],
    table: pd.DataFrame,
    summary: pd.DataFrame,
    pieces: pd.DataFrame | None,
    coupons: dict[str, int | None],
) -> AudienceExperiment:
    contacted = int((table["variant"] == "contacted").sum())
    totals: dict[str, float | None] = dict.fromkeys(COSTS)
    if pieces is not None:
        totals = {name: math.fsum(pieces.loc[pieces["kind"] == name, "cost"]) for name in COSTS}
    return AudienceExperiment(
        start_date=pd.Timestamp(window[0]),
        end_date=pd.Timestamp(window[1]),
        contacted=contacted,
        held_out=len(table) - contacted,
        offers=summary,
        table=table,
        discount_cost=totals["discount_cost"],
        gift_cost=totals["gift_cost"],
        contact_cost=totals["contact_cost"],
        **coupons,
    )

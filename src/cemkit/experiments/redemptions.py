"""What redeemed coupons cost, by their offer's terms and the purchase that each was used at."""

import datetime as dt
import warnings
from typing import Any

import numpy as np
import pandas as pd

from cemkit.checks import check_same_ids, customer_ids, local_days
from cemkit.checks.options import shown
from cemkit.data.columns import check_table, numbers
from cemkit.data.cost_of_offers import CostTerms
from cemkit.data.offer_levels import LevelledOffers, Rows
from cemkit.data.offers import offer_rows, read_term
from cemkit.errors import CemkitWarning, DataError
from cemkit.formats import count_text

CUTS = ("percentage", "amount_off")  # kinds that lower what the customer pays
PRICES = ("paid", "full")
SCOPES = ("category", "product")  # columns of orders that a scope may name


def redeemed_coupons(
    coupons: pd.DataFrame, levelled: LevelledOffers, start: dt.date, end: dt.date
) -> pd.DataFrame:
    """Return `customer_id, day, kind, scope, known` and terms of each coupon of the window.

    `known` is the `redeemed_amount` of the purchase at full price, missing where it is not known.
    """
    check_table(
        coupons, "coupons", ["offer", "redeemed_date"], hint="redeem_coupons gives such a table"
    )
    days = local_days(coupons["redeemed_date"], "redeemed_date")
    inside = (days >= np.datetime64(start)) & (days <= np.datetime64(end))
    offers = levelled.offers
    rows = offer_rows(offers, coupons["offer"], "coupons")[inside]
    terms = levelled.rows(rows, coupons[inside])
    _check_have_levels(offers["offer"].to_numpy()[rows], terms)
    known = np.full(len(coupons), np.nan)
    if "redeemed_amount" in coupons.columns:
        known = read_term(coupons["redeemed_amount"])
    return pd.DataFrame(
        {
            "customer_id": customer_ids(coupons, "coupons")[inside],
            "day": days[inside],
            "known": known[inside],
            **{name: offers[name].to_numpy()[rows] for name in ("offer", "kind", "scope")},
            **CostTerms.of(levelled.terms).take(terms)._asdict(),
        }
    )


def _check_have_levels(offers: Any, terms: Rows) -> None:
    if (terms < 0).any():
        raise DataError(
            f"{count_text(np.count_nonzero(terms < 0), 'redeemed coupons are')} of customers who "
            f"have no level of their offer, such as one of {shown(offers[terms < 0].tolist()[0])}; "
            "give levels= as they were when the coupons were issued"
        )


def redemption_costs(redeemed: pd.DataFrame, orders: pd.DataFrame, prices: str) -> pd.DataFrame:
    """Return the redeemed coupons with `cost`, and whether they were `used` at a purchase.

    Where the ledger does not know the purchase of a coupon, it is what the customer bought on that
    day. In prices as paid, its full price is `(paid + amounts off) / (1 - discounts)`, over all
    coupons that were used there.
    """
    known = redeemed["known"].to_numpy()
    bought = _purchases(redeemed, orders).to_numpy()
    used = np.isfinite(known) | np.isfinite(bought)
    full = np.nan_to_num(bought)
    if prices == "paid":
        full = _full_prices(redeemed, full, np.isnan(known) & used)
    full = np.where(np.isfinite(known), known, full)
    terms = CostTerms(*(redeemed[name].to_numpy() for name in CostTerms._fields))
    costs = terms.costs(full) * used
    # A gift or a service was given, whether its purchase is found or not.
    costs += np.where(used | redeemed["kind"].isin(CUTS), 0.0, redeemed["fixed"])
    _warn_of_small_purchases(redeemed, full, used, prices)
    return redeemed.assign(cost=costs, used=used, cuts=redeemed["kind"].isin(CUTS))


def _purchases(redeemed: pd.DataFrame, orders: pd.DataFrame) -> pd.Series:
    """What the customer of each coupon bought on its day, of its scope; missing where nothing."""
    check_table(orders, "orders", ["order_date", "amount"])
    who = customer_ids(orders, "orders")
    check_same_ids(pd.Index(redeemed["customer_id"]), who, "coupons", "orders")
    mine = who.isin(redeemed["customer_id"].unique())
    lines = pd.DataFrame({"customer_id": who[mine]})
    lines["day"] = local_days(orders["order_date"][mine], "order_date")
    lines["amount"] = numbers(orders["amount"][mine], "amount").astype(np.float64)
    for column in SCOPES:
        if column in orders.columns:
            lines[column] = orders[column][mine].astype(object).to_numpy()
    lines = lines[lines["amount"] >= 0]
    keys = ["customer_id", "day"]
    found = pd.Series(np.nan, index=redeemed.index)
    codes, scopes = pd.factorize(redeemed["scope"])
    for code in np.unique(codes).tolist():
        rows = redeemed.index[codes == code]
        sums = _within(lines, scopes[code] if code >= 0 else None).groupby(keys)["amount"].sum()
        wanted = pd.MultiIndex.from_frame(redeemed.loc[rows, keys])
        found.loc[rows] = sums.reindex(wanted).to_numpy()
    return found


def _within(lines: pd.DataFrame, scope: Any) -> pd.DataFrame:
    """The lines that a scope names; all where it names no category or product."""
    if pd.isna(scope):
        return lines
    for column in SCOPES:
        if column in lines.columns and (lines[column] == scope).any():
            named: pd.DataFrame = lines[lines[column] == scope]
            return named
    return lines


def _full_prices(redeemed: pd.DataFrame, paid: Any, used: Any) -> Any:
    """The purchases before what the coupons took off."""
    keys = ["customer_id", "day", "scope"]
    percent = np.where(redeemed["kind"] == "percentage", redeemed["rate"], 0.0)
    off = np.where(redeemed["kind"] == "amount_off", redeemed["most"], 0.0)
    cuts = redeemed[keys].assign(percent=percent, off=off)
    sums = cuts.groupby(keys, dropna=False)[["percent", "off"]].transform("sum")
    whole = used & (sums["percent"].to_numpy() >= 1)
    if whole.any():
        offer = redeemed["offer"].tolist()[int(np.argmax(whole))]
        raise DataError(
            f"{count_text(np.count_nonzero(whole), 'redeemed coupons take')} off the whole price, "
            f"such as one of {shown(offer)}: what was paid does not say what it cost; give orders "
            "at full price and prices='full'"
        )
    share = np.where(used, 1 - sums["percent"].to_numpy(), 1.0)
    return (paid + sums["off"].to_numpy()) / share


def _warn_of_small_purchases(redeemed: pd.DataFrame, full: Any, used: Any, prices: str) -> None:
    small = used & (full < redeemed["min_spend"].to_numpy())
    if small.any():
        first = int(np.argmax(small))
        other = "paid" if prices == "full" else "full"
        warnings.warn(
            f"{count_text(np.count_nonzero(small), 'coupons were')} redeemed at purchases below "
            f"the min_spend of their offer, such as {full[first]:g} for "
            f"{redeemed['offer'].tolist()[first]!r}, and count as without cost; are the amounts "
            f"{other} prices (prices={other!r})?",
            CemkitWarning,
            stacklevel=4,
        )

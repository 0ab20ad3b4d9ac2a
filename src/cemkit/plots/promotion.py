"""Pictures of promotions: who may be contacted, and where offers, triggers and coupons stand."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from cemkit.checks.options import check_kind
from cemkit.formats import share_text
from cemkit.plots.stacks import stacked
from cemkit.plots.style import axes_for, blue, lettered, orange
from cemkit.plots.ticks import name_ticks, number_ticks, rows_height
from cemkit.promotion.actions import PlannedActions
from cemkit.promotion.audience import Audience
from cemkit.promotion.pairs import EligiblePairs
from cemkit.promotion.redemption import CouponLedger
from cemkit.promotion.triggers import FiredTriggers

MINUS = "\N{MINUS SIGN}"


def audience_funnel(found: Audience, *, ax: Axes | None = None) -> Axes:
    """Draw how many actions are left after each rule, from all proposed to those kept.

    Args:
        found: Result of `build_audience`.
        ax: Axes to draw on; new ones by default.

    Returns:
        The Axes, with a row for the actions proposed, one for each reason that left some out, in
        the order in which reasons are looked at, and one for the actions kept. Beside each row
        stands its count, of the actions left out with a minus.

    Examples:
        >>> from cemkit import build_audience
        >>> from cemkit.data import simulate_shop
        >>> shop, rules = simulate_shop(1_000), {"max_contacts": [2], "window_days": [30]}
        >>> people = shop.people.assign(action="win_back", purpose="marketing", granted=True)
        >>> consent = people.rename(columns={"preferred_channel": "channel"})[::2]
        >>> consent["since"] = pd.Timestamp("2023-01-01")
        >>> rest = {"consent": consent, "contacts": shop.contacts, "caps": pd.DataFrame(rules)}
        >>> ax = audience_funnel(build_audience(people, shop.as_of, people=people, **rest))
        >>> [label.get_text() for label in ax.get_yticklabels()]
        ['proposed', 'no consent', 'contact cap', 'kept']
    """
    check_kind(found, Audience, "found")
    return _falling(found.left_out, found.actions, ("proposed", "kept"), "actions", ax)


def eligible_pairs(found: EligiblePairs, *, ax: Axes | None = None) -> Axes:
    """Draw how many customers are left after each rule, from all to those who may have an offer.

    Args:
        found: Result of `eligible_pairs`.
        ax: Axes to draw on; new ones by default.

    Returns:
        The Axes, with a row for all customers, one for each reason that left some out, and one for
        the eligible. Beside each row stands its count, of the customers left out with a minus.

    Examples:
        >>> import cemkit as ck
        >>> from cemkit.promotion import eligible_pairs as pair
        >>> shop = ck.data.simulate_shop(1_000)
        >>> offers = pd.DataFrame({"offer": ["gift"], "kind": "none"})
        >>> offers["eligible"] = "order_count > 2"
        >>> consent = shop.people.rename(columns={"preferred_channel": "channel"})[::2]
        >>> consent = consent.assign(purpose="marketing", granted=True, since="2023-01-01")
        >>> customers, known = ck.customer_table(shop.orders, shop.as_of), {"people": shop.people}
        >>> found = pair(customers, offers, shop.as_of, consent=consent, **known)
        >>> [label.get_text() for label in eligible_pairs(found).get_yticklabels()]
        ['customers', 'no consent', 'no offer', 'eligible']
    """
    check_kind(found, EligiblePairs, "found")
    counts = found.ledger["customers"].drop("eligible")
    left_out = {str(reason): int(count) for reason, count in counts[counts > 0].items()}
    return _falling(left_out, found.customers, ("customers", "eligible"), "customers", ax)


def planned_actions(found: PlannedActions, *, ax: Axes | None = None) -> Axes:
    """Draw how many customers of each value get an action, and why the others do not.

    Args:
        found: Result of `actions_for`.
        ax: Axes to draw on; new ones by default.

    Returns:
        The Axes, with one bar per value and offer that has customers; its parts are the counts of
        the ledger.

    Examples:
        >>> import cemkit as ck
        >>> from cemkit.promotion import standard_offers
        >>> customers = ck.customer_table(ck.load_cdnow("sample"), as_of="1997-09-30")
        >>> segmented = ck.RFMSegmenter().fit(customers).add_to(customers)
        >>> ax = planned_actions(ck.actions_for(segmented, standard_offers()))
        >>> [text.get_text() for text in ax.get_legend().get_texts()]
        ['actions (2,357)']
    """
    check_kind(found, PlannedActions, "found")
    rows = found.ledger[found.ledger["customers"] > 0]
    names = [
        f"{'no value' if pd.isna(value) else value}" + ("" if pd.isna(offer) else f": {offer}")
        for value, offer in zip(rows["value"], rows["offer"], strict=True)
    ]
    parts = _present(rows[["actions", "no_offer", "not_eligible", "unknown"]])
    return stacked(parts, names, ax, title=f"Actions by {found.by}", xlabel="customers")


def fired_triggers(found: FiredTriggers, *, ax: Axes | None = None) -> Axes:
    """Draw how often each rule came true, and how many of its actions are due.

    Args:
        found: Result of `fire_triggers`.
        ax: Axes to draw on; new ones by default.

    Returns:
        The Axes, with one bar per rule in the order of priority; its parts are the counts of the
        ledger.

    Examples:
        >>> import cemkit as ck
        >>> orders, days = ck.load_cdnow("sample"), ("1997-05-31", "1997-06-30")
        >>> may, june = (ck.customer_table(orders, as_of=day) for day in days)
        >>> rules = pd.DataFrame({"rule": ["silent", "third order", "big spender"]})
        >>> rules["when"] = ["recency_days > 90", "order_count >= 3", "total_amount > 100"]
        >>> rules["then"], rules["priority"] = ["win_back", "thank", "invite"], [1, 2, 3]
        >>> fired = ck.fire_triggers(may, june, rules, days[1], since=days[0], max_per_customer=1)
        >>> [label.get_text() for label in fired_triggers(fired).get_yticklabels()]
        ['silent', 'third order', 'big spender']
    """
    check_kind(found, FiredTriggers, "found")
    parts = found.ledger[["fired", "cooling_down", "outranked", "over_cap"]]
    names = [str(rule) for rule in found.ledger.index]
    return stacked(_present(parts), names, ax, xlabel="times a rule came true")


def coupon_ledger(found: CouponLedger, *, ax: Axes | None = None) -> Axes:
    """Draw how many coupons of each offer are redeemed, outstanding and expired.

    Args:
        found: Result of `coupon_ledger`.
        ax: Axes to draw on; new ones by default.

    Returns:
        The Axes, with one bar per offer.

    Examples:
        >>> from cemkit.promotion import coupon_ledger as count
        >>> rng, day = np.random.default_rng(0), pd.Timestamp("2024-01-01")
        >>> coupons = pd.DataFrame({"code": [f"C{i}" for i in range(600)], "valid_from": day})
        >>> coupons["offer"] = ["10% off", "gift", "free delivery"] * 200
        >>> coupons["valid_until"] = day + pd.to_timedelta(rng.choice([30, 60], 600), "D")
        >>> used = rng.random(600) < [0.4, 0.2, 0.1] * 200
        >>> coupons["redeemed_date"] = coupons["valid_from"].where(used)
        >>> coupon_ledger(count(coupons, "2024-02-15")).get_title()
        'Coupons on 2024-02-15'
    """
    check_kind(found, CouponLedger, "found")
    names = [str(offer) for offer in found.table.index]
    parts = found.table[["redeemed", "expired", "outstanding"]]
    return stacked(parts, names, ax, title=f"Coupons on {found.as_of:%Y-%m-%d}", xlabel="coupons")


def _present(parts: pd.DataFrame) -> pd.DataFrame:
    """The first part, and those that there are any of."""
    return parts.loc[:, [name for name in parts if name == parts.columns[0] or parts[name].any()]]


def _falling(
    left_out: dict[str, int], whole: int, ends: tuple[str, str], what: str, given: Axes | None
) -> Axes:
    """A row for all, one for each reason with those it left out beside those left, and the rest."""
    names = [ends[0], *left_out, ends[1]]
    lost = np.array([0, *left_out.values(), 0])
    left = whole - np.cumsum(lost)
    places = np.arange(len(names))
    ax = axes_for(given, height=1.8 + rows_height(names))
    ax.barh(places, left, color=blue(), height=0.7, linewidth=0, label="left")
    ax.barh(places, lost, left=left, color=orange(), height=0.7, linewidth=0, label="left out")
    ax.set_xlim(0, 1.05 * max(whole, 1))
    ax.set_ylim(len(names) - 0.5, -0.5)
    texts = [f"{MINUS}{count:,}" for count in left_out.values()]
    kept = f"{left[-1]:,}" + (f" ({share_text(left[-1] / whole)})" if whole else "")
    beside = ax.secondary_yaxis("right")
    beside.set_yticks(places.tolist(), [f"{whole:,}", *texts, kept])
    beside.tick_params(length=0)
    name_ticks(ax, "y", names)
    number_ticks(ax, "x", integer=True)
    return lettered(ax, xlabel=what)

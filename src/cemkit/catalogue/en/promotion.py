"""English: promotion."""

from collections.abc import Callable
from typing import Any

from cemkit.catalogue.en.data import CHANNELS
from cemkit.catalogue.en.messages import PHRASES, discount_words
from cemkit.formats import count_text, level_text, moment_text, part_of

LEFT_OUT = {  # why an audience leaves an action out
    "unknown customer": "unknown customer",
    "duplicate": "duplicate",
    "suppressed": "suppressed",
    "no channel": "no channel",
    "no consent": "no consent",
    "quiet hours": "quiet hours",
    "contact cap": "contact cap",
    "held out": "held out",
    "no offer": "no offer for them",
}

GUARDS = {
    "people": "people",
    "consent": "consent",
    "suppression": "suppression",
    "contacts": "contacts",
    "assignment": "assignment",
}

HELD_BACK = {  # why a trigger that fires gives no action
    "cooling_down": "cooling down",
    "outranked": "outranked",
    "over_cap": "over cap",
}


def _audience(found: Any) -> str:
    why = ", ".join(f"{count:,} {LEFT_OUT[reason]}" for reason, count in found.left_out.items())
    text = (
        f"{found.kept:,} of {count_text(found.actions, 'actions')} kept; left out: {why or 'none'}."
    )
    names = ", ".join(GUARDS[guard] for guard in found.idle_guards)
    return f"{text} No customer with an action is in: {names}." if names else text


def _fired_triggers(found: Any) -> str:
    held = ", ".join(f"{count:,} {HELD_BACK[name]}" for name, count in found.held_back.items())
    return (
        f"{found.fired:,} of {found.crossed:,} crossings gave an action; "
        f"held back: {held or 'none'}."
    )


def _planned_actions(found: Any) -> str:
    left = {
        "no offer for their value": found.no_offer,
        f"no {found.by}": found.no_value,
        "not eligible": found.held_back("not_eligible"),
        "eligibility unknown": found.held_back("unknown"),
    }
    why = ", ".join(f"{count:,} {reason}" for reason, count in left.items() if count)
    return (
        f"{found.with_action:,} of {count_text(found.customers, 'customers')} get an action by "
        f"{found.by}; left out: {why or 'none'}."
    )


def _coupon_ledger(ledger: Any) -> str:
    return (
        f"{count_text(ledger.issued, 'coupons were')} issued by {moment_text(ledger.as_of)}: "
        f"{ledger.redeemed:,} redeemed, {ledger.expired:,} expired, {ledger.outstanding:,} "
        "outstanding."
    )


def _stacked_offers(found: Any) -> str:
    counts = [
        (found.not_holding, "below the minimum spend or without a level"),
        (found.not_stackable, "not stackable"),
        (found.over_cap, f"over the cap of {level_text(found.max_share)} of a purchase"),
    ]
    why = ", ".join(f"{count:,} {reason}" for count, reason in counts if count)
    return (
        f"{count_text(found.claimed, 'offers were')} claimed at "
        f"{count_text(found.purchases, 'purchases')}: {found.used:,} used, at a cost of "
        f"{found.total_cost:,.2f}; left out: {why or 'none'}."
    )


def _coupon(coupon: Any) -> str:
    scope, extras = coupon.said("en")
    unknown = "" if coupon.matched else " No rule knows the reason."
    return (
        f"Order {coupon.order_id} earns {discount_words(coupon.fraction)} "
        f"{scope or PHRASES['scope']}{f' and {extras}' if extras else ''} until "
        f"{coupon.valid_until:%Y-%m-%d}.{unknown}"
    )


def _exported_actions(found: Any) -> str:
    return (
        f"{found.exported:,} of {count_text(found.actions, 'actions')} exported to {found.path}; "
        f"{found.no_consent:,} without consent on {found.as_of:%Y-%m-%d} left out."
    )


def _message(message: Any) -> str:
    channel = CHANNELS.get(message.channel, message.channel)
    return f"To {message.customer_id} by {channel}: {message.subject}"


def _matched_reasons(found: Any) -> str:
    verb = "has" if found.unmatched == 1 else "have"
    shown = ", ".join(map(repr, found.examples))
    such = ", such as" if found.table["rule"].isna().sum() > len(found.examples) else ":"
    other = f" {found.unmatched:,} {verb} another reason{such} {shown}." if found.unmatched else ""
    none = f" {found.missing:,} {'gives' if found.missing == 1 else 'give'} no reason."
    return (
        f"{part_of(found.matched, found.returns, 'returns have')} a reason that a rule knows."
        f"{other or ' 0 have another reason.'}{none}"
    )


def _eligible_pairs(found: Any) -> str:
    why = ", ".join(f"{count:,} {LEFT_OUT[reason]}" for reason, count in found.left_out.items())
    text = (
        f"{found.eligible_customers:,} of {count_text(found.customers, 'customers')} may be "
        f"contacted with at least one of {count_text(len(found.offers), 'offers')}, in "
        f"{count_text(found.pairs, 'pairs')}; left out: {why or 'none'}."
    )
    names = ", ".join(GUARDS[guard] for guard in found.idle_guards)
    return f"{text} No customer is in: {names}." if names else text


SENTENCES: dict[str, Callable[[Any], str]] = {
    "Audience": _audience,
    "Coupon": _coupon,
    "CouponLedger": _coupon_ledger,
    "EligiblePairs": _eligible_pairs,
    "ExportedActions": _exported_actions,
    "FiredTriggers": _fired_triggers,
    "MatchedReasons": _matched_reasons,
    "Message": _message,
    "PlannedActions": _planned_actions,
    "StackedOffers": _stacked_offers,
}

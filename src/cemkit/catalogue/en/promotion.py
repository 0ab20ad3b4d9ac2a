"""English: promotion."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pandas as pd

from cemkit.catalogue.en.data import CHANNELS
from cemkit.formats import decimal_text, level_text, moment_text

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

TEMPLATES = {  # subject and body, by kind of channel
    "letter": (
        "{discount} {scope} until {valid_until}",
        "Dear {name},\n\n{history}\nFrom {valid_from} to {valid_until} you get {discount} {scope}."
        "\n{extras}\n{code}\n\n{terms}",
    ),
    "short": (
        "{discount} {scope}",
        "{name}, {discount} {scope} until {valid_until}.\n{code}\n{terms}",
    ),
    "chat": (
        "{discount} {scope} until {valid_until}",
        "Hello {name}!\n{history}\nUntil {valid_until} you get {discount} {scope}.\n{extras}\n"
        "{code}\n{terms}",
    ),
}

PHRASES = {
    "name": "customer",
    "scope": "everything",
    "history": "Thank you for buying {products}.",
    "and": " and ",
    "extras": "And with it: {extras}.",
    "code": "Your code: {code}",
    "terms": (
        "Terms: {discount} {scope}, valid from {valid_from} to {valid_until}. "
        "To get no more offers, reply STOP."
    ),
    "terms_with_extras": (
        "Terms: {discount} {scope} and {extras}, valid from {valid_from} to {valid_until}. "
        "To get no more offers, reply STOP."
    ),
}

RETURN_REASONS = {  # what customers write when they return something
    "quality": "quality problem|poor quality|defective|damaged|broken|faulty",
    "size": "wrong size|does not fit|too large|too small",
}


def discount_words(fraction: Decimal) -> str:
    """A discount as shops write it."""
    return f"{decimal_text(fraction * 100)}% off"


def scope_words(scope: str) -> str:
    """What a discount holds for, as it stands beside the discount."""
    return scope


def day_words(day: pd.Timestamp) -> str:
    """A day as shops write it."""
    return f"{day:%Y-%m-%d}"


def _audience(found: Any) -> str:
    why = ", ".join(f"{count:,} {LEFT_OUT[reason]}" for reason, count in found.left_out.items())
    text = f"{found.kept:,} of {found.actions:,} actions kept; left out: {why or 'none'}."
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
        f"{found.with_action:,} of {found.customers:,} customers get an action by {found.by}; "
        f"left out: {why or 'none'}."
    )


def _coupon_ledger(ledger: Any) -> str:
    return (
        f"Of {ledger.issued:,} coupons issued by {moment_text(ledger.as_of)}, {ledger.redeemed:,} "
        f"were redeemed, {ledger.expired:,} expired and {ledger.outstanding:,} are outstanding."
    )


def _stacked_offers(found: Any) -> str:
    counts = [
        (found.not_holding, "below the minimum spend or without a level"),
        (found.not_stackable, "not stackable"),
        (found.over_cap, f"over the cap of {level_text(found.max_share)} of a purchase"),
    ]
    why = ", ".join(f"{count:,} {reason}" for count, reason in counts if count)
    return (
        f"Of {found.claimed:,} offers claimed at {found.purchases:,} purchases, {found.used:,} "
        f"were used and cost {found.total_cost:,.2f}; left out: {why or 'none'}."
    )


def _coupon(coupon: Any) -> str:
    extras = f" and {coupon.extras}" if coupon.extras else ""
    return (
        f"Order {coupon.order_id} earns {discount_words(coupon.fraction)} "
        f"{coupon.scope or PHRASES['scope']}{extras} until {coupon.valid_until:%Y-%m-%d}."
    )


def _exported_actions(found: Any) -> str:
    return (
        f"{found.exported:,} of {found.actions:,} actions exported to {found.path}; "
        f"{found.no_consent:,} without consent on {found.as_of:%Y-%m-%d} left out."
    )


def _message(message: Any) -> str:
    channel = CHANNELS.get(message.channel, message.channel)
    return f"To {message.customer_id} by {channel}: {message.subject}"


def _eligible_pairs(found: Any) -> str:
    why = ", ".join(f"{count:,} {LEFT_OUT[reason]}" for reason, count in found.left_out.items())
    text = (
        f"{found.eligible_customers:,} of {found.customers:,} customers may be contacted with at "
        f"least one of {len(found.offers):,} offers, in {found.pairs:,} pairs; left out: "
        f"{why or 'none'}."
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
    "Message": _message,
    "PlannedActions": _planned_actions,
    "StackedOffers": _stacked_offers,
}

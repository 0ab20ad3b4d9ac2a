"""Offers in signs instead of words, for a language that only the caller's templates speak."""

from decimal import Decimal

import pandas as pd

from cemkit.formats import decimal_text

BENEFITS = {  # as in the catalogue
    "percentage": ("{discount}", "{scope} {discount}"),
    "percentage_from": ("{discount} (≥ {min_spend})", "{scope} {discount} (≥ {min_spend})"),
    "amount_off": ("-{amount_off}", "{scope} -{amount_off}"),
    "amount_off_from": ("-{amount_off} (≥ {min_spend})", "{scope} -{amount_off} (≥ {min_spend})"),
    "gift": ("{offer}{from}", "{scope}: {offer}{from}"),
    "points": ("+{points}{from}", "{scope}: +{points}{from}"),
    "points_rate": ("+{rate} / {unit}{from}", "{scope}: +{rate} / {unit}{from}"),
    "points_both": (
        "+{points} +{rate} / {unit}{from}",
        "{scope}: +{points} +{rate} / {unit}{from}",
    ),
    "service": ("{offer}{from}", "{scope}: {offer}{from}"),
    "early_access": ("{offer}{from}", "{scope}: {offer}{from}"),
}
SIGNATURES = dict.fromkeys(
    ("letter", "short", "chat", "push", "card", "script", "banner"), "{signature}"
)
OPT_OUTS = dict.fromkeys(SIGNATURES, "STOP")
SIGNED_FIRST = ()
PHRASES = {
    "name": "",
    "scope": "",
    "history": "{products}",
    "recommended": "{products}",
    "between": ", ",
    "and": ", ",
    "extras": "+ {extras}",
    "code": "{code}",
    "from": " (≥ {min_spend})",
    "time": "{day} {time}",
    "until": "→ {valid_until}",
    "period": "{valid_from} → {valid_until}",
    "terms": "{benefit}, {valid_from} → {valid_until}. {together}{opt_out}",
    "terms_with_extras": "{benefit} + {extras}, {valid_from} → {valid_until}. {together}{opt_out}",
    "terms_of_greeting": "{opt_out}",
    "terms_of_greeting_until": "{when}. {opt_out}",
    "together": "",
    "alone": "",
    "offers": "",
    "messages": "",
    "level_from": "{by} ≥ {start}: {benefit}",
    "level_named": "{level}: {benefit}",
    "between_levels": "; ",
}
LEVELS: dict[str, str] = {}


def discount_words(fraction: Decimal) -> str:
    """A discount."""
    return f"-{decimal_text(fraction * 100)}%"


def scope_words(scope: str) -> str:
    """What a discount holds for."""
    return scope


def money_words(amount: Decimal) -> str:
    """An amount."""
    return decimal_text(amount)


def points_words(points: Decimal) -> str:
    """A number of points."""
    return decimal_text(points)


def day_words(day: pd.Timestamp) -> str:
    """A day."""
    return f"{day:%Y-%m-%d}"


def headline_words(benefit: str) -> str:
    """What is given, as the beginning of a line."""
    return benefit

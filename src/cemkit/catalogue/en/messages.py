"""English: what customers read.

A template has named places. A line that holds nothing but a place is left out where the place is
empty: `{history}, {recommended}, {extras}, {code}, {signature}` and columns.
"""

from decimal import Decimal

import pandas as pd

from cemkit.formats import decimal_text

SCRIPT = "LATIN"  # the script of the language, by the names of Unicode

TEMPLATES = {  # subject and body, by kind of channel
    "letter": (
        "{headline} until {valid_until}",
        "Dear {name},\n\n{history}\nFrom {valid_from} to {valid_until} you get {benefit}.\n"
        "{recommended}\n{extras}\n{code}\n\n{terms}\n\n{signature}",
    ),
    "short": (
        "{headline}",
        "{signature}{name}, {benefit} {when}.\n{code}\n{terms}",
    ),
    "chat": (
        "{headline} until {valid_until}",
        "Hello {name}!\n{history}\nYou get {benefit} {when}.\n{recommended}\n{extras}\n{code}\n"
        "{terms}\n{signature}",
    ),
    "push": (
        "{headline}",
        "{signature}{name}, {benefit} {when}.\n{code}\n{terms}",
    ),
    "card": (
        "{headline}",
        "Offer: {benefit}\nStarts: {valid_from}\nEnds: {valid_until}\n{extras}\n{code}\n{terms}\n"
        "{signature}",
    ),
    "script": (
        "{headline} until {valid_until}",
        "Hello {name}.\n{signature}\n{history}\nI am calling to let you know that you get "
        "{benefit} {when}.\n{recommended}\n{extras}\n{code}\n{terms}",
    ),
    "banner": (
        "{headline}",
        "Hello {name}! You get {benefit} {when}.\n{recommended}\n{extras}\n{code}\n{terms}",
    ),
}
GREETINGS = {  # the same for a message without an offer, whose label is what it says
    "letter": (
        "{headline}",
        "Dear {name},\n\n{headline}\n{history}\n{recommended}\n{extras}\n{code}\n\n{terms}\n\n"
        "{signature}",
    ),
    "short": ("{headline}", "{signature}{name}: {headline}\n{terms}"),
    "chat": (
        "{headline}",
        "Hello {name}!\n{headline}\n{history}\n{recommended}\n{extras}\n{terms}\n{signature}",
    ),
    "push": ("{headline}", "{signature}{name}: {headline}\n{terms}"),
    "card": ("{headline}", "{name}: {headline}\n{extras}\n{terms}\n{signature}"),
    "script": (
        "{headline}",
        "Hello {name}.\n{signature}\n{history}\n{headline}\n{extras}\n{terms}",
    ),
    "banner": ("{headline}", "Hello {name}!\n{headline}\n{recommended}\n{extras}\n{terms}"),
}
SIGNATURES = {  # where the sender stands in each kind of message; no word: nowhere
    "letter": "{signature}",
    "short": "{signature}: ",
    "chat": "{signature}",
    "push": "{signature}: ",
    "card": "Sent by: {signature}",
    "script": "This is {signature}.",
    "banner": "",
}
SIGNED_FIRST = ()  # the kinds of message that must begin with the signature, where there is one

# What each kind of offer gives: on everything, and on a scope.
BENEFITS = {
    "percentage": ("{discount} {scope}", "{discount} {scope}"),
    "percentage_from": (
        "{discount} {scope} when you spend {min_spend} or more",
        "{discount} {scope} when you spend {min_spend} or more",
    ),
    "amount_off": ("{amount_off} off any purchase", "{amount_off} off {scope}"),
    "amount_off_from": (
        "{amount_off} off {min_spend} or more",
        "{amount_off} off {min_spend} or more on {scope}",
    ),
    "gift": ("a gift ({offer}){from}", "a gift ({offer}) with {scope}{from}"),
    "points": (
        "{points} for each purchase{from}",
        "{points} for each purchase of {scope}{from}",
    ),
    "points_rate": (
        "{rate} for every {unit} spent{from}",
        "{rate} for every {unit} spent on {scope}{from}",
    ),
    "points_both": (
        "{points} for each purchase and {rate} for every {unit} spent{from}",
        "{points} for each purchase and {rate} for every {unit} spent on {scope}{from}",
    ),
    "service": ("{offer}{from}", "{offer} on {scope}{from}"),
    "early_access": ("early access to {scope}{from}", "early access to {scope}{from}"),
}
OPT_OUTS = {  # how to get no more of it, by kind of channel
    "letter": "To get no more {what}, reply STOP.",
    "short": "To get no more {what}, reply STOP.",
    "chat": "To get no more {what}, reply STOP.",
    "push": "To get no more {what}, change your notification settings.",
    "card": "To get no more {what}, end your subscription in the mini program.",
    "script": "If you want no more {what} by phone, please tell me.",
    "banner": "To see no more {what}, change your account settings.",
}
PHRASES = {
    "name": "customer",
    "scope": "everything",
    "history": "Thank you for buying {products}.",
    "recommended": "You may also like {products}.",
    "between": ", ",
    "and": " and ",
    "extras": "And with it: {extras}.",
    "code": "Your code: {code}",
    "from": " when you spend {min_spend} or more",
    "time": "{day} {time}",
    "until": "until {valid_until}",
    "period": "from {valid_from} to {valid_until}",
    "terms": "Terms: {benefit}, valid from {valid_from} to {valid_until}. {together}{opt_out}",
    "terms_with_extras": (
        "Terms: {benefit} and {extras}, valid from {valid_from} to {valid_until}. "
        "{together}{opt_out}"
    ),
    "terms_of_greeting": "{opt_out}",
    "terms_of_greeting_until": "Open {when}. {opt_out}",
    "together": "Can be combined with other offers. ",
    "alone": "Cannot be combined with other offers. ",
    "offers": "offers",
    "messages": "messages",
    "level_from": "{benefit} from {start} {by}",
    "level_named": "{benefit} for {level}",
    "between_levels": "; ",
}
LEVELS = {"order_count": "orders", "total_amount": "total spend"}  # what levels go by


def discount_words(fraction: Decimal) -> str:
    """A discount as shops write it."""
    return f"{decimal_text(fraction * 100)}% off"


def scope_words(scope: str) -> str:
    """What a discount holds for, as it stands beside the discount."""
    return scope


def money_words(amount: Decimal) -> str:
    """An amount as it stands in an offer, in the shop's own currency."""
    return f"{amount:,f}"


def points_words(points: Decimal) -> str:
    """A number of points."""
    return f"{points:,f} {'point' if points == 1 else 'points'}"


def day_words(day: pd.Timestamp) -> str:
    """A day as shops write it."""
    return f"{day:%Y-%m-%d}"


def headline_words(benefit: str) -> str:
    """What is given, as the beginning of a line."""
    return benefit[:1].upper() + benefit[1:]

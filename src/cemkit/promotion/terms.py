"""The terms of offers: checked, and in words."""

import dataclasses
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from cemkit.checks.options import shown
from cemkit.data.columns import written_float
from cemkit.data.offer_levels import Ladder, LevelledOffers
from cemkit.data.offer_times import last_moments
from cemkit.data.offers import offer_rows
from cemkit.errors import DataError
from cemkit.formats import moment_text
from cemkit.promotion.benefits import (
    NAMED,
    Benefit,
    Level,
    benefit_words,
    decimal_of,
    numbers_said,
    scope_text,
)
from cemkit.promotion.discounts import discount_fraction
from cemkit.promotion.speech import Speech
from cemkit.promotion.texts import filled, one_line

SPEND = "amount"  # levels by this column are levels of spend


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What a message states of an offer.

    Attributes:
        benefit: What the offer gives.
        extras: What comes with it, or nothing.
        valid_from: From when; the day of writing where the offer does not say.
        valid_until: Until when; missing only for a greeting.
        starts_later: Whether it begins after the day of writing, or at a time of day.
        stackable: Whether it goes with others; None where the offers table does not say.
    """

    benefit: Benefit
    extras: str
    valid_from: pd.Timestamp
    valid_until: pd.Timestamp | None
    starts_later: bool
    stackable: bool | None


def offer_terms(
    wanted: pd.Series,
    offers: pd.DataFrame,
    as_of: pd.Timestamp,
    *,
    levels: pd.DataFrame | None = None,
    named: bool = False,
) -> tuple[LevelledOffers, npt.NDArray[np.intp], list[Terms], npt.NDArray[np.intp]]:
    """The offers with the row of each action, and their distinct terms with that of each action.

    `named` says that a template names the offer, so that two of one content differ.
    """
    read = LevelledOffers.read(offers, levels)
    row = offer_rows(read.offers, wanted)
    codes, used = pd.factorize(row, sort=True)
    _check_times(read.offers.take(used), as_of)
    stated = "stackable" in offers.columns
    found: dict[Terms, int] = {}
    of_offer = [
        found.setdefault(_terms(read, number, as_of, named=named, stated=stated), len(found))
        for number in used.tolist()
    ]
    return read, row, [*found], np.array(of_offer, dtype=np.intp)[codes]


def _terms(
    read: LevelledOffers, number: int, as_of: pd.Timestamp, *, named: bool, stated: bool
) -> Terms:
    offer = read.offers.iloc[number]
    name = one_line(offer["offer"], "offer") if named or offer["kind"] in NAMED else ""
    start = as_of if pd.isna(offer["valid_from"]) else offer["valid_from"]
    end = offer["valid_until"]
    benefit = Benefit(
        kind=offer["kind"],
        offer=name,
        scope=one_line(offer["scope"], "scope"),
        levels=_levels(read, number),
    )
    return Terms(
        benefit=benefit,
        extras=one_line(offer["extras"], "extras"),
        valid_from=start,
        valid_until=None if pd.isna(end) else end,
        starts_later=bool(start > as_of),
        stackable=bool(offer["stackable"]) if stated and offer["kind"] != "none" else None,
    )


def _levels(read: LevelledOffers, number: int) -> tuple[Level, ...]:
    ladder, first = read.ladders.get(number), int(read.first[number])
    if ladder is None:
        return (Level(**_numbers(read.terms.iloc[first])),)
    steps = ladder.names if ladder.starts is None else ladder.starts
    size = 0 if steps is None else len(steps)
    rows = [_numbers(read.terms.iloc[first + place]) for place in range(size)]
    return tuple(_level(values, ladder, place) for place, values in enumerate(rows))


def _level(values: dict[str, Any], ladder: Ladder, place: int) -> Level:
    if ladder.names is not None:
        return Level(**values, by=ladder.by, name=one_line(ladder.names[place], "level"))
    start = -np.inf if ladder.starts is None else float(ladder.starts[place])
    if not np.isfinite(start):
        return Level(**values, by=ladder.by)
    if ladder.by != SPEND:
        return Level(**values, by=ladder.by, start=decimal_of(written_float(start)))
    least = max(decimal_of(written_float(start)), values["min_spend"] or 0)
    return Level(**{**values, "min_spend": least or None})


def _numbers(row: pd.Series) -> dict[str, Any]:
    names = ("amount_off", "points", "points_per_unit", "min_spend")
    given = {name: None if pd.isna(row[name]) else decimal_of(row[name]) for name in names}
    given["min_spend"] = given["min_spend"] or None  # from 0 on is always
    discount = None if pd.isna(row["discount"]) else discount_fraction(float(row["discount"]))
    return {**given, "discount": discount}


def terms_text(terms: Terms, speech: Speech, channel: str) -> dict[str, str]:
    """The text of each place of a template that depends on offer, language and channel alone.

    `channel` is the kind of message that the channel carries.
    """
    say, benefit = speech.say, terms.benefit
    is_greeting = benefit.kind == "none"
    text = {
        **numbers_said(benefit, speech),
        "scope": "" if is_greeting else scope_text(benefit.scope, speech),
        "offer": speech.label(benefit.offer, "the offer") if benefit.offer else "",
        "extras": speech.label(terms.extras, "the extras") if terms.extras else "",
        "valid_from": moment_words(terms.valid_from, speech),
    }
    if terms.valid_until is not None:
        text["valid_until"] = moment_words(terms.valid_until, speech)
        text["when"] = _put("period" if terms.starts_later else "until", text, speech)
    text["benefit"] = "" if is_greeting else benefit_words(benefit, speech)
    text["headline"] = say.headline_words(text["offer"] if is_greeting else text["benefit"])
    what = {"what": say.PHRASES["messages" if is_greeting else "offers"]}
    text["opt_out"] = filled(say.OPT_OUTS[channel], what)
    text["together"] = _together(terms.stackable, speech)
    text["terms"] = _put(_form(terms), text, speech)
    if text["extras"]:
        text["extras"] = _put("extras", text, speech)
    return text


def _together(stackable: bool | None, speech: Speech) -> str:
    if stackable is None:
        return ""
    return str(speech.say.PHRASES["together" if stackable else "alone"])


def _form(terms: Terms) -> str:
    if terms.benefit.kind == "none":
        return "terms_of_greeting_until" if terms.valid_until is not None else "terms_of_greeting"
    return "terms_with_extras" if terms.extras else "terms"


def _put(phrase: str, text: dict[str, str], speech: Speech) -> str:
    return filled(speech.say.PHRASES[phrase], text)


def moment_words(moment: pd.Timestamp, speech: Speech) -> str:
    """A day as shops write it, with the time where one is given."""
    day = str(speech.say.day_words(moment))
    if moment == moment.normalize():
        return day
    time = f"{moment:%H:%M:%S}".removesuffix(":00")
    return filled(speech.say.PHRASES["time"], {"day": day, "time": time})


def _check_times(used: pd.DataFrame, as_of: pd.Timestamp) -> None:
    ends = used["valid_until"].to_numpy()
    for name, kind, end, last in zip(
        used["offer"].tolist(), used["kind"], ends, last_moments(ends), strict=True
    ):
        if pd.isna(end) and kind != "none":
            raise DataError(
                f"offer {shown(name)} has no valid_until, but every message states the end "
                "of the offer; fill it in"
            )
        if last < as_of.to_datetime64():
            raise DataError(
                f"offer {name!r} expired on {moment_text(end)}, before "
                f"as_of={as_of:%Y-%m-%d}; leave it out, or extend it"
            )

"""Terms that stand in the actions too: those of their offers, or the message would be wrong."""

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from cemkit.checks.options import shown
from cemkit.data.columns import plain_words
from cemkit.data.offer_levels import LevelledOffers
from cemkit.data.offer_times import read_moments
from cemkit.data.offers import read_term
from cemkit.errors import DataError
from cemkit.formats import count_text, moment_text
from cemkit.promotion.texts import one_lines

SAME = 5e-9  # discounts are written to eight decimals
NUMBERS = ("discount", "amount_off", "min_spend", "points", "points_per_unit")
TERMS = ("kind", *NUMBERS, "scope", "extras", "valid_from", "valid_until")
Rows = npt.NDArray[np.intp]
DAY = "datetime64[D]"


def check_own_terms(
    actions: pd.DataFrame, read: LevelledOffers, row: Rows, as_of: pd.Timestamp
) -> None:
    """Raise where an action says other terms than its offer, as a coupon can."""
    offers = read.offers.assign(valid_from=read.offers["valid_from"].fillna(as_of))
    for column in [term for term in TERMS if term in actions.columns]:
        promised = offers[column]
        other = _differ(actions[column], column, promised, row, as_of)
        if column in NUMBERS:
            other &= ~_of_a_level(actions[column], column, read, row)
        if other.any():
            first = int(other.argmax())
            own = _shown(actions[column].iloc[[first]].tolist()[0])
            theirs = promised.iloc[[row[first]]].tolist()[0]
            raise DataError(
                f"{count_text(int(other.sum()), 'actions have')} another {column} than their "
                f"offer: {own} of the action against "
                f"{'none' if pd.isna(theirs) else _shown(theirs)} of "
                f"{shown(actions['offer'].tolist()[first])}; a message states the offer's terms, "
                f"so correct one of the two, or leave {column} out of the actions"
            )


def _differ(
    own: pd.Series, column: str, promised: pd.Series, row: Rows, as_of: pd.Timestamp
) -> npt.NDArray[np.bool_]:
    if column in NUMBERS:
        numbers, theirs = read_term(own), promised.to_numpy(dtype=np.float64)[row]
        return np.asarray(~np.isnan(numbers) & ~(np.abs(numbers - theirs) <= SAME), dtype=bool)
    if column in ("valid_from", "valid_until"):
        return _moments_differ(own, column, promised.to_numpy()[row], as_of)
    read = _words if column == "kind" else one_lines
    texts, theirs = read(own, column), read(promised, column)[row]
    return np.asarray((texts != "") & (texts != theirs), dtype=bool)


def _of_a_level(
    own: pd.Series, column: str, read: LevelledOffers, row: Rows
) -> npt.NDArray[np.bool_]:
    """Which actions have the number of some level of their offer, as coupons of a level do."""
    numbers, found = read_term(own), np.zeros(len(own), dtype=bool)
    ends = [*read.first[1:], len(read.terms)]
    for offer in read.ladders:
        of_levels = read.terms[column].to_numpy()[read.first[offer] : ends[offer]]
        near = np.abs(numbers[:, None] - of_levels) <= SAME
        found |= (row == offer) & near.any(axis=1)
    return found


def _words(values: pd.Series, name: str) -> npt.NDArray[np.object_]:
    return np.array([word or "" for word in plain_words(values, name)], dtype=object)


def _moments_differ(
    own: pd.Series, column: str, theirs: npt.NDArray[Any], as_of: pd.Timestamp
) -> npt.NDArray[np.bool_]:
    """Times of day are compared where both have one, and days elsewhere."""
    moments = read_moments(own, column)
    days, promised = moments.astype(DAY), theirs.astype(DAY)
    both_timed = (moments != days) & (theirs != promised)
    if column == "valid_from":
        today = np.datetime64(as_of, "D")
        days, promised = np.maximum(days, today), np.maximum(promised, today)
    other = (days != promised) | (both_timed & (moments != theirs))
    return np.asarray(~np.isnat(moments) & other, dtype=bool)


def _shown(value: object) -> str:
    if isinstance(value, np.datetime64 | pd.Timestamp):
        return moment_text(value)
    return f"{value:g}" if isinstance(value, float | np.floating) else shown(value)

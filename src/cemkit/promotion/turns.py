"""Whose turn it is: the order of one customer's actions, and which of them repeat another."""

import numpy as np
import numpy.typing as npt
import pandas as pd

from cemkit.arrays import Floats
from cemkit.checks import folded, is_missing_text, local_dates
from cemkit.data.columns import distinct_values, numbers, order_of, plain_words

RANKED = {"priority": 1, "expected_profit": -1}  # the least first, or the largest
TEXTS = ["action", "offer", "channel", "purpose", "send_at", "reason", "evidence"]


def turn_of_each(actions: pd.DataFrame, ids: pd.Index) -> npt.NDArray[np.intp]:
    """0 for the first action of each customer, 1 for the second, and so on, by what matters."""
    turn = np.zeros(len(ids), dtype=np.intp)
    ranks = {
        name: up * numbers(actions[name], name) for name, up in RANKED.items() if name in actions
    }
    several = np.flatnonzero(ids.duplicated(keep=False))
    part = actions.iloc[several]
    keys = [values[several] for values in ranks.values()]
    keys += [_place(part[name], name) for name in TEXTS if name in part.columns]
    customers = pd.factorize(ids.take(several))[0]
    telling = [key for key in keys if len(key) and not (key == key[0]).all()]
    order = np.lexsort([*telling[::-1], customers])
    places, sorted_customers = several[order], customers[order]
    first = np.flatnonzero(np.diff(sorted_customers, prepend=-1))
    run = np.arange(len(places)) - np.repeat(first, np.diff(first, append=len(places)))
    turn[places] = run
    return turn


def _place(values: pd.Series, name: str) -> Floats:
    if name != "send_at":
        return order_of(values, name)
    times = local_dates(values, name)
    return np.where(np.isnat(times), np.nan, times.astype(np.int64).astype(np.float64))


def repeated(
    actions: pd.DataFrame, ids: pd.Index, turn: npt.NDArray[np.intp]
) -> npt.NDArray[np.bool_]:
    """Which actions repeat one of the same customer, offer, channel and purpose."""
    several = np.flatnonzero(ids.duplicated(keep=False))
    several = several[np.argsort(turn[several], kind="stable")]
    part = actions.iloc[several]
    plain_words(part["purpose"], "purpose")
    codes = {"id": pd.factorize(ids.take(several))[0]}
    for name in ("purpose", "action", "offer", "channel"):
        if name in part.columns:
            codes[name] = _word_codes(part[name], name)
    again = np.zeros(len(ids), dtype=bool)
    again[several] = pd.DataFrame(codes).duplicated()
    return again


def _word_codes(values: pd.Series, name: str) -> npt.NDArray[np.intp]:
    """A number per word, the same for every spelling of it; -1 where there is none."""
    codes, distinct = distinct_values(values, name)
    words = [_plain(value) for value in distinct]
    return np.append(pd.factorize(pd.Series(words, dtype=object))[0], -1)[codes]


def _plain(value: object) -> object:
    if not isinstance(value, str):
        return value
    return None if is_missing_text(value) else folded(value)

"""Terms that stand in the actions too: those of their offers, or the message would be wrong."""

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from cemkit.checks import local_days
from cemkit.checks.options import shown
from cemkit.data.offers import read_discounts
from cemkit.errors import DataError
from cemkit.promotion.terms import TERMS
from cemkit.promotion.texts import one_lines

SAME = 5e-9  # discounts are written to eight decimals


def check_own_terms(
    actions: pd.DataFrame,
    terms: pd.DataFrame,
    term: npt.NDArray[np.intp],
    as_of: pd.Timestamp,
) -> None:
    """Raise where an action says other terms than its offer, as a coupon can."""
    for column in [term for term in TERMS if term in actions.columns]:
        promised = terms[column].to_numpy()[term]
        other = _differ(actions[column], column, promised, as_of)
        if other.any():
            first = int(other.argmax())
            own = _shown(actions[column].iloc[[first]].tolist()[0])
            theirs = _shown(promised[first]) if str(promised[first]) else "none"
            raise DataError(
                f"{int(other.sum()):,} actions have another {column} than their offer: "
                f"{own} of the action against {theirs} of "
                f"{shown(actions['offer'].tolist()[first])}; a message states the offer's "
                f"terms, so correct one of the two, or leave {column} out of the actions"
            )


def _differ(
    own: pd.Series, column: str, promised: npt.NDArray[Any], as_of: pd.Timestamp
) -> npt.NDArray[np.bool_]:
    if column == "discount":
        discounts = read_discounts(own)
        other = ~np.isnan(discounts) & ~(np.abs(discounts - promised) <= SAME)
        return np.asarray(other, dtype=bool)
    if column in ("scope", "extras"):
        texts = one_lines(own, column)
        return np.asarray((texts != "") & (texts != promised), dtype=bool)
    days, theirs = local_days(own, column), promised.astype("datetime64[D]")
    if column == "valid_from":
        today = np.datetime64(as_of, "D")
        days, theirs = np.maximum(days, today), np.maximum(theirs, today)
    return np.asarray(~np.isnat(days) & (days != theirs), dtype=bool)


def _shown(value: object) -> str:
    if isinstance(value, np.datetime64 | pd.Timestamp):
        return f"{pd.Timestamp(value):%Y-%m-%d}"
    return f"{value:g}" if isinstance(value, float | np.floating) else shown(value)

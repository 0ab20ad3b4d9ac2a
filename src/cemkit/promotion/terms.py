"""The terms of offers: checked, and in words."""

import numpy as np
import numpy.typing as npt
import pandas as pd

from cemkit.catalogue import words
from cemkit.data.offers import offer_rows, read_offers
from cemkit.errors import DataError
from cemkit.promotion.discounts import discount_fraction
from cemkit.promotion.texts import one_line, one_lines
from cemkit.promotion.wording import fill

TERMS = ["discount", "scope", "extras", "valid_from", "valid_until"]


def offer_terms(
    wanted: pd.Series, offers: pd.DataFrame, as_of: pd.Timestamp
) -> tuple[pd.DataFrame, npt.NDArray[np.intp]]:
    """The distinct terms of the offers in use, and for each action the row of its own."""
    table = read_offers(offers, ["valid_until"])
    row, used = pd.factorize(offer_rows(table, wanted), sort=True)
    table = table.take(used).reset_index(drop=True)
    _check_terms(table, as_of)
    table = table.assign(
        scope=one_lines(table["scope"], "scope"),
        extras=one_lines(table["extras"], "extras"),
        valid_from=table["valid_from"].fillna(as_of),
    )
    same = table.groupby(TERMS, sort=False, dropna=False).ngroup().to_numpy()
    return table.drop_duplicates(TERMS, ignore_index=True), same[row].astype(np.intp)


def terms_text(terms: pd.Series, language: str) -> dict[str, str]:
    """The text of each place of a template that depends on promotion and language alone."""
    say = words(language)
    text = {
        "discount": say.discount_words(discount_fraction(float(terms["discount"]))),
        "scope": say.scope_words(one_line(terms["scope"])) or say.PHRASES["scope"],
        "extras": one_line(terms["extras"]),
        "valid_from": say.day_words(terms["valid_from"]),
        "valid_until": say.day_words(terms["valid_until"]),
    }
    form, _ = fill(say.PHRASES["terms_with_extras" if text["extras"] else "terms"], text, [])
    text["terms"] = form % ()
    if text["extras"]:
        text["extras"] = say.PHRASES["extras"].replace("{extras}", text["extras"])
    return text


def _check_terms(table: pd.DataFrame, as_of: pd.Timestamp) -> None:
    for name, kind, end in table[["offer", "kind", "valid_until"]].itertuples(index=False):
        if kind == "none":
            raise DataError(
                f"offer {name!r} is of the kind 'none', so a message has nothing to offer; leave "
                "its actions out"
            )
        if pd.isna(end):
            raise DataError(f"offer {name!r} has no valid_until; every message says until when")
        if end < as_of:
            raise DataError(
                f"offer {name!r} expired on {end:%Y-%m-%d}, before as_of={as_of:%Y-%m-%d}"
            )

"""The terms of offers: checked, and in words."""

import numpy as np
import numpy.typing as npt
import pandas as pd

from cemkit.data.offers import offer_rows, read_offers
from cemkit.errors import DataError
from cemkit.promotion.discounts import discount_text, scope_text
from cemkit.promotion.texts import one_line, one_lines
from cemkit.promotion.wording import fill, phrases
from cemkit.results import Language

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


def terms_text(terms: pd.Series, language: Language) -> dict[str, str]:
    """The text of each place of a template that depends on promotion and language alone."""
    words = phrases(language)
    text = {
        "discount": discount_text(float(terms["discount"]), language),
        "scope": scope_text(one_line(terms["scope"]), language) or words["scope"],
        "extras": one_line(terms["extras"]),
        "valid_from": _day_text(terms["valid_from"], language),
        "valid_until": _day_text(terms["valid_until"], language),
    }
    form, _ = fill(words["terms_with_extras" if text["extras"] else "terms"], text, [])
    text["terms"] = form % ()
    if text["extras"]:
        text["extras"] = words["extras"].replace("{extras}", text["extras"])
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


def _day_text(day: pd.Timestamp, language: Language) -> str:
    return f"{day.year}年{day.month}月{day.day}日" if language == "zh" else f"{day:%Y-%m-%d}"

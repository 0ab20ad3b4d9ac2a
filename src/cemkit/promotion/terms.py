"""The terms of promotions: checked, and in words."""

import numpy as np
import numpy.typing as npt
import pandas as pd

from cemkit.checks import check_same_ids, local_days, normal_ids
from cemkit.data.columns import check_table
from cemkit.errors import DataError
from cemkit.promotion.discounts import are_discounts, discount_text, read_discounts, scope_text
from cemkit.promotion.texts import one_line, one_lines
from cemkit.promotion.wording import fill, phrases
from cemkit.results import Language

TERMS = ["discount", "scope", "extras", "start_date", "end_date"]
PROMOTION_COLUMNS = ["promotion", *TERMS]


def promotion_terms(
    offers: pd.Series, promotions: pd.DataFrame, as_of: pd.Timestamp
) -> tuple[pd.DataFrame, npt.NDArray[np.intp]]:
    """The distinct terms of the promotions in use, and for each offer the row of its own."""
    needed = ["promotion", "discount", "end_date"]
    check_table(promotions, "promotions", needed, known=PROMOTION_COLUMNS)
    names, wanted = normal_ids(promotions["promotion"], "promotion"), normal_ids(offers, "offer")
    check_same_ids(wanted, names, "the actions", "promotions", "offer")
    used = wanted.unique().dropna().get_indexer(names) >= 0
    table = promotions.reindex(columns=PROMOTION_COLUMNS)[used]
    table = _read_terms(table.assign(promotion=names[used])).drop_duplicates(ignore_index=True)
    if table["promotion"].duplicated().any():
        twice = table.loc[table["promotion"].duplicated(), "promotion"].tolist()[0]
        raise DataError(f"promotion {twice!r} stands twice, with different terms")
    row = pd.Index(table["promotion"]).get_indexer(wanted)
    if (row < 0).any():
        raise DataError(
            f"{(row < 0).sum():,} actions have an offer that is no promotion, such as "
            f"{offers[row < 0].tolist()[0]!r}"
        )
    _check_terms(table, as_of)
    table["start_date"] = table["start_date"].fillna(as_of)
    same = table.groupby(TERMS, sort=False, dropna=False).ngroup().to_numpy()
    return table.drop_duplicates(TERMS, ignore_index=True), same[row]


def _read_terms(table: pd.DataFrame) -> pd.DataFrame:
    """The promotions with their numbers, days and texts as they are compared and written."""
    days = {name: local_days(table[name], name) for name in ("start_date", "end_date")}
    return table.assign(
        discount=read_discounts(table["discount"]),
        scope=one_lines(table["scope"], "scope"),
        extras=one_lines(table["extras"], "extras"),
        **{
            name: pd.Series(day.astype("datetime64[us]"), table.index) for name, day in days.items()
        },
    )


def terms_text(terms: pd.Series, language: Language) -> dict[str, str]:
    """The text of each place of a template that depends on promotion and language alone."""
    words = phrases(language)
    text = {
        "discount": discount_text(float(terms["discount"]), language),
        "scope": scope_text(one_line(terms["scope"]), language) or words["scope"],
        "extras": one_line(terms["extras"]),
        "valid_from": _day_text(terms["start_date"], language),
        "valid_until": _day_text(terms["end_date"], language),
    }
    form, _ = fill(words["terms_with_extras" if text["extras"] else "terms"], text, [])
    text["terms"] = form % ()
    if text["extras"]:
        text["extras"] = words["extras"].replace("{extras}", text["extras"])
    return text


def _check_terms(table: pd.DataFrame, as_of: pd.Timestamp) -> None:
    discount = table["discount"].to_numpy()
    if np.isnan(discount).any():
        raise DataError(f"discount has {np.isnan(discount).sum():,} missing values")
    for name, value, right in zip(
        table["promotion"], discount, are_discounts(discount), strict=True
    ):
        if not right:
            raise DataError(
                f"promotion {name!r} has discount {value:g}; it must lie above 0 and be at most 1, "
                "20 % is 0.2"
            )
    for name, start, end in table[["promotion", "start_date", "end_date"]].itertuples(index=False):
        if pd.isna(end):
            raise DataError(f"promotion {name!r} has no end_date; every message says until when")
        if end < as_of:
            raise DataError(
                f"promotion {name!r} expired on {end:%Y-%m-%d}, before as_of={as_of:%Y-%m-%d}"
            )
        if not pd.isna(start) and start > end:
            raise DataError(f"promotion {name!r} ends on {end:%Y-%m-%d}, before it begins")


def _day_text(day: pd.Timestamp, language: Language) -> str:
    return f"{day.year}年{day.month}月{day.day}日" if language == "zh" else f"{day:%Y-%m-%d}"

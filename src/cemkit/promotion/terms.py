"""The terms of promotions: checked, and in words."""

import re
from decimal import Decimal

import numpy as np
import numpy.typing as npt
import pandas as pd

from cemkit.checks import check_choice, check_columns, check_fraction, finite_values, local_dates
from cemkit.errors import DataError
from cemkit.promotion.wording import LANGUAGES, fill, phrases
from cemkit.results import Language

TERMS = ["discount", "scope", "extras", "start_date", "end_date"]
# What would break a line or a header, or turn the direction of the text.
UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]+")


def discount_text(discount: float, language: Language = "en") -> str:
    """A discount as people write it, exact to eight decimals of the fraction.

    Args:
        discount: The fraction taken off, inside (0, 1).
        language: `"en"` gives `20% off`; `"zh"` gives `8折（优惠20%）`, where 8 tenths of the price
            remain.

    Raises:
        ValueError: It lies outside (0, 1).

    Examples:
        >>> discount_text(0.07), discount_text(0.125, "zh")
        ('7% off', '8.75折（优惠12.5%）')
    """
    check_choice(language, "language", LANGUAGES)
    # The shortest decimal of the float, so that 0.07 is 7 hundredths and not 7.000000000000001 %.
    fraction = round(Decimal(repr(check_fraction(discount, "discount"))), 8)
    if not 0 < fraction < 1:
        raise ValueError(f"discount {discount!r} is too near to 0 or 1 to be written")
    percent = f"{_plain(fraction * 100)}%"
    if language == "zh":
        return f"{_plain(10 - fraction * 10)}折（优惠{percent}）"
    return f"{percent} off"


def promotion_terms(
    offers: pd.Series, promotions: pd.DataFrame, as_of: pd.Timestamp
) -> tuple[pd.DataFrame, npt.NDArray[np.intp]]:
    """The distinct terms of the promotions in use, and for each offer the row of its own.

    Args:
        offers: The promotion of each action.
        promotions: `promotion, discount, end_date`, and where there `start_date` (else `as_of`),
            `scope` and `extras`.
        as_of: The day of writing.

    Raises:
        MissingColumnsError: A column is missing.
        DataError: An offer is no promotion; a promotion stands twice with different terms, has
            expired or ends before it begins; a discount lies outside (0, 1).

    Examples:
        >>> promotions = pd.DataFrame(
        ...     {"promotion": ["a", "b"], "discount": 0.2, "end_date": pd.Timestamp("2024-03-31")}
        ... )
        >>> terms, rows = promotion_terms(
        ...     pd.Series(["b", "a"]), promotions, pd.Timestamp("2024-03-01")
        ... )
        >>> len(terms), rows.tolist()
        (1, [0, 0])
    """
    check_columns(promotions.columns, ["promotion", "discount", "end_date"])
    used = promotions[promotions["promotion"].isin(offers.unique())]
    table = used.reindex(columns=["promotion", *TERMS]).drop_duplicates(ignore_index=True)
    if table["promotion"].duplicated().any():
        twice = table.loc[table["promotion"].duplicated(), "promotion"].tolist()[0]
        raise DataError(f"promotion {twice!r} stands twice, with different terms")
    row = pd.Index(table["promotion"]).get_indexer(pd.Index(offers))
    if (row < 0).any():
        raise DataError(
            f"{(row < 0).sum():,} actions have an offer that is no promotion, such as "
            f"{offers[row < 0].tolist()[0]!r}"
        )
    dates = ("start_date", "end_date")
    table = table.assign(**{name: local_dates(table[name], name) for name in dates})
    _check_terms(table, as_of)
    table["start_date"] = table["start_date"].fillna(as_of)
    same = table.groupby(TERMS, sort=False, dropna=False).ngroup().to_numpy()
    return table.drop_duplicates(TERMS, ignore_index=True), same[row]


def terms_text(terms: pd.Series, language: Language) -> dict[str, str]:
    """The text of each place of a template that depends on promotion and language alone.

    Args:
        terms: A row of `promotion_terms`.
        language: `"en"` or `"zh"`.

    Returns:
        `discount, scope, extras` (empty where there are none), `valid_from, valid_until, terms`.

    Examples:
        >>> day = pd.Timestamp("2024-03-31")
        >>> terms = {"discount": 0.2, "scope": None, "extras": None, "start_date": day}
        >>> terms_text(pd.Series({**terms, "end_date": day}), "zh")["scope"]
        '全场商品'
    """
    words = phrases(language)
    text = {
        "discount": discount_text(float(terms["discount"]), language),
        "scope": one_line(terms["scope"]) or words["scope"],
        "extras": one_line(terms["extras"]),
        "valid_from": _day_text(terms["start_date"], language),
        "valid_until": _day_text(terms["end_date"], language),
    }
    form, _ = fill(words["terms_with_extras" if text["extras"] else "terms"], text, [])
    text["terms"] = form % ()
    if text["extras"]:
        text["extras"] = words["extras"].replace("{extras}", text["extras"])
    return text


def one_line(text: object) -> str:
    r"""The text with line breaks and control characters as spaces; empty where it is no text.

    Args:
        text: What a customer or a table says.

    Examples:
        >>> one_line("Ann\r\nBcc: all"), one_line(None)
        ('Ann Bcc: all', '')
    """
    return UNPRINTABLE.sub(" ", text).strip() if isinstance(text, str) else ""


def _check_terms(table: pd.DataFrame, as_of: pd.Timestamp) -> None:
    discount = finite_values(table["discount"], "discount") if len(table) else np.empty(0)
    for name, value in zip(table["promotion"], discount, strict=True):
        if not 0 < value < 1:
            raise DataError(
                f"promotion {name!r} has discount {value:g}; it must lie strictly between 0 and 1, "
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


def _plain(number: Decimal) -> str:
    return f"{number.normalize():f}"


def _day_text(day: pd.Timestamp, language: Language) -> str:
    return f"{day.year}年{day.month}月{day.day}日" if language == "zh" else f"{day:%Y-%m-%d}"

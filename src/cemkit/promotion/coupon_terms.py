"""What a coupon promises: read from a table of coupons or of offers, and whether it can be kept."""

import numpy as np
import numpy.typing as npt
import pandas as pd

from cemkit.arrays import Floats
from cemkit.checks import customer_ids, normal_ids
from cemkit.checks.options import shown
from cemkit.data.columns import check_table, plain_words
from cemkit.data.offer_levels import LevelledOffers
from cemkit.data.offer_times import last_moments, read_moments
from cemkit.data.offers import (
    EARNED,
    KINDS,
    RULES,
    TERMS,
    are_usable,
    offer_rows,
    read_term,
    refuse_terms_by_other_names,
)
from cemkit.errors import DataError
from cemkit.formats import count_text, moment_text

Mask = npt.NDArray[np.bool_]
NUMBERS = (*TERMS, "min_spend")
TIMES = ("valid_from", "valid_until")
COPIED = ("kind", *NUMBERS, "scope", "extras", *TIMES)  # from the offers onto their coupons
NEEDED = {
    "offer": "name the offer of each coupon",
    "kind": "the kinds are "
    + ", ".join(repr(kind) for kind in KINDS if kind != "none")
    + "; 'none' gives nothing to redeem",
    **RULES,
    "valid_from": "a coupon has a first day",
    "valid_until": "a coupon has a last day, which is not before its first",
}


def with_offer_terms(
    coupons: pd.DataFrame, offers: pd.DataFrame, levels: pd.DataFrame | None
) -> pd.DataFrame:
    """Return the coupons with the terms of their offers, at the level of their customer."""
    check_table(coupons, "coupons", ["offer"])
    refuse_terms_by_other_names(coupons, "coupons")
    read = LevelledOffers.read(offers, levels, TIMES)
    numbers = offer_rows(read.offers, coupons["offer"], "coupons")
    _check_settled(read, numbers)
    rows = read.rows(numbers, coupons)
    if (rows < 0).any():
        first = coupons.index.tolist()[int(np.argmax(rows < 0))]
        raise DataError(
            f"{count_text(int((rows < 0).sum()), 'coupons are')} for customers who have no level "
            f"of their offer, the first in row {shown(first)}; leave them out"
        )
    tables = [offers.columns, *([] if levels is None else [levels.columns])]
    named = [term for term in COPIED if any(term in columns for columns in tables)]
    twice = [term for term in named if term in coupons.columns]
    if twice:
        raise DataError(
            f"both coupons and offers have a column {twice[0]!r}; drop it from the "
            "coupons, or issue them without offers="
        )
    mine = read.terms[named].take(rows).set_axis(coupons.index)
    return coupons.assign(**{str(term): mine[term] for term in named})


def _check_settled(read: LevelledOffers, numbers: npt.NDArray[np.intp]) -> None:
    """Raise where a coupon's level would depend on a purchase that is not there yet."""
    for row in np.unique(numbers).tolist():
        if row in read.ladders and read.ladders[row].by == "amount":
            raise DataError(
                f"the levels of {read.ladders[row].name} depend on the amount of the "
                "purchase, which is unknown when a coupon is issued; make each level an "
                "offer with its min_spend"
            )


def read_coupons(coupons: pd.DataFrame) -> pd.DataFrame:
    """Return what coupons promise in its one spelling: ids and offers as text, times as moments."""
    required = ["offer", *TIMES, *([] if "kind" in coupons.columns else ["discount"])]
    check_table(coupons, "coupons", required)
    refuse_terms_by_other_names(coupons, "coupons")
    orders = pd.Index([None] * len(coupons), dtype=object)
    if "order_id" in coupons.columns:
        orders = normal_ids(coupons["order_id"], "order_id")
    terms = {
        "customer_id": _texts(customer_ids(coupons, "coupons")),
        "order_id": _texts(orders),
        "offer": _texts(normal_ids(coupons["offer"], "offer")),
        "kind": coupon_kinds(coupons),
        **coupon_numbers(coupons),
        **{name: read_moments(coupons[name], name) for name in TIMES},
    }
    kept = {
        name: pd.Series(values, dtype=object if values.dtype == object else None)
        for name, values in terms.items()
    }  # as objects, which are read and written much faster than Arrow's text
    return pd.DataFrame(kept, index=pd.RangeIndex(len(coupons)))


def coupon_kinds(coupons: pd.DataFrame) -> npt.NDArray[np.object_]:
    """Return the kind of each coupon; a percentage where it does not say."""
    if "kind" not in coupons.columns:
        return np.full(len(coupons), "percentage", dtype=object)
    kinds = plain_words(coupons["kind"], "kind")
    kinds[pd.isna(kinds)] = "percentage"
    return kinds


def coupon_numbers(coupons: pd.DataFrame) -> dict[str, Floats]:
    """Return the numbers of coupons by term; NaN where there is none."""
    nothing = np.full(len(coupons), np.nan)
    return {
        name: read_term(coupons[name]) if name in coupons.columns else nothing for name in NUMBERS
    }


def _texts(ids: pd.Index) -> npt.NDArray[np.object_]:
    """Ids as text; empty where one is missing."""
    codes, distinct = pd.factorize(ids)
    return np.array([*map(str, distinct), ""], dtype=object)[codes]


def are_coupons(terms: pd.DataFrame) -> dict[str, Mask]:
    """Return for each column whether a coupon can have what stands there."""
    first, last = terms["valid_from"].to_numpy(), last_moments(terms["valid_until"].to_numpy())
    return {
        "offer": (terms["offer"] != "").to_numpy(),
        **are_terms(terms),
        "valid_from": ~np.isnat(first),
        "valid_until": ~np.isnat(last) & ~(last <= first),
    }


def are_terms(terms: pd.DataFrame) -> dict[str, Mask]:
    """Return for each term whether it is one of the coupon's kind, and in its range."""
    codes, kinds = pd.factorize(terms["kind"])
    own = [KINDS.get(kind, ()) for kind in kinds]
    right = {"kind": _by_kind(codes, [kind in KINDS and kind != "none" for kind in kinds])}
    earns = _by_kind(codes, ["points" not in one for one in own])
    for name in TERMS:
        values = terms[name].to_numpy()
        takes, missing = _by_kind(codes, [name in one for one in own]), np.isnan(values)
        usable = are_usable(name, values)
        right[name] = np.where(takes, usable | (missing & (name in EARNED)), missing)
        if name in EARNED:
            earns |= takes & usable & (values > 0)
    right["points"] &= earns
    spend = terms["min_spend"].to_numpy()
    right["min_spend"] = np.isnan(spend) | are_usable("min_spend", spend)
    return right


def _by_kind(codes: npt.NDArray[np.intp], answers: list[bool]) -> Mask:
    return np.array(answers, dtype=np.bool_)[codes]


def check_coupons(terms: pd.DataFrame, right: dict[str, Mask], name: str = "coupons") -> None:
    """Raise where a coupon promises what none can, by what is right in each column."""
    for column, fits in right.items():
        wrong = np.flatnonzero(~fits)
        if len(wrong):
            value, kind = (terms[one].iloc[wrong[0]] for one in (column, "kind"))
            rule = NEEDED[column]
            if column in TERMS and column not in KINDS[kind]:
                rule = f"of the kind {kind!r} it has none"
            raise DataError(
                f"{count_text(len(wrong), f'{name} have')} no usable {column}, the first in row "
                f"{terms.index.tolist()[wrong[0]]} ({_shown(value)}); {rule}"
            )


def _shown(value: object) -> str:
    if isinstance(value, float):
        return f"{value:g}"
    return moment_text(value) if isinstance(value, pd.Timestamp) else shown(value)

"""Offers: what is given, to whom, on what, until when and at what cost."""

from collections.abc import Collection, Mapping
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from cemkit.arrays import Floats
from cemkit.checks import check_same_ids, check_spellings, meant, normal_ids
from cemkit.checks.options import check_is_frame, shown
from cemkit.data.columns import check_table, numbers, plain_words, written_floats
from cemkit.data.offer_times import last_moments, read_moments
from cemkit.errors import DataError
from cemkit.formats import count_text, moment_text

# The kinds, and the terms that an offer of the kind has.
KINDS = {
    "percentage": ("discount",),
    "amount_off": ("amount_off",),
    "gift": ("unit_cost",),
    "points": ("points", "points_per_unit", "point_value"),
    "service": ("unit_cost",),  # such as free delivery or a free exchange
    "early_access": (),
    "none": (),  # a contact that gives nothing, such as a greeting, a call-back or a survey
}
TERMS = ("discount", "amount_off", "unit_cost", "points", "points_per_unit", "point_value")
NUMBERS = (*TERMS, "min_spend", "contact_cost")
COLUMNS = [
    *("offer", "kind", *TERMS, "min_spend", "scope", "extras"),
    *("valid_from", "valid_until", "contact_cost", "eligible", "stackable"),
]
# Names that other tables have for the same thing.
MEANT = {
    "promotion": "offer",
    "name": "offer",
    "type": "kind",
    "product_category": "scope",
    "category": "scope",
    "cost": "unit_cost",
    "start_date": "valid_from",
    "end_date": "valid_until",
}
OTHER_NAMES = ("product_category", "start_date", "end_date")  # that mean a term in any table
DECIMALS = 8  # of the fraction; what lies beyond is rounding
RULES = {
    "discount": "it must lie above 0 and be at most 1, 20 % is 0.2",
    "amount_off": "it must be above 0, and finite",
    "unit_cost": "it must be at least 0, and finite: what one costs the shop",
    "points": "it must be at least 0, and finite",
    "points_per_unit": "it must be at least 0, and finite",
    "point_value": "it must be above 0, and finite: what a point costs the shop",
    "min_spend": "it must be at least 0, and finite",
    "contact_cost": "it must be at least 0, and finite",
}
EARNED = ("points", "points_per_unit")  # of which an offer of points has one or both


def read_offers(
    offers: pd.DataFrame,
    required: Collection[str],
    levelled: Mapping[Any, Collection[str]] = MappingProxyType({}),
) -> pd.DataFrame:
    """Return all columns of the offers, a row each; missing ones are missing in every row.

    `levelled` names the terms of each offer that stand in its levels instead.
    """
    refuse_other_names(offers, "offers", COLUMNS)
    discount = [] if "kind" in offers.columns or levelled else ["discount"]
    check_table(offers, "offers", ["offer", *required, *discount], known=COLUMNS)
    table = offers.reindex(columns=COLUMNS).reset_index(drop=True)
    table["offer"] = offer_names(table["offer"])
    table["kind"] = _kinds(table)
    for column in ("valid_from", "valid_until"):
        table[column] = read_moments(table[column], column).astype("datetime64[us]")
    table = table.assign(**{name: read_term(table[name]) for name in NUMBERS})
    table["eligible"] = pd.Series(plain_words(table["eligible"], "eligible"), dtype=object)
    table["stackable"] = _flags(table["stackable"])
    columns = {name: table[name].tolist() for name in ("offer", "kind", *NUMBERS)}
    for values in zip(*columns.values(), strict=True):
        row = dict(zip(columns, values, strict=True))
        check_terms(f"offer {shown(row['offer'])}", row, levelled.get(row["offer"], ()))
    _check_times(table)
    return table


def refuse_other_names(table: object, name: str, known: Collection[str]) -> None:
    """Raise where a table has a name that other tables have for the same thing."""
    for column in check_is_frame(table, name).columns:
        if column in MEANT and MEANT[column] in known:
            raise DataError(
                f"{name} has an unknown column {column!r} (did you mean {MEANT[column]!r}?); "
                f"use columns among {[*known]}"
            )


def refuse_terms_by_other_names(table: pd.DataFrame, name: str) -> None:
    """Raise where coupons or actions have a term under a name that nobody would read."""
    for column in [column for column in table.columns if column in OTHER_NAMES]:
        raise DataError(
            f"{name} has a column {column!r}, which is not the name of a term (did you "
            f"mean {MEANT[column]!r}?); rename it, or drop the column if it is not a "
            "term"
        )


def read_term(values: pd.Series) -> Floats:
    """Return the numbers of a term as they were written; NaN: missing."""
    if values.name == "discount":
        return read_discounts(values)
    return written_floats(numbers(values, str(values.name)))


def offer_names(names: pd.Series) -> pd.Index:
    """Return the names of the offers in their one spelling; each is there once."""
    offers = normal_ids(names, "offer")
    check_spellings(offers, "offer")
    if offers.hasnans:
        missing = np.flatnonzero(offers.isna())
        raise DataError(
            f"offers has {count_text(len(missing), 'rows')} without a name in 'offer', the first "
            f"in row {missing[0]}; name each offer"
        )
    if offers.has_duplicates:
        twice = offers[offers.duplicated()].tolist()[0]
        rows = np.flatnonzero(offers == twice).tolist()
        raise DataError(
            f"offer {shown(twice)} stands in {count_text(len(rows), 'rows')} "
            f"({', '.join(map(str, rows))}); give each a name of its own, or leave one"
        )
    return offers


def _kinds(table: pd.DataFrame) -> pd.Series:
    kinds = [kind or "percentage" for kind in plain_words(table["kind"], "kind")]
    for offer, kind in zip(table["offer"].tolist(), kinds, strict=True):
        if kind not in KINDS:
            raise DataError(
                f"kind of offer {shown(offer)} is {shown(kind)}{meant(kind, KINDS)}; the kinds are "
                f"{', '.join(map(repr, KINDS))}"
            )
    return pd.Series(kinds, dtype=object)


def _flags(values: pd.Series) -> npt.NDArray[np.bool_]:
    for value in values[values.notna()].tolist():
        if not isinstance(value, bool | np.bool_):
            raise DataError(f"stackable must hold True or False, not {shown(value)}")
    flags = [not pd.isna(value) and bool(value) for value in values.tolist()]
    return np.array(flags, dtype=np.bool_)


def check_terms(name: str, row: Mapping[str, Any], elsewhere: Collection[str] = ()) -> None:
    """Raise where a term of one offer is wrong, of another kind, or missing; some are elsewhere."""
    kind = row["kind"]
    there = {str(column) for column in NUMBERS if not np.isnan(row.get(column, np.nan))}
    for column in [column for column in NUMBERS if column in there]:
        value = row[column]
        if column in TERMS and column not in KINDS[kind]:
            raise DataError(
                f"{column} of {name} is {value:g}, but the kind {kind!r} takes no {column}; "
                "leave it missing"
            )
        if not are_usable(column, np.array([value])).all():
            raise DataError(f"{column} of {name} is {value:g}; {RULES[column]}")
        if column in elsewhere:
            raise DataError(
                f"{column} of {name} is in both offers and levels; keep it in one of them"
            )
    if kind == "none" and "min_spend" in there and row["min_spend"] > 0:
        raise DataError(
            f"min_spend of {name} is {row['min_spend']:g}, but the kind 'none' takes no "
            "min_spend; leave it missing"
        )
    given = {term for term in there if row[term] > 0 or term not in EARNED}
    _check_complete(name, kind, given | {*elsewhere})


def are_usable(column: str, values: Floats) -> npt.NDArray[np.bool_]:
    """Return which numbers can stand in the column; a missing one cannot."""
    if column == "discount":
        return are_discounts(values)
    above_0 = column in ("amount_off", "point_value")
    return np.isfinite(values) & (values > 0 if above_0 else values >= 0)


def _check_complete(name: str, kind: str, given: set[str]) -> None:
    for term in KINDS[kind]:
        if term not in given and term not in EARNED:
            without = "; an offer without one is of the kind 'none'" if term == "discount" else ""
            raise DataError(f"{term} of {name} is missing; {RULES[term]}{without}")
    if kind == "points" and not given & {*EARNED}:
        raise DataError(
            f"{name} gives no points; set 'points' (for each purchase) or "
            "'points_per_unit' (for each unit of money spent)"
        )


def _check_times(table: pd.DataFrame) -> None:
    first, last = table["valid_from"].to_numpy(), last_moments(table["valid_until"].to_numpy())
    if (last <= first).any():
        row = int(np.argmax(last <= first))
        name, start, end = (
            table[column].tolist()[row] for column in ("offer", "valid_from", "valid_until")
        )
        wrong = "when it starts" if start == end else f"before it starts, on {moment_text(start)}"
        raise DataError(
            f"valid_until of offer {shown(name)} is {moment_text(end)}; it ends {wrong}; correct "
            "one of the two"
        )


def offer_rows(
    offers: pd.DataFrame, wanted: pd.Series, name: str = "actions"
) -> npt.NDArray[np.intp]:
    """Return the row among the offers read of each offer that an action names."""
    names, ids = pd.Index(offers["offer"]), normal_ids(wanted, "offer")
    check_same_ids(ids, names, f"the {name}", "offers", "offer")
    rows: npt.NDArray[np.intp] = names.get_indexer(ids)
    missing = int(np.count_nonzero(ids.isna()))
    if missing:
        raise DataError(
            f"{count_text(missing, f'{name} have')} no offer; give each one from the "
            "offers table, or leave them out"
        )
    if (rows < 0).any():
        first = wanted[rows < 0].tolist()[0]
        raise DataError(
            f"{count_text((rows < 0).sum(), f'{name} have')} an offer that is not in the offers "
            f"table, such as {first!r}{meant(first, names)}; add it there or correct its name"
        )
    return rows


def read_discounts(values: pd.Series, name: str = "discount") -> Floats:
    """Return the discounts of a column as fractions, as they were written; NaN: missing."""
    return np.round(written_floats(numbers(values, name)), DECIMALS)


def are_discounts(values: Floats) -> npt.NDArray[np.bool_]:
    """Return which values are fractions above 0 and up to 1."""
    within: npt.NDArray[np.bool_] = (values > 0) & (values <= 1)
    return within


def check_discounts(values: pd.Series, name: str = "discount") -> Floats:
    """Return the discounts of a column, each of which is there, above 0 and at most 1."""
    read = read_discounts(values, name)
    if np.isnan(read).any():
        raise DataError(f"{name} has {count_text(np.isnan(read).sum(), 'missing values')}")
    wrong = read[~are_discounts(read)]
    if len(wrong):
        raise DataError(f"{name} must lie above 0 and be at most 1, not {wrong[0]:g}; 20 % is 0.2")
    return read

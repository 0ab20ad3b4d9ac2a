"""Offers: what is given, on what, until when and at what cost; discounts are read alike."""

from collections.abc import Collection
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from cemkit.arrays import Floats
from cemkit.checks import check_same_ids, check_spellings, local_days, normal_ids
from cemkit.checks.options import check_is_frame, shown
from cemkit.data.columns import check_table, numbers, plain_words, written_floats
from cemkit.errors import DataError

KINDS = ("percentage", "none")  # none: a contact without a discount, such as a reminder
COLUMNS = [
    *("offer", "kind", "discount", "scope", "extras"),
    *("valid_from", "valid_until", "contact_cost"),
]
# Names that other tables have for the same thing.
MEANT = {
    "promotion": "offer",
    "name": "offer",
    "product_category": "scope",
    "category": "scope",
    "start_date": "valid_from",
    "end_date": "valid_until",
}
DECIMALS = 8  # of the fraction; what lies beyond is rounding


def read_offers(offers: pd.DataFrame, required: Collection[str]) -> pd.DataFrame:
    """Return all columns of the offers, a row each; missing ones are missing in every row."""
    for column in check_is_frame(offers, "offers").columns:
        if column in MEANT:
            raise DataError(
                f"offers has an unknown column {column!r} (did you mean {MEANT[column]!r}?); "
                f"it takes {COLUMNS}"
            )
    needed = ["offer", *required, *([] if "kind" in offers.columns else ["discount"])]
    check_table(offers, "offers", needed, known=COLUMNS)
    table = offers.reindex(columns=COLUMNS).reset_index(drop=True)
    table["offer"] = _names(table["offer"])
    kinds = plain_words(table["kind"], "kind")
    table["kind"] = pd.Series([kind or "percentage" for kind in kinds], dtype=object)
    for column in ("valid_from", "valid_until"):
        table[column] = local_days(table[column], column).astype("datetime64[us]")
    table["discount"] = read_discounts(table["discount"])
    table["contact_cost"] = written_floats(numbers(table["contact_cost"], "contact_cost"))
    _check_rows(table)
    return table


def _names(names: pd.Series) -> pd.Index:
    offers = normal_ids(names, "offer")
    check_spellings(offers, "offer")
    if offers.hasnans or offers.has_duplicates:
        raise DataError("offers has a missing or repeated offer; it takes one row per offer")
    return offers


def _check_rows(table: pd.DataFrame) -> None:
    discount, cost = table["discount"].to_numpy(), table["contact_cost"].to_numpy()
    percentage = (table["kind"] == "percentage").to_numpy()
    for wrong, column, rule in (
        (~table["kind"].isin(KINDS), "kind", f"the kinds are {', '.join(map(repr, KINDS))}"),
        (
            percentage & ~are_discounts(discount),
            "discount",
            "it must lie above 0 and be at most 1, 20 % is 0.2; an offer without one is of the "
            "kind 'none'",
        ),
        (~percentage & ~np.isnan(discount), "discount", "of the kind 'none' it has none"),
        ((cost < 0) | np.isinf(cost), "contact_cost", "it must be at least 0, and finite"),
        (table["valid_until"] < table["valid_from"], "valid_until", "it lies before valid_from"),
    ):
        if wrong.any():
            first = int(np.argmax(wrong))
            name, value = (table[name].tolist()[first] for name in ("offer", column))
            raise DataError(f"{column} of offer {shown(name)} is {_shown(value)}; {rule}")


def _shown(value: Any) -> str:
    if pd.isna(value):
        return "missing"
    if isinstance(value, pd.Timestamp):
        return f"{value:%Y-%m-%d}"
    return f"{value:g}" if isinstance(value, float) else shown(value)


def offer_rows(offers: pd.DataFrame, wanted: pd.Series) -> npt.NDArray[np.intp]:
    """Return the row among the offers read of each offer that an action names."""
    names, ids = pd.Index(offers["offer"]), normal_ids(wanted, "offer")
    check_same_ids(ids, names, "the actions", "offers", "offer")
    rows: npt.NDArray[np.intp] = names.get_indexer(ids)
    if (rows < 0).any():
        raise DataError(
            f"{(rows < 0).sum():,} actions have an offer that is not among the offers, such as "
            f"{wanted[rows < 0].tolist()[0]!r}"
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
        raise DataError(f"{name} has {np.isnan(read).sum():,} missing values")
    wrong = read[~are_discounts(read)]
    if len(wrong):
        raise DataError(f"{name} must lie above 0 and be at most 1, not {wrong[0]:g}; 20 % is 0.2")
    return read

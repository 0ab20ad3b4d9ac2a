"""A ladder of products: what counts as a step up."""

from collections.abc import Iterable
from numbers import Number
from typing import Any

import pandas as pd

from cemkit.checks import check_list, check_spellings
from cemkit.checks.options import shown
from cemkit.data.columns import check_table, numbers
from cemkit.errors import DataError

COLUMNS = ["product", "level"]


def read_ladder(ladder: Any) -> pd.Series:
    """The rung of each product, 0 for the lowest, indexed by product.

    A list names the products from the lowest to the highest; a table has `product, level`, and
    products of one level stand on one rung.
    """
    if isinstance(ladder, pd.DataFrame):
        table = check_table(ladder, "ladder", COLUMNS, known=COLUMNS)
        products, levels = table["product"].tolist(), numbers(table["level"], "level").tolist()
    else:
        products = check_list(ladder, "ladder")
        levels = [float(place) for place in range(len(products))]
    odd = [product for product in products if not isinstance(product, str | Number | None)]
    if odd:
        raise DataError(f"ladder must hold names of products, not {shown(odd[0])}")
    levels = pd.Series(levels, index=pd.Index(products, dtype=object), dtype="float64")
    _check(levels)
    rungs = levels.rank(method="dense").astype("int64") - 1
    return rungs.rename_axis("product").rename("rung")


def _check(levels: pd.Series) -> None:
    if levels.index.hasnans or levels.isna().any():
        raise DataError("ladder has a missing product or level; fill it in")
    check_spellings(levels.index, "product of ladder")
    if levels.index.has_duplicates:
        twice = levels.index[levels.index.duplicated()].tolist()[0]
        raise DataError(f"ladder has the product {shown(twice)} twice; keep one")
    if levels.nunique() < 2:
        raise DataError(
            f"ladder has {levels.nunique()} level, so there is no step up; name products from the "
            "lowest to the highest, as in ladder=['basic', 'premium']"
        )


def check_ladder_is_bought(ladder: pd.Series, products: Iterable[Any]) -> None:
    """Raise where no order has a product of the ladder, or has one in another spelling."""
    there = [product for product in products if not pd.isna(product)]
    check_spellings([*ladder.index, *there], "product of the ladder and of the orders")
    if not set(ladder.index) & set(there):
        raise DataError(
            f"no order has a product of the ladder {ladder.index.tolist()}; the orders have "
            f"{shown(there[:5])}"
        )

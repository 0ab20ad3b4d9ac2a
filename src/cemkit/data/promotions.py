"""Which rows were bought on promotion: one reading of the column `promotion` for every reader.

None is: a missing value, False, 0 in any spelling, blank text, and, in any case, the texts `false`,
`no`, `none`, `null`, `nan`, `nat`, `<na>`, `无` and `否`. Everything else names a promotion.
"""

import re
from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd

from cemkit.data.order_ids import BLANKS, OUTER_BLANKS

NO_PROMOTION = r"^(?:[+-]?0+(?:\.0*)?|false|no|none|null|nan|nat|<na>|无|否)?$"


def is_promotion(value: Any) -> bool:
    """Return whether one value names a promotion."""
    if isinstance(value, str):
        return re.match(NO_PROMOTION, value.strip(BLANKS).lower()) is None
    return not pd.isna(value) and bool(value)


def with_promoted(rows: nw.LazyFrame[Any], column: str = "promotion") -> nw.LazyFrame[Any]:
    """Return rows with `promoted`: 1 where the column names a promotion, else 0."""
    if rows.implementation.is_pandas():
        table: pd.DataFrame = rows.collect("pandas").to_native()
        return nw.from_native(table.assign(promoted=_in_pandas(table[column]))).lazy()
    dtype, value = rows.collect_schema()[column], nw.col(column)
    if dtype == nw.Boolean:
        promoted = value.fill_null(False)
    elif dtype.is_numeric():
        number = value.cast(nw.Float64).fill_null(0.0)
        promoted = (number != 0) & ~number.is_nan()
    else:
        text = value.cast(nw.String).fill_null("").str.replace_all(OUTER_BLANKS, "")
        promoted = ~text.str.to_lowercase().str.contains(NO_PROMOTION)
    return rows.with_columns(promoted=promoted.cast(nw.Int64))


def _in_pandas(values: pd.Series) -> Any:
    # True is equal to 1 and False to 0, which are read alike.
    codes, distinct = pd.factorize(values)
    named = [is_promotion(value) for value in pd.Index(distinct).astype(object)]
    return np.array([*named, False], dtype=np.int64)[codes]

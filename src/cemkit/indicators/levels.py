"""Levels of products: which are the base, and which are higher."""

from numbers import Real
from typing import Any

import numpy as np
import pandas as pd

from cemkit.checks import check_columns, check_frame, finite_values
from cemkit.checks.options import shown
from cemkit.errors import DataError

OF = ("product", "category")
LARGE = 2**63  # no column of whole numbers holds it
HINT = "levels have product or category, and level (0 for the base)"


def read_levels(levels: pd.DataFrame | None, columns: list[str]) -> dict[str, Any]:
    """The column of orders that has levels, and its values at the base and above it."""
    if levels is None:
        return {}
    check_frame(levels, "levels")
    check_columns(levels.columns, ["level"], HINT)
    named = [name for name in OF if name in levels.columns]
    if len(named) != 1:
        raise DataError(f"levels must have one of the columns {', '.join(OF)}; it has {named}")
    check_columns(columns, named, "levels name the values of this column of orders")
    values, level = levels[named[0]], finite_values(levels["level"], "level of levels")
    twice = values[values.duplicated()]
    if len(twice):
        raise DataError(f"levels has two rows of {shown(twice.tolist()[0])}; give it one level")
    odd = [value for value in values if not isinstance(value, str | Real)]
    if odd:
        raise DataError(
            f"levels names the {named[0]} {shown(odd[0])}; give text or a number, as in orders"
        )
    large = [value for value in values if isinstance(value, int) and abs(value) >= LARGE]
    if large:
        raise DataError(
            f"levels names the {named[0]} {shown(large[0])}, a number beyond 64 bits; give codes "
            "that long as text, in orders as well"
        )
    if not (level == 0).any() or not (level > 0).any() or (level < 0).any():
        raise DataError(
            f"level of levels must be 0 for the base and above 0 for what is higher, and holds "
            f"{sorted(set(np.unique(level).tolist()))[:5]}"
        )
    return {
        "level_column": named[0],
        "base": tuple(values[level == 0].tolist()),
        "higher": tuple(values[level > 0].tolist()),
    }

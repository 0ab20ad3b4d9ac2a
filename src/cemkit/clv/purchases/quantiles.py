"""Quantiles: which ones are asked for, and what their columns are called."""

from collections.abc import Iterable
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from cemkit.checks import Customers, check_fraction, check_list

LARGEST = 1 - 1e-6  # the rest of a distribution beyond it is not computed well enough


def check_quantiles(quantiles: Iterable[float]) -> list[float]:
    """Quantiles as floats strictly between 0 and 1, each once."""
    given = check_list(quantiles, "quantiles")
    levels = [check_fraction(level, "each of quantiles") for level in given]
    if not levels:
        raise ValueError("quantiles is empty; give at least one, such as 0.5")
    for at, level in enumerate(levels):
        if level > LARGEST:
            raise ValueError(f"each of quantiles must be at most 1 - 1e-6, not {level!r}")
        if level in levels[:at]:
            raise ValueError(f"quantiles has {level:g} twice; give each once")
    return levels


def quantile_table(quantity: str, levels: list[float], values: npt.NDArray[Any]) -> pd.DataFrame:
    """One column per quantile, such as `spend_p10` for 0.1."""
    names = [f"{quantity}_p{percent_text(level)}" for level in levels]
    return pd.DataFrame(dict(zip(names, np.asarray(values).T, strict=True)))


def on_ids(rows: Customers, table: pd.DataFrame) -> pd.DataFrame:
    """A table of the customers who ordered on the ids as given, missing for all others."""
    names = [str(name) for name in table]
    each = {name: rows.series(table[name].to_numpy(), name) for name in names}
    return pd.DataFrame(each, index=rows.ids)


def percent_text(level: float) -> str:
    """A quantile in per cent, as short as it can be: "10" for 0.1, "97.5" for 0.975."""
    return f"{100 * level:.12g}"

"""The size of a promotion, its depth or price, as the change of the logarithm of the price."""

import numpy as np
import pandas as pd

from cemkit.arrays import Floats
from cemkit.checks import check_choice, check_columns, check_positive
from cemkit.errors import DataError
from cemkit.forecasting.regressors import promotion_share
from cemkit.forecasting.series import time_index
from cemkit.impact.study import Study
from cemkit.impact.windows import AFTER, BEFORE

SIZES = ("depth", "price")


def log_price_changes(events: pd.DataFrame, size: str, regular_price: float | None) -> Floats:
    """The logarithm of the promotion's price over the regular one, of each promotion."""
    check_choice(size, "size", SIZES)
    check_columns(events.columns, ["size"], "it is the depth or the price of each promotion")
    sizes = events["size"].to_numpy(np.float64)
    names = events["name"].tolist()
    if size == "depth":
        if regular_price is not None:
            raise ValueError("regular_price needs size='price'; leave it out for a depth")
        wrong = ~((sizes > 0) & (sizes < 1))
        meant = "a depth lies above 0 and below 1: 20 % is 0.2; prices take size='price'"
        changes = np.log1p(-np.where(wrong, 0.5, sizes))
    else:
        if regular_price is None:
            raise ValueError(
                "size='price' needs the price without a promotion; give it as regular_price="
            )
        price = check_positive(regular_price, "regular_price")
        wrong = ~((sizes > 0) & (sizes < price))
        meant = f"a promotion's price lies above 0 and below the regular price, {price:g}"
        changes = np.log(np.where(wrong, price, sizes) / price)
    if wrong.any():
        first = int(np.argmax(wrong))
        raise DataError(f"promotion {names[first]!r} has the size {sizes[first]:g}; {meant}")
    return changes


def sized_design(study: Study, changes: Floats) -> pd.DataFrame:
    """The design in which the promotion's effect is linear in the logarithm of the price."""
    index = time_index(study.series)
    events = study.promotions
    shares = [promotion_share(index, events.iloc[[i]]) for i in range(len(events))]
    design = around(study)
    design.insert(0, "promotion", changes @ np.array(shares))
    return design


def around(study: Study) -> pd.DataFrame:
    """The columns of what comes before and after the promotions."""
    beside = study.design.columns.str.startswith((BEFORE, AFTER))
    return study.design.loc[:, beside].copy()

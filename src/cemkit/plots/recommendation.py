"""Pictures of repurchase cycles."""

import datetime as dt

import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.axes import Axes

from cemkit.checks import (
    check_as_of,
    check_columns,
    check_days,
    check_frame,
    finite_values,
    local_days,
)
from cemkit.errors import DataError, NotEnoughDataError
from cemkit.formats import count_text
from cemkit.plots.style import axes_for, blue, lettered, muted, orange
from cemkit.plots.ticks import number_ticks

CYCLE_COLUMNS = ["cycle_days", "due_date", "overdue"]


def repurchase_cycles(
    cycles: pd.DataFrame,
    as_of: str | dt.date | pd.Timestamp,
    *,
    longest_days: int = 365,
    ax: Axes | None = None,
) -> Axes:
    """Draw the lengths of the customers' cycles, and who of each length is due or overdue.

    Args:
        cycles: Cycles from `RepurchaseCycle.cycles_` or `RepurchaseCycle.predict`.
        as_of: Day that the cycles were predicted for.
        longest_days: Longest cycle to draw, in days. Longer ones are counted in the title.
        ax: Axes to draw on; new ones by default.

    Returns:
        The Axes.

    Raises:
        NotEnoughDataError: Every cycle is longer than `longest_days`.

    Examples:
        >>> from cemkit import RepurchaseCycle, load_cdnow
        >>> model = RepurchaseCycle().fit(load_cdnow("sample"), as_of="1997-09-30")
        >>> repurchase_cycles(model.cycles_, "1997-09-30").get_xlabel()
        'cycle in days'
    """
    check_columns(check_frame(cycles, "cycles").columns, CYCLE_COLUMNS, "see RepurchaseCycle")
    check_days(longest_days, "longest_days")
    days = finite_values(cycles["cycle_days"], "cycle_days")
    late = _flags(cycles["overdue"])
    come = local_days(cycles["due_date"], "due_date") <= np.datetime64(check_as_of(as_of), "D")
    near = days <= longest_days
    if not near.any():
        raise NotEnoughDataError(
            f"cycles of at most {count_text(longest_days, 'days')}", have=0, need=1
        )
    parts = {
        "not yet due": near & ~come & ~late,
        "due": near & come & ~late,
        "overdue": near & late,
    }
    ax = axes_for(ax)
    ax.hist(
        [days[part] for part in parts.values()],
        bins=np.linspace(0, longest_days, 41).tolist(),
        stacked=True,
        color=[muted(), blue(), orange()],
        label=[f"{name} ({int(part.sum()):,})" for name, part in parts.items()],
    )
    number_ticks(ax, "y", integer=True)
    number_ticks(ax, "x", integer=True)
    title, left_out = "Repurchase cycles", int((~near).sum())
    if left_out:
        title = (
            f"{count_text(left_out, 'cycles')} beyond {count_text(longest_days, 'days')} not shown"
        )
    return lettered(ax, title=title, xlabel="cycle in days", ylabel="customers")


def _flags(values: pd.Series) -> npt.NDArray[np.bool_]:
    if not pd.api.types.is_bool_dtype(values.dtype) or values.isna().any():
        raise DataError(f"overdue must be True or False, not {values.dtype}; see RepurchaseCycle")
    return values.to_numpy(dtype=bool)

"""Pictures of promotion decisions: who to treat, how far down the list, and who is due when."""

import datetime as dt
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from cemkit.checks import (
    check_as_of,
    check_columns,
    check_days,
    check_frame,
    customer_ids,
    finite_values,
    local_days,
)
from cemkit.checks.options import shown
from cemkit.errors import DataError, MissingDependencyError, NotEnoughDataError
from cemkit.targeting.curves import UpliftCurve

if TYPE_CHECKING:
    from matplotlib.axes import Axes

CYCLE_COLUMNS = ["cycle_days", "due_date", "overdue"]


def uplift_curve(result: UpliftCurve, ax: "Axes | None" = None) -> "Axes":
    """The outcomes gained by treating the highest scores first, with its band and random order.

    Args:
        result: From `cemkit.uplift_curve`.
        ax: Where to draw; a new figure where not given.

    Examples:
        >>> from cemkit import uplift_curve as curve_of
        >>> curve = curve_of([2, 1, 2, 1], outcome=[1, 0, 0, 0], treatment=[1, 1, 0, 0])
        >>> uplift_curve(curve).get_xlabel()
        'share of customers treated'
    """
    if not isinstance(result, UpliftCurve):
        raise TypeError(f"result must be what cemkit.uplift_curve gave, not {shown(result)}")
    ax = _axes(ax)
    table = result.table
    share = table["share"]
    level = f"{100 * result.confidence_level:g}% interval"
    ax.fill_between(
        share, table["incremental_lower"], table["incremental_upper"], alpha=0.2, label=level
    )
    ax.plot(share, table["incremental"], label="highest uplift first")
    ax.plot(share, table["random"], color="0.4", linestyle="--", label="random order")
    ax.set(xlabel="share of customers treated", ylabel="incremental outcome per customer")
    ax.xaxis.set_major_formatter(_percent)
    ax.legend(frameon=False)
    return ax


def profit_by_share(profit_table: pd.DataFrame, ax: "Axes | None" = None) -> "Axes":
    """The profit of contacting a growing share of customers, each with their best offer.

    The customers come from the highest profit down; the peak is marked, beyond which every further
    contact loses money.

    Args:
        profit_table: `customer_id, offer, profit`, as from `offer_profit`.
        ax: Where to draw; a new figure where not given.

    Examples:
        >>> profits = pd.DataFrame({"customer_id": [1, 2], "offer": "mail", "profit": [3.0, -1.0]})
        >>> profit_by_share(profits).get_ylabel()
        'cumulative expected profit'
    """
    check_columns(check_frame(profit_table, "profit_table").columns, ["customer_id", "profit"])
    profit = pd.Series(finite_values(profit_table["profit"], "profit"))
    best = profit.groupby(customer_ids(profit_table, "profit_table")).max()
    total = np.append(0.0, np.cumsum(np.sort(best.to_numpy())[::-1]))
    share = np.arange(len(total)) / len(best)
    peak = int(total.argmax())
    ax = _axes(ax)
    ax.plot(share, total)
    ax.axhline(0, color="0.8", linewidth=0.8, zorder=0)
    ax.plot(share[peak], total[peak], "o", color="C1")
    ax.annotate(
        f"{share[peak]:.0%} contacted: {total[peak]:,.0f}",
        (share[peak], total[peak]),
        xytext=(0, -24),
        textcoords="offset points",
        ha="center",
        va="top",
    )
    ax.set(xlabel="share of customers contacted", ylabel="cumulative expected profit")
    ax.xaxis.set_major_formatter(_percent)
    return ax


def repurchase_cycles(
    cycles: pd.DataFrame,
    as_of: str | dt.date | pd.Timestamp,
    ax: "Axes | None" = None,
    *,
    longest_days: int = 365,
) -> "Axes":
    """How long the customers' cycles are, and of each length who is due and who overdue.

    Args:
        cycles: `RepurchaseCycle.cycles_`, or what `predict` gave.
        as_of: The day they were made for.
        ax: Where to draw; a new figure where not given.
        longest_days: Longer cycles are left out, and counted in the title.

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
        raise NotEnoughDataError(f"cycles of at most {longest_days} days", have=0, need=1)
    parts = {
        "not yet due": near & ~come & ~late,
        "due": near & come & ~late,
        "overdue": near & late,
    }
    ax = _axes(ax)
    ax.hist(
        [days[part] for part in parts.values()],
        bins=np.linspace(0, longest_days, 41).tolist(),
        stacked=True,
        label=[f"{name} ({int(part.sum()):,})" for name, part in parts.items()],
    )
    left_out = int((~near).sum())
    ax.set(xlabel="cycle in days", ylabel="customers")
    ax.set_title(f"{left_out:,} cycles beyond {longest_days:,} days not shown", fontsize="medium")
    ax.legend(frameon=False)
    return ax


def _flags(values: pd.Series) -> npt.NDArray[np.bool_]:
    if not pd.api.types.is_bool_dtype(values.dtype) or values.isna().any():
        raise DataError(f"overdue must be True or False, not {values.dtype}; see RepurchaseCycle")
    return values.to_numpy(dtype=bool)


def _axes(ax: "Axes | None") -> "Axes":
    if ax is not None:
        if not hasattr(ax, "plot"):
            raise TypeError(f"ax must be matplotlib axes, not {shown(ax)}")
        return ax
    try:
        import matplotlib.pyplot as plt  # noqa: PLC0415 - it is optional
    except ImportError as error:
        raise MissingDependencyError("matplotlib") from error
    axes: Axes = plt.subplots(layout="constrained")[1]
    return axes


def _percent(value: float, _position: Any = None) -> str:
    return f"{value:.0%}"

"""Pictures of the impact of promotions."""

import numpy as np
from matplotlib.axes import Axes

from cemkit.checks.options import check_kind
from cemkit.impact.effects import PromotionEffect
from cemkit.plots.style import axes_for, blue, ink, interval_text, lettered, muted, orange
from cemkit.plots.ticks import number_ticks


def promotion_effect(
    effect: PromotionEffect, *, currency: str = "", ax: Axes | None = None
) -> Axes:
    """Draw lift, dip and net effect of all promotions, in money, with their intervals.

    Args:
        effect: Result of `cemkit.promotion_effect`.
        currency: Currency written before amounts, such as `"$"`.
        ax: Axes to draw on; new ones by default.

    Returns:
        The Axes.

    Examples:
        >>> from cemkit import promotion_effect as measure
        >>> from cemkit.forecasting import simulate_weekly_sales
        >>> weekly = simulate_weekly_sales(n_weeks=60)
        >>> ax = promotion_effect(measure(weekly.sales, weekly.promotions))
        >>> [label.get_text() for label in ax.get_xticklabels()]
        ['lift', 'dip', 'net']
    """
    check_kind(effect, PromotionEffect, "effect")
    ax = axes_for(ax)
    names = ["lift", "dip", "net"]
    middle = np.array([getattr(effect, f"{name}_amount") for name in names])
    ends = np.array(
        [[getattr(effect, f"{n}_amount_{end}") for n in names] for end in ("lower", "upper")]
    )
    starts = [0.0, middle[0], 0.0]  # the dip hangs from the top of the lift
    colours = [blue() if value >= 0 else orange() for value in middle]
    ax.bar(names, middle, bottom=starts, color=colours, width=0.6)
    ax.errorbar(
        names,
        middle + starts,
        yerr=np.abs(ends - middle),
        fmt="none",
        ecolor=ink(),
        capsize=4,
        label=interval_text(effect.confidence_level),
    )
    ax.axhline(0, color=muted(), linewidth=0.8)
    number_ticks(ax, "y", currency=currency)
    return lettered(
        ax, title=f"Effect of promotions ({effect.method})", ylabel="sales against the baseline"
    )

"""Pictures of the impact of promotions, and of treatments that nobody randomised."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from cemkit.arrays import Floats
from cemkit.checks.options import check_kind
from cemkit.impact.balance import NOTABLE
from cemkit.impact.effects import PromotionEffect
from cemkit.impact.observational import ObservationalEffect
from cemkit.impact.staggered import DifferenceInDifferences
from cemkit.plots.style import BAND, axes_for, blue, ink, interval_text, lettered, muted, orange
from cemkit.plots.ticks import name_ticks, number_ticks, rows_height

BINS = 25


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


def balance(effect: ObservationalEffect, *, ax: Axes | None = None) -> Axes:
    """Draw how far apart the two groups are in each covariate, before and after (a love plot).

    Args:
        effect: Result of `cemkit.impact.observational_effect`.
        ax: Axes to draw on; new ones by default.

    Returns:
        The Axes, with one row per covariate, the most different first. Differences of more than
        0.1 standard deviations, outside the dotted lines, are worth a look. An infinite one has no
        mark.

    Examples:
        >>> from cemkit.impact import observational_effect
        >>> rng = np.random.default_rng(0)
        >>> table = pd.DataFrame({"past": rng.normal(0, 1, 400), "amount": rng.normal(5, 1, 400)})
        >>> table["joined"] = rng.random(400) < 1 / (1 + np.exp(-table["past"]))
        >>> found = observational_effect(table, "joined", "amount", ["past"])
        >>> balance(found).get_xlabel()
        'standardised difference'
    """
    check_kind(effect, ObservationalEffect, "effect")
    order = effect.table["difference_before"].abs().sort_values(ascending=False, kind="stable")
    rows = effect.table.loc[order.index]
    names = [str(name) for name in rows.index]
    ax = axes_for(ax, height=1.8 + rows_height(names))
    looks = (("before", "o", orange(), "none"), ("after", "o", blue(), blue()))
    for when, marker, colour, filled in looks:
        values = rows[f"difference_{when}"].replace([np.inf, -np.inf], np.nan)
        label = "as it was" if when == "before" else "after trimming and weighting"
        ax.plot(
            values,
            range(len(rows)),
            marker,
            color=colour,
            markerfacecolor=filled,
            linestyle="none",
            label=label,
        )
    ax.axvline(0, color=muted(), linewidth=0.8)
    for side in (-NOTABLE, NOTABLE):
        ax.axvline(side, color=muted(), linewidth=0.8, linestyle=":")
    ax.set_ylim(len(rows) - 0.5, -0.5)
    name_ticks(ax, "y", names)
    number_ticks(ax, "x")
    return lettered(ax, xlabel="standardised difference")


def overlap(effect: ObservationalEffect, *, ax: Axes | None = None) -> Axes:
    """Draw the propensities of both groups, and which of them are left out.

    Args:
        effect: Result of `cemkit.impact.observational_effect`.
        ax: Axes to draw on; new ones by default.

    Returns:
        The Axes: those treated above the line, the others below it, each as shares of their group.
        Rows in the grey margins are left out.

    Examples:
        >>> from cemkit.impact import observational_effect
        >>> rng = np.random.default_rng(0)
        >>> table = pd.DataFrame({"past": rng.normal(0, 1, 400), "amount": rng.normal(5, 1, 400)})
        >>> table["joined"] = rng.random(400) < 1 / (1 + np.exp(-table["past"]))
        >>> found = observational_effect(table, "joined", "amount", ["past"])
        >>> overlap(found).get_xlabel()
        'estimated propensity'
    """
    check_kind(effect, ObservationalEffect, "effect")
    ax = axes_for(ax)
    edges = np.linspace(0, 1, BINS + 1)
    treated = effect.propensities["treated"].to_numpy(dtype=bool)
    propensity = effect.propensities["propensity"].to_numpy()
    for arm, sign, colour, label in (
        (treated, 1.0, blue(), f"treated ({effect.n_treated:,})"),
        (~treated, -1.0, orange(), f"not treated ({effect.n_control:,})"),
    ):
        share = np.histogram(propensity[arm], edges)[0] / max(int(arm.sum()), 1)
        ax.bar(
            edges[:-1],
            sign * share,
            width=1 / BINS,
            align="edge",
            color=colour,
            alpha=0.8,
            label=label,
        )
    for start, end in ((0.0, effect.trim), (1 - effect.trim, 1.0)):
        ax.axvspan(start, end, color=muted(), alpha=0.3, linewidth=0)
    ax.axhline(0, color=muted(), linewidth=0.8)
    ax.set_xlim(0, 1)
    number_ticks(ax, "x")
    ax.yaxis.set_major_formatter(lambda value, _: f"{abs(value):.0%}")
    left_out = effect.left_out_treated + effect.left_out_control
    return lettered(
        ax,
        title=f"{left_out:,} rows in the margins are left out" if left_out else "",
        xlabel="estimated propensity",
        ylabel="share of the group",
    )


def event_study(effect: DifferenceInDifferences, *, ax: Axes | None = None) -> Axes:
    """Draw the effect by time since the treatment began, and the same before it.

    Args:
        effect: Result of `cemkit.impact.difference_in_differences`.
        ax: Axes to draw on; new ones by default.

    Returns:
        The Axes: bars are intervals of each effect alone, the band holds all of them together. The
        hollow mark is the last period before the treatment, from which changes are counted.

    Examples:
        >>> from cemkit.impact import difference_in_differences
        >>> panel = pd.DataFrame(
        ...     {
        ...         "customer_id": np.repeat(np.arange(6), 2),
        ...         "period": [1, 2] * 6,
        ...         "first_treated": np.repeat([2, 2, 2, None, None, None], 2).astype(float),
        ...         "amount": [5, 9, 6, 11, 7, 11, 4, 5, 8, 10, 6, 6],
        ...     }
        ... )
        >>> event_study(difference_in_differences(panel, "amount")).get_xlabel()
        'periods since the treatment began'
    """
    check_kind(effect, DifferenceInDifferences, "effect")
    rows, level = effect.events, interval_text(effect.confidence_level)
    times = rows.index.to_numpy()
    after = times >= 0
    ax = axes_for(ax)
    ax.axhline(0, color=muted(), linewidth=0.8)
    ax.axvline(-0.5, color=muted(), linewidth=0.8, linestyle=":")
    for side, colour, when in ((~after, orange(), "before"), (after, blue(), "after")):
        if side.any():
            _draw_events(ax, rows[side], colour, f"{when} the treatment began ({level})")
    ax.plot([-1], [0], "o", color=ink(), markerfacecolor="none")
    number_ticks(ax, "x", integer=True)
    number_ticks(ax, "y")
    return lettered(
        ax,
        xlabel="periods since the treatment began",
        ylabel=f"effect on {effect.outcome}",
    )


def _draw_events(ax: Axes, rows: pd.DataFrame, colour: str, label: str) -> None:
    times: Floats = rows.index.to_numpy(dtype=np.float64)
    ends = rows[["lower", "upper"]].to_numpy().T
    middle = rows["effect"].to_numpy()
    size = np.abs(ends - middle)
    ax.errorbar(times, middle, yerr=size, fmt="o", color=colour, capsize=3, label=label)
    edges = np.column_stack([times - 0.5, times + 0.5]).ravel()
    low, high = (np.repeat(rows[f"band_{end}"].to_numpy(), 2) for end in ("lower", "upper"))
    ax.fill_between(edges, low, high, color=colour, alpha=BAND, linewidth=0)

"""Pictures of the impact of promotions, and of treatments that nobody randomised."""

from typing import Any, cast

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from cemkit.arrays import Floats
from cemkit.checks.options import check_kind
from cemkit.errors import DataError
from cemkit.formats import apart, count_text, days_text
from cemkit.impact.balance import NOTABLE
from cemkit.impact.cross_effects import CrossEffects
from cemkit.impact.detectability import DetectableLift
from cemkit.impact.earnings import PromotionProfit
from cemkit.impact.effects import PromotionEffect
from cemkit.impact.effects_by_series import PromotionEffects
from cemkit.impact.elasticity import PromotionElasticity
from cemkit.impact.observational import ObservationalEffect
from cemkit.impact.staggered import DifferenceInDifferences
from cemkit.impact.verdicts import NOT_CLEAR, REPEAT, PromotionVerdict
from cemkit.plots.style import (
    BAND,
    axes_for,
    blue,
    ink,
    interval_text,
    lettered,
    muted,
    orange,
    series_looks,
)
from cemkit.plots.ticks import date_ticks, name_ticks, number_ticks, rate_ticks, rows_height

APART = 0.18  # of the two estimates of one row
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
        >>> rng, names = np.random.default_rng(0), ["orders", "spend", "days silent", "age"]
        >>> table = pd.DataFrame(rng.normal(size=(800, 4)), columns=names)
        >>> chance = 1 / (1 + np.exp(-table[names] @ [0.8, 0.4, -0.6, 0]))
        >>> table["joined"], table["amount"] = rng.random(800) < chance, rng.normal(table["spend"])
        >>> balance(observational_effect(table, "joined", "amount", names)).get_xlabel()
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
        title=f"{count_text(left_out, 'rows in the margins are')} left out" if left_out else "",
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
        >>> rng = np.random.default_rng(0)
        >>> customer, period = np.divmod(np.arange(300 * 8), 8)
        >>> panel = pd.DataFrame({"customer_id": customer, "period": period})
        >>> panel["first_treated"] = np.where(customer % 2, 5.0, np.nan)
        >>> panel["amount"] = rng.normal(20 + period, 4) + 3 * (period >= panel["first_treated"])
        >>> event_study(difference_in_differences(panel, "amount")).get_xlabel()
        'periods since the treatment began'
    """
    check_kind(effect, DifferenceInDifferences, "effect")
    rows, level = effect.events, interval_text(effect.confidence_level)
    times = rows.index.to_numpy()
    after = times >= 0
    ax = axes_for(ax, width=min(1.0 + 0.16 * len(rows), 16.0))
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


def promotion_baseline(
    effect: PromotionEffect, *, currency: str = "", ax: Axes | None = None
) -> Axes:
    """Draw what was sold, and what would have been without the promotions.

    Args:
        effect: Result of `cemkit.promotion_effect` with `method="regression"`.
        currency: Currency written before amounts, such as `"$"`.
        ax: Axes to draw on; new ones by default.

    Returns:
        The Axes, with sales as a line, the baseline dashed, and its interval as a band.

    Raises:
        DataError: The effect has no baseline for each period.

    Examples:
        >>> from cemkit import promotion_effect as measure
        >>> from cemkit.forecasting import simulate_weekly_sales
        >>> weekly = simulate_weekly_sales(n_weeks=60)
        >>> ax = promotion_baseline(measure(weekly.sales, weekly.promotions))
        >>> [line.get_label() for line in ax.get_lines()]
        ['sold', 'baseline']
    """
    check_kind(effect, PromotionEffect, "effect")
    if effect.periods is None:
        raise DataError(
            "the effect has no baseline for each period; use promotion_effect(..., "
            "method='regression')"
        )
    ax = axes_for(ax)
    periods = effect.periods
    days = _days(periods.index)
    ax.plot(days, periods["actual_amount"], color=blue(), label="sold")
    ax.plot(days, periods["baseline_amount"], color=orange(), linestyle="--", label="baseline")
    ax.fill_between(
        days,
        periods["baseline_amount_lower"],
        periods["baseline_amount_upper"],
        color=orange(),
        alpha=BAND,
        linewidth=0,
        label=interval_text(effect.confidence_level),
    )
    date_ticks(ax)
    number_ticks(ax, "y", currency=currency)
    return lettered(ax, title="Sales against the baseline", ylabel="sales")


def detectable_lift(found: DetectableLift, *, ax: Axes | None = None) -> Axes:
    """Draw the lift that could be seen, and the one that pays, by start of the promotion.

    Args:
        found: Result of `cemkit.impact.detectable_lift`.
        ax: Axes to draw on; new ones by default.

    Returns:
        The Axes, with a line of detectable lifts for each length, break-even lifts dashed, and a
        mark on each good window.

    Examples:
        >>> from cemkit.forecasting import simulate_weekly_sales
        >>> from cemkit.impact import detectable_lift as find
        >>> sales = simulate_weekly_sales(n_weeks=60).sales
        >>> detectable_lift(find(sales, 7, margin=0.4, discount=0.1)).get_ylabel()
        'lift'
    """
    check_kind(found, DetectableLift, "found")
    ax = axes_for(ax)
    lengths = list(found.table.groupby("length_days"))
    for (length, rows), look in zip(lengths, series_looks(len(lengths)), strict=True):
        days = days_text(cast("int", length))
        starts = rows["start_date"].to_numpy()
        label = f"detectable, {days}"
        ax.plot(starts, rows["detectable_lift"], color=look["color"], label=label)
        pays = rows["break_even_lift"].where(np.isfinite(rows["break_even_lift"]))
        if pays.notna().any():
            label = f"break-even, {days}"
            ax.plot(starts, pays, color=look["color"], linestyle="--", label=label)
        good = rows[rows["is_good"]]
        if len(good):
            at = good["start_date"].to_numpy(), good["detectable_lift"]
            ax.plot(*at, look["marker"], color=look["color"], markersize=3)
    ax.set_ylim(bottom=0)
    date_ticks(ax)
    rate_ticks(ax, "y")
    title = "Detectable and break-even lift by start"
    return lettered(ax, title=title, xlabel="start of the promotion", ylabel="lift")


def effects_by_series(found: PromotionEffects, *, ax: Axes | None = None) -> Axes:
    """Draw the effect in each series, by itself and pooled, with intervals.

    Args:
        found: Result of `cemkit.impact.promotion_effects`.
        ax: Axes to draw on; new ones by default.

    Returns:
        The Axes, with a row for each series; the mean of all is a line.

    Examples:
        >>> from cemkit.forecasting import simulate_weekly_sales
        >>> from cemkit.impact import promotion_effects
        >>> shops = [simulate_weekly_sales(n_weeks=80, random_state=seed) for seed in range(1, 7)]
        >>> sold = pd.DataFrame({f"shop {i}": s.sales for i, s in enumerate(shops)})
        >>> when = pd.concat(s.promotions.assign(series=f"shop {i}") for i, s in enumerate(shops))
        >>> ax = effects_by_series(promotion_effects(sold, when))
        >>> [label.get_text() for label in ax.get_yticklabels()][:2]
        ['shop 0', 'shop 1']
    """
    check_kind(found, PromotionEffects, "found")
    rows = found.table[found.table["effect"] == found.effect]
    names = rows["series"].tolist()
    ax = axes_for(ax, height=1.8 + rows_height(names))
    places = np.arange(len(rows))
    own = rows[["estimate", "lower", "upper"]].to_numpy()
    pooled = rows[["pooled", "pooled_lower", "pooled_upper"]].to_numpy()
    _points(ax, places - APART, own, color=muted(), marker="o", label="by itself")
    _points(ax, places + APART, pooled, color=blue(), marker="s", label="pooled")
    if np.isfinite(found.mean):
        ax.axvline(found.mean, color=orange(), linestyle="--", linewidth=1, label="mean")
    ax.axvline(0, color=muted(), linewidth=0.8)
    ax.set_ylim(len(names) - 0.5, -0.5)
    name_ticks(ax, "y", names)
    if found.effect == "lift":
        rate_ticks(ax, "x")
    else:
        number_ticks(ax, "x")
    label = f"{found.effect} of promotions ({interval_text(found.confidence_level)})"
    return lettered(ax, xlabel=label)


def effect_by_depth(found: PromotionElasticity, *, ax: Axes | None = None) -> Axes:
    """Draw the lift at each depth, and what one elasticity says of it.

    Args:
        found: Result of `cemkit.impact.promotion_elasticity`.
        ax: Axes to draw on; new ones by default.

    Returns:
        The Axes, with a point and its interval for each depth, and a curve with its band.

    Examples:
        >>> from cemkit.forecasting import simulate_weekly_sales
        >>> from cemkit.impact import promotion_elasticity
        >>> one = simulate_weekly_sales(n_weeks=60)
        >>> sizes = [0.1, 0.2] * len(one.promotions)
        >>> sized = one.promotions.assign(size=sizes[: len(one.promotions)])
        >>> effect_by_depth(promotion_elasticity(one.sales, sized)).get_xlabel()
        'depth of the discount'
    """
    check_kind(found, PromotionElasticity, "found")
    ax = axes_for(ax)
    table = found.table
    at = np.linspace(0.0, float(table["depth"].max()) * 1.08, 60)
    curves = [
        np.expm1(slope * np.log1p(-np.minimum(at, 0.999)))
        for slope in (found.elasticity, found.elasticity_lower, found.elasticity_upper)
    ]
    ax.plot(at, curves[0], color=orange(), label=f"elasticity {_elasticity(found)}")
    ax.fill_between(at, curves[1], curves[2], color=orange(), alpha=BAND, linewidth=0)
    middle = table["lift"].to_numpy()
    ends = table[["lift_lower", "lift_upper"]].to_numpy().T
    ax.errorbar(
        table["depth"],
        middle,
        yerr=np.abs(ends - middle),
        fmt="o",
        color=blue(),
        ecolor=ink(),
        capsize=4,
        label=f"measured at this depth ({interval_text(found.confidence_level)})",
    )
    ax.axhline(0, color=muted(), linewidth=0.8)
    # An interval of one rare depth may be so long that nothing else could be read.
    most = float(np.nanmax([middle.max(), curves[0].max()]))
    low, high = ax.get_ylim()
    ax.set_ylim(max(low, -1.0), min(high, 2.5 * most) if most > 0 else high)
    rate_ticks(ax, "x")
    rate_ticks(ax, "y")
    return lettered(ax, title="Lift by depth", xlabel="depth of the discount", ylabel="lift")


def _elasticity(found: PromotionElasticity) -> str:
    """The estimate with the minus of the ticks, and its interval."""
    names = ("elasticity", "elasticity_lower", "elasticity_upper")
    texts = apart(*(getattr(found, name) for name in names), spec=".2f")
    middle, lower, upper = (text.replace("-", "\N{MINUS SIGN}") for text in texts)
    return f"{middle} ({lower} to {upper})"


def cross_effects(found: CrossEffects, *, currency: str = "", ax: Axes | None = None) -> Axes:
    """Draw what promotions of each product took from others, and brought them.

    Args:
        found: Result of `cemkit.impact.product_cross_effects`.
        currency: Currency written before amounts, such as `"$"`.
        ax: Axes to draw on; new ones by default.

    Returns:
        The Axes, with a row for each promoted product: losses to the left, gains to the right, and
        both together as a point with its interval.

    Examples:
        >>> from cemkit.data import simulate_sales
        >>> from cemkit.impact import product_cross_effects
        >>> names = ["tea", "milk", "bread"]
        >>> drawn = [simulate_sales(90, random_state=seed).table["amount"] for seed in range(3)]
        >>> sold = pd.concat(drawn, axis=1, keys=names)
        >>> sold.iloc[28:42] *= [1.4, 0.8, 1.1]
        >>> when = pd.DataFrame({"name": ["spring"], "series": "tea", "start_date": sold.index[28]})
        >>> found = product_cross_effects(sold, when.assign(end_date=sold.index[41]))
        >>> [label.get_text() for label in cross_effects(found).get_yticklabels()]
        ['tea']
    """
    check_kind(found, CrossEffects, "found")
    table = found.by_promoted
    names = table.index.tolist()
    ax = axes_for(ax, height=1.8 + rows_height(names))
    places = np.arange(len(names))
    losses, gains = -table["cannibalised_amount"], table["halo_amount"]
    ax.barh(places, losses, height=0.6, color=orange(), alpha=0.6, label="lost by other products")
    ax.barh(places, gains, height=0.6, color=blue(), alpha=0.6, label="gained by other products")
    net = table[["net_amount", "net_amount_lower", "net_amount_upper"]].to_numpy()
    label = f"in all ({interval_text(found.confidence_level)})"
    _points(ax, places, net, color=ink(), marker="o", label=label)
    ax.axvline(0, color=muted(), linewidth=0.8)
    ax.set_ylim(len(names) - 0.5, -0.5)
    name_ticks(ax, "y", names)
    number_ticks(ax, "x", currency=currency)
    return lettered(ax, xlabel="sales of other products", ylabel="promoted product")


def promotion_verdict(
    found: PromotionVerdict, *, currency: str = "", ax: Axes | None = None
) -> Axes:
    """Draw the net profit of each promotion with its interval, coloured by the verdict.

    Args:
        found: Result of `cemkit.impact.worth_repeating`.
        currency: Currency written before amounts, such as `"$"`.
        ax: Axes to draw on; new ones by default.

    Returns:
        The Axes, with a row for each promotion.

    Examples:
        >>> from cemkit.forecasting import simulate_weekly_sales
        >>> from cemkit.impact import worth_repeating
        >>> one = simulate_weekly_sales(n_weeks=60)
        >>> found = worth_repeating(one.sales, one.promotions, margin=0.5, discount=0.1)
        >>> len(promotion_verdict(found).get_yticklabels()) == found.n_promotions
        True
    """
    check_kind(found, PromotionVerdict, "found")
    table = found.table
    names = table.index.tolist()
    ax = axes_for(ax, height=1.8 + rows_height(names, row=0.25))
    looks = {REPEAT: (blue(), "o"), NOT_CLEAR: (muted(), "s"), "stop": (orange(), "D")}
    for verdict, (colour, marker) in looks.items():
        on = (table["verdict"] == verdict).to_numpy()
        if on.any():
            amounts = table[["net_profit", "net_profit_lower", "net_profit_upper"]].to_numpy()[on]
            _points(ax, np.flatnonzero(on), amounts, color=colour, marker=marker, label=verdict)
    ax.axvline(0, color=muted(), linewidth=0.8)
    ax.set_ylim(len(names) - 0.5, -0.5)
    name_ticks(ax, "y", names, ordered=True)
    number_ticks(ax, "x", currency=currency)
    return lettered(ax, xlabel=f"net profit ({interval_text(found.confidence_level)})")


def profit_waterfall(found: PromotionProfit, *, currency: str = "", ax: Axes | None = None) -> Axes:
    """Draw what a promotion earned as a waterfall, line by line, down to the net profit.

    Args:
        found: Result of `cemkit.promotion_profit`.
        currency: Currency written before amounts, such as `"$"`.
        ax: Axes to draw on; new ones by default.

    Returns:
        The Axes, with a row for each line that is not 0 and the net profit, which begins at 0. Each
        line begins where the one above it ended, and has its own interval.

    Examples:
        >>> import cemkit as ck
        >>> from cemkit.data import simulate_experiment
        >>> effect = ck.holdout_effect(simulate_experiment(20_000).table)
        >>> profit = ck.promotion_profit(effect, margin=0.6, discount=0.1, fixed_cost=2_000)
        >>> [label.get_text() for label in profit_waterfall(profit).get_yticklabels()][::2]
        ['incremental profit', 'discount on incremental', 'net profit']
    """
    check_kind(found, PromotionProfit, "found")
    bounds = found.table[["amount", "amount_lower", "amount_upper"]]
    bounds = bounds[(bounds != 0).any(axis=1) | (bounds.index == "net_profit")]
    names = [_line_name(str(line)) for line in bounds.index]
    middle, lower, upper = bounds.to_numpy(dtype=float).T
    starts = np.cumsum(middle) - middle
    starts[-1] = 0.0
    ax = axes_for(ax, height=1.8 + rows_height(names))
    places = np.arange(len(names))
    colours = [blue() if amount >= 0 else orange() for amount in middle]
    ax.barh(places, middle, left=starts, color=colours, height=0.6)
    sure = lower == upper
    ax.errorbar(
        (starts + middle)[~sure],
        places[~sure],
        xerr=np.abs([lower - middle, upper - middle])[:, ~sure],
        fmt="none",
        ecolor=ink(),
        capsize=3,
        label=interval_text(found.confidence_level),
    )
    ax.axvline(0, color=muted(), linewidth=0.8)
    ax.axhline(len(names) - 1.5, color=muted(), linewidth=0.8)
    ax.use_sticky_edges = False  # the longest bar is not cut at the edge
    ax.autoscale_view()
    ax.set_ylim(len(names) - 0.5, -0.5)
    number_ticks(ax, "x", currency=currency)
    name_ticks(ax, "y", names)
    return lettered(ax, xlabel="profit")


def _line_name(line: str) -> str:
    """The name of a line of the profit; names of offers stay as they are."""
    return line if line.startswith("offer ") else line.replace("_", " ")


def _points(ax: Axes, places: Any, bounds: Any, *, color: Any, marker: str, label: str) -> None:
    """Estimates with their intervals, a row each."""
    middle = bounds[:, 0]
    ax.errorbar(
        middle,
        places,
        xerr=np.abs(bounds[:, 1:].T - middle),
        fmt=marker,
        color=color,
        capsize=3,
        markersize=4,
        label=label,
    )


def _days(index: Any) -> Any:
    """Where periods are drawn: their first days, in local time."""
    if isinstance(index, pd.PeriodIndex):
        return index.start_time.to_numpy()
    return index.tz_localize(None).to_numpy()

"""Pictures of whom to treat: uplift and profit by share of customers, and values of policies."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from cemkit.checks import check_columns, check_frame, customer_ids, finite_values
from cemkit.checks.options import check_kind
from cemkit.plots.forest_plot import forest
from cemkit.plots.style import BAND, axes_for, blue, interval_text, lettered, muted, orange
from cemkit.plots.ticks import number_text, number_ticks, rate_ticks
from cemkit.targeting.curves import UpliftCurve
from cemkit.targeting.policy import PolicyValue


def uplift_curve(result: UpliftCurve, *, ax: Axes | None = None) -> Axes:
    """Draw the outcome gained by treating the highest scores first, against random order.

    Args:
        result: Result of `cemkit.uplift_curve`.
        ax: Axes to draw on; new ones by default.

    Returns:
        The Axes.

    Examples:
        >>> import cemkit as ck
        >>> rng = np.random.default_rng(0)
        >>> uplift, treated = rng.normal(0.05, 0.1, 2_000), rng.integers(2, size=2_000)
        >>> bought = rng.random(2_000) < 0.2 + uplift * treated
        >>> uplift_curve(ck.uplift_curve(uplift, bought.astype(int), treated)).get_xlabel()
        'share of customers treated'
    """
    check_kind(result, UpliftCurve, "result")
    ax = axes_for(ax)
    table = result.table
    share = table["share"]
    ax.fill_between(
        share,
        table["incremental_lower"],
        table["incremental_upper"],
        color=blue(),
        alpha=BAND,
        linewidth=0,
        label=interval_text(result.confidence_level),
    )
    ax.plot(share, table["incremental"], color=blue(), label="highest uplift first")
    ax.plot(share, table["random"], color=muted(), linestyle="--", label="random order")
    ax.set_xlim(-0.02, 1.02)
    number_ticks(ax, "y")
    rate_ticks(ax, "x")
    return lettered(
        ax,
        title="Uplift by share treated",
        xlabel="share of customers treated",
        ylabel="incremental outcome per customer",
    )


def profit_by_share(
    profit_table: pd.DataFrame, *, currency: str = "", ax: Axes | None = None
) -> Axes:
    """Draw the profit of contacting a growing share of customers, each with their best offer.

    Customers come in order of profit, the highest first. The peak is marked; every contact beyond
    it loses money.

    Args:
        profit_table: Expected profit of each `customer_id` and `offer`, as from `offer_profit`.
        currency: Currency written before amounts, such as `"$"`.
        ax: Axes to draw on; new ones by default.

    Returns:
        The Axes.

    Examples:
        >>> profit = np.random.default_rng(0).normal([1.0, 0.5], [4.0, 6.0], (1_000, 2)).ravel()
        >>> customers, offers = np.arange(1_000).repeat(2), ["mail", "call"] * 1_000
        >>> table = pd.DataFrame({"customer_id": customers, "offer": offers, "profit": profit})
        >>> profit_by_share(table).get_ylabel()
        'cumulative expected profit'
    """
    check_columns(check_frame(profit_table, "profit_table").columns, ["customer_id", "profit"])
    profit = pd.Series(finite_values(profit_table["profit"], "profit"))
    best = profit.groupby(customer_ids(profit_table, "profit_table")).max()
    total = np.append(0.0, np.cumsum(np.sort(best.to_numpy())[::-1]))
    share = np.arange(len(total)) / len(best)
    peak = int(total.argmax())
    ax = axes_for(ax)
    ax.plot(share, total, color=blue())
    ax.axhline(0, color=muted(), linewidth=0.8, zorder=0)
    text = number_text(round(total[peak], 2 if total[peak] < 100 else 0), currency)
    label = f"best: {share[peak]:.0%} contacted, {text}"
    ax.plot(share[peak], total[peak], "o", color=orange(), label=label)
    ax.set_xlim(-0.02, 1.02)
    number_ticks(ax, "y", currency=currency)
    rate_ticks(ax, "x")
    return lettered(
        ax,
        title="Profit by share contacted",
        xlabel="share of customers contacted",
        ylabel="cumulative expected profit",
    )


def policy_value(found: PolicyValue, *, currency: str = "", ax: Axes | None = None) -> Axes:
    """Draw a forest plot: what the policy and each offer given to everyone earn per customer.

    Args:
        found: Result of `cemkit.policy_value`.
        currency: Currency written before amounts, such as `"$"`, where the outcome is money.
        ax: Axes to draw on; new ones by default.

    Returns:
        The Axes, with the doubly robust value of the policy in blue, and below it one row for each
        variant given to everyone.

    Examples:
        >>> import cemkit as ck
        >>> from cemkit.data import simulate_experiment
        >>> experiment = simulate_experiment(6_000).table
        >>> segment = experiment.set_index("customer_id")["segment"]
        >>> policy = segment.map({"loyal": "treatment", "new": "control"})
        >>> ax = policy_value(ck.policy_value(policy, experiment, 0.5))
        >>> [label.get_text() for label in ax.get_yticklabels()]
        ['policy', 'everyone control', 'everyone treatment']
    """
    check_kind(found, PolicyValue, "found")
    table = found.table
    names = [str(name) for name in table["policy"]]
    bounds = table[["value", "value_lower", "value_upper"]]
    ax = forest(names, bounds, ax, colours=[blue(), *[muted()] * (len(table) - 1)])
    number_ticks(ax, "x", currency=currency)
    return lettered(ax, xlabel=f"value per customer ({interval_text(found.confidence_level)})")

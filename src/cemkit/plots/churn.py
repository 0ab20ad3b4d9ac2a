"""Pictures of churn models: how good, how calibrated, worth how much, and why."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Patch

from cemkit.catalogue.en.churn import outcome_words
from cemkit.checks import check_integer
from cemkit.checks.options import check_kind
from cemkit.churn.campaign_value import RetentionProfit
from cemkit.churn.drift import SHIFTED, SHIFTING, FeatureDrift
from cemkit.churn.evaluation import PropensityEvaluation
from cemkit.churn.importance import FeatureImportance
from cemkit.churn.inference import PropensityCoefficients
from cemkit.churn.outcomes import CHURN
from cemkit.formats import count_text
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
from cemkit.plots.ticks import (
    amount_text,
    name_ticks,
    number_ticks,
    rate_ticks,
    ratio_ticks,
    rows_height,
)

CHURN_AXES = {
    "false": "share of stayers called churners",
    "recall": "share of churners found (recall)",
    "precision": "share of them that churn (precision)",
    "reached": "share of churners reached so far",
    "lift": "lift (churn rate over base rate)",
}
DRAWN_ODDS = (1e-200, 1e200)  # beyond, matplotlib's margins overflow


def calibration(evaluation: PropensityEvaluation, *, ax: Axes | None = None) -> Axes:
    """Draw churn rate against mean predicted probability in tenths of the customers.

    Args:
        evaluation: Result of `evaluate_churn` or `evaluate_propensity`.
        ax: Axes to draw on; new ones by default.

    Returns:
        The Axes.

    Examples:
        >>> import cemkit as ck
        >>> orders, day = ck.load_cdnow("sample"), "1997-09-30"
        >>> churned = ck.label_churn(orders, day, window_days=182)
        >>> known = ck.customer_table(orders, day, include="activity").loc[churned.index]
        >>> risk = ck.ChurnModel().fit(known[::2], churned[::2]).predict_proba(known[1::2])[:, 1]
        >>> calibration(ck.evaluate_churn(churned[1::2], risk)).get_xlabel()
        'predicted probability of churn'
    """
    check_kind(evaluation, PropensityEvaluation, "evaluation")
    table = evaluation.calibration
    rate = table[evaluation.named.rate]
    ax = axes_for(ax)
    ax.plot([0, 1], [0, 1], "--", color=muted(), label="perfect")
    ax.errorbar(
        table[evaluation.named.probability],
        rate,
        yerr=np.array([rate - table["lower"], table["upper"] - rate]),
        fmt="o-",
        color=blue(),
        capsize=2,
        label=f"model ({interval_text(evaluation.confidence_level)})",
    )
    right, top = table[[evaluation.named.probability, "upper"]].max() * 1.04
    ax.set(xlim=(-0.02 * right, right), ylim=(-0.02 * top, top))
    rate_ticks(ax, "y")
    rate_ticks(ax, "x")
    slope = evaluation.table["value"]["calibration_slope"]
    what = outcome_words(evaluation.outcome)
    return lettered(
        ax,
        title=f"Calibration (slope {slope:.2f})",
        xlabel=f"predicted probability of {what}",
        ylabel=f"{what} rate",
    )


def roc(evaluation: PropensityEvaluation, *, ax: Axes | None = None) -> Axes:
    """Draw the share of churners found against the share of stayers called churners.

    Args:
        evaluation: Result of `evaluate_churn` or `evaluate_propensity`.
        ax: Axes to draw on; new ones by default.

    Returns:
        The Axes.

    Examples:
        >>> import cemkit as ck
        >>> orders, day = ck.load_cdnow("sample"), "1997-09-30"
        >>> churned = ck.label_churn(orders, day, window_days=182)
        >>> known = ck.customer_table(orders, day, include="activity").loc[churned.index]
        >>> risk = ck.ChurnModel().fit(known[::2], churned[::2]).predict_proba(known[1::2])[:, 1]
        >>> roc(ck.evaluate_churn(churned[1::2], risk)).get_ylabel()
        'share of churners found (recall)'
    """
    check_kind(evaluation, PropensityEvaluation, "evaluation")
    curve, auc = evaluation.curve, evaluation.table.loc["roc_auc"]
    ax = axes_for(ax)
    ax.plot([0, 1], [0, 1], "--", color=muted(), label="chance")
    ax.plot(
        np.r_[0, curve["false_positive_rate"]],
        np.r_[0, curve["recall"]],
        color=blue(),
        label="model",
    )
    ax.set_xlim(-0.02, 1.02)
    rate_ticks(ax, "y")
    rate_ticks(ax, "x")
    level, said = interval_text(evaluation.confidence_level), _axes_of(evaluation.outcome)
    return lettered(
        ax,
        title=f"ROC: AUC {auc['value']:.3f} ({level} {auc['lower']:.3f} to {auc['upper']:.3f})",
        xlabel=said["false"],
        ylabel=said["recall"],
    )


def precision_recall(evaluation: PropensityEvaluation, *, ax: Axes | None = None) -> Axes:
    """Draw precision against recall for every threshold; chance reaches the base rate.

    Args:
        evaluation: Result of `evaluate_churn` or `evaluate_propensity`.
        ax: Axes to draw on; new ones by default.

    Returns:
        The Axes.

    Examples:
        >>> import cemkit as ck
        >>> orders, day = ck.load_cdnow("sample"), "1997-09-30"
        >>> churned = ck.label_churn(orders, day, window_days=182)
        >>> known = ck.customer_table(orders, day, include="activity").loc[churned.index]
        >>> risk = ck.ChurnModel().fit(known[::2], churned[::2]).predict_proba(known[1::2])[:, 1]
        >>> precision_recall(ck.evaluate_churn(churned[1::2], risk)).get_ylabel()
        'share of them that churn (precision)'
    """
    check_kind(evaluation, PropensityEvaluation, "evaluation")
    curve = evaluation.curve
    ax = axes_for(ax)
    ax.axhline(evaluation.base_rate, linestyle="--", color=muted(), label="base rate")
    ax.plot(curve["recall"], curve["precision"], color=blue(), label="model")
    ax.set(xlim=(-0.02, 1.02), ylim=(0, 1.02))
    rate_ticks(ax, "y")
    rate_ticks(ax, "x")
    average = evaluation.table["value"]["average_precision"]
    said = _axes_of(evaluation.outcome)
    return lettered(
        ax,
        title=f"Precision and recall: average precision {average:.3f}",
        xlabel=said["recall"],
        ylabel=said["precision"],
    )


def lift_and_gains(evaluation: PropensityEvaluation, *, ax: Axes | None = None) -> Axes:
    """Draw the lift of each tenth as bars, and the share of churners reached so far as a line.

    Args:
        evaluation: Result of `evaluate_churn` or `evaluate_propensity`.
        ax: Axes to draw on; new ones by default. The line has a second scale on the right.

    Returns:
        The Axes of the bars.

    Examples:
        >>> import cemkit as ck
        >>> orders, day = ck.load_cdnow("sample"), "1997-09-30"
        >>> churned = ck.label_churn(orders, day, window_days=182)
        >>> known = ck.customer_table(orders, day, include="activity").loc[churned.index]
        >>> risk = ck.ChurnModel().fit(known[::2], churned[::2]).predict_proba(known[1::2])[:, 1]
        >>> len(lift_and_gains(ck.evaluate_churn(churned[1::2], risk)).patches)
        10
    """
    check_kind(evaluation, PropensityEvaluation, "evaluation")
    deciles = evaluation.deciles
    ax = axes_for(ax)
    ax.bar(deciles.index, deciles["lift"], color=muted(), label="lift (left)")
    ax.axhline(1, linestyle="--", color=muted(), linewidth=1)
    number_ticks(ax, "y")
    name_ticks(ax, "x", list(deciles.index), list(deciles.index), ordered=True)
    gains = ax.twinx()
    [line] = gains.plot(deciles.index, deciles["cumulative_gain"], "o-", color=orange())
    line.set_label("gain (right)")
    gains.set_ylim(0, 1.05)
    rate_ticks(gains, "y")
    said = _axes_of(evaluation.outcome)
    gains.set_ylabel(said["reached"])
    return lettered(
        ax,
        title="Lift and gains",
        xlabel="tenth of the customers, highest probability first",
        ylabel=said["lift"],
        legend=[line],
    )


def retention_profit(plan: RetentionProfit, *, currency: str = "", ax: Axes | None = None) -> Axes:
    """Draw expected profit against the share of customers contacted, the most profitable first.

    Args:
        plan: Result of `cemkit.retention_profit`.
        currency: Currency written before amounts, such as `"$"`.
        ax: Axes to draw on; new ones by default.

    Returns:
        The Axes.

    Examples:
        >>> import cemkit as ck
        >>> customers = ck.customer_table(ck.load_cdnow("sample"), as_of="1997-09-30")
        >>> model = ck.BetaGeoModel().fit(customers)
        >>> clv = 30 * model.expected_purchases(customers, horizon_days=730)
        >>> plan = ck.retention_profit(1 - model.alive_probability(customers), clv, 5, 0.5, 0.3)
        >>> retention_profit(plan).get_xlabel()
        'share of customers contacted, most profitable first'
    """
    check_kind(plan, RetentionProfit, "plan")
    ax = axes_for(ax)
    ax.plot(plan.curve["share"], plan.curve["profit"], color=blue())
    ax.axhline(0, color=muted(), linewidth=0.8)
    profit = plan.expected_profit
    text = amount_text(profit, abs(profit), currency)
    label = f"best: {plan.best_share:.0%} contacted, {text}"
    ax.plot(plan.best_share, profit, "o", color=orange(), label=label)
    ax.set_xlim(-0.02, 1.02)
    number_ticks(ax, "y", currency=currency)
    rate_ticks(ax, "x")
    return lettered(
        ax,
        title="Profit of a retention offer",
        xlabel="share of customers contacted, most profitable first",
        ylabel="expected profit",
    )


def coefficients(read: PropensityCoefficients, *, ax: Axes | None = None) -> Axes:
    """Draw odds ratios with their intervals on a logarithmic scale.

    The intercept is left out. So are constant columns, of which nothing can be learnt; the label
    below the axis counts them.

    Args:
        read: Result of `coefficients` of a `ChurnModel` or `PropensityModel`.
        ax: Axes to draw on; new ones by default.

    Returns:
        The Axes.

    Examples:
        >>> import cemkit as ck
        >>> orders, day = ck.load_cdnow("sample"), "1997-09-30"
        >>> churned = ck.label_churn(orders, day, window_days=182)
        >>> known = ck.customer_table(orders, day).loc[churned.index]
        >>> features = known[["recency_days", "tenure_days", "repeat_count"]]
        >>> ax = coefficients(ck.ChurnModel().fit(features, churned).coefficients())
        >>> [tick.get_text() for tick in ax.get_yticklabels()]
        ['repeat_count', 'tenure_days', 'recency_days']
    """
    check_kind(read, PropensityCoefficients, "read")
    terms = read.table.drop(index="intercept")
    table = terms[terms["coefficient"] != 0].iloc[::-1]  # exactly 0 is a column without variation
    odds = table[["odds_ratio", "odds_ratio_lower", "odds_ratio_upper"]].clip(*DRAWN_ODDS)
    ratio, lower, upper = odds.to_numpy(dtype=float).T
    ax = axes_for(ax, height=1.8 + rows_height(list(table.index), row=0.35))
    ax.errorbar(
        ratio,
        range(len(table)),
        xerr=np.array([ratio - lower, upper - ratio]),
        fmt="o",
        color=blue(),
        capsize=3,
    )
    ax.axvline(1, linestyle="--", color=muted(), linewidth=1)
    ax.set_ylim(-0.6, len(table) - 0.4)
    name_ticks(ax, "y", list(table.index))
    ratio_ticks(ax)
    constant = len(terms) - len(table)
    plural = "s" if constant > 1 else ""
    left_out = f" ({constant} constant column{plural} not shown)" if constant else ""
    return lettered(
        ax,
        title=f"Odds of {outcome_words(read.outcome)} ({interval_text(read.confidence_level)}s)",
        xlabel=f"odds ratio per unit{left_out}",
    )


def score_histogram(evaluation: PropensityEvaluation, *, ax: Axes | None = None) -> Axes:
    """Draw how the probabilities of customers with and without the outcome are distributed.

    Both distributions add up to 100 %, so that they compare however rare the outcome is. The less
    they overlap, the better the probability tells the customers apart.

    Args:
        evaluation: Result of `evaluate_churn` or `evaluate_propensity`.
        ax: Axes to draw on; new ones by default.

    Returns:
        The Axes.

    Examples:
        >>> import cemkit as ck
        >>> orders, day = ck.load_cdnow("sample"), "1997-09-30"
        >>> churned = ck.label_churn(orders, day, window_days=182)
        >>> known = ck.customer_table(orders, day, include="activity").loc[churned.index]
        >>> risk = ck.ChurnModel().fit(known[::2], churned[::2]).predict_proba(known[1::2])[:, 1]
        >>> score_histogram(ck.evaluate_churn(churned[1::2], risk)).get_ylabel()
        'share of each group'
    """
    check_kind(evaluation, PropensityEvaluation, "evaluation")
    table, what = evaluation.histogram, outcome_words(evaluation.outcome)
    edges = np.append(table["from_probability"], table["to_probability"].iloc[-1])
    with_it = table[evaluation.named.label]
    ax = axes_for(ax)
    for counts, name, colour in (
        (table["customers"] - with_it, f"no {what}", blue()),
        (with_it, what, orange()),
    ):
        share, label = counts / counts.sum(), f"{name} ({count_text(counts.sum(), 'customers')})"
        ax.stairs(share, edges, fill=True, color=colour, alpha=BAND)
        ax.stairs(share, edges, color=colour, linewidth=1.5, label=label)
    _mark_threshold(ax, evaluation)
    ax.set_xlim(-0.02, 1.02)
    ax.set_ylim(bottom=0)
    rate_ticks(ax, "y")
    rate_ticks(ax, "x")
    return lettered(
        ax,
        title=f"Predicted probability of {what}",
        xlabel=f"predicted probability of {what}",
        ylabel="share of each group",
    )


def threshold(evaluation: PropensityEvaluation, *, ax: Axes | None = None) -> Axes:
    """Draw precision, recall and the share of customers above each threshold.

    Args:
        evaluation: Result of `evaluate_churn` or `evaluate_propensity`. Its own threshold is
            marked.
        ax: Axes to draw on; new ones by default.

    Returns:
        The Axes.

    Examples:
        >>> import cemkit as ck
        >>> orders, day = ck.load_cdnow("sample"), "1997-09-30"
        >>> churned = ck.label_churn(orders, day, window_days=182)
        >>> known = ck.customer_table(orders, day, include="activity").loc[churned.index]
        >>> risk = ck.ChurnModel().fit(known[::2], churned[::2]).predict_proba(known[1::2])[:, 1]
        >>> threshold(ck.evaluate_churn(churned[1::2], risk)).get_title()
        'Predicting churn above a threshold'
    """
    check_kind(evaluation, PropensityEvaluation, "evaluation")
    curve, rate = evaluation.curve.iloc[::-1], evaluation.base_rate
    above = curve["recall"] * rate + curve["false_positive_rate"] * (1 - rate)
    lines = {
        "precision": curve["precision"],
        "recall": curve["recall"],
        "share of customers above": above,
    }
    ax = axes_for(ax)
    for (label, values), look in zip(lines.items(), series_looks(len(lines)), strict=True):
        # Customers strictly above a threshold are those from the next score up.
        ax.plot(curve["threshold"], values, color=look["color"], label=label, drawstyle="steps-pre")
    _mark_threshold(ax, evaluation)
    ax.set(xlim=(-0.02, 1.02), ylim=(0, 1.02))
    rate_ticks(ax, "y")
    rate_ticks(ax, "x")
    what = outcome_words(evaluation.outcome)
    return lettered(
        ax,
        title=f"Predicting {what} above a threshold",
        xlabel=f"threshold of the predicted probability of {what}",
        ylabel="share",
    )


def importance(found: FeatureImportance, *, most: int = 30, ax: Axes | None = None) -> Axes:
    """Draw by how much each feature moves the predicted odds, the largest first.

    Args:
        found: Result of `importance` of a `ChurnModel` or `PropensityModel`.
        most: The most features to draw. The title counts the others.
        ax: Axes to draw on; new ones by default.

    Returns:
        The Axes.

    Examples:
        >>> import cemkit as ck
        >>> orders = ck.load_cdnow("sample")
        >>> churned = ck.label_churn(orders, "1997-09-30", window_days=182)
        >>> known = ck.customer_table(orders, "1997-09-30", include="activity").loc[churned.index]
        >>> model = ck.ChurnModel().fit(known, churned)
        >>> importance(model.importance(known)).get_title()
        'What moves the predicted odds of churn'
    """
    check_kind(found, FeatureImportance, "found")
    table = found.table.head(check_integer(most, "most", minimum=1))
    title = f"What moves the predicted odds of {outcome_words(found.outcome)}"
    ax = _bars(table["mean_effect"], title, len(found.table), [blue()] * len(table), ax)
    number_ticks(ax, "x")
    return lettered(
        ax,
        title=ax.get_title(),
        xlabel="mean change in log-odds against the average customer, up or down",
    )


def feature_drift(drift: FeatureDrift, *, most: int = 30, ax: Axes | None = None) -> Axes:
    """Draw the population stability index of each column, and what chance alone makes likely.

    Args:
        drift: Result of `cemkit.churn.feature_drift`.
        most: The most columns to draw, those that moved most. The title counts the others.
        ax: Axes to draw on; new ones by default.

    Returns:
        The Axes.

    Examples:
        >>> import cemkit as ck
        >>> from cemkit.churn import feature_drift as compare
        >>> orders = ck.load_cdnow("sample")
        >>> june, july = (ck.customer_table(orders, day) for day in ("1997-06-30", "1997-07-31"))
        >>> features = ["recency_days", "order_count", "mean_amount", "total_amount"]
        >>> feature_drift(compare(june[features], july[features])).get_xlabel()
        'population stability index'
    """
    check_kind(drift, FeatureDrift, "drift")
    table = drift.table.head(check_integer(most, "most", minimum=1))
    looks = {"stable": muted(), "shifting": blue(), "shifted": orange()}
    colours = [looks[verdict] for verdict in table["verdict"]]
    ax = _bars(table["psi"], "What has shifted", len(drift.table), colours, ax)
    label = "95% point of chance"
    ax.plot(table["chance"], range(len(table)), "|", color=ink(), markersize=12, label=label)
    handles = [
        Patch(color=colour, label=verdict)
        for verdict, colour in looks.items()
        if (table["verdict"] == verdict).any()
    ]
    for limit in (SHIFTING, SHIFTED):
        ax.axvline(limit, color=muted(), linestyle=":", linewidth=1)
    number_ticks(ax, "x")
    return lettered(ax, title=ax.get_title(), xlabel="population stability index", legend=handles)


def _bars(values: pd.Series, title: str, count: int, colours: list[Any], given: Any) -> Axes:
    """Horizontal bars from the top down, with a title that counts those not drawn."""
    ax = axes_for(given, height=1.8 + rows_height(list(values.index), row=0.3))
    ax.barh(range(len(values)), values, color=colours)
    ax.set_ylim(len(values) - 0.4, -0.6)
    name_ticks(ax, "y", list(values.index))
    left_out = count - len(values)
    ax.set_title(f"{title} ({left_out:,} more not shown)" if left_out else title)
    return ax


def _mark_threshold(ax: Axes, evaluation: PropensityEvaluation) -> None:
    label = f"threshold {100 * evaluation.threshold:.4g}%"
    ax.axvline(evaluation.threshold, color=ink(), linestyle="--", linewidth=1, label=label)


def _axes_of(outcome: str) -> dict[str, str]:
    """What the axes show, in the words of the outcome."""
    if outcome == CHURN.noun:
        return CHURN_AXES
    what = outcome_words(outcome)
    return {
        "false": f"share of the others predicted as {what}",
        "recall": f"share of {what} found (recall)",
        "precision": f"share of them with {what} (precision)",
        "reached": f"share of {what} reached so far",
        "lift": f"lift ({what} rate over base rate)",
    }

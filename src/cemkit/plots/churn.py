"""Pictures of churn models: how good, how calibrated, worth how much, and why."""

from typing import Any

import numpy as np

from cemkit.checks.options import check_kind
from cemkit.churn.campaign_value import RetentionProfit
from cemkit.churn.evaluation import ChurnEvaluation
from cemkit.churn.inference import ChurnCoefficients
from cemkit.errors import MissingDependencyError

try:
    import matplotlib.pyplot as plt
except ImportError as error:
    raise MissingDependencyError("matplotlib") from error

MODEL, GREY = "#1f5f99", "#888888"


def calibration(evaluation: ChurnEvaluation, ax: Any = None) -> Any:
    """Churn rate against mean probability in tenths of the customers, with intervals.

    Args:
        evaluation: From `evaluate_churn`.
        ax: Axes to draw on; new ones by default.

    Returns:
        The Axes.

    Examples:
        >>> import pandas as pd
        >>> from cemkit import evaluate_churn
        >>> churned, probability = pd.Series([0, 1, 0, 1] * 5), pd.Series(np.arange(20) / 20)
        >>> calibration(evaluate_churn(churned, probability, n_resamples=5)).get_xlabel()
        'predicted probability of churn'
    """
    check_kind(evaluation, ChurnEvaluation, "evaluation")
    ax = _axes(ax)
    table = evaluation.calibration
    rate = table["churn_rate"]
    reach = np.array([rate - table["lower"], table["upper"] - rate])
    ax.plot([0, 1], [0, 1], "--", color=GREY, linewidth=1, label="perfect")
    ax.errorbar(
        table["churn_probability"],
        rate,
        yerr=reach,
        fmt="o-",
        color=MODEL,
        capsize=2,
        label="model",
    )
    slope = evaluation.table["value"]["calibration_slope"]
    ax.set(
        xlabel="predicted probability of churn",
        ylabel="churn rate",
        title=f"Calibration (slope {slope:.2f})",
        xlim=(-0.02, 1.02),
        ylim=(-0.02, 1.02),
    )
    ax.legend(loc="upper left")
    return ax


def roc(evaluation: ChurnEvaluation, ax: Any = None) -> Any:
    """Share of churners found against share of stayers disturbed, for every threshold.

    Args:
        evaluation: From `evaluate_churn`.
        ax: Axes to draw on; new ones by default.

    Returns:
        The Axes.

    Examples:
        >>> import pandas as pd
        >>> from cemkit import evaluate_churn
        >>> churned, probability = pd.Series([0, 1, 0, 1] * 5), pd.Series(np.arange(20) / 20)
        >>> roc(evaluate_churn(churned, probability, n_resamples=5)).get_ylabel()
        'share of churners found (recall)'
    """
    check_kind(evaluation, ChurnEvaluation, "evaluation")
    ax = _axes(ax)
    curve, auc = evaluation.curve, evaluation.table.loc["roc_auc"]
    ax.plot([0, 1], [0, 1], "--", color=GREY, linewidth=1, label="chance")
    ax.plot(
        np.r_[0, curve["false_positive_rate"]],
        np.r_[0, curve["recall"]],
        color=MODEL,
        label="model",
    )
    ax.set(
        xlabel="share of stayers called churners",
        ylabel="share of churners found (recall)",
        title=f"ROC: AUC {auc['value']:.3f} ({auc['lower']:.3f} to {auc['upper']:.3f})",
    )
    ax.legend(loc="lower right")
    return ax


def precision_recall(evaluation: ChurnEvaluation, ax: Any = None) -> Any:
    """Precision against recall for every threshold; the base rate is what chance reaches.

    Args:
        evaluation: From `evaluate_churn`.
        ax: Axes to draw on; new ones by default.

    Returns:
        The Axes.

    Examples:
        >>> import pandas as pd
        >>> from cemkit import evaluate_churn
        >>> churned, probability = pd.Series([0, 1, 0, 1] * 5), pd.Series(np.arange(20) / 20)
        >>> precision_recall(evaluate_churn(churned, probability, n_resamples=5)).get_ylabel()
        'share of them that churn (precision)'
    """
    check_kind(evaluation, ChurnEvaluation, "evaluation")
    ax = _axes(ax)
    curve = evaluation.curve
    ax.axhline(evaluation.base_rate, linestyle="--", color=GREY, linewidth=1, label="base rate")
    ax.plot(curve["recall"], curve["precision"], color=MODEL, label="model")
    average = evaluation.table["value"]["average_precision"]
    ax.set(
        xlabel="share of churners found (recall)",
        ylabel="share of them that churn (precision)",
        title=f"Precision and recall: average precision {average:.3f}",
        ylim=(0, 1.02),
    )
    ax.legend(loc="lower left")
    return ax


def lift_and_gains(evaluation: ChurnEvaluation, ax: Any = None) -> Any:
    """Lift of each tenth as bars, and the share of churners reached so far as a line.

    Args:
        evaluation: From `evaluate_churn`.
        ax: Axes to draw on; new ones by default. The line has a second scale on the right.

    Returns:
        The Axes of the bars.

    Examples:
        >>> import pandas as pd
        >>> from cemkit import evaluate_churn
        >>> churned, probability = pd.Series([0, 1, 0, 1] * 5), pd.Series(np.arange(20) / 20)
        >>> len(lift_and_gains(evaluate_churn(churned, probability, n_resamples=5)).patches)
        10
    """
    check_kind(evaluation, ChurnEvaluation, "evaluation")
    ax = _axes(ax)
    deciles = evaluation.deciles
    ax.bar(deciles.index, deciles["lift"], color=MODEL, alpha=0.75, label="lift")
    ax.axhline(1, linestyle="--", color=GREY, linewidth=1)
    ax.set(
        xlabel="tenth of the customers, highest probability first",
        ylabel="lift (churn rate over base rate)",
        title="Lift and gains",
        xticks=list(deciles.index),
    )
    gains = ax.twinx()
    gains.plot(deciles.index, deciles["cumulative_gain"], "o-", color="#b3541e", label="gain")
    gains.set(ylabel="share of churners reached so far", ylim=(0, 1.05))
    handles = [*ax.get_legend_handles_labels()[0], *gains.get_legend_handles_labels()[0]]
    gains.legend(handles, ["lift", "gain"], loc="lower left")
    return ax


def retention_profit(plan: RetentionProfit, ax: Any = None) -> Any:
    """Expected profit against the share of customers contacted, best first.

    Args:
        plan: From `cemkit.retention_profit`.
        ax: Axes to draw on; new ones by default.

    Returns:
        The Axes.

    Examples:
        >>> import pandas as pd
        >>> from cemkit import retention_profit as planned
        >>> plan = planned(pd.Series([0.9, 0.1]), 200, 10, 1, acceptance_rate=0.3)
        >>> retention_profit(plan).get_xlabel()
        'share of customers contacted, most profitable first'
    """
    check_kind(plan, RetentionProfit, "plan")
    ax = _axes(ax)
    ax.plot(plan.curve["share"], plan.curve["profit"], color=MODEL)
    ax.axhline(0, color=GREY, linewidth=1)
    ax.plot(plan.best_share, plan.expected_profit, "o", color="#b3541e")
    ax.annotate(
        f"{plan.best_share:.0%}: {plan.expected_profit:,.0f}",
        (plan.best_share, plan.expected_profit),
        xytext=(0, 8),
        textcoords="offset points",
        ha="center",
    )
    ax.margins(y=0.15)
    ax.set(
        xlabel="share of customers contacted, most profitable first",
        ylabel="expected profit",
        title="Profit of a retention offer",
    )
    return ax


def coefficients(read: ChurnCoefficients, ax: Any = None) -> Any:
    """Odds ratios with their intervals on a logarithmic scale, the intercept left out.

    Args:
        read: From `ChurnModel.coefficients`.
        ax: Axes to draw on; new ones by default.

    Returns:
        The Axes.

    Examples:
        >>> import pandas as pd
        >>> from cemkit import ChurnModel
        >>> X = pd.DataFrame({"recency_days": [1.0, 2.0, 3.0, 4.0] * 10})
        >>> model = ChurnModel().fit(X, pd.Series([0, 1, 0, 1] * 9 + [0, 0, 1, 1]))
        >>> [tick.get_text() for tick in coefficients(model.coefficients()).get_yticklabels()]
        ['recency_days']
    """
    check_kind(read, ChurnCoefficients, "read")
    table = read.table.drop(index="intercept").iloc[::-1]
    ax = _axes(ax, height=1.5 + 0.35 * len(table))
    ratio = table["odds_ratio"]
    reach = np.array([ratio - table["odds_ratio_lower"], table["odds_ratio_upper"] - ratio])
    ax.errorbar(ratio, range(len(table)), xerr=reach, fmt="o", color=MODEL, capsize=3)
    ax.axvline(1, linestyle="--", color=GREY, linewidth=1)
    ax.set_xscale("log")
    ax.xaxis.set_major_formatter("{x:g}")
    low, high = ax.get_xlim()
    ax.xaxis.set_minor_formatter("{x:g}" if high < 20 * low else "")  # over decades they overlap
    ax.set_yticks(range(len(table)), table.index)
    ax.set(
        xlabel="odds ratio per unit",
        title=f"Odds of churn ({100 * read.confidence_level:g}% intervals)",
    )
    return ax


def _axes(ax: Any, height: float = 4.5) -> Any:
    return ax if ax is not None else plt.subplots(figsize=(6.4, height), layout="constrained")[1]

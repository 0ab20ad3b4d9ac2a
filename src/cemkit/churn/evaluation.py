"""How good the probability of an outcome is, with intervals and something to compare with."""

import dataclasses
import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from cemkit.arrays import Floats
from cemkit.checks import check_flag, check_fraction, check_random_state
from cemkit.churn.evaluation_tables import (
    calibration_table,
    curve_table,
    decile_table,
    histogram_table,
)
from cemkit.churn.metrics import RANGES, Calibration, Ranking, measures, ranking_measures
from cemkit.churn.outcomes import CHURN, Outcome
from cemkit.churn.scored_outcomes import sorted_outcomes
from cemkit.errors import CemkitWarning
from cemkit.formats import part_of
from cemkit.proportions.resampling import bootstrap_weights, centred_interval, one_thread
from cemkit.results import Result

FEWEST = 10


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class PropensityEvaluation(Result):
    """Accuracy, calibration and lift of predicted probabilities, from `evaluate_propensity`.

    Attributes:
        outcome: Name of the outcome, such as `"upgrade"`.
        customers: Number of customers.
        events: Number of customers with the outcome.
        base_rate: Share of customers with the outcome.
        majority_accuracy: Accuracy of predicting the more frequent outcome for everyone, the
            baseline to beat.
        threshold: Threshold of the predictions: customers strictly above it are predicted to have
            the outcome.
        confidence_level: Confidence level of the intervals, as a fraction.
        draws: Number of bootstrap samples behind the intervals. Samples with only one outcome are
            left out.
        table: One row per `measure`: `value, lower, upper`; missing where not defined.
        comparison: One row per `score`: its `roc_auc, lower, upper`, and the AUC of the model minus
            that of the score as `difference, difference_lower, difference_upper`. None without
            other scores.
        deciles: One row per `decile`, 1 for the tenth with the highest probability: `customers`,
            the number with the outcome (`upgraded`, or the name of the outcome), `<outcome>_rate,
            lift, cumulative_lift, cumulative_gain`.
        calibration: One row per `bin`, tenths by probability: `customers`, the mean
            `<outcome>_probability`, and `<outcome>_rate` with its Wilson interval `lower, upper`.
        curve: ROC and precision-recall curve: `threshold, false_positive_rate, recall, precision`
            from the highest score down, at most 500 rows.
        histogram: One row per bin of equal width, 20 in all: `from_probability, to_probability`
            (the upper end belongs to the next bin, except in the last), `customers`, and the number
            with the outcome.

    Examples:
        >>> upgraded = pd.Series([1, 0, 1, 0, 1, 0, 0, 0] * 4, name="upgraded")
        >>> probability = pd.Series([0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2] * 4)
        >>> evaluate_propensity(upgraded, probability).calibration.columns.tolist()
        ['customers', 'upgrade_probability', 'upgrade_rate', 'lower', 'upper']
    """

    _pictures = (
        "churn.calibration",
        "churn.roc",
        "churn.precision_recall",
        "churn.lift_and_gains",
        "churn.score_histogram",
        "churn.threshold",
    )

    outcome: str
    customers: int
    events: int
    base_rate: float
    majority_accuracy: float
    threshold: float
    confidence_level: float
    draws: int
    table: pd.DataFrame
    comparison: pd.DataFrame | None
    deciles: pd.DataFrame
    calibration: pd.DataFrame
    curve: pd.DataFrame
    histogram: pd.DataFrame

    @property
    def named(self) -> Outcome:
        """The outcome with the names of its columns."""
        return Outcome.named(self.outcome)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ChurnEvaluation(PropensityEvaluation):
    """Accuracy, calibration and lift of churn probabilities, from `evaluate_churn`.

    It has the attributes of `PropensityEvaluation`. In its tables the columns of the outcome are
    `churned`, `churn_rate` and `churn_probability`.

    Examples:
        >>> churned = pd.Series([1, 0, 1, 0, 1, 0, 0, 0] * 4)
        >>> probability = pd.Series([0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2] * 4)
        >>> round(evaluate_churn(churned, probability).table.loc["roc_auc", "value"], 3)
        np.float64(0.8)
    """


def evaluate_churn(
    churned: pd.Series,
    churn_probability: pd.Series,
    other_scores: pd.DataFrame | Mapping[str, pd.Series] | None = None,
    *,
    positive: Any = None,
    threshold: float = 0.5,
    confidence_level: float = 0.95,
    n_resamples: int = 500,
    random_state: int = 0,
    progress: bool = False,
) -> ChurnEvaluation:
    """Evaluate predicted churn probabilities on customers that were not in the fit.

    The measures are

    - accuracy, precision, recall and F1 at the threshold,
    - ROC AUC, average precision, the Kolmogorov-Smirnov distance, and lift and gain of the first
      tenth,
    - log loss, and the Brier score = miscalibration - discrimination + uncertainty (CORP, by
      isotonic recalibration),
    - intercept and slope of calibration, 0 and 1 at best.

    Each has a bootstrap interval over customers: the percentiles of the samples, shifted so that
    their median equals the measure. The calibration of a sample is two Newton steps from that of
    all customers.

    Miscalibration and discrimination are those of this sample. Recalibration overfits, so both are
    above 0 in expectation, even for perfect or uninformative probabilities.

    Args:
        churned: Series with the outcome of each customer, 1 for churn (or `positive`).
        churn_probability: Predicted probabilities of the same customers, in any order.
        other_scores: Simple scores that the model should beat, for the same customers and higher
            for more likely to churn, such as `features[["recency_days"]]`. None compares with
            nothing.
        positive: Label of `churned` that means churn. Not needed if it holds 0 and 1, or False and
            True.
        threshold: Customers with a probability strictly above it are predicted to churn.
        confidence_level: Confidence level of the intervals, as a fraction.
        n_resamples: Number of bootstrap samples, at most 100,000.
        random_state: Seed of the random draws.
        progress: Whether to show a progress bar.

    Raises:
        DataError: The ids differ, outcomes are missing, outcomes are not 0 and 1 and `positive` is
            not given, probabilities are missing or outside [0, 1], or another score has the name
            `churn_probability`.
        NotEnoughDataError: Only one outcome occurs.
        TypeError: The outcomes have no index, or the other scores have no names.

    Warns:
        CemkitWarning: Fewer than ten customers have the rarer outcome, so the intervals are
            unreliable.

    References:
        Efron, Tibshirani (1993), An introduction to the bootstrap. Dimitriadis, Gneiting, Jordan
        (2021), Stable reliability diagrams for probabilistic classifiers, PNAS 118.

    Examples:
        >>> churned = pd.Series([1, 0, 1, 0, 1, 0, 0, 0] * 4)
        >>> probability = pd.Series([0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2] * 4)
        >>> evaluate_churn(churned, probability).majority_accuracy
        0.625
    """
    evaluated = _evaluated(
        churned,
        churn_probability,
        other_scores,
        CHURN,
        positive=positive,
        threshold=threshold,
        confidence_level=confidence_level,
        n_resamples=n_resamples,
        random_state=random_state,
        progress=progress,
    )
    return ChurnEvaluation(**evaluated.to_dict())


def evaluate_propensity(
    happened: pd.Series,
    probability: pd.Series,
    other_scores: pd.DataFrame | Mapping[str, pd.Series] | None = None,
    *,
    outcome: str | None = None,
    positive: Any = None,
    threshold: float = 0.5,
    confidence_level: float = 0.95,
    n_resamples: int = 500,
    random_state: int = 0,
    progress: bool = False,
) -> PropensityEvaluation:
    """Evaluate predicted probabilities of any outcome on customers that were not in the fit.

    The measures are

    - accuracy, precision, recall and F1 at the threshold,
    - ROC AUC, average precision, the Kolmogorov-Smirnov distance, and lift and gain of the first
      tenth,
    - log loss, and the Brier score = miscalibration - discrimination + uncertainty (CORP, by
      isotonic recalibration),
    - intercept and slope of calibration, 0 and 1 at best.

    Each has a bootstrap interval over customers: the percentiles of the samples, shifted so that
    their median equals the measure. The calibration of a sample is two Newton steps from that of
    all customers.

    Miscalibration and discrimination are those of this sample. Recalibration overfits, so both are
    above 0 in expectation, even for perfect or uninformative probabilities.

    Args:
        happened: Series with the outcome of each customer, 1 where it happened (or `positive`).
        probability: Predicted probabilities of the same customers, in any order.
        other_scores: Simple scores that the model should beat, for the same customers and higher
            for a more likely outcome, such as `features[["recency_days"]]`. None compares with
            nothing.
        outcome: Name of the outcome, such as `"upgrade"`, used in columns and sentences. None uses
            the name of `happened`.
        positive: Label of `happened` that means the outcome. Not needed if it holds 0 and 1, or
            False and True.
        threshold: Customers with a probability strictly above it are predicted to have the outcome.
        confidence_level: Confidence level of the intervals, as a fraction.
        n_resamples: Number of bootstrap samples, at most 100,000.
        random_state: Seed of the random draws.
        progress: Whether to show a progress bar.

    Raises:
        DataError: The ids differ, outcomes are missing, outcomes are not 0 and 1 and `positive` is
            not given, probabilities are missing or outside [0, 1], or another score has the name of
            the probability.
        NotEnoughDataError: Only one outcome occurs.
        TypeError: The outcomes have no index, or the other scores have no names.

    Warns:
        CemkitWarning: Fewer than ten customers have the rarer outcome, so the intervals are
            unreliable.

    References:
        Efron, Tibshirani (1993), An introduction to the bootstrap. Dimitriadis, Gneiting, Jordan
        (2021), Stable reliability diagrams for probabilistic classifiers, PNAS 118.

    Examples:
        >>> upgraded = pd.Series([1, 0, 1, 0, 1, 0, 0, 0] * 4, name="upgraded")
        >>> probability = pd.Series([0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2] * 4)
        >>> print(evaluate_propensity(upgraded, probability, n_resamples=99).sentence())
        Of 32 customers 37.5% upgraded; AUC 0.800 (95% CI ...
    """
    return _evaluated(
        happened,
        probability,
        other_scores,
        Outcome.of(happened) if outcome is None else Outcome.named(outcome),
        positive=positive,
        threshold=threshold,
        confidence_level=confidence_level,
        n_resamples=n_resamples,
        random_state=random_state,
        progress=progress,
    )


def _evaluated(
    happened: pd.Series,
    given: pd.Series,
    other_scores: pd.DataFrame | Mapping[str, pd.Series] | None,
    named: Outcome,
    *,
    positive: Any,
    threshold: float,
    confidence_level: float,
    n_resamples: int,
    random_state: int,
    progress: bool,
) -> PropensityEvaluation:
    check_fraction(threshold, "threshold")
    check_fraction(confidence_level, "confidence_level")
    check_random_state(random_state)
    check_flag(progress, "progress")
    outcome, scores = sorted_outcomes(happened, given, other_scores, named, positive)
    rankings = {name: Ranking.of(outcome, score) for name, score in scores.items()}
    main, probability = rankings[named.probability], scores[named.probability]
    _warn_of_few(outcome)
    calibration = Calibration.of(main)
    values = _measured(rankings, calibration, np.ones(len(outcome)), threshold)
    resamples = bootstrap_weights(
        [np.arange(len(outcome))], n_resamples, random_state, progress=progress
    )
    with one_thread():
        draws = pd.DataFrame(
            _measured(rankings, calibration, weights, threshold)
            for weights in resamples
            if 0 < weights @ outcome < len(outcome)
        )
    table = _with_intervals(values, draws, confidence_level)
    rate = float(outcome.mean())
    return PropensityEvaluation(
        outcome=named.noun,
        customers=len(outcome),
        events=int(outcome.sum()),
        base_rate=rate,
        majority_accuracy=max(rate, 1 - rate),
        threshold=threshold,
        confidence_level=confidence_level,
        draws=len(draws),
        table=table[~table.index.str.contains(" ")],
        comparison=_comparison(table, list(rankings)) if len(rankings) > 1 else None,
        deciles=decile_table(main, named),
        calibration=calibration_table(outcome, probability, confidence_level, named),
        curve=curve_table(main),
        histogram=histogram_table(outcome, probability, named),
    )


def _warn_of_few(outcome: Floats) -> None:
    rarer = int(min(outcome.sum(), (1 - outcome).sum()))
    if rarer < FEWEST:
        warnings.warn(
            f"only {part_of(rarer, len(outcome), 'customers have')} the rarer outcome; "
            "measures from so few say little, and bootstrap intervals are too short",
            CemkitWarning,
            stacklevel=4,
        )


def _measured(
    rankings: dict[str, Ranking], calibration: Calibration, weights: Floats, threshold: float
) -> dict[str, float]:
    main, *others = rankings.items()
    found = measures(main[1], calibration, weights, threshold)
    for name, ranking in others:
        auc = ranking_measures(*ranking.steps(weights))["roc_auc"]
        found[f"auc of {name}"] = auc
        found[f"difference to {name}"] = found["roc_auc"] - auc
    return found


def _with_intervals(
    values: dict[str, float], draws: pd.DataFrame, confidence_level: float
) -> pd.DataFrame:
    """Percentile intervals moved so that the median of the draws is the value."""
    table = pd.DataFrame({"value": values}, dtype=np.float64)
    table["lower"] = table["upper"] = np.nan
    if len(draws):
        lower, upper = centred_interval(draws.to_numpy(), table["value"], confidence_level)
        least, most = (_limits(table.index, end) for end in (0, 1))
        table["lower"], table["upper"] = np.maximum(lower, least), np.minimum(upper, most)
    return table.rename_axis("measure")


def _limits(measures: pd.Index, end: int) -> pd.Series:
    """The least (0) or greatest (1) value that each measure can have."""
    return pd.Series(
        [
            (-1.0, 1.0)[end] if name.startswith("difference") else RANGES.get(name, (0.0, 1.0))[end]
            for name in measures
        ],
        index=measures,
    )


def _comparison(table: pd.DataFrame, scores: list[str]) -> pd.DataFrame:
    aucs = table.loc[["roc_auc", *(f"auc of {name}" for name in scores[1:])]]
    aucs = aucs.set_axis(pd.Index(scores, name="score")).rename(columns={"value": "roc_auc"})
    gaps = table.loc[[f"difference to {name}" for name in scores[1:]]]
    gaps = gaps.set_axis(["difference", "difference_lower", "difference_upper"], axis=1)
    return aucs.join(gaps.set_axis(pd.Index(scores[1:], name="score")))

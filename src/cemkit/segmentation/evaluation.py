"""evaluate_segments: what a segmentation is worth, judged by what its customers did later."""

import dataclasses
import datetime as dt
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import stdtrit
from scipy.stats import kruskal
from sklearn.metrics import adjusted_rand_score

from cemkit.arrays import Floats
from cemkit.checks import (
    check_fraction,
    finite_values,
    matched,
)
from cemkit.checks.engine_tables import kind_of
from cemkit.data.reductions.outcomes import window_outcomes
from cemkit.data.rounding import is_nothing, settled_each
from cemkit.errors import DataError, NotEnoughDataError
from cemkit.results import Result
from cemkit.segmentation.migrations import check_comparable, labels_by_id


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class SegmentEvaluation(Result):
    """How well segments predict a later outcome, from `evaluate_segments`.

    Attributes:
        customers: Number of customers evaluated.
        segments: Number of segments.
        variance_explained: Share of the outcome's variance between segments (eta squared). It grows
            with every segment added.
        variance_explained_adjusted: The same, adjusted for the number of segments (epsilon squared,
            1 - MS_within / MS_total); about 0 for an uninformative segmentation.
        effect_size: Cohen's f, `sqrt(eta^2 / (1 - eta^2))`: .1 is small, .25 medium, .4 large.
        rank_effect_size: Epsilon squared of Kruskal and Wallis, H / (n - 1): the share explained of
            the outcome's ranks. A few large customers cannot dominate it.
        p_value: P-value of the Kruskal-Wallis test of equal outcomes.
        separation: Probability that, of two customers from different segments, the one in the
            better segment has the higher outcome, counting ties as half. 0.5 is uninformative.
        stability: Adjusted Rand index between the segments and `later_segments`: 1 where all groups
            stayed together, about 0 for chance. None without `later_segments`.
        stayed_rate: Share of the customers in both who kept their segment. None without
            `later_segments`.
        only_before: Number of customers in `segments` but not in `later_segments`. None without
            `later_segments`.
        only_later: Number of customers in `later_segments` but not in `segments`. None without
            `later_segments`.
        confidence_level: Confidence level of the intervals, as a fraction.
        table: One row per segment, best first: `customers`, their `share`, `mean_outcome` with
            `lower, upper` (missing for a single customer), `lift` over the overall mean, and
            `outcome_share`. The last two are missing unless the outcomes add up to more than 0.

    Examples:
        >>> segments = pd.Series(["low", "low", "high", "high"])
        >>> result = evaluate_segments(segments, pd.Series([1.0, 2.0, 8.0, 9.0]))
        >>> round(result.variance_explained, 2), result.separation
        (0.98, 1.0)
    """

    customers: int
    segments: int
    variance_explained: float
    variance_explained_adjusted: float
    effect_size: float
    rank_effect_size: float
    p_value: float
    separation: float
    stability: float | None
    stayed_rate: float | None
    only_before: int | None
    only_later: int | None
    confidence_level: float
    table: pd.DataFrame


def evaluate_segments(
    segments: pd.Series,
    outcome: pd.Series,
    later_segments: pd.Series | None = None,
    *,
    confidence_level: float = 0.95,
) -> SegmentEvaluation:
    """Measure how well segments, clusters or stages predict a later outcome.

    Args:
        segments: Series with a label per customer, from the data known at the time.
        outcome: Series with a number per customer from a later time, with the same ids.
            `future_amount` makes one.
        later_segments: Labels of the same kind on a later day, to measure stability on the
            customers in both. None leaves stability out.
        confidence_level: Confidence level of the Student's t intervals of the means, as a fraction.

    Returns:
        A `SegmentEvaluation`, whose table has one row per segment.

    Raises:
        TypeError: `segments`, `outcome` or `later_segments` is not a Series.
        DataError: The ids differ or repeat, an outcome is missing or infinite, a label is missing,
            or the outcome is the same for every customer.
        NotEnoughDataError: There are fewer than two segments, or not more customers than segments.

    References:
        Cohen (1988), Statistical Power Analysis; Kelley (1935), An unbiased correlation ratio
        measure, PNAS 21; Tomczak, Tomczak (2014), The need to report effect size estimates.

    Examples:
        >>> segments = pd.Series(["low", "low", "high", "high"])
        >>> result = evaluate_segments(segments, pd.Series([1.0, 2.0, 8.0, 9.0]))
        >>> result.table[["customers", "mean_outcome", "lift", "outcome_share"]]
                 customers  mean_outcome  lift  outcome_share
        segment
        high             2           8.5   1.7           0.85
        low              2           1.5   0.3           0.15
    """
    check_fraction(confidence_level, "confidence_level")
    given, segments = segments, labels_by_id(segments, "segments")
    if not isinstance(outcome, pd.Series):
        raise TypeError(f"outcome must be a Series of numbers, not {kind_of(outcome)}")
    aligned = matched(outcome, given.index, "outcome", "segments")
    values = finite_values(aligned, "outcome")
    labels = segments.to_numpy()
    by_segment = [values[labels == label] for label in pd.unique(labels)]
    ranked = settled_each(values)
    rank_parts = [ranked[labels == label] for label in pd.unique(labels)]
    _check_enough(rank_parts, ranked)
    n, k = len(values), len(by_segment)
    total = float(((values - values.mean()) ** 2).sum())
    within = float(sum(((part - part.mean()) ** 2).sum() for part in by_segment))
    # 1 - within / total would fall below 0 by rounding where no segment differs.
    between = sum(len(part) * (part.mean() - values.mean()) ** 2 for part in by_segment)
    h, p_value = kruskal(*rank_parts)
    return SegmentEvaluation(
        customers=n,
        segments=k,
        variance_explained=float(between) / total,
        variance_explained_adjusted=1 - (within / (n - k)) / (total / (n - 1)),
        effect_size=float(np.sqrt(between / within)) if within > 0 else np.inf,
        rank_effect_size=float(h) / (n - 1),
        p_value=float(p_value),
        separation=_separation(rank_parts),
        **_stability(segments, later_segments),
        confidence_level=confidence_level,
        table=_by_segment(segments, values, confidence_level),
    )


def future_amount(
    orders: Any,
    as_of: str | dt.date | pd.Timestamp,
    window_days: int,
    *,
    data_until: str | dt.date | pd.Timestamp | None = None,
) -> pd.Series:
    """Return each customer's net amount in the `window_days` after `as_of`.

    Args:
        orders: Order table with `customer_id, order_date, amount` on any engine. The data must
            cover the whole window.
        as_of: Last day of the past. The window begins on the next day.
        window_days: Length of the window in days: `as_of < date <= as_of + window_days`.
        data_until: Last day that the data cover. By default the day of the last order; give it if
            nothing was sold on the last days.

    Returns:
        Series `future_amount`, net of returns, on the sorted index `customer_id` of everyone who
        bought up to `as_of`. It is 0 for customers who bought nothing in the window.

    Raises:
        MissingColumnsError: `orders` lacks a column.
        DataError: The window ends after the data, `data_until` lies before the last order, or
            nobody bought up to `as_of`.

    Examples:
        >>> orders = pd.DataFrame(
        ...     {
        ...         "customer_id": ["ann", "ann", "bob", "cat"],
        ...         "order_date": pd.to_datetime(
        ...             ["2024-01-01", "2024-03-01", "2024-01-05", "2024-06-30"]
        ...         ),
        ...         "amount": [20.0, 30.0, 5.0, 8.0],
        ...     }
        ... )
        >>> future_amount(orders, as_of="2024-01-31", window_days=90).to_dict()
        {'ann': 30.0, 'bob': 0.0}
    """
    outcomes = window_outcomes(orders, as_of, window_days, data_until=data_until)
    return outcomes["amount"].rename("future_amount")


def _check_enough(by_segment: list[Floats], values: Floats) -> None:
    if len(by_segment) < 2:
        raise NotEnoughDataError("segments", len(by_segment), 2, "there is nothing to compare")
    if len(values) <= len(by_segment):
        raise NotEnoughDataError("customers", len(values), len(by_segment) + 1)
    if np.ptp(values) == 0:
        raise DataError(
            f"the outcome is {values[0]:g} for every customer, so segments cannot "
            "differ; use a longer window or another outcome"
        )


def _separation(by_segment: list[Floats]) -> float:
    """Mann and Whitney's U over all pairs of segments, each against the one with a lower mean."""
    # Sorted first, so that a mean is the same to the last digit in any row order.
    ranked = sorted((np.sort(part) for part in by_segment), key=np.mean)
    wins, pairs = 0.0, 0
    for at, better in enumerate(ranked):
        for worse in ranked[:at]:
            below = np.searchsorted(worse, better, side="left").sum()
            level = np.searchsorted(worse, better, side="right").sum()
            both = len(better) * len(worse)
            level_means = is_nothing(better.mean() - worse.mean(), [better.mean(), worse.mean()])
            wins += both / 2 if level_means else (below + level) / 2
            pairs += both
    return float(wins / pairs)


def _stability(segments: pd.Series, later: pd.Series | None) -> dict[str, Any]:
    if later is None:
        names = ("stability", "stayed_rate", "only_before", "only_later")
        return dict.fromkeys(names)
    later = labels_by_id(later, "later_segments")
    check_comparable(segments, later, "segments", "later_segments")
    both = segments.index.intersection(later.index)
    if both.empty:
        raise NotEnoughDataError("customers in segments and later_segments", 0, 1)
    before, after = segments.loc[both].to_numpy(), later.loc[both].to_numpy()
    return {
        "stability": float(adjusted_rand_score(_codes(before), _codes(after))),
        "stayed_rate": float((before.astype(object) == after.astype(object)).mean()),
        "only_before": len(segments) - len(both),
        "only_later": len(later) - len(both),
    }


def _codes(labels: npt.NDArray[Any]) -> npt.NDArray[np.intp]:
    codes: npt.NDArray[np.intp] = pd.factorize(labels)[0]
    return codes


def _by_segment(segments: pd.Series, values: Floats, confidence_level: float) -> pd.DataFrame:
    grouped = pd.Series(values).groupby(segments.to_numpy())
    sums = grouped.agg(["size", "mean", "std", "sum"])
    sums = sums.iloc[np.argsort(-settled_each(sums["mean"]), kind="stable")]
    size = sums["size"]
    half = stdtrit(size - 1, (1 + confidence_level) / 2) * sums["std"] / np.sqrt(size)
    mean, total = values.mean(), values.sum()
    # A share of nothing, or of a loss, says nothing.
    shared = total > 0 and not is_nothing(total, values)
    return pd.DataFrame(
        {
            "customers": size,
            "share": size / len(values),
            "mean_outcome": sums["mean"],
            "lower": sums["mean"] - half,
            "upper": sums["mean"] + half,
            "lift": sums["mean"] / mean if shared else np.nan,
            "outcome_share": sums["sum"] / total if shared else np.nan,
        }
    ).rename_axis("segment")

"""How well an uplift score ranks: the uplift curve and the Qini score, with their uncertainty."""

import dataclasses
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from cemkit.arrays import Floats
from cemkit.checks import (
    check_flag,
    check_fraction,
    check_random_state,
    side_by_side,
)
from cemkit.errors import DataError
from cemkit.proportions.resampling import bootstrap_weights, centred_interval, one_thread
from cemkit.results import Result
from cemkit.targeting.treatment import outcome_numbers, treated_rows, trial_outcome

PAIRS_COUNT_TWICE = np.sqrt(2)  # deviation of a score whose customers taught each other's
SHARES = np.linspace(0, 1, 101)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class UpliftCurve(Result):
    """Incremental outcomes by share of customers treated, from `uplift_curve`.

    Attributes:
        average_uplift: End of the curve: the effect of treating everyone, per customer.
        n, treated: Numbers of all customers and of treated customers.
        table: One row per `share` of customers treated, highest scores first: `incremental`, the
            additional outcomes per customer of the whole, with pointwise bounds `incremental_lower,
            incremental_upper`; and `random`, the same for a random order.

    Examples:
        >>> curve = uplift_curve([2, 1, 2, 1], outcome=[1, 0, 0, 0], treatment=[1, 1, 0, 0])
        >>> curve.average_uplift
        0.5
    """

    _pictures = ("targeting.uplift_curve",)

    average_uplift: float
    n: int
    treated: int
    confidence_level: float
    table: pd.DataFrame


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class QiniScore(Result):
    """Quality of an uplift ranking compared with a random order, from `qini_score`.

    Attributes:
        qini: Qini score: 1 for the perfect order, 0 for a random one, below 0 for worse; with
            `qini_lower, qini_upper`.
        p_value: P-value of the null hypothesis that the order is no better and no worse than a
            random one (two-sided). It lies below 1 - `confidence_level` exactly where the interval
            excludes 0.
        n, treated: Numbers of all customers and of treated customers.

    Examples:
        >>> score = qini_score([2, 1, 2, 1], outcome=[1, 0, 0, 0], treatment=[1, 1, 0, 0])
        >>> round(score.qini, 4)
        0.6667
    """

    qini: float
    qini_lower: float
    qini_upper: float
    p_value: float
    n: int
    treated: int
    confidence_level: float

    @property
    def place(self) -> int:
        """Whether the interval lies above 0 (1), below it (-1), or holds it (0)."""
        return (self.qini_lower > 0) - (self.qini_upper < 0)


def uplift_curve(
    uplift: Any,
    outcome: Any,
    treatment: Any,
    *,
    positive: Any = None,
    treated: Any = None,
    n_resamples: int = 500,
    confidence_level: float = 0.95,
    random_state: int = 0,
    progress: bool = False,
) -> UpliftCurve:
    """Return the incremental outcomes when customers are treated by descending uplift score.

    For the share of customers with the highest scores, let Y1, N1 be the sum of outcomes and the
    number of treated customers, and Y0, N0 those of the untreated. Then

        incremental = (Y1 - Y0 * N1 / N0) / (number of treated customers in all)

    (Y0 counts as 0 while N0 is 0). Customers with equal scores are added together, with a straight
    line between, so neither the row order nor that of ties matters. The bounds are bootstrap
    percentiles from resampling customers within each arm, shifted so that their median is the
    curve.

    Args:
        uplift: Score of each customer, from a model that was not trained on that customer.
        outcome: Outcome of each customer, such as `converted` or `amount`. Series must have the
            same ids.
        treatment: Treatment of each customer: 1 or True (or the label `treated`) for treated
            customers. Treatment must be random.
        positive: Label of `outcome` that means success, if it holds two labels. None for numbers.
        treated: Label of `treatment` that means treated, if it is not 0 and 1. None for 0 and 1.
        n_resamples: Number of bootstrap samples, at most 100,000.
        confidence_level: Confidence level of the bounds, as a fraction.
        random_state: Seed of the samples.
        progress: Whether to show a progress bar.

    Returns:
        An `UpliftCurve`, whose table has one row for each of 0, 1, ..., 100 % of the customers.

    Raises:
        DataError: The inputs differ in length or ids, or hold missing values.
        NotEnoughDataError: No customer was treated, or all were.

    References:
        Radcliffe (2007), Using control groups to target on predicted lift, Direct Marketing
        Analytics Journal.

    Examples:
        >>> curve = uplift_curve([2, 1, 2, 1], outcome=[1, 0, 0, 0], treatment=[1, 1, 0, 0])
        >>> curve.table.loc[50, ["share", "incremental", "random"]].tolist()
        [0.5, 0.5, 0.25]
    """
    check_fraction(confidence_level, "confidence_level")
    check_random_state(random_state)
    check_flag(progress, "progress")
    ranked = _ranked(uplift, outcome, treatment, positive, treated)
    curve = _at_shares(ranked, np.ones(len(ranked.outcome)))
    samples = _bootstrap(_at_shares, ranked, n_resamples, random_state, progress)
    lower, upper = centred_interval(samples, curve, confidence_level)
    table = {
        "share": SHARES,
        "incremental": curve,
        "incremental_lower": lower,
        "incremental_upper": upper,
        "random": SHARES * curve[-1],
    }
    return UpliftCurve(
        average_uplift=float(curve[-1]),
        n=len(ranked.outcome),
        treated=int(ranked.treated.sum()),
        confidence_level=confidence_level,
        table=pd.DataFrame(table),
    )


def qini_score(
    uplift: Any,
    outcome: Any,
    treatment: Any,
    *,
    positive: Any = None,
    treated: Any = None,
    cross_fitted: bool = False,
    n_resamples: int = 999,
    confidence_level: float = 0.95,
    random_state: int = 0,
    progress: bool = False,
) -> QiniScore:
    """Return the Qini score of an uplift ranking, with an interval and a test.

    The score is the area between the curve of `uplift_curve` and the straight line, divided by that
    area for the perfect order (treated customers by outcome from the highest, then the others by
    outcome from the lowest). The interval resamples customers within each arm and holds the area of
    the perfect order fixed. The p-value is the larger of two: that of the interval, and that of a
    permutation test of the scores. If the permutation test does not reject a random order, the
    interval is extended to contain 0, so that test, interval and sentence agree.

    With `cross_fitted` each pair of customers counts twice: each taught the score of the other.
    Without differences between customers the score then has twice the variance that it has where
    the scores come from other customers, and the permutation test allows for it.

    Args:
        uplift: Score of each customer, from a model that was not trained on that customer.
        outcome: Outcome of each customer. Series must have the same ids.
        treatment: Treatment of each customer: 1 or True (or the label `treated`) for treated
            customers. Treatment must be random.
        positive: Label of `outcome` that means success, if it holds two labels. None for numbers.
        treated: Label of `treatment` that means treated, if it is not 0 and 1. None for 0 and 1.
        cross_fitted: Whether the scores come from models trained on others of these same customers,
            as `UpliftModel.uplift_` does.
        n_resamples: Number of bootstrap samples, and of permutations, at most 100,000.
        confidence_level: Confidence level of the interval, as a fraction.
        random_state: Seed of the samples and permutations.
        progress: Whether to show a progress bar.

    Raises:
        DataError: The inputs differ in length or ids, hold missing values, or the perfect order is
            no better than random.
        NotEnoughDataError: No customer was treated, or all were.

    References:
        Radcliffe (2007); the normalisation is scikit-uplift's `qini_auc_score`.

    Examples:
        >>> score = [0, 0.1, 0.2, 0.3, 0.4] * 2
        >>> outcome = [0, 0, 0, 0, 1, 0, 0, 1, 1, 1]
        >>> round(qini_score(score, outcome, treatment=[0] * 5 + [1] * 5).qini, 6)
        0.133333
    """
    check_fraction(confidence_level, "confidence_level")
    check_random_state(random_state)
    check_flag(progress, "progress")
    check_flag(cross_fitted, "cross_fitted")
    ranked = _ranked(uplift, outcome, treatment, positive, treated)
    ones = np.ones(len(ranked.outcome))
    area = _area(ranked, ones)
    known = _area(_perfect(ranked), ones)
    if not known > 0:
        raise DataError(
            "the perfect order of these outcomes is no better than random, so there is "
            "no Qini score; check whether all outcomes are 0 or negative, or use more "
            "customers"
        )
    areas = _bootstrap(_area, ranked, n_resamples, random_state, progress) / known
    lower, upper = centred_interval(areas, np.float64(area / known), confidence_level)
    shuffled = np.array([_area(one, ones) for one in _shuffled(ranked, n_resamples, random_state)])
    if cross_fitted:
        shuffled *= PAIRS_COUNT_TWICE
    tie = 1e-12 * known
    moved = areas - np.median(areas) + area / known
    p_value = max(
        _two_sided(shuffled >= area - tie, shuffled <= area + tie),
        _two_sided(moved <= 0, moved >= 0),
    )
    p_value, lower, upper = _agreeing(p_value, float(lower), float(upper), 1 - confidence_level)
    return QiniScore(
        qini=area / known,
        qini_lower=lower,
        qini_upper=upper,
        p_value=p_value,
        n=len(ranked.outcome),
        treated=int(ranked.treated.sum()),
        confidence_level=confidence_level,
    )


def _two_sided(one_way: npt.NDArray[np.bool_], other_way: npt.NDArray[np.bool_]) -> float:
    """The p value of resamples that lie beyond on either side, the sample itself being one."""
    fewest = min(int(one_way.sum()), int(other_way.sum()))
    return min(2 * (1 + fewest) / (1 + len(one_way)), 1.0)


def _agreeing(
    p_value: float, lower: float, upper: float, alpha: float
) -> tuple[float, float, float]:
    """The p value and the interval, each held to the more careful of the two."""
    if p_value < round(alpha, 12) and not lower <= 0 <= upper:
        return p_value, lower, upper
    return max(p_value, alpha), min(lower, 0.0), max(upper, 0.0)


@dataclasses.dataclass(frozen=True, slots=True)
class _Ranked:
    """Customers from the highest score down; `ends` are the last rows of equal scores."""

    outcome: Floats
    treated: npt.NDArray[np.bool_]
    ends: npt.NDArray[np.intp]


def _ranked(uplift: Any, outcome: Any, treatment: Any, positive: Any, treated: Any) -> _Ranked:
    given = {"uplift": uplift, "outcome": outcome, "treatment": treatment}
    columns = side_by_side(given)
    score = outcome_numbers(columns["uplift"], "uplift")
    y = trial_outcome(columns["outcome"], "outcome", positive)
    return _by_score(score, y, treated_rows(columns["treatment"], treated))


def _by_score(score: Floats, outcome: Floats, treated: npt.NDArray[np.bool_]) -> _Ranked:
    # Rows equal in all three are interchangeable, so resampling sees no order of the rows either.
    order = np.lexsort((outcome, treated, -score))
    ends = np.append(np.flatnonzero(np.diff(score[order])), len(score) - 1)
    return _Ranked(outcome[order], treated[order], ends)


def _perfect(ranked: _Ranked) -> _Ranked:
    signed = np.where(ranked.treated, ranked.outcome, -ranked.outcome)
    return _by_score(signed, ranked.outcome, ranked.treated)


def _curve(ranked: _Ranked, weight: Floats) -> tuple[Floats, Floats]:
    """Share of the customers, and incremental outcome, at the end of each run of equal scores."""
    treated = weight * ranked.treated
    other = weight - treated
    n1, n0, y1, y0 = (
        np.cumsum(values)[ranked.ends]
        for values in (treated, other, treated * ranked.outcome, other * ranked.outcome)
    )
    per_treated = np.divide(n1, n0, out=np.zeros_like(n1), where=n0 > 0)
    gained = (y1 - y0 * per_treated) / n1[-1]
    share = (n1 + n0) / (n1[-1] + n0[-1])
    return np.append(0.0, share), np.append(0.0, gained)


def _at_shares(ranked: _Ranked, weight: Floats) -> Floats:
    """Incremental outcome at each of the shares of a table."""
    return np.interp(SHARES, *_curve(ranked, weight))


def _area(ranked: _Ranked, weight: Floats) -> float:
    share, gained = _curve(ranked, weight)
    trapezoids = (gained[1:] + gained[:-1]) / 2
    return float(trapezoids @ np.diff(share) - gained[-1] / 2)


def _bootstrap(
    measure: Callable[[_Ranked, Floats], Any],
    ranked: _Ranked,
    n_resamples: int,
    random_state: int,
    progress: bool,
) -> Floats:
    """The measure of each sample of the customers, drawn within each arm."""
    arms = [np.flatnonzero(ranked.treated), np.flatnonzero(~ranked.treated)]
    draws = bootstrap_weights(arms, n_resamples, random_state, progress=progress)
    with one_thread():
        return np.array([measure(ranked, weights) for weights in draws])


def _shuffled(ranked: _Ranked, n_resamples: int, random_state: int) -> Iterator[_Ranked]:
    rng = np.random.default_rng(random_state)
    for _ in range(n_resamples):
        order = rng.permutation(len(ranked.outcome))
        yield _Ranked(ranked.outcome[order], ranked.treated[order], ranked.ends)

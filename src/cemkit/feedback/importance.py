"""drivers: which touchpoints go with the overall score, and how sure that is."""

import dataclasses
import warnings
from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import stdtrit

from cemkit.arrays import Floats
from cemkit.checks import (
    check_choice,
    check_flag,
    check_fraction,
    check_integer,
    check_random_state,
)
from cemkit.errors import CemkitWarning, DataError, NotEnoughDataError
from cemkit.feedback.driver_fit import (
    DriverFit,
    explained,
    fitted,
    own_effects,
    resample_weights,
    standardised,
)
from cemkit.feedback.measures import checked_scale
from cemkit.feedback.ratings import LEAST_CUSTOMERS, Ratings, read_ratings
from cemkit.feedback.shapley import COLLINEAR, correlations
from cemkit.formats import count_text
from cemkit.proportions.intervals import critical_value, rate_bounds
from cemkit.proportions.resampling import MOST_RESAMPLES, percentile_interval
from cemkit.results import Result

Missing = Literal["em", "complete"]
Performance = Literal["mean", "top"]

QUADRANTS = {  # by whether importance and performance are high
    (True, False): "concentrate here",
    (True, True): "keep up",
    (False, False): "low priority",
    (False, True): "possible overkill",
}
UNDECIDED = "undecided"
TOP = 2  # of the highest scores, which count for performance="top"
RELIABLE = 300  # ratings of each touchpoint, below which intervals after EM cover less


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class DriverAnalysis(Result):
    """Importance and performance of touchpoints, from `drivers`.

    Importance is association, not the effect of a touchpoint.

    Attributes:
        table: One row per touchpoint, the most important first:

            - `touchpoint`, `answers` (ratings that count), `mean_score`.
            - `performance` with `performance_lower, performance_upper`: the mean score, or the
              share of the two highest scores.
            - `correlation` with the overall score.
            - `importance` with `importance_lower, importance_upper`: share of R squared. The shares
              add up to 1.
            - `own_effect` with `own_effect_lower, own_effect_upper`: standardised coefficient with
              all other touchpoints held constant. Where its interval contains 0, no contribution of
              its own is detected, however large its share by correlation with the others.
            - `quadrant`: `"concentrate here"`, `"keep up"`, `"low priority"`, `"possible overkill"`
              or `"undecided"` where the interval of importance contains the mean share, or that
              of performance the mean performance.
        target: The overall score.
        r_squared: Share of the variance of the overall score that goes with all touchpoints
            together, with `r_squared_lower, r_squared_upper`.
        customers: Customers with an overall score (with `method="complete"`, those who also rated
            every touchpoint); `complete_customers`, those who rated every touchpoint.
        missing_share: Share of ratings that are missing.
        method: `"em"` or `"complete"`: what was done about missing ratings.
        own_effect_method: `"hc3"`, robust to unequal variances, or `"bootstrap"` after EM.
        performance: `"mean"` or `"top"`.
        resamples: Resamples of customers behind the percentile intervals.
        iterations: Steps of EM; 0 where nothing was missing.
        without_target: Customers who rated a touchpoint and gave no overall score, left out.
        later: Ratings given after the overall score, left out.
        missing: Answers without a score, left out.
        confidence_level: Confidence level of each interval.

    Examples:
        >>> from cemkit.data import simulate_shop
        >>> answers = simulate_shop(3_000).responses
        >>> found = drivers(answers, "nps", question="csat", n_resamples=200)
        >>> found.table["touchpoint"].iloc[0]
        'delivery'
    """

    _pictures = ("feedback.driver_map",)

    table: pd.DataFrame
    target: str
    r_squared: float
    r_squared_lower: float
    r_squared_upper: float
    customers: int
    complete_customers: int
    missing_share: float
    method: str
    own_effect_method: str
    performance: str
    resamples: int
    iterations: int
    without_target: int
    later: int
    missing: int
    confidence_level: float

    @property
    def without_own_effect(self) -> list[str]:
        """Touchpoints whose own effect was not detected, in the order of the table."""
        table = self.table
        unsure = (table["own_effect_lower"] <= 0) & (table["own_effect_upper"] >= 0)
        return [str(name) for name in table.loc[unsure, "touchpoint"]]

    @property
    def rival(self) -> str | None:
        """The touchpoint with the highest upper bound above the lower bound of the first."""
        others = self.table.iloc[1:]
        near = others[others["importance_upper"] >= self.table["importance_lower"].iloc[0]]
        if near.empty:
            return None
        return str(near["touchpoint"].iloc[int(np.argmax(near["importance_upper"]))])


def drivers(
    responses: pd.DataFrame,
    target: str,
    *,
    touchpoints: Sequence[str] | None = None,
    question: str | None = None,
    missing: Missing = "em",
    performance: Performance = "mean",
    scale: tuple[int, int] | None = None,
    n_resamples: int = 1000,
    random_state: int = 0,
    confidence_level: float = 0.95,
    progress: bool = False,
) -> DriverAnalysis:
    """Divide the explained variance of an overall score among the rated touchpoints.

    The importance of a touchpoint is its Shapley value of R squared (LMG): the increase of R
    squared when it is added to the others, averaged over all orders, exact for up to 15
    touchpoints. Variance explained jointly by correlated touchpoints is split between them, so a
    touchpoint without its own contribution gets a share, too; compare it with `own_effect`.

    Importance does not show what would happen if a touchpoint improved, because satisfied customers
    rate everything higher. Improve it for randomly chosen customers and compare the scores
    (`assign_variants`, `compare_scores`).

    Args:
        responses: Response table with `customer_id, response_date, touchpoint, score`, of which the
            last rating on or before the day of the overall score counts; or a wide table with one
            row per customer and a column per score.
        target: Overall score: a value of `touchpoint` or `question`, or a column of the wide table.
        touchpoints: Touchpoints to include; by default all that were rated, or all numeric columns.
        question: Question that rates touchpoints, if `responses` has several besides the target.
        missing: Treatment of missing ratings. `"em"` estimates means and covariances from all
            ratings by maximum likelihood, assuming that ratings are missing at random given the
            others. `"complete"` uses only customers who rated everything.
        performance: Measure of performance: the `"mean"` score, or the share of the two `"top"`
            scores of `scale`.
        scale: Lowest and highest possible score; needed for `performance="top"`.
        n_resamples: Bootstrap resamples of customers. After EM, each is one Newton step from the
            estimate.
        random_state: Seed of the resamples.
        confidence_level: Confidence level of each interval, as a fraction.
        progress: Whether to show a progress bar.

    Returns:
        A `DriverAnalysis`. Percentile intervals of shares cover about .90 to .98 at 100 customers
        and .93 to .98 from 500; after EM with 30 to 70 % of the ratings missing, .87 to .97.

    Raises:
        MissingColumnsError: A column is not there.
        DataError: A touchpoint or the target always has the same score, is unknown, or is
            determined by the others; there are several questions and none was chosen.
        NotEnoughDataError: Fewer than 50 customers with an overall score, 30 ratings of a
            touchpoint, or 20 customers who rated both of two touchpoints.
        ConvergenceError: EM does not settle.
        ValueError: More than 15 touchpoints, or a parameter is not understood.

    Warns:
        CemkitWarning: After EM, a touchpoint has fewer than 300 ratings.

    References:
        Lindeman, Merenda, Gold (1980), Introduction to bivariate and multivariate analysis.
        Groemping (2006), Relative importance for linear regression in R: the package relaimpo,
        Journal of Statistical Software 17. MacKinnon, White (1985), Journal of Econometrics 29, for
        HC3.

    Examples:
        >>> from cemkit.data import simulate_shop
        >>> answers = simulate_shop(3_000).responses
        >>> found = drivers(answers, "nps", question="csat", n_resamples=200)
        >>> found.table[["touchpoint", "importance", "quadrant"]].round(2)
          touchpoint  importance           quadrant
        0   delivery        0.65   concentrate here
        1    product        0.25          undecided
        2    service        0.11  possible overkill
    """
    level = check_fraction(confidence_level, "confidence_level")
    _check_choices(missing, performance, scale)
    check_integer(n_resamples, "n_resamples", minimum=1, maximum=MOST_RESAMPLES)
    check_random_state(random_state)
    check_flag(progress, "progress")
    given = _read_on_scale(responses, target, touchpoints, question, scale)
    complete = np.asarray(~np.isnan(given.scores).any(axis=1))
    ratings = _complete_ratings(given, complete) if missing == "complete" else given
    values, gaps = standardised(ratings.scores), bool(np.isnan(ratings.scores).any())
    if gaps:
        _warn_of_few(ratings)
    draws = resample_weights(len(values), n_resamples, random_state, progress=progress)
    fit = fitted(values, draws, ratings.touchpoints)
    parts, drawn = explained(fit)
    lower, upper = map(float, percentile_interval(drawn.sum(axis=1), level))
    performances = _performances(ratings, performance, scale, level)
    shares, effects = _shares(parts, drawn, level), own_effects(fit, values, level)
    return DriverAnalysis(
        table=_table(ratings.touchpoints, fit, performances, shares, effects),
        target=target,
        r_squared=float(parts.sum()),
        r_squared_lower=lower,
        r_squared_upper=upper,
        customers=len(ratings.scores),
        complete_customers=int(complete.sum()),
        missing_share=float(np.isnan(given.scores[:, :-1]).mean()),
        method=missing,
        own_effect_method="bootstrap" if gaps else "hc3",
        performance=performance,
        resamples=n_resamples,
        iterations=fit.iterations,
        without_target=ratings.without_target,
        later=ratings.later,
        missing=ratings.missing,
        confidence_level=level,
    )


def _check_choices(missing: str, performance: str, scale: tuple[int, int] | None) -> None:
    """Raise where a choice is unknown, or the top scores have no scale."""
    check_choice(missing, "missing", ("em", "complete"))
    check_choice(performance, "performance", ("mean", "top"))
    if performance == "top" and scale is None:
        raise ValueError("performance='top' needs the scale of the ratings, as in scale=(0, 10)")


def _read_on_scale(
    responses: pd.DataFrame,
    target: str,
    touchpoints: Sequence[str] | None,
    question: str | None,
    scale: tuple[int, int] | None,
) -> Ratings:
    """The ratings by customer, when they lie on the scale."""
    ratings = read_ratings(responses, target, touchpoints, question)
    if scale is not None:
        _check_ratings_on(ratings, checked_scale(scale))
    return ratings


def _table(
    touchpoints: list[str],
    fit: DriverFit,
    performances: dict[str, Floats],
    shares: dict[str, Floats],
    effects: dict[str, Floats],
) -> pd.DataFrame:
    """One row per touchpoint, the most important first."""
    correlation = correlations(fit.covariance)[-1, :-1]
    columns = {**performances, "correlation": correlation, **shares, **effects}
    table = pd.DataFrame({"touchpoint": touchpoints, **columns})
    table["quadrant"] = _quadrants(table)
    ordered = table.sort_values(["importance", "touchpoint"], ascending=[False, True])
    return ordered.reset_index(drop=True)


def _complete_ratings(ratings: Ratings, complete: npt.NDArray[Any]) -> Ratings:
    n = int(complete.sum())
    if n < LEAST_CUSTOMERS:
        raise NotEnoughDataError(
            "customers who rated every touchpoint",
            have=n,
            need=LEAST_CUSTOMERS,
            hint="use missing='em', which takes everybody's ratings",
        )
    kept = dataclasses.replace(ratings, scores=ratings.scores[complete])
    for name, values in zip(ratings.touchpoints, kept.scores.T[:-1], strict=True):
        if values.min() == values.max():
            raise DataError(f"{name!r} has one score among customers who rated everything")
    return kept


def _check_ratings_on(ratings: Ratings, scale: tuple[int, int]) -> None:
    values = ratings.scores[:, :-1]
    off = (values < scale[0]) | (values > scale[1])
    if off.any():
        raise DataError(
            f"{count_text(int(off.sum()), 'ratings are')} off the scale {scale[0]} to {scale[1]}, "
            f"such as {values[off][0]:g}; correct them, or pass the scale that was asked"
        )


def _performances(
    ratings: Ratings, performance: str, scale: tuple[int, int] | None, level: float
) -> dict[str, Floats]:
    """Counts, means and performances of the ratings of each touchpoint."""
    values = ratings.scores[:, :-1]
    n = (~np.isnan(values)).sum(axis=0)
    mean = np.nanmean(values, axis=0)
    if performance == "top" and scale is not None:
        top = (values > scale[1] - TOP).sum(axis=0).astype(np.float64)
        value = top / n
        lower, upper = rate_bounds(top, n.astype(np.float64), critical_value(level))
    else:
        half = stdtrit(n - 1, (1 + level) / 2) * np.nanstd(values, axis=0, ddof=1) / np.sqrt(n)
        value, lower, upper = mean, mean - half, mean + half
    return {
        "answers": n,
        "mean_score": mean,
        "performance": value,
        "performance_lower": lower,
        "performance_upper": upper,
    }


def _shares(parts: Floats, drawn: Floats, level: float) -> dict[str, Floats]:
    total = parts.sum()
    if total <= COLLINEAR:
        raise DataError(
            "no touchpoint correlates with the overall score, so there are no shares; "
            "add touchpoints or answers"
        )
    sums = np.maximum(drawn.sum(axis=1, keepdims=True), COLLINEAR)
    lower, upper = percentile_interval(drawn / sums, level)
    return {"importance": parts / total, "importance_lower": lower, "importance_upper": upper}


def _quadrants(table: pd.DataFrame) -> list[str]:
    """The quadrant of each touchpoint, where both intervals lie on one side of the mean."""
    middles = {"importance": 1 / len(table), "performance": float(table["performance"].mean())}
    sides = {
        name: np.where(table[f"{name}_lower"] > middle, 1, 0)
        - np.where(table[f"{name}_upper"] < middle, 1, 0)
        for name, middle in middles.items()
    }
    return [
        QUADRANTS[important > 0, performing > 0] if important and performing else UNDECIDED
        for important, performing in zip(sides["importance"], sides["performance"], strict=True)
    ]


def _warn_of_few(ratings: Ratings) -> None:
    counts = (~np.isnan(ratings.scores[:, :-1])).sum(axis=0)
    few = [name for name, n in zip(ratings.touchpoints, counts, strict=True) if n < RELIABLE]
    if few:
        warnings.warn(
            f"{', '.join(map(repr, few))} have fewer than {RELIABLE} ratings, and others are "
            "estimated: intervals of 95 % may then cover only 87 %",
            CemkitWarning,
            stacklevel=3,
        )

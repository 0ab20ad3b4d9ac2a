"""Measures of a churn score, for any weights on the same ranked customers."""

import math
from typing import NamedTuple, Self

import numpy as np
import numpy.typing as npt
from scipy.special import expit, logit
from sklearn.isotonic import isotonic_regression

from cemkit.arrays import Floats
from cemkit.churn.logistic import fit_logistic
from cemkit.errors import ConvergenceError

SMALLEST = np.finfo(float).eps  # probabilities of exactly 0 and 1 have no logarithm
CLIP = 1e-6
WITHOUT_LIMITS = (-np.inf, np.inf)
RANGES = {  # of measures that are not between 0 and 1
    "lift_10": (0.0, 10.0),
    "log_loss": (0.0, np.inf),
    "calibration_intercept": WITHOUT_LIMITS,
    "calibration_slope": WITHOUT_LIMITS,
}


class Ranking(NamedTuple):
    """Customers from the highest score down, equal scores as one step."""

    order: npt.NDArray[np.intp]
    starts: npt.NDArray[np.intp]
    score: Floats
    churned: Floats

    @classmethod
    def of(cls, churned: Floats, score: Floats) -> Self:
        """The ranking of outcomes by a score."""
        order = np.argsort(-score, kind="stable")
        falling = score[order]
        starts = np.flatnonzero(np.r_[True, falling[1:] != falling[:-1]])
        return cls(order, starts, falling[starts], churned[order])

    def steps(self, weights: Floats) -> tuple[Floats, Floats]:
        """Churned customers and all customers at each distinct score."""
        ranked = weights[self.order]
        return (
            np.add.reduceat(ranked * self.churned, self.starts),
            np.add.reduceat(ranked, self.starts),
        )


class Calibration(NamedTuple):
    """What a ranking by probabilities needs of logarithms, which no weights change."""

    log_odds: Floats
    log_probability: Floats
    log_complement: Floats
    intercept: float
    slope: float

    @classmethod
    def of(cls, ranking: Ranking) -> Self:
        """The calibration of a ranking by probabilities; missing where outcomes are separated."""
        log_odds = logit(np.clip(ranking.score, CLIP, 1 - CLIP))
        bounded = np.clip(ranking.score, SMALLEST, 1 - SMALLEST)
        logs = (log_odds, np.log(bounded), np.log1p(-bounded))
        churned, everyone = ranking.steps(np.ones(len(ranking.order)))
        rows = np.r_[log_odds, log_odds][:, None]
        outcome = np.r_[np.ones(len(log_odds)), np.zeros(len(log_odds))]
        weights = np.r_[churned, everyone - churned]
        used = weights > 0
        try:
            fit = fit_logistic(
                rows[used], outcome[used], weights[used], np.zeros(1), np.ones(1), penalty=0.0
            )
        except ConvergenceError:
            return cls(*logs, math.nan, math.nan)
        return cls(*logs, float(fit.parameters[0]), float(fit.parameters[1]))

    def log_loss(self, churned: Floats, everyone: Floats) -> float:
        """Mean minus log-likelihood under other weights."""
        gained = churned @ self.log_probability + (everyone - churned) @ self.log_complement
        return -float(gained / everyone.sum())

    def under(self, churned: Floats, everyone: Floats) -> tuple[float, float]:
        """Intercept and slope under other weights: two Newton steps from here."""
        if math.isnan(self.slope):
            return math.nan, math.nan
        point = np.array([self.intercept, self.slope])
        for _ in range(2):
            probability = expit(point[0] + point[1] * self.log_odds)
            residual = churned - everyone * probability
            density = everyone * probability * (1 - probability)
            curve = density @ self.log_odds
            information = np.array([[density.sum(), curve], [curve, density @ self.log_odds**2]])
            gradient = np.array([residual.sum(), residual @ self.log_odds])
            if np.linalg.det(information) <= 1e-9 * information[0, 0] * information[1, 1]:
                return math.nan, math.nan
            point = point + np.linalg.solve(information, gradient)
        return float(point[0]), float(point[1])


def measures(
    ranking: Ranking, calibration: Calibration, weights: Floats, threshold: float
) -> dict[str, float]:
    """Every measure of a ranking by probabilities; missing where one is not defined."""
    churned, everyone = ranking.steps(weights)
    found = _at_threshold(churned, everyone, ranking.score, threshold)
    found |= ranking_measures(churned, everyone)
    found |= _probability_measures(churned, everyone, ranking.score)
    found["log_loss"] = calibration.log_loss(churned, everyone)
    found["calibration_intercept"], found["calibration_slope"] = calibration.under(
        churned, everyone
    )
    return found


def _at_threshold(
    churned: Floats, everyone: Floats, score: Floats, threshold: float
) -> dict[str, float]:
    fires = score > threshold
    hits, fired = float(churned[fires].sum()), float(everyone[fires].sum())
    total, events = float(everyone.sum()), float(churned.sum())
    kept = total - fired - (events - hits)
    return {
        "accuracy": (hits + kept) / total,
        "precision": hits / fired if fired else math.nan,
        "recall": hits / events,
        "f1": 2 * hits / (fired + events),
    }


def ranking_measures(churned: Floats, everyone: Floats) -> dict[str, float]:
    """Measures that depend on the order alone, of customers grouped by falling score."""
    hits, reached = churned.cumsum(), everyone.cumsum()
    events, total = hits[-1], reached[-1]
    recall, false = hits / events, (reached - hits) / (total - events)
    precision = hits / np.maximum(reached, 1)
    place = int(np.searchsorted(reached, total / 10))
    tenth = hits[place] - (reached[place] - total / 10) * churned[place] / everyone[place]
    area = recall[0] * false[0] + np.diff(false) @ (recall[1:] + recall[:-1])
    return {
        "roc_auc": float(area) / 2,
        "average_precision": float(recall[0] * precision[0] + np.diff(recall) @ precision[1:]),
        "ks": float(np.abs(recall - false).max()),
        "lift_10": float(tenth / events) * 10,
        "gain_10": float(tenth / events),
    }


def _probability_measures(churned: Floats, everyone: Floats, score: Floats) -> dict[str, float]:
    stayed, total = everyone - churned, everyone.sum()
    brier = _brier(churned, stayed, score)
    rate = churned.sum() / total
    there = everyone > 0
    share = churned[there] / everyone[there]
    recalibrated = isotonic_regression(share[::-1], sample_weight=everyone[there][::-1])[::-1]
    best = _brier(churned[there], stayed[there], recalibrated)
    return {
        "brier": brier,
        "brier_miscalibration": max(brier - best, 0.0),  # below 0 by rounding alone
        "brier_discrimination": max(float(rate * (1 - rate)) - best, 0.0),
        "brier_uncertainty": float(rate * (1 - rate)),
    }


def _brier(churned: Floats, stayed: Floats, probability: Floats) -> float:
    missed = churned @ (1 - probability) ** 2 + stayed @ probability**2
    return float(missed / (churned.sum() + stayed.sum()))

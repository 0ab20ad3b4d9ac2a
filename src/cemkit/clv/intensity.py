"""Purchase intensity over the calendar, estimated together with a model of the customers.

The likelihood of all purchase days under the BG/NBD on a clock is maximized by EM: given the clock,
the model says how many purchases each day's customers would make at a steady pace; given those, the
clock is a Poisson regression of the purchases of each day.
"""

import dataclasses

import numpy as np
from scipy.special import expit

from cemkit.arrays import Floats
from cemkit.clv.estimates import in_chunks, total_derivatives
from cemkit.clv.fitting import Derivatives, maximize, thinned
from cemkit.clv.likelihoods import beta_geo_rows
from cemkit.clv.model_time import ModelTime, SeasonalTime
from cemkit.clv.prediction import beta_geo_log_odds_gone

START = (0.5, 0.5, 0.8, 2.5)  # r, alpha per mean time between purchases, a, b
SAMPLE = 10_000  # customers whose fit gives the parameters
MOST_ROUNDS = 30
CLOSE = 1e-3  # change of a day's log intensity
CHUNK = 8192
DESIGN = [np.ones((1, 1))] * 4


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class DailyPurchases:
    """Distinct histories in days, and the repeat purchases of each day up to now."""

    x: Floats
    recency: Floats
    tenure: Floats
    counts: Floats
    repeats: Floats


def estimated_intensity(
    seen: DailyPurchases, design: Floats, penalty: Floats
) -> tuple[Floats, Floats]:
    """Return the coefficients and the purchases that each day would have seen at a steady pace."""
    coefficients = np.zeros(design.shape[1])
    point = _first_point(seen)
    for _ in range(MOST_ROUNDS):
        log_intensity = design @ coefficients
        intensity = np.exp(log_intensity)
        time = SeasonalTime((intensity / intensity.mean())[::-1], np.ones(1))
        point, exposure = _steady_purchases(seen, time, point)
        coefficients = _regression(seen.repeats, exposure, design, penalty, coefficients)
        change = design @ coefficients - log_intensity
        if np.ptp(change) < CLOSE:
            break
    return coefficients, exposure


def _first_point(seen: DailyPurchases) -> Floats:
    point = np.log(START)
    point[1] += np.log(seen.counts @ seen.tenure / (seen.counts @ seen.x))
    return point


def _steady_purchases(
    seen: DailyPurchases, time: ModelTime, point: Floats
) -> tuple[Floats, Floats]:
    """The model on this clock, and the purchases it expects of each day's customers without one.

    A customer is expected to buy at the mean rate of those of the same history, and to have left
    after the last purchase with the probability that the model gives.
    """
    T = time.since(seen.tenure)
    t_x = T - time.since(seen.recency)
    point = _fitted(seen.x, t_x, T, seen.counts, point)
    theta = list(np.exp(point))
    alive = expit(-beta_geo_log_odds_gone(theta, seen.x, t_x, T, seen.x))
    rate = seen.counts * (theta[0] + seen.x)
    now = alive * rate / (theta[1] + T)
    before = now + (1 - alive) * rate / (theta[1] + t_x)
    n = len(seen.repeats)
    first, last = (
        (n - 1 - days).astype(np.intp) for days in (seen.tenure, seen.recency)
    )
    change = np.bincount(first, before, n) + np.bincount(last, now - before, n)
    return point, np.concatenate([[0.0], np.cumsum(change)[:-1]])


def _fitted(x: Floats, t_x: Floats, T: Floats, counts: Floats, point: Floats) -> Floats:
    """The BG/NBD fitted to a sample of the customers, from the parameters of the round before."""
    sampled = thinned(counts, min(1.0, SAMPLE / counts.sum()))
    kept = sampled > 0
    x, t_x, T, counts = x[kept], t_x[kept], T[kept], sampled[kept]

    def derivatives(point: Floats) -> Derivatives:
        theta = list(np.exp(point))
        return in_chunks(
            lambda part: total_derivatives(
                beta_geo_rows(theta, x[part], t_x[part], T[part], can_leave_at_once=False),
                DESIGN,
                counts[part],
            ),
            n_rows=len(x),
            size=CHUNK,
        )

    return maximize(derivatives, point, tolerance=1e-3).point


def _regression(
    repeats: Floats, exposure: Floats, design: Floats, penalty: Floats, start: Floats
) -> Floats:
    """Coefficients of a Poisson regression with an offset, shrunk by a ridge; its level is free."""
    used = exposure > 0
    B = np.column_stack([design, np.ones(len(design))])[used]
    y, offset = repeats[used], exposure[used]
    ridge = np.append(penalty, 0.0)
    level = np.log(y.sum() / (offset @ np.exp(B[:, :-1] @ start)))
    point = np.append(start, level)
    for _ in range(50):
        mean = offset * np.exp(B @ point)
        hessian = (B * mean[:, None]).T @ B + np.diag(ridge)
        step = np.linalg.solve(hessian, B.T @ (y - mean) - ridge * point)
        point = point + step * min(1.0, 1 / np.abs(step).max())
        if np.abs(step).max() < 1e-8:
            break
    return point[:-1]

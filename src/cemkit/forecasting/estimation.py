"""Maximum likelihood: start values, and Levenberg and Marquardt's steps on scaled residuals.

References:
    Hannan, Rissanen (1982), Recursive estimation of mixed autoregressive-moving average order,
        Biometrika 69.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from cemkit.arrays import Floats
from cemkit.forecasting.likelihood import ArmaOrder, ExactLikelihood, Profile
from cemkit.forecasting.polynomials import partials_from_coefficients

LARGEST_FREE = 8.0  # tanh(8) is a partial autocorrelation of 0.9999998
LARGEST_STEP = 2.0
FIRST_DAMPING, LEAST_DAMPING, QUIET_DAMPING = 1e-3, 1e-10, 1.0
TRIES, MOST_STEPS = 8, 30
# A climb ends where this many times what the slopes promise would not reach the target. The first
# steps are always taken: next to a common factor of both polynomials the slopes promise too little.
HOPE, SURE_STEPS, PROMISE_DAMPING = 3.0, 3, 1e-6
POOR, GOOD, ZIGZAG_DAMPING = 0.5, 0.8, 0.1
FINE = 1e-8
SMALLEST_SCALE = 1e-300
START_PARTIAL = 0.97


def maximize(
    likelihood: ExactLikelihood,
    starts: Iterable[Floats],
    *,
    tolerance: float = 1e-7,
    target: float = -math.inf,
) -> tuple[Floats, float]:
    """The unconstrained numbers of the greatest likelihood, and the log-likelihood there."""
    best, best_value = np.zeros(likelihood.order.size), -math.inf
    for start in starts:
        free, value = _climb(likelihood, start, tolerance, max(target, best_value))
        if value > best_value:
            best, best_value = free, value
    return best, best_value


def start_values(likelihood: ExactLikelihood) -> Floats | None:
    """Hannan and Rissanen's estimates, brought inside the stable region."""
    order = likelihood.order
    series = _without_regressors(likelihood.data)
    ar_lags = [*range(1, order.p + 1), *(order.period * j for j in range(1, order.seasonal_p + 1))]
    ma_lags = [*range(1, order.q + 1), *(order.period * j for j in range(1, order.seasonal_q + 1))]
    try:
        innovations, first = _long_autoregression(series, max([*ar_lags, *ma_lags]), bool(ma_lags))
        effects = _lagged_regression(series, innovations, ar_lags, ma_lags, first)
    except (np.linalg.LinAlgError, _TooShortError):
        return None
    values = iter(effects)
    ar, seasonal_ar = _take(values, order.p), _take(values, order.seasonal_p)
    ma, seasonal_ma = _take(values, order.q), _take(values, order.seasonal_q)
    parts = (ar, [-c for c in ma], seasonal_ar, [-c for c in seasonal_ma])
    return np.array([x for part in parts for x in partials_from_coefficients(part, START_PARTIAL)])


def extended(free: Floats, old: ArmaOrder, new: ArmaOrder) -> Floats:
    """Numbers of one order as a start for another: cut, or filled with zeros, kind by kind."""
    parts = zip(old.parts(free), new.counts, strict=True)
    return np.array([x for part, count in parts for x in (part + [0.0] * count)[:count]])


class _TooShortError(Exception):
    pass


def _take(values: Iterable[float], count: int) -> list[float]:
    return [value for _, value in zip(range(count), values, strict=False)]


def _without_regressors(data: Floats) -> Floats:
    series = data[:, 0]
    if data.shape[1] > 1:
        series = series - data[:, 1:] @ np.linalg.lstsq(data[:, 1:], series, rcond=None)[0]
    centred: Floats = series - series.mean()
    return centred


def _long_autoregression(series: Floats, longest: int, wanted: bool) -> tuple[Floats, int]:
    """Innovations of a long autoregression, and the first row that has one."""
    if not wanted:
        return series, 0
    n = len(series)
    lags = min(max(longest + 2, int(4 * math.log(n))), n // 3)
    if lags < longest:
        raise _TooShortError
    windows = np.lib.stride_tricks.sliding_window_view(series, lags + 1)
    past, present = windows[:, :lags], windows[:, lags]
    gram = past.T @ past
    gram[np.diag_indices(lags)] *= 1 + (1e-3 if lags < n // 6 else 1e-2)
    effects = np.linalg.solve(gram, past.T @ present)
    return np.concatenate([np.zeros(lags), present - past @ effects]), lags


def _lagged_regression(
    series: Floats,
    innovations: Floats,
    ar_lags: Sequence[int],
    ma_lags: Sequence[int],
    first: int,
) -> list[float]:
    n = len(series)
    first = max(first + max(ma_lags, default=0), max(ar_lags, default=0))
    if n - first < 2 * (len(ar_lags) + len(ma_lags)) + 2:
        raise _TooShortError
    columns = [series[first - lag : n - lag] for lag in ar_lags]
    columns += [innovations[first - lag : n - lag] for lag in ma_lags]
    lagged = np.column_stack(columns)
    gram = lagged.T @ lagged
    gram[np.diag_indices(len(gram))] *= 1 + 1e-8
    effects: list[float] = np.linalg.solve(gram, lagged.T @ series[first:]).tolist()
    return effects


def _climb(
    likelihood: ExactLikelihood, start: Floats, tolerance: float, target: float
) -> tuple[Floats, float]:
    free = np.clip(start, -LARGEST_FREE, LARGEST_FREE)
    at = likelihood.profile(free)
    if at is None:
        return free, -math.inf
    damping = FIRST_DAMPING
    for i in range(MOST_STEPS if len(free) else 0):
        total = at.total
        slopes = likelihood.slopes(free, at, central=tolerance <= FINE)
        if slopes is None:
            break
        curve = _Curve.of(slopes, at.residuals)
        if (
            i >= SURE_STEPS
            and likelihood.from_sum_of_squares(total - HOPE * curve.promise()) < target
        ):
            break
        step = _step(likelihood, free, at, curve, damping)
        if step is None:
            break
        free, at, damping = step
        gain = (total - at.total) / total if total > 0 else 0.0
        if gain < tolerance and damping <= QUIET_DAMPING:
            break
    return free, likelihood.from_sum_of_squares(at.total)


@dataclass(frozen=True, slots=True)
class _Curve:
    """Gauss and Newton's parabola of the sum of squares: its gradient and curvature, halved."""

    gradient: Floats
    curvature: Floats
    scale: Floats

    @classmethod
    def of(cls, slopes: Floats, residuals: Floats) -> "_Curve":
        curvature = slopes.T @ slopes
        scale = np.diag(curvature)
        scale = np.maximum(scale, 1e-6 * scale.max() + SMALLEST_SCALE)
        return cls(slopes.T @ residuals, curvature, scale)

    def step(self, damping: float) -> Floats:
        curvature = self.curvature + np.diag(damping * self.scale)
        return np.linalg.solve(curvature, -self.gradient).astype(np.float64, copy=False)

    def promise(self) -> float:
        """How much lower its lowest point is."""
        return -float(self.gradient @ self.step(PROMISE_DAMPING))


def _step(
    likelihood: ExactLikelihood, free: Floats, at: Profile, curve: _Curve, damping: float
) -> tuple[Floats, Profile, float] | None:
    """The next point, its profile and the damping to go on with; None where nothing is better."""
    for _ in range(TRIES):
        step = curve.step(damping)
        step *= min(1.0, LARGEST_STEP / max(float(np.abs(step).max()), 1e-12))
        moved = np.clip(free + step, -LARGEST_FREE, LARGEST_FREE)
        there = likelihood.profile(moved)
        if there is not None and there.total < at.total:
            promised = float(step @ (damping * curve.scale * step - curve.gradient))
            return moved, there, _next_damping(damping, (at.total - there.total) / promised)
        damping = max(damping * 8, 1e-6)
    return None


def _next_damping(damping: float, kept: float) -> float:
    """Less where a step kept what it promised, more where it went too far and would zigzag."""
    if kept < POOR:
        return max(4 * damping, ZIGZAG_DAMPING)
    return max(damping * 0.1, LEAST_DAMPING) if kept > GOOD else damping

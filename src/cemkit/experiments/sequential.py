"""Looking more than once: bounds for planned looks, and p values that hold at any time."""

from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
from numpy.polynomial.legendre import leggauss
from scipy.interpolate import PchipInterpolator
from scipy.optimize import brentq
from scipy.special import ndtr, ndtri

from cemkit.arrays import Floats
from cemkit.checks import check_choice, check_fraction, check_integer, check_positive
from cemkit.checks.options import shown
from cemkit.proportions.counts import real_numbers

Bound = Literal["obrien-fleming", "pocock", "lan-demets"]

BOUNDS = ("obrien-fleming", "pocock", "lan-demets")
LARGEST_Z = 9.0
MOST_LOOKS = 30
TUNED_FOR = 5_000
POLISHING = 4
SMALLEST_STEP = 1e-3  # between looks, relative: the nodes that a step takes grow as it shrinks


def sequential_bounds(
    looks: int,
    *,
    bound: Bound = "obrien-fleming",
    fractions: Sequence[float] | None = None,
    confidence_level: float = 0.95,
) -> pd.DataFrame:
    """Return the critical values of planned looks that keep alpha over all looks together.

    Five looks at a nominal 5 % give a false positive in 14 % of experiments without a difference
    (Armitage, McPherson, Rowe 1969). These two-sided bounds come from their recursive integration.

    Args:
        looks: Number of planned looks, including the last one.
        bound: `"obrien-fleming"` (strict early, nearly nominal at the end), `"pocock"` (the same at
            each look), or `"lan-demets"`, which spends alpha like O'Brien-Fleming and allows looks
            at any `fractions`.
        fractions: Fractions of the planned customers observed at each look, rising to at most 1, by
            at least 0.001 each time. By default equal steps.
        confidence_level: Confidence level 1 - alpha of all looks together, as a fraction.

    Returns:
        One row per `look`: `fraction`, `critical` (for |z|), `nominal_alpha` of the look on its
        own, and `spent_alpha` up to it.

    Raises:
        ValueError: There is no look, or the fractions do not rise to at most 1 or rise by too
            little.

    References:
        Jennison, Turnbull (2000), Group Sequential Methods with Applications to Clinical Trials.
        Lan, DeMets (1983), Discrete sequential boundaries for clinical trials, Biometrika 70.

    Examples:
        >>> sequential_bounds(3, bound="pocock")["critical"].round(3).tolist()
        [2.289, 2.289, 2.289]
    """
    check_choice(bound, "bound", BOUNDS)
    alpha = 1 - check_fraction(confidence_level, "confidence_level")
    times = _times(looks, fractions)
    if bound == "lan-demets":
        critical = _spending_bounds(alpha, times)
    else:
        critical = _constant(alpha, times, bound) * _shape(times, bound)
    return pd.DataFrame(
        {
            "fraction": times,
            "critical": critical,
            "nominal_alpha": 2 * ndtr(-critical),
            "spent_alpha": np.cumsum(_exits(critical, times)),
        },
        index=pd.RangeIndex(1, len(times) + 1, name="look"),
    )


def sequential_p_value(
    statistic: npt.ArrayLike, look: int, looks: int, *, bound: Bound = "obrien-fleming"
) -> Floats:
    """Return the p-value at one of several planned looks, which can be compared with alpha.

    It is the smallest alpha whose bound z has crossed, and can be corrected for several
    comparisons. Below about 1e-10 it is not exact.

    Args:
        statistic: The z statistic at this look.
        look: Number of the look, from 1.
        looks: Number of planned looks, at equal steps.
        bound: Stopping bound, as in `sequential_bounds`.

    References:
        Liu, Anderson (2008), On adaptive extensions of group sequential trials, Statistics in
        Medicine 27.

    Examples:
        >>> float(sequential_p_value(2.289, look=2, looks=3, bound="pocock").round(3))
        0.05
    """
    curve, _ = _curves(_look(look, looks), looks, bound)
    z = np.minimum(np.abs(real_numbers(statistic, "statistic")), curve.x[-1])
    return np.asarray(np.exp(np.minimum(curve(z), 0.0)))


def sequential_critical_value(
    alpha: npt.ArrayLike, look: int, looks: int, *, bound: Bound = "obrien-fleming"
) -> Floats:
    """Return the critical value of one planned look; its intervals hold at all looks together.

    Args:
        alpha: Error probability of all looks together.
        look: Number of the look, from 1.
        looks: Number of planned looks, at equal steps.
        bound: Stopping bound, as in `sequential_bounds`.

    Raises:
        ValueError: An alpha lies outside (0, 1), or the look is not one of the planned ones.

    Examples:
        >>> float(sequential_critical_value(0.05, look=5, looks=5).round(2))
        2.04
    """
    forth, back = _curves(_look(look, looks), looks, bound)
    log_alpha = _log_alpha(alpha)
    z = np.asarray(np.maximum(back(log_alpha), 0.0))
    slope = forth.derivative()
    for _ in range(POLISHING):  # the two curves are inverses of each other at their knots alone
        inside = (z > 0) & (z < forth.x[-1])
        step = np.divide(forth(z) - log_alpha, slope(z), out=np.zeros_like(z), where=inside)
        z = np.where(inside, np.clip(z - step, 0.0, forth.x[-1]), z)
    return np.asarray(z)


def always_valid_p_value(
    statistic: npt.ArrayLike, effective_size: npt.ArrayLike, *, tuned_for: float = TUNED_FOR
) -> Floats:
    """Return a p-value that stays valid however often you look.

    It is the inverse of the mixture likelihood ratio `exp(z^2 r / (2 (1 + r))) / sqrt(1 + r)`,
    where the standardised effect is normal with variance `r / effective_size`. Without a
    difference, the probability that it ever falls below alpha is at most alpha, once the arms are
    large enough for z to be normal. At any single time it is larger than the usual p-value.

    Args:
        statistic: The z statistic so far.
        effective_size: Effective sample size `n1 n2 / (n1 + n2)`; n / 2 for two arms of n customers
            each.
        tuned_for: Effective size at which the test has the most power. Choose it beforehand.

    References:
        Robbins (1970), Statistical methods related to the law of the iterated logarithm.
        Johari, Koomen, Pekelis, Walsh (2022), Always valid inference, Operations Research 70.

    Examples:
        >>> float(always_valid_p_value(3.0, 5_000).round(3))
        0.055
    """
    z = real_numbers(statistic, "statistic")
    r = _mixture(effective_size, tuned_for)
    log_p = np.log1p(r) / 2 - z**2 * r / (2 * (1 + r))
    return np.asarray(np.exp(np.minimum(log_p, 0.0)))


def always_valid_critical_value(
    alpha: npt.ArrayLike, effective_size: npt.ArrayLike, *, tuned_for: float = TUNED_FOR
) -> Floats:
    """Return the critical value of a confidence sequence, which holds however often you look.

    Args:
        alpha: Error probability of the whole sequence.
        effective_size: Effective sample size `n1 n2 / (n1 + n2)`; n / 2 for two arms of n customers
            each.
        tuned_for: Effective size at which the interval is narrowest. Choose it beforehand.

    Raises:
        ValueError: An alpha lies outside (0, 1), or a size is not above 0.

    References:
        Waudby-Smith, Arbour, Sinha, Kennedy, Ramdas (2024), Time-uniform central limit theory and
        asymptotic confidence sequences, Annals of Statistics 52.

    Examples:
        >>> always_valid_critical_value(0.05, [100, 5_000, 500_000]).round(2)
        array([6.69, 3.04, 3.56])
    """
    r = _mixture(effective_size, tuned_for)
    if not (r > 0).all():
        raise ValueError(f"effective_size must be above 0, not {effective_size!r}")
    return np.asarray(np.sqrt((1 + r) / r * (np.log1p(r) - 2 * _log_alpha(alpha))))


def confidence_sequence(variance: npt.ArrayLike, tuned_for: float, alpha: float) -> Floats:
    """Half-widths about a sum that grows: all of them hold together, however often one looks."""
    v = np.asarray(variance, dtype=np.float64)
    if tuned_for == 0:
        return np.zeros_like(v)
    r = _mixture(v, tuned_for)
    added = tuned_for / _mixture(1.0, 1.0)
    return np.asarray(np.sqrt((v + added) * (np.log1p(r) - 2 * np.log(alpha))))


def _mixture(effective_size: npt.ArrayLike, tuned_for: float) -> Floats:
    # At the size it is tuned for, the bound for alpha = 0.05 is nearly the least it can be.
    best = -2 * np.log(0.05) + np.log(1 - 2 * np.log(0.05))
    size = real_numbers(effective_size, "effective_size")
    if not np.isfinite(size).all() or (size < 0).any():
        raise ValueError(f"effective_size must be finite and not negative, not {shown(size)}")
    return np.asarray(best * size / check_positive(tuned_for, "tuned_for"))


def _log_alpha(alpha: npt.ArrayLike) -> Floats:
    levels = real_numbers(alpha, "alpha")
    if not ((levels > 0) & (levels < 1)).all():
        raise ValueError(f"alpha must lie strictly between 0 and 1, not {alpha!r}")
    return np.asarray(np.log(levels))


def _look(look: int, looks: int) -> int:
    check_integer(looks, "looks", minimum=1)
    if check_integer(look, "look", minimum=1) > looks:
        raise ValueError(f"look={look} is not one of the {looks} planned looks")
    return look


def _times(looks: int, fractions: Sequence[float] | None) -> Floats:
    if check_integer(looks, "looks", minimum=1) > MOST_LOOKS:
        raise ValueError(f"looks={looks} is more than {MOST_LOOKS}; use the always-valid p value")
    if fractions is None:
        return np.arange(1, looks + 1) / looks
    times = real_numbers(fractions, "fractions")
    if times.shape != (looks,) or not (np.diff(times, prepend=0) > 0).all() or times[-1] > 1:
        raise ValueError(f"fractions must be {looks} rising numbers up to 1, not {fractions!r}")
    near = times[1:] < times[:-1] * (1 + SMALLEST_STEP)
    if near.any():
        at = int(np.argmax(near))
        raise ValueError(
            f"looks {at + 1} and {at + 2} see almost the same customers (fractions "
            f"{times[at]:.10g} and {times[at + 1]:.10g}); each must see at least "
            f"{SMALLEST_STEP:.1%} more than the one before, so combine them into one"
        )
    return times


def _shape(times: Floats, bound: Bound) -> Floats:
    return np.ones_like(times) if bound == "pocock" else np.sqrt(times[-1] / times)


def _constant(alpha: float, times: Floats, bound: Bound) -> float:
    shape = _shape(times, bound)
    return float(
        brentq(lambda c: _exits(c * shape, times).sum() - alpha, 1e-6, LARGEST_Z, xtol=1e-10)
    )


def _exits(critical: Floats, times: Floats) -> Floats:
    """The chance, without a difference, to cross first at each look."""
    walk = _Walk()
    return np.array([walk.step(z, t) for z, t in zip(critical, times, strict=True)])


class _Walk:
    """The score z sqrt(t) of an experiment without a difference, while it stays within bounds."""

    def __init__(self) -> None:
        self.time = 0.0
        self.scores = np.zeros(1)  # quadrature nodes, and the probability at each
        self.masses = np.ones(1)

    def exit(self, critical: float, time: float) -> float:
        """The chance to be beyond the bound at `time`, and within all earlier ones."""
        deviation = np.sqrt(time - self.time)
        edge = critical * np.sqrt(time)
        beyond = ndtr((self.scores - edge) / deviation) + ndtr((-self.scores - edge) / deviation)
        return float(self.masses @ beyond)

    def step(self, critical: float, time: float) -> float:
        """Go on to `time` within the bound; returns what left."""
        left = self.exit(critical, time)
        deviation = np.sqrt(time - self.time)
        edge = critical * np.sqrt(time)
        nodes, weights = _quadrature(int(np.ceil(2 + edge / deviation / 5)))
        scores = nodes * edge
        steps = (scores[:, None] - self.scores) / deviation
        density = np.exp(-(steps**2) / 2) @ self.masses / (deviation * np.sqrt(2 * np.pi))
        self.time, self.scores, self.masses = time, scores, density * weights * edge
        return left


@lru_cache
def _quadrature(panels: int) -> tuple[Floats, Floats]:
    """Gauss-Legendre nodes and weights on [-1, 1], 32 on each of so many panels."""
    nodes, weights = leggauss(32)
    middles = (2 * np.arange(panels) + 1) / panels - 1
    return (middles[:, None] + nodes / panels).ravel(), np.tile(weights / panels, panels)


def _spending_bounds(alpha: float, times: Floats) -> Floats:
    """Bounds that have spent 4 - 4 Phi(z_(alpha/4) / sqrt(t)) at each time t."""
    spent = 4 * ndtr(ndtri(alpha / 4) / np.sqrt(np.minimum(times, 1.0)))
    walk, critical = _Walk(), []
    for time, share in zip(times, np.diff(spent, prepend=0.0), strict=True):
        critical.append(_spending_bound(walk, float(share), float(time)))
        walk.step(critical[-1], float(time))
    return np.array(critical)


def _spending_bound(walk: _Walk, share: float, time: float) -> float:
    most = 4 * LARGEST_Z  # O'Brien-Fleming bounds of early looks lie far out
    if walk.exit(most, time) >= share:
        return most
    return float(brentq(lambda z: walk.exit(z, time) - share, 0.0, most, xtol=1e-10))


@lru_cache(maxsize=64)
def _curves(look: int, looks: int, bound: Bound) -> tuple[PchipInterpolator, PchipInterpolator]:
    """Give log alpha by the z that just reaches it at this look, and back."""
    check_choice(bound, "bound", BOUNDS)
    times = _times(looks, None)
    if bound == "lan-demets":
        alphas = np.concatenate([np.logspace(-15, -1.5, 55), np.linspace(0.05, 0.98, 32)])
        critical = np.array([_spending_bounds(alpha, times)[look - 1] for alpha in alphas])
        z, log_alpha = critical[::-1], np.log(alphas[::-1])
    else:
        shape = _shape(times, bound)
        constants = np.linspace(LARGEST_Z / 90, LARGEST_Z, 90)
        z = constants * shape[look - 1]
        totals = np.array([_exits(constant * shape, times).sum() for constant in constants])
        log_alpha = np.log(np.clip(totals, 1e-300, 1.0))
    z, log_alpha = _rising(z, log_alpha)
    return PchipInterpolator(z, log_alpha), PchipInterpolator(log_alpha[::-1], z[::-1])


def _rising(z: Floats, log_alpha: Floats) -> tuple[Floats, Floats]:
    """The part of the curve where alpha falls strictly as z rises, from alpha = 1 at z = 0."""
    falls = [z2 > z1 and a2 < a1 for (z1, a1), (z2, a2) in pairwise(zip(z, log_alpha, strict=True))]
    kept = np.array([True, *falls])
    z, log_alpha = z[kept], log_alpha[kept]
    if z[0] > 0 and log_alpha[0] < 0:
        z, log_alpha = np.append(0.0, z), np.append(0.0, log_alpha)
    return z, log_alpha

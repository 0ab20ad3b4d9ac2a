"""Exact tests of two proportions: Fisher, mid-p and Boschloo.

References:
    Boschloo (1970), Raised conditional level of significance for the 2x2-table, Statistica
        Neerlandica 24.
    Lydersen, Fagerland, Laake (2009), Recommended tests for association in 2x2 tables,
        Statistics in Medicine 28.
"""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize_scalar
from scipy.special import betaln, logsumexp
from scipy.stats import binom

from cemkit.arrays import Floats
from cemkit.proportions.alternatives import Alternative

SAME = 1e-7  # probabilities of two tables that differ less, relatively, are equal (as in R)
LARGEST_SUPPORT = 10_000_000
LARGEST_BOSCHLOO = 20_000
NUISANCE_POINTS = 1001
CELLS = 100_000  # of rates by counts at once: 0.8 MB


def fisher_log_p(
    x1: int, n1: int, x2: int, n2: int, alternative: Alternative, *, mid: bool = False
) -> float:
    """The natural logarithm of Fisher's exact p value."""
    values, logs = _hypergeometric(x1 + x2, n1, n2)
    observed = logs[x2 - int(values[0])]
    extreme = {
        "two-sided": logs <= observed + SAME,
        "greater": values >= x2,
        "less": values <= x2,
    }[alternative]
    log_p = float(logsumexp(logs[extreme]))
    if mid:
        log_p += float(np.log1p(-0.5 * np.exp(observed - log_p)))
    return min(log_p, 0.0)


def boschloo_p(x1: int, n1: int, x2: int, n2: int, alternative: Alternative) -> float:
    """Boschloo's exact p value: Fisher's test with its size found over all common rates."""
    # scipy's takes 20 s and more from 1,000 trials an arm on, and its search sometimes ends at a
    # lower of two maxima: docs/benchmarks.md.
    if n1 + n2 > LARGEST_BOSCHLOO:
        raise ValueError(
            f"Boschloo's test enumerates all tables, which takes at most {LARGEST_BOSCHLOO:,} "
            f"trials, not {n1 + n2:,}; use test='mid-p' or test='z'"
        )
    if alternative == "greater":
        return _boschloo_greater(x1, n1, x2, n2)
    if alternative == "less":
        return _boschloo_greater(x2, n2, x1, n1)
    sides = _boschloo_greater(x1, n1, x2, n2), _boschloo_greater(x2, n2, x1, n1)
    return min(1.0, 2 * min(sides))


def _hypergeometric(successes: int, n1: int, n2: int) -> tuple[npt.NDArray[np.int64], Floats]:
    """The successes the second arm can have when both have so many, and their log probabilities."""
    low, high = max(0, successes - n1), min(n2, successes)
    if high - low > LARGEST_SUPPORT:
        raise ValueError(
            f"an exact test would enumerate {high - low:,} tables, and does at most "
            f"{LARGEST_SUPPORT:,}; use test='z'"
        )
    x2 = np.arange(low, high + 1)
    logs = _log_choose(n2, x2) + _log_choose(n1, successes - x2)
    return x2, logs - logsumexp(logs)


def _log_choose(n: int, k: npt.NDArray[np.int64]) -> Floats:
    chosen: Floats = -np.log1p(float(n)) - betaln(n - k + 1, k + 1)
    return chosen


def _boschloo_greater(x1: int, n1: int, x2: int, n2: int) -> float:
    least = _least_as_extreme(fisher_log_p(x1, n1, x2, n2, "greater"), n1, n2)
    controls = np.arange(n1 + 1)

    def probability(rates: Floats) -> Floats:
        tails = binom.sf(least - 1, n2, rates[:, None])
        return np.asarray((binom.pmf(controls, n1, rates[:, None]) * tails).sum(axis=1))

    return min(1.0, _maximum(probability, max(1, CELLS // (n1 + 1))))


def _least_as_extreme(log_p: float, n1: int, n2: int) -> npt.NDArray[np.int64]:
    """For each count of the control, the least count of the treatment with as small a Fisher p."""
    least = np.full(n1 + 1, n2 + 1)
    for successes in range(n1 + n2 + 1):
        x2, logs = _hypergeometric(successes, n1, n2)
        tails = np.logaddexp.accumulate(logs[::-1])[::-1]
        extreme = x2[tails <= log_p + SAME]
        least[successes - extreme] = np.minimum(least[successes - extreme], extreme)
    return least


def _maximum(probability: Callable[[Floats], Floats], at_once: int) -> float:
    # Dense near 0 and 1, where the maximum of lopsided tables lies.
    rates = (1 - np.cos(np.linspace(0, np.pi, NUISANCE_POINTS))) / 2
    blocks = np.split(rates, range(at_once, len(rates), at_once))
    values = np.concatenate([probability(block) for block in blocks])
    best = int(values.argmax())
    bounds = rates[max(best - 1, 0)], rates[min(best + 1, len(rates) - 1)]
    polished = minimize_scalar(
        lambda rate: -probability(np.array([rate]))[0],
        bounds=bounds,
        method="bounded",
        options={"xatol": 1e-10},
    )
    return max(float(values[best]), -float(polished.fun))


def fisher_doubled_p(x1: Floats, n1: int, x2: Floats, n2: int) -> Floats:
    """Fisher's exact p values of many pairs with the same trials: twice the smaller tail."""
    totals = (x1 + x2).astype(np.int64)
    p_values = np.empty(len(totals))
    order = np.argsort(totals, kind="stable")
    starts = np.flatnonzero(np.diff(totals[order], prepend=-1))
    for pairs in np.split(order, starts[1:]):
        if len(pairs):
            values, logs = _hypergeometric(int(totals[pairs[0]]), n1, n2)
            at = x2[pairs].astype(np.int64) - values[0]
            tails = np.logaddexp.accumulate(logs)[at], np.logaddexp.accumulate(logs[::-1])[::-1][at]
            p_values[pairs] = np.minimum(2 * np.exp(np.minimum(*tails)), 1.0)
    return p_values

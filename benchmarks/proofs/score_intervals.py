"""How often the intervals of the net promoter score hold the truth, by enumeration.

`python benchmarks/proofs/score_intervals.py` prints the table of score_intervals.md in a minute.
Coverage is exact: every outcome is enumerated, at ordinary shares (.5 promoters, .3 passives, .2
detractors) and at 2,000 random ones.
"""

from collections.abc import Callable

import numpy as np
from scipy.special import gammaln, xlogy

from cemkit.arrays import Floats
from cemkit.feedback.intervals import adjusted_wald_bounds, tango_bounds
from cemkit.proportions.intervals import critical_value

SIZES = (10, 20, 30, 50, 100)

Bounds = Callable[[Floats, Floats, Floats, Floats], tuple[Floats, Floats]]


def wald(p: Floats, d: Floats, n: Floats, critical: Floats) -> tuple[Floats, Floats]:
    return adjusted_wald_bounds(p, d, n, critical, added=0.0)


def coverage(n: int, shares: Floats, bounds: Bounds) -> Floats:
    """The exact coverage at each row of shares: promoters, passives, detractors."""
    p, d = (grid.ravel().astype(float) for grid in np.meshgrid(range(n + 1), range(n + 1)))
    p, d = p[p + d <= n], d[p + d <= n]
    lower, upper = bounds(p, d, np.full_like(p, n), np.asarray(critical_value(0.95)))
    ways = gammaln(n + 1) - gammaln(p + 1) - gammaln(d + 1) - gammaln(n - p - d + 1)
    held = np.empty(len(shares))
    for at, (promoters, passives, detractors) in enumerate(shares):
        logs = ways + xlogy(p, promoters) + xlogy(n - p - d, passives) + xlogy(d, detractors)
        truth = promoters - detractors
        held[at] = np.exp(logs)[(lower <= truth) & (truth <= upper)].sum()
    return held


def print_scores() -> None:
    print("| n | interval | ordinary | mean | 1 % are below | least |\n|---|---|---|---|---|---|")
    shares = np.random.default_rng(0).dirichlet([1, 1, 1], 2_000)
    ordinary = np.array([[0.5, 0.3, 0.2]])
    for n in SIZES:
        for name, bounds in (
            ("Tango", tango_bounds),
            ("adjusted Wald", adjusted_wald_bounds),
            ("Wald", wald),
        ):
            held = coverage(n, shares, bounds)
            cells = [
                coverage(n, ordinary, bounds)[0],
                held.mean(),
                np.quantile(held, 0.01),
                held.min(),
            ]
            print(f"| {n} | {name} | " + " | ".join(f"{cell:.3f}" for cell in cells) + " |")


if __name__ == "__main__":
    print_scores()

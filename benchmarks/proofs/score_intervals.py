"""How often the intervals of scores and of shares of importance hold the truth.

`python benchmarks/proofs/score_intervals.py` prints the tables of score_intervals.md; about 15
minutes on one core. Coverage of the net promoter score is exact: every outcome is enumerated, at
ordinary shares (.5 promoters, .3 passives, .2 detractors) and at 2,000 random ones. Coverage of
shares of importance is simulated: 3 correlated touchpoints, of which one has no weight of its own.
"""

import warnings

import numpy as np
import pandas as pd
from scipy.special import gammaln, xlogy

from cemkit.arrays import Floats
from cemkit.errors import CemkitWarning
from cemkit.feedback import drivers
from cemkit.feedback.intervals import adjusted_wald_bounds, tango_bounds
from cemkit.proportions.intervals import critical_value

SIZES = (10, 20, 30, 50, 100)
RUNS = 300
WEIGHTS = np.array([0.8, 0.4, 0.0])
COMMON = 0.5  # of a rating's variance of 1, what all ratings of a customer share, squared


def wald(p: Floats, d: Floats, n: Floats, critical: Floats) -> tuple[Floats, Floats]:
    return adjusted_wald_bounds(p, d, n, critical, added=0.0)


def coverage(n: int, shares: Floats, bounds) -> Floats:
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


def ratings(rng: np.random.Generator, n: int, missing: float) -> pd.DataFrame:
    shared = COMMON * rng.normal(size=(n, 1))
    x = shared + np.sqrt(1 - COMMON**2) * rng.normal(size=(n, len(WEIGHTS)))
    table = pd.DataFrame(x, columns=["heavy", "light", "none"])
    table["overall"] = x @ WEIGHTS + rng.normal(size=n)
    table[table.columns[:-1]] = table[table.columns[:-1]].mask(rng.random(x.shape) < missing)
    return table


def print_drivers() -> None:
    rng = np.random.default_rng(99)
    truth = drivers(ratings(rng, 1_000_000, 0.0), "overall", n_resamples=1).table
    truth = truth.set_index("touchpoint")["importance"]
    print(f"\n| n | missing | {' | '.join(truth.index)} |\n|---|---|{'---|' * len(truth)}")
    for n in (200, 500, 2_000):
        for missing in (0.0, 0.3, 0.6):
            held = pd.Series(0.0, index=truth.index)
            done = 0
            for seed in range(RUNS):
                table = ratings(np.random.default_rng(seed), n, missing)
                try:
                    found = drivers(table, "overall", n_resamples=300).table
                except ValueError:  # too few customers rated both of two touchpoints
                    continue
                done += 1
                found = found.set_index("touchpoint")
                held += (found["importance_lower"] <= truth) & (truth <= found["importance_upper"])
            print(f"| {n} | {missing:.0%} | " + " | ".join(f"{x:.3f}" for x in held / done) + " |")


if __name__ == "__main__":
    warnings.simplefilter("ignore", CemkitWarning)
    print_scores()
    print_drivers()

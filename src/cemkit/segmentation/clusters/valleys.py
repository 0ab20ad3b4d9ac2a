"""Valleys between two groups: where few customers are, judged by Hartigan's dip test.

References:
    Hartigan, Hartigan (1985), The dip test of unimodality, Annals of Statistics 13.
"""

import diptest
import numpy as np

from cemkit.arrays import Floats

LEVEL = 0.01  # significance that a valley needs
DEPTH = 0.06  # dip that it needs: two normal groups of like size, 4.5 standard deviations apart
FEWEST = 4  # rows that a dip test takes
SMOOTHING = 0.45  # half of Silverman's rule, which smooths several groups too much
STEPS = 4  # of the grid within one width of the kernel
CANDIDATES = 10


def valley_p_value(one: Floats, other: Floats) -> float:
    """Return the p-value of a valley on the line between the centres of two groups."""
    line = other.mean(axis=0) - one.mean(axis=0)
    few, many = one @ line, other @ line
    if len(few) > len(many):
        few, many = -many, -few
    near = np.partition(many, len(few) - 1)[: len(few)]
    if len(few) + len(near) < FEWEST:
        return 1.0
    dip, p_value = diptest.diptest(np.concatenate([few, near]))
    return float(p_value) if dip >= DEPTH else 1.0


def valley_places(line: Floats) -> Floats:
    """Return the places of least density on a line, the deepest first, at most ten."""
    quarter, three_quarters = np.quantile(line, [0.25, 0.75])
    spread = min(line.std(), (three_quarters - quarter) / 1.34 or np.inf)
    width = SMOOTHING * spread * len(line) ** -0.2
    low, high = line.min() - 3 * width, line.max() + 3 * width
    if width <= 1e-9 * np.abs(line).max():
        return np.empty(0)
    counts, edges = np.histogram(line, int(min(STEPS * (high - low) / width, 2_000)), (low, high))
    step = edges[1] - edges[0]
    reach = np.arange(-np.ceil(3 * width / step), np.ceil(3 * width / step) + 1) * step
    density = np.convolve(counts, np.exp(-0.5 * (reach / width) ** 2), "same")
    inner = density[1:-1]
    at = 1 + np.flatnonzero((inner < density[:-2]) & (inner <= density[2:]))
    deepest = at[np.argsort(density[at], kind="stable")][:CANDIDATES]
    middles: Floats = (edges[deepest] + edges[deepest + 1]) / 2
    return middles

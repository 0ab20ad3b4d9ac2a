"""Power by simulation: experiments drawn from the past, read as the read-out reads them."""

import math
from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy.special import stdtr

from cemkit.arrays import Floats
from cemkit.experiments.effects import mean_metric, ratio_metric

CHUNK = 2_000_000  # drawn values at a time


def simulated_power(
    history: Floats,
    sizes: tuple[int, int],
    lift: float,
    *,
    alpha: float,
    runs: int,
    generator: np.random.Generator,
) -> tuple[float, float]:
    """The share of simulated experiments that detect the lift, and its standard error.

    `history` has a row per unit that is randomised, with its value or numerator and denominator;
    both arms draw units with replacement, and the lift multiplies the treated value.
    """
    found = []
    step = max(1, CHUNK // max(sizes))
    for first in range(0, runs, step):
        count = min(step, runs - first)
        found.append(_detected(history, sizes, lift, alpha, count, generator))
    share = float(np.concatenate(found).mean())
    return share, math.sqrt(max(share * (1 - share), 1 / runs**2) / runs)


def _detected(
    history: Floats,
    sizes: tuple[int, int],
    lift: float,
    alpha: float,
    runs: int,
    generator: np.random.Generator,
) -> Floats:
    columns: dict[str, Floats] = {}
    for side, size, factor in zip(("control ", ""), sizes, (1.0, 1 + lift), strict=True):
        drawn = history[generator.integers(0, len(history), (runs, size))]
        columns |= _moments(side, np.moveaxis(drawn, 2, 0) * np.array([factor, 1])[:drawn.shape[2], None, None])
    pairs = pd.DataFrame(columns)
    found = mean_metric(pairs, "y") if history.shape[1] == 1 else ratio_metric(pairs, "y", "x")
    p_values = 2 * stdtr(found.degrees_of_freedom, -np.abs(found.statistic))
    return np.asarray(p_values < alpha)


def _moments(side: str, values: Sequence[Floats]) -> dict[str, Floats]:
    """Moments of one arm, a row per run."""
    size = values[0].shape[1]
    found = {f"{side}rows": np.full(len(values[0]), float(size))}
    means = [value.mean(axis=1) for value in values]
    for name, value, mean in zip("yx", values, means, strict=False):
        found |= {f"{side}{name} mean": mean, f"{side}{name} var": value.var(axis=1, ddof=1)}
    if len(values) > 1:
        crossed = (values[0] * values[1]).mean(axis=1) - means[0] * means[1]
        found[f"{side}y x cov"] = crossed * size / (size - 1)
    return found

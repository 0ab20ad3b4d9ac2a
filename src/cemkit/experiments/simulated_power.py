"""Power by simulation: experiments drawn from the past, read as the read-out reads them."""

import math
from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy.special import stdtr

from cemkit.arrays import Floats
from cemkit.experiments.effects import mean_metric, ratio_metric

CHUNK = 2_000_000  # drawn values at a time


def power_by_simulation(
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
        found.append(_p_values(history, sizes, lift, count, generator) < alpha)
    share = float(np.concatenate(found).mean())
    return share, math.sqrt(max(share * (1 - share), 1 / runs**2) / runs)


def _p_values(
    history: Floats,
    sizes: tuple[int, int],
    lift: float,
    runs: int,
    generator: np.random.Generator,
) -> Floats:
    columns: dict[str, Floats] = {}
    for side, size, factor in zip(("control ", ""), sizes, (1.0, 1 + lift), strict=True):
        places = generator.integers(0, len(history), (runs, size))
        drawn = [column[places] for column in history.T]
        columns |= _moments(side, [drawn[0] * factor, *drawn[1:]])
    pairs = pd.DataFrame(columns)
    found = mean_metric(pairs, "y") if history.shape[1] == 1 else ratio_metric(pairs, "y", "x")
    return np.asarray(2 * stdtr(found.degrees_of_freedom, -np.abs(found.statistic)))


def _moments(side: str, values: Sequence[Floats]) -> dict[str, Floats]:
    """Moments of one arm, a row per run."""
    size = values[0].shape[1]
    found = {f"{side}rows": np.full(len(values[0]), float(size))}
    means = [value.mean(axis=1) for value in values]
    for name, value, mean in zip("yx", values, means, strict=False):
        found |= {f"{side}{name} mean": mean, f"{side}{name} var": value.var(axis=1, ddof=1)}
    if len(values) > 1:
        apart = [value - mean[:, None] for value, mean in zip(values, means, strict=True)]
        found[f"{side}y x cov"] = (apart[0] * apart[1]).sum(axis=1) / (size - 1)
    return found

"""Draws of a seasonal clock: what the errors of its effects do to the time of days to come.

A purchase model fitted on a clock keeps the pace that it saw. An effect that is estimated too high
has made the clock fast on the past days that it fell on as well, so only the difference between the
days to come and the past days of purchases moves the forecast.
"""

import numpy as np
import pandas as pd

from cemkit.arrays import Floats, symmetric_root
from cemkit.clv.clock.seasonal_clock import SeasonalClock
from cemkit.data.days import day_of


def drawn_times(
    clock: SeasonalClock,
    as_of: pd.Timestamp,
    horizon: int,
    *,
    repeats: Floats,
    n_draws: int,
    random: np.random.Generator,
) -> Floats:
    """The clock's time from `as_of` to the end of each day: shape (n_draws, horizon + 1).

    `repeats` are the repeat purchases of each day up to `as_of`. The mean of the draws is the
    clock's own time.
    """
    today = day_of(as_of)
    past = np.arange(today - len(repeats) + 1, today + 1)
    ahead = np.arange(today + 1, today + horizon + 1)
    weights = repeats / max(float(repeats.sum()), 1.0)
    apart = clock._design(ahead) - weights @ clock._design(past)
    each = apart @ symmetric_root(_covariance(clock))
    logs = random.standard_normal((n_draws, each.shape[1])) @ each.T
    pace = np.exp(logs - (each**2).sum(axis=1) / 2)
    intensity = np.diff(clock.time_at(as_of).until(np.arange(horizon + 1.0)))
    times: Floats = np.cumsum(np.pad(pace * intensity, ((0, 0), (1, 0))), axis=1)
    return times


def _covariance(clock: SeasonalClock) -> Floats:
    """The covariance of the effects; of a clock saved without it, their variances."""
    if hasattr(clock, "covariance_"):
        return clock.covariance_.to_numpy(dtype=np.float64)
    return np.diag(clock.effects_["standard_error"].to_numpy(dtype=np.float64) ** 2)

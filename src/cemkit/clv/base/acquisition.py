"""Acquisition: how many customers will come, week by week, from those of the past.

Counts of new customers are taken to 2 sqrt(count + 3/8), where chance has variance 1 whatever
their level. The level is a random walk, with noise of single weeks beyond chance. The likelihood is
spread over a grid of the two standard deviations, and each draw takes one of the pairs by its
weight.
"""

import dataclasses

import numpy as np

from cemkit.arrays import Floats
from cemkit.errors import NotEnoughDataError

STEPS = np.array([0.0, 0.1, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0])
NOISES = np.array([0.0, 0.5, 1.0, 2.0, 4.0, 8.0])
STEADY = 0.9  # weight of a level that stays, and of weeks without noise, before the past is seen
WEEKS = 26  # of the past that say how many come
LEAST_WEEKS = 4
ANSCOMBE = 3 / 8
TINY = 1e-12


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Arrivals:
    """New customers to come: pairs of step and noise with their weights, and the level of each."""

    step: Floats
    noise: Floats
    level: Floats
    variance: Floats
    weight: Floats

    def expected(self, exposure: Floats) -> Floats:
        """Expected new customers of each week, by how much of a whole week it is.

        The level stays: its square would grow with the variance of the steps, which says nothing of
        the shop.
        """
        expected: Floats = self._mean(0.0) * exposure
        return expected

    def drawn(self, random: np.random.Generator, n_draws: int, exposure: Floats) -> Floats:
        """Numbers of new customers for every draw and week.

        `exposure` is that of each week, or of each draw and week.
        """
        n_weeks = exposure.shape[-1]
        shape = n_draws, n_weeks
        chosen = random.choice(len(self.weight), n_draws, p=self.weight)[:, None]
        start = self.level[chosen] + np.sqrt(self.variance[chosen]) * random.standard_normal(
            (n_draws, 1)
        )
        steps = random.standard_normal(shape) * self.step[chosen]
        noise = random.standard_normal(shape) * self.noise[chosen]
        path = np.maximum(start + np.cumsum(steps, axis=1) + noise, 0.0)
        flat = self._mean(0.0)
        growth = np.array([self._mean(ahead + 1.0) for ahead in range(n_weeks)])
        mean = np.maximum(path**2 / 4 - ANSCOMBE, 0.0) * (flat / np.maximum(growth, TINY))
        drawn: Floats = random.poisson(mean * exposure).astype(np.float64)
        return drawn

    def _mean(self, ahead: float) -> float:
        """Mean of a week that lies so many steps ahead."""
        spread = self.variance + ahead * self.step**2 + self.noise**2
        return float(np.maximum((self.level**2 + spread) / 4 - ANSCOMBE, 0.0) @ self.weight)


def measured_arrivals(joined: Floats, exposure: Floats) -> Arrivals:
    """How customers have come in past weeks, each so much of a whole week."""
    if len(joined) < LEAST_WEEKS:
        raise NotEnoughDataError(
            "weeks of orders, to forecast new customers",
            have=len(joined),
            need=LEAST_WEEKS,
            hint="give a plan as acquisition=, a Series of new customers per period",
        )
    counts = joined[-WEEKS:] / exposure[-WEEKS:]
    values = 2 * np.sqrt(counts + ANSCOMBE)
    rows = [
        (step, noise, *_filtered(values, step**2, 1 + noise**2))
        for step in STEPS
        for noise in NOISES
    ]
    step, noise, level, variance, likelihood = np.array(rows).T
    prior = _prior(step, STEPS) * _prior(noise, NOISES)
    weight = prior * np.exp(likelihood - likelihood.max())
    return Arrivals(
        step=step, noise=noise, level=level, variance=variance, weight=weight / weight.sum()
    )


def _prior(values: Floats, grid: Floats) -> Floats:
    prior: Floats = np.where(values == 0, STEADY, (1 - STEADY) / (len(grid) - 1))
    return prior


def _filtered(values: Floats, step: float, noise: float) -> tuple[float, float, float]:
    """Level and its variance after the last week, and the log-likelihood but for the first."""
    level, variance, likelihood = float(values[0]), noise, 0.0
    for value in values[1:]:
        ahead = variance + step
        whole = ahead + noise
        error = value - level
        likelihood -= (np.log(whole) + error**2 / whole) / 2
        gain = ahead / whole
        level, variance = level + gain * error, ahead * (1 - gain)
    return level, variance, float(likelihood)

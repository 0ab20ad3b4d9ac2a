"""The season of new customers: how many more come on the days of a year than on others.

It is estimated as a seasonal clock is: waves of the year in a Poisson regression, shrunk by the
evidence. The days since the first order are in the regression as well, because at the start of the
data customers of old count as new, and so is a linear trend.
"""

import dataclasses
from typing import Self

import numpy as np

from cemkit.arrays import Floats, symmetric_root
from cemkit.clv.clock.calendar_days import DayNumbers, year_columns
from cemkit.clv.clock.intensity import Cells, estimated_intensity

SHORTEST_PAST = 730  # days: a peak seen once need not be one of every year
HARMONICS = 4
SPREAD = 0.2  # of the first wave, before the past is seen; 1/k of it for the k-th
LEVEL_DAYS = 182  # of the past that say how many come


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ArrivalSeason:
    """Effects of the waves of the year on the logarithm of new customers, and their covariance."""

    effects: Floats
    covariance: Floats

    @classmethod
    def of(cls, joined: Floats, first: int) -> Self | None:
        """The season of new customers per day from a day number on; None of less than two years."""
        if len(joined) < SHORTEST_PAST:
            return None
        days = np.arange(len(joined))
        ones = np.ones(len(days))
        cells = Cells(day=days, age=(days + 1).astype(np.float64), customers=ones, repeats=joined)
        spread = SPREAD / np.repeat(np.arange(1.0, HARMONICS + 1), 2)
        found = estimated_intensity(
            cells, year_columns(days + first, HARMONICS), spread**-2.0, len(days) / 365.25
        )
        return cls(effects=found.effects, covariance=found.covariance)

    def factors(self, days: DayNumbers, today: int) -> Floats:
        """New customers of each day over those of the mean day that says how many come."""
        before = np.arange(today - LEVEL_DAYS + 1, today + 1)
        level = np.exp(year_columns(before, HARMONICS) @ self.effects).mean()
        factors: Floats = np.exp(year_columns(days, HARMONICS) @ self.effects) / level
        return factors

    def drawn(
        self, days: DayNumbers, today: int, n_draws: int, random: np.random.Generator
    ) -> Floats:
        """The factors with the errors of the effects, around their own: shape (n_draws, days)."""
        before = np.arange(today - LEVEL_DAYS + 1, today + 1)
        apart = year_columns(days, HARMONICS) - year_columns(before, HARMONICS).mean(axis=0)
        each = apart @ symmetric_root(self.covariance)
        logs = random.standard_normal((n_draws, each.shape[1])) @ each.T
        drawn: Floats = self.factors(days, today) * np.exp(logs - (each**2).sum(axis=1) / 2)
        return drawn

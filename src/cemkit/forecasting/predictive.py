"""What a forecast says of all its periods together: means, and how their errors go together."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import t as student

from cemkit.arrays import Floats, symmetric_root
from cemkit.errors import DataError
from cemkit.forecasting.likelihood import Indices
from cemkit.forecasting.power import from_power, mean_from_power
from cemkit.proportions.resampling import percentile_interval

DRAWS = 4000


@dataclass(frozen=True, slots=True)
class Predictive:
    """The joint distribution of the periods to come: Student's t on the scale of a power."""

    mean: Floats
    covariance: Floats
    degrees: float
    power: float

    def at(self, places: Indices) -> "Predictive":
        """The same of some of the periods, or of some of them twice."""
        covariance = self.covariance[np.ix_(places, places)]
        return Predictive(self.mean[places], covariance, self.degrees, self.power)

    @property
    def variance(self) -> Floats:
        """Of each period, on the scale of the power."""
        return np.diag(self.covariance)

    @property
    def forecast(self) -> Floats:
        """The mean of each period, in levels."""
        return self._finite(mean_from_power(self.mean, self.variance, self.power))

    def interval(self, confidence_level: float) -> tuple[Floats, Floats]:
        """The bounds of each period by itself, in levels."""
        half = student.ppf(0.5 + confidence_level / 2, self.degrees) * np.sqrt(self.variance)
        lower, upper = (from_power(self.mean + side * half, self.power) for side in (-1, 1))
        return self._finite(lower), self._finite(upper)

    def total(self, confidence_level: float, random_state: int = 0) -> tuple[float, float, float]:
        """The sum over the periods, and its bounds."""
        middle = float(self.forecast.sum())
        if self.power == 1:
            half = student.ppf(0.5 + confidence_level / 2, self.degrees)
            half = float(half * np.sqrt(self.covariance.sum()))
            return middle, middle - half, middle + half
        sums = self.draws(DRAWS, random_state).sum(axis=1)
        lower, upper = percentile_interval(sums, confidence_level)
        return middle, float(lower), float(upper)

    def draws(self, n_draws: int, random_state: int = 0) -> Floats:
        """Paths through the periods, in levels; a row each."""
        generator = np.random.default_rng(random_state)
        normal = generator.standard_normal((n_draws, len(self.mean)))
        scale = np.sqrt(self.degrees / generator.chisquare(self.degrees, (n_draws, 1)))
        errors = normal @ symmetric_root(self.covariance)
        paths = from_power(self.mean + scale * errors, self.power)
        return self._finite(paths.T).T

    def _finite(self, values: Floats) -> Floats:
        """The values, a row per period, unless what is uncertain has no bounds in numbers."""
        if not np.isfinite(values).all():
            finite = np.isfinite(values.reshape(len(values), -1)).all(axis=1)
            raise DataError(
                f"the forecast of period {int(np.argmin(finite)) + 1} is too uncertain to "
                f"compute with power {self.power:g}; forecast fewer steps, or use power=1"
            )
        return values


def mixture(weights: Sequence[float], parts: Sequence[Predictive]) -> Predictive:
    """The weighted average of predictions, with the spread between them."""
    weighted = list(zip(weights, parts, strict=True))
    mean = sum((w * part.mean for w, part in weighted), np.zeros_like(parts[0].mean))
    spread = np.zeros_like(parts[0].covariance)
    for weight, part in weighted:
        spread += weight * (part.covariance + np.outer(part.mean - mean, part.mean - mean))
    degrees = min(part.degrees for part in parts)
    return Predictive(mean, spread, degrees, parts[0].power)

"""Shocks: how far whole weeks lie from what a model expects, measured on the past.

A purchase model takes customers to buy independently. In a shop weather, promotions and seasons
move all of them at once. Actual over expected, week by week, is taken as a level times an
AR(1) process around 1, and the noise that independent customers leave. Its normal likelihood,
restricted to what the level leaves, is spread over a grid of standard deviations (0 among them) and
autocorrelations; each draw of the future takes one of the pairs by its weight. Before the past is
seen, nine shops of ten have no shocks, and shocks that fade fast are likelier than those that stay:
a shop without any would otherwise be forecast with room for shocks that its past cannot rule out.
On an estimated clock it is one shop of two, because the errors of the clock move whole weeks too.
"""

import dataclasses

import numpy as np

from cemkit.arrays import Floats

DEVIATIONS = np.append(0.0, np.geomspace(0.02, 1.0, 16))
AUTOCORRELATIONS = np.array([0.0, 0.3, 0.6, 0.75, 0.85, 0.9])
LARGE = 0.3  # half-normal scale of the standard deviation, before the past is seen
NO_SHOCKS = 0.9  # weight of the shop without shocks, before its past is seen
NO_SHOCKS_ON_A_CLOCK = 0.5  # the same, where time is that of an estimated clock
LEAST_WEEKS = 8  # that say something of shocks
LEAST_EXPECTED = 5.0  # purchases of a week whose number is near normal
MOST_WEEKS = (
    52  # a year; of a shorter past the first quarter, in which the base builds up, is left out
)
FIRST = 0.25  # of the past, in which the base builds up, is left out


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Shocks:
    """Pairs of standard deviation and autocorrelation with their weights, and what the level adds.

    `level` is the standard deviation of the level of all weeks to come: what the shocks of the past
    have done to the estimates.
    """

    deviation: Floats
    autocorrelation: Floats
    level: Floats
    weight: Floats
    weeks: int = 0  # of the past that were measured; 0 where too few say something

    @property
    def typical(self) -> float:
        """The root mean square of the standard deviation."""
        return float(np.sqrt(self.weight @ self.deviation**2))

    def factors(self, random: np.random.Generator, n_draws: int, n_weeks: int) -> Floats:
        """Factors of mean 1 for every draw and week."""
        chosen = random.choice(len(self.weight), n_draws, p=self.weight)
        sigma, phi = self.deviation[chosen], self.autocorrelation[chosen]
        level = self.level[chosen]
        noise = random.standard_normal((n_weeks, n_draws))
        path = np.empty((n_weeks, n_draws))
        state = noise[0]
        for week in range(n_weeks):
            state = phi * state + np.sqrt(1 - phi**2) * noise[week] if week else state
            path[week] = state
        of_week, of_level = np.sqrt(np.log1p(sigma**2)), np.sqrt(np.log1p(level**2))
        logs = of_week * path + of_level * random.standard_normal(n_draws)
        factors: Floats = np.exp(logs - (of_week**2 + of_level**2) / 2).T
        return factors


NONE = Shocks(
    deviation=np.zeros(1), autocorrelation=np.zeros(1), level=np.zeros(1), weight=np.ones(1)
)


def measured_shocks(
    actual: Floats, expected: Floats, noise: Floats, *, plain: bool = True
) -> Shocks:
    """The shocks of past weeks of which enough purchases were expected.

    Both are in purchases, or in units of the mean amount of one. `noise` is the variance of actual
    over expected that independent customers leave. `plain` says that time is that of the calendar.
    """
    used = np.flatnonzero(expected >= LEAST_EXPECTED)
    used = used[used >= FIRST * len(expected)][-MOST_WEEKS:]
    if len(used) < LEAST_WEEKS or actual[used].sum() <= 0:
        return NONE
    ratio = actual[used] / expected[used]
    ratio, variance = ratio / (actual[used].sum() / expected[used].sum()), noise[used]
    apart = np.abs(np.subtract.outer(used, used)).astype(np.float64)
    without = 1 / (1 / variance).sum()
    rows = [(0.0, 0.0, 0.0, _restricted(ratio, np.diag(variance))[0])]
    for sigma in DEVIATIONS[1:]:
        for phi in AUTOCORRELATIONS:
            likelihood, of_level = _restricted(
                ratio, np.diag(variance) + sigma**2 * np.power(phi, apart)
            )
            rows.append((sigma, phi, max(of_level - without, 0.0), likelihood))
    sigma, phi, level, likelihood = np.array(rows).T
    density = np.exp(-((DEVIATIONS / LARGE) ** 2) / 2) * np.gradient(DEVIATIONS)
    prior = np.append(0.0, np.outer(density[1:], 1 - AUTOCORRELATIONS))
    prior[0] = NO_SHOCKS if plain else NO_SHOCKS_ON_A_CLOCK
    prior[1:] *= (1 - prior[0]) / prior[1:].sum()
    weight = prior * np.exp(likelihood - likelihood.max())
    return Shocks(
        deviation=sigma,
        autocorrelation=phi,
        level=np.sqrt(level),
        weight=weight / weight.sum(),
        weeks=len(used),
    )


def _restricted(values: Floats, covariance: Floats) -> tuple[float, float]:
    """The restricted log-likelihood of a constant level, and the variance of its estimate."""
    inverse = np.linalg.inv(covariance)
    total = float(inverse.sum())
    level = float(inverse.sum(axis=0) @ values) / total
    left = values - level
    log_determinant = float(np.linalg.slogdet(covariance)[1])
    value = -(log_determinant + np.log(total) + left @ inverse @ left) / 2
    return float(value), 1 / total

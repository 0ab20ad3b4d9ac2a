"""From the sums of cells to effects: each metric's comparisons, all at once.

References:
    Deng, Knoblich, Lu (2018), Applying the delta method in metric analytics, KDD.
    Deng, Xu, Kohavi, Walker (2013), Improving the sensitivity of online controlled experiments
        by utilizing pre-experiment data, WSDM.
"""

import dataclasses
from collections.abc import Callable, Mapping, Sequence

import numpy as np
import pandas as pd

from cemkit.arrays import Floats
from cemkit.errors import NotEnoughDataError
from cemkit.proportions.comparison import z_statistic
from cemkit.proportions.intervals import difference_bounds, lift_bounds
from cemkit.proportions.shares import clearly_above_zero

Metric = str | tuple[str, str]
Bounds = tuple[Floats, Floats, Floats, Floats]

SIDES = ("control ", "")
ROUNDING = 1e-12  # of the size of two means, which their sums may be off by


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Effects:
    """One metric's comparisons: control and treatment of each, what was found."""

    control_value: Floats
    value: Floats
    statistic: Floats
    degrees_of_freedom: Floats
    exposed: Floats
    bounds: Callable[[Floats], Bounds]
    method: str


def proportion_metric(pairs: pd.DataFrame, column: str) -> Effects:
    """Rates by pooled z, with Miettinen-Nurminen and Koopman intervals."""
    x1, n1, x2, n2 = (
        pairs[name].to_numpy(np.float64)
        for name in (f"control {column} sum", "control rows", f"{column} sum", "rows")
    )

    def bounds(critical: Floats) -> Bounds:
        return (
            *difference_bounds(x1, n1, x2, n2, critical),
            *lift_bounds(x1, n1, x2, n2, critical),
        )

    return Effects(
        control_value=x1 / n1,
        value=x2 / n2,
        statistic=z_statistic(x1, n1, x2, n2),
        degrees_of_freedom=np.full_like(x1, np.inf),
        exposed=n2,
        bounds=bounds,
        method="pooled z, miettinen-nurminen, koopman",
    )


def mean_metric(pairs: pd.DataFrame, column: str) -> Effects:
    """Means by Welch's t, with Fieller's interval of the lift."""
    arms = [
        (
            pairs[f"{side}{column} mean"].to_numpy(np.float64),
            pairs[f"{side}{column} var"].to_numpy(np.float64),
        )
        for side in SIDES
    ]
    return _of_means(pairs, arms, "welch t, fieller")


def adjusted_metric(pairs: pd.DataFrame, column: str, covariate: str) -> Effects:
    """Means adjusted for a covariate from before the experiment (CUPED), then as `mean_metric`."""
    slope = _Slope.within_arms(pairs, column, covariate)
    arms = [slope.adjusted_arm(side) for side in SIDES]
    method = f"cuped on {covariate}, welch t, fieller"
    return _of_means(pairs, arms, method, slope.shared_error(), slope.fitted())


@dataclasses.dataclass(frozen=True, slots=True)
class _Slope:
    """The slope of a metric on its covariate, with the moments it came from."""

    pairs: pd.DataFrame
    column: str
    covariate: str
    theta: Floats

    @classmethod
    def within_arms(cls, pairs: pd.DataFrame, column: str, covariate: str) -> "_Slope":
        flat = cls(pairs, column, covariate, np.zeros(len(pairs)))
        degrees = {side: flat.of("rows", side) - 1 for side in SIDES}
        cov = sum(degrees[side] * flat.of(f"{column} {covariate} cov", side) for side in SIDES)
        var = sum(degrees[side] * flat.of(f"{covariate} var", side) for side in SIDES)
        theta = np.divide(cov, var, out=np.zeros(len(pairs)), where=np.asarray(var) > 0)
        return dataclasses.replace(flat, theta=theta)

    def of(self, name: str, side: str) -> Floats:
        return self.pairs[f"{side}{name}"].to_numpy(np.float64)

    def total(self) -> Floats:
        return self.of("rows", SIDES[0]) + self.of("rows", SIDES[1])

    def adjusted_arm(self, side: str) -> tuple[Floats, Floats]:
        """Mean and variance of metric - theta (covariate - centre), the centre taken as known."""
        adjusted = self.of(f"{self.column} mean", side) - self.theta * self.from_centre(side)
        return adjusted, self.residual_variance(side)

    def from_centre(self, side: str) -> Floats:
        """How far the arm's mean of the covariate lies from that of both arms."""
        mean = f"{self.covariate} mean"
        centre = sum(self.of("rows", arm) * self.of(mean, arm) for arm in SIDES) / self.total()
        return self.of(mean, side) - centre

    def residual_variance(self, side: str) -> Floats:
        """Variance about the slope, which has taken a degree of freedom of both arms together."""
        variance = (
            self.of(f"{self.column} var", side)
            - 2 * self.theta * self.of(f"{self.column} {self.covariate} cov", side)
            + self.theta**2 * self.of(f"{self.covariate} var", side)
        )
        degrees = self.total() - 2
        return np.maximum(variance, 0.0) * degrees / (degrees - self.fitted())

    def fitted(self) -> Floats:
        """1, or 0 where the covariate is the same for everyone and there is no slope."""
        return np.where(self.spread(SIDES[0]) + self.spread(SIDES[1]) > 0, 1.0, 0.0)

    def spread(self, side: str) -> Floats:
        """Sum of squares of the covariate within the arm."""
        return (self.of("rows", side) - 1) * self.of(f"{self.covariate} var", side)

    def slope_variance(self) -> Floats:
        """Variance of theta, each arm with its own residual variance."""
        above = np.asarray(sum(self.spread(side) * self.residual_variance(side) for side in SIDES))
        total = np.asarray(sum(self.spread(side) for side in SIDES))
        variance: Floats = np.divide(above, total**2, out=np.zeros_like(total), where=total > 0)
        return variance

    def shared_error(self) -> tuple[Floats, Floats, Floats]:
        """What the errors of centre and slope add to both variances, and to the covariance."""
        total, name = self.total(), f"{self.covariate} var"
        own = sum(self.of("rows", side) * self.of(name, side) for side in SIDES) / total**2
        slanted = [
            self.of(f"{self.column} {self.covariate} cov", side) - self.theta * self.of(name, side)
            for side in SIDES
        ]
        with_centre = [self.theta * cov / total for cov in slanted]
        common = self.theta**2 * own
        first, second = (common + 2 * cov for cov in with_centre)
        slope, (one, other) = self.slope_variance(), (self.from_centre(side) for side in SIDES)
        return (
            first + slope * one**2,
            second + slope * other**2,
            common + with_centre[0] + with_centre[1] + slope * one * other,
        )


def ratio_metric(pairs: pd.DataFrame, numerator: str, denominator: str) -> Effects:
    """Ratios of two sums by the delta method, with Fieller's interval of the lift."""
    arms = []
    for side in ("control ", ""):
        above, below, var_above, var_below, cov = (
            pairs[f"{side}{name}"].to_numpy(np.float64)
            for name in (
                f"{numerator} mean",
                f"{denominator} mean",
                f"{numerator} var",
                f"{denominator} var",
                f"{numerator} {denominator} cov",
            )
        )
        if (below <= 0).any():
            raise NotEnoughDataError(
                f"{denominator} in an arm", 0, 1, f"leave out the metric {numerator}/{denominator}"
            )
        ratio = above / below
        variance = (var_above - 2 * ratio * cov + ratio**2 * var_below) / below**2
        arms.append((ratio, np.maximum(variance, 0.0)))
    effects = _of_means(pairs, arms, "delta method, welch t, fieller")
    below = pairs[f"{denominator} mean"].to_numpy(np.float64)
    return dataclasses.replace(effects, exposed=effects.exposed * below)


def needed_moments(
    metrics: Mapping[str, Metric], covariates: Mapping[str, str]
) -> tuple[list[str], list[tuple[str, str]]]:
    """The sums and the pairs of columns that the metrics are computed from."""
    sums, pairs = [], []
    for name, kind in metrics.items():
        if isinstance(kind, tuple):
            pairs.append(kind)
        elif name in covariates:
            pairs.append((name, covariates[name]))
        elif kind == "mean":
            pairs.append((name, name))
        else:
            sums.append(name)
    return sums, list(dict.fromkeys(pairs))


def metric_effects(
    pairs: pd.DataFrame, name: str, kind: Metric, covariates: Mapping[str, str]
) -> Effects:
    """The effects of one metric, by its kind."""
    if isinstance(kind, tuple):
        return ratio_metric(pairs, *kind)
    if name in covariates:
        return adjusted_metric(pairs, name, covariates[name])
    return proportion_metric(pairs, name) if kind == "proportion" else mean_metric(pairs, name)


def _of_means(
    pairs: pd.DataFrame,
    arms: Sequence[tuple[Floats, Floats]],
    method: str,
    shared: tuple[Floats, Floats, Floats] | None = None,
    fitted: Floats | float = 0.0,
) -> Effects:
    """Welch's t of two means."""
    n1, n2 = pairs["control rows"].to_numpy(np.float64), pairs["rows"].to_numpy(np.float64)
    (mean1, var1), (mean2, var2) = arms
    # Where means differ by the rounding of their sums alone, they do not differ.
    mean2 = np.where(np.abs(mean2 - mean1) <= ROUNDING * (abs(mean1) + abs(mean2)), mean1, mean2)
    v1, v2 = var1 / n1, var2 / n2
    more1, more2, covariance = shared or (np.zeros_like(v1),) * 3
    error = np.sqrt(v1 + v2 + np.maximum(more1 + more2 - 2 * covariance, 0.0))
    difference = mean2 - mean1
    spread = v1**2 / (n1 - 1) + v2**2 / (n2 - 1)
    degrees = np.divide((v1 + v2) ** 2, spread, out=n1 + n2 - 2, where=spread > 0)
    degrees = np.maximum(degrees * (1 - fitted / (n1 + n2 - 2)), 1.0)

    def bounds(critical: Floats) -> Bounds:
        half = critical * error
        lift = _fieller((mean1, mean2), (v1 + more1, v2 + more2, covariance), critical)
        return (difference - half, difference + half, *lift)

    with np.errstate(divide="ignore"):
        # No spread at all: any difference is infinitely many of its standard errors.
        statistic = np.divide(
            difference, error, out=np.zeros_like(difference), where=difference != 0
        )
    return Effects(
        control_value=mean1,
        value=mean2,
        statistic=statistic,
        degrees_of_freedom=degrees,
        exposed=n2,
        bounds=bounds,
        method=method,
    )


def _fieller(
    means: tuple[Floats, Floats], variances: tuple[Floats, Floats, Floats], critical: Floats
) -> tuple[Floats, Floats]:
    """Bounds of mean2 / mean1 - 1; the whole line where mean1 is not clearly above 0."""
    (mean1, mean2), (v1, v2, covariance) = means, variances
    known = clearly_above_zero(mean1, np.sqrt(v1), critical)
    base = np.where(known, mean1, 1.0)
    ratio = mean2 / base
    scale = np.where(known, critical**2 / base**2, 0.0)
    g, h, k = scale * v1, scale * covariance, scale * v2
    half = np.sqrt(np.maximum(k - 2 * ratio * h + ratio**2 * g + h**2 - g * k, 0.0))
    lower, upper = (ratio - h - half) / (1 - g) - 1, (ratio - h + half) / (1 - g) - 1
    return np.where(known, lower, -np.inf), np.where(known, upper, np.inf)

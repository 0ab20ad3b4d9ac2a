"""How many customers an experiment takes, what it would detect, and how long it runs."""

import dataclasses
import math
from typing import Literal

import numpy as np
from scipy.optimize import brentq
from scipy.special import ndtr, ndtri
from scipy.stats import nct
from scipy.stats import t as student

from cemkit.checks import check_choice, check_fraction, check_integer, check_number, check_positive
from cemkit.errors import NotEnoughDataError
from cemkit.proportions.alternatives import ALTERNATIVES, Alternative
from cemkit.results import Result

PlanningMethod = Literal["unpooled", "pooled", "control", "continuity"]

METHODS = ("unpooled", "pooled", "control", "continuity")


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class SampleSize(Result):
    """Sample size of an experiment, from `sample_size`.

    Attributes:
        control: Rate or mean of the control.
        treatment: Rate or mean of the treatment to detect.
        n_per_arm: Number of customers in the control, and in each treatment if `allocation` is 1.
        n_treatment: Number of customers in each treatment.
        n_total: Number of customers in all arms.
        n_exact: `n_per_arm` before rounding up.
        days: Number of days of traffic needed; None without `daily_customers`.

    Examples:
        >>> sample_size(0.15, 0.20).n_per_arm
        903
    """

    _pictures = ("proportions.sample_size",)

    control: float
    treatment: float
    n_per_arm: int
    n_treatment: int
    n_total: int
    n_exact: float
    days: int | None
    power: float
    confidence_level: float
    alternative: str
    standard_deviation: float | None
    allowed_difference: float
    arms: int
    method: str


def sample_size(
    control: float,
    treatment: float,
    power: float = 0.8,
    *,
    standard_deviation: float | None = None,
    allocation: float = 1.0,
    arms: int = 2,
    allowed_difference: float = 0.0,
    daily_customers: float | None = None,
    method: PlanningMethod = "unpooled",
    alternative: Alternative = "two-sided",
    confidence_level: float = 0.95,
) -> SampleSize:
    """Return the sample size to detect a difference, or to show non-inferiority.

    For rates, `n = ((z_a s0 + z_b s1) / d)^2`, where d is the difference, s1^2 the variance of a
    pair under the alternative and s0^2 under the null hypothesis, by `method`. For means it uses
    the noncentral t distribution.

    Args:
        control: Rate of the control, or its mean if `standard_deviation` is given.
        treatment: Rate or mean of the treatment to detect.
        power: Probability of detecting it, as a fraction.
        standard_deviation: Standard deviation of the customers' values within an arm, to plan for
            means. None plans for rates.
        allocation: Number of treatment customers per control customer.
        arms: Number of arms, control included. Each treatment is compared with the control at alpha
            / (arms - 1) (Bonferroni).
        allowed_difference: Largest shortfall accepted as no worse, for a non-inferiority test with
            `alternative="greater"`. 0 for a test of difference.
        daily_customers: Number of customers who enter the experiment per day, to compute `days`.
            None leaves `days` out.
        method: Variance s0^2 of rates: `"unpooled"` is that of s1, `"pooled"` the variance of the
            mean rate (as R's power.prop.test), `"control"` that of the control; `"continuity"` is
            Fleiss' correction of pooled.
        alternative: Alternative hypothesis of the planned test.
        confidence_level: Confidence level 1 - alpha of the planned test, as a fraction.

    Returns:
        A `SampleSize`.

    Raises:
        ValueError: A rate or level lies outside (0, 1), or there is no difference to detect.

    References:
        Fleiss, Levin, Paik (2003), Statistical Methods for Rates and Proportions, chapter 4.

    Examples:
        >>> sample_size(0.15, 0.20, daily_customers=150).sentence()
        'To detect a change ... takes 903 customers in the control and 1,806 in all, 13 days ...'
        >>> round(sample_size(0.5, 0.75, power=0.9, method="pooled").n_exact, 4)
        76.7069
    """
    plan = _Plan.checked(
        control,
        deviation=standard_deviation,
        allocation=allocation,
        arms=arms,
        allowed=allowed_difference,
        method=method,
        alternative=alternative,
        confidence_level=confidence_level,
    )
    plan.check_value(treatment, "treatment")
    n = plan.size(treatment, check_fraction(power, "power"))
    n_per_arm = math.ceil(n - 1e-9)
    n_treatment = math.ceil(n * allocation - 1e-9)
    n_total = n_per_arm + (arms - 1) * n_treatment
    days = None
    if daily_customers is not None:
        days = math.ceil(n_total / check_positive(daily_customers, "daily_customers"))
    return SampleSize(
        control=control,
        treatment=treatment,
        n_per_arm=n_per_arm,
        n_treatment=n_treatment,
        n_total=n_total,
        n_exact=n,
        days=days,
        power=power,
        confidence_level=confidence_level,
        alternative=alternative,
        standard_deviation=standard_deviation,
        allowed_difference=allowed_difference,
        arms=arms,
        method=method if standard_deviation is None else "t",
    )


def sample_power(
    control: float,
    treatment: float,
    n_per_arm: float,
    *,
    standard_deviation: float | None = None,
    allocation: float = 1.0,
    arms: int = 2,
    allowed_difference: float = 0.0,
    method: PlanningMethod = "unpooled",
    alternative: Alternative = "two-sided",
    confidence_level: float = 0.95,
) -> float:
    """Return the power of a test: the probability that it detects a given difference.

    For rates it is the normal approximation of the z-test by `method`, for means the noncentral t
    distribution.

    Args:
        control: Rate of the control, or its mean if `standard_deviation` is given.
        treatment: Rate or mean of the treatment.
        n_per_arm: Number of customers in the control; at least 2 for means.
        standard_deviation: Standard deviation of the customers' values within an arm, to plan for
            means. None plans for rates.
        allocation: Number of treatment customers per control customer.
        arms: Number of arms, control included. Each treatment is compared with the control at alpha
            / (arms - 1).
        allowed_difference: Largest shortfall accepted as no worse, for a non-inferiority test. 0
            for a test of difference.
        method: Variance of rates under the null hypothesis, as in `sample_size`.
        alternative: Alternative hypothesis of the test.
        confidence_level: 1 - alpha of the test, as a fraction.

    Raises:
        NotEnoughDataError: For means, an arm would have fewer than two customers.
        ValueError: A rate or level lies outside (0, 1).

    Examples:
        >>> round(sample_power(0.15, 0.20, n_per_arm=1000), 3)
        0.839
        >>> round(sample_power(0, 1, n_per_arm=20, standard_deviation=1), 6)
        0.868953
    """
    plan = _Plan.checked(
        control,
        deviation=standard_deviation,
        allocation=allocation,
        arms=arms,
        allowed=allowed_difference,
        method=method,
        alternative=alternative,
        confidence_level=confidence_level,
    )
    plan.check_value(treatment, "treatment")
    return plan.power(treatment, plan.checked_size(n_per_arm))


def minimum_detectable_effect(
    control: float,
    n_per_arm: float,
    power: float = 0.8,
    *,
    standard_deviation: float | None = None,
    allocation: float = 1.0,
    arms: int = 2,
    method: PlanningMethod = "unpooled",
    alternative: Alternative = "two-sided",
    confidence_level: float = 0.95,
) -> float:
    """Return the smallest increase over the control that is detected with this power.

    Args:
        control: Rate of the control, or its mean if `standard_deviation` is given.
        n_per_arm: Number of customers in the control.
        power: Probability of detecting the increase, as a fraction.
        standard_deviation: Standard deviation of the customers' values within an arm, to plan for
            means. None plans for rates.
        allocation: Number of treatment customers per control customer.
        arms: Number of arms, control included. Each treatment is compared with the control at alpha
            / (arms - 1).
        method: Variance of rates under the null hypothesis, as in `sample_size`.
        alternative: `"two-sided"` or `"greater"`. For a decrease, count failures.
        confidence_level: Confidence level 1 - alpha of the test, as a fraction.

    Returns:
        The difference, in the unit of `control` (points of a rate, not relative).

    Raises:
        NotEnoughDataError: Not even a rate of 1 would be detected, or an arm would have fewer than
            two customers for means.
        ValueError: A rate or level lies outside (0, 1), or power is not above alpha.

    Examples:
        >>> round(minimum_detectable_effect(0.15, n_per_arm=903), 3)
        0.05
    """
    if check_choice(alternative, "alternative", ALTERNATIVES) == "less":
        raise ValueError(
            "minimum_detectable_effect finds increases; for a decrease, count failures"
        )
    plan = _Plan.checked(
        control,
        deviation=standard_deviation,
        allocation=allocation,
        arms=arms,
        method=method,
        alternative=alternative,
        confidence_level=confidence_level,
    )
    plan.checked_size(n_per_arm)
    if check_fraction(power, "power") <= plan.alpha:
        raise ValueError(
            f"power={power} is not above alpha={plan.alpha:.3g}, the power without any "
            "difference; give a higher power"
        )
    deviation = standard_deviation
    top = 1 - 1e-12 - control if deviation is None else 1000 * deviation
    if plan.power(control + top, n_per_arm) < power:
        need = math.ceil(plan.size(control + top, power))
        raise NotEnoughDataError("customers per arm", int(n_per_arm), need)

    def missing(difference: float) -> float:
        return plan.power(control + difference, n_per_arm) - power

    return float(brentq(missing, 0.0, top, xtol=1e-14, rtol=1e-12))


@dataclasses.dataclass(frozen=True, slots=True)
class _Plan:
    """A test that is planned; powers and sizes depend on what the treatment does."""

    control: float
    deviation: float | None
    allocation: float
    allowed: float
    method: PlanningMethod
    alternative: Alternative
    alpha: float

    @classmethod
    def checked(
        cls,
        control: float,
        *,
        deviation: float | None = None,
        allocation: float,
        arms: int,
        allowed: float = 0.0,
        method: PlanningMethod = "unpooled",
        alternative: Alternative,
        confidence_level: float,
    ) -> "_Plan":
        check_choice(method, "method", METHODS)
        check_choice(alternative, "alternative", ALTERNATIVES)
        check_positive(allocation, "allocation")
        if deviation is not None:
            check_positive(deviation, "standard_deviation")
        if check_number(allowed, "allowed_difference", minimum=0) and alternative != "greater":
            raise ValueError("a non-inferiority test is one-sided; give alternative='greater'")
        alpha = 1 - check_fraction(confidence_level, "confidence_level")
        comparisons = check_integer(arms, "arms", minimum=2) - 1
        plan = cls(
            control, deviation, allocation, allowed, method, alternative, alpha / comparisons
        )
        plan.check_value(control, "control")
        return plan

    def check_value(self, value: float, name: str) -> None:
        """A rate lies inside (0, 1); a mean is any number."""
        if self.deviation is None:
            check_fraction(value, name)
        else:
            check_number(value, name)

    def checked_size(self, n: float) -> float:
        """Customers in the control; a variance takes two in each arm."""
        check_positive(n, "n_per_arm")
        least = min(n, n * self.allocation)
        if self.deviation is not None and least < 2:
            raise NotEnoughDataError("customers in an arm", have=int(least), need=2)
        return n

    def size(self, treatment: float, power: float) -> float:
        """Customers in the control, unrounded."""
        effect = self._effect(treatment)
        if effect <= 0:
            raise ValueError(
                f"there is no difference to detect between control={self.control} and "
                f"treatment={treatment} with alternative={self.alternative!r}; give the "
                "treatment value to detect"
            )
        if power <= self.alpha:
            raise ValueError(
                f"power={power} is not above alpha={self.alpha:.3g}; give a higher power"
            )
        null, alternative = self._spreads(treatment)
        n = ((self._critical() * null + float(ndtri(power)) * alternative) / effect) ** 2
        if self.deviation is not None:
            return self._t_size(treatment, power, n)
        if self.method == "continuity":
            return n / 4 * (1 + math.sqrt(1 + self._jump(effect) / n)) ** 2
        return n

    def power(self, treatment: float, n: float) -> float:
        """With n customers in the control; both tails where the test has two."""
        effect = self._effect(treatment)
        null, alternative = self._spreads(treatment)
        if self.deviation is not None:
            return self._t_power(effect * math.sqrt(n) / alternative, n * (1 + self.allocation) - 2)
        if self.method == "continuity" and effect > 0:
            n = max(n - self._jump(effect) / 4, 0.0) ** 2 / n
        reach, shift = self._critical() * null, effect * math.sqrt(n)
        power = float(ndtr((shift - reach) / alternative))
        if self.alternative == "two-sided":
            power += float(ndtr((-shift - reach) / alternative))
        return power

    def _effect(self, treatment: float) -> float:
        difference = treatment - self.control
        if self.alternative == "two-sided":
            return abs(difference)
        return self.allowed + difference if self.alternative == "greater" else -difference

    def _critical(self) -> float:
        return -float(ndtri(self._tail()))

    def _tail(self) -> float:
        return self.alpha / (2 if self.alternative == "two-sided" else 1)

    def _jump(self, effect: float) -> float:
        return 2 * (self.allocation + 1) / (self.allocation * effect)

    def _spreads(self, treatment: float) -> tuple[float, float]:
        """Standard deviations of sqrt(n) times the difference: under the null, and as it is."""
        if self.deviation is not None:
            spread = self.deviation * math.sqrt(1 + 1 / self.allocation)
            return spread, spread
        first = self.control * (1 - self.control)
        actual = math.sqrt(first + treatment * (1 - treatment) / self.allocation)
        if self.method == "unpooled":
            return actual, actual
        mean = (self.control + self.allocation * treatment) / (1 + self.allocation)
        null = first if self.method == "control" else mean * (1 - mean)
        return math.sqrt(null * (1 + 1 / self.allocation)), actual

    def _t_power(self, noncentrality: float, degrees: float) -> float:
        critical = student.isf(self._tail(), degrees)
        with np.errstate(invalid="ignore"):  # scipy 1.11 raises the flag beside a right answer
            power = float(nct.sf(critical, degrees, noncentrality))
            if self.alternative == "two-sided":
                # The far tail as an upper one: scipy's lower tail is often NaN there.
                power += float(nct.sf(critical, degrees, -noncentrality))
        return power

    def _t_size(self, treatment: float, power: float, normal: float) -> float:
        least = 2 / min(self.allocation, 1.0)
        if self.power(treatment, least) >= power:
            return least
        return float(
            brentq(lambda n: self.power(treatment, n) - power, least, 2 * normal + 20 * least)
        )

"""experiment_plan: power and duration where customers are not the whole story.

References:
    Donner, Klar (2000), Design and Analysis of Cluster Randomization Trials in Health Research.
    Eldridge, Ashby, Kerry (2006), Sample size for cluster randomized trials: effect of coefficient
        of variation of cluster size and analysis method, International Journal of Epidemiology 35.
    Deng, Knoblich, Lu (2018), Applying the delta method in metric analytics, KDD.
"""

import dataclasses
import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from cemkit.arrays import Floats
from cemkit.checks import (
    check_fraction,
    check_integer,
    check_number,
    check_positive,
    check_random_state,
)
from cemkit.experiments.simulated_power import power_by_simulation
from cemkit.experiments.staggered import (
    checked_starts,
    staggered_error,
    z_detectable,
    z_power,
)
from cemkit.experiments.unit_noise import UnitNoise, checked_noise, history_values, measured_in
from cemkit.proportions.planning import minimum_detectable_effect, sample_power, sample_size
from cemkit.results import Result


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ExperimentPlan(Result):
    """Sample size, power or detectable effect of an experiment, from `experiment_plan`.

    Attributes:
        control: The control's rate, mean or ratio.
        treatment: Hoped-for rate, mean or ratio of the treatment; None where only the size was
            given.
        unit: Unit of randomisation: `"customer"` or `"cluster"`.
        n_per_arm: Units in the control; for staggered starts all clusters.
        n_treatment: Units in each treatment; None for staggered starts.
        n_total: Units in all arms.
        customers: Customers in all arms (for staggered starts in all periods).
        detectable_difference: Smallest difference that is detected with the planned power.
        power: Power for the hoped-for difference; the planned power where no treatment was given.
        power_error: Standard error of a simulated power; None for a formula.
        planned_power: The power that was asked for.
        standard_deviation: Standard deviation of one customer's value. A ratio is linearised, and
            what the covariate explains is taken out.
        design_effect: Variance with clusters over the variance with as many independent customers.
        variance_reduction: Share of the variance that the covariate explains.
        days: Days until the last customer has entered and been observed; None where no traffic was
            given.
        periods: Number of periods of staggered starts, else None.
        method: How the power was found.
        confidence_level: Confidence level of the read-out.

    Examples:
        >>> experiment_plan(20, 21, standard_deviation=8, cluster_size=50).unit
        'cluster'
    """

    control: float
    treatment: float | None
    unit: str
    n_per_arm: int
    n_treatment: int | None
    n_total: int
    customers: int
    detectable_difference: float
    power: float
    power_error: float | None
    planned_power: float
    standard_deviation: float
    design_effect: float
    variance_reduction: float
    days: int | None
    periods: int | None
    method: str
    confidence_level: float


def experiment_plan(
    control: float | None = None,
    treatment: float | None = None,
    *,
    standard_deviation: float | None = None,
    denominator: tuple[float, float, float] | None = None,
    cluster_size: float | None = None,
    intracluster_correlation: float | None = None,
    cluster_variation: float = 0.0,
    pre_correlation: float = 0.0,
    n_per_arm: int | None = None,
    allocation: float = 1.0,
    arms: int = 2,
    starts: Sequence[int] | None = None,
    never: int = 0,
    daily_customers: float | None = None,
    window_days: int = 0,
    history: pd.DataFrame | None = None,
    n_simulations: int = 2000,
    power: float = 0.8,
    confidence_level: float = 0.95,
    random_state: int = 0,
) -> ExperimentPlan:
    """Plan an experiment with clusters, ratios, covariates or staggered starts.

    Give the hoped-for `treatment` to get the number of units, `n_per_arm` to get the detectable
    difference, or both to get the power. With `s` a customer's standard deviation,

        ratio of two sums   s^2 = (s_y^2 - 2 R r s_y s_x + R^2 s_x^2) / mean_x^2 (delta method)
        covariate (CUPED)   s^2 (1 - pre_correlation^2)
        clusters            s^2 (1 + ((1 + cv^2) m - 1) rho) / m for a cluster's mean, with a t test
                            of clusters
        staggered starts    generalised least squares with a level per cluster and period

    With `history`, experiments are resampled from it and analysed as by `compare_variants`, and the
    power is simulated. Use this for few units or long tails, where the formulas are not exact.

    Args:
        control: The control's rate, mean, or ratio; measured where `history` is given.
        treatment: Hoped-for rate, mean or ratio of the treatment.
        standard_deviation: Standard deviation of a customer's value, of the numerator for a ratio;
            None for a rate.
        denominator: For a ratio, the denominator's mean and standard deviation, and its correlation
            with the numerator, per customer.
        cluster_size: Customers per cluster (such as a shop), in each period for staggered starts;
            None where customers are randomised.
        intracluster_correlation: Share of the variance that lies between clusters; None for 0.05,
            as is common for customers of shops.
        cluster_variation: Coefficient of variation of the cluster sizes.
        pre_correlation: Correlation of the value with a covariate from before the experiment (with
            clusters, of their means); 0 for none.
        n_per_arm: Units in the control, clusters where these are randomised; None to plan it.
        allocation: Units in each treatment per unit in the control.
        arms: Number of arms, control included. Each treatment is tested at alpha / (arms - 1).
        starts: Numbers of clusters that start in each period, including the first. None for a
            simultaneous start. Every cluster is observed in every period.
        never: Number of clusters of a staggered experiment that never start.
        daily_customers: Number of customers who enter per day, in all arms together. None leaves
            `days` out.
        window_days: Number of days that each customer is observed after entering.
        history: One row per unit that is randomised: `value`, and `denominator` for ratios (for
            clusters their sums and their customers).
        n_simulations: Number of experiments resampled from `history`.
        power: Probability of detecting the smallest detectable difference.
        confidence_level: Confidence level of the read-out.
        random_state: Seed of the simulation.

    Returns:
        An `ExperimentPlan`; its power has an error where it was simulated.

    Raises:
        ValueError: Neither `treatment` nor a size is given, or a parameter lies outside its range.
        NotEnoughDataError: The size detects nothing, or the history has fewer than two units.
        DataError: Staggered starts do not separate the effect from time, or a value is missing.

    Examples:
        >>> plan = experiment_plan(
        ...     20, 21, standard_deviation=8, cluster_size=50, intracluster_correlation=0.02
        ... )
        >>> plan.n_per_arm, round(plan.design_effect, 2)
        (41, 1.98)
        >>> experiment_plan(0.10, 0.11, daily_customers=2_000, window_days=14).days
        29
    """
    alpha = _checked_alpha(power, allocation, treatment, n_per_arm, confidence_level)
    units = None if history is None else history_values(history)
    control = _control_of(control, units)
    _check_aim(treatment, n_per_arm, starts)
    spreads = standard_deviation, denominator, units
    clusters = cluster_size, intracluster_correlation, cluster_variation, pre_correlation
    noise = checked_noise(control, treatment, spreads, clusters)
    common = _common(noise, treatment, cluster_size, power, confidence_level)
    if starts is not None:
        extra = {"allocation": allocation != 1, "arms": arms != 2, "window_days": window_days != 0}
        given = {"n_per_arm": n_per_arm, "history": history, "daily_customers": daily_customers}
        _check_only_starts(cluster_size, given, extra)
        aim = noise, starts, never, treatment
        return ExperimentPlan(**common, **_staggered(*aim, alpha=alpha, power=power))
    _check_without_starts(never)
    test = {"allocation": allocation, "arms": arms, "confidence_level": confidence_level}
    is_plain = all(x is None for x in (*spreads, cluster_size)) and noise.explained == 0
    spread = None if is_plain else noise.of_unit
    sizes = _sizes(noise.control, treatment, n_per_arm, power=power, spread=spread, test=test)
    found = _power_of(noise, spread, sizes[0], treatment, power=power, test=test)
    if units is not None:
        settings = alpha, arms, n_simulations, random_state
        found |= _by_simulation(units, sizes, control, treatment, settings)
    counts = _counts(noise, *sizes, arms)
    days = _days(counts["customers"], daily_customers, window_days)
    return ExperimentPlan(**common, **found, **counts, days=days, periods=None)


def _checked_alpha(
    power: float,
    allocation: float,
    treatment: float | None,
    n_per_arm: int | None,
    confidence_level: float,
) -> float:
    """Check the figures of the test; return how often it may detect nothing that is there."""
    check_fraction(power, "power")
    check_positive(allocation, "allocation")
    if treatment is not None:
        check_number(treatment, "treatment")
    if n_per_arm is not None:
        check_integer(n_per_arm, "n_per_arm", minimum=2)
    return 1 - check_fraction(confidence_level, "confidence_level")


def _control_of(control: float | None, units: Floats | None) -> float:
    """The control that is given, or that of the history."""
    if control is not None:
        return control
    if units is None:
        raise ValueError("give the control's rate, mean or ratio, or a history to measure it")
    return measured_in(units)


def _check_aim(
    treatment: float | None, n_per_arm: int | None, starts: Sequence[int] | None
) -> None:
    """Raise where neither the effect nor the size is given."""
    if treatment is None and n_per_arm is None and starts is None:
        raise ValueError("give the hoped-for treatment, or n_per_arm to learn what can be detected")


def _common(
    noise: UnitNoise,
    treatment: float | None,
    cluster_size: float | None,
    power: float,
    confidence_level: float,
) -> dict[str, Any]:
    """What every plan says, whatever its schedule."""
    return {
        "control": noise.control,
        "treatment": None if treatment is None else float(treatment),
        "unit": "customer" if cluster_size is None else "cluster",
        "planned_power": power,
        "standard_deviation": noise.of_customer,
        "design_effect": noise.design_effect,
        "variance_reduction": noise.explained,
        "confidence_level": confidence_level,
    }


def _check_only_starts(
    cluster_size: float | None, given: Mapping[str, object], extra: Mapping[str, bool]
) -> None:
    """Raise where something is said besides the schedule that it says already."""
    if cluster_size is None:
        raise ValueError("staggered starts need clusters; give cluster_size, per period")
    unused = [name for name, value in given.items() if value is not None]
    unused += [name for name, value in extra.items() if value]
    if unused:
        raise ValueError(
            f"with staggered starts the design follows from starts; leave out {unused[0]}"
        )


def _check_without_starts(never: int) -> None:
    """Raise where clusters are counted that an unstaggered experiment does not have."""
    if never != 0:
        raise ValueError(
            f"never={never!r} counts clusters of staggered starts; give starts as well, or leave "
            "never out"
        )


def _sizes(
    control: float,
    treatment: float | None,
    n_per_arm: int | None,
    *,
    power: float,
    spread: float | None,
    test: dict[str, Any],
) -> tuple[int, int]:
    """Units in the control and in each treatment, as given or as the effect needs."""
    if n_per_arm is not None:
        return n_per_arm, math.ceil(n_per_arm * test["allocation"] - 1e-9)
    hoped = control if treatment is None else treatment
    wanted = sample_size(control, hoped, power, standard_deviation=spread, **test)
    return check_integer(wanted.n_per_arm, "n_per_arm", minimum=2), wanted.n_treatment


def _counts(noise: UnitNoise, size: int, n_treatment: int, arms: int) -> dict[str, Any]:
    """Units per arm and in all, and their customers."""
    total = size + (arms - 1) * n_treatment
    return {
        "n_per_arm": size,
        "n_treatment": n_treatment,
        "n_total": total,
        "customers": math.ceil(total * noise.cluster_size),
    }


def _power_of(
    noise: UnitNoise,
    spread: float | None,
    size: int,
    treatment: float | None,
    *,
    power: float,
    test: dict[str, Any],
) -> dict[str, Any]:
    """Power and smallest detectable difference by formula."""
    smallest = minimum_detectable_effect(
        noise.control, size, power, standard_deviation=spread, **test
    )
    there = power
    if treatment is not None:
        there = sample_power(noise.control, treatment, size, standard_deviation=spread, **test)
    method = "formula: two proportions, unpooled" if spread is None else "formula: noncentral t"
    return {
        "detectable_difference": smallest,
        "power": there,
        "power_error": None,
        "method": method,
    }


def _by_simulation(
    units: Floats,
    sizes: tuple[int, int],
    control: float,
    treatment: float | None,
    settings: tuple[float, int, int, int],
) -> dict[str, Any]:
    """The power for the hoped-for treatment, from experiments drawn from the past."""
    alpha, arms, runs, seed = settings
    check_integer(runs, "n_simulations", minimum=100)
    if treatment is None:
        raise ValueError("a simulation from history needs the hoped-for treatment; give it")
    share, error = power_by_simulation(
        units,
        sizes,
        treatment / control - 1,
        alpha=alpha / (arms - 1),
        runs=runs,
        generator=np.random.default_rng(check_random_state(seed)),
    )
    return {"power": share, "power_error": error, "method": f"simulation: {runs:,} experiments"}


def _staggered(
    noise: UnitNoise,
    starts: Sequence[int],
    never: int,
    treatment: float | None,
    *,
    alpha: float,
    power: float,
) -> dict[str, Any]:
    """The plan of clusters that start one after another."""
    counts, never = checked_starts(starts), check_integer(never, "never", minimum=0)
    variance = noise.of_customer**2
    between = variance * noise.correlation
    within = variance * (1 - noise.correlation) * (1 + noise.variation**2) / noise.cluster_size
    error = staggered_error(counts, never, between=between, within=within)
    clusters = sum(counts) + never
    difference = None if treatment is None else treatment - noise.control
    return {
        "n_per_arm": clusters,
        "n_treatment": None,
        "n_total": clusters,
        "customers": math.ceil(clusters * len(counts) * noise.cluster_size),
        "detectable_difference": z_detectable(error, alpha, power),
        "power": power if difference is None else z_power(difference, error, alpha),
        "power_error": None,
        "days": None,
        "periods": len(counts),
        "method": "formula: generalised least squares of clusters and periods",
    }


def _days(customers: int, daily: float | None, window: int) -> int | None:
    """Days until the last customer has entered and was observed."""
    check_integer(window, "window_days", minimum=0)
    if daily is None:
        if window:
            raise ValueError(
                f"window_days={window} needs daily_customers; give both, or leave it out"
            )
        return None
    return math.ceil(customers / check_positive(daily, "daily_customers") - 1e-9) + window

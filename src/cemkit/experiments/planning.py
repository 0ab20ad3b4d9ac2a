"""experiment_plan: power and duration where customers are not the whole story.

References:
    Donner, Klar (2000), Design and Analysis of Cluster Randomization Trials in Health Research.
    Eldridge, Ashby, Kerry (2006), Sample size for cluster randomized trials: effect of coefficient
        of variation of cluster size and analysis method, International Journal of Epidemiology 35.
    Deng, Knoblich, Lu (2018), Applying the delta method in metric analytics, KDD.
"""

import dataclasses
import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from cemkit.arrays import Floats
from cemkit.checks import (
    check_columns,
    check_fraction,
    check_frame,
    check_integer,
    check_number,
    check_positive,
    check_random_state,
    finite_values,
)
from cemkit.checks.options import shown
from cemkit.errors import NotEnoughDataError
from cemkit.experiments.simulated_power import power_by_simulation
from cemkit.experiments.staggered import (
    checked_starts,
    staggered_error,
    z_detectable,
    z_power,
)
from cemkit.proportions.planning import minimum_detectable_effect, sample_power, sample_size
from cemkit.results import Result

CORRELATION = 0.05  # of the customers of a cluster, where none is given


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


@dataclasses.dataclass(frozen=True, slots=True)
class _Noise:
    """How much the values of customers differ, and how those of a cluster hang together."""

    control: float
    deviation: float
    explained: float
    cluster_size: float
    correlation: float
    variation: float

    @property
    def design_effect(self) -> float:
        """1 + ((1 + cv^2) m - 1) rho."""
        return 1 + ((1 + self.variation**2) * self.cluster_size - 1) * self.correlation

    @property
    def of_customer(self) -> float:
        return self.deviation * math.sqrt(1 - self.explained)

    @property
    def of_unit(self) -> float:
        """Standard deviation of what is randomised: a customer, or a cluster's mean."""
        return self.of_customer * math.sqrt(self.design_effect / self.cluster_size)


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
    check_fraction(power, "power")
    check_positive(allocation, "allocation")
    if treatment is not None:
        check_number(treatment, "treatment")
    if n_per_arm is not None:
        check_integer(n_per_arm, "n_per_arm", minimum=2)
    alpha = 1 - check_fraction(confidence_level, "confidence_level")
    units = None if history is None else _history_values(history)
    if units is not None and control is None:
        control = _measured(units)
    if control is None:
        raise ValueError("give the control's rate, mean or ratio, or a history to measure it")
    if treatment is None and n_per_arm is None and starts is None:
        raise ValueError("give the hoped-for treatment, or n_per_arm to learn what can be detected")
    noise = _checked_noise(
        control,
        treatment,
        (standard_deviation, denominator, units),
        (cluster_size, intracluster_correlation, cluster_variation, pre_correlation),
    )
    common: dict[str, Any] = {
        "control": float(control),
        "treatment": None if treatment is None else float(treatment),
        "unit": "customer" if cluster_size is None else "cluster",
        "planned_power": power,
        "standard_deviation": noise.of_customer,
        "design_effect": noise.design_effect,
        "variance_reduction": noise.explained,
        "confidence_level": confidence_level,
    }
    if starts is not None:
        _check_only_starts(
            cluster_size,
            n_per_arm=n_per_arm,
            history=history,
            daily_customers=daily_customers,
            changed=[
                *["allocation"] * (allocation != 1),
                *["arms"] * (arms != 2),
                *["window_days"] * (window_days != 0),
            ],
        )
        return ExperimentPlan(
            **common, **_staggered(noise, starts, never, treatment, alpha=alpha, power=power)
        )
    if never != 0:
        raise ValueError(
            f"never={never!r} counts clusters of staggered starts; give starts as well, "
            "or leave never out"
        )
    test: dict[str, Any] = {
        "allocation": allocation,
        "arms": arms,
        "confidence_level": confidence_level,
    }
    is_rate = standard_deviation is None and denominator is None and units is None
    plain = is_rate and cluster_size is None and noise.explained == 0
    spread = None if plain else noise.of_unit
    n_treatment = 0 if n_per_arm is None else math.ceil(n_per_arm * allocation - 1e-9)
    size, hoped = n_per_arm, control if treatment is None else treatment
    if size is None:
        wanted = sample_size(control, hoped, power, standard_deviation=spread, **test)
        size, n_treatment = wanted.n_per_arm, wanted.n_treatment
    check_integer(size, "n_per_arm", minimum=2)
    found = _power_of(noise, spread, size, treatment, power=power, test=test)
    if units is not None:
        found |= _by_simulation(
            units,
            (size, n_treatment),
            control,
            treatment,
            (alpha, arms, n_simulations, random_state),
        )
    total = size + (arms - 1) * n_treatment
    customers = math.ceil(total * noise.cluster_size)
    return ExperimentPlan(
        **common,
        **found,
        n_per_arm=size,
        n_treatment=n_treatment,
        n_total=total,
        customers=customers,
        days=_days(customers, daily_customers, window_days),
        periods=None,
    )


def _check_only_starts(
    cluster_size: float | None, *, changed: Sequence[str], **given: object
) -> None:
    """Raise where something is said besides the schedule that it says already."""
    if cluster_size is None:
        raise ValueError("staggered starts need clusters; give cluster_size, per period")
    unused = [name for name, value in given.items() if value is not None] + list(changed)
    if unused:
        raise ValueError(
            f"with staggered starts the design follows from starts; leave out {unused[0]}"
        )


def _checked_noise(
    control: float,
    treatment: float | None,
    spreads: tuple[float | None, tuple[float, float, float] | None, Floats | None],
    clusters: tuple[float | None, float | None, float, float],
) -> _Noise:
    """The noise of what is measured; of a rate from the rates, of a history from its units."""
    (deviation, denominator, units), (cluster_size, correlation, variation, before) = (
        spreads,
        clusters,
    )
    check_number(control, "control")
    if units is not None:
        if deviation is not None or denominator is not None or cluster_size is not None or before:
            raise ValueError(
                "history measures the noise itself; leave out standard_deviation, denominator, "
                "cluster_size and pre_correlation (give adjusted values in their place)"
            )
        if control <= 0:
            raise ValueError(
                f"the lift of a history needs a control above 0, not {control:g}; plan by formula"
            )
        spread = _unit_deviation(units)
    elif deviation is None:
        if denominator is not None:
            raise ValueError(
                "a ratio needs the standard_deviation of its numerator as well; give it"
            )
        rates = [check_fraction(control, "control")]
        rates += [] if treatment is None else [check_fraction(treatment, "treatment")]
        spread = math.sqrt(sum(p * (1 - p) for p in rates) / len(rates))
    else:
        spread = _ratio_deviation(
            control, check_positive(deviation, "standard_deviation"), denominator
        )
    within = _checked_correlation(correlation, cluster_size)
    if not -1 < check_number(before, "pre_correlation") < 1:
        raise ValueError(f"pre_correlation must lie between -1 and 1, not {before!r}")
    size = 1.0
    if cluster_size is None and variation:
        raise ValueError("cluster_variation needs cluster_size; give both")
    if cluster_size is not None:
        size = float(check_number(cluster_size, "cluster_size", minimum=1))
    wide = check_number(variation, "cluster_variation", minimum=0)
    return _Noise(float(control), spread, float(before) ** 2, size, within, float(wide))


def _checked_correlation(correlation: float | None, cluster_size: float | None) -> float:
    """The correlation of the customers of a cluster; 0 where customers are randomised."""
    alike = CORRELATION if correlation is None else correlation
    if not 0 <= check_number(alike, "intracluster_correlation") <= 1:
        raise ValueError(f"intracluster_correlation must lie between 0 and 1, not {correlation!r}")
    if correlation and cluster_size is None:
        raise ValueError("intracluster_correlation needs cluster_size; give both")
    return 0.0 if cluster_size is None else float(alike)


def _ratio_deviation(
    ratio: float, deviation: float, denominator: tuple[float, float, float] | None
) -> float:
    """The standard deviation of a customer's part in a ratio, by the delta method."""
    if denominator is None:
        return float(deviation)
    if not isinstance(denominator, tuple | list) or len(denominator) != 3:
        raise ValueError(
            "denominator must be its mean, standard deviation and correlation with the numerator, "
            f"not {shown(denominator)}"
        )
    mean, spread = (check_positive(v, "denominator") for v in denominator[:2])
    if not -1 <= check_number(denominator[2], "the correlation of the denominator") <= 1:
        raise ValueError(
            f"the correlation of the denominator must lie between -1 and 1, not {denominator[2]!r}"
        )
    crossed = 2 * ratio * denominator[2] * deviation * spread
    variance = deviation**2 - crossed + (ratio * spread) ** 2
    if variance <= 0:
        raise ValueError(
            "with these figures of denominator the ratio is the same for every "
            "customer; correct them"
        )
    return math.sqrt(variance) / mean


def _power_of(
    noise: _Noise,
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
    noise: _Noise,
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


def _history_values(history: pd.DataFrame) -> Floats:
    """Values of the units, a second column for the denominator of a ratio."""
    check_frame(history, "history")
    check_columns(history.columns, ["value"])
    names = ["value", *(["denominator"] if "denominator" in history else [])]
    values = np.column_stack([finite_values(history[name], name) for name in names])
    if len(values) < 2:
        raise NotEnoughDataError("units in the history", len(values), 2)
    if values[:, -1].sum() <= 0:
        raise ValueError(f"{names[-1]} of history must add up to more than 0")
    return values


def _measured(units: Floats) -> float:
    """The mean of the units, or the ratio of their sums."""
    return float(
        units[:, 0].mean() if units.shape[1] == 1 else units[:, 0].sum() / units[:, 1].sum()
    )


def _unit_deviation(units: Floats) -> float:
    """Standard deviation of a unit's value, made linear where it is a ratio."""
    if units.shape[1] == 1:
        return float(units[:, 0].std(ddof=1))
    linear = (units[:, 0] - _measured(units) * units[:, 1]) / units[:, 1].mean()
    return float(linear.std(ddof=1))

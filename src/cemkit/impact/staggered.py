"""difference_in_differences: what a treatment that began earlier for some than for others did."""

from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import numpy as np
import pandas as pd

from cemkit.arrays import Floats
from cemkit.checks import check_choice, check_fraction, check_random_state, check_text
from cemkit.errors import DataError, NotEnoughDataError
from cemkit.formats import count_text, figures, level_text, p_text, signed
from cemkit.impact.bands import effect_table
from cemkit.impact.cohort_means import CohortMeans, means_of_cohorts
from cemkit.impact.group_time import (
    Effects,
    combined,
    covariance_of,
    degrees_of_freedom,
    group_time_effects,
    joined,
    mean_by,
    weighted_mean,
)
from cemkit.impact.panels import Panel, panel_of
from cemkit.impact.pretrends import NO_PRETREND, POWER, Pretrend, pretrend_test
from cemkit.results import Result

ROUNDING = 1e-12  # of the largest outcome: what is left of an error that is 0


@dataclass(frozen=True, slots=True, kw_only=True)
class DifferenceInDifferences(Result):
    """Effects of a treatment by difference-in-differences, from `difference_in_differences`.

    Effects are in units of the outcome, per unit and period treated. Every table of effects has
    `effect, standard_error, p_value, lower, upper`, each interval alone, and `band_lower,
    band_upper`, which hold all effects of the table together with the confidence level.

    Attributes:
        controls: Units with which the changes are compared.
        effect: Mean over groups, weighted by their sizes, of each group's mean effect.
        n_units: Units in the analysis; `n_treated` of them are treated within the panel.
        n_clusters: Independent units: clusters, or units without them.
        already_treated: Units left out because the first period already treats them.
        without_controls: Pairs of group and period that have no controls, and so no effect.
        pretrend_p_value: P-value of the joint test that no effect differs from 0 before the
            treatment; missing where there is nothing before it to test.
        pretrend_terms: Number of effects tested together: those by group and period; where units
            (or clusters) are too few for that, those by event time, or their slope alone.
        pretrend_statistic: Wald's, chi-squared with `pretrend_terms` degrees of freedom in large
            samples; the p-value is Hotelling's.
        detectable_slope: The trend against the controls, per period, that this test would have
            found with a power of 80 %.
        detectable_bias: Bias of `effect` if such a trend continued.
        table: Effects on the index `first_treated, period`, those before the treatment too, with
            `event_time` and `n_treated` units. Changes are from the last period before the
            treatment.
        events: Effects on the index `event_time`, periods since the first treated one.
        groups: Effects on the index `first_treated`, means over the group's treated periods.
        calendar: Effects on the index `period`, means over the groups treated in it.
        overall: One row per `mean_over`: the mean over pairs (`simple`), groups (as `effect`),
            events and calendar periods.

    Examples:
        >>> DifferenceInDifferences.__dataclass_fields__.keys() >= {"effect", "detectable_slope"}
        True
    """

    _pictures = ("impact.event_study",)

    outcome: str
    controls: str
    confidence_level: float
    n_units: int
    n_treated: int
    n_clusters: int
    n_groups: int
    n_periods: int
    already_treated: int
    without_controls: int
    effect: float
    effect_lower: float
    effect_upper: float
    standard_error: float
    p_value: float
    pretrend_p_value: float
    pretrend_terms: int
    pretrend_statistic: float
    detectable_slope: float
    detectable_bias: float
    table: pd.DataFrame
    events: pd.DataFrame
    groups: pd.DataFrame
    calendar: pd.DataFrame
    overall: pd.DataFrame

    @property
    def figures(self) -> dict[str, Any]:
        """The numbers of the sentence, each in the words it has in every language."""
        effect, *ends = signed(self.effect, self.effect_lower, self.effect_upper)
        return {
            "effect": effect,
            "ends": ends,
            "p": p_text(self.p_value),
            "treated": f"{self.n_treated:,}",
            "others": f"{self.n_units - self.n_treated:,}",
            "groups": f"{self.n_groups:,}",
            "out": f"{self.already_treated:,}",
            "pretrend_p": p_text(self.pretrend_p_value),
            "slope": figures(self.detectable_slope)[0],
            "bias": figures(self.detectable_bias)[0],
            "power": level_text(POWER),
        }

    @property
    def parts(self) -> list[str]:
        """The parts of the sentence, by their names in the catalogue."""
        is_detected = not self.effect_lower <= 0 <= self.effect_upper
        parts = ["detected" if is_detected else "not detected", self.controls]
        if self.already_treated:
            parts.append("already treated")
        if not self.pretrend_terms:
            return [*parts, "not tested", "assumptions"]
        fails = self.pretrend_p_value < 1 - self.confidence_level
        return [*parts, "fails" if fails else "not rejected", "power", "assumptions"]


def difference_in_differences(
    panel: pd.DataFrame,
    outcome: str,
    *,
    unit: str = "customer_id",
    cluster: str | None = None,
    controls: Literal["never_treated", "not_yet_treated"] = "never_treated",
    confidence_level: float = 0.95,
    random_state: int = 0,
) -> DifferenceInDifferences:
    """Measure a treatment with staggered starts by difference-in-differences.

    Use it if a treatment began at a known time for some units (customers, shops, regions) and later
    or never for others. A group consists of all units with the same first treated period. Its
    effect is its change since the last period before the treatment, minus the change of units that
    are not treated. Treated units never serve as controls. A regression with two-way fixed effects
    uses them, which can give the effect the wrong sign.

    It assumes parallel trends (without the treatment, treated units would have changed like their
    controls) and no anticipation (nothing changes before the first treated period). Neither can be
    proved. The test of trends before the treatment reports the slope that it would have detected.

    Args:
        panel: One row per unit and period with the columns `period` (dates, periods or numbers),
            `first_treated` (the first period in which the unit is treated as a whole, missing where
            it never is), the outcome and the unit. Each unit has a row in each period. Units that
            are treated from the first period on are left out and counted.
        outcome: Column with the outcome, such as `"amount"`.
        unit: Column with the unit; an index of that name works as well.
        cluster: Column whose values are independent, such as `"region"` where customers of a region
            are treated together; each unit by default. Give the level at which the treatment was
            decided.
        controls: `"never_treated"` compares with units that are not treated within the panel,
            `"not_yet_treated"` also with units that are treated later.
        confidence_level: Confidence level of the intervals, as a fraction.
        random_state: Seed of the multiplier bootstrap behind the simultaneous bands.

    Returns:
        A `DifferenceInDifferences`.

    Raises:
        MissingColumnsError: A column is not there.
        DataError: A pair of unit and period is missing or repeated, `first_treated` or the cluster
            changes within a unit, `first_treated` lies between two periods, or the outcome is
            constant or changes alike in all units of each group.
        NotEnoughDataError: No unit is treated, there are no controls, or a group has one unit (or
            cluster) alone.

    Effects are those of Callaway and Sant'Anna (2021), without covariates: ATT(g, t) = mean change
    of group g from g - 1 to t, minus that of its controls. Errors come from influence functions,
    which count the sizes of the groups as random, with n - 1 in each group; intervals are of t with
    the degrees of freedom of Welch and Satterthwaite, so that two groups in two periods give
    Welch's test of the changes. The panel is reduced to means and covariances by group and period.

    Examples:
        >>> panel = pd.DataFrame(
        ...     {
        ...         "customer_id": np.repeat(np.arange(6), 2),
        ...         "period": [1, 2] * 6,
        ...         "first_treated": np.repeat([2, 2, 2, None, None, None], 2).astype(float),
        ...         "amount": [5, 9, 6, 11, 7, 11, 4, 5, 8, 10, 6, 6],
        ...     }
        ... )
        >>> round(difference_in_differences(panel, "amount").effect, 3)
        3.333
    """
    level = check_fraction(confidence_level, "confidence_level")
    check_choice(controls, "controls", ["never_treated", "not_yet_treated"])
    check_random_state(random_state)
    _check_names(outcome, unit, cluster)
    data = panel_of(panel, outcome, unit, cluster)
    _check_groups(data, controls)
    means = means_of_cohorts(data, clustered=cluster is not None)
    effects, without = group_time_effects(means, controls)
    after = effects.where(effects.period >= means.starts[effects.cohort])
    _check_some(after)
    tables = _tables(_Description(means, level, random_state), data.periods, effects, after)
    headline = tables["overall"].loc[["group"]].to_dict("records")[0]
    _check_has_error(headline["standard_error"], data, outcome)
    pretrend = _pretrend(means, effects, level)
    return DifferenceInDifferences(
        outcome=outcome,
        controls=controls,
        confidence_level=level,
        n_units=len(data.start),
        n_treated=int((data.start < len(data.periods)).sum()),
        n_clusters=means.n_clusters,
        n_groups=len(np.unique(after.cohort)),
        n_periods=len(data.periods),
        already_treated=data.already_treated,
        without_controls=without,
        effect=float(headline["effect"]),
        effect_lower=float(headline["lower"]),
        effect_upper=float(headline["upper"]),
        standard_error=float(headline["standard_error"]),
        p_value=float(headline["p_value"]),
        pretrend_p_value=pretrend.p_value,
        pretrend_terms=pretrend.terms,
        pretrend_statistic=pretrend.statistic,
        detectable_slope=pretrend.detectable_slope,
        detectable_bias=pretrend.detectable_slope * _bias_per_slope(means, after),
        **tables,
    )


def _check_names(outcome: str, unit: str, cluster: str | None) -> None:
    """Raise where a column is not named by text."""
    names = {"outcome": outcome, "unit": unit}
    names |= {} if cluster is None else {"cluster": cluster}
    for name, value in names.items():
        check_text(value, name)


def _check_some(after: Effects) -> None:
    """Raise where no treated period has controls."""
    if not len(after.estimates):
        raise NotEnoughDataError(
            "pairs of group and treated period with controls",
            have=0,
            need=1,
            hint="every unit is treated when the first group is; add units treated later or never",
        )


def _check_groups(data: Panel, controls: str) -> None:
    periods = len(data.periods)
    never = int((data.start == periods).sum())
    treated = len(data.start) - never
    if treated == 0:
        hint = "first_treated is missing, or after the last period, in every unit that is kept"
        if data.already_treated:
            hint = (
                f"{count_text(data.already_treated, 'are')} treated from the first period on, "
                "without a period before it to compare with"
            )
        raise NotEnoughDataError("units treated within the panel", have=0, need=1, hint=hint)
    if never == 0 and controls == "never_treated":
        raise DataError(
            "every unit is treated within the panel, so none is a control throughout; compare with "
            "controls='not_yet_treated'"
        )


def _check_has_error(error: float, data: Panel, outcome: str) -> None:
    """Raise where units of a group do not differ, so that nothing says how sure the effect is."""
    if not error > ROUNDING * np.abs(data.outcome).max():
        raise DataError(
            f"{outcome!r} changes by the same amount in all units of each group, so the standard "
            "error of the effect cannot be estimated; is it the outcome of each unit?"
        )


def _overall(means: CohortMeans, after: Effects) -> Effects:
    """The overall effect in four ways: over pairs, groups, events and calendar periods."""
    groups = mean_by(means, after, after.cohort, equally=True)
    events = mean_by(means, after, after.period - means.starts[after.cohort])
    calendar = mean_by(means, after, after.period)
    return joined(
        [
            weighted_mean(means, after),
            weighted_mean(means, groups),
            weighted_mean(means, events, equally=True),
            weighted_mean(means, calendar, equally=True),
        ]
    )


def _pretrend(means: CohortMeans, effects: Effects, level: float) -> Pretrend:
    """The test by group and period; where clusters are too few, by event time, or of the slope."""
    before = effects.where(effects.period < means.starts[effects.cohort])
    if not len(before.estimates):
        return NO_PRETREND
    event = before.period - means.starts[before.cohort]
    by_event = mean_by(means, before, event)
    # Periods from the base, which is at -1.
    away: Floats = event.astype(np.float64) + 1.0
    away_by_event: Floats = np.unique(away)
    slope = combined(by_event, away_by_event / (away_by_event @ away_by_event))
    for tested, distance in ((before, away), (by_event, away_by_event), (slope, np.ones(1))):
        covariance = covariance_of(means, tested)
        degrees = float(degrees_of_freedom(means, tested).mean())
        found = pretrend_test(tested.estimates, covariance, distance, degrees, level)
        if found.terms:
            return found
    return NO_PRETREND


def _bias_per_slope(means: CohortMeans, after: Effects) -> float:
    """How much a slope of 1 per period, going on after the treatment began, moves the effect."""
    drift = (after.period - means.starts[after.cohort] + 1).astype(np.float64)
    groups = np.unique(after.cohort)
    by_group = [drift[after.cohort == group].mean() for group in groups]
    return float(np.average(by_group, weights=means.shares[groups]))


class _Description(NamedTuple):
    """How effects become tables."""

    means: CohortMeans
    level: float
    random_state: Any

    def __call__(self, effects: Effects, **keys: Any) -> pd.DataFrame:
        """The table of effects, on an index of what each is of."""
        covariance = covariance_of(self.means, effects)
        degrees = degrees_of_freedom(self.means, effects)
        table = effect_table(effects.estimates, covariance, degrees, self.level, self.random_state)
        return table.set_axis(pd.DataFrame(keys).set_index([*keys]).index, axis="index")


def _tables(
    describe: _Description, periods: pd.Index, effects: Effects, after: Effects
) -> dict[str, pd.DataFrame]:
    """The tables of effects: by group and period, and means of these."""
    means = describe.means
    sizes, event = means.sizes[effects.cohort], effects.period - means.starts[effects.cohort]
    groups, events, calendar = (np.unique(key) for key in (after.cohort, event, after.period))
    by_group = mean_by(means, after, after.cohort, equally=True)
    counts = np.bincount(after.period, weights=means.sizes[after.cohort])[calendar]
    return {
        "table": describe(
            effects,
            first_treated=periods.take(means.starts[effects.cohort]),
            period=periods.take(effects.period),
        ).assign(event_time=event, n_treated=sizes),
        "events": describe(mean_by(means, effects, event), event_time=events).assign(
            n_treated=[int(sizes[event == value].sum()) for value in events]
        ),
        "groups": describe(by_group, first_treated=periods.take(means.starts[groups])).assign(
            n_treated=means.sizes[groups]
        ),
        "calendar": describe(
            mean_by(means, after, after.period), period=periods.take(calendar)
        ).assign(n_treated=counts.astype(np.intp)),
        "overall": describe(
            _overall(means, after), mean_over=["simple", "group", "event", "calendar"]
        ),
    }

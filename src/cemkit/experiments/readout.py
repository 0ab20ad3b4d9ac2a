"""compare_variants: what an experiment found, from the sums of its cells to a decision."""

import dataclasses
import warnings
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from cemkit.checks import check_choice, check_fraction
from cemkit.data.reductions.moments import cell_moments, count_in_several_cells
from cemkit.errors import CemkitWarning
from cemkit.experiments.arms import Combined, Pairs, check_members, compared_arms, with_combined
from cemkit.experiments.comparisons import comparison_pairs, comparison_table, with_winners
from cemkit.experiments.decision import (
    BROKEN,
    HELD,
    against,
    decided,
    first_metric,
    guards,
    with_guardrails,
    without_broken_wins,
)
from cemkit.experiments.effects import Effects, Metric
from cemkit.experiments.inference import Inference, Looks
from cemkit.experiments.interaction import interaction_table
from cemkit.experiments.layout import Layout, Measures, measured_data
from cemkit.experiments.metrics import metric_effects, needed_moments
from cemkit.experiments.sample_ratio import SampleRatioTest, sample_ratio_test
from cemkit.experiments.sequential import Bound
from cemkit.experiments.stratification import named_strata, poststratified, with_shares
from cemkit.experiments.table import variant_counts
from cemkit.formats import count_text
from cemkit.proportions.corrections import CORRECTIONS, Correction
from cemkit.results import Result


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ExperimentReadout(Result):
    """Comparison of the variants of an experiment, from `compare_variants`.

    Attributes:
        table: One row per group, metric and comparison: the columns of `by`, `metric, variant,
            control, control_customers, customers, control_value, value, difference, lift,
            total_difference` with their bounds, `statistic, p_value, p_value_adjusted,
            interval_level, winner, method`, and with guardrails `allowed_difference, guardrail`. An
            interval contains 0 exactly if the adjusted p-value is not significant. The interval and
            p-value of a guardrail refer to its allowed difference instead of 0. The lift of a mean
            or ratio is missing if that of the control is not clearly above 0. There is no winner in
            an invalid experiment, and a variant that breaks a guardrail cannot win.
        interactions: Whether effects differ between the groups of `by`: one row per metric and
            comparison with `groups, common_difference, statistic, degrees_of_freedom,
            error_degrees_of_freedom, p_value, p_value_adjusted`, a family of their own. None
            without groups, with several looks, or where customers are in several groups.
        sample_ratio: Test of the designed shares; None without `shares`.
        valid: Whether this test is passed; None without a test.
        winner: Variant that won on the first metric and keeps all guardrails, if the experiment is
            valid and not split into groups; else None. Groups have their winners in the table.
        decision: `"adopt <variant>"`, `"keep <control>"`, `"undecided"`, `"by group"`, or
            `"invalid"`.
        control: Variant with which the others are compared.
        combined: Names of the combined arms.
        unit: Unit of randomisation: `"row"`, or `"customer"` if customers have several rows.
        correction: Correction of the p-values of all rows of the table as one family.
        interval_level: Level of each interval at which all intervals together have
            `confidence_level`. Holm and Hochberg detect more than intervals of this level show;
            these comparisons have their own lower level in the table.
        looks: How interim looks are accounted for, such as `"2 of 5, obrien-fleming"`.
        rates: The metrics that were given as proportions: their differences are those of rates.

    Examples:
        >>> data = pd.DataFrame({"variant": ["A", "B"] * 50, "converted": [0, 1, 0, 0] * 25})
        >>> compare_variants(data, {"converted": "proportion"}, control="A").decision
        'adopt B'
    """

    _pictures = ("experiments.experiment_readout", "experiments.readout_metrics")

    table: pd.DataFrame
    interactions: pd.DataFrame | None
    sample_ratio: SampleRatioTest | None
    valid: bool | None
    winner: str | None
    decision: str
    control: str
    combined: tuple[str, ...]
    unit: str
    correction: str
    interval_level: float
    looks: str
    rates: tuple[str, ...]
    confidence_level: float

    @property
    def some_lost(self) -> bool:
        """Whether the control won against a variant on the first metric."""
        rows = against(first_metric(self.table), self.control)
        return bool((rows["winner"] == self.control).any())

    @property
    def verdict(self) -> tuple[str, str]:
        """The kind of verdict, and the variant it is about: the words of the catalogue."""
        verb, _, name = self.decision.partition(" ")
        won = self._won() if verb in {"keep", "undecided"} else []
        if won:
            best = self._best_of(won)["variant"]
            broken = guards(self.table, best, self.control, BROKEN)
            return "breaks" if broken else "open", str(best)
        if verb != "undecided":
            return verb, name
        return ("none beats" if self.some_lost else "nothing"), self.control

    def best_comparison(self) -> tuple[str, pd.Series]:
        """Return the best difference on the first metric, of the winner if any, and its groups."""
        first = first_metric(self.table)
        won = [self.winner] if self.decision.startswith("adopt") else self._won()
        best = self._best_of(won or first["variant"].unique().tolist())
        groups = first.columns[: first.columns.get_loc("metric")]
        return "".join(f"{group} {best[group]}: " for group in groups), best

    @property
    def equals(self) -> list[str]:
        """Variants that are not told apart from the winner, where all pairs are compared."""
        first = first_metric(self.table)
        told_apart = first["p_value_adjusted"] < 1 - self.confidence_level
        rows = first[(first["control"] != self.control) & ~told_apart]
        pairs = [{row.variant, row.control} for row in rows.itertuples()]
        found = [(pair - {self.winner}).pop() for pair in pairs if self.winner in pair]
        return [str(name) for name in found]

    def guardrail_rows(self) -> pd.DataFrame:
        """Return the guardrails of the variant and group in the sentence."""
        if "guardrail" not in self.table:
            return self.table.iloc[:0]
        _, best = self.best_comparison()
        groups = self.table.columns[: self.table.columns.get_loc("metric")]
        same = self.table["guardrail"].notna() & (self.table["metric"] != best["metric"])
        for name in [*groups, "variant", "control"]:
            same &= self.table[name] == best[name]
        rows: pd.DataFrame = self.table[same]
        return rows

    def clearest_interaction(self) -> pd.Series | None:
        """Return the comparison of the first metric that differs most between the groups."""
        if self.interactions is None:
            return None
        rows = self.interactions[self.interactions["metric"] == self.table["metric"].iloc[0]]
        return None if rows.empty else rows.loc[rows["p_value_adjusted"].idxmin()]

    def _won(self) -> list[Any]:
        """Who beat the control on the first metric but may not keep to a guardrail."""
        groups = self.table.columns[: self.table.columns.get_loc("metric")]
        if "guardrail" not in self.table or len(groups):
            return []
        first = first_metric(self.table)
        rows = against(first, self.control)
        ahead = (rows["difference"] > 0) & (rows["p_value_adjusted"] < 1 - self.confidence_level)
        if first["guardrail"].iloc[0] is not None:
            ahead = rows["guardrail"] == HELD
        return rows.index[ahead].tolist()

    def _best_of(self, names: Sequence[Any]) -> pd.Series:
        """The best difference to the control of these variants."""
        first = first_metric(self.table)
        rows = first[(first["control"] == self.control) & first["variant"].isin(names)]
        return rows.nlargest(1, "difference").iloc[0]

    def _scalars(self) -> dict[str, Any]:
        scalars = {name: value for name, value in self.to_dict().items() if name != "table"}
        if self.sample_ratio is not None:
            scalars["sample_ratio"] = self.sample_ratio.sentence()
        return scalars


def compare_variants(
    data: Any,
    metrics: Mapping[str, Metric] | None = None,
    control: str = "control",
    *,
    by: str | Sequence[str] | None = None,
    pairs: Pairs = "control",
    combined: Combined | None = None,
    covariates: Mapping[str, str | Sequence[str]] | None = None,
    strata: str | Sequence[str] | None = None,
    guardrails: Mapping[str, float] | None = None,
    shares: Mapping[str, float] | None = None,
    looks: Looks = None,
    bound: Bound = "obrien-fleming",
    correction: Correction = "holm",
    confidence_level: float = 0.95,
) -> ExperimentReadout:
    """Compare variants with the control or each other, on every metric, in every group, at once.

    Only sums per cell are brought into memory from the engine. Proportions are compared by the
    pooled z test with Miettinen-Nurminen and Koopman intervals, means by Welch's t test, and ratios
    by the delta method. All comparisons are one family: the p-values are corrected, and the
    intervals widened to match.

    If customers have several rows, the customer is the unit of randomisation: rows are first summed
    per customer, and rates and means per row become ratios by the delta method.

    Args:
        data: One row per customer (see `experiment_table`), or several with a `customer_id`; with
            a `variant` column; on any engine.
        metrics: Name to kind: `"proportion"` (a column of 0 and 1), `"mean"` (a numeric column), or
            numerator and denominator columns; the first one decides. `converted`, `amount` and
            `order_value`, as far as the columns are there, where not given.
        control: The variant to compare with.
        by: Columns to split by, as they were before the experiment. Whether effects differ between
            the groups is tested, too (Welch's test of the differences).
        pairs: `"control"` compares each variant with the control; `"all"` also the variants with
            each other.
        combined: Name of a combined arm to the variants whose customers it joins, such as
            `{"any offer": ["mail", "call"]}`. It is compared with arms that share none of them.
        covariates: Dict by metric of one or more columns from before the experiment (CUPED). A
            proportion is then compared as a mean, and a ratio is linearised. None for no
            covariates.
        strata: Columns from before the experiment by which to post-stratify: the means of every arm
            are weighted to the strata shares of all customers of its group. Each arm needs two
            customers in each stratum. None for no strata.
        guardrails: Dict by metric of the largest accepted change: below 0 if the metric must not
            fall, above 0 if it must not rise. A guardrail is kept or broken if its interval lies on
            one side of this change, and undecided otherwise. If the first metric is a guardrail, a
            variant that is no worse is adopted. None for no guardrails.
        shares: Design as a dict of fractions by variant. None leaves the sample ratio unchecked.
        looks: How interim looks are accounted for: None for one read-out at the planned end; `(2,
            5)` for the second of five planned looks; `"any"` for p-values and intervals that are
            valid however often you look, while customers keep entering. To follow one cohort use
            `effect_by_day`.
        bound: Stopping bound of planned looks, as in `sequential_bounds`.
        correction: Correction of all comparisons in the table, as in `adjust_p_values`.
        confidence_level: Confidence level of all comparisons together.

    Raises:
        MissingColumnsError: A column is not there.
        DataError: A customer is in two variants or strata, an id or outcome is missing or no
            number, a designed variant was never assigned, or the control is not among the variants.
        NotEnoughDataError: There is one variant only, or no group has two.
        ValueError: A parameter is not understood.

    Warns:
        CemkitWarning: Comparisons are left out because their group lacks the control or the
            variant, or has too few customers; they are counted. Or customers are in several groups,
            so that their effects are not compared.

    Examples:
        >>> data = pd.DataFrame({"variant": ["A", "B"] * 50, "converted": [0, 1, 0, 0] * 25})
        >>> readout = compare_variants(
        ...     data, {"converted": "proportion"}, control="A", shares={"A": 0.5, "B": 0.5}
        ... )
        >>> readout.table[["variant", "control_value", "value", "winner"]]
          variant  control_value  value winner
        0       B            0.0    0.5      B
    """
    layout = Layout.of(by, strata, control, combined, pairs)
    check_choice(correction, "correction", CORRECTIONS)
    alpha = 1 - check_fraction(confidence_level, "confidence_level")
    data, measures, unit = measured_data(data, layout, metrics, covariates, guardrails)
    sums, crossed = needed_moments(*measures[:2], stratified=bool(layout.strata))
    cells = cell_moments(data, [*layout.groups, "variant", *layout.strata], sums, crossed)
    counts = variant_counts(cells, layout.columns, layout.control)
    compared = _compared(counts, layout)
    ratio = None if shares is None else sample_ratio_test(counts, shares)
    found = _pairs(cells, layout, compared, crossed)
    effects = _effects(found, measures, layout)
    tested = _inference(found, looks, bound)
    options: dict[str, Any] = {"correction": correction, "confidence_level": confidence_level}
    table, level = comparison_table(found, layout.groups, effects, tested, **options)
    valid = None if ratio is None else ratio.valid
    table = _judged(table, layout, measures, alpha, valid=valid)
    decision, winner = _decided(table, layout, valid=valid)
    alone = bool(layout.groups) and looks is None and _in_one_group_each(data, unit)
    return ExperimentReadout(
        table=table,
        interactions=interaction_table(found, effects, correction) if alone else None,
        sample_ratio=ratio,
        valid=valid,
        winner=winner,
        decision=decision,
        control=layout.control,
        combined=tuple(layout.combined),
        unit=unit,
        interval_level=level,
        looks=tested.name,
        rates=measures.rates,
        **options,
    )


def _compared(counts: pd.Series, layout: Layout) -> list[tuple[Any, Any]]:
    """The arms that are compared, control first."""
    variants = counts.index.tolist()
    check_members(layout.combined, variants)
    return compared_arms(variants, layout.control, layout.combined, layout.pairs)


def _pairs(
    cells: pd.DataFrame,
    layout: Layout,
    compared: Sequence[tuple[Any, Any]],
    crossed: Sequence[Any],
) -> pd.DataFrame:
    """One row per comparison, with combined arms and after stratification."""
    groups, strata = layout.groups, layout.strata
    cells = with_shares(cells, groups, strata) if strata else cells
    cells = with_combined(cells, layout.columns, layout.combined, crossed)
    cells = poststratified(cells, groups, strata) if strata else cells
    return comparison_pairs(cells, groups, compared, least=2 if crossed else 1)


def _effects(found: pd.DataFrame, measures: Measures, layout: Layout) -> dict[str, Effects]:
    """The effects on each metric, those of a guardrail against its allowed difference."""
    kinds, covariates, allowed, _ = measures
    effects = {
        name: metric_effects(found, name, kind, covariates).against(allowed.get(name, 0.0))
        for name, kind in kinds.items()
    }
    if not layout.strata:
        return effects
    return {name: named_strata(effect, layout.strata) for name, effect in effects.items()}


def _inference(found: pd.DataFrame, looks: Looks, bound: Bound) -> Inference:
    """How interim looks are accounted for, at the information of each comparison."""
    n1, n2 = found["control rows"].to_numpy(np.float64), found["rows"].to_numpy(np.float64)
    return Inference(looks, bound, n1 * n2 / (n1 + n2))


def _judged(
    table: pd.DataFrame, layout: Layout, measures: Measures, alpha: float, *, valid: bool | None
) -> pd.DataFrame:
    """The table with its winners and guardrails; nothing wins in an invalid experiment."""
    allowed = measures.guardrails
    table = with_winners(table, 0.0 if valid is False else alpha)
    table = with_guardrails(table, allowed, alpha)
    return without_broken_wins(table, layout.groups, layout.control, allowed)


def _decided(table: pd.DataFrame, layout: Layout, *, valid: bool | None) -> tuple[str, str | None]:
    """The decision and its winner."""
    combined = list(layout.combined)
    return decided(
        table, layout.groups, layout.control, combined=combined, valid=valid is not False
    )


def _in_one_group_each(data: Any, unit: str) -> bool:
    """Whether groups share no customer, so that their effects are independent."""
    if unit == "row":
        return True
    shared = count_in_several_cells(data)
    if shared:
        warnings.warn(
            f"{count_text(shared, 'customers are')} in several groups, so whether effects differ "
            "between these is not tested; for times of day see effect_by_time_of_day",
            CemkitWarning,
            stacklevel=3,
        )
    return not shared

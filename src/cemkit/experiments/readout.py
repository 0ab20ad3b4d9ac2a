"""compare_variants: what an experiment found, from the sums of its cells to a decision."""

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from cemkit.checks import (
    check_choice,
    check_columns,
    check_fraction,
    check_list,
    check_spellings,
    is_missing_text,
    meant,
)
from cemkit.checks.options import shown
from cemkit.data.reductions.moments import ROWS, cell_moments, customer_sums
from cemkit.data.reductions.table_rows import check_values, table_columns
from cemkit.errors import DataError, NotEnoughDataError
from cemkit.experiments.comparisons import (
    comparison_pairs,
    comparison_table,
    with_winners,
)
from cemkit.experiments.effects import Metric, metric_effects, needed_moments
from cemkit.experiments.inference import Inference, Looks
from cemkit.experiments.sample_ratio import SampleRatioTest, sample_ratio_test
from cemkit.experiments.sequential import Bound
from cemkit.experiments.table import check_control, count_repeated, with_id_column
from cemkit.proportions.corrections import CORRECTIONS, Correction
from cemkit.results import Result

DEFAULT_METRICS: dict[str, Metric] = {
    "converted": "proportion",
    "amount": "mean",
    "order_value": ("amount", "orders"),
}
TAKEN = {
    "metric",
    "variant",
    "rows",
    "control_customers",
    "customers",
    "control_value",
    "value",
    "difference",
    "difference_lower",
    "difference_upper",
    "lift",
    "lift_lower",
    "lift_upper",
    "total_difference",
    "total_difference_lower",
    "total_difference_upper",
    "statistic",
    "p_value",
    "p_value_adjusted",
    "interval_level",
    "winner",
    "method",
}


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ExperimentReadout(Result):
    """What `compare_variants` found.

    Attributes:
        table: One row per group, metric and treatment: the columns of `by`, `metric, variant,
            control_customers, customers, control_value, value, difference, lift, total_difference`
            with their bounds, `statistic, p_value, p_value_adjusted, interval_level, winner,
            method`. An interval holds 0 exactly where the adjusted p value detects nothing. The
            lift of a mean or a ratio is missing where the control's is not clearly above 0.
            Nothing wins in an invalid experiment.
        sample_ratio: The check of the designed shares, or None where none were given.
        valid: Whether that check holds; None where it was not made.
        winner: The variant that won on the first metric, when the experiment is valid and not
            split into groups; else None (groups have their winners in the table).
        decision: `"adopt <variant>"`, `"keep <control>"`, `"undecided"`, `"by group"`, or
            `"invalid"`.
        control: The variant the others are compared with.
        unit: What was randomised and counted: `"row"`, or `"customer"` where customers have several
            rows.
        correction: Correction of the p values of all rows of the table as one family.
        interval_level: The level at which all intervals together keep `confidence_level`. Holm and
            Hochberg detect more than intervals of this level show; these comparisons have a lower
            level of their own, in the table.
        looks: How peeking was provided for.

    Examples:
        >>> data = pd.DataFrame({"variant": ["A", "B"] * 50, "converted": [0, 1, 0, 0] * 25})
        >>> compare_variants(data, {"converted": "proportion"}, control="A").decision
        'adopt B'
    """

    _pictures = ("experiments.experiment_readout",)

    table: pd.DataFrame
    sample_ratio: SampleRatioTest | None
    valid: bool | None
    winner: str | None
    decision: str
    control: str
    unit: str
    correction: str
    interval_level: float
    looks: str
    confidence_level: float

    @property
    def some_lost(self) -> bool:
        """Whether the control won against a variant on the first metric."""
        return bool(self._first_metric()["winner"].notna().any())

    def best_comparison(self) -> tuple[str, pd.Series]:
        """The first metric's best difference, of the winner where there is one, and its groups."""
        first = self._first_metric()
        if self.decision.startswith("adopt"):
            first = first[first["variant"] == self.winner]
        best = first.nlargest(1, "difference").iloc[0]
        groups = first.columns[: first.columns.get_loc("metric")]
        return "".join(f"{group} {best[group]}: " for group in groups), best

    def _first_metric(self) -> pd.DataFrame:
        first: pd.DataFrame = self.table[self.table["metric"] == self.table["metric"].iloc[0]]
        return first

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
    covariates: Mapping[str, str] | None = None,
    shares: Mapping[str, float] | None = None,
    looks: Looks = None,
    bound: Bound = "obrien-fleming",
    correction: Correction = "holm",
    confidence_level: float = 0.95,
) -> ExperimentReadout:
    """Compare every variant with the control, on every metric, in every group, in one call.

    Only the sums of cells come back from the engine that holds the data. Proportions are compared
    by pooled z, Miettinen-Nurminen and Koopman; means by Welch's t; ratios by the delta method. All
    comparisons are one family: the p values are corrected, and the intervals widened to match.

    Where customers have several rows, what was randomised is the customer and not the row: rows are
    summed to customers first, and rates and means per row become ratios by the delta method.

    Args:
        data: One row per customer (see `experiment_table`), or several with a `customer_id`; with
            a `variant` column; on any engine.
        metrics: Name to kind: `"proportion"` (a column of 0 and 1), `"mean"` (a numeric column), or
            numerator and denominator columns; the first one decides. `converted`, `amount` and
            `order_value`, as far as the columns are there, where not given.
        control: The variant to compare with.
        by: Columns to split by, as they were before the experiment.
        covariates: Metric to a column from before the experiment (CUPED); the metric's mean is then
            compared.
        shares: The design, variant to fraction; without it the sample ratio is not checked.
        looks: None for one read-out at the planned end; `(2, 5)` for the second of five planned
            looks; `"any"` for p values and intervals that hold whenever one looks, where customers
            enter as time goes by (for one cohort that is watched, see `effect_by_day`).
        bound: Stopping bound of planned looks, as in `sequential_bounds`.
        correction: Correction of all comparisons in the table, as in `adjust_p_values`.
        confidence_level: What all comparisons keep together.

    Raises:
        MissingColumnsError: A column is not there.
        DataError: A customer is in two variants, an id or outcome is missing or no number, a
            designed variant was never assigned, or the control is not among the variants.
        NotEnoughDataError: There is one variant only, or no group has two.
        ValueError: A parameter is not understood.

    Warns:
        CemkitWarning: Comparisons are left out, for their group lacks the control or the variant,
            or has too few customers; counted.

    Examples:
        >>> data = pd.DataFrame({"variant": ["A", "B"] * 50, "converted": [0, 1, 0, 0] * 25})
        >>> readout = compare_variants(
        ...     data, {"converted": "proportion"}, control="A", shares={"A": 0.5, "B": 0.5}
        ... )
        >>> readout.table[["variant", "control_value", "value", "winner"]]
          variant  control_value  value winner
        0       B            0.0    0.5      B
    """
    groups = _checked_groups(by)
    control = check_control(control)
    check_choice(correction, "correction", CORRECTIONS)
    check_fraction(confidence_level, "confidence_level")
    data = with_id_column(data)
    names = table_columns(data, "data")
    kinds = _checked_metrics(metrics, names)
    adjusting = _checked_covariates(covariates, kinds)
    check_columns(names, ["variant", *groups])
    data, kinds, unit = _by_customer(data, names, kinds, adjusting, groups)
    sums, crossed = needed_moments(kinds, adjusting)
    cells = cell_moments(data, [*groups, "variant"], sums, crossed)
    counts = _variant_counts(cells, groups, control)
    ratio = None if shares is None else sample_ratio_test(counts, shares)
    pairs = comparison_pairs(cells, groups, control, least=2 if crossed else 1)
    effects = {name: metric_effects(pairs, name, kind, adjusting) for name, kind in kinds.items()}
    n1, n2 = pairs["control rows"].to_numpy(np.float64), pairs["rows"].to_numpy(np.float64)
    tested = Inference(looks, bound, n1 * n2 / (n1 + n2))
    table, level = comparison_table(
        pairs, groups, effects, tested, correction=correction, confidence_level=confidence_level
    )
    valid = None if ratio is None else ratio.valid
    table = with_winners(table, control, 0.0 if valid is False else 1 - confidence_level)
    decision, winner = _decision(table, groups, control, ratio)
    return ExperimentReadout(
        table=table,
        sample_ratio=ratio,
        valid=valid,
        winner=winner,
        decision=decision,
        control=control,
        unit=unit,
        correction=correction,
        interval_level=level,
        looks=tested.name,
        confidence_level=confidence_level,
    )


def _checked_groups(by: str | Sequence[str] | None) -> list[str]:
    groups = [by] if isinstance(by, str) else [] if by is None else check_list(by, "by")
    for name in groups:
        if not isinstance(name, str):
            raise TypeError(f"by must be names of columns, not {shown(name)}")
    for at, name in enumerate(groups):
        if name in TAKEN or name in groups[:at]:
            raise ValueError(f"by={name!r} would stand twice in the table; rename the column")
    return groups


def _checked_metrics(
    metrics: Mapping[str, Metric] | None, names: Sequence[str]
) -> dict[str, Metric]:
    if metrics is None:
        metrics = {
            name: kind
            for name, kind in DEFAULT_METRICS.items()
            if set([name] if isinstance(kind, str) else kind) <= set(names)
        }
    if not isinstance(metrics, Mapping):
        raise TypeError(f"metrics must name a kind per metric, not {shown(metrics)}")
    if not metrics:
        raise ValueError("there is no metric; give some, as in metrics={'converted': 'proportion'}")
    kinds: dict[str, Metric] = {}
    for name, kind in metrics.items():
        pair = isinstance(kind, tuple | list) and len(kind) == 2
        if not pair and kind not in {"proportion", "mean"}:
            raise ValueError(
                f"metric {name!r} must be 'proportion', 'mean' or a pair of columns "
                f"(numerator, denominator), not {kind!r}"
            )
        if pair and kind[0] == kind[1]:
            raise ValueError(f"metric {name!r} divides {kind[0]!r} by itself; name two columns")
        kinds[name] = (str(kind[0]), str(kind[1])) if pair else str(kind)
    return kinds


def _checked_covariates(
    covariates: Mapping[str, str] | None, kinds: Mapping[str, Metric]
) -> dict[str, str]:
    if covariates is not None and not isinstance(covariates, Mapping):
        raise TypeError(f"covariates must name a column per metric, not {shown(covariates)}")
    adjusting = dict(covariates or {})
    for name, column in adjusting.items():
        if name == column:
            raise ValueError(
                f"the covariate of {name!r} is itself; name a column from before the experiment"
            )
        if name not in kinds or isinstance(kinds[name], tuple):
            raise ValueError(
                f"covariates names {name!r}, which is no proportion or mean among the metrics "
                f"{list(kinds)}"
            )
    return adjusting


def _by_customer(
    data: Any,
    names: Sequence[str],
    kinds: dict[str, Metric],
    covariates: Mapping[str, str],
    groups: Sequence[str],
) -> tuple[Any, dict[str, Metric], str]:
    """The data with one row per customer, and the metrics on that."""
    pairs = [kind for kind in kinds.values() if isinstance(kind, tuple)]
    single = [name for name, kind in kinds.items() if not isinstance(kind, tuple)]
    columns = list(dict.fromkeys([*single, *(c for pair in pairs for c in pair)]))
    columns += [column for column in covariates.values() if column not in columns]
    binary = [name for name in single if kinds[name] == "proportion"]
    check_values(data, columns, binary, "data")
    if "customer_id" not in names:
        return data, kinds, "row"
    if not count_repeated(data, "data"):
        return data, kinds, "row"
    if covariates:
        raise ValueError("covariates take one row per customer; sum the rows first")
    ratios: dict[str, Metric] = {
        name: kind if isinstance(kind, tuple) else (name, ROWS) for name, kind in kinds.items()
    }
    return customer_sums(data, [*groups, "variant"], columns), ratios, "customer"


def _variant_counts(cells: pd.DataFrame, groups: Sequence[str], control: str) -> pd.Series:
    labels = cells[[*groups, "variant"]]
    unknown = labels.isna().any(axis=1) | labels["variant"].map(is_missing_text).astype(bool)
    unnamed = int(cells.loc[unknown, "rows"].sum())
    if unnamed:
        raise DataError(f"{unnamed:,} rows have no variant, or no value in {groups}; name them")
    counts: pd.Series = cells.groupby("variant", observed=True)["rows"].sum()
    for name in ("variant", *groups):
        check_spellings(cells[name].unique(), name)
    if control not in counts.index:
        names = counts.index.tolist()
        raise DataError(
            f"control {control!r} is not a variant{meant(control, names)}; there are {names}"
        )
    if len(counts) < 2:
        raise NotEnoughDataError("variants", len(counts), 2, "an experiment has a control")
    return counts


def _decision(
    table: pd.DataFrame, groups: Sequence[str], control: str, ratio: SampleRatioTest | None
) -> tuple[str, str | None]:
    if ratio is not None and not ratio.valid:
        return "invalid", None
    if groups:
        return "by group", None
    first = table[table["metric"] == table["metric"].iloc[0]]
    won = first[first["winner"].notna() & (first["winner"] != control)]
    if len(won):
        winner = won["variant"].astype(object)[won["difference"].idxmax()]
        return f"adopt {winner}", winner
    if (first["winner"] == control).all():
        return f"keep {control}", control
    return "undecided", None

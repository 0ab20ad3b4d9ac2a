"""effect_by_time_of_day: whether an effect differs between morning, afternoon and night."""

import dataclasses
from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import fdtrc

from cemkit.arrays import Floats
from cemkit.checks import (
    check_choice,
    check_columns,
    check_fraction,
    check_integer,
    check_list,
    one_label_a_row,
)
from cemkit.data.reductions.day_parts import in_part, part_sums
from cemkit.data.reductions.moments import ROWS, cell_moments
from cemkit.data.reductions.table_rows import check_values, table_columns
from cemkit.errors import NotEnoughDataError
from cemkit.experiments.arms import compared_arms
from cemkit.experiments.comparisons import comparison_pairs, comparison_table, with_winners
from cemkit.experiments.covariates import Arm
from cemkit.experiments.effects import SIDES, Effects, Metric, ratio_metric
from cemkit.experiments.inference import Inference
from cemkit.experiments.metrics import checked_metrics, measured_columns
from cemkit.experiments.table import (
    check_control,
    count_repeated,
    variant_counts,
    with_id_column,
)
from cemkit.proportions.corrections import CORRECTIONS, Correction, adjust_p_values
from cemkit.results import Result


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class TimeOfDayEffects(Result):
    """Effects by part of the day, from `effect_by_time_of_day`.

    Attributes:
        table: One row per metric, part of the day and variant: `part, metric, variant, control,
            control_customers, customers, control_value, value, difference` and further columns, as
            in `compare_variants`; values are per row, or ratios of sums.
        tests: One row per metric and variant: `metric, variant, control, parts, common_difference,
            statistic, degrees_of_freedom, error_degrees_of_freedom, p_value, p_value_adjusted` of
            the hypothesis that the effect is the same all day.
        differs: Whether the effect of some variant on the first metric differs.
        control: Variant with which the others are compared.
        unit: Unit counted: `"customer"`, or `"row"` without ids.
        correction: Correction of the tests, and of the table, as two families.
        rates: The metrics that were given as proportions: their differences are those of rates.
        confidence_level: Confidence level of both families.

    Examples:
        >>> TimeOfDayEffects.__dataclass_fields__.keys() >= {"table", "tests", "differs"}
        True
    """

    _pictures = ("experiments.effect_by_time_of_day",)

    table: pd.DataFrame
    tests: pd.DataFrame
    differs: bool
    control: str
    unit: str
    correction: str
    rates: tuple[str, ...]
    confidence_level: float

    @property
    def clearest(self) -> pd.Series:
        """The variant whose effect on the first metric differs most between the parts."""
        first = self.tests[self.tests["metric"] == self.tests["metric"].iloc[0]]
        clearest: pd.Series = first.loc[first["p_value_adjusted"].idxmin()]
        return clearest

    @property
    def ends(self) -> tuple[pd.Series, pd.Series]:
        """The parts of the day with the smallest and the largest effect of that variant."""
        test = self.clearest
        rows = self.table[
            (self.table["metric"] == test["metric"]) & (self.table["variant"] == test["variant"])
        ]
        return (
            rows.loc[rows["difference"].idxmin()],
            rows.loc[rows["difference"].idxmax()],
        )


def effect_by_time_of_day(
    data: Any,
    metrics: Mapping[str, Metric] | None = None,
    control: str = "control",
    *,
    time: str = "event_time",
    parts: Sequence[int] = (0, 6, 12, 18),
    correction: Correction = "holm",
    confidence_level: float = 0.95,
) -> TimeOfDayEffects:
    """Compare variants in each part of the day, and test whether the effect differs between these.

    The same customers come at several times of day, so the parts are not independent. The test is a
    Wald test with the covariances between the parts over customers (Hotelling's F, with degrees of
    freedom for arms of unequal size and spread). `compare_variants(by=...)` would treat visits of
    one customer as independent.

    Args:
        data: One row per visit, message or order with `variant`, a time, and `customer_id` where
            customers have several rows; on any engine.
        metrics: Name to kind, as in `compare_variants`: proportions and means are per row, pairs
            are ratios of sums.
        control: The variant to compare with.
        time: Column with the local date and time of each row.
        parts: Hours at which the parts of the day begin, rising from 0 to 23; the last part ends
            where the first begins.
        correction: Correction of the comparisons, and of the tests, as in `adjust_p_values`.
        confidence_level: Confidence level of all comparisons together, and of all tests together.

    Raises:
        MissingColumnsError: A column is not there.
        DataError: The times are missing, have a time zone or no time of day, or a customer is in
            two variants.
        NotEnoughDataError: A variant has no rows in a part of the day.
        ValueError: The parts are not rising hours.

    References:
        Krishnamoorthy, Yu (2004), Modified Nel and Van der Merwe test for the multivariate
        Behrens-Fisher problem, Statistics and Probability Letters 66.

    Examples:
        >>> data = pd.DataFrame({"variant": ["A", "B"] * 240, "bought": [0, 1, 1, 0, 0, 1] * 80})
        >>> data["event_time"] = pd.Timestamp("2024-03-01") + pd.to_timedelta(data.index // 20, "h")
        >>> found = effect_by_time_of_day(data, {"bought": "proportion"}, "A")
        >>> found.table["part"].tolist(), found.differs
        (['00-06', '06-12', '12-18', '18-00'], False)
    """
    starts = _checked_parts(parts)
    control = check_control(control)
    check_choice(correction, "correction", CORRECTIONS)
    alpha = 1 - check_fraction(confidence_level, "confidence_level")
    data = with_id_column(data)
    names = table_columns(data, "data")
    kinds = checked_metrics(metrics, names)
    check_columns(names, ["variant"])
    columns = _checked_values(data, kinds)
    if "customer_id" in names:
        count_repeated(data, "data")
    ratios = {
        name: kind if isinstance(kind, tuple) else (name, ROWS) for name, kind in kinds.items()
    }
    with one_label_a_row("variant"):
        sums = part_sums(data, time, ["variant"], columns, starts)
        cells = cell_moments(sums, ["variant"], [], _crossed(ratios, len(starts)))
    variants = variant_counts(cells, [], control).index.tolist()
    pairs = comparison_pairs(cells, [], compared_arms(variants, control, {}, "control"), least=2)
    table = _by_part(pairs, ratios, _labels(starts), correction, confidence_level)
    tests = pd.concat(
        [_tested(pairs, name, ratio, len(starts)) for name, ratio in ratios.items()],
        ignore_index=True,
    )
    tests = tests.assign(p_value_adjusted=adjust_p_values(tests["p_value"], correction))
    first = tests[tests["metric"] == next(iter(kinds))]
    return TimeOfDayEffects(
        table=with_winners(table, alpha),
        tests=tests,
        differs=bool((first["p_value_adjusted"] < alpha).any()),
        control=control,
        unit="customer" if "customer_id" in names else "row",
        correction=correction,
        rates=tuple(name for name, kind in kinds.items() if kind == "proportion"),
        confidence_level=confidence_level,
    )


def _checked_parts(parts: Sequence[int]) -> list[int]:
    starts = [check_integer(hour, "parts", minimum=0) for hour in check_list(parts, "parts")]
    if len(starts) < 2 or starts != sorted(set(starts)) or starts[-1] > 23:
        raise ValueError(f"parts must be two or more rising hours from 0 to 23, not {starts}")
    return starts


def _checked_values(data: Any, kinds: Mapping[str, Metric]) -> list[str]:
    """The columns that metrics are made of, when their values are numbers."""
    columns = list(dict.fromkeys(c for n, kind in kinds.items() for c in measured_columns(n, kind)))
    check_values(data, columns, [n for n, kind in kinds.items() if kind == "proportion"], "data")
    return columns


def _by_part(
    pairs: pd.DataFrame,
    ratios: Mapping[str, tuple[str, str]],
    labels: Sequence[str],
    correction: Correction,
    confidence_level: float,
) -> pd.DataFrame:
    """The comparisons of each metric in each part of the day, one family."""
    effects = {
        f"{label} {name}": _part_effect(pairs, in_part(ratio[0], at), in_part(ratio[1], at), label)
        for name, ratio in ratios.items()
        for at, label in enumerate(labels)
    }
    sizes = pairs["control rows"].to_numpy(np.float64), pairs["rows"].to_numpy(np.float64)
    tested = Inference(None, "obrien-fleming", sizes[0] * sizes[1] / (sizes[0] + sizes[1]))
    table, _ = comparison_table(
        pairs, [], effects, tested, correction=correction, confidence_level=confidence_level
    )
    both = table["metric"].str.split(" ", n=1)
    table.insert(0, "part", both.str[0])
    return table.assign(metric=both.str[1])


def _labels(starts: Sequence[int]) -> list[str]:
    ends = [*starts[1:], starts[0]]
    return [f"{start:02d}-{end:02d}" for start, end in zip(starts, ends, strict=True)]


def _crossed(ratios: Mapping[str, tuple[str, str]], parts: int) -> list[tuple[str, str]]:
    """All pairs of columns whose covariances the tests take."""
    pairs: list[tuple[str, str]] = []
    for ratio in ratios.values():
        columns = [in_part(name, at) for at in range(parts) for name in ratio]
        pairs += combinations(columns, 2)
    return list(dict.fromkeys(pairs))


def _part_effect(pairs: pd.DataFrame, above: str, below: str, label: str) -> Effects:
    """The effect in one part of the day."""
    for side in SIDES:
        if not (pairs[f"{side}{below} mean"] > 0).all():
            raise NotEnoughDataError(
                f"rows of each variant from {label.replace('-', ' to ')} o'clock",
                0,
                1,
                "take longer parts of the day",
            )
    return ratio_metric(pairs, above, below)


def _tested(pairs: pd.DataFrame, name: str, ratio: tuple[str, str], parts: int) -> pd.DataFrame:
    """Test that the effects of each comparison are equal in all parts."""
    arms = {
        side: [Arm(pairs, side, [in_part(c, at) for c in ratio]) for at in range(parts)]
        for side in SIDES
    }
    difference = np.stack([b.value - a.value for a, b in zip(*arms.values(), strict=True)], axis=-1)
    covariances = [_covariances(arm) / arm[0].rows[:, None, None] for arm in arms.values()]
    degrees = [np.asarray(arm[0].rows, dtype=np.float64) - 1 for arm in arms.values()]
    rows = [
        _equal(d, v, n)
        for d, v, n in zip(
            difference, np.stack(covariances, axis=1), np.stack(degrees, axis=1), strict=True
        )
    ]
    table = pairs[["variant", "control"]].astype(object).join(pd.DataFrame(rows))
    table.insert(0, "metric", name)
    return table


def _covariances(arms: Sequence[Arm]) -> Floats:
    """Covariance matrix of the parts, one per comparison."""
    rows = [np.stack([one.crossed_with(other) for other in arms], axis=-1) for one in arms]
    return np.stack(rows, axis=-2)


def _equal(difference: Floats, covariances: Floats, degrees: Floats) -> dict[str, Any]:
    """One comparison: are its differences equal? Parts without any spread are left out."""
    whole = covariances.sum(axis=0)
    known = np.diag(whole) > 0
    count = int(known.sum())
    found: dict[str, Any] = {"parts": count, "common_difference": float(difference.mean())}
    if count < 2 or degrees.min() <= count:
        return found | _statistic(0.0, max(count - 1, 1), float(degrees.sum()))
    inverse = np.linalg.pinv(whole[np.ix_(known, known)], hermitian=True)
    weights = inverse.sum(axis=0) / inverse.sum()
    common = float(weights @ difference[known])
    apart = difference[known] - common
    found["common_difference"] = common
    contrasts = inverse - inverse.sum() * np.outer(weights, weights)
    left = _degrees(contrasts @ covariances[:, known][:, :, known], degrees, count - 1)
    below = left - count + 2
    f = float(apart @ inverse @ apart) * below / (left * (count - 1))
    return found | _statistic(f, count - 1, below)


def _degrees(shares: Floats, degrees: Floats, contrasts: int) -> float:
    """Degrees of freedom where the arms have spreads and sizes of their own.

    Each arm counts by its share of the covariance; equal arms count for all their customers less 2,
    and a small arm beside a large one hardly for more than its own.
    """
    traces = np.trace(shares, axis1=1, axis2=2) ** 2
    squares = np.trace(shares @ shares, axis1=1, axis2=2)
    return float((contrasts + contrasts**2) / ((traces + squares) / degrees).sum())


def _statistic(f: float, above: float, below: float) -> dict[str, float]:
    return {
        "statistic": f,
        "degrees_of_freedom": float(above),
        "error_degrees_of_freedom": float(below),
        "p_value": float(fdtrc(above, below, f)),
    }

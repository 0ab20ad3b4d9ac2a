"""The metrics of an experiment: their kinds, covariates and guardrails, and what they take."""

import math
from collections.abc import Mapping, Sequence
from itertools import combinations_with_replacement

import pandas as pd

from cemkit.checks import check_list, check_number
from cemkit.checks.options import shown
from cemkit.experiments.covariates import adjusted_metric
from cemkit.experiments.effects import (
    Effects,
    Metric,
    mean_metric,
    proportion_metric,
    ratio_metric,
)

DEFAULT_METRICS: dict[str, Metric] = {
    "converted": "proportion",
    "amount": "mean",
    "order_value": ("amount", "orders"),
}
Covariates = Mapping[str, Sequence[str]]


def checked_metrics(
    metrics: Mapping[str, Metric] | None, names: Sequence[str]
) -> dict[str, Metric]:
    """The metrics with their kinds; the default ones that the columns allow where None."""
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
    return {name: _checked_kind(name, kind) for name, kind in metrics.items()}


def _checked_kind(name: str, kind: Metric) -> Metric:
    if not isinstance(name, str):
        raise TypeError(f"the name of a metric must be text, not {shown(name)}")
    pair = isinstance(kind, tuple | list) and len(kind) == 2
    if not pair and kind not in {"proportion", "mean"}:
        raise ValueError(
            f"metric {name!r} must be 'proportion', 'mean' or a pair of columns "
            f"(numerator, denominator), not {kind!r}"
        )
    if pair and kind[0] == kind[1]:
        raise ValueError(f"metric {name!r} divides {kind[0]!r} by itself; name two columns")
    return (str(kind[0]), str(kind[1])) if pair else str(kind)


def checked_covariates(
    covariates: Mapping[str, str | Sequence[str]] | None, kinds: Mapping[str, Metric]
) -> dict[str, list[str]]:
    """The covariates of each metric that has some."""
    if covariates is not None and not isinstance(covariates, Mapping):
        raise TypeError(f"covariates must name columns per metric, not {shown(covariates)}")
    adjusting: dict[str, list[str]] = {}
    for name, given in (covariates or {}).items():
        if name not in kinds:
            raise ValueError(
                f"covariates names {name!r}, which is not among the metrics {list(kinds)}"
            )
        columns = [given] if isinstance(given, str) else check_list(given, f"covariates[{name!r}]")
        _check_columns_of(name, columns, kinds[name])
        if columns:
            adjusting[name] = columns
    return adjusting


def _check_columns_of(name: str, columns: Sequence[str], kind: Metric) -> None:
    for at, column in enumerate(columns):
        if not isinstance(column, str):
            raise TypeError(f"covariates of {name!r} must be names of columns, not {column!r}")
        if column in measured_columns(name, kind):
            raise ValueError(
                f"the covariate of {name!r} is itself; name a column from before the experiment"
            )
        if column in columns[:at]:
            raise ValueError(f"{column!r} is named twice as a covariate of {name!r}")


def checked_guardrails(
    guardrails: Mapping[str, float] | None, kinds: Mapping[str, Metric]
) -> dict[str, float]:
    """The allowed difference of each guardrail, with the sign of the harm."""
    if guardrails is not None and not isinstance(guardrails, Mapping):
        raise TypeError(f"guardrails must name a difference per metric, not {shown(guardrails)}")
    found = {}
    for name, allowed in (guardrails or {}).items():
        if name not in kinds:
            raise ValueError(
                f"guardrails names {name!r}, which is not among the metrics {list(kinds)}"
            )
        found[name] = float(check_number(allowed, f"guardrails[{name!r}]"))
        if found[name] == 0 or not math.isfinite(found[name]):
            raise ValueError(
                f"guardrails[{name!r}] must be the largest change that is accepted, below 0 where "
                f"the metric must not fall and above 0 where it must not rise, not {allowed!r}"
            )
        if kinds[name] == "proportion" and abs(found[name]) >= 1:
            raise ValueError(
                f"guardrails[{name!r}] is a difference of two rates, so it lies between -1 and 1, "
                f"not {allowed!r}"
            )
    return found


def measured_columns(name: str, kind: Metric) -> tuple[str, ...]:
    """The columns that a metric is computed from."""
    return kind if isinstance(kind, tuple) else (name,)


def needed_moments(
    metrics: Mapping[str, Metric], covariates: Covariates, *, stratified: bool = False
) -> tuple[list[str], list[tuple[str, str]]]:
    """The sums and the pairs of columns that the metrics are computed from."""
    sums: list[str] = []
    pairs: list[tuple[str, str]] = []
    for name, kind in metrics.items():
        columns = [*measured_columns(name, kind), *covariates.get(name, [])]
        if kind == "proportion" and len(columns) == 1 and not stratified:
            sums.append(name)
        elif len(columns) == 2:
            pairs.append((columns[0], columns[1]))
        else:
            pairs += combinations_with_replacement(columns, 2)
    return sums, list(dict.fromkeys(pairs))


def metric_effects(pairs: pd.DataFrame, name: str, kind: Metric, covariates: Covariates) -> Effects:
    """The effects of one metric, by its kind."""
    if name in covariates:
        metric = kind if isinstance(kind, tuple) else name
        return adjusted_metric(pairs, metric, covariates[name])
    if isinstance(kind, tuple):
        return ratio_metric(pairs, *kind)
    is_counted = kind == "proportion" and f"{name} sum" in pairs
    return proportion_metric(pairs, name) if is_counted else mean_metric(pairs, name)

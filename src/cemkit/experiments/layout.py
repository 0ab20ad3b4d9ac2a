"""How an experiment is laid out: the groups, strata and arms that are compared, and what on."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from cemkit.checks import check_columns, check_list
from cemkit.checks.options import shown
from cemkit.data.reductions.moments import ROWS, count_in_several_cells, customer_sums
from cemkit.data.reductions.table_rows import check_values, table_columns
from cemkit.errors import DataError
from cemkit.experiments.arms import Combined, Pairs, checked_combined
from cemkit.experiments.effects import Metric
from cemkit.experiments.metrics import (
    Covariates,
    checked_covariates,
    checked_guardrails,
    checked_metrics,
)
from cemkit.experiments.table import check_control, count_repeated, with_id_column
from cemkit.formats import count_text

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
    "control",
    "allowed_difference",
    "guardrail",
}


class Layout(NamedTuple):
    """The groups and strata of an experiment, and its arms."""

    groups: list[str]
    strata: list[str]
    control: str
    combined: dict[Any, list[Any]]
    pairs: Pairs

    @classmethod
    def of(
        cls,
        by: str | Sequence[str] | None,
        strata: str | Sequence[str] | None,
        control: str,
        combined: Combined | None,
        pairs: Pairs,
    ) -> "Layout":
        """Check what columns split the customers, and how the arms are named."""
        groups, split = _checked_columns(by, "by"), _checked_columns(strata, "strata")
        if both := set(groups) & set(split):
            raise ValueError(f"{min(both)!r} is in both by and strata; name it in only one of them")
        return cls(groups, split, check_control(control), checked_combined(combined), pairs)

    @property
    def columns(self) -> list[str]:
        """The columns that split the customers of an arm."""
        return [*self.groups, *self.strata]


class Measures(NamedTuple):
    """The metrics, what sharpens them, and how far a guardrail may change."""

    kinds: dict[str, Metric]
    covariates: Covariates
    guardrails: dict[str, float]
    rates: tuple[str, ...]


def measured_data(
    data: Any,
    layout: Layout,
    metrics: Mapping[str, Metric] | None,
    covariates: Mapping[str, str | Sequence[str]] | None,
    guardrails: Mapping[str, float] | None,
) -> tuple[Any, Measures, str]:
    """The data with one row per unit, what is measured on them, and the kind of unit."""
    data = with_id_column(data)
    names = table_columns(data, "data")
    kinds = checked_metrics(metrics, names)
    adjusting = checked_covariates(covariates, kinds)
    allowed = checked_guardrails(guardrails, kinds)
    check_columns(names, ["variant", *layout.columns])
    rates = tuple(name for name, kind in kinds.items() if kind == "proportion")
    data, kinds, unit = _by_customer(data, names, kinds, adjusting, layout.columns)
    if unit == "customer":
        _check_strata(data, layout)
    return data, Measures(kinds, adjusting, allowed, rates), unit


def _check_strata(data: Any, layout: Layout) -> None:
    """Raise where a customer's rows lie in several strata."""
    if layout.strata and (torn := count_in_several_cells(data, layout.groups)):
        raise DataError(
            f"{count_text(torn, 'customers are')} in more than one stratum of {layout.strata}; "
            "take the strata as they were before the experiment"
        )


def _checked_columns(by: str | Sequence[str] | None, what: str) -> list[str]:
    """The names of columns to split by, none of them twice or a column of the table."""
    groups = [by] if isinstance(by, str) else [] if by is None else check_list(by, what)
    for name in groups:
        if not isinstance(name, str):
            raise TypeError(f"{what} must be names of columns, not {shown(name)}")
    for at, name in enumerate(groups):
        if name in TAKEN or name in groups[:at]:
            raise ValueError(f"{what}={name!r} would occur twice in the table; rename the column")
    return groups


def _by_customer(
    data: Any,
    names: Sequence[str],
    kinds: dict[str, Metric],
    covariates: Covariates,
    groups: Sequence[str],
) -> tuple[Any, dict[str, Metric], str]:
    """The data with one row per customer, and the metrics on that."""
    pairs = [kind for kind in kinds.values() if isinstance(kind, tuple)]
    single = [name for name, kind in kinds.items() if not isinstance(kind, tuple)]
    columns = list(dict.fromkeys([*single, *(c for pair in pairs for c in pair)]))
    columns += [c for named in covariates.values() for c in named if c not in columns]
    columns = list(dict.fromkeys(columns))
    binary = [name for name in single if kinds[name] == "proportion"]
    check_values(data, columns, binary, "data")
    if "customer_id" not in names:
        return data, kinds, "row"
    if not count_repeated(data, "data"):
        return data, kinds, "row"
    if covariates:
        raise ValueError("covariates need one row per customer; sum the rows first")
    ratios: dict[str, Metric] = {
        name: kind if isinstance(kind, tuple) else (name, ROWS) for name, kind in kinds.items()
    }
    return customer_sums(data, [*groups, "variant"], columns), ratios, "customer"

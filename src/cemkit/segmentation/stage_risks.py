"""stage_value_risk: one table of stage, value and exit risk."""

import dataclasses
import itertools
from typing import Any

import numpy as np
import pandas as pd

from cemkit.arrays import Floats
from cemkit.checks import (
    by_customer,
    check_columns,
    check_frame,
    check_list,
    check_spellings,
    check_text,
)
from cemkit.checks.options import shown
from cemkit.data.columns import numbers, plain_words
from cemkit.errors import DataError, NotEnoughDataError
from cemkit.formats import count_text
from cemkit.results import Result
from cemkit.segmentation.tiers import value_tiers

RISKS = ("high", "medium", "low")
EDGES = (1 / 3, 2 / 3)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class StageValueRisk(Result):
    """Customers by stage, value and exit risk, from `stage_value_risk`.

    Attributes:
        customers: Number of customers.
        placed: Number of customers in the table.
        no_stage: Number of customers without a stage.
        no_value: Number of customers with a stage but no value.
        no_risk: Number of customers with a stage and a value but no risk. These three and `placed`
            add up to `customers`.
        total_value: Total value of the customers in the table.
        value_at_risk: Sum of value times exit risk.
        low_edge, high_edge: Risks from which the exit risk is medium and high, as fractions.
        table: One row per combination of `stage, value_tier, exit_risk`: `customers`, their
            `share`, `total_value`, `mean_risk` (missing without customers) and `value_at_risk`.
            Stages are in the order of their categories, else sorted by name. Values and risks run
            from high to low.

    Examples:
        >>> customers = pd.DataFrame(
        ...     {
        ...         "stage": ["growth", "growth", "loyalty", "loyalty"],
        ...         "clv": [50.0, 10.0, 400.0, 90.0],
        ...         "churn_probability": [0.9, 0.2, 0.8, 0.1],
        ...     }
        ... )
        >>> found = stage_value_risk(customers, n_tiers=2)
        >>> found.table.loc[("loyalty", "High value", "high")].round(1).to_dict()
        {'customers': 1.0, 'share': 0.2, 'total_value': 400.0, 'mean_risk': 0.8, ...
    """

    customers: int
    placed: int
    no_stage: int
    no_value: int
    no_risk: int
    total_value: float
    value_at_risk: float
    low_edge: float
    high_edge: float
    table: pd.DataFrame


def stage_value_risk(
    customers: pd.DataFrame,
    *,
    value: str = "clv",
    risk: str = "churn_probability",
    n_tiers: int = 3,
    edges: tuple[float, float] = EDGES,
) -> StageValueRisk:
    """Count customers and their value by stage, value tier and exit risk.

    Value tiers are those of `value_tiers` over all customers with a value, so a tier means the same
    in every stage.

    Args:
        customers: Table with one row per customer with `stage`, a value and a risk.
        value: Column with the value; higher is better.
        risk: Column with the probability of leaving, from 0 to 1.
        n_tiers: Number of value tiers.
        edges: Risks from which the exit risk is medium and high, as fractions.

    Returns:
        A `StageValueRisk`, whose table has one row per stage, value tier and exit risk.

    Raises:
        MissingColumnsError: A column is missing.
        DataError: A risk lies outside 0 to 1, a value is infinite, or an id occurs twice.
        NotEnoughDataError: No customer has all three, or fewer customers have a value than there
            are tiers.
        ValueError: The edges do not rise between 0 and 1.

    Examples:
        >>> customers = pd.DataFrame(
        ...     {
        ...         "stage": ["growth", "growth", "loyalty", None],
        ...         "clv": [50.0, 10.0, 400.0, 90.0],
        ...         "churn_probability": [0.9, 0.2, 0.5, 0.1],
        ...     }
        ... )
        >>> print(stage_value_risk(customers, n_tiers=2).sentence())
        247.00 of the 460.00 value of 3 customers is at risk, most in loyalty (High ...
    """
    check_frame(customers, "customers")
    needed = ["stage", check_text(value, "value"), check_text(risk, "risk")]
    check_columns(customers.columns, needed, "add stages, values and risks first")
    low, high = _edges(edges)
    if "customer_id" in customers.columns or customers.index.name == "customer_id":
        customers = by_customer(customers, "customers")
    stages = plain_words(customers["stage"], "stage")
    check_spellings([stage for stage in pd.unique(stages) if stage is not None], "stage")
    tiers = value_tiers(customers.reset_index(drop=True), value, n_tiers)
    risks = _risks(customers[risk], risk)
    rows = pd.DataFrame(
        {
            "stage": stages,
            "value_tier": tiers.tiers.astype(object).to_numpy(),
            "exit_risk": np.select([risks >= high, risks >= low], RISKS[:2], RISKS[2]),
            "value": numbers(customers[value], value).astype(np.float64),
            "risk": risks,
        }
    )
    staged, valued = rows["stage"].notna(), rows["value_tier"].notna()
    placed = rows[staged & valued & rows["risk"].notna()]
    if placed.empty:
        raise NotEnoughDataError(f"customers with stage, {value} and {risk}", 0, 1)
    lost = placed["value"] * placed["risk"]
    order = [_stage_order(customers["stage"], stages), list(tiers.table.index), list(RISKS)]
    return StageValueRisk(
        customers=len(rows),
        placed=len(placed),
        no_stage=int((~staged).sum()),
        no_value=int((staged & ~valued).sum()),
        no_risk=int((staged & valued & rows["risk"].isna()).sum()),
        total_value=float(placed["value"].sum()),
        value_at_risk=float(lost.sum()),
        low_edge=low,
        high_edge=high,
        table=_cells(placed.assign(lost=lost), order),
    )


def _cells(rows: pd.DataFrame, order: list[list[Any]]) -> pd.DataFrame:
    names = ["stage", "value_tier", "exit_risk"]
    grouped = rows.groupby(names)
    every = pd.MultiIndex.from_tuples(itertools.product(*order), names=names)
    sizes = grouped.size().reindex(every, fill_value=0)
    return pd.DataFrame(
        {
            "customers": sizes,
            "share": sizes / len(rows),
            "total_value": grouped["value"].sum().reindex(every, fill_value=0.0),
            "mean_risk": grouped["risk"].mean().reindex(every),
            "value_at_risk": grouped["lost"].sum().reindex(every, fill_value=0.0),
        }
    )


def _stage_order(given: pd.Series, stages: Any) -> list[str]:
    there = {stage for stage in stages if stage is not None}
    if isinstance(given.dtype, pd.CategoricalDtype):
        return [stage for stage in given.dtype.categories if stage in there]
    return sorted(there)


def _risks(values: pd.Series, name: str) -> Floats:
    risks = numbers(values, name).astype(np.float64)
    outside = (risks < 0) | (risks > 1)
    if outside.any():
        raise DataError(
            f"{name} has {count_text(outside.sum(), 'values')} outside 0 to 1, such as "
            f"{risks[outside][0]:g}; it takes probabilities"
        )
    return risks


def _edges(edges: tuple[float, float]) -> tuple[float, float]:
    given = check_list(edges, "edges")
    numeric = all(isinstance(edge, float | int) and not isinstance(edge, bool) for edge in given)
    if len(given) != 2 or not numeric or not 0 < given[0] < given[1] < 1:
        raise ValueError(f"edges must be two rising numbers between 0 and 1, not {shown(given)}")
    return float(given[0]), float(given[1])

"""Post-stratification: every arm read as if it had the same mix of customers.

References:
    Miratrix, Sekhon, Yu (2013), Adjusting treatment effect estimates by post-stratification in
        randomized experiments, Journal of the Royal Statistical Society B 75.
"""

import dataclasses
from collections.abc import Sequence

import numpy as np
import pandas as pd

from cemkit.experiments.effects import Effects


def with_shares(cells: pd.DataFrame, groups: Sequence[str], strata: Sequence[str]) -> pd.DataFrame:
    """The cells with the share of their stratum among all customers of the group."""
    rows = cells["rows"]
    whole = cells.groupby(list(groups), observed=True)["rows"].transform("sum") if groups else None
    stratum = cells.groupby([*groups, *strata], observed=True)["rows"].transform("sum")
    return cells.assign(share=stratum / (rows.sum() if whole is None else whole))


def poststratified(
    cells: pd.DataFrame, groups: Sequence[str], strata: Sequence[str]
) -> pd.DataFrame:
    """Moments of each arm at the shares that the strata have among all customers of its group.

    The variances are those of the weighted means, times the arm's customers, so that they serve as
    those of an arm without strata do; `degrees` are their degrees of freedom (Satterthwaite), and
    `smallest` the customers of the smallest stratum, 0 where one is missing.
    """
    keys = [*groups, "variant"]
    share, rows = cells["share"], cells["rows"].astype(np.float64)
    parts: dict[str, pd.Series] = {"rows": cells["rows"]}
    for name in map(str, cells.columns):
        if name.endswith(" mean"):
            parts[name] = share * cells[name]
        elif name.endswith((" var", " cov")):
            parts[name] = share**2 / rows * cells[name]
    spread = share**2 / rows
    parts |= {"spread": spread, "spread squared": spread**2 / np.maximum(rows - 1, 1)}
    table = pd.DataFrame(parts).assign(**{key: cells[key] for key in keys})
    grouped = table.groupby(keys, observed=True, sort=False)
    found = grouped.sum()
    sizes = grouped["rows"].agg(["size", "min"])
    found["degrees"] = found.pop("spread") ** 2 / found.pop("spread squared")
    for name in found.columns[found.columns.str.endswith((" var", " cov"))]:
        found[name] *= found["rows"]
    found = found.join(sizes).reset_index()
    there = found["size"] == _strata_counts(cells, groups, strata, found)
    found["smallest"] = found.pop("min").where(there, 0)
    return found.drop(columns="size")


def named_strata(effects: Effects, strata: Sequence[str]) -> Effects:
    """The effects, with the strata in the name of their method."""
    method = f"post-stratified by {', '.join(strata)}, {effects.method}"
    return dataclasses.replace(effects, method=method)


def _strata_counts(
    cells: pd.DataFrame, groups: Sequence[str], strata: Sequence[str], arms: pd.DataFrame
) -> pd.Series:
    """How many strata there are in the group of each arm."""
    distinct = cells.drop_duplicates([*groups, *strata])
    if not groups:
        return pd.Series(len(distinct), index=arms.index)
    counts = distinct.groupby(list(groups), observed=True).size().rename("strata")
    return arms[list(groups)].merge(counts.reset_index(), on=list(groups), how="left")["strata"]

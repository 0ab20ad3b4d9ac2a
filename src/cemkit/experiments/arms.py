"""Arms that are read together, such as any offer against none: their cells pooled exactly."""

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any, Literal

import numpy as np
import pandas as pd

from cemkit.checks import check_choice, check_label, check_list, meant, unknown_labels
from cemkit.checks.options import shown
from cemkit.errors import DataError

Pairs = Literal["control", "all"]
Combined = Mapping[Any, Sequence[Any]]

PAIRS = ("control", "all")


def checked_combined(combined: Combined | None) -> dict[Any, list[Any]]:
    """The combined arms, when each joins two or more variants and has a name."""
    if combined is None:
        return {}
    if not isinstance(combined, Mapping):
        raise TypeError(f"combined must name variants per combined arm, not {shown(combined)}")
    found = {
        check_label(name, "the name of a combined arm"): [
            check_label(arm, f"each of combined[{name!r}]")
            for arm in check_list(arms, f"combined[{name!r}]")
        ]
        for name, arms in combined.items()
    }
    for name, arms in found.items():
        if len(set(arms)) != len(arms) or len(arms) < 2:
            raise ValueError(f"combined arm {name!r} must join two or more variants, not {arms}")
    return found


def check_members(combined: Mapping[Any, Sequence[Any]], variants: Sequence[Any]) -> None:
    """Raise unless combined arms join variants that exist, under names of their own."""
    for name, arms in combined.items():
        if not unknown_labels([name], variants):
            raise ValueError(f"combined arm {name!r} has the name of a variant; rename it")
        for arm in unknown_labels(arms, variants):
            raise DataError(
                f"combined arm {name!r} joins {arm!r}, which is not a variant"
                f"{meant(arm, variants)}; there are {list(variants)}"
            )


def with_combined(
    cells: pd.DataFrame,
    keys: Sequence[str],
    combined: Mapping[Any, Sequence[Any]],
    crossed: Sequence[tuple[str, str]],
) -> pd.DataFrame:
    """The cells, and those of the combined arms below; `keys` are those besides the variant."""
    if not combined:
        return cells
    cells = cells.astype({"variant": object})
    parts = [cells]
    for name, arms in combined.items():
        members = cells[cells["variant"].isin(arms)].assign(variant=name)
        parts.append(_pooled(members, [*keys, "variant"], crossed))
    return pd.concat(parts, ignore_index=True)


def _pooled(
    cells: pd.DataFrame, keys: Sequence[str], crossed: Sequence[tuple[str, str]]
) -> pd.DataFrame:
    """One cell for all with the same keys: the moments of all their customers together."""
    grouped = cells.groupby(list(keys), observed=True, sort=False, dropna=False)
    rows = cells["rows"]
    total = grouped["rows"].transform("sum")
    pooled = {c: grouped[c].sum() for c in map(str, cells) if c == "rows" or c.endswith(" sum")}
    if "share" in cells:
        pooled["share"] = grouped["share"].first()
    apart: dict[str, Any] = {}
    for name in (str(c).removesuffix(" mean") for c in cells if str(c).endswith(" mean")):
        weighted = cells.assign(part=cells[f"{name} mean"] * rows / total).groupby(
            list(keys), observed=True, sort=False, dropna=False
        )["part"]
        pooled[f"{name} mean"] = weighted.sum()
        apart[name] = cells[f"{name} mean"] - weighted.transform("sum")
    spreads = {f"{name} var": (name, name) for name in apart}
    spreads |= {f"{a} {b} cov": (a, b) for a, b in crossed if a != b}
    for column, (a, b) in spreads.items():
        squares = cells[column].fillna(0.0) * (rows - 1) + rows * apart[a] * apart[b]
        summed = squares.groupby([cells[key] for key in keys], observed=True, sort=False).sum()
        pooled[column] = summed / np.maximum(pooled["rows"] - 1, 1)
    return pd.DataFrame(pooled).reset_index()


def compared_arms(
    variants: Sequence[Any],
    control: Any,
    combined: Mapping[Any, Sequence[Any]],
    pairs: Pairs,
) -> list[tuple[Any, Any]]:
    """The comparisons in their order, each as control and variant that share no customer."""
    check_choice(pairs, "pairs", PAIRS)
    others = [name for name in variants if name != control]
    members = {name: {name} for name in variants} | {k: set(v) for k, v in combined.items()}
    order = [control, *others, *combined]
    wanted = combinations(order, 2) if pairs == "all" else ((control, name) for name in order[1:])
    disjoint = [(one, two) for one, two in wanted if not members[one] & members[two]]
    for name in combined:
        if not any(name in pair for pair in disjoint):
            raise ValueError(
                f"combined arm {name!r} includes {control!r}, and has nothing to be compared with; "
                'leave the control out of it, or compare pairs="all"'
            )
    return disjoint

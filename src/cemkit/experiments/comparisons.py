"""The comparisons of an experiment as a table: pairs, p values, intervals that agree, winners."""

import warnings
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from cemkit.arrays import Floats
from cemkit.errors import CemkitWarning, NotEnoughDataError
from cemkit.experiments.effects import Effects
from cemkit.experiments.inference import Inference
from cemkit.proportions.agreement import agreeing_bounds, interval_levels
from cemkit.proportions.corrections import Correction, adjust_p_values, simultaneous_level


def comparison_pairs(
    cells: pd.DataFrame, groups: Sequence[str], control: str, *, least: int
) -> pd.DataFrame:
    """One row per comparison, the control's moments beside the treatment's."""
    is_control = cells["variant"] == control
    others, base = cells[~is_control], cells[is_control].drop(columns="variant")
    base = base.rename(columns={c: f"control {c}" for c in base.columns if c not in groups})
    pairs = others.merge(base, on=list(groups)) if groups else others.merge(base, how="cross")
    enough = (pairs["rows"] >= least) & (pairs["control rows"] >= least)
    n_groups = len(cells.drop_duplicates(list(groups))) if groups else 1
    left_out = n_groups * others["variant"].nunique() - int(enough.sum())
    if not enough.any():
        hint = "group less finely" if groups else f"each arm takes {least} customers"
        raise NotEnoughDataError("comparisons with enough customers", 0, 1, hint)
    if left_out:
        warnings.warn(
            f"{left_out:,} comparisons are left out: their group has no control or variant, or "
            f"fewer than {least} customers of it",
            CemkitWarning,
            stacklevel=4,
        )
    return pairs[enough].reset_index(drop=True)


def comparison_table(
    pairs: pd.DataFrame,
    groups: Sequence[str],
    effects: Mapping[str, Effects],
    tested: Inference,
    *,
    correction: Correction,
    confidence_level: float,
) -> tuple[pd.DataFrame, float]:
    """All comparisons as one family, and the level at which all intervals hold together."""
    raw = [tested.p_values(found.statistic, found.degrees_of_freedom) for found in effects.values()]
    p_values = np.concatenate(raw)
    adjusted = adjust_p_values(p_values, correction)
    levels = interval_levels(p_values, adjusted, correction, confidence_level)
    detected = np.split(adjusted < 1 - confidence_level, len(effects))
    parts = []
    for (name, found), own, seen in zip(
        effects.items(), np.split(levels, len(effects)), detected, strict=True
    ):
        keys = pairs[[*groups, "variant"]].copy()
        keys.insert(len(groups), "metric", name)
        keys = keys.assign(control_customers=pairs["control rows"], customers=pairs["rows"])
        critical = tested.critical(found.degrees_of_freedom, 1 - own)
        direction = np.where(seen, np.sign(found.value - found.control_value), 0.0)
        parts.append(_metric_table(keys, found, critical, direction))
    table = pd.concat(parts, ignore_index=True)
    level = simultaneous_level(adjusted, correction, confidence_level)
    columns = {"p_value": p_values, "p_value_adjusted": adjusted, "interval_level": levels}
    return table.assign(**columns), level


def _metric_table(
    keys: pd.DataFrame, effects: Effects, critical: Floats, found: Floats
) -> pd.DataFrame:
    """The keys with estimates and intervals; `found` is the side of a detected difference."""
    lower, upper, lift_lower, lift_upper = effects.bounds(critical)
    lower, upper = agreeing_bounds(lower, upper, found)
    # Without a control that is clearly above 0 a lift has no meaning, and no interval either.
    shared = np.where(np.isneginf(lift_lower), np.nan, 1.0)
    lift_lower, lift_upper = agreeing_bounds(shared * lift_lower, shared * lift_upper, found)
    total = agreeing_bounds(lower * effects.exposed, upper * effects.exposed, found)
    difference = effects.value - effects.control_value
    with np.errstate(divide="ignore", invalid="ignore"):
        lift = shared * (effects.value / effects.control_value - 1)
    return keys.assign(
        control_value=effects.control_value,
        value=effects.value,
        difference=difference,
        difference_lower=lower,
        difference_upper=upper,
        lift=lift,
        lift_lower=lift_lower,
        lift_upper=lift_upper,
        total_difference=difference * effects.exposed,
        total_difference_lower=total[0],
        total_difference_upper=total[1],
        statistic=effects.statistic,
        method=effects.method,
    )


def with_winners(table: pd.DataFrame, control: str, alpha: float) -> pd.DataFrame:
    """The table with the winner of each comparison, which p value and interval agree on."""
    better = np.where(table["difference"] > 0, table["variant"].astype(object), control)
    detected = (table["p_value_adjusted"] < alpha) & (table["difference"] != 0)
    method = table.pop("method")
    winner = [name if found else None for name, found in zip(better, detected, strict=True)]
    return table.assign(winner=pd.Series(winner, dtype=object, index=table.index), method=method)

"""The comparisons of an experiment as a table: pairs, p values, intervals that agree, winners."""

import warnings
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from cemkit.arrays import Floats
from cemkit.errors import CemkitWarning, NotEnoughDataError
from cemkit.experiments.effects import Effects
from cemkit.experiments.inference import Inference
from cemkit.formats import count_text
from cemkit.proportions.agreement import agreeing_bounds, interval_levels
from cemkit.proportions.corrections import Correction, adjust_p_values, simultaneous_level


def comparison_pairs(
    cells: pd.DataFrame, groups: Sequence[str], compared: Sequence[tuple[Any, Any]], *, least: int
) -> pd.DataFrame:
    """One row per comparison, the control's moments beside the treatment's."""
    names = [name for name in cells.columns if name not in groups]
    base = cells.rename(columns={name: f"control {name}" for name in names})
    base = base.rename(columns={"control variant": "control"})
    pairs = cells.merge(base, on=list(groups)) if groups else cells.merge(base, how="cross")
    pairs = _in_order(pairs, groups, compared)
    smallest = "smallest" if "smallest" in pairs else "rows"
    enough = (pairs[smallest] >= least) & (pairs[f"control {smallest}"] >= least)
    n_groups = len(cells.drop_duplicates(list(groups))) if groups else 1
    left_out = n_groups * len(compared) - int(enough.sum())
    what = "of it" if smallest == "rows" else "of it in a stratum"
    if not enough.any():
        hint = "group less finely" if groups else f"each arm takes {count_text(least, 'customers')}"
        if smallest != "rows":
            hint = (
                f"each arm takes {count_text(least, 'customers')} in each stratum; join small "
                "strata"
            )
        raise NotEnoughDataError("comparisons with enough customers", 0, 1, hint)
    if left_out:
        warnings.warn(
            f"{count_text(left_out, 'comparisons are')} left out: their group has no control or "
            f"variant, or fewer than {count_text(least, 'customers')} {what}",
            CemkitWarning,
            stacklevel=4,
        )
    return pairs[enough].reset_index(drop=True)


def _in_order(
    pairs: pd.DataFrame, groups: Sequence[str], compared: Sequence[tuple[Any, Any]]
) -> pd.DataFrame:
    """The pairs that are compared, group by group in the order in which they were named."""
    labels = pd.Index(list(dict.fromkeys(name for pair in compared for name in pair)), dtype=object)
    places = np.full((len(labels) + 1,) * 2, -1)  # the last of each is for those not compared
    for place, (one, two) in enumerate(compared):
        places[labels.get_loc(one), labels.get_loc(two)] = place
    codes = [labels.get_indexer(pairs[side].astype(object)) for side in ("control", "variant")]
    place = places[codes[0], codes[1]]
    group = pairs.groupby(list(groups), observed=True, sort=False).ngroup() if groups else place * 0
    order = np.lexsort([place, group])
    ordered: pd.DataFrame = pairs.iloc[order[place[order] >= 0]]
    return ordered


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
        keys = pairs[[*groups, "variant", "control"]].copy()
        keys.insert(len(groups), "metric", name)
        keys = keys.assign(control_customers=pairs["control rows"], customers=pairs["rows"])
        critical = tested.critical(found.degrees_of_freedom, 1 - own)
        direction = np.where(seen, np.sign(found.statistic), 0.0)
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
    lower, upper = _agreeing(lower, upper, found, effects.supposed)
    # Without a control that is clearly above 0 a lift has no meaning, and no interval either.
    shared = np.where(np.isneginf(lift_lower), np.nan, 1.0)
    lift_lower, lift_upper = shared * lift_lower, shared * lift_upper
    total = lower * effects.exposed, upper * effects.exposed
    if effects.supposed == 0:
        lift_lower, lift_upper = agreeing_bounds(lift_lower, lift_upper, found)
        total = agreeing_bounds(*total, found)
    difference = effects.difference
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


def _agreeing(
    lower: Floats, upper: Floats, found: Floats, supposed: float
) -> tuple[Floats, Floats]:
    """Bounds that hold the supposed difference exactly where nothing is detected."""
    if supposed == 0:
        return agreeing_bounds(lower, upper, found)
    lower, upper = agreeing_bounds(lower - supposed, upper - supposed, found)
    beyond = np.nextafter(supposed, np.where(found > 0, np.inf, -np.inf))
    lower = np.where(found > 0, np.maximum(lower + supposed, beyond), lower + supposed)
    return lower, np.where(found < 0, np.minimum(upper + supposed, beyond), upper + supposed)


def with_winners(table: pd.DataFrame, alpha: float) -> pd.DataFrame:
    """The table with the winner of each comparison, which p value and interval agree on."""
    names = table["variant"].astype(object), table["control"].astype(object)
    better = np.where(table["difference"] > 0, *names)
    detected = (table["p_value_adjusted"] < alpha) & (table["difference"] != 0)
    method = table.pop("method")
    winner = [name if found else None for name, found in zip(better, detected, strict=True)]
    return table.assign(winner=pd.Series(winner, dtype=object, index=table.index), method=method)

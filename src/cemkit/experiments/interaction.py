"""Does the effect differ between groups? Heterogeneous effects, each with its own error.

References:
    Welch (1951), On the comparison of several mean values: an alternative approach, Biometrika 38.
    Gart, Nam (1990), Approximate interval estimation of the difference in binomial parameters:
        correction for skewness and extension to multiple tables, Biometrics 46.
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from scipy.special import chdtrc, fdtrc

from cemkit.arrays import Floats
from cemkit.experiments.effects import Effects
from cemkit.proportions.corrections import Correction, adjust_p_values

STEPS = 50
CLOSE = 1e-7  # of a difference to the supposed one, where its variance is read a little aside


def interaction_table(
    pairs: pd.DataFrame, effects: Mapping[str, Effects], correction: Correction
) -> pd.DataFrame:
    """One row per metric and comparison: whether its effect is the same in all groups."""
    keys = pairs[["variant", "control"]].astype(object)
    code, labels = pd.factorize(pd.MultiIndex.from_frame(keys))
    parts = [
        _tested(found, code, len(labels)).assign(metric=name) for name, found in effects.items()
    ]
    arms = pd.DataFrame(list(labels), columns=["variant", "control"], dtype=object)
    table = pd.concat([part.join(arms) for part in parts], ignore_index=True)
    table = table[table["groups"] > 1].reset_index(drop=True)
    adjusted = adjust_p_values(table["p_value"], correction)
    columns = [
        "metric",
        "variant",
        "control",
        *table.columns.drop(["metric", "variant", "control"]),
    ]
    return table[columns].assign(p_value_adjusted=adjusted)


def _tested(effects: Effects, code: np.ndarray, count: int) -> pd.DataFrame:
    """Welch's test that the differences of each comparison are equal in all groups."""
    common, variance = _common(effects, code, count)
    known = variance > 0
    statistic = np.where(known, effects.statistics(common[code]), 0.0)
    weight = np.divide(1.0, variance, out=np.zeros_like(variance), where=known)
    groups = np.bincount(code, weights=known, minlength=count)
    q = np.bincount(code, weights=statistic**2, minlength=count)
    whole = np.bincount(code, weights=weight, minlength=count)
    share = np.divide(weight, whole[code], out=np.zeros_like(weight), where=known)
    leverage = np.where(known, (1 - share) ** 2 / effects.degrees_of_freedom, 0.0)
    rest = np.bincount(code, weights=leverage, minlength=count)
    above = np.maximum(groups - 1, 1.0)
    factor = 1 + 2 * (groups - 2) / (groups**2 - 1 + (groups == 1)) * rest
    below = np.divide(groups**2 - 1, 3 * rest, out=np.full(count, np.inf), where=rest > 0)
    f = q / above / factor
    with np.errstate(invalid="ignore"):
        p_value = np.where(np.isinf(below), chdtrc(above, q), fdtrc(above, below, f))
    return pd.DataFrame(
        {
            "groups": groups.astype(np.int64),
            "common_difference": common,
            "statistic": f,
            "degrees_of_freedom": above,
            "error_degrees_of_freedom": below,
            "p_value": p_value,
        }
    )


def _common(effects: Effects, code: np.ndarray, count: int) -> tuple[Floats, Floats]:
    """The difference that fits all groups of a comparison best, and the variances under it."""
    difference = effects.difference
    common = np.bincount(code, weights=difference, minlength=count) / np.bincount(code)
    for _ in range(STEPS):
        before = common
        variance = _variance(effects, common[code])
        weight = np.divide(1.0, variance, out=np.zeros_like(variance), where=variance > 0)
        whole = np.bincount(code, weights=weight, minlength=count)
        above = np.bincount(code, weights=weight * difference, minlength=count)
        common = np.divide(above, whole, out=common.copy(), where=whole > 0)
        if np.allclose(common, before, rtol=1e-12, atol=1e-14):
            break
    return common, _variance(effects, common[code])


def _variance(effects: Effects, supposed: Floats) -> Floats:
    """Variances of the differences where the true one is as supposed."""
    near = np.abs(effects.difference - supposed) < CLOSE
    aside = np.where(near, supposed - np.copysign(2 * CLOSE, supposed), supposed)
    beyond = effects.difference - aside
    with np.errstate(divide="ignore", invalid="ignore"):
        variance = (beyond / effects.statistics(aside)) ** 2
    return np.where(np.isfinite(variance), variance, 0.0)

"""Balance: how far apart the two groups are in each covariate, before and after weighting.

References:
    Austin (2009), Balance diagnostics for comparing the distribution of baseline covariates between
        treatment groups in propensity-score matched samples, Statistics in Medicine 28.
"""

import numpy as np
import numpy.typing as npt
import pandas as pd

from cemkit.arrays import Floats

NOTABLE = 0.1  # a standardised difference from which a covariate counts as unbalanced


def balance_table(
    features: Floats, terms: list[str], treated: npt.NDArray[np.bool_], weights: Floats
) -> pd.DataFrame:
    """Return the mean of each term in both groups and their standardised differences.

    The difference is divided by the root of the mean of both variances before weighting, also after
    it, so that the two can be compared. It is infinite where a term is constant in each group, and
    differs between them.
    """
    plain = np.ones(len(treated))
    before, after = (_means(features, treated, given) for given in (plain, weights))
    spread = np.sqrt(np.mean([features[arm].var(axis=0) for arm in (treated, ~treated)], axis=0))
    return pd.DataFrame(
        {
            "treated_before": before[0],
            "control_before": before[1],
            "difference_before": _standardised(before[0] - before[1], spread),
            "treated_after": after[0],
            "control_after": after[1],
            "difference_after": _standardised(after[0] - after[1], spread),
        },
        index=pd.Index(terms, name="covariate"),
    )


def _means(
    features: Floats, treated: npt.NDArray[np.bool_], weights: Floats
) -> tuple[Floats, Floats]:
    treated_mean, control_mean = (
        np.average(features[arm], axis=0, weights=weights[arm]) for arm in (treated, ~treated)
    )
    return treated_mean, control_mean


def _standardised(difference: Floats, spread: Floats) -> Floats:
    rounding = 1e-12 * np.maximum(np.abs(difference), 1.0)
    constant = spread <= rounding
    found = difference / np.where(constant, 1.0, spread)
    endless = np.where(np.abs(difference) <= rounding, 0.0, np.copysign(np.inf, difference))
    return np.where(constant, endless, found)

"""Scores of predicted spend against what was spent, with intervals of paired resamples."""

import numpy as np
import pandas as pd
from scipy.stats import rankdata

from cemkit.arrays import Floats
from cemkit.data.rounding import settled_each
from cemkit.proportions.intervals import critical_value

N_RESAMPLES = 1000
MOST_RESAMPLED = 50_000  # customers; means of more are normal
AT_ONCE = 5_000_000
N_TILES = 10


def spend_scores(predicted: pd.Series, actual: pd.Series) -> dict[str, float]:
    """Errors per customer, the correlation of ranks, and how far the total is off."""
    error = (predicted - actual).to_numpy()
    return {
        "mae": float(np.abs(error).mean()),
        "rmse": float(np.sqrt((error**2).mean())),
        "spearman": _rank_correlation(settled_each(predicted), actual.to_numpy()),
        "total": float(predicted.sum()),
        "total_error": float(predicted.sum() / actual.sum() - 1),
    }


def _rank_correlation(predicted: Floats, actual: Floats) -> float:
    """Spearman's; missing where one is the same for everyone."""
    ranks = rankdata(predicted), rankdata(actual)
    if min(np.ptp(one) for one in ranks) == 0:
        return float("nan")
    return float(np.corrcoef(*ranks)[0, 1])


def deciles_of(predicted: pd.Series, actual: pd.Series) -> pd.DataFrame:
    """Means of each tenth of customers, from those predicted to spend most.

    Customers with the same prediction share what they spent, so that no order decides between them.
    """
    score = settled_each(predicted)
    shared = actual.groupby(score).transform("mean").to_numpy()
    order = np.argsort(-score, kind="stable")
    decile = np.arange(len(order)) * N_TILES // len(order) + 1
    table = pd.DataFrame(
        {"predicted": predicted.to_numpy()[order], "actual": shared[order]}
    ).groupby(pd.Index(decile, name="decile"))
    means = table.mean()
    means.insert(0, "n_customers", table.size())
    return means


class PairedMeans:
    """Means over customers under resamples of them, the same ones for every statistic."""

    def __init__(self, n: int, random: np.random.Generator) -> None:
        self._counts = None
        if n <= MOST_RESAMPLED:
            share = np.full(n, 1 / n)
            self._counts = lambda size: random.multinomial(n, share, size=size)

    def bounds(self, values: Floats, base: Floats, level: float) -> tuple[Floats, Floats]:
        """Bounds of the mean of each column of `values` over that of `base`."""
        n = len(values)
        if self._counts is None:
            ratio = values.mean(axis=0) / base.mean()
            spread = (values - base[:, None] * ratio).std(axis=0, ddof=1) / abs(base.mean())
            width = critical_value(level) * spread / np.sqrt(n)
            return ratio - width, ratio + width
        size = max(1, AT_ONCE // n)
        parts = []
        for start in range(0, N_RESAMPLES, size):
            counts = self._counts(min(size, N_RESAMPLES - start)).astype(np.float64)
            # Without any of the few who spent, a resample has no ratio.
            below = counts @ base
            parts.append((counts @ values)[below != 0] / below[below != 0, None])
        tail = (1 - level) / 2
        lower, upper = np.quantile(np.concatenate(parts), [tail, 1 - tail], axis=0)
        return lower, upper

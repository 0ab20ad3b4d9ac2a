"""The tables of an evaluation: deciles, calibration, histogram and curves of a probability."""

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.stats import binomtest

from cemkit.arrays import Floats
from cemkit.churn.metrics import Ranking
from cemkit.churn.outcomes import Outcome

CURVE_POINTS = 500
HISTOGRAM_BINS = 20


def decile_table(ranking: Ranking, named: Outcome) -> pd.DataFrame:
    """Return one row per tenth of the customers, from the highest score down."""
    happened, everyone = ranking.steps(np.ones(len(ranking.order)))
    total, events = everyone.sum(), happened.sum()
    edges = np.linspace(0, total, 11)
    # Within equal scores, as many events as their share.
    hits = np.interp(edges, np.r_[0.0, everyone.cumsum()], np.r_[0.0, happened.cumsum()])
    rate = np.diff(hits) / np.diff(edges)
    return pd.DataFrame(
        {
            "customers": np.diff(edges),
            named.label: np.diff(hits),
            named.rate: rate,
            "lift": rate / (events / total),
            "cumulative_lift": hits[1:] / edges[1:] / (events / total),
            "cumulative_gain": hits[1:] / events,
        },
        index=pd.RangeIndex(1, 11, name="decile"),
    )


def calibration_table(
    outcome: Floats, probability: Floats, confidence_level: float, named: Outcome
) -> pd.DataFrame:
    """Return how often the outcome happened in each tenth by probability, with its interval."""
    # A probability that a tenth or more of the customers share has a bin of its own.
    edges = np.unique(np.quantile(probability, np.linspace(0, 1, 11))[1:-1])
    bins: npt.NDArray[np.intp] = np.searchsorted(edges, probability, side="left")
    rows = pd.DataFrame({"bin": bins, named.probability: probability, named.rate: outcome})
    grouped = rows.groupby("bin")
    table = grouped.mean()
    table.insert(0, "customers", grouped.size())
    events = (table["customers"] * table[named.rate]).round().astype(int)
    intervals = [
        binomtest(k, n).proportion_ci(confidence_level, method="wilson")
        for k, n in zip(events, table["customers"], strict=True)
    ]
    return table.assign(
        lower=[interval.low for interval in intervals],
        upper=[interval.high for interval in intervals],
    )


def histogram_table(outcome: Floats, probability: Floats, named: Outcome) -> pd.DataFrame:
    """Return how many customers have a probability in each of the bins of equal width."""
    edges = np.linspace(0, 1, HISTOGRAM_BINS + 1)
    return pd.DataFrame(
        {
            "from_probability": edges[:-1],
            "to_probability": edges[1:],
            "customers": np.histogram(probability, edges)[0],
            named.label: np.histogram(probability[outcome > 0], edges)[0],
        }
    )


def curve_table(ranking: Ranking) -> pd.DataFrame:
    """Return the ROC and the precision-recall curve, thinned where they have many points."""
    happened, everyone = ranking.steps(np.ones(len(ranking.order)))
    hits, reached = happened.cumsum(), everyone.cumsum()
    curve = pd.DataFrame(
        {
            "threshold": ranking.score,
            "false_positive_rate": (reached - hits) / (reached[-1] - hits[-1]),
            "recall": hits / hits[-1],
            "precision": hits / reached,
        }
    )
    kept = np.unique(np.linspace(0, len(curve) - 1, CURVE_POINTS).round().astype(int))
    return curve.iloc[kept].reset_index(drop=True)

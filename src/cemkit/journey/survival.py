"""Product-limit curves of waiting times of which some are still going on.

References:
    Kaplan, Meier (1958), Nonparametric estimation from incomplete observations, Journal of the
        American Statistical Association 53. Greenwood (1926), the variance.
    Brookmeyer, Crowley (1982), A confidence interval for the median survival time, Biometrics 38.
    Mantel (1966), Evaluation of survival data and two new rank order statistics arising in its
        consideration, Cancer Chemotherapy Reports 50.
"""

import dataclasses
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from scipy.stats import chi2

from cemkit.arrays import Floats
from cemkit.proportions.intervals import critical_value

Integers = npt.NDArray[np.int64]
ROUNDING = 1e-9  # a curve this near to a quantile has reached it


@dataclasses.dataclass(frozen=True, slots=True)
class WaitingCurve:
    """The share still waiting after each time at which somebody stopped."""

    times: Floats
    waiting: Floats
    lower: Floats
    upper: Floats

    def quantile(self, share: float) -> float:
        """The time by which a share has stopped; missing where that was not seen."""
        return _crossing(self.times, self.waiting, 1 - share)

    def bounds(self, share: float) -> tuple[float, float]:
        """Bounds of the quantile: the times at which the bounds of the curve cross it."""
        return _crossing(self.times, self.lower, 1 - share), _crossing(
            self.times, self.upper, 1 - share
        )


def waiting_curve(
    times: Floats, stopped: npt.NDArray[np.bool_], confidence_level: float
) -> WaitingCurve:
    """The product-limit curve with log-log bounds."""
    at, events, at_risk = _counts(times, stopped)
    left: Floats = np.cumprod(1 - events / at_risk).astype(np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        spread = np.sqrt(np.cumsum(events / (at_risk * (at_risk - events))))
        reach = critical_value(confidence_level) * spread / np.log(left)
        lower, upper = left ** np.exp(-reach), left ** np.exp(reach)
    # Where nobody is left waiting, the data say nothing about how long others might.
    return WaitingCurve(at, left, np.where(left > 0, lower, 0.0), np.where(left > 0, upper, np.nan))


def log_rank_test(
    times: Sequence[Floats], stopped: Sequence[npt.NDArray[np.bool_]]
) -> tuple[float, float]:
    """Chi-squared of the groups' waiting times being alike, and its p value."""
    ended = [own[over] for own, over in zip(times, stopped, strict=True)]
    at = np.unique(np.concatenate(ended))
    events = np.array(
        [np.bincount(np.searchsorted(at, own), minlength=len(at)) for own in ended],
        dtype=np.float64,
    )
    at_risk = np.array([len(t) - np.searchsorted(np.sort(t), at) for t in times], dtype=np.float64)
    all_events, all_at_risk = events.sum(axis=0), at_risk.sum(axis=0)
    share = at_risk / all_at_risk
    excess = (events - all_events * share).sum(axis=1)
    factor = all_events * (all_at_risk - all_events) / np.maximum(all_at_risk - 1, 1)
    covariance = np.diag((share * factor).sum(axis=1)) - (share * factor) @ share.T
    statistic = float(excess @ np.linalg.pinv(covariance) @ excess)
    freedom = int(np.linalg.matrix_rank(covariance))
    return statistic, float(chi2.sf(statistic, freedom)) if freedom else 1.0


def _counts(times: Floats, stopped: npt.NDArray[np.bool_]) -> tuple[Floats, Floats, Floats]:
    """The distinct times at which somebody stopped, how many did, and how many still waited."""
    at, events = np.unique(times[stopped], return_counts=True)
    at_risk = len(times) - np.searchsorted(np.sort(times), at)
    return at, events.astype(np.float64), at_risk.astype(np.float64)


def _crossing(times: Floats, curve: Floats, level: float) -> float:
    """The first time at which a curve is below a level; between two where it rests on it."""
    below = np.flatnonzero(curve <= level + ROUNDING)
    if not len(below):
        return float("nan")
    first = int(below[0])
    rests = abs(curve[first] - level) <= ROUNDING and first + 1 < len(times)
    return float((times[first] + times[first + 1]) / 2) if rests else float(times[first])

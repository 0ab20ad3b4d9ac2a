"""A long season as regressors: harmonics, and the periods of it that they would round off."""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from cemkit.prediction.forecasting.likelihood import Indices
from cemkit.prediction.forecasting.model import corrected_aic
from cemkit.prediction.forecasting.polynomials import FloatArray
from cemkit.prediction.forecasting.regressors import seasonal_waves

MOST_HARMONICS = 6
MOST_PEAKS = 6
SMALLEST_SIZE = 0.1  # of a place that regressors have not yet explained
STEADY = 0.25  # the part of a peak that stays at least when its largest season is left out


@dataclass(frozen=True, slots=True)
class LongSeason:
    """Regressors of a season: pairs of sine and cosine, and periods with an effect of their own.

    `peaks` are places in the season, counted from the first period of the fit.

    Examples:
        >>> LongSeason(52, n_harmonics=1, peaks=(51,)).columns(51, 53).round(2).tolist()
        [[-0.12, 0.99, 1.0], [0.0, 1.0, 0.0]]
    """

    period: int
    n_harmonics: int = 0
    peaks: tuple[int, ...] = ()

    def columns(self, first: int, last: int) -> FloatArray:
        """A row per period.

        Args:
            first: First period, counted from that of the fit.
            last: The period after the last.
        """
        waves = seasonal_waves(first, last, self.period, self.n_harmonics)
        places = np.arange(first, last)[:, None] % self.period
        return np.column_stack([waves, places == np.array(self.peaks, dtype=np.intp)])

    @property
    def names(self) -> list[str]:
        """Names of the columns."""
        waves = [f"{w}_{k}" for k in range(1, self.n_harmonics + 1) for w in ("sin", "cos")]
        return [*waves, *(f"peak_{place + 1}" for place in self.peaks)]


def likeliest_season(values: FloatArray, regressors: FloatArray, period: int) -> LongSeason:
    """The harmonics and peaks of least AICc in a regression with first-order errors.

    A peak is the largest of many, so it must gain more: 2 log(period) on top of what a regressor
    named beforehand must gain; and it must come from two seasons at least: what was seen once is
    an outlier.

    Args:
        values: A value per period; NaN where one is missing.
        regressors: A row per period.
        period: Periods in a season.

    References:
        Foster, George (1994), The risk inflation criterion for multiple regression, Annals of
        Statistics 22. Kaiser, Maravall (2001), Seasonal outliers in time series, Estadistica 53.

    Examples:
        >>> season = 10 + np.sin(2 * np.pi * np.arange(160) / 52) + np.sin(np.arange(160.0) ** 2)
        >>> season[50::52] += 9
        >>> likeliest_season(season, np.empty((160, 0)), 52)
        LongSeason(period=52, n_harmonics=1, peaks=(50,))
    """
    seen = np.isfinite(values)
    every = LongSeason(period, MOST_HARMONICS, tuple(range(period)))
    columns = every.columns(0, len(values))[seen]
    fixed = np.column_stack([np.ones(len(values)), regressors])[seen]
    n_fixed, n_waves = fixed.shape[1], 2 * MOST_HARMONICS
    if len(fixed) <= n_fixed + n_waves + 2:
        return LongSeason(period)
    rows = _without_echo(values[seen], np.column_stack([fixed, columns]), n_fixed + n_waves)
    seasons = np.flatnonzero(np.diff(np.flatnonzero(seen)[1:] // period, prepend=-1))
    best, least = LongSeason(period), math.inf
    for count in range(MOST_HARMONICS + 1):
        before = 1 + n_fixed + 2 * count
        # What the harmonics up to here explain is taken off all that stays.
        new = rows[:, 1:before] if not count else rows[:, before - 2 : before]
        basis = np.linalg.qr(new).Q
        rows[:, [0]] -= basis @ (basis.T @ rows[:, [0]])
        rows[:, before:] -= basis @ (basis.T @ rows[:, before:])
        peaks, value = _peaks(rows[:, 0], rows[:, 1 + n_fixed + n_waves :], seasons, before)
        if value < least:
            best, least = LongSeason(period, count, peaks), value
    return best


def _without_echo(series: FloatArray, design: FloatArray, n_first: int) -> FloatArray:
    """Series and design, less the share of the period before that the errors keep."""
    first = design[:, :n_first]
    errors = series - first @ np.linalg.lstsq(first, series, rcond=None)[0]
    echo = float(errors[1:] @ errors[:-1]) / max(float(errors @ errors), 1e-300)
    rows = np.column_stack([series, design])
    quiet: FloatArray = rows[1:] - echo * rows[:-1]
    return quiet


def _peaks(
    series: FloatArray, places: FloatArray, seasons: Indices, n_before: int
) -> tuple[tuple[int, ...], float]:
    """The places that lower the criterion, the largest first, and its value."""
    n, period = places.shape

    def criterion(rest: FloatArray, count: int) -> float:
        log_likelihood = -0.5 * n * math.log(max(float(rest @ rest), 1e-300))
        return corrected_aic(log_likelihood, n_before + count + 1, n) + 2 * count * math.log(period)

    peaks: list[int] = []
    least = criterion(series, 0)
    while len(peaks) < MOST_PEAKS:
        sizes = np.maximum(np.einsum("ij,ij->j", places, places), SMALLEST_SIZE)
        shares = np.add.reduceat(series[:, None] * places, seasons, axis=0)
        gains = np.where(_steady(shares), shares.sum(axis=0) ** 2 / sizes, 0.0)
        place = int(np.argmax(gains))
        unit = places[:, place] / math.sqrt(sizes[place])
        rest = series - unit * (unit @ series)
        value = criterion(rest, len(peaks) + 1)
        if gains[place] == 0 or value >= least:
            break
        peaks.append(place)
        series, least = rest, value
        places = places - np.outer(unit, unit @ places)
    return tuple(peaks), least


def _steady(shares: FloatArray) -> npt.NDArray[np.bool_]:
    """Where something is left of the sum of a column without its largest season."""
    totals = shares.sum(axis=0)
    left = np.abs(totals) - (shares * np.sign(totals)).max(axis=0)
    steady: npt.NDArray[np.bool_] = left >= STEADY * np.abs(totals)
    return steady

"""A long season as regressors: harmonics, and the periods of it that they would round off.

References:
    Foster, George (1994), The risk inflation criterion for multiple regression, Annals of
        Statistics 22. Kaiser, Maravall (2001), Seasonal outliers in time series, Estadistica
        53.
"""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from cemkit.arrays import Floats
from cemkit.forecasting.likelihood import Indices
from cemkit.forecasting.model import corrected_aic
from cemkit.forecasting.regressors import seasonal_waves
from cemkit.forecasting.years import Year, day_name, year_waves

MOST_HARMONICS = 6  # of the year
MOST_OF_OTHERS = 28  # so that half-hours of a week, whose day is the seventh, have a day's shape
MOST_PEAKS = 6
MOST_PLACES = 366  # in longer seasons no single place is looked at
SMALLEST_SIZE = 0.1  # of a place that regressors have not yet explained
AS_GOOD = 0.9  # of the gain of the best place: a day of trade is taken for it
STEADY = 0.25  # the part of a peak that stays at least when its largest season is left out


@dataclass(frozen=True, slots=True)
class LongSeason:
    """Regressors of a season: pairs of sine and cosine, and periods with an effect of their own."""

    period: int
    n_harmonics: int = 0
    peaks: tuple[int, ...] = ()
    year: Year | None = None

    def columns(self, first: int, last: int) -> Floats:
        """A row per period."""
        if self.year is None:
            waves = seasonal_waves(first, last, self.period, self.n_harmonics)
            places = np.arange(first, last)[:, None] % self.period
            return np.column_stack([waves, places == np.array(self.peaks, dtype=np.intp)])
        waves = year_waves(self.year.turns(first, last), self.n_harmonics)
        return np.column_stack([waves, self.year.holds(self.peaks, first, last)])

    @property
    def names(self) -> list[str]:
        """Names of the columns."""
        waves = [f"{w}_{k}" for k in range(1, self.n_harmonics + 1) for w in ("sin", "cos")]
        named = [str(p + 1) if self.year is None else day_name(p) for p in self.peaks]
        return [*waves, *(f"peak_{name}" for name in named)]

    def places(self, last: int) -> list[int]:
        """All that may be peaks."""
        if self.year is not None:
            return self.year.candidates(last)
        return list(range(self.period)) if self.period <= MOST_PLACES else []

    def seasons(self, last: int) -> list[Indices]:
        """In which season each period lies, counted in two ways, half a season apart."""
        if self.year is None:
            seasons = np.arange(last) / self.period
        else:
            seasons = self.year.turns(0, last) - self.year.turns(0, 1)
        return [np.floor(seasons + shift).astype(np.intp) for shift in (0.0, 0.5)]


def most_harmonics(period: int, year: Year | None = None) -> int:
    """How many harmonics a long season may have; where it is not the year, its days are in them."""
    return MOST_HARMONICS if year is not None else min((period - 1) // 2, MOST_OF_OTHERS)


def likeliest_season(
    values: Floats, regressors: Floats, period: int, year: Year | None = None
) -> LongSeason:
    """The harmonics and peaks of least AICc in a regression with first-order errors."""
    seen, none = np.isfinite(values), LongSeason(period, year=year)
    places = none.places(len(values))
    fixed = np.column_stack([np.ones(len(values)), regressors])[seen]
    # A coefficient must leave points of the series over.
    most = min(
        most_harmonics(period, year), max((len(fixed) // 3 - fixed.shape[1]) // 2, MOST_HARMONICS)
    )
    columns = LongSeason(period, most, tuple(places), year).columns(0, len(values))[seen]
    n_fixed, n_waves = fixed.shape[1], 2 * most
    if len(fixed) <= n_fixed + n_waves + 2:
        return none
    rows = _without_echo(values[seen], np.column_stack([fixed, columns]), n_fixed + n_waves)
    seasons = [one[seen][1:] for one in none.seasons(len(values))]
    known = np.isin(places, year.days_of_trade() if year is not None else [])
    best, least = none, math.inf
    for count in range(most + 1):
        before = 1 + n_fixed + 2 * count
        # What the harmonics up to here explain is taken off all that stays.
        new = rows[:, 1:before] if not count else rows[:, before - 2 : before]
        basis = np.linalg.qr(new).Q
        rows[:, [0]] -= basis @ (basis.T @ rows[:, [0]])
        rows[:, before:] -= basis @ (basis.T @ rows[:, before:])
        candidates = _Candidates(rows[:, 1 + n_fixed + n_waves :], seasons, known)
        chosen, value = candidates.peaks(rows[:, 0], before)
        if value < least:
            peaks = tuple(places[place] for place in chosen)
            best, least = LongSeason(period, count, peaks, year), value
    return best


def _without_echo(series: Floats, design: Floats, n_first: int) -> Floats:
    """Series and design, less the share of the period before that the errors keep."""
    first = design[:, :n_first]
    errors = series - first @ np.linalg.lstsq(first, series, rcond=None)[0]
    echo = float(errors[1:] @ errors[:-1]) / max(float(errors @ errors), 1e-300)
    rows = np.column_stack([series, design])
    quiet: Floats = rows[1:] - echo * rows[:-1]
    return quiet


@dataclass(frozen=True, slots=True)
class _Candidates:
    """Columns of places that may be peaks, and the season of each row, counted in two ways."""

    columns: Floats
    seasons: list[Indices]
    known: npt.NDArray[np.bool_]

    def peaks(self, series: Floats, n_before: int) -> tuple[list[int], float]:
        """The places that lower the criterion, the largest first, and its value."""
        places, n = self.columns, len(series)

        def criterion(rest: Floats, count: int) -> float:
            log_likelihood = -0.5 * n * math.log(max(float(rest @ rest), 1e-300))
            aicc = corrected_aic(log_likelihood, n_before + count + 1, n)
            return aicc + 2 * count * math.log(max(places.shape[1], 1))

        peaks: list[int] = []
        least = criterion(series, 0)
        while len(peaks) < min(MOST_PEAKS, places.shape[1]):
            sizes = np.maximum(np.einsum("ij,ij->j", places, places), SMALLEST_SIZE)
            products = series[:, None] * places
            gains = np.where(self._steady(products), products.sum(axis=0) ** 2 / sizes, 0.0)
            near = self.known & (gains >= AS_GOOD * gains.max())
            place = int(np.argmax(np.where(near, gains, 0.0) if near.any() else gains))
            unit = places[:, place] / math.sqrt(sizes[place])
            rest = series - unit * (unit @ series)
            value = criterion(rest, len(peaks) + 1)
            if gains[place] == 0 or value >= least:
                break
            peaks.append(place)
            series, least = rest, value
            places = places - np.outer(unit, unit @ places)
        return peaks, least

    def _steady(self, products: Floats) -> npt.NDArray[np.bool_]:
        """Where something is left of the sum of a column without its largest season."""
        totals, signs = products.sum(axis=0), np.sign(products.sum(axis=0))
        steady = np.zeros(len(totals), dtype=bool)
        for season in self.seasons:
            begins = np.flatnonzero(np.diff(season, prepend=season[0] - 1))
            largest = (np.add.reduceat(products, begins, axis=0) * signs).max(axis=0)
            steady |= np.abs(totals) - largest >= STEADY * np.abs(totals)
        return steady

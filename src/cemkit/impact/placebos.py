"""One fit for all placebos: generalised least squares with the errors of the series without them.

The model of the errors is estimated once. Each placebo then adds a few columns, whose estimates and
standard errors follow from what these columns have beyond the common ones (Frisch and Waugh).

References:
    Frisch, Waugh (1933), Partial time regressions as compared with individual trends,
        Econometrica 1.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from cemkit.arrays import Floats
from cemkit.forecasting.differencing import difference
from cemkit.forecasting.forecaster import ARIMAForecaster
from cemkit.forecasting.likelihood import Indices
from cemkit.forecasting.model import FEWEST_DEGREES, ArimaModel
from cemkit.forecasting.regressors import period_bounds
from cemkit.forecasting.series import TimeIndex, time_index
from cemkit.impact.effects import NOT_IDENTIFIED
from cemkit.impact.identification import Calendar, Flags, worst
from cemkit.impact.study import joined, with_waves
from cemkit.impact.times_of_year import NEIGHBOURS, TimesOfYear

NOTHING_NEW = 1e-10  # of a column's squares, beyond the common ones


@dataclass(frozen=True, slots=True)
class Placebo:
    """A window in which nothing happened, and what the analysis makes of it.

    `ratio` is the estimate over its standard error, `path` the share of each period in the window,
    `bases` what sells in each without it. A window in which nothing can be told has no estimate.
    """

    start: pd.Timestamp
    status: str
    ratio: float = math.nan
    error: float = math.nan
    dip_ratio: float = math.nan
    dip_error: float = math.nan
    degrees: float = math.nan
    steps_after: int = 0
    path: Floats = field(default_factory=lambda: np.zeros(0))
    bases: Floats = field(default_factory=lambda: np.zeros(0))


@dataclass(frozen=True, slots=True)
class PlaceboFit:
    """A series without placebos, whitened: what is left of it, and the space of its regressors."""

    series: pd.Series
    model: ArimaModel
    calendar: Calendar
    past: Flags
    times: TimesOfYear
    levels: Floats
    common: Floats
    rest: Floats
    basis: Floats
    after: int
    is_multiplicative: bool

    @classmethod
    def of(
        cls,
        series: pd.Series,
        past: pd.DataFrame,
        X: pd.DataFrame | None,
        forecaster: ARIMAForecaster,
        after: int,
    ) -> "PlaceboFit":
        """Choose the model of the errors, and estimate it."""
        index = time_index(series)
        waves, forecaster = with_waves(index, forecaster)
        common = joined(past, X).join(waves)
        fitted = forecaster.fit(series, X=common)
        model = fitted.members_[0].model.restricted()
        columns = model.observations.columns(model.order)
        innovations = _whitened(model, columns)
        basis = np.linalg.qr(innovations[:, 1:]).Q
        return cls(
            series=series,
            model=model,
            calendar=Calendar.of(index, past, series.notna().to_numpy()),
            past=past.filter(like="promotion").ne(0).any(axis=1).to_numpy(),
            times=TimesOfYear.of(index, columns[:, 0], after),
            levels=columns[:, 0],
            common=common.to_numpy(),
            rest=innovations[:, 0] - basis @ (basis.T @ innovations[:, 0]),
            basis=basis,
            after=after,
            is_multiplicative=forecaster.power == 0,
        )

    def windows(self, days: int) -> Iterator[Placebo | None]:
        """The analysis of each window of so many days; None where something else was going on."""
        shares = _Shares.of(time_index(self.series), days)
        busy = self.calendar.active | ~self.calendar.seen
        last_whole = len(busy) - self.after
        for first in range(shares.count):
            rows = slice(first, int(shares.last[first]))
            if rows.stop > last_whole:
                return
            if not busy[first : rows.stop + self.after].any():
                yield self._tried(shares, rows)
            elif self.past[rows].any() and self._status(self.calendar, rows) == NOT_IDENTIFIED:
                yield Placebo(shares.first_day(first), NOT_IDENTIFIED)
            else:
                yield None

    def _status(self, calendar: Calendar, rows: slice) -> str:
        return worst([calendar.status_of(row) for row in range(rows.start, rows.stop)])

    def _tried(self, shares: "_Shares", rows: slice) -> Placebo:
        own, path = self._design(shares, rows)
        calendar = self.calendar.with_active(self.calendar.active | own.any(axis=1))
        status = self._status(calendar, rows)
        given = np.column_stack([own, self.common])
        likelier = self.times.likelier(calendar, given)
        before = NEIGHBOURS if status == NOT_IDENTIFIED else 0
        dummies = self.times.columns(likelier, likelier.active, given, before)
        found = self._estimates(np.column_stack([own, *dummies.values()]))
        lift, dip = np.zeros(len(found.effects)), np.zeros(len(found.effects))
        lift[0], dip[1 : own.shape[1]] = 1.0, 1.0
        ratio, error = found.of(lift)
        dip_ratio, dip_error = found.of(dip) if self.after else (math.nan, math.nan)
        return Placebo(
            start=shares.first_day(rows.start),
            status=status,
            ratio=ratio,
            error=error,
            dip_ratio=dip_ratio,
            dip_error=dip_error,
            degrees=found.degrees,
            steps_after=self.after,
            path=path,
            bases=self._bases(rows, path, found.effects[0]),
        )

    def _bases(self, rows: slice, path: Floats, effect: float) -> Floats:
        level = self.levels[rows] - effect * path
        return np.exp(level) if self.is_multiplicative else level

    def _design(self, shares: "_Shares", rows: slice) -> tuple[Floats, Floats]:
        own = np.zeros((len(self.series), 1 + self.after))
        path = shares.of_window(rows)
        own[rows, 0] = path
        for step in range(self.after):
            own[rows.stop + step, 1 + step] = 1.0
        return own, path

    def _estimates(self, columns: Floats) -> "_Estimates":
        white = _whitened(self.model, columns)
        own = white - self.basis @ (self.basis.T @ white)
        # What the common columns explain already is not identified, and has no ratio.
        known = (own**2).sum(axis=0) > NOTHING_NEW * np.maximum((white**2).sum(axis=0), 1e-300)
        inverse = np.linalg.pinv(own.T @ own)
        moments = own.T @ self.rest
        effects = inverse @ moments
        n_observed = self.model.likelihood.n_observed
        left = n_observed - self.model.n_parameters - int(known.sum())
        squares = max(float(self.rest @ self.rest - moments @ effects), 0.0)
        return _Estimates(
            effects, inverse * squares / max(left + 1, 1), known, max(left, FEWEST_DEGREES)
        )


@dataclass(frozen=True, slots=True)
class _Estimates:
    effects: Floats
    covariance: Floats
    known: Flags
    degrees: float

    def of(self, weights: Floats) -> tuple[float, float]:
        """A sum of effects over its standard error, and that error."""
        error = math.sqrt(max(float(weights @ self.covariance @ weights), 0.0))
        if error == 0 or not self.known[weights != 0].all():
            return math.nan, math.nan
        return float(weights @ self.effects) / error, error


@dataclass(frozen=True, slots=True)
class _Shares:
    """Windows of some days, from the first day of each period on."""

    begins: pd.DatetimeIndex
    first: Floats  # day of each period, counted from 1970
    lengths: Floats
    days: int
    last: Indices
    count: int

    @classmethod
    def of(cls, index: TimeIndex, days: int) -> "_Shares":
        begins, ends = period_bounds(index)
        stops = begins + pd.Timedelta(days=days - 1)
        last = begins.searchsorted(stops, side="right")
        first, final = (
            bound.to_numpy().astype("M8[D]").astype(np.float64) for bound in (begins, ends)
        )
        return cls(begins, first, final - first + 1, days, last, int((stops <= ends[-1]).sum()))

    def first_day(self, first: int) -> pd.Timestamp:
        day: pd.Timestamp = self.begins[first]
        return day

    def of_window(self, rows: slice) -> Floats:
        """The share of each period's days in the window."""
        stop = self.first[rows.start] + self.days
        share: Floats = np.minimum((stop - self.first[rows]) / self.lengths[rows], 1.0)
        return share


def _whitened(model: ArimaModel, columns: Floats) -> Floats:
    order = model.order
    data = difference(columns, order.d, order.seasonal_d, order.arma.period)
    white = model.likelihood.whiten(model.free, data=np.asfortranarray(data))
    if white is None:  # the fit came from a likelihood that could be computed
        raise np.linalg.LinAlgError("the covariance matrix of the series is singular")
    return white.innovations

"""How far a series is from its forecast, on the scale of its own past forecast errors.

A model sees only what came before, so a later value is compared with what was expected of it. The
same is done at earlier origins, and the errors made there widen the spread where they were larger
than the model says.

References:
    Alwan, Roberts (1988), Time-series modeling for statistical process control, Journal of Business
        and Economic Statistics 6.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pandas as pd
from scipy.stats import t as student

from cemkit.arrays import Floats
from cemkit.errors import DataError
from cemkit.forecasting.members import Member, Task, fit_members, predict_members
from cemkit.forecasting.model import ArimaModel, Observations
from cemkit.forecasting.search import LONG_SEASON, Wanted
from cemkit.forecasting.series import calendar_of
from cemkit.indicators.calendar_effects import (
    WITHIN_WEEKS,
    Flags,
    holiday_shares,
    length_slack,
    rolled,
    shifted,
    telling_columns,
)

MOST_ERRORS = 24  # of the past, from which the scale is taken
PRIOR_DEGREES = 10.0  # errors of the size that the model expects, to which those are added
SEARCH_EVERY = 24  # origins that share one search for the orders
FEWEST_PERIODS = 23  # before the ones judged, where there is no season
SEASONS, LONG_SEASONS, BEYOND = 3, 2, 12
FEWEST_DIFFERENCES, FIRST_DIFFERENCES = 10, 8
FEWEST_SHIFTED = 2  # errors around moving holidays, without which no such period is judged
SHORT_HISTORY = 2.0  # the variance is widened by this, times periods judged over periods seen
LONGEST_MEMORY = 60  # periods, in which errors around moving holidays are looked for
SMALLEST_SPREAD = 1e-9  # of the values; what is less is rounding
POWER = 0.8


class NotJudgedError(Exception):
    """A series that cannot be judged; the argument is the reason."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A value and its forecast on the scale of the model, and how far apart they may be."""

    value: float
    forecast: float
    slack: tuple[float, float]
    spreads: Sequence[tuple[float, float]]
    is_log: bool
    year_over_year: bool

    @property
    def p_value(self) -> float:
        """Two-sided, at the largest spread, of what the calendar does not explain."""
        error = self.value - self.forecast
        excess = abs(error - min(max(error, self.slack[0]), self.slack[1]))
        return max(2 * float(student.sf(excess / sd, degrees)) for sd, degrees in self.spreads)

    def bounds(self, level: float) -> tuple[float, float]:
        """The values that are not called changed at a level, in the units of the series."""
        half, (low, high) = self._half(level), self.slack
        return self.in_units(self.forecast + low - half), self.in_units(self.forecast + high + half)

    def detectable(self, level: float) -> float:
        """The smallest rise that is found with a power of 80 % at a level, in the units."""
        sd, degrees = max(self.spreads, key=lambda spread: student.ppf((1 + level) / 2, spread[1]))
        least = self.slack[1] + self._half(level) + float(student.ppf(POWER, degrees)) * sd
        return self.in_units(self.forecast + least) - self.in_units(self.forecast)

    def in_units(self, number: float) -> float:
        """A number on the scale of the model in the units of the series."""
        return math.exp(min(number, 700.0)) if self.is_log else float(number)

    def _half(self, level: float) -> float:
        return max(float(student.ppf((1 + level) / 2, df)) * sd for sd, df in self.spreads)


@dataclass(frozen=True, kw_only=True)
class History:
    """A series up to the periods that are judged, `last` of them, and what is known beside it."""

    series: pd.Series
    season: int
    last: int
    holidays: Sequence[str]

    def judged(self) -> Judged:
        """Compare the last periods with their forecast."""
        self._check()
        value, forecast, sd = self._compared(self.origin)
        if not self._is_noisy(sd):
            raise NotJudgedError("does not vary")
        origins = [origin for origin in self._past_origins if self._is_known(origin)]
        recent = self._errors_at(origins[-MOST_ERRORS:])
        return Judged(
            value=value,
            forecast=forecast,
            slack=self._slack(forecast),
            spreads=[self._spread(sd, recent), *self._shifted_spread(sd, origins)],
            is_log=self.is_log,
            year_over_year=self.year_over_year,
        )

    @cached_property
    def origin(self) -> int:
        """How many periods come before those that are judged."""
        return len(self.series) - self.last

    @cached_property
    def is_log(self) -> bool:
        """Whether changes are ratios: all values are positive."""
        return bool((self.series.dropna() > 0).all())

    @cached_property
    def values(self) -> Floats:
        """The series on the scale of the model; NaN where a value is missing."""
        values = self.series.to_numpy(dtype=np.float64)
        return np.log(values) if self.is_log else values

    @cached_property
    def _modelled(self) -> Floats:
        """The values without gaps where differences to the year before leave a gap alone."""
        if not self.year_over_year:
            return self.values
        filled = pd.Series(self.values).interpolate(limit_direction="both")
        return np.asarray(filled, dtype=np.float64)

    @cached_property
    def index(self) -> pd.PeriodIndex:
        """The periods."""
        return pd.PeriodIndex(self.series.index)

    @cached_property
    def year_over_year(self) -> bool:
        """Whether there are too few seasons for a seasonal model."""
        return self.season > 1 and self.origin < self._fewest_for_season

    @property
    def _fewest_for_season(self) -> int:
        seasons = LONG_SEASONS if self.season > LONG_SEASON else SEASONS
        return seasons * self.season + BEYOND

    @property
    def fewest(self) -> int:
        """Periods that must come before those judged."""
        return FEWEST_PERIODS if self.season == 1 else self.season + FEWEST_DIFFERENCES

    @cached_property
    def first_origin(self) -> int:
        """The least number of periods that a model is fitted to."""
        if self.season == 1:
            return FEWEST_PERIODS
        return self.season + FIRST_DIFFERENCES if self.year_over_year else self._fewest_for_season

    @cached_property
    def columns(self) -> Floats:
        """Regressors of moving holidays, where the history is long enough to estimate them."""
        if self.year_over_year:
            return np.zeros((len(self.series), 0))
        shares = holiday_shares(self.index, self.holidays)
        return telling_columns(shares, self._places, self.first_origin)

    @cached_property
    def is_shifted(self) -> Flags:
        """Whether a holiday lies elsewhere than in the periods compared with, by origin."""
        weekly = self.season > LONG_SEASON
        if weekly and not self.year_over_year:
            shares = holiday_shares(self.index, self.holidays)
            return np.asarray((rolled(shares, self.last) > 0).any(axis=1))
        names = WITHIN_WEEKS if weekly and self.holidays else self.holidays
        return shifted(holiday_shares(self.index, names), self._places, self.last)

    @property
    def _places(self) -> int:
        """Periods after which the same part of the calendar comes again."""
        return self.season if self.season <= LONG_SEASON or self.year_over_year else 1

    @property
    def _past_origins(self) -> range:
        """Origins whose periods end before the judged ones begin."""
        first = max(self.first_origin, self.origin - LONGEST_MEMORY)
        return range(first, self.origin - self.last + 1)

    def _check(self) -> None:
        seen = self.values[: self.origin]
        if self.origin < self.fewest or np.isfinite(seen).sum() < self.fewest:
            raise NotJudgedError("short history")
        if not np.isfinite(self.values[self.origin :]).all():
            raise NotJudgedError("no value")
        known = seen[np.isfinite(seen)]
        most_common = np.unique(known, return_counts=True)[1].max()
        if most_common > len(known) / 2 or np.ptp(np.diff(known)) == 0:
            raise NotJudgedError("does not vary")

    def _slack(self, forecast: float) -> tuple[float, float]:
        low, high = length_slack(self.index, self.season, self.last)
        if self.is_log:
            return low, high
        ends = forecast * math.expm1(low), forecast * math.expm1(high)
        return min(ends), max(ends)

    def _spread(self, sd: float, errors: Floats) -> tuple[float, float]:
        """The spread of the forecast, widened by past errors; and its degrees of freedom."""
        # Totals of several periods overlap, so their errors count for less.
        count = len(errors) / self.last
        squares = float(errors @ errors) / self.last
        square = (PRIOR_DEGREES + squares) / (PRIOR_DEGREES + count)
        models = [member.model for member in self._models[self.origin]]
        seen = min(model.likelihood.n_observed for model in models)
        square = max(square, 1.0) * (1 + SHORT_HISTORY * self.last / seen)
        degrees = min(model.degrees for model in models)
        return sd * math.sqrt(square), min(PRIOR_DEGREES + count, degrees)

    def _shifted_spread(self, sd: float, origins: list[int]) -> list[tuple[float, float]]:
        """The spread around moving holidays, where the judged periods hold one."""
        if not self.is_shifted[self.origin]:
            return []
        own = self._errors_at([at for at in origins if self.is_shifted[at]])
        if len(own) < FEWEST_SHIFTED:
            raise NotJudgedError("moving holiday")
        square = max(float(own @ own) / len(own), 1.0)
        return [(sd * math.sqrt(square), max(len(own) / self.last, 1.0))]

    @cached_property
    def _models(self) -> dict[int, list[Member]]:
        return {}

    def _members(self, origin: int) -> list[Member]:
        """Models searched for at most 23 periods before an origin, and never after it."""
        searches = -(-(self.origin - origin) // SEARCH_EVERY)
        at = max(self.origin - searches * SEARCH_EVERY, self.first_origin)
        if at not in self._models:
            try:
                members = fit_members(self._task(at))
            except (DataError, np.linalg.LinAlgError) as error:
                raise NotJudgedError("no model") from error
            if len(members) == 1 and self.columns.shape[1]:
                # Restricted likelihood, as regressors would make the variance too small.
                members = [replace(members[0], model=members[0].model.restricted())]
            self._models[at] = members
        return self._models[at]

    def _task(self, origin: int) -> Task:
        is_long = self.season > LONG_SEASON
        wanted = Wanted(search="average" if is_long else "stepwise")
        if self.year_over_year:
            wanted = Wanted(order=(1, 0, 0), seasonal_order=(0, 1, 0))
        return Task(
            values=self._modelled[:origin],
            regressors=self.columns[:origin],
            period=self.season,
            year=calendar_of(self.index[:origin], self.season),
            wanted=wanted,
        )

    def _is_known(self, origin: int) -> bool:
        return bool(np.isfinite(self.values[origin : origin + self.last]).all())

    def _errors_at(self, origins: Sequence[int]) -> Floats:
        """The errors of forecasts in units of their spread, where they have one."""
        errors = np.array([self._error(origin) for origin in origins], dtype=np.float64)
        return errors[np.isfinite(errors)]

    def _error(self, origin: int) -> float:
        """NaN where the periods before an origin repeat each other without any error."""
        if origin not in self._errors:
            try:
                value, forecast, sd = self._compared(origin)
            except NotJudgedError:
                sd = 0.0
            noisy = self._is_noisy(sd)
            self._errors[origin] = (value - forecast) / sd if noisy else math.nan
        return self._errors[origin]

    def _is_noisy(self, sd: float) -> bool:
        """Whether a spread is more than rounding."""
        scale = 1.0 if self.is_log else float(np.nanmax(np.abs(self.values)))
        return math.isfinite(sd) and sd > SMALLEST_SPREAD * scale

    @cached_property
    def _errors(self) -> dict[int, float]:
        return {}

    def _compared(self, origin: int) -> tuple[float, float, float]:
        """Mean and forecast of the periods after an origin, and the spread of their difference.

        Where changes are ratios both are logarithms, of the mean and of its forecast.
        """
        later = slice(origin, origin + self.last)
        members = [self._seen(member, origin) for member in self._members(origin)]
        actual, (mean, covariance) = self.values[later], _ahead(members, self.columns[later])
        if not self.is_log:
            sd = math.sqrt(float(covariance.mean()))
            return float(actual.mean()), float(mean.mean()), sd
        top = float(mean.max())
        parts = np.exp(mean - top)
        weights = parts / parts.sum()
        value, forecast = (top + math.log(np.exp(x - top).mean()) for x in (actual, mean))
        return value, forecast, math.sqrt(float(weights @ covariance @ weights))

    def _seen(self, member: Member, origin: int) -> Member:
        """The model of a member, given all that came before an origin."""
        regressors = member.with_season(self.columns[:origin], 0)
        values = self._modelled[:origin] - member.effects(0, origin)
        seen = Observations.of(values, regressors)
        return replace(member, model=ArimaModel(member.model.order, member.model.free, seen))


def _ahead(members: list[Member], regressors: Floats) -> tuple[Floats, Floats]:
    """Mean and covariance of the next periods, one per row of their regressors."""
    steps = len(regressors)
    if len(members) > 1:
        ahead = predict_members(members, steps, regressors, 1.0)
        return ahead.mean, ahead.covariance
    first = len(members[0].model.observations.values)
    future = members[0].with_season(regressors, first)
    mean, covariance = members[0].model.predict(steps, future)
    return mean + members[0].effects(first, first + steps), covariance

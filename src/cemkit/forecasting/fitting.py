"""From a series and settings to fitted models; nothing is kept of a fit that fails."""

import warnings
from dataclasses import dataclass, replace
from typing import Literal

import pandas as pd

from cemkit.arrays import Floats
from cemkit.checks import check_choice, check_integer, check_number
from cemkit.checks.options import shown
from cemkit.errors import CemkitWarning, DataError, NotEnoughDataError
from cemkit.forecasting.clock import WallClock
from cemkit.forecasting.members import (
    Member,
    Task,
    check_errors,
    choose_power,
    fit_members,
    refit_members,
)
from cemkit.forecasting.power import LARGEST_POWER, to_power
from cemkit.forecasting.search import LONG_SEASON, Search, Wanted
from cemkit.forecasting.seasons import MOST_HARMONICS
from cemkit.forecasting.series import (
    aligned_regressors,
    calendar_of,
    check_length,
    check_orders,
    check_rank,
    regular_series,
    season_of,
    time_index,
)
from cemkit.forecasting.years import DAYS_IN_WEEK
from cemkit.formats import count_text

LARGEST_ORDER_PART = 60
LONGEST_PERIOD = 100_000
SEARCHES = ("auto", "stepwise", "exhaustive", "average")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fitted:
    """What was learnt: the models, what they were fitted to, and what was decided on the way."""

    members: list[Member]
    series: pd.Series
    regressors: pd.DataFrame
    period: int
    power: float
    notes: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The parameters of a forecaster, as given."""

    seasonal_period: Literal["auto"] | int
    power: Literal["auto"] | float
    wanted: Wanted

    def fit(self, sales: pd.Series, X: pd.DataFrame | pd.Series | None) -> Fitted:
        """Check everything, choose the orders and estimate the coefficients."""
        self.check()
        series = regular_series(sales)
        regressors = aligned_regressors(X, time_index(series))
        check_rank(regressors[series.notna()].to_numpy(), list(regressors.columns))
        period, notes = self._period(series)
        check_length(series, regressors.shape[1])
        named = self.wanted.named_order, self.wanted.named_seasonal_order
        check_orders(*named, period, int(series.count()), regressors.shape[1])
        wall = WallClock.of(series, regressors, period)
        power, note = self._power(wall, period)
        task = Task(
            values=_transformed(wall.series, power),
            regressors=wall.regressors.to_numpy(),
            period=period,
            year=calendar_of(time_index(series), period),
            wanted=replace(self.wanted, search=self._search(series, period)),
        )
        members = fit_members(task)
        check_errors(members[0].model, task.values)
        return Fitted(
            members=members,
            series=series,
            regressors=regressors,
            period=period,
            power=power,
            notes=[*notes, *note],
        )

    def check(self) -> None:
        """Raise where a parameter is none that can be fitted."""
        check_choice(self.wanted.search, "search", SEARCHES)
        for name in ("order", "seasonal_order"):
            value = getattr(self.wanted, name)
            if isinstance(value, str) and value == "auto":
                continue
            if not isinstance(value, tuple | list) or len(value) != 3:
                raise ValueError(
                    f"{name} must be 'auto' or three whole numbers, not {shown(value)}"
                )
            for part in value:
                check_integer(part, name, minimum=0, maximum=LARGEST_ORDER_PART)
        if isinstance(self.power, str) and self.power == "auto":
            return
        power = check_number(self.power, "power", minimum=0)
        if power > LARGEST_POWER:
            raise ValueError(f"power must be at most {LARGEST_POWER:g}, not {power:g}")

    def _search(self, series: pd.Series, period: int) -> Search:
        if self.wanted.search != "auto":
            return self.wanted.search
        # Where a short series shows no season yet, weeks are weeks all the same.
        own = season_of(time_index(series)) if _is_auto(self.seasonal_period) else period
        is_long = max(period, own) > LONG_SEASON
        named = self.wanted.named_order or self.wanted.named_seasonal_order
        return "average" if is_long and not named else "stepwise"

    def _period(self, series: pd.Series) -> tuple[int, list[str]]:
        wanted = self.seasonal_period
        if not (isinstance(wanted, str) and wanted == "auto"):
            period = check_integer(wanted, "seasonal_period", minimum=1, maximum=LONGEST_PERIOD)
            if len(series) < 2 * period:
                raise NotEnoughDataError(
                    "points in sales",
                    have=len(series),
                    need=2 * period,
                    hint=f"a season of {period} must be seen twice; set seasonal_period=1 for none",
                )
            year = calendar_of(time_index(series), period)
            if year is None or year.days >= DAYS_IN_WEEK:
                return period, []
            return period, [
                f"a season of {period} is the year, seen by at most {MOST_HARMONICS} harmonics and "
                "days that stand out; the shorter seasons in it, such as the week, are not modelled"
            ]
        index = time_index(series)
        period, notes = season_of(index), []
        if period == 1 and str(index.freqstr)[0] not in "AY":
            notes.append(f"no season goes with the frequency {index.freqstr}")
        if len(series) > 2 * period:
            return period, notes
        return 1, [
            *notes,
            f"no season: {count_text(len(series), 'points')}, where a season of {period} takes "
            f"{2 * period + 1}",
        ]

    def _power(self, wall: WallClock, period: int) -> tuple[float, list[str]]:
        series = wall.series
        if self.power == 1:
            return 1.0, []
        if not (series.dropna() > 0).all():
            note = f"no power: {count_text(int((series <= 0).sum()), 'values are')} not positive"
            if self.power != "auto":
                warnings.warn(note, CemkitWarning, stacklevel=4)
            return 1.0, [note]
        if self.power != "auto":
            return float(self.power), []
        year = calendar_of(time_index(series), period)
        return choose_power(series.to_numpy(), wall.regressors.to_numpy(), period, year), []


def refit(fitted: Fitted, series: pd.Series, regressors: pd.DataFrame) -> Fitted:
    """The same orders and weights, estimated again on a longer series."""
    if fitted.power != 1 and (series <= 0).any():
        raise DataError(f"the new sales are not all positive, as power {fitted.power:g} needs")
    wall = WallClock.of(series, regressors, fitted.period)
    values = _transformed(wall.series, fitted.power)
    members = refit_members(fitted.members, values, wall.regressors.to_numpy())
    return Fitted(
        members=members,
        series=series,
        regressors=regressors,
        period=fitted.period,
        power=fitted.power,
        notes=fitted.notes,
    )


def _transformed(series: pd.Series, power: float) -> Floats:
    return to_power(series.to_numpy(), power)


def _is_auto(value: object) -> bool:
    return isinstance(value, str) and value == "auto"

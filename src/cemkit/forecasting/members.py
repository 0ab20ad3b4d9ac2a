"""The models a forecast is made of: one, or several with weights, for short and long seasons.

References:
    Cheang, Reinsel (2000), Bias reduction of autoregressive estimates in time series regression
        model through restricted maximum likelihood, Journal of the American Statistical
        Association 95.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from cemkit.arrays import Floats
from cemkit.errors import DataError
from cemkit.forecasting.differencing import is_identified
from cemkit.forecasting.model import ArimaModel, Observations
from cemkit.forecasting.power import differences_of, likeliest_power, to_power
from cemkit.forecasting.predictive import Predictive, mixture
from cemkit.forecasting.search import LONG_SEASON, Candidate, OrderSearch, Wanted
from cemkit.forecasting.seasons import LongSeason, likeliest_season
from cemkit.forecasting.years import Year

LONGEST_WITH_TERMS = 60  # the time of a likelihood grows with the square of its span
SMALLEST_ERROR = 1e-10  # of the largest value; what is less is rounding


@dataclass(frozen=True, slots=True)
class Member:
    """A fitted model, its weight, and what stands for the season among its regressors."""

    weight: float
    model: ArimaModel
    season: LongSeason
    peaks: LongSeason | None = None
    sizes: tuple[float, ...] = ()

    def effects(self, first: int, last: int) -> Floats:
        """The effects of the peaks that the model does not see."""
        if self.peaks is None:
            return np.zeros(last - first)
        effects: Floats = self.peaks.columns(first, last) @ np.array(self.sizes)
        return effects

    def with_season(self, regressors: Floats, first: int) -> Floats:
        """The regressors of some periods, with those of the season behind them."""
        return np.column_stack([regressors, self.season.columns(first, first + len(regressors))])


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """What is to be fitted: a series on its scale, its regressors, and what is asked for."""

    values: Floats
    regressors: Floats
    period: int
    year: Year | None = None
    wanted: Wanted = field(default_factory=Wanted)

    @property
    def has_long_season(self) -> bool:
        """Whether regressors stand for the season: it is long, and no seasonal order is named."""
        return self.period > LONG_SEASON and self.wanted.named_seasonal_order is None


def fit_members(task: Task) -> list[Member]:
    """Search and fit; the weights sum to 1, and the first member is the one that is named."""
    none = LongSeason(task.period)
    if not task.has_long_season:
        return _family(task, task.period, none)
    season = likeliest_season(task.values, task.regressors, task.period, task.year)
    waves = _family(task, 1, season)
    if task.wanted.search != "average" or task.period > LONGEST_WITH_TERMS:
        return waves
    return _averaged(waves, _without_peaks(task, waves[0]))


def _averaged(waves: list[Member], seasonal: list[Member]) -> list[Member]:
    """Both families: by their evidence where it is that of the same data, or else half each."""
    first, other = waves[0].model.order, seasonal[0].model.order
    if other.seasonal_d or first.d != other.d:
        return [replace(member, weight=0.5 * member.weight) for member in [*waves, *seasonal]]
    both = [*waves, *seasonal]
    least = min(member.model.aicc for member in both)
    evidence = np.array([math.exp((least - member.model.aicc) / 2) for member in both])
    weights = evidence / evidence.sum()
    return [
        replace(member, weight=float(weight)) for member, weight in zip(both, weights, strict=True)
    ]


def _without_peaks(task: Task, waves: Member) -> list[Member]:
    """Models with seasonal terms, of the series less the peaks that another member found."""
    season, none = waves.season, LongSeason(task.period)
    count = len(season.peaks) if season.year is not None else 0
    if not count:
        return _family(task, task.period, none)
    peaks = replace(season, n_harmonics=0)
    sizes = waves.model.regression.effects[-count:]
    effects = peaks.columns(0, len(task.values)) @ sizes
    members = _family(replace(task, values=task.values - effects), task.period, none)
    return [replace(one, peaks=peaks, sizes=tuple(sizes.tolist())) for one in members]


def check_errors(model: ArimaModel, values: Floats) -> None:
    """Raise `DataError` where a model explains everything, so that there is no error to model."""
    if np.sqrt(model.regression.variance) <= SMALLEST_ERROR * np.nanmax(np.abs(values)):
        raise DataError(
            f"sales follow {model.order} without error, so no variance can be estimated; "
            "check the data"
        )


def refit_members(members: Sequence[Member], values: Floats, regressors: Floats) -> list[Member]:
    """The same orders and weights, estimated again on other values."""

    def again(member: Member) -> Member:
        effects = member.effects(0, len(values))
        seen = Observations.of(values - effects, member.with_season(regressors, 0))
        old = member.model
        orders = old.order
        search = OrderSearch(seen, orders.d, orders.seasonal_d, orders.arma.period, Wanted())
        start = Candidate(old.order, old.free, -np.inf, np.inf)
        found = search.polished(search.fitted(old.order, start))
        model = ArimaModel(found.order, found.free, seen)
        return replace(member, model=model)

    return [again(member) for member in members]


def predict_members(
    members: Sequence[Member], steps: int, regressors: Floats, power: float
) -> Predictive:
    """The joint distribution of the next periods, averaged over the members."""
    parts = []
    for member in members:
        first = len(member.model.observations.values)
        future = member.with_season(regressors, first)
        mean, covariance = member.model.predict(steps, future)
        if future.shape[1] and len(members) == 1:
            _, covariance = member.model.restricted().predict(steps, future)
        mean = mean + member.effects(first, first + steps)
        parts.append(Predictive(mean, covariance, member.model.degrees, power))
    return mixture([member.weight for member in members], parts)


def choose_power(
    values: Floats, regressors: Floats, period: int, year: Year | None = None
) -> float:
    """The likeliest power of 0, 1/2 and 1, where the season is long with its regressors."""
    if period <= LONG_SEASON:
        return likeliest_power(values, regressors, period)
    season = likeliest_season(to_power(values, 0.5), regressors, period, year)
    columns = season.columns(0, len(values))
    return likeliest_power(values, np.column_stack([regressors, columns]), 1)


def _family(task: Task, period: int, season: LongSeason) -> list[Member]:
    regressors = np.column_stack([task.regressors, season.columns(0, len(task.values))])
    seen = Observations.of(task.values, regressors)
    d, seasonal_d = _differences(task, regressors, period)
    search = OrderSearch(seen, d, seasonal_d, period, task.wanted)
    return [Member(weight, model, season) for weight, model in search.best()]


def _differences(task: Task, regressors: Floats, period: int) -> tuple[int, int]:
    order, seasonal_order = task.wanted.named_order, task.wanted.named_seasonal_order
    d, seasonal_d = differences_of(
        task.values,
        regressors,
        period,
        d=order and order[1],
        seasonal_d=seasonal_order and seasonal_order[1],
    )
    columns = np.column_stack([Observations.of(task.values, regressors).missing, regressors])
    if not is_identified(columns, d, seasonal_d, period):
        raise DataError(
            f"d={d} and D={seasonal_d} leave a regressor in X, or a place in the season "
            "whose values are all missing, not identified; use smaller differences"
        )
    return d, seasonal_d

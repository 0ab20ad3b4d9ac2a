"""The models a forecast is made of: one, or several with weights, with or without harmonics."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from cemkit.prediction.forecasting.model import ArimaModel, Observations, corrected_aic
from cemkit.prediction.forecasting.polynomials import FloatArray
from cemkit.prediction.forecasting.power import differences_of, likeliest_power, to_power
from cemkit.prediction.forecasting.predictive import Predictive, mixture
from cemkit.prediction.forecasting.regressors import seasonal_waves
from cemkit.prediction.forecasting.search import LONG_SEASON, Candidate, OrderSearch, Search

Order = tuple[int, int, int]
MOST_HARMONICS = 6


@dataclass(frozen=True, slots=True)
class Member:
    """A fitted model, its weight, and the harmonics of the season among its regressors.

    Examples:
        >>> task = Task(values=np.sin(np.arange(30.0)), regressors=np.empty((30, 0)), period=1)
        >>> fit_members(task)[0].with_harmonics(np.zeros((2, 1)), 30).shape
        (2, 1)
    """

    weight: float
    model: ArimaModel
    n_harmonics: int
    period: int

    def with_harmonics(self, regressors: FloatArray, first: int) -> FloatArray:
        """The regressors of some periods, with the harmonics behind them.

        Args:
            regressors: A row per period.
            first: The first of these periods, counted from the first of the fit.
        """
        waves = seasonal_waves(first, first + len(regressors), self.period, self.n_harmonics)
        return np.column_stack([regressors, waves])


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """What is to be fitted: a series on its scale, its regressors, and what is asked for.

    Examples:
        >>> task = Task(values=np.sin(np.arange(30.0)), regressors=np.empty((30, 0)), period=1)
        >>> fit_members(task)[0].weight
        1.0
    """

    values: FloatArray
    regressors: FloatArray
    period: int
    order: Order | None = None
    seasonal_order: Order | None = None
    search: Search = "stepwise"

    @property
    def has_long_season(self) -> bool:
        """Whether harmonics stand for the season: it is long, and no seasonal order is named."""
        return self.period > LONG_SEASON and self.seasonal_order is None


def fit_members(task: Task) -> list[Member]:
    """Search and fit; the weights sum to 1, and the first member is the one that is named.

    A season of more than 24 periods is modelled by harmonics; the average puts as much weight on
    models with seasonal terms, which follow peaks that harmonics round off.

    Args:
        task: What to fit.

    Examples:
        >>> task = Task(values=np.sin(np.arange(30.0)), regressors=np.empty((30, 0)), period=1)
        >>> [member.n_harmonics for member in fit_members(task)]
        [0]
    """
    if not task.has_long_season:
        return _family(task, task.period, 0)
    waves = _family(task, 1, likeliest_harmonics(task))
    if task.search != "average":
        return waves
    seasonal = _family(task, task.period, 0)
    return [_reweighted(member, 0.5 * member.weight) for member in [*waves, *seasonal]]


def refit_members(
    members: Sequence[Member], values: FloatArray, regressors: FloatArray
) -> list[Member]:
    """The same orders and weights, estimated again on other values.

    Args:
        members: Fitted before.
        values: On the same scale.
        regressors: A row per value, without harmonics.

    Examples:
        >>> values = np.sin(np.arange(30.0))
        >>> task = Task(values=values[:25], regressors=np.empty((25, 0)), period=1)
        >>> again = refit_members(fit_members(task), values, np.empty((30, 0)))
        >>> again[0].model.likelihood.n_observed
        30
    """

    def again(member: Member) -> Member:
        seen = Observations.of(values, member.with_harmonics(regressors, 0))
        old = member.model
        search = OrderSearch(seen, old.order.d, old.order.seasonal_d, old.order.arma.period)
        start = Candidate(old.order, old.free, -np.inf, np.inf)
        found = search.polished(start)
        model = ArimaModel(found.order, found.free, seen)
        return Member(member.weight, model, member.n_harmonics, member.period)

    return [again(member) for member in members]


def predict_members(
    members: Sequence[Member], steps: int, regressors: FloatArray, power: float
) -> Predictive:
    """The joint distribution of the next periods, averaged over the members.

    Args:
        members: With their weights.
        steps: How many periods.
        regressors: Of these periods, without harmonics.
        power: Of the scale the members were fitted on.

    Examples:
        >>> task = Task(values=np.sin(np.arange(30.0)), regressors=np.empty((30, 0)), period=1)
        >>> predict_members(fit_members(task), 3, np.empty((3, 0)), 1.0).mean.shape
        (3,)
    """
    parts = []
    for member in members:
        first = len(member.model.observations.values)
        future = member.with_harmonics(regressors, first)
        mean, covariance = member.model.predict(steps, future)
        parts.append(Predictive(mean, covariance, member.model.degrees, power))
    return mixture([member.weight for member in members], parts)


def choose_power(values: FloatArray, regressors: FloatArray, period: int) -> float:
    """The likeliest power of 0, 1/2 and 1, with harmonics where the season is long.

    Args:
        values: Positive; NaN where one is missing.
        regressors: A row per period.
        period: Periods in a season.

    Examples:
        >>> growth = np.exp(np.arange(60) / 10 + np.sin(np.arange(60.0) ** 2) / 5)
        >>> choose_power(growth, np.empty((60, 0)), 1)
        0.0
    """
    if period <= LONG_SEASON:
        return likeliest_power(values, regressors, period)
    task = Task(values=to_power(values, 0.5), regressors=regressors, period=period)
    waves = seasonal_waves(0, len(values), period, likeliest_harmonics(task))
    return likeliest_power(values, np.column_stack([regressors, waves]), 1)


def likeliest_harmonics(task: Task) -> int:
    """How many harmonics have the least AICc in a regression with first-order errors.

    Args:
        task: The series and its regressors.

    Examples:
        >>> season = 10 + np.sin(2 * np.pi * np.arange(160) / 52) + np.sin(np.arange(160.0) ** 2)
        >>> likeliest_harmonics(Task(values=season, regressors=np.empty((160, 0)), period=52))
        1
    """
    seen = np.isfinite(task.values)
    waves = seasonal_waves(0, len(task.values), task.period, MOST_HARMONICS)
    fixed = np.column_stack([np.ones(len(task.values)), task.regressors])
    design = np.column_stack([fixed, waves])[seen]
    series = task.values[seen]
    if len(series) <= design.shape[1] + 2:
        return 0
    residuals = series - design @ np.linalg.lstsq(design, series, rcond=None)[0]
    echo = float(residuals[1:] @ residuals[:-1]) / max(float(residuals @ residuals), 1e-300)
    rows = np.column_stack([series, design])
    rows = rows[1:] - echo * rows[:-1]
    # One factor serves every number of harmonics: the columns are nested.
    triangle = np.linalg.qr(np.column_stack([rows[:, 1:], rows[:, 0]])).R[:, -1]
    n, base = len(rows), fixed.shape[1]

    def aicc(count: int) -> float:
        unexplained = float(triangle[base + 2 * count :] @ triangle[base + 2 * count :])
        log_likelihood = -0.5 * n * np.log(max(unexplained, 1e-300))
        return corrected_aic(log_likelihood, base + 2 * count + 2, n)

    return min(range(MOST_HARMONICS + 1), key=aicc)


def _family(task: Task, period: int, n_harmonics: int) -> list[Member]:
    waves = seasonal_waves(0, len(task.values), task.period, n_harmonics)
    regressors = np.column_stack([task.regressors, waves])
    seen = Observations.of(task.values, regressors)
    d, seasonal_d = _differences(task, regressors, period)
    search = OrderSearch(
        seen, d, seasonal_d, period, order=task.order, seasonal_order=task.seasonal_order
    )
    return [
        Member(weight, model, n_harmonics, task.period)
        for weight, model in search.best(task.search)
    ]


def _differences(task: Task, regressors: FloatArray, period: int) -> tuple[int, int]:
    wanted = None if task.seasonal_order is None else task.seasonal_order[1]
    d, seasonal_d = differences_of(task.values, regressors, period, wanted)
    return (d if task.order is None else task.order[1]), seasonal_d


def _reweighted(member: Member, weight: float) -> Member:
    return Member(weight, member.model, member.n_harmonics, member.period)

"""Did the promotion lift sales, or only move them forward?"""

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.stats import t as student
from sklearn.base import clone

from cemkit.checks import check_choice, check_fraction, check_integer
from cemkit.errors import DataError, NotEnoughDataError
from cemkit.measurement.effects import Draws, FloatArray, PromotionEffect, effect_from_draws
from cemkit.prediction.forecasting.forecaster import ARIMAForecaster
from cemkit.prediction.forecasting.regressors import (
    fourier_terms,
    period_bounds,
    promotion_days,
    promotion_regressors,
    promotion_share,
)
from cemkit.prediction.forecasting.search import LONG_SEASON
from cemkit.prediction.forecasting.seasons import MOST_HARMONICS
from cemkit.prediction.forecasting.series import (
    FEWEST_POINTS,
    TimeIndex,
    aligned_regressors,
    regular_series,
    season_of,
    time_index,
)

N_DRAWS = 4000
LARGEST_RELATIVE_ERROR = 0.5


def promotion_effect(
    sales: pd.Series,
    promotions: pd.DataFrame,
    *,
    method: Literal["regression", "counterfactual"] = "regression",
    after: int = 4,
    scale: Literal["auto", "multiplicative", "additive"] = "auto",
    X: pd.DataFrame | None = None,
    seasonal_period: Literal["auto"] | int = "auto",
    placebos: int = 4,
    confidence_level: float = 0.95,
    random_state: int = 0,
) -> PromotionEffect:
    """Lift during promotions, dip after them, and what is left, each with its interval.

    `"regression"` fits one ARIMA model with regressors for the promotions and for each period
    after them, alike for all promotions; the baseline is what was sold less what these explain.
    `"counterfactual"` forecasts each promotion from the sales before it, and compares; it takes
    nothing for granted about the shape of the effect, and says less where promotions are frequent.
    Intervals of sums come from joint draws, never from summed bounds.

    Args:
        sales: Amounts on a regular index; it must reach past the promotions to show a dip. Dates
            of weeks are read as their last days; where they are the first, make periods of them:
            `sales.index = sales.index.to_period("W-SUN")` for weeks that begin on Mondays.
        promotions: `start_date, end_date`, and `promotion` for their names. A period belongs to a
            promotion when a day of it does; no two promotions may share one. Name all that fall
            into the sales: one that is not named is taken for what is sold without promotions.
        method: How the baseline is made.
        after: Periods after a promotion in which a dip is looked for, fewer where the next begins.
        scale: Whether effects multiply sales or add to them; `"auto"` multiplies where all sales
            are positive.
        X: Other regressors, such as holidays; a row for every period.
        seasonal_period: As in `ARIMAForecaster`.
        placebos: Windows without a promotion on which the method is tried: before the first
            promotion for `"counterfactual"`, between them for `"regression"`. `placebo_rate` is
            the share of them in which it finds an effect that is not there. As many as fit are
            used.
        confidence_level: Of the intervals.
        random_state: Seed of the draws.

    Raises:
        MissingColumnsError: `start_date` or `end_date` is not there.
        DataError: A promotion lies outside the sales, none of its sales is known, two have the
            same name or share a period, or the model fits so badly that a typical error is more
            than half of the sales.
        NotEnoughDataError: There is too little before the first promotion.

    References:
        Brodersen and others (2015), Inferring causal impact using Bayesian structural time-series
        models, Annals of Applied Statistics 9 (the counterfactual). Van Heerde, Leeflang, Wittink
        (2000), The estimation of pre- and postpromotion dips with store-level scanner data,
        Journal of Marketing Research 37.

    Examples:
        >>> weeks = pd.period_range("2024-01-01", periods=60, freq="W-SUN")
        >>> sold = 100 + 5 * np.sin(np.arange(60.0) ** 2)
        >>> sold[[20, 40]] += 50
        >>> days = pd.to_datetime(["2024-05-20", "2024-10-07"])
        >>> promotions = pd.DataFrame({"start_date": days, "end_date": days})
        >>> effect = promotion_effect(pd.Series(sold, index=weeks), promotions)
        >>> round(effect.lift, 1), effect.decline_probability < 0.99
        (0.5, True)
    """
    check_choice(method, "method", ("regression", "counterfactual"))
    check_choice(scale, "scale", ("auto", "multiplicative", "additive"))
    check_integer(after, "after", minimum=1)
    check_integer(placebos, "placebos", minimum=0)
    level = check_fraction(confidence_level, "confidence_level")
    series = regular_series(sales)
    power = _power(series, scale)
    study = _Study(
        series=series,
        promotions=promotions,
        windows=_windows(series, promotions, after),
        forecaster=ARIMAForecaster(seasonal_period=seasonal_period, power=power),
        X=None if X is None else aligned_regressors(X, time_index(series)),
        after=after,
        seed=random_state,
    )
    scale_name = "multiplicative" if power == 0 else "additive"
    if method == "regression":
        parts, relative = study.by_regression()
        return effect_from_draws(
            parts,
            relative,
            method=method,
            scale=scale_name,
            confidence_level=level,
            placebo=study.placebo_rate_between(placebos, level),
        )
    return effect_from_draws(
        study.by_counterfactual(),
        method=method,
        scale=scale_name,
        confidence_level=level,
        placebo=study.placebo_rate(placebos, level),
    )


@dataclass(frozen=True, slots=True)
class _Window:
    """A promotion as positions: it runs from `first` to before `last`, and echoes to `end`."""

    name: object
    first: int
    last: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Study:
    series: pd.Series
    promotions: pd.DataFrame
    windows: list[_Window]
    forecaster: ARIMAForecaster
    X: pd.DataFrame | None
    after: int
    seed: int

    def by_regression(self) -> tuple[dict[object, Draws], Draws | None]:
        design = self._design()
        fitted = self._fitted(_joined(design, self.X))
        _refuse_bad_fit(fitted, self.series)
        estimate, covariance = fitted.regressor_effects()
        names = list(design.columns)
        middle, spread = estimate[names].to_numpy(), covariance.loc[names, names].to_numpy()
        degrees = fitted.members_[0].model.degrees
        effects = _t_draws(middle, spread, degrees, self.seed)
        multiply = fitted.power_ == 0
        parts = {
            window.name: _explained(self.series, design, effects, window, multiply)
            for window in self.windows
        }
        if not multiply or len(names) == 1:
            return parts, None
        later = np.arange(len(names)) > 0
        error = math.sqrt(float(spread[1:, 1:].sum()))
        return parts, {
            "dip": np.expm1(effects[:, later]).sum(axis=1),
            "decline_p_value": np.array([student.cdf(middle[1:].sum() / error, degrees)]),
        }

    def _design(self) -> pd.DataFrame:
        index = time_index(self.series)
        design = promotion_regressors(index, self.promotions, after=self.after)
        return design.loc[:, design[self.series.notna()].any()]

    def _fitted(self, design: pd.DataFrame) -> ARIMAForecaster:
        """With a long season, all harmonics: too few would be taken for effects of promotions."""
        index = time_index(self.series)
        wanted = self.forecaster.seasonal_period
        period = season_of(index) if wanted == "auto" else wanted
        if not LONG_SEASON < period < len(index) / 2:
            return self.forecaster.fit(self.series, X=design)
        waves = fourier_terms(index, period=period, harmonics=MOST_HARMONICS)
        forecaster = clone(self.forecaster).set_params(seasonal_period=1)
        fitted: ARIMAForecaster = forecaster.fit(self.series, X=design.join(waves))
        return fitted

    def by_counterfactual(self) -> dict[object, Draws]:
        return {
            window.name: self._forecast_window(window, self.seed + i)
            for i, window in enumerate(self.windows)
        }

    def _forecast_window(self, window: _Window, seed: int) -> Draws:
        before = self.series.iloc[: window.first]
        have = int(before.notna().sum())
        if have < 2 * FEWEST_POINTS:
            raise NotEnoughDataError(
                f"points before promotion {window.name!r}",
                have=have,
                need=2 * FEWEST_POINTS,
                # Left in the sales it would raise the baseline of all promotions after it.
                hint="set its sales to NaN and leave it out, or use method='regression'",
            )
        design = self._earlier_promotions(time_index(self.series)[: window.end], window)
        fitted = self.forecaster.fit(before, X=design)
        _refuse_bad_fit(fitted, before)
        ahead = fitted.predictive(window.end - window.first, design)
        _refuse_wide(ahead.total(0.95), window.name)
        base = np.vstack([ahead.forecast, ahead.draws(N_DRAWS, seed)])
        return _compared(self.series, base, window)

    def _earlier_promotions(self, rows: TimeIndex, window: _Window) -> pd.DataFrame | None:
        """Regressors of the promotions before this one, and the further ones."""
        further = None if self.X is None else self.X.loc[rows]
        began = promotion_days(self.promotions)[0] < period_bounds(rows)[0][window.first]
        if not began.any():
            return further
        design = promotion_regressors(rows, self.promotions[began], after=self.after)
        before = self.series.notna().to_numpy()[: window.first]
        return _joined(design.loc[:, design[: window.first][before].any()], further)

    def placebo_rate_between(self, wanted: int, level: float) -> tuple[int, float]:
        """How often windows that no promotion touches seem to hold an effect of one."""
        design, seen = self._design(), self.series.notna().to_numpy()
        free = design.eq(0).all(axis=1).to_numpy() & seen
        # A placebo takes a coefficient, which a short series has not to spare.
        room = int(seen.sum()) - 3 * FEWEST_POINTS - design.shape[1]
        steps = self.windows[0].last - self.windows[0].first
        starts = _spread(free, steps, min(wanted, room))
        if not starts:
            return 0, math.nan
        places = np.arange(len(free))
        for i, start in enumerate(starts):
            design[f"placebo_{i}"] = ((places >= start) & (places < start + steps)) * 1.0
        try:
            fitted = self._fitted(_joined(design, self.X))
        except DataError:  # X already explains a placebo
            return 0, math.nan
        estimate, covariance = fitted.regressor_effects()
        ratios = (estimate / np.sqrt(np.diag(covariance))).abs().filter(like="placebo_")
        limit = student.ppf(0.5 + level / 2, fitted.members_[0].model.degrees)
        return len(starts), float((ratios > limit).mean())

    def placebo_rate(self, wanted: int, level: float) -> tuple[int, float]:
        """How often windows before the first promotion seem to hold an effect."""
        first = self.windows[0]
        steps = first.end - first.first
        cuts = [first.first - steps * back for back in range(1, wanted + 1)]
        found = []
        for cut in (cut for cut in cuts if cut >= 2 * FEWEST_POINTS):
            actual = self.series.iloc[cut : cut + steps]
            if actual.isna().any():
                continue
            try:
                fitted = self.forecaster.fit(self.series.iloc[:cut], X=self.X)
            except DataError:  # too little is known so early, of sales or of X
                continue
            _, lower, upper = fitted.predictive(steps, self.X).total(level)
            found.append(not lower <= actual.sum() <= upper)
        return len(found), float(np.mean(found)) if found else math.nan


def _joined(design: pd.DataFrame, further: pd.DataFrame | None) -> pd.DataFrame:
    if further is None:
        return design
    twice = list(design.columns.intersection(further.columns))
    if twice:
        raise DataError(f"X has the columns {twice}, which are names of effects; rename them")
    return design.join(further)


def _spread(free: npt.NDArray[np.bool_], steps: int, wanted: int) -> list[int]:
    """Starts of windows in which all periods are free, evenly chosen; none overlap."""
    starts, place = [], 0
    while place + steps <= len(free):
        found = bool(free[place : place + steps].all())
        if found:
            starts.append(place)
        place += steps if found else 1
    chosen = np.linspace(0, len(starts) - 1, max(min(wanted, len(starts)), 0)).round()
    return [starts[int(i)] for i in chosen]


def _explained(
    series: pd.Series, design: pd.DataFrame, effects: FloatArray, window: _Window, multiply: bool
) -> Draws:
    """Amounts that the promotion explains; the first draw is the estimate itself."""
    values = series.to_numpy()[window.first : window.end]
    path = effects @ design.to_numpy()[window.first : window.end].T
    seen = np.nan_to_num(values)
    amounts = seen * -np.expm1(-path) if multiply else path * np.isfinite(values)
    length = window.last - window.first
    lift = amounts[:, :length].sum(axis=1)
    actual = np.full(len(lift), seen[:length].sum())
    return {
        "actual": actual,
        "baseline": actual - lift,
        "lift": lift,
        "dip": amounts[:, length:].sum(axis=1),
        "periods": np.array([float(length)]),
    }


def _compared(series: pd.Series, base: FloatArray, window: _Window) -> Draws:
    """What was sold less the baselines, during the promotion and after it."""
    actual = series.to_numpy()[window.first : window.end]
    seen = np.isfinite(actual)
    effect = np.where(seen, actual - base, 0.0)
    length = window.last - window.first
    lift = effect[:, :length].sum(axis=1)
    total = np.full(len(base), np.nansum(actual[:length]))
    return {
        "actual": total,
        "baseline": total - lift,
        "lift": lift,
        "dip": effect[:, length:].sum(axis=1),
        "periods": np.array([float(length)]),
    }


def _windows(series: pd.Series, promotions: pd.DataFrame, after: int) -> list[_Window]:
    starts, ends = promotion_days(promotions)
    begins, stops = period_bounds(time_index(series))
    names = list(promotions.get("promotion", promotions.index))
    first = stops.searchsorted(starts)
    last = begins.searchsorted(ends, side="right")
    on = promotion_share(time_index(series), promotions) > 0
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise DataError(
            f"promotions has {names.count(twice)} rows named {twice!r}; name each apart, such as "
            "by its year"
        )
    windows: list[_Window] = []
    for i in np.argsort(starts.to_numpy(), kind="stable"):
        if first[i] >= last[i]:
            raise DataError(
                f"promotion {names[i]!r} ({starts.iloc[i].date()}) lies outside the sales, "
                f"which run from {series.index[0]} to {series.index[-1]}"
            )
        if windows and first[i] < windows[-1].last:
            raise DataError(
                f"promotions {windows[-1].name!r} and {names[i]!r} share the period "
                f"{series.index[first[i]]}, so what each did cannot be told apart; make one row of "
                "them, or take shorter periods"
            )
        if series.iloc[first[i] : last[i]].isna().all():
            raise DataError(f"no sales are known during promotion {names[i]!r}; leave it out")
        end = last[i]
        while end < len(on) and end < last[i] + after and not on[end]:
            end += 1
        windows.append(_Window(names[i], int(first[i]), int(last[i]), int(end)))
    return windows


def _power(series: pd.Series, scale: str) -> float:
    positive = bool((series.dropna() > 0).all())
    if scale == "multiplicative" and not positive:
        raise DataError("sales are not all positive, so effects cannot multiply; use 'additive'")
    return 0.0 if positive and scale != "additive" else 1.0


def _refuse_bad_fit(fitted: ARIMAForecaster, before: pd.Series) -> None:
    error = math.sqrt(fitted.members_[0].model.regression.variance)
    if fitted.power_ != 0:
        error /= max(float(before.abs().mean()), 1e-300)
    if error > LARGEST_RELATIVE_ERROR:
        raise DataError(
            f"sales without promotions are too irregular to measure against: the model errs by "
            f"{error:.0%} from one period to the next (at most {LARGEST_RELATIVE_ERROR:.0%} will "
            "do); take longer periods, or sum over more products"
        )


def _refuse_wide(total: tuple[float, float, float], name: object) -> None:
    middle, lower, upper = total
    error = (upper - lower) / 2 / max(abs(middle), 1e-300)
    if error > 2 * LARGEST_RELATIVE_ERROR:
        raise DataError(
            f"the sales before promotion {name!r} foretell its baseline only to within "
            f"{error:.0%}; take a longer history, or use method='regression'"
        )


def _t_draws(middle: FloatArray, covariance: FloatArray, degrees: float, seed: int) -> FloatArray:
    """The estimate, then draws from its t distribution."""
    generator = np.random.default_rng(seed)
    values, vectors = np.linalg.eigh(covariance)
    root = vectors * np.sqrt(np.maximum(values, 0.0))
    normal = generator.standard_normal((N_DRAWS, len(middle))) @ root.T
    scale = np.sqrt(degrees / generator.chisquare(degrees, (N_DRAWS, 1)))
    return np.vstack([middle, middle + scale * normal])

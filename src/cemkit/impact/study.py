"""One shop's sales and the promotions in them, as a regression or a forecast explains them."""

import math
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple

import numpy as np
import pandas as pd
from scipy.special import ndtri
from scipy.stats import t as student
from sklearn.base import clone

from cemkit.arrays import Floats, symmetric_root
from cemkit.checks import check_choice, check_integer
from cemkit.checks.tables import check_column_names
from cemkit.errors import DataError, NotEnoughDataError
from cemkit.forecasting.forecaster import ARIMAForecaster
from cemkit.forecasting.regressors import fourier_terms, period_bounds
from cemkit.forecasting.search import LONG_SEASON
from cemkit.forecasting.seasons import most_harmonics
from cemkit.forecasting.series import (
    FEWEST_POINTS,
    TimeIndex,
    aligned_regressors,
    calendar_of,
    regular_series,
    season_of,
    time_index,
)
from cemkit.impact.effects import NOT_IDENTIFIED, Draws
from cemkit.impact.identification import Calendar, worst
from cemkit.impact.times_of_year import NEIGHBOURS, TimesOfYear
from cemkit.impact.windows import (
    AFTER,
    BEFORE,
    Window,
    promotion_design,
    promotion_windows,
    read_promotions,
    spread_windows,
)

MOST_BEFORE = 366  # periods before a promotion, each of them an effect
N_DRAWS = 4000
LARGEST_RELATIVE_ERROR = 0.5
WIDE = 0.975  # where a normal distribution takes the place of Student's


class Regressed(NamedTuple):
    """What a regression found: joint draws by promotion, the calendar, and each period's baseline.

    `baselines` has a row per period: the estimate first, then draws. What is not identified counts
    as baseline.
    """

    parts: dict[object, Draws]
    relative: Draws | None
    calendar: tuple[str, str]
    baselines: Floats


@dataclass(frozen=True, slots=True)
class Estimates:
    """Effects with their covariance matrix, on the scale of the model, and its innovations."""

    effects: Floats
    covariance: Floats
    degrees: int
    names: list[str]
    residuals: Floats

    def of(self, name: str) -> tuple[float, float]:
        """One effect and its standard error, widened for the degrees of freedom."""
        place = self.names.index(name)
        wider = student.ppf(WIDE, self.degrees) / ndtri(WIDE)
        return float(self.effects[place]), wider * math.sqrt(float(self.covariance[place, place]))

    def sum_of(self, start: str) -> tuple[float, float]:
        """Relative effects added up, by the delta method; 0 of none is missing."""
        chosen = np.array([name.startswith(start) for name in self.names])
        if not chosen.any():
            return math.nan, math.nan
        slopes = np.where(chosen, np.exp(self.effects), 0.0)
        wider = student.ppf(WIDE, self.degrees) / ndtri(WIDE)
        error = wider * math.sqrt(float(slopes @ self.covariance @ slopes))
        return float(np.expm1(self.effects[chosen]).sum()), error


@dataclass(frozen=True, slots=True, kw_only=True)
class Study:
    """Sales, the calendar of promotions, and the model that tells the two apart."""

    series: pd.Series
    promotions: pd.DataFrame
    design: pd.DataFrame
    windows: list[Window]
    forecaster: ARIMAForecaster
    X: pd.DataFrame | None
    before: int
    after: int
    seed: int

    @property
    def scale(self) -> str:
        """Whether effects multiply sales or add to them."""
        return "multiplicative" if self.forecaster.power == 0 else "additive"

    def by_regression(self) -> "Regressed":
        """Effects from one regression on the whole series."""
        design = self.design
        fitted = self._fitted(design)
        estimate, covariance = fitted.regressor_effects()
        names = list(design.columns)
        middle, spread = estimate[names].to_numpy(), covariance.loc[names, names].to_numpy()
        multiply = fitted.power_ == 0
        _refuse_uncertain(design, spread, 1.0 if multiply else float(self.series.abs().mean()))
        effects = _t_draws(middle, spread, fitted.degrees_of_freedom_, self.seed)
        lift, dip = self._against_calendar(design)
        parts = {
            window.name: _explained(self.series, design, effects, window, multiply)
            for window in self.windows
        }
        for part in parts.values() if dip == NOT_IDENTIFIED else ():
            for name in {"before", "dip"} & part.keys():
                part[name] = np.full_like(part[name], np.nan)
        later = np.array([name.startswith(AFTER) for name in names])
        beside = np.array([name.startswith((BEFORE, AFTER)) for name in names])
        relative = None
        if multiply and later.any() and dip != NOT_IDENTIFIED:
            relative = {"dip": np.expm1(effects[:, later]).sum(axis=1)}
        columns = design.to_numpy() * ([1.0] * len(names) if dip != NOT_IDENTIFIED else ~beside)
        return Regressed(
            parts, relative, (lift, dip), _paths(self.series, columns @ effects.T, multiply)
        )

    def _against_calendar(self, design: pd.DataFrame) -> tuple[str, str]:
        """Whether other years tell the lift, and what follows it, apart from the season."""
        calendar = self._calendar()
        on = design.ne(0) & calendar.seen[:, None]
        # The dip is a sum: it takes other years for each of its periods.
        later = [str(name) for name in on if str(name).startswith((BEFORE, AFTER))]
        dip = [calendar.status(on[name].to_numpy()) for name in later]
        return calendar.status(on["promotion"].to_numpy()), worst(dip)

    def _calendar(self) -> Calendar:
        seen = self.series.notna().to_numpy()
        return Calendar.of(time_index(self.series), self.design, seen)

    def _times(self) -> TimesOfYear:
        values = self.series.to_numpy()
        values = np.log(values) if self.forecaster.power == 0 else values
        return TimesOfYear.of(time_index(self.series), values, self.after)

    def estimates(self, design: pd.DataFrame) -> "Estimates":
        """The effects of a design of one's own, beside the calendar of the promotions."""
        fitted = self._fitted(design)
        values, covariance = fitted.regressor_effects()
        names = list(design.columns)
        return Estimates(
            values[names].to_numpy(),
            covariance.loc[names, names].to_numpy(),
            fitted.degrees_of_freedom_,
            names,
            fitted.members_[0].model.regression.residuals,
        )

    def calendar_status(self) -> tuple[str, str]:
        """Whether other years tell the lift, and what is around it, apart from the season."""
        return self._against_calendar(self.design)

    def _fitted(self, design: pd.DataFrame) -> ARIMAForecaster:
        regressors, forecaster = self.regressors(design)
        fitted: ARIMAForecaster = forecaster.fit(self.series, X=regressors)
        return fitted

    def regressors(self, design: pd.DataFrame) -> tuple[pd.DataFrame, ARIMAForecaster]:
        """With a long season, all harmonics: too few would be taken for effects of promotions."""
        index = time_index(self.series)
        waves, forecaster = with_waves(index, self.forecaster)
        regressors = joined(design, self.X).join(waves)
        times, given = self._times(), regressors.to_numpy()
        if self.design.empty:
            return regressors, forecaster
        calendar = times.likelier(self._calendar(), given)
        is_known = self._against_calendar(self.design)[0] != NOT_IDENTIFIED
        before = 0 if is_known else NEIGHBOURS
        columns = times.columns(calendar, calendar.active, given, before)
        dummies = pd.DataFrame(columns, index=index)
        return joined(regressors, dummies), forecaster

    def by_counterfactual(self) -> tuple[dict[object, Draws], tuple[str, str]]:
        """Effects as what was sold less a forecast from the sales before each promotion."""
        parts, found = {}, []
        whole = self._times().likelier(self._calendar(), self.design.to_numpy())
        for i, window in enumerate(self.windows):
            calendar = _before(whole, window)
            lift = [calendar.status_of(row) for row in range(window.first, window.last)]
            dip = [calendar.status_of(row) for row in range(window.last, window.end)]
            part = self._forecast_window(window, calendar, self.seed + i)
            for name, statuses in {"baseline": lift, "lift": lift, "dip": dip}.items():
                if NOT_IDENTIFIED in statuses:
                    part[name] = np.full_like(part[name], np.nan)
            parts[window.name] = part
            found.append((worst(lift), worst(dip)))
        lifts, dips = zip(*found, strict=True)
        return parts, (worst(lifts), worst(dips))

    def _forecast_window(self, window: Window, calendar: Calendar, seed: int) -> Draws:
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
        rows = time_index(self.series)[: window.end]
        design = self._earlier_promotions(rows, window)
        given = pd.DataFrame(index=rows) if design is None else design
        columns = self._times().columns(
            calendar, np.arange(window.end) >= window.first, given.to_numpy()
        )
        dummies = pd.DataFrame(columns, index=rows)
        design = None if given.empty and dummies.empty else joined(given, dummies)
        fitted = self.forecaster.fit(before, X=design)
        ahead = fitted.predictive(window.end - window.first, design)
        _refuse_wide(ahead.total(0.95), window.name)
        base = np.vstack([ahead.forecast, ahead.draws(N_DRAWS, seed)])
        return _compared(self.series, base, window)

    def _earlier_promotions(self, rows: TimeIndex, window: Window) -> pd.DataFrame | None:
        """Regressors of the promotions before this one, and the further ones."""
        further = None if self.X is None else self.X.loc[rows]
        began = self.promotions["start_date"] < period_bounds(rows)[0][window.first]
        if not began.any():
            return further
        design = promotion_design(rows, self.promotions[began], self.after)
        before = self.series.notna().to_numpy()[: window.first]
        return joined(design.loc[:, design[: window.first][before].any()], further)

    def placebo_rate_between(self, wanted: int, level: float) -> tuple[int, float]:
        """How often windows that no promotion touches seem to hold an effect of one."""
        design, seen = self.design.copy(), self.series.notna().to_numpy()
        free = design.eq(0).all(axis=1).to_numpy() & seen
        # A placebo takes a coefficient, which a short series has not to spare.
        room = int(seen.sum()) - 3 * FEWEST_POINTS - design.shape[1]
        steps = self.windows[0].last - self.windows[0].first
        starts = spread_windows(free, steps, min(wanted, room))
        if not starts:
            return 0, math.nan
        places = np.arange(len(free))
        for i, start in enumerate(starts):
            design[f"placebo_{i}"] = ((places >= start) & (places < start + steps)) * 1.0
        try:
            fitted = self._fitted(design)
        except DataError:  # X already explains a placebo
            return 0, math.nan
        estimate, covariance = fitted.regressor_effects()
        ratios = (estimate / np.sqrt(np.diag(covariance))).abs().filter(like="placebo_")
        limit = student.ppf(0.5 + level / 2, fitted.degrees_of_freedom_)
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


def with_waves(
    index: TimeIndex, forecaster: ARIMAForecaster
) -> tuple[pd.DataFrame, ARIMAForecaster]:
    """All harmonics of a long season, and the forecaster of what they leave."""
    wanted = forecaster.seasonal_period
    period = season_of(index) if wanted == "auto" else wanted
    if not LONG_SEASON < period < len(index) / 2:
        return pd.DataFrame(index=index), forecaster
    most = most_harmonics(period, calendar_of(index, period))
    waves = fourier_terms(index, period=period, harmonics=most)
    return waves, clone(forecaster).set_params(seasonal_period=1)


def forecaster_of(
    sales: pd.Series, scale: str, seasonal_period: Literal["auto"] | int
) -> tuple[ARIMAForecaster, pd.Series]:
    """The model of the baseline, and the sales as it takes them."""
    if not isinstance(seasonal_period, str):
        check_integer(seasonal_period, "seasonal_period", minimum=1)
    check_choice(scale, "scale", ("auto", "multiplicative", "additive"))
    series = regular_series(sales)
    power = power_of(series, scale)
    model = ARIMAForecaster(seasonal_period=seasonal_period, power=power, search="stepwise")
    return model, series


def study_of(
    sales: pd.Series,
    promotions: pd.DataFrame,
    *,
    before: int,
    after: int,
    scale: str,
    X: pd.DataFrame | None,
    seasonal_period: Literal["auto"] | int,
    seed: int = 0,
) -> Study:
    """Check sales and calendar, and set up the model."""
    forecaster, series = forecaster_of(sales, scale, seasonal_period)
    check_integer(before, "before", minimum=0, maximum=MOST_BEFORE)
    check_integer(after, "after", minimum=0)
    events = read_promotions(promotions, series)
    windows = promotion_windows(series, events, after, before)
    return Study(
        series=series,
        promotions=events,
        design=_design(series, events, after, before),
        windows=windows,
        forecaster=forecaster,
        X=None if X is None else aligned_regressors(X, time_index(series)),
        before=before,
        after=after,
        seed=seed,
    )


def _design(series: pd.Series, promotions: pd.DataFrame, after: int, before: int) -> pd.DataFrame:
    """The effects at work in some period whose sales are known."""
    design = promotion_design(time_index(series), promotions, after, before)
    return design.loc[:, design[series.notna()].any()]


def joined(design: pd.DataFrame, further: pd.DataFrame | None) -> pd.DataFrame:
    """The regressors of effects, and the further ones behind them."""
    if further is None:
        return design
    check_column_names(further.columns, "X")
    twice = list(design.columns.intersection(further.columns))
    if twice:
        raise DataError(f"X has the columns {twice}, which are names of effects; rename them")
    return design.join(further)


def _before(calendar: Calendar, window: Window) -> Calendar:
    """What is known of the calendar when a promotion begins."""
    rows = slice(window.end)
    known = calendar.seen & (np.arange(len(calendar.seen)) < window.first)
    return replace(
        calendar,
        middles=calendar.middles[rows],
        active=calendar.active[rows],
        seen=known[rows],
        found={},
    )


def _explained(
    series: pd.Series, design: pd.DataFrame, effects: Floats, window: Window, multiply: bool
) -> Draws:
    """Amounts that the promotion explains; the first draw is the estimate itself."""
    early = design.columns.str.startswith(BEFORE)
    during, later = (design * ~early).to_numpy(), (design * early).to_numpy()

    def amounts(first: int, last: int, columns: Floats) -> Floats:
        seen = series.to_numpy()[first:last]
        path = effects @ columns[first:last].T
        whole = np.nan_to_num(seen) * -np.expm1(-path) if multiply else path * np.isfinite(seen)
        total: Floats = whole.sum(axis=1)
        return total

    lift = amounts(window.first, window.last, during)
    actual = np.full(len(lift), np.nansum(series.to_numpy()[window.first : window.last]))
    parts = {
        "actual": actual,
        "baseline": actual - lift,
        "lift": lift,
        "dip": amounts(window.last, window.end, during),
        "periods": np.array([float(window.last - window.first)]),
    }
    return parts | ({"before": amounts(window.begin, window.first, later)} if early.any() else {})


def _paths(series: pd.Series, paths: Floats, multiply: bool) -> Floats:
    """What would have been sold in each period, the estimate first and then draws."""
    values = series.to_numpy()[:, None]
    baselines: Floats = values * np.exp(-paths) if multiply else values - paths
    return baselines


def _compared(series: pd.Series, base: Floats, window: Window) -> Draws:
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


def power_of(series: pd.Series, scale: str) -> float:
    """0 where effects multiply sales, 1 where they add to them."""
    positive = bool((series.dropna() > 0).all())
    if scale == "multiplicative" and not positive:
        raise DataError(
            "sales are not all positive, so effects cannot be multiplicative; use scale='additive'"
        )
    return 0.0 if positive and scale != "additive" else 1.0


def _refuse_uncertain(design: pd.DataFrame, spread: Floats, baseline: float) -> None:
    """Judged by the error of the effect itself, in shares of the baseline."""
    during = design[design["promotion"].ne(0)].mean()
    weights = during.where(~design.columns.str.startswith((BEFORE, AFTER)), 0.0).to_numpy()
    error = math.sqrt(float(weights @ spread @ weights)) / max(baseline, 1e-300)
    if error > LARGEST_RELATIVE_ERROR:
        raise DataError(
            "sales without promotions are too irregular to measure against: the standard error of "
            f"the lift is {error:.0%} of the baseline (at most {LARGEST_RELATIVE_ERROR:.0%} will "
            "do); name what else moves sales in X (prices, holidays, stock), give the promotions' "
            "price or depth as their size, take longer periods, or sum over more products"
        )


def _refuse_wide(total: tuple[float, float, float], name: object) -> None:
    middle, lower, upper = total
    error = (upper - lower) / 2 / max(abs(middle), 1e-300)
    if error > 2 * LARGEST_RELATIVE_ERROR:
        raise DataError(
            f"the sales before promotion {name!r} predict its baseline only to within "
            f"{error:.0%}; take a longer history, name what else moves sales in X, or use "
            "method='regression'"
        )


def _t_draws(middle: Floats, covariance: Floats, degrees: float, seed: int) -> Floats:
    """The estimate, then draws from its t distribution."""
    generator = np.random.default_rng(seed)
    normal = generator.standard_normal((N_DRAWS, len(middle))) @ symmetric_root(covariance)
    scale = np.sqrt(degrees / generator.chisquare(degrees, (N_DRAWS, 1)))
    return np.vstack([middle, middle + scale * normal])

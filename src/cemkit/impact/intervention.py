"""Did the promotion lift sales, or only move them forward?"""

import math
from dataclasses import dataclass, replace
from operator import itemgetter
from typing import Any, Literal

import numpy as np
import pandas as pd
from scipy.stats import t as student
from sklearn.base import clone

from cemkit.arrays import Floats
from cemkit.checks import check_choice, check_fraction, check_integer, check_random_state
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
from cemkit.impact.effects import NOT_IDENTIFIED, Draws, PromotionEffect, effect_from_draws
from cemkit.impact.identification import Calendar, Flags, independent, worst
from cemkit.impact.windows import (
    Window,
    promotion_design,
    promotion_windows,
    read_promotions,
    spread_windows,
)

N_DRAWS = 4000
LARGEST_RELATIVE_ERROR = 0.5
LONGEST_PLACE_DAYS = 8  # of a period that is a time of the year of its own; months have a season
NEIGHBOURS = 4  # periods beside promotions whose season would bend the baseline
AFTER = "after_"


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

    Promotions at the same time of every year cannot be told apart from the season of this time.
    Other years tell them apart, where this time had no promotion. Where no year does, what follows
    the promotions is not identified and missing; the result and its sentence say so. The regression
    then measures the lift against the rest of the year without the periods beside it; the
    counterfactual has no lift. In weeks and days, a time of the year is one of the date, the ISO
    week, or as far from Christmas, Black Friday, Double 11, Easter or Chinese New Year (1990 to
    2060), whichever fits the sales best.

    Args:
        sales: Amounts on a regular index; it must reach past the promotions to show a dip. Dates
            of weeks are read as their last days; where they are the first, make periods of them:
            `sales.index = sales.index.to_period("W-SUN")` for weeks that begin on Mondays.
        promotions: The calendar of the promotions: `name, start_date, end_date`, and where wanted
            `size` for their price or depth, in which the lift is then linear, and `recurring`, true
            for those that come round every year from their own on. A period
            belongs to a promotion when a day of it does; no two promotions may share one. Name all
            that fall into the sales: one that is not named counts as sold without promotions.
        method: How the baseline is made.
        after: Periods after a promotion in which a dip is looked for, fewer where the next begins;
            0 for the lift alone.
        scale: Whether effects multiply sales or add to them; `"auto"` multiplies where all sales
            are positive.
        X: What else moves sales, such as prices, or further holidays that move by weeks (see
            `holiday_regressors`); a row for every period.
        seasonal_period: As in `ARIMAForecaster`.
        placebos: Windows without a promotion on which the method is tried: before the first
            promotion for `"counterfactual"`, between them for `"regression"`. `placebo_rate` is
            the share of them in which it finds an effect that is not there. As many as fit are
            used.
        confidence_level: Confidence level of the intervals.
        random_state: Seed of the draws.

    Raises:
        MissingColumnsError: `name`, `start_date` or `end_date` is not there.
        DataError: A promotion lies outside the sales, none of its sales is known, two have the
            same name or share a period, promotions has an unknown column, or the standard
            error of the lift is more than half of the baseline.
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
        >>> promotions = pd.DataFrame(
        ...     {"name": ["May", "October"], "start_date": days, "end_date": days}
        ... )
        >>> effect = promotion_effect(pd.Series(sold, index=weeks), promotions)
        >>> round(effect.lift, 1), effect.decline_probability < 0.99
        (0.5, True)
    """
    check_choice(method, "method", ("regression", "counterfactual"))
    if not isinstance(seasonal_period, str):
        check_integer(seasonal_period, "seasonal_period", minimum=1)
    check_choice(scale, "scale", ("auto", "multiplicative", "additive"))
    check_integer(after, "after", minimum=0)
    check_integer(placebos, "placebos", minimum=0)
    level = check_fraction(confidence_level, "confidence_level")
    check_random_state(random_state)
    series = regular_series(sales)
    promotions = read_promotions(promotions, series)
    power = _power(series, scale)
    windows = promotion_windows(series, promotions, after)
    study = _Study(
        series=series,
        promotions=promotions,
        design=_design(series, promotions, after),
        windows=windows,
        forecaster=ARIMAForecaster(seasonal_period=seasonal_period, power=power, search="stepwise"),
        X=None if X is None else aligned_regressors(X, time_index(series)),
        after=after,
        seed=random_state,
    )
    settings: dict[str, Any] = {
        "method": method,
        "scale": "multiplicative" if power == 0 else "additive",
        "confidence_level": level,
    }
    if method == "regression":
        parts, relative, calendar = study.by_regression()
        settings["placebo"] = study.placebo_rate_between(placebos, level)
        return effect_from_draws(parts, relative, calendar=calendar, **settings)
    parts, calendar = study.by_counterfactual()
    settings["placebo"] = study.placebo_rate(placebos, level)
    return effect_from_draws(parts, calendar=calendar, **settings)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Study:
    series: pd.Series
    promotions: pd.DataFrame
    design: pd.DataFrame
    windows: list[Window]
    forecaster: ARIMAForecaster
    X: pd.DataFrame | None
    after: int
    seed: int

    def by_regression(self) -> tuple[dict[object, Draws], Draws | None, tuple[str, str]]:
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
            part["dip"] = np.full_like(part["dip"], np.nan)
        later = np.array([name.startswith(AFTER) for name in names])
        if not multiply or not later.any() or dip == NOT_IDENTIFIED:
            return parts, None, (lift, dip)
        relative = {"dip": np.expm1(effects[:, later]).sum(axis=1)}
        return parts, relative, (lift, dip)

    def _against_calendar(self, design: pd.DataFrame) -> tuple[str, str]:
        """Whether other years tell the lift, and what follows it, apart from the season."""
        calendar = self._calendar()
        on = design.ne(0) & calendar.seen[:, None]
        # The dip is a sum: it takes other years for each of its periods.
        later = [str(name) for name in on if str(name).startswith(AFTER)]
        dip = [calendar.status(on[name].to_numpy()) for name in later]
        return calendar.status(on["promotion"].to_numpy()), worst(dip)

    def _calendar(self) -> Calendar:
        seen = self.series.notna().to_numpy()
        return Calendar.of(time_index(self.series), self.design, seen)

    def _likelier_calendar(self, given: pd.DataFrame) -> Calendar:
        """What the shop's year follows: the date, the ISO week or a day of trade; the best fit."""
        calendar = self._calendar()
        values = self.series.to_numpy()[calendar.seen]
        values = np.log(values) if self.forecaster.power == 0 else values
        found = []
        for one in calendar.likely():
            dummies = self._dummies(one, one.active, given)
            block = given.join(dummies).to_numpy()[one.seen]
            block = np.column_stack([np.ones(len(block)), block])
            rest = values - block @ np.linalg.lstsq(block, values, rcond=None)[0]
            size = len(values) * math.log(max(float(rest @ rest), 1e-300))
            found.append((size + 2 * block.shape[1] - one.preference, one))
        return min(found, key=itemgetter(0))[1]

    def _fitted(self, design: pd.DataFrame) -> ARIMAForecaster:
        """With a long season, all harmonics: too few would be taken for effects of promotions."""
        index = time_index(self.series)
        wanted = self.forecaster.seasonal_period
        period = season_of(index) if wanted == "auto" else wanted
        regressors, forecaster = _joined(design, self.X), self.forecaster
        if LONG_SEASON < period < len(index) / 2:
            most = most_harmonics(period, calendar_of(index, period))
            waves = fourier_terms(index, period=period, harmonics=most)
            regressors = regressors.join(waves)
            forecaster = clone(forecaster).set_params(seasonal_period=1)
        calendar = self._likelier_calendar(regressors)
        is_known = self._against_calendar(self.design)[0] != NOT_IDENTIFIED
        before = 0 if is_known else NEIGHBOURS
        dummies = self._dummies(calendar, calendar.active, regressors, before)
        fitted: ARIMAForecaster = forecaster.fit(self.series, X=_joined(regressors, dummies))
        return fitted

    def _dummies(
        self, calendar: Calendar, rows: Flags, given: pd.DataFrame, before: int = 0
    ) -> pd.DataFrame:
        """Times of the year that years without a promotion show, as far as there is room."""
        index, seen = time_index(self.series)[: len(given)], calendar.seen
        first, last = period_bounds(index[:1])
        if (last[0] - first[0]).days >= LONGEST_PLACE_DAYS:  # months have a season of their own
            return pd.DataFrame(index=index)
        # A season that moves is in no harmonic, so the periods of it before promotions count, too.
        beside = (NEIGHBOURS if calendar.moves else before, max(NEIGHBOURS - self.after, 0))
        dummies = calendar.dummies(index, rows, beside)
        kept = independent(dummies[seen], given.to_numpy()[seen])
        # A coefficient costs a point, which a short series has not to spare.
        room = int(seen.sum()) - given.shape[1] - 3 * FEWEST_POINTS
        return dummies[kept] if len(kept) <= room else pd.DataFrame(index=index)

    def by_counterfactual(self) -> tuple[dict[object, Draws], tuple[str, str]]:
        parts, found = {}, []
        whole = self._likelier_calendar(self.design)
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
        dummies = self._dummies(calendar, np.arange(window.end) >= window.first, given)
        design = None if given.empty and dummies.empty else _joined(given, dummies)
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
        return _joined(design.loc[:, design[: window.first][before].any()], further)

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


def _design(series: pd.Series, promotions: pd.DataFrame, after: int) -> pd.DataFrame:
    """The effects at work in some period whose sales are known."""
    design = promotion_design(time_index(series), promotions, after)
    return design.loc[:, design[series.notna()].any()]


def _joined(design: pd.DataFrame, further: pd.DataFrame | None) -> pd.DataFrame:
    if further is None:
        return design
    twice = list(design.columns.intersection(further.columns))
    if twice:
        raise DataError(f"X has the columns {twice}, which are names of effects; rename them")
    return design.join(further)


def _before(calendar: Calendar, window: Window) -> Calendar:
    """What is known of the calendar when a promotion begins."""
    rows = slice(window.end)
    known = calendar.seen & (np.arange(len(calendar.seen)) < window.first)
    return replace(
        calendar, middles=calendar.middles[rows], active=calendar.active[rows], seen=known[rows]
    )


def _explained(
    series: pd.Series, design: pd.DataFrame, effects: Floats, window: Window, multiply: bool
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


def _power(series: pd.Series, scale: str) -> float:
    positive = bool((series.dropna() > 0).all())
    if scale == "multiplicative" and not positive:
        raise DataError("sales are not all positive, so effects cannot multiply; use 'additive'")
    return 0.0 if positive and scale != "additive" else 1.0


def _refuse_uncertain(design: pd.DataFrame, spread: Floats, baseline: float) -> None:
    """Judged by the error of the effect itself, in shares of the baseline."""
    during = design[design["promotion"].ne(0)].mean()
    weights = during.where(~design.columns.str.startswith(AFTER), 0.0).to_numpy()
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
    values, vectors = np.linalg.eigh(covariance)
    root = vectors * np.sqrt(np.maximum(values, 0.0))
    normal = generator.standard_normal((N_DRAWS, len(middle))) @ root.T
    scale = np.sqrt(degrees / generator.chisquare(degrees, (N_DRAWS, 1)))
    return np.vstack([middle, middle + scale * normal])

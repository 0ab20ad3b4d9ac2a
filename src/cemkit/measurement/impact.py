"""Did the promotion lift sales, or only move them forward?"""

import math
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.stats import t as student

from cemkit.checks import (
    check_choice,
    check_columns,
    check_fraction,
    check_frame,
    check_integer,
    finite_values,
)
from cemkit.errors import DataError, NotEnoughDataError
from cemkit.prediction.forecasting.forecaster import ARIMAForecaster
from cemkit.prediction.forecasting.regressors import (
    period_bounds,
    promotion_days,
    promotion_regressors,
    promotion_share,
)
from cemkit.prediction.forecasting.series import FEWEST_POINTS, regular_series
from cemkit.results import Language, Result

FloatArray = npt.NDArray[np.float64]
Draws = dict[str, FloatArray]

N_DRAWS = 4000
LARGEST_RELATIVE_ERROR = 0.5
QUANTITIES = ("lift", "dip", "net")


@dataclass(frozen=True, slots=True, kw_only=True)
class PromotionEffect(Result):
    """What promotions did to sales, during them and after.

    `lift` is relative to the baseline; `dip` is the effect after a promotion, in periods of
    baseline sales, negative for a decline. `pull_forward_share` is the part of the lift that came
    back as a dip; it and its bounds are NaN where the lift is not clearly above zero.
    `decline_probability` is the probability that sales fell after the promotions. `table` has a
    row per promotion. `draws` holds the uncertainty: totals of lift, dip and baseline.

    Examples:
        >>> PromotionEffect.__dataclass_fields__.keys() >= {"lift", "dip", "decline_probability"}
        True
    """

    method: str
    scale: str
    confidence_level: float
    n_promotions: int
    actual_amount: float
    baseline_amount: float
    lift_amount: float
    lift_amount_lower: float
    lift_amount_upper: float
    dip_amount: float
    dip_amount_lower: float
    dip_amount_upper: float
    net_amount: float
    net_amount_lower: float
    net_amount_upper: float
    lift: float
    lift_lower: float
    lift_upper: float
    dip: float
    dip_lower: float
    dip_upper: float
    pull_forward_share: float
    pull_forward_share_lower: float
    pull_forward_share_upper: float
    decline_probability: float
    decline_p_value: float
    placebos: int
    placebo_rate: float
    table: pd.DataFrame
    draws: pd.DataFrame

    def _scalars(self) -> dict[str, Any]:
        return {name: value for name, value in Result._scalars(self).items() if name != "draws"}

    def sentence(self, language: Language = "en") -> str:
        """Lift, dip and net effect in one sentence."""
        interval = f"{self.net_amount_lower:,.0f} to {self.net_amount_upper:,.0f}"
        if language == "zh":
            return (
                f"促销期间销售额变化 {self.lift:+.1%}，促销后变化 {self.dip_amount:+,.0f}，"
                f"净效应 {self.net_amount:+,.0f}（{self.confidence_level:.0%} 区间 {interval}）；"
                f"促销后下滑的概率为 {self.decline_probability:.1%}。"
            )
        return (
            f"Sales changed by {self.lift:+.1%} during promotions and by {self.dip_amount:+,.0f} "
            f"after them, {self.net_amount:+,.0f} in all ({self.confidence_level:.0%} interval "
            f"{interval}); the probability of a decline afterwards is "
            f"{self.decline_probability:.1%}."
        )


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
        sales: Amounts on a regular index; it must reach past the promotions to show a dip.
        promotions: `start_date, end_date`, and `promotion` for their names. A period belongs to a
            promotion when a day of it does.
        method: How the baseline is made.
        after: Periods after a promotion in which a dip is looked for, fewer where the next begins.
        scale: Whether effects multiply sales or add to them; `"auto"` multiplies where all sales
            are positive.
        X: Other regressors, such as holidays; a row for every period.
        seasonal_period: As in `ARIMAForecaster`.
        placebos: Windows without a promotion, before the first, on which the counterfactual is
            tried; `placebo_rate` is the share of them in which it finds an effect that is not
            there. As many as fit are used, and none with `"regression"`.
        confidence_level: Of the intervals.
        random_state: Seed of the draws.

    Raises:
        MissingColumnsError: `start_date` or `end_date` is not there.
        DataError: A promotion lies outside the sales, or the model fits so badly that a typical
            error is more than half of the sales.
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
    windows = _windows(series, promotions, after)
    power = _power(series, scale)
    forecaster = ARIMAForecaster(seasonal_period=seasonal_period, power=power)
    if method == "regression":
        parts, relative = _by_regression(
            series, promotions, windows, forecaster, X, after, random_state
        )
        placebo = (0, math.nan)
    else:
        parts = [
            _by_counterfactual(series, promotions, window, forecaster, X, after, random_state + i)
            for i, window in enumerate(windows)
        ]
        relative = _relative_totals(parts)
        placebo = _placebo_rate(series, windows[0], forecaster, X, placebos, level)
    scale_name = "multiplicative" if power == 0 else "additive"
    return _effect(windows, parts, relative, placebo, method, scale_name, level)


def holdout_effect(
    experiment: pd.DataFrame,
    *,
    control: object = "control",
    confidence_level: float = 0.95,
    random_state: int = 0,
) -> PromotionEffect:
    """The same from an experiment: those who got the promotion against those held out.

    The baseline is the mean amount of the hold-out for each customer treated; the intervals are
    those of differences of means with unequal variances.

    Args:
        experiment: `customer_id, variant, amount`, and `after_amount`, what each spent in the time
            after the promotion, where a dip is to be measured. Every variant but the control
            counts as treated.
        control: The variant that was held out.
        confidence_level: Of the intervals.
        random_state: Seed of the draws.

    Raises:
        MissingColumnsError: `variant` or `amount` is not there.
        NotEnoughDataError: Fewer than two customers were treated or held out.

    Examples:
        >>> experiment = pd.DataFrame(
        ...     {
        ...         "variant": ["control"] * 50 + ["offer"] * 50,
        ...         "amount": [4.0, 6.0] * 25 + [7.0, 5.0] * 25,
        ...     }
        ... )
        >>> round(holdout_effect(experiment).lift, 3)
        0.2
    """
    level = check_fraction(confidence_level, "confidence_level")
    check_frame(experiment, "experiment")
    check_columns(experiment.columns, ["variant", "amount"])
    held_out = (experiment["variant"] == control).to_numpy()
    counts = int((~held_out).sum()), int(held_out.sum())
    if min(counts) < 2:
        raise NotEnoughDataError("customers treated and held out", have=min(counts), need=2)
    generator = np.random.default_rng(random_state)
    spent = finite_values(experiment["amount"], "amount")
    lift, base = _difference_of_means(spent, held_out, generator)
    dip = np.zeros(N_DRAWS + 1)
    if "after_amount" in experiment:
        later = finite_values(experiment["after_amount"], "after_amount")
        dip, _ = _difference_of_means(later, held_out, generator)
    part = {
        "actual": np.full(N_DRAWS + 1, float(spent[~held_out].sum())),
        "baseline": base,
        "lift": lift,
        "dip": dip,
    }
    window = _Window("hold-out", 0, 0, 0)
    return _effect(
        [window], [part], _relative_totals([part]), (0, math.nan), "hold-out", "additive", level
    )


@dataclass(frozen=True, slots=True)
class _Window:
    """A promotion as positions: from first to before last it runs, from last to before end after."""

    name: object
    first: int
    last: int
    end: int


def _windows(series: pd.Series, promotions: pd.DataFrame, after: int) -> list[_Window]:
    starts, ends = promotion_days(promotions)
    begins, stops = period_bounds(series.index)
    names = promotions["promotion"] if "promotion" in promotions else promotions.index
    first = stops.searchsorted(starts)
    last = begins.searchsorted(ends, side="right")
    on = promotion_share(series.index, promotions) > 0
    windows = []
    for i in np.argsort(starts.to_numpy(), kind="stable"):
        if first[i] >= last[i]:
            raise DataError(
                f"promotion {list(names)[i]!r} ({starts.iloc[i].date()}) lies outside the sales, "
                f"which run from {series.index[0]} to {series.index[-1]}"
            )
        end = last[i]
        while end < len(on) and end < last[i] + after and not on[end]:
            end += 1
        windows.append(_Window(list(names)[i], int(first[i]), int(last[i]), int(end)))
    return windows


def _power(series: pd.Series, scale: str) -> float:
    positive = bool((series.dropna() > 0).all())
    if scale == "multiplicative" and not positive:
        raise DataError("sales are not all positive, so effects cannot multiply; use 'additive'")
    return 0.0 if positive and scale != "additive" else 1.0


def _by_regression(
    series: pd.Series,
    promotions: pd.DataFrame,
    windows: list[_Window],
    forecaster: ARIMAForecaster,
    X: pd.DataFrame | None,
    after: int,
    random_state: int,
) -> tuple[list[Draws], Draws]:
    design = promotion_regressors(series.index, promotions, after=after)
    design = design.loc[:, design.any()]
    fitted = forecaster.fit(series, X=design if X is None else design.join(X))
    _refuse_bad_fit(fitted, series)
    estimate, covariance = fitted.regressor_effects()
    degrees = fitted.members_[0].model.degrees
    names = list(design.columns)
    effects = _t_draws(
        estimate[names].to_numpy(), covariance.loc[names, names].to_numpy(), degrees, random_state
    )
    parts = [_explained(series.to_numpy(), design.to_numpy(), effects, w, fitted) for w in windows]
    later = np.array([name.startswith("after_") for name in names])
    relative = _relative_effects(effects, later, fitted.power_, parts)
    error = math.sqrt(float(covariance.loc[names, names].to_numpy()[np.ix_(later, later)].sum()))
    middle = float(effects[0, later].sum())
    relative["decline_p_value"] = np.array([student.cdf(middle / error, degrees)])
    return parts, relative


def _explained(
    values: FloatArray,
    design: FloatArray,
    effects: FloatArray,
    window: _Window,
    fitted: ARIMAForecaster,
) -> Draws:
    """Amounts that the promotion explains; the first draw is the estimate itself."""
    rows = slice(window.first, window.end)
    path = effects @ design[rows].T
    seen = np.nan_to_num(values[rows])
    amounts = seen * -np.expm1(-path) if fitted.power_ == 0 else path * np.isfinite(values[rows])
    length = window.last - window.first
    lift, dip = amounts[:, :length].sum(axis=1), amounts[:, length:].sum(axis=1)
    actual = np.full(len(lift), seen[:length].sum())
    return {"actual": actual, "baseline": actual - lift, "lift": lift, "dip": dip}


def _relative_effects(
    effects: FloatArray, later: npt.NDArray[np.bool_], power: float, parts: list[Draws]
) -> Draws:
    if power != 0:
        return _relative_totals(parts)
    return {"lift": np.expm1(effects[:, 0]), "dip": np.expm1(effects[:, later]).sum(axis=1)}


def _relative_totals(parts: list[Draws]) -> Draws:
    baseline = sum((part["baseline"] for part in parts), np.zeros(1))
    total = {name: sum((part[name] for part in parts), np.zeros(1)) for name in ("lift", "dip")}
    periods = np.mean([part["periods"][0] for part in parts]) if "periods" in parts[0] else 1.0
    return {
        "lift": total["lift"] / baseline,
        "dip": total["dip"] / baseline * periods,
    }


def _by_counterfactual(
    series: pd.Series,
    promotions: pd.DataFrame,
    window: _Window,
    forecaster: ARIMAForecaster,
    X: pd.DataFrame | None,
    after: int,
    random_state: int,
) -> Draws:
    before = series.iloc[: window.first]
    if before.notna().sum() < 2 * FEWEST_POINTS:
        raise NotEnoughDataError(
            f"points before promotion {window.name!r}",
            have=int(before.notna().sum()),
            need=2 * FEWEST_POINTS,
            hint="leave it out, or use method='regression'",
        )
    rows = series.index[: window.end]
    earlier = promotions[promotion_days(promotions)[0] < period_bounds(rows)[0][window.first]]
    design = _earlier_promotions(rows, earlier, len(before), after)
    if X is not None:
        design = X.loc[rows] if design is None else design.join(X.loc[rows])
    fitted = forecaster.fit(before, X=design)
    _refuse_bad_fit(fitted, before)
    steps = window.end - window.first
    ahead = fitted.predictive(steps, design)
    _refuse_wide(ahead.total(0.95), window.name)
    base = np.vstack([ahead.forecast, ahead.draws(N_DRAWS, random_state)])
    actual = series.to_numpy()[window.first : window.end]
    effect = np.where(np.isfinite(actual), actual - base, 0.0)
    length = window.last - window.first
    return {
        "actual": np.full(len(base), np.nansum(actual[:length])),
        "baseline": base[:, :length].sum(axis=1),
        "lift": effect[:, :length].sum(axis=1),
        "dip": effect[:, length:].sum(axis=1),
        "periods": np.array([float(length)]),
    }


def _earlier_promotions(
    rows: Any, earlier: pd.DataFrame, n_before: int, after: int
) -> pd.DataFrame | None:
    if earlier.empty or not promotion_share(rows[:n_before], earlier).any():
        return None
    design = promotion_regressors(rows, earlier, after=after)
    return design.loc[:, design.iloc[:n_before].any()]


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


def _placebo_rate(
    series: pd.Series,
    first: _Window,
    forecaster: ARIMAForecaster,
    X: pd.DataFrame | None,
    placebos: int,
    level: float,
) -> tuple[int, float]:
    """How often windows before the first promotion seem to hold an effect."""
    steps = first.end - first.first
    cuts = [first.first - steps * back for back in range(1, placebos + 1)]
    cuts = [cut for cut in cuts if cut >= 2 * FEWEST_POINTS]
    found = []
    for cut in cuts:
        fitted = forecaster.fit(series.iloc[:cut], X=X)
        _, lower, upper = fitted.predictive(steps, X).total(level)
        found.append(not lower <= series.iloc[cut : cut + steps].sum() <= upper)
    return len(found), float(np.mean(found)) if found else math.nan


def _t_draws(middle: FloatArray, covariance: FloatArray, degrees: float, seed: int) -> FloatArray:
    """The estimate, then draws from its t distribution."""
    generator = np.random.default_rng(seed)
    values, vectors = np.linalg.eigh(covariance)
    root = vectors * np.sqrt(np.maximum(values, 0.0))
    normal = generator.standard_normal((N_DRAWS, len(middle))) @ root.T
    scale = np.sqrt(degrees / generator.chisquare(degrees, (N_DRAWS, 1)))
    return np.vstack([middle, middle + scale * normal])


def _difference_of_means(
    values: FloatArray, held_out: npt.NDArray[np.bool_], generator: np.random.Generator
) -> tuple[FloatArray, FloatArray]:
    """The difference times those treated, and the baseline; the estimate first, then draws."""
    treated, control = values[~held_out], values[held_out]
    n = len(treated)
    means = n * treated.mean(), n * control.mean()
    errors = [n * group.std(ddof=1) / math.sqrt(len(group)) for group in (treated, control)]
    noise = np.vstack([np.zeros(2), generator.standard_normal((N_DRAWS, 2))])
    base = means[1] + errors[1] * noise[:, 1]
    return means[0] + errors[0] * noise[:, 0] - base, base


def _effect(
    windows: list[_Window],
    parts: list[Draws],
    relative: Draws,
    placebo: tuple[int, float],
    method: str,
    scale: str,
    level: float,
) -> PromotionEffect:
    total = {
        name: sum((part[name] for part in parts), np.zeros(1))
        for name in ("actual", "baseline", "lift", "dip")
    }
    rows = [_amounts(part, level) for part in parts]
    table = pd.DataFrame(rows, index=pd.Index([w.name for w in windows], name="promotion"))
    probability = float(np.mean(total["dip"][1:] < 0))
    p_value = relative.pop("decline_p_value", np.array([1 - probability]))
    fields = _amounts(total, level)
    for name in ("lift", "dip"):
        fields |= _bounded(name, relative[name], level)
    draws = pd.DataFrame({name: values[1:] for name, values in total.items()})
    return PromotionEffect(
        method=method,
        scale=scale,
        confidence_level=level,
        n_promotions=len(windows),
        decline_p_value=float(p_value[0]),
        placebos=placebo[0],
        placebo_rate=placebo[1],
        table=table,
        draws=draws,
        **fields,
    )


def _amounts(part: Draws, level: float) -> dict[str, float]:
    """Estimates and bounds of one promotion, or of all."""
    amounts = {"lift": part["lift"], "dip": part["dip"], "net": part["lift"] + part["dip"]}
    row = {
        "actual_amount": float(part["actual"][0]),
        "baseline_amount": float(part["baseline"][0]),
    }
    for name in QUANTITIES:
        row |= _bounded(f"{name}_amount", amounts[name], level)
    row |= _bounded("lift", part["lift"] / part["baseline"], level)
    row |= _pull_forward(part, level)
    row["decline_probability"] = float(np.mean(part["dip"][1:] < 0))
    return row


def _pull_forward(part: Draws, level: float) -> dict[str, float]:
    # A share of a lift that may be nothing, or a loss, has no meaning.
    if np.quantile(part["lift"][1:], (1 - level) / 2) <= 0:
        names = ("", "_lower", "_upper")
        return {f"pull_forward_share{name}": math.nan for name in names}
    return _bounded("pull_forward_share", -part["dip"] / part["lift"], level)


def _bounded(name: str, values: FloatArray, level: float) -> dict[str, float]:
    lower, upper = np.quantile(values[1:], [(1 - level) / 2, (1 + level) / 2])
    return {name: float(values[0]), f"{name}_lower": float(lower), f"{name}_upper": float(upper)}

"""Did the promotion lift sales, or only move them forward?"""

from typing import Any, Literal

import pandas as pd

from cemkit.checks import check_choice, check_fraction, check_integer, check_random_state
from cemkit.impact.effects import PromotionEffect, baseline_table, effect_from_draws
from cemkit.impact.study import study_of


def promotion_effect(
    sales: pd.Series,
    promotions: pd.DataFrame,
    *,
    method: Literal["regression", "counterfactual"] = "regression",
    before: int = 0,
    after: int = 4,
    scale: Literal["auto", "multiplicative", "additive"] = "auto",
    X: pd.DataFrame | None = None,
    seasonal_period: Literal["auto"] | int = "auto",
    placebos: int = 4,
    confidence_level: float = 0.95,
    random_state: int = 0,
) -> PromotionEffect:
    """Measure the lift during promotions, the dip after them and the net effect, with intervals.

    `"regression"` fits one ARIMA model with regressors for the promotions and for each period after
    them, with the same effects for all promotions. The baseline is the actual sales minus these
    effects. `"counterfactual"` forecasts each promotion from the sales before it, and compares. It
    makes no assumption about the shape of the effect, and is less precise if promotions are
    frequent. Intervals of sums come from joint simulation, never from summed bounds.

    Promotions at the same time of every year are identified apart from the season only if another
    year has no promotion at this time. If there is no such year, the effect after the promotions is
    not identified and missing, and the result and its sentence say so. The regression then measures
    the lift against the rest of the year without the periods beside it; the counterfactual has no
    lift. In weeks and days, a time of the year is one of the date, the ISO week, or as far from
    Christmas, Black Friday, Double 11, Easter or Chinese New Year (1990 to 2060), whichever fits
    the sales best.

    A promotion on the same day every year, such as Double 11 (双11), therefore cannot be measured
    from one shop's sales. Measure it by a hold-out of customers (`holdout_effect`), an experiment,
    or several shops of which some leave it out (`promotion_effects` with a comparison).

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
        before: Periods before a promotion in which customers who know of it may wait, or stock up;
            for `"regression"` alone. What they miss or add is `before_amount` of the result, and
            part of its net amount.
        after: Periods after a promotion in which a dip is looked for, fewer where the next begins;
            0 for the lift alone.
        scale: Whether effects multiply sales or add to them; `"auto"` multiplies where all sales
            are positive.
        X: Other drivers of sales as regressors, such as prices, or further holidays that move by
            weeks (see `holiday_regressors`, which takes a calendar of the shop's own, too); a row
            for every period.
        seasonal_period: Number of periods in a season; `"auto"` as in `ARIMAForecaster`.
        placebos: Windows without a promotion on which the method is tried: before the first
            promotion for `"counterfactual"`, between them for `"regression"`. `placebo_rate` is
            the share of them in which it finds an effect that is not there. As many as fit are
            used.
        confidence_level: Confidence level of the intervals, as a fraction.
        random_state: Seed of the random draws.

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
        >>> import numpy as np
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
    check_integer(placebos, "placebos", minimum=0)
    level = check_fraction(confidence_level, "confidence_level")
    check_random_state(random_state)
    check_integer(before, "before", minimum=0)
    if before and method == "counterfactual":
        raise ValueError(
            f"before={before!r} needs method='regression', because a forecast from the "
            "sales before a promotion already includes the periods before it; set "
            "before=0, or the method"
        )
    study = study_of(
        sales,
        promotions,
        before=before,
        after=after,
        scale=scale,
        X=X,
        seasonal_period=seasonal_period,
        seed=random_state,
    )
    settings: dict[str, Any] = {"method": method, "scale": study.scale, "confidence_level": level}
    if method == "regression":
        found = study.by_regression()
        settings["placebo"] = study.placebo_rate_between(placebos, level)
        periods = baseline_table(study.series, found.baselines, level)
        settings |= {"calendar": found.calendar, "periods": periods}
        return effect_from_draws(found.parts, found.relative, **settings)
    parts, calendar = study.by_counterfactual()
    settings["placebo"] = study.placebo_rate(placebos, level)
    return effect_from_draws(parts, calendar=calendar, **settings)

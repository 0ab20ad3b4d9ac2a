"""detectable_lift: what a promotion must do to these sales before anyone could see it."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd
from scipy.stats import t as student

from cemkit.arrays import Floats
from cemkit.checks import check_days, check_fraction, check_integer, check_list, check_positive
from cemkit.errors import NotEnoughDataError
from cemkit.forecasting.series import SECONDS_IN_DAY, aligned_regressors, time_index
from cemkit.formats import count_text
from cemkit.impact.break_even import BreakEven
from cemkit.impact.effects import NOT_IDENTIFIED
from cemkit.impact.placebos import Placebo, PlaceboFit
from cemkit.impact.study import forecaster_of
from cemkit.impact.windows import promotion_design, promotion_windows, read_promotions
from cemkit.results import Result

FEWEST_PLACEBOS = 10
BESIDE = 2  # periods at the same time of the year whose noise is looked at together
YEAR = 365.25


@dataclass(frozen=True, slots=True, kw_only=True)
class DetectableLift(Result):
    """The smallest effects of one promotion that a sales series would show, by start and length.

    Attributes:
        power: Probability with which effects of the sizes in `table` are found.
        confidence_level: Level of the interval that must exclude 0 for an effect to be found.
        placebos: Windows without a promotion on which the analysis was run.
        placebo_rate: Share of them in which it found a lift or a fall that is not there.
        placebo_rate_error: Standard error of that share, windows that overlap counted once.
        good: Windows of `table` whose break-even lies above what can be detected.
        not_identified: Windows in which every other year has a promotion, so that no size is
            detectable.
        left_out: Windows that touch a past promotion or missing sales, and are not in `table`.
        table: One row per window and length:

            - `start_date`, `length_days`: the placebo's first day and length.
            - `detectable_lift`: smallest lift of `sales`, relative to the baseline.
            - `break_even_lift`: lift of `sales` at which the promotion earns nothing. At a
              discount, `sales` are what was paid: 1 + this is (1 + `break_even_full_price_lift`)
              times (1 - discount).
            - `break_even_full_price_lift`: the same in sales at full price, as in
              `promotion_profit`.
            - `is_good`: whether the break-even is finite and above the detectable lift.
            - `detectable_dip`: smallest decline afterwards, in periods of baseline sales.
            - `detectable_pull_forward`: smallest share of the lift that must come back as a dip;
              above 1 nothing that can come back would be seen.
            - `baseline_amount`: what sells in the window without a promotion.
            - `noise`: standard deviation of the placebos at this time of the year, over the
              standard error that the analysis states; 1 where the model is right.
            - `calendar`: whether other years tell a lift apart from the season.

    Examples:
        >>> DetectableLift.__dataclass_fields__.keys() >= {"power", "placebo_rate", "table"}
        True
    """

    _pictures = ("impact.detectable_lift",)

    power: float
    confidence_level: float
    scale: str
    after: int
    placebos: int
    placebo_rate: float
    placebo_rate_error: float
    good: int
    not_identified: int
    left_out: int
    table: pd.DataFrame


def detectable_lift(
    sales: pd.Series,
    promotion_length: int | Iterable[int],
    promotions: pd.DataFrame | None = None,
    *,
    margin: float | None = None,
    discount: float | None = None,
    fixed_cost: float = 0.0,
    pull_forward_share: float = 0.0,
    expected_lift: float | None = None,
    power: float = 0.8,
    after: int = 4,
    scale: Literal["auto", "multiplicative", "additive"] = "auto",
    X: pd.DataFrame | None = None,
    seasonal_period: Literal["auto"] | int = "auto",
    confidence_level: float = 0.95,
) -> DetectableLift:
    """Return the smallest detectable lift, dip and pull-forward of one promotion.

    The regression of `promotion_effect` is run on every past window without a promotion. Its
    standard error, and the variation of these placebos at this time of the year, give the effect
    that the analysis detects with the requested power. A window is good for a promotion if the
    break-even lift is above the detectable lift. Otherwise a loss could look like a success, or
    like no effect.

    A promotion on the same day every year, such as Double 11 (双11), has no detectable lift,
    because no year shows the day without it. Measure it by a hold-out of customers, an experiment,
    or several shops of which some leave it out.

    Args:
        sales: Amounts on a regular index, as in `promotion_effect`.
        promotion_length: Length of the promotion in days, or several to compare.
        promotions: The calendar of past promotions: `name, start_date, end_date`, and where wanted
            `size` and `recurring`. The baseline allows for them, and no placebo touches them.
        margin: Profit per unit of full-price sales, in (0, 1); for the break-even.
        discount: The planned discount as a fraction, at least 0; for the break-even.
        fixed_cost: Fixed cost of one promotion, such as advertising.
        pull_forward_share: Share of the lift that you expect to come back as a dip.
        expected_lift: Lift of which `detectable_pull_forward` is a share; the detectable lift of
            each row where not given.
        power: Probability of detecting the effect, as a fraction.
        after: Number of periods after a promotion in which to measure a dip.
        scale: Whether effects multiply sales or add to them, as in `promotion_effect`.
        X: Other drivers of sales as regressors, as in `promotion_effect`. None for none.
        seasonal_period: Number of periods in a season; `"auto"` as in `ARIMAForecaster`.
        confidence_level: Confidence level of the interval that must exclude 0, as a fraction.

    Returns:
        A `DetectableLift`, whose table has one row per window and length.

    Raises:
        MissingColumnsError: `promotions` lacks a column.
        DataError: The calendar or the sales are not sound.
        NotEnoughDataError: Fewer than 10 windows are free of promotions.
        ValueError: A number lies outside its range, or only one of margin and discount is given.

    References:
        Bloom (1995), Minimum detectable effects, Evaluation Review 19. Abadie, Diamond, Hainmueller
        (2010), Synthetic control methods for comparative case studies, Journal of the American
        Statistical Association 105 (placebos).

    Examples:
        >>> weeks = pd.period_range("2023-01-02", periods=80, freq="W-SUN")
        >>> sold = pd.Series(100 + 5 * np.sin(np.arange(80.0) ** 2), index=weeks)
        >>> found = detectable_lift(sold, 7, margin=0.4, discount=0.1)
        >>> found.table["start_date"].iloc[0], found.placebos
        (Timestamp('2023-01-02 00:00:00'), 76)
        >>> bool(found.table["detectable_lift"].between(0.05, 0.2).all())
        True
    """
    level = check_fraction(confidence_level, "confidence_level")
    wanted = check_fraction(power, "power")
    if wanted <= (1 - level) / 2:
        raise ValueError(
            f"power must be above {(1 - level) / 2:g}, that without an effect; got {power}"
        )
    terms = BreakEven.of(margin, discount, fixed_cost, pull_forward_share)
    lift = None if expected_lift is None else check_positive(expected_lift, "expected_lift")
    fit = _fit(sales, promotions, X, after=after, scale=scale, seasonal_period=seasonal_period)
    rule = _Rule(level, wanted, fit.is_multiplicative)
    rows, left_out = [], 0
    for days in _lengths(promotion_length):
        windows = list(fit.windows(days))
        found = [one for one in windows if one is not None]
        left_out += len(windows) - len(found)
        _check_enough(found, days)
        rows += _rated(found, days, rule)
    table = _with_money(pd.DataFrame(rows), terms, lift)
    return DetectableLift(
        power=wanted,
        confidence_level=level,
        scale="multiplicative" if fit.is_multiplicative else "additive",
        after=after,
        good=int(table["is_good"].sum()),
        not_identified=int((table["calendar"] == NOT_IDENTIFIED).sum()),
        left_out=left_out,
        **_placebo_rates(table, level),
        table=table.drop(columns=["ratio", "degrees", "periods"]),
    )


def _fit(
    sales: pd.Series,
    promotions: pd.DataFrame | None,
    X: pd.DataFrame | None,
    *,
    after: int,
    scale: str,
    seasonal_period: Literal["auto"] | int,
) -> PlaceboFit:
    """Check the sales, and fit what is common to all placebos."""
    forecaster, series = forecaster_of(sales, scale, seasonal_period)
    check_integer(after, "after", minimum=0)
    index = time_index(series)
    past = pd.DataFrame(index=index)
    if promotions is not None:
        events = read_promotions(promotions, series)
        promotion_windows(series, events, after)
        design = promotion_design(index, events, after)
        past = design.loc[:, design[series.notna()].any()]
    further = None if X is None else aligned_regressors(X, index)
    return PlaceboFit.of(series, past, further, forecaster, after)


def _check_enough(found: list[Placebo], days: int) -> None:
    tried = sum(math.isfinite(one.ratio) for one in found)
    if tried < FEWEST_PLACEBOS:
        raise NotEnoughDataError(
            f"windows of {count_text(days, 'days')} without a promotion",
            have=tried,
            need=FEWEST_PLACEBOS,
            hint="take a longer history, a shorter promotion or a smaller after; without these, "
            "hold customers out of the promotion, run an experiment, or compare several shops",
        )


def _lengths(promotion_length: int | Iterable[int]) -> list[int]:
    if isinstance(promotion_length, Iterable):
        given = check_list(promotion_length, "promotion_length")
        if not given:
            raise ValueError("promotion_length is empty; give a number of days, such as 7")
    else:
        given = [promotion_length]
    return sorted({check_days(days, "promotion_length") for days in given})


@dataclass(frozen=True, slots=True)
class _Rule:
    """When an effect counts as found, and on which scale effects are."""

    level: float
    power: float
    multiply: bool

    def reach(self, degrees: float, noise: float) -> float:
        """How many standard errors an effect must have."""
        limit = student.ppf(0.5 + self.level / 2, degrees)
        return float(limit + noise * student.ppf(self.power, degrees))

    def share(self, effect: float, one: Placebo) -> float:
        """An effect of the model as a share of the baseline."""
        gain = one.bases * np.expm1(effect * one.path) if self.multiply else effect * one.path
        base = float(one.bases.sum())
        return float(gain.sum()) / base if base > 0 else math.nan

    def dip(self, effect: float, one: Placebo) -> float:
        """A sum of effects after the promotion, spread evenly, in periods of the baseline."""
        if not one.steps_after:
            return math.nan
        if self.multiply:
            return one.steps_after * math.expm1(-effect / one.steps_after)
        base = float(one.bases.mean())
        return -effect / base if base > 0 else math.nan


def _rated(found: list[Placebo], days: int, rule: _Rule) -> list[dict[str, Any]]:
    """The rows of one length."""
    places = np.array([one.start.timestamp() / SECONDS_IN_DAY for one in found])
    lifts = local_noise(np.array([one.ratio for one in found]), places, days)
    dips = local_noise(np.array([one.dip_ratio for one in found]), places, days)
    return [
        {"start_date": one.start, "length_days": days, "calendar": one.status}
        | (_row(one, rule, *noise) if math.isfinite(one.ratio) else {})
        for one, *noise in zip(found, lifts.tolist(), dips.tolist(), strict=True)
    ]


def _row(one: Placebo, rule: _Rule, noise: float, dip_noise: float) -> dict[str, Any]:
    reach, dip_reach = rule.reach(one.degrees, noise), rule.reach(one.degrees, dip_noise)
    row = {
        "detectable_lift": rule.share(reach * one.error, one),
        "detectable_dip": rule.dip(dip_reach * one.dip_error, one),
        "baseline_amount": float(one.bases.sum()),
        "noise": noise,
        "ratio": one.ratio,
        "degrees": one.degrees,
        "periods": len(one.bases),
    }
    if one.status == NOT_IDENTIFIED:
        row |= {"detectable_lift": math.nan, "detectable_dip": math.nan}
    return row


def local_noise(ratios: Floats, days: Floats, length: int) -> Floats:
    """Standard deviation of placebos' ratios by time of the year, shrunk to that of all.

    How far times of the year are trusted comes from how much more they differ than chance makes
    variances of so few placebos differ (empirical Bayes, by moments).
    """
    known = np.isfinite(ratios)
    squares = np.where(known, ratios, 0.0) ** 2
    whole = float(squares[known].mean()) if known.any() else 1.0
    step = float(np.median(np.diff(days))) if len(days) > 1 else 1.0
    reach = max(BESIDE * step, length / 2)
    apart = days[:, None] - days
    years = np.rint(apart / YEAR)
    near = (np.abs(apart - years * YEAR) <= reach) & known
    count = np.maximum(near.sum(axis=1), 1)
    here = (near @ squares) / count
    # Windows that overlap, or follow each other closely, are one and the same placebo.
    apart_years = [len(np.unique(year[row])) for year, row in zip(years, near, strict=True)]
    independent = np.array(apart_years) * max(2 * reach / max(length, step), 1.0)
    chance = 2 * whole**2 / np.maximum(independent, 1.0)
    spread = max(float(np.mean((here - whole) ** 2 - chance)), 0.0)
    trust = spread / (spread + chance)
    noise: Floats = np.sqrt(np.maximum(trust * here + (1 - trust) * whole, 1e-12))
    return noise


def _with_money(table: pd.DataFrame, terms: BreakEven, lift: float | None) -> pd.DataFrame:
    columns = ("detectable_lift", "detectable_dip", "baseline_amount", "noise", "ratio", "degrees")
    for name in (*columns, "periods"):
        if name not in table:
            table[name] = math.nan
    full = terms.full_price_lift(table["baseline_amount"].to_numpy(float))
    even = terms.paid(full)
    least = table["detectable_lift"].to_numpy(float)
    back = -table["detectable_dip"] / (table["periods"] * (least if lift is None else lift))
    table = table.assign(
        break_even_lift=even,
        break_even_full_price_lift=full,
        is_good=np.isfinite(even) & (even > least),
        detectable_pull_forward=back,
    )
    order = [
        *("start_date", "length_days", "detectable_lift", "break_even_lift"),
        *("break_even_full_price_lift", "is_good", "detectable_dip", "detectable_pull_forward"),
        *("baseline_amount", "noise", "calendar", "ratio", "degrees", "periods"),
    ]
    return table[order].sort_values(["length_days", "start_date"], ignore_index=True)


def _placebo_rates(table: pd.DataFrame, level: float) -> dict[str, Any]:
    tried = table[table["ratio"].notna()]
    limit = student.ppf(0.5 + level / 2, tried["degrees"])
    rate = float((tried["ratio"].abs() > limit).mean())
    apart = sum(
        max(len(rows) / max(float(rows["periods"].median()), 1.0), 1.0)
        for _, rows in tried.groupby("length_days")
    )
    error = math.sqrt(max(rate * (1 - rate), (1 - level) * level) / apart)
    return {"placebos": len(tried), "placebo_rate": rate, "placebo_rate_error": error}

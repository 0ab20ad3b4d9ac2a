"""Pictures of purchase models and lifetime value."""

from typing import Any, cast

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from sklearn.utils.validation import check_is_fitted

from cemkit.arrays import Floats
from cemkit.checks import (
    check_columns,
    check_flag,
    check_frame,
    check_integer,
    check_positive,
    finite_values,
)
from cemkit.checks.engine_tables import kind_of
from cemkit.checks.options import check_kind
from cemkit.clv.base.forecast import NEW, CustomerBaseForecast
from cemkit.clv.clock.seasonal_clock import SeasonalClock
from cemkit.clv.purchases.alive_history import AliveHistory
from cemkit.clv.purchases.given import check_model
from cemkit.clv.purchases.purchase_model import PurchaseModel
from cemkit.clv.purchases.repeats import RepeatFrequency
from cemkit.clv.value_comparison import BASELINE, ValueModelComparison
from cemkit.data.days import dates_of, day_of
from cemkit.formats import count_text, days_text
from cemkit.plots.heatmap import COLOUR_MAP, add_colour_bar
from cemkit.plots.style import (
    MOST_LINES,
    axes_for,
    blue,
    draw_series,
    ink,
    interval_text,
    lettered,
    muted,
    orange,
    series_height,
)
from cemkit.plots.ticks import (
    date_ticks,
    name_ticks,
    number_text,
    number_ticks,
    rate_text,
    rate_ticks,
)

MOST_DAYS = 3_660
PERIOD_NAMES = {"W": "week", "M": "month", "Q": "quarter"}
MOST_COUNTS = 1_000  # rows of a matrix that can be told apart


def calibration(table: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Draw actual and expected purchases in the hold-out, by how often customers bought before.

    Args:
        table: Result of `purchase_calibration`.
        ax: Axes to draw on; new ones by default.

    Returns:
        The Axes.

    Examples:
        >>> import cemkit as ck
        >>> from cemkit.clv import purchase_calibration
        >>> orders = ck.load_cdnow("sample")
        >>> model = ck.BetaGeoModel().fit(ck.customer_table(orders, as_of="1997-09-30"))
        >>> table = purchase_calibration(model, orders, "1997-09-30", horizon_days=273)
        >>> [line.get_label() for line in calibration(table).lines]
        ['actual', 'expected']
    """
    check_columns(check_frame(table, "table").columns, ["n_customers", "actual", "expected"])
    table = _numbers(table, ["actual", "expected"])
    counts = table.index.tolist()
    ax = axes_for(ax)
    ax.plot(counts, table["actual"], "o-", color=ink(), label="actual")
    ax.plot(counts, table["expected"], "s--", color=blue(), label="expected")
    ax.set_ylim(bottom=0)
    number_ticks(ax, "y")
    name_ticks(ax, "x", [*counts[:-1], f"{counts[-1]}+"], counts, ordered=True)
    return lettered(
        ax,
        title="Expected and actual purchases",
        xlabel="repeat purchases before",
        ylabel="mean purchases in the hold-out",
    )


def repeat_frequency(found: RepeatFrequency, *, ax: Axes | None = None) -> Axes:
    """Draw how many customers bought again how often, beside the counts that a model expects.

    Args:
        found: Result of `cemkit.clv.repeat_frequency`.
        ax: Axes to draw on; new ones by default.

    Returns:
        The Axes; its bars are the observed customers.

    Examples:
        >>> import cemkit as ck
        >>> from cemkit.clv import repeat_frequency as count
        >>> customers = ck.customer_table(ck.load_cdnow("sample"), as_of="1997-09-30")
        >>> found = count(customers, ck.BetaGeoModel().fit(customers))
        >>> repeat_frequency(found).get_title()
        'Repeat purchases of 2,357 customers'
    """
    check_kind(found, RepeatFrequency, "found")
    table, places = found.table, np.arange(len(found.table))
    ax = axes_for(ax)
    expected = "expected" in table.columns
    width = 0.4 if expected else 0.8
    left = places - width / 2 if expected else places
    ax.bar(left, table["observed"], width=width, color=muted(), label="observed")
    if expected:
        ax.bar(
            places + width / 2,
            table["expected"],
            width=width,
            color=blue(),
            label=f"expected by {found.model}",
        )
    number_ticks(ax, "y", integer=True)
    name_ticks(ax, "x", [*places[:-1], f"{places[-1]}+"], list(places), ordered=True)
    return lettered(
        ax,
        title=f"Repeat purchases of {count_text(found.customers, 'customers')}",
        xlabel="repeat purchases",
        ylabel="customers",
    )


def alive_matrix(
    model: PurchaseModel,
    *,
    tenure_days: float = 365,
    max_count: int = 20,
    ax: Axes | None = None,
) -> Axes:
    """Draw P(alive) by repeat purchases and days since the last one, at a given tenure.

    Args:
        model: Fitted purchase model.
        tenure_days: Days since the first purchase; a year by default.
        max_count: Largest number of repeat purchases to show.
        ax: Axes to draw on; new ones by default.

    Returns:
        The Axes; its first image holds the probabilities.

    Examples:
        >>> from cemkit import BetaGeoModel
        >>> model = BetaGeoModel.from_parameters(r=0.24, alpha=31, a=0.79, b=2.43)
        >>> alive_matrix(model, tenure_days=365).get_xlabel()
        'days since the last purchase'
    """
    grid = _grid(check_model(model), tenure_days, max_count)
    values = model.alive_probability(grid).to_numpy().reshape(max_count, -1)
    title = f"P(alive) after {days_text(tenure_days)}"
    return _matrix(values, tenure_days, 1.0, title, ax)


def purchases_matrix(
    model: PurchaseModel,
    *,
    tenure_days: float = 365,
    horizon_days: float = 365,
    max_count: int = 20,
    ax: Axes | None = None,
) -> Axes:
    """Draw expected purchases by repeat purchases and days since the last one, at a given tenure.

    Args:
        model: Fitted purchase model.
        tenure_days: Days since the first purchase; a year by default.
        horizon_days: Days in which purchases are expected; a year by default.
        max_count: Largest number of repeat purchases to show.
        ax: Axes to draw on; new ones by default.

    Returns:
        The Axes; its first image holds the expected purchases.

    Examples:
        >>> from cemkit import BetaGeoModel
        >>> model = BetaGeoModel.from_parameters(r=0.24, alpha=31, a=0.79, b=2.43)
        >>> purchases_matrix(model, horizon_days=90).get_title()
        'Expected purchases in 90 days'
    """
    grid = _grid(check_model(model), tenure_days, max_count)
    values = model.expected_purchases(grid, horizon_days).to_numpy().reshape(max_count, -1)
    title = f"Expected purchases in {days_text(horizon_days)}"
    return _matrix(values, tenure_days, None, title, ax)


def tracking(table: pd.DataFrame, *, cumulative: bool = True, ax: Axes | None = None) -> Axes:
    """Draw actual and expected repeat purchases of a cohort, period by period.

    Args:
        table: Result of `purchase_tracking`.
        cumulative: Whether to draw running totals rather than the purchases of each period.
        ax: Axes to draw on; new ones by default.

    Returns:
        The Axes.

    Examples:
        >>> import cemkit as ck
        >>> from cemkit.clv import purchase_tracking
        >>> orders = ck.load_cdnow("sample")
        >>> model = ck.BetaGeoModel().fit(ck.customer_table(orders, as_of="1997-09-30"))
        >>> table = purchase_tracking(model, orders, "1997-09-30")
        >>> [line.get_label() for line in tracking(table).lines]
        ['actual', 'expected', 'start of the hold-out']
    """
    check_columns(check_frame(table, "table").columns, ["actual", "expected", "fitted"])
    check_flag(cumulative, "cumulative")
    table = _numbers(table, ["actual", "expected", "fitted"])
    shown = table[["actual", "expected"]]
    if cumulative:
        shown = shown.cumsum()
    ax = axes_for(ax)
    ax.plot(table.index, shown["actual"], color=ink(), label="actual")
    ax.plot(table.index, shown["expected"], "--", color=blue(), label="expected")
    if table["fitted"].nunique() == 2:
        last = table.index[table["fitted"].to_numpy() > 0].max()
        ax.axvline(last, color=muted(), linestyle=":", label="start of the hold-out")
    number_ticks(ax, "y")
    number_ticks(ax, "x")
    length = table.index[0]  # the last day of the first period
    period = "week" if length == 7 else f"{count_text(length, 'days')}"
    return lettered(
        ax,
        title="Cumulative repeat purchases" if cumulative else f"Repeat purchases per {period}",
        xlabel="days since the first day",
        ylabel="repeat purchases",
    )


def base_forecast(
    forecast: CustomerBaseForecast, *, currency: str = "", ax: Axes | None = None
) -> Axes:
    """Draw the revenue of each period with its interval, the part of new customers on top.

    Args:
        forecast: Result of `forecast_customer_base`.
        currency: Written before amounts, such as "£".
        ax: Axes to draw on; new ones by default.

    Returns:
        The Axes.

    Examples:
        >>> from cemkit import BetaGeoModel, load_cdnow
        >>> from cemkit.clv import forecast_customer_base
        >>> orders = load_cdnow("sample")
        >>> found = forecast_customer_base(
        ...     BetaGeoModel(), orders, "1997-09-30", horizon_days=35, n_draws=100
        ... )
        >>> base_forecast(found).get_title()
        'Revenue of the customer base per week'
    """
    check_kind(forecast, CustomerBaseForecast, "forecast")
    check_kind(currency, str, "currency")
    periods = forecast.periods
    of_new = forecast.table["cohort"] == NEW
    known = forecast.table[~of_new].groupby("period")["revenue"].sum().to_numpy()
    middle = periods["revenue"].to_numpy()
    days = periods["days"].to_numpy()
    edges = dates_of(day_of(pd.Timestamp(forecast.as_of)) + np.append(0, days.cumsum()))
    ax = axes_for(ax)
    ax.stairs(known, edges, fill=True, color=blue(), alpha=0.55, label="known customers")
    ax.stairs(
        middle, edges, baseline=known, fill=True, color=orange(), alpha=0.55, label="new customers"
    )
    centre = edges[:-1] + (edges[1:] - edges[:-1]) / 2
    ax.vlines(
        centre,
        periods["revenue_lower"],
        periods["revenue_upper"],
        color=ink(),
        label=interval_text(forecast.confidence_level),
    )
    ax.set_ylim(bottom=min(0.0, float(periods["revenue_lower"].min())))
    number_ticks(ax, "y", currency=currency)
    date_ticks(ax)
    unit = str(cast("pd.PeriodIndex", periods.index).freqstr)[0]
    return lettered(
        ax,
        title=f"Revenue of the customer base per {PERIOD_NAMES[unit]}",
        ylabel="revenue",
    )


def value_deciles(
    comparison: ValueModelComparison, *, currency: str = "", ax: Axes | None = None
) -> Axes:
    """Draw what each tenth of customers spent, from those predicted to spend most, by model.

    Of more than 12 models the baseline and those with the smallest errors are named, and the others
    are grey.

    Args:
        comparison: Result of `compare_value_models`.
        currency: Written before amounts, such as "£".
        ax: Axes to draw on; new ones by default.

    Returns:
        The Axes.

    Examples:
        >>> from cemkit import BetaGeoModel, load_cdnow
        >>> from cemkit.clv import compare_value_models
        >>> found = compare_value_models(load_cdnow("sample"), "1997-09-30", 90, [BetaGeoModel()])
        >>> value_deciles(found).get_xlabel()
        'tenth of customers, by predicted spend'
    """
    check_kind(comparison, ValueModelComparison, "comparison")
    check_kind(currency, str, "currency")
    models = _best_first(comparison.table["mae"])
    means = comparison.deciles["actual"].unstack("model")[models]
    ax = axes_for(ax, height=series_height(models))
    draw_series(ax, means, "other models")
    ax.set_ylim(bottom=min(0.0, float(means.to_numpy().min())))
    number_ticks(ax, "y", currency=currency)
    number_ticks(ax, "x", integer=True)
    return lettered(
        ax,
        title="Actual spend of the customers that each model ranks first",
        xlabel="tenth of customers, by predicted spend",
        ylabel=f"mean spend in {count_text(comparison.horizon_days, 'days')}",
    )


def _best_first(errors: pd.Series) -> list[object]:
    """The models as they are; of very many, the baseline and those of the smallest errors first."""
    if len(errors) <= MOST_LINES:
        return errors.index.tolist()
    ranked = errors.sort_values(kind="stable").index.tolist()
    return sorted(ranked, key=lambda name: name != BASELINE)


def alive_history(history: AliveHistory, *, ax: Axes | None = None) -> Axes:
    """Draw the alive probability of one customer day by day, and the days with a purchase.

    Args:
        history: Result of `PurchaseModel.alive_history`.
        ax: Axes to draw on; new ones by default.

    Returns:
        The Axes; its first line is the alive probability.

    Examples:
        >>> import cemkit as ck
        >>> orders = ck.load_cdnow("sample")
        >>> model = ck.BetaGeoModel().fit(ck.customer_table(orders, as_of="1997-09-30"))
        >>> history = model.alive_history(111, orders, as_of="1997-09-30")
        >>> alive_history(history).get_title()
        'Is customer 111 still a customer?'
    """
    if not isinstance(history, AliveHistory):
        raise TypeError(f"history must be an AliveHistory, not {type(history).__name__}")
    table = history.table
    bought = table.index[table["purchased"]]
    ax = axes_for(ax)
    ax.plot(table.index, table["alive_probability"], color=blue(), label="alive probability")
    ax.vlines(bought, 0, 1, color=muted(), linewidth=0.8, label="purchase", zorder=1)
    ax.set_ylim(0, 1.02)
    ax.set_xlim(table.index[0], table.index[-1] + pd.Timedelta(days=1))
    rate_ticks(ax, "y")
    date_ticks(ax)
    return lettered(
        ax,
        title=f"Is customer {history.customer} still a customer?",
        xlabel="",
        ylabel="alive probability",
    )


def value_distribution(clv: pd.Series, *, ax: Axes | None = None) -> Axes:
    """Draw the Lorenz curve of lifetime value: the share that the most valuable customers hold.

    Args:
        clv: Lifetime value of each customer, 0 or more.
        ax: Axes to draw on; new ones by default.

    Returns:
        The Axes; its first line is the curve.

    Raises:
        DataError: A value is missing or infinite.
        ValueError: All values are 0, or one is negative.

    Examples:
        >>> import cemkit as ck
        >>> customers = ck.customer_table(ck.load_cdnow("sample"), as_of="1997-09-30")
        >>> value = ck.CustomerLifetimeValue(ck.BetaGeoModel()).fit(customers)
        >>> value_distribution(value.add_to(customers)["clv"]).get_ylabel()
        'share of lifetime value'
    """
    if not isinstance(clv, pd.Series):
        raise TypeError(f"clv must be a Series of values, not {kind_of(clv)}")
    values = np.sort(finite_values(clv, "clv"))[::-1]
    if values.sum() <= 0 or values[-1] < 0:
        raise ValueError("clv must be 0 or more, with at least one value above 0")
    customers = np.linspace(0, 1, len(values) + 1)
    share = np.append(0.0, np.cumsum(values) / values.sum())
    top = float(np.interp(0.2, customers, share))
    ax = axes_for(ax)
    ax.plot(customers, share, color=blue(), label="most valuable first")
    ax.plot([0, 1], [0, 1], color=muted(), linestyle=":", label="all customers alike")
    ax.plot([0.2], [top], "o", color=orange(), label=f"top 20%: {top:.0%} of the value")
    ax.set(xlim=(0, 1), ylim=(0, 1.02))
    rate_ticks(ax, "y")
    rate_ticks(ax, "x")
    return lettered(
        ax,
        title="Concentration of lifetime value",
        xlabel="share of customers",
        ylabel="share of lifetime value",
    )


def purchase_intensity(
    clock: SeasonalClock, *, days: int = 365, smooth: bool = True, ax: Axes | None = None
) -> Axes:
    """Draw how much is bought over the days before and after the end of a clock's orders.

    Args:
        clock: Fitted clock.
        days: How many days before and after its `as_of_`, as far as its plan of events reaches.
        smooth: Whether days of the week are left out, so that the season can be seen.
        ax: Axes to draw on; new ones by default.

    Returns:
        The Axes; its first line is the intensity, where 1 is the mean of a year.

    Examples:
        >>> from cemkit import load_cdnow
        >>> from cemkit.clv import SeasonalClock
        >>> clock = SeasonalClock().fit(load_cdnow("sample"), "1998-03-31")
        >>> purchase_intensity(clock).get_ylabel()
        'intensity (mean of a year = 1)'
    """
    if not isinstance(clock, SeasonalClock):
        raise TypeError(f"clock must be a fitted SeasonalClock, not {type(clock).__name__}")
    check_is_fitted(clock, "effects_")
    length = check_integer(days, "days", minimum=1, maximum=MOST_DAYS)
    check_flag(smooth, "smooth")
    now, until = clock.as_of_, clock.planned_until_
    end = now + pd.Timedelta(days=length)
    end = end if until is None else max(min(end, until), now)
    table = clock.intensity(now - pd.Timedelta(days=length), end)
    parts = ["season", "events"] if smooth else ["season", "weekday", "events"]
    ax = axes_for(ax)
    ax.plot(table.index, table[parts].prod(axis=1), color=blue())
    ax.axhline(1.0, color=muted(), linestyle=":", label="mean of a year")
    ax.axvline(now, color=orange(), linestyle="--", label="last day seen")
    ax.set_ylim(bottom=0)
    number_ticks(ax, "y")
    date_ticks(ax)
    return lettered(
        ax,
        title="Purchases per customer over the calendar",
        ylabel="intensity (mean of a year = 1)",
    )


def _numbers(table: pd.DataFrame, columns: list[str]) -> pd.DataFrame:
    """The columns as finite floats, on an index of numbers."""
    if table.index.nlevels > 1:
        raise ValueError(f"the index must hold days, and has {table.index.nlevels} levels")
    places = pd.Series(table.index)
    index: pd.Index[Any] = pd.Index(finite_values(places, "the index"), name=table.index.name)
    if pd.api.types.is_integer_dtype(places.dtype):
        index = index.astype("int64")
    return pd.DataFrame({name: finite_values(table[name], name) for name in columns}, index=index)


def _grid(model: PurchaseModel, tenure_days: float, max_count: int) -> pd.DataFrame:
    """Every pair of 1 to max_count repeat purchases and 60 lengths of silence."""
    model._check_no_covariates("a matrix")
    tenure = check_positive(tenure_days, "tenure_days")
    largest = check_integer(max_count, "max_count", minimum=1, maximum=MOST_COUNTS)
    silence = (np.arange(60) + 0.5) / 60 * tenure
    count = np.arange(1, largest + 1)
    return pd.DataFrame(
        {
            "repeat_count": np.repeat(count, len(silence)),
            "recency_days": np.tile(silence, largest),
            "tenure_days": tenure,
        }
    )


def _matrix(
    values: Floats,
    tenure_days: float,
    most: float | None,
    title: str,
    ax: Axes | None,
) -> Axes:
    """Draw a value for every number of purchases and length of silence."""
    ax = axes_for(ax)
    image = ax.imshow(
        values,
        origin="lower",
        aspect="auto",
        cmap=COLOUR_MAP,
        extent=(0, tenure_days, 0.5, len(values) + 0.5),
        vmin=0.0,
        vmax=most,
    )
    add_colour_bar(image, ax, rate_text(1.0) if most else number_text, "")
    number_ticks(ax, "y", integer=True)
    number_ticks(ax, "x")
    return lettered(
        ax, title=title, xlabel="days since the last purchase", ylabel="repeat purchases"
    )

"""Which clock a purchase model takes: the one given, or the one that past hold-outs speak for."""

import dataclasses
import warnings
from typing import Any, ClassVar

import numpy as np
import pandas as pd
from sklearn.base import clone

from cemkit.checks.options import shown
from cemkit.clv.clock.events import read_events, seen_by
from cemkit.clv.clock.seasonal_clock import SHORTEST_PAST, SeasonalClock, table_day
from cemkit.data.customers import customer_table
from cemkit.data.days import date_of, day_of
from cemkit.data.reductions.data_span import day_text
from cemkit.data.reductions.purchase_ages import purchases_by_first_day
from cemkit.errors import CemkitWarning, DataError, NotEnoughDataError
from cemkit.results import Result

HORIZONS = (30, 60, 90, 180)  # days
STEP = 30  # days from one hold-out to the one before
MOST_HOLDOUTS = 8
BETTER = 0.9  # share of the plain error that the clock must not exceed
GAIN = 0.10  # over the number of dates: by how much its error must be smaller
WORSE = 0.02  # by how much its worst total may be further off
NEEDED = SHORTEST_PAST + 2 * STEP  # days of history for two dates: one total is no evidence
EMPTY = ["as_of", "horizon_days", "purchases", "plain_error", "clock_error"]


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ClockChoice(Result):
    """Choice between a seasonal clock and calendar days by hold-outs, from `choose_clock`.

    Attributes:
        clock: Clock fitted to all orders up to `as_of`; None for calendar days.
        as_of: Last day seen.
        history_days: Number of days of orders.
        n_holdouts: Number of hold-out totals predicted.
        plain_median_error, clock_median_error: Median absolute errors of these totals without and
            with the clock, as fractions of the observed purchases; missing without hold-outs.
        plain_worst_error, clock_worst_error: Largest absolute errors of these totals, as fractions.
        table: One row per total: `as_of, horizon_days`, the observed `purchases`, and the relative
            errors `plain_error, clock_error`.

    Examples:
        >>> from cemkit import load_cdnow
        >>> from cemkit.clv import choose_clock
        >>> choice = choose_clock(load_cdnow("sample"), "1997-09-30")
        >>> print(choice.sentence())
        Calendar days, without a seasonal clock: 273 days of orders are too few to try ...
    """

    clock: SeasonalClock | None
    as_of: str
    history_days: int
    n_holdouts: int
    plain_median_error: float | None
    clock_median_error: float | None
    plain_worst_error: float | None
    clock_worst_error: float | None
    table: pd.DataFrame

    needed_days: ClassVar[int] = NEEDED


def check_clock(clock: Any) -> SeasonalClock | None:
    """The clock of a model that is asked without a fit."""
    if clock is None or isinstance(clock, SeasonalClock):
        return clock
    if isinstance(clock, str) and clock == "auto":
        raise ValueError(
            "clock='auto' is chosen in fit, so it needs the orders: call fit(customers, "
            "orders=orders)"
        )
    raise TypeError(f"clock must be a SeasonalClock, 'auto' or None, not {shown(clock)}")


def clock_of_fit(
    model: Any, customers: pd.DataFrame, orders: Any
) -> tuple[SeasonalClock | None, ClockChoice | None]:
    """The fitted clock of a model that is fitted to these customers, and how it was chosen."""
    clock = model.clock
    if isinstance(clock, str) and clock == "auto":
        plain = type(model)()  # covariates are not in the tables that hold-outs make
        choice = chosen_clock(plain, orders, _day_of(customers, orders), SeasonalClock())
        return choice.clock, choice
    clock = check_clock(clock)
    if clock is None or hasattr(clock, "effects_"):
        return clock, None
    return clone(clock).fit(orders, _day_of(customers, orders)), None


def chosen_clock(model: Any, orders: Any, as_of: pd.Timestamp, clock: SeasonalClock) -> ClockChoice:
    """Predict totals inside the past with the clock and with calendar days, and choose."""
    pairs = purchases_by_first_day(orders, as_of)
    history = day_of(as_of) - int(pairs["first_day"].min()) + 1
    rows: list[dict[str, Any]] = []
    for back in range(STEP, STEP * MOST_HOLDOUTS + 1, STEP):
        day = as_of - pd.Timedelta(days=back)
        if history >= NEEDED and history - back >= SHORTEST_PAST:
            rows += _holdouts(model, orders, pairs, day=day, seen_after=back, clock=clock)
    table = pd.DataFrame(rows, columns=EMPTY)
    medians, worst = [], []
    for name in EMPTY[3:]:
        size = table[name].abs()
        medians.append(float(size.median()) if len(size) else None)
        worst.append(float(size.max()) if len(size) else None)
    taken = len(table) > 0 and _speaks_for_clock(medians, worst, table["as_of"].nunique())
    return ClockChoice(
        clock=clone(clock).fit(orders, as_of) if taken else None,
        as_of=day_text(as_of),
        history_days=history,
        n_holdouts=len(table),
        plain_median_error=medians[0],
        clock_median_error=medians[1],
        plain_worst_error=worst[0],
        clock_worst_error=worst[1],
        table=table,
    )


def _speaks_for_clock(medians: list[Any], worst: list[Any], n_dates: int) -> bool:
    """Whether the clock is closer; the fewer the dates, the more it takes."""
    plain, clock = medians
    closer = clock <= BETTER * plain and plain - clock >= GAIN / n_dates
    return bool(closer and worst[1] <= worst[0] + WORSE)


def _holdouts(
    model: Any,
    orders: Any,
    pairs: pd.DataFrame,
    *,
    day: pd.Timestamp,
    seen_after: int,
    clock: SeasonalClock,
) -> list[dict[str, Any]]:
    """The errors of the totals after a day, over each horizon of which all days are seen."""
    end = day_of(day)
    known = pairs[(pairs["first_day"] <= end) & (pairs["day"] > end)]
    try:
        fitted_clock = _clock_by(clock, orders, pairs, day, seen_after)
        customers = customer_table(orders, day)
        with warnings.catch_warnings():
            # What a hold-out does not identify says nothing of the model that is fitted in the end.
            warnings.simplefilter("ignore", CemkitWarning)
            plain, seasonal = (
                clone(model).set_params(clock=each).fit(customers) for each in (None, fitted_clock)
            )
    except NotEnoughDataError:  # nobody had bought again by then
        return []
    rows = []
    for horizon in HORIZONS:
        made = int(known.loc[known["day"] <= end + horizon, "purchases"].sum())
        if horizon <= seen_after and made:
            predicted = [
                float(each.expected_purchases(customers, horizon).sum())
                for each in (plain, seasonal)
            ]
            errors = (np.array(predicted) / made - 1).tolist()
            rows.append(dict(zip(EMPTY, [day_text(day), horizon, made, *errors], strict=True)))
    return rows


def _clock_by(
    clock: SeasonalClock, orders: Any, pairs: pd.DataFrame, day: pd.Timestamp, seen_after: int
) -> SeasonalClock:
    """The clock as fitted on a day of the past, when the events up to as_of were its plan."""
    events = read_events(clock.events, "events")
    known = seen_by(events, date_of(int(pairs["first_day"].min())), day)
    bare = clone(clock).set_params(events=known if len(known) else None)
    fitted: SeasonalClock = bare.fit(orders, day)
    if fitted.planned_until_ is not None:
        as_of = day + pd.Timedelta(days=seen_after)
        fitted.planned_until_ = max(fitted.planned_until_, as_of)
    return fitted


def _day_of(customers: pd.DataFrame, orders: Any) -> pd.Timestamp:
    if orders is None:
        raise ValueError(
            "this clock is fitted to the orders: fit the model with fit(customers, "
            "orders=orders), or give it a fitted clock: SeasonalClock().fit(orders, "
            "as_of=...)"
        )
    day = table_day(customers)
    if day is None:
        raise DataError(
            "the customer table has no last_order_date, which is needed to know its "
            "day; make the table with customer_table, or fit the clock first: "
            "SeasonalClock().fit(orders, as_of=...)"
        )
    return day

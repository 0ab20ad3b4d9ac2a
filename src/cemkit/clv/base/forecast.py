"""forecast_customer_base: purchases and revenue of all customers, those known and those to come."""

import copy
import dataclasses
import datetime as dt
from typing import Any, ClassVar, Literal, TypeAlias

import numpy as np
import pandas as pd
from sklearn.base import clone

from cemkit.arrays import Floats
from cemkit.checks import (
    check_as_of,
    check_choice,
    check_fraction,
    check_integer,
    check_random_state,
)
from cemkit.checks.options import shown
from cemkit.clv.base.acquisition import measured_arrivals
from cemkit.clv.base.acquisition_plan import drawn_plan, planned_arrivals
from cemkit.clv.base.acquisition_season import ArrivalSeason
from cemkit.clv.base.draws import (
    Base,
    Cells,
    Models,
    drawn_futures,
    expected_of_known,
    expected_of_newcomers,
    new_amount,
    newcomer_curve,
)
from cemkit.clv.base.moments import drawn_from_moments
from cemkit.clv.base.past import Past, read_past
from cemkit.clv.base.shocks import MOST_WEEKS, Shocks, measured_shocks
from cemkit.clv.base.shocks import NONE as NO_SHOCKS
from cemkit.clv.clock.draws import drawn_times
from cemkit.clv.clock.events import next_held, read_events
from cemkit.clv.purchases.models import BetaGeoModel
from cemkit.clv.purchases.purchase_model import PurchaseModel
from cemkit.clv.spend.gamma_gamma import GammaGammaModel
from cemkit.clv.value import CustomerLifetimeValue
from cemkit.data.customers import customer_table
from cemkit.data.days import day_of
from cemkit.data.reductions.data_span import day_text
from cemkit.errors import DataError
from cemkit.results import Result

MOST_FUTURES = 8_000_000  # drawn one by one
LONGEST_HORIZON = 1830  # days, five years
NEW = "new"
FREQUENCIES = {"month": "M", "quarter": "Q-DEC", "year": "Y-DEC"}
WEEKDAYS = ("MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN")
QUANTITIES = ("purchases", "revenue")

Valued: TypeAlias = CustomerLifetimeValue | PurchaseModel


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class CustomerBaseForecast(Result):
    """Forecast of a customer base by period, with predictive intervals.

    Attributes:
        as_of: Last day seen.
        horizon_days: Length of the forecast in days after `as_of`.
        confidence_level: Confidence level of all intervals, as a fraction.
        known_customers: Number of customers who had bought by `as_of`.
        new_customers: Expected number of new customers within the horizon, with bounds
            `new_customers_lower, new_customers_upper`.
        purchases: Expected purchases of all customers, with bounds `purchases_lower,
            purchases_upper`.
        revenue: Expected revenue of all customers, with bounds `revenue_lower, revenue_upper`.
        weekly_deviation: Standard deviation, beyond chance, of a past week's purchases from the
            model's expectation, as a fraction; 0 if not measured.
        measured_weeks: Number of past weeks behind `weekly_deviation`; 0 if fewer than 8 weeks had
            at least 5 expected purchases.
        planned: Whether new customers come from a plan.
        seasonal_acquisition: Whether new customers are forecast with a yearly season.
        seasonal: Whether the purchase model uses a seasonal clock.
        not_identified: Parameters of the models that the data did not identify. They stay at their
            estimates in every simulated future.
        periods: One row per period with its totals, as `forecast_customer_base` describes it.
        cohorts: One row per cohort with its totals over the horizon.
        table: One row per period and cohort.

    Examples:
        >>> from cemkit import BetaGeoModel, load_cdnow
        >>> from cemkit.clv import forecast_customer_base
        >>> found = forecast_customer_base(
        ...     BetaGeoModel(), load_cdnow("sample"), "1997-09-30", horizon_days=91, n_draws=100
        ... )
        >>> found.purchases_lower < found.purchases < found.purchases_upper
        True
    """

    as_of: str
    horizon_days: int
    confidence_level: float
    known_customers: int
    new_customers: float
    new_customers_lower: float
    new_customers_upper: float
    purchases: float
    purchases_lower: float
    purchases_upper: float
    revenue: float
    revenue_lower: float
    revenue_upper: float
    weekly_deviation: float
    measured_weeks: int
    planned: bool
    seasonal_acquisition: bool
    seasonal: bool
    not_identified: tuple[str, ...] = ()
    periods: pd.DataFrame
    cohorts: pd.DataFrame
    table: pd.DataFrame

    weeks_of_a_year: ClassVar[int] = MOST_WEEKS
    _pictures = ("clv.base_forecast",)


def forecast_customer_base(
    models: Valued,
    orders: Any,
    as_of: str | dt.date | pd.Timestamp,
    *,
    horizon_days: int,
    acquisition: Literal["forecast"] | pd.Series = "forecast",
    calendar: pd.DataFrame | None = None,
    period: Literal["week", "month", "quarter"] = "week",
    cohort: Literal["month", "quarter", "year"] = "quarter",
    confidence_level: float = 0.95,
    n_draws: int = 1000,
    random_state: int | np.random.Generator = 0,
) -> CustomerBaseForecast:
    """Forecast purchases and revenue of a whole customer base, with predictive intervals.

    The purchase model predicts the purchases of each known customer, and the spend model the amount
    per purchase. New customers arrive as in the last half year, or by a plan, and then buy as the
    models predict. With at least two years of orders, arrivals have a yearly season. If the model
    has covariates, new customers have those of the known customers (of 200 of them, if more than
    200 differ). Otherwise the expectations are exact.

    The intervals come from simulated futures, which include

    - the estimation errors of both models; a parameter that the data did not identify stays at its
      estimate, and the sentence names it,
    - the estimation errors of a seasonal clock,
    - chance: who has left, who buys when, and for how much,
    - the number of new customers,
    - shocks that affect all customers in a week, beyond chance. Their size and persistence are
      measured on the weeks of the past year, for purchases and for the amount per purchase. Without
      a seasonal clock they include the season, so intervals are wide in a seasonal shop.

    Intervals of totals come from the sums of each future. They are wider than for independent
    weeks, because shocks persist, and narrower than the sums of the bounds, because chance averages
    out.

    Args:
        models: A `CustomerLifetimeValue`, or a purchase model, to which Gamma-Gamma spend is added.
            Unfitted models are fitted to the customers at `as_of`; fitted models are used as they
            are. A model made from parameters counts as known without error. Discount and margin are
            not used: revenue is undiscounted.
        orders: Order table with `customer_id, order_date, amount` (pandas, Polars, PyArrow, DuckDB,
            Dask or PySpark). The sums are computed by its engine.
        as_of: Last day seen. The forecast begins on the next day.
        horizon_days: Number of days to forecast, at most 1,830.
        acquisition: Source of new customers. `"forecast"` keeps the level of the last 26 weeks, and
            the interval includes the drift of this level; with at least two years of orders it adds
            a yearly season, shrunk by the evidence. A Series of numbers on a PeriodIndex is a plan,
            used as it is.
        calendar: Plan of coming events, for a purchase model with a seasonal clock fitted on such
            events: `name, start_date, end_date`. It must reach the end of the horizon. If the clock
            was fitted before `as_of`, include the events since then; earlier ones are ignored. If
            nothing is planned for the last days, leave `calendar` out and set the end of the plan
            with `model.with_plan(events, until=...)`.
        period: Length of a period. Weeks start on the day after `as_of`. Months and quarters follow
            the calendar, so the first and the last may be incomplete.
        cohort: Period of the first purchase by which known customers are grouped.
        confidence_level: Confidence level of all intervals, as a fraction.
        n_draws: Number of simulated futures, at least 100.
        random_state: Seed or generator of the random numbers.

    Returns:
        A `CustomerBaseForecast`. `.table` has one row per period and cohort:

        - `period`: a pandas Period; `cohort`: the period of the first purchase, such as `"1997Q1"`,
          or `"new"` for new customers.
        - `purchases`: expected purchase days, including the first purchases of new customers.
        - `revenue`: expected net revenue; `lower, upper` bound it.

        `.periods` has one row per period with `days` (its days within the horizon),
        `new_customers`, `purchases`, `revenue` and the bounds of both; `.cohorts` one row per
        cohort with its `customers` and the same totals over the horizon. Expectations of the rows
        add up to the totals, but bounds do not. Every interval contains its expectation.

    Raises:
        TypeError: `models` is neither a `CustomerLifetimeValue` nor a purchase model.
        ValueError: An argument is out of its range, or `calendar` is given without a clock.
        DataError: The last order is more than four weeks before `as_of`, a plan does not cover the
            horizon, or a model cannot be fitted to the customers.
        NotEnoughDataError: The orders span less than four weeks and there is no plan, or nobody has
            bought again.

    References:
        Fader, Hardie, Lee (2005), "Counting your customers" the easy way, Marketing Science 24.
        Harville (1977), Maximum likelihood approaches to variance component estimation, Journal of
        the American Statistical Association 72, for the likelihood of the shocks.

    Examples:
        >>> from cemkit import BetaGeoModel, load_cdnow
        >>> found = forecast_customer_base(
        ...     BetaGeoModel(),
        ...     load_cdnow("sample"),
        ...     "1997-09-30",
        ...     horizon_days=91,
        ...     acquisition=pd.Series([0], pd.period_range("1997", periods=1, freq="Y")),
        ...     period="month",
        ...     n_draws=100,
        ... )
        >>> found.table["cohort"].head(2).tolist()
        ['1997Q1', 'new']
        >>> found.periods["days"].tolist()
        [31, 30, 30]
    """
    day = check_as_of(as_of)
    terms = _terms(horizon_days, period, cohort, confidence_level, n_draws)
    random = np.random.default_rng(check_random_state(random_state))
    if isinstance(acquisition, str):
        check_choice(acquisition, "acquisition", ["forecast"])
    elif not isinstance(acquisition, pd.Series):
        raise TypeError(
            f"acquisition must be 'forecast' or a Series of numbers, not {shown(acquisition)}"
        )
    customers = customer_table(orders, day)
    fitted = _fitted(models, customers, orders, day, calendar)
    past = read_past(orders, day)
    shop = _Shop(fitted, customers, past, day, terms)
    daily, arrivals = shop.arrivals(acquisition, random)
    return shop.forecast(daily, arrivals, random, planned=not isinstance(acquisition, str))


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class _Terms:
    horizon: int
    period: str
    cohort: str
    level: float
    n_draws: int


def _terms(horizon_days: int, period: str, cohort: str, level: float, n_draws: int) -> _Terms:
    return _Terms(
        horizon=check_integer(horizon_days, "horizon_days", minimum=1, maximum=LONGEST_HORIZON),
        period=check_choice(period, "period", ["week", "month", "quarter"]),
        cohort=check_choice(cohort, "cohort", ["month", "quarter", "year"]),
        level=check_fraction(level, "confidence_level"),
        n_draws=check_integer(n_draws, "n_draws", minimum=100, maximum=100_000),
    )


def _fitted(
    models: Valued,
    customers: pd.DataFrame,
    orders: Any,
    as_of: pd.Timestamp,
    calendar: pd.DataFrame | None,
) -> Models:
    """Both models, fitted where they are not; the plan of events reaches the clock."""
    purchases: Any
    spend: Any
    if isinstance(models, CustomerLifetimeValue):
        auto = isinstance(models.purchases, str)
        purchases = getattr(models, "purchases_", BetaGeoModel() if auto else models.purchases)
        spend = getattr(models, "spend_", models.spend)
    elif isinstance(models, PurchaseModel):
        purchases, spend = models, GammaGammaModel()
    else:
        raise TypeError(
            "models must be a CustomerLifetimeValue or a purchase model, such as BetaGeoModel, not "
            f"{shown(models)}"
        )
    if not hasattr(purchases, "params_"):
        purchases = clone(purchases).fit(customers, orders=orders)
    if not hasattr(spend, "params_"):
        spend = clone(spend).fit(customers)
    if calendar is not None:
        purchases = _with_plan(purchases, calendar, as_of)
    return Models(purchases=purchases, spend=spend)


def _with_plan(model: PurchaseModel, calendar: pd.DataFrame, as_of: pd.Timestamp) -> PurchaseModel:
    """The model under the events of a calendar that end after `as_of`."""
    clock = model._clock()
    if clock is None:
        raise ValueError(
            "calendar takes a purchase model on a seasonal clock, which says what events do; this "
            f"one is on calendar days: fit {type(model).__name__}(clock=SeasonalClock(events=...)) "
            "first, or leave calendar out"
        )
    events = next_held(read_events(calendar, "calendar"), clock.as_of_)
    if not (events["end_date"] > as_of).any():
        raise DataError(
            f"calendar has no event that ends after as_of={day_text(as_of)}; add coming "
            "events, or if none is planned, leave calendar out and use "
            "model.with_plan(None, until=...)"
        )
    # The clock may have been fitted before as_of: what it knows of the days since then stays.
    known = clock.events_.loc[~clock.events_["recurring"]]
    since = known[(known["end_date"] > clock.as_of_) & (known["start_date"] <= as_of)]
    since = since.assign(end_date=since["end_date"].clip(upper=as_of))
    to_come = events[events["end_date"] > clock.as_of_]
    planned = copy.copy(model)
    planned.clock_ = clock.with_plan(pd.concat([since, to_come]) if len(since) else to_come)
    return planned


class _Shop:
    """A customer base at `as_of`: what is known of it, and the cells of the days to come."""

    def __init__(
        self,
        models: Models,
        customers: pd.DataFrame,
        past: Past,
        as_of: pd.Timestamp,
        terms: _Terms,
    ) -> None:
        self.models, self.past, self.as_of, self.terms = models, past, as_of, terms
        histories = models.purchases._read(customers)
        self.time = histories.time
        self.time.check_plan(float(terms.horizon))
        self.amounts = models.spend.expected_mean_amount(customers).to_numpy()
        first = customers["first_order_date"].dt.to_period(FREQUENCIES[terms.cohort])
        cohort, self.cohorts = pd.factorize(first, sort=True)
        x = customers["repeat_count"].to_numpy(dtype=np.float64)
        z = customers["repeat_mean_amount"].to_numpy(dtype=np.float64)
        self.base = Base(
            histories=histories,
            cohort=cohort,
            n_cohorts=len(self.cohorts),
            x=x,
            z=z,
            first_amounts=customers["total_amount"].to_numpy(dtype=np.float64) - x * z,
        )
        self.arrival_season = ArrivalSeason.of(
            past.joined[past.lead :], day_of(as_of) - len(past.joined) + past.lead + 1
        )
        self.first = as_of + pd.Timedelta(days=1)
        self.days = pd.date_range(self.first, periods=terms.horizon)
        self.periods = self.days.to_period(self._frequency())
        self.cells = self._cells()
        longest = max(self.past_time[0] * -1, self.cells.time[-1]) + 1
        self.curve = newcomer_curve(models.purchases, histories, float(longest))

    @property
    def past_time(self) -> Floats:
        """The model's time of each day of the past, counted from `as_of`."""
        ago = np.arange(len(self.past.joined), dtype=np.float64)[::-1]
        time: Floats = -self.time.since(ago)
        return time

    def _frequency(self) -> str:
        weeks = f"W-{WEEKDAYS[self.as_of.weekday()]}"
        return weeks if self.terms.period == "week" else FREQUENCIES[self.terms.period]

    def _cells(self) -> Cells:
        week = np.arange(self.terms.horizon) // 7
        period = self.periods.asi8 - self.periods.asi8[0]
        begins = np.flatnonzero(np.diff(week, prepend=-1) | np.diff(period, prepend=-1))
        edges = np.append(begins, self.terms.horizon).astype(np.float64)
        return Cells(
            edges=edges,
            time=np.asarray(self.time.until(edges)),
            week=week[begins],
            period=period[begins],
        )

    def arrivals(
        self, acquisition: str | pd.Series, random: np.random.Generator
    ) -> tuple[Floats, Floats]:
        """New customers expected on each day, and those of each draw and day."""
        horizon, n_draws = self.terms.horizon, self.terms.n_draws
        if isinstance(acquisition, pd.Series):
            daily = planned_arrivals(acquisition, self.first, horizon)
            return daily, drawn_plan(daily, random, n_draws)
        factors, of_draws = self._season_of_arrivals(random)
        joined = self.past.joined / factors[:-horizon]
        found = measured_arrivals(self.past.weekly(joined), self.past.exposure)
        first = np.arange(0, horizon, 7)
        week, exposure = np.arange(horizon) // 7, self.cells.weeks
        ahead = factors[-horizon:]
        daily = (found.expected(exposure) / np.bincount(week))[week] * ahead
        drawn = found.drawn(random, n_draws, np.add.reduceat(of_draws, first, axis=1) / 7)
        of_week = np.empty((n_draws, horizon))
        for k in range(len(first)):
            share = ahead[week == k] / ahead[week == k].sum()
            of_week[:, week == k] = random.multinomial(drawn[:, k].astype(np.int64), share)
        return daily, of_week

    def _season_of_arrivals(self, random: np.random.Generator) -> tuple[Floats, Floats]:
        """Factors of new customers on each day, past and to come, and in draws of those to come."""
        horizon, n_draws = self.terms.horizon, self.terms.n_draws
        n_past = len(self.past.joined)
        if self.arrival_season is None:
            return np.ones(n_past + horizon), np.ones((n_draws, horizon))
        today = day_of(self.as_of)
        days = np.arange(today - n_past + 1, today + horizon + 1)
        drawn = self.arrival_season.drawn(days[n_past:], today, n_draws, random)
        return self.arrival_season.factors(days, today), drawn

    def shocks(self) -> tuple[Shocks, Shocks]:
        """Shocks of purchases, and of the amount per purchase."""
        past = self.past
        expected = past.expected_repeats(self.curve, self.past_time)
        repeats = past.weekly(past.repeats)
        plain, chance = self.time.plain, 1 / np.maximum(expected, 1.0)
        of_purchases = measured_shocks(repeats, expected, chance, plain=plain)
        bought, revenue = past.weekly(past.repeats + past.joined), past.weekly(past.revenue)
        mean = revenue.sum() / max(bought.sum(), 1.0)
        if mean <= 0:  # nothing to measure relative deviations by
            return of_purchases, NO_SHOCKS
        noise = self._amount_variation() / np.maximum(bought, 1.0)
        return of_purchases, measured_shocks(revenue / mean, bought, noise, plain=plain)

    def _amount_variation(self) -> float:
        """Squared coefficient of variation of the amounts of purchases."""
        repeats, amounts = self.base.x, self.amounts
        weights = repeats if repeats.any() else np.ones_like(repeats)
        mean = float(np.average(amounts, weights=weights))
        spread = np.average((amounts / mean - 1) ** 2, weights=weights)
        return float(spread) + self.models.spend._own_variation(mean)

    def forecast(
        self, daily: Floats, arrivals: Floats, random: np.random.Generator, *, planned: bool
    ) -> CustomerBaseForecast:
        """The forecast under these arrivals."""
        terms, cells = self.terms, self.cells
        known = expected_of_known(self.models, self.base, cells, self.amounts)
        new = expected_of_newcomers(
            self.base, self.curve, cells, daily, new_amount(self.models.spend)
        )
        expected = np.concatenate([known, new[None]])
        drawn = self._drawn(arrivals, known, random)
        of_purchases, of_amounts = self.shocks()
        n_weeks = int(cells.week[-1]) + 1
        factor = of_purchases.factors(random, terms.n_draws, n_weeks)[:, cells.week]
        drawn *= factor[:, None, :, None]
        drawn[..., 1] *= of_amounts.factors(random, terms.n_draws, n_weeks)[:, None, cells.week]
        expected, drawn = self._by_period(expected), self._by_period(drawn)
        total = _bounded(expected.sum((0, 1)), drawn.sum((1, 2)), terms.level)
        new_total = _bounded(daily.sum(), arrivals.sum(axis=1), terms.level)
        names = [f"{name}{end}" for name in QUANTITIES for end in ("", "_lower", "_upper")]
        return CustomerBaseForecast(
            as_of=day_text(self.as_of),
            horizon_days=terms.horizon,
            confidence_level=terms.level,
            known_customers=len(self.base.cohort),
            new_customers=float(new_total[0]),
            new_customers_lower=float(new_total[1]),
            new_customers_upper=float(new_total[2]),
            **dict(zip(names, total.T.ravel().tolist(), strict=True)),
            weekly_deviation=of_purchases.typical,
            measured_weeks=of_purchases.weeks,
            planned=planned,
            seasonal_acquisition=not planned and self.arrival_season is not None,
            seasonal=not self.time.plain,
            not_identified=self.models.not_identified,
            periods=self._period_table(expected, drawn, daily),
            cohorts=self._cohort_table(expected, drawn, float(daily.sum())),
            table=self._table(expected, drawn),
        )

    def _drawn(self, arrivals: Floats, expected: Floats, random: np.random.Generator) -> Floats:
        """Draws without shocks: future by future, or of a large base from moments."""
        n_futures = len(self.base.cohort) * len(arrivals) + arrivals.sum()
        times = self._times(len(arrivals), random)
        rest = self.models, self.base, self.cells, arrivals, random
        if n_futures <= MOST_FUTURES:
            return drawn_futures(*rest, times=times)
        return drawn_from_moments(*rest, times=times, expected=expected)

    def _times(self, n_draws: int, random: np.random.Generator) -> Floats:
        """The model's time at the cells' edges in each draw; on a clock with its errors."""
        clock = self.models.purchases._clock()
        if clock is None:
            return np.broadcast_to(self.cells.time, (n_draws, len(self.cells.time)))
        times = drawn_times(
            clock,
            self.as_of,
            self.terms.horizon,
            repeats=self.past.repeats,
            n_draws=n_draws,
            random=random,
        )
        edges: Floats = times[:, self.cells.edges.astype(np.int64)]
        return edges

    def _by_period(self, cells: Floats) -> Floats:
        starts = np.flatnonzero(np.diff(self.cells.period, prepend=-1))
        return np.add.reduceat(cells, starts, axis=-2)

    def _table(self, expected: Floats, drawn: Floats) -> pd.DataFrame:
        n_cohorts, n_periods = expected.shape[:2]
        revenue = _bounded(expected[..., 1], drawn[..., 1], self.terms.level)
        frame = {
            "period": np.repeat(np.arange(n_periods), n_cohorts),
            "cohort": np.tile(self._cohort_names(), n_periods),
            "purchases": expected[..., 0].T.ravel(),
            "revenue": revenue[0].T.ravel(),
            "lower": revenue[1].T.ravel(),
            "upper": revenue[2].T.ravel(),
        }
        table = pd.DataFrame(frame)
        return table.assign(period=self.periods.unique()[table["period"]])

    def _period_table(self, expected: Floats, drawn: Floats, daily: Floats) -> pd.DataFrame:
        first = np.flatnonzero(np.diff(self.periods.asi8, prepend=-1))
        totals = _totals(expected.sum(axis=0), drawn.sum(axis=1), self.terms.level)
        table = pd.DataFrame(totals, index=self.periods.unique().rename("period"))
        table.insert(0, "days", np.diff(np.append(first, len(daily))))
        table.insert(1, "new_customers", np.add.reduceat(daily, first))
        return table

    def _cohort_table(self, expected: Floats, drawn: Floats, new: float) -> pd.DataFrame:
        totals = _totals(expected.sum(axis=1), drawn.sum(axis=2), self.terms.level)
        index = pd.Index(self._cohort_names(), name="cohort")
        table = pd.DataFrame(totals, index=index)
        sizes = np.bincount(self.base.cohort, minlength=self.base.n_cohorts)
        table.insert(0, "customers", np.append(sizes.astype(np.float64), new))
        return table

    def _cohort_names(self) -> list[str]:
        return [*(str(cohort) for cohort in self.cohorts), NEW]


def _bounded(expected: Any, drawn: Floats, level: float) -> Floats:
    """The expectation and its bounds, stacked; an interval always holds its expectation."""
    tail = (1 - level) / 2
    lower, upper = np.quantile(drawn, [tail, 1 - tail], axis=0)
    return np.stack([expected, np.minimum(lower, expected), np.maximum(upper, expected)])


def _totals(expected: Floats, drawn: Floats, level: float) -> dict[str, Floats]:
    """Columns of purchases and revenue with their bounds."""
    columns: dict[str, Floats] = {}
    for k, name in enumerate(QUANTITIES):
        bounds = _bounded(expected[..., k], drawn[..., k], level)
        ends = ("", "_lower", "_upper")
        columns |= {f"{name}{end}": bound for end, bound in zip(ends, bounds, strict=True)}
    return columns

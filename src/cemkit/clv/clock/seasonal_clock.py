"""SeasonalClock: the purchase intensity of the calendar, as a time for purchase models."""

import copy
import datetime as dt
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.utils.validation import check_is_fitted

from cemkit.arrays import Floats
from cemkit.catalogue import sentence_of
from cemkit.checks import check_as_of, check_flag, check_integer, finite_values
from cemkit.clv.clock.calendar_days import WEEKDAYS, weekday_columns, year_columns
from cemkit.clv.clock.events import (
    check_seen,
    event_columns,
    event_names,
    planned_until,
    read_events,
    with_days_to_come,
)
from cemkit.clv.clock.intensity import cells_of, estimated_intensity
from cemkit.clv.clock.model_time import ModelTime, Plan, SeasonalTime
from cemkit.clv.clock.saved import LAYOUT, clock_state, restored_clock
from cemkit.data.days import date_of, day_of
from cemkit.data.reductions.data_span import day_text
from cemkit.data.reductions.purchase_ages import purchases_by_first_day
from cemkit.described import Described
from cemkit.errors import DataError, NotEnoughDataError
from cemkit.formats import count_text
from cemkit.pictures import Drawn
from cemkit.storage.text import from_text, to_text

SHORTEST_PAST = 365
MOST_HARMONICS = 26  # two weeks each: shorter waves are days of the week and events
REACH = 14_610  # days, 40 years: how far before and after a day its calendar is read
FOUR_YEARS = 1461
# Standard deviations that are expected of effects before the orders are seen.
SEASON_SPREAD = 0.2  # of the first wave; 1/k of it for the k-th
WEEKDAY_SPREAD = 1.0
EVENT_SPREAD = 1.0
LONGEST_PAUSE = 14  # days without a purchase that need no explanation
LONGEST_RECENCY = 100_000  # days
FEW_PURCHASES = 30  # expected in a longer pause by chance

DayNumbers = npt.NDArray[np.int64]


class SeasonalClock(Drawn, Described):
    """Seasonal time scale on which customers buy at a steady rate all year round.

    The clock runs fast on busy days and slowly on others; averaged over the year, a clock day is a
    day. A purchase model with a clock, `BetaGeoModel(clock=clock)`, measures tenure, recency and
    horizon in clock time, so it expects a Christmas peak.

    Repeat purchases per day follow a Poisson regression on yearly harmonics, weekdays and named
    events. The regression also contains the age of cohorts and a linear trend, because the
    purchases of a cohort fall as it ages; neither is part of the clock. Effects are shrunk towards
    zero, more strongly with fewer purchases and years.

    Args:
        harmonics: Number of yearly harmonics; 0 for none.
        weekdays: Whether to estimate effects of weekdays.
        events: Event calendar with `name, start_date, end_date` (dates or ISO text, both days
            included) and, optionally, `recurring`, True for events on the same dates every year.
            Rows with the same name share an effect. Events after `as_of` are the plan. None for no
            events.

    Attributes:
        as_of_: Last day of the fit.
        first_day_: Day of the first purchase.
        years_seen_: Number of years of orders.
        peaks_seen_: Number of yearly peaks observed; missing without harmonics.
        effects_: One row per harmonic, weekday and event: `effect` on the log intensity, its
            `standard_error`, and `ratio`, the effect as a factor.
        covariance_: Covariance matrix of the effects; missing in a clock loaded from a text saved
            without it.
        trend_: Change in log pace per year that age does not explain. It is not part of the clock.
        luck_: Standard deviation of the logarithm of a month's purchases beyond chance.
        events_: Events with their days, including coming ones.
        planned_until_: Last day for which coming events are planned; None if all events recur.

    References:
        Kuznets (1933), Seasonal variations in industry and trade, for the idea of removing them by
            a clock. Fader, Hardie, Lee (2005), Marketing Science 24, for the model on it.

    Examples:
        >>> from cemkit import BetaGeoModel, customer_table, load_cdnow
        >>> orders = load_cdnow("sample")
        >>> clock = SeasonalClock(harmonics=2).fit(orders, as_of="1998-03-31")
        >>> model = BetaGeoModel(clock=clock).fit(customer_table(orders, "1998-03-31"))
        >>> model.params_.index.tolist()
        ['r', 'alpha', 'a', 'b']
    """

    _pictures = ("clv.purchase_intensity",)

    def __init__(
        self, harmonics: int = 4, *, weekdays: bool = True, events: pd.DataFrame | None = None
    ) -> None:
        self.harmonics = harmonics
        self.weekdays = weekdays
        self.events = events

    def fit(self, orders: Any, as_of: str | dt.date | pd.Timestamp) -> Self:
        """Estimate the clock from the orders up to `as_of`; later orders are ignored.

        Args:
            orders: Order table from `prepare_orders` (pandas, Polars, PyArrow, DuckDB, Dask or
                PySpark).
            as_of: Last day seen, the same as for the customer table of the purchase model.

        Returns:
            The fitted clock itself.

        Raises:
            NotEnoughDataError: The orders span less than a year, or nobody bought again.
            DataError: The orders have a gap, or an event has no day within the orders.
        """
        day = check_as_of(as_of)
        check_integer(self.harmonics, "harmonics", minimum=0, maximum=MOST_HARMONICS)
        check_flag(self.weekdays, "weekdays")
        events = read_events(self.events, "events")
        pairs = purchases_by_first_day(orders, day)
        first = int(pairs["first_day"].min())
        days = np.arange(first, day_of(day) + 1)
        _check_length(len(days), day)
        fitted = copy.copy(self)
        fitted.as_of_, fitted.first_day_, fitted.events_ = day, date_of(first), events
        fitted.planned_until_ = planned_until(events)
        on = event_columns(days, events, event_names(events))
        check_seen(on, event_names(events), day)
        _check_gaps(pairs, days, on.sum(axis=1) > 0)
        design, spread = fitted._design(days), fitted._spread()
        years = len(days) / 365.25
        found = estimated_intensity(cells_of(pairs, len(days)), design, spread**-2.0, years)
        fitted._set_effects(fitted._centred(found.effects), np.sqrt(np.diag(found.covariance)))
        fitted._set_covariance(found.covariance)
        fitted.trend_, fitted.luck_, fitted.years_seen_ = found.trend, found.luck, years
        self.__dict__.update(fitted.__dict__)  # at once: an interrupted fit changes nothing
        return self

    @property
    def peaks_seen_(self) -> int | None:
        """How often the yearly peak was seen; None without waves."""
        check_is_fitted(self, "effects_")
        if not self.harmonics:
            return None
        peak = self.yearly_peak()[0]
        years = range(self.first_day_.year, self.as_of_.year + 1)
        days = [pd.Timestamp(year, peak.month, min(peak.day, 28)) for year in years]
        return len([day for day in days if self.first_day_ <= day <= self.as_of_])

    def with_plan(
        self,
        events: pd.DataFrame | None,
        *,
        until: str | dt.date | pd.Timestamp | None = None,
    ) -> Self:
        """Return the clock with another plan of coming events; the estimates stay the same.

        Args:
            events: Events after `as_of_`, with names that are in the fit; None for none. They
                replace the planned events that do not recur.
            until: Last day of the plan, not before the end of its last event; by default that end.

        Returns:
            A new clock.

        Raises:
            DataError: A name was not in the fit, or an event ends by `as_of_`.
            ValueError: `until` lies before the end of an event, or is missing without events.
        """
        check_is_fitted(self, "effects_")
        plan = read_events(events, "events")
        planned = copy.copy(self)
        planned.events_ = with_days_to_come(self.events_, plan, self.as_of_)
        last = plan["end_date"].max() if len(plan) else None
        if until is None:
            if last is None:
                raise ValueError("a plan without events needs its last day; give it as until=")
            planned.planned_until_ = pd.Timestamp(last)
            return planned
        end = check_as_of(until, "until")
        if last is not None and end < last:
            raise ValueError(
                f"until={day_text(end)} lies before the end of the plan's last event, "
                f"{day_text(pd.Timestamp(last))}"
            )
        planned.planned_until_ = end
        return planned

    def intensity(
        self, start_date: str | dt.date | pd.Timestamp, end_date: str | dt.date | pd.Timestamp
    ) -> pd.DataFrame:
        """Return the intensity of each day, where 1 is the mean of a year.

        Args:
            start_date: First day to return.
            end_date: Last day to return.

        Returns:
            One row per `day`: the factors `season`, `weekday` and `events`, and their product
            `intensity`.

        Raises:
            ValueError: The last day lies before the first.
            DataError: The plan of events ends before the last day.
        """
        check_is_fitted(self, "effects_")
        start, end = check_as_of(start_date, "start_date"), check_as_of(end_date, "end_date")
        if end < start:
            raise ValueError(f"end_date={day_text(end)} lies before start_date={day_text(start)}")
        plan = self._plan()
        if plan is not None and end > self.as_of_:
            plan.check(self.as_of_, (end - self.as_of_).days)
        days = np.arange(day_of(start), day_of(end) + 1)
        return self._factors(days)

    def sentence(self, language: str = "en") -> str:
        """Describe the yearly peak and trough, how often they were observed, and the weekdays."""
        check_is_fitted(self, "effects_")
        return sentence_of(self, language)

    def to_json(self) -> str:
        """Return the fitted clock as JSON text.

        Raises:
            DataError: A number in it is infinite or too large to save.
        """
        check_is_fitted(self, "effects_")
        return to_text(self, LAYOUT, clock_state(self))

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Return the clock that `to_json` wrote.

        Raises:
            DataError: The text is not a saved SeasonalClock, or is damaged.
        """
        with from_text(cls, text, LAYOUT) as state:
            clock = cls(state["harmonics"], weekdays=state["weekdays"])
            restored_clock(clock, state)
        return clock

    def time_at(self, day: pd.Timestamp | None = None) -> ModelTime:
        """Return the model time counted from a day, by default the last one of the fit."""
        check_is_fitted(self, "effects_")
        now = self.as_of_ if day is None else day
        if now < self.as_of_:
            raise DataError(
                f"the clock was fitted to orders up to {day_text(self.as_of_)}, but the "
                f"customer table is of {day_text(now)}: later orders would leak into the "
                "predictions; fit a clock with that as_of"
            )
        number = day_of(now)
        days = np.arange(number - REACH + 1, number + REACH + 1)
        intensity = self._factors(days)["intensity"].to_numpy()
        return SeasonalTime(intensity[:REACH][::-1], intensity[REACH:], now, self._plan())

    def largest_events(self, most: int = 3) -> list[tuple[str, float]]:
        """Return the events that change most, with the factors of their days."""
        ratios = self.effects_["ratio"].to_numpy()
        names = event_names(self.events_)
        of_events = list(zip(names, ratios[len(ratios) - len(names) :].tolist(), strict=True))
        return sorted(of_events, key=lambda event: -abs(np.log(event[1])))[:most]

    def _facts(self) -> dict[str, Any]:
        return {
            "days": (self.as_of_ - self.first_day_).days + 1,
            "first_day": day_text(self.first_day_),
            "as_of": day_text(self.as_of_),
            "years_seen": self.years_seen_,
            "peaks_seen": self.peaks_seen_,
            "trend": self.trend_,
            "luck": self.luck_,
            "events": len(event_names(self.events_)),
            "table": self.effects_,
        }

    def _plan(self) -> Plan | None:
        if self.planned_until_ is None:
            return None
        once = self.events_.loc[~self.events_["recurring"]]
        return Plan(tuple(event_names(once)), self.planned_until_)

    def _effect_names(self) -> list[str]:
        waves = [f"{wave}_{k}" for k in range(1, self.harmonics + 1) for wave in ("sin", "cos")]
        return [*waves, *(WEEKDAYS if self.weekdays else ()), *event_names(self.events_)]

    def _spread(self) -> Floats:
        """What is expected of the size of each effect before the orders are seen."""
        waves = np.repeat(SEASON_SPREAD / np.arange(1.0, self.harmonics + 1), 2)
        weekdays = np.full(7 if self.weekdays else 0, WEEKDAY_SPREAD)
        events = np.full(len(event_names(self.events_)), EVENT_SPREAD)
        return np.concatenate([waves, weekdays, events])

    def _centred(self, effects: Floats) -> Floats:
        """Take the level out of the days of the week, so that their mean factor is 1."""
        week = slice(2 * self.harmonics, 2 * self.harmonics + 7)
        centred = effects.copy()
        if self.weekdays:
            centred[week] -= np.log(np.exp(effects[week]).mean())
        return centred

    def _set_effects(self, effects: Floats, errors: Floats) -> None:
        self.effects_ = pd.DataFrame(
            {"effect": effects, "standard_error": errors, "ratio": np.exp(effects)},
            index=pd.Index(self._effect_names(), name="name"),
        )
        # A day of the clock is a day on average over the four years that follow.
        ahead = np.arange(FOUR_YEARS) + day_of(self.as_of_) + 1
        recurring = self.events_[self.events_["recurring"]]
        parts = self._parts(ahead, recurring)
        self._level = float(np.log(np.exp(np.sum(parts, axis=0)).mean()))
        self._season_level = float(np.log(np.exp(parts[0]).mean()))
        self._weekday_level = float(np.log(np.exp(parts[1]).mean()))

    def _set_covariance(self, covariance: Floats) -> None:
        names = pd.Index(self._effect_names(), name="name")
        self.covariance_ = pd.DataFrame(covariance, index=names, columns=names)

    def _design(self, days: DayNumbers) -> Floats:
        weekdays = weekday_columns(days) if self.weekdays else np.empty((len(days), 0))
        events = event_columns(days, self.events_, event_names(self.events_))
        return np.hstack([year_columns(days, self.harmonics), weekdays, events])

    def _parts(self, days: DayNumbers, events: pd.DataFrame) -> list[Floats]:
        """The logarithms of season, weekday and events on each day."""
        effects = self.effects_["effect"].to_numpy()
        year, week = np.split(effects, [2 * self.harmonics, 2 * self.harmonics + 7])[:2]
        week = week if self.weekdays else np.zeros(7)
        names = event_names(self.events_)
        of_events = effects[len(effects) - len(names) :]
        return [
            year_columns(days, self.harmonics) @ year,
            weekday_columns(days) @ week,
            event_columns(days, events, names) @ of_events,
        ]

    def _factors(self, days: DayNumbers) -> pd.DataFrame:
        season, weekday, events = self._parts(days, self.events_)
        rest = self._level - self._season_level - self._weekday_level
        table = pd.DataFrame(
            {
                "season": np.exp(season - self._season_level),
                "weekday": np.exp(weekday - self._weekday_level),
                "events": np.exp(events - rest),
            },
            index=pd.Index(days.astype("datetime64[D]").astype("datetime64[us]"), name="day"),
        )
        table["intensity"] = table.prod(axis=1)
        return table

    def yearly_peak(self) -> tuple[pd.Timestamp, float, pd.Timestamp, float]:
        """Return the days of the last year with the highest and lowest season, and the factors."""
        check_is_fitted(self, "effects_")
        last = day_of(self.as_of_)
        days = np.arange(last - 364, last + 1)
        season = self._factors(days)["season"].to_numpy()
        high, low = int(season.argmax()), int(season.argmin())
        return (
            date_of(int(days[high])),
            float(season[high]),
            date_of(int(days[low])),
            float(season[low]),
        )


def table_day(customers: pd.DataFrame) -> pd.Timestamp | None:
    """The day that a customer table was made of, where it has the dates that say it."""
    if not {"last_order_date", "recency_days"} <= set(customers.columns) or not len(customers):
        return None
    dates, recency = customers["last_order_date"], customers["recency_days"]
    if not pd.api.types.is_datetime64_any_dtype(dates.dtype) or dates.isna().any():
        return None
    days = dates.to_numpy().astype("datetime64[D]").astype(np.int64)
    passed = finite_values(recency, "recency_days")
    if np.abs(passed).max() > LONGEST_RECENCY:
        raise DataError(
            f"recency_days reaches {np.abs(passed).max():g} days, beyond the calendar; correct it"
        )
    made = days + np.floor(passed)
    if made.min() != made.max():
        first, last = (day_text(date_of(int(day))) for day in (made.min(), made.max()))
        raise DataError(
            "the customers are not from one day: last_order_date plus recency_days runs "
            f"from {first} to {last}; make the table with customer_table"
        )
    return date_of(int(made.max()))


def _check_length(n_days: int, as_of: pd.Timestamp) -> None:
    if n_days > REACH:
        raise DataError(
            f"as_of={day_text(as_of)} lies {count_text(n_days, 'days')} after the first order, and "
            f"a clock reads at most {REACH:,}; correct the dates"
        )
    if n_days < SHORTEST_PAST:
        raise NotEnoughDataError(
            f"days of orders up to as_of={day_text(as_of)}",
            have=n_days,
            need=SHORTEST_PAST,
            hint="a season takes a year to show; take a longer history, or no clock (clock=None)",
        )


def _check_gaps(pairs: pd.DataFrame, days: DayNumbers, explained: npt.NDArray[np.bool_]) -> None:
    """Raise where there are no purchases for longer than chance or a closure would explain."""
    bought = np.bincount(pairs["day"] - days[0], pairs["purchases"], len(days))
    marks = np.flatnonzero(np.concatenate([[True], (bought > 0) | explained, [True]])) - 1
    pauses = np.diff(marks) - 1
    at = int(np.argmax(pauses))
    length = int(pauses[at])
    if length > LONGEST_PAUSE and length * bought.mean() > FEW_PURCHASES:
        first, last = marks[at] + 1, marks[at + 1] - 1
        raise DataError(
            f"the orders have a gap: no purchase from {day_text(date_of(int(days[first])))} to "
            f"{day_text(date_of(int(days[last])))} ({count_text(length, 'days')}, at "
            f"{bought.mean():.1f} purchases a day otherwise); add the missing orders, name an "
            "earlier as_of where they end, start after the gap, or name a closure in events"
        )

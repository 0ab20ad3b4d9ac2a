"""SeasonalClock: the purchase intensity of the calendar, as a time for purchase models."""

import copy
import datetime as dt
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from cemkit.arrays import Floats
from cemkit.catalogue import sentence_of
from cemkit.checks import check_as_of, check_flag, check_integer
from cemkit.clv.calendar_days import WEEKDAYS, weekday_columns, year_columns
from cemkit.clv.intensity import DailyPurchases, estimated_intensity
from cemkit.clv.model_time import ModelTime, SeasonalTime
from cemkit.data.customers import customer_table
from cemkit.data.days import date_of, day_of
from cemkit.data.reductions.data_span import day_text
from cemkit.data.reductions.histories import purchase_histories
from cemkit.data.reductions.tracking import cohort_purchases_by_day
from cemkit.errors import DataError, NotEnoughDataError
from cemkit.pictures import Drawn

SHORTEST_PAST = 365
REACH = 14_610  # days, 40 years: how far before and after a day its calendar is read
FOUR_YEARS = 1461
RIDGE = 300.0
WEEKDAY_RIDGE = 10.0


class SeasonalClock(Drawn, BaseEstimator):
    """Time in which a shop's customers buy at a steady rate all year round."""

    _pictures = ("clv.purchase_intensity",)

    def __init__(self, harmonics: int = 4, *, weekdays: bool = True) -> None:
        self.harmonics = harmonics
        self.weekdays = weekdays

    def fit(self, orders: Any, as_of: str | dt.date | pd.Timestamp) -> Self:
        """Estimate the intensity from the orders up to `as_of`."""
        day = check_as_of(as_of)
        harmonics = check_integer(self.harmonics, "harmonics", minimum=0, maximum=26)
        check_flag(self.weekdays, "weekdays")
        seen, first = _daily_purchases(orders, day)
        fitted = copy.copy(self)
        fitted.as_of_, fitted.first_day_ = day, date_of(first)
        days = np.arange(first, day_of(day) + 1)
        names = [f"{wave}_{k}" for k in range(1, harmonics + 1) for wave in ("sin", "cos")]
        penalty = np.repeat(np.arange(1.0, harmonics + 1) ** 2, 2) * RIDGE
        if self.weekdays:
            names += WEEKDAYS
            penalty = np.append(penalty, np.full(7, WEEKDAY_RIDGE))
        coefficients, _ = estimated_intensity(seen, self._design(days), penalty)
        fitted.coefficients_ = pd.Series(coefficients, index=names)
        self.__dict__.update(fitted.__dict__)
        return self

    def time_at(self, day: pd.Timestamp | None = None) -> ModelTime:
        """The model time counted from a day, by default the last one of the fit."""
        check_is_fitted(self, "coefficients_")
        now = self.as_of_ if day is None else day
        if now < self.as_of_:
            raise DataError(
                f"the clock has seen orders up to {day_text(self.as_of_)}, and the customer table "
                f"is of {day_text(now)}: what came after would leak into the answer; fit the clock "
                "with that as_of"
            )
        number = day_of(now)
        days = np.arange(number - REACH + 1, number + REACH + 1)
        intensity = self._intensity(days)
        return SeasonalTime(intensity[:REACH][::-1], intensity[REACH:])

    def _design(self, days: npt.NDArray[np.int64]) -> Floats:
        parts = [year_columns(days, self.harmonics)]
        if self.weekdays:
            parts.append(weekday_columns(days))
        return np.hstack(parts)

    def _intensity(self, days: npt.NDArray[np.int64]) -> Floats:
        """Intensity of each day, over the mean of the four years after the fit."""
        ahead = day_of(self.as_of_) + 1 + np.arange(FOUR_YEARS)
        coefficients = self.coefficients_.to_numpy()
        mean = np.exp(self._design(ahead) @ coefficients).mean()
        return np.asarray(np.exp(self._design(days) @ coefficients) / mean)


def table_day(customers: pd.DataFrame) -> pd.Timestamp | None:
    """The day that a customer table was made of, where it has the dates that say it."""
    if not {"last_order_date", "recency_days"} <= set(customers.columns) or not len(customers):
        return None
    dates = customers["last_order_date"]
    if not pd.api.types.is_datetime64_any_dtype(dates.dtype) or dates.isna().any():
        return None
    recency = pd.to_timedelta(np.floor(customers["recency_days"].astype("float64")), unit="D")
    made = (dates.dt.normalize() + recency).to_numpy()
    if made.min() != made.max():
        raise DataError(
            "the customers are not of one day: last_order_date and recency_days come to "
            f"{day_text(pd.Timestamp(made.min()))} and to {day_text(pd.Timestamp(made.max()))}; "
            "make the table with customer_table"
        )
    return pd.Timestamp(made.max())


def _daily_purchases(orders: Any, as_of: pd.Timestamp) -> tuple[DailyPurchases, int]:
    by_day = cohort_purchases_by_day(orders, as_of)
    by_day = by_day[by_day.index <= as_of]
    if by_day.empty:
        raise NotEnoughDataError("purchases up to as_of", 0, 1, "choose a later as_of")
    first = by_day.index[0]
    length = (as_of - first).days + 1
    if length < SHORTEST_PAST:
        raise NotEnoughDataError(
            f"days of orders up to as_of={day_text(as_of)}",
            have=length,
            need=SHORTEST_PAST,
            hint="a year shows every season once; take a longer history, or plain days (clock=None)",
        )
    whole = by_day.reindex(pd.date_range(first, as_of, unit=first.unit), fill_value=0)
    histories = purchase_histories(customer_table(orders, as_of))
    x, recency, tenure, counts = (
        histories[name].to_numpy(dtype=np.float64)
        for name in ("repeat_count", "recency_days", "tenure_days", "customers")
    )
    seen = DailyPurchases(
        x=x,
        recency=recency,
        tenure=tenure,
        counts=counts,
        repeats=whole["repeat_purchases"].to_numpy(dtype=np.float64),
    )
    return seen, day_of(first)

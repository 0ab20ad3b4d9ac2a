"""HistoryModel: what a model says of customers with one purchase history, dead or alive."""

from abc import abstractmethod
from collections.abc import Callable, Sequence
from typing import ClassVar, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import expit
from sklearn.utils.validation import check_is_fitted

from cemkit.arrays import Floats
from cemkit.checks import Customers
from cemkit.clv.clock.holdouts import check_clock
from cemkit.clv.clock.model_time import PLAIN_DAYS, ModelTime
from cemkit.clv.clock.seasonal_clock import SeasonalClock, table_day
from cemkit.clv.purchases.covariate_model import CovariateModel
from cemkit.clv.purchases.histories import COLUMNS, Histories, read_histories

TINY = 1e-9  # days
CHUNK = 8192  # rows whose derivatives are held at once


class HistoryModel(CovariateModel):
    """The chances and purchases of distinct histories, which all predictions are made of.

    A model gives the odds that a customer has left and what one who is alive will buy; both depend
    on the purchase history and the covariates alone.
    """

    clock: SeasonalClock | Literal["auto"] | None
    clock_: SeasonalClock | None
    # The part of expected purchases that has a closed form in calendar days, and so one in SQL.
    _closed_part: ClassVar[Literal["alive_probability", "purchases_if_alive"] | None] = None
    # Whether customers may leave right after their first purchase.
    _can_leave_at_once: ClassVar[bool] = True

    @abstractmethod
    def _log_odds_gone(self, theta: Sequence[Floats], histories: Histories) -> Floats:
        """Logarithm of the odds that the customer has left."""

    @abstractmethod
    def _purchases_if_alive(
        self,
        theta: Sequence[Floats],
        histories: Histories,
        rate: float | Floats,
        horizon: float | Floats | None,
    ) -> Floats:
        """Discounted purchases to come if alive; rate and horizon for all, or one each.

        The rate is per day; the horizon is in the model's time.
        """

    @abstractmethod
    def _probability_if_alive(
        self, theta: Sequence[Floats], histories: Histories, n: int, horizon: float | Floats
    ) -> Floats:
        """P(n purchases within the horizon, in the model's time) of a customer who is alive.

        The horizon is one for all, or one each.
        """

    def _chances_if_alive(
        self,
        theta: Sequence[Floats],
        histories: Histories,
        counts: npt.NDArray[np.int64],
        horizon: float | Floats,
    ) -> Floats:
        """The same for each of some numbers of purchases: shape (histories, counts)."""
        each = [self._probability_if_alive(theta, histories, int(n), horizon) for n in counts]
        return np.stack(each, axis=1)

    @abstractmethod
    def _wait_if_alive(
        self, theta: Sequence[Floats], histories: Histories, chance: Floats
    ) -> Floats:
        """Times within which one who is alive buys with some chances; infinite where never."""

    @abstractmethod
    def _ever_if_alive(self, theta: Sequence[Floats], histories: Histories) -> Floats:
        """P(another purchase, ever) of a customer who is alive."""

    def _alive(self, histories: Histories) -> Floats:
        theta = self._theta(histories)
        odds = [
            self._log_odds_gone(_rows_of(theta, part), histories.take(part))
            for part in slices(len(histories.x))
        ]
        alive: Floats = expit(-np.concatenate(odds))
        return alive

    def _expected(
        self, histories: Histories, rate: float | Floats, horizon: float | Floats | None
    ) -> Floats:
        """Purchases to come of each distinct history, whether or not the customer is alive.

        The rate is per day, and the horizon in days.
        """
        if_alive = self._expected_if_alive(histories, rate, horizon)
        return self._alive(histories) * if_alive

    def _expected_if_alive(
        self, histories: Histories, rate: float | Floats, horizon: float | Floats | None
    ) -> Floats:
        """The same of customers who are alive."""
        histories.time.check_plan(horizon)
        ahead = None if horizon is None else histories.time.until(horizon)
        return self._purchases_if_alive(self._theta(histories), histories, rate, ahead)

    def _time(self, customers: pd.DataFrame | None = None) -> ModelTime:
        """The time of this model, counted from the day of a customer table where it says it."""
        return time_of(self._clock(), customers)

    def _clock(self) -> SeasonalClock | None:
        """The clock of the fit; of a model made from parameters, the one that it was given."""
        return self.clock_ if hasattr(self, "clock_") else check_clock(self.clock)

    def _read(self, customers: pd.DataFrame) -> Histories:
        check_is_fitted(self, "params_")
        table = Customers.of(customers).table
        return read_histories(table, self._covariates, time=self._time(table))

    def _time_on(self, day: pd.Timestamp) -> ModelTime:
        """The time of this model, counted from a day."""
        clock = self._clock()
        return PLAIN_DAYS if clock is None else clock.time_at(day)

    def _newcomer_purchases(self, times: Floats) -> Floats:
        """Purchases of a new customer within some lengths of the model's time, 0 or more."""
        distinct, row = np.unique(times, return_inverse=True)
        newcomers = self._newcomers(len(distinct))
        theta = self._theta(newcomers)
        if_alive = self._purchases_if_alive(theta, newcomers, 0.0, np.maximum(distinct, TINY))
        return (self._alive(newcomers) * if_alive)[row]

    def _newcomers(self, n: int) -> Histories:
        """So many customers who first buy on the day of the clock."""
        newcomer = self._read(pd.DataFrame({column: [0] for column in COLUMNS}))
        return newcomer.take(np.zeros(n, dtype=np.intp))

    def _answer(
        self, name: str, customers: pd.DataFrame, of: Callable[[Histories], Floats]
    ) -> pd.Series:
        """What is asked of each customer, computed once for each distinct history."""
        check_is_fitted(self, "params_")
        rows = Customers.of(customers)
        histories = read_histories(rows.table, self._covariates, time=self._time(rows.table))
        return rows.series(of(histories)[histories.row], name)

    def _theta(self, histories: Histories) -> list[Floats]:
        """Each parameter: one number, or one per history where covariates shift it."""
        return self._shifted(histories.covariates)

    def _check_plain(self, method: str) -> None:
        if not self._time().plain:
            raise ValueError(
                f"{method} takes a model of calendar days; this one has a seasonal clock: fit "
                f"{type(self).__name__}(clock=None)"
            )


def slices(n: int) -> list[slice]:
    """The parts of so many rows that are held at once."""
    return [slice(start, start + CHUNK) for start in range(0, n, CHUNK)]


def _rows_of(theta: Sequence[Floats], part: slice) -> list[Floats]:
    return [value[part] if value.ndim else value for value in theta]


def time_of(clock: SeasonalClock | None, customers: pd.DataFrame | None) -> ModelTime:
    """Calendar days, or the time of a clock counted from the day of a customer table."""
    if clock is None:
        return PLAIN_DAYS
    return clock.time_at(None if customers is None else table_day(customers))

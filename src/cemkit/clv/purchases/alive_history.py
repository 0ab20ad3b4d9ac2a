"""AliveHistory: the chance that one customer was still a customer, day by day."""

import dataclasses
import datetime as dt
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from cemkit.arrays import Floats
from cemkit.checks import check_any_match, check_columns, check_frame, normal_ids
from cemkit.checks.options import LONGEST_WINDOW_DAYS, shown
from cemkit.clv.clock.model_time import ModelTime
from cemkit.clv.purchases.histories import Histories
from cemkit.clv.purchases.history_model import HistoryModel
from cemkit.data.reductions.data_span import day_text
from cemkit.data.reductions.tracking import cohort_purchases_by_day
from cemkit.errors import DataError, NotEnoughDataError
from cemkit.results import Result


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class AliveHistory(Result):
    """The alive probability of one customer, from the first purchase to `as_of`.

    Attributes:
        customer: Id of the customer.
        as_of: Last day seen.
        purchase_days: Number of days on which the customer has bought.
        alive_probability: Alive probability on `as_of`.
        lowest_probability: Lowest alive probability on any day.
        lowest_date: First day with the lowest alive probability.
        not_identified: Parameters of the model that the data did not identify.
        table: One row per day, as `PurchaseModel.alive_history` describes it.

    Examples:
        >>> import cemkit as ck
        >>> orders = ck.load_cdnow("sample")
        >>> model = ck.BetaGeoModel().fit(ck.customer_table(orders, as_of="1997-09-30"))
        >>> print(model.alive_history(111, orders, as_of="1997-09-30").sentence())
        Customer 111 bought on 8 days from 1997-01-01 to 1997-07-26, and is still a customer ...
    """

    customer: str | int
    as_of: dt.date
    purchase_days: int
    alive_probability: float
    lowest_probability: float
    lowest_date: dt.date
    not_identified: tuple[str, ...] = ()
    table: pd.DataFrame

    _pictures = ("clv.alive_history",)

    @property
    def last_purchase_date(self) -> dt.date:
        """The last day with a purchase."""
        day: pd.Timestamp = self.table.index[self.table["purchased"]][-1]
        return day.date()

    @property
    def first_purchase_date(self) -> dt.date:
        """The day of the first purchase."""
        day: pd.Timestamp = self.table.index[0]
        return day.date()


def history_of(
    model: HistoryModel,
    customer: Any,
    orders: pd.DataFrame,
    as_of: pd.Timestamp,
    covariates: Mapping[str, Any] | None,
) -> AliveHistory:
    """The history of `PurchaseModel.alive_history`."""
    bought = _purchase_days(customer, orders, as_of)
    encoded = _encoded(model, customer, covariates)
    days = pd.date_range(bought[0], as_of, freq="D", name="date")
    ago = np.asarray((as_of - days).days, dtype=np.float64)
    x = np.searchsorted(bought, days, side="right") - 1
    last_ago = np.asarray((as_of - bought[x]).days, dtype=np.float64)
    time = model._time_on(as_of)
    alive = model._alive(_on_each_day(time, x, ago, last_ago, encoded))
    table = pd.DataFrame(
        {
            "alive_probability": alive,
            "purchased": days.isin(bought),
            "repeat_count": x.astype(np.int64),
            "recency_days": (last_ago - ago).astype(np.int64),
        },
        index=days,
    )
    return AliveHistory(
        customer=normal_ids([customer]).tolist()[0],
        as_of=as_of.date(),
        purchase_days=len(bought),
        alive_probability=float(alive[-1]),
        lowest_probability=float(alive.min()),
        lowest_date=days[int(alive.argmin())].date(),
        not_identified=tuple(model._not_identified()),
        table=table,
    )


def _on_each_day(
    time: ModelTime, x: npt.NDArray[np.intp], ago: Floats, last_ago: Floats, encoded: Floats
) -> Histories:
    """What was known of the customer at the end of each day, in the time of the model."""
    now, last = time.since(ago), time.since(last_ago)
    first, n = last[0], len(ago)
    return Histories(
        x=x.astype(np.float64),
        t_x=first - last,
        T=first - now,
        covariates=np.repeat(encoded, n, axis=0),
        counts=np.ones(n),
        row=np.arange(n),
        time=time,
    )


def _purchase_days(customer: Any, orders: pd.DataFrame, as_of: pd.Timestamp) -> pd.DatetimeIndex:
    """The days on which a customer bought up to `as_of`."""
    check_columns(check_frame(orders, "orders").columns, ["customer_id", "order_date", "amount"])
    if isinstance(customer, list | tuple | set | dict | pd.Series | pd.Index | np.ndarray):
        raise TypeError(f"customer must be one customer_id, not {shown(customer)}")
    wanted, ids = normal_ids([customer], "customer"), normal_ids(orders["customer_id"])
    check_any_match(wanted, ids, "customer", "orders")
    by_day = cohort_purchases_by_day(orders[ids == wanted[0]], as_of)
    bought = pd.DatetimeIndex(by_day.index[by_day.index <= as_of])
    if not len(bought):
        raise NotEnoughDataError(
            f"purchases of customer {customer!r} up to as_of={day_text(as_of)}", 0, 1
        )
    if (as_of - bought[0]).days > LONGEST_WINDOW_DAYS:
        raise DataError(
            f"the first purchase, on {day_text(bought[0])}, is more than a century "
            f"before as_of={day_text(as_of)}; correct the dates"
        )
    return bought


def _encoded(model: HistoryModel, customer: Any, covariates: Mapping[str, Any] | None) -> Floats:
    """The covariates of the customer as the model codes them: shape (1, names)."""
    known = {} if covariates is None else dict(covariates)
    missing = [name for name in model._covariates.levels if name not in known]
    if missing:
        raise DataError(
            f"the model needs the covariate {missing[0]!r} of customer {customer!r}; "
            f"give covariates={{{missing[0]!r}: ...}}"
        )
    return model._covariates.encode(pd.DataFrame([known], index=[0]))

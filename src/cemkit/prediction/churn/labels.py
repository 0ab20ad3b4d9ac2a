"""Churn labels from a window after `as_of`, and how long that window should be."""

import dataclasses
import datetime as dt
import math
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from cemkit.checks import check_as_of, check_fraction, check_integer
from cemkit.data.reductions.churn import NEVER, gap_counts, purchases_around
from cemkit.data.reductions.data_span import Day, check_window_seen
from cemkit.errors import DataError, NotEnoughDataError
from cemkit.results import Language, Result

EPOCH = pd.Timestamp("1970-01-01")


def label_churn(
    orders: Any,
    as_of: str | dt.date | pd.Timestamp,
    window_days: int,
    *,
    data_until: str | dt.date | pd.Timestamp | None = None,
) -> pd.Series:
    """Who bought nothing in the `window_days` after `as_of`, of those who had bought before.

    Args:
        orders: `customer_id, order_date, amount`, reaching to the end of the window, on any engine.
        as_of: The last day that counts as the past.
        window_days: Length of the outcome window, `as_of < date <= as_of + window_days`.
        data_until: The last day that the data cover, where nothing was sold on it; by default the
            day of the last order.

    Returns:
        `churned`, 1 or 0, on the sorted index `customer_id` of everyone who bought up to `as_of`.

    Raises:
        DataError: The window ends after the data do, `data_until` lies before the last order,
            `as_of` lies before the first, or nobody at all bought in the window.

    Examples:
        >>> orders = pd.DataFrame(
        ...     {
        ...         "customer_id": ["ann", "ann", "bob", "cat"],
        ...         "order_date": pd.to_datetime(
        ...             ["2024-01-01", "2024-03-01", "2024-01-05", "2024-06-30"]
        ...         ),
        ...         "amount": [20.0, 30.0, 5.0, 8.0],
        ...     }
        ... )
        >>> label_churn(orders, as_of="2024-01-31", window_days=90).to_dict()
        {'ann': 0, 'bob': 1}
    """
    start = check_as_of(as_of)
    end = start + pd.Timedelta(days=check_integer(window_days, "window_days", minimum=1))
    around = purchases_around(orders, start, end)
    if around.empty:
        raise NotEnoughDataError("orders", have=0, need=1)
    _check_period(around, start, end, data_until)
    known = around[around["first_day"] <= (start - EPOCH).days]
    return (known["window_purchases"] == 0).astype("int64").rename("churned")


def _check_period(
    around: pd.DataFrame, start: pd.Timestamp, end: pd.Timestamp, data_until: Day | None
) -> None:
    if around["first_day"].min() == NEVER:
        raise NotEnoughDataError("purchases", have=0, need=1)
    first = EPOCH + pd.Timedelta(days=int(around["first_day"].min()))
    last = EPOCH + pd.Timedelta(days=int(around["last_day"].max()))
    if start < first:
        raise DataError(f"as_of={start:%Y-%m-%d} lies before the first order, on {first:%Y-%m-%d}")
    check_window_seen(end, last, data_until)
    if around["window_purchases"].sum() == 0:
        raise DataError(
            f"nobody bought between {start:%Y-%m-%d} and {end:%Y-%m-%d}, so everyone would count "
            "as churned; check that the orders of that window are in the table"
        )


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class WindowSuggestion(Result):
    """How long to wait before silence is called churn, from `suggest_window`.

    Attributes:
        window_days: The window proposed.
        share: The share of returning customers it was to cover.
        returned_share: Probability that a purchase is followed by another within the window.
        still_returning_share: Of those silent for the window, the share who come back later on, as
            far as the data reach: the customers whom the label would wrong.
        gaps: Gaps between purchase days that were closed by a purchase.
        open_gaps: Customers, each with one gap open at the end of the data.
        longest_gap_days: The longest closed gap; nothing is known beyond it.
        table: The same shares for windows of common lengths, index `window_days`.

    Examples:
        >>> from cemkit import load_cdnow
        >>> suggest_window(load_cdnow()).window_days
        232
    """

    window_days: int
    share: float
    returned_share: float
    still_returning_share: float
    gaps: int
    open_gaps: int
    longest_gap_days: int
    table: pd.DataFrame

    def sentence(self, language: Language = "en") -> str:
        """The proposal and the figure that supports it."""
        late = f"{self.still_returning_share:.1%}"
        if language == "zh":
            return (
                f"建议以 {self.window_days} 天为流失窗口：沉默满这段时间后仍会回来的顾客占 {late}。"
            )
        return (
            f"Call a customer churned after {self.window_days} days without a purchase: "
            f"{late} of those silent for so long still come back."
        )


def suggest_window(
    orders: Any, as_of: str | dt.date | pd.Timestamp | None = None, share: float = 0.9
) -> WindowSuggestion:
    """The shortest window in which `share` of those who come back at all do come back.

    A customer's last gap is still open at the end of the data, so the distribution of gaps is
    estimated with Kaplan and Meier's product of survival probabilities; counting closed gaps alone
    would favour short ones. What lies beyond the longest closed gap is unknown.

    Args:
        orders: `customer_id, order_date, amount`, on any engine.
        as_of: The last day seen; by default the day of the last order.
        share: The share of returning customers to wait for.

    Raises:
        NotEnoughDataError: No customer bought on two days.

    References:
        Kaplan, Meier (1958), Nonparametric estimation from incomplete observations, JASA 53.

    Examples:
        >>> orders = pd.DataFrame(
        ...     {
        ...         "customer_id": [1, 1, 1, 2],
        ...         "order_date": pd.to_datetime(
        ...             ["2024-01-01", "2024-01-11", "2024-02-10", "2024-03-01"]
        ...         ),
        ...         "amount": [20.0, 30.0, 5.0, 8.0],
        ...     }
        ... )
        >>> suggest_window(orders).window_days
        30
    """
    check_fraction(share, "share")
    end = check_as_of(as_of) if as_of is not None else _last_day(orders)
    gaps = gap_counts(orders, end)
    if gaps["closed"].sum() == 0:
        raise NotEnoughDataError("customers who bought on two days", have=0, need=1)
    days = gaps.index.to_numpy("int64")
    returned = _returned_by(gaps)
    longest = int(days[gaps["closed"].to_numpy() > 0].max())
    ever = returned[-1]
    window = int(days[np.argmax(returned >= share * ever)])
    table = _at_windows([30, 60, 90, 182, 365, window], days, returned, longest)
    return WindowSuggestion(
        window_days=window,
        share=share,
        returned_share=float(table["returned_share"][window]),
        still_returning_share=float(table["still_returning_share"][window]),
        gaps=int(gaps["closed"].sum()),
        open_gaps=int(gaps["open"].sum()),
        longest_gap_days=longest,
        table=table,
    )


def _last_day(orders: Any) -> pd.Timestamp:
    around = purchases_around(orders, EPOCH, EPOCH)
    if around.empty:
        raise NotEnoughDataError("orders", have=0, need=1)
    return EPOCH + pd.Timedelta(days=int(around["last_day"].max()))


def _returned_by(gaps: pd.DataFrame) -> npt.NDArray[np.float64]:
    """Kaplan-Meier: the probability that a gap has ended by each length."""
    closed, still_open = gaps["closed"].to_numpy(float), gaps["open"].to_numpy(float)
    at_risk = (closed + still_open)[::-1].cumsum()[::-1]
    returned: npt.NDArray[np.float64] = 1 - np.cumprod(1 - closed / at_risk)
    return returned


def _at_windows(
    windows: list[int],
    days: npt.NDArray[np.int64],
    returned: npt.NDArray[np.float64],
    longest: int,
) -> pd.DataFrame:
    rows = {}
    for window in sorted({window for window in windows if window <= longest}):
        place = int(np.searchsorted(days, window, side="right")) - 1
        so_far = float(returned[place]) if place >= 0 else 0.0
        late = (returned[-1] - so_far) / (1 - so_far) if so_far < 1 else math.nan
        rows[window] = {"returned_share": so_far, "still_returning_share": max(late, 0.0)}
    table = pd.DataFrame.from_dict(rows, orient="index")
    return table.rename_axis("window_days")

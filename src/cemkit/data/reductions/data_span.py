"""Where a table of orders ends: on its last order, or later where the user knows better."""

import datetime as dt
from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd

from cemkit.checks import check_as_of
from cemkit.data.engines import collect
from cemkit.data.order_rows import scan_orders
from cemkit.errors import DataError, NotEnoughDataError

Day = str | dt.date | pd.Timestamp


def last_order_day(orders: Any) -> pd.Timestamp:
    """The day of the last order."""
    frame, date = scan_orders(orders), nw.col("order_date")
    if frame.collect_schema()["order_date"] == nw.Date:
        date = date.cast(nw.Datetime("us"))
    last = collect(frame.select(date.max()))["order_date"].iloc[0]
    if pd.isna(last):
        raise NotEnoughDataError("dated orders", have=0, need=1)
    return pd.Timestamp(last).normalize()


def data_end(last_order: pd.Timestamp, data_until: Day | None) -> pd.Timestamp:
    """The last day that the data cover: that of the last order of all, or a later one."""
    if data_until is None:
        return last_order
    end = check_as_of(data_until, "data_until")
    if end < last_order:
        raise DataError(
            f"the last order is on {day_text(last_order)}, after data_until={day_text(end)}; name "
            "the last day that the table covers, or leave out the later orders first"
        )
    return end


def orders_end(orders: Any, data_until: Day | None) -> pd.Timestamp:
    """`data_end` of a table of orders, returns included; on any engine."""
    return data_end(last_order_day(orders), data_until)


def check_window_seen(end: pd.Timestamp, last_order: pd.Timestamp, data_until: Day | None) -> None:
    """Raise where a window of outcomes ends after the data do, so that some are not seen yet."""
    last = data_end(last_order, data_until)
    if end > last:
        covered = "the last order on " if data_until is None else "data_until="
        raise DataError(
            f"the window ends on {day_text(end)}, after {covered}{day_text(last)}; later "
            "purchases would count as not made; let the window end earlier, or give the "
            "last day that the data cover as data_until"
        )


def day_text(day: pd.Timestamp) -> str:
    """The day as ISO text, beyond the year 9999 too, where strftime fails."""
    return str(np.datetime_as_string(day.to_datetime64(), unit="D"))

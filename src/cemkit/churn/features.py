"""Churn features: what is known of each customer on a day, and nothing from after it."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from cemkit.checks import (
    by_customer,
    check_as_of,
    check_frame,
    check_integer,
    check_list,
    check_same_ids,
    local_dates,
)
from cemkit.checks.options import shown
from cemkit.churn.labels import EPOCH, label_churn
from cemkit.data.reductions.churn import churn_activity, main_channel
from cemkit.errors import DataError, NotEnoughDataError

FROM_PEOPLE = ("acquisition_channel", "preferred_channel")


def churn_features(
    orders: Any,
    as_of: str | dt.date | pd.Timestamp,
    windows: Sequence[int] = (30, 90, 365),
    people: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """What is known of each customer on `as_of`; nothing after that day is looked at.

    No value is missing where the order columns are complete, so any classifier can take the table.
    Amounts are net of returns; dates and counts come from purchases alone.

    Args:
        orders: `customer_id, order_date, amount` and, where present, `order_id, promotion,
            product, category, channel`; on any engine.
        as_of: The last day seen.
        windows: Lengths in days of the windows up to `as_of` in which purchases are counted, each
            once.
        people: One row per customer, with any of `acquisition_channel, preferred_channel,
            contract_end` (a date); a name, an address or a birthday is never taken. People who
            never bought have no row, and customers who are not in it have missing values.

    Returns:
        On the sorted index `customer_id` of those who bought up to `as_of`:

        - `recency_days, tenure_days, order_count, total_amount, mean_amount` as in
          `summarize_customers`;
        - for each window `order_days_<days>` (days with a purchase) and `amount_<days>`;
        - `silent_share`: recency as a share of tenure, 1 for who never came back (0 on day 0);
        - `mean_gap_days`: between purchase days; the tenure where there is only one;
        - `gap_variation`: standard deviation of the gaps over their mean, 0 below two gaps;
        - `order_trend`: Laplace's trend statistic of the purchase days after the first, above 0
          where they come closer to `as_of` than chance would have it, 0 where there are none;
        - `log_total_amount` and `log_overdue`: natural logarithms of 1 + `total_amount` (0 where
          negative) and of 1 + recency over mean gap, for models linear in their features;
        - `return_count`: rows sent back, `returned_share`: of the amount ever bought (1 where
          nothing bought had a price and something came back);
        - where their columns are there `promotion_share` (of purchase rows), `product_count`,
          `category_count`, `channel` (most used), and those of `people`, the last of them as
          `contract_days_left`.

    Raises:
        ValueError: A window is below 1 day, or named twice.
        DataError: `as_of` lies before the first order, an id, a date or an amount is missing, or
            people have other kinds of ids or a `contract_end` that is no local date.

    References:
        Cox, Lewis (1966), The statistical analysis of series of events, for Laplace's statistic.

    Examples:
        >>> orders = pd.DataFrame(
        ...     {
        ...         "customer_id": ["ann", "ann", "bob"],
        ...         "order_date": pd.to_datetime(["2024-01-01", "2024-03-01", "2024-01-05"]),
        ...         "amount": [20.0, 30.0, 5.0],
        ...     }
        ... )
        >>> churn_features(orders, "2024-03-31", windows=[60])[["recency_days", "amount_60"]]
                     recency_days  amount_60
        customer_id
        ann                    30       30.0
        bob                    86        0.0
    """
    end = check_as_of(as_of)
    windows = _lengths(windows)
    features = _order_features(_activity(orders, end, windows), end, windows)
    channel = main_channel(orders, end)
    if channel is not None:
        features["channel"] = channel.reindex(features.index)
    return features if people is None else _with_people(features, people, end)


def _lengths(windows: Sequence[int]) -> list[int]:
    if isinstance(windows, int):
        raise TypeError(f"windows must be a list of days such as [{windows}], not {windows!r}")
    lengths = [check_integer(window, "windows", minimum=1) for window in windows]
    if len(set(lengths)) < len(lengths):
        raise ValueError(f"windows must name each length once, not {lengths!r}")
    return lengths


def _activity(orders: Any, end: pd.Timestamp, windows: Sequence[int]) -> pd.DataFrame:
    try:
        return churn_activity(orders, end, windows)
    except NotEnoughDataError as error:
        raise DataError(
            f"as_of={end:%Y-%m-%d} lies before the first order: nobody had bought anything by then"
        ) from error


def _order_features(
    activity: pd.DataFrame, end: pd.Timestamp, windows: Sequence[int]
) -> pd.DataFrame:
    today = (end - EPOCH).days
    total = activity["purchased_amount"] - activity["returned_amount"]
    features = pd.DataFrame(
        {
            "recency_days": today - activity["last_day"],
            "tenure_days": today - activity["first_day"],
            "order_count": activity["order_count"],
            "total_amount": total,
            "mean_amount": total / activity["order_count"],
        }
    )
    for window in windows:
        features[f"order_days_{window}"] = activity[f"order_days_{window}"]
        features[f"amount_{window}"] = activity[f"amount_{window}"]
    features = features.assign(**_rhythm(activity, features["tenure_days"], today))
    overdue = features["recency_days"] / features["mean_gap_days"].clip(lower=1)
    features["log_total_amount"] = np.log1p(total.clip(lower=0))
    features["log_overdue"] = np.log1p(overdue)
    features["return_count"] = activity["return_rows"]
    bought, returned = activity["purchased_amount"], activity["returned_amount"]
    share = returned / bought.where(bought > 0)
    features["returned_share"] = share.fillna((returned > 0).astype("float64"))
    if "promoted_rows" in activity:
        features["promotion_share"] = activity["promoted_rows"] / activity["purchase_rows"]
    counts = [name for name in ("product_count", "category_count") if name in activity]
    return features.join(activity[counts])


def _rhythm(activity: pd.DataFrame, tenure: pd.Series, today: int) -> dict[str, pd.Series]:
    """How evenly the purchases come, and whether they come faster or slower."""
    gaps = activity["purchase_days"] - 1
    some, span = gaps.clip(lower=1), activity["last_day"] - activity["first_day"]
    mean_gap = span / some
    # In whole numbers, so that equal gaps vary by exactly 0.
    variance = (some * activity["squared_gap_sum"] - span**2) / some**2
    length = tenure.clip(lower=1)
    # Sum over repeat purchases of days since the first one, against half the tenure each.
    since_first = activity["day_sum"] - activity["purchase_days"] * activity["first_day"]
    centred = since_first / (some * length) - 0.5
    return {
        "silent_share": (today - activity["last_day"]) / length,
        "mean_gap_days": mean_gap.where(gaps > 0, tenure).astype("float64"),
        "gap_variation": (variance**0.5 / mean_gap.where(gaps > 1, 1)).where(gaps > 1, 0.0),
        "order_trend": (centred * np.sqrt(12 * some)).where(gaps > 0, 0.0),
    }


def _with_people(features: pd.DataFrame, people: pd.DataFrame, end: pd.Timestamp) -> pd.DataFrame:
    people = by_customer(check_frame(people, "people"), "people")
    check_same_ids(people.index, features.index, "people", "orders")
    people = people.reindex(features.index)
    known = [name for name in FROM_PEOPLE if name in people]
    features = features.join(people[known])
    if "contract_end" in people:
        left = local_dates(people["contract_end"], "contract_end") - end.to_datetime64()
        features["contract_days_left"] = pd.Series(left, features.index).dt.days.astype("float64")
    return features


def training_snapshots(
    orders: Any,
    dates: Sequence[str | dt.date | pd.Timestamp],
    window_days: int,
    windows: Sequence[int] = (30, 90, 365),
    people: pd.DataFrame | None = None,
    *,
    data_until: str | dt.date | pd.Timestamp | None = None,
) -> pd.DataFrame:
    """Features and labels as of several days, stacked: for training on some and testing on a later.

    To test out of time, the outcome windows of the days trained on must end by the day tested on;
    otherwise the model has seen part of the answer.

    Args:
        orders: As `churn_features`.
        dates: The `as_of` of each snapshot, in any order, without repeats.
        window_days: Length of every outcome window.
        windows: As `churn_features`.
        people: As `churn_features`; what it says must have been known on every one of the dates.
        data_until: The last day that the data cover, where nothing was sold on it; by default the
            day of the last order.

    Returns:
        The features of `churn_features` and the column `churned`, on the index
        `customer_id, as_of`, sorted by date and customer.

    Raises:
        ValueError: `dates` is empty or names a day twice.
        DataError: As `churn_features` and `label_churn`.

    Examples:
        >>> from cemkit import load_cdnow
        >>> stacked = training_snapshots(load_cdnow(), ["1997-06-30", "1997-09-30"], window_days=91)
        >>> stacked["churned"].groupby("as_of").mean().round(3).to_dict()
        {Timestamp('1997-06-30 00:00:00'): 0.82, Timestamp('1997-09-30 00:00:00'): 0.822}
    """
    dates, windows = check_list(dates, "dates"), _lengths(windows)
    days = sorted(check_as_of(date) for date in dates)
    if not days or len(set(days)) < len(days):
        raise ValueError(f"dates must name at least one day, each once, not {shown(dates)}")
    parts = [
        churn_features(orders, day, windows, people).assign(
            churned=label_churn(orders, day, window_days, data_until=data_until)
        )
        for day in days
    ]
    stacked = pd.concat(parts, keys=days, names=["as_of"])
    return stacked.swaplevel()

"""Churn labels from a window after `as_of`, and how long that window should be."""

import dataclasses
import datetime as dt
import math
from typing import Any

import numpy as np
import pandas as pd

from cemkit.checks import check_as_of, check_fraction
from cemkit.data.reductions.data_span import last_order_day
from cemkit.data.reductions.gaps import gap_counts
from cemkit.data.reductions.outcomes import anyone_bought, window_outcomes
from cemkit.errors import DataError, NotEnoughDataError
from cemkit.formats import count_text, days_text
from cemkit.results import Result

FEWEST_GAPS = 30
FOLLOW_UP = 1.5  # data must reach this many times a window, or nobody could be seen to come back
COMMON_WINDOWS = (30, 60, 90, 182, 365)


def label_churn(
    orders: Any,
    as_of: str | dt.date | pd.Timestamp,
    window_days: int,
    *,
    data_until: str | dt.date | pd.Timestamp | None = None,
) -> pd.Series:
    """Label the customers who bought nothing in the `window_days` after `as_of`.

    Args:
        orders: Order table with `customer_id, order_date, amount`, on any engine. The data must
            cover the whole window.
        as_of: Last day of the past; the window begins on the next day.
        window_days: Length of the outcome window in days: `as_of < date <= as_of + window_days`.
        data_until: Last day that the data cover. By default the day of the last order; give it if
            nothing was sold on the last days.

    Returns:
        Series `churned` of 1 and 0, on the sorted index `customer_id` of everyone who bought up to
        `as_of`.

    Raises:
        DataError: The window ends after the data, `data_until` lies before the last order, `as_of`
            lies before the first order, or nobody bought in the window.

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
    known = window_outcomes(orders, as_of, window_days, data_until=data_until)
    if not known["purchase_days"].any() and not anyone_bought(orders, as_of, window_days):
        raise DataError(
            f"nobody bought in the {count_text(window_days, 'days')} after "
            f"as_of={check_as_of(as_of):%Y-%m-%d}, so everyone would count as churned; check that "
            "the orders of that window are in the table"
        )
    return (known["purchase_days"] == 0).astype("int64").rename("churned")


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class WindowSuggestion(Result):
    """The suggested length of the churn window, from `suggest_window`.

    Attributes:
        window_days: Suggested window in days; None if no window is good enough.
        share: Required share of the customers labelled churned who do not come back.
        returned_share: Probability that a purchase is followed by another within the window.
        still_returning_share: Share of the customers without a purchase in the window who come back
            later, up to `seen_days` after their purchase. The label would be wrong for them.
            Without a window, the share for the longest window in the table.
        gaps: Number of gaps between purchase days that were closed by a purchase.
        open_gaps: Number of customers, each with one gap still open at the end of the data.
        longest_gap_days: Longest closed gap in days.
        seen_days: Longest gap in days that the data can judge: at least 30 gaps were observed for
            this long.
        reason: Reason for this window, or for none, in words.
        table: One row per common `window_days`, with the same shares.

    Examples:
        >>> from cemkit import load_cdnow
        >>> suggest_window(load_cdnow()).window_days
        324
    """

    window_days: int | None
    share: float
    returned_share: float
    still_returning_share: float
    gaps: int
    open_gaps: int
    longest_gap_days: int
    seen_days: int
    reason: str
    table: pd.DataFrame


def suggest_window(
    orders: Any, as_of: str | dt.date | pd.Timestamp | None = None, share: float = 0.9
) -> WindowSuggestion:
    """Suggest the shortest churn window after which at least `share` of silent customers stay away.

    Each customer's last gap is still open at the end of the data, so the distribution of gaps is
    estimated by Kaplan-Meier. Closed gaps alone would favour short gaps. Returns after the window
    are counted up to `seen_days`, the longest gap that at least 30 gaps reached. The window is at
    most two thirds of `seen_days`, so that the data leave time to come back. If no such window is
    good enough, none is suggested.

    Args:
        orders: Order table with `customer_id, order_date, amount`, on any engine.
        as_of: Last day seen; by default the day of the last order.
        share: Share of the customers labelled churned who must not come back, between 0 and 1.

    Returns:
        A `WindowSuggestion` with the window and the shares for windows of common lengths.

    Raises:
        NotEnoughDataError: Fewer than 30 gaps between purchase days were closed by a purchase.

    References:
        Kaplan, Meier (1958), Nonparametric estimation from incomplete observations, JASA 53.

    Examples:
        >>> from cemkit import load_cdnow
        >>> suggested = suggest_window(load_cdnow())
        >>> suggested.window_days, round(suggested.still_returning_share, 3)
        (324, 0.099)
    """
    check_fraction(share, "share")
    end = check_as_of(as_of) if as_of is not None else last_order_day(orders)
    gaps = gap_counts(orders, end)
    closed = int(gaps["closed"].sum())
    if closed < FEWEST_GAPS:
        raise NotEnoughDataError(
            "gaps between two purchase days of a customer",
            have=closed,
            need=FEWEST_GAPS,
            hint="use a longer history",
        )
    late = _still_returning(gaps)
    longest = int(gaps.index.to_numpy("int64")[gaps["closed"].to_numpy() > 0].max())
    seen = int(late.index[-1]) if len(late) else 0
    credible = late[late.index * FOLLOW_UP <= seen]
    good = credible.index[credible["still_returning_share"] <= 1 - share]
    window = int(good[0]) if len(good) else None
    table = _at_windows([*COMMON_WINDOWS, *good[:1]], credible)
    chosen = table if window is None else table.loc[[window]]
    returned, still = (chosen[name].iloc[-1] if len(chosen) else math.nan for name in table)
    return WindowSuggestion(
        window_days=window,
        share=share,
        returned_share=float(returned),
        still_returning_share=float(still),
        gaps=closed,
        open_gaps=int(gaps["open"].sum()),
        longest_gap_days=longest,
        seen_days=seen,
        reason=_reason(window, table, seen, share),
        table=table,
    )


def _reason(window: int | None, table: pd.DataFrame, seen: int, share: float) -> str:
    if window:
        return f"the shortest window after which at least {share:.0%} stay away"
    if table.empty:
        return f"the data can judge silences of up to {days_text(seen)} alone; use a longer history"
    late, days = table["still_returning_share"].iloc[-1], table.index[-1]
    return (
        f"of those silent for {count_text(days, 'days')} {late:.1%} still come back, and the data "
        "cannot judge a longer window; use a longer history, or a lower share"
    )


def _still_returning(gaps: pd.DataFrame) -> pd.DataFrame:
    """Kaplan-Meier on each day: the share back by then, and of the others those back later."""
    days = np.arange(int(gaps.index.max()) + 1)
    daily = gaps.reindex(days, fill_value=0)
    closed, ended = daily["closed"].to_numpy(float), daily.sum(axis=1).to_numpy(float)
    at_risk = ended[::-1].cumsum()[::-1]
    staying = np.cumprod(1 - closed / np.maximum(at_risk, 1))
    kept = days[(at_risk >= FEWEST_GAPS) & (days > 0)]
    if not len(kept):
        return pd.DataFrame(columns=["returned_share", "still_returning_share"], dtype=float)
    stay = staying[1 : kept[-1] + 1]
    late = 1 - np.divide(stay[-1], stay, out=np.ones_like(stay), where=stay > 0)
    return pd.DataFrame(
        {"returned_share": 1 - stay, "still_returning_share": late},
        index=pd.Index(days[1 : kept[-1] + 1], name="window_days"),
    )


def _at_windows(windows: list[int], credible: pd.DataFrame) -> pd.DataFrame:
    """The rows of these windows and of the longest one, where the data can judge them."""
    named = {window for window in windows if window in credible.index}
    if len(credible):
        named.add(int(credible.index[-1]))
    return credible.loc[sorted(named)]

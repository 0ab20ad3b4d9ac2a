"""acquisition_payback: what a new customer of each channel cost, and whether it comes back."""

import datetime as dt
import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import stdtrit
from scipy.stats import chi2

from cemkit.checks import (
    Customers,
    check_as_of,
    check_columns,
    check_days,
    check_fraction,
    check_frame,
    finite_values,
    local_days,
    meant,
)
from cemkit.checks.options import shown
from cemkit.data.columns import check_table, plain_words
from cemkit.errors import DataError, NotEnoughDataError
from cemkit.formats import count_text
from cemkit.results import Result

CHANNEL = "acquisition_channel"
COSTS = ("cost_date", "amount", "purpose", "channel")
HINT = "take people with acquisition_channel into customer_table"


@dataclass(frozen=True, slots=True, kw_only=True)
class AcquisitionPayback(Result):
    """Acquisition cost and payback per channel, from `acquisition_payback`.

    Attributes:
        start: First day of the acquisitions that are counted.
        as_of: Last day of the acquisitions that are counted.
        new_customers: Customers whose first order lies between these days.
        unknown_channel: New customers without a channel, which are in no row.
        spend_amount: Acquisition spend of these days.
        acquisition_cost: Spend per new customer, those of an unknown channel included.
        acquisition_cost_lower: Lower bound of the spend per new customer.
        acquisition_cost_upper: Upper bound of the spend per new customer.
        left_out_costs: Rows of costs of another purpose or outside these days.
        horizon_days: Days that `clv` covers; None where customers have none.
        confidence_level: Confidence level of the intervals, as a fraction.
        table: One row per channel, the most expensive first: `channel`, `new_customers`,
            `spend_amount`, `acquisition_cost` with its bounds and, where customers have `clv`,
            `mean_clv` with its bounds, `value_ratio` (mean lifetime value over acquisition cost)
            with its bounds, and `payback_days`, infinite where the cost does not come back within
            the horizon.

    Examples:
        >>> AcquisitionPayback.__dataclass_fields__.keys() >= {"spend_amount", "table"}
        True
    """

    _pictures = ("indicators.acquisition_payback",)

    start: str
    as_of: str
    new_customers: int
    unknown_channel: int
    spend_amount: float
    acquisition_cost: float
    acquisition_cost_lower: float
    acquisition_cost_upper: float
    left_out_costs: int
    horizon_days: int | None
    confidence_level: float
    table: pd.DataFrame


def acquisition_payback(
    customers: pd.DataFrame,
    costs: pd.DataFrame,
    as_of: str | dt.date | pd.Timestamp,
    *,
    start: str | dt.date | pd.Timestamp | None = None,
    horizon_days: int = 365,
    confidence_level: float = 0.95,
) -> AcquisitionPayback:
    """Divide acquisition spend by the new customers of each channel, and compare it with their CLV.

    Intervals of the cost take the spend as given and the number of new customers as a Poisson count
    (Garwood's exact bounds). Those of the mean lifetime value are Student's over customers. The
    bounds of their ratio combine both on the log scale.

    Args:
        customers: Table of `customer_table` with `acquisition_channel` from people and, for the
            payback, `clv` from `CustomerLifetimeValue(horizon_days=...)`.
        costs: `cost_date, amount, purpose, channel`. Only rows of the purpose `"acquisition"`
            between `start` and `as_of` are used; others are counted.
        as_of: Last day of the acquisitions.
        start: First day of the acquisitions; by default the day of the first acquisition cost.
        horizon_days: Days that `clv` covers. Its value is taken to come evenly over these days, so
            `payback_days` is the cost over the value per day.
        confidence_level: Confidence level of the intervals, as a fraction.

    Returns:
        An `AcquisitionPayback`. Channels with new customers but without costs have a cost of 0.

    Raises:
        MissingColumnsError: A column is missing.
        DataError: A channel has costs but no new customers, its costs sum to less than 0, or a date
            or an amount is missing.
        NotEnoughDataError: There are no acquisition costs, or no new customers.

    References:
        Garwood (1936), Fiducial limits for the Poisson distribution, Biometrika 28. Zou, Donner
        (2008), Construction of confidence limits about effect measures, Statistics in Medicine 27.

    Examples:
        >>> customers = pd.DataFrame(
        ...     {
        ...         "first_order_date": pd.to_datetime(["2024-01-05", "2024-01-09", "2024-02-01"]),
        ...         "acquisition_channel": ["search", "search", "friends"],
        ...     },
        ...     index=pd.Index(["ann", "bob", "cat"], name="customer_id"),
        ... )
        >>> costs = pd.DataFrame(
        ...     {
        ...         "cost_date": ["2024-01-01"],
        ...         "amount": [60.0],
        ...         "purpose": ["acquisition"],
        ...         "channel": ["search"],
        ...     }
        ... )
        >>> paid = acquisition_payback(customers, costs, "2024-02-29")
        >>> paid.table[["channel", "new_customers", "acquisition_cost"]].values.tolist()
        [['search', 2, 30.0], ['friends', 1, 0.0]]
    """
    end = check_as_of(as_of)
    level = check_fraction(confidence_level, "confidence_level")
    days = check_days(horizon_days, "horizon_days")
    first = None if start is None else check_as_of(start, "start")
    spend, left_out, first = _spend(costs, first, end)
    new = _new_customers(customers, first, end)
    known = new[new[CHANNEL].notna()]
    _check_channels(spend, known[CHANNEL], first, end)
    rows = [
        _channel_row(str(channel), own, float(spend.get(channel, 0.0)), days, level)
        for channel, own in known.groupby(CHANNEL, observed=True)
    ]
    total = math.fsum(spend)
    table = pd.DataFrame(rows).sort_values(
        ["acquisition_cost", "channel"], ascending=[False, True], ignore_index=True
    )
    cost, lower, upper = _cost(total, len(new), level)
    return AcquisitionPayback(
        start=f"{first:%Y-%m-%d}",
        as_of=f"{end:%Y-%m-%d}",
        new_customers=len(new),
        unknown_channel=len(new) - len(known),
        spend_amount=total,
        acquisition_cost=cost,
        acquisition_cost_lower=lower,
        acquisition_cost_upper=upper,
        left_out_costs=left_out,
        horizon_days=days if "clv" in new else None,
        confidence_level=level,
        table=table,
    )


def _spend(
    costs: pd.DataFrame, start: pd.Timestamp | None, end: pd.Timestamp
) -> tuple[pd.Series, int, pd.Timestamp]:
    """Acquisition spend by channel, how many rows are left out, and the first day."""
    table = check_table(costs, "costs", COSTS)
    days = local_days(table["cost_date"], "cost_date")
    amount = finite_values(table["amount"], "amount") if len(table) else np.zeros(0)
    if np.isnat(days).any():
        raise DataError(
            f"cost_date is missing in {int(np.isnat(days).sum()):,} of "
            f"{count_text(len(days), 'rows')} of costs; find the dates, or leave those rows out"
        )
    chosen = (plain_words(table["purpose"], "purpose") == "acquisition") & (
        days <= np.datetime64(end, "D")
    )
    if start is not None:
        chosen &= days >= np.datetime64(start, "D")
    if not chosen.any():
        raise NotEnoughDataError(
            "rows of costs with purpose 'acquisition' up to as_of",
            have=0,
            need=1,
            hint="name their purpose so, or choose other days",
        )
    channel = pd.Series(plain_words(table["channel"], "channel")[chosen])
    if channel.isna().any():
        raise DataError(
            f"channel is missing in {int(channel.isna().sum()):,} acquisition costs; name the "
            "channel, or split such costs between the channels first"
        )
    first = pd.Timestamp(days[chosen].min()) if start is None else start
    return pd.Series(amount[chosen]).groupby(channel).sum(), int((~chosen).sum()), first


def _new_customers(customers: pd.DataFrame, start: pd.Timestamp, end: pd.Timestamp) -> pd.DataFrame:
    """Channel and value of the customers whose first order lies between two days."""
    check_frame(customers, "customers")
    check_columns(customers.columns, ["first_order_date", CHANNEL], HINT)
    table = Customers.of(customers).table
    days = local_days(table["first_order_date"], "first_order_date")
    new = (days >= np.datetime64(start, "D")) & (days <= np.datetime64(end, "D"))
    if not new.any():
        raise NotEnoughDataError(
            f"customers whose first order lies between {start:%Y-%m-%d} and {end:%Y-%m-%d}",
            have=0,
            need=1,
            hint="choose days in which customers first ordered",
        )
    found = pd.DataFrame({CHANNEL: plain_words(table[CHANNEL], CHANNEL)[new]})
    if "clv" in table:
        found["clv"] = finite_values(table["clv"][new], "clv")
    return found


def _check_channels(
    spend: pd.Series, channels: pd.Series, start: pd.Timestamp, end: pd.Timestamp
) -> None:
    """Raise where costs have no customers to be divided by, or are less than 0."""
    known = sorted(set(channels))
    for channel, amount in spend.items():
        if amount < 0:
            raise DataError(
                f"acquisition costs of {shown(channel)} sum to {amount:,.2f}; spend is above 0, so "
                "correct the sign, or choose days that hold the costs which were refunded"
            )
        if channel not in known and amount > 0:
            raise DataError(
                f"costs has {amount:,.2f} for the channel {shown(channel)}, but no customer of "
                f"that channel first ordered between {start:%Y-%m-%d} and {end:%Y-%m-%d}"
                f"{meant(channel, known)}; spell channels alike in costs and people, choose days "
                "with new customers, or leave these costs out"
            )


def _channel_row(
    channel: str, own: pd.DataFrame, spend: float, days: int, level: float
) -> dict[str, Any]:
    cost, lower, upper = _cost(spend, len(own), level)
    row: dict[str, Any] = {
        "channel": channel,
        "new_customers": len(own),
        "spend_amount": spend,
        "acquisition_cost": cost,
        "acquisition_cost_lower": lower,
        "acquisition_cost_upper": upper,
    }
    if "clv" not in own:
        return row
    mean, low, high = _mean(own["clv"].to_numpy(dtype=np.float64), level)
    ratio, ratio_low, ratio_high = _ratio((mean, low, high), (cost, lower, upper))
    payback = cost / (mean / days) if mean > 0 else math.inf
    return row | {
        "mean_clv": mean,
        "mean_clv_lower": low,
        "mean_clv_upper": high,
        "value_ratio": ratio,
        "value_ratio_lower": ratio_low,
        "value_ratio_upper": ratio_high,
        "payback_days": 0.0 if cost == 0 else payback if payback <= days else math.inf,
    }


def _cost(spend: float, customers: int, level: float) -> tuple[float, float, float]:
    """Spend per customer, with bounds from those of a Poisson count."""
    tail = (1 - level) / 2
    least, most = chi2.ppf(tail, 2 * customers) / 2, chi2.ppf(1 - tail, 2 * customers + 2) / 2
    return spend / customers, spend / float(most), spend / float(least)


def _mean(values: np.ndarray, level: float) -> tuple[float, float, float]:
    """A mean with Student's bounds; without bounds where there is one customer."""
    mean, n = float(values.mean()), len(values)
    if n < 2:
        return mean, -math.inf, math.inf
    half = float(stdtrit(n - 1, (1 + level) / 2)) * float(values.std(ddof=1)) / math.sqrt(n)
    return mean, mean - half, mean + half


def _ratio(
    value: tuple[float, float, float], cost: tuple[float, float, float]
) -> tuple[float, float, float]:
    """Value over cost with bounds (MOVER on the log scale); infinite where it cost nothing."""
    if cost[0] == 0:
        return (math.inf,) * 3 if value[0] > 0 else (math.nan,) * 3
    ratio = value[0] / cost[0]
    if value[1] <= 0:  # no logarithm: the widest that the bounds of both allow
        corners = [v / c for v in value[1:] for c in cost[1:]]
        return ratio, min(corners), max(corners)
    below = math.hypot(math.log(value[0] / value[1]), math.log(cost[2] / cost[0]))
    above = math.hypot(math.log(value[2] / value[0]), math.log(cost[0] / cost[1]))
    return ratio, ratio * math.exp(-below), ratio * math.exp(above)

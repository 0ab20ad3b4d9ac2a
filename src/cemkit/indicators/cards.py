"""scorecard: every indicator per period and group, with its interval and its change."""

import dataclasses
import datetime as dt
from collections.abc import Iterable
from typing import Any, Literal

import numpy as np
import pandas as pd

from cemkit.checks import check_as_of, check_choice, check_days, check_fraction
from cemkit.data.reductions.period_sums import (
    FREQUENCIES,
    Period,
    count_after,
    period_sums,
    split_columns,
    wanted_columns,
)
from cemkit.indicators.definitions import COUNT, INDICATORS
from cemkit.indicators.inference import changes_of, levels_of
from cemkit.indicators.moments import Moments
from cemkit.indicators.states import Shop, Sweep, Terms, arranged
from cemkit.results import Result

LAGS = {"week": 52, "month": 12, "quarter": 4, "year": 1}
LONGEST_DAYS = {"week": 7, "month": 31, "quarter": 92, "year": 366}


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Scorecard(Result):
    """What `scorecard` found."""

    as_of: str
    period: str
    compare: str | None
    window_days: int | None
    in_several_groups: int
    confidence_level: float
    table: pd.DataFrame
    left_out: pd.DataFrame

    def wide(self, indicator: str) -> pd.DataFrame:
        """The values of one indicator: a row per period, a column per group."""
        rows = self.table[self.table["indicator"] == indicator]
        by = self.groups()
        if not by:
            return rows.set_index("period")[["value"]]
        return rows.pivot(index="period", columns=by, values="value")

    def latest(self) -> pd.DataFrame:
        """The last period of each indicator in each group."""
        keys = ["indicator", *self.groups()]
        last = self.table.groupby(keys, sort=False, dropna=False)["period"].transform("max")
        return self.table[self.table["period"] == last].reset_index(drop=True)

    def groups(self) -> list[str]:
        """The columns that split customers."""
        columns = list(self.table.columns)
        return columns[1 : columns.index("period")]


def scorecard(
    orders: Any,
    as_of: str | dt.date | pd.Timestamp,
    period: Period = "month",
    by: str | Iterable[str] | None = None,
    *,
    compare: Literal["previous", "year"] | None = "previous",
    window_days: int | None = None,
    people: pd.DataFrame | None = None,
    repurchase_days: int = 90,
    confidence_level: float = 0.95,
) -> Scorecard:
    """Return every indicator of the orders per period."""
    end = check_as_of(as_of)
    check_choice(period, "period", list(FREQUENCIES))
    level = check_fraction(confidence_level, "confidence_level")
    names = split_columns(by)
    second = repurchase_days < LONGEST_DAYS[period] - 1
    wanted = wanted_columns(orders, names, second_day=second)
    sums = period_sums(orders, end, period, wanted)
    numbers = np.arange(sums.period[0], sums.period[-1] + 1)
    spans = pd.PeriodIndex.from_ordinals(numbers, freq=FREQUENCIES[period])
    starts = spans.start_time.to_numpy().astype("datetime64[D]").view(np.int64)
    ends = spans.end_time.to_numpy().astype("datetime64[D]").view(np.int64)
    last = end.to_datetime64().astype("datetime64[D]").astype(np.int64)
    shop = arranged(
        dataclasses.replace(sums, period=sums.period - sums.period[0]),
        sums.group,
        sums.groups,
        starts=starts,
        ends=ends,
        finished=int((ends <= last).sum()),
        end=int(last),
    )
    lag = 0 if compare is None else 1 if compare == "previous" else LAGS[period]
    terms = Terms(lag=lag, window_days=window_days, repurchase_days=repurchase_days)
    moments = Sweep(shop, terms).moments()
    return Scorecard(
        as_of=f"{end:%Y-%m-%d}",
        period=period,
        compare=compare,
        window_days=window_days,
        in_several_groups=0,
        confidence_level=level,
        table=_table(moments, shop, spans, lag, level),
        left_out=pd.DataFrame(),
    )


def _table(
    moments: dict[str, Moments], shop: Shop, spans: pd.PeriodIndex, lag: int, level: float
) -> pd.DataFrame:
    parts = []
    for name, definition in INDICATORS.items():
        if name not in moments:
            continue
        m = moments[name]
        levels = levels_of(definition.kind, m, level)
        change, lower, upper = changes_of(definition.kind, m, levels, lag, level)
        columns = {
            "value": levels.value, "lower": levels.lower, "upper": levels.upper,
            "numerator": m.numerator, "denominator": m.denominator, "customers": m.customers,
            "change": change, "change_lower": lower, "change_upper": upper,
        }
        known = np.flatnonzero(m.known)
        g = len(shop.slices)
        part = pd.DataFrame({k: v[known].T.ravel() for k, v in columns.items()})
        groups = shop.groups.iloc[np.repeat(np.arange(g), len(known))].reset_index(drop=True)
        part = pd.concat([groups, part], axis=1)
        part.insert(shop.groups.shape[1], "period", spans[np.tile(known, g)])
        part.insert(0, "indicator", name)
        parts.append(part)
    return pd.concat(parts, ignore_index=True).assign(note="")

"""The shop that a scorecard goes through: its sums by group, its periods, and its terms."""

import dataclasses
from typing import Any

import numpy as np
import pandas as pd

from cemkit.churn import suggest_window
from cemkit.data.days import day_of
from cemkit.data.reductions.cohorts import period_number
from cemkit.data.reductions.period_cells import NEVER
from cemkit.data.reductions.period_sums import (
    LEVEL_DAYS,
    Period,
    PeriodSums,
    count_after,
    summed_periods,
    wanted_columns,
)
from cemkit.data.reductions.table_rows import table_columns
from cemkit.errors import DataError, NotEnoughDataError
from cemkit.indicators.definitions import INDICATORS
from cemkit.indicators.groups import Split, grouped_units
from cemkit.indicators.ledger import Ledger, order_counts
from cemkit.indicators.levels import read_levels
from cemkit.indicators.spans import bounds_of
from cemkit.indicators.states import Shop, Terms, arranged

LONGEST_DAYS = {"week": 7, "month": 31, "quarter": 92, "year": 366}

MOST_PERIODS = 1_500  # 28 years of weeks


def read_shop(
    orders: Any,
    end: pd.Timestamp,
    period: Period,
    split: Split,
    levels: pd.DataFrame | None,
    *,
    terms: Terms,
    ledger: Ledger,
) -> tuple[Shop, pd.PeriodIndex]:
    """The orders summed by group and period, with the periods that are over."""
    second = terms.repurchase_days < LONGEST_DAYS[period] - 1
    more = read_levels(levels, table_columns(orders, "orders"))
    wanted = wanted_columns(orders, split.of_orders, second_day=second, **more)
    sums = summed_periods(orders, end, period, wanted)
    shop, spans = _shop(sums, split, end, period, ledger)
    _check_levels(sums, levels, ledger)
    ledger.add("orders", {"after as_of": count_after(orders, end)} | order_counts(shop))
    return shop, spans


def _check_levels(sums: PeriodSums, levels: pd.DataFrame | None, ledger: Ledger) -> None:
    """Take the levels off the sums where nobody ever bought the base, and say so."""
    if levels is None or (sums.sums["first_base_day"] < NEVER).any():
        return
    for name in LEVEL_DAYS:
        del sums.sums[name]
    ledger.lack(["upgrade_rate"], "levels of what is in orders; nobody bought their base")


def _shop(
    sums: PeriodSums, split: Split, end: pd.Timestamp, period: str, ledger: Ledger
) -> tuple[Shop, pd.PeriodIndex]:
    """The sums by group, and the periods from the first order to the last day seen."""
    group, groups, without = grouped_units(sums, split)
    ledger.add("orders", {"no group": sums.without_group})
    ledger.add("people", {"customers without a group": without})
    first, day = int(sums.period[0]), day_of(end)
    last = int(period_number(np.array([day], dtype="datetime64[D]"), period)[0])
    if last - first >= MOST_PERIODS:
        raise DataError(
            f"the first order lies {last - first:,} {period}s before as_of={end:%Y-%m-%d}, and at "
            f"most {MOST_PERIODS:,} {period}s are summed; correct the dates, or choose a longer "
            "period"
        )
    spans, starts, ends = bounds_of(first, last, period)
    finished = int((ends <= day).sum())
    if not finished:
        raise DataError(
            f"no {period} is over by as_of={end:%Y-%m-%d}, the first one being {spans[0]}; choose "
            "a later as_of or a shorter period"
        )
    shop = arranged(
        dataclasses.replace(sums, period=sums.period - first),
        group,
        groups,
        starts=starts,
        ends=ends,
        finished=finished,
        end=day,
        length=period,
        first_period=first,
    )
    return shop, spans[:finished]


def with_window(terms: Terms, orders: Any, end: pd.Timestamp, ledger: Ledger) -> Terms:
    """The terms with the window that is given or suggested."""
    if terms.window_days is not None:
        return terms
    try:
        suggested = suggest_window(orders, end)
        window, reason = suggested.window_days, suggested.reason
    except NotEnoughDataError as error:
        window, reason = None, str(error)
    if window is None:
        names = [name for name, definition in INDICATORS.items() if definition.window]
        ledger.lack(names, f"window_days, as none can be suggested: {reason}")
    return dataclasses.replace(terms, window_days=window)

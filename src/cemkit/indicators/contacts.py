"""Indicators of contacts, events and complaints: rows of other tables, by customer and period."""

import dataclasses
import itertools
from typing import Any

import numpy as np
import pandas as pd

from cemkit.checks import check_same_ids
from cemkit.data.reductions.cohorts import period_number
from cemkit.data.reductions.customer_days import UNDATED, CustomerDays, counted_days
from cemkit.data.reductions.period_sums import bought_on
from cemkit.errors import DataError
from cemkit.formats import count_text
from cemkit.indicators.groups import Split, grouped_rows
from cemkit.indicators.moments import Buyers, Flags, Ints, Moments, Ratios
from cemkit.indicators.states import Shop

IMPRESSION, CLICK = "impression", "click"


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """Rows of another table within finished periods: `unit` numbers customers within groups.

    `later` are those of the period that is not over.
    """

    table: pd.DataFrame
    unit: Ints
    group: Ints
    period: Ints
    left_out: dict[str, int]
    later: pd.DataFrame = dataclasses.field(default_factory=pd.DataFrame)

    def of(self, kept: Flags) -> "Rows":
        """Some of the rows."""
        return dataclasses.replace(
            self,
            table=self.table[kept].reset_index(drop=True),
            unit=self.unit[kept],
            group=self.group[kept],
            period=self.period[kept],
        )


def read_rows(
    rows: Any,
    title: str,
    date: str,
    shop: Shop,
    split: Split,
    *,
    keep: tuple[str, ...] = (),
    dates: dict[str, str] | None = None,
) -> Rows:
    """The rows of a table by customer and day, with their groups and periods."""
    columns = tuple(dict.fromkeys([*keep, *split.of_orders]))
    end = pd.Timestamp(np.datetime64(shop.end, "D"))
    found: CustomerDays = counted_days(rows, title, date, end, keep=columns, dates=dates)
    table = found.table
    day = table["day"].to_numpy(np.int64)
    number = period_number(day.astype("datetime64[D]"), shop.length) - shop.first_period
    group = grouped_rows(table, split, shop.groups)
    early, late = number < 0, number >= shop.finished
    kept = ~early & ~late & (group >= 0)
    count = table["rows"].to_numpy(np.int64)
    left_out = {
        "no customer or no date": found.unknown,
        "after as_of": found.after,
        "unfinished period": int(count[late].sum()),
        "before the first order": int(count[early].sum()),
        "no group": int(count[~early & ~late & (group < 0)].sum()),
    }
    codes, _ = pd.factorize(table["customer_id"])
    unit = codes.astype(np.int64) * len(shop.slices) + group
    whole = Rows(
        table=table, unit=unit, group=group, period=number, left_out=left_out, later=table[late]
    )
    return whole.of(kept)


def ratio_moments(
    rows: Rows, numerator: Any, denominator: Any, shop: Shop, lag: int, *, last: int | None = None
) -> Moments:
    """The sums of a ratio of rows, customer by customer; periods that end after `last` are open."""
    table = pd.DataFrame(
        {
            "period": rows.period,
            "unit": rows.unit,
            "group": rows.group,
            "numerator": numerator,
            "denominator": denominator,
        }
    )
    cells = table.groupby(["period", "unit", "group"], as_index=False).sum()
    ratios = Ratios(shop.finished, len(shop.slices), lag)
    bounds = np.searchsorted(cells["period"], np.arange(shop.finished + 1))
    parts = [cells.iloc[slice(*pair)] for pair in itertools.pairwise(bounds)]
    for t, part in enumerate(parts):
        if last is not None and shop.ends[t] > last:
            break
        unit, none = part["unit"].to_numpy(), np.empty(0, dtype=np.int64)
        here = there = none
        if lag and t >= lag:
            before = parts[t - lag]["unit"].to_numpy()
            _, here, there = np.intersect1d(unit, before, assume_unique=True, return_indices=True)
        buyers = Buyers(unit, part["group"].to_numpy(), here, there)
        sums = (part[name].to_numpy(float) for name in ("numerator", "denominator"))
        ratios.add(t, buyers, *sums)
    return ratios.moments


def once_each(rows: Rows, did: Flags, *, first: bool) -> tuple[Rows, Flags]:
    """One row per customer, group and period, by the first row or by whether any did."""
    keys = pd.DataFrame({"period": rows.period, "unit": rows.unit})
    day = rows.table["day"].to_numpy(np.int64)
    order = np.lexsort((day if first else ~did, rows.unit, rows.period))
    lead = ~keys.iloc[order].duplicated().to_numpy()
    kept = np.zeros(len(order), dtype=np.bool_)
    kept[order[lead]] = True
    return rows.of(kept), did[kept]


def conversion(rows: Rows, orders: Any, shop: Shop, lag: int, days: int) -> Moments:
    """Customers with an event, and those of them who bought within days of the first one."""
    exposed, _ = once_each(rows, np.zeros(len(rows.unit), dtype=np.bool_), first=True)
    check_same_ids(pd.Index(rows.table["customer_id"]), shop.customers, "events", "orders")
    bought = bought_on(orders, pd.Timestamp(np.datetime64(shop.end, "D")))
    day = exposed.table["day"].to_numpy(np.int64)
    soon = _first_after(bought, exposed.table["customer_id"], day) - day <= days
    one = np.ones(len(day))
    return ratio_moments(exposed, one * soon, one, shop, lag, last=shop.end - days)


def _first_after(days: pd.DataFrame, customers: pd.Series, day: Ints) -> Ints:
    """The first of the days of each customer on or after a day, or one that never comes."""
    never = np.iinfo(np.int64).max // 2
    if not len(days) or not len(day):
        return np.full(len(day), never)
    ids = pd.Index(days["customer_id"].unique())
    code, own = ids.get_indexer(days["customer_id"]), ids.get_indexer(pd.Index(customers))
    on = days["day"].to_numpy(np.int64)
    low, span = min(on.min(), day.min()), max(on.max(), day.max()) + 1
    span = span - low + 1
    packed = np.sort(code * span + on - low)
    place = np.searchsorted(packed, own * span + day - low)
    found = packed[np.minimum(place, len(packed) - 1)]
    same = (own >= 0) & (place < len(packed)) & (found // span == own)
    return np.where(same, found % span + low, never)


def responses_to(rows: Rows, answers: pd.DataFrame, shop: Shop, lag: int, days: int) -> Moments:
    """Customers contacted, and those of them who answered within days.

    An answer belongs to the last contact of its customer on or before its day.
    """
    did = _answered(rows, answers, days)
    contacted, did = once_each(rows, did, first=False)
    one = np.ones(len(did))
    return ratio_moments(contacted, one * did, one, shop, lag, last=shop.end - days)


def _answered(rows: Rows, answers: pd.DataFrame, days: int) -> Flags:
    """Which contacts were answered within days, before the customer was contacted again."""
    if not len(rows.unit) or not len(answers):  # ids without rows have no type to match by
        return np.zeros(len(rows.unit), dtype=np.bool_)
    columns = ["customer_id", "day"]
    contact = rows.table[columns].astype({"day": "int64"})
    every = pd.concat([contact, rows.later[columns].astype({"day": "int64"})])
    known = every.drop_duplicates().sort_values("day").assign(contact_day=lambda t: t["day"])
    asked = answers[columns].astype({"day": "int64"}).sort_values("day")
    found = pd.merge_asof(asked, known, on="day", by="customer_id").dropna(subset="contact_day")
    found = found[found["day"] - found["contact_day"] <= days]
    pairs = pd.MultiIndex.from_frame(found[["customer_id", "contact_day"]])
    return np.asarray(pd.MultiIndex.from_frame(contact).isin(pairs))


def clicks(rows: Rows, shop: Shop, lag: int) -> Moments:
    """Clicks per impression."""
    event = rows.table["event"].astype(str).to_numpy()
    count = rows.table["rows"].to_numpy(float)
    return ratio_moments(rows, count * (event == CLICK), count * (event == IMPRESSION), shop, lag)


def answered_in_time(rows: Rows, shop: Shop, lag: int, days: int) -> Moments:
    """Complaints whose limit has passed, and those of them answered within it."""
    count = rows.table["rows"].to_numpy(float)
    took = rows.table["answered"].to_numpy(np.int64) - rows.table["day"].to_numpy(np.int64)
    answered = rows.table["answered"].to_numpy(np.int64) > UNDATED
    if (answered & (took < 0)).any():
        first = int(np.argmax(answered & (took < 0)))
        raise DataError(
            f"complaints has {count_text(int(count[answered & (took < 0)].sum()), 'rows')} "
            "answered before they were opened, such as that of "
            f"{rows.table['customer_id'].tolist()[first]!r}; correct their dates"
        )
    in_time = answered & (took <= days)
    return ratio_moments(rows, count * in_time, count, shop, lag, last=shop.end - days)

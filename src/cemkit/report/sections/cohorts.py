"""Cohorts: how many customers of each month of first purchase come back."""

import dataclasses
from typing import Literal

import pandas as pd

from cemkit.report.drafts import Draft
from cemkit.report.gate import Mask, small_parts, small_rows, with_partners
from cemkit.report.shop import Shop
from cemkit.segmentation import CohortTable, cohort_table

Period = Literal["month", "quarter", "year"]
MOST = 18  # cohorts, beyond which they are of a longer period
PERIODS: dict[Period, float] = {"month": 30.4, "quarter": 91.3, "year": 365.2}
COLUMNS = [
    ("cohort", "text"),
    ("age", "count"),
    ("customers", "count"),
    ("count", "count"),
    ("value", "share", "lower", "upper"),
]
AVERAGE = [
    ("age", "count"),
    ("cohorts", "count"),
    ("customers", "count"),
    ("value", "share", "lower", "upper"),
]


def write_cohorts(draft: Draft, shop: Shop) -> None:
    """Retention by cohort, and its average at each age."""
    found = cohort_table(shop.orders, shop.as_of, _period(shop), confidence_level=shop.level)
    table, smallest = found.table, draft.terms.smallest
    few = _small_cohorts(table, smallest)
    cohorts = _without(found, few)
    average = cohorts.average().reset_index()
    rows, unknown = _hidden(table, few, average, smallest)
    frame = table.assign(cohort=table["cohort"].astype(str))
    draft.table("cohort_average", average, AVERAGE, rows=unknown, kept=["age"])
    draft.table("cohorts", frame, COLUMNS, rows=rows, kept=["cohort", "age"])
    if few.any():
        draft.note(draft.say.REPORT["small_cohorts"])
    if found.left_out:
        draft.note(draft.say.REPORT["cohorts_left_out"])
    if cohorts.table.empty:
        return
    first = average[average["age"] == 1]
    counts = [1.0] if len(first) and unknown[first.index[0]] and smallest > 1 else []
    draft.state(cohorts, *counts, cohorts.customers)
    for place in first.index:
        row = average.loc[place]
        draft.number(
            "second_period_retention",
            row["value"],
            "share",
            "cohort_average",
            bounds=(row["lower"], row["upper"]),
            counts=counts,
        )
    _draw(draft, cohorts, table.assign(value=table["value"].mask(rows)), counts)


def _small_cohorts(table: pd.DataFrame, smallest: int) -> Mask:
    """The rows of cohorts of few customers, and of the smallest other where there is only one."""
    sizes = table.groupby("cohort")["customers"].first()
    alone = pd.Series("", index=sizes.index)
    few = with_partners(small_rows(sizes, smallest), sizes, alone)
    return table["cohort"].isin(sizes.index[few]).to_numpy(dtype=bool)


def _without(cohorts: CohortTable, few: Mask) -> CohortTable:
    """The cohorts that are not hidden whole; the others are in no average."""
    kept = cohorts.table[~few]
    size = int(kept.groupby("cohort")["customers"].first().sum())
    return dataclasses.replace(cohorts, table=kept, customers=size) if few.any() else cohorts


def _hidden(
    table: pd.DataFrame, few: Mask, average: pd.DataFrame, smallest: int
) -> tuple[Mask, Mask]:
    """Which cells and which averages are hidden, so that no average gives a cell away."""
    kept = table[~few]
    small = small_parts(kept["count"], kept["customers"], smallest)
    rows = few.copy()
    rows[~few] = with_partners(small, kept["count"], kept["age"])
    alone = pd.Series(rows[~few], index=kept["age"]).groupby(level=0).sum() == 1
    unknown = small_parts(average["count"], average["customers"], smallest)
    return rows, unknown | average["age"].map(alone).to_numpy(dtype=bool)


def _period(shop: Shop) -> Period:
    """The shortest period of which there are not too many."""
    first = shop.customers["first_order_date"].min()
    days = (shop.as_of - first).days
    return next((name for name, length in PERIODS.items() if days / length <= MOST), "year")


def _draw(draft: Draft, cohorts: CohortTable, shown: pd.DataFrame, counts: list[float]) -> None:
    later = shown[shown["age"] > 0]
    if later["value"].notna().sum() < 2:
        return
    alt = draft.sentence(cohorts, *counts, cohorts.customers)
    draft.picture("cohorts", dataclasses.replace(cohorts, table=shown), "cohorts", alt)

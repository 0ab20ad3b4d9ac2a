"""Cohorts: how many customers of each month of first purchase come back."""

import dataclasses
from typing import Literal

import pandas as pd

from cemkit.report.drafts import Draft
from cemkit.report.gate import Mask, small_parts
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
    cohorts = cohort_table(shop.orders, shop.as_of, _period(shop), confidence_level=shop.level)
    table, smallest = cohorts.table, draft.terms.smallest
    rows = small_parts(table["count"], table["customers"], smallest)
    frame = table.assign(cohort=table["cohort"].astype(str))
    average = cohorts.average().reset_index()
    few = small_parts(average["count"], average["customers"], smallest)
    # With two cohorts at an age, the average and the one shown give away the one hidden.
    few |= _hidden_at_age(table, rows, average) & (average["cohorts"] < 3).to_numpy()
    draft.table("cohort_average", average, AVERAGE, rows=few, kept=["age"])
    draft.table("cohorts", frame, COLUMNS, rows=rows, kept=["cohort", "age"])
    first = average[average["age"] == 1]
    counts = [1.0] if len(first) and few[first.index[0]] and smallest > 1 else []
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
    if cohorts.left_out:
        draft.note(draft.say.REPORT["cohorts_left_out"])
    _draw(draft, cohorts, table.assign(value=table["value"].mask(rows)), counts)


def _hidden_at_age(table: pd.DataFrame, rows: Mask, average: pd.DataFrame) -> Mask:
    """Whether something is hidden at each age."""
    hidden = pd.Series(rows, index=table.index).groupby(table["age"]).any()
    return average["age"].map(hidden).to_numpy(dtype=bool)


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

"""Cohorts."""

import pandas as pd
import pytest

from cemkit.data.shop_simulation import SimulatedShop
from cemkit.report.content import Table
from cemkit.report.drafts import Draft
from cemkit.report.sections.cohorts import write_cohorts
from cemkit.report.shop import Shop, Tables

pytestmark = pytest.mark.filterwarnings("ignore::cemkit.errors.CemkitWarning")


def test_retention_is_counted(tables: dict[str, Table], simulated: SimulatedShop) -> None:
    """Against pandas, by hand."""
    orders = simulated.orders
    month = orders["order_date"].dt.to_period("M")
    first = month.groupby(orders["customer_id"]).transform("min")
    age = (month.dt.year - first.dt.year) * 12 + month.dt.month - first.dt.month
    counted = orders.groupby([first.astype(str), age])["customer_id"].nunique()
    frame = tables["cohorts"].frame
    shown = frame[frame["count"].notna() & (frame["count"] > 0)]
    assert len(shown) > 10
    for row in shown.itertuples():
        assert row.count == counted.get((row.cohort, row.age))
        assert row.value == pytest.approx(row.count / row.customers)


def test_no_small_group_is_shown(tables: dict[str, Table]) -> None:
    frame = tables["cohorts"].frame.dropna(subset=["count"])
    for sizes in (frame["count"], frame["customers"], frame["customers"] - frame["count"]):
        assert ((sizes == 0) | (sizes >= 10)).all()


def test_the_average_does_not_give_away_one_of_two_cohorts(draft: Draft) -> None:
    days = ["2024-01-10"] * 40 + ["2024-02-10"] * 40 + ["2024-02-11"] * 20 + ["2024-03-10"] * 3
    ids = [*range(40), *range(40, 80), *range(20), *range(40, 43)]
    orders = pd.DataFrame({"customer_id": ids, "order_date": pd.to_datetime(days), "amount": 10.0})
    shop = Shop(orders, pd.Timestamp("2024-03-31"), Tables(), level=0.95, random_state=0)
    write_cohorts(draft, shop)
    average, cohorts = draft.finish().tables
    hidden = cohorts.frame.set_index(["cohort", "age"])["count"].isna()
    assert hidden["2024-02", 1]
    assert hidden["2024-01", 1] or average.frame.set_index("age")["value"].isna()[1]


@pytest.mark.parametrize("few", [3, 12])
def test_no_average_gives_a_cell_or_a_small_cohort_away(draft: Draft, few: int) -> None:
    """Of the hidden cells of an age there are two, or none, or the average is hidden."""
    sizes = {"2024-01": 60, "2024-02": 50, "2024-03": few, "2024-04": 40}
    rows = []
    for number, (month, size) in enumerate(sizes.items()):
        rows += [(1000 * number + k, f"{month}-10") for k in range(size)]
        for later, back in enumerate(list(sizes)[number + 1 :]):
            rows += [(1000 * number + k, f"{back}-20") for k in range((size - 7 * later) // 2)]
    orders = pd.DataFrame(rows, columns=["customer_id", "order_date"]).assign(amount=10.0)
    orders["order_date"] = pd.to_datetime(orders["order_date"])
    shop = Shop(orders, pd.Timestamp("2024-04-30"), Tables(), level=0.95, random_state=0)
    write_cohorts(draft, shop)
    average, cohorts = (table.frame for table in draft.finish().tables)
    hidden = cohorts["count"].isna()
    whole = hidden.groupby(cohorts["cohort"]).transform("all")
    assert whole.groupby(cohorts["cohort"]).first().sum() == (2 if few < 10 else 0)
    assert (cohorts.loc[hidden & ~whole, "age"].value_counts() >= 2).all()
    seen = cohorts[~whole].groupby("age")["cohort"].size()
    known = average.dropna(subset=["value"]).set_index("age")["cohorts"]
    assert (known == seen.reindex(known.index)).all()

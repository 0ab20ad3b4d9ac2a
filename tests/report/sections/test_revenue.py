"""Why revenue changed."""

import numpy as np
import pandas as pd
import pytest

from cemkit.data.shop_simulation import SimulatedShop
from cemkit.indicators import revenue_tree
from cemkit.report.content import Table
from cemkit.report.drafts import Draft
from cemkit.report.sections.revenue import _sizes, write_revenue
from cemkit.report.shop import Shop, Tables

pytestmark = pytest.mark.filterwarnings("ignore::cemkit.errors.CemkitWarning")


def test_kinds_of_customers_are_counted(shop: Shop, simulated: SimulatedShop) -> None:
    """Against sets of customers, by hand."""
    sizes = _sizes(shop, revenue_tree(shop.orders, shop.as_of))
    month = simulated.orders["order_date"].dt.to_period("M").astype(str)
    ids = simulated.orders["customer_id"]
    base, current = set(ids[month == "2023-11"]), set(ids[month == "2023-12"])
    earlier = set(ids[month < "2023-12"])
    assert sizes["retained"] == len(base & current)
    assert sizes["lost"] == len(base - current)
    assert sizes["new"] == len(current - earlier)
    assert sizes["reactivated"] == len((current & earlier) - base)
    assert (sizes["base"], sizes["current"]) == (len(base), len(current))


def test_components_sum_to_the_change(tables: dict[str, Table], simulated: SimulatedShop) -> None:
    table = tables["revenue"]
    month = simulated.orders["order_date"].dt.to_period("M").astype(str)
    sums = simulated.orders.groupby(month)["amount"].sum()
    if not table.suppressed:
        change = sums["2023-12"] - sums["2023-11"]
        assert np.isclose(table.frame["amount"].sum(), change)


@pytest.mark.parametrize("new", [3, 30])
def test_a_component_of_few_customers_is_hidden_with_a_partner(draft: Draft, new: int) -> None:
    days = ["2024-01-10"] * 60 + ["2024-02-10"] * (40 + new)
    ids = [*range(60), *range(40), *range(100, 100 + new)]
    orders = pd.DataFrame({"customer_id": ids, "order_date": pd.to_datetime(days), "amount": 10.0})
    shop = Shop(orders, pd.Timestamp("2024-02-29"), Tables(), level=0.95, random_state=0)
    write_revenue(draft, shop)
    section = draft.finish()
    frame = section.tables[0].frame.set_index("component")
    assert frame.loc["new customers", "amount"] == (30 * 10 if new == 30 else None) or new == 3
    hidden = frame["amount"].isna()
    assert hidden.sum() == 0 if new == 30 else hidden["new customers"] and hidden.sum() >= 2
    assert len(section.pictures) == (new == 30)

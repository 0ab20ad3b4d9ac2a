"""Indicators with their change."""

import numpy as np

from cemkit.data.shop_simulation import SimulatedShop
from cemkit.report import CustomerReport
from cemkit.report.content import Table


def test_the_latest_month_is_counted(report: CustomerReport, simulated: SimulatedShop) -> None:
    numbers = report.table[report.table["section"] == "indicators"].set_index("name")["value"]
    december = simulated.orders[simulated.orders["order_date"] >= "2023-12-01"]
    assert numbers["buying_customers"] == december["customer_id"].nunique()
    assert np.isclose(numbers["total_amount"], december["amount"].sum())
    assert np.isclose(numbers["average_order_value"], december["amount"].mean())


def test_a_change_is_beyond_chance_when_its_interval_leaves_0_out(
    tables: dict[str, Table],
) -> None:
    frame = tables["indicators"].frame
    known = frame[frame["change_lower"].notna() & (frame["beyond_chance"].notna())]
    beyond = (known["change_lower"] > 0) | (known["change_upper"] < 0)
    assert (known["beyond_chance"] == np.where(beyond, "beyond chance", "within chance")).all()
    assert beyond.any()


def test_months_with_few_customers_are_hidden(
    tables: dict[str, Table], simulated: SimulatedShop
) -> None:
    table = tables["indicator_history"]
    orders = simulated.orders.assign(month=simulated.orders["order_date"].dt.to_period("M"))
    first = orders.groupby("customer_id")["month"].min()
    new = first.value_counts()
    rows = table.frame[table.frame["indicator"] == "new customers"].set_index("period")["value"]
    for month, value in rows.items():
        count = new.get(month, 0) if not isinstance(month, str) else new[new.index == month].sum()
        assert np.isnan(value) if 0 < count < 10 else value == count

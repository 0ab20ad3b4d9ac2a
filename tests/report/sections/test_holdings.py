"""What the data hold."""

import numpy as np
import pandas as pd
import pytest

from cemkit.data.shop_simulation import SimulatedShop
from cemkit.report import CustomerReport
from cemkit.report.content import Table
from cemkit.report.drafts import Draft
from cemkit.report.sections.holdings import write_holdings
from cemkit.report.shop import Shop, Tables

pytestmark = pytest.mark.filterwarnings("ignore::cemkit.errors.CemkitWarning")


def test_counts_are_those_of_the_orders(report: CustomerReport, simulated: SimulatedShop) -> None:
    numbers = report.table.set_index("name")["value"]
    orders = simulated.orders
    assert numbers["order_rows"] == len(orders)
    assert numbers["customers"] == orders["customer_id"].nunique()
    assert np.isclose(numbers["net_amount"], orders["amount"].sum())


def test_the_ledger_counts_problems_and_hides_few(draft: Draft, simulated: SimulatedShop) -> None:
    orders = simulated.orders.copy()
    orders.loc[orders.index[:25], "amount"] = 0.0
    orders.loc[orders.index[100:104], "amount"] = -5.0
    people = simulated.people.head(400)
    shop = Shop(
        orders, pd.Timestamp(simulated.as_of), Tables(people=people), level=0.95, random_state=0
    )
    write_holdings(draft, shop)
    section = draft.finish()
    ledger: Table = section.tables[0]
    rows = ledger.frame.set_index("problem")["rows"]
    assert rows["amount of 0"] == 25
    assert np.isnan(rows["negative amount (return)"])
    assert any("400" in sentence for sentence in section.sentences)

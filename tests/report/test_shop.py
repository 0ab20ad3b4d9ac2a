"""What several sections need is made once, from the past alone."""

from typing import Any

import pandas as pd
import pytest

from cemkit.churn import label_churn
from cemkit.data import customer_table
from cemkit.data.shop_simulation import SimulatedShop
from cemkit.report.shop import Shop, Tables

pytestmark = pytest.mark.filterwarnings("ignore::cemkit.errors.CemkitWarning")


def test_the_churn_model_is_tested_after_it_was_trained(shop: Shop) -> None:
    seen = shop.churn
    days = pd.Timedelta(days=seen.window_days)
    assert pd.Timestamp(seen.tested_as_of) + days == shop.as_of
    assert pd.Timestamp(seen.trained_as_of) + days == pd.Timestamp(seen.tested_as_of)
    labels = label_churn(shop.orders, seen.tested_as_of, seen.window_days, data_until=shop.as_of)
    assert (seen.evaluation.customers, seen.evaluation.events) == (len(labels), labels.sum())


def test_segments_of_people_take_the_place_of_rfm(simulated: SimulatedShop) -> None:
    people: Any = simulated.people
    shop = Shop(
        simulated.orders,
        pd.Timestamp(simulated.as_of),
        Tables(people=people.sample(frac=1, random_state=0)),
        level=0.95,
        random_state=0,
    )
    expected = people.set_index("customer_id")["segment"].reindex(shop.customers.index)
    assert shop.segments.tolist() == expected.tolist()
    assert shop.own_segments


def test_customers_are_those_of_the_customer_table(shop: Shop) -> None:
    table = customer_table(shop.orders, shop.as_of)
    assert shop.customers["total_amount"].equals(table["total_amount"])
    assert shop.ids == {str(customer) for customer in table.index}
    assert shop.count == len(table)


def test_orders_that_cannot_be_read_are_of_nobody() -> None:
    orders = pd.DataFrame({"customer_id": [1], "order_date": ["?"], "amount": [1.0]})
    end = pd.Timestamp("2024-01-31")
    assert Shop(orders, end, Tables(), level=0.95, random_state=0).count == 0

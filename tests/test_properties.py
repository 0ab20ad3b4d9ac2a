"""What holds of every table of orders, whichever function takes it."""

from collections.abc import Callable

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cemkit import (
    cohort_table,
    customer_table,
    prepare_orders,
    sales_from_orders,
)
from cemkit.data import net_returns
from cemkit.segmentation import future_amount

AS_OF = "2024-03-31"
START = pd.Timestamp("2024-01-01")
# Orders in, a table (or the table of a Result) out.
FUNCTIONS: dict[str, Callable[[pd.DataFrame], pd.DataFrame | pd.Series]] = {
    "prepare_orders": prepare_orders,
    "customer_table": lambda orders: customer_table(orders, AS_OF),
    "customer_table.all": lambda orders: customer_table(orders, AS_OF, include="all"),
    "future_amount": lambda orders: future_amount(orders, "2024-02-15", 30),
    "cohort_table": lambda orders: cohort_table(orders, AS_OF, "month").table,
    "sales_from_orders": lambda orders: sales_from_orders(orders, "week", partial="keep"),
    "net_returns": lambda orders: net_returns(orders).table,
}
every_function = pytest.mark.parametrize("name", FUNCTIONS)


@st.composite
def order_tables(draw: st.DrawFn) -> pd.DataFrame:
    """Orders of six customers in a quarter, one of them a purchase on each end of it."""
    lines = draw(
        st.lists(
            st.tuples(
                st.sampled_from("abcdef"),
                st.integers(0, 90),
                st.integers(-2000, 9000).map(lambda cents: cents / 100),
            ),
            min_size=3,
            max_size=25,
            unique_by=lambda line: line[:2],
        )
    )
    rows = [("a", -1, 5.0), ("b", 91, 7.0), *lines]
    return pd.DataFrame(
        {
            "customer_id": [customer for customer, _, _ in rows],
            "order_date": [START + pd.Timedelta(days=day) for _, day, _ in rows],
            "amount": [amount for _, _, amount in rows],
        }
    )


@every_function
@settings(max_examples=15, deadline=None)
@given(orders=order_tables())
def test_the_orders_are_not_changed(name: str, orders: pd.DataFrame) -> None:
    before = orders.copy(deep=True)
    FUNCTIONS[name](orders)
    pd.testing.assert_frame_equal(orders, before)


@pytest.mark.parametrize("name", [name for name in FUNCTIONS if name != "prepare_orders"])
@settings(max_examples=15, deadline=None)
@given(orders=order_tables(), data=st.data())
def test_row_order_does_not_matter(name: str, orders: pd.DataFrame, data: st.DataObject) -> None:
    order = data.draw(st.permutations(range(len(orders))))
    one, other = FUNCTIONS[name](orders), FUNCTIONS[name](orders.iloc[list(order)])
    equal = pd.testing.assert_series_equal
    if isinstance(one, pd.DataFrame):
        equal = pd.testing.assert_frame_equal
    equal(other, one, rtol=1e-12)


@settings(max_examples=15, deadline=None)
@given(orders=order_tables())
def test_amounts_add_up_in_every_view(orders: pd.DataFrame) -> None:
    buyers = customer_table(orders, "2024-12-31")
    known = orders["customer_id"].isin(buyers.index)
    assert buyers["total_amount"].sum() == pytest.approx(orders.loc[known, "amount"].sum())
    weekly = sales_from_orders(orders, "week", partial="keep")
    assert weekly.sum() == pytest.approx(orders["amount"].sum())

"""revenue_tree: sums, definitions by plain pandas, engines, and coverage of its intervals."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cemkit import load_cdnow
from cemkit.errors import MissingColumnsError, NotEnoughDataError
from cemkit.indicators import RevenueTree, revenue_tree

BY_HAND = pd.DataFrame(
    {
        # ann stays, bob is lost, cat is new, dan comes back, eve returns something
        "customer_id": ["ann", "ann", "ann", "bob", "cat", "dan", "dan", "eve", "eve"],
        "order_date": pd.to_datetime(
            [
                *("2024-02-03", "2024-03-04", "2024-03-09", "2024-02-05", "2024-03-06"),
                *("2024-01-02", "2024-03-30", "2024-01-09", "2024-03-11"),
            ]
        ),
        "amount": [20.0, 30.0, 20.0, 8.0, 12.0, 5.0, 9.0, 40.0, -40.0],
        "quantity": [2, 3, 1, 1, 1, 1, 1, 4, 4],
    }
)


def amounts(tree: RevenueTree) -> dict[str, float]:
    """The amount of each component, over all groups."""
    return tree.table.groupby("component")["amount"].sum().to_dict()


def drawn(seed: int, rows: int = 300) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    days = pd.to_timedelta(rng.integers(0, 120, rows), "D")
    return pd.DataFrame(
        {
            "customer_id": rng.integers(0, 50, rows),
            "order_date": pd.Timestamp("2023-12-15") + days,
            "amount": rng.normal(20, 18, rows).round(2),
            "quantity": rng.integers(0, 3, rows),
            "channel": rng.choice(["网店", "shop", None], rows),
            "category": rng.choice(["a", "b"], rows),
        }
    )


def test_components_by_hand() -> None:
    tree = revenue_tree(BY_HAND, as_of="2024-04-02")
    assert (tree.base_period, tree.current_period) == ("2024-02", "2024-03")
    assert (tree.base_amount, tree.current_amount, tree.customers) == (28.0, 31.0, 5)
    found = amounts(tree)
    assert {k: found[k] for k in ("new", "reactivated", "lost", "returns", "retained")} == {
        "new": 12.0, "reactivated": 9.0, "lost": -8.0, "returns": -40.0, "retained": 0.0,
    }  # fmt: skip
    # ann: 1 order of 2 units at 10 became 2 orders of 2 units at 12.5
    assert found["quantity"] == pytest.approx(0.0)
    assert found["orders_per_customer"] == pytest.approx((2 - 1) * 2 * (10 + 12.5) / 2)
    assert found["price"] == pytest.approx((12.5 - 10) * 2 * (1 + 2) / 2)


def test_without_quantity_the_order_value_is_one_component() -> None:
    found = amounts(revenue_tree(BY_HAND.drop(columns="quantity"), as_of="2024-03-31"))
    assert found["order_value"] == pytest.approx((25 - 20) * (1 + 2) / 2)
    assert "price" not in found


@settings(max_examples=25, deadline=None)
@given(
    st.integers(0, 10_000),
    st.sampled_from([None, "channel", ["channel", "category"]]),
    st.sampled_from(["week", "month"]),
    st.booleans(),
)
def test_components_sum_to_the_change(seed: int, by: Any, period: Any, has_quantity: bool) -> None:
    orders = drawn(seed)
    orders = orders if has_quantity else orders.drop(columns="quantity")
    tree = revenue_tree(orders, as_of="2024-04-05", period=period, by=by)
    table = tree.table
    assert table["amount"].sum() == pytest.approx(tree.change_amount, abs=1e-9)
    assert table["share"].sum() == pytest.approx(1.0)
    assert table["amount"].abs().is_monotonic_decreasing
    assert (table["lower"] <= table["amount"]).all()
    assert (table["amount"] <= table["upper"]).all()
    bounds = orders["order_date"].dt.to_period("W-SUN" if period == "week" else "M").astype(str)
    for name in ("base", "current"):
        total = orders.loc[bounds == getattr(tree, f"{name}_period"), "amount"].sum()
        assert getattr(tree, f"{name}_amount") == pytest.approx(total)


def test_groups_sum_to_the_kinds_of_customers_over_all() -> None:
    orders = drawn(1)
    whole = amounts(revenue_tree(orders, as_of="2024-03-31"))
    split = amounts(revenue_tree(orders, as_of="2024-03-31", by=["channel", "category"]))
    for name in ("new", "lost", "reactivated", "returns"):
        assert split[name] == pytest.approx(whole[name])
    kept = ("retained", "orders_per_customer", "quantity", "price")
    assert sum(split[k] for k in kept) == pytest.approx(sum(whole[k] for k in kept))


def test_kinds_of_customers_against_plain_pandas_on_real_orders() -> None:
    orders = load_cdnow()
    tree = revenue_tree(orders, as_of="1998-06-30", period="quarter", compare="year")
    assert tree.base_period == "1997Q2"
    quarter = orders["order_date"].dt.to_period("Q").astype(str)
    now, then = orders[quarter == "1998Q2"], orders[quarter == "1997Q2"]
    first = orders.groupby("customer_id")["order_date"].min()
    new = set(first[first >= "1997-07-01"].index)
    before, after = set(then["customer_id"]), set(now["customer_id"])
    found = amounts(tree)

    def total(rows: pd.DataFrame, who: set[Any]) -> float:
        return float(rows.loc[rows["customer_id"].isin(who), "amount"].sum())

    assert found["new"] == pytest.approx(total(now, after & new))
    assert found["reactivated"] == pytest.approx(total(now, after - before - new))
    assert found["lost"] == pytest.approx(-total(then, before - after))
    both = before & after
    kept = found["orders_per_customer"] + found.get("order_value", 0.0)
    kept += found.get("quantity", 0.0) + found.get("price", 0.0)
    assert kept == pytest.approx(total(now, both) - total(then, both))


def test_a_group_that_appears_is_a_change_of_customers() -> None:
    """A retained customer who buys in a channel for the first time brings no new order value."""
    orders = BY_HAND.assign(channel=["web", "web", "shop", *["web"] * 6])
    table = revenue_tree(orders, as_of="2024-03-31", by="channel").table
    shop = table[table["channel"] == "shop"].set_index("component")["amount"]
    assert shop["retained"] == pytest.approx(20.0)
    assert shop["price"] == shop["quantity"] == shop["orders_per_customer"] == 0


def test_units_of_zero_leave_the_change_to_the_price() -> None:
    orders = BY_HAND.assign(quantity=[0, 3, 1, 1, 1, 1, 1, 4, 4])
    found = amounts(revenue_tree(orders, as_of="2024-03-31"))
    assert found["quantity"] == pytest.approx(0.0)
    assert found["price"] == pytest.approx((25 - 20) * (1 + 2) / 2)


def test_row_order_does_not_matter() -> None:
    orders = drawn(3)
    one, other = (
        revenue_tree(table, as_of="2024-03-31", by="channel")
        for table in (orders, orders.sample(frac=1, random_state=2))
    )
    pd.testing.assert_frame_equal(one.table, other.table, rtol=1e-9)


def test_sentences() -> None:
    tree = revenue_tree(BY_HAND, as_of="2024-03-31")
    assert tree.sentence().startswith("Revenue rose by 3.00 (10.7%) from 2024-02 to 2024-03 (95%")
    assert tree.sentence().endswith("; the largest component is returns: -40.00.")
    assert "退货：-40.00" in tree.sentence("zh")


def test_one_period_alone_is_refused() -> None:
    orders = BY_HAND[BY_HAND["order_date"] >= "2024-03-01"]
    with pytest.raises(NotEnoughDataError, match="in or before 2024-02.*one period alone"):
        revenue_tree(orders, as_of="2024-03-31")


def test_bad_arguments_are_refused() -> None:
    with pytest.raises(MissingColumnsError, match="'shop'"):
        revenue_tree(BY_HAND, "2024-03-31", by="shop")
    with pytest.raises(ValueError, match="by names 'amount', which is a column of the result"):
        revenue_tree(BY_HAND, "2024-03-31", by="amount")
    for name in ("side", "number", "error", "orders", "returned"):
        with pytest.raises(ValueError, match=f"by names '{name}', which is a column of the result"):
            revenue_tree(BY_HAND.assign(**{name: 1}), "2024-03-31", by=name)
    with pytest.raises(ValueError, match="compare must be one of"):
        revenue_tree(BY_HAND, "2024-03-31", compare="last")  # type: ignore[arg-type]


def shop(rng: np.random.Generator, customers: int) -> pd.DataFrame:
    """Customers who arrive at random, buy at a rate of their own, and have their own basket."""
    n = rng.poisson(customers)
    start = rng.uniform(-200, 60, n)
    rate, basket = rng.gamma(1.0, 0.02, n), rng.lognormal(3, 0.6, n)
    count = rng.poisson(rate * (60 - np.maximum(start, 0)))
    who = np.repeat(np.arange(n), count)
    day = rng.uniform(np.maximum(start, 0)[who], 60)
    units = 1 + rng.poisson(1.0, len(who))
    amount = units * basket[who] * rng.lognormal(0, 0.3, len(who))
    known = np.flatnonzero(start < 0)  # whose first purchase lies before both periods
    old = pd.DataFrame({"customer_id": known, "day": -1.0, "amount": 1.0, "quantity": 1})
    new = pd.DataFrame({"customer_id": who, "day": day, "amount": amount, "quantity": units})
    orders = pd.concat([old, new], ignore_index=True)
    orders["order_date"] = pd.Timestamp("2023-01-31") + pd.to_timedelta(
        np.floor(orders.pop("day") / 60 * 59).astype(int), "D"
    )
    return orders


@pytest.mark.exhaustive
def test_intervals_cover_in_95_of_100_shops() -> None:
    rng = np.random.default_rng(0)
    trees = [revenue_tree(shop(rng, 1500), as_of="2023-03-31") for _ in range(150)]
    parts = pd.concat(
        [tree.table.set_index("component")[["amount", "lower", "upper"]] for tree in trees],
        keys=range(len(trees)),
    )
    truth = parts["amount"].groupby("component").mean()
    for name in truth.index.difference(["retained", "returns"]):
        rows = parts.xs(name, level=1)
        covered = ((rows["lower"] <= truth[name]) & (truth[name] <= rows["upper"])).mean()
        assert 0.90 <= covered <= 0.99, (name, covered)

"""Associations and upgrade paths by hand and against plain counting; intervals that cover."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binomtest

from cemkit.errors import DataError
from cemkit.recommendation import association_table, upgrade_paths

AS_OF = "2024-12-31"


@pytest.fixture(scope="module")
def orders() -> pd.DataFrame:
    rng = np.random.default_rng(0)
    product = rng.choice(list("abcdef"), 900, p=[0.3, 0.25, 0.2, 0.15, 0.05, 0.05])
    return pd.DataFrame(
        {
            "customer_id": rng.integers(0, 200, 900),
            "order_date": pd.Timestamp("2024-01-01")
            + pd.to_timedelta(rng.integers(0, 360, 900), unit="D"),
            "product": product,
            "quantity": rng.integers(1, 4, 900),
        }
    ).assign(amount=lambda t: t["quantity"] * (t["product"].map(ord) - 96))


def test_counts_are_those_of_plain_counting(orders: pd.DataFrame) -> None:
    bought = orders.groupby("product")["customer_id"].agg(set)
    n = orders["customer_id"].nunique()
    table = association_table(orders, AS_OF, min_customers=5)
    assert len(table) > 10
    for row in table.itertuples():
        first, second = bought[row.product], bought[row.next_product]
        both = len(first & second)
        assert (row.customers, row.product_customers) == (both, len(first))
        assert row.confidence == pytest.approx(both / len(first))
        assert row.lift == pytest.approx(both * n / (len(first) * len(second)))
        assert row.cosine == pytest.approx(both / np.sqrt(len(first) * len(second)))
        wilson = binomtest(both, len(first)).proportion_ci(method="wilson")
        assert (row.confidence_lower, row.confidence_upper) == pytest.approx(tuple(wilson))


def test_intervals_of_lift_cover_the_truth() -> None:
    # Of 2,000 customers 30 % buy a, 20 % b, 9 % both: lift 1.5.
    rng = np.random.default_rng(1)
    day = pd.Timestamp("2024-05-05")
    covered = 0
    for _ in range(200):
        cell = rng.choice(4, 2000, p=[0.09, 0.21, 0.11, 0.59])
        who = {"a": np.flatnonzero(cell <= 1), "b": np.flatnonzero((cell == 0) | (cell == 2))}
        who["c"] = np.arange(2000)  # everyone buys something
        table = pd.concat(
            pd.DataFrame({"customer_id": ids, "product": p}) for p, ids in who.items()
        )
        pairs = association_table(table.assign(order_date=day, amount=1.0), AS_OF)
        row = pairs.set_index(["product", "next_product"]).loc[("a", "b")]
        covered += row["lift_lower"] <= 1.5 <= row["lift_upper"]
    assert 180 <= covered <= 198  # 190 expected, give or take 3


def test_products_never_bought_together_have_no_row(orders: pd.DataFrame) -> None:
    apart = orders.assign(product=orders["customer_id"].map(lambda c: f"p{c}"))
    assert association_table(apart, AS_OF, min_customers=1).empty
    assert upgrade_paths(apart, AS_OF, min_customers=1).empty


def test_where_no_product_has_enough_customers_there_is_no_row(orders: pd.DataFrame) -> None:
    for table in (association_table, upgrade_paths):
        found = table(orders, AS_OF, min_customers=1000)
        assert found.empty
        assert list(found.columns) == list(table(orders, AS_OF, min_customers=2).columns)


@pytest.mark.parametrize("dtype", ["Int64", "int64[pyarrow]", "str", "category"])
def test_ids_of_any_type_give_the_same_tables(orders: pd.DataFrame, dtype: str) -> None:
    typed = orders.assign(customer_id=orders["customer_id"].astype(dtype))
    for table in (association_table, upgrade_paths):
        pd.testing.assert_frame_equal(table(typed, AS_OF), table(orders, AS_OF))


def test_upgrades_are_those_of_plain_counting(orders: pd.DataFrame) -> None:
    first = orders.groupby(["customer_id", "product"])["order_date"].min().unstack()
    paths = upgrade_paths(orders, AS_OF, min_customers=5)
    assert len(paths) > 5
    for row in paths.itertuples():
        days = (first[row.next_product] - first[row.product]).dt.days
        assert row.price_ratio == pytest.approx(
            (ord(row.next_product) - 96) / (ord(row.product) - 96)
        )
        assert row.price_ratio > 1
        assert row.customers == (days > 0).sum()
        assert row.forward_share == pytest.approx((days > 0).sum() / (days.dropna() != 0).sum())
        assert row.mean_days == pytest.approx(days[days > 0].mean())
        assert row.share == pytest.approx(row.customers / first[row.product].notna().sum())
    assert paths["customers"].is_monotonic_decreasing


def test_categories_that_nobody_bought_are_no_products(orders: pd.DataFrame) -> None:
    typed = orders.astype({"product": pd.CategoricalDtype(list("abcdefz"))})
    for table in (association_table, upgrade_paths):
        found, plain = table(typed, AS_OF), table(orders, AS_OF)
        assert found.to_numpy().tolist() == plain.to_numpy().tolist()


def test_what_was_once_free_has_the_price_of_those_who_paid(orders: pd.DataFrame) -> None:
    free = orders.assign(amount=orders["amount"].where(orders["product"] != "a", 0))
    assert "a" not in set(upgrade_paths(free, AS_OF)["product"])
    gifts = orders.head(300).assign(amount=0.0)
    paths = upgrade_paths(pd.concat([orders, gifts]), AS_OF)
    assert paths["price_ratio"].tolist() == upgrade_paths(orders, AS_OF)["price_ratio"].tolist()


def test_orders_without_a_price_per_unit_or_a_local_date_are_refused(orders: pd.DataFrame) -> None:
    nothing = orders.assign(quantity=orders["quantity"].mask(orders.index < 3, 0))
    with pytest.raises(DataError, match="quantity is not above 0 in 3 purchases"):
        upgrade_paths(nothing, AS_OF)
    with pytest.raises(DataError, match="quantity has 1 missing"):
        upgrade_paths(orders.assign(quantity=orders["quantity"].mask(orders.index == 0)), AS_OF)
    with pytest.raises(DataError, match="dates without a time zone"):
        upgrade_paths(orders.assign(order_date=orders["order_date"].astype(str)), AS_OF)


def test_the_paths_are_the_same_however_many_pairs_are_formed_at_once(
    orders: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = upgrade_paths(orders, AS_OF, min_customers=2)
    monkeypatch.setattr("cemkit.recommendation.associations.ENTRIES", 100)
    pd.testing.assert_frame_equal(upgrade_paths(orders, AS_OF, min_customers=2), whole)

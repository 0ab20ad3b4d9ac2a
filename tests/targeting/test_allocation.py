"""allocate_offers: the table, the prices, the rules it is held against, and what it refuses."""

import re

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cemkit import allocate_offers
from cemkit.errors import DataError, MissingColumnsError


def table(n: int = 500, seed: int = 0, **columns: object) -> pd.DataFrame:
    """Two offers for each of n customers; the second costs more and earns more."""
    rng = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "customer_id": np.repeat(np.arange(n), 2),
            "offer": np.tile(["mail", "coupon"], n),
            "profit": rng.normal(1, 2, 2 * n) + np.tile([0, 0.5], n),
            "cost": rng.uniform(0.1, 1, 2 * n) + np.tile([0, 1], n),
            **columns,
        }
    )


def test_without_limits_everyone_gets_their_best_offer_that_earns() -> None:
    profits = table()
    allocation = allocate_offers(profits)
    best = profits.groupby("customer_id")["profit"].max()
    assert allocation.total_profit == pytest.approx(best[best > 0].sum())
    assert allocation.gap_profit == pytest.approx(0)
    assert allocation.budget_price == 0
    assert allocation.customers == (best > 0).sum()


def test_the_limits_hold_and_the_rows_are_those_of_the_table() -> None:
    profits = table(note="x", stackable=True)
    allocation = allocate_offers(profits, budget=100, capacities={"coupon": 20}, max_per_customer=2)
    chosen = allocation.table
    assert chosen["cost"].sum() <= 100
    assert chosen["cost"].sum() == pytest.approx(allocation.total_cost)
    assert (chosen["offer"] == "coupon").sum() <= 20
    assert chosen.columns.tolist() == profits.columns.tolist()
    assert chosen.merge(profits).shape == chosen.shape


def test_the_budget_price_is_what_a_little_more_budget_earns() -> None:
    profits = table(n=20_000)
    low, high = (allocate_offers(profits, budget=budget) for budget in (3000, 3100))
    earned = (high.total_profit - low.total_profit) / 100
    assert high.budget_price - 1e-3 <= earned <= low.budget_price + 1e-3


def test_a_capacity_has_its_price_too() -> None:
    profits = table(n=5000)
    low, high = (allocate_offers(profits, capacities={"coupon": n}) for n in (500, 520))
    earned = (high.total_profit - low.total_profit) / 20
    assert low.capacity_prices["coupon"] == pytest.approx(earned, rel=0.05)
    assert low.capacity_prices["mail"] == 0


def test_row_order_does_not_matter() -> None:
    profits = table(n=6000)
    shuffled = profits.sample(frac=1, random_state=1)
    one, other = (allocate_offers(rows, budget=500) for rows in (profits, shuffled))
    assert other.total_profit == pytest.approx(one.total_profit, rel=1e-9)
    ids = ["customer_id", "offer"]
    pd.testing.assert_frame_equal(
        one.table.sort_values(ids, ignore_index=True),
        other.table.sort_values(ids, ignore_index=True),
    )


def test_it_recommends_what_surely_beats_the_best_rule() -> None:
    allocation = allocate_offers(table(profit_standard_error=0.0), budget=100)
    assert allocation.recommended
    assert allocation.advantage_lower > 0
    assert allocation.best_rule == "as many as the limits allow get mail"
    assert "recommended, it earns" in allocation.reason
    assert "best simple rule, as many as the limits allow get mail" in allocation.sentence()
    assert "建议采用" in allocation.sentence("zh")


def test_it_does_not_recommend_what_it_is_unsure_of_and_names_the_rule() -> None:
    allocation = allocate_offers(table(profit_standard_error=5.0), budget=100)
    assert not allocation.recommended
    assert allocation.advantage_lower < 0 < allocation.advantage_upper
    assert "not recommended" in allocation.reason
    assert "includes 0: prefer that rule" in allocation.reason
    assert "最佳简单规则“在限制内给尽可能多的人 mail”" in allocation.sentence("zh")


def test_where_every_rule_loses_money_the_best_rule_is_nobody() -> None:
    profits = table(300)
    allocation = allocate_offers(profits.assign(profit=profits["profit"] - 2), budget=50)
    assert allocation.best_rule == "nobody"
    assert "best simple rule, nobody" in allocation.sentence()
    assert allocation.best_rule_profit == 0


def test_where_everyone_is_best_the_allocation_has_no_advantage() -> None:
    profits = pd.DataFrame({"customer_id": range(50), "offer": "mail", "profit": 1.0, "cost": 0.1})
    allocation = allocate_offers(profits)
    assert allocation.best_rule == "everyone gets mail"
    assert allocation.advantage_profit == 0
    assert not allocation.recommended


def test_a_tie_is_said_to_be_one_whatever_the_rounding() -> None:
    profit = np.where(np.arange(100) % 3 == 0, 0.1 + 0.2, 0.3)
    profits = pd.DataFrame(
        {
            "customer_id": np.repeat(np.arange(50), 2),
            "offer": ["mail", "coupon"] * 50,
            "profit": profit,
            "cost": 0.1,
        }
    )
    allocation = allocate_offers(profits)
    assert allocation.advantage_profit == 0
    assert allocation.advantage_upper == pytest.approx(0, abs=1e-12)
    assert "it earns as much as the best simple rule" in allocation.sentence()
    assert "收益相同" in allocation.sentence("zh")


def test_top_churn_risk_is_a_rule_under_the_same_limits() -> None:
    profits = pd.DataFrame(
        {
            "customer_id": range(10),
            "offer": "mail",
            "profit": np.arange(10.0),
            "cost": 1.0,
            "churn_probability": np.arange(10) / 10,
        }
    )
    allocation = allocate_offers(profits, budget=3)
    assert allocation.best_rule == "top churn risk gets mail"
    assert allocation.best_rule_profit == pytest.approx(9 + 8 + 7)


def test_the_interval_by_hand() -> None:
    profits = pd.DataFrame(
        {
            "customer_id": range(4),
            "offer": "mail",
            "profit": [3.0, 1.0, -1.0, 2.0],
            "cost": 0.0,
            "profit_standard_error": [0.1, 0.2, 0.3, 0.4],
        }
    )
    allocation = allocate_offers(profits)
    # Everyone earns 5, the allocation 6; only the third customer differs.
    assert allocation.best_rule_profit == pytest.approx(5)
    error = np.sqrt(4 * np.var([0, 0, 1, 0], ddof=1) + 0.3**2)
    assert allocation.advantage_upper - 1 == pytest.approx(1.959964 * error, rel=1e-6)


def test_without_a_standard_error_the_reason_says_what_it_takes_as_certain() -> None:
    assert "taken as certain" in allocate_offers(table(), budget=100).reason


def test_an_offer_without_places_goes_to_nobody_and_a_budget_of_zero_buys_nothing() -> None:
    profits = table()
    without = allocate_offers(profits, capacities={"coupon": 0})
    assert set(without.table["offer"]) == {"mail"}
    nothing = allocate_offers(profits, budget=0)
    assert nothing.table.empty
    assert nothing.total_profit == 0


def test_of_customers_who_tie_the_same_are_chosen_in_any_order_of_the_rows() -> None:
    profits = table(profit=1.0, cost=1.0)
    for params in ({"budget": 40}, {"capacities": {"mail": 7}, "budget": 40}):
        one, other = (
            allocate_offers(rows, **params).table
            for rows in (profits, profits.sample(frac=1, random_state=1))
        )
        keys = ["customer_id", "offer"]
        assert len(one) == 40
        assert set(one[keys].itertuples(index=False)) == set(other[keys].itertuples(index=False))


def test_where_a_simple_rule_fills_the_limits_better_its_choice_is_taken() -> None:
    # Customer 1 earns more per unit of cost, but leaves no room for the other, who earns more.
    profits = pd.DataFrame(
        {
            "customer_id": [1, 2],
            "offer": "mail",
            "profit": [7.0, 10.0],
            "cost": [6.0, 10.0],
            "churn_probability": [0.1, 0.9],
        }
    )
    allocation = allocate_offers(profits, budget=10)
    assert allocation.table["customer_id"].tolist() == [2]
    assert (allocation.total_profit, allocation.total_cost) == (10, 10)
    assert allocation.advantage_profit == 0
    assert not allocation.recommended
    assert "top churn risk gets mail" in allocation.reason
    assert "最佳简单规则“流失风险最高者给 mail”" in allocation.sentence("zh")


def test_the_gap_is_within_one_customers_value_per_binding_limit() -> None:
    profits = table(n=20_000)
    allocation = allocate_offers(profits, budget=4000, capacities={"mail": 3000, "coupon": 1500})
    prices = [allocation.budget_price, *allocation.capacity_prices.values()]
    binding = sum(price > 0 for price in prices)
    assert binding >= 2
    assert 0 <= allocation.gap_profit <= binding * profits["profit"].max()


def test_an_offer_that_is_named_but_that_nobody_can_have_is_refused() -> None:
    profits = table().astype({"offer": "category"})
    with pytest.raises(ValueError, match="names 'coupon', an offer that nobody can have"):
        allocate_offers(profits[profits["offer"] == "mail"], capacities={"coupon": 5})


@pytest.mark.parametrize(
    ("profits", "params", "error", "message"),
    [
        (table(), {"budget": -1}, ValueError, "budget must be a finite number of at least 0"),
        (table(), {"capacities": {"mail": -1}}, ValueError, "capacity of offer 'mail'"),
        (table(), {"capacities": {"fax": 5}}, ValueError, "'fax', an offer that nobody can have"),
        (table(), {"max_per_customer": 0}, ValueError, "max_per_customer must be at least 1"),
        (table(cost=-1.0), {}, DataError, "cost has 1,000 negative values"),
        (
            table(profit_standard_error=-1.0),
            {},
            DataError,
            "profit_standard_error has 1,000 negative values",
        ),
        (table(profit=np.nan), {}, DataError, "profit has 1000 missing"),
        (table(offer="mail"), {}, DataError, "pair of customer and offer twice"),
        (table().drop(columns="cost"), {}, MissingColumnsError, "make it with offer_profit"),
    ],
)
def test_bad_input_is_refused(
    profits: pd.DataFrame, params: dict, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        allocate_offers(profits, **params)


def several(n: int, seed: int) -> pd.DataFrame:
    """Four offers for each of n customers, of which the last does not go with others."""
    rng = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "customer_id": np.repeat(np.arange(n), 4),
            "offer": np.tile(["10%", "20%", "bag", "alone"], n),
            "profit": rng.normal(1, 2, 4 * n),
            "cost": rng.uniform(0.1, 2, 4 * n),
            "stackable": np.tile([True, True, True, False], n),
            "purchase_share": np.tile([0.1, 0.2, 0.05, 0.1], n),
        }
    )


def test_several_offers_go_together_only_where_they_are_stackable() -> None:
    profits = several(300, seed=0)
    allocation = allocate_offers(profits, max_per_customer=3)
    offers = allocation.table.groupby("customer_id")["offer"].agg(list)
    assert all("alone" not in own for own in offers[offers.map(len) > 1])
    assert allocation.customers_with_several == (offers.map(len) > 1).sum() > 0
    wide = profits.pivot(index="customer_id", columns="offer", values="profit").clip(lower=0)
    best = np.maximum(wide.drop(columns="alone").sum(axis=1), wide["alone"]).sum()
    assert allocation.total_profit == pytest.approx(best)
    assert allocation.gap_profit == pytest.approx(0)


def test_the_cap_on_the_sum_holds_for_sets_and_not_for_single_offers() -> None:
    profits = several(300, seed=1)
    allocation = allocate_offers(profits, max_per_customer=2, max_share=0.25, budget=200)
    own = allocation.table.groupby("customer_id")["purchase_share"].agg(["size", "sum"])
    assert (own.loc[own["size"] > 1, "sum"] <= 0.25 + 1e-12).all()
    assert own["size"].max() == 2
    assert allocation.total_cost <= 200
    pairs = allocation.table.groupby("customer_id")["offer"].agg(frozenset)
    assert frozenset({"10%", "20%"}) not in set(pairs)
    alone = allocate_offers(profits, max_per_customer=2, max_share=0.01)
    assert alone.customers_with_several == 0
    assert alone.total_profit == pytest.approx(allocate_offers(profits).total_profit)


def test_who_gets_several_does_not_depend_on_the_order_of_the_rows() -> None:
    profits = several(200, seed=2)
    limits = {"budget": 60, "capacities": {"bag": 20}, "max_per_customer": 2, "max_share": 0.3}
    one = allocate_offers(profits, **limits).table
    other = allocate_offers(profits.sample(frac=1, random_state=0), **limits).table
    keys = ["customer_id", "offer"]
    pd.testing.assert_frame_equal(
        one.sort_values(keys, ignore_index=True), other.sort_values(keys, ignore_index=True)
    )


def test_what_goes_together_has_to_be_said() -> None:
    profits = several(3, seed=0)
    with pytest.raises(MissingColumnsError, match="'stackable'.*offer_profit adds it"):
        allocate_offers(profits.drop(columns="stackable"), max_per_customer=2)
    with pytest.raises(MissingColumnsError, match="'purchase_share'.*max_share limits its sum"):
        allocate_offers(profits.drop(columns="purchase_share"), max_per_customer=2, max_share=0.3)
    for wrong in (None, -0.1):
        with pytest.raises(DataError, match="purchase_share is missing or negative in 12 rows"):
            allocate_offers(profits.assign(purchase_share=wrong), max_per_customer=2, max_share=0.3)
    endless = allocate_offers(
        profits.assign(purchase_share=np.inf), max_per_customer=2, max_share=0.3
    )
    assert endless.customers_with_several == 0
    with pytest.raises(DataError, match="stackable must hold True or False"):
        allocate_offers(profits.assign(stackable="yes"), max_per_customer=2)
    with pytest.raises(
        ValueError, match="max_share must be a fraction of the purchase, at most 1, not 30"
    ):
        allocate_offers(profits, max_per_customer=2, max_share=30)


SAME = pd.DataFrame({"customer_id": range(1000), "offer": "mail", "profit": 2.0, "cost": 1.0})


@pytest.mark.parametrize(
    "limits", [{"budget": 999}, {"capacities": {"mail": 999}}, {"budget": 9.5}]
)
def test_among_identical_customers_a_choice_has_no_advantage(limits: dict) -> None:
    allocation = allocate_offers(SAME, **limits)
    assert allocation.best_rule == "as many as the limits allow get mail"
    assert allocation.best_rule_profit == pytest.approx(2.0 * allocation.customers)
    assert allocation.advantage_profit == 0
    assert not allocation.recommended
    assert "在限制内给尽可能多的人 mail" in allocation.sentence("zh")


cases = given(
    st.integers(0, 2**32 - 1),
    st.integers(1, 40),
    st.sampled_from([0.0, 0.1, 1.0]),
    st.floats(0, 20),
    st.sampled_from([0.5, 0.9, 0.95]),
)


@settings(max_examples=40, deadline=None)
@cases
def test_the_advice_its_interval_and_its_words_agree(
    seed: int, n: int, spread: float, budget: float, level: float
) -> None:
    check_agreement(seed, n, spread, budget, level)


@pytest.mark.exhaustive
@settings(max_examples=1000, deadline=None)
@cases
def test_the_advice_its_interval_and_its_words_agree_a_thousand_times(
    seed: int, n: int, spread: float, budget: float, level: float
) -> None:
    check_agreement(seed, n, spread, budget, level)


def check_agreement(seed: int, n: int, spread: float, budget: float, level: float) -> None:
    rng = np.random.default_rng(seed)
    profits = table(n, seed).assign(
        profit=rng.normal(0.5, spread, 2 * n),
        profit_standard_error=rng.choice([0.0, 0.2]),
        churn_probability=np.repeat(rng.random(n).round(1), 2),
    )
    found = allocate_offers(profits, budget=budget, confidence_level=level)
    words = found.sentence()
    shown = re.search(r"CI (\S+) to (\S+), which", words)
    assert shown is not None
    low, high = (float(bound.replace(",", "")) for bound in shown.groups())
    assert found.recommended == (found.advantage_lower > 0) == (low > 0)
    assert found.recommended == ("which lies above 0" in words) == (": recommended" in words)
    assert ("不建议采用" in found.sentence("zh")) == (not found.recommended)
    assert low <= 0 <= high or found.recommended
    assert found.advantage_profit >= -1e-9  # a feasible rule is never better than what is chosen
    assert found.total_cost <= budget * (1 + 1e-9)


@pytest.mark.parametrize("dtype", ["float64", "Int64", "str", "object", "category"])
def test_every_type_of_id_gives_the_same_allocation(dtype: str) -> None:
    profits = table(200)
    expected = allocate_offers(profits, budget=20)
    found = allocate_offers(profits.astype({"customer_id": dtype}), budget=20)
    assert found.total_profit == pytest.approx(expected.total_profit, rel=1e-12)


PAIRS = pd.DataFrame(
    {"customer_id": np.arange(500), "offer": "mail", "channel": np.tile(["sms", "email"], 250)}
)


def test_only_eligible_pairs_are_chosen_and_bring_their_columns() -> None:
    mine = PAIRS[PAIRS["customer_id"] % 5 == 0]
    allocation = allocate_offers(table(), eligible=mine.sample(frac=1, random_state=0))
    assert allocation.eligible_customers == len(mine)
    expected = table().merge(mine, on=["customer_id", "offer"])
    expected = expected[expected["profit"] > 0].reset_index(drop=True)
    pd.testing.assert_frame_equal(allocation.table, expected)
    assert allocation.total_profit == pytest.approx(expected["profit"].sum())


def test_an_eligible_pair_without_a_profit_is_refused() -> None:
    stray = pd.DataFrame({"customer_id": [3, 900], "offer": ["mail", "coupon"]})
    with pytest.raises(DataError, match="1 eligible pair has no row in profit_table, such as"):
        allocate_offers(table(), eligible=stray)
    with pytest.raises(DataError, match="customer 3 with offer 'fax'"):
        allocate_offers(table(), eligible=stray.head(1).assign(offer="fax"))
    with pytest.raises(DataError, match="eligible has a pair of customer and offer twice"):
        allocate_offers(table(), eligible=pd.concat([PAIRS, PAIRS]))


@pytest.mark.parametrize("holdout", [0.1, 0.2, 0.5])
def test_a_holdout_makes_room_so_that_those_contacted_use_up_the_budget(holdout: float) -> None:
    allocation = allocate_offers(table(), budget=100, holdout=holdout)
    wider = allocate_offers(table(), budget=100 / (1 - holdout))
    pd.testing.assert_frame_equal(allocation.table, wider.table)
    assert allocation.total_cost == pytest.approx((1 - holdout) * wider.total_cost)
    assert 99 < allocation.total_cost <= 100
    assert allocation.total_profit == pytest.approx((1 - holdout) * wider.total_profit)
    assert allocation.budget_price == wider.budget_price
    share = f"{holdout:.1%}"
    assert share in allocation.sentence()
    assert share in allocation.sentence("zh")


def test_places_are_those_of_customers_contacted() -> None:
    allocation = allocate_offers(SAME, capacities={"mail": 99}, holdout=0.34)
    assert allocation.customers == 150  # 150 less a hold-out of 51 is 99


def test_a_cold_start_draws_every_offer_alike_and_keeps_the_limits() -> None:
    loss = table(4000, profit=-1.0)
    found = allocate_offers(loss, explore=0.5, random_state=1)
    assert found.explored == found.customers == 4000
    counts = found.table["offer"].value_counts()
    assert (counts - 2000).abs().max() < 5 * np.sqrt(4000 * 0.25)
    assert found.table["explored"].all()
    limited = allocate_offers(loss, explore=0.5, budget=300, capacities={"mail": 100})
    assert 295 < limited.total_cost <= 300
    assert (limited.table["offer"] == "mail").sum() <= 100
    assert allocate_offers(loss).table.empty


def test_what_is_drawn_is_drawn_apart_from_profit_and_the_rest_is_allocated() -> None:
    profits = table(4000)
    found = allocate_offers(profits, budget=1000, explore={"coupon": 0.1})
    drawn = found.table[found.table["explored"]]
    assert set(drawn["offer"]) == {"coupon"}
    assert found.explored == len(drawn)
    assert abs(len(drawn) - 400) < 5 * np.sqrt(4000 * 0.09)
    everyone = profits.loc[profits["offer"] == "coupon", "profit"]
    error = everyone.std() / np.sqrt(len(drawn))
    assert abs(drawn["profit"].mean() - everyone.mean()) < 4 * error
    assert 0 <= found.gap_profit <= profits["profit"].max()
    assert found.total_cost == pytest.approx(found.table["cost"].sum())
    assert f"({found.explored:,} by chance" in found.sentence()
    assert f"随机抽取 {found.explored:,} 位" in found.sentence("zh")


def test_what_is_drawn_does_not_depend_on_the_order_of_rows() -> None:
    profits = table(300)
    one, other = (
        allocate_offers(rows, budget=60, explore=0.1, random_state=4).table
        for rows in (profits, profits.sample(frac=1, random_state=1))
    )
    keys = ["customer_id", "offer"]
    pd.testing.assert_frame_equal(
        one.sort_values(keys, ignore_index=True), other.sort_values(keys, ignore_index=True)
    )


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"holdout": 1}, "holdout must be a fraction from 0 to below 1, not 1"),
        ({"holdout": -0.1}, "holdout must be a fraction"),
        ({"explore": 0.6}, "explore draws 1.2 of the customers over 2 offers"),
        (
            {"explore": {"mial": 0.1}},
            "explore names 'mial', an offer that nobody can have .did you mean 'mail'",
        ),
        ({"explore": {"mail": -0.1}}, "explore of offer 'mail' must be"),
    ],
)
def test_bad_shares_are_refused(params: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        allocate_offers(table(), **params)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10**6), st.integers(2, 25), st.floats(0.2, 8))
def test_no_order_of_choice_beats_the_allocation(seed: int, n: int, budget: float) -> None:
    """Any simple rule fills the budget in some order: by profit, cost, profit per cost, or lot."""
    profits = table(n, seed)
    found = allocate_offers(profits, budget=budget)
    rng = np.random.default_rng(seed)
    rows = list(zip(*(profits[name] for name in ("customer_id", "profit", "cost")), strict=True))
    keys = [
        -profits["profit"],
        profits["cost"],
        -profits["profit"] / profits["cost"],
        *(pd.Series(rng.random(len(profits))) for _ in range(5)),
    ]
    for key in keys:
        left, earned, served = budget, 0.0, set()
        for row in np.argsort(key.to_numpy(), kind="stable"):
            customer, profit, cost = rows[row]
            if profit > 0 and cost <= left and customer not in served:
                left, earned = left - cost, earned + profit
                served.add(customer)
        assert earned <= found.total_profit + 1e-9
        assert earned <= found.bound_profit + 1e-9

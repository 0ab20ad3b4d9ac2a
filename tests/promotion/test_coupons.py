"""coupons_for_returns: the articles' example E3, and a table of returns."""

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cemkit import issue_coupons
from cemkit.errors import DataError, MissingColumnsError
from cemkit.promotion import (
    coupon_for_return,
    coupon_ledger,
    coupons_for_returns,
    redeem_coupons,
    verify_coupons,
)
from cemkit.promotion.coupons import RETURN_RULES

DAY = "2023-10-01"
ORDER = "ORD20231001"


@pytest.mark.parametrize(
    "reason", ["尺寸不合适", " 尺寸不合適 ", "尺寸不合适。", "尺码不对", "Wrong size", "TOO SMALL"]
)
def test_a_wrong_size_earns_15_percent_on_apparel(reason: str) -> None:
    coupon = coupon_for_return(ORDER, reason, as_of=DAY)
    assert (coupon.discount, coupon.scope, coupon.extras) == (0.15, "apparel", None)
    assert coupon.matched
    assert coupon.action == "coupon_for_return"


@pytest.mark.parametrize("reason", ["质量问题", "質量問題", "品質問題", "defective"])
def test_a_quality_problem_earns_20_percent_and_a_free_exchange(reason: str) -> None:
    coupon = coupon_for_return(ORDER, reason, as_of=DAY)
    assert (coupon.discount, coupon.scope, coupon.extras) == (0.2, None, "free exchange")
    assert coupon.matched


@pytest.mark.parametrize("reason", ["不喜欢", "", "any", None, float("nan"), "no quality problem"])
def test_anything_else_earns_10_percent_unmatched(reason: object) -> None:
    coupon = coupon_for_return(ORDER, reason, as_of=DAY)
    assert (coupon.discount, coupon.scope, coupon.matched) == (0.1, None, False)


def test_validity_and_words() -> None:
    coupon = coupon_for_return(ORDER, "质量问题", as_of=DAY)
    assert coupon.valid_from == pd.Timestamp("2023-10-01")
    assert coupon.valid_until == pd.Timestamp("2023-10-31")
    assert coupon.sentence() == (
        "Order ORD20231001 earns 20% off everything and free exchange until 2023-10-31."
    )
    assert coupon.sentence("zh") == (
        "订单 ORD20231001 获得全场商品8折（优惠20%），另有免费换货，有效期至 2023-10-31。"
    )


def test_chinese_is_chinese_to_the_last_word() -> None:
    coupon = coupon_for_return(ORDER, "太小了", as_of=DAY)
    assert coupon.sentence("zh") == (
        "订单 ORD20231001 获得服饰8.5折（优惠15%），有效期至 2023-10-31。"
    )
    rules = RETURN_RULES.assign(scope=[None, "shoes", None])
    with pytest.raises(DataError, match="the scope 'shoes' has no label in 'zh'; add a row"):
        coupon_for_return(ORDER, "太小了", as_of=DAY, rules=rules).sentence("zh")
    labels = pd.DataFrame({"value": ["shoes"], "language": "zh", "label": ["鞋类"]})
    labelled = coupon_for_return(ORDER, "太小了", as_of=DAY, rules=rules, labels=labels)
    assert "获得鞋类8.5折" in labelled.sentence("zh")
    assert labelled.sentence().startswith("Order ORD20231001 earns 15% off shoes until")


def test_what_no_rule_knows_is_said() -> None:
    coupon = coupon_for_return(ORDER, "不喜欢", as_of=DAY)
    assert coupon.sentence().endswith("until 2023-10-31. No rule knows the reason.")
    assert coupon.sentence("zh").endswith("2023-10-31。没有规则包含该原因。")


def returned(*rows: tuple) -> pd.DataFrame:
    return pd.DataFrame(list(rows), columns=["customer_id", "order_id", "reason"])


RETURNS = returned((1, "B", "wrong size"), (2, "A", "质量问题"), (1, "B", "broken"), (3, "C", None))


def test_a_table_of_returns_earns_one_coupon_per_order() -> None:
    coupons = coupons_for_returns(RETURNS, as_of=DAY)
    assert coupons["order_id"].tolist() == ["A", "B", "C"]
    assert coupons["reason"].tolist() == ["quality", "quality", "other"]
    assert coupons["evidence"][:2].tolist() == ["质量问题", "broken"]
    assert coupons["matched"].tolist() == [True, True, False]
    assert coupons.groupby("offer")[["discount", "valid_until"]].nunique().max().max() == 1


def test_asking_again_gives_the_same_coupon() -> None:
    issued = issue_coupons(coupons_for_returns(RETURNS, as_of=DAY), key=b"0123456789abcdef")
    later = returned((2, "A", "too small"), (9, "D", "broken"))
    again = coupons_for_returns(later, as_of="2023-11-11", issued=issued)
    assert again["order_id"].tolist() == ["A", "D"]
    assert again["discount"].tolist() == [0.2, 0.2]
    assert again["valid_until"].tolist() == [pd.Timestamp("2023-10-31"), pd.Timestamp("2023-12-11")]
    assert again["code"][0] == issued.set_index("order_id").loc["A", "code"]
    assert pd.isna(again["code"][1])
    whole = issue_coupons(again, key=b"0123456789abcdef")
    assert whole["code"][0] == again["code"][0]
    coupon = coupon_for_return("A", "changed my mind", as_of="2024-01-01", issued=issued)
    assert (coupon.discount, coupon.valid_until) == (0.2, pd.Timestamp("2023-10-31"))


@settings(max_examples=40, deadline=None)
@given(
    rows=st.lists(
        st.tuples(
            st.integers(1, 6), st.sampled_from(["太大", "坏了", "坏 了", "late", None, "Broken!"])
        ),
        min_size=1,
        max_size=12,
    ),
    seed=st.integers(0, 99),
)
def test_any_order_of_rows_gives_the_same_coupons(rows: list[tuple], seed: int) -> None:
    returns = returned(*[(order % 3, f"O{order}", reason) for order, reason in rows])
    coupons = coupons_for_returns(returns, as_of=DAY)
    shuffled = coupons_for_returns(returns.sample(frac=1, random_state=seed), as_of=DAY)
    pd.testing.assert_frame_equal(coupons, shuffled)
    assert set(coupons["order_id"]) == set(returns["order_id"])
    again = coupons_for_returns(returns, as_of="2024-05-05", issued=coupons)
    pd.testing.assert_frame_equal(coupons, again)


def test_bad_rules() -> None:
    def with_rules(rules: pd.DataFrame) -> pd.DataFrame:
        return coupons_for_returns(RETURNS, rules=rules, as_of=DAY)

    with pytest.raises(DataError, match="discount must lie above 0 and be at most 1, not 15"):
        with_rules(RETURN_RULES.assign(discount=[0.2, 15, 0.1]))
    with pytest.raises(DataError, match="the reason '坏了' is in two rules, 'quality' and 'size'"):
        with_rules(RETURN_RULES.assign(reasons=["坏了|broken", "太大|壞了", "any"]))
    with pytest.raises(DataError, match="the last rule must have the reasons 'any'"):
        with_rules(RETURN_RULES[:2])
    with pytest.raises(DataError, match="the last rule must have the reasons 'any'"):
        with_rules(RETURN_RULES[::-1])
    with pytest.raises(DataError, match="its own name"):
        with_rules(RETURN_RULES.assign(rule="same"))
    with pytest.raises(DataError, match="unknown column 'discont'"):
        with_rules(RETURN_RULES.assign(discont=1))
    with pytest.raises(MissingColumnsError, match="'valid_days'"):
        with_rules(RETURN_RULES.drop(columns="valid_days"))
    with pytest.raises(DataError, match="valid_days must be whole numbers from 0"):
        with_rules(RETURN_RULES.assign(valid_days=-1))


def test_bad_returns() -> None:
    with pytest.raises(DataError, match="rows without an order_id"):
        coupons_for_returns(returned((1, None, "broken")), as_of=DAY)
    with pytest.raises(DataError, match="order 'A' is returned by two customers"):
        coupons_for_returns(returned((1, "A", "broken"), (2, "A", "broken")), as_of=DAY)
    with pytest.raises(MissingColumnsError, match="'reason'"):
        coupons_for_returns(RETURNS.drop(columns="reason"), as_of=DAY)
    issued = coupons_for_returns(RETURNS, as_of=DAY)
    with pytest.raises(DataError, match="order 'A' occurs twice in the issued"):
        coupons_for_returns(RETURNS, as_of=DAY, issued=pd.concat([issued, issued]))


@pytest.mark.parametrize("spelt", [float, "Int64", object, str])
def test_an_order_earns_one_coupon_under_every_spelling(spelt: object) -> None:
    returns = pd.DataFrame({"customer_id": [1, 2], "order_id": [11, 12], "reason": "too small"})
    issued = coupons_for_returns(returns, as_of=DAY)
    text = returns.astype({"order_id": float}).astype({"order_id": str})
    other = issued.assign(order_id=issued["order_id"].astype(spelt))
    if spelt is str:
        returns = text
    again = coupons_for_returns(returns, as_of="2024-12-01", issued=other)
    assert (again["valid_from"] == pd.Timestamp(DAY)).all()
    assert len(again) == 2


def test_orders_that_cannot_match_are_refused() -> None:
    returns = pd.DataFrame({"customer_id": [1], "order_id": [11], "reason": "too small"})
    issued = coupons_for_returns(returns.astype({"order_id": str}), as_of=DAY)
    with pytest.raises(DataError, match="order_id holds numbers in returns and text in issued"):
        coupons_for_returns(returns, as_of=DAY, issued=issued)
    with pytest.raises(DataError, match="rows without an order_id"):
        coupons_for_returns(returns.assign(order_id="nan"), as_of=DAY)


def test_a_numeric_scope_is_said() -> None:
    rules = RETURN_RULES.assign(scope=[8.0, 7, None])
    assert "off 8 and free" in coupon_for_return("A", "坏了", rules=rules, as_of=DAY).sentence()
    assert coupon_for_return("A", "?", rules=rules, as_of=DAY).scope is None


@pytest.mark.parametrize(("days", "right"), [(0, True), (1.5, False), (10**12, False)])
def test_valid_days_are_whole(days: float, right: bool) -> None:
    rules = RETURN_RULES.assign(valid_days=days)
    if right:
        coupon = coupon_for_return("A", None, rules=rules, as_of=DAY)
        assert coupon.valid_until == coupon.valid_from
    else:
        with pytest.raises(DataError, match="valid_days must be whole numbers from 0 to 36,525"):
            coupon_for_return("A", None, rules=rules, as_of=DAY)


MIXED = pd.DataFrame(
    {
        "rule": ["quality", "size", "other"],
        "reasons": ["broken", "too small", "any"],
        "kind": ["amount_off", "service", None],
        "discount": [None, None, 0.1],
        "amount_off": [50, None, None],
        "min_spend": [300, None, None],
        "unit_cost": [None, 6, None],
        "scope": None,
        "extras": None,
        "valid_days": 30,
    }
)
BACK = pd.DataFrame(
    {"customer_id": [1, 2, 3], "order_id": ["A", "B", "C"], "reason": ["broken", "too small", ""]}
)


def test_a_rule_may_give_something_other_than_a_percentage() -> None:
    coupons = coupons_for_returns(BACK, "2023-10-01", rules=MIXED)
    assert coupons["kind"].tolist() == ["amount_off", "service", "percentage"]
    assert coupons["amount_off"].tolist()[0] == 50
    assert coupons["discount"].tolist()[2] == 0.1
    key = bytes(range(16))
    issued = issue_coupons(coupons, key)
    assert verify_coupons(issued, key).all()
    redeemed = redeem_coupons(issued, issued["code"].tolist(), "2023-10-02", amounts=[400, 80, 80])
    assert sorted(coupon_ledger(redeemed, "2023-10-02").table["cost"]) == [6, 8, 50]
    assert coupon_for_return("C", "", "2023-10-01", rules=MIXED).discount == 0.1
    with pytest.raises(ValueError, match="rule 'quality' is of the kind"):
        coupon_for_return("A", "broken", "2023-10-01", rules=MIXED)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"kind": ["amount_of", "service", None]}, r"'amount_of' \(did you mean 'amount_off'\?"),
        (
            {"kind": ["none", "service", None]},
            "kind of rule 'quality' is 'none'.*nothing to",
        ),
        ({"amount_off": [-50, None, None]}, "amount_off of rule 'quality' is -50; it must be abov"),
        ({"discount": [None, None, 30]}, "discount of rule 'other' is 30; it must lie above 0"),
        (
            {"discount": [0.1, None, 0.1]},
            "discount of rule .quality. is 0.1, but the kind .amount_off. takes no",
        ),
        ({"product_category": "x"}, r"unknown column 'product_category' \(did you mean 'scope'\?"),
        ({"colour": "x"}, "rules has an unknown column 'colour'"),
    ],
)
def test_rules_of_kinds_that_cannot_be_are_refused(changes: dict, message: str) -> None:
    with pytest.raises(DataError, match=message):
        coupons_for_returns(BACK, "2023-10-01", rules=MIXED.assign(**changes))

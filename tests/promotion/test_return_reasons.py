"""match_reasons: the counts add up, and agree with the coupons."""

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cemkit.errors import DataError, MissingColumnsError
from cemkit.promotion import coupons_for_returns, match_reasons
from cemkit.promotion.coupons import RETURN_RULES

REASONS = [
    "太小了",
    "衣服破了",
    "颜色不好看",
    "没有质量问题",
    "late",
    "too small",
    None,
    " ",
    "nan",
]


def returned(reasons: list[str | None]) -> pd.DataFrame:
    orders = pd.DataFrame({"customer_id": 1, "order_id": range(len(reasons))})
    return orders.assign(reason=pd.Series(reasons, dtype="str"))


@settings(max_examples=30, deadline=None)
@given(st.lists(st.sampled_from(REASONS), min_size=1, max_size=20))
def test_counts_add_up_and_coupons_say_the_same(reasons: list[str | None]) -> None:
    returns = returned(reasons)
    found = match_reasons(returns)
    assert found.matched + found.unmatched + found.missing == found.returns == len(reasons)
    assert found.table["returns"].sum() == found.matched + found.unmatched
    coupons = coupons_for_returns(returns, as_of="2024-03-01")
    assert coupons["matched"].sum() == found.matched
    rule = found.table.set_index("reason")["rule"]
    for reason, name in zip(coupons["evidence"], coupons["reason"], strict=True):
        if reason in rule.index and pd.notna(rule[reason]):
            assert rule[reason] == name
    shuffled = match_reasons(returns.sample(frac=1, random_state=1))
    pd.testing.assert_frame_equal(found.table, shuffled.table)


def test_what_is_unmatched_is_said() -> None:
    found = match_reasons(returned(["太小了", "late", "late", "b", "c", "d", None]))
    assert found.examples == ["late", "b", "c"]
    assert found.sentence() == (
        "1 of 7 returns has a reason that a rule knows. 5 have another reason, such as 'late', "
        "'b', 'c'. 1 gives no reason."
    )
    assert found.sentence("zh") == (
        "7 笔退货中有 1 笔的原因符合某条规则；5 笔的原因不在规则中，例如“late”、“b”、“c”；"
        "1 笔没有写原因。"
    )
    assert (
        match_reasons(returned(["太小了"]))
        .sentence()
        .endswith("knows. 0 have another reason. 0 give no reason.")
    )


def test_the_phrase_shows_why() -> None:
    table = match_reasons(returned(["质量真的有问题"])).table
    assert table.loc[0, ["rule", "phrase"]].tolist() == ["quality", "质量…问题"]


def test_rules_of_ones_own() -> None:
    rules = RETURN_RULES.assign(reasons=["late|too late", "颜色…不好看", "any"])
    found = match_reasons(returned(["it came too late", "颜色真的不好看", "破了"]), rules=rules)
    named = dict(zip(found.table["reason"], found.table["rule"].fillna("none"), strict=True))
    assert named == {"it came too late": "quality", "颜色真的不好看": "size", "破了": "none"}


def test_bad_input() -> None:
    with pytest.raises(MissingColumnsError, match="'reason'"):
        match_reasons(pd.DataFrame({"why": ["x"]}))
    with pytest.raises(DataError, match="rule 'quality' has no reasons"):
        match_reasons(returned(["x"]), rules=RETURN_RULES.assign(reasons=[None, "a", "any"]))

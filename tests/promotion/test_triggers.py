"""fire_triggers: the actions that follow from what changed."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cemkit import (
    ChurnModel,
    RFMSegmenter,
    customer_table,
    fire_triggers,
    load_cdnow,
    prepare_orders,
)
from cemkit.errors import CemkitWarning, DataError, MissingColumnsError
from cemkit.promotion.triggers import ACTION_COLUMNS, STANDARD_TRIGGERS

DAY = "2024-01-31"
RULES = pd.DataFrame(
    {
        "rule": ["profit", "risk", "vip"],
        "when": ["retention_profit > 0", "churn_probability > 0.5", "total_amount >= 1000"],
        "then": ["win_back", "win_back", "upgrade"],
    }
)


def actions_of(*snapshots: object, **options: object) -> pd.DataFrame:
    return fire_triggers(*snapshots, **options).table


def ledger_of(*snapshots: object, **options: object) -> pd.DataFrame:
    return fire_triggers(*snapshots, **options).ledger


def customers(**columns: list) -> pd.DataFrame:
    size = len(next(iter(columns.values())))
    quiet = {"retention_profit": 0.0, "churn_probability": 0.0, "total_amount": 0.0}
    return pd.DataFrame({**quiet, **columns}, index=pd.RangeIndex(size, name="customer_id"))


@pytest.mark.filterwarnings("ignore::cemkit.errors.CemkitWarning")  # ten rows
def test_the_articles_customer_is_won_back() -> None:
    """E2: the unscaled fit gives 0.594 and fires, the scaled one 0.342 and does not."""
    table = pd.DataFrame(
        {
            "purchase_frequency": [1, 3, 2, 5, 1, 4, 2, 6, 1, 3],
            "days_since_last_purchase": [30, 5, 10, 2, 45, 1, 15, 3, 60, 8],
            "avg_order_value": [50, 100, 75, 150, 40, 120, 80, 200, 30, 90],
        }
    )
    churned = pd.Series([1, 0, 0, 0, 1, 0, 0, 0, 1, 0])
    train = [0, 7, 2, 9, 4, 3, 6]  # train_test_split(test_size=.3, random_state=42)
    who = pd.DataFrame([[2, 20, 60]], columns=table.columns, index=[12345]).rename_axis(
        "customer_id"
    )
    rules = RULES.iloc[[1]]
    unscaled = ChurnModel(scale=False).fit(table.iloc[train], churned.iloc[train]).add_to(who)
    scaled = ChurnModel().fit(table.iloc[train], churned.iloc[train]).add_to(who)
    assert unscaled["churn_probability"].item() == pytest.approx(0.594, abs=5e-4)
    assert scaled["churn_probability"].item() == pytest.approx(0.342, abs=1e-3)
    fired = actions_of(None, unscaled, rules, as_of=DAY)
    assert fired["customer_id"].tolist() == [12345]
    assert fired["action"].item() == "win_back"
    assert fired["evidence"].item().startswith("churn_probability 0.59")
    assert actions_of(None, scaled, rules, as_of=DAY).empty


def test_a_probability_of_exactly_one_half_does_not_fire() -> None:
    after = customers(churn_probability=[0.5, np.nextafter(0.5, 1)])
    assert actions_of(None, after, RULES, as_of=DAY)["customer_id"].tolist() == [1]


def test_the_actions_table() -> None:
    rules = RULES.assign(
        offer=["gift", "spring", None],
        channel=[None, "sms", None],
        profit=["retention_profit", None, None],
    )
    before = customers(churn_probability=[0.1, 0.2, 0.9])
    after = customers(
        churn_probability=[0.1, 0.625, 0.9],
        retention_profit=[12.5, 0, 0],
        total_amount=[0, 0, 1234567],
    ).assign(preferred_channel=["email", "email", None])
    actions = actions_of(before, after, rules, as_of=DAY)
    assert list(actions) == ACTION_COLUMNS
    assert actions["customer_id"].tolist() == [0, 1, 2]
    assert actions["reason"].tolist() == ["profit", "risk", "vip"]
    assert actions["channel"].isna().tolist() == [False, False, True]
    assert actions["channel"][:2].tolist() == ["email", "sms"]
    assert actions["offer"][:2].tolist() == ["gift", "spring"]
    assert set(actions["purpose"]) == {"marketing"}
    assert actions["evidence"].tolist() == [
        "retention_profit 12.5 > 0, was 0",
        "churn_probability 0.625 > 0.5, was 0.2",
        "total_amount 1234567 >= 1000, was 0",
    ]
    assert actions["expected_profit"][0] == 12.5
    assert actions["expected_profit"][1:].isna().all()
    assert actions["priority"].tolist() == [1, 2, 3]
    assert (actions["as_of"] == pd.Timestamp(DAY)).all()


def test_of_two_rules_with_one_action_the_first_in_priority_gives_it() -> None:
    after = customers(churn_probability=[0.9], retention_profit=[5])
    assert actions_of(None, after, RULES, as_of=DAY)["reason"].tolist() == ["profit"]
    turned = RULES.assign(priority=[2, 1, 3])
    assert actions_of(None, after, turned, as_of=DAY)["reason"].tolist() == ["risk"]
    audit = ledger_of(None, after, turned, as_of=DAY)
    assert audit.index.tolist() == ["risk", "profit", "vip"]
    assert audit["outranked"].tolist() == [0, 1, 0]


def test_a_second_run_on_the_same_day_fires_nothing() -> None:
    before, after = customers(churn_probability=[0.1, 0.9]), customers(churn_probability=[0.9, 0.9])
    first = actions_of(before, after, RULES, as_of=DAY)
    assert len(first) == 1
    assert actions_of(after, after, RULES, as_of=DAY).empty
    assert actions_of(before, after, RULES, as_of=DAY, fired=first).empty


@pytest.mark.parametrize(("days", "fires"), [(0, False), (29, False), (30, True)])
def test_the_cool_down_of_an_action(days: int, fires: bool) -> None:
    after = customers(churn_probability=[0.9])
    rules = RULES.assign(cooldown_days=30)
    earlier = actions_of(None, customers(retention_profit=[5]), rules, as_of=DAY)
    day = pd.Timestamp(DAY) + pd.Timedelta(days=days)
    again = actions_of(None, after, rules, as_of=day, fired=earlier)
    assert (len(again) == 1) is fires  # another rule, the same action
    assert ledger_of(None, after, rules, as_of=day, fired=earlier)["cooling_down"].sum() == (
        0 if fires else 1
    )


def test_actions_after_as_of_cool_nothing_down() -> None:
    after = customers(churn_probability=[0.9])
    later = actions_of(None, after, RULES, as_of="2024-02-10")
    assert len(actions_of(None, after, RULES, as_of=DAY, fired=later)) == 1


def test_caps_keep_the_most_profitable_then_the_lowest_id() -> None:
    after = customers(
        churn_probability=[0.9] * 5, total_amount=[1000] * 5, margin=[1.0, np.nan, 7.0, 1.0, 9.0]
    )
    rules = RULES.iloc[1:].assign(profit="margin", max_customers=[3, None])
    actions = actions_of(None, after, rules, as_of=DAY)
    assert actions.query("action == 'win_back'")["customer_id"].tolist() == [0, 2, 4]
    assert actions.query("action == 'upgrade'")["customer_id"].tolist() == [0, 1, 2, 3, 4]
    one = actions_of(None, after, rules, as_of=DAY, max_per_customer=1)
    assert one["customer_id"].tolist() == [0, 2, 4, 1, 3]
    audit = ledger_of(None, after, rules, as_of=DAY, max_per_customer=1)
    assert audit["over_cap"].tolist() == [2, 3]


def test_the_standard_rules_run_where_their_columns_are() -> None:
    day = pd.Timestamp(DAY)
    after = pd.DataFrame(
        {
            "customer_id": range(9),
            "last_return_date": [day] + [pd.NaT] * 8,
            "retention_profit": [0, 5.0] + [0] * 7,
            "churn_probability": [0, 0, 0.6] + [0] * 6,
            "contract_end": [pd.NaT] * 3 + [day + pd.Timedelta(days=30)] + [pd.NaT] * 5,
            "total_amount": [0] * 4 + [1000.0] + [0] * 4,
            "due_date": [pd.NaT] * 5 + [day] + [pd.NaT] * 3,
            "birthday": [pd.NaT] * 6 + [pd.Timestamp("1990-02-07")] + [pd.NaT] * 2,
            "first_order_date": [pd.NaT] * 7 + [pd.Timestamp("2022-01-31"), pd.NaT],
            "last_detractor_date": [pd.NaT] * 8 + [day],
        }
    )
    rules = STANDARD_TRIGGERS
    actions = actions_of(None, after, rules, as_of=day, since="2024-01-30")
    assert actions["reason"].tolist() == rules["rule"].tolist()
    assert actions["customer_id"].tolist() == list(range(9))
    assert actions["evidence"][0] == "last_return_date 2024-01-31"


snapshots = st.lists(
    st.tuples(*[st.sampled_from([0.0, 0.4, 0.5, 0.6, 2000.0, float("nan")])] * 3),
    min_size=1,
    max_size=12,
)


@settings(max_examples=40, deadline=None)
@given(old=snapshots, new=snapshots, cap=st.sampled_from([None, 1]), seed=st.integers(0, 99))
def test_any_order_of_rows_gives_the_same_actions_and_the_audit_adds_up(
    old: list, new: list, cap: int | None, seed: int
) -> None:
    columns = ["retention_profit", "churn_probability", "total_amount"]
    before, after = (
        pd.DataFrame(rows, columns=columns).rename_axis("customer_id") for rows in (old, new)
    )
    rules = RULES.assign(max_customers=[2, None, None], profit=["total_amount", None, None])
    rules = rules.assign(priority=[1, 2, 3])
    shuffled = {"frac": 1, "random_state": seed}
    actions = actions_of(before, after, rules, as_of=DAY, max_per_customer=cap)
    again = actions_of(
        before.sample(**shuffled),
        after.sample(**shuffled),
        rules.sample(**shuffled),
        as_of=DAY,
        max_per_customer=cap,
    )
    pd.testing.assert_frame_equal(actions, again)
    audit = ledger_of(before, after, rules, as_of=DAY, max_per_customer=cap)
    assert (audit["crossed"] == audit.drop(columns="crossed").sum(axis=1)).all()
    assert audit["fired"].sum() == len(actions)
    assert not actions.duplicated(["customer_id", "action"]).any()
    assert actions_of(after, after, rules, as_of=DAY).empty


def test_no_input_is_changed() -> None:
    before, after = customers(churn_probability=[0.1]), customers(churn_probability=[0.9])
    copies = before.copy(), after.copy(), RULES.copy()
    actions_of(before, after, RULES, as_of=DAY)
    for table, copy in zip((before, after, RULES), copies, strict=True):
        pd.testing.assert_frame_equal(table, copy)


def test_bad_rules() -> None:
    after = customers(churn_probability=[0.9])

    def with_rules(rules: pd.DataFrame) -> pd.DataFrame:
        return actions_of(None, after, rules, as_of=DAY)

    with pytest.raises(
        DataError, match="unknown column 'colldown_days' .did you mean 'cooldown_days'"
    ):
        with_rules(RULES.assign(colldown_days=3))
    with pytest.raises(DataError, match="two rules have the priority 1"):
        with_rules(RULES.assign(priority=[1, 1, 2]))
    with pytest.raises(DataError, match="two rules have the rule 'vip'"):
        with_rules(RULES.assign(rule=["vip", "risk", "vip"]))
    with pytest.raises(DataError, match="a rule has no priority"):
        with_rules(RULES.assign(priority=[1, None, 2]))
    with pytest.raises(DataError, match="no action in 'then'"):
        with_rules(RULES.assign(then=["a", None, "b"]))
    with pytest.raises(DataError, match="cooldown_days must be whole numbers from 0"):
        with_rules(RULES.assign(cooldown_days=[1, -1, 1]))
    with pytest.raises(MissingColumnsError, match="'when'"):
        with_rules(RULES.drop(columns="when"))
    with pytest.raises(MissingColumnsError, match=r"'churn_probabilty' .did you mean"):
        with_rules(RULES.assign(when="churn_probabilty > 0.5"))
    with pytest.raises(MissingColumnsError, match=r"'margin'.*as its profit"):
        with_rules(RULES.assign(profit="margin"))
    with pytest.raises(ValueError, match="when='churn' is not a condition"):
        with_rules(RULES.assign(when="churn"))
    with pytest.raises(ValueError, match="about birthday yearly needs the day"):
        with_rules(RULES.assign(when="birthday yearly"))


def test_cells_that_say_nothing_take_the_default() -> None:
    after = customers(churn_probability=[0.9], total_amount=[5000])
    rules = RULES.assign(purpose=[None, None, "service"], cooldown_days=[None, 30, None])
    actions = actions_of(None, after, rules, as_of=DAY)
    assert actions["purpose"].tolist() == ["marketing", "service"]


def test_other_bad_input() -> None:
    after = customers(churn_probability=[0.9])
    earlier = actions_of(None, after, RULES, as_of=DAY).assign(as_of="01/02/2024")
    with pytest.raises(DataError, match="as_of of fired holds '01/02/2024', which is"):
        actions_of(None, after, RULES, as_of=DAY, fired=earlier)
    with pytest.raises(ValueError, match="max_per_customer must be at least 1, not 0"):
        actions_of(None, after, RULES, as_of=DAY, max_per_customer=0)
    with pytest.raises(MissingColumnsError, match="fired is the actions table"):
        actions_of(None, after, RULES, as_of=DAY, fired=pd.DataFrame({"customer_id": [1], "a": 1}))
    fired = pd.DataFrame({"customer_id": ["x"], "action": "win_back", "as_of": pd.Timestamp(0)})
    with pytest.raises(DataError, match="text in fired"):
        actions_of(None, after, RULES, as_of=DAY, fired=fired)


@settings(max_examples=15, deadline=None)
@given(hours=st.lists(st.integers(0, 86_399), min_size=4, max_size=4))
def test_the_time_of_day_of_no_date_matters(hours: list[int]) -> None:
    clock = pd.to_timedelta(hours, unit="s")
    days = pd.to_datetime(["2024-01-31", "2024-01-29", "2024-02-01", "2024-01-02"])
    after = customers(churn_probability=[0.9] * 4)
    rules = RULES.assign(cooldown_days=[2, 2, 2])
    fired = pd.DataFrame({"customer_id": range(4), "action": "win_back", "as_of": days + clock})
    actions = actions_of(None, after, rules, DAY + " 08:30", fired=fired)
    assert actions["customer_id"].tolist() == [1, 2, 3]  # only the one of the same day waits
    due = pd.DataFrame({"rule": ["due"], "when": ["due_date due"], "then": ["a"]})
    after = pd.DataFrame({"customer_id": range(4), "due_date": days + clock})
    assert actions_of(None, after, due, DAY, since="2024-01-29")["customer_id"].tolist() == [0]


def test_a_cool_down_stamped_this_morning_holds_today() -> None:
    after = customers(churn_probability=[0.9])
    fired = pd.DataFrame(
        {"customer_id": [0], "action": [" win_back"], "as_of": pd.Timestamp(f"{DAY} 09:00")}
    )
    assert actions_of(None, after, RULES, as_of=DAY, fired=fired).empty
    with pytest.raises(DataError, match="as_of is missing in 1 row of fired"):
        actions_of(None, after, RULES, as_of=DAY, fired=fired.assign(as_of=pd.NaT))


@pytest.mark.parametrize(
    "dtype", ["float32", "Float32", "float16", "float64", "object", "category"]
)
@pytest.mark.parametrize("threshold", [0.1, 0.3, 0.7])
def test_the_type_of_a_score_does_not_change_what_fires(dtype: str, threshold: float) -> None:
    score = pd.Series([threshold, threshold + 0.05], dtype=dtype)
    after = pd.DataFrame({"customer_id": [0, 1], "score": score})
    rules = pd.DataFrame({"rule": ["r"], "when": [f"score > {threshold}"], "then": ["a"]})
    assert actions_of(None, after, rules, DAY)["customer_id"].tolist() == [1]
    at_least = rules.assign(when=f"score >= {threshold}")
    assert actions_of(None, after, at_least, DAY)["evidence"][0] == (
        f"score {threshold} >= {threshold}"
    )


@pytest.mark.parametrize("column", ["priority", "cooldown_days", "max_customers"])
def test_numbers_that_are_text_are_refused(column: str) -> None:
    after = customers(churn_probability=[0.9])
    with pytest.raises(DataError, match=f"{column} must hold numbers, not '10'"):
        actions_of(None, after, RULES.assign(**{column: ["10", "9", "8"]}), as_of=DAY)
    with pytest.raises(DataError, match="margin must hold numbers, not '1'"):
        actions_of(None, after.assign(margin="1"), RULES.assign(profit="margin"), as_of=DAY)


@pytest.mark.parametrize(
    "when",
    [
        "churn_probability > 0.5 and total_amount",
        "churn_probability > 50%",
        "churn_probability > inf",
        "churn_probability = ",
        "last_order_date due in 2 weeks",
        "last_order_date due in 99999999999 days",
    ],
)
def test_words_that_are_not_read_are_refused(when: str) -> None:
    after = customers(churn_probability=[0.9])
    with pytest.raises(
        ValueError, match=r"is not a condition|neither a finite number|missing column|looks"
    ):
        actions_of(None, after, RULES.assign(when=when), as_of=DAY, since="2024-01-01")


def cooling(word: str | None, ids: tuple = (0, 1), **options: object) -> list[int]:
    """Who still fires, where the customers `ids` got the action `word` ten days ago."""
    rules = RULES.iloc[[1]].assign(cooldown_days=30)
    fired = pd.DataFrame({"customer_id": ids, "action": word, "as_of": "2024-01-21"})
    after = customers(churn_probability=[0.9, 0.9, 0.9])
    actions = actions_of(None, after, rules, DAY, fired=fired, **options)
    return actions["customer_id"].tolist()


@pytest.mark.parametrize("word", ["win_back", "Win_Back ", " WIN_BACK", "ｗｉｎ_ｂａｃｋ"])
def test_a_cool_down_holds_in_every_spelling_of_the_action(word: str) -> None:
    assert cooling(word) == [2]


@pytest.mark.parametrize(
    ("word", "ids", "message"),
    [
        ("win-back", (0, 1), r"has the action 'win-back', which no rule has \(did you mean 'win_b"),
        ("greet", (0, 1), r"none of the 2 rows of fired has an action of the rules \['win_back'\]"),
        ("win_back", (7, 8), "none of the 2 rows of fired is of a customer in"),
    ],
)
def test_actions_that_hold_nobody_back_are_said(word: str, ids: tuple, message: str) -> None:
    with pytest.warns(CemkitWarning) as caught:
        assert cooling(word, ids) == [0, 1, 2]
    assert any(pd.Series([str(w.message) for w in caught]).str.contains(message))
    assert all(w.filename == __file__ for w in caught)


def test_actions_taken_have_a_name() -> None:
    with pytest.raises(DataError, match="^action is missing in 2 rows of fired$"):
        cooling(None)


def test_other_actions_of_an_earlier_run_are_fine_beside_ours() -> None:
    rules = RULES.iloc[[1]]
    fired = pd.DataFrame({"customer_id": [0, 1], "action": ["win_back", "greet"], "as_of": DAY})
    after = customers(churn_probability=[0.9, 0.9])
    assert actions_of(None, after, rules, DAY, fired=fired)["customer_id"].tolist() == [1]


def test_two_spellings_of_one_action_are_one_action() -> None:
    rules = RULES.iloc[:2].assign(then=["win_back", "Win_Back"])
    after = customers(churn_probability=[0.9], retention_profit=[3.0])
    assert ledger_of(None, after, rules, DAY)["outranked"].tolist() == [0, 1]


def test_the_result_says_what_fired_and_what_was_held_back() -> None:
    after = customers(churn_probability=[0.9, 0.9], retention_profit=[5.0, 0.0])
    earlier = pd.DataFrame({"customer_id": [1], "action": "win_back", "as_of": DAY})
    rules = RULES.assign(cooldown_days=30)
    fired = fire_triggers(None, after, rules, DAY, fired=earlier)
    assert (fired.crossed, fired.fired, len(fired.table)) == (3, 1, 1)
    assert fired.sentence() == (
        "1 of 3 crossings gave an action; held back: 1 cooling down, 1 outranked."
    )
    assert fired.sentence("zh") == (
        "3 次触发条件成立，其中 1 次产生行动；未执行：冷却期内 1、已有更优先的规则 1。"
    )
    nothing = fire_triggers(after, after, RULES, DAY)
    assert nothing.sentence() == "0 of 0 crossings gave an action; held back: none."
    assert nothing.sentence("zh").endswith("未执行：无。")


def test_the_result_itself_is_no_table_of_earlier_actions() -> None:
    after = customers(churn_probability=[0.9])
    fired = fire_triggers(None, after, RULES, DAY)
    with pytest.raises(TypeError, match=r"fired must be .* not FiredTriggers; give its \.table"):
        fire_triggers(None, after, RULES, DAY, fired=fired)


def test_conditions_are_joined_and_each_says_its_evidence() -> None:
    before = customers(total_amount=[50, 50, 500]).assign(segment=["Loyal", "New", "Loyal"])
    after = before.assign(segment="At risk", total_amount=[120, 50, 500])
    rules = RULES.iloc[:1].assign(when="segment becomes At risk and total_amount >= 100")
    fired = actions_of(before, after, rules, as_of=DAY)
    assert fired["customer_id"].tolist() == [0, 2]
    assert fired["evidence"].tolist() == [
        "segment At risk, was Loyal and total_amount 120 >= 100, was 50",
        "segment At risk, was Loyal and total_amount 500 >= 100",
    ]
    shuffled = actions_of(before.iloc[::-1], after.iloc[[2, 0, 1]], rules, as_of=DAY)
    pd.testing.assert_frame_equal(shuffled, fired)


def test_rules_about_purchases_take_orders_and_the_earlier_day() -> None:
    after = customers(total_amount=[1, 1])
    rules = RULES.iloc[:1].assign(when="bought category sports >= 2 times in 30 days")
    orders = pd.DataFrame(
        {
            "customer_id": [0, 0, 1],
            "order_date": pd.to_datetime(["2024-01-10", "2024-01-20", "2024-01-20"]),
            "amount": 1.0,
            "category": "sports",
        }
    )
    fired = actions_of(after, after, rules, as_of=DAY, since="2024-01-15", orders=orders)
    assert fired["evidence"].tolist() == ["bought category sports 2 times in 30 days"]
    assert actions_of(after, after, rules, as_of=DAY, since="2024-01-25", orders=orders).empty
    first = actions_of(None, after, rules, as_of=DAY, orders=orders)
    assert first["customer_id"].tolist() == [0]
    with pytest.raises(ValueError, match="the rule 'profit' about what was bought needs the day"):
        fire_triggers(after, after, rules, as_of=DAY, orders=orders)
    with pytest.raises(ValueError, match="needs the order table"):
        fire_triggers(after, after, rules, as_of=DAY, since=DAY)


def test_real_customers_reach_segments_once() -> None:
    orders = prepare_orders(load_cdnow("sample"))
    tables = [customer_table(orders, day) for day in ("1997-09-30", "1998-03-31")]
    segmenter = RFMSegmenter().fit(tables[0])
    before, after = (segmenter.add_to(table) for table in tables)
    rules = pd.DataFrame(
        {
            "rule": ["risk", "loyal"],
            "when": ["segment becomes At risk and total_amount >= 50", "segment = Loyal"],
            "then": ["win_back", "reward"],
        }
    )
    fired = fire_triggers(before, after, rules, "1998-03-31")
    both = before["segment"].reindex(after.index)
    expected = (after["segment"] == "At risk") & (both != "At risk") & (after["total_amount"] >= 50)
    loyal = (after["segment"] == "Loyal") & (both != "Loyal")
    assert fired.ledger["crossed"].tolist() == [expected.sum(), loyal.sum()]
    assert fire_triggers(after, after, rules, "1998-03-31").crossed == 0

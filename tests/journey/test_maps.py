"""The map of a journey, against loops, and planted scores."""

import numpy as np
import pandas as pd
import pytest

from cemkit.data import simulate_events, simulate_responses
from cemkit.errors import DataError, MissingColumnsError
from cemkit.feedback import nps
from cemkit.journey import fix_list, journey_map, journey_stages

AS_OF = "2024-02-29"


def shop(customers: int = 300, seed: int = 0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    rows = customers * 6
    hours = rng.integers(0, 24 * 55, rows)
    return pd.DataFrame(
        {
            "customer_id": rng.integers(0, customers, rows),
            "event": rng.choice(["广告", "visit", "cart", "order", "delivery", "quiz"], rows),
            "event_time": pd.Timestamp("2024-01-01") + pd.to_timedelta(hours, unit="h"),
        }
    )


def answers(worst: str = "delivery", gap: int = 4, seed: int = 1) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    touchpoint = rng.choice(["visit", "cart", "Delivery ", "客服"], 1200)
    score = rng.integers(6, 11, 1200)
    low = np.char.strip(np.char.lower(touchpoint.astype(str))) == worst
    return pd.DataFrame(
        {
            "customer_id": rng.integers(0, 300, 1200),
            "touchpoint": touchpoint,
            "score": np.where(low, np.maximum(score - gap, 0), score),
        }
    )


def test_reach_and_conversion_are_those_of_a_loop() -> None:
    events = shop()
    found = journey_map(events, as_of=AS_OF, target="order", window_days=7)
    table = found.table.set_index("touchpoint")
    customers = events["customer_id"].nunique()
    end = pd.Timestamp(AS_OF) + pd.Timedelta(days=1)
    for name in ("visit", "cart", "广告"):
        followed = converted = had = 0
        for _, own in events.groupby("customer_id"):
            mine = own.loc[own["event"] == name, "event_time"]
            if mine.empty:
                continue
            had += 1
            until = mine.min() + pd.Timedelta(days=7)
            orders = own.loc[own["event"] == "order", "event_time"]
            if until < end:
                followed += 1
                converted += bool(orders.between(mine.min(), until).any())
        row = table.loc[name]
        assert (row["customers"], row["followed"]) == (had, followed)
        assert row["reach"] == pytest.approx(had / customers)
        assert row["conversion"] == pytest.approx(converted / followed)
        assert row["conversion_lower"] < row["conversion"] < row["conversion_upper"]
    assert np.isnan(table.loc["order", "conversion"])


def test_stages_stand_in_their_order_and_what_is_unmapped_is_counted() -> None:
    found = journey_map(shop(), as_of=AS_OF, target="order")
    stages = found.table["journey_stage"].tolist()
    assert list(dict.fromkeys(stages)) == [
        *("awareness", "consideration", "purchase", "after_sales", "other"),
    ]
    assert found.unmapped == 1
    own = pd.concat(
        [journey_stages(), pd.DataFrame({"event": ["quiz"], "journey_stage": ["consideration"]})]
    )
    assert journey_map(shop(), as_of=AS_OF, target="order", stages=own).unmapped == 0


def test_the_worst_touchpoint_is_named_only_where_it_is_detected() -> None:
    found = journey_map(shop(), answers(), as_of=AS_OF, target="order")
    assert found.worst == "delivery"
    assert (found.unmatched, found.measure) == (1, "nps")
    table = found.table.set_index("touchpoint")
    assert table.loc["delivery", "gap_upper"] < 0
    assert table.loc["客服", "reach"] == 0
    scores = nps(answers(), by="touchpoint").table.set_index("touchpoint")
    assert table.loc["visit", "score"] == scores.loc["visit", "value"]
    assert table["worst"].sum() == 1
    flat = journey_map(shop(), answers(gap=0), as_of=AS_OF, target="order")
    assert flat.worst is None
    assert not flat.table["worst"].any()


@pytest.mark.exhaustive
def test_no_worst_where_all_are_alike() -> None:
    events = shop(40)
    named = [
        journey_map(events, answers(gap=0, seed=seed), as_of=AS_OF, target="order").worst
        for seed in range(100)
    ]
    assert sum(name is not None for name in named) <= 9  # .05, with two standard errors


def test_row_order_does_not_matter() -> None:
    one = journey_map(shop(), answers(), as_of=AS_OF, target="order")
    other = journey_map(shop()[::-1], answers()[::-1], as_of=AS_OF, target="order")
    pd.testing.assert_frame_equal(one.table, other.table)


def test_wrong_questions_are_refused() -> None:
    with pytest.raises(DataError, match=r"event never is 'ordr' \(did you mean 'order'\?\)"):
        journey_map(shop(), as_of=AS_OF, target="ordr")
    with pytest.raises(DataError, match="journey_stage of 'ad' is 'awarness'"):
        journey_map(
            shop(),
            as_of=AS_OF,
            target="order",
            stages=pd.DataFrame({"event": ["ad"], "journey_stage": ["awarness"]}),
        )
    twice = pd.DataFrame({"event": ["ad", "AD"], "journey_stage": ["awareness"] * 2})
    with pytest.raises(DataError, match="stages names the event 'AD' twice"):
        journey_map(shop(), as_of=AS_OF, target="order", stages=twice)
    with pytest.raises(MissingColumnsError, match="touchpoint"):
        journey_map(shop(), answers().drop(columns="touchpoint"), as_of=AS_OF, target="order")
    with pytest.raises(ValueError, match="window_days must be above 0"):
        journey_map(shop(), as_of=AS_OF, target="order", window_days=0)


def test_stages_by_their_chinese_names_and_events_that_are_numbers() -> None:
    events = pd.DataFrame(
        {
            "customer_id": [1, 1, 2],
            "event": [7, 8, 7],
            "event_time": pd.to_datetime(["2024-03-01", "2024-03-03", "2024-03-01"]),
        }
    )
    stages = pd.DataFrame({"event": [7, 8], "journey_stage": ["认知", "售后"]})
    found = journey_map(events, as_of="2024-05-31", target=8, stages=stages)
    assert found.table["journey_stage"].tolist() == ["awareness", "after_sales"]
    assert found.table["touchpoint"].tolist() == [7, 8]


def test_each_group_has_the_map_of_its_own_customers() -> None:
    events = simulate_events(600, random_state=2).table
    people = pd.DataFrame(
        {"customer_id": range(1, 601), "segment": np.where(np.arange(600) % 3, "新客", "老客")}
    )
    answers = simulate_responses(600, touchpoints=["visit", "cart", "delivery"]).table
    options = {"as_of": "2023-05-31", "target": "order", "window_days": 14}
    found = journey_map(events, answers, by="segment", people=people, **options)
    assert (found.by, found.customers) == (("segment",), 600)
    split = people.set_index("customer_id")["segment"]
    for segment, part in found.table.groupby("segment"):
        own, said = (
            table[table["customer_id"].map(split) == segment] for table in (events, answers)
        )
        alone = journey_map(own, said, **options).table
        columns = ["touchpoint", "customers", "reach", "conversion", "conversion_lower", "score"]
        pd.testing.assert_frame_equal(
            part[columns].reset_index(drop=True), alone[columns], check_dtype=False
        )
        # All gaps of all groups keep the level together.
        wide = part["gap_upper"] - part["gap_lower"]
        assert (wide.reset_index(drop=True) >= alone["gap_upper"] - alone["gap_lower"])[
            alone["gap"].notna()
        ].all()
    strangers = answers.assign(customer_id=answers["customer_id"] + 300)
    with_strangers = journey_map(events, strangers, by="segment", people=people, **options)
    assert with_strangers.ungrouped == int((strangers["customer_id"] > 600).sum())
    by_channel = journey_map(events, by="channel", **options)
    first = events.sort_values(["event_time", "channel"]).drop_duplicates("customer_id")
    counts = first["channel"].value_counts()
    visits = by_channel.table[by_channel.table["touchpoint"] == "visit"]
    assert visits.set_index("channel")["customers"].to_dict() == counts.to_dict()
    with pytest.raises(ValueError, match="by names 'reach', a column of the result"):
        journey_map(events, by="reach", **options)
    with pytest.raises(DataError, match="the journey map is split into groups; give one"):
        fix_list(journey_map=found)

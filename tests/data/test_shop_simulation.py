"""simulate_shop: one shop whose tables agree, and whose truth is what they show."""

import numpy as np
import pandas as pd
import pytest

from cemkit.data import customer_table, simulate_responses, simulate_shop
from cemkit.data.events import scan_events
from cemkit.data.offers import read_offers

SHOP = simulate_shop(4000, random_state=1)


def test_all_tables_speak_of_the_same_customers_and_orders() -> None:
    people = set(SHOP.people["customer_id"])
    assert people == set(range(1, 4001))
    for table in (SHOP.orders, SHOP.events, SHOP.contacts, SHOP.responses):
        assert set(table["customer_id"]) <= people
    merged = SHOP.responses.merge(SHOP.orders, on="order_id", suffixes=("", "_of_order"))
    assert len(merged) == len(SHOP.responses)
    assert (merged["customer_id"] == merged["customer_id_of_order"]).all()
    assert (merged["response_date"] > merged["order_date"]).all()


def test_no_date_lies_after_the_last_day() -> None:
    end = pd.Timestamp(SHOP.as_of) + pd.Timedelta(days=1)
    dates = [
        SHOP.orders["order_date"],
        SHOP.events["event_time"],
        SHOP.contacts["contact_date"],
        SHOP.responses["response_date"],
    ]
    assert all((each < end).all() for each in dates)


def test_every_order_ends_a_journey_of_its_day_and_channel() -> None:
    events = SHOP.events[SHOP.events["event"] == "order"]
    keys = [
        sorted(zip(table["customer_id"], day.dt.normalize(), table["channel"], strict=True))
        for table, day in ((events, events["event_time"]), (SHOP.orders, SHOP.orders["order_date"]))
    ]
    assert keys[0] == keys[1]


def test_answers_have_the_questions_and_columns_of_the_design() -> None:
    assert list(SHOP.responses) == [
        *("customer_id", "response_date", "question", "score", "touchpoint", "comment"),
        *("order_id", "channel"),
    ]
    ranges = SHOP.responses.groupby("question")["score"].agg(["min", "max"])
    assert ranges.loc["nps"].between(0, 10).all()
    assert ranges.loc["csat"].tolist() == [1, 5]
    assert ranges.loc["ces"].between(1, 7).all()
    nps = SHOP.responses["question"] == "nps"
    assert SHOP.responses.loc[nps, "touchpoint"].isna().all()
    assert SHOP.responses.loc[~nps, "touchpoint"].notna().all()
    assert simulate_responses(10).table["question"].eq("nps").all()


def test_scores_of_segments_are_near_the_truth() -> None:
    nps = SHOP.responses[SHOP.responses["question"] == "nps"]
    nps = nps.merge(SHOP.people[["customer_id", "segment"]], on="customer_id")
    value = (nps["score"] >= 9).astype(int) - (nps["score"] <= 6).astype(int)
    for segment, score in SHOP.truth["net_promoter_scores"].items():
        mine = value[nps["segment"] == segment]
        assert mine.mean() == pytest.approx(score, abs=4 * mine.std() / np.sqrt(len(mine)))
    assert SHOP.truth["net_promoter_score"] == pytest.approx(0.6 * 0.05 + 0.4 * 0.5)


def test_the_heaviest_touchpoint_correlates_most() -> None:
    wide = SHOP.responses.assign(
        what=SHOP.responses["touchpoint"].fillna("nps"),
    )
    wide = wide[wide["question"] != "ces"].pivot_table(
        index="order_id", columns="what", values="score"
    )
    correlation = wide.corr()["nps"].drop("nps")
    assert list(correlation.sort_values(ascending=False).index) == list(SHOP.truth["weights"])


def test_other_rooms_read_its_tables() -> None:
    customers = customer_table(
        SHOP.orders, SHOP.as_of, people=SHOP.people, events=SHOP.events, include="events"
    )
    assert customers["order_event_count"].sum() == len(SHOP.orders)
    assert len(read_offers(SHOP.offers, [])) == 3
    assert scan_events(SHOP.events) is not None


def test_a_seed_gives_the_same_shop_and_touchpoints_may_be_chinese() -> None:
    first, again = (simulate_shop(100, touchpoints=["配送", "客服"], random_state=2) for _ in "ab")
    for name in ("orders", "people", "events", "contacts", "responses", "offers"):
        pd.testing.assert_frame_equal(getattr(first, name), getattr(again, name))
    assert set(first.responses["touchpoint"].dropna()) == {"配送", "客服"}
    assert first.sentence() == (
        f"A shop of 100 customers up to 2023-12-31: {len(first.orders):,} orders, "
        f"{len(first.events):,} events, {len(first.contacts):,} contacts and "
        f"{len(first.responses):,} answers."
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"n_customers": 0}, "n_customers must be at least 1"),
        ({"n_customers": 5, "n_days": 10}, "n_days must be at least 30"),
        ({"n_customers": 5, "touchpoints": []}, "a list of 1 to 15 names"),
        ({"n_customers": 5, "touchpoints": ["a", "a"]}, "different names"),
    ],
)
def test_arguments_that_are_none_are_refused(arguments, message) -> None:
    with pytest.raises(ValueError, match=message):
        simulate_shop(**arguments)

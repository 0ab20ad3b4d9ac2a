"""Contacts, events and complaints against loops over customers and against cemkit.feedback."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from cemkit.errors import DataError, MissingColumnsError
from cemkit.feedback import response_rates
from cemkit.indicators import Scorecard, scorecard

AS_OF, DAYS = "2024-06-10", 7
RNG = np.random.default_rng(3)


def dates(n: int) -> pd.Series:
    return pd.Series(
        pd.Timestamp("2024-01-01") + pd.to_timedelta(RNG.integers(0, 170, n), unit="D")
    )


ORDERS = pd.DataFrame(
    {"customer_id": RNG.integers(0, 60, 500), "order_date": dates(500), "amount": 10.0}
).assign(channel=RNG.choice(["web", "shop"], 500))
EVENTS = pd.DataFrame(
    {
        "customer_id": RNG.integers(0, 90, 400),
        "event": RNG.choice(["impression", "click", "view"], 400, p=[0.5, 0.2, 0.3]),
        "event_time": dates(400) + pd.Timedelta(hours=5),
        "channel": RNG.choice(["web", "shop"], 400),
    }
)
CONTACTS = pd.DataFrame({"customer_id": RNG.integers(0, 90, 200), "contact_date": dates(200)})
COMPLAINTS = pd.DataFrame({"customer_id": RNG.integers(0, 60, 150), "opened_at": dates(150)})
COMPLAINTS["answered_at"] = COMPLAINTS["opened_at"] + pd.to_timedelta(
    RNG.integers(0, 6, 150), unit="D"
)
COMPLAINTS.loc[::9, "answered_at"] = pd.NaT


def card(**tables: Any) -> Scorecard:
    options: dict[str, Any] = {"window_days": 45, "response_days": DAYS, "answer_days": 3}
    return scorecard(ORDERS, AS_OF, **options | tables)


def month(days: pd.Series) -> pd.Series:
    return days.dt.to_period("M")


def whole(table: pd.DataFrame, name: str) -> pd.DataFrame:
    """Return numerator and denominator of an indicator by month."""
    rows = table[table["indicator"] == name]
    return rows.set_index("period")[["numerator", "denominator"]].astype(int)


def test_conversion_is_that_of_a_loop() -> None:
    found = whole(card(events=EVENTS).table, "conversion_rate")
    first = EVENTS.assign(period=month(EVENTS["event_time"])).groupby(["period", "customer_id"])
    exposed = first["event_time"].min().dt.normalize().reset_index()
    bought = [
        ORDERS[
            (ORDERS["customer_id"] == who)
            & (ORDERS["order_date"] >= day)
            & (ORDERS["order_date"] <= day + pd.Timedelta(days=DAYS))
            & (ORDERS["order_date"] <= AS_OF)
        ].shape[0]
        > 0
        for who, day in zip(exposed["customer_id"], exposed["event_time"], strict=True)
    ]
    expected = exposed.assign(did=bought).groupby("period")["did"].agg(["sum", "size"])
    assert found.index.astype(str).tolist() == [
        "2024-01",
        "2024-02",
        "2024-03",
        "2024-04",
        "2024-05",
    ]
    np.testing.assert_array_equal(found, expected.loc[found.index])


def test_an_exposure_near_the_end_waits_for_its_window() -> None:
    waiting = card(events=EVENTS, response_days=30)
    assert whole(waiting.table, "conversion_rate").index[-1] == pd.Period("2024-04")
    line = waiting.left_out.set_index("table").loc["conversion_rate"]
    assert line["count"] == 1


def test_clicks_are_counted_by_channel() -> None:
    rows = card(events=EVENTS, by="channel").table
    found = rows[rows["indicator"] == "click_through_rate"]
    past = EVENTS[EVENTS["event_time"] < "2024-06-01"]
    for (channel, period), part in past.groupby(["channel", month(past["event_time"])]):
        row = found[(found["channel"] == channel) & (found["period"] == period)].iloc[0]
        assert row["numerator"] == (part["event"] == "click").sum()
        assert row["denominator"] == (part["event"] == "impression").sum()


def test_responses_are_those_of_feedback() -> None:
    answers = CONTACTS.sample(60, random_state=1)
    responses = pd.DataFrame(
        {
            "customer_id": answers["customer_id"],
            "response_date": answers["contact_date"] + pd.Timedelta(days=2),
            "question": "nps",
            "score": 9,
        }
    )
    tables = {"contacts": CONTACTS, "responses": responses, "indicators": ["response_rate"]}
    found = whole(card(**tables, response_days=10).table, "response_rate")
    expected = response_rates(responses, CONTACTS, period="month").set_index("period")
    assert found["denominator"].tolist() == expected["contacted"].loc[found.index].tolist()
    assert found["numerator"].tolist() == expected["answered"].loc[found.index].tolist()


def test_complaints_are_counted_per_active_customer_and_answered_in_time() -> None:
    made = card(complaints=COMPLAINTS)
    table = made.table
    past = COMPLAINTS[COMPLAINTS["opened_at"] <= AS_OF]
    rate, active = whole(table, "complaint_rate"), whole(table, "active_customers")
    assert rate["denominator"].tolist() == active["numerator"].tolist()
    lost = 0
    for period, row in rate.iterrows():
        opened = past[month(past["opened_at"]) == period]
        end = period.end_time.normalize()
        bought = ORDERS[ORDERS["order_date"] <= end].groupby("customer_id")["order_date"].max()
        awake = bought.index[(end - bought).dt.days < 45]
        assert (
            row["numerator"] == opened["customer_id"][opened["customer_id"].isin(awake)].nunique()
        )
        lost += opened["customer_id"][~opened["customer_id"].isin(awake)].nunique()
    left_out = made.left_out[made.left_out["table"] == "complaints"].set_index("reason")["count"]
    assert left_out["of customers not active then"] == lost > 0
    assert left_out["unfinished period"] == (month(past["opened_at"]) == "2024-06").sum()
    answered = whole(table, "answered_in_time")
    took = (past["answered_at"] - past["opened_at"]).dt.days <= 3
    by_month = took.groupby(month(past["opened_at"])).agg(["sum", "size"])
    np.testing.assert_array_equal(answered, by_month.loc[answered.index])


def test_what_is_wrong_is_named() -> None:
    early = COMPLAINTS.assign(answered_at=COMPLAINTS["opened_at"] - pd.Timedelta(days=1))
    with pytest.raises(DataError, match="150 rows answered before|rows answered before they were"):
        card(complaints=early)
    with pytest.raises(MissingColumnsError, match="event_time"):
        card(events=EVENTS.drop(columns="event_time"))
    zoned = EVENTS.assign(event_time=EVENTS["event_time"].dt.tz_localize("UTC"))
    with pytest.raises(DataError, match=r"event_time of events must hold local dates.*tz_convert"):
        card(events=zoned)
    with pytest.raises(DataError, match="customer_id holds text in complaints and numbers"):
        card(complaints=COMPLAINTS.assign(customer_id="a" + COMPLAINTS["customer_id"].astype(str)))


def test_rows_without_customer_or_date_are_counted() -> None:
    holes = EVENTS.astype({"customer_id": "Int64"})
    holes.loc[:4, "customer_id"] = pd.NA
    holes.loc[10:12, "event_time"] = pd.NaT
    left_out = card(events=holes).left_out.set_index(["table", "reason"])["count"]
    assert left_out["events", "no customer or no date"] == 8


def test_a_table_that_lacks_the_column_of_by_says_so() -> None:
    made = card(contacts=CONTACTS, complaints=COMPLAINTS, by="channel")
    needs = made.not_measured.set_index("indicator")["needs"]
    assert needs["complaint_rate"] == "a column channel in complaints, to be split by it"
    assert "complaint_rate" not in set(made.table["indicator"])


@pytest.mark.parametrize("name", ["contacts", "responses"])
@pytest.mark.parametrize("typed", [True, False])
def test_a_table_without_rows_answers_nothing(name: str, typed: bool) -> None:
    days = CONTACTS.rename(columns={"contact_date": "response_date"})
    tables = {"contacts": CONTACTS, "responses": days.assign(question="nps", score=9)}
    columns = tables[name].columns
    tables[name] = tables[name].iloc[:0] if typed else pd.DataFrame(columns=columns)
    if name == "responses":
        with pytest.raises(DataError, match="need at least 1 row in responses"):
            card(**tables)
        return
    rates = whole(card(**tables).table, "response_rate")
    assert (rates["denominator"] == 0).all()


def test_an_answer_to_a_contact_of_the_open_period_is_not_counted_earlier() -> None:
    contacts = pd.DataFrame(
        {"customer_id": 1, "contact_date": pd.to_datetime(["2024-05-30", "2024-06-02"])}
    )
    answers = pd.DataFrame(
        {"customer_id": [1], "response_date": ["2024-06-04"], "question": "nps", "score": 9}
    )
    before = card(contacts=contacts[:1], responses=answers.assign(response_date="2024-05-31"))
    assert before.wide("response_rate").iloc[-1, 0] == 1.0
    # The answer came after the second contact, so the first one has none.
    tables = {"contacts": contacts, "responses": answers}
    late = pd.concat([answers, answers.assign(customer_id=2, response_date="2024-03-04")])
    assert card(**tables | {"responses": late}).wide("response_rate").iloc[-1, 0] == 0.0


def test_ids_of_events_are_those_of_orders() -> None:
    events = EVENTS.assign(customer_id=EVENTS["customer_id"].astype(str))
    with pytest.raises(DataError, match="holds text in events and numbers in orders"):
        card(events=events)

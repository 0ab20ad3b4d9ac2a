"""Events: by hand and by plain pandas, on every engine, and nothing after as_of."""

from typing import Any

import duckdb
import pandas as pd
import polars as pl
import pytest

from cemkit import customer_table, simulate_orders
from cemkit.data import simulate_events
from cemkit.data.engines import collect
from cemkit.data.events import event_features, scan_events
from cemkit.errors import DataError, MissingColumnsError

AS_OF = pd.Timestamp("2023-02-28")


@pytest.fixture(scope="module")
def events() -> pd.DataFrame:
    return simulate_events(300, start_date="2023-01-01", n_days=90, random_state=1).table


def test_by_hand() -> None:
    events = pd.DataFrame(
        {
            "customer_id": ["ann", "ann", "ann", "ann", "bob"],
            "event": ["visit", "search", "visit", "visit", "order"],
            "event_time": pd.DatetimeIndex(
                [
                    "2023-01-01 09:00",
                    "2023-01-01 09:05",
                    "2023-02-28 23:59",
                    "2023-03-01 00:00",
                    "2023-02-01 00:00",
                ]
            ),
        }
    )
    found = event_features(events, pd.Index(["ann", "bob", "cid"]), AS_OF)
    assert found["event_count"].tolist() == [3, 1, 0]
    assert found["event_days"].tolist() == [2, 1, 0]
    assert found["visit_event_count"].tolist() == [2, 0, 0]
    assert found["search_event_count"].tolist() == [1, 0, 0]
    assert found["order_event_count"].tolist() == [0, 1, 0]
    assert found.loc["ann", "last_event_date"] == pd.Timestamp("2023-02-28")
    assert found.loc["ann", "last_search_event_date"] == pd.Timestamp("2023-01-01")
    assert found.loc["cid", ["last_event_date", "last_visit_event_date"]].isna().all()


@pytest.mark.filterwarnings("ignore:Dask:FutureWarning")
def test_every_engine_counts_as_plain_pandas_does(engine: Any, events: pd.DataFrame) -> None:
    orders = simulate_orders(250, start_date="2023-01-01", n_days=100).table
    table = customer_table(orders, AS_OF, include="events", events=engine(events))
    past = events[events["event_time"].dt.normalize() <= AS_OF]
    days = past.assign(day=past["event_time"].dt.normalize())
    by_customer = days.groupby("customer_id")
    counts = by_customer.size().reindex(table.index, fill_value=0)
    assert table["event_count"].tolist() == counts.tolist()
    distinct = by_customer["day"].nunique().reindex(table.index, fill_value=0)
    assert table["event_days"].tolist() == distinct.tolist()
    last = by_customer["day"].max().reindex(table.index)
    pd.testing.assert_series_equal(table["last_event_date"], last, check_names=False)
    for kind, rows in days.groupby("event"):
        mine = rows.groupby("customer_id")
        counts = mine.size().reindex(table.index, fill_value=0)
        assert table[f"{kind}_event_count"].tolist() == counts.tolist()
        last = mine["day"].max().reindex(table.index)
        pd.testing.assert_series_equal(table[f"last_{kind}_event_date"], last, check_names=False)


def test_people_who_never_ordered_have_events(events: pd.DataFrame) -> None:
    orders = simulate_orders(100, start_date="2023-01-01", n_days=100).table
    people = pd.DataFrame({"customer_id": range(1, 301)})
    table = customer_table(orders, AS_OF, people=people, include="all", events=events)
    assert len(table) == 300
    assert (table.loc[table["order_count"] == 0, "event_count"] > 0).any()
    assert table["event_count"].sum() == (events["event_time"].dt.normalize() <= AS_OF).sum()


def test_what_cannot_be_read_is_refused(events: pd.DataFrame) -> None:
    customers = pd.RangeIndex(1, 301, name="customer_id")
    assert len(collect(scan_events(events))) == len(events)
    with pytest.raises(MissingColumnsError, match=r"'event_time'.*an event table has customer_id"):
        scan_events(events.drop(columns="event_time"))
    zoned = events.assign(event_time=events["event_time"].dt.tz_localize("UTC"))
    with pytest.raises(DataError, match="event_time must hold local dates and times"):
        scan_events(zoned)
    day_first = events.assign(event_time=events["event_time"].dt.strftime("%d/%m/%Y"))
    with pytest.raises(DataError, match=r"'\d\d/\d\d/2023', which is not an ISO date.*to_datetime"):
        scan_events(day_first)
    with pytest.raises(DataError, match="event_time must hold local dates, not int64"):
        scan_events(events.assign(event_time=20240331))
    text = events.assign(event_time=events["event_time"].astype(str))
    with pytest.raises(DataError, match="without a time zone, not String; convert the column"):
        scan_events(duckdb.connect().from_df(text))
    with pytest.raises(DataError, match="event is missing in 1 of"):
        event_features(
            events.assign(event=events["event"].mask(events.index == 2)), customers, AS_OF
        )
    with pytest.raises(DataError, match=r"event has \d+ different values, such as .*group them"):
        event_features(events.assign(event=events.index.astype(str)), customers, AS_OF)
    with pytest.raises(DataError, match="none of the .* ids in events is in orders"):
        event_features(events, customers + 10**6, AS_OF)
    with pytest.raises(DataError, match="customer_id holds numbers in events and text in orders"):
        event_features(events, customers.astype(str), AS_OF)
    late = events.assign(event_time=events["event_time"] + pd.Timedelta(days=900))
    assert (event_features(late, customers, AS_OF)["event_count"] == 0).all()


@pytest.mark.parametrize(
    "table", [lambda t: t, pl.from_pandas, lambda t: pl.from_pandas(t).to_arrow()]
)
def test_iso_text_is_read_where_the_rows_are_in_memory(events: pd.DataFrame, table: Any) -> None:
    # Text of engines stays refused: they read it differently.
    text = events.assign(event_time=events["event_time"].astype(str).astype(object))
    text.loc[3, "event_time"] = None
    read = collect(scan_events(table(text))).sort_values(["customer_id", "event", "event_time"])
    plain = events.assign(event_time=events["event_time"].mask(events.index == 3))
    plain = plain.sort_values(["customer_id", "event", "event_time"])
    assert read["event_time"].tolist() == plain["event_time"].tolist()


def test_a_kind_whose_name_begins_like_a_date_is_counted_in_whole_numbers() -> None:
    events = pd.DataFrame(
        {"customer_id": ["ann"], "event": ["last_call"], "event_time": [AS_OF]},
    )
    found = event_features(events, pd.Index(["ann", "bob"]), AS_OF)
    assert found["last_call_event_count"].tolist() == [1, 0]
    assert found["last_call_event_count"].dtype == "int64"
    assert found["last_last_call_event_date"].tolist() == [AS_OF, pd.NaT]


def test_kinds_of_one_name_are_one_kind() -> None:
    days = AS_OF - pd.to_timedelta([2, 1, 0], unit="D")
    events = pd.DataFrame(
        {
            "customer_id": ["ann", "ann", "bob"],
            "event": pd.Series([1, "1", 1], dtype=object),
            "event_time": days,
        }
    )
    found = event_features(events, pd.Index(["ann", "bob"]), AS_OF)
    assert found["1_event_count"].tolist() == [2, 1]
    assert found["last_1_event_date"].tolist() == [days[1], days[2]]

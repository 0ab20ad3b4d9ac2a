"""Funnels, against SQL, brute force on customers, and the truth of a simulation."""

import dataclasses
import re
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cemkit.data import simulate_events
from cemkit.errors import CemkitWarning, DataError
from cemkit.journey import funnel, transitions
from cemkit.proportions import proportion_interval, proportion_test

ENGINES = [pd.DataFrame, pl.DataFrame, lambda table: pl.DataFrame(table).lazy(), duckdb.from_df]
STEPS = ["visit", "view", "cart", "order"]
# The counts of "visit" within the window, then of each step by any start in it.
SQL = """
with s1 as (
  select customer_id, event_time t1 from e
  where event = 'visit' and event_time < timestamp '2024-02-01' - interval 7 day
), s2 as (
  select customer_id, t1, min(event_time) t2 from s1 join e using (customer_id)
  where event = 'view' and event_time between t1 and t1 + interval 7 day group by 1, 2
), s3 as (
  select customer_id, t1, min(event_time) t3 from s2 join e using (customer_id)
  where event = 'cart' and event_time between t2 and t1 + interval 7 day group by 1, 2
), s4 as (
  select customer_id, t1, min(event_time) t4 from s3 join e using (customer_id)
  where event = 'order' and event_time between t3 and t1 + interval 7 day group by 1, 2
)
select (select count(distinct customer_id) from s1), (select count(distinct customer_id) from s2),
       (select count(distinct customer_id) from s3), (select count(distinct customer_id) from s4)
"""
FINES = """
with f as (
  select distinct case_id c, timestamp t from d where activity = 'Send Fine'
), n as (
  select c, min(timestamp) t from f join d on case_id = c
  where activity = 'Insert Fine Notification' and timestamp >= f.t group by 1
), p as (
  select distinct c from n join d on case_id = c where activity = 'Payment' and timestamp >= n.t
)
select (select count(distinct c) from f), (select count(*) from n), (select count(*) from p)
"""


def random_events(rows: int, seed: int = 0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "customer_id": rng.integers(1, rows // 8, rows),
            "event": rng.choice([*STEPS, "other"], rows, p=[0.4, 0.25, 0.2, 0.1, 0.05]),
            "event_time": pd.Timestamp("2024-01-01")
            + pd.to_timedelta(rng.integers(0, 24 * 31, rows), unit="h"),
            "channel": rng.choice(["web", "app", "微信小程序"], rows),
        }
    )


def test_counts_are_those_of_sql_with_ties() -> None:
    e = random_events(6000)
    expected = duckdb.connect().from_df(e).query("e", SQL).fetchall()[0]
    found = funnel(e, STEPS, as_of="2024-01-31", window_days=7)
    assert found.table["customers"].tolist() == list(expected)
    assert found.ties > 0


def test_rates_are_those_of_the_simulation() -> None:
    events = simulate_events(20_000, step_rates=(0.6, 0.3, 0.4), random_state=5).table
    found = funnel(events, STEPS, as_of="2023-05-31", window_days=7)
    assert found.table["rate"].tolist()[1:] == pytest.approx([0.6, 0.3, 0.4], abs=0.02)
    assert (found.customers, found.open) == (20_000, 0)
    assert found.largest_loss()["step"] == "cart"


def test_bounds_are_wilsons_and_sums_fit() -> None:
    found = funnel(random_events(3000), STEPS, as_of="2024-01-31")
    for row in found.table.iloc[1:].itertuples():
        one = proportion_interval(row.customers, row.previous)
        assert (row.rate_lower, row.rate_upper) == pytest.approx((one.rate_lower, one.rate_upper))
        assert row.dropped == row.previous - row.customers
    lost = [len(found.lost_at(step)) for step in STEPS[1:]]
    assert lost == found.table["dropped"].tolist()[1:]


def test_a_group_is_that_of_the_first_start() -> None:
    events = pd.DataFrame(
        {
            "customer_id": [1, 1, 1, 2, 3],
            "event": ["visit", "visit", "order", "visit", "order"],
            "event_time": pd.to_datetime(
                ["2024-01-01", "2024-01-05", "2024-01-06", "2024-01-02", "2024-01-01"]
            ),
            "channel": ["ad", "mail", "shop", "mail", "shop"],
        }
    )
    found = funnel(events, ["visit", "order"], as_of="2024-03-31", by="channel", window_days=7)
    counts = found.table.pivot(index="channel", columns="step", values="customers")
    assert counts.loc["ad"].to_dict() == {"order": 1, "visit": 1}
    assert counts.loc["mail"].to_dict() == {"order": 0, "visit": 1}
    assert found.in_several_groups == 1
    assert found.reached["next_step"].isna().tolist() == [True, False]
    assert found.lost_at("order").index.tolist() == [2]


def test_equal_channels_look_equal() -> None:
    # Were the group taken from the furthest event, the channel of orders would look like 100 %.
    events = simulate_events(6000, random_state=2).table
    found = funnel(events, ["visit", "order"], as_of="2023-05-31", by="channel")
    assert funnel(events, ["visit", "order"], as_of="2023-05-31").customers == found.customers
    assert found.compare().detected == 0


def test_comparisons_are_those_of_a_proportion_test() -> None:
    found = funnel(random_events(4000), STEPS, as_of="2024-01-31", by="channel", window_days=3)
    table = found.compare(control="web", correction="none").table
    counts = found.table.set_index(["channel", "step"])
    for row in table.itertuples():
        cells = [counts.loc[(group, row.step)] for group in (row.control, row.group)]
        test = proportion_test(
            [cell["customers"] for cell in cells], [cell["previous"] for cell in cells]
        )
        assert row.difference == pytest.approx(test.difference)
        assert row.p_value == pytest.approx(test.p_value)
        assert (row.lower, row.upper) == pytest.approx(
            (test.difference_lower, test.difference_upper)
        )
    holm = found.compare().table
    assert len(holm) == 3 * 3
    assert (holm["p_value_adjusted"] >= holm["p_value"]).all()


def test_periods_are_compared_each_with_the_one_before() -> None:
    events = random_events(4000)
    found = funnel(events, ["visit", "view"], as_of="2024-01-31", period="week", window_days=1)
    table = found.compare().table
    periods = found.table["period"].unique()
    assert table["control"].tolist() == list(periods[:-1])
    assert table["group"].tolist() == list(periods[1:])


def test_any_order_counts_who_did_the_first_steps() -> None:
    events = random_events(2000)
    found = funnel(events, STEPS, as_of="2024-01-31", order="any", by="channel")
    kinds = events.groupby("customer_id")["event"].agg(set)
    expected = [int(kinds.map(lambda own, k=k: set(STEPS[:k]) <= own).sum()) for k in range(1, 5)]
    assert found.table.groupby("number")["customers"].sum().tolist() == expected
    with pytest.raises(ValueError, match="order='any' has no start at which a window could begin"):
        funnel(events, STEPS, as_of="2024-01-31", order="any", window_days=7)


@given(seed=st.integers(0, 10_000), window=st.sampled_from([None, 1 / 24, 2.0]))
@settings(max_examples=25, deadline=None)
def test_row_order_steps_and_starts(seed: int, window: float | None) -> None:
    events = random_events(300, seed)
    one = funnel(events, STEPS, as_of="2024-01-31", window_days=window, by=["channel"])
    other = funnel(
        events.sample(frac=1, random_state=seed),
        STEPS,
        as_of="2024-01-31",
        window_days=window,
        by=["channel"],
    )
    pd.testing.assert_frame_equal(one.table, other.table)
    pd.testing.assert_frame_equal(one.reached, other.reached)
    assert (one.table["dropped"] >= 0).all()
    first = funnel(events, STEPS, as_of="2024-01-31", window_days=window, start="first")
    every = one.table.groupby("number")["customers"].sum()
    if window is None:
        assert (first.table["customers"].to_numpy() == every.to_numpy()).all()
    assert first.customers <= one.customers


def test_groups_from_a_table_of_people() -> None:
    events = random_events(500)
    people = pd.DataFrame({"customer_id": sorted(events["customer_id"].unique())})
    people["segment"] = np.where(people["customer_id"] % 2, "重要价值客户", "Lost")
    found = funnel(events, ["visit", "view"], as_of="2024-01-31", by="segment", people=people)
    assert found.table["segment"].unique().tolist() == ["Lost", "重要价值客户"]
    with pytest.raises(DataError, match="customer_id"):
        funnel(
            events,
            ["visit", "view"],
            as_of="2024-01-31",
            by="segment",
            people=pd.concat([people, people]),
        )
    with pytest.raises(DataError, match="segment is missing for"):
        funnel(events, ["visit", "view"], as_of="2024-01-31", by="segment", people=people[:5])


def test_open_windows_are_left_out_counted_and_said() -> None:
    events = simulate_events(500, n_days=10).table
    with pytest.warns(CemkitWarning, match="customers started so late that their window is not"):
        found = funnel(events, STEPS, as_of="2023-01-10", window_days=7)
    assert found.open + found.customers == 500
    assert found.open > 250
    with pytest.raises(DataError, match="nobody has a 'visit' whose window is over by as_of"):
        funnel(events, STEPS, as_of="2023-01-10", window_days=30)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"steps": ["visit"]}, "steps must name at least two events"),
        ({"steps": ["visit", "View"]}, r"event never is 'View' \(did you mean 'view'\?\)"),
        ({"steps": ["visit", "Visit"]}, "differ in case"),
        ({"window_days": 0}, "window_days must be above 0"),
        ({"window_days": -3}, "window_days must be above 0"),
        ({"by": "chanel"}, "did you mean 'channel'"),
        ({"order": "loose"}, "order must be one of"),
        ({"start": "last"}, "start must be one of"),
        ({"period": "day"}, "period must be one of"),
        ({"confidence_level": 95}, "strictly between 0 and 1"),
    ],
)
def test_bad_options_are_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        funnel(random_events(500), **{"steps": STEPS, "as_of": "2024-01-31", **options})


def test_bad_questions_are_refused() -> None:
    found = funnel(random_events(500), STEPS, as_of="2024-01-31", by="channel")
    with pytest.raises(ValueError, match=r"step must be one of 'view', 'cart', 'order', not 'visi"):
        found.lost_at("visit")
    with pytest.raises(ValueError, match="control='Web' is not one of the groups"):
        found.compare(control="Web")
    with pytest.raises(DataError, match="only one group"):
        funnel(random_events(500), STEPS, as_of="2024-01-31").compare()


def test_the_log_of_traffic_fines_against_sql(reference_data: Path) -> None:
    d = pd.read_parquet(reference_data / "traffic_fines.parquet")
    events = d.set_axis(["customer_id", "event", "event_time"], axis=1)
    steps = ["Send Fine", "Insert Fine Notification", "Payment"]
    expected = duckdb.connect().from_df(d).query("d", FINES).fetchall()[0]
    found = funnel(events, steps, as_of="2013-12-31")
    assert found.table["customers"].tolist() == list(expected)


def test_many_ties_are_warned_of() -> None:
    events = random_events(2000)
    with pytest.warns(CemkitWarning, match=r"events of the steps are at the same time as another"):
        funnel(events.assign(event_time=events["event_time"].dt.normalize()), STEPS, "2024-01-31")


@pytest.mark.parametrize("engine", ENGINES)
def test_steps_and_groups_that_are_numbers(engine: Any) -> None:
    events = random_events(600)
    plain = funnel(events, STEPS, as_of="2024-01-31", window_days=20, by="channel")
    numbers = {step: number for number, step in enumerate(STEPS)}
    groups = {name: number for number, name in enumerate(plain.table["channel"].unique())}
    numbered = events[events["event"] != "other"].assign(
        event=lambda rows: rows["event"].map(numbers).astype(int),
        channel=lambda rows: rows["channel"].map(groups),
    )
    found = funnel(engine(numbered), [0, 1, 2, 3], as_of="2024-01-31", window_days=20, by="channel")
    assert found.table["customers"].tolist() == plain.table["customers"].tolist()
    assert found.table["channel"].tolist() == plain.table["channel"].map(groups).tolist()
    assert found.table["channel"].dtype == "int64"  # also where some have no start
    loss = found.largest_loss()
    assert f"before {loss['step']}: {loss['customers']:,} of" in found.sentence()
    assert "." not in str(loss["customers"])


def test_ids_in_the_index() -> None:
    events = random_events(500)
    expected = funnel(events, STEPS, as_of="2024-01-31")
    found = funnel(events.set_index("customer_id"), STEPS, as_of="2024-01-31")
    pd.testing.assert_frame_equal(found.table, expected.table)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"by": "step"}, "by names 'step', a column of the result"),
        ({"by": ["channel", "channel"]}, "by names 'channel' twice"),
        ({"steps": ["visit", "visit"], "order": "any"}, "needs each step only once"),
        ({"as_of": "2020-01-31"}, "nobody did 'visit' by as_of=2020-01-31; choose a later"),
    ],
)
def test_unclear_questions_are_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        funnel(random_events(500), **{"steps": STEPS, "as_of": "2024-01-31", **options})
    with pytest.raises(DataError, match="events has no rows"):
        funnel(random_events(500)[:0], STEPS, as_of="2024-01-31")


def test_a_sentence_names_groups_of_several_columns() -> None:
    events = random_events(500)
    found = funnel(events, ["visit", "view"], "2024-01-31", by="channel", period="week").compare()
    table = found.table.assign(detected=True)
    detected = dataclasses.replace(found, detected=len(table), table=table)
    assert re.search(r"is \S+ - 2024\S+ against \S+ - 2024", detected.sentence())
    assert re.search(r"\S+ - 2024\S+ 与 \S+ - 2024", detected.sentence("zh"))


def test_a_period_is_a_control_by_its_text() -> None:
    found = funnel(random_events(500), ["visit", "view"], "2024-01-31", period="week")
    first = found.table["period"].iloc[0]
    for control in (first, str(first)):
        assert (found.compare(control).table["control"] == first).all()


def test_where_nobody_is_left_no_one_is_lost() -> None:
    day = pd.Timestamp("2024-01-01")
    rows = [(1, "a", day), (2, "b", day), (3, "c", day)]
    events = pd.DataFrame(rows, columns=["customer_id", "event", "event_time"])
    found = funnel(events, ["a", "b", "c"], as_of="2024-01-31")
    assert "before b: 0 of 1 came there (0.0%" in found.sentence()


def test_a_sentence_names_no_loss_where_all_customers_came_to_every_step() -> None:
    events = pd.DataFrame(
        {
            "customer_id": [1, 1, 2, 2],
            "event": ["a", "b"] * 2,
            "event_time": pd.to_datetime(["2024-03-01", "2024-03-02"] * 2),
        }
    )
    found = funnel(events, ["a", "b"], "2024-03-31")
    assert found.sentence() == "All 2 customers who started came to every step."
    assert found.sentence("zh") == "2 位客户开始，全部到达每一步。"


@pytest.mark.parametrize("engine", [lambda t: t, duckdb.connect().from_df])
def test_names_near_a_step_and_events_without_time(engine: Any) -> None:
    events = pd.DataFrame(
        {
            "customer_id": [1, 1, 2, 3],
            "event": ["visit", "order", "visits", "order"],
            "event_time": pd.Timestamp("2024-01-01") + pd.to_timedelta(range(4), unit="h"),
        }
    )
    found = funnel(engine(events), ["visit", "order"], as_of="2024-01-31")
    assert found.unknown_events == ("visits",)
    spelt = events.assign(event=["visit", "order", "Visit ", "order"])
    for question in (
        lambda table: funnel(table, ["visit", "order"], as_of="2024-01-31"),
        lambda table: transitions(table, as_of="2024-01-31"),
    ):
        with pytest.raises(DataError, match="'Visit ' and 'visit' differ in case, blanks or width"):
            question(engine(spelt))
        untimed = events.assign(event_time=pd.Series(pd.NaT, events.index, "datetime64[us]"))
        with pytest.raises(DataError, match=r"later as_of; \d events have no event_time, fill it"):
            question(engine(untimed))
    chinese = events.assign(event=["浏览", "下单", "浏览", "下单"])
    with pytest.raises(DataError, match=r"event never is '浏揽' \(did you mean '浏览'\?\)"):
        funnel(engine(chinese), ["浏揽", "下单"], as_of="2024-01-31")

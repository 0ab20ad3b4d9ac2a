"""Paths, against a loop over each customer's events."""

import datetime as dt
from collections import Counter
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cemkit.errors import DataError, MissingColumnsError
from cemkit.journey import ConversionPaths, conversion_paths

START = pd.Timestamp("2024-01-01")
AS_OF = "2024-03-01"
rows = st.lists(
    st.tuples(
        st.integers(1, 4),
        st.sampled_from(["visit", "visit", "click", "order"]),
        st.integers(0, 24 * 70),
        st.sampled_from(["ad", "mail", "微信"]),
    ),
    min_size=1,
    max_size=40,
).filter(lambda events: any(kind == "order" and hour < 24 * 61 for _, kind, hour, _ in events))


def table_of(events: list[tuple[int, str, int, str]]) -> pd.DataFrame:
    table = pd.DataFrame(events, columns=["customer_id", "event", "hour", "channel"])
    return table.assign(event_time=START + pd.to_timedelta(table.pop("hour"), unit="h"))


def looped(
    table: pd.DataFrame, lookback: float, end: pd.Timestamp
) -> tuple[Counter[Any], Counter[Any], int, int]:
    """Count converting and null paths, conversions without a touch, and open paths."""
    converting: Counter[Any] = Counter()
    nulls: Counter[Any] = Counter()
    untouched, still_open = 0, 0
    seen = table[table["event_time"] < end + pd.Timedelta(days=1)]
    span = pd.Timedelta(days=lookback)
    for _, part in seen.groupby("customer_id"):
        own = part.assign(last=part["event"] == "order").sort_values(
            ["event_time", "last", "channel"]
        )
        conversions = own.loc[own["last"], "event_time"].tolist()
        fates: list[tuple[Any, Any, str]] = []
        for place, touch in enumerate(own.itertuples()):
            if touch.last:
                continue
            after = list(own["event_time"][place:][own["last"][place:]])
            target = after[0] if after else None
            block = len(conversions) - len(after)
            if target is not None and target - touch.event_time <= span:
                fates.append((block, "converted", touch.channel))
            elif target is None and touch.event_time + span >= end + pd.Timedelta(days=1):
                fates.append((block, "open", touch.channel))
            else:
                fates.append((block, "null", touch.channel))
        paths: dict[tuple[Any, str], list[str]] = {}
        for block, fate, channel in fates:
            paths.setdefault((block, fate), []).append(channel)
        for (_, fate), path in paths.items():
            if fate == "converted":
                converting[tuple(path)] += 1
            elif fate == "null":
                nulls[tuple(path)] += 1
            else:
                still_open += 1
        untouched += len(conversions) - sum(fate == "converted" for _, fate in paths)
    return converting, nulls, untouched, still_open


@pytest.mark.filterwarnings("ignore:.* are at the same time")
@given(events=rows, lookback=st.sampled_from([0.5, 3, 14, 40]))
@settings(max_examples=40, deadline=None)
def test_paths_are_those_of_a_loop(
    events: list[tuple[int, str, int, str]], lookback: float
) -> None:
    table = table_of(events)
    found = conversion_paths(table, as_of=AS_OF, lookback_days=lookback)
    converting, nulls, untouched, still_open = looped(table, lookback, pd.Timestamp(AS_OF))
    own = found.table.set_index("path")
    assert {path: n for path, n in own["conversions"].items() if n and path} == dict(converting)
    assert {path: n for path, n in own["nulls"].items() if n} == dict(nulls)
    assert (found.untouched, found.open_paths) == (untouched, still_open)
    assert found.conversions == sum(converting.values()) + untouched
    again = conversion_paths(table[::-1], as_of=AS_OF, lookback_days=lookback)
    pd.testing.assert_frame_equal(found.table, again.table)


@pytest.mark.parametrize("engine", ["polars", "lazy polars", "pyarrow", "duckdb"])
def test_every_engine_gives_the_same_paths(engine: str) -> None:
    rng = np.random.default_rng(0)
    table = table_of(
        [
            (int(who), str(kind), int(hour), str(channel))
            for who, kind, hour, channel in zip(
                rng.integers(0, 50, 400),
                rng.choice(["visit", "click", "order"], 400, p=[0.6, 0.3, 0.1]),
                rng.integers(0, 24 * 70, 400),
                rng.choice(["ad", "mail", "微信"], 400),
                strict=True,
            )
        ]
    )
    connection = duckdb.connect()
    given_table: Any = {
        "polars": lambda: pl.from_pandas(table),
        "lazy polars": lambda: pl.from_pandas(table).lazy(),
        "pyarrow": lambda: pl.from_pandas(table).to_arrow(),
        "duckdb": lambda: connection.from_df(table),
    }[engine]()
    pd.testing.assert_frame_equal(
        conversion_paths(given_table, as_of=AS_OF).table, conversion_paths(table, as_of=AS_OF).table
    )


def test_repeats_collapse_and_later_events_are_counted() -> None:
    table = table_of([(1, "visit", 0, "ad"), (1, "visit", 1, "ad"), (1, "order", 2, "ad")])
    later = pd.DataFrame(
        {"customer_id": [1, 1], "event": ["visit", "visit"], "channel": ["ad", "ad"]}
    ).assign(event_time=[pd.Timestamp("2025-01-01"), pd.NaT])
    paths = conversion_paths(
        pd.concat([table, later]), as_of=dt.date(2024, 3, 1), collapse_repeats=True
    )
    assert paths.table["path"].tolist() == [("ad",)]
    assert (paths.later, paths.undated) == (1, 1)


def test_a_table_of_paths_adds_up_rows_of_one_path() -> None:
    table = pd.DataFrame(
        {"path": ["a > b", "a>b", "b"], "conversions": [1, 2, 0], "nulls": [0, 1, 4]}
    )
    found = ConversionPaths.from_table(table)
    assert found.table[["conversions", "nulls"]].to_numpy().tolist() == [[3, 1], [0, 4]]


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ({"path": [""], "conversions": [1], "nulls": [0]}, "path '' has a touch without a name"),
        ({"path": ["a>>b"], "conversions": [1], "nulls": [0]}, "has a touch without a name"),
        ({"path": [3], "conversions": [1], "nulls": [0]}, "path 3 has a touch without a name"),
        ({"path": ["a"], "conversions": [0.5], "nulls": [0]}, "conversions must hold whole numb"),
        ({"path": ["a"], "conversions": [1], "nulls": [-1]}, "nulls must hold whole numbers of"),
        ({"path": ["a"], "conversions": [None], "nulls": [1]}, "conversions"),
        ({"path": ["a"], "conversion": [1], "nulls": [1]}, "did you mean 'conversion'"),
    ],
)
def test_a_wrong_table_of_paths_is_refused(table: dict[str, Any], message: str) -> None:
    with pytest.raises(DataError, match=message):
        ConversionPaths.from_table(pd.DataFrame(table))


def test_wrong_events_are_refused() -> None:
    table = table_of([(1, "visit", 0, "ad"), (1, "order", 2, "ad")])
    with pytest.raises(DataError, match=r"event never is 'clik'; the events are 'order', 'visit'"):
        conversion_paths(table, as_of=AS_OF, touches=["clik"])
    with pytest.raises(DataError, match="no 'purchase' occurs up to as_of=2024-03-01"):
        conversion_paths(table, "purchase", as_of=AS_OF)
    with pytest.raises(ValueError, match="touches names the conversion 'order'"):
        conversion_paths(table, as_of=AS_OF, touches=["order"])
    with pytest.raises(ValueError, match="lookback_days must be above 0, not -1"):
        conversion_paths(table, as_of=AS_OF, lookback_days=-1)
    with pytest.raises(DataError, match=r"channel is missing in 1 of 1 touch; name it"):
        conversion_paths(table.assign(channel=[None, "ad"]), as_of=AS_OF)
    with pytest.raises(DataError, match="channel holds True and False; use names of channels"):
        conversion_paths(table.assign(channel=True), as_of=AS_OF)
    with pytest.raises(DataError, match="'Ad' and 'ad' differ in case"):
        conversion_paths(pd.concat([table, table.assign(channel="Ad")]), as_of=AS_OF)
    with pytest.raises(MissingColumnsError, match="chanel"):
        conversion_paths(table, as_of=AS_OF, touch="chanel")
    with pytest.raises(DataError, match="without a time zone"):
        conversion_paths(
            table.assign(event_time=table["event_time"].dt.tz_localize("UTC")), as_of=AS_OF
        )

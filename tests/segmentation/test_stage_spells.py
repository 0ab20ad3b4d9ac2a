"""stage_durations: days in a stage, and the speed through it."""

import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cemkit import LifecycleStages, customer_table, load_cdnow
from cemkit.errors import DataError, MissingColumnsError, NotEnoughDataError
from cemkit.segmentation import stage_durations, standard_stages

START = pd.Timestamp("2024-01-01")


def history_of(paths: dict[object, list], days: list[int]) -> pd.DataFrame:
    rows = [
        (who, START + pd.Timedelta(days=day), stage)
        for who, path in paths.items()
        for day, stage in zip(days, path, strict=True)
        if stage != "-"
    ]
    return pd.DataFrame(rows, columns=["customer_id", "as_of", "stage"])


def test_days_in_the_stage_and_before_it() -> None:
    paths = {1: ["a", "b", "b", "c"], 2: ["b", "b", "b", "b"], 3: ["-", "a", None, "b"]}
    found = stage_durations(history_of(paths, [0, 10, 30, 60]))
    current = found.current
    assert current["stage"].to_dict() == {1: "c", 2: "b", 3: "b"}
    assert current["stage_days"].to_dict() == {1: 0, 2: 60, 3: 0}
    assert current["began_before"].to_dict() == {1: False, 2: True, 3: False}
    assert current["previous_stage"].fillna("").to_dict() == {1: "b", 2: "", 3: ""}
    assert current.loc[1, "previous_days"] == 50
    assert found.moves.iloc[:, :3].to_numpy().tolist() == [["a", "b", 1], ["b", "c", 1]]
    assert np.isnan(found.moves["median_days"][0])  # its start is not known
    assert found.moves["median_days"][1] == 50
    assert found.longest_step_days == 30
    assert found.table.loc["b", ["customers", "entered", "left"]].tolist() == [2, 2, 1]


PATH = st.lists(st.sampled_from(["a", "b", None]), min_size=4, max_size=4)


@settings(max_examples=15, deadline=None)
@given(
    st.lists(PATH, min_size=1, max_size=5),
    st.integers(0, 99),
)
def test_moves_against_brute_force_in_any_row_order(paths: list[list], seed: int) -> None:
    history = history_of(dict(enumerate(paths)), [0, 5, 10, 15])
    if history["stage"].isna().all():
        return
    found = stage_durations(history)
    steps = [pair for path in paths for pair in itertools.pairwise(path)]
    moves = {pair for pair in steps if None not in pair and pair[0] != pair[1]}
    counts = {(line.from_stage, line.to_stage): line.moves for line in found.moves.itertuples()}
    assert counts == {pair: steps.count(pair) for pair in moves}
    other = stage_durations(history.sample(frac=1, random_state=seed))
    pd.testing.assert_frame_equal(other.current, found.current)
    pd.testing.assert_frame_equal(other.table, found.table)


def test_the_speed_takes_the_stays_that_go_on_as_longer() -> None:
    paths = {k: ["x", *("a" if k >= step else "b" for step in range(4))] for k in range(1, 4)}
    found = stage_durations(history_of(paths, [0, 10, 20, 30, 40]))
    # Left after 20 and 30 days, and not yet after 30: the median is the second of three.
    assert found.table.loc["a", "median_days_to_leave"] == 30


def test_real_customers_come_back() -> None:
    orders, parts, before = load_cdnow("sample"), [], None
    for day in pd.date_range("1997-06-30", "1998-06-30", freq="QE"):
        table = customer_table(orders, day)
        earlier = pd.Series(None, index=table.index, dtype=object)
        table["previous_stage"] = earlier if before is None else before.reindex(table.index)
        before = LifecycleStages(standard_stages(table)).fit().predict(table)
        parts.append(before.reset_index().assign(as_of=day))
    found = stage_durations(pd.concat(parts))
    assert found.current["stage"].to_dict() == before.to_dict()
    back = found.moves.set_index("to_stage").loc[["reactivated"], "from_stage"]
    assert set(back) == {"churned"}
    assert (found.current.loc[found.current["stage"] == "reactivated", "stage_days"] == 0).all()


def test_bad_history() -> None:
    history = history_of({1: ["a", "b"]}, [0, 10])
    with pytest.raises(MissingColumnsError, match="as_of"):
        stage_durations(history.drop(columns="as_of"))
    with pytest.raises(DataError, match="1 repeated row of a customer and day, such as 1"):
        stage_durations(pd.concat([history, history.head(1)]))
    with pytest.raises(NotEnoughDataError, match="need at least 2 snapshots"):
        stage_durations(history.head(1))
    with pytest.raises(DataError, match="differ in case"):
        stage_durations(history.assign(stage=["a", "A"]))
    with pytest.raises(DataError, match="as_of is missing in 1 row"):
        stage_durations(history.assign(as_of=[START, pd.NaT]))


@pytest.mark.parametrize("dtype", ["int64", "str", "object", "string[pyarrow]", "category"])
def test_flows_and_counts_are_those_of_counting_by_hand(dtype: str) -> None:
    paths = {1: ["a", "b", "b"], 2: ["a", "b", None], 3: ["-", "a", "a"], 4: ["a", "-", "b"]}
    history = history_of(paths, [0, 10, 30])
    found = stage_durations(history.assign(customer_id=history["customer_id"].astype(dtype)))
    flows = found.flows[["from_stage", "to_stage", "customers"]].to_numpy().tolist()
    assert flows == [["a", "b", 2], ["a", "a", 1], ["b", "b", 1]]
    assert (found.flows["next_as_of"] - found.flows["as_of"]).dt.days.tolist() == [10, 20, 20]
    counts = found.counts[["stage", "customers"]].to_numpy().tolist()
    assert counts == [["a", 3], ["a", 1], ["b", 2], ["a", 1], ["b", 2]]

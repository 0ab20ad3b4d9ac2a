"""Credit, against published values, brute force and the sampling of whole paths."""

from itertools import combinations
from math import factorial
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cemkit.errors import DataError
from cemkit.journey import ConversionPaths, attribute_conversions, conversion_paths
from cemkit.journey.attribution.credit import METHODS, UNTOUCHED

# ChannelAttribution's 10,000 paths: first, last and linear are its own; Markov's are the limits of
# its simulation, solved exactly.
PUBLISHED = {
    "alpha": (6308, 8447, 7574.718594, 7627.944048, 5344.947682, 5617.453854, 5748.098650),
    "beta": (2831, 989, 2083.500145, 1982.739286, 2527.352167, 2439.648976, 2405.534040),
    "delta": (1, 5, 1.725000, 2.292857, 4.613618, 5.159056, 5.070844),
    "epsilon": (99, 531, 272.170438, 374.677381, 599.570650, 614.373523, 623.432061),
    "eta": (3164, 4167, 3539.951157, 3613.655952, 3340.847402, 3391.858163, 3396.070645),
    "gamma": (165, 92, 121.041639, 138.185714, 171.145443, 171.918183, 178.482808),
    "iota": (4606, 3355, 3857.096221, 3505.044048, 3884.614702, 3810.511044, 3791.029167),
    "lambda": (902, 1207, 1035.257572, 987.782143, 1282.847223, 1189.472022, 1150.740020),
}
REMOVAL = {"alpha": 0.558399, "beta": 0.264039, "delta": 0.000482, "iota": 0.405835}
paths_of_letters = st.lists(
    st.tuples(st.lists(st.sampled_from("abcd"), min_size=1, max_size=6), st.booleans()),
    min_size=2,
    max_size=30,
).filter(lambda paths: any(converted for _, converted in paths))


def counted(paths: list[tuple[list[str], bool]]) -> ConversionPaths:
    """Return the paths as a table."""
    rows = [(tuple(path), int(converted), int(not converted)) for path, converted in paths]
    return ConversionPaths.from_table(pd.DataFrame(rows, columns=["path", "conversions", "nulls"]))


def test_the_published_paths(reference_data: Path) -> None:
    table = pd.read_csv(reference_data / "attribution_paths.csv")
    paths = ConversionPaths.from_table(
        table.rename(columns={"total_conversions": "conversions", "total_null": "nulls"})
    )
    assert (paths.conversions, paths.null_paths) == (19_785, 68_602)
    wide = attribute_conversions(paths, ["first", "last", "linear", "shapley", "markov"]).wide()
    for order in (2, 3):
        found = attribute_conversions(paths, ["markov"], order=order)
        wide[order] = found.wide()["markov"]
    for channel, expected in PUBLISHED.items():
        assert wide.loc[channel].tolist() == pytest.approx(expected, abs=1e-6), channel
    markov = attribute_conversions(paths, ["markov"]).table.set_index("channel")
    for channel, removal in REMOVAL.items():
        assert markov["removal_effect"][channel] == pytest.approx(removal, abs=1e-6)


def test_two_published_worked_examples() -> None:
    one = counted([(["c1", "c2", "c3"], True), (["c1"], False), (["c2", "c3"], False)])
    found = attribute_conversions(one, ["markov"])
    assert found.conversion_rate == pytest.approx(1 / 3)
    assert found.table["removal_effect"].tolist() == pytest.approx([0.5, 1, 1])
    assert found.table["conversions"].tolist() == pytest.approx([0.2, 0.4, 0.4])


@given(paths=paths_of_letters, order=st.integers(1, 3))
@settings(max_examples=25, deadline=None)
def test_credits_sum_to_the_conversions_and_none_is_negative(
    paths: list[tuple[list[str], bool]], order: int
) -> None:
    table = counted(paths)
    found = attribute_conversions(table, order=order)
    sums = found.table.groupby("method")[["conversions", "share", "amount"]].sum()
    assert sums["conversions"].to_numpy() == pytest.approx(table.conversions, rel=1e-9)
    assert sums["share"].to_numpy() == pytest.approx(1, rel=1e-9)
    assert (found.table["conversions"] >= 0).all()
    assert (found.table["lower"] <= found.table["conversions"] + 1e-9).all()
    assert (found.table["upper"] >= found.table["conversions"] - 1e-9).all()
    assert found.table["share_lower"].min() >= 0
    assert found.table["share_upper"].max() <= 1
    shuffled = attribute_conversions(counted(paths[::-1]), order=order)
    pd.testing.assert_frame_equal(found.table, shuffled.table)


@given(paths=paths_of_letters)
@settings(max_examples=20, deadline=None)
def test_shapley_is_the_mean_over_all_orders_in_which_channels_can_join(
    paths: list[tuple[list[str], bool]],
) -> None:
    found = attribute_conversions(counted(paths), ["shapley"]).wide()["shapley"]
    channels = sorted(found.index)
    converting = [set(path) for path, converted in paths if converted]

    def worth(coalition: tuple[str, ...]) -> int:
        return sum(path <= set(coalition) for path in converting)

    for channel in channels:
        others, value = [other for other in channels if other != channel], 0.0
        for size in range(len(others) + 1):
            share = factorial(size) * factorial(len(others) - size) / factorial(len(channels))
            for coalition in combinations(others, size):
                value += share * (worth((*coalition, channel)) - worth(coalition))
        assert found[channel] == pytest.approx(value)


def test_decay_by_time_and_by_position() -> None:
    events = pd.DataFrame(
        {
            "customer_id": [1, 1, 1, 1],
            "event": ["visit", "visit", "visit", "order"],
            "event_time": pd.to_datetime(["2024-03-01", "2024-03-08", "2024-03-15", "2024-03-15"]),
            "channel": ["a", "b", "c", None],
        }
    )
    wide = attribute_conversions(conversion_paths(events, as_of="2024-12-31")).wide()
    assert wide["decay"].tolist() == pytest.approx([1 / 7, 2 / 7, 4 / 7])
    assert wide["position"].tolist() == pytest.approx([0.4, 0.2, 0.4])
    table = counted([(["a", "b"], True)])
    half = attribute_conversions(table, ["decay", "position"], position_shares=(0.6, 0.2)).wide()
    assert half["decay"].tolist() == pytest.approx([1 / 3, 2 / 3])
    assert half["position"].tolist() == pytest.approx([0.75, 0.25])


def test_conversions_without_a_touch_have_a_row_of_their_own() -> None:
    events = pd.DataFrame(
        {
            "customer_id": [1, 1, 2, 3],
            "event": ["visit", "order", "order", "visit"],
            "event_time": pd.to_datetime(["2024-01-01", "2024-01-02", "2024-01-03", "2024-01-04"]),
            "channel": ["广告", None, None, "广告"],
            "paid": [None, 30.0, 50.0, None],
        }
    )
    paths = conversion_paths(events, as_of="2024-12-31", amount="paid")
    found = attribute_conversions(paths)
    for _, of_method in found.table.groupby("method"):
        assert of_method["channel"].tolist() == ["广告", UNTOUCHED]
        assert of_method["conversions"].tolist() == pytest.approx([1, 1])
        assert of_method["amount"].tolist() == pytest.approx([30, 50])
    assert found.leading()[0] == "广告"


def test_a_path_of_ten_thousand_touches_and_a_channel_that_holds_on() -> None:
    long = counted([(["a"] * 10_000 + ["b"], True), (["a"], False), (["b", "c"], False)])
    found = attribute_conversions(long)
    sums = found.table.groupby("method")["conversions"].sum()
    assert sums.to_numpy() == pytest.approx(1, rel=1e-9)


def test_markov_errors_are_those_of_resampled_customers() -> None:
    rng = np.random.default_rng(0)
    letters = np.array(list("abc"))
    paths = [
        (letters[rng.integers(0, 3, rng.geometric(0.5))].tolist(), bool(rng.random() < 0.3))
        for _ in range(400)
    ]
    found = attribute_conversions(counted(paths), ["markov", "linear"]).table
    draws = []
    for _ in range(200):
        chosen = rng.integers(0, len(paths), len(paths))
        again = attribute_conversions(counted([paths[k] for k in chosen]), ["markov", "linear"])
        draws.append(again.table["share"].to_numpy())
    implied = (found["share_upper"] - found["share_lower"]) / (2 * 1.959964)
    assert implied.to_numpy() == pytest.approx(np.std(draws, axis=0), rel=0.15)


@pytest.mark.exhaustive
@pytest.mark.parametrize("method", ["markov", "linear", "shapley"])
def test_intervals_of_shares_cover_the_share_of_many_paths(method: str) -> None:
    rng = np.random.default_rng(1)
    letters = np.array(list("abc"))

    def draw(count: int) -> list[tuple[list[str], bool]]:
        paths = []
        for _ in range(count):
            path = letters[rng.choice(3, rng.geometric(0.5), p=[0.6, 0.3, 0.1])].tolist()
            paths.append((path, bool(rng.random() < (0.5 if path[-1] == "b" else 0.2))))
        return paths

    truth = attribute_conversions(counted(draw(200_000)), [method]).wide("share")[method]
    covered = []
    for _ in range(300):
        table = attribute_conversions(counted(draw(1000)), [method]).table.set_index("channel")
        covered.append((table["share_lower"] <= truth) & (truth <= table["share_upper"]))
    assert 0.92 <= np.mean(covered) <= 0.98  # a standard error of .007


def test_bad_options_are_refused() -> None:
    paths = counted([(["a"], True), (["b"], False)])
    for options, message in (
        ({"methods": ["frist"]}, "methods must be one of 'first'"),
        ({"methods": []}, "methods is empty; give at least one"),
        ({"order": 0}, "order must be at least 1, not 0"),
        ({"half_life_days": 0}, "half_life_days must be above 0"),
        ({"position_shares": (0.9, 0.4)}, "must sum to above 0 and at most 1"),
        ({"position_shares": (0.4,)}, "must be two shares"),
        ({"confidence_level": 95}, "confidence_level must lie strictly between 0 and 1"),
    ):
        with pytest.raises(ValueError, match=message):
            attribute_conversions(paths, **options)
    with pytest.raises(TypeError, match="paths must be of type ConversionPaths"):
        attribute_conversions(paths.table)
    with pytest.raises(DataError, match="no conversion has a touch before it"):
        attribute_conversions(counted([(["a"], False), (["b"], False)]))
    assert tuple(attribute_conversions(paths).table["method"].unique()) == METHODS


def test_the_note_says_that_credit_is_no_effect() -> None:
    counted = pd.DataFrame({"path": ["ad"], "conversions": [1], "nulls": [1]})
    note = attribute_conversions(ConversionPaths.from_table(counted)).note
    assert "not an effect" in note
    assert "compare_variants" in note

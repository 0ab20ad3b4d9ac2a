"""The chain, against its own counts and elimination."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cemkit.journey.attribution import markov
from cemkit.journey.attribution.markov import (
    conversion_chances,
    expected_visits,
    make_chain,
    path_influences,
)
from cemkit.journey.attribution.sequences import Sequences, distinct_sequences, sequences_of

random_paths = st.lists(
    st.tuples(
        st.lists(st.integers(0, 3), min_size=1, max_size=7), st.integers(0, 3), st.integers(0, 3)
    ),
    min_size=1,
    max_size=12,
).filter(lambda paths: sum(c for _, c, _ in paths) > 0)


def made(paths: list[tuple[list[int], int, int]]) -> tuple[Sequences, np.ndarray, np.ndarray]:
    codes = np.array([code for path, *_ in paths for code in path], np.int64)
    every = sequences_of(codes, np.array([len(path) for path, *_ in paths], np.int64))
    distinct, number = distinct_sequences(every, 4)
    counts = [np.bincount(number, [path[k] for path in paths], len(distinct)) for k in (1, 2)]
    used = np.flatnonzero(sum(counts) > 0)
    return distinct.take(used), counts[0][used], counts[1][used]


@given(paths=random_paths, order=st.integers(1, 3))
@settings(max_examples=60, deadline=None)
def test_the_chance_to_convert_is_the_share_of_converting_paths(
    paths: list[tuple[list[int], int, int]], order: int
) -> None:
    sequences, conversions, nulls = made(paths)
    chain = make_chain(sequences, conversions, nulls, 4, order)
    chances = conversion_chances(chain)
    total = (conversions + nulls).sum()
    assert chances[0, 0] == pytest.approx(conversions.sum() / total, abs=1e-12)
    assert expected_visits(chain)[:, 0] == pytest.approx(chain.total / total)
    converting, null = path_influences(chain, chances, np.eye(5))
    assert conversions @ converting + nulls @ null == pytest.approx(0, abs=1e-9)


@given(paths=random_paths, order=st.integers(1, 2))
@settings(max_examples=30, deadline=None)
def test_the_series_and_elimination_agree(
    paths: list[tuple[list[int], int, int]], order: int
) -> None:
    chain = make_chain(*made(paths), 4, order)
    by_series = conversion_chances(chain)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(markov, "SWEEPS", 0)
        by_elimination = conversion_chances(chain)
    assert by_series == pytest.approx(by_elimination, abs=1e-12)


def test_influences_are_derivatives_by_the_counts() -> None:
    sequences, conversions, nulls = made([([0, 1], 5, 2), ([1, 1, 2], 3, 4), ([2], 1, 9)])
    chances = conversion_chances(make_chain(sequences, conversions, nulls, 4, 1))
    chain = make_chain(sequences, conversions, nulls, 4, 1)
    converting, _ = path_influences(chain, chances, np.eye(5))
    for path in range(len(sequences)):
        more = conversions.copy()
        more[path] += 1e-6
        moved = conversion_chances(make_chain(sequences, more, nulls, 4, 1))[0] - chances[0]
        assert converting[path] == pytest.approx(moved / 1e-6, abs=1e-5)


def test_an_order_with_too_many_states_is_refused() -> None:
    sequences = sequences_of(np.array([0]), np.array([1]))
    with pytest.raises(ValueError, match="order=6 has too many states for 5000 channels; lower"):
        make_chain(sequences, np.ones(1), np.zeros(1), 5000, 6)

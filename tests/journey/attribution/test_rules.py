"""Rules: every path gives one conversion away."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cemkit.journey.attribution import rules
from cemkit.journey.attribution.sequences import sequences_of

lengths = st.lists(st.integers(1, 6), min_size=1, max_size=10)


@given(lengths=lengths, seed=st.integers(0, 99))
def test_the_weights_of_a_path_sum_to_one(lengths: list[int], seed: int) -> None:
    codes = np.random.default_rng(seed).integers(0, 3, sum(lengths))
    paths = sequences_of(codes, np.array(lengths))
    for weights in (
        rules.first(paths),
        rules.last(paths),
        rules.linear(paths),
        rules.shapley(paths),
        rules.position(paths, (0.4, 0.4)),
        rules.decay_by_place(paths),
        rules.decay_by_time(np.arange(len(codes)) * 400.0, paths.owners, 7.0),
    ):
        assert np.bincount(paths.owners, weights) == pytest.approx(1)
        assert (weights >= 0).all()


def test_shapley_takes_distinct_channels() -> None:
    paths = sequences_of(np.array([0, 0, 1]), np.array([3]))
    assert rules.shapley(paths).tolist() == [0.5, 0, 0.5]


def test_no_touches_have_no_weights() -> None:
    assert len(rules.decay_by_time(np.empty(0), np.empty(0, np.int64), 7.0)) == 0

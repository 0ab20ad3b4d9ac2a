"""Distinct sequences, against tuples in a dictionary."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from cemkit.journey.attribution.sequences import distinct_sequences, sequences_of


@given(paths=st.lists(st.lists(st.integers(0, 40), max_size=15), min_size=1, max_size=30))
def test_distinct_sequences_are_those_of_tuples(paths: list[list[int]]) -> None:
    codes = np.array([code for path in paths for code in path], np.int64)
    made = sequences_of(codes, np.array([len(path) for path in paths], np.int64))
    distinct, number = distinct_sequences(made, 41)
    starts = distinct.starts
    found = [
        tuple(distinct.codes[starts[k] : starts[k + 1]].tolist()) for k in range(len(distinct))
    ]
    assert len(found) == len({tuple(path) for path in paths})
    assert [found[k] for k in number] == [tuple(path) for path in paths]
    assert found == sorted(found, key=lambda path: (len(path), path))
    assert made.take(np.arange(len(paths))).codes.tolist() == codes.tolist()

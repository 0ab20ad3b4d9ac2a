"""Separation: published examples, and every small table against the dual linear programs."""

import numpy as np
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from cemkit.churn.logistic import fit_logistic
from cemkit.churn.separation import (
    Separation,
    find_separation,
    proves_overlap,
)


def separation_of(matrix: np.ndarray, churned: np.ndarray) -> Separation:
    sizes = matrix.std(axis=0)
    return find_separation(matrix, churned, matrix.mean(axis=0), np.where(sizes > 0, sizes, 1))


def test_the_two_examples_of_ucla() -> None:
    # stats.oarc.ucla.edu, "What is complete or quasi-complete separation in logistic regression?"
    one = np.array([[1.0, 3], [2, 2], [3, -1], [3, -1], [5, 2], [6, 4], [10, 1], [11, 0]])
    found = separation_of(one, np.repeat([0.0, 1], 4))
    assert (found.kind, found.customers) == ("complete", 8)
    two = np.array(
        [[1.0, 3], [2, 0], [3, -1], [3, 4], [3, 1], [4, 0], [5, 2], [6, 7], [10, 3], [11, 4]]
    )
    found = separation_of(two, np.repeat([0.0, 1], [4, 6]))
    # X1 separates but for the three rows where it is 3; X2 keeps its finite estimate.
    assert (found.kind, found.customers, found.terms.tolist()) == ("quasi", 7, [True, False])


def test_endometrial_cancer_as_in_heinze_and_schemper() -> None:
    # Statistics in Medicine 21 (2002): neovasculization by histology, 0 of 49 and 13 of 30.
    neovasculization, histology = (
        np.repeat([0.0, 0, 1], [49, 17, 13]),
        np.repeat([0.0, 1], [49, 30]),
    )
    found = separation_of(neovasculization[:, None], histology)
    assert (found.kind, found.customers) == ("quasi", 13)


def kind_by_duals(matrix: np.ndarray, churned: np.ndarray) -> str:
    """Gordan and Stiemke: overlap has positive weights that cancel, complete separation none."""
    sides = np.where(churned > 0, 1.0, -1.0)[:, None] * np.c_[np.ones(len(matrix)), matrix]
    cancel = {"A_eq": sides.T, "b_eq": np.zeros(sides.shape[1])}
    if linprog(np.zeros(len(sides)), bounds=(1, None), **cancel).status == 0:
        return "none"
    cancel = {"A_eq": np.vstack([sides.T, np.ones(len(sides))]), "b_eq": np.r_[cancel["b_eq"], 1]}
    return "quasi" if linprog(np.zeros(len(sides)), **cancel).status == 0 else "complete"


rows = st.lists(st.tuples(st.integers(-2, 2), st.integers(-2, 2), st.booleans()), min_size=4)


@settings(max_examples=150, deadline=None)
@given(rows)
@example([(0, 0, True), (1, 1, False), (2, 2, True), (0, 1, False)])
def test_equals_the_duals(rows: list[tuple[int, int, bool]]) -> None:
    table = np.array(rows, dtype=float)
    matrix, churned = table[:, :2], table[:, 2]
    assume(0 < churned.sum() < len(churned))
    found = separation_of(matrix, churned)
    assert found.kind == kind_by_duals(matrix, churned)
    assert (found.customers > 0) == (found.kind != "none") == found.terms.any()
    for penalty in (1e-3, 1.0):
        fit = fit_logistic(matrix, churned, None, np.zeros(2), np.ones(2), penalty=penalty)
        proven = proves_overlap(fit, np.abs(matrix).max(axis=0), penalty)
        assert not (proven and found.kind != "none")


def test_many_rows_and_a_rare_level() -> None:
    rng = np.random.default_rng(0)
    matrix = np.c_[1e6 + 1e3 * rng.normal(size=(50_000, 2)), np.zeros(50_000), np.full(50_000, 7)]
    churned = (rng.random(50_000) < 0.5).astype(float)
    assert separation_of(matrix, churned).kind == "none"
    matrix[np.flatnonzero(churned > 0)[:5], 2] = 1
    found = separation_of(matrix, churned)
    assert (found.kind, found.customers) == ("quasi", 5)
    assert found.terms.tolist() == [False, False, True, False]
    line = (matrix[:, 0] + matrix[:, 1] > 2e6 + 500).astype(float)
    beside = np.abs(matrix[:, 0] + matrix[:, 1] - 2e6 - 500) > 1
    assert separation_of(matrix[beside], line[beside]).kind == "complete"


def test_overlap_is_proven_where_customers_are_many() -> None:
    rng = np.random.default_rng(0)
    matrix = rng.normal(size=(2000, 3))
    matrix = np.c_[matrix, matrix.sum(axis=1)]  # dependent columns do not separate
    churned = (rng.random(2000) < 0.3).astype(float)
    fit = fit_logistic(matrix, churned, None, np.zeros(4), np.ones(4), penalty=1.0)
    assert proves_overlap(fit, np.abs(matrix).max(axis=0), 1.0)
    assert separation_of(matrix, churned).kind == "none"

"""Separation without linear programs: the same answers, at less than the cost of the fit."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from cemkit import ChurnModel
from cemkit.churn import overlap
from cemkit.churn.logistic import fit_logistic
from cemkit.churn.overlap import separation_of, why_unbounded
from cemkit.churn.separation import Separation, find_separation
from cemkit.data.encoding import FeatureEncoding

cells = st.tuples(st.integers(0, 3), st.integers(0, 2), st.integers(-2, 2), st.booleans())


def both(table: pd.DataFrame, churned: np.ndarray) -> tuple[Separation, Separation]:
    """Return the separation found here, and by the linear programs alone."""
    encoding = FeatureEncoding.of(table)
    matrix = encoding.matrix(table)
    mean, sizes = matrix.mean(axis=0), matrix.std(axis=0)
    sizes = np.where(sizes > 0, sizes, 1.0)
    fit = fit_logistic(matrix, churned, None, mean, sizes, penalty=1.0)
    found = separation_of(fit, matrix, churned, mean, sizes, groups=encoding.level_groups())
    return found, find_separation(matrix, churned, mean, sizes)


@settings(max_examples=30, deadline=None)
@given(st.lists(cells, min_size=4, max_size=40))
def test_equals_the_linear_programs(rows: list[tuple[int, int, int, bool]]) -> None:
    table = pd.DataFrame(rows, columns=["city", "plan", "number", "churned"])
    churned = table.pop("churned").to_numpy(dtype=float)
    assume(0 < churned.sum() < len(churned))
    table = table.assign(city="c" + table["city"].astype(str), plan="p" + table["plan"].astype(str))
    assume(all(table.nunique() > 1))
    found, exact = both(table, churned)
    assert (found.kind, found.customers) == (exact.kind, exact.customers)
    assert found.terms.any() == exact.terms.any()


def cities(n: int, count: int, seed: int) -> tuple[pd.DataFrame, pd.Series]:
    rng = np.random.default_rng(seed)
    table = pd.DataFrame({f"x{k}": rng.normal(size=n) for k in range(3)})
    table["city"] = [f"c{k:03d}" for k in rng.integers(0, count, n)]
    return table, pd.Series(rng.random(n) < 1 / (1 + np.exp(1 - table["x0"])), dtype=int)


def test_a_hundred_cities_equal_the_linear_programs() -> None:
    table, churned = cities(1000, 90, seed=0)
    found, exact = both(table, churned.to_numpy(dtype=float))
    assert exact.kind == "quasi"
    assert (found.kind, found.customers) == (exact.kind, exact.customers)


@pytest.mark.filterwarnings("ignore::cemkit.errors.CemkitWarning")
@pytest.mark.parametrize("seed", [0, 1])  # with the first level pure, and without
def test_hundreds_of_cities_take_no_linear_program(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    table, churned = cities(3000, 300, seed)

    def refuse(*_: object) -> None:
        raise AssertionError("a linear program was solved")

    monkeypatch.setattr(overlap, "find_separation", refuse)
    model = ChurnModel().fit(table, churned)
    pure = churned.groupby(table["city"]).transform("nunique") == 1
    assert model.diagnose().separated == pure.sum() > 0


def test_why_a_fit_without_a_penalty_has_no_optimum() -> None:
    rng = np.random.default_rng(0)
    matrix = rng.normal(size=(50, 2))
    line = (matrix.sum(axis=1) > 0).astype(float)
    words = why_unbounded(matrix, line, ["a", "b"])
    assert "complete separation: 'a', 'b' together perfectly predict the outcome of all 50" in words
    assert "set penalty above 0" in words
    assert why_unbounded(matrix, (rng.random(50) < 0.5).astype(float), ["a", "b"]) == ""

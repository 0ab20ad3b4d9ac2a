"""Arrays of floats have one name; roots of covariances have their square, on every machine."""

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

import cemkit
from cemkit.arrays import Floats, symmetric_root


def test_no_other_file_names_arrays_of_floats() -> None:
    assert Floats == npt.NDArray[np.float64]
    sources = Path(cemkit.__file__).parent.rglob("*.py")
    named = [path.name for path in sources if "NDArray[np.float64]" in path.read_text("utf-8")]
    assert named == ["arrays.py"]


@pytest.mark.parametrize("seed", range(20))
def test_the_square_of_a_root_is_the_covariance(seed: int) -> None:
    rng = np.random.default_rng(seed)
    size, rank = rng.integers(1, 8, 2)
    half = rng.normal(size=(size, rank)) * 10.0 ** rng.uniform(-3, 3)
    covariance = half @ half.T  # often singular
    root = symmetric_root(covariance)
    np.testing.assert_allclose(root @ root, covariance, atol=1e-7 * np.abs(covariance).max())
    np.testing.assert_array_equal(np.round(root - root.T, 12), 0)


def test_a_root_depends_on_no_sign_and_no_choice_of_eigenvectors(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    covariance = np.diag([1.0, 1.0, 4.0]) + 0.0  # two equal eigenvalues
    root = symmetric_root(covariance)
    values, vectors = np.linalg.eigh(covariance)
    turn = np.array([[0.6, -0.8, 0], [0.8, 0.6, 0], [0, 0, -1.0]])
    monkeypatch.setattr(np.linalg, "eigh", lambda matrix: (values, vectors @ turn))
    np.testing.assert_allclose(symmetric_root(covariance), root, atol=1e-14)


def test_a_variance_of_less_than_nothing_is_nothing() -> None:
    assert symmetric_root(np.array([[-1e-18]])).tolist() == [[0.0]]

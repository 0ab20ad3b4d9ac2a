"""Shares of R squared: relaimpo's values, brute force over all orders, and degenerate drivers."""

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cemkit.feedback.shapley import correlations, shapley_r_squared, subset_r_squared

# R's own data sets, the target last.
SWISS = """
17 15 12 9.96 22.2 80.2|45.1 6 9 84.84 22.2 83.1|39.7 5 5 93.4 20.2 92.5|36.5 12 7 33.77 20.3 85.8
43.5 17 15 5.16 20.6 76.9|35.3 9 7 90.57 26.6 76.1|70.2 16 7 92.85 23.6 83.8
67.8 14 8 97.16 24.9 92.4|53.3 12 7 97.67 21 82.4|45.2 16 13 91.38 24.4 82.9
64.5 14 6 98.61 24.5 87.1|62 21 12 8.52 16.5 64.1|67.5 14 7 2.27 19.1 66.9|60.7 19 12 4.43 22.7 68.9
69.3 22 5 2.82 18.7 61.7|72.6 18 2 24.2 21.2 68.3|34 17 8 3.3 20 71.7|19.4 26 28 12.11 20.2 55.7
15.2 31 20 2.15 10.8 54.3|73 19 9 2.84 20 65.1|59.8 22 10 5.23 18 65.5|55.1 14 3 4.52 22.4 65
50.9 22 12 15.14 16.7 56.6|54.1 20 6 4.2 15.3 57.4|71.2 12 1 2.4 21 72.5|58.1 14 8 5.23 23.8 74.2
63.5 6 3 2.56 18 72|60.8 16 10 7.72 16.3 60.5|26.8 25 19 18.46 20.9 58.3|49.5 15 8 6.1 22.5 65.4
85.9 3 2 99.71 15.1 75.5|84.9 7 6 99.68 19.8 69.3|89.7 5 2 100 18.3 77.3|78.2 12 6 98.96 19.4 70.5
64.9 7 3 98.22 20.2 79.4|75.9 9 9 99.06 17.8 65|84.6 3 3 99.46 16.3 92.2
63.1 13 13 96.83 18.1 79.3|38.4 26 12 5.62 20.3 70.4|7.7 29 11 13.79 20.5 65.7
16.7 22 13 11.22 18.9 72.7|17.6 35 32 16.92 23 64.4|37.6 15 7 4.97 20 77.6|18.7 25 7 8.65 19.5 67.6
1.2 37 53 42.34 18 35|46.6 16 29 50.43 18.2 44.7|27.7 22 29 58.33 19.3 42.8
"""
ATTITUDE = """
51 30 39 61 92 45 43|64 51 54 63 73 47 63|70 68 69 76 86 48 71|63 45 47 54 84 35 61
78 56 66 71 83 47 81|55 49 44 54 49 34 43|67 42 56 66 68 35 58|75 50 55 70 66 41 71
82 72 67 71 83 31 72|61 45 47 62 80 41 67|53 53 58 58 67 34 64|60 47 39 59 74 41 67
62 57 42 55 63 25 69|83 83 45 59 77 35 68|77 54 72 79 77 46 77|90 50 72 60 54 36 81
85 64 69 79 79 63 74|60 65 75 55 80 60 65|70 46 57 75 85 46 65|58 68 54 64 78 52 50
40 33 34 43 64 33 50|61 52 62 66 80 41 64|66 52 50 63 80 37 53|37 42 58 50 57 49 40
54 42 48 66 75 33 63|77 66 63 88 76 72 66|75 58 74 80 78 49 78|57 44 45 51 83 38 48
85 71 71 77 74 55 85|82 39 59 64 78 39 82
"""
MTCARS = """
6 160 110 4 21|6 160 110 4 21|4 108 93 4 22.8|6 258 110 3 21.4|8 360 175 3 18.7|6 225 105 3 18.1
8 360 245 3 14.3|4 146.7 62 4 24.4|4 140.8 95 4 22.8|6 167.6 123 4 19.2|6 167.6 123 4 17.8
8 275.8 180 3 16.4|8 275.8 180 3 17.3|8 275.8 180 3 15.2|8 472 205 3 10.4|8 460 215 3 10.4
8 440 230 3 14.7|4 78.7 66 4 32.4|4 75.7 52 4 30.4|4 71.1 65 4 33.9|4 120.1 97 3 21.5
8 318 150 3 15.5|8 304 150 3 15.2|8 350 245 3 13.3|8 400 175 3 19.2|4 79 66 4 27.3
4 120.3 91 5 26|4 95.1 113 5 30.4|8 351 264 5 15.8|6 145 175 5 19.7|8 301 335 5 15|4 121 109 4 21.4
"""


def table(text):
    rows = [row.split() for row in text.replace("\n", "|").split("|") if row.strip()]
    return np.array(rows, dtype=float)


@pytest.mark.parametrize(
    ("data", "parts"),
    [  # R 4.2.2, relaimpo 2.2-7, calc.relimp(type = "lmg")
        (
            SWISS,
            [0.05709122077, 0.17117302890, 0.26013467862, 0.10557015037, 0.11276592293],
        ),
        (MTCARS, [0.24705203324, 0.24349959480, 0.21091289954, 0.07772511141]),
        (
            ATTITUDE,
            [
                *(0.370816194319, 0.050903792972, 0.155765990169),
                *(0.120345079404, 0.006588722546, 0.028182213122),
            ],
        ),
    ],
    ids=["swiss", "mtcars", "attitude"],
)
def test_the_parts_are_those_of_relaimpo(data, parts) -> None:
    found = shapley_r_squared(np.cov(table(data), rowvar=False))
    assert found == pytest.approx(parts, abs=1e-10)
    assert found.sum() == pytest.approx(sum(parts), abs=1e-10)


def test_the_shares_of_swiss_and_its_weighted_parts_are_those_of_relaimpo() -> None:
    data = table(SWISS)
    found = shapley_r_squared(np.cov(data, rowvar=False))
    shares = [0.08078165174, 0.24220256322, 0.36807951784, 0.14937727739, 0.15955898982]
    assert found / found.sum() == pytest.approx(shares, abs=1e-10)
    weighted = shapley_r_squared(np.cov(data, rowvar=False, aweights=np.arange(1, 48)))
    parts = [0.08897257976, 0.14219785306, 0.37576532480, 0.05205963727, 0.05197589402]
    assert weighted == pytest.approx(parts, abs=1e-10)


def brute_force(matrix):
    """Rises of R squared over all orders, each by a regression of its own."""
    p = len(matrix) - 1

    def explained(names):
        if not names:
            return 0.0
        beta = np.linalg.lstsq(matrix[np.ix_(names, names)], matrix[names, -1], rcond=None)[0]
        return float(matrix[-1, names] @ beta / matrix[-1, -1])

    parts, orders = np.zeros(p), list(permutations(range(p)))
    for order in orders:
        for at, name in enumerate(order):
            parts[name] += explained(list(order[: at + 1])) - explained(list(order[:at]))
    return parts / len(orders)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 5))
def test_the_parts_are_means_over_all_orders(seed, drivers) -> None:
    rng = np.random.default_rng(seed)
    data = rng.normal(size=(40, drivers + 1)) @ rng.normal(size=(drivers + 1, drivers + 1))
    matrix = np.cov(data, rowvar=False)
    assert shapley_r_squared(matrix) == pytest.approx(brute_force(matrix), abs=1e-8)


def test_uncorrelated_drivers_get_their_squared_correlations() -> None:
    matrix = np.array([[1, 0, 0.6], [0, 4, 0.4], [0.6, 0.4, 1.0]])
    assert shapley_r_squared(matrix) == pytest.approx([0.36, 0.04])


def test_many_matrices_at_once_are_each_alone() -> None:
    data = np.random.default_rng(0).normal(size=(7, 30, 5))
    matrices = np.array([np.cov(part, rowvar=False) for part in data])
    together = shapley_r_squared(matrices)
    assert together.shape == (7, 4)
    assert together == pytest.approx(np.array([shapley_r_squared(one) for one in matrices]))


def test_twins_share_and_a_constant_gets_nothing() -> None:
    data = np.random.default_rng(0).normal(size=(50, 2))
    x, target = data[:, 0], data[:, 0] + data[:, 1]
    matrix = np.cov(np.column_stack([x, x, np.ones(50), target]), rowvar=False)
    parts = shapley_r_squared(matrix)
    assert parts[0] == pytest.approx(parts[1])
    assert parts[2] == 0
    assert parts.sum() == pytest.approx(np.corrcoef(x, target)[0, 1] ** 2)


def test_subsets_are_numbered_by_their_bits() -> None:
    matrix = correlations(np.cov(table(MTCARS), rowvar=False))
    found = subset_r_squared(matrix[None])[0]
    assert found[0] == 0
    assert found[0b0100] == pytest.approx(matrix[2, -1] ** 2)
    assert found[-1] == pytest.approx(0.779189639, abs=1e-9)  # relaimpo's R squared

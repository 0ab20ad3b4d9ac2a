"""Score intervals against published values, their definition, and every small table."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import brentq, minimize_scalar
from scipy.stats import binom

from cemkit.proportions.intervals import critical_value, difference_bounds
from cemkit.proportions.score import koopman, miettinen_nurminen, score_statistic

Z = 1.959963984540054


def arrays(*counts: float) -> list[np.ndarray]:
    return [np.array([float(count)]) for count in counts]


def bounds(method, *counts: float, critical: float = Z) -> tuple[float, float]:
    lower, upper = method(*arrays(*counts), np.array([critical]))
    return float(lower[0]), float(upper[0])


@pytest.mark.parametrize(
    ("counts", "expected", "source"),
    [
        ((1, 34, 7, 34), (0.0270416, 0.3452912), "R PropCIs"),
        ((48, 80, 56, 70), (0.0528, 0.3382), "Newcombe 1998, table II"),
    ],
)
def test_miettinen_nurminen_published(counts, expected, source) -> None:
    digits = 5e-8 if source.startswith("R") else 5e-5
    assert bounds(miettinen_nurminen, *counts) == pytest.approx(expected, abs=digits)


def test_without_its_factor_it_is_mees_interval() -> None:
    # Newcombe 1998, table II; Mee's is Miettinen-Nurminen's without N / (N - 1).
    critical = Z * np.sqrt(149 / 150)
    found = bounds(miettinen_nurminen, 48, 80, 56, 70, critical=critical)
    assert found == pytest.approx((0.0533, 0.3377), abs=5e-5)


def test_koopman_published() -> None:
    # R PropCIs riskscoreci
    assert bounds(koopman, 1, 34, 7, 34) == pytest.approx((1.220853, 42.575718), rel=1e-6)


def log_likelihood(p1: float, p2: float, x1: int, n1: int, x2: int, n2: int) -> float:
    return binom.logpmf(x1, n1, p1) + binom.logpmf(x2, n2, p2)


def score_by_definition(delta: float, x1: int, n1: int, x2: int, n2: int) -> float:
    """The score z with the likelihood maximised numerically under p2 - p1 = delta."""
    low, high = max(0.0, -delta), min(1.0, 1 - delta)
    best = minimize_scalar(
        lambda p1: -log_likelihood(p1, p1 + delta, x1, n1, x2, n2),
        bounds=(low, high),
        method="bounded",
        options={"xatol": 1e-13},
    )
    p1, p2 = best.x, best.x + delta
    variance = (p1 * (1 - p1) / n1 + p2 * (1 - p2) / n2) * (n1 + n2) / (n1 + n2 - 1)
    return (x2 / n2 - x1 / n1 - delta) / np.sqrt(variance)


@pytest.mark.parametrize("counts", [(3, 20, 9, 25), (143, 1000, 192, 1000), (2, 400, 7, 90)])
def test_bounds_are_where_the_defined_score_reaches_the_quantile(counts) -> None:
    x1, n1, x2, n2 = counts
    lower, upper = bounds(miettinen_nurminen, *counts)
    observed = x2 / n2 - x1 / n1
    ends = [
        brentq(lambda d: score_by_definition(d, *counts) - Z, -0.98, observed),
        brentq(lambda d: score_by_definition(d, *counts) + Z, observed, 0.98),
    ]
    assert [lower, upper] == pytest.approx(ends, abs=1e-6)


@pytest.mark.parametrize("counts", [(3, 20, 9, 25), (143, 1000, 192, 1000), (2, 400, 7, 90)])
def test_a_lower_bound_of_5_percent_lies_above_the_estimate(counts) -> None:
    x1, n1, x2, n2 = counts
    lower, upper = difference_bounds(*arrays(*counts), critical_value([0.05], two_sided=False))
    quantile = 1.6448536269514722
    ends = [
        brentq(lambda d: score_by_definition(d, *counts) + quantile, x2 / n2 - x1 / n1, 0.98),
        brentq(lambda d: score_by_definition(d, *counts) - quantile, -0.98, x2 / n2 - x1 / n1),
    ]
    assert [lower[0], upper[0]] == pytest.approx(ends, abs=1e-6)


def every_table(largest: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    cells = np.array([(x, n) for n in range(1, largest + 1) for x in range(n + 1)], dtype=float)
    first, second = np.indices((len(cells), len(cells))).reshape(2, -1)
    return cells[first, 0], cells[first, 1], cells[second, 0], cells[second, 1]


@pytest.mark.parametrize("critical", [0.5, Z, 5.0])
def test_every_table_up_to_30_is_defined_and_mirrored(critical) -> None:
    x1, n1, x2, n2 = every_table(30)
    assert len(x1) == 245_025
    z = np.full_like(x1, critical)
    lower, upper = miettinen_nurminen(x1, n1, x2, n2, z)
    swapped_lower, swapped_upper = miettinen_nurminen(x2, n2, x1, n1, z)
    observed = x2 / n2 - x1 / n1
    assert (lower >= -1).all()
    assert (lower <= observed + 1e-15).all()
    assert (observed <= upper + 1e-15).all()
    assert (upper <= 1).all()
    np.testing.assert_allclose(swapped_upper, -lower, atol=1e-12, rtol=0)
    np.testing.assert_allclose(swapped_lower, -upper, atol=1e-12, rtol=0)
    failures_lower, failures_upper = miettinen_nurminen(n1 - x1, n1, n2 - x2, n2, z)
    np.testing.assert_allclose(failures_lower, -upper, atol=1e-12, rtol=0)
    np.testing.assert_allclose(failures_upper, -lower, atol=1e-12, rtol=0)


@pytest.mark.parametrize("critical", [0.5, Z, 5.0])
def test_every_ratio_up_to_30_is_defined_and_mirrored(critical) -> None:
    x1, n1, x2, n2 = every_table(30)
    z = np.full_like(x1, critical)
    lower, upper = koopman(x1, n1, x2, n2, z)
    swapped_lower, swapped_upper = koopman(x2, n2, x1, n1, z)
    assert not np.isnan([lower, upper]).any()
    assert (lower[x2 == 0] == 0).all()
    assert np.isinf(upper[x1 == 0]).all()
    assert np.isfinite(upper[x1 > 0]).all()
    some = x1 > 0
    ratio = (x2[some] / n2[some]) / (x1[some] / n1[some])
    assert (lower[some] <= ratio * (1 + 1e-12)).all()
    assert (ratio <= upper[some] * (1 + 1e-12)).all()
    np.testing.assert_allclose(swapped_upper[x2 > 0], 1 / lower[x2 > 0], rtol=1e-12)
    np.testing.assert_allclose(swapped_lower[some], 1 / upper[some], rtol=1e-12)


def test_koopman_bound_is_where_its_chi_square_reaches_the_quantile() -> None:
    x1, n1, x2, n2 = 12, 60, 19, 50
    _, upper = bounds(koopman, x1, n1, x2, n2)
    best = minimize_scalar(
        lambda p1: -log_likelihood(p1, p1 * upper, x1, n1, x2, n2),
        bounds=(0, min(1, 1 / upper)),
        method="bounded",
        options={"xatol": 1e-13},
    )
    p1, p2 = best.x, best.x * upper
    chi_square = (x1 - n1 * p1) ** 2 / (n1 * p1 * (1 - p1)) + (x2 - n2 * p2) ** 2 / (
        n2 * p2 * (1 - p2)
    )
    assert chi_square == pytest.approx(Z**2, rel=1e-6)


count = st.integers(1, 10**9)


@settings(max_examples=200, deadline=None)
@given(n1=count, n2=count, f1=st.floats(0, 1), f2=st.floats(0, 1))
def test_the_bound_has_the_critical_score(n1, n2, f1, f2) -> None:
    x1, x2 = round(f1 * n1), round(f2 * n2)
    lower, upper = bounds(miettinen_nurminen, x1, n1, x2, n2)
    observed = x2 / n2 - x1 / n1
    assert lower <= observed <= upper
    for bound, sign in ((lower, 1), (upper, -1)):
        if abs(bound) < 1 and abs(bound - observed) > 1e-9:
            score = score_statistic(*arrays(x1, n1, x2, n2), bound)
            assert score[0] == pytest.approx(sign * Z, rel=1e-4)


def test_the_score_of_no_difference_is_the_pooled_z_but_for_its_factor() -> None:
    pooled = 0.049 / np.sqrt(0.1675 * 0.8325 * 2 / 1000)
    score = score_statistic(*arrays(143, 1000, 192, 1000), 0.0)
    assert score[0] == pytest.approx(pooled * np.sqrt(1999 / 2000), rel=1e-6)


def exact_coverage(method, n1: int, n2: int, p1: float, p2: float, truth: float) -> float:
    """The probability, over all tables, that the interval holds the truth."""
    x1, x2 = np.indices((n1 + 1, n2 + 1)).reshape(2, -1)
    chance = np.outer(binom.pmf(range(n1 + 1), n1, p1), binom.pmf(range(n2 + 1), n2, p2)).ravel()
    likely = chance > 1e-13
    counts = [values[likely].astype(float) for values in (x1, x1 * 0 + n1, x2, x2 * 0 + n2)]
    lower, upper = method(*counts, np.full(likely.sum(), Z))
    return float(chance[likely] @ ((lower <= truth) & (truth <= upper)))


@pytest.mark.parametrize(
    ("control", "treated", "p1", "p2", "difference", "ratio"),
    [
        (500, 4500, 0.05, 0.15, 0.950, 0.951),
        (4500, 500, 0.05, 0.15, 0.950, 0.950),
        (2700, 300, 0.01, 0.01, 0.959, 0.959),
        (100, 100, 0.02, 0.05, 0.940, 0.958),
    ],
)
def test_coverage_of_the_reference_designs(control, treated, p1, p2, difference, ratio) -> None:
    # Full enumeration, recomputed independently of this project's code.
    found = exact_coverage(miettinen_nurminen, control, treated, p1, p2, p2 - p1)
    assert found == pytest.approx(difference, abs=2e-3)
    found = exact_coverage(koopman, control, treated, p1, p2, p2 / p1)
    assert found == pytest.approx(ratio, abs=2e-3)


@pytest.mark.exhaustive
def test_coverage_of_many_designs() -> None:
    """Score intervals cover at least .935 where 5 or more are expected of either kind."""
    rates = [0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.35, 0.5, 0.7, 0.9, 0.95]
    designs = [
        (round(n * share), n - round(n * share), p1, p2)
        for n in (20, 50, 100, 200, 500, 1000, 2000, 5000)
        for share in (0.05, 0.1, 0.2, 0.3, 0.4, 0.5)
        for p1, lift in zip(rates * 2, [1.0] * 12 + [1.15] * 12, strict=True)
        for p2 in [min(p1 * lift, 0.97)]
    ]
    assert len(designs) >= 500
    for control, treated, p1, p2 in designs:
        if min(control, treated) < 1:
            continue
        expected = [n * q for n, p in ((control, p1), (treated, p2)) for q in (p, 1 - p)]
        difference = exact_coverage(miettinen_nurminen, control, treated, p1, p2, p2 - p1)
        ratio = exact_coverage(koopman, control, treated, p1, p2, p2 / p1)
        if min(expected) >= 5:
            assert difference >= 0.935, (control, treated, p1, p2, difference)
            assert ratio >= 0.935, (control, treated, p1, p2, ratio)

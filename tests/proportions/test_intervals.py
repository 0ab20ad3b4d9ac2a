"""Intervals by name, against published values."""

from itertools import pairwise

import numpy as np
import pytest
from scipy.stats import binomtest

from cemkit.proportions.intervals import (
    DIFFERENCE_METHODS,
    LIFT_METHODS,
    RATE_METHODS,
    critical_value,
    difference_bounds,
    lift_bounds,
    rate_bounds,
)


def arrays(*counts: float) -> list[np.ndarray]:
    return [np.array([float(count)]) for count in counts]


@pytest.mark.parametrize(
    ("x", "n", "expected"),
    [
        (81, 263, (0.2553, 0.3662)),
        (15, 148, (0.0624, 0.1605)),
        (0, 20, (0, 0.1611)),
        (1, 29, (0.0061, 0.1718)),
    ],
)
def test_wilson_of_newcombe_1998a(x, n, expected) -> None:
    lower, upper = rate_bounds(*arrays(x, n), critical_value(0.95))
    assert (lower[0], upper[0]) == pytest.approx(expected, abs=5e-5)


@pytest.mark.parametrize(("x", "n"), [(0, 20), (1, 29), (81, 263), (20, 20)])
def test_clopper_pearson_and_wilson_are_those_of_scipy(x, n) -> None:
    for method, name in (("clopper-pearson", "exact"), ("wilson", "wilson")):
        lower, upper = rate_bounds(*arrays(x, n), critical_value(0.95), method=method)
        peer = binomtest(x, n).proportion_ci(method=name)
        assert (lower[0], upper[0]) == pytest.approx((peer.low, peer.high), abs=1e-12)


def test_other_rate_intervals_are_those_of_statsmodels() -> None:
    from statsmodels.stats.proportion import proportion_confint

    for method, name in (
        ("agresti-coull", "agresti_coull"),
        ("jeffreys", "jeffreys"),
        ("wald", "normal"),
    ):
        lower, upper = rate_bounds(*arrays(15, 148), critical_value(0.95), method=method)
        peer = proportion_confint(15, 148, method=name)
        assert (lower[0], upper[0]) == pytest.approx(peer, abs=1e-12)


@pytest.mark.parametrize("method", RATE_METHODS)
def test_rate_bounds_are_defined_and_mirrored_at_every_cell(method) -> None:
    x, n = np.array([(x, n) for n in range(1, 31) for x in range(n + 1)], dtype=float).T
    lower, upper = rate_bounds(x, n, critical_value(0.95), method=method)
    mirrored_lower, mirrored_upper = rate_bounds(n - x, n, critical_value(0.95), method=method)
    assert ((lower >= 0) & (lower <= x / n + 1e-15)).all()
    assert ((upper <= 1) & (upper >= x / n - 1e-15)).all()
    np.testing.assert_allclose(1 - mirrored_upper, lower, atol=1e-12)
    np.testing.assert_allclose(1 - mirrored_lower, upper, atol=1e-12)


@pytest.mark.parametrize(
    ("method", "counts", "expected", "digits"),
    [
        ("wald", (48, 80, 56, 70), (0.0575, 0.3425), 5e-5),
        ("newcombe", (48, 80, 56, 70), (0.0524, 0.3339), 5e-5),
        ("miettinen-nurminen", (48, 80, 56, 70), (0.0528, 0.3382), 5e-5),
        ("agresti-caffo", (1, 34, 7, 34), (0.01161167, 0.32172166), 5e-9),
        ("newcombe", (1, 34, 7, 34), (0.0189, 0.3404), 5e-5),
        ("newcombe", (143, 1000, 192, 1000), (0.0163, 0.0817), 5e-5),
        ("wald", (104, 11037, 189, 11034), (0.00469, 0.01072), 5e-6),
    ],
)
def test_difference_published(method, counts, expected, digits) -> None:
    # Newcombe 1998, table II; R PropCIs; Agresti's Physicians' Health Study.
    lower, upper = difference_bounds(*arrays(*counts), critical_value(0.95), method=method)
    assert (lower[0], upper[0]) == pytest.approx(expected, abs=digits)


@pytest.mark.parametrize(
    ("counts", "expected", "digits"),
    [
        ((1, 34, 7, 34), (0.9096, 53.8695), 5e-5),
        ((104, 11037, 189, 11034), (1.433, 2.306), 5e-4),
    ],
)
def test_katz_published(counts, expected, digits) -> None:
    lower, upper = lift_bounds(*arrays(*counts), critical_value(0.95), method="katz")
    assert (1 + lower[0], 1 + upper[0]) == pytest.approx(expected, abs=digits)


@pytest.mark.parametrize("counts", [(0, 9, 3, 9), (3, 9, 0, 9), (0, 9, 0, 9)])
def test_katz_knows_nothing_without_a_success(counts) -> None:
    lower, upper = lift_bounds(*arrays(*counts), critical_value(0.95), method="katz")
    assert (lower[0], upper[0]) == (-1, np.inf)


def test_an_unknown_name_is_refused() -> None:
    with pytest.raises(ValueError, match=r"method must be one of 'miettinen-nurminen'.*'mee'"):
        difference_bounds(*arrays(1, 2, 1, 2), critical_value(0.95), method="mee")
    with pytest.raises(ValueError, match="lift_method must be one of"):
        lift_bounds(*arrays(1, 2, 1, 2), critical_value(0.95), method="mee")
    with pytest.raises(ValueError, match="method must be one of 'wilson'"):
        rate_bounds(*arrays(1, 2), critical_value(0.95), method="mee")


@pytest.mark.parametrize(
    ("bounds", "methods"), [(difference_bounds, DIFFERENCE_METHODS), (lift_bounds, LIFT_METHODS)]
)
def test_one_sided_lower_bounds_fall_as_the_level_rises(bounds, methods) -> None:
    cells = np.array([(x, n) for n in range(1, 13) for x in range(n + 1)], dtype=float)
    first, second = np.indices((len(cells), len(cells))).reshape(2, -1)
    arms = (*cells[first].T, *cells[second].T)
    for method in methods:
        lower = [
            bounds(
                *arms, critical_value(np.full(len(first), level), two_sided=False), method=method
            )
            for level in (0.001, 0.05, 0.4, 0.5, 0.6, 0.95, 0.999)
        ]
        assert not np.isnan(lower).any()
        for (lower1, upper1), (lower2, upper2) in pairwise(lower):
            assert (lower1 >= lower2).all()
            assert (upper1 <= upper2).all()

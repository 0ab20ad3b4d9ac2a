"""Newton steps, thinning, and what happens where there is no maximum."""

import numpy as np
import pytest

from cemkit.arrays import Floats
from cemkit.clv.purchases.fitting import EDGE, Derivatives, Maximum, maximize, thinned
from cemkit.errors import ConvergenceError


def bowl(point: Floats) -> Derivatives:
    """A maximum at (1, -2), through a curved valley."""
    x, y = point
    value = -((x - 1) ** 2) - 10 * (y + 1 + x**2) ** 2
    gradient = np.array([-2 * (x - 1) - 40 * x * (y + 1 + x**2), -20 * (y + 1 + x**2)])
    xx = -2 - 40 * (y + 1 + x**2) - 80 * x**2
    return value, gradient, np.array([[xx, -40 * x], [-40 * x, -20]])


@pytest.mark.parametrize("start", [(0, 0), (-3, 5), (4, -9), (0.1, 11)])
def test_the_maximum_is_found_from_far_away(start: tuple[float, float]) -> None:
    best = maximize(bowl, start)
    assert best.point == pytest.approx([1, -2], abs=1e-6)
    assert best.covariance == pytest.approx(np.linalg.inv(-bowl(best.point)[2]), rel=1e-3)
    assert (best.covariance == best.covariance.T).all()
    assert not best.unknown.any()


def test_a_slope_without_end_stops_at_the_edge_and_says_so() -> None:
    def slope(point: Floats) -> Derivatives:
        x, y = point
        curve = np.array([[-np.exp(-x), 0], [0, -2.0]])
        return 1 - np.exp(-x) - y**2, np.array([np.exp(-x), -2 * y]), curve

    best = maximize(slope, [0.0, 1.0], tolerance=1e-12)
    assert best.unknown.tolist() == [True, False]
    assert best.point == pytest.approx([EDGE[1], 0])
    assert np.isnan(best.covariance).tolist() == [[True, True], [True, False]]


def test_what_follows_one_at_the_edge_is_unknown_too_and_the_rest_is_not() -> None:
    def ridge(point: Floats) -> Derivatives:
        # x runs away; y goes with it, 3 behind, and z goes to 2.
        x, y, z = point
        fade = np.exp(-x)
        value = -fade - (y + 3 - x) ** 2 - (z - 2 - fade) ** 2
        gradient = np.array(
            [
                fade + 2 * (y + 3 - x) - 2 * (z - 2 - fade) * fade,
                -2 * (y + 3 - x),
                -2 * (z - 2 - fade),
            ]
        )
        xx = -fade - 2 - 2 * fade**2 + 2 * (z - 2 - fade) * fade
        curve = np.array([[xx, 2.0, -2 * fade], [2.0, -2.0, 0.0], [-2 * fade, 0.0, -2.0]])
        return value, gradient, curve

    best = maximize(ridge, [0.0, 1.0, 1.0], tolerance=1e-12)
    assert best.unknown.tolist() == [True, True, False]
    assert best.covariance[2, 2] == pytest.approx(0.5, rel=1e-3)
    assert best.ties is not None
    assert best.ties.round(6).tolist() == [[0, 0, 0], [1, 0, 0], [0, 0, 0]]


def test_a_log_parameter_with_an_endless_interval_is_unknown() -> None:
    best = Maximum(
        point=np.zeros(3),
        log_likelihood=0.0,
        covariance=np.array([[16.1, 16.1, 0.0], [16.1, 16.2, 0.0], [0.0, 0.0, 16.1]]),
        unknown=np.full(3, False),
    )
    known = best.without_wide(np.array([True, True, False]))  # the last is a coefficient
    assert known.unknown.tolist() == [True, True, False]
    assert np.isnan(known.covariance).sum() == 8
    assert known.ties is not None
    assert known.ties[0].tolist() == pytest.approx([0, 16.1 / 16.2, 0])


@pytest.mark.parametrize("curvature", [0.0, 1e-9, -1e-9])
def test_a_flat_direction_has_no_variance(curvature: float) -> None:
    def plain(point: Floats) -> Derivatives:
        curve = np.array([[-curvature, 0], [0, -2.0]])
        return -(point[1] ** 2), np.array([0.0, -2 * point[1]]), curve

    best = maximize(plain, [3.0, 1.0])
    assert best.unknown.tolist() == [True, False]
    assert best.point == pytest.approx([3, 0], abs=1e-6)
    assert best.covariance[1, 1] == pytest.approx(0.5)
    assert np.isnan(best.covariance).sum() == 3


def test_too_few_passes_are_an_error_that_says_where_it_was() -> None:
    with pytest.raises(ConvergenceError, match=r"in 2 passes.*check the table"):
        maximize(bowl, [-3, 5], passes=2)


def test_a_gradient_that_lies_is_an_error() -> None:
    def lying(point: Floats) -> Derivatives:
        return -float(point @ point), 2 * point + 1, -np.eye(1)

    with pytest.raises(ConvergenceError, match="stopped rising"):
        maximize(lying, [1.0])


def test_thinning_keeps_the_share_everywhere() -> None:
    counts = np.random.default_rng(0).integers(1, 9, 1000).astype(float)
    few = thinned(counts, 0.1)
    assert few.sum() == np.floor(counts.sum() * 0.1)
    assert (few <= counts).all()
    assert abs(few[:500].sum() - counts[:500].sum() * 0.1) <= 1


def test_what_is_known_at_the_start_is_not_computed_again() -> None:
    asked: list[Floats] = []

    def counted(point: Floats) -> Derivatives:
        asked.append(point)
        return bowl(point)

    start = np.array([0.5, -1.0])
    best = maximize(counted, start, at_start=bowl(start))
    assert best.point == pytest.approx([1, -2], abs=1e-6)
    assert all((point != start).any() for point in asked)

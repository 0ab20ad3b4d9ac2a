"""The time of the next purchase, against mpmath and against the probability of no purchase."""

import mpmath
import numpy as np
import pytest

from cemkit.arrays import Floats
from cemkit.clv.purchases import prediction, waiting

CASES = [(0.55, 74, 0.61, 82, 0, 10), (0.55, 74, 0.61, 82, 12, 270), (0.2, 5, 3.0, 0.5, 3, 40)]


def ever(r: float, alpha: float, s: float, beta: float, x: float, T: float) -> float:
    """Integrate the density of the next purchase over all time to come."""
    shape, age, start = r + x, mpmath.mpf(alpha + T), mpmath.mpf(beta + T)

    def density(t: mpmath.mpf) -> mpmath.mpf:
        return shape / age * (1 + t / age) ** -(shape + 1) * (1 + t / start) ** -s

    return float(mpmath.quad(density, [0, 1, 10, 100, 1000, 1e4, 1e6, 1e9, mpmath.inf]))


@pytest.mark.parametrize("case", CASES)
def test_the_chance_of_another_purchase_is_that_of_mpmath(case: tuple[float, ...]) -> None:
    theta = [np.array(value) for value in case[:4]]
    ours = waiting.pareto_nbd_ever(theta, np.array([case[4]]), np.array([case[5]]))
    assert ours.item() == pytest.approx(ever(*case), rel=1e-7)


@pytest.mark.parametrize("case", CASES)
def test_by_then_the_chance_of_no_purchase_is_what_is_left(case: tuple[float, ...]) -> None:
    theta = [np.array(value) for value in case[:4]]
    chance = np.array([1e-6, 0.001, 0.1, 0.3, 0.5])
    x, T = np.full(5, float(case[4])), np.full(5, float(case[5]))
    wait = waiting.pareto_nbd_wait(theta, x[:1], T[:1], chance[None, :])[0]
    assert (wait == waiting.pareto_nbd_wait(theta, x, T, chance[:, None])[:, 0]).all()
    reached: Floats = np.isfinite(wait)
    assert reached.tolist() == (chance < ever(*case)).tolist()
    none = prediction.pareto_nbd_probabilities(
        theta, x[reached], T[reached], np.array([0]), wait[reached]
    )
    assert 1 - none[:, 0] == pytest.approx(chance[reached], rel=2e-5, abs=1e-9)


def test_who_cannot_leave_waits_as_the_closed_form_says() -> None:
    age, shape = np.array([100.0, 50.0]), np.array([2.0, 2.0])
    wait = waiting.beta_geo_wait(age, shape, np.array([[0.5, 1.0], [0.5, 0.0]]))
    half = np.sqrt(2) - 1  # (age / (age + t))^2 = 1 / 2
    assert wait[:, 0] == pytest.approx(age * half)
    assert wait[:, 1].tolist() == [np.inf, 0.0]

"""Newton's method against a maximum that is known in closed form."""

import numpy as np
import pandas as pd
import pytest

from cemkit import ConvergenceError
from cemkit.prediction.clv.fitting import distinct_rows, maximize


def exponential(mean: float, n: int):
    """The log-likelihood of a rate with n observations: maximum at 1/mean, variance rate^2/n."""

    def derivatives(rate):
        value = n * (np.log(rate[0]) - rate[0] * mean)
        return value, n * (1 / rate - mean), np.array([[-n / rate[0] ** 2]])

    return derivatives


@pytest.mark.parametrize("start", [1e-3, 1.0, 1e3])
def test_the_maximum_is_found_from_far_away(start: float) -> None:
    best = maximize(exponential(mean=4.0, n=50), start=[start])
    assert best.parameters[0] == pytest.approx(0.25)
    assert best.covariance[0, 0] == pytest.approx(0.25**2 / 50)


def test_without_a_maximum_the_error_says_where_it_stopped() -> None:
    def rising(theta):
        return float(np.log(theta[0])), 1 / theta, np.array([[-1 / theta[0] ** 2]])

    with pytest.raises(ConvergenceError, match=r"no maximum of the likelihood in 5 steps; the par"):
        maximize(rising, start=[1.0], passes=5)


def test_distinct_rows_carry_all_customers() -> None:
    table = pd.DataFrame({"x": [1, 0, 1, 1], "T": [5.0, 5.0, 5.0, 6.0]})
    rows, counts = distinct_rows(table)
    assert rows.to_numpy().tolist() == [[0, 5], [1, 5], [1, 6]]
    assert counts.tolist() == [1, 2, 1]

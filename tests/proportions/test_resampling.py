"""Bootstrap draws keep their strata; intervals are percentiles, centred where they are said to."""

import numpy as np
import pytest
from scipy.stats import norm
from threadpoolctl import threadpool_info, threadpool_limits

from cemkit.proportions.resampling import (
    bootstrap_weights,
    centred_interval,
    one_thread,
    percentile_interval,
)


def test_every_stratum_keeps_its_size() -> None:
    strata = [np.array([0, 2, 4]), np.array([1, 3])]
    for weights in bootstrap_weights(strata, 20, 0, progress=False):
        assert [weights[rows].sum() for rows in strata] == [3, 2]


def test_draws_have_the_variance_of_the_mean() -> None:
    values = np.arange(50.0)
    weights = np.array([*bootstrap_weights([np.arange(50)], 4000, 0, progress=False)])
    assert (weights @ values / 50).std() == pytest.approx(values.std() / np.sqrt(50), rel=0.05)


@pytest.mark.parametrize("n_resamples", [0, 100_001])
def test_the_number_of_draws_has_bounds(n_resamples: int) -> None:
    with pytest.raises(ValueError, match="n_resamples"):
        next(bootstrap_weights([np.arange(3)], n_resamples, 0, progress=False))


def test_percentiles_of_normal_draws() -> None:
    draws = norm.ppf((np.arange(100_000) + 0.5) / 100_000)
    np.testing.assert_allclose(
        percentile_interval(draws, 0.95), norm.ppf([0.025, 0.975]), atol=1e-3
    )


def test_a_centred_interval_holds_the_estimate_and_passes_over_missing_draws() -> None:
    draws = np.column_stack([np.linspace(0, 1, 101), np.full(101, np.nan), np.zeros(101)])
    draws[:50:7, 2] = np.nan
    lower, upper = centred_interval(draws, np.array([2.0, 1.0, 3.0]), 0.9)
    np.testing.assert_allclose(lower, [1.55, np.nan, 3.0])
    np.testing.assert_allclose(upper, [2.45, np.nan, 3.0])


def test_linear_algebra_has_one_thread_within_the_block_alone() -> None:
    def threads() -> set[int]:
        return {pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"}

    with threadpool_limits(2, "blas"):
        before = threads()
        with one_thread():
            assert threads() <= {1}
        with pytest.raises(KeyboardInterrupt), one_thread():
            raise KeyboardInterrupt
        draws = bootstrap_weights([np.arange(3)], 2, 0, progress=False)
        next(draws)
        assert threads() == before

"""Effects from moments: against scipy's tests, regression, and the bootstrap-free hand."""

import numpy as np
import pandas as pd
import pytest
from scipy.special import stdtrit
from scipy.stats import ttest_ind

from cemkit.errors import DataError, NotEnoughDataError
from cemkit.experiments.covariates import adjusted_metric
from cemkit.experiments.effects import (
    mean_metric,
    proportion_metric,
    ratio_metric,
)

RNG = np.random.default_rng(0)
CONTROL = pd.DataFrame({"x": RNG.gamma(2, 10, 400)}).assign(
    y=lambda d: d["x"] + RNG.normal(0, 4, 400) + 20
)
TREATED = pd.DataFrame({"x": RNG.gamma(2, 10, 300)}).assign(
    y=lambda d: d["x"] + RNG.normal(2, 6, 300) + 20
)


def moments(arm: pd.DataFrame) -> dict[str, float]:
    return {
        "rows": len(arm),
        "x mean": arm["x"].mean(),
        "x var": arm["x"].var(),
        "y mean": arm["y"].mean(),
        "y var": arm["y"].var(),
        "y x cov": arm["y"].cov(arm["x"]),
    }


PAIRS = pd.DataFrame([moments(TREATED)]).join(
    pd.DataFrame([moments(CONTROL)]).add_prefix("control ")
)


def test_means_are_welchs_of_scipy() -> None:
    peer = ttest_ind(TREATED["y"], CONTROL["y"], equal_var=False)
    found = mean_metric(PAIRS, "y")
    assert found.statistic[0] == pytest.approx(peer.statistic)
    assert found.degrees_of_freedom[0] == pytest.approx(peer.df)
    interval = peer.confidence_interval(0.95)
    lower, upper, _, _ = found.bounds(np.array([1.0]))
    error = (upper[0] - lower[0]) / 2
    assert (interval.high - interval.low) / 2 == pytest.approx(error * 1.9645, rel=1e-3)


def test_fieller_holds_the_ratios_that_the_test_of_them_accepts() -> None:
    critical = 1.96
    _, _, lower, upper = mean_metric(PAIRS, "y").bounds(np.array([critical]))
    v1, v2 = CONTROL["y"].var() / 400, TREATED["y"].var() / 300
    for bound in (1 + lower[0], 1 + upper[0]):
        z = (TREATED["y"].mean() - bound * CONTROL["y"].mean()) / np.sqrt(v2 + bound**2 * v1)
        assert abs(z) == pytest.approx(critical)


def test_no_lift_interval_where_the_control_may_be_zero() -> None:
    pairs = PAIRS.assign(**{"control y mean": 0.01})
    _, _, lower, upper = mean_metric(pairs, "y").bounds(np.array([1.96]))
    assert (lower[0], upper[0]) == (-np.inf, np.inf)


def test_the_covariate_is_used_as_in_a_regression_within_arms() -> None:
    # theta: the slope of y on x with an intercept per arm
    design = np.zeros((700, 3))
    design[:400, 0] = 1
    design[400:, 1] = 1
    design[:, 2] = np.concatenate([CONTROL["x"], TREATED["x"]])
    response = np.concatenate([CONTROL["y"], TREATED["y"]])
    a, b, _ = np.linalg.lstsq(design, response, rcond=None)[0]
    found = adjusted_metric(PAIRS, "y", ["x"])
    assert found.value[0] - found.control_value[0] == pytest.approx(b - a)
    plain = mean_metric(PAIRS, "y")
    assert np.ptp(found.bounds(np.ones(1))[:2]) < 0.5 * np.ptp(plain.bounds(np.ones(1))[:2])


def test_a_covariate_without_spread_is_refused() -> None:
    flat = {f"{side}{name}": 0.0 for side in ("", "control ") for name in ("x var", "y x cov")}
    with pytest.raises(DataError, match="'x' has the same value for all customers of an arm"):
        adjusted_metric(PAIRS.assign(**flat), "y", ["x"])


def test_ratios_are_those_of_their_linearisation() -> None:
    # The delta method is Welch's test of y - ratio x, over the mean of x.
    found = ratio_metric(PAIRS, "y", "x")
    arms = []
    for arm in (CONTROL, TREATED):
        ratio = arm["y"].sum() / arm["x"].sum()
        linear = (arm["y"] - ratio * arm["x"]) / arm["x"].mean()
        arms.append((ratio, linear.var() / len(arm)))
    (r1, v1), (r2, v2) = arms
    assert found.value[0] == pytest.approx(r2)
    assert found.statistic[0] == pytest.approx((r2 - r1) / np.sqrt(v1 + v2))


def test_a_denominator_of_zero_is_refused() -> None:
    with pytest.raises(NotEnoughDataError, match="leave out the metric y/x"):
        ratio_metric(PAIRS.assign(**{"x mean": 0.0}), "y", "x")


def test_no_spread_at_all() -> None:
    flat = PAIRS.assign(**{"y var": 0.0, "control y var": 0.0})
    assert np.isinf(mean_metric(flat, "y").statistic[0])
    same = flat.assign(**{"y mean": 1.0, "control y mean": 1.0})
    assert mean_metric(same, "y").statistic[0] == 0


def test_rates() -> None:
    pairs = pd.DataFrame({"rows": [99], "control rows": [83], "c sum": [12], "control c sum": [5]})
    assert proportion_metric(pairs, "c").statistic[0] == pytest.approx(1.4078304151258787)


def arm_moments(side: str, x: np.ndarray, y: np.ndarray) -> dict[str, np.ndarray]:
    """The moments of one arm, a row per simulated run."""
    runs, n = x.shape
    return {
        f"{side}rows": np.full(runs, n),
        f"{side}x mean": x.mean(axis=1),
        f"{side}y mean": y.mean(axis=1),
        f"{side}x var": x.var(axis=1, ddof=1),
        f"{side}y var": y.var(axis=1, ddof=1),
        f"{side}y x cov": ((x - x.mean(axis=1, keepdims=True)) * y).sum(axis=1) / (n - 1),
    }


@pytest.mark.parametrize("lift", [-0.5, 1.0])
@pytest.mark.parametrize("correlation", [0.0, 0.97])
def test_the_lift_with_a_covariate_covers_as_its_difference_does(lift, correlation) -> None:
    # 500 simulated runs have a standard error of 1 %; more in benchmarks/proofs/cuped_lift.py.
    rng, runs, n = np.random.default_rng(5), 500, 400
    columns = {}
    for side, factor in (("control ", 1.0), ("", 1 + lift)):
        x, noise = rng.standard_normal((2, runs, n))
        y = factor * (10 + 4 * (correlation * x + np.sqrt(1 - correlation**2) * noise))
        columns |= arm_moments(side, x, y)
    found = adjusted_metric(pd.DataFrame(columns), "y", ["x"])
    _, _, lower, upper = found.bounds(np.full(runs, 1.966))
    assert 0.92 < np.mean((lower <= lift) & (lift <= upper)) < 0.98


@pytest.mark.parametrize("sizes", [(3, 3), (5, 5), (10, 10), (5, 100)])
def test_few_customers_with_a_covariate_are_covered(sizes) -> None:
    """The slope comes from the same customers: its error and its degree of freedom count."""
    rng, runs = np.random.default_rng(7), 3000
    columns = {}
    for side, n in zip(("control ", ""), sizes, strict=True):
        x, noise = rng.standard_normal((2, runs, n))
        y = 10 + 0.7 * x + 0.7 * noise
        columns |= arm_moments(side, x, y)
    found = adjusted_metric(pd.DataFrame(columns), "y", ["x"])
    lower, upper, lift_lower, lift_upper = found.bounds(stdtrit(found.degrees_of_freedom, 0.975))
    assert 0.94 < np.mean((lower <= 0) & (upper >= 0)) < 0.98
    assert 0.94 < np.mean((lift_lower <= 0) & (lift_upper >= 0)) < 0.98


def test_the_error_with_a_covariate_is_that_of_least_squares() -> None:
    """With equal residual variances and sizes, Welch's error is the regression's."""
    x = np.array([1.0, 2.0, 3.0, 4.0, 2.5, 3.5, 4.5, 5.5])
    y = 2 * x + np.array([1, -1, -1, 1, 1, -1, -1, 1.0]) + np.repeat([0.0, 3.0], 4)
    columns = {}
    for side, part in (("control ", slice(0, 4)), ("", slice(4, 8))):
        cov = np.cov(x[part], y[part])
        columns |= {f"{side}rows": [4], f"{side}x mean": x[part].mean()}
        columns |= {f"{side}y mean": y[part].mean(), f"{side}x var": cov[0, 0]}
        columns |= {f"{side}y var": cov[1, 1], f"{side}y x cov": cov[0, 1]}
    found = adjusted_metric(pd.DataFrame(columns), "y", ["x"])
    design = np.column_stack([np.ones(8), np.repeat([0.0, 1.0], 4), x])
    beta, rest, *_ = np.linalg.lstsq(design, y, rcond=None)
    error = np.sqrt(rest[0] / 5 * np.linalg.inv(design.T @ design)[1, 1])
    assert found.statistic[0] == pytest.approx(beta[1] / error)
    assert found.degrees_of_freedom[0] == pytest.approx(5)


@pytest.mark.exhaustive
@pytest.mark.parametrize("lift", [-0.5, 0.0, 1.0, 2.0])
def test_the_lift_of_a_ratio_covers(lift) -> None:
    # Orders differ between customers, and the treatment multiplies what each order is worth.
    rng, runs, n = np.random.default_rng(6), 1000, 500
    columns = {}
    for side, factor in (("control ", 1.0), ("", 1 + lift)):
        x = rng.poisson(2, (runs, n)) + 1.0
        y = factor * x * rng.gamma(2, 10, (runs, n))
        columns |= arm_moments(side, x, y)
    found = ratio_metric(pd.DataFrame(columns), "y", "x")
    _, _, lower, upper = found.bounds(np.full(runs, 1.96))
    assert 0.93 < np.mean((lower <= lift) & (lift <= upper)) < 0.97

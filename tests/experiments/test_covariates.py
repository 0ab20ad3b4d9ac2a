"""Effects adjusted for covariates, against least squares of statsmodels and by coverage."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy.special import stdtrit

from cemkit import compare_variants
from cemkit.errors import CemkitWarning, DataError
from cemkit.experiments.covariates import adjusted_metric


def experiment(n: int, rng: np.random.Generator, lift: float = 0.0) -> pd.DataFrame:
    """Customers whose orders and amounts go with what they did before."""
    data = pd.DataFrame({"variant": rng.choice(["A", "B"], n, p=[0.4, 0.6])})
    taste = rng.gamma(4, 0.5, n)
    data["pre_orders"] = rng.poisson(3 * taste)
    data["pre_amount"] = data["pre_orders"] * 10 + rng.normal(0, 4, n)
    data["orders"] = 1 + rng.poisson(2 * taste)
    price = 10 * np.where(data["variant"] == "B", 1 + lift, 1)
    data["amount"] = data["orders"] * price + 2 * taste + rng.normal(0, 4, n)
    return data


def test_several_covariates_are_least_squares() -> None:
    data = experiment(4000, np.random.default_rng(0), 0.1)
    names = ["pre_amount", "pre_orders"]
    found = compare_variants(data, {"amount": "mean"}, "A", covariates={"amount": names})
    row = found.table.iloc[0]
    design = sm.add_constant(data[names].assign(treated=(data["variant"] == "B").astype(float)))
    fitted = sm.OLS(data["amount"], design).fit(cov_type="HC2")
    assert row["difference"] == pytest.approx(fitted.params["treated"], rel=1e-9)
    assert row["statistic"] == pytest.approx(fitted.tvalues["treated"], rel=0.01)
    assert row["method"] == "cuped on pre_amount, pre_orders, welch t, fieller"


def test_covariates_that_say_the_same_are_one() -> None:
    data = experiment(800, np.random.default_rng(1))
    data = data.assign(twice=2 * data["pre_amount"] + 5, flat=7.0)
    one = read(data, ["pre_amount"])
    with pytest.warns(CemkitWarning, match=r"^'flat' has the same value .* in 1 of 1 comparison$"):
        three = read(data, ["pre_amount", "twice", "flat"])
    for name in ("difference", "difference_lower", "difference_upper", "p_value"):
        assert three[name] == pytest.approx(one[name], rel=1e-6)


@pytest.mark.parametrize("values", [0.0, 7.0, 1e9])
def test_a_covariate_that_adjusts_nothing_is_refused(values: float) -> None:
    data = experiment(800, np.random.default_rng(1)).assign(flat=values)
    with pytest.raises(DataError, match="'flat' has the same value .* 'amount' it adjusts nothing"):
        read(data, ["flat"])


def read(data: pd.DataFrame, names: list[str]) -> pd.Series:
    """The comparison of the mean amount, adjusted."""
    found = compare_variants(data, {"amount": "mean"}, "A", covariates={"amount": names})
    return found.table.iloc[0]


def test_a_ratio_is_adjusted_along_its_linearisation() -> None:
    data = experiment(5000, np.random.default_rng(2), 0.05)
    options = {"metrics": {"value": ("amount", "orders")}, "control": "A"}
    names = ["pre_amount", "pre_orders"]
    plain = compare_variants(data, **options).table.iloc[0]
    sharp = compare_variants(data, **options, covariates={"value": names}).table.iloc[0]
    linear, values = [], {}
    for variant, arm in data.groupby("variant"):
        values[variant] = arm["amount"].sum() / arm["orders"].sum()
        linear.append((arm["amount"] - values[variant] * arm["orders"]) / arm["orders"].mean())
    design = sm.add_constant(data[names].assign(treated=(data["variant"] == "B").astype(float)))
    fitted = sm.OLS(pd.concat(linear).sort_index(), design).fit(cov_type="HC2")
    expected = values["B"] - values["A"] + fitted.params["treated"]
    assert sharp["difference"] == pytest.approx(expected, rel=1e-9)
    error = (sharp["difference"] / sharp["statistic"]) / fitted.bse["treated"]
    assert error == pytest.approx(1, abs=0.01)
    width = [row["difference_upper"] - row["difference_lower"] for row in (plain, sharp)]
    assert width[1] < width[0]


def moments(side: str, columns: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The moments of one arm, a row per simulated run."""
    found = {f"{side}rows": np.full(*next(iter(columns.values())).shape)}
    for a, x in columns.items():
        found[f"{side}{a} mean"] = x.mean(axis=1)
        for b, y in columns.items():
            apart = x - x.mean(axis=1, keepdims=True), y - y.mean(axis=1, keepdims=True)
            cov = (apart[0] * apart[1]).sum(axis=1) / (x.shape[1] - 1)
            found[f"{side}{a} var" if a == b else f"{side}{a} {b} cov"] = cov
    return found


@pytest.mark.parametrize("sizes", [(8, 12), (60, 240)])
@pytest.mark.parametrize("metric", ["y", ("y", "x")])
def test_intervals_cover_with_two_covariates(sizes, metric) -> None:
    # 2,000 simulated runs have a standard error of 0.5 %; benchmarks/proofs/readouts.md has more.
    rng, runs, columns = np.random.default_rng(3), 2000, {}
    for side, n in zip(("control ", ""), sizes, strict=True):
        z, w, noise = rng.standard_normal((3, runs, n))
        x = 5 + 0.5 * w + 0.5 * rng.standard_normal((runs, n))
        columns |= moments(side, {"y": 3 * x + z + 0.5 * noise, "x": x, "z": z, "w": w})
    found = adjusted_metric(pd.DataFrame(columns), metric, ["z", "w"])
    lower, upper, _, _ = found.bounds(stdtrit(found.degrees_of_freedom, 0.975))
    assert 0.935 < np.mean((lower <= 0) & (upper >= 0)) < 0.975

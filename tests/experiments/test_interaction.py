"""Do effects differ between groups? Against statsmodels' Welch test, brute force, and by size."""

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import minimize_scalar
from scipy.stats import chi2
from statsmodels.stats.oneway import anova_generic

from cemkit import compare_variants
from cemkit.errors import CemkitWarning
from cemkit.experiments.effects import mean_metric, proportion_metric
from cemkit.experiments.interaction import interaction_table
from cemkit.proportions.score import score_statistic


def experiment(n: int, seed: int, *, groups: int = 4, rate: float = 0.2) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    data = pd.DataFrame({"variant": rng.choice(["A", "B"], n), "shop": rng.integers(0, groups, n)})
    data["converted"] = (rng.random(n) < rate + 0.02 * data["shop"]).astype(int)
    data["amount"] = rng.gamma(2, 10, n) + 5 * data["shop"]
    return data


def test_means_are_tested_as_by_statsmodels() -> None:
    found = compare_variants(experiment(400, 0), {"amount": "mean"}, "A", by="shop")
    data, parts = experiment(400, 0), []
    for _, shop in data.groupby("shop"):
        arms = [shop.loc[shop["variant"] == v, "amount"] for v in "AB"]
        parts.append((arms[1].mean() - arms[0].mean(), [(a.var() / len(a), len(a)) for a in arms]))
    means = np.array([difference for difference, _ in parts])
    variances = np.array([sum(v for v, _ in arms) for _, arms in parts])
    degrees = variances**2 / [sum(v**2 / (n - 1) for v, n in arms) for _, arms in parts]
    # A mean of n values has the variance v / n and n - 1 degrees of freedom.
    expected = anova_generic(means, variances * (degrees + 1), degrees + 1, use_var="unequal")
    row = found.interactions.iloc[0]
    assert row["statistic"] == pytest.approx(expected.statistic, rel=1e-9)
    assert row["p_value"] == pytest.approx(expected.pvalue, rel=1e-9)
    assert row["error_degrees_of_freedom"] == pytest.approx(expected.df_denom, rel=1e-9)


def test_rates_are_tested_by_scores_at_the_difference_that_fits_best() -> None:
    data = experiment(3000, 1)
    found = compare_variants(data, {"converted": "proportion"}, "A", by="shop").interactions
    cells = data.groupby(["variant", "shop"])["converted"].agg(["sum", "size"])
    arms = [cells.loc[v, c].to_numpy(float) for v in "AB" for c in ("sum", "size")]

    def total(difference: float) -> float:
        return float((score_statistic(*arms, difference) ** 2).sum())

    best = minimize_scalar(total, bounds=(-0.2, 0.2), method="bounded")
    assert found["common_difference"][0] == pytest.approx(best.x, abs=5e-4)
    assert found["p_value"][0] == pytest.approx(chi2.sf(best.fun, 3), rel=0.01)


@pytest.mark.parametrize(("metric", "kind"), [("amount", "mean"), ("converted", "proportion")])
def test_effects_that_are_alike_rarely_differ(metric, kind) -> None:
    # 1,000 experiments of 4 groups, a variant each: a standard error of 0.7 %.
    rng, runs, n = np.random.default_rng(2), 1000, 60
    shape = (runs * 4, n)
    pairs = pd.DataFrame({"variant": np.repeat(np.arange(runs), 4), "control": "A"})
    for side in ("control ", ""):
        values = rng.random(shape) < 0.1 if kind == "proportion" else rng.gamma(2, 10, shape)
        columns = {"rows": n, f"{metric} sum": values.sum(axis=1)}
        columns |= {
            f"{metric} mean": values.mean(axis=1),
            f"{metric} var": values.var(axis=1, ddof=1),
        }
        pairs = pairs.assign(**{f"{side}{name}": column for name, column in columns.items()})
    effects = (
        proportion_metric(pairs, metric) if kind == "proportion" else mean_metric(pairs, metric)
    )
    found = interaction_table(pairs, {metric: effects}, "none")
    assert len(found) == runs
    assert 0.03 < (found["p_value"] < 0.05).mean() < 0.07


def test_an_effect_in_one_group_alone_is_found_and_said() -> None:
    data = experiment(4000, 4)
    data["amount"] += 8 * ((data["variant"] == "B") & (data["shop"] == 2))
    found = compare_variants(data, {"amount": "mean"}, "A", by="shop")
    assert found.interactions["p_value_adjusted"].iloc[0] < 1e-4
    assert "; the effect of B - A on amount differs between the groups (p = " in found.sentence()
    assert "B - A 对 amount 的效果在各组之间存在差异（p = " in found.sentence("zh")
    alike = compare_variants(experiment(4000, 5), {"amount": "mean"}, "A", by="shop")
    assert "; whether the effect of B - A on amount differs between the groups is not shown" in (
        alike.sentence()
    )
    assert "未能证明 B - A 对 amount 的效果在各组之间存在差异" in alike.sentence("zh")


def test_tests_of_all_metrics_and_pairs_are_one_family() -> None:
    data = experiment(2000, 6).assign(variant=lambda d: np.array(list("ABC"))[d.index % 3])
    metrics = {"converted": "proportion", "amount": "mean"}
    found = compare_variants(data, metrics, "A", by="shop", pairs="all").interactions
    assert len(found) == 6
    smallest = found["p_value"].min()
    assert found["p_value_adjusted"].min() == pytest.approx(min(6 * smallest, 1))


def test_customers_in_several_groups_are_not_independent() -> None:
    data = experiment(800, 7).assign(customer_id=lambda d: d.index % 500)
    data["variant"] = np.where(data["customer_id"] % 2, "A", "B")
    with pytest.warns(CemkitWarning, match="customers are in several groups, so whether effects"):
        found = compare_variants(data, {"amount": "mean"}, "A", by="shop")
    assert found.interactions is None
    assert "differs" not in found.sentence()


def test_several_looks_have_no_test_of_interaction() -> None:
    data = experiment(800, 8)
    assert (
        compare_variants(data, {"amount": "mean"}, "A", by="shop", looks="any").interactions is None
    )
    assert compare_variants(data, {"amount": "mean"}, "A").interactions is None


def test_groups_without_any_spread_are_left_out() -> None:
    data = experiment(800, 9)
    data.loc[data["shop"] == 3, "amount"] = 0.0
    found = compare_variants(data, {"amount": "mean"}, "A", by="shop").interactions
    rest = data[data["shop"] != 3]
    expected = compare_variants(rest, {"amount": "mean"}, "A", by="shop").interactions
    assert found["groups"].tolist() == [3]
    assert found["p_value"].tolist() == pytest.approx(expected["p_value"].tolist())

"""Every row of a read-out: p value, interval, lift, winner and sentence agree."""

import numpy as np
import pandas as pd
import pytest

from cemkit import compare_variants
from cemkit.experiments.comparisons import comparison_pairs
from cemkit.proportions.corrections import CORRECTIONS

METRICS = {"converted": "proportion", "amount": "mean", "order_value": ("amount", "orders")}


def experiment(seed: int, n: int) -> pd.DataFrame:
    """Random arms whose effects lie near what can just be detected; money of either sign."""
    rng = np.random.default_rng(seed)
    data = pd.DataFrame(
        {
            "variant": rng.permutation(np.array(["A", "B", "C", "D"])[np.arange(n) % 4]),
            "group": rng.choice(["x", "y"], n),
            "before": rng.normal(0, 1, n),
        }
    )
    effect = data["variant"].map(dict(zip("ABCD", rng.normal(0, 3, 4) / np.sqrt(n), strict=True)))
    data["converted"] = rng.random(n) < 0.4 + 0.3 * effect.clip(-0.9, 0.9)
    data["orders"] = rng.integers(1, 4, n)
    middle = rng.choice([-2.0, 0.0, 0.1, 3.0])
    data["amount"] = middle + effect + 0.7 * data["before"] + rng.normal(0, 1, n)
    return data


def excludes_zero(table: pd.DataFrame, name: str) -> pd.Series:
    return (table[f"{name}_lower"] > 0) | (table[f"{name}_upper"] < 0)


@pytest.mark.parametrize("correction", CORRECTIONS)
@pytest.mark.parametrize("looks", [None, (2, 4), "any"])
def test_interval_p_value_winner_and_sentence_agree(correction, looks) -> None:
    for seed in range(8):
        found = compare_variants(
            experiment(seed, n=[40, 90, 400, 2000][seed % 4]),
            METRICS,
            "A",
            by="group" if seed % 2 else None,
            covariates={"amount": "before"} if seed % 3 else None,
            correction=correction,
            looks=looks,
            confidence_level=[0.8, 0.95][seed % 2],
        )
        table = found.table
        detected = table["p_value_adjusted"] < 1 - found.confidence_level
        assert (table["winner"].notna() == detected).all()
        for name in ("difference", "total_difference"):
            assert (excludes_zero(table, name) == detected).all()
        known = table["lift"].notna()
        assert (excludes_zero(table, "lift") == detected)[known].all()
        bounds = table[["lift_lower", "lift_upper"]]
        assert (bounds.isna().all(axis=1) == ~known)[table["metric"] != "converted"].all()
        assert ((table["winner"] == "A") == (table["difference_upper"] < 0)).all()
        first = detected[table["metric"] == "converted"]
        if not first.any() and found.decision != "by group":
            assert found.sentence().startswith("No difference detected")
            assert found.sentence("zh").startswith("未检测到差异")


def test_a_variant_that_lost_is_no_missing_difference() -> None:
    data = pd.DataFrame({"variant": np.repeat(["A", "B", "C"], 500)})
    data["amount"] = np.tile([9.0, 11.0], 750) - 5.0 * (data["variant"] == "B")
    found = compare_variants(data, {"amount": "mean"}, "A")
    assert found.decision == "undecided"
    assert found.sentence().startswith("None beats A (C - A: amount +0 (97.5% CI ")
    assert found.sentence("zh").startswith("没有方案胜过 A（C - A：amount +0，97.5% 置信区间 ")


@pytest.mark.parametrize("middle", [-10.0, 0.0, 0.01])
def test_no_lift_over_a_control_that_is_not_clearly_above_zero(middle) -> None:
    # From -10 to -5 is a rise of 5, not a "lift of -50 %".
    rng = np.random.default_rng(0)
    data = pd.DataFrame({"variant": ["A", "B"] * 500, "amount": rng.normal(0, 1, 1000)})
    data["amount"] += np.where(data["variant"] == "A", middle, middle + 5)
    found = compare_variants(data, {"amount": "mean"}, "A")
    row = found.table.iloc[0]
    assert row[["lift", "lift_lower", "lift_upper"]].isna().all()
    assert (row["winner"], row["difference"]) == ("B", pytest.approx(5, abs=0.2))
    assert "no lift, because amount of A is not clearly above 0" in found.sentence()
    assert "A 的 amount 并不明显大于 0，故不计算提升幅度" in found.sentence("zh")


def test_a_lift_over_a_clear_control_is_the_ratio_of_the_means() -> None:
    data = pd.DataFrame({"variant": ["A", "B"] * 50, "amount": [9.0, 12.0, 11.0, 16.0] * 25})
    row = compare_variants(data, {"amount": "mean"}, "A").table.iloc[0]
    assert row["lift"] == pytest.approx(14 / 10 - 1)
    assert 0 < row["lift_lower"] < row["lift"] < row["lift_upper"]


def test_a_ratio_whose_denominator_is_negative_is_refused() -> None:
    data = pd.DataFrame({"variant": ["A", "B"] * 9, "amount": 1.0, "orders": -1.0})
    with pytest.raises(ValueError, match="leave out the metric amount/orders"):
        compare_variants(data, {"value": ("amount", "orders")}, "A")


def test_pairs_carry_the_controls_moments() -> None:
    cells = pd.DataFrame({"variant": ["A", "B", "C"], "rows": [5, 6, 7], "c sum": [1, 2, 3]})
    pairs = comparison_pairs(cells, [], [("B", "A"), ("B", "C")], least=1)
    assert pairs["variant"].tolist() == ["A", "C"]
    assert pairs["control c sum"].tolist() == [2, 2]


@pytest.mark.parametrize("looks", [None, (1, 3)])
def test_holm_gives_each_step_its_level(looks) -> None:
    found = compare_variants(experiment(2, n=2000), METRICS, "A", looks=looks)
    table = found.table
    assert found.interval_level == pytest.approx(1 - 0.05 / 9)
    bonferroni = table["p_value"] < 0.05 / 9
    expected = np.where(
        (table["p_value_adjusted"] < 0.05) & ~bonferroni,
        1 - 0.05 * table["p_value"] / table["p_value_adjusted"],
        found.interval_level,
    )
    assert table["interval_level"].tolist() == pytest.approx(expected.tolist())

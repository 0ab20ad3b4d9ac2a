"""All pairs and combined arms, against R, scipy and the same customers under another name."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import ttest_ind

from cemkit import compare_variants
from cemkit.errors import DataError
from cemkit.experiments.arms import compared_arms

SMOKERS = ([73, 90, 114, 75], [86, 93, 136, 82])
METRICS = {"converted": "proportion", "amount": "mean", "value": ("amount", "orders")}


def experiment(n: int = 3000, seed: int = 0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    data = pd.DataFrame({"variant": rng.choice(list("ABCD"), n), "shop": rng.choice(["x", "y"], n)})
    shift = data["variant"].map({"A": 0.0, "B": 0.06, "C": 0.05, "D": 0.0})
    data["converted"] = (rng.random(n) < 0.2 + shift).astype(int)
    data["orders"] = rng.integers(1, 4, n)
    data["before"] = rng.gamma(2, 10, n)
    data["amount"] = data["before"] + 4 * data["orders"] + 30 * shift + rng.normal(0, 3, n)
    return data


def test_all_pairs_of_rates_are_those_of_r() -> None:
    # R: pairwise.prop.test(smokers, patients, correct=FALSE), raw and by Holm.
    data = pd.DataFrame(
        {
            "variant": np.repeat(list("ABCD"), SMOKERS[1]),
            "smokes": np.concatenate(
                [np.arange(n) < x for x, n in zip(*SMOKERS, strict=True)]
            ).astype(int),
        }
    )
    table = compare_variants(data, {"smokes": "proportion"}, "A", pairs="all").table
    raw = [0.00202676, 0.00533825, 0.10761187, 0.13094875, 0.18805737, 0.83275748]
    holm = [0.01216059, 0.02669124, 0.43044749, 0.43044749, 0.43044749, 0.83275748]
    assert sorted(table["p_value"]) == pytest.approx(raw, abs=5e-7)
    assert sorted(table["p_value_adjusted"]) == pytest.approx(holm, abs=5e-7)


def test_all_pairs_of_means_are_welchs() -> None:
    data = experiment()
    table = compare_variants(data, {"amount": "mean"}, "B", pairs="all").table
    arms = list(zip(table["control"], table["variant"], strict=True))
    assert arms == [("B", "A"), ("B", "C"), ("B", "D"), ("A", "C"), ("A", "D"), ("C", "D")]
    for (one, two), row in zip(arms, table.to_dict("records"), strict=True):
        values = [data.loc[data["variant"] == arm, "amount"] for arm in (two, one)]
        expected = ttest_ind(*values, equal_var=False)
        assert row["p_value"] == pytest.approx(expected.pvalue, rel=1e-9)
        assert row["statistic"] == pytest.approx(expected.statistic, rel=1e-9)


@pytest.mark.parametrize("options", [{}, {"by": "shop"}, {"strata": "shop"}])
def test_a_combined_arm_is_its_customers_under_one_name(options) -> None:
    data = experiment()
    covariates = {"amount": ["before"]}
    found = compare_variants(
        data, METRICS, "A", combined={"any": ["B", "C"]}, covariates=covariates, **options
    ).table
    joined = data.assign(variant=data["variant"].replace({"B": "any", "C": "any"}))
    alone = compare_variants(joined, METRICS, "A", covariates=covariates, **options).table
    columns = ["control_value", "value", "difference", "statistic", "p_value", "customers"]
    found, alone = (t[t["variant"] == "any"][columns].to_numpy(float) for t in (found, alone))
    assert found == pytest.approx(alone, rel=1e-9, abs=1e-15)


def test_arms_that_share_customers_are_not_compared() -> None:
    assert compared_arms(list("ABC"), "A", {"any": ["B", "C"]}, "all") == [
        ("A", "B"),
        ("A", "C"),
        ("A", "any"),
        ("B", "C"),
    ]
    assert ("C", "rest") in compared_arms(list("ABC"), "A", {"rest": ["A", "B"]}, "all")


def test_more_comparisons_widen_every_interval() -> None:
    data = experiment()
    few, many = (
        compare_variants(data, {"amount": "mean"}, "A", pairs=pairs, correction="bonferroni")
        for pairs in ("control", "all")
    )
    assert len(many.table) == 6
    assert many.interval_level > few.interval_level
    widths = [
        (found.table["difference_upper"] - found.table["difference_lower"]).iloc[0]
        for found in (few, many)
    ]
    assert widths[1] > widths[0]


def test_the_sentence_says_who_is_not_told_apart_from_the_winner() -> None:
    found = compare_variants(experiment(12_000), {"converted": "proportion"}, "A", pairs="all")
    other = "C" if found.winner == "B" else "B"
    assert f"Adopt {found.winner}, not detectably different from {other} (" in found.sentence()
    assert f"但它与 {other} 的差异未能分辨" in found.sentence("zh")


def test_only_the_combined_arm_beats_the_control() -> None:
    counts = {"A": (400, 4000), "B": (237, 2000), "C": (237, 2000)}
    data = pd.DataFrame(
        {
            "variant": np.repeat(list(counts), [n for _, n in counts.values()]),
            "converted": np.concatenate([np.arange(n) < x for x, n in counts.values()]).astype(int),
        }
    )
    found = compare_variants(
        data,
        {"converted": "proportion"},
        "A",
        combined={"any": ["B", "C"]},
        correction="bonferroni",
    )
    assert (found.decision, found.winner) == ("adopt any", "any")


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"combined": {"B": ["C", "D"]}}, ValueError, "'B' has the name of a variant"),
        ({"combined": {"x": ["C", "E"]}}, DataError, "joins 'E', which is not a variant"),
        ({"combined": {"x": ["C"]}}, ValueError, "must join two or more variants"),
        ({"combined": {"x": ["C", "C"]}}, ValueError, "must join two or more variants"),
        ({"combined": ["C", "D"]}, TypeError, "combined must name variants per combined arm"),
        ({"combined": {"x": ["A", "B"]}}, ValueError, "leave the control out of it"),
        ({"pairs": "each"}, ValueError, "pairs must be one of"),
    ],
)
def test_bad_arms(options, error, message) -> None:
    with pytest.raises(error, match=message):
        compare_variants(experiment(400), METRICS, "A", **options)

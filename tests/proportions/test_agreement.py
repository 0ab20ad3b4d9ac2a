"""Test, interval, winner and sentence say the same, over thousands of random tables."""

import numpy as np
import pytest
from scipy.stats import norm

from cemkit import compare_proportions, proportion_test
from cemkit.proportions import equivalence_test, noninferiority_test
from cemkit.proportions.agreement import agreeing_bounds, directions, interval_levels
from cemkit.proportions.alternatives import ALTERNATIVES
from cemkit.proportions.comparison import TESTS, Z_TESTS, proportion_effects
from cemkit.proportions.corrections import CORRECTIONS, adjust_p_values
from cemkit.proportions.intervals import DIFFERENCE_METHODS, LIFT_METHODS
from cemkit.proportions.margins import MarginTest
from cemkit.proportions.score import miettinen_nurminen


def tables(n: int, seed: int, largest: int = 60) -> tuple[np.ndarray, np.ndarray]:
    """Successes and trials of n random pairs, among them arms where nobody or everybody did."""
    rng = np.random.default_rng(seed)
    trials = rng.integers(1, largest, (2, n))
    rates = rng.beta(0.7, 0.7, (2, n))
    return rng.binomial(trials, rates), trials


def excludes_zero(found, name: str = "difference"):
    return (found[f"{name}_lower"] > 0) | (found[f"{name}_upper"] < 0)


@pytest.mark.parametrize("correction", CORRECTIONS)
@pytest.mark.parametrize("level", [0.05, 0.5, 0.8, 0.95])
@pytest.mark.parametrize("alternative", ALTERNATIVES)
def test_intervals_of_a_table_hold_zero_where_nothing_is_detected(
    correction, level, alternative
) -> None:
    for seed, size in enumerate((1, 2, 5, 300)):
        for test in Z_TESTS:
            for method, lift_method in zip(DIFFERENCE_METHODS, LIFT_METHODS * 2, strict=True):
                x, n = tables(size, seed)
                found = proportion_effects(
                    x[0],
                    n[0],
                    x[1],
                    n[1],
                    test=test,
                    method=method,
                    lift_method=lift_method,
                    alternative=alternative,
                    correction=correction,
                    confidence_level=level,
                )
                detected = adjust_p_values(found["p_value"], correction) < 1 - level
                assert (excludes_zero(found) == detected).all()
                known = found["lift"].notna()
                assert (excludes_zero(found, "lift") == detected)[known].all()


@pytest.mark.parametrize("test", TESTS)
def test_winner_p_value_interval_and_sentence_of_one_pair(test) -> None:
    successes, trials = tables(12 if test == "boschloo" else 250, seed=7, largest=20)
    rng = np.random.default_rng(8)
    for x, n in zip(successes.T, trials.T, strict=True):
        alternative = str(rng.choice(ALTERNATIVES))
        level = float(rng.choice([0.3, 0.8, 0.9, 0.95]))
        found = proportion_test(
            x, n, test=test, alternative=alternative, confidence_level=level,
            method=str(rng.choice(DIFFERENCE_METHODS)), lift_method=str(rng.choice(LIFT_METHODS)),
        )  # fmt: skip
        equal = alternative == "two-sided" and found.difference == 0
        detected = found.p_value < 1 - level and not equal
        assert (found.winner is not None) == detected
        assert (found.difference_lower > 0) == (found.winner == "treatment")
        assert (found.difference_upper < 0) == (found.winner == "control")
        if found.lift is not None:
            assert (found.lift_lower > 0 or found.lift_upper < 0) == detected
        assert ("no difference detected" in found.sentence()) == (not detected)
        assert ("未检测到差异" in found.sentence("zh")) == (not detected)


def test_between_the_pooled_z_and_the_factor_of_its_interval() -> None:
    # The pooled z by hand; Miettinen and Nurminen's score is smaller by sqrt(21 / 22).
    x, n = (2, 7), (11, 11)
    pooled = sum(x) / sum(n)
    z = (x[1] - x[0]) / 11 / np.sqrt(pooled * (1 - pooled) * 2 / 11)
    assert z == pytest.approx(2.168, abs=5e-4)
    level = 1 - 2 * norm.sf(z) * 1.02
    arms = [np.array([float(v)]) for v in (x[0], n[0], x[1], n[1])]
    by_method_alone = miettinen_nurminen(*arms, np.array([norm.isf((1 - level) / 2)]))
    assert by_method_alone[0][0] < 0
    found = proportion_test(x, n, confidence_level=level)
    assert (found.winner, found.difference_lower > 0) == ("treatment", True)
    assert found.difference_upper == pytest.approx(by_method_alone[1][0], rel=1e-12)


@pytest.mark.parametrize("correction", CORRECTIONS)
def test_pairs_of_many_arms(correction) -> None:
    for seed in range(60):
        x, n = tables(4, seed)
        found = compare_proportions(x[0], n[0], correction=correction, confidence_level=0.8)
        detected = found.table["p_value_adjusted"] < 1 - found.confidence_level
        assert (excludes_zero(found.table) == detected).all()
        assert f"detected in {int(detected.sum())} of 6 pairs" in found.sentence()


def test_holm_detects_what_bonferroni_holds_to_be_zero() -> None:
    # Two comparisons with p = .003 and p = .035: Holm asks the second for .05, Bonferroni .025.
    arms = [143, 143], [1000, 1000], [192, 178], [1000, 1000]
    holm, bonferroni = (proportion_effects(*arms, correction=c) for c in ("holm", "bonferroni"))
    assert 0.025 < holm["p_value"][1] < 0.05
    assert (excludes_zero(holm).tolist(), excludes_zero(bonferroni).tolist()) == (
        [True, True],
        [True, False],
    )
    assert holm["difference_lower"][0] == bonferroni["difference_lower"][0]
    single = proportion_effects(*arms)  # the level of Holm's second step is that of one comparison
    assert holm["difference_lower"][1] == pytest.approx(single["difference_lower"][1], rel=1e-9)


@pytest.mark.parametrize("correction", ["none", "bonferroni", "benjamini-hochberg"])
def test_only_stepwise_corrections_have_levels_of_their_own(correction) -> None:
    p = np.array([0.001, 0.02, 0.04, 0.3])
    levels = interval_levels(p, adjust_p_values(p, correction), correction, 0.95)
    assert np.ptp(levels) == 0


def test_a_claim_is_shown_where_the_interval_lies_inside() -> None:
    successes, trials = tables(400, seed=3, largest=90)
    rng = np.random.default_rng(4)
    for x, n in zip(successes.T, trials.T, strict=True):
        allowed = float(rng.choice([0.01, 0.1, 0.25, 0.5]))
        level = float(rng.choice([0.6, 0.9, 0.975]))
        options = {"allowed_difference": allowed, "confidence_level": level}
        no_worse, same = noninferiority_test(x, n, **options), equivalence_test(x, n, **options)
        assert no_worse.shown == (no_worse.p_value < 1 - level)
        assert no_worse.shown == (no_worse.difference_lower > -allowed)
        assert same.shown == (same.p_value < 1 - level)
        inside = same.difference_lower > -allowed and same.difference_upper < allowed
        assert same.shown == inside
        assert ("not shown" in same.sentence()) == (not same.shown)
        assert ("未能证实" in same.sentence("zh")) == (not same.shown)


def test_both_languages_name_the_interval_and_its_level() -> None:
    found: MarginTest = equivalence_test([150, 150], [9000, 9000], allowed_difference=0.01)
    for text in (found.sentence(), found.sentence("zh")):
        assert "90%" in text
        assert f"{100 * found.difference_lower:+.2f}" in text
        assert f"{100 * found.difference_upper:+.2f}" in text


@pytest.mark.parametrize("successes", [(96, 2), (2, 96)])
def test_an_interval_is_not_turned_round(successes: tuple[int, int]) -> None:
    """At low levels Agresti and Caffo's interval lies on the other side of 0 than the rates."""
    trials = (100, 2) if successes[0] == 96 else (2, 100)
    found = proportion_test(successes, trials, method="agresti-caffo", confidence_level=0.2)
    assert found.winner is not None
    assert found.difference_lower <= found.difference_upper
    assert not found.difference_lower <= 0 <= found.difference_upper


def test_missing_bounds_stay_missing() -> None:
    gap = np.array([np.nan])
    assert np.isnan(agreeing_bounds(gap, gap, np.array([1.0]))).all()


def test_a_one_sided_alternative_finds_its_own_side() -> None:
    assert directions(np.array([-0.1, 0.1]), "greater").tolist() == [1, 1]
    assert directions(np.array([-0.1, 0.1]), "less").tolist() == [-1, -1]
